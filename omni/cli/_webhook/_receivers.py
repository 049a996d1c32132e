"""``omni webhook work``, ``reconcile`` and ``listen``: handling what was stored, and what was never delivered."""

import logging
import os
import shlex
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from omni.cli._connection import UsageFailure, connect
from omni.cli._messages import describe
from omni.cli._options import Options, connects, example
from omni.cli._output import clean, print_row
from omni.cli._webhook._deliveries import send
from omni.cli._webhook._inbox import database_errors
from omni.cli._webhook._options import parse_since, posts_to, print_event, prints_events, proves, until_stopped, webhook
from omni.errors import APIConnectionError, InternalServerError, RateLimitError

if TYPE_CHECKING:
    import omni
    from omni.webhooks import Event, Receiver

_OVERLAP = timedelta(minutes=10)
"""How much later the API may show what happened."""

receiver_name = click.argument("name", metavar="MODULE:RECEIVER")
rate_option = click.option(
    "--rate", type=click.FloatRange(0, min_open=True), metavar="NUMBER", default=5.0, show_default=True,
    help="Reads a second.",
)  # fmt: skip


@webhook.command(epilog=example("omni webhook work app:receiver --name w1"))
@receiver_name
@click.option("--name", "worker", metavar="TEXT", default="", help="Tells workers apart; else host and process.")
def work(name: str, worker: str) -> None:
    """Handle stored events, until Ctrl-C or SIGTERM.

    MODULE:RECEIVER is where your program makes its receiver, such as app:receiver for app.py in this folder. Handlers
    that run at the end are waited for.
    """
    logging.getLogger("omni.webhooks").setLevel(logging.INFO)  # a line for each event, without personal data
    receiver = load_receiver(name)
    logging.basicConfig(format="%(asctime)s %(message)s")  # unless the module did it
    # Ended by the first signal: while handlers are waited for, a second one ends the process.
    with database_errors(receiver.inbox.url), closing(receiver.inbox), receiver.run(worker), until_stopped():
        click.echo("Handling events. Stop with Ctrl-C.", err=True)
        _wait()


def _wait() -> None:
    threading.Event().wait()


@webhook.command(epilog=example("omni webhook reconcile app:receiver --since 6h"))
@receiver_name
@click.option("--since", metavar="AGE|TIME", required=True, callback=parse_since, help="Such as 6h or 2026-11-01.")
@click.option("--cursor", metavar="TEXT", help="Go on where an earlier run ended.")
@rate_option
@connects
@click.pass_obj
def reconcile(options: Options, name: str, since: datetime, cursor: str | None, rate: float) -> None:
    """Store the events that were never delivered.

    One line for each lead that has some, separated by tabs: lead id, new, known. All leads are read. If it is stopped,
    it says how to go on.
    """
    receiver = load_receiver(name)
    _say_what_is_not_found()
    leads = new = known = 0
    try:
        with connect(options) as client, database_errors(receiver.inbox.url), closing(receiver.inbox):
            for found in receiver.reconcile(client, since=since, cursor=cursor, reads_per_second=rate):
                leads, new, known, cursor = leads + 1, new + found.new, known + found.known, found.cursor
                if found.new:
                    print_row(found.lead_id, found.new, found.known)
            cursor = None
    finally:
        go_on = f" Go on with --cursor {shlex.quote(clean(cursor))}" if cursor else ""
        click.echo(f"{leads} leads: {new} new events, {known} known.{go_on}", err=True)


@webhook.command(epilog=example("omni webhook listen --sandbox --since 2026-03-01 --once --rate 1000"))
@click.option("--since", metavar="AGE|TIME", default="0s", callback=parse_since, help="Such as 6h; else from now on.")
@click.option("--every", type=click.FloatRange(0), metavar="SECONDS", default=60.0, show_default=True, help="Pause.")
@click.option("--once", is_flag=True, help="Read all leads once, then end.")
@rate_option
@posts_to("Send the events there too, with the proof below.")
@proves
@prints_events
@connects
@click.pass_obj
def listen(
    options: Options,
    /,
    since: datetime,
    every: float,
    once: bool,
    rate: float,
    to: str | None,
    as_json: bool,
    **proof: Any,
) -> None:
    """Print events without a public address, until Ctrl-C.

    All leads are read again and again, and events are made of what is new. The lines are those of serve; each says that
    the event is reconciled.
    """
    _say_what_is_not_found()
    seen: set[str] = set()
    with connect(options) as client, until_stopped():
        while True:
            started = datetime.now(UTC)
            try:
                for event in _poll(client, since, seen, 1 / rate):
                    print_event(event, as_json, *(send(event.to_dict(), to, proof) if to else ()))
                since = max(since, started - _OVERLAP)
            except (APIConnectionError, InternalServerError, RateLimitError) as error:
                if once:
                    raise
                click.echo(f"{describe(error)} Trying again in {every:g} seconds.", err=True)
            if once:
                return
            time.sleep(every)


def _say_what_is_not_found() -> None:
    from omni.webhooks.reconciliation import NOT_FOUND

    click.echo(f"Not to be found: {NOT_FOUND}.", err=True)


def _poll(client: "omni.Client", since: datetime, seen: set[str], pause: float) -> Iterator["Event"]:
    """The events since a time that were not seen yet, of all leads."""
    from omni.webhooks.reconciliation import iter_events

    def is_extracted_known(document_id: str) -> bool:
        return any(key.startswith(f"document.extracted:{document_id}:") for key in seen)

    for figures in client.analytics.iter_leads():
        for event in iter_events(client, figures, since, is_extracted_known, pause):
            if event.key not in seen:
                yield event
                seen.add(event.key)  # afterwards: what could not be sent on comes again


def load_receiver(name: str) -> "Receiver":
    """The receiver of the user's program; the current folder comes first, as a server does it."""
    from omni.webhooks import Receiver

    module, _, attribute = name.partition(":")
    if not (module and attribute):
        raise UsageFailure("Give a module, a colon and the name of the receiver in it, such as app:receiver.")
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as text
    try:
        found: Any = import_module(module)
    except Exception as error:
        raise UsageFailure(_describe_import_error(module, error)) from error
    for part in attribute.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, Receiver):
        kind = "is not there" if found is None else f"is a {type(found).__name__}, and no omni.webhooks.Receiver"
        raise UsageFailure(f"{clean(attribute)} in {clean(module)} {kind}.")
    return found


def _describe_import_error(module: str, error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
        return f"There is no module {clean(module)}, neither in this folder nor installed."
    place = traceback.extract_tb(error.__traceback__)[-1]
    reason = f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})"
    return f"{clean(module)} cannot be imported. {clean(reason)}"
