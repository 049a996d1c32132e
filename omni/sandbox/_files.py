"""The files behind presigned links: who may fetch one, and what is in it."""

import hmac
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

# The API's files live on another origin than the API, and so do ours: a client that sends its key along is found out.
_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}

_FIRST_BYTES = {
    "application/pdf": b"%PDF-1.4\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


class Links:
    """Presigned links: written, and checked when they come back."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def url(self, request: Request, document_id: str, filename: str) -> str:
        """Return a link to a file, on another host name than the request's where there is one."""
        expires = str(int(self._clock() + self._seconds))
        query = urlencode({"expires": expires, "signature": self._signature(document_id, filename, expires)})
        path = f"/files/{quote(document_id, safe='')}/{quote(filename, safe='')}"
        host = _OTHER_NAME.get(request.url.hostname or "")
        return str(request.url.replace(hostname=host, path=path, query=query))

    def refusal(self, request: Request) -> Response | None:
        """Return why a request for a file is refused, in words like those of S3, or None if it is not."""
        if "x-api-key" in request.headers:
            return _refused(400, "InvalidRequest", "An API key must never be sent to the host of the files.")
        expires = request.query_params.get("expires", "")
        expected = self._signature(request.path_params["document_id"], request.path_params["filename"], expires)
        if not hmac.compare_digest(expected.encode(), request.query_params.get("signature", "").encode()):
            return _refused(403, "SignatureDoesNotMatch", "The signature is missing or wrong.")
        if self._clock() >= int(expires):
            return _refused(403, "AccessDenied", "Request has expired")
        return None

    def _signature(self, *signed: str) -> str:
        return hmac.digest(self._secret, "\n".join(signed).encode(), "sha256").hex()


def file_response(document: dict[str, Any]) -> Response:
    """Return the file of a document: as many bytes as its `size` says, and always the same ones."""
    start = _FIRST_BYTES.get(document["mimeType"], b"")
    line = f"{document['id']} is a file of the sandbox.\n".encode()
    content = (start + line * document["size"])[: document["size"]]
    disposition = f"attachment; filename*=UTF-8''{quote(document['filename'], safe='')}"
    # As a header and not as `media_type`, to which Starlette would add a charset.
    return Response(content, headers={"content-type": document["mimeType"], "content-disposition": disposition})


def _refused(status: int, code: str, message: str) -> Response:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, media_type="application/xml")
