"""One wall-clock budget for everything that happens inside a ``with`` block.

Theory of operation: httpx's timeouts bound one connect, one read, one write at a time, so a server that sends a byte a
second outlives them all. Async code can be cancelled, and anyio does that. Blocking code cannot, so every socket
operation of the blocking client goes through a network stream (httpcore's public interface) that gets at most what is
left of the budget of the call that runs on this thread. What neither can bound is a blocking name lookup.
"""

import contextvars
import math
import os
import socket
import ssl
import time
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from omni._http import httpcore, httpx
from omni._pool import pools

Home = tuple[int, object]

_deadline: contextvars.ContextVar[float] = contextvars.ContextVar("omni_deadline", default=math.inf)


class AsyncBudget:
    """The budget of async code. Blocking programs do without anyio, so it is loaded here."""

    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    """httpx's own: httpcore looks at each idle connection before each call, which takes long here."""

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Wait."""
        import anyio

        await anyio.sleep(seconds)

    @staticmethod
    def of(seconds: float) -> AbstractContextManager[object]:
        """Cancel what is inside after so many seconds and raise TimeoutError."""
        import anyio

        return anyio.fail_after(seconds)

    @staticmethod
    def guard(client: httpx.AsyncClient) -> None:
        """Nothing to do: cancellation reaches every socket."""

    @staticmethod
    def home() -> Home:
        """Where connections made now can be used again: in this process and event loop."""
        from anyio.lowlevel import current_token

        return os.getpid(), current_token()


class Budget:
    """The budget of blocking code."""

    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    """All are kept: where it keeps fewer, httpcore 1.0 closes one that it has just handed to another thread
    (encode/httpcore#1110), which for a write would be an unknown outcome."""

    sleep = staticmethod(time.sleep)

    @staticmethod
    @contextmanager
    def of(seconds: float) -> Generator[None]:
        """Let the guarded sockets of this thread time out after so many seconds."""
        token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
        try:
            yield
        finally:
            _deadline.reset(token)

    @staticmethod
    def guard(client: httpx.Client) -> None:
        """Make the sockets of this client mind the budget, those of its proxies too.

        httpx has no argument for a network backend, and a transport of our own would cost users the proxies of their
        environment (httpx ignores them where ``transport=`` is given), so it is put in place afterwards.
        """
        for pool in pools(client):
            if not isinstance(pool._network_backend, _Backend):
                pool._network_backend = _Backend(pool._network_backend)

    @staticmethod
    def home() -> Home:
        """Where connections made now can be used again: in this process."""
        return os.getpid(), None


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
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        # The socket module would give each address the whole time.
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in dict.fromkeys(str(each[4][0]) for each in found):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._backend.connect_tcp(address, port, left, local_address, socket_options))
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
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
