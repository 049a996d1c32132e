"""One wall-clock budget for everything that happens inside a ``with`` block.

Theory of operation: httpx's timeouts bound one connect, one read, one write at a time, so a server that sends a byte a
second outlives them all. Async code can be cancelled, and anyio does that. Blocking code cannot, so every socket
operation of the blocking client goes through a network stream (httpcore's public interface) that gets at most what is
left of the budget of the call that runs on this thread. What neither can bound is a blocking name lookup.
"""

import contextvars
import functools
import math
import os
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import httpcore
import httpx

from omni._transport.call import NO_LIMIT
from omni.errors import UsageError

Owner = tuple[int, object]

T = TypeVar("T")

_deadline: contextvars.ContextVar[float] = contextvars.ContextVar("omni_deadline", default=math.inf)


class AsyncRuntime:
    """The budget of async code. Blocking programs do without anyio, so it is loaded here."""

    pool_limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    """httpx's own: httpcore looks at each idle connection before each call, which takes long here."""

    pool_class = httpcore.AsyncConnectionPool

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Wait."""
        import anyio

        await anyio.sleep(seconds)

    @staticmethod
    def deadline(seconds: float) -> AbstractContextManager[object]:
        """Cancel what is inside after so many seconds and raise TimeoutError."""
        import anyio

        # A scope for each chunk of a file slows a download by a tenth; where there is no limit, none is needed.
        return anyio.fail_after(seconds) if seconds < NO_LIMIT / 2 else nullcontext()

    @staticmethod
    def install_backends(pools: Iterable[Any]) -> None:
        """Let nothing foreign escape where connections are made; cancellation reaches every socket."""
        for pool in pools:
            if not isinstance(pool._network_backend, _AsyncBackend):
                pool._network_backend = _AsyncBackend(pool._network_backend)

    @staticmethod
    def owner() -> Owner:
        """Where connections made now can be used again: in this process and event loop."""
        from anyio.lowlevel import current_token

        return os.getpid(), current_token()

    @staticmethod
    def check_previous_owner(owner: Owner, thread: int) -> None:
        """Raise UsageError if connections made there, in that thread, are still somebody's: its event loop goes on."""
        if owner[0] == os.getpid() and thread != threading.get_ident() and _is_running(owner[1]):
            raise UsageError("This client is in use in an event loop of another thread: make a client for each loop.")


def _is_running(token: object) -> bool:
    """Whether an event loop goes on, that of asyncio or that of trio."""
    loop: Any = getattr(token, "native_token", token)  # anyio wraps it since 4.11
    if hasattr(loop, "is_running"):
        return bool(loop.is_running())
    try:
        loop.run_sync_soon(int)  # which does nothing, if there is somebody to do it
    except RuntimeError:  # trio.RunFinishedError
        return False
    return True


