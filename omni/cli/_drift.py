"""``omni drift``: where saved responses leave the contract."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from omni._operations.contract import contract, find_template, operations_by_path
from omni._operations.difference import Difference
from omni._operations.drift import differences
from omni.cli._connection import Command, UsageFailure
from omni.cli._options import completes, example
from omni.cli._output import Row, clean, print_rows

_COLUMNS = ("kind", "path", "value or type", "count")


@click.command("drift", cls=Command, epilog=example("omni drift response.json"))
@click.argument(
    "responses",
    metavar="RESPONSE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "--operation",
    metavar="PATH",
    default="/api/v1/leads/{leadId}",
    show_default=True,
    help="Path of the operation that the responses are of, or name of a webhook event.",
    **completes([*operations_by_path(), *contract()["webhooks"]]),
)
@click.pass_context
def drift(context: click.Context, responses: tuple[Path, ...], operation: str) -> None:
    """List what saved responses hold beyond the contract.

    A response is a JSON file, or - for stdin. One line each, separated by tabs: kind, path, enum value or JSON type,
    how often. No other values are shown.

    The exit code is 0 without drift and 1 with it.
    """
    source = operation if operation in contract()["webhooks"] else find_template(operation)
    if source is None:
        known = ", ".join([*operations_by_path(), *contract()["webhooks"]])
        raise click.BadParameter(f"the contract has only {known}.", param_hint="--operation")
    counts: Counter[Difference] = Counter()
    for path in responses:
        for difference in differences(_read(path), source):
            counts[difference] += difference.count
    rows = (_row(replace(difference, count=count)) for difference, count in counts.items())
    print_rows(_COLUMNS, rows, if_none=f"No drift in {len(responses)} response{'s'[: len(responses) != 1]}.")
    context.exit(1 if counts else 0)


def show_drift(found: Iterable[Difference]) -> None:
    """Print the differences of one response on stderr, or that there are none."""
    print_rows(_COLUMNS, map(_row, found), if_none="No drift.", err=True)


def _row(difference: Difference) -> Row:
    return difference.kind, difference.path or ".", difference.detail, difference.count


def _read(path: Path) -> Any:
    """The JSON of a file or of stdin; of an integer only the type counts, so one of any length is read."""
    is_stdin = path == Path("-")
    try:
        content = sys.stdin.buffer.read() if is_stdin else path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageFailure(f"{'stdin' if is_stdin else clean(path)} cannot be read: {reason}.") from None
    try:
        return json.loads(content, parse_int=lambda digits: 0)
    except (ValueError, RecursionError):
        raise UsageFailure(f"{clean(path)} is not JSON.") from None
