"""``omni webhook serve``: a receiver on this machine that prints what comes."""

import socket
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omni.cli._connection import Failure, UsageFailure
from omni.cli._options import drop_unset, example
from omni.cli._output import clean
from omni.cli._webhook._deliveries import Delivery, forward, save
from omni.cli._webhook._options import is_local, posts_to, print_event, prints_events, proves, until_stopped, webhook

if TYPE_CHECKING:
    from omni.webhooks import Receiver, Verifier

Note = Callable[[Delivery, int], None]
"""Takes a request, and the status that it was answered with."""


@webhook.command(epilog=example("omni webhook serve --save deliveries.jsonl"))
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="0 is any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@proves
@click.option("--accept-unverified", is_flag=True, help="Listen on other addresses too without any proof.")
@click.option(
    "--save", "save_as", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Append whole deliveries, with personal data and secrets, for inspect and replay.",
)  # fmt: skip
@posts_to("Send accepted deliveries on; without a path, to that of the delivery.")
@prints_events
def serve(
    host: str, port: int, accept_unverified: bool, save_as: Path | None, to: str | None, as_json: bool, **proof: Any
) -> None:
    """Receive webhooks and print each event, until Ctrl-C.

    One line each, separated by tabs: time, event, key, what changed or the outcome, and with --to the status and
    milliseconds. What is refused is saved too, and a line on stderr says why.
    """
    if not find_spec("uvicorn"):
        raise Failure("The receiver needs more packages: pip install 'omniai-leads[sandbox]'.")
    from omni.webhooks import parse

    def note(delivery: Delivery, status: int) -> None:
        if save_as:
            save(save_as, delivery, status)
        if status == 200:
            print_event(parse(delivery.body), as_json, *(forward(delivery, to) if to else ()))

    verifier = _make_verifier(host, accept_unverified, proof)
    with _listen(host, port) as listener, until_stopped():
        name, bound, *_ = listener.getsockname()
        click.echo(f"Listening on http://{f'[{name}]' if ':' in name else name}:{bound}. Stop with Ctrl-C.", err=True)
        _run(verifier, note, listener)


def _make_verifier(host: str, accept_unverified: bool, proof: dict[str, Any]) -> "Verifier":
    from omni.webhooks import Verifier

    given = drop_unset(**proof)
    if not given.keys() & {"path_token", "secret"}:
        if not (accept_unverified or is_local(host)):
            raise UsageFailure(
                "Anybody who finds this address could send events: set OMNI_WEBHOOK_TOKEN, or OMNI_WEBHOOK_SECRET and"
                " OMNI_WEBHOOK_HEADER, or add --accept-unverified."
            )
        click.echo("No token or secret is given, so every delivery is accepted.", err=True)
    with warnings.catch_warnings(action="ignore"):  # of what was just said
        return Verifier(**given, accept_unverified=True)


def _listen(host: str, port: int) -> socket.socket:
    try:
        host.encode("idna")  # create_server would raise this too, but leave a socket open
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "this is no host name"
        raise Failure(f"Cannot listen on {clean(host)}:{port}: {reason}; --port 0 is any free port.") from error


def _run(verifier: "Verifier", note: Note, listener: socket.socket) -> None:
    """Serve until a signal comes, or until an output cannot be written, whose error is raised."""
    import uvicorn

    from omni.webhooks import asgi

    problems: list[OSError] = []

    def stop(error: OSError) -> None:
        problems.append(error)
        server.should_exit = True

    application = asgi(_make_receiver(verifier, note, stop))
    options: dict[str, Any] = {"lifespan": "off", "ws": "none", "log_config": None, "log_level": "warning"}
    server = uvicorn.Server(uvicorn.Config(application, **options, access_log=False, timeout_graceful_shutdown=1))
    server.run(sockets=[listener])  # newer versions raise the signal again when they have ended
    for problem in problems:
        raise problem


def _make_receiver(verifier: "Verifier", note: Note, stop: Callable[[OSError], None]) -> "Receiver":
    from omni.webhooks import Event, Receiver, Response

    class NotingReceiver(Receiver):
        def receive(self, method: str, path: str, headers: Any, body: bytes) -> Response:
            response = super().receive(method, path, headers, body)
            if method != "POST" or response.status == 413:  # of what is too large, only the beginning was read
                return response
            try:
                note(
                    Delivery(path, [(name.decode("latin-1"), value) for name, value in headers], body), response.status
                )
            except OSError as error:  # such as a full disk
                stop(error)
                return Response(503, {})
            return response

    def ignore(event: Event) -> None: ...

    receiver = NotingReceiver(verifier, forward=ignore)
    receiver.fallback(ignore)
    return receiver
