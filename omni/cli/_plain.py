"""Output for scripts: tab-separated lines and JSON, in which no server text can steer a terminal or a spreadsheet."""

import json
import math
import re
import sys
import unicodedata
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click

from omni.cli._options import Options

if TYPE_CHECKING:
    from omni._views.base import View

Row = tuple[object, ...]

_FORMULA = re.compile(r"\s*[=@＝＠]|\s*[-+－＋](?![\d\s().,/-]*$)")
"""What spreadsheets take for a formula, the full-width signs too; a plain number or a phone number is data."""


class OutputError(OSError):
    """What was printed could not be written."""


@contextmanager
def writing() -> Generator[None, None, None]:
    """Tell what cannot be written from what cannot be read; a reader who has seen enough is neither."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


def say(words: str) -> None:
    """Print a line on stdout."""
    with writing():
        click.echo(words)


def clean(text: object) -> str:
    """The text on one line and without control characters; nothing for None."""
    return "".join(
        mark if mark.isprintable() else " " if mark.isspace() else "\N{REPLACEMENT CHARACTER}" for mark in _text(text)
    )


def _text(value: object) -> str:
    try:
        return "" if value is None else str(value)
    except (ValueError, RecursionError):  # more digits than Python's str takes, or nested deeper than calls can be
        return as_json(value)


def line(cells: Iterable[object]) -> str:
    """The cells with tabs between; server text that a spreadsheet would run as a formula gets a ' in front."""
    return "\t".join(map(_cell, cells))


def _cell(value: object) -> str:
    if isinstance(value, dict | list | bool):
        return clean(as_json(value))
    words = clean(value.isoformat() if isinstance(value, datetime) else value)
    return f"'{words}" if isinstance(value, str) and _FORMULA.match(words) else words


def print_found(options: Options, found: Iterable["View[Any]"], rows: Iterable[Row], *, if_none: str) -> None:
    """Print the JSON of views, or what is told of them in lines."""
    if options.as_json:
        print_json([each.to_dict() for each in found])
    else:
        print_lines(rows, if_none=if_none)


def print_lines(rows: Iterable[Row], *, if_none: str) -> None:
    """Print one tab-separated line a row, each as soon as it is there, or a sentence on stderr if there are none."""
    is_empty = True
    for row in rows:
        is_empty = False
        say(line(row))
    if is_empty:
        click.echo(if_none, err=True)


def print_json(data: Any, *, indent: int | None = 2) -> None:
    """Print JSON."""
    say(as_json(data, indent=indent))


def as_json(data: Any, *, indent: int | None = None) -> str:
    """JSON that is valid and says the same, with whatever a terminal would obey or hide escaped.

    JSON has neither NaN nor Infinity, which Python reads all the same: they become null, and a note on stderr says so.
    """
    # Half a surrogate pair could not be written at all, nor could what the encoding of the output does not have.
    is_unicode = "utf" in str(getattr(sys.stdout, "encoding", None)).lower()
    try:
        words = json.dumps(data, indent=indent, ensure_ascii=not is_unicode, allow_nan=False)
    except (ValueError, RecursionError):
        words = "".join(_encoded(data, indent))
    return re.sub(r"[^\n -~]", lambda found: _escaped(found[0]), words)


def _escaped(mark: str) -> str:
    if mark.isprintable() or unicodedata.category(mark) == "Zs":
        return mark
    units = mark.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


_END = object()


def _encoded(data: Any, indent: int | None) -> Iterator[str]:
    """JSON as ``json.dumps`` writes it, also of what it refuses: very deep, very long numbers, and no numbers."""
    waiting: list[tuple[int, Any, str]] = [(0, data, "")]  # how deep, what, and the text before it
    lost = 0
    while waiting:
        depth, value, before = waiting.pop()
        yield before
        if parts := _parts(value):
            comma, pad, end = _breaks(indent, depth)
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            yield opening
            waiting.append((depth, _END, end + closing))
            first, *others = [(depth + 1, each, pad + key) for key, each in parts]
            waiting += [(*other[:2], comma + other[2]) for other in reversed(others)]
            waiting.append(first)
        elif value is not _END:
            lost += _is_lost(value)
            yield "null" if _is_lost(value) else _scalar(value)
    if lost:
        click.echo(f"note: {lost} NaN or Infinity became null, since JSON has no such numbers.", err=True)


def _parts(value: Any) -> list[tuple[str, Any]]:
    """What is in an object or an array, each with the text of its key."""
    if isinstance(value, dict):
        return [(f"{json.dumps(key)}: ", each) for key, each in cast("dict[str, Any]", value).items()]
    return [("", each) for each in cast("list[object]", value)] if isinstance(value, list) else []


def _breaks(indent: int | None, depth: int) -> tuple[str, str, str]:
    if indent is None:
        return ", ", "", ""
    # Deeper than this, blanks would be most of the output.
    inner, outer = ("\n" + " " * indent * min(each, 100) for each in (depth + 1, depth))
    return ",", inner, outer


def _is_lost(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _scalar(value: Any) -> str:
    if type(value) is int and value.bit_length() > 10_000:
        from decimal import Decimal

        return format(Decimal(value), "f")  # which writes any number of digits, and fast
    return json.dumps(value)
