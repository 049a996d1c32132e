"""What a person does to a sandbox by hand: a new lead, the next step of one, leads from a file."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from omni.sandbox._api._leads import create_lead
from omni.sandbox._api._requests import ApiRequest
from omni.sandbox._checklists import DONE, definition, items, label_of, required_items, update_status, write_value
from omni.sandbox._contract import check, contract, is_array, is_object, parse_json
from omni.sandbox._samples import complete_lead
from omni.sandbox._shapes import Json, documents_in
from omni.sandbox._webhooks import find_lead
from omni.sandbox._workspace import Workspace

# What a person may have filled in, by the type of the field; anything else gets a word.
_VALUES: dict[str, Any] = {
    "DATE": "2026-01-31",
    "EIN": "12-3456789",
    "EMAIL": "lead@example.com",
    "NUMBER": 25000,
    "PHONE": "+12025550100",
}
_FILE_SIZE = 48_213
_ARRAYS = ("checklistItems", "documents", "actionLogs")
_NO_LEAD = "The lead {!a} has not the shape of Get Lead ({})."


def invent_lead(workspace: Workspace, body: Json | None = None) -> str:
    """Create a lead as Create Lead does, and return its id. Raises ValueError if the API would refuse the body."""
    number = len(workspace.leads) + 1
    invented = {"firstName": "New", "lastName": f"Lead {number}", "email": f"new-{number}@example.com"}
    body = invented if body is None else body
    try:
        check(body, contract()["operations"]["createLead"]["body"]["schema"])
        created = create_lead(ApiRequest(workspace, {}, body, workspace.links.sign))
    except HTTPException as refusal:
        raise ValueError(refusal.detail) from refusal
    return str(created["lead"]["id"])


def advance_lead(workspace: Workspace, lead_id: str) -> str:
    """Do what comes next for a lead, as ``Sandbox.advance`` says."""
    lead = find_lead(workspace, lead_id)
    item = _next_item(lead)
    if item is None:
        return "Nothing is open: every item of this lead is completed."
    known, label = definition(item), label_of(item)
    if item.get("documents") is not None and item.get("status") != "NEEDS_REVIEW":
        filename = f"{known.get('code') or 'file'}.pdf"
        workspace.add_document(lead_id, filename, size=_FILE_SIZE, item_id=item["id"])
        return f"{filename} was received and extracted for {label}."
    is_reviewed = item.get("status") == "NEEDS_REVIEW"
    with workspace.announce_changes(lead):
        value = {} if is_reviewed else {"value": _VALUES.get(known.get("fieldType", ""), "Sample")}
        write_value(item, value | {"status": "COMPLETED"})
        workspace.imported[item["id"]] = workspace.now()
    workspace.log(lead, "MANUAL_UPDATE", f"{label} {'was approved' if is_reviewed else 'was filled in'}")
    update_status(lead)
    return f"{label} was {'approved' if is_reviewed else 'filled in'}."


def _next_item(lead: Json) -> Json | None:
    """The item that comes next: required before optional, and open ones before those that need a review."""
    required = required_items(lead)
    to_review = [item for item in required if item.get("status") == "NEEDS_REVIEW"]
    coming = [*_open(required), *to_review, *_open(items(lead))]
    return coming[0] if coming else None


def _open(among: list[Json]) -> list[Json]:
    return [item for item in among if item.get("status") not in DONE]


def seed(workspace: Workspace, leads: object) -> list[str]:
    """Add leads, as ``Sandbox.seed`` says; all or none."""
    if isinstance(leads, str | Path):
        try:
            leads = parse_json(Path(leads).read_bytes())
        except HTTPException as refusal:
            raise ValueError(f"The file is no JSON: {refusal.detail}") from refusal
    added = [_read_lead(lead) for lead in (leads if is_array(leads) else [leads])]
    for lead in added:
        workspace.store_lead(lead)
    return [str(lead["lead"]["id"]) for lead in added]


def _read_lead(sample: Any) -> Json:
    record = sample.get("lead") if is_object(sample) else None
    lead_id = record.get("id") if is_object(record) else None
    if not (isinstance(lead_id, str) and lead_id):
        raise ValueError('Each lead needs an id, as in {"lead": {"id": "lead-1"}}, in the shape of Get Lead.')
    try:
        lead = complete_lead(json.loads(json.dumps(sample)))
        is_readable = all(_is_objects(lead.get(key)) for key in _ARRAYS) and all(map(_is_document, documents_in(lead)))
        update_status(deepcopy(lead))  # reads what every write will read
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(_NO_LEAD.format(lead_id, type(error).__name__)) from error
    if not is_readable:
        raise ValueError(_NO_LEAD.format(lead_id, f"{', '.join(_ARRAYS)} are arrays of objects"))
    return lead


def _is_objects(value: Any) -> bool:
    return value is None or (is_array(value) and all(map(is_object, value)))


def _is_document(document: Json) -> bool:
    return {"id", "filename", "mimeType"} <= document.keys() and isinstance(document.get("size"), int)
