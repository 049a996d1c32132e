"""Whatever prints a view, to a terminal, a log or a report, prints ids and states only."""

import inspect
import io
import json
import logging
import os
import pprint
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import devtools
import pytest
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

import omni
from omni._views.base import View
from omni._views.fields import Field
from omni.pytest_plugin import pytest_assertrepr_compare

ITEM = {
    "id": "item-1",
    "status": "INVALID",
    "value": "Quillfeather",
    "validationError": "Not the licence of Quillfeather",
    "checklistItem": {"id": "d", "code": "licence", "label": "Licence of Quillfeather", "fieldType": "FILE"},
    "documents": [{"id": "doc-1", "filename": "Quillfeather.pdf", "signedUrl": "https://x.example.com/Quillfeather"}],
}
LEAD: dict[str, Any] = {
    "lead": {"id": "lead-1", "lastName": "Quillfeather", "phoneNumber": "+12025550147", "tags": ["Quillfeather"]},
    "status": "IN_PROGRESS",
    "checklistItems": [{"id": "group-1", "name": "About Quillfeather", "items": [ITEM]}],
    "documents": ITEM["documents"],
    "actionLogs": [
        {"id": "log-1", "summary": "Wrote to Quillfeather", "messages": [{"id": "m", "body": "Quillfeather"}]}
    ],
}
FIGURES = {"breakdown": [{"leadId": "lead-1", "lastName": "Quillfeather", "phoneNumber": "+12025550147"}]}


def values(view: View[Any]) -> Iterator[Any]:
    """The values of its fields and properties. Reading them keeps them in the view, where a printer may find them."""
    for name, member in inspect.getmembers(type(view)):
        if isinstance(member, property | Field) and not name.startswith("_"):
            yield getattr(view, name)


def views(view: View[Any]) -> Iterator[View[Any]]:
    """A view and all views that it contains."""
    yield view
    for value in values(view):
        for inner in value if isinstance(value, tuple) else [value]:
            if isinstance(inner, View):
                yield from views(inner)


ALL = [*views(omni.Lead.from_dict(LEAD)), *views(omni.Analytics.from_dict(FIGURES))]


DOCUMENT = omni.Document.from_dict(LEAD["documents"][0])
RESULTS = [
    omni.DownloadedFile(DOCUMENT, Path("Quillfeather.pdf")),
    omni.UploadResult("Quillfeather.pdf", "stored", None, "log-1"),
]


def rich_inspect(view: View[Any]) -> str:
    from rich import inspect

    console = Console(file=io.StringIO(), width=400)
    inspect(view, console=console, all=True)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def rich_traceback(view: View[Any]) -> str:
    console = Console(file=io.StringIO(), width=400)
    try:
        raise LookupError
    except LookupError:
        console.print(Traceback(show_locals=True))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def log_line(view: View[Any]) -> str:
    return logging.Formatter().format(logging.makeLogRecord({"msg": "%s %r", "args": (view, view)}))


def members(view: View[Any]) -> str:
    return str(inspect.getmembers(view))


def devtools_pformat(view: View[Any]) -> str:
    return str(devtools.pformat(view))


def structlog_console(view: View[Any]) -> str:
    structlog = pytest.importorskip("structlog")
    return str(structlog.dev.ConsoleRenderer()(None, "info", {"event": "e", "view": view}))


def structlog_json(view: View[Any]) -> str:
    structlog = pytest.importorskip("structlog")
    return str(structlog.processors.JSONRenderer()(None, "info", {"event": "e", "view": view}))


def ipython(view: View[Any]) -> str:
    return str(pytest.importorskip("IPython.lib.pretty").pretty(view))


def notebook(view: View[Any]) -> str:
    return str(getattr(view, "_repr_html_", view.__repr__)())


PRINTERS: list[Callable[[View[Any]], str]] = [
    repr,
    str,
    pprint.pformat,
    pretty_repr,
    rich_inspect,
    rich_traceback,
    log_line,
    members,
    devtools_pformat,
    structlog_console,
    structlog_json,
    ipython,
    notebook,
]


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.__name__)
def test_no_printer_shows_more_than_ids_and_states(printer: Callable[[View[Any]], str]) -> None:
    """No printer shows a name, number, value, file name or link, whichever way it finds attributes."""
    assert len(ALL) > 8
    for view in ALL:
        printed = printer(view)

        assert type(view).__name__ in printed
        assert "Quillfeather" not in printed
        assert "2025550147" not in printed


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.__name__)
def test_no_printer_shows_the_name_of_a_file(printer: Callable[[Any], str]) -> None:
    """Results of downloads and uploads are printed without the path, also by printers that list all attributes."""
    for result in RESULTS:
        printed = printer(result)

        assert type(result).__name__ in printed
        assert "Quillfeather" not in printed
        assert {"path", "filename"} & {*dir(type(result))}  # which consoles complete from


