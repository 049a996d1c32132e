"""A file host on a socket that follows a script, and what tests of downloads say of documents and folders."""

import contextlib
import json
import random
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wire import Wire, answer

import omni
from omni._files.manifest import MANIFEST

Step = Callable[[socket.socket, str, bytes], None]

FILE = random.Random(1).randbytes(3_000_000)
SECRET = "signature-under-test"


def head(status: int, **headers: object) -> bytes:
    """The head of an answer; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def says(status: int, body: bytes = b"", **headers: object) -> Step:
    """An answer that is always the same."""
    return lambda connection, asked, file: connection.sendall(
        head(status, **{"content_length": len(body), **headers}) + body
    )


def sends(
    cut: int | None = None, *, etag: str | None = '"v1"', ranges: bool = True, pause: float = 0, **changed: object
) -> Step:
    """The file or the part of it that was asked for, up to a cut after so many bytes of it."""

    def step(connection: socket.socket, asked: str, file: bytes) -> None:
        found = re.search(r"^range: bytes=(\d+)-", asked, re.MULTILINE)
        same = re.search(r"^if-range: (.+?)\r?$", asked, re.MULTILINE)
        start = int(found[1]) if found and ranges and same and same[1] == etag else 0
        headers: dict[str, object] = {"etag": etag, "content_length": len(file) - start}
        if start:
            headers["content_range"] = f"bytes {start}-{len(file) - 1}/{len(file)}"
        connection.sendall(head(206 if start else 200, **{**headers, **changed}))
        body = file[start : len(file) if cut is None else start + cut]
        for at in range(0, len(body), 65536):
            connection.sendall(body[at : at + 65536])
            time.sleep(pause)

    return step


class Store(Wire):
    """A file host that follows a script, one step a request, the last one again and again."""

    def __init__(self, *steps: Step, files: dict[str, bytes] | None = None) -> None:
        self.steps = steps or (sends(),)
        self.files = files or {"/f": FILE}
        super().__init__()

    def _answer(self, connection: socket.socket, index: int) -> None:
        with contextlib.suppress(OSError), connection:
            while b"\r\n\r\n" not in self.requests[index]:
                self.requests[index] += connection.recv(65536)
            asked = self.asked[index]
            path = asked.split(" ")[1].split("?")[0]
            self.steps[min(index, len(self.steps) - 1)](connection, asked, self.files.get(path, FILE))

    @property
    def asked(self) -> list[str]:
        """The requests, in small letters."""
        return [request.decode().lower() for request in self.requests]

    @property
    def ranges(self) -> list[str | None]:
        """What part each request asked for."""
        found = [re.search(r"^range: (.+?)\r?$", each, re.MULTILINE) for each in self.asked]
        return [each and each[1] for each in found]

    def document(
        self, id: str = "doc-1", filename: str | None = "a.pdf", path: str = "/f", **more: Any
    ) -> omni.Document:
        """A document whose file is here."""
        link = f"{self.url}{path}?X-Amz-Signature={SECRET}"
        return omni.Document.from_dict({"id": id, "filename": filename, "signedUrl": link, **more})


def gives(*found: omni.Document) -> list[Any]:
    """The API's answers with these documents, one after the other."""
    return [answer(body=json.dumps(each.to_dict()).encode()) for each in found]


def files(folder: Path) -> set[str]:
    """What is in a folder, hidden files too."""
    return {path.name for path in folder.iterdir()}


def lead_with(*found: omni.Document) -> omni.Lead:
    """A lead that has these documents."""
    return omni.Lead.from_dict({"lead": {"id": "lead-1"}, "documents": [each.to_dict() for each in found]})


def manifest(folder: Path) -> dict[str, Any]:
    """What the manifest says."""
    return dict(json.loads((folder / MANIFEST).read_text())["documents"])
