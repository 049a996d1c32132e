"""What a write sends, checked before anything is sent, and how far a lead already is what a write wanted.

Rules of this file: a field that is left out stays as it is, None is sent as null, a value is sent as it is. What is
dangerous for the person has a method of its own, and is refused here under any other name.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict

from omni_client.models import ChecklistItemStatus, CreatableFieldType, LeadStatus, SettableAssignee

from omni._views.base import elements, is_a
from omni._views.leads import Lead
from omni.errors import UsageError


class ChecklistValue(TypedDict):
    """A checklist item to fill in: its stable code, and what is known of it. Source: the page Create Lead."""

    code: str
    value: NotRequired[Any]
    """Any JSON value; how it is typed for each field type is not documented."""
    status: NotRequired[ChecklistItemStatus | str]


class LeadFields(TypedDict, total=False):
    """What ``client.leads.create()`` takes beside the first name: a field that is left out is not sent.

    Whether the API takes a null, and what it does with it, is not documented. ``middle_name`` and ``timezone`` (an IANA
    name) are in no documented response. Source: the page Create Lead.
    """

    last_name: str | None
    middle_name: str | None
    business_name: str | None
    email: str | None
    phone_number: str | None
    external_lead_id: str | None
    timezone: str | None
    assignee_type: Literal["agent", "manual"]
    did_opt_out: bool
    email_verified: bool
    checklist_items: list[ChecklistValue] | tuple[ChecklistValue, ...]
    tags: list[str] | tuple[str, ...]


class LeadChanges(LeadFields, total=False):
    """What ``client.leads.update()`` takes: a field that is left out stays as it is."""

    first_name: str | None


class OneOffFields(TypedDict, total=False):
    """What ``client.leads.add_checklist_item()`` takes beside label and field type: what is left out is not sent.

    ``config`` has the API's keys: BANK_STATEMENT ``{months, gracePeriodDays?, isPersonal?}``, ID ``{type}`` which is
    DRIVERS_LICENSE or PASSPORT, NUMBER ``{min?, max?}``, SELECT ``{options}``, TAX_RETURN ``{years, isPersonal?}``,
    TEXT ``{pattern?}``. ``is_required`` is true if left out. Source: the page Create Lead Checklist Item.
    """

    config: Mapping[str, Any]
    is_required: bool
    agent_instructions: str
    client_instructions: str


Check = Callable[[str, object], object]

TRANSITIONS: Mapping[str, Mapping[str, object]] = {
    # Opted out by both words: the status cancels messages under way, the flag is the older way.
    "opt_out": {"didOptOut": True, "status": "OPTED_OUT"},
    "lift_opt_out": {"didOptOut": False},
    "complete": {"status": "COMPLETED"},
    "reopen": {"status": "IN_PROGRESS"},
    "mark_not_interested": {"status": "NOT_INTERESTED"},
}

_METHODS: dict[object, str] = {sent["status"]: name for name, sent in TRANSITIONS.items() if "status" in sent}


def create_lead_body(first_name: object, given: Mapping[str, object]) -> dict[str, object]:
    """The body of a create."""
    if not isinstance(first_name, str) or not first_name.strip():
        raise UsageError("first_name is the one field that every lead needs: give a text that is not empty.")
    return {"firstName": first_name, **_body(given, _FIELDS)}


def update_lead_body(given: Mapping[str, object]) -> dict[str, object]:
    """The body of an update, less the id of the lead."""
    if not given:
        raise UsageError("Nothing to change: give at least one field.")
    if "status" in given:
        raise UsageError(_about_status(given["status"], given.get("did_opt_out")))
    if given.get("did_opt_out", True) is False:
        raise UsageError("did_opt_out=False would lift an opt-out: if the person asked for it, lift_opt_out() does.")
    return _body(given, {"first_name": _text, **_FIELDS})


def checklist_item_body(label: object, field_type: object, given: Mapping[str, object]) -> dict[str, object]:
    """The body of a one-off checklist item."""
    if not isinstance(label, str) or not label.strip():
        raise UsageError("label is what the person is asked for: give a text that is not empty.")
    kind = _word(CreatableFieldType)("field_type", field_type)
    body: dict[str, object] = {"label": label, "fieldType": kind}
    body |= _body({name: value for name, value in given.items() if name != "config"}, _ITEM_FIELDS)
    return body | ({"config": _config(str(kind), given["config"])} if "config" in given else {})


def not_applied(lead: Lead, body: Mapping[str, object]) -> tuple[str, ...]:
    """The keys of an update's body whose value the lead does not show; those that no response shows are among them."""
    record = lead.raw.lead.to_dict()
    return tuple(key for key, wanted in body.items() if not _IS_THERE.get(key, _same)(lead, record.get(key), wanted))


