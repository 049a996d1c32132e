"""What a fault does to a request, or to the response on its way to the client."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omni.sandbox._faults import HEADER, Fault
from omni.sandbox._workspace import Workspace

_PAGE = "<html><body><h1>Please log in to the network</h1></body></html>"


class FaultMiddleware:
    """Gives a request the fault that its header names, or else the first planned one that fits."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self.app = app
        self.workspace = workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = scope[HEADER] = self._fault_of(Request(scope))
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.is_status or fault.name in {"html", "lost-request"}:
            # A client that is refused while it is still sending would see a broken connection instead of the response.
            async for _ in Request(scope, receive).stream():
                pass
            await _replace_response(fault, scope, receive, send)
        elif fault.name == "slow":
            await self.app(scope, receive, _slowly(send, float(fault.options.get("seconds", 1))))
        elif fault.name in {"drop", "lost-response"}:
            size = int(fault.options.get("at", 0)) if fault.name == "drop" else None
            await self.app(scope, receive, _dropping(scope, receive, send, size))
        else:
            await self.app(scope, receive, send)

    def _fault_of(self, request: Request) -> Fault | None:
        path = request.scope["path"]
        try:
            if text := request.headers.get(HEADER):
                if not (fault := Fault.parse(text)).fits(path):
                    raise ValueError(f"{text} does not fit {path}.")
                return fault
            for n, planned in enumerate(self.workspace.faults):
                if (fault := Fault.parse(planned)).fits(path):
                    del self.workspace.faults[n]
                    return fault
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return None


async def _replace_response(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.is_status:
        # The only option of a status besides `path` is a header: retry-after.
        headers = {name: value for name, value in fault.options.items() if name != "path"}
        raise HTTPException(int(fault.name), "A requested fault.", headers)
    if fault.name == "html":
        await HTMLResponse(_PAGE, int(fault.options.get("status", 200)))(scope, receive, send)
    else:
        await _close_connection(scope, receive)


def _dropping(scope: Scope, receive: Receive, send: Send, size: int | None) -> Send:
    """Return a `send` that closes the connection after `size` bytes of the body; before the headers if it is None."""
    remaining = -1 if size is None else size
    is_closed = False

    async def send_or_close(message: Message) -> None:
        nonlocal remaining, is_closed
        body = message.get("body", b"")
        if len(body) <= remaining:
            remaining -= len(body)
            await send(message)
        elif not is_closed:
            is_closed = True
            if size is not None:
                await send({"type": "http.response.body", "body": body[:remaining], "more_body": True})
            remaining = -1
            await _close_connection(scope, receive)

    return send_or_close


def _slowly(send: Send, seconds: float) -> Send:
    """Return a `send` that takes this long for each chunk of a body."""

    async def send_slowly(message: Message) -> None:
        body = message.get("body", b"")
        step = -(-len(body) // 20)
        for start in range(0, len(body), step or 1):
            await asyncio.sleep(seconds / 20)
            await send({**message, "body": body[start : start + step], "more_body": True})
        await send({**message, "body": b""} if body else message)

    return send_slowly


async def _close_connection(scope: Scope, receive: Receive) -> None:
    # ASGI cannot close a connection; the server of `running` and `serve` puts it here.
    scope["state"]["connection"].close()
    while (await receive())["type"] != "http.disconnect":
        pass
