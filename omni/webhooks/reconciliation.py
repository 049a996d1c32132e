"""Catching up: events made from what the API says now, for those that were never delivered.

The service gives up after its last retry and has no list of events. Analytics lists the leads, Get Lead tells their
state. A lead is passed over whose ``updatedAt`` is older; that whatever happens to a lead changes it, is inferred.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from omni._operations.contract import contract
from omni._sync.client import Client
from omni._views.action_logs import ActionLog
from omni._views.analytics import LeadFigures
from omni._views.checklists import ChecklistItem, Document
from omni._views.event import RECONCILED, Event
from omni._views.json_values import as_dict, resembles
from omni._views.leads import Lead
from omni.errors import NotFoundError
from omni.webhooks.parsing import parse

NOT_FOUND = (
    "what changed in a lead, why an extraction failed, the extraction of a file that had come before, action logs"
    " beyond the newest 100 of a lead, test leads and deleted leads"
)
"""What the API does not tell any more, so that no event can be made of it."""

_NO_EVENT = frozenset({"API_ACTIVITY"})  # what this API itself did; in neither list of types of the webhook pages
_FINISHED = frozenset({"COMPLETED", "FAILED"})


def iter_events(
    client: Client, figures: LeadFigures, since: datetime, is_extracted_known: Callable[[str], bool], pause: float
) -> Iterator[Event]:
    """The events of one lead since a time, as far as the API still tells; none if the lead is gone.

    ``is_extracted_known`` says of a document whether an event of its extraction came: such an event cannot be made
    again with the key that it had. ``pause`` is waited before each request.
    """
    time.sleep(pause)
    try:
        lead = client.leads.get(figures.lead_id)
    except NotFoundError:
        return
    if (lead.updated_at or since) < since:
        return
    if _is_since(since, lead.created_at):
        yield _make_event("lead.created", data=_make_data(lead))
    for item_document in lead.documents:
        time.sleep(pause)
        try:
            document = client.documents.get(item_document.id)  # a list does not say when a file came
        except NotFoundError:
            continue
        if _is_since(since, document.created_at):
            yield _make_received(lead, document)
            if resembles(item_document.extraction_status, "completed") and not is_extracted_known(document.id):
                yield _make_extracted(lead, item_document)
    for log in lead.action_logs:
        if log.status in _FINISHED and log.type not in _NO_EVENT and _is_since(since, log.completed_at):
            yield _make_action_log(lead, log)
    if _is_since(since, figures.completed_at):
        yield _make_event(
            "lead.completed", data={**_make_data(lead), "checklistItems": [_make_item(i) for i in lead.iter_items()]}
        )


def _is_since(since: datetime, at: datetime | None) -> bool:
    return at is not None and at >= since


def _make_event(name: str, **content: Any) -> Event:
    return parse({"event": name, **content, RECONCILED: True})


def _make_data(lead: Lead) -> dict[str, Any]:
    record = as_dict(lead.to_dict().get("lead"))
    fields = contract()["schemas"]["LeadCreatedData"]["properties"]
    return {name: record.get(name) for name in fields} | {"leadId": lead.id, "externalId": lead.external_lead_id}


def _make_item(item: ChecklistItem) -> dict[str, Any]:
    raw = item.to_dict()
    found: dict[str, Any] = {"checklistItemId": item.definition_id, "checklistItemCode": item.code}
    found |= {name: raw.get(name) for name in ("value", "alternateValues", "status")}
    if item.is_file:
        found["documents"] = [
            {"documentId": each.id, **{name: each.to_dict().get(name) for name in ("filename", "mimeType", "size")}}
            for each in item.documents
        ]
    return found


def _make_received(lead: Lead, document: Document) -> Event:
    raw = document.to_dict()
    found = {name: raw.get(name) for name in ("id", "filename", "signedUrl", "size", "mimeType", "createdAt")}
    found |= {"leadId": lead.id, "externalLeadId": lead.external_lead_id}
    return _make_event("document.received", document=found, workspaceId=document.workspace_id)


def _make_extracted(lead: Lead, document: Document) -> Event:
    definitions = {item.id: item for item in lead.iter_items()}
    refused = {each.item_id for each in document.validations if each.is_valid is False}
    matched: list[dict[str, Any]] = []
    for each in document.matched_items:
        item = definitions.get(each.item_id or "")
        matched.append(
            {
                "leadChecklistItemId": each.item_id,
                "label": each.label,
                "checklistItemCode": item and item.code,
                "fieldType": item and item.field_type,
                "validation": {"status": "invalid", "reasons": []} if each.item_id in refused else None,
            }
        )
    return _make_event(
        "document.extracted",
        leadId=lead.id,
        externalLeadId=lead.external_lead_id,
        documentId=document.id,
        status="completed",
        classification={"noMatchedItemReason": None, "matchedChecklistItems": matched},
    )


def _make_action_log(lead: Lead, log: ActionLog) -> Event:
    name = "action_log.completed" if log.status == "COMPLETED" else "action_log.failed"
    return _make_event(name, actionLog={**log.to_dict(), "leadId": lead.id}, workspaceId=lead.workspace_id)
