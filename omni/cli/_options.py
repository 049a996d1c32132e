"""Options: those that commands share, which end up in ``Options``, and those made from the fields of a request."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from omni._operations.contract import contract, resolve, snake_case

SANDBOX_HELP = "Use a local sandbox with fictional leads."

F = TypeVar("F", bound=Callable[..., Any])


def completes(values: Iterable[str], *, separator: str = "") -> dict[str, Any]:
    """The argument of an option that lets shells complete its values, each of several after a separator."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        before, found, last = incomplete.rpartition(separator) if separator else ("", "", incomplete)
        return [before + found + value for value in values if value.startswith(last)]

    return {"shell_complete": complete}


@dataclass(frozen=True)
class Options:
    """The shared options of a command, given before or after its name."""

    sandbox: bool
    base_url: str | None
    timeout: float
    max_response_bytes: float | None = None
    as_json: bool = False
    yes: bool = False
    dry_run: bool = False
    profile: str | None = None

    def __post_init__(self) -> None:
        if self.sandbox and self.base_url is not None:
            raise click.UsageError("--sandbox has its own address: leave out --base-url.")
        if self.sandbox and self.profile is not None:
            raise click.UsageError("--sandbox has its own key: leave out --profile.")


def example(command: str) -> str:
    """The end of a command's help."""
    return f"\b\nExample:\n  {command}"  # click leaves lines after \b as they are


def _shared_flag(flag: str, field: str, help: str) -> Callable[[F], F]:
    """A flag that sets a field of ``Options`` and is no argument of the command."""

    def set_field(context: click.Context, _: click.Parameter, is_set: bool) -> None:
        if is_set:
            context.obj = replace(context.obj, **{field: True})

    return click.option(flag, is_flag=True, expose_value=False, callback=set_field, help=help)


def connects(command: F) -> F:
    """The option of every command that sends requests."""
    return _shared_flag("--sandbox", "sandbox", SANDBOX_HELP)(command)


def reads(command: F) -> F:
    """The options of every command that prints a response."""
    return connects(_shared_flag("--json", "as_json", "Print the API's JSON.")(command))


def downloads(to: str) -> Callable[[F], F]:
    """The options of every command that saves files; ``to`` is the help of ``--to``."""

    def add_options(command: F) -> F:
        help = "Size limit of a file, instead of 10 GiB."
        command = click.option("--max-bytes", type=float, metavar="BYTES", help=help)(connects(command))
        command = click.option("--overwrite", is_flag=True, help="Replace existing files.")(command)
        return click.option("--to", metavar="PATH", type=click.Path(), required=True, help=to)(command)

    return add_options


def _parse_time(context: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    """The time; it is taken as UTC if it has no zone."""
    try:
        time = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        raise click.BadParameter("it must be an ISO 8601 time, such as 2026-03-01.") from None
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


def period(command: F) -> F:
    """The options that choose leads by the time of their creation."""
    end = click.option("--end", metavar="TIME", callback=_parse_time, help="Leads created until then.")
    start = click.option(
        "--start", metavar="TIME", callback=_parse_time, help="Leads created since then; UTC if no zone."
    )
    return start(end(command))


def writes(command: F) -> F:
    """The options of every command that changes something."""
    command = _shared_flag("--dry-run", "dry_run", "Print the request as curl, redacted; send nothing.")(command)
    return _shared_flag("--yes", "yes", "Do not ask for confirmation.")(command)


def drop_unset(**options: object) -> dict[str, Any]:
    """The options that were given, for arguments that have a default in the library or are left out of a request."""
    return {name: value for name, value in options.items() if value is not None and value is not False and value != ()}


lead_id = click.argument("lead_id", metavar="ID")


def _parse_item(text: str) -> dict[str, str]:
    code, separator, value = text.partition("=")
    if not (code and separator):
        raise click.UsageError("--item takes a code, an equals sign and a value, such as ein=00-0000000.")
    return {"code": code, "value": value}


def _parse_json(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if type(value) not in (dict, list):
        raise click.BadParameter("it must be a JSON object or array.")
    return value


_BY_HAND: dict[str, tuple[str, dict[str, Any]]] = {
    "checklistItems": (
        "--item",
        {"metavar": "CODE=VALUE", "multiple": True, "type": _parse_item, "help": "Fill in an item (repeatable)."},
    ),
    "didOptOut": ("--did-opt-out", {"help": "The person does not want to be contacted."}),
    "emailVerified": ("--email-verified", {"help": "The e-mail address was verified now."}),
    "fieldType": ("--type", {}),
    "tags": ("--tag", {"help": "One of all its tags (repeatable)."}),
}
"""Fields whose option has another name, or says or takes something else, than the contract gives."""

_BY_TYPE: dict[str, dict[str, Any]] = {
    "boolean": {"is_flag": True},
    "integer": {"type": int},
    "number": {"type": float},
    "string": {"metavar": "TEXT"},
    "array": {"metavar": "TEXT", "multiple": True},
}


def body_fields(operation_id: str) -> tuple[dict[str, Any], set[str]]:
    """The schemas of the fields of an operation's request body, and the names of those that are always required."""
    body = resolve(contract()["operations"][operation_id]["body"]["schema"])
    forms = [resolve(form) for form in body.get("oneOf", [body])]
    fields: dict[str, Any] = {}
    for form in forms:
        for name, schema in form["properties"].items():
            if "const" in schema:  # it tells the forms apart, and each has its own
                schema = {**schema, "enum": [*fields.get(name, {}).get("enum", ()), schema["const"]]}
            fields[name] = schema
    return fields, set[str].intersection(*({*form.get("required", ())} for form in forms))


def field_options(operation_id: str, *, but: Iterable[str] = ()) -> Callable[[F], F]:
    """An option for each field of an operation's request body, so a field that is added to the contract gets one.

    ``but`` has the fields that the command takes in another way.
    """
    fields, required = body_fields(operation_id)
    # Decorators apply from the bottom up, so the last of these options comes first in the help: the required ones.
    names = sorted(sorted(fields.keys() - {*but}, reverse=True), key=required.__contains__)

    def add_options(command: F) -> F:
        for name in names:
            command = _field_option(name, fields[name], name in required)(command)
        return command

    return add_options


def _field_option(name: str, schema: dict[str, Any], is_required: bool) -> Callable[[F], F]:
    values = resolve(schema)
    settings: dict[str, Any] = _BY_TYPE.get(values.get("type", ["string"])[0], {"metavar": "JSON", "type": _parse_json})
    if "enum" in values:
        settings = {"type": click.Choice(values["enum"])}
    flag, changes = _BY_HAND.get(name, (f"--{snake_case(name).replace('_', '-')}", {}))
    help = re.split(r"(?<=\.) ", schema.get("description", "").replace("`", ""))[0]
    settings = {"help": help, **settings, **changes}
    return click.option(flag, snake_case(name), required=is_required, **settings)
