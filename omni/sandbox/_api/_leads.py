"""The operations on leads: read, create, update, and add to their checklists."""

import re
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException

from omni.sandbox import _checklists
from omni.sandbox._api._requests import ApiRequest
from omni.sandbox._shapes import Json, lead_fields, new_lead, objects
from omni.sandbox._workspace import Workspace

_NOT_IN_WRITE_RESPONSES = {"isTest", "submittedAt", "workspaceId"}


def get_lead(request: ApiRequest) -> Json:
    lead = dict(request.lead)
    if lead.get("actionLogs"):
        lead["actionLogs"] = lead["actionLogs"][:100]
    if lead.get("matchingLeads") is not None:
        lead["matchingLeads"] = _matching_leads(request.workspace, lead["lead"])
    return lead


def get_lead_checklist(request: ApiRequest) -> list[Json]:
    return objects(request.lead, "checklistItems")


def get_lead_action_logs(request: ApiRequest) -> list[Json]:
    return objects(request.lead, "actionLogs")


def create_lead(request: ApiRequest) -> Json:
    lead_id, now = str(uuid4()), request.workspace.now()
    return _write(request, new_lead({"id": lead_id, "createdAt": now}, lead_id), "Lead created")


def update_lead(request: ApiRequest) -> Json:
    body = request.body
    if {"status", "didOptOut"} <= body.keys() and body["didOptOut"] != (body["status"] == "OPTED_OUT"):
        raise HTTPException(400, "status and didOptOut contradict each other.")
    return _write(request, request.workspace.lead(body["leadId"]), "Lead updated")


def create_lead_checklist_item(request: ApiRequest) -> Json:
    # Whether a new item is announced is not documented: here it is an item that changed.
    with request.workspace.announce_changes(request.lead):
        item = _checklists.add_item(request.lead, request.body, str(uuid4()), request.workspace.now())
    _checklists.update_status(request.lead)
    return {"success": True, "checklistItem": item}


def _matching_leads(workspace: Workspace, record: Json) -> list[Json]:
    others = [] if record.get("isTest") else [lead["lead"] for lead in workspace.leads.values()]
    contacts = {record.get("phoneNumber"), record.get("email")} - {None, ""}
    return [
        {"id": other["id"]}
        for other in others
        if other["id"] != record["id"] and {other.get("phoneNumber"), other.get("email")} & contacts
    ]


def _write(request: ApiRequest, lead: Json, summary: str) -> Json:
    workspace, body = request.workspace, request.body
    values = _checklists.match_codes(lead, body.get("checklistItems", []))
    # From here on nothing is refused: a request is carried out as a whole or not at all.
    with workspace.announce_changes(lead):
        _change(workspace, lead, body, values)
    workspace.log(lead, "API_ACTIVITY", summary)
    _checklists.update_status(lead, body.get("status"))
    record = {name: value for name, value in lead["lead"].items() if name not in _NOT_IN_WRITE_RESPONSES}
    # What follows the checklist in this response is not documented.
    return {"success": True, "lead": record, "checklistItems": objects(lead, "checklistItems")}


def _change(workspace: Workspace, lead: Json, body: Json, values: list[tuple[Json, Json]]) -> None:
    now, status = workspace.now(), body.get("status")
    for item, value in values:
        _checklists.write_value(item, value)
        workspace.imported[item["id"]] = now
        workspace.skipped.pop(item["id"], None)
    if status == "COMPLETED":
        _checklists.skip_open_items(lead, workspace.skipped)
    if status == "IN_PROGRESS":
        _checklists.reopen_skipped_items(lead, workspace.skipped)
    lead["lead"].update(_changes(lead["lead"], body, now), updatedAt=now)
    if "middleName" in body:
        workspace.middle_names[lead["lead"]["id"]] = body["middleName"]
    workspace.leads[lead["lead"]["id"]] = lead


def _changes(record: Json, body: Json, now: str) -> Json:
    # Middle name and time zone are in no documented response; only events have the former. Whether a null clears a
    # field is not documented: it is stored here.
    changes = {name: body[name] for name in lead_fields() if name in body}
    if "phoneNumber" in body:
        changes["phoneNumber"] = _e164(body["phoneNumber"])
    if "assigneeType" in body:
        # How `agent` reads in a response is not documented.
        changes["assigneeType"] = "HUMAN_AGENT" if body["assigneeType"] == "manual" else None
    if "tags" in body:
        # Compared without case: of several spellings, the last.
        changes["tags"] = list({tag.casefold(): tag for tag in body["tags"]}.values())
    if body.get("emailVerified"):
        changes["emailVerifiedAt"] = now
    opts_out = body.get("didOptOut", body.get("status") == "OPTED_OUT" or record.get("didOptOut"))
    if opts_out != record.get("didOptOut"):
        changes |= {"didOptOut": opts_out, "optOutAt": now if opts_out else None}
    return changes


def _e164(phone: Any) -> Any:
    """Return a phone number as E.164; what happens to one that cannot be read is not documented: it stays."""
    digits = re.sub(r"[^0-9]", "", phone or "")
    if len(digits) == 10 and "+" not in phone:
        return f"+1{digits}"
    if 8 <= len(digits) <= 15 and (phone.strip().startswith("+") or (len(digits), digits[0]) == (11, "1")):
        return f"+{digits}"
    return phone
