"""A TCP server that replies to each connection by a script, byte for byte, well or badly behaved."""

import contextlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

LEAD_JSON = (Path(__file__).parents[2] / "openapi" / "examples" / "get-lead.json").read_bytes()

Reply = Callable[[socket.socket], None]


def reply(status: int = 200, body: bytes = LEAD_JSON, **headers: str) -> Reply:
    """Reply with a complete response; header names are written with underscores."""
    head = {"content_type": "application/json", "content_length": str(len(body)), "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in head.items())]
    return lambda connection: connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def lead(**changes: object) -> Reply:
    """Reply with the published lead, with some keys replaced."""
    return reply(body=json.dumps({**json.loads(LEAD_JSON), **changes}).encode())


def cut(connection: socket.socket) -> None:
    """Send half a body, then close the connection."""
    reply(content_length=str(len(LEAD_JSON)), body=LEAD_JSON[:500])(connection)


def silence_then_close(connection: socket.socket) -> None:
    """Send nothing."""


def reset(connection: socket.socket) -> None:
    """Reset the connection instead of a reply."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def trickle_head(connection: socket.socket) -> None:
    """Send headers at ten bytes a second, for twenty seconds, then the rest of the response."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(connection)
    connection.sendall(b"\r\nConnection: close\r\n\r\n" + LEAD_JSON)


def trickle_body(connection: socket.socket) -> None:
    """Send a body at ten bytes a second, for twenty seconds, then the rest of it."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    _drip(connection, b" ")
    connection.sendall(LEAD_JSON)


def _drip(connection: socket.socket, byte: bytes = b"a") -> None:
    for _ in range(200):
        connection.sendall(byte)
        time.sleep(0.1)


def _is_complete(request: bytes) -> bool:
    """Whether head and body have arrived; a server that replies earlier may reset the connection."""
    head, blank, body = request.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return bool(blank) and len(body) >= int(length[1] if length else 0)


class Wire:
    """The server: ``requests`` are the received bytes of each connection; the last reply is repeated."""

    def __init__(self, *script: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.tls = tls
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.requests.append(b"")
            threading.Thread(target=self._answer, args=(connection, len(self.requests) - 1), daemon=True).start()

    def _answer(self, connection: socket.socket, index: int) -> None:
        with contextlib.suppress(OSError), connection, self._secured(connection) as connection:  # the client may leave
            while not _is_complete(self.requests[index]):
                if not (data := connection.recv(65536)):
                    return
                self.requests[index] += data
            self.script[min(index, len(self.script) - 1)](connection)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed before
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
