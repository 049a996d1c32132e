"""A server on loopback that sends canned responses to any GET, as fast as Python can: the client is what is measured.

It runs in a process of its own: ``python loopback.py FOLDER``. GET /NAME/… is the file NAME.json of the folder, with
keep-alive. Large files come from ``file_host.py``.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"


@contextmanager
def running(bodies: Mapping[str, bytes]) -> Generator[str]:
    """The address of a server of these bodies, by the first segment of the path."""
    with tempfile.TemporaryDirectory() as folder:
        for name, body in bodies.items():
            Path(folder, f"{name}.json").write_bytes(body)
        with subprocess.Popen([sys.executable, __file__, folder], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip()
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


async def serve(folder: Path) -> None:
    """Serve until the process ends, and print the address."""
    bodies = {path.stem.encode(): path.read_bytes() for path in folder.glob("*.json")}
    responses = {name: HEAD.format("application/json", len(body)).encode() + body for name, body in bodies.items()}
    server = await asyncio.get_running_loop().create_server(lambda: Connection(responses), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
