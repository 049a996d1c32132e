"""What a sandbox was asked and what it answered, for people to look at: kept in memory, and never with the key."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omni.sandbox._contract import contract

_MAX_BYTES = 65536
_FILES = "/files/{documentId}/{filename}"


@dataclass
class Body:
    """The beginning of a body, and how long all of it was."""

    media_type: str = ""
    content: bytes = field(default=b"", repr=False)
    size: int = 0

    def add(self, chunk: bytes) -> None:
        """Count a chunk, and keep it while there is room."""
        self.size += len(chunk)
        self.content += chunk[: _MAX_BYTES - len(self.content)]

    @property
    def text(self) -> str:
        """What can be shown: JSON, text and forms; of anything else, its type and size."""
        if not self.size:
            return ""
        kind = self.media_type.partition(";")[0].strip().lower()
        if kind.startswith(("application/json", "application/xml", "text/")):
            rest = f"\n… {self.size - len(self.content)} more bytes" if self.size > len(self.content) else ""
            return self.content.decode("utf-8", "replace") + rest
        return f"{kind or 'unknown type'}, {self.size} bytes"


@dataclass
class Exchange:
    """One request to the API or for a file, and its response."""

    number: int
    at: str
    method: str
    path: str
    template: str
    """The path as the contract has it; the path itself if the contract has no such path."""
    request: Body = field(default_factory=Body)
    response: Body = field(default_factory=Body)
    status: int | None = None
    """None before the response, and if the connection was closed without one."""
    seconds: float = 0.0
    is_over: bool = False

    @property
    def outcome(self) -> str:
        """The status, or in words why there is none."""
        return str(self.status or ("closed without a response" if self.is_over else "in progress"))

    def to_dict(self, *, bodies: bool = False) -> dict[str, object]:
        """Return it as JSON; with the bodies, if they are asked for."""
        names = ("number", "at", "method", "path", "template", "status")
        known: dict[str, object] = {name: getattr(self, name) for name in names}
        known["milliseconds"] = round(1000 * self.seconds, 1)
        if bodies:
            known |= {"request": self.request.text, "response": self.response.text}
        return known


class ExchangeLog:
    """Keeps each request in the workspace as soon as it arrives: who has read its response finds it there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        workspace, start, headers = scope["app"].state.workspace, time.perf_counter(), Headers(scope=scope)
        path = scope["path"]
        exchange = Exchange(0, workspace.now(), scope["method"], path, find_template(path))
        exchange.request.media_type = headers.get("content-type", "")
        workspace.add_exchange(exchange)

        async def receive_and_keep() -> Message:
            message = await receive()
            exchange.request.add(message.get("body", b""))
            return message

        async def send_and_keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.response.media_type = Headers(raw=message["headers"]).get("content-type", "")
            exchange.response.add(message.get("body", b""))
            exchange.seconds = time.perf_counter() - start
            await send(message)

        try:
            await self.app(scope, receive_and_keep, send_and_keep)
        finally:
            exchange.seconds, exchange.is_over = time.perf_counter() - start, True
            if workspace.watch:
                workspace.watch(exchange)


def find_template(path: str) -> str:
    """Return the template that a path is of; the path itself if there is none."""
    return next((template for template, pattern in _templates() if pattern.fullmatch(path)), path)


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    known = [*{described["path"] for described in contract()["operations"].values()}, _FILES]
    known.sort(key=lambda template: template.count("{"))  # as the routes are tried
    patterns = [re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)) for template in known]
    return [*zip(known, map(re.compile, patterns), strict=True)]


Watch = Callable[[Exchange], object]
"""Is called with each request that is over."""
