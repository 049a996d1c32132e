"""What a response holds that the contract does not know is told, and nothing else of it is."""

import copy
import itertools
import json
import pickle
import random
from pathlib import Path
from typing import Any

import pytest

import omni
from omni._operations import drift
from omni._operations.contract import operations_by_path
from omni._operations.difference import Difference
from omni._operations.drift import differences

ROOT = Path(__file__).parents[2]
GET_LEAD = "/api/v1/leads/{leadId}"

FLAT = {
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "+12025550123",
    "email": None,
    "phoneNumber": "2025550123",
    "businessName": "Fixture Freight",
    "status": "IN_PROGRESS",
    "activitySummary": "Two files came in, one was refused",
    "actionLogs": [
        {"id": "2", "type": "FOLLOW_UP_MESSAGE", "status": "PENDING", "scheduledAt": "2025-10-20T15:00:00Z"}
    ],
    "nextFollowUp": {"id": "2", "type": "FOLLOW_UP_MESSAGE", "status": "PENDING", "summary": "Ask for the rest"},
    "lastAction": {"id": "3", "status": "COMPLETED", "completedAt": "2025-10-19T15:00:00.123Z"},
}

OLD_LOG = {
    "id": "7",
    "type": "MESSAGE",
    "status": "COMPLETED",
    "summary": "A text came in",
    "input": {"channel": "SMS", "metadata": {"twilioData": {"to": "+12025550100", "numMedia": "1"}}},
    "output": None,
    "messages": [
        {"id": "a", "channel": "SMS", "direction": "INBOUND", "body": "", "documents": [{"id": "4", "size": 3}]}
    ],
    "createdAt": "2025-10-13T12:00:11.928Z",
    "completedAt": "2025-10-13T12:00:11.927Z",
}

OLD_DOCUMENT = {
    "id": "4",
    "filename": "licence.jpg",
    "mimeType": "image/jpeg",
    "size": 400000,
    "metadata": {"documentType": "Driver's License", "lastProcessed": "2025-10-13T12:00:42.292Z"},
    "signedUrl": "https://bucket.s3.example.com/object?signature=x",
    "createdAt": "2025-10-13T12:00:00.215Z",
}


def told(value: Any, about: str = GET_LEAD) -> list[tuple[str, str, str]]:
    """The differences without their counts."""
    return [(one.kind, one.path, one.detail) for one in differences(value, about)]


def item_with(**facts: Any) -> dict[str, Any]:
    """A lead whose checklist has one item."""
    return {"lead": {"id": "1"}, "checklistItems": [{"items": [facts]}]}


def test_published_lead_has_no_drift(published: dict[str, Any]) -> None:
    """The documented sample does not differ from the contract."""
    assert differences(published, GET_LEAD) == ()


def test_flat_lead_differs_where_keys_moved() -> None:
    """The shape of 2025 differs from today's in exactly what the documentation moved into ``lead``."""
    unknown = {
        "activitySummary": "string",
        "businessName": "string",
        "email": "null",
        "id": "string",
        "name": "string",
        "phoneNumber": "string",
    }
    expected = [("unknown key", key, kind) for key, kind in unknown.items()] + [("missing key", "lead", "")]

    assert sorted(expected) == sorted(told(FLAT))


