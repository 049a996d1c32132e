"""The files behind presigned links: who may fetch one, what is in it, and the answers that hold such links."""

import hmac
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from omni.sandbox._faults import current
from omni.sandbox._older import older
from omni.sandbox._samples import documents_in

# The API's files live on another origin than the API, and so do ours: a client that sends its key along is found out.
_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}

_FIRST_BYTES = {
    "application/pdf": b"%PDF-1.4\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
_PIECE = 1 << 20


@dataclass(frozen=True)
class File:
    """A file: what was uploaded, or else as many bytes as its `size` says, and always the same ones."""

    id: str
    filename: str
    mime_type: str
    size: int
    content: BinaryIO | None = None

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes between two places, one small piece after the other."""
        first = _FIRST_BYTES.get(self.mime_type, b"")
        line = f"{self.id} is a file of the sandbox.\n".encode()
        lines = b"" if self.content else line * (_PIECE // len(line))
        while start < stop:
            if self.content:
                self.content.seek(start)
                piece = self.content.read(min(stop - start, _PIECE))
            elif start < len(first):
                piece = first[start:stop]
            else:
                phase = (start - len(first)) % len(line)
                piece = lines[phase : phase + stop - start]
            yield piece
            start += len(piece)

    def close(self) -> None:
        """Let go of what was uploaded."""
        if self.content:
            self.content.close()


class Links:
    """Presigned links: written into answers, and checked when they come back."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def answer(self, request: Request, value: Any) -> Response:
        """Return an answer with a link in each document, in the older shape if the request's fault is one."""
        value = deepcopy(value)
        for document in documents_in(value):
            document["signedUrl"] = self.url(request, document["id"], document["filename"])
        return JSONResponse(older(current(request.scope), value))

    def url(self, request: Request, document_id: str, filename: str) -> str:
        """Return a link to a file, on another host name than the request's where there is one."""
        seconds = -1 if current(request.scope) == "expired-link" else self._seconds
        expires = str(int(self._clock() + seconds))
        query = urlencode({"expires": expires, "signature": self._signature(document_id, filename, expires)})
        path = f"/files/{quote(document_id, safe='')}/{quote(filename, safe='')}"
        host = _OTHER_NAME.get(request.url.hostname or "")
        return str(request.url.replace(hostname=host, path=path, query=query))

    def refusal(self, request: Request) -> Response | None:
        """Return why a request for a file is refused, in words like those of S3, or None if it is not."""
        if "x-api-key" in request.headers:
            return refused(400, "InvalidRequest", "An API key must never be sent to the host of the files.")
        expires = request.query_params.get("expires", "")
        expected = self._signature(request.path_params["document_id"], request.path_params["filename"], expires)
        if not hmac.compare_digest(expected.encode(), request.query_params.get("signature", "").encode()):
            return refused(403, "SignatureDoesNotMatch", "The signature is missing or wrong.")
        if self._clock() >= int(expires) or current(request.scope) == "expired-link":
            return refused(403, "AccessDenied", "Request has expired")
        return None

    def _signature(self, *signed: str) -> str:
        return hmac.digest(self._secret, "\n".join(signed).encode(), "sha256").hex()


def file_response(file: File, asked: Headers) -> Response:
    """Return a file, or the part of it that the headers ask for."""
    headers = {
        "accept-ranges": "bytes",
        "etag": f'"{file.id}-{file.size}"',
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
        # As a header and not as `media_type`, to which Starlette would add a charset.
        "content-type": file.mime_type,
    }
    if (part := _part(asked, file.size, headers["etag"])) is None:
        headers["content-length"] = str(file.size)
        return StreamingResponse(_streamed(file.pieces(0, file.size)), 200, headers)
    start, stop = part
    if start >= stop:
        return refused(416, "InvalidRange", "The file ends before.", {"content-range": f"bytes */{file.size}"})
    headers |= {"content-length": str(stop - start), "content-range": f"bytes {start}-{stop - 1}/{file.size}"}
    return StreamingResponse(_streamed(file.pieces(start, stop)), 206, headers)


def refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal in the form of S3's."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, headers, media_type="application/xml")


def _part(asked: Headers, size: int, etag: str) -> tuple[int, int] | None:
    # What is not one plain range of this very file is answered with the whole file, as HTTP has it.
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", asked.get("range", ""))
    if match is None or match[0] == "bytes=-" or asked.get("if-range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


async def _streamed(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    # Starlette would send a plain iterator through a thread, piece by piece.
    for piece in pieces:
        yield piece
