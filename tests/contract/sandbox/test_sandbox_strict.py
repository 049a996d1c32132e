"""The sandbox refuses undocumented requests, adds one-off checklist items, and lists the parts of a lead."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_responses import BY_WORDS, Clock, get, items, ok, refusal

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    # The clock stands still, as links made in different seconds differ.
    with sandbox.running(application=sandbox.app(clock=Clock())) as server:
        yield server


# Refusals


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, "lacks firstName"),
        ({"firstName": None}, "firstName must be a string"),
        ({"firstName": "Kim", "email": 1}, "email must be a string or null"),
        ({"firstName": "Kim", "website": "https://example.com"}, "must not have website"),
        ({"firstName": "Kim", "status": "COMPLETED"}, "must not have status"),
        ({"firstName": "Kim", "assigneeType": "HUMAN_AGENT"}, "one of agent, manual"),
        ({"firstName": "Kim", "didOptOut": None}, "true or false"),
        ({"firstName": "Kim", "didOptOut": 1}, "true or false"),
        ({"firstName": "Kim", "tags": "vip"}, "tags must be an array"),
        ({"firstName": "Kim", "tags": [{"name": "vip"}]}, "tags[0] must be a string"),
        ({"firstName": "Kim", "checklistItems": {}}, "checklistItems must be an array"),
        ({"firstName": "Kim", "checklistItems": ["ein"]}, "checklistItems[0] must be an object"),
        ({"firstName": "Kim", "checklistItems": [{"value": 1}]}, "checklistItems[0] lacks code"),
        ({"firstName": "Kim", "checklistItems": [{"code": "dreams"}]}, "no checklist item dreams"),
        (
            {"firstName": "Kim", "checklistItems": [{"code": "ein", "status": "DONE"}]},
            "checklistItems[0].status must be one of TODO",
        ),
        ([], "The body must be an object"),
    ],
)
def test_undocumented_create_is_refused(
    api: httpx.Client, workspace: sandbox.Workspace, body: Any, refused: str
) -> None:
    """An undocumented body is refused, and no lead is created."""
    assert refused in refusal(api.post("/api/v1/leads", json=body))
    assert len(workspace.leads) == len(sandbox.leads())


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"firstName": NaN}', '{"firstName": 1e999}', r'{"firstName": "\ud800"}', "[" * 100_000, b"\xff"],
    ids=["nothing", "cut", "NaN", "infinite", "surrogate", "deep", "bytes"],
)
def test_invalid_json_is_refused(api: httpx.Client, content: str | bytes) -> None:
    """A body that is not JSON is refused, also where Python would read it."""
    assert refusal(api.post("/api/v1/leads", content=content)) == "This is not JSON."


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"status": "REVIEW"}, "status must be one of"),
        ({"status": "PAUSED"}, "status must be one of"),
        ({"status": "IN_PROGRESS", "didOptOut": True}, "contradict"),
        ({"status": "OPTED_OUT", "didOptOut": False}, "contradict"),
        ({"lastName": "Renamed", "checklistItems": [{"code": "dreams"}]}, "no checklist item dreams"),
        ({"id": "1"}, "must not have id"),
    ],
)
def test_refused_update_changes_nothing(
    api: httpx.Client, workspace: sandbox.Workspace, fields: Any, refused: str
) -> None:
    """An update is carried out completely or not at all."""
    before = json.dumps(workspace.leads[IN_PROGRESS])

    assert refused in refusal(api.put("/api/v1/leads", json={"leadId": IN_PROGRESS, **fields}))
    assert json.dumps(workspace.leads[IN_PROGRESS]) == before


def test_update_of_an_unknown_lead_is_refused(api: httpx.Client) -> None:
    """An update without an id is a 400, and one with an unknown id a 404."""
    assert "lacks leadId" in refusal(api.put("/api/v1/leads", json={"lastName": "Renamed"}))
    assert "No such lead" in refusal(api.put("/api/v1/leads", json={"leadId": "nobody"}), 404)


# One-off items


def add(api: httpx.Client, lead_id: str, **fields: Any) -> httpx.Response:
    return api.post(f"/api/v1/leads/{lead_id}/checklist-items", json=fields)


def test_one_off_item_is_added(api: httpx.Client) -> None:
    """A one-off item gets a code from its label, is on the lead's checklist, and reopens a completed lead."""
    complete = BY_WORDS["complete"]
    instructions = {"agentInstructions": "No older than a quarter", "clientInstructions": "Send a scan or a photo"}
    item = ok(add(api, complete, label="Water bill (2026)", fieldType="FILE", **instructions))["checklistItem"]
    lead = get(api, complete)

    assert (item["code"], item["status"], item["isRequired"]) == ("WATER_BILL_2026", "TODO", True)
    assert {"leadId": complete, **instructions}.items() <= item.items()
    assert items(lead)["WATER_BILL_2026"]["id"] == item["id"]
    assert (lead["checklistItems"][-1]["name"], lead["status"]) == ("Additional", "IN_PROGRESS")
    ok(add(api, complete, label="!", fieldType="TEXT", isRequired=False))
    assert [item["checklistItem"]["code"] for item in get(api, complete)["checklistItems"][-1]["items"]] == [
        "WATER_BILL_2026",
        "ITEM",
    ]
    assert "WATER_BILL_2026" not in items(get(api, IN_PROGRESS))


