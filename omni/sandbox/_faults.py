"""Faults on request, as the docstring of `omni.sandbox` lists them: how they are read, and what they do."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER = "x-sandbox-fault"
_PAGE = "<html><body><h1>Please log in to the network</h1></body></html>"

SECONDS = r"[0-9]{1,9}(\.[0-9]+)?"
_STATUS = "400 … 599"
_OPTIONS: dict[str, dict[str, str]] = {
    _STATUS: {"retry-after": ".+"},
    "html": {"status": "[2-5][0-9][0-9]"},
    "lost-request": {},
    "lost-response": {},
    "drop": {"at": "[0-9]{1,18}"},
    "slow": {"seconds": SECONDS},
    "expired-link": {},
    "flat": {},
    "old-documents": {},
    "old-action-logs": {},
}
SUGGESTIONS = {
    "503; retry-after=1": "refuse, and ask to come back in a second",
    "429; retry-after=7": "too many requests",
    "500": "refuse as a broken server",
    "401": "refuse the key",
    "lost-request": "close the connection without carrying the request out",
    "lost-response": "carry the request out, and close the connection",
    "drop; at=100": "close the connection after 100 bytes of the body",
    "slow; seconds=3": "send the body slowly",
    "html": "respond with a page of HTML",
    "expired-link; path=/files/": "let the link of the next file have expired",
    "flat": "Get Lead as it was in October 2025",
}
"""Faults that a person may want, with what they do; there are more, as the docstring of `omni.sandbox` says."""
_SCOPE = {"path": "/.*", "method": "[A-Z]+"}
_PATHS = {
    "flat": "/api/v1/leads/[^/]+",
    "old-documents": "/api/v1/leads/[^/]+/documents",
    "old-action-logs": "/api/v1/leads/[^/]+/action-logs",
}


@dataclass(frozen=True)
class Fault:
    """One fault: its name, and its options as they were written."""

    name: str
    options: Mapping[str, str]

    @property
    def is_status(self) -> bool:
        """Whether it is a plain refusal, named by its status."""
        return re.fullmatch("[45][0-9][0-9]", self.name) is not None

    @classmethod
    def parse(
        cls, text: str, faults: Mapping[str, Mapping[str, str]] = _OPTIONS, scope: Mapping[str, str] = _SCOPE
    ) -> "Fault":
        """Read a fault, or raise ValueError with the names of all faults.

        `faults` and `scope` have patterns: of the options of each fault, and of the option that limits all of them.
        """
        name, *options = (part.strip() for part in text.split(";"))
        pairs = (option.partition("=") for option in options)
        fault = cls(name, {key.strip(): value.strip() for key, _, value in pairs})
        known = faults.get(_STATUS if fault.is_status else name)
        if known is None:
            raise ValueError(f"{name!r} is not a fault of the sandbox; these are: {', '.join(faults)}.")
        for key, value in fault.options.items():
            if not re.fullmatch({**known, **scope}.get(key, "(?!)"), value):
                raise ValueError(f"{name} takes no {key}={value}; it takes {', '.join([*known, *scope])}.")
        return fault

    def fits(self, method: str, path: str) -> bool:
        """Return whether a request with this method for this path can have the fault."""
        is_in_scope = self.options.get("method", method) == method and path.startswith(self.options.get("path", "/"))
        return is_in_scope and re.fullmatch(_PATHS.get(self.name, ".*"), path, re.DOTALL) is not None


def fault_name(scope: Scope) -> str | None:
    """Return the name of the fault that a request has."""
    fault: Fault | None = scope.get(_HEADER)
    return fault.name if fault else None


class FaultMiddleware:
    """Gives a request the fault that its header names, or else the first of the planned ones that fits."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = scope[_HEADER] = _fault_of(Request(scope))
        if fault and (fault.is_status or fault.name in {"html", "lost-request"}):
            # A client that is refused while it is still sending would see a broken connection instead of the response.
            async for _ in Request(scope, receive).stream():
                pass
            await _replace_response(fault, scope, receive, send)
            return
        if fault and fault.name == "slow":
            send = _slowly(send, float(fault.options.get("seconds", 1)), scope)
        if fault and fault.name in {"drop", "lost-response"}:
            size = int(fault.options.get("at", 0)) if fault.name == "drop" else None
            send = _dropping(send, size, scope, receive)
        await self.app(scope, receive, send)


def _fault_of(request: Request) -> Fault | None:
    method, path, planned = request.method, request.scope["path"], request.app.state.workspace.faults
    try:
        if text := request.headers.get(_HEADER):
            if not (fault := Fault.parse(text)).fits(method, path):
                raise ValueError(f"{text} does not fit {method} {path}.")
            return fault
        for n, text in enumerate(planned):
            if (fault := Fault.parse(text)).fits(method, path):
                del planned[n]
                return fault
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    return None


async def _replace_response(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.is_status:
        headers = {name: value for name, value in fault.options.items() if name in _OPTIONS[_STATUS]}
        raise HTTPException(int(fault.name), "A requested fault.", headers)
    if fault.name == "html":
        await HTMLResponse(_PAGE, int(fault.options.get("status", 200)))(scope, receive, send)
    else:
        await _close_connection(scope, receive)


def _slowly(send: Send, seconds: float, scope: Scope) -> Send:
    connection = scope.get("state", {}).get("connection")

    async def send_slowly(message: Message) -> None:
        body = message.get("body", b"")
        step = -(-len(body) // 20)
        for start in range(0, len(body), step or 1):
            if connection and connection.is_closing():  # nobody waits for the rest, and a server that stops would
                return
            await asyncio.sleep(seconds / 20)
            await send({**message, "body": body[start : start + step], "more_body": True})
        await send({**message, "body": b""} if body else message)

    return send_slowly


def _dropping(send: Send, size: int | None, scope: Scope, receive: Receive) -> Send:
    """Return a `send` that closes the connection after `size` bytes of the body; before the headers if it is None."""
    remaining = -1 if size is None else size
    is_closed = False

    async def send_or_close(message: Message) -> None:
        nonlocal remaining, is_closed
        body = message.get("body", b"")
        if is_closed:
            return
        if len(body) <= remaining:
            remaining -= len(body)
            await send(message)
            return
        is_closed = True
        if size is not None:
            await send({"type": "http.response.body", "body": body[:remaining], "more_body": True})
        await _close_connection(scope, receive)

    return send_or_close


async def _close_connection(scope: Scope, receive: Receive) -> None:
    # ASGI cannot close a connection; the server of `running` and `serve` puts it here.
    scope["state"]["connection"].close()
    while (await receive())["type"] != "http.disconnect":
        pass
