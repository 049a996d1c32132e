"""Output for scripts: tab-separated lines and JSON, in which no server text can steer a terminal."""

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import click


def clean(text: object) -> str:
    """The text on one line and without control characters; nothing for None."""
    words = "" if text is None else str(text)
    return "".join(
        mark if mark.isprintable() else " " if mark.isspace() else "\N{REPLACEMENT CHARACTER}" for mark in words
    )


def print_lines(rows: Iterable[tuple[object, ...]], *, if_none: str) -> None:
    """Print one tab-separated line a row, or a sentence on stderr if there are none."""
    lines = ["\t".join(map(clean, row)) for row in rows]
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo(if_none, err=True)


def print_json(data: Any) -> None:
    """Print JSON, escaping what a terminal would obey or the encoding of the output cannot hold."""
    is_unicode = "utf" in str(sys.stdout.encoding).lower()
    words = json.dumps(data, indent=2, ensure_ascii=not is_unicode)
    # json.dumps escapes control characters below U+0020 only; half a surrogate pair could not be written at all.
    click.echo(re.sub("[\x7f-\x9f\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", words))
