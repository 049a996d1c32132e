"""What a write sends: the dangerous fields have methods of their own, and are refused here under any other name.

A field that is left out stays as it is, None is sent as null where the contract has it, a value is sent as it is. Which
fields there are, and what they may be, is in the contract.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, NotRequired, TypedDict, get_type_hints

from omni_client.models import ChecklistItemStatus

from omni._operations.field_checks import Schema, checked_body, checked_value
from omni._views.json_values import is_a
from omni.errors import UsageError


class ChecklistValue(TypedDict):
    """A checklist item to fill in: its stable code, its value and its status. Source: the page Create Lead."""

    code: str
    value: NotRequired[Any]
    """Any JSON value; how it is typed for each field type is not documented."""
    status: NotRequired[ChecklistItemStatus | str]


class LeadFields(TypedDict, total=False):
    """The fields of ``client.leads.create()`` beside the first name; what is left out is not sent.

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
    """The fields of ``client.leads.update()``; what is left out stays as it is."""

    first_name: str | None


class OneOffFields(TypedDict, total=False):
    """The fields of ``client.leads.add_checklist_item()`` beside label and field type; what is left out is not sent.

    ``config`` has the API's keys: BANK_STATEMENT ``{months, gracePeriodDays?, isPersonal?}``, ID ``{type}`` which is
    DRIVERS_LICENSE or PASSPORT, NUMBER ``{min?, max?}``, SELECT ``{options}``, TAX_RETURN ``{years, isPersonal?}``,
    TEXT ``{pattern?}``. ``is_required`` is true if left out. Source: the page Create Lead Checklist Item.
    """

    config: Mapping[str, Any]
    is_required: bool
    agent_instructions: str
    client_instructions: str


@cache
def _for_pydantic(fields: Any) -> Any:
    """The same fields as pydantic takes them on every Python: before 3.12 it refuses a TypedDict of typing."""
    import typing_extensions  # which pydantic needs, and we do not

    optional: Any = NotRequired
    hints = get_type_hints(fields)
    given = {name: hint if name in fields.__required_keys__ else optional[hint] for name, hint in hints.items()}
    new_type: Any = typing_extensions.TypedDict
    return new_type(fields.__name__, given)


def _pydantic_schema(fields: Any, handler: Callable[[Any], Any]) -> Any:
    return handler(_for_pydantic(fields))


for _fields in (ChecklistValue, LeadFields, LeadChanges, OneOffFields):
    setattr(_fields, "__get_pydantic_core_schema__", _pydantic_schema)  # noqa: B010 - no type checker knows of it


TRANSITIONS: Mapping[str, Mapping[str, object]] = {
    # Both keys: the status cancels messages under way, the flag is the older way.
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
    return _with_distinct_codes(checked_body("createLead", {"first_name": first_name, **given}))


def update_lead_body(given: Mapping[str, object]) -> dict[str, object]:
    """The body of an update, less the id of the lead."""
    if not given:
        raise UsageError("Nothing to change: give at least one field.")
    if "status" in given:
        raise UsageError(_about_status(given["status"], given.get("did_opt_out")))
    if given.get("did_opt_out", True) is False:
        raise UsageError("did_opt_out=False would lift an opt-out: if the person asked for it, lift_opt_out() does.")
    return _with_distinct_codes(checked_body("updateLead", given, own={"lead_id", "status"}))


def _with_distinct_codes(body: dict[str, object]) -> dict[str, object]:
    items: Any = body.get("checklistItems", [])
    if len({item["code"] for item in items}) < len(items):
        raise UsageError("checklist_items has a code twice: which of them would win is not documented.")
    return body


def _about_status(status: object, did_opt_out: object) -> str:
    if did_opt_out is not None and did_opt_out is not (status == "OPTED_OUT"):
        return f"did_opt_out={did_opt_out} and this status contradict each other."
    if method := _METHODS.get(str(status)):
        return f"A status has effects on the person, so it is no field: call {method}()."
    if status == "REVIEW":
        return "REVIEW is reached by the system only, the API refuses to set it."
    return f"A status is no field: there are {', '.join(f'{name}()' for name in _METHODS.values())}."


def checklist_item_body(label: object, field_type: object, given: Mapping[str, object]) -> dict[str, object]:
    """The body of a checklist item for one lead."""
    if not isinstance(label, str) or not label.strip():
        raise UsageError("label is what the person is asked for: give a text that is not empty.")
    fields = {"label": label, "field_type": field_type, **given}
    config = fields.pop("config", None)
    body = checked_body("createLeadChecklistItem", fields)
    return body | ({"config": _config(str(body["fieldType"]), config)} if "config" in given else {})


_STRING, _BOOLEAN, _NUMBER = ({"type": [name]} for name in ("string", "boolean", "number"))

_CONFIGS: Mapping[str, tuple[str, Mapping[str, Schema]]] = {
    "BANK_STATEMENT": ("months", {"months": _NUMBER, "gracePeriodDays": _NUMBER, "isPersonal": _BOOLEAN}),
    "ID": ("type", {"type": {"enum": ["DRIVERS_LICENSE", "PASSPORT"]}}),
    "NUMBER": ("", {"min": _NUMBER, "max": _NUMBER}),
    "SELECT": ("options", {"options": {"type": ["array"], "items": _STRING}}),
    "TAX_RETURN": ("years", {"years": _NUMBER, "isPersonal": _BOOLEAN}),
    "TEXT": ("", {"pattern": _STRING}),
}
"""For each field type the key that its config must have, and those it may have. Source: the page."""


def _config(field_type: str, config: Any) -> dict[str, object]:
    needed, schemas = _CONFIGS.get(field_type, ("", {}))
    if not is_a(config, Mapping) or config.keys() - schemas.keys() or (needed and needed not in config):
        known = (
            f"a dict with {', '.join(schemas)} (needed: {needed or 'none'})" if schemas else "nothing, so leave it out"
        )
        raise UsageError(f"The config of {field_type} is {known}.")
    checked = {str(key): checked_value(f"config.{key}", value, schemas[key]) for key, value in config.items()}
    if checked.get("options") == []:
        raise UsageError("config.options is empty, so there would be nothing to choose from.")
    if "min" in checked and "max" in checked and config["min"] > config["max"]:
        raise UsageError("config.min is more than config.max.")
    return checked
