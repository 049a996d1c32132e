"""A scripted file host on a socket, and helpers for documents and folders."""

import contextlib
import json
import random
import re
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wire import Wire, reply

import omni
from omni._files.manifest import MANIFEST

Step = Callable[[socket.socket, str, bytes], None]

FILE = random.Random(1).randbytes(3_000_000)
SECRET = "signature-under-test"


def response_head(status: int, **headers: object) -> bytes:
    """The status line and headers of a response; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def respond_with(status: int, body: bytes = b"", **headers: object) -> Step:
    """Always send the same response."""
    return lambda connection, request, file: connection.sendall(
        response_head(status, **{"content_length": len(body), **headers}) + body
    )


def send_file(
    cut: int | None = None, *, etag: str | None = '"v1"', ranges: bool = True, pause: float = 0, **changed: object
) -> Step:
    """Send the file or the requested part of it; ``cut`` closes the connection after so many bytes."""

    def step(connection: socket.socket, request: str, file: bytes) -> None:
        found = re.search(r"^range: bytes=(\d+)-", request, re.MULTILINE)
        same = re.search(r"^if-range: (.+?)\r?$", request, re.MULTILINE)
        start = int(found[1]) if found and ranges and same and same[1] == etag else 0
        headers: dict[str, object] = {"etag": etag, "content_length": len(file) - start}
        if start:
            headers["content_range"] = f"bytes {start}-{len(file) - 1}/{len(file)}"
        connection.sendall(response_head(206 if start else 200, **{**headers, **changed}))
        body = file[start : len(file) if cut is None else start + cut]
        for at in range(0, len(body), 65536):
            connection.sendall(body[at : at + 65536])
            time.sleep(pause)

    return step


class Store(Wire):
    """A file host that follows a script, one step a request, and repeats the last one."""

    def __init__(self, *steps: Step, files: dict[str, bytes] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.steps = steps or (send_file(),)
        self.files = files or {"/f": FILE}
        super().__init__(tls=tls)

    def _answer(self, connection: socket.socket, index: int) -> None:
        with contextlib.suppress(OSError), connection, self._secured(connection) as connection:
            while b"\r\n\r\n" not in self.requests[index]:
                self.requests[index] += connection.recv(65536)
            request = self.request_texts[index]
            path = request.split(" ")[1].split("?")[0]
            self.steps[min(index, len(self.steps) - 1)](connection, request, self.files.get(path, FILE))

    @property
    def request_texts(self) -> list[str]:
        """The requests in lower case."""
        return [request.decode().lower() for request in self.requests]

    @property
    def ranges(self) -> list[str | None]:
        """The range that each request asked for."""
        matches = [re.search(r"^range: (.+?)\r?$", text, re.MULTILINE) for text in self.request_texts]
        return [match and match[1] for match in matches]

    def document(
        self, id: str = "doc-1", filename: str | None = "a.pdf", path: str = "/f", **more: Any
    ) -> omni.Document:
        """A document whose file is on this host."""
        link = f"{self.url}{path}?X-Amz-Signature={SECRET}"
        return omni.Document.from_dict({"id": id, "filename": filename, "signedUrl": link, **more})


def document_responses(*documents: omni.Document) -> list[Any]:
    """Responses of the API with these documents, one after the other."""
    return [reply(body=json.dumps(document.to_dict()).encode()) for document in documents]


def filenames_in(folder: Path) -> set[str]:
    """The names of all files in a folder, hidden ones too."""
    return {path.name for path in folder.iterdir()}


def lead_with(*documents: omni.Document) -> omni.Lead:
    """A lead that has these documents."""
    return omni.Lead.from_dict({"lead": {"id": "lead-1"}, "documents": [document.to_dict() for document in documents]})


def manifest_in(folder: Path) -> dict[str, Any]:
    """The documents in the manifest of a folder."""
    return dict(json.loads((folder / MANIFEST).read_text())["documents"])
