"""Rows for people: columns aligned below a header, and cut to the width of the terminal."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence

_BATCH = 200
"""Rows that are aligned together; what streams is read this far ahead."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\dZ")
_DATE_WIDTH = 10

_GAP = "  "

Cells = Sequence[str]


def table_lines(columns: Sequence[str], rows: Iterable[Cells]) -> Iterator[str]:
    """The lines of a table; columns may grow after each batch of rows, and the header comes with the first one."""
    widths = [len(name) for name in columns]
    header: list[Cells] = [[name.upper() for name in columns]]
    for batch in _batches(rows):
        _grow(widths, batch)
        fitted = fit_widths(columns, widths, shutil.get_terminal_size().columns)
        yield from (_line(cells, fitted) for cells in header + batch)
        header = []


def _batches(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    """The rows in bounded lists; those that came before an error are not lost."""
    batch: list[Cells] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except (Exception, KeyboardInterrupt):
        yield batch
        raise
    if batch:
        yield batch


def _grow(widths: list[int], rows: Iterable[Cells]) -> None:
    from rich.cells import cell_len

    for row in rows:
        widths[:] = map(max, widths, map(cell_len, row))


def fit_widths(columns: Sequence[str], widths: Sequence[int], available: int) -> list[int]:
    """The widths of columns that fit a terminal: the widest are narrowed first, and ids last, since they are copied.

    A link or a path, which is the last column, is never cut, since a part of one is of no use.
    """
    fitted = [*widths]
    cut = [number for number, name in enumerate(columns) if name not in {"link", "path"}]
    texts = [number for number in cut if not columns[number].endswith(("id", "key"))]
    short = [number for number in texts if widths[number] < _DATE_WIDTH]  # they hold no times
    room = available - len(_GAP) * (len(cut) - 1)
    for numbers, least in ((texts, _DATE_WIDTH), (short, 6), (cut, 3)):
        while numbers and sum(fitted[number] for number in cut) > room:
            widest = max(numbers, key=fitted.__getitem__)
            if fitted[widest] <= least:
                break
            fitted[widest] = max(least, min(fitted[widest] - 1, room))
    return fitted


def _line(cells: Cells, widths: Sequence[int]) -> str:
    from rich.cells import set_cell_size

    return _GAP.join(set_cell_size(_shorten(*pair), pair[1]) for pair in zip(cells, widths, strict=True)).rstrip()


def _shorten(cell: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(cell) <= width:
        return cell
    if _TIME.fullmatch(cell) and width >= _DATE_WIDTH:
        return cell[:_DATE_WIDTH]
    return set_cell_size(cell, width - 1) + "…"
