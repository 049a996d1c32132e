"""The streams of the async client's connections: a socket that any event loop waits for, and TLS above it."""

import math
import select
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import anyio
import httpcore
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled, current_token

from omni._transport.sockets.source import SocketSource, TLSSource

S = TypeVar("S", bound=httpcore.AsyncNetworkStream)
T = TypeVar("T")

_READ_SIZE = 65536


def socket_waits() -> Any:
    """What waits for sockets here: the event loop of asyncio itself, which may be uvloop, or the same for trio."""
    token = current_token()
    loop = getattr(token, "native_token", token)  # anyio wraps it since 4.11
    return loop if hasattr(loop, "sock_recv") else TrioWaits


async def unless_cancelled(stream: S) -> S:
    """A new connection; closed if its call was cancelled meanwhile: httpcore would keep it, and never use it."""
    try:
        await checkpoint_if_cancelled()
    except BaseException:
        await stream.aclose()
        raise
    return stream


class TrioWaits:
    """For trio, what event loops of asyncio have under the same names."""

    @staticmethod
    async def sock_connect(connection: socket.socket, address: Any) -> None:
        from trio.socket import from_stdlib_socket

        await from_stdlib_socket(connection).connect(address)

    @staticmethod
    async def sock_recv(connection: socket.socket, max_bytes: int) -> bytes:
        from trio.lowlevel import wait_readable

        data: bytes | None = None
        while data is None:
            await wait_readable(connection)
            with suppress(BlockingIOError, InterruptedError):
                data = connection.recv(max_bytes)
        return data

    @staticmethod
    async def sock_sendall(connection: socket.socket, data: memoryview) -> None:
        from trio.lowlevel import wait_writable

        while data:
            await wait_writable(connection)
            with suppress(BlockingIOError, InterruptedError):
                data = data[connection.send(data) :]


class AsyncSocketStream(httpcore.AsyncNetworkStream):
    """A connection without TLS."""

    def __init__(self, connection: socket.socket, waits: Any) -> None:
        self._socket = connection
        self._waits = waits
        self._scopes: set[anyio.CancelScope] = set()
        self._is_closed = False
        self._source: SocketSource | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self.receive(max_bytes, timeout) if self._source is None else self._source.end()

    async def receive(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read from the socket itself."""
        try:
            data = self._socket.recv(max_bytes)
        except (BlockingIOError, InterruptedError):
            receiving = self._waits.sock_recv(self._socket, max_bytes)
            return await self._wait(receiving, timeout, httpcore.ReadTimeout, httpcore.ReadError)
        except OSError as error:
            failure = httpcore.ReadError(str(error))
        else:
            await checkpoint()  # else one fast connection would keep all other tasks waiting
            return data
        raise failure

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await checkpoint_if_cancelled()
        data = memoryview(buffer)
        try:
            data = data[self._socket.send(data) :] if data else data
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None
        if data:
            sending = self._waits.sock_sendall(self._socket, data)
            await self._wait(sending, timeout, httpcore.WriteTimeout, httpcore.WriteError)

    async def _wait(
        self, waiting: Awaitable[T], timeout: float | None, timed_out: type[Exception], failed: type[Exception]
    ) -> T:
        with anyio.move_on_after(timeout) as scope:
            self._scopes.add(scope)
            try:
                return await waiting
            except OSError as error:
                failure = failed(str(error))
            finally:
                self._scopes.discard(scope)
                if self._is_closed:
                    await self.aclose()
            raise failure
        raise failed("the connection was closed") if self._is_closed else timed_out("nothing came in time")

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return await AsyncTLSStream.wrap(self, ssl_context, server_hostname, timeout)

    async def aclose(self) -> None:
        """Close the socket at once; whoever waits for it gets an error, and closes it."""
        self._is_closed = True
        for scope in self._scopes:
            scope.cancel()
        if not self._scopes:
            self._socket.close()

    def take_over(self) -> SocketSource:
        """What reads the rest of the response from the socket; for httpx, it ends here."""
        self._source = SocketSource(self._socket)
        return self._source

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "socket":
                return self._socket
            case "client_addr":
                return self._socket.getsockname()
            case "server_addr":
                return self._socket.getpeername()
            case "is_readable":
                return _is_readable(self._socket)
            case _:
                return None


def _is_readable(connection: socket.socket) -> bool:
    """Whether bytes, the end or an error wait in a socket that is not in use; none of them is taken."""
    if connection.fileno() < 0:
        return True
    if not hasattr(select, "poll"):  # pragma: no cover (Windows, where select takes any number)
        return bool(select.select([connection], [], [], 0)[0])
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class AsyncTLSStream(httpcore.AsyncNetworkStream):
    """TLS over any stream, also over the TLS of an ``https://`` proxy."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, context: ssl.SSLContext, hostname: str | None) -> None:
        self._stream = stream
        self._read_bio, self._write_bio = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl_object = context.wrap_bio(self._read_bio, self._write_bio, server_hostname=hostname)
        self._source: SocketSource | None = None

    @classmethod
    async def wrap(
        cls, stream: httpcore.AsyncNetworkStream, context: ssl.SSLContext, hostname: str | None, timeout: float | None
    ) -> "AsyncTLSStream":
        """The stream after its handshake; if there is none, the connection is closed."""
        try:
            secured = cls(stream, context, hostname)
            await secured._perform(secured._ssl_object.do_handshake, timeout)
        except httpcore.TimeoutException as error:  # nothing of the request was sent
            failure: Exception = httpcore.ConnectTimeout(str(error))
        except (httpcore.NetworkError, OSError) as error:
            failure = httpcore.ConnectError(str(error))
        except BaseException:
            await stream.aclose()
            raise
        else:
            return await unless_cancelled(secured)
        await stream.aclose()
        raise failure

    async def _perform(self, function: Callable[[], T], timeout: float | None) -> T:
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            try:
                result = function()
            except ssl.SSLWantReadError:
                await self._flush(end)
                if data := await self._stream.read(_READ_SIZE, _until(end)):
                    self._read_bio.write(data)
                else:
                    self._read_bio.write_eof()
            else:
                await self._flush(end)
                return result

    async def _flush(self, end: float) -> None:
        if self._write_bio.pending:
            await self._stream.write(self._write_bio.read(), _until(end))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._source is not None:
            return self._source.end()
        try:
            return await self._perform(lambda: self._ssl_object.read(max_bytes), timeout)
        except ssl.SSLEOFError:  # many servers close without a word, as SSLSocket allows too
            return b""
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        data = memoryview(buffer)
        try:
            for start in range(0, len(data), 1 << 18):  # all at once would be in memory twice
                part = data[start : start + (1 << 18)]
                await self._perform(lambda part=part: self._ssl_object.write(part), timeout)  # type: ignore[misc]
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return await AsyncTLSStream.wrap(self, ssl_context, server_hostname, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def take_over(self) -> SocketSource | None:
        """What reads the rest of the response from the socket; None if there is no socket directly below."""
        if isinstance(self._stream, AsyncSocketStream):
            self._source = TLSSource(self._stream.get_extra_info("socket"), self._ssl_object, self._read_bio)
        return self._source

    async def receive(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read from the socket itself: bytes that are still encrypted."""
        return await self._stream.read(max_bytes, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._ssl_object if info == "ssl_object" else self._stream.get_extra_info(info)


def _until(end: float) -> float | None:
    """Seconds until this time; None if there is no end."""
    return None if end == math.inf else max(0.0, end - time.monotonic())
