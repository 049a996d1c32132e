"""A host of files on loopback, as fast as Python can be, with TLS and without: the client is what is measured.

It runs in a process of its own: ``python file_host.py FOLDER``, where the certificate is put. GET …/SIZE is a file of
so many bytes; any POST is read to its end, and gets the response to an upload of one file.
"""

import contextlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

UPLOADED = b'{"success": true, "documents": [{"id": "1"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
CHUNK = memoryview(bytes(1 << 20))
ZEROS_SIZE = 1 << 24  # bytes of the file that is sent again and again


@dataclass(frozen=True)
class FileHost:
    """The addresses of a host, and the file of the authority that signed its certificate."""

    http: str
    https: str
    authority: str


@contextlib.contextmanager
def running() -> Generator[FileHost]:
    """A host while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                addresses = process.stdout.readline().split()
                yield FileHost(*addresses, authority=str(Path(folder, "authority.pem")))
            finally:
                process.terminate()


def respond(connection: socket.socket, zeros: IO[bytes]) -> bool:
    """Respond to one request; whether there was one."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (data := connection.recv(65536)):
            return False
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    if head.startswith(b"GET"):
        send_file(connection, int(head.split(b" ", 2)[1].rpartition(b"/")[2]), zeros)
        return True
    remaining = int(re.findall(rb"(?i)content-length: (\d+)", head)[0]) - len(body)
    if b"expect:" in head.lower():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    buffer = bytearray(1 << 18)
    while remaining:
        remaining -= connection.recv_into(buffer) or remaining
    connection.sendall(HEAD % len(UPLOADED) + UPLOADED)
    return True


def send_file(connection: socket.socket, size: int, zeros: IO[bytes]) -> None:
    """Send so many zeros; without TLS, the kernel does."""
    connection.sendall(HEAD % size)
    if isinstance(connection, ssl.SSLSocket):
        for start in range(0, size, len(CHUNK)):
            connection.sendall(CHUNK[: size - start])
        return
    while size:
        size -= connection.sendfile(zeros, 0, min(size, ZEROS_SIZE))


def serve(server: socket.socket, context: ssl.SSLContext | None, zeros: IO[bytes]) -> None:
    """Serve for ever, each connection in a thread."""

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            secured = context.wrap_socket(connection, server_side=True) if context else connection
            with secured:
                while respond(secured, zeros):
                    pass

    while True:
        threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()


def main(folder: Path) -> None:
    """Serve until the process ends, and print both addresses."""
    import trustme

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    plain, secure = (f"127.0.0.1:{each.getsockname()[1]}" for each in servers)
    print(f"http://{plain} https://{secure}", flush=True)
    # One for all connections: the kernel would have to make the pages of another one while its client is measured.
    with tempfile.TemporaryFile() as zeros:
        zeros.write(bytes(ZEROS_SIZE))
        zeros.flush()
        threading.Thread(target=serve, args=(servers[0], None, zeros), daemon=True).start()
        serve(servers[1], context, zeros)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