@pytest.mark.parametrize(
    ("value", "about", "expected"),
    [
        (OLD_LOG, "ActionLog", []),
        (OLD_DOCUMENT, "Document", []),
        (
            {"channels": {"sms": {"inbound": "1"}, "whatsapp": {"read": 2}, "+12025550123": {"inbound": None}}},
            "AnalyticsTotals",
            [("wrong type", "channels.sms.inbound", "string"), ("unknown key", "channels.whatsapp.read", "integer")],
        ),
    ],
)
def test_older_documented_shapes(value: Any, about: str, expected: list[Any]) -> None:
    """Older action logs and documents lack keys that are not required; newer documents have one more."""
    assert expected == told(value, about)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"lead": {"id": "1", "newKey": 1}}, [("unknown key", "lead.newKey", "integer")]),
        (item_with(x=True), [("unknown key", "checklistItems[].items[].x", "boolean")]),
        ({"lead": {"id": "1"}, "status": "PAUSED"}, [("unknown value", "status", "PAUSED")]),
        ({"lead": {"id": "1"}, "status": ""}, [("unknown value", "status", "(withheld)")]),
        ({"lead": {"id": "1"}, "status": "Two words"}, [("unknown value", "status", "(withheld)")]),
        ({"lead": {"id": "1"}, "status": 1}, [("wrong type", "status", "integer")]),
        ({"lead": {"id": None}}, [("wrong type", "lead.id", "null")]),
        ({"lead": None}, [("wrong type", "lead", "null")]),
        ({"lead": {}}, [("missing key", "lead.id", "")]),
        ({"lead": {"id": "1", "didOptOut": "no"}}, [("wrong type", "lead.didOptOut", "string")]),
        ({"lead": {"id": "1"}, "documents": {}}, [("wrong type", "documents", "object")]),
        ({"lead": {"id": "1"}, "documents": [None]}, [("wrong type", "documents[]", "null")]),
        ({"lead": {"id": "1"}, "documents": [{"size": 1.5}]}, [("wrong type", "documents[].size", "number")]),
        ({"lead": {"id": "1"}, "documents": [{"size": 1.0}]}, []),
        ({"lead": {"id": "1", "createdAt": "soon"}}, [("wrong format", "lead.createdAt", "date-time")]),
        ({"lead": {"id": "1", "createdAt": "2026-01-30"}}, [("wrong format", "lead.createdAt", "date-time")]),
        ({"lead": {"id": "1", "createdAt": "2026-01-30T02:00:00-05:00"}}, []),
        ({"lead": {"id": "1", "tags": ["a", {"b": 1}]}}, []),
        (item_with(value={"anything": [1]}), []),
        ([], [("wrong type", "", "array")]),
        (None, [("wrong type", "", "null")]),
        ((), [("wrong type", "", "unknown")]),
    ],
)
def test_each_kind_of_difference_has_its_path_and_no_value(value: Any, expected: list[Any]) -> None:
    """Each kind of difference is reported with its path and without its value; open schemas allow anything."""
    assert expected == told(value)


def test_equal_differences_are_counted() -> None:
    """Many elements with the same difference are one line and a count; equality ignores the count."""
    lead = {"lead": {"id": "1"}, "documents": [{"new": 1}, {"new": 2}, {"new": "x"}]}

    assert [one.count for one in differences(lead, GET_LEAD)] == [2, 1]
    assert Difference("unknown key", "documents[].new", "integer") in differences(lead, GET_LEAD)


@pytest.mark.parametrize(
    ("key", "is_shown"),
    [
        ("newKey", True),
        ("new_key-2", True),
        ("form1099", True),
        ("Matched checklist items", True),
        ("Ada Sample", False),
        ("12025550199", False),
        ("+12025550199", False),
        ("078-05-1120", False),
        ("ssn078051120", False),
        ("a9d0a790-201b-47e9-84ed-cc7eed1270c5", False),
        ("ada@example.com", False),
        ("k" * 41, False),
        ("", False),
        ("\x1b[31m", False),
        ("a.b", False),
        ("ключ", False),
        ("\ud800", False),
    ],
)
def test_keys_that_look_like_data_are_withheld(key: str, is_shown: bool) -> None:
    """A key is reported if it looks like a programmer's name, and withheld if it looks like data."""
    assert [("unknown key", f"lead.{key if is_shown else '(withheld)'}", "null")] == told(
        {"lead": {"id": "1", key: None}}
    )


CANARIES = ["Ada Sample", "ada@example.com", "+12025550199", "078-05-1120", "1 Test Way", "https://x/y?sig=deadbeef"]


def canary_lead() -> dict[str, Any]:
    """Personal data wherever there is room for it: known keys, unknown keys, enums, wrong types."""
    data = dict(zip(CANARIES, CANARIES, strict=True))
    log = {**data, "type": CANARIES[0], "status": CANARIES[1], "createdAt": CANARIES[3], "error": data, "extra": data}
    item = {**data, "status": CANARIES[2], "value": data, "checklistItem": CANARIES, "extra": CANARIES}
    record = {**data, "id": CANARIES, "email": data, "firstName": CANARIES[0], "source": CANARIES[4]}
    groups = [{"name": data, "items": [item, CANARIES[0]]}]
    return {
        **data,
        "lead": record,
        "status": CANARIES[5],
        "checklistItems": groups,
        "lastAction": log,
        "documents": data,
    }


def test_differences_hold_no_personal_data() -> None:
    """No text of a difference has personal data, wherever it was in the response."""
    found = differences(canary_lead(), GET_LEAD)

    words = f"{found!r} {[str(one) for one in found]} {pickle.dumps(found)!r} {copy.deepcopy(found)}"
    assert len(found) > 10
    assert [canary for canary in CANARIES if canary in words] == []


