"""Tables or lines with tabs, JSON and progress bars, in which no server text can steer a terminal or a spreadsheet."""

import json
import re
import sys
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from omni.cli._options import Options

if TYPE_CHECKING:
    from omni._views.base import View

Row = tuple[object, ...]

ShowProgress = Callable[[str, str | None, int, int | None], object]
"""Takes a key for the bar, its label, the bytes so far and the bytes in all."""

_FORMULA = re.compile(r'[\s"]*[=@＝＠]|[\s"]*[-+－＋](?![\d\s().,/-]*$)')
"""What spreadsheets run as a formula, full-width signs too; a plain number or a phone number is data.

Quotes in front are taken off when a spreadsheet reads the line.
"""


class OutputError(OSError):
    """The output could not be written."""


@contextmanager
def writing() -> Generator[None, None, None]:
    """Raise OutputError for an OSError, which then is not mistaken for a file that cannot be read."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


def print_line(text: str, **options: Any) -> None:
    """Print a line on stdout; the options are those of ``click.echo``."""
    with writing():
        click.echo(text, **options)


def clean(value: object) -> str:
    """The value as text on one line and without control characters; empty for None."""
    try:
        text = "" if value is None else str(value)
    except RecursionError:  # nested deeper than it can be written
        text = "…"
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def clean_lines(text: str) -> str:
    """The text without control characters, but with its lines and tabs."""
    return "\n".join("\t".join(map(clean, line.split("\t"))) for line in text.split("\n"))


def join_cells(cells: Iterable[object]) -> str:
    """The cells with tabs between; server text that a spreadsheet would run as a formula gets a ' in front."""
    return "\t".join(map(cell, cells))


def cell(value: object) -> str:
    """The value as a text that no spreadsheet runs as a formula."""
    if isinstance(value, dict | list | bool):
        return clean(as_json(value))
    text = clean(value.isoformat() if isinstance(value, datetime) else value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _readable_cell(value: object) -> str:
    """The cell for a terminal, where nothing is run as a formula."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return clean(value) if isinstance(value, str) else cell(value)


def print_views(
    options: Options, views: Iterable["View[Any]"], columns: Sequence[str], rows: Iterable[Row], *, if_none: str
) -> None:
    """Print the JSON of views, or rows of what they hold."""
    if options.as_json:
        print_json([view.to_dict() for view in views])
    else:
        print_rows(columns, rows, if_none=if_none)


def print_rows(columns: Sequence[str], rows: Iterable[Row], *, if_none: str, err: bool = False) -> None:
    """Print rows, or a sentence on stderr if there are none.

    On a terminal they are a table with a header that fits its width. Elsewhere each is a tab-separated line as soon as
    it arrives, without a header and whole.
    """
    lines: Iterator[str] = map(join_cells, rows)
    if _is_terminal(err):
        from omni.cli._output._table import table_lines

        lines = table_lines(columns, (tuple(map(_readable_cell, row)) for row in rows))
    first = [*islice(lines, 1)]
    if first or not if_none:
        print_lines(chain(first, lines), err=err)
    else:
        click.echo(if_none, err=True)


def print_lines(lines: Iterator[str], *, err: bool = False, color: bool | None = None) -> None:
    """Print lines as they arrive, in a pager if they are more than the terminal has, unless ``--no-pager`` is given."""
    if not err and _is_terminal() and _has_pager():
        from omni.cli._output._pager import page

        lines = page(lines)
    for line in lines:
        print_line(line, err=err, color=color)


def _has_pager() -> bool:
    context = click.get_current_context(silent=True)
    return _has_keyboard() and not (context and context.find_root().params.get("no_pager"))


def _has_keyboard() -> bool:
    return sys.stdin.isatty()


def print_row(*row: object) -> None:
    """Print a row that is not part of a table, such as one that others may follow hours later."""
    print_line("  ".join(map(_readable_cell, row)).rstrip() if _is_terminal() else join_cells(row))


def _is_terminal(err: bool = False) -> bool:
    return (sys.stderr if err else sys.stdout).isatty()


def print_json(data: Any, *, indent: int | None = 2) -> None:
    """Print JSON."""
    print_line(as_json(data, indent=indent))


def as_json(data: Any, *, indent: int | None = None) -> str:
    """The data as valid JSON, with characters escaped that a terminal obeys or hides.

    JSON has neither NaN nor Infinity, which Python reads all the same: they become null, and a note on stderr says so.
    """
    # Half a surrogate pair could not be written at all, nor could what the encoding of the output does not have.
    is_unicode = "utf" in str(getattr(sys.stdout, "encoding", None)).lower()
    try:
        text = json.dumps(data, indent=indent, ensure_ascii=not is_unicode, allow_nan=False)
    except (ValueError, RecursionError):
        text = _as_compact_json(data, ensure_ascii=not is_unicode)
    return re.sub(r"[^\n -~]", lambda match: _escape(match[0]), text)


def _as_compact_json(data: Any, *, ensure_ascii: bool) -> str:
    """The data as JSON without NaN and Infinity, or deeper than Python's indenting encoder goes."""
    lost: list[str] = []
    finite = json.loads(json.dumps(data), parse_constant=lost.append)  # append returns None, which is null
    if lost:
        click.echo(f"note: {len(lost)} NaN or Infinity became null, since JSON has no such numbers.", err=True)
    return json.dumps(finite, ensure_ascii=ensure_ascii)


def _escape(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


@contextmanager
def progress_bars(*, of_bytes: bool = True) -> Generator[ShowProgress, None, None]:
    """Show a bar for each running transfer on stderr if that is a terminal, else nothing.

    Without ``of_bytes`` it is things that are counted.
    """
    if not sys.stderr.isatty():
        yield lambda key, label, done, total: None
        return
    from rich import progress as bars
    from rich.console import Console

    figures = (bars.DownloadColumn(), bars.TransferSpeedColumn()) if of_bytes else (bars.MofNCompleteColumn(),)
    columns = (bars.TextColumn("{task.description}", markup=False), bars.BarColumn(), *figures)
    tasks: dict[str, bars.TaskID] = {}
    # What a command prints while a bar is shown is for stdout: rich would redirect it to stderr.
    with bars.Progress(*columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as shown:

        def show(key: str, label: str | None, done: int, total: int | None) -> None:
            if key not in tasks:
                tasks[key] = shown.add_task(clean(label or key), total=total)
            shown.update(tasks[key], completed=done, total=total, visible=done != total)

        yield show
