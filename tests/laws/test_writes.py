"""A write sends JSON or nothing, whatever it was given, and can always tell how far a lead is what it wanted."""

import json
import math
from typing import Any

import httpx
from hypothesis import example, given, strategies as st
from shapes import ANYTHING, TEXTS, shape

import omni
from omni._operations import payloads
from omni._operations.field_checks import checked_json
from omni._operations.not_applied import not_applied

NAMES = sorted(payloads.LeadChanges.__annotations__.keys() | payloads.LeadFields.__annotations__.keys())
STATES = st.sampled_from([*omni.ChecklistItemStatus])
ENTRIES = st.fixed_dictionaries({"code": TEXTS}, optional={"value": ANYTHING, "status": STATES | ANYTHING})
ITEMS = st.lists(ENTRIES | st.dictionaries(st.sampled_from(["code", "value", 1, None]), TEXTS), max_size=2)
USUAL = {
    **dict.fromkeys(NAMES, TEXTS | st.none()),
    **dict.fromkeys(["did_opt_out", "email_verified"], st.booleans()),
    "assignee_type": st.sampled_from(["agent", "manual"]),
    "checklist_items": ITEMS,
    "tags": st.lists(TEXTS, max_size=2),
}
FIELDS = st.fixed_dictionaries({}, optional=USUAL) | st.dictionaries(
    st.sampled_from([*NAMES, "status", "unknown"]), ANYTHING, max_size=3
)
CONFIGS = st.dictionaries(st.sampled_from(["min", "max", "months", "type", "options", "pattern"]), ANYTHING, max_size=2)
OF_ITEM = st.fixed_dictionaries(
    {}, optional={"config": CONFIGS, "is_required": st.booleans(), "agent_instructions": TEXTS, "unknown": ANYTHING}
)
KINDS = st.sampled_from(["NUMBER", "SELECT", "TEXT", "FILE", "ID"])


@given(st.sampled_from(["create", "update", "add"]), TEXTS | ANYTHING, KINDS | ANYTHING, FIELDS, OF_ITEM)
@example("create", "Ada", None, {"checklist_items": [{"code": "a", 1: 2, None: 3}]}, {})
@example("update", None, None, {"status": []}, {})
@example("add", "Age", "NUMBER", {}, {"config": {"min": 10**400}})
@example("add", "Age", [], {}, {})
def test_write_sends_json_or_nothing(
    method: str, one: Any, other: Any, fields: dict[str, Any], of_item: dict[str, Any]
) -> None:
    """With any arguments there is a UsageError and nothing was sent, or one request with an object of JSON."""
    bodies: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.read()))
        return httpx.Response(400)

    with omni.Client(api_key="key-under-test", transport=httpx.MockTransport(respond), attempts=1) as client:
        try:
            if method == "create":
                client.leads.create(**{**fields, "first_name": one})
            elif method == "update":
                client.leads.update("lead-1", **fields)
            else:
                client.leads.add_checklist_item("lead-1", label=one, field_type=other, **of_item)
        except omni.UsageError:
            assert not bodies
        except omni.BadRequestError:
            assert [dict] == [type(body) for body in bodies]


@given(shape("LeadDetails").filter(lambda lead: lead["lead"]["id"]), FIELDS)
def test_not_applied_works_for_any_lead(lead: Any, fields: dict[str, Any]) -> None:
    """For any lead and any valid update, it is a part of the keys that were sent."""
    try:
        body = payloads.update_lead_body(fields)
    except omni.UsageError:
        return

    assert {*not_applied(omni.Lead.from_dict(lead), body)} <= body.keys()


@given(ANYTHING)
@example([math.inf])
@example({"a": math.nan})
def test_value_is_sent_as_json_or_refused(value: Any) -> None:
    """What is sent for a checklist item equals what was given."""
    try:
        found = checked_json("value", value)
    except omni.UsageError:
        assert not _is_json(value)
        return

    assert found == value or not _is_json(value)
    json.dumps(found, allow_nan=False)


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError):
        return False