def test_a_notebook_shows_states_and_counts() -> None:
    """As a table, whose cells are escaped: an id or a status may be anything that a server sends."""
    status = {"status": "<b>NEW</b>", "checklistItem": {"isRequired": True}}
    items = [{**ITEM, **status}, {**ITEM, **status, "status": "COMPLETED"}, ITEM]
    data = {**LEAD, **status, "checklistItems": [{"items": items}]}
    shown = omni.Lead.from_dict(data)._repr_html_()

    assert "<caption>Lead</caption>" in shown
    assert "<th>id</th><td>lead-1</td>" in shown
    assert "<th>status</th><td>&lt;b&gt;NEW&lt;/b&gt;</td>" in shown
    assert "<th>required items</th><td>1 of 2 done</td>" in shown
    assert "<th>documents</th><td>1</td>" in shown


def test_consoles_can_complete_all_names() -> None:
    """``dir()`` of a view lists ids, states and methods; consoles also list the names of the class."""
    lead = omni.Lead.from_dict(LEAD)

    assert {"id", "status", "to_dict", "iter_items"} <= {*dir(lead)}
    assert not {"first_name", "raw", "_data"} & {*dir(lead)}
    assert "first_name" in dir(type(lead))


TEST = """
import json
from pathlib import Path
from omni import Lead

def test_equal():
    one, other = (Lead.from_dict(json.loads(Path(name).read_text())) for name in ("one.json", "other.json"))
    assert one == other
"""


@pytest.mark.parametrize("plugin", ["omni.pytest_plugin", "no:omni.pytest_plugin"])
def test_failed_comparison_of_views(tmp_path: Path, plugin: str) -> None:
    """The report of pytest shows no values, not even with locals; our plugin names the paths that differ."""
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "one.json").write_text(json.dumps(LEAD))
    other = json.dumps(LEAD).replace("Quillfeather", "Quillfeather-Doe")
    (tmp_path / "other.json").write_text(other)
    command = [sys.executable, "-m", "pytest", "-p", plugin, "-p", "no:cacheprovider", "-vv", "--showlocals"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    report = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=alone).stdout

    assert "1 failed" in report
    assert "Lead(id='lead-1', status='IN_PROGRESS')" in report
    assert "Quillfeather" not in report
    assert ("checklistItems[0].items[0].documents[0].filename" in report) is (plugin == "omni.pytest_plugin")


def paths(left: object, right: object) -> list[str]:
    """The paths that our plugin names for a failed comparison."""
    return [line.strip() for line in pytest_assertrepr_compare("==", left, right) or []][2:]


def document(**fields: Any) -> omni.Document:
    return omni.Document.from_dict({"id": "d", **fields})


def test_paths_in_which_views_differ() -> None:
    """They have no values, and no keys that do not look like names; an absent value differs from a null."""
    assert paths(document(size=1), document(size=2)) == ["size"]
    assert paths(document(size=None), document()) == ["size"]
    assert paths(document(metadata={"a": [1, 2]}), document(metadata={"a": [1]})) == ["metadata.a[] (length)"]
    assert paths(document(metadata={"a": [1, 2]}), document(metadata={"a": [1, 3]})) == ["metadata.a[1]"]
    assert paths(document(metadata=[1]), document(metadata={"a": 1})) == ["metadata"]
    assert paths(document(**{"Ada Sample": 1}), document(**{"+12025550147": 2})) == ["(withheld)", "(withheld)"]
    assert paths((document(size=1),), (document(size=2),)) == ["[0].size"]
    assert paths(document(metadata=[*range(30)]), document(metadata=[*range(1, 31)]))[-1] == "and 10 more"


def test_other_comparisons_are_left_to_pytest() -> None:
    """Those of other objects, of two classes, or not for equality."""
    for op, left, right in (
        ("!=", document(), document()),
        ("==", document(), omni.MatchingLead.from_dict({})),
        ("==", 1, 2),
        ("==", (), ()),
        ("==", (1,), (2,)),
    ):
        assert pytest_assertrepr_compare(op, left, right) is None


def test_entry_point_of_the_plugin() -> None:
    """It has the name of the module, or else ``-p omni.pytest_plugin`` would load it twice."""
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()

    assert "[project.entry-points.pytest11]" in project
    assert '"omni.pytest_plugin" = "omni.pytest_plugin"' in project
