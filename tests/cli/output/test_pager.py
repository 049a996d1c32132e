"""Output that is longer than the terminal is shown in a pager."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result

from omni.cli import _output
from omni.cli._output import _lines

Run = Callable[..., Result]

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was given to the pager, on a terminal of ten lines."""
    paged: list[str] = []
    monkeypatch.setattr(_lines, "_is_terminal", lambda err=False: True)
    monkeypatch.setattr("omni.cli._output._lines._has_keyboard", lambda: True)
    monkeypatch.setattr("click.echo_via_pager", lambda lines: paged.extend(lines))
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setenv("COLUMNS", "80")
    return paged


@pytest.mark.parametrize("command", ["show", "checklist"])
def test_long_output_is_paged(run: Run, paged: list[str], command: str) -> None:
    """A lead or a list with more lines than the terminal is paged, unless ``--no-pager`` is given."""
    assert run("lead", command, "--sandbox", IN_PROGRESS).stdout == ""
    assert len(paged) > 10
    shown = "".join(paged)
    paged.clear()
    assert run("--no-pager", "lead", command, "--sandbox", IN_PROGRESS).stdout == shown
    assert paged == []


def test_short_output_is_not_paged(run: Run, paged: list[str]) -> None:
    """What fits the terminal is printed."""
    assert len(run("lead", "missing", "--sandbox", IN_PROGRESS).stdout.splitlines()) == 6
    assert paged == []


def test_pipes_are_not_paged(run: Run, paged: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe there is no pager, and none without a keyboard."""
    monkeypatch.setattr("omni.cli._output._lines._has_keyboard", lambda: False)
    assert run("lead", "checklist", "--sandbox", IN_PROGRESS).stdout
    monkeypatch.setattr("omni.cli._output._lines._has_keyboard", lambda: True)
    monkeypatch.setattr(_lines, "_is_terminal", lambda err=False: False)
    assert run("lead", "checklist", "--sandbox", IN_PROGRESS).stdout
    assert paged == []


@pytest.mark.parametrize("count", [3, 30])
def test_errors_come_after_the_pager(paged: list[str], capsys: pytest.CaptureFixture[str], count: int) -> None:
    """What came before an error is shown, and the error is raised when the pager has ended."""

    def rows() -> Iterator[tuple[str]]:
        for _ in range(count):
            yield ("x",)
        raise KeyError

    with pytest.raises(KeyError):
        _output.print_rows(("number",), rows(), if_none="")

    assert len(paged) + len(capsys.readouterr().out.splitlines()) == count + 1
