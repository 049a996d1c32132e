"""The application on a real port: in a thread of a program, or alone until Ctrl-C."""

from __future__ import annotations

import ipaddress
import socket
from asyncio import Transport
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from errno import EINVAL
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from omni.sandbox._actions import advance_lead, invent_lead, seed
from omni.sandbox._exchanges import Exchange
from omni.sandbox._samples import LEAD_ID, leads
from omni.sandbox._serving._app import API_KEY, app
from omni.sandbox._webhooks import Webhooks
from omni.sandbox._workspace import Workspace

if TYPE_CHECKING:
    from omni.sandbox._serving._stoppable_server import StoppableServer

_BANNER = """\
The sandbox listens on {base_url}. Open it in a browser; stop it with Ctrl-C.{webhooks}

  export OMNI_BASE_URL={base_url}
  export OMNI_API_KEY={api_key}
  python -c 'import omni; print(omni.Client().leads.get("{lead_id}").status)'

Its leads:

{leads}
"""

_OPEN = """
Whoever reaches this machine over the network can use it too, and see all that is sent to it: send nothing real."""

_HOST_REFUSAL = (
    "The sandbox does not respond to this Host: use localhost or 127.0.0.1, or start it with --host and the name or"
    " address to use."
)

_PRIVATE_ENDINGS = (".internal", ".local", ".test")
"""How reserved names end: of a container's host (host.docker.internal), in clusters, in local networks."""


@dataclass(frozen=True)
class Sandbox:
    """The address of a running sandbox, the key that it accepts, and what it holds."""

    base_url: str
    api_key: str
    workspace: Workspace = field(compare=False, repr=False)

    @property
    def webhooks(self) -> Webhooks:
        """Where it sends events, and what it sent."""
        return self.workspace.webhooks

    def fail_next(self, fault: str, *, times: int = 1) -> None:
        """Plan a fault, such as `503` or `drop; at=100`, for the next requests that it fits.

        `help(omni.sandbox)` lists the faults. Raises ValueError if there is no such fault.
        """
        self.workspace.fail_next(fault, times=times)

    def new_lead(self, **fields: object) -> str:
        """Create a lead with these fields of Create Lead, or invented ones, and return its id.

        Raises ValueError if the API would refuse the fields.
        """
        return invent_lead(self.workspace, fields or None)

    def advance(self, lead_id: str) -> str:
        """Do what comes next for a lead, and return it as a sentence. Raises ValueError if there is no such lead.

        The next required item that is open is completed: with a file that is received and extracted, or a value. After
        those, items that need a review are approved; then optional ones are completed.
        """
        return advance_lead(self.workspace, lead_id)

    def seed(self, leads: object) -> list[str]:
        """Add leads, or replace those with the same ids, and return the ids.

        `leads` is one lead or a list of them, or the path of a JSON file with such: each as Get Lead responds with it,
        or short: `{"lead": {"id": …}, "status": …, "values": {CODE: VALUE}}`. Raises ValueError for anything else, and
        then adds nothing.
        """
        return seed(self.workspace, leads)

    def reset(self) -> None:
        """Restore the first state: forget everything that was written, requested and planned."""
        self.workspace.reset()


@contextmanager
def running(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    application: Starlette | None = None,
    webhook: str | Iterable[str] = (),
    webhook_events: Iterable[str] | None = None,
    webhook_secret: str | None = None,
    time_scale: float | None = None,
) -> Generator[Sandbox]:
    """Run a sandbox in a thread until the block ends.

    Port 0 is any free one. `webhook` is a URL, or several, to send events to: those named, or all. The pauses before
    retries and extraction are multiplied by `time_scale`. Raises OSError if the port is taken, and ValueError if
    webhooks cannot be sent so.
    """
    application = application or app()
    workspace = getattr(application.state, "workspace", None) or Workspace()
    _add_webhooks(workspace, webhook, webhook_events, webhook_secret)
    workspace.webhooks.time_scale = workspace.webhooks.time_scale if time_scale is None else time_scale
    with _listening(host, port) as listener:
        workspace.links.base_url = _url(listener)
        server = _server(application, host, listener)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="omni sandbox", daemon=True)
        thread.start()
        try:
            # Until the thread is ready, requests wait in the queue of the listening socket.
            yield Sandbox(_url(listener), getattr(application.state, "api_key", API_KEY), workspace)
        finally:
            server.stop()
            thread.join()
            workspace.close()


