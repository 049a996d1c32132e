"""The deadline of blocking code: no socket operation waits longer than the call on its thread has left.

Theory of operation. httpx's timeouts bound one connect, one read or one write at a time, so a server that sends a byte
a second outlives them all. Async code is cancelled at its deadline by anyio; blocking code cannot be cancelled. So
``limit_time()`` keeps the deadline of the call in a context variable, and every connection of the blocking client goes
through a network backend (httpcore's public interface) whose streams give each operation at most the time that remains.
Three places in the libraries below give a fresh timeout to each of several steps, and are therefore done here: the
addresses of a host are tried one by one, each with its share; large bodies are written in slices; TLS inside the TLS of
a proxy does its own reads. A name lookup is the one wait that neither kind of code can bound.
"""

import contextvars
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore

from omni._fork_safety import fork_lock

if TYPE_CHECKING:
    from omni._transport.sockets.source import SocketSource

T = TypeVar("T")

_deadline: contextvars.ContextVar[float] = contextvars.ContextVar("omni_deadline", default=math.inf)


class limit_time:  # noqa: N801 - used as a function; as a generator it would take four times as long
    """Let the guarded streams of this thread time out after so many seconds; an earlier deadline stays."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __enter__(self) -> None:
        self._token = _deadline.set(min(_deadline.get(), self._end))

    def __exit__(self, *exc_info: object) -> None:
        _deadline.reset(self._token)


def _remaining(timeout: float | None, error: type[Exception]) -> float | None:
    """The timeout of one operation, cut to the time until the deadline; raises this error if it has passed."""
    remaining = _deadline.get() - time.monotonic()
    if remaining <= 0:
        raise error("the deadline of the call passed")
    if timeout is None:
        return None if remaining == math.inf else remaining
    return min(remaining, timeout)


class GuardedBackend(httpcore.NetworkBackend):
    """A network backend whose connections keep to the deadline."""

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
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, OverflowError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        failure: Exception = httpcore.ConnectError("the host has no address")
        # The socket module would give each address the whole time, and the first one would leave nothing for the rest.
        with limit_time(math.inf if timeout is None else timeout):
            for number, address in enumerate(addresses):
                remaining = _remaining(None, httpcore.ConnectTimeout)
                share = None if remaining is None else remaining / (len(addresses) - number)
                try:
                    return GuardedStream(self._backend.connect_tcp(address, port, share, local_address, socket_options))
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        remaining = _remaining(timeout, httpcore.ConnectTimeout)
        return GuardedStream(self._backend.connect_unix_socket(path, remaining, socket_options))


_SLICE = 65536
"""Bytes that are written at a time where only the stream itself knows how."""


def _find_socket(stream: httpcore.NetworkStream) -> socket.socket | None:
    """The socket of httpcore's own stream; None if there is a layer between the two, or the stream is another one."""
    found = stream.get_extra_info("socket") if type(stream).__module__.partition(".")[0] == "httpcore" else None
    return found if type(found) in (socket.socket, ssl.SSLSocket) else None


class GuardedStream(httpcore.NetworkStream):
    """A network stream whose operations keep to the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._socket = _find_socket(stream)
        self._source: SocketSource | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._source is not None:
            return self._source.end()
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if len(buffer) <= _SLICE:
            self._stream.write(buffer, _remaining(timeout, httpcore.WriteTimeout))
        elif self._socket is not None:
            self._send(self._socket, memoryview(buffer), timeout)
        else:
            for start in range(0, len(buffer), _SLICE):
                self._stream.write(buffer[start : start + _SLICE], _remaining(timeout, httpcore.WriteTimeout))

    def _send(self, connection: socket.socket, data: memoryview, timeout: float | None) -> None:
        """Send a large body: httpcore copies what is left after each partial send, and gives it the whole time."""
        while data:
            connection.settimeout(_remaining(timeout, httpcore.WriteTimeout))
            try:
                data = data[connection.send(data) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        remaining = _remaining(timeout, httpcore.ConnectTimeout)
        if self.get_extra_info("ssl_object") is None:
            return GuardedStream(self._stream.start_tls(ssl_context, server_hostname, remaining))
        try:
            return GuardedStream(TLSInTLSStream(self, ssl_context, server_hostname, remaining))
        except BaseException:
            self.close()
            raise

    def take_over(self) -> "SocketSource | None":
        """What reads the rest of the response from the socket; None if there is no socket directly below."""
        with fork_lock:
            from omni._transport.sockets.source import SocketSource  # most programs download nothing

        if self._socket is not None:
            self._source = SocketSource(self._socket)
        return self._source

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class TLSInTLSStream(httpcore.NetworkStream):
    """TLS to the API inside the TLS of an ``https://`` proxy.

    httpcore's own class reads from the socket as often as it needs to, each time with the whole timeout; this one reads
    through the guarded stream below.
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
        with limit_time(math.inf if timeout is None else timeout):
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
