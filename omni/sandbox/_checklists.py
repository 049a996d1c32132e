"""Checklists, and the status of a lead that follows from its checklist: functions that change a stored lead."""

import re
from typing import Any

from starlette.exceptions import HTTPException

from omni.sandbox._contract import Schema, check
from omni.sandbox._shapes import Json, new_item, objects

DONE = {"COMPLETED", "SKIPPED", "NEEDS_REVIEW"}
_WAITING = {"PENDING", "AWAITING_APPROVAL"}
# Which messages a status stops; that these then read CANCELLED is inferred.
_STOPPED = {"OPTED_OUT": {"MESSAGE", "FOLLOW_UP_MESSAGE"}, "NOT_INTERESTED": {"FOLLOW_UP_MESSAGE"}}

_NUMBER, _BOOLEAN, _STRING = ({"type": [name]} for name in ("number", "boolean", "string"))
# The contract has the config of a field type in a description only.
_CONFIGS: dict[str, dict[str, Schema]] = {
    "BANK_STATEMENT": {"months": _NUMBER, "gracePeriodDays": _NUMBER, "isPersonal": _BOOLEAN},
    "ID": {"type": {"enum": ["DRIVERS_LICENSE", "PASSPORT"]}},
    "NUMBER": {"min": _NUMBER, "max": _NUMBER},
    "SELECT": {"options": {"type": ["array"], "items": _STRING}},
    "TAX_RETURN": {"years": _NUMBER, "isPersonal": _BOOLEAN},
    "TEXT": {"pattern": _STRING},
}
_REQUIRED_CONFIG = {"BANK_STATEMENT": "months", "ID": "type", "SELECT": "options", "TAX_RETURN": "years"}


def items(lead: Json) -> list[Json]:
    """Return the checklist items of a lead, of all groups."""
    return [item for group in objects(lead, "checklistItems") for item in objects(group, "items")]


def definition(item: Json) -> Json:
    """Return the definition of an item, which is empty if the item has none."""
    return dict(item.get("checklistItem") or {})


def label_of(item: Json) -> str:
    """Return what a person calls an item."""
    known = definition(item)
    return str(known.get("label") or known.get("code") or item["id"])


def required_items(lead: Json) -> list[Json]:
    """Return the items that a lead cannot do without."""
    return [item for item in items(lead) if definition(item).get("isRequired")]


def find_item(lead: Json, item_id: str) -> Json:
    """Return the item with this id, or refuse."""
    for item in items(lead):
        if item["id"] == item_id:
            return item
    raise HTTPException(400, "This lead has no such checklist item.")


def match_codes(lead: Json, values: list[Json]) -> list[tuple[Json, Json]]:
    """Return each value of a request with the item of its code, or refuse.

    What the API does with an unknown code is not documented: to refuse it is the strict choice.
    """
    by_code = {definition(item).get("code"): item for item in items(lead)}
    for value in values:
        if value["code"] not in by_code:
            raise HTTPException(400, f"There is no checklist item {value['code']}.")
    return [(by_code[value["code"]], value) for value in values]


def write_value(item: Json, value: Json) -> None:
    """Write a value and a status; which status a value without one gets is not documented."""
    if "value" in value:
        item["value"] = value["value"]
        item["status"] = "TODO" if value["value"] is None else "COMPLETED"
    item["status"] = value.get("status", item.get("status"))


def attach(document: Json, item: Json) -> None:
    """Add a document to an item, which completes it."""
    matched = {"leadChecklistItemId": item["id"], "label": definition(item).get("label")}
    document["metadata"] = {"extractionStatus": "completed", "Matched checklist items": [matched]}
    item["documents"] = [*objects(item, "documents"), document]
    item["status"] = "COMPLETED"


def validation_rule(item: Json) -> Json:
    """Return what the only rule for files of the sandbox says of those of an item."""
    is_valid = item.get("status") != "INVALID"
    reason = "Every page is sharp." if is_valid else "The pages are blurred."
    return {"isValid": is_valid, "ruleName": "Must be readable", "isValidReason": reason}


