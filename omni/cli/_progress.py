"""Bars for transfers, on stderr if that is a terminal; elsewhere nothing."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from omni.cli._plain import clean

Show = Callable[[str, str | None, int, int | None], object]
"""Takes a key for the bar, what to call it, and the bytes so far and in all."""


@contextmanager
def bars() -> Generator[Show, None, None]:
    """Show a bar for each transfer that is under way."""
    if not sys.stderr.isatty():
        yield lambda key, name, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    # What a command prints while a bar is there is for stdout: rich would take it to stderr.
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as progress:

        def show(key: str, name: str | None, done: int, total: int | None) -> None:
            if key not in tasks:
                tasks[key] = progress.add_task(clean(name or key), total=total)
            progress.update(tasks[key], completed=done, total=total, visible=done != total)

        yield show
