"""The sandbox refuses what is not documented, takes one-off checklist items, and lists what a lead has."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from answers import BY_WORDS, Clock, get, items, ok, refusal

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    # The clock stands still: links that are made in different seconds differ.
    with sandbox.running(application=sandbox.app(clock=Clock())) as server:
        yield server


# What is refused


@pytest.mark.parametrize(
    ("body", "words"),
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
def test_create_is_strict(api: httpx.Client, workspace: sandbox.Workspace, body: Any, words: str) -> None:
    """A body that says what is not documented is refused, and nothing is made."""
    assert words in refusal(api.post("/api/v1/leads", json=body))
    assert len(workspace.leads) == len(sandbox.leads())


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"firstName": NaN}', '{"firstName": 1e999}', r'{"firstName": "\ud800"}', "[" * 100_000, b"\xff"],
    ids=["nothing", "cut", "NaN", "infinite", "surrogate", "deep", "bytes"],
)
def test_not_json(api: httpx.Client, content: str | bytes) -> None:
    """A body that is no JSON is refused."""
    assert refusal(api.post("/api/v1/leads", content=content)) == "This is not JSON."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "REVIEW"}, "status must be one of"),
        ({"status": "PAUSED"}, "status must be one of"),
        ({"status": "IN_PROGRESS", "didOptOut": True}, "contradict"),
        ({"status": "OPTED_OUT", "didOptOut": False}, "contradict"),
        ({"lastName": "Renamed", "checklistItems": [{"code": "dreams"}]}, "no checklist item dreams"),
        ({"id": "1"}, "must not have id"),
    ],
)
def test_update_is_strict(api: httpx.Client, workspace: sandbox.Workspace, fields: Any, words: str) -> None:
    """An update is carried out as a whole or not at all."""
    before = json.dumps(workspace.leads[IN_PROGRESS])

    assert words in refusal(api.put("/api/v1/leads", json={"leadId": IN_PROGRESS, **fields}))
    assert json.dumps(workspace.leads[IN_PROGRESS]) == before


def test_update_needs_a_lead(api: httpx.Client) -> None:
    """Without an id there is nothing to update, and with an unknown one it is not found."""
    assert "lacks leadId" in refusal(api.put("/api/v1/leads", json={"lastName": "Renamed"}))
    assert "No such lead" in refusal(api.put("/api/v1/leads", json={"leadId": "nobody"}), 404)


# One-off items


def add(api: httpx.Client, lead_id: str, **fields: Any) -> httpx.Response:
    return api.post(f"/api/v1/leads/{lead_id}/checklist-items", json=fields)


def test_one_off_item(api: httpx.Client) -> None:
    """A one-off item gets a code from its label, joins the lead's checklist, and opens a lead that was complete."""
    complete = BY_WORDS["complete"]
    instructions = {"agentInstructions": "No older than a quarter", "clientInstructions": "Send a scan or a photo"}
    item = ok(add(api, complete, label="Water bill (2026)", fieldType="FILE", **instructions))["checklistItem"]
    lead = get(api, complete)

    assert (item["code"], item["status"], item["isRequired"]) == ("WATER_BILL_2026", "TODO", True)
    assert {"leadId": complete, **instructions}.items() <= item.items()
    assert items(lead)["WATER_BILL_2026"]["id"] == item["id"]
    assert (lead["checklistItems"][-1]["name"], lead["status"]) == ("Additional", "IN_PROGRESS")
    ok(add(api, complete, label="!", fieldType="TEXT", isRequired=False))
    assert [each["checklistItem"]["code"] for each in get(api, complete)["checklistItems"][-1]["items"]] == [
        "WATER_BILL_2026",
        "ITEM",
    ]
    assert "WATER_BILL_2026" not in items(get(api, IN_PROGRESS))


def test_one_off_item_for_hardly_a_lead(api: httpx.Client) -> None:
    """A lead without any checklist gets one."""
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
def test_config(api: httpx.Client, field_type: str, good: Any, bad: Any) -> None:
    """What an item may be configured with depends on its type."""
    assert ok(add(api, IN_PROGRESS, label="Good", fieldType=field_type, config=good))
    assert refusal(add(api, IN_PROGRESS, label="Bad", fieldType=field_type, config=bad))


def test_one_off_item_is_strict(api: httpx.Client) -> None:
    """Types that cannot be made, codes that are taken and keys that are not documented are refused."""
    assert "one of BANK_STATEMENT" in refusal(add(api, IN_PROGRESS, label="Where", fieldType="ADDRESS"))
    assert "must not have code" in refusal(add(api, IN_PROGRESS, label="Bill", fieldType="FILE", code="BILL"))
    assert "lacks fieldType" in refusal(add(api, IN_PROGRESS, label="Bill"))
    assert "No such lead" in refusal(add(api, "nobody", label="Bill", fieldType="FILE"), 404)
    ok(add(api, IN_PROGRESS, label="Bill", fieldType="FILE"))
    assert "an item BILL already" in refusal(add(api, IN_PROGRESS, label="bill!", fieldType="FILE"))


# Lists


def test_lists(api: httpx.Client) -> None:
    """Checklist and action logs are bare arrays of what Get Lead has."""
    lead = get(api, IN_PROGRESS)
    path = f"/api/v1/leads/{IN_PROGRESS}"

    assert ok(api.get(f"{path}/checklist")) == lead["checklistItems"]
    assert ok(api.get(f"{path}/action-logs")) == lead["actionLogs"]
    for part in ("checklist", "documents", "action-logs"):
        assert "No such lead" in refusal(api.get(f"/api/v1/leads/nobody/{part}"), 404)


def test_at_most_a_hundred_logs(api: httpx.Client) -> None:
    """Get Lead has the newest hundred action logs, the list has all."""
    lead_id = BY_WORDS["hundred action logs"]
    ok(api.put("/api/v1/leads", json={"leadId": lead_id, "lastName": "Renamed"}))
    logs = get(api, lead_id)["actionLogs"]

    assert (len(logs), logs[0]["summary"]) == (100, "Lead updated")
    assert len(ok(api.get(f"/api/v1/leads/{lead_id}/action-logs"))) == 101