def is_complete(lead: Json) -> bool:
    """Return whether all required items are what lead.completed asks for; a lead without any is not."""
    required = {item.get("status") for item in required_items(lead)}
    return bool(required) and required <= {"COMPLETED", "NEEDS_REVIEW"}


def update_status(lead: Json, requested: str | None = None) -> None:
    """Compute the status of a lead after a write, stop the messages that it stops, and find what comes next."""
    if lead["lead"].get("didOptOut"):
        lead["status"] = "OPTED_OUT"
    elif (requested or lead.get("status")) == "NOT_INTERESTED":
        lead["status"] = "NOT_INTERESTED"
    else:
        lead["status"] = _status_of_items(lead)
    logs = objects(lead, "actionLogs")
    for log in logs:
        if log["status"] in _WAITING and log["type"] in _STOPPED.get(lead["status"], ()):
            log["status"] = "CANCELLED"
    sent = (log for log in logs if log["status"] == "COMPLETED" and _is_outbound(log))
    pending = (log for log in logs if log["status"] == "PENDING" and log["type"] == "FOLLOW_UP_MESSAGE")
    drafts = (log for log in logs if log["status"] == "AWAITING_APPROVAL")
    # The documentation adds "including associated tool calls" to the last action, but not under which key.
    lead |= {"lastAction": next(sent, None), "nextFollowUp": next(pending, None), "nextDraft": next(drafts, None)}


def skip_open_items(lead: Json, skipped: dict[str, Any]) -> None:
    """Skip every required item that is still open, and remember its status."""
    for item in required_items(lead):
        if item.get("status") not in DONE:
            skipped[item["id"]], item["status"] = item.get("status"), "SKIPPED"


def reopen_skipped_items(lead: Json, skipped: dict[str, Any]) -> None:
    """Restore the status of the items that were skipped so."""
    for item in items(lead):
        if item["id"] in skipped:
            item["status"] = skipped.pop(item["id"])


def add_item(lead: Json, body: Json, item_id: str, created_at: str) -> Json:
    """Add a one-off item to the checklist of a lead, and return it as the response has it.

    Which id the response has is not documented: here it is the one that uploads take. Nor is the group of the item.
    """
    _check_config(body)
    code = re.sub(r"[\W_]+", "_", body["label"]).strip("_").upper() or "ITEM"
    # How far a code is unique, and the status of a clash, are not documented.
    if code in {definition(item).get("code") for item in items(lead)}:
        raise HTTPException(400, f"This lead has an item {code} already.")
    known = {"code": code, "label": body["label"], "fieldType": body["fieldType"]}
    known["isRequired"] = body.get("isRequired", True)
    groups = lead["checklistItems"] = objects(lead, "checklistItems")
    if not (groups and groups[-1]["name"] == "Additional"):
        groups.append({"id": f"group-{item_id}", "name": "Additional", "conditions": None, "items": []})
    groups[-1]["items"].append(new_item(item_id, f"ci-{item_id}", known))
    instructions = {name: body.get(name) for name in ("agentInstructions", "clientInstructions")}
    return {
        "id": item_id,
        "leadId": lead["lead"]["id"],
        **known,
        "status": "TODO",
        **instructions,
        "createdAt": created_at,
    }


def _check_config(body: Json) -> None:
    field_type = body["fieldType"]
    required = [_REQUIRED_CONFIG[field_type]] if field_type in _REQUIRED_CONFIG else []
    if "config" in body:
        check(body["config"], {"properties": _CONFIGS.get(field_type, {}), "required": required}, "config")


def _status_of_items(lead: Json) -> str:
    required = [item.get("status") for item in required_items(lead)]
    if not DONE.issuperset(required):
        return "IN_PROGRESS"
    # What makes a lead REVIEW is not documented; that such an item does is inferred.
    return "REVIEW" if "NEEDS_REVIEW" in required else "COMPLETED"


def _is_outbound(log: Json) -> bool:
    return any(message["direction"] == "OUTBOUND" for message in objects(log, "messages"))