def serve(
    host: str,
    port: int,
    *,
    webhook: str | Iterable[str] = (),
    webhook_events: Iterable[str] | None = None,
    webhook_secret: str | None = None,
) -> None:
    """Run a sandbox until Ctrl-C, and print how to use it.

    `webhook` is a URL, or several, to send events to: those named, or all. Raises OSError if the port is taken, and
    ValueError if webhooks cannot be sent so.
    """
    application = app()
    workspace: Workspace = application.state.workspace
    _add_webhooks(workspace, webhook, webhook_events, webhook_secret)
    with _listening(host, port) as listener, closing(workspace), suppress(KeyboardInterrupt):
        workspace.links.base_url = _url(listener)
        workspace.watch = _print_exchange
        server = _server(application, host, listener)  # before the banner: Ctrl-C within an import ends in any way
        print(_banner(_url(listener), workspace.webhooks, is_open=_is_open(listener.getsockname()[0])), flush=True)  # noqa: T201 - the output of a command
        server.run(sockets=[listener])


def _add_webhooks(
    workspace: Workspace, urls: str | Iterable[str], events: Iterable[str] | None, secret: str | None
) -> None:
    names = None if events is None else [*events]
    for url in [urls] if isinstance(urls, str) else urls:
        workspace.webhooks.add(url, events=names, secret=secret, keep=True)


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    try:
        host.encode("idna")  # create_server would raise this too, but leave a socket open
        listener = socket.create_server((host, port))
    except UnicodeError as error:
        raise OSError(EINVAL, f"cannot listen on {host!a}: this is not a host name") from error
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}; choose another port, or 0 for any free one"
        raise OSError(error.errno, message) from error
    # asyncio turns Nagle's algorithm (40 ms for each response) off only for sockets that it opened itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


class HostCheck:
    """Refuses requests for a host that is neither this machine nor `host`, the name that was given to listen on.

    A web page cannot read the responses of another origin, unless it makes its own name resolve to this machine (DNS
    rebinding): then the browser sends that name in `Host`. So the sandbox responds to names that only this machine, or
    the person who started it, can have given, and to no others.
    """

    def __init__(self, app: ASGIApp, host: str, bound: str) -> None:
        self.app = app
        self.names = {host.lower(), bound}
        self.is_open = _is_open(bound)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.allows(Headers(scope=scope).get("host", "")):
            # The shape of the API's error bodies is not documented: this one is an invention.
            await JSONResponse({"error": {"message": _HOST_REFUSAL}}, 421)(scope, receive, send)
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
            is_private = "." not in name or name.endswith(_PRIVATE_ENDINGS) or name == socket.gethostname().lower()
            return self.is_open and bool(name) and is_private


def _server(application: Starlette, host: str, listener: socket.socket) -> StoppableServer:
    # Imported here, so that importing the sandbox stays fast.
    from uvicorn import Config
    from uvicorn.protocols.http.h11_impl import H11Protocol

    from omni.sandbox._serving._stoppable_server import StoppableServer

    class Protocol(H11Protocol):
        def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # Becomes the state of every request, for the faults that close the connection.
            self.app_state = {"connection": transport}

    # Without log_config=None uvicorn would configure logging for the whole program that it runs in.
    # A request that hangs has a second to end when the sandbox stops.
    return StoppableServer(
        Config(
            HostCheck(application, host, listener.getsockname()[0]),
            http=Protocol,
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )


def _print_exchange(exchange: Exchange) -> None:
    """Print one line; the path as it was sent, so that no sign in it can steer the terminal."""
    cells = (exchange.at[11:19], f"{exchange.method:<4}", exchange.outcome)
    print(*cells, f"{1000 * exchange.seconds:5.0f} ms", quote(exchange.path), sep="  ", flush=True)  # noqa: T201 - the output of a command


def _url(listener: socket.socket) -> str:
    """The address to open: where the sandbox listens on every address, the one that this machine has for itself."""
    host, port = listener.getsockname()
    return f"http://{'127.0.0.1' if _is_open(host) else host}:{port}"


def _is_open(bound: str) -> bool:
    """Return whether this address is every address of the machine."""
    return ipaddress.ip_address(bound).is_unspecified


def _banner(base_url: str, webhooks: Webhooks, *, is_open: bool) -> str:
    lines = "\n".join(f"  {lead_id}  {description}" for lead_id, description in leads().items())
    sent = _OPEN if is_open else ""
    sent += "".join(f"\nIt sends webhooks to {endpoint.origin}." for endpoint in webhooks.endpoints)
    return _BANNER.format(base_url=base_url, api_key=API_KEY, lead_id=LEAD_ID, leads=lines, webhooks=sent)