def _body(given: Mapping[str, object], checks: Mapping[str, Check]) -> dict[str, object]:
    unknown = sorted(map(str, given.keys() - checks.keys()))
    if unknown:
        raise UsageError(f"There is no field {unknown[0]}: the fields are {', '.join(sorted(checks))}.")
    return {_camel(name): checks[name](name, value) for name, value in given.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _about_status(status: object, did_opt_out: object) -> str:
    if did_opt_out is not None and did_opt_out is not (status == "OPTED_OUT"):
        return f"did_opt_out={did_opt_out} and this status contradict each other."
    if method := _METHODS.get(str(status)):
        return f"A status has effects on the person, so it is no field: call {method}()."
    if status == "REVIEW":
        return "REVIEW is reached by the system only, the API refuses to set it."
    return f"A status is no field: there are {', '.join(f'{name}()' for name in _METHODS.values())}."


def _text(name: str, value: object) -> object:
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{name} must be a str or None, not {type(value).__name__}.")
    return value


def _flag(name: str, value: object) -> object:
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False, not {type(value).__name__}; leave it out to leave it alone.")
    return value


def _word(vocabulary: Iterable[str]) -> Check:
    words = [str(word) for word in vocabulary]

    def check(name: str, value: object) -> object:
        if value not in words:
            raise UsageError(f"{name} cannot be this: the words are {', '.join(words)}.")
        return str(value)

    return check


def _tags(name: str, value: Any) -> object:
    if not is_a(value, list, tuple) or not all(isinstance(tag, str) for tag in value):
        raise UsageError(f"{name} must be a list of str; an empty one takes all tags away.")
    return [*value]


def _values(name: str, value: Any) -> object:
    if not is_a(value, list, tuple):
        raise UsageError(f"{name} must be a list of dicts with code, value and status.")
    entries = [_value(f"{name}[{index}]", each) for index, each in enumerate(value)]
    codes = [entry["code"] for entry in entries]
    if len(set(codes)) < len(codes):
        raise UsageError(f"{name} has a code twice: which of them would win is not documented.")
    return entries


def _value(name: str, given: Any) -> dict[str, object]:
    if not is_a(given, Mapping) or not isinstance(given.get("code"), str) or not given["code"]:
        raise UsageError(f"{name} must be a dict with a code, as the workspace has it.")
    checks: dict[str, Check] = {"code": _text, "value": json_value, "status": _word(ChecklistItemStatus)}
    try:
        return _body(given, checks)
    except RecursionError:
        raise UsageError(f"{name}.value is nested too deeply, or in itself.") from None


def json_value(name: str, value: Any) -> object:
    """The value as JSON has it; UsageError for what JSON has not, such as NaN, Decimal or a time without an offset."""
    if isinstance(value, datetime):
        return aware(name, value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if is_a(value, Mapping):
        if not all(isinstance(key, str) for key in value):  # 1 and "1" would be one key, and one of the values lost
            raise UsageError(f"{name} has a key that is no str: JSON has no other keys, so give texts.")
        return {str.__str__(key): json_value(f"{name}.{str.__str__(key)}", each) for key, each in value.items()}
    if is_a(value, list, tuple):
        return [json_value(f"{name}[{index}]", each) for index, each in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    # What is sent is plain: a subclass, such as an enum's member, has the value that it inherits, whatever it prints.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return _writable(name, int.__int__(value))
    if isinstance(value, float) and math.isfinite(value):
        return float.__float__(value)
    raise UsageError(f"{name} cannot be sent as JSON: give a str, a finite number, a bool, None, a list or a dict.")


def _writable(name: str, value: int) -> int:
    try:
        str(value)  # Python refuses thousands of digits, with an error of its own
    except ValueError:
        raise UsageError(f"{name} is an integer of more digits than Python writes: give it as a str.") from None
    return value


def aware(name: str, value: datetime) -> datetime:
    """The time, if it says where on earth it is meant."""
    if value.tzinfo is None:
        raise UsageError(f"{name} has no time zone: give an aware datetime, such as datetime.now(UTC).")
    return value


_FIELDS: Mapping[str, Check] = {
    **dict.fromkeys(
        ["last_name", "middle_name", "business_name", "email", "phone_number", "external_lead_id", "timezone"], _text
    ),
    "assignee_type": _word(SettableAssignee),
    "did_opt_out": _flag,
    "email_verified": _flag,
    "checklist_items": _values,
    "tags": _tags,
}

_ITEM_FIELDS: Mapping[str, Check] = {
    "is_required": _flag,
    "agent_instructions": _text,
    "client_instructions": _text,
}


def _amount(name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value < math.inf:
        raise UsageError(f"{name} must be a finite number.")
    return value


def _id_type(name: str, value: object) -> object:
    if value not in ("DRIVERS_LICENSE", "PASSPORT"):
        raise UsageError(f"{name} must be DRIVERS_LICENSE or PASSPORT.")
    return value


def _options(name: str, value: Any) -> object:
    options = _tags(name, value)
    if not options:
        raise UsageError(f"{name} is empty, so there would be nothing to choose from.")
    return options


_CONFIGS: Mapping[str, tuple[str, Mapping[str, Check]]] = {
    "BANK_STATEMENT": ("months", {"months": _amount, "gracePeriodDays": _amount, "isPersonal": _flag}),
    "ID": ("type", {"type": _id_type}),
    "NUMBER": ("", {"min": _amount, "max": _amount}),
    "SELECT": ("options", {"options": _options}),
    "TAX_RETURN": ("years", {"years": _amount, "isPersonal": _flag}),
    "TEXT": ("", {"pattern": _text}),
}
"""For each field type the key that its config must have, and those it may have; the API's keys. Source: the page."""


def _config(field_type: str, config: Any) -> dict[str, object]:
    needed, checks = _CONFIGS.get(field_type, ("", {}))
    if not is_a(config, Mapping) or config.keys() - checks.keys() or (needed and needed not in config):
        known = (
            f"a dict with {', '.join(checks)} (needed: {needed or 'none'})" if checks else "nothing, so leave it out"
        )
        raise UsageError(f"The config of {field_type} is {known}.")
    checked = {str(key): checks[key](f"config.{key}", value) for key, value in config.items()}
    if "min" in checked and "max" in checked and config["min"] > config["max"]:
        raise UsageError("config.min is more than config.max.")
    return checked


def _same(lead: Lead, found: object, wanted: object) -> bool:
    return found == wanted


def _same_number(lead: Lead, found: object, wanted: object) -> bool:
    digits = ["".join(filter(str.isdigit, str(number)))[-10:] for number in (found, wanted)]
    return digits[0] == digits[1] and (found is None) == (wanted is None)  # the server stores another spelling


def _same_tags(lead: Lead, found: object, wanted: object) -> bool:
    return {str(tag).casefold() for tag in elements(found)} == {str(tag).casefold() for tag in elements(wanted)}


def _filled_in(lead: Lead, found: object, wanted: object) -> bool:
    items = {item.code: item for item in lead.iter_items()}
    return all(
        (item := items.get(entry["code"]))
        and entry.get("value", item.value) == item.value
        and entry.get("status", item.status) == item.status
        for entry in elements(wanted)
    )


def _is_opted_out(lead: Lead, found: object, wanted: object) -> bool:
    # Not did_opt_out, which takes what nobody can read for a yes: an opt-out is better sent twice than not at all.
    plainly = found is True or lead.opted_out_at is not None or lead.status == LeadStatus.OPTED_OUT
    return plainly is wanted


_IS_THERE: Mapping[str, Callable[[Lead, object, object], object]] = {
    "phoneNumber": _same_number,
    "tags": _same_tags,
    "checklistItems": _filled_in,
    "didOptOut": _is_opted_out,
    "emailVerified": lambda lead, found, wanted: wanted is False or lead.email_verified_at is not None,
    "assigneeType": lambda lead, found, wanted: wanted == "manual" and lead.assignee_type == "HUMAN_AGENT",
}
