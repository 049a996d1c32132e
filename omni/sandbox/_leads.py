"""Leads: read, create, update, and add to their checklists."""

import re
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from omni.sandbox._checklists import add_one_off, chosen, items, reopen, settle, skip_open, write_item
from omni.sandbox._checks import FLAG, LIST, TEXT, TEXT_OR_NULL, TEXTS, Rule, body, check, word
from omni.sandbox._files import Links
from omni.sandbox._samples import BLANK_LEAD, Answer, blank_checklist, many
from omni.sandbox._workspace import Workspace

# Whether a null clears a field is not documented: the sandbox stores it.
_COPIED = dict.fromkeys(("firstName", "lastName", "businessName", "email", "externalLeadId"), TEXT_OR_NULL)
# Middle name and time zone are accepted, and are in no documented answer.
_CREATE: dict[str, Rule] = {
    **_COPIED,
    **dict.fromkeys(("phoneNumber", "middleName", "timezone"), TEXT_OR_NULL),
    "assigneeType": word("agent", "manual"),
    "didOptOut": FLAG,
    "emailVerified": FLAG,
    "checklistItems": LIST,
    "tags": TEXTS,
}
_UPDATE: dict[str, Rule] = {
    **_CREATE,
    "leadId": TEXT,
    "status": word("COMPLETED", "IN_PROGRESS", "NOT_INTERESTED", "OPTED_OUT"),
}
_NOT_WRITTEN_BACK = {"isTest", "submittedAt", "workspaceId"}


class Leads:
    """The operations on leads."""

    def __init__(self, workspace: Workspace, links: Links) -> None:
        self.workspace = workspace
        self.links = links

    async def get_lead(self, request: Request) -> Response:
        lead = dict(self._asked(request))
        if lead.get("actionLogs"):
            lead["actionLogs"] = lead["actionLogs"][:100]
        if lead.get("matchingLeads") is not None:
            lead["matchingLeads"] = self._matching(lead["lead"])
        return self.links.answer(request, lead)

    async def get_lead_checklist(self, request: Request) -> Response:
        return self.links.answer(request, many(self._asked(request), "checklistItems"))

    async def get_lead_action_logs(self, request: Request) -> Response:
        return self.links.answer(request, many(self._asked(request), "actionLogs"))

    async def create_lead(self, request: Request) -> Response:
        given = await body(request)
        check(given, _CREATE | {"firstName": TEXT}, required=("firstName",))
        lead_id, now = str(uuid4()), self.workspace.now()
        record = {"id": lead_id, **BLANK_LEAD, **dict.fromkeys([*_COPIED, "phoneNumber"]), "createdAt": now}
        lead = {"lead": record, "status": "IN_PROGRESS", "checklistItems": blank_checklist(lead_id), "documents": []}
        self._write(lead | {"actionLogs": [], "matchingLeads": []}, given, "Lead created")
        return self._written(request, lead_id)

    async def update_lead(self, request: Request) -> Response:
        given = await body(request)
        check(given, _UPDATE, required=("leadId",))
        if {"status", "didOptOut"} <= given.keys() and given["didOptOut"] != (given["status"] == "OPTED_OUT"):
            raise HTTPException(400, "status and didOptOut contradict each other.")
        self._write(self.workspace.lead(given["leadId"]), given, "Lead updated")
        return self._written(request, given["leadId"])

    async def create_lead_checklist_item(self, request: Request) -> Response:
        lead, item_id, now = self._asked(request), str(uuid4()), self.workspace.now()
        item = add_one_off(lead, await body(request), item_id, now)
        settle(lead)
        return self.links.answer(request, {"success": True, "checklistItem": item})

    def _asked(self, request: Request) -> Answer:
        return self.workspace.lead(request.path_params["lead_id"])

    def _matching(self, record: Answer) -> list[Answer]:
        others = [] if record.get("isTest") else [lead["lead"] for lead in self.workspace.leads.values()]
        shared = {record.get("phoneNumber"), record.get("email")} - {None, ""}
        return [
            {"id": other["id"]}
            for other in others
            if other["id"] != record["id"] and {other.get("phoneNumber"), other.get("email")} & shared
        ]

    def _write(self, lead: Answer, given: Answer, summary: str) -> None:
        writes = chosen(items(lead), given.get("checklistItems", []))
        # From here on nothing is refused: a request is carried out as a whole or not at all.
        now, status = self.workspace.now(), given.get("status")
        for item, value in writes:
            write_item(item, value)
            self.workspace.imported[item["id"]] = now
            self.workspace.skipped.pop(item["id"], None)
        if status == "COMPLETED":
            skip_open(lead, self.workspace.skipped)
        if status == "IN_PROGRESS":
            reopen(lead, self.workspace.skipped)
        lead["lead"].update(_changes(lead["lead"], given, now), updatedAt=now)
        self.workspace.leads[lead["lead"]["id"]] = lead
        self.workspace.log(lead, "API_ACTIVITY", summary)
        settle(lead, status)

    def _written(self, request: Request, lead_id: str) -> Response:
        lead = self.workspace.leads[lead_id]
        record = {name: value for name, value in lead["lead"].items() if name not in _NOT_WRITTEN_BACK}
        # What follows the checklist in this answer is not documented.
        answer = {"success": True, "lead": record, "checklistItems": many(lead, "checklistItems")}
        return self.links.answer(request, answer)


def _changes(record: Answer, given: Answer, now: str) -> Answer:
    changes = {name: given[name] for name in _COPIED if name in given}
    if "phoneNumber" in given:
        changes["phoneNumber"] = _e164(given["phoneNumber"])
    if "assigneeType" in given:
        # What `agent` reads as is not documented.
        changes["assigneeType"] = "HUMAN_AGENT" if given["assigneeType"] == "manual" else None
    if "tags" in given:
        # Compared without case: of several spellings, the last.
        changes["tags"] = list({tag.casefold(): tag for tag in given["tags"]}.values())
    if given.get("emailVerified"):
        changes["emailVerifiedAt"] = now
    opts_out = given.get("didOptOut", given.get("status") == "OPTED_OUT" or record.get("didOptOut"))
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
