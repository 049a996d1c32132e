"""The files behind presigned links: who may fetch one, and what is in it."""

import hmac
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote, urlencode

from starlette.datastructures import URL, Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from omni.sandbox._faults import fault_name

# The API's files are on another origin than the API, and so are these: a client that sends its key there is refused.
_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}

_FIRST_BYTES = {
    "application/pdf": b"%PDF-1.4\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
_CHUNK_SIZE = 1 << 20


@dataclass(frozen=True)
class File:
    """A file: what was uploaded, or else `size` invented bytes, which are always the same."""

    id: str
    filename: str
    mime_type: str
    size: int
    content: BinaryIO | None = None

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes between two offsets."""
        first = _FIRST_BYTES.get(self.mime_type, b"")
        line = f"{self.id} is a file of the sandbox.\n".encode()
        lines = b"" if self.content else line * (_CHUNK_SIZE // len(line))
        while start < stop:
            if self.content:
                self.content.seek(start)
                chunk = self.content.read(min(stop - start, _CHUNK_SIZE))
            elif start < len(first):
                chunk = first[start:stop]
            else:
                phase = (start - len(first)) % len(line)
                chunk = lines[phase : phase + stop - start]
            yield chunk
            start += len(chunk)

    def close(self) -> None:
        """Close what was uploaded."""
        if self.content:
            self.content.close()


class Links:
    """Presigned links: made for responses, and checked in requests for files."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self.base_url = "http://127.0.0.1"
        """Where the files are, for links that no request asks for."""

    def url(self, request: Request, document_id: str, filename: str) -> str:
        """Return a link to a file, on another host name than the request's if there is one."""
        seconds = -1 if fault_name(request.scope) == "expired-link" else self._seconds
        return self._sign(request.url, document_id, filename, seconds)

    def sign(self, document_id: str, filename: str, later: float = 0) -> str:
        """Return a link as a webhook has it, made so many seconds from now."""
        return self._sign(URL(self.base_url), document_id, filename, self._seconds + later)

    def _sign(self, url: URL, document_id: str, filename: str, seconds: float) -> str:
        expires = str(int(self._clock() + seconds))
        query = urlencode({"expires": expires, "signature": self._signature(document_id, filename, expires)})
        path = f"/files/{quote(document_id, safe='')}/{quote(filename, safe='')}"
        return str(url.replace(hostname=_OTHER_NAME.get(url.hostname or ""), path=path, query=query))

    def refusal(self, request: Request) -> Response | None:
        """Return the refusal of a request for a file, with the codes of S3; None if it may be fetched."""
        if "x-api-key" in request.headers:
            return _s3_error(400, "InvalidRequest", "An API key must never be sent to the host of the files.")
        expires = request.query_params.get("expires", "")
        expected = self._signature(request.path_params["document_id"], request.path_params["filename"], expires)
        if not hmac.compare_digest(expected.encode(), request.query_params.get("signature", "").encode()):
            return _s3_error(403, "SignatureDoesNotMatch", "The signature is missing or wrong.")
        if self._clock() >= int(expires) or fault_name(request.scope) == "expired-link":
            return _s3_error(403, "AccessDenied", "Request has expired")
        return None

    def _signature(self, *parts: str) -> str:
        return hmac.digest(self._secret, "\n".join(parts).encode(), "sha256").hex()


def file_response(file: File | None, request: Headers) -> Response:
    """Return a file, or the range of it that the headers of a request name."""
    if file is None:
        return _s3_error(404, "NoSuchKey", "The file is gone.")
    headers = {
        "accept-ranges": "bytes",
        "etag": f'"{file.id}-{file.size}"',
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
        # As a header and not as `media_type`, to which Starlette would add a charset.
        "content-type": file.mime_type,
    }
    start, stop, status = 0, file.size, 200
    if requested := _requested_range(request, file.size, headers["etag"]):
        start, stop = requested
        if start >= stop:
            return _s3_error(416, "InvalidRange", "The file ends before.", {"content-range": f"bytes */{file.size}"})
        headers["content-range"], status = f"bytes {start}-{stop - 1}/{file.size}", 206
    headers["content-length"] = str(stop - start)
    return StreamingResponse(_as_async(file.chunks(start, stop)), status, headers)


def _s3_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, headers, media_type="application/xml")


def _requested_range(request: Headers, size: int, etag: str) -> tuple[int, int] | None:
    # Anything but one plain range of this very file gets the whole file, as HTTP has it.
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", request.get("range", ""))
    if match is None or match[0] == "bytes=-" or request.get("if-range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


async def _as_async(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    # Starlette would read a plain iterator in threads, chunk by chunk.
    for chunk in chunks:
        yield chunk
