"""The options that commands share: whatever is given of them, before or after a command, ends up in ``Options``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

SANDBOX_HELP = "Ask a stand-in with invented leads, started for this."

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Options:
    """What was given."""

    sandbox: bool
    base_url: str | None
    timeout: float
    max_response_bytes: float | None = None
    as_json: bool = False
    yes: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.sandbox and self.base_url is not None:
            raise click.UsageError("--sandbox has its own address: leave out --base-url.")


def example(command: str) -> str:
    """The end of a command's help."""
    return f"\b\nExample:\n  {command}"  # click leaves lines after \b as they are


def _kept(flag: str, field: str, help: str) -> Callable[[F], F]:
    """A flag that is kept in the options instead of being handed to the command."""

    def keep(context: click.Context, _: click.Parameter, given: bool) -> None:
        if given:
            context.obj = replace(context.obj, **{field: True})

    return click.option(flag, is_flag=True, expose_value=False, callback=keep, help=help)


def connects(command: F) -> F:
    """The option of all that ask the API."""
    return _kept("--sandbox", "sandbox", SANDBOX_HELP)(command)


def reads(command: F) -> F:
    """The options of all that print an answer."""
    return connects(_kept("--json", "as_json", "Print the JSON of the API.")(command))


def writes(command: F) -> F:
    """The options of all that change something."""
    command = _kept("--dry-run", "dry_run", "Print the request as curl, redacted; send nothing.")(command)
    return _kept("--yes", "yes", "Do not ask first.")(command)


def given(**options: object) -> dict[str, Any]:
    """The options that were given, for arguments of the library that have a default there."""
    return {name: value for name, value in options.items() if value is not None}


max_bytes = click.option("--max-bytes", type=float, metavar="BYTES", help="Limit of a file's size, instead of 10 GiB.")
lead_id = click.argument("lead_id", metavar="ID")
overwrite = click.option("--overwrite", is_flag=True, help="Fetch and replace what is there.")
