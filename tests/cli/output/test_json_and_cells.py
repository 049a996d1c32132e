"""JSON that is valid and lines that a spreadsheet can open, whatever the server wrote."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from omni.cli._lead._show import _shorten, _size
from omni.cli._output import as_json

Run = Callable[..., Result]


def item(**fields: Any) -> dict[str, Any]:
    """A checklist item as the API writes it."""
    return {"id": "i", "status": "TODO", "checklistItem": {"id": "c", "code": "c", "isRequired": True}, **fields}


HIDDEN = "\x7f\x85\xad\u200e\u2028\u2029\u202e\u2066\ufeff\ue000\U000e0041"


@pytest.mark.parametrize("command", ["checklist", "documents", "logs"])
def test_hidden_characters_in_json(run: Run, respond_with: Callable[..., None], command: str) -> None:
    """JSON keeps its content, and holds no character that a terminal obeys or hides."""
    respond_with([{"id": HIDDEN, "items": [{"value": {"x": HIDDEN}}]}])

    printed = run("lead", command, "--json", "1").stdout

    assert json.loads(printed)[0]["id"] == HIDDEN
    assert not set(HIDDEN) & set(printed)
    assert "\\u202e" in printed
    assert "\\udb40\\udc41" in printed


def test_hidden_characters_in_json_cells(run: Run, respond_with: Callable[..., None]) -> None:
    """JSON in a cell is escaped likewise; spaces and letters of all scripts are not."""
    respond_with([{"id": "g", "items": [item(value={"é\xa0日": HIDDEN})]}])

    printed = run("lead", "checklist", "1").stdout

    assert "\\u2066" in printed
    assert '"é 日"' in printed


NO_NUMBERS = '{"id": "1", "items": [{"id": "i", "value": {"a": 1e999, "b": NaN, "c": [-Infinity, 1.5]}}]}'


def test_nan_and_infinity_become_null(run: Run, respond_with: Callable[..., None]) -> None:
    """JSON has no NaN and no Infinity, so they are null there, and a note says so."""
    respond_with(json.loads(f"[{NO_NUMBERS}]"))

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


DEEP = json.loads("[" * 700 + "]" * 700)


@pytest.mark.parametrize("indent", [None, 2])
def test_json_layout(indent: int | None) -> None:
    """JSON has the layout of json.dumps, with letters of all scripts as they are."""
    data: Any = {"é": [True, None, {}, [], 1.5, "x\\"], "b": {"c": {"d": [1, [2]]}}}

    assert as_json(data, indent=indent) == json.dumps(data, indent=indent, ensure_ascii=False)


def test_json_that_is_too_deep_to_indent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python cannot indent is printed without line breaks."""
    dumps = json.dumps

    def fail_to_indent(data: Any, *, indent: int | None = None, **options: Any) -> str:
        if indent:
            raise RecursionError
        return dumps(data, **options)

    monkeypatch.setattr("json.dumps", fail_to_indent)

    assert as_json(DEEP, indent=2) == "[" * 700 + "]" * 700


@pytest.mark.parametrize("digits", [400, 4000])
def test_show_enormous_sizes(digits: int) -> None:
    """A size that no float holds is shortened, however many digits it has."""
    assert _size(-(10**digits)) == f"-1{'0' * 57}… bytes"
    assert (_size(None), _size(1800)) == ("", "1.8 kB")


def test_show_enormous_values() -> None:
    """A value is shortened, however deep it is nested and however many digits it has."""
    assert _shorten([10**4000, "x"]) == f"1{'0' * 58}…"
    assert _shorten({"a": DEEP, "b": 1}) == f"{'[' * 59}…"


def test_show_values_that_are_too_deep() -> None:
    """A value that Python cannot write is an ellipsis."""
    deep: Any = []
    for _ in range(200_000):
        deep = [deep]

    assert _shorten({"a": deep, "b": 1}) == "…, 1"


def test_show_an_enormous_size(run: Run, respond_with: Callable[..., None]) -> None:
    """A size of 401 digits causes no traceback."""
    document = {"id": "d", "filename": "f", "size": 10**400}
    respond_with({"lead": {"id": "1"}, "documents": [document]})
    result = run("lead", "show", "1")

    assert result.exit_code == 0
    assert f"  f  1{'0' * 58}… bytes\n" in result.stdout


FORMULAS = ["=1+1", "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-2+3+cmd|x", "\t=1", "＝1", "- a remark", "+x"]
FORMULAS += ["\r=1", "\n@x", "\x0b\t =1", "\xa0=1", "\u2003+x", '"=1+1"', ' ""@x', "-1+2"]
DATA = ["+12025550101", "+1 (202) 555-0101", "-5", "-1.5", "-", "a=b", "x@example.com", "'=1", "2026-01-01"]


def test_formulas(run: Run, respond_with: Callable[..., None]) -> None:
    """A cell that a spreadsheet would run starts with a '; numbers, phone numbers and all else stay as they are."""
    texts = [*FORMULAS, *DATA]
    respond_with([{"id": "g", "items": [item(value=text) for text in texts]}])

    cells = [line.split("\t")[4] for line in run("lead", "checklist", "1").stdout.splitlines()]

    assert cells == [*(re.sub(r"\s", " ", f"'{text}") for text in FORMULAS), *DATA]


def test_negative_numbers_are_no_formulas(run: Run, respond_with: Callable[..., None]) -> None:
    """A number is no text of the server."""
    respond_with([{"id": "g", "items": [item(value=-1e300)]}])

    assert run("lead", "checklist", "1").stdout.endswith("\t-1e+300\n")
