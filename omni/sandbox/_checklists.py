"""Checklists, and the status of a lead that follows from its checklist. Plain functions that change a stored lead."""

import re
from typing import Any

from starlette.exceptions import HTTPException

from omni.sandbox._checks import ANYTHING, FLAG, NUMBER, OBJECT, TEXT, TEXTS, Rule, check, word
from omni.sandbox._samples import Answer, many, new_item, scheduling

_DONE = {"COMPLETED", "SKIPPED", "NEEDS_REVIEW"}
_WAITING = {"PENDING", "AWAITING_APPROVAL"}
# That what is stopped then reads CANCELLED is inferred.
_STOPPED = {"OPTED_OUT": {"MESSAGE", "FOLLOW_UP_MESSAGE"}, "NOT_INTERESTED": {"FOLLOW_UP_MESSAGE"}}

_VALUE: dict[str, Rule] = {
    "code": TEXT,
    "value": ANYTHING,
    "status": word("TODO", "COMPLETED", "INVALID", "SKIPPED", "NEEDS_REVIEW"),
}
# A code and validation rules can be given too, under names that are not documented.
_ONE_OFF: dict[str, Rule] = {
    "label": TEXT,
    "fieldType": TEXT,
    "config": OBJECT,
    "isRequired": FLAG,
    "agentInstructions": TEXT,
    "clientInstructions": TEXT,
}
_CONFIG: dict[str, dict[str, Rule]] = {
    "BANK_STATEMENT": {"months": NUMBER, "gracePeriodDays": NUMBER, "isPersonal": FLAG},
    "DATE": {},
    "EIN": {},
    "EMAIL": {},
    "FILE": {},
    "ID": {"type": word("DRIVERS_LICENSE", "PASSPORT")},
    "NUMBER": {"min": NUMBER, "max": NUMBER},
    "PHONE": {},
    "SELECT": {"options": TEXTS},
    "TAX_RETURN": {"years": NUMBER, "isPersonal": FLAG},
    "TEXT": {"pattern": TEXT},
}
_CONFIG_NEEDS = {"BANK_STATEMENT": ("months",), "ID": ("type",), "SELECT": ("options",), "TAX_RETURN": ("years",)}


def items(lead: Answer) -> list[Answer]:
    """Return the checklist items of a lead, of all groups."""
    return [item for group in many(lead, "checklistItems") for item in many(group, "items")]


def definition(item: Answer) -> Answer:
    """Return what an item says of itself, which is nothing for one that lacks it."""
    described: Answer = item.get("checklistItem") or {}
    return described


def find_item(lead: Answer, item_id: str) -> Answer:
    """Return the item with this id, or refuse."""
    for item in items(lead):
        if item["id"] == item_id:
            return item
    raise HTTPException(400, "This lead has no such checklist item.")


def chosen(checklist: list[Answer], given: list[Any]) -> list[tuple[Answer, Answer]]:
    """Return each given value with the item of its code, or refuse.

    What the API does with an unknown code is not documented; to refuse it is the strict choice.
    """
    by_code = {definition(item).get("code"): item for item in checklist}
    for value in given:
        check(value, _VALUE, required=("code",), name="A checklist item")
        if value["code"] not in by_code:
            raise HTTPException(400, f"There is no checklist item {value['code']}.")
    return [(by_code[value["code"]], value) for value in given]


def write_item(item: Answer, given: Answer) -> None:
    """Write a value and a status; the status that a value has when none is given is not documented."""
    if "value" in given:
        item["value"] = given["value"]
        item["status"] = "TODO" if given["value"] is None else "COMPLETED"
    item["status"] = given.get("status", item.get("status"))


def settle(lead: Answer, asked: str | None = None) -> None:
    """Compute the status of a lead that was written to, and stop the messages that this status stops."""
    if lead["lead"].get("didOptOut"):
        lead["status"] = "OPTED_OUT"
    elif (asked or lead.get("status")) == "NOT_INTERESTED":
        lead["status"] = "NOT_INTERESTED"
    else:
        lead["status"] = _computed(lead)
    logs = many(lead, "actionLogs")
    for log in logs:
        if log["status"] in _WAITING and log["type"] in _STOPPED.get(lead["status"], ()):
            log["status"] = "CANCELLED"
    lead.update(scheduling(logs))


def _computed(lead: Answer) -> str:
    required = [item.get("status") for item in items(lead) if definition(item).get("isRequired")]
    if not _DONE.issuperset(required):
        return "IN_PROGRESS"
    # What makes a lead REVIEW is not documented; that such an item does is inferred.
    return "REVIEW" if "NEEDS_REVIEW" in required else "COMPLETED"


def skip_open(lead: Answer, skipped: dict[str, Any]) -> None:
    """Skip every required item that is still open, and remember its status."""
    for item in items(lead):
        if definition(item).get("isRequired") and item.get("status") not in _DONE:
            skipped[item["id"]], item["status"] = item.get("status"), "SKIPPED"


def reopen(lead: Answer, skipped: dict[str, Any]) -> None:
    """Undo the skips that are remembered."""
    for item in items(lead):
        if item["id"] in skipped:
            item["status"] = skipped.pop(item["id"])


def add_one_off(lead: Answer, given: Any, item_id: str, created: str) -> Answer:
    """Add an item to one lead's checklist, and return it as the API answers it.

    Which id the answer has is not documented: here it is the one that uploads take. Nor is the group that it joins.
    """
    _check_one_off(given)
    code = re.sub(r"[\W_]+", "_", given["label"]).strip("_").upper() or "ITEM"
    # The scope of "unique" and the status of a clash are not documented.
    if code in {definition(item).get("code") for item in items(lead)}:
        raise HTTPException(400, f"This lead has an item {code} already.")
    known = {"code": code, "label": given["label"], "fieldType": given["fieldType"]}
    known["isRequired"] = given.get("isRequired", True)
    item = new_item(item_id, f"ci-{item_id}", known)
    groups = lead["checklistItems"] = many(lead, "checklistItems")
    if not (groups and groups[-1]["name"] == "Additional"):
        groups.append({"id": f"group-{item_id}", "name": "Additional", "conditions": None, "items": []})
    groups[-1]["items"].append(item)
    answer = {"id": item_id, "leadId": lead["lead"]["id"], **known, "status": item["status"]}
    answer |= {name: given.get(name) for name in ("agentInstructions", "clientInstructions")}
    return answer | {"createdAt": created}


def _check_one_off(given: Any) -> None:
    check(given, _ONE_OFF, required=("label", "fieldType"))
    field_type = given["fieldType"]
    if field_type not in _CONFIG:
        raise HTTPException(400, f"fieldType must be one of {', '.join(_CONFIG)}.")
    if "config" in given:
        needs = _CONFIG_NEEDS.get(field_type, ())
        check(given["config"], _CONFIG[field_type], required=needs, name=f"The config of {field_type}")
