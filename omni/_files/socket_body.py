"""The body of a large file, copied from the socket of its connection into the file.

Rule of this file: the end of a body, or the error that ended it, stays in its source, where httpx asks for it.
"""

import time
from collections.abc import Callable
from typing import Any, Self

import httpcore
import httpx

from omni._transport.direct import is_plain
from omni._transport.sockets.source import SocketSource

MIN_LENGTH = 1 << 20
"""Bytes of a body from which on this way is taken: it costs the connection, which is closed after it."""

BUFFER_SIZE = 3 << 19
"""Bytes that are held in memory, 1.5 MiB: half of it is written at once. 1 MiB is slower, and 2 MiB no faster."""


class SocketBody:
    """The rest of a body in blocking code."""

    _step_size = 1 << 22
    """Bytes after which progress is told, and whether to stop is asked."""
    _step_seconds = 0.25
    _gap: float | None = None

    def __init__(self, stream: Any, source: SocketSource, remaining: int, timeout: float | None) -> None:
        self._stream = stream
        self._source = source
        self._remaining = remaining
        self._timeout = timeout
        self._buffer = memoryview(bytearray(BUFFER_SIZE))

    @classmethod
    def take_over(cls, client: Any, response: httpx.Response, length: int | None, received: int) -> Self | None:
        """Take over a body of this length of which httpx has yielded its first chunk; None if it is to read the rest.

        Only bodies of HTTP/1.1 can be taken over, without any encoding, from connections that hide nothing.
        """
        if length is None or not MIN_LENGTH < length > received:
            return None
        headers, extensions = response.headers, response.extensions
        has_length = headers.get_list("content-length") == [str(length)] and "transfer-encoding" not in headers
        if not (has_length and extensions.get("http_version") == b"HTTP/1.1" and is_plain(client)):
            return None
        stream: Any = extensions.get("network_stream")
        source = stream.take_over() if hasattr(stream, "take_over") else None
        timeout = response.request.extensions["timeout"]["read"]
        return cls(stream, source, length - received, timeout) if source else None

    def copy(self, write: Callable[[int, memoryview], object], offset: int) -> int:
        """Copy the next part to a file, from this offset on; the offset after it. What ``write`` raises is raised."""
        start = offset
        latest = time.monotonic() + self._step_seconds
        self._source.settimeout(self._timeout if self._gap is None else self._gap)
        try:
            while self.is_open and offset - start < self._step_size and self._is_in_time(latest):
                if count := self._fill(latest):
                    write(offset, self._buffer[:count])
                    offset += count
        finally:
            if self._gap is not None:  # event loops need sockets that never block
                self._source.settimeout(0)
        return offset

    def _fill(self, latest: float) -> int:
        """Fill at least half of the buffer, if so much comes in time; how many bytes came."""
        count = 0
        while self.is_open and count <= BUFFER_SIZE // 2 and self._is_in_time(latest):
            try:
                received = self._source.read_into(self._buffer[count : count + self._remaining])
            except OSError as error:
                self._fail(error)
                break
            count += received
            self._remaining = self._remaining - received if received else 0
        return count

    @property
    def is_open(self) -> bool:
        """Whether more of the body can come."""
        return self._remaining > 0 and self._source.failure is None

    def _is_in_time(self, latest: float) -> bool:
        return time.monotonic() < latest

    def _fail(self, error: OSError) -> None:
        kind = httpcore.ReadTimeout if isinstance(error, TimeoutError) else httpcore.ReadError
        self._source.failure = kind(str(error))

    def wait(self) -> None:
        """Nothing to do: reading has waited."""


class AsyncSocketBody(SocketBody):
    """The rest of a body in async code: a thread copies what comes quickly, and the event loop waits for the rest.

    So cancelling waits for one short step of the thread at most, and slow hosts occupy no threads.
    """

    _step_size = 1 << 24
    """Bytes after which the event loop is told, which takes as long as copying some 100 KB."""
    _step_seconds = 0.02
    _gap: float | None = 0.005
    """Seconds that a thread waits for more bytes before it leaves that to the event loop."""

    _is_starved = False

    def _is_in_time(self, latest: float) -> bool:
        return not self._is_starved and time.monotonic() < latest

    def _fail(self, error: OSError) -> None:
        self._is_starved = isinstance(error, TimeoutError)
        if not self._is_starved:
            super()._fail(error)

    async def wait(self) -> None:  # type: ignore[override]
        """Wait for more bytes, if the last step ended for lack of them."""
        if not self._is_starved:
            return
        try:
            self._source.feed(await self._stream.receive(1 << 16, self._timeout))
        except (httpcore.TimeoutException, httpcore.NetworkError) as error:
            self._source.failure = error
        self._is_starved = False
