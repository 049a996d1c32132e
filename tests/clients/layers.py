"""A server behind any layers: TCP, TLS, a proxy, a proxy that speaks TLS, and TLS inside of that.

It plays proxy and API in one, so that a test decides byte for byte what comes in one segment, and on one connection.
"""

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import trustme

Play = Callable[["Connection", str], bytes]

AUTHORITY = trustme.CA()


@cache
def tls(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """The context of a server that speaks this version of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """The context of a client that trusts these servers."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def trust(folder: Path) -> str:
    """The same as a file, for ``SSL_CERT_FILE``."""
    AUTHORITY.cert_pem.write_to_path(folder / "ca.pem")
    return str(folder / "ca.pem")


def lead_response(lead_id: str, size: int = 0) -> bytes:
    """A response with a lead of this id, filled up to so many bytes, if that is more."""
    plain = _response(json.dumps({"lead": {"id": lead_id, "notes": ""}}).encode())
    body = json.dumps({"lead": {"id": lead_id, "notes": "x" * (size - len(plain))}}).encode()
    while len(_response(body)) > size > len(plain):  # the length has more digits now
        body = body.replace(b"x", b"", 1)
    return _response(body)


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


class Connection:
    """One connection as its server sees it; ``secure`` puts one more layer of TLS on what there is."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.requests = 0
        self.body = 0
        self.received = b""
        self.recv: Callable[[], bytes] = lambda: raw.recv(65536)
        self.send: Callable[[bytes], None] = raw.sendall
        self.send_below = self.send

    def secure(self, context: ssl.SSLContext) -> None:
        """Everything from here on is inside TLS: what is sent at once goes out at once, in many records if need be."""
        recv, send, incoming, outgoing = self.recv, self.send, ssl.MemoryBIO(), ssl.MemoryBIO()
        layer = context.wrap_bio(incoming, outgoing, server_side=True)
        self.send_below = send

        def perform(function: Callable[..., Any], *arguments: Any) -> Any:
            while True:
                with contextlib.suppress(ssl.SSLWantReadError):
                    result = function(*arguments)
                    if outgoing.pending:
                        send(outgoing.read())
                    return result
                if outgoing.pending:
                    send(outgoing.read())
                if not (data := recv()):
                    raise EOFError
                incoming.write(data)

        perform(layer.do_handshake)
        self.recv = lambda: perform(layer.read, 65536)
        self.send = lambda data: perform(layer.write, data)

    def request(self) -> bytes:
        """The head of the next request; of its body only the size is kept."""
        while b"\r\n\r\n" not in self.received:
            if not (data := self.recv()):
                raise EOFError
            self.received += data
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        length = int((re.findall(rb"(?i)content-length: (\d+)", head) or [b"0"])[0])
        while len(self.received) < length:
            self.received += self.recv()
        self.received, self.body = self.received[length:], length
        return head


class Layered:
    """The server; ``play`` gets a connection and the path of a request, and returns what is sent at once."""

    def __init__(
        self, play: Play, *, proxy_tls: Any = None, tunnel: bool = False, inner_tls: Any = None, path: str = ""
    ) -> None:
        self.play = play
        self.proxy_tls, self.tunnel, self.inner_tls = proxy_tls, tunnel, inner_tls
        self.port = 1
        self.connections: list[Connection] = []
        if path:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.bind(path)
            self._socket.listen()
        else:
            self._socket = socket.create_server(("127.0.0.1", 0))
            self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._socket.accept()
            except OSError:
                return
            if raw.family != socket.AF_UNIX:
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(Connection(raw))
            threading.Thread(target=self._talk, args=(self.connections[-1],), daemon=True).start()

    def _talk(self, connection: Connection) -> None:
        with contextlib.suppress(OSError, EOFError), connection.raw:  # the client may leave
            if self.proxy_tls:
                connection.secure(self.proxy_tls)
            if self.tunnel:
                connection.request()
                connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.inner_tls:
                self._secure(connection)
            while True:
                head = connection.request()
                connection.requests += 1
                connection.send(self.play(connection, head.split(b" ", 2)[1].decode()))

    def _secure(self, connection: Connection) -> None:
        connection.secure(self.inner_tls)

    def close(self) -> None:
        """Stop listening, and close all connections."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.raw.shutdown(socket.SHUT_RDWR)
