"""A pager for output that is longer than the terminal: the one in PAGER, else less."""

import shutil
from collections.abc import Iterator
from itertools import chain, islice

import click


def page(lines: Iterator[str]) -> Iterator[str]:
    """The lines if they fit the terminal; else none, after a pager has shown them.

    An error while they are made is raised after the pager has ended, which would else go on behind the message.
    """
    errors: list[Exception] = []
    caught = _until_error(lines, errors)
    height = shutil.get_terminal_size().lines
    first = [*islice(caught, height)]
    if len(first) < height:
        yield from first
    else:
        click.echo_via_pager(f"{line}\n" for line in chain(first, caught))  # with colours if it is less
    for error in errors:
        raise error


def _until_error(lines: Iterator[str], errors: list[Exception]) -> Iterator[str]:
    try:
        yield from lines
    except Exception as error:
        errors.append(error)
