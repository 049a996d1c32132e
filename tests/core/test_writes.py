"""What writes send: three states for every field, and no harm under a harmless name."""

import json
import math
import typing
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest

import omni
from omni._operations import payloads
from omni._operations.field_checks import checked_json, checked_value
from omni._operations.not_applied import not_applied

TEXTS = ["last_name", "middle_name", "business_name", "email", "phone_number", "external_lead_id", "timezone"]
VALUES: dict[str, Any] = {
    **dict.fromkeys(TEXTS, "some"),
    "first_name": "Ada",
    "assignee_type": "manual",
    "did_opt_out": True,
    "email_verified": False,
    "checklist_items": [{"code": "ein", "value": 0, "status": "TODO"}],
    "tags": [],
}
FIELDS = sorted(typing.get_type_hints(omni.LeadChanges))


def test_every_field_has_a_value_here() -> None:
    """A field that is added to the types must be added to these tests."""
    assert sorted(VALUES) == FIELDS
    assert {*FIELDS} - {"first_name"} == {*typing.get_type_hints(omni.LeadFields)}


@pytest.mark.parametrize("name", FIELDS)
def test_omitted_field_is_not_sent(name: str) -> None:
    """A field that is not given is not sent, whatever else is."""
    others: dict[str, Any] = {other: value for other, value in VALUES.items() if other != name}

    assert payloads.update_lead_body(others).keys() == payloads.update_lead_body(
        VALUES
    ).keys() - payloads.update_lead_body({name: VALUES[name]})
    if name != "first_name":
        given = {other: value for other, value in others.items() if other != "first_name"}
        assert len(payloads.create_lead_body("Ada", given)) == len(VALUES) - 1


@pytest.mark.parametrize("name", [*TEXTS, "first_name"])
def test_none_is_null(name: str) -> None:
    """None is sent as null."""
    assert list(payloads.update_lead_body({name: None}).values()) == [None]


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in [*TEXTS, "first_name"]])
def test_none_is_refused_where_the_contract_has_no_null(name: str) -> None:
    """A flag, an enum value or a list cannot be null."""
    with pytest.raises(omni.UsageError, match=name):
        payloads.update_lead_body({name: None})


@pytest.mark.parametrize("name", FIELDS)
def test_value_is_sent_unchanged(name: str) -> None:
    """Empty values, zero and false are sent too."""
    assert list(payloads.update_lead_body({name: VALUES[name]}).values()) == [VALUES[name]]
    if name in TEXTS:
        assert list(payloads.update_lead_body({name: ""}).values()) == [""]


def test_fields_have_the_names_of_the_api() -> None:
    """Every key is the contract's."""
    assert payloads.update_lead_body({"external_lead_id": "1", "did_opt_out": True, "checklist_items": []}) == {
        "externalLeadId": "1",
        "didOptOut": True,
        "checklistItems": [],
    }
    assert payloads.create_lead_body("Ada", {"email": None}) == {"firstName": "Ada", "email": None}


IN_ITSELF: list[Any] = []
IN_ITSELF.append(IN_ITSELF)

WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "Nothing to change"),
    ({"shoe_size": 7}, "no field shoe_size.*business_name"),
    ({"email": 7}, "email must be a str or None, not int"),
    ({"email_verified": "yes"}, "email_verified must be True or False"),
    ({"assignee_type": "HUMAN_AGENT"}, "agent, manual"),
    ({"tags": "vip"}, "tags must be a list"),
    ({"tags": [7]}, r"tags\[0\] must be a str, not int"),
    ({"did_opt_out": False}, r"lift_opt_out\(\)"),
    ({"status": "OPTED_OUT"}, r"opt_out\(\)"),
    ({"status": "COMPLETED"}, r"complete\(\)"),
    ({"status": "IN_PROGRESS"}, r"reopen\(\)"),
    ({"status": "NOT_INTERESTED"}, r"mark_not_interested\(\)"),
    ({"status": "REVIEW"}, "by the system only"),
    ({"status": "DONE"}, r"opt_out\(\), complete\(\), reopen\(\), mark_not_interested\(\)"),
    ({"status": "IN_PROGRESS", "did_opt_out": True}, "contradict"),
    ({"status": "OPTED_OUT", "did_opt_out": False}, "contradict"),
    ({"checklist_items": {"code": "ein"}}, "a list of dicts"),
    ({"checklist_items": "ein"}, "a list of dicts"),
    ({"checklist_items": ["ein"]}, r"checklist_items\[0\] must be a dict with code"),
    ({"checklist_items": [{"code": ""}]}, "with code"),
    ({"checklist_items": [{"code": "ein", "note": "x"}]}, "no field note: the fields are code, status, value"),
    ({"checklist_items": [{"code": "ein", "status": "DONE"}]}, "NEEDS_REVIEW"),
    ({"checklist_items": [{"code": "ein"}, {"code": "ein", "value": 1}]}, "a code twice"),
    ({"checklist_items": [{"code": "a", "value": datetime(2026, 1, 1)}]}, "value has no time zone"),
    ({"checklist_items": [{"code": "a", "value": [math.nan]}]}, r"value\[0\] cannot be sent as JSON"),
    ({"checklist_items": [{"code": "a", "value": IN_ITSELF}]}, "nested too deeply"),
    ({"checklist_items": [{"code": "a", "value": {"b": Decimal(1)}}]}, "value.b cannot be sent as JSON"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_invalid_updates_are_refused(changes: dict[str, Any], words: str) -> None:
    """The message names the repair and does not show the value."""
    with pytest.raises(omni.UsageError, match=words) as caught:
        payloads.update_lead_body(changes)

    assert "some" not in str(caught.value)


@pytest.mark.parametrize("first_name", ["", " ", None, 7])
def test_first_name_is_required(first_name: Any) -> None:
    """It is the only field that create requires."""
    with pytest.raises(omni.UsageError, match="first_name"):
        payloads.create_lead_body(first_name, {})


def test_times_and_dates_are_sent_as_text() -> None:
    """Times with an offset and dates become texts; JSON values stay as they are."""
    value = {"a": [1, 1.5, True, None, ("x",)], "t": datetime(2026, 1, 1, tzinfo=UTC), "d": date(2026, 1, 2)}

    assert checked_json("value", value) == {
        "a": [1, 1.5, True, None, ["x"]],
        "t": "2026-01-01T00:00:00+00:00",
        "d": "2026-01-02",
    }


def test_an_integer_is_an_int() -> None:
    """Not a number with a fraction, nor one without that is a float."""
    assert checked_value("size", 5, {"type": ["integer", "null"]}) == 5
    assert checked_value("size", None, {"type": ["integer", "null"]}) is None
    for wrong in (5.0, True, "5"):
        with pytest.raises(omni.UsageError, match="size must be"):
            checked_value("size", wrong, {"type": ["integer", "null"]})


class Colour(StrEnum):
    """A text that is a member."""

    RED = "red"


class Loud(str, Enum):  # noqa: UP042 - which is another thing
    """A member whose ``str`` is not its text."""

    RED = "red"


class Size(IntEnum):
    """A number that is a member."""

    SMALL = 1


class Odd(float):
    """A number that prints as something else."""

    def __repr__(self) -> str:
        return "odd"

    __str__ = __repr__


@pytest.mark.parametrize("value", [Colour.RED, Loud.RED, Size.SMALL, Odd(1.5), type("Text", (str,), {})("a"), True])
def test_subclasses_are_sent_as_plain_values(value: Any) -> None:
    """A subclass is sent as the value that it inherits, also as a key."""
    found = checked_json("value", [value, (value,)])

    assert found == [value, [value]]
    assert json.loads(json.dumps(found)) == found
    assert {type(each) for each in found[:1]} <= {str, int, float, bool}
    if isinstance(value, str):
        assert [type(key) for key in checked_json("value", {value: 1})] == [str]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "repair"),
    [
        ({1: "a", "1": "b"}, "value has a key that is no str"),
        ({"a": [{None: "a"}]}, r"value\.a\[0\] has a key that is no str"),
        ({True: "a"}, "has a key that is no str"),
        (Odd("inf"), "finite number"),
        ([10**5000], r"value\[0\] is an integer of more digits than Python writes: give it as a str"),
        (Enum("Plain", "RED").RED, "cannot be sent as JSON"),  # type: ignore[attr-defined]
        ({"a"}, "cannot be sent as JSON"),
        (b"a", "cannot be sent as JSON"),
    ],
)
def test_values_that_are_not_json_are_refused(value: Any, repair: str) -> None:
    """Nothing is merged, cut or turned into text silently."""
    with pytest.raises(omni.UsageError, match=repair):
        payloads.update_lead_body({"checklist_items": [{"code": "a", "value": value}]})


CONFIGS: list[tuple[str, dict[str, Any]]] = [
    ("BANK_STATEMENT", {"months": 3, "gracePeriodDays": 5, "isPersonal": False}),
    ("ID", {"type": "PASSPORT"}),
    ("NUMBER", {}),
    ("NUMBER", {"min": 0, "max": 1.5}),
    ("SELECT", {"options": ["a", "b"]}),
    ("TAX_RETURN", {"years": 2}),
    ("TEXT", {"pattern": "[0-9]+"}),
    ("FILE", {}),
]


