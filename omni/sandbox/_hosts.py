"""Which host names the sandbox responds to.

A web page cannot read the responses of another origin, unless it makes its own name resolve to this machine (DNS
rebinding): then the browser sends that name in `Host`. So the sandbox responds to names that only this machine, or the
person who started it, can have given, and to no others.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_REFUSAL = (
    "The sandbox does not respond to this Host: use localhost or 127.0.0.1, or start it with --host and the name or"
    " address to use."
)

_PRIVATE = (".internal", ".local", ".test")
"""How reserved names end: of a container's host (host.docker.internal), in clusters, in local networks."""


class HostCheck:
    """Refuses requests for a host that is neither this machine nor `host`, the name that was given to listen on."""

    def __init__(self, app: ASGIApp, host: str, bound: str) -> None:
        self.app = app
        self.names = {host.lower(), bound}
        self.is_open = ipaddress.ip_address(bound).is_unspecified

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.allows(Headers(scope=scope).get("host", "")):
            # The shape of the API's error bodies is not documented: this one is an invention.
            await JSONResponse({"error": {"message": _REFUSAL}}, 421)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def allows(self, host: str) -> bool:
        """Return whether the sandbox responds to a request with this `Host`."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
        except ValueError:
            return False
        if name in self.names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback or self.is_open
        except ValueError:
            # Where the whole network may connect, it also uses names: those that nobody can register are allowed.
            is_private = "." not in name or name.endswith(_PRIVATE) or name == socket.gethostname().lower()
            return self.is_open and bool(name) and is_private
