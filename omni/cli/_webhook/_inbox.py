"""``omni webhook inbox``: what a receiver has stored."""

import os
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import click

from omni.cli._connection import Failure, Group, UsageFailure, confirm
from omni.cli._options import drop_unset, example
from omni.cli._output import clean, print_json, print_line, print_rows
from omni.cli._webhook._options import parse_age, webhook
from omni.errors import OmniError

if TYPE_CHECKING:
    from omni.webhooks import Inbox

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULT = "sqlite:///omni-inbox.db"
_ALL = 10**6


@webhook.group(cls=Group, epilog=example("omni webhook inbox list --state dead"))
def inbox() -> None:
    """Stored events: list, show, handle again, delete.

    OMNI_WEBHOOK_KEY is the key of an encrypted inbox; several have commas between them.
    """


def _opens(command: F) -> F:
    help = f"Where events are stored: sqlite:///FILE or postgresql://…; else {_DEFAULT}."
    return click.option("--inbox", "url", metavar="URL", envvar="OMNI_WEBHOOK_INBOX", show_envvar=True, help=help)(
        command
    )


def _state(states: str, **settings: Any) -> Callable[[F], F]:
    return click.option("--state", type=click.Choice(states.split()), **settings)


@inbox.command("list", epilog=example("omni webhook inbox list --state dead"))
@_state("waiting running done dead", help="Only events of this state.")
@click.option("--limit", type=click.IntRange(min=1), metavar="NUMBER", default=100, show_default=True, help="At most.")
@_opens
def list_command(url: str | None, state: Any, limit: int) -> None:
    """List events, the newest first.

    One line each, separated by tabs: received, state, key, lead id, and of a dead event why.
    """
    with _open(url) as opened:
        events = opened.events(state, limit=limit)
    rows = ((event.received_at, event.state, event.key, event.lead_id, event.error) for event in events)
    print_rows(("received", "state", "key", "lead id", "error"), rows, if_none="There are no events.")


@inbox.command(epilog=example("omni webhook inbox show lead.created:lead-1"))
@click.argument("key", metavar="KEY")
@_opens
def show(url: str | None, key: str) -> None:
    """Print an event as it came: it holds personal data."""
    with _open(url) as opened:
        print_json(opened.get(key).to_dict())


@inbox.command(epilog=example("omni webhook inbox retry --all-dead"))
@click.argument("keys", metavar="KEY...", nargs=-1)
@click.option("--all-dead", is_flag=True, help="All dead events.")
@_opens
def retry(url: str | None, keys: tuple[str, ...], all_dead: bool) -> None:
    """Let events that are dead or done be handled again.

    The key of each is printed.
    """
    if bool(keys) == all_dead:
        raise click.UsageError("Give the keys of events, or --all-dead.")
    with _open(url) as opened:
        for key in keys or [event.key for event in opened.events("dead", limit=_ALL)]:
            opened.retry(key)
            print_line(clean(key))


@inbox.command(epilog=example("omni webhook inbox purge --older-than 30d --yes"))
@click.option("--older-than", metavar="AGE", default="30d", show_default=True, callback=parse_age, help="Such as 12h.")
@_state("done dead", default="done", show_default=True, help="Which ones.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@_opens
def purge(url: str | None, older_than: float, state: Any, yes: bool) -> None:
    """Delete events that are handled or dead, and print how many.

    What is deleted is not recognised if it is delivered again.
    """
    with _open(url) as opened:
        if not yes:
            confirm(f"Events of the state {state} will be deleted for good.", "Nothing was deleted.")
        print_line(str(opened.purge(older_than=older_than, state=state)))


@contextmanager
def _open(url: str | None) -> Generator["Inbox", None, None]:
    """An inbox that is there: a mistyped name must not become an empty one."""
    from omni.webhooks import Inbox

    keys = os.environ.get("OMNI_WEBHOOK_KEY")
    opened = Inbox(url or _DEFAULT, **drop_unset(encryption_key=keys and keys.split(",")))
    with database_errors(opened.url), closing(opened):
        if opened.is_sqlite:
            _check_file(opened.url)
        opened.open()
        yield opened


def _check_file(url: str) -> None:
    import sqlite3

    from omni.webhooks.database import sqlite_path

    file = Path(sqlite_path(url))
    if file.is_file():
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("select 1 from sqlite_master where name = 'workflow_status'").fetchone():
                return
    raise UsageFailure(f"There is no inbox {clean(file)}: give its address with --inbox or OMNI_WEBHOOK_INBOX.")


@contextmanager
def database_errors(url: str) -> Generator[None]:
    """Say in one line, without the password, why a database cannot be used."""
    try:
        yield
    except (OmniError, click.ClickException, click.exceptions.Exit, click.Abort, OSError):
        raise
    except Exception as error:
        reason = clean(str(getattr(error, "orig", None) or error).strip().partition("\n")[0])
        for secret in filter(None, {urlsplit(url).password, unquote(urlsplit(url).password or "")}):
            reason = reason.replace(secret, "***")
        raise Failure(f"The inbox cannot be used: {reason or type(error).__name__}") from error