@pytest.mark.parametrize(("field_type", "config"), CONFIGS)
def test_valid_config_is_sent_unchanged(field_type: str, config: dict[str, Any]) -> None:
    """A config that fits its field type is sent as it is."""
    body = payloads.checklist_item_body("Label", field_type, {"config": config, "is_required": False})

    assert body == {"label": "Label", "fieldType": field_type, "config": config, "isRequired": False}


WRONG_ITEMS: list[tuple[Any, Any, dict[str, Any], str]] = [
    ("", "TEXT", {}, "label"),
    (None, "TEXT", {}, "label"),
    ("L", "ADDRESS", {}, "field_type cannot be this: the values are BANK_STATEMENT"),
    ("L", "TEXT", {"code": "X"}, "no field code"),
    ("L", "TEXT", {"is_required": None}, "is_required"),
    ("L", "FILE", {"config": {"months": 1}}, "config of FILE is nothing, so leave it out"),
    ("L", "TEXT", {"config": "x"}, "config of TEXT"),
    ("L", "BANK_STATEMENT", {"config": {}}, r"months, gracePeriodDays, isPersonal \(needed: months\)"),
    ("L", "BANK_STATEMENT", {"config": {"months": True}}, "config.months must be a finite number"),
    ("L", "NUMBER", {"config": {"min": math.inf}}, "config.min"),
    ("L", "NUMBER", {"config": {"min": 2, "max": 1}}, "config.min is more than config.max"),
    ("L", "NUMBER", {"config": {"step": 1}}, r"min, max \(needed: none\)"),
    ("L", "ID", {"config": {"type": "VISA"}}, "config.type cannot be this: the values are DRIVERS_LICENSE, PASSPORT"),
    ("L", "SELECT", {"config": {"options": []}}, "nothing to choose from"),
]


@pytest.mark.parametrize(("label", "field_type", "given", "words"), WRONG_ITEMS)
def test_invalid_items_are_refused(label: Any, field_type: Any, given: dict[str, Any], words: str) -> None:
    """The message names the repair, before anything is sent."""
    with pytest.raises(omni.UsageError, match=words):
        payloads.checklist_item_body(label, field_type, given)


def lead(**record: Any) -> omni.Lead:
    """A lead with this record and one filled item."""
    item = {"id": "i", "status": "COMPLETED", "value": "12", "checklistItem": {"id": "d", "code": "ein"}}
    data = {"lead": {"id": "x", **record}, "checklistItems": [{"id": "g", "items": [item]}]}
    return omni.Lead.from_dict(data)


COMPARED: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"last_name": "Doe"}, {"lastName": "Doe"}, True),
    ({"last_name": "Doe"}, {"lastName": "Roe"}, False),
    ({"last_name": None}, {"lastName": None}, True),
    ({"phone_number": "(202) 555-0123"}, {"phoneNumber": "+12025550123"}, True),
    ({"phone_number": "2025550124"}, {"phoneNumber": "+12025550123"}, False),
    ({"phone_number": None}, {"phoneNumber": None}, True),
    ({"phone_number": None}, {"phoneNumber": "+12025550123"}, False),
    ({"tags": ["VIP", "new"]}, {"tags": ["New", "vip"]}, True),
    ({"tags": []}, {"tags": ["vip"]}, False),
    ({"email_verified": True}, {"emailVerifiedAt": "2026-01-30T02:00:00.000Z"}, True),
    ({"email_verified": True}, {"emailVerifiedAt": None}, False),
    ({"email_verified": False}, {"emailVerifiedAt": None}, True),
    ({"assignee_type": "manual"}, {"assigneeType": "HUMAN_AGENT"}, True),
    ({"assignee_type": "agent"}, {"assigneeType": None}, False),
    ({"did_opt_out": True}, {"didOptOut": True}, True),
    ({"did_opt_out": True}, {"didOptOut": False}, False),
    ({"timezone": "America/Chicago"}, {}, False),
    ({"checklist_items": [{"code": "ein", "value": "12", "status": "COMPLETED"}]}, {}, True),
    ({"checklist_items": [{"code": "ein"}]}, {}, True),
    ({"checklist_items": [{"code": "ein", "value": "13"}]}, {}, False),
    ({"checklist_items": [{"code": "ein", "status": "TODO"}]}, {}, False),
    ({"checklist_items": [{"code": "other"}]}, {}, False),
]


@pytest.mark.parametrize(("changes", "record", "there"), COMPARED)
def test_not_applied_names_what_the_lead_does_not_show(
    changes: dict[str, Any], record: dict[str, Any], there: bool
) -> None:
    """Changes that the lead shows are left out; those that it does not or cannot show are named."""
    body = payloads.update_lead_body(changes)

    assert not_applied(lead(**record), body) == (() if there else tuple(body))
