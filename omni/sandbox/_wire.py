"""What a fault does to an answer on its way to the client."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omni.sandbox._faults import HEADER, Fault
from omni.sandbox._workspace import Workspace

_PAGE = "<html><body><h1>Please log in to the network</h1></body></html>"


class Faults:
    """Lets a request meet the fault that its header names, or else the first planned one that fits it."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self.app = app
        self.workspace = workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._met(Request(scope))
        scope[HEADER] = fault
        if fault and (deed := _DEEDS.get("status" if fault.is_status else fault.name)):
            await deed(fault, self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _met(self, request: Request) -> Fault | None:
        path = request.scope["path"]
        try:
            if written := request.headers.get(HEADER):
                if not (fault := Fault.parse(written)).fits(path):
                    raise ValueError(f"{written} does not fit {path}.")
                return fault
            planned = self.workspace.faults
            place = next((n for n, text in enumerate(planned) if Fault.parse(text).fits(path)), None)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return None if place is None else Fault.parse(planned.pop(place))


async def _refuse(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _read(scope, receive)
    after = fault.options.get("retry-after")
    raise HTTPException(int(fault.name), "A fault that was asked for.", {"retry-after": after} if after else None)


async def _html(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _read(scope, receive)
    await HTMLResponse(_PAGE, int(fault.options.get("status", 200)))(scope, receive, send)


async def _lose_request(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _read(scope, receive)
    await _hang_up(scope, receive)


async def _lose_answer(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    async def swallow(message: Message) -> None:
        pass

    await app(scope, receive, swallow)
    await _hang_up(scope, receive)


async def _drop(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    left = int(fault.options.get("at", 0))

    async def cut(message: Message) -> None:
        nonlocal left
        body = message.get("body", b"")
        if left >= len(body):
            left -= len(body)
            await send(message)
        elif left >= 0:
            await send({"type": "http.response.body", "body": body[:left], "more_body": True})
            left = -1
            await _hang_up(scope, receive)

    await app(scope, receive, cut)


async def _slow(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    seconds = float(fault.options.get("seconds", 1))

    async def trickle(message: Message) -> None:
        body = message.get("body", b"")
        step = -(-len(body) // 20)
        for start in range(0, len(body), step or 1):
            await asyncio.sleep(seconds / 20)
            await send({**message, "body": body[start : start + step], "more_body": True})
        await send({**message, "body": b""} if body else message)

    await app(scope, receive, trickle)


async def _read(scope: Scope, receive: Receive) -> None:
    # A client that is refused while it is still sending would see a broken connection instead of the answer.
    async for _ in Request(scope, receive).stream():
        pass


async def _hang_up(scope: Scope, receive: Receive) -> None:
    # The server of `running` and `serve` puts the connection here; ASGI has no word for ending it.
    scope["state"]["connection"].close()
    while (await receive())["type"] != "http.disconnect":
        pass


_DEEDS: dict[str, Callable[[Fault, ASGIApp, Scope, Receive, Send], Awaitable[None]]] = {
    "status": _refuse,
    "html": _html,
    "lost-request": _lose_request,
    "lost-answer": _lose_answer,
    "drop": _drop,
    "slow": _slow,
}
