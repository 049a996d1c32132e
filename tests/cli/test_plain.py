"""JSON that is valid and lines that a spreadsheet can open, whatever the server wrote."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from omni.cli._plain import as_json
from omni.cli._show import _short, _size

Run = Callable[..., Result]


def item(**facts: Any) -> dict[str, Any]:
    """A checklist item as the API writes it."""
    return {"id": "i", "status": "TODO", "checklistItem": {"id": "c", "code": "c", "isRequired": True}, **facts}


HIDDEN = "\x7f\x85\xad\u200e\u2028\u2029\u202e\u2066\ufeff\ue000\U000e0041"


@pytest.mark.parametrize("command", ["checklist", "documents", "logs"])
def test_hidden_characters_in_json(run: Run, answering: Callable[..., None], command: str) -> None:
    """JSON says the same, and holds no character that a terminal obeys or hides."""
    answering([{"id": HIDDEN, "items": [{"value": {"x": HIDDEN}}]}])

    printed = run("lead", command, "--json", "1").stdout

    assert json.loads(printed)[0]["id"] == HIDDEN
    assert not set(HIDDEN) & set(printed)
    assert "\\u202e" in printed
    assert "\\udb40\\udc41" in printed


def test_hidden_characters_in_json_cells(run: Run, answering: Callable[..., None]) -> None:
    """A value that is JSON in a cell is escaped likewise; blanks and letters of all scripts are not."""
    answering([{"id": "g", "items": [item(value={"é\xa0日": HIDDEN})]}])

    printed = run("lead", "checklist", "1").stdout

    assert "\\u2066" in printed
    assert '"é 日"' in printed


NO_NUMBERS = '{"id": "1", "items": [{"id": "i", "value": {"a": 1e999, "b": NaN, "c": [-Infinity, 1.5]}}]}'


def test_no_numbers_in_json(run: Run, answering: Callable[..., None]) -> None:
    """JSON has no NaN and no Infinity, so they are null there, and that is said."""
    answering(json.loads(f"[{NO_NUMBERS}]"))

    def refuse(name: str) -> None:
        raise AssertionError(name)

    result = run("lead", "checklist", "--json", "1")

    assert json.loads(result.stdout, parse_constant=refuse)[0]["items"][0]["value"] == {
        "a": None,
        "b": None,
        "c": [None, 1.5],
    }
    assert result.stderr == "note: 3 NaN or Infinity became null, since JSON has no such numbers.\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("indent", [None, 2])
def test_json_of_anything(indent: int | None) -> None:
    """Numbers of any length and JSON of any depth are printed, the rest as json.dumps does it."""
    deep: Any = []
    for _ in range(1500):
        deep = [deep]
    long = 10**5000 + 7
    data: Any = {"é": [True, None, {}, [], 1.5, "x\\"], "b": {"c": {"d": [1, [2]]}}}

    assert as_json([long, deep], indent=None) == f"[1{'0' * 4999}7, {'[' * 1501}{']' * 1501}]"
    assert as_json([data, long], indent=indent) == json.dumps([data, "…"], indent=indent, ensure_ascii=False).replace(
        '"…"', f"1{'0' * 4999}7"
    ).replace("é", "\\u00e9")
    assert "".join(as_json(deep, indent=2).split()) == "[" * 1501 + "]" * 1501


@pytest.mark.parametrize("digits", [400, 5000])
def test_show_enormous_sizes(digits: int) -> None:
    """A size that no float holds is shortened, however many digits it has."""
    assert _size(-(10**digits)) == f"-1{'0' * 57}… bytes"
    assert (_size(None), _size(1800)) == ("", "1.8 kB")


def test_show_enormous_values() -> None:
    """Nor is a value too much that is deep or has many digits."""
    deep: Any = 10**5000
    for _ in range(5000):
        deep = [deep]

    assert _short({"a": deep, "b": 10**5000}) == f"{'[' * 59}…"
    assert _short([10**5000, "x"]) == f"1{'0' * 58}…"


def test_show_an_enormous_size(run: Run, answering: Callable[..., None]) -> None:
    """A size of 401 digits ends in no traceback."""
    document = {"id": "d", "filename": "f", "size": 10**400}
    answering({"lead": {"id": "1"}, "documents": [document]})
    result = run("lead", "show", "1")

    assert result.exit_code == 0
    assert f"  f  1{'0' * 58}… bytes\n" in result.stdout


FORMULAS = ["=1+1", "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-2+3+cmd|x", "\t=1", "＝1", "- a remark", "+x"]
DATA = ["+12025550101", "+1 (202) 555-0101", "-5", "-1.5", "-", "a=b", "x@example.com", "'=1", "2026-01-01"]


def test_formulas(run: Run, answering: Callable[..., None]) -> None:
    """A cell that a spreadsheet would run gets a ' in front; numbers, phone numbers and all else stay as they are."""
    texts = [*FORMULAS, *DATA]
    answering([{"id": "g", "items": [item(value=text) for text in texts]}])

    cells = [line.split("\t")[4] for line in run("lead", "checklist", "1").stdout.splitlines()]

    assert cells == [*(f"'{text}".replace("\t", " ") for text in FORMULAS), *DATA]


def test_negative_numbers_are_no_formulas(run: Run, answering: Callable[..., None]) -> None:
    """A number is no text of anybody."""
    answering([{"id": "g", "items": [item(value=-1e300)]}])

    assert run("lead", "checklist", "1").stdout.endswith("\t-1e+300\n")
