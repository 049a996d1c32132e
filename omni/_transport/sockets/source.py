"""The rest of a response, read from the socket of its connection instead of through httpx.

Theory of operation. h11 copies each chunk several times. But the first chunk of a body that it yields holds all bytes
that it has buffered, and it needs to see none of the rest if the length is known. So the stream of a connection can be
taken over after the first chunk: from then on a source reads the socket, and httpx, which asks the stream, is told how
the source ended: that the connection was closed, or what failed. It is in the middle of a response then, so it closes
the connection and never uses it again, and its errors are those of a connection that was lost.
"""

import socket
import ssl

_READ_SIZE = 1 << 18


class SocketSource:
    """Reads a socket that nobody else reads any more."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._received = memoryview(b"")
        self.failure: Exception | None = None
        """Why it could not be read, as an error of httpcore."""

    def settimeout(self, seconds: float | None) -> None:
        """Let each read wait at most so long; 0 is not at all."""
        self._socket.settimeout(seconds)

    def feed(self, received: bytes | memoryview) -> None:
        """Take bytes that somebody else received from the socket, or its end."""
        self._received = memoryview(received)

    def read_into(self, buffer: memoryview) -> int:
        """Read what there is, after waiting for it; 0 at the end. Raises OSError, and TimeoutError after a timeout."""
        if not self._received:
            return self._socket.recv_into(buffer)
        count = min(len(buffer), len(self._received))
        buffer[:count], self._received = self._received[:count], self._received[count:]
        return count

    def end(self) -> bytes:
        """What httpx reads from the stream when the source has ended."""
        if self.failure is not None:
            raise self.failure
        return b""


class TLSSource(SocketSource):
    """Reads a socket below a layer of TLS that is not in the socket itself; large reads make it as fast."""

    def __init__(self, connection: socket.socket, ssl_object: ssl.SSLObject, incoming: ssl.MemoryBIO) -> None:
        super().__init__(connection)
        self._ssl_object = ssl_object
        self._incoming = incoming
        self._encrypted = memoryview(bytearray(_READ_SIZE))

    def feed(self, received: bytes | memoryview) -> None:
        """Take encrypted bytes that somebody else received from the socket, or its end."""
        if received:
            self._incoming.write(received)
        else:
            self._incoming.write_eof()

    def read_into(self, buffer: memoryview) -> int:
        """Read what there is, after waiting for it; 0 at the end. Raises OSError, and TimeoutError after a timeout."""
        while True:
            try:
                return self._ssl_object.read(len(buffer), buffer)  # type: ignore[return-value]
            except ssl.SSLWantReadError:
                self.feed(self._encrypted[: self._socket.recv_into(self._encrypted)])
            except ssl.SSLEOFError:  # many servers close without a word
                return 0