def junk(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON, with keys that the contract knows as often as not."""
    leaves = [None, True, 0, -1, 1.5, float("nan"), float("inf"), 10**400, "", "COMPLETED", "\ud800", "x" * 1000]
    if depth > 5 or chance.random() < 0.3:
        return chance.choice(leaves)
    if chance.random() < 0.3:
        return [junk(chance, depth + 1) for _ in range(chance.randrange(4))]
    known = [
        "lead",
        "id",
        "status",
        "checklistItems",
        "items",
        "checklistItem",
        "documents",
        "lastAction",
        "tool",
        "size",
    ]
    return {chance.choice([*known, "new", "", "$ref"]): junk(chance, depth + 1) for _ in range(chance.randrange(8))}


def test_any_json_can_be_compared(published: dict[str, Any]) -> None:
    """Whatever the JSON, there is a result, and every one of its differences is well-formed."""
    chance = random.Random(4)
    kinds = {"unknown key", "unknown value", "wrong type", "wrong format", "missing key"}
    for value in itertools.chain((junk(chance) for _ in range(2000)), [published]):
        for about in (GET_LEAD, "ActionLog", "LeadStatus"):
            assert {one.kind for one in differences(value, about)} <= kinds


def test_deeply_nested_json_can_be_compared() -> None:
    """What can be decoded can be compared; what cannot be decoded has no differences."""
    deep: Any = {"items": None}
    for _ in range(100_000):
        deep = [deep]

    assert told(deep) == [("wrong type", "", "array")]
    assert drift.body_differences(b"[" * 200_000, GET_LEAD) == ()
    assert drift.body_differences(b"<html>", GET_LEAD) == ()
    assert drift.body_differences(b"\xff", GET_LEAD) == ()


def _kind(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["object"], "properties": {"kind": {"type": ["string"], "enum": [name]}, **fields}}


def test_alternatives_allow_the_keys_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alternatives allow the keys of all of them and require only the common ones; open ones allow any key."""
    one, two = ({"properties": {key: {}}, "required": ["id", key], "type": ["object"]} for key in "ab")
    schemas = {
        "Either": {"anyOf": [one, two]},
        "Open": {**one, "additionalProperties": True},
        "Number": {"type": ["number"]},
        "Tree": {"properties": {"next": {"$ref": "#/components/schemas/Tree"}}},
        "Kinds": {"anyOf": [_kind("cat", {"lives": {"type": ["integer"], "enum": [7, 9]}}), _kind("dog", {})]},
        "Closed": {"type": ["object"], "additionalProperties": False},
    }
    for module in ("contract", "drift"):
        monkeypatch.setattr(f"omni._operations.{module}.contract", lambda: {"schemas": schemas, "operations": {}})

    assert sorted(told({"a": 1, "c": None}, "Either")) == [("missing key", "id", ""), ("unknown key", "c", "null")]
    assert told({"id": 1, "a": 1, "c": 1}, "Open") == []
    assert [told(value, "Number") for value in (1, 1.5, "1")] == [[], [], [("wrong type", "", "string")]]
    assert told({"kind": "cat", "lives": 9}, "Kinds") == told({"kind": "dog"}, "Kinds") == []
    assert sorted(told({"kind": "cow", "lives": 8, "milk": 1}, "Kinds")) == [
        ("unknown key", "milk", "integer"),
        ("unknown value", "kind", "cow"),
        ("unknown value", "lives", "(withheld)"),
    ]
    assert told({"a": None}, "Closed") == [("unknown key", "a", "null")]
    tree: dict[str, Any] = {}
    for _ in range(3000):
        tree = {"next": tree}
    assert told(tree, "Tree") == []


def test_schema_is_found_by_name_or_path(published: dict[str, Any]) -> None:
    """A schema is found by its name, an operation by its path, with or without ids and method; nothing else is."""
    for about in (("LeadDetails",), (GET_LEAD,), ("/proxy/api/v1/leads/1",), (GET_LEAD, "GET"), (GET_LEAD, "get")):
        assert differences(published, *about) == ()
    assert drift.body_differences(json.dumps(FLAT).encode(), GET_LEAD) == differences(FLAT, GET_LEAD)
    assert GET_LEAD in operations_by_path()
    for wrong in (("Nothing",), ("/api/v1",), (GET_LEAD, "POST"), ("",)):
        with pytest.raises(omni.UsageError):
            differences(published, *wrong)
