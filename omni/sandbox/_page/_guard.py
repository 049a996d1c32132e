"""What keeps other web sites from acting on a sandbox through the browser of the person who runs it."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REFUSAL = "A page of another site cannot do this: use the page of the sandbox itself, or a program."
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    # Nothing from elsewhere is loaded, nothing that a lead holds is run, and no other page shows this one in a frame.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; font-src 'self' data:; worker-src blob:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class PageGuard:
    """Refuses what another origin sends to change something, and adds headers that browsers heed.

    Reading is kept from other origins by the browser itself, and names that others made resolve to this machine by the
    check of `Host`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if scope["method"] not in _SAFE_METHODS and is_foreign(Headers(scope=scope)):
            await JSONResponse({"error": {"message": _REFUSAL}}, 403)(scope, receive, send_guarded)
        else:
            await self.app(scope, receive, send_guarded)


def is_foreign(headers: Headers) -> bool:
    """Return whether a browser says that a request comes from a page of another origin."""
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
