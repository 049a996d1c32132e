"""A server on loopback that sends canned responses to any GET, as fast as Python can: the client is what is measured.

It runs in a process of its own: ``python loopback.py FOLDER``. GET /NAME/… is the file NAME.json of the folder, with
keep-alive. Large files come from ``file_host.py``.
"""

import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

STORE = "authorities.pem"
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"


@contextmanager
def running(bodies: Mapping[str, bytes], *, tls: bool = False) -> Generator[str]:
    """The address of a server of these bodies, by the first segment of the path.

    With TLS, the processes that are started meanwhile trust its authority, beside all those of certifi.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, body in bodies.items():
            Path(folder, f"{name}.json").write_bytes(body)
        command = [sys.executable, __file__, folder, *(["--tls"] if tls else [])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                url = process.stdout.readline().strip()
                with patch.dict(os.environ, {"SSL_CERT_FILE": str(Path(folder, STORE))} if tls else {}):
                    yield url
            finally:
                process.terminate()


class Connection(asyncio.Protocol):
    """One connection; a request arrives at once, or in several parts of which the last ends in an empty line."""

    transport: asyncio.Transport

    def __init__(self, responses: Mapping[bytes, bytes]) -> None:
        self.responses = responses
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.received.endswith(b"\r\n\r\n"):
            return
        _, name, _ = self.received.split(b"/", 2)
        self.received = b""
        self.transport.write(self.responses[name])


def make_certificate(folder: Path) -> ssl.SSLContext:
    """The context of the server; its authority is put into a copy of certifi's store, which takes as long to read."""
    import certifi
    import trustme

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    Path(folder, STORE).write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    return context


async def serve(folder: Path, *, tls: bool) -> None:
    """Serve until the process ends, and print the address."""
    bodies = {path.stem.encode(): path.read_bytes() for path in folder.glob("*.json")}
    responses = {name: HEAD.format("application/json", len(body)).encode() + body for name, body in bodies.items()}
    context = make_certificate(folder) if tls else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(responses), "127.0.0.1", 0, ssl=context)
    print(f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), tls="--tls" in sys.argv))
