"""Lists: a table on a terminal, tab-separated lines elsewhere."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from click.testing import Result
from rich.cells import cell_len

from omni import sandbox
from omni.cli._output import _lines, _table, print_row, print_rows
from omni.cli._output._table import fit_widths, table_lines

Run = Callable[..., Result]

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let stdout and stderr count as a terminal with so many columns."""

    def terminal(columns: int) -> None:
        monkeypatch.setattr(_lines, "_is_terminal", lambda err=False: True)
        monkeypatch.setenv("COLUMNS", str(columns))

    return terminal


def test_missing_on_a_terminal(run: Run, terminal: Callable[[int], None]) -> None:
    """A list is aligned below a header."""
    terminal(80)
    result = run("lead", "missing", "--sandbox", IN_PROGRESS)

    assert result.stdout.splitlines()[:3] == [
        "CODE             LABEL                           STATUS",
        "ein              Employer identification number  TODO",
        "started_on       Business start date             TODO",
    ]


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    "command",
    [
        ["lead", "checklist", IN_PROGRESS],
        ["lead", "documents", IN_PROGRESS],
        ["lead", "logs", IN_PROGRESS],
        ["lead", "files", IN_PROGRESS],
        ["analytics", "leads"],
        ["analytics", "totals"],
        ["document", "get", "doc-06-1"],
    ],
    ids=" ".join,
)
def test_lists_fit_the_terminal(run: Run, terminal: Callable[[int], None], command: list[str], columns: int) -> None:
    """No line is wider than the terminal, and no column starts elsewhere than its header."""
    terminal(columns)
    header, *lines = run("--sandbox", *command).stdout.splitlines()

    assert header.isupper()
    assert lines
    assert max(map(cell_len, [header, *lines])) <= columns


def test_ids_are_whole_at_80_columns(run: Run, terminal: Callable[[int], None]) -> None:
    """An id is copied from the list of leads, so other columns are cut before it; of a time, the date stays."""
    terminal(80)
    lines = run("--sandbox", "analytics", "leads").stdout.splitlines()

    assert lines[0] == "LEAD ID                               CREATED     COMPLETED   OPTED OUT   MESSA…"
    assert lines[1].startswith(f"{sandbox.LEAD_ID}  2026-01-30")
    assert "…" not in "".join(lines[1:])


def test_links_and_paths_are_never_cut(run: Run, terminal: Callable[[int], None]) -> None:
    """Part of a link is of no use, so it may be wider than the terminal."""
    terminal(80)
    header, line, *_ = run("--sandbox", "lead", "files", "--urls", IN_PROGRESS).stdout.splitlines()

    assert header.endswith("LINK")
    assert line.split()[-1].startswith("http://localhost:")
    assert "…" not in line.split()[-1]


def test_no_table_without_rows(run: Run, terminal: Callable[[int], None]) -> None:
    """An empty list has no header."""
    terminal(80)
    result = run("lead", "files", "--sandbox", sandbox.LEAD_ID)

    assert (result.stdout, result.stderr) == ("", "There are no files.\n")


@pytest.mark.parametrize(("columns", "cut"), [(80, "日本" * 19 + "…"), (79, "日本" * 18 + "日 …")])
def test_wide_letters_are_aligned_and_cut(monkeypatch: pytest.MonkeyPatch, columns: int, cut: str) -> None:
    """Letters that take two columns count as two, also where half of one would be cut off."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = [*table_lines(("a", "b"), [("日本" * 60, "x"), ("é", "y")])]

    assert lines[1] == f"{cut}  x"
    assert lines[2].endswith("  y")
    assert [cell_len(line) for line in lines] == [cell_len(lines[1])] * 3 == [columns] * 3


def test_terminals_that_are_too_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing fits, a little of each column is left, and the terminal breaks the line."""
    monkeypatch.setenv("COLUMNS", "1")

    assert [*table_lines(("lead id", "name"), [("11111111", "Fixture")])] == ["LE…  NA…", "11…  Fi…"]


def test_fit_widths() -> None:
    """The widest column is narrowed until it is as wide as the next one."""
    assert fit_widths(("a", "b"), [100, 30], 82) == [50, 30]
    assert fit_widths(("a", "b"), [100, 60], 82) == [40, 40]
    assert fit_widths(("a", "b"), [10, 10], 80) == [10, 10]


def test_long_lists_are_read_in_batches() -> None:
    """A list without an end is printed, and its header comes once."""
    lines = table_lines(("number",), ((str(number),) for number in count()))

    assert [next(lines) for _ in range(500)] == ["NUMBER", *map(str, range(499))]


def test_rows_before_an_error_are_printed(terminal: Callable[[int], None], capsys: pytest.CaptureFixture[str]) -> None:
    """What came before an error is shown, as it is in a pipe."""
    terminal(80)

    def rows() -> Iterator[tuple[str]]:
        yield ("1",)
        raise KeyError

    with pytest.raises(KeyError):
        print_rows(("number",), rows(), if_none="")

    assert capsys.readouterr().out == "NUMBER\n1\n"


def test_whole_batches_end_without_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that ends with a batch has no empty one after it."""
    monkeypatch.setattr(_table, "_BATCH", 2)

    assert [*table_lines(("number",), [("1",), ("2",)])] == ["NUMBER", "1", "2"]


TIME = datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("=1+1", "=1+1"), ("\x1b[31m", "\ufffd[31m"), (None, ""), ({"a": [1]}, '{"a": [1]}'), (TIME, "2026-03-01 14:05Z")],
)
def test_cells_for_people(
    terminal: Callable[[int], None], capsys: pytest.CaptureFixture[str], value: Any, shown: str
) -> None:
    """On a terminal nothing runs formulas, so texts have no ' in front; times are to the minute."""
    terminal(80)
    print_row("a", value)

    assert capsys.readouterr().out == f"a  {shown}".rstrip() + "\n"
