"""The group ``omni webhook``, and what its commands share: options, times, the line of an event, an end by signal."""

import re
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from omni._operations.drift import redact_name
from omni.cli._connection import Group, end_interrupted_line
from omni.cli._options import completes, example
from omni.cli._output import clean, print_json, print_row
from omni.settings import is_plain_http

if TYPE_CHECKING:
    from omni._views.event import Event

F = TypeVar("F", bound=Callable[..., Any])

_SCHEMES = ("plain", "hmac-sha256", "hmac-sha512", "standard-webhooks")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.group(cls=Group, epilog=example("omni webhook trigger lead.completed --print"))
def webhook() -> None:
    """Webhooks: receive, send samples, look into, catch up.

    Secrets are best given in the environment: all users of a machine can see the options of its processes.
    """


def proves(command: F) -> F:
    """The options for what proves a sender: keywords of ``Verifier`` and of ``omni.webhooks.testing.delivery``."""
    help = "plain, hmac-sha256, hmac-sha512 or standard-webhooks."
    command = click.option(
        "--scheme", metavar="NAME", default="plain", show_default=True, help=help, **completes(_SCHEMES)
    )(command)
    for flag, name, variable, help in (
        ("--secret-header", "header", "HEADER", "Header of the secret, or of the signature."),
        ("--secret", "secret", "SECRET", "Secret that was set for the webhook."),
        ("--path-token", "path_token", "TOKEN", "Last segment of the path, which nobody can guess."),
    ):
        variable = f"OMNI_WEBHOOK_{variable}"
        command = click.option(flag, name, metavar="TEXT", envvar=variable, show_envvar=True, help=help)(command)
    return command


def _check_url(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    try:
        parts = urlsplit(url or "http://unset")
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port
        is_url = False
    if not is_url:  # the address is not shown, since its path may be a secret
        raise click.BadParameter("it must be an address such as http://127.0.0.1:8090/.")
    return url


def posts_to(help: str, default: str | None = None) -> Callable[[F], F]:
    """The option for the address that deliveries are posted to."""
    return click.option(
        "--to", metavar="URL", default=default, show_default=default is not None, callback=_check_url, help=help
    )


prints_events = click.option("--json", "as_json", is_flag=True, help="Print whole events: they hold personal data.")


def parse_age(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """The seconds of an age such as 30d."""
    seconds = None if text is None else _seconds(text)
    if text is not None and seconds is None:
        raise click.BadParameter("it must be an age, such as 30d, 6h, 90m or 45s.")
    return seconds


def parse_since(context: click.Context, parameter: click.Parameter, text: str) -> datetime:
    """The time of an age, or of an ISO 8601 time; it is taken as UTC if it has no zone."""
    try:
        seconds = _seconds(text)
        if seconds is not None:
            return datetime.now(UTC) - timedelta(seconds=seconds)
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.BadParameter("it must be an age such as 6h, or a time such as 2026-11-01T00:00Z.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _seconds(text: str) -> float | None:
    match = re.fullmatch(r"(\d{1,9})([smhd])", text, re.ASCII)
    return int(match[1]) * _UNITS[match[2]] if match else None


def print_event(event: "Event", as_json: bool, *more: object) -> None:
    """Print a line of an event: time, name, key, what it says in ids and states, and more; or its JSON."""
    if as_json:
        print_json(event.to_dict(), indent=None)
        return
    time = (event.occurred_at if event.is_reconciled else None) or datetime.now(UTC)
    name = ".".join(map(redact_name, event.name.split(".")))  # an unknown event may have anything for one
    print_row(time.isoformat(timespec="seconds"), name, event.key, _describe(event), *more)


def _describe(event: "Event") -> str:
    from omni import webhooks

    words: list[object] = ["reconciled"] if event.is_reconciled else []
    if isinstance(event, webhooks.LeadUpdated):
        words += map(redact_name, event.changed_fields)
    elif isinstance(event, webhooks.DocumentExtracted):
        words.append(event.outcome)
    elif isinstance(event, (webhooks.ActionLogCompleted, webhooks.ActionLogFailed)):
        words += [redact_name(word) for word in (event.type, event.status) if word]
    return clean(" ".join(str(word) for word in words if word))


def is_local(host: str) -> bool:
    """Whether the name of a host is that of this machine."""
    return not is_plain_http(f"http://[{host}]" if ":" in host else f"http://{host}")


@contextmanager
def until_stopped() -> Generator[None]:
    """Go on until Ctrl-C or SIGTERM, which is how a command ends that would run for ever."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        end_interrupted_line()
    finally:
        signal.signal(signal.SIGTERM, previous)
