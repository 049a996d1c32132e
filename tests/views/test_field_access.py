"""Declared fields are read once, without a lock or a generated model, and test doubles have them."""

import inspect
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest

import omni
from omni._views.base import build_model
from omni._views.fields import Field

FIELDS = {name: member for name, member in inspect.getmembers(omni.Lead) if isinstance(member, Field)}


@pytest.mark.parametrize(
    "double", [create_autospec(omni.Lead), create_autospec(omni.Lead, instance=True), Mock(spec=omni.Lead)]
)
def test_a_double_has_every_field(double: Any) -> None:
    """A test double of a lead has the names of a lead, and no others."""
    assert [name for name in [*FIELDS, "id", "raw", "missing_items"] if not hasattr(double, name)] == []
    with pytest.raises(AttributeError):
        double.frist_name  # noqa: B018


def test_reading_fields_builds_no_generated_model(published: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are slow to load and to build, so only ``raw`` builds one, once."""
    built: list[str] = []

    def build(model: str, data: Any) -> Any:
        built.append(model)
        return build_model(model, data)

    monkeypatch.setattr("omni._views.base.build_model", build)
    lead = omni.Lead.from_dict(published)

    assert {name: getattr(lead, name) for name in FIELDS}
    assert (lead.missing_items, built) == ((), [])
    assert lead.raw is lead.raw
    assert built == ["LeadDetails"]


def test_threads_that_read_a_field_at_once_get_the_same_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one that was kept first; no lock is taken."""
    lead = omni.Lead.from_dict({"lead": {"id": "x"}, "checklistItems": [{"id": "g"}]})
    read = omni.Lead.checklist._read

    def read_after_another_thread(value: Any) -> Any:
        monkeypatch.undo()
        first.append(lead.checklist)
        return read(value)

    first: list[Any] = []
    monkeypatch.setattr(omni.Lead.checklist, "_read", read_after_another_thread)

    assert lead.checklist is first[0]
    assert lead.checklist is first[0]


def test_mutable_values_are_copies() -> None:
    """All other values are kept, so a second access returns the same object."""
    log = omni.ActionLog.from_dict({"id": "l", "input": {"a": [1]}, "messages": [{"id": "m"}], "error": "no"})
    log.input["a"].append(2)

    assert log.input == {"a": [1]}
    assert log.messages[0] is log.messages[0]
    assert (log.error, vars(log)["error"]) == ("no", "no")
    assert "input" not in vars(log)


def count_calls(code: Callable[[], Any]) -> int:
    """How many functions of omni's views run."""
    calls: list[str] = []

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_globals["__name__"].startswith("omni._views"):
            calls.append(frame.f_code.co_name)

    sys.setprofile(count)
    try:
        code()
    finally:
        sys.setprofile(None)
    return len(calls)


def test_reading_a_field_runs_few_functions() -> None:
    """A call costs more than all else that a field does, so a string takes one, and whatever was read before none."""
    log = omni.ActionLog.from_dict({"type": "TOOL_CALL", "summary": "s", "createdAt": "2026-01-30T02:00:00.000Z"})
    item = omni.ChecklistItem.from_dict({"checklistItem": {"code": "c"}})

    assert count_calls(lambda: (log.type, log.summary, log.error)) == 3
    assert count_calls(lambda: (log.type, log.summary, log.error)) == 0
    assert count_calls(lambda: item.code) == 2
    assert count_calls(lambda: log.created_at) == 2


def test_reading_an_array_runs_one_function_for_each_element() -> None:
    """Which makes its view, and reads nothing yet."""
    lead = omni.Lead.from_dict({"lead": {"id": "x"}, "documents": [{"id": "d", "metadata": {"a": [1]}}] * 100})

    assert count_calls(lambda: lead.documents) <= 100 + 3
    assert vars(lead.documents[0]).keys() == {"_data", "_root"}
