"""Output for scripts: tab-separated lines and JSON, in which no server text can steer a terminal."""

import json
import re
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from omni.cli._options import Options

if TYPE_CHECKING:
    from omni._view import View

Row = tuple[object, ...]


def clean(text: object) -> str:
    """The text on one line and without control characters; nothing for None."""
    words = "" if text is None else str(text)
    return "".join(
        mark if mark.isprintable() else " " if mark.isspace() else "\N{REPLACEMENT CHARACTER}" for mark in words
    )


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
        click.echo("\t".join(clean(_words(cell)) for cell in row))
    if is_empty:
        click.echo(if_none, err=True)


def _words(cell: object) -> object:
    if isinstance(cell, datetime):
        return cell.isoformat()
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list | bool) else cell


def print_json(data: Any, *, indent: int | None = 2) -> None:
    """Print JSON, escaping what a terminal would obey or the encoding of the output cannot hold."""
    is_unicode = "utf" in str(sys.stdout.encoding).lower()
    words = json.dumps(data, indent=indent, ensure_ascii=not is_unicode)
    # json.dumps escapes control characters below U+0020 only; half a surrogate pair could not be written at all.
    click.echo(re.sub("[\x7f-\x9f\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", words))