class Runtime:
    """The budget of blocking code."""

    pool_limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    """All are kept: where it keeps fewer, httpcore 1.0 closes one that it has just handed to another thread
    (encode/httpcore#1110), which for a write would be an unknown outcome."""

    pool_class = httpcore.ConnectionPool

    sleep = staticmethod(time.sleep)

    @staticmethod
    @contextmanager
    def deadline(seconds: float) -> Generator[None]:
        """Let the guarded sockets of this thread time out after so many seconds."""
        token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
        try:
            yield
        finally:
            _deadline.reset(token)

    @staticmethod
    def install_backends(pools: Iterable[Any]) -> None:
        """Make the sockets of these pools mind the budget.

        httpx has no argument for a network backend, and a transport of our own would cost users the proxies of their
        environment (httpx ignores them where ``transport=`` is given), so it is put in place afterwards.
        """
        for pool in pools:
            if not isinstance(pool._network_backend, _Backend):
                pool._network_backend = _Backend(pool._network_backend)

    @staticmethod
    def owner() -> Owner:
        """Where connections made now can be used again: in this process."""
        return os.getpid(), None

    @staticmethod
    def check_previous_owner(owner: Owner, thread: int) -> None:
        """Nothing to check: a process has no event loops here, and its threads share connections."""


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise error("the budget of the call ran out")
    if timeout is None:
        return None if left == math.inf else left
    return min(left, timeout)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, OverflowError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        failure: Exception = httpcore.ConnectError("the host has no address")
        # The socket module would give each address the whole time, and the first one would leave nothing for the rest.
        with Runtime.deadline(math.inf if timeout is None else timeout):
            for number, address in enumerate(addresses):
                left = _left(None, httpcore.ConnectTimeout)
                share = None if left is None else left / (len(addresses) - number)
                try:
                    return _Stream(self._backend.connect_tcp(address, port, share, local_address, socket_options))
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_unix_socket(path, left, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), 65536):  # httpcore gives each partial send the whole time
            self._stream.write(buffer[start : start + 65536], _left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        if self.get_extra_info("ssl_object") is None:
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))
        try:
            return _Stream(_TLSInTLS(self, ssl_context, server_hostname, left))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _TLSInTLS(httpcore.NetworkStream):
    """TLS to the API inside the TLS of an ``https://`` proxy.

    httpcore's own reads from the socket as often as it needs to, and gives each of these reads the whole time; here
    they go through the stream beneath, which minds the budget.
    """

    def __init__(
        self, stream: httpcore.NetworkStream, context: ssl.SSLContext, hostname: str | None, timeout: float | None
    ) -> None:
        self._stream = stream
        self._read_bio, self._write_bio = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl_object = context.wrap_bio(self._read_bio, self._write_bio, server_hostname=hostname)
        try:
            self._perform(self._ssl_object.do_handshake, timeout)
        except httpcore.TimeoutException as error:  # nothing of the request was sent
            raise httpcore.ConnectTimeout(str(error)) from error
        except (httpcore.NetworkError, OSError) as error:
            raise httpcore.ConnectError(str(error)) from error

    def _perform(self, function: Callable[[], T], timeout: float | None) -> T:
        with Runtime.deadline(math.inf if timeout is None else timeout):
            while True:
                try:
                    result = function()
                except ssl.SSLWantReadError:
                    self._flush()
                    if data := self._stream.read(65536):
                        self._read_bio.write(data)
                    else:
                        self._read_bio.write_eof()
                else:
                    self._flush()
                    return result

    def _flush(self) -> None:
        if self._write_bio.pending:
            self._stream.write(self._write_bio.read())

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._perform(lambda: self._ssl_object.read(max_bytes), timeout)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._perform(lambda: self._ssl_object.write(buffer), timeout)
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._ssl_object if info == "ssl_object" else self._stream.get_extra_info(info)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await self._connected(self._current().connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        return await self._connected(self._current().connect_unix_socket(path, timeout, socket_options))

    def _current(self) -> httpcore.AsyncNetworkBackend:
        """A backend for this event loop: httpcore's own keeps to the kind, asyncio or trio, that it first met."""
        kind = type(self._backend)
        return kind() if kind.__name__ == "AutoBackend" else self._backend

    async def _connected(
        self, connecting: Coroutine[Any, Any, httpcore.AsyncNetworkStream]
    ) -> httpcore.AsyncNetworkStream:
        """A connection, or an error of httpcore: no port of that number, no thread left for the name lookup."""
        try:
            return _close_if_cancelled(await connecting)
        except (httpcore.NetworkError, httpcore.TimeoutException):
            raise
        except Exception as error:
            failure = httpcore.ConnectError(str(error) or type(error).__name__)
        raise failure


def _close_if_cancelled(stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
    """Let a handshake that is cancelled close its connection: httpcore does so for exceptions alone."""
    # By a weak reference, since a stream that refers to itself is freed late.
    vars(stream)["start_tls"] = functools.partial(_start_tls, weakref.ref(stream))
    return stream


async def _start_tls(
    stream: "weakref.ref[httpcore.AsyncNetworkStream]", *arguments: Any, **options: Any
) -> httpcore.AsyncNetworkStream:
    import anyio

    plain = stream()
    assert plain is not None  # httpcore holds it while it waits
    try:
        return _close_if_cancelled(await type(plain).start_tls(plain, *arguments, **options))
    except BaseException:
        with anyio.CancelScope(shield=True):  # which closes at once and waits for nobody
            await plain.aclose()
        raise