def test_one_off_item_creates_a_missing_checklist(api: httpx.Client) -> None:
    """A lead without a checklist gets one."""
    ok(add(api, BY_WORDS["nothing but an id"], label="Water bill", fieldType="FILE"))

    assert list(items(get(api, BY_WORDS["nothing but an id"]))) == ["WATER_BILL"]


CONFIGS = [
    ("BANK_STATEMENT", {"months": 3, "gracePeriodDays": 5, "isPersonal": False}, {"gracePeriodDays": 5}),
    ("ID", {"type": "PASSPORT"}, {"type": "LIBRARY_CARD"}),
    ("NUMBER", {"min": 0, "max": 1.5}, {"min": True}),
    ("SELECT", {"options": ["a", "b"]}, {"options": [1]}),
    ("TAX_RETURN", {"years": 2}, {}),
    ("TEXT", {"pattern": "[a-z]+"}, {"months": 3}),
    ("DATE", {}, {"format": "iso"}),
    ("EIN", {}, []),
]


@pytest.mark.parametrize(("field_type", "good", "bad"), CONFIGS)
def test_config_depends_on_the_field_type(api: httpx.Client, field_type: str, good: Any, bad: Any) -> None:
    """An item accepts the config of its own field type only."""
    assert ok(add(api, IN_PROGRESS, label="Good", fieldType=field_type, config=good))
    assert refusal(add(api, IN_PROGRESS, label="Bad", fieldType=field_type, config=bad))


def test_wrong_one_off_item_is_refused(api: httpx.Client) -> None:
    """Read-only field types, taken codes, missing and undocumented keys are refused."""
    assert "one of BANK_STATEMENT" in refusal(add(api, IN_PROGRESS, label="Where", fieldType="ADDRESS"))
    assert "must not have code" in refusal(add(api, IN_PROGRESS, label="Bill", fieldType="FILE", code="BILL"))
    assert "lacks fieldType" in refusal(add(api, IN_PROGRESS, label="Bill"))
    assert "No such lead" in refusal(add(api, "nobody", label="Bill", fieldType="FILE"), 404)
    ok(add(api, IN_PROGRESS, label="Bill", fieldType="FILE"))
    assert "an item BILL already" in refusal(add(api, IN_PROGRESS, label="bill!", fieldType="FILE"))


# Lists


def test_lists_are_those_of_get_lead(api: httpx.Client) -> None:
    """Checklist and action logs are arrays of what Get Lead has."""
    lead = get(api, IN_PROGRESS)
    path = f"/api/v1/leads/{IN_PROGRESS}"

    assert ok(api.get(f"{path}/checklist")) == lead["checklistItems"]
    assert ok(api.get(f"{path}/action-logs")) == lead["actionLogs"]
    for part in ("checklist", "documents", "action-logs"):
        assert "No such lead" in refusal(api.get(f"/api/v1/leads/nobody/{part}"), 404)


def test_get_lead_has_the_newest_hundred_logs(api: httpx.Client) -> None:
    """Get Lead has the newest hundred action logs, and the list has all."""
    lead_id = BY_WORDS["hundred action logs"]
    ok(api.put("/api/v1/leads", json={"leadId": lead_id, "lastName": "Renamed"}))
    logs = get(api, lead_id)["actionLogs"]

    assert (len(logs), logs[0]["summary"]) == (100, "Lead updated")
    assert len(ok(api.get(f"/api/v1/leads/{lead_id}/action-logs"))) == 101
