"""The payloads of events in their newest documented shape, made from what a workspace has stored.

`signedUrl` is null in them: links are made when a payload is sent.
"""

from typing import Any, Protocol

from omni.sandbox._checklists import definition, items, validation_rule
from omni.sandbox._contract import contract
from omni.sandbox._files import Links
from omni.sandbox._shapes import Json

_FIELDS = ("firstName", "middleName", "lastName", "phoneNumber", "email", "businessName", "website")
_MATCHED = ("label", "leadChecklistItemId")
_DOCUMENT = ("id", "filename", "mimeType", "size")

OUTCOMES = ("extracted", "not_recognised", "refused", "failed")
"""How the extraction of a document can end."""

# The list of the first event lacks one type, that of the second the portal's too: such logs send nothing.
_ANNOUNCED = [name for name in contract()["schemas"]["ActionLogType"]["enum"] if name != "API_ACTIVITY"]
LOG_TYPES = {"COMPLETED": _ANNOUNCED, "FAILED": [name for name in _ANNOUNCED if not name.startswith("PORTAL_")]}


class Store(Protocol):
    """What payloads need of a workspace, whose module imports this one."""

    leads: dict[str, Json]
    documents: dict[str, Json]
    imported: dict[str, str]
    external_ids: dict[str, Any]
    middle_names: dict[str, Any]
    links: Links

    def now(self) -> str: ...

    def log(self, lead: Json, type: str, summary: str, *, status: str, messages: list[Json]) -> str: ...


def lead_data(store: Store, lead: Json) -> Json:
    """Return all that events of a lead can say of it."""
    record = lead["lead"] | {"middleName": store.middle_names.get(lead["lead"]["id"])}
    return {
        "leadId": record["id"],
        "externalId": record.get("externalLeadId"),
        **{name: record.get(name) for name in (*_FIELDS, "source")},
        "checklistItems": [_item(store, item, record) for item in items(lead)],
    }


def lead_created(data: Json) -> Json:
    """Return the event of a new lead."""
    return {"event": "lead.created", "data": {name: data[name] for name in data if name != "checklistItems"}}


def lead_completed(data: Json) -> Json:
    """Return the event of a lead whose required items are all there."""
    return {"event": "lead.completed", "data": data}


def lead_updated(before: Json, after: Json) -> Json | None:
    """Return the event of a change, with only what changed; None if that is nothing that events announce.

    Status, tags, opt-out and assignee are not among the documented fields. What a status set by request sends is not
    documented: here COMPLETED announces the items that it skips, as items that changed.
    """
    known = [_without_time(item) for item in before["checklistItems"]]
    changed = [item for item in after["checklistItems"] if _without_time(item) not in known]
    data = {name: after[name] for name in _FIELDS if after[name] != before[name]}
    data |= {"checklistItems": changed} if changed else {}
    always = {name: after[name] for name in ("leadId", "externalId")}
    return {"event": "lead.updated", "data": always | data} if data else None


def action_log_ended(lead: Json, log: Json) -> Json | None:
    """Return the event of an action that is completed or failed; None if events do not announce its type."""
    if log["type"] not in LOG_TYPES[log["status"]]:
        return None
    is_failed = log["status"] == "FAILED"
    names = ("id", "type", "status", "summary", "input", "output", "messages", "completedAt")
    # Only the event of a failure has these. No response has the id of an agent: this one is invented.
    failure = {"error": log.get("error"), "agentId": "agent-sandbox", "tool": log.get("tool")} if is_failed else {}
    ended = {name: log.get(name) for name in names} | failure | {"leadId": lead["lead"]["id"]}
    return {
        "event": f"action_log.{log['status'].lower()}",
        "workspaceId": lead["lead"].get("workspaceId"),
        "actionLog": ended,
    }


def document_received(store: Store, lead: Json, document_id: str) -> Json:
    """Return the event of a document that came in."""
    record = store.documents[document_id]
    return {
        "event": "document.received",
        "workspaceId": record["workspaceId"],
        "document": {
            **{name: record[name] for name in (*_DOCUMENT, "leadId", "createdAt", "signedUrl")},
            **_external_ids(store, lead, document_id),
            # Documents of the sandbox come by upload, so in no message.
            "messageId": None,
            "metadata": None,
        },
    }


def document_extracted(
    store: Store, lead: Json, document_id: str, *, outcome: str, item: Json | None, action_id: str | None = None
) -> Json:
    """Return the event of a document that was read, with the item that it was matched to.

    The page's samples of success and failure were not seen, and its texts are in no enum: they are inventions.
    """
    is_matched = item is not None and outcome != "not_recognised"
    match = _match(item, is_refused=outcome == "refused") if item and is_matched else None
    value = {"value": store.documents[document_id]["filename"]}
    found = [{name: match[name] for name in _MATCHED} | value] if match and outcome == "extracted" else []
    return {
        "event": "document.extracted",
        "workspaceId": lead["lead"].get("workspaceId"),
        "leadId": lead["lead"]["id"],
        "documentId": document_id,
        **_external_ids(store, lead, document_id),
        # Extraction that a refusal stopped is completed too: only one that broke is not.
        "status": "failed" if outcome == "failed" else "completed",
        **({"parentActionId": action_id} if action_id else {}),
        "summary": None if outcome == "failed" else "A file of the sandbox.",
        "type": match and str(match["fieldType"]).replace("_", " ").title(),
        "classification": {
            "noMatchedItemReason": None if match or outcome == "failed" else "It fits none of the items.",
            "matchedChecklistItems": [match] if match else [],
        },
        "extractionResult": {"items": found, "extractedCount": len(found)},
    }


def _item(store: Store, item: Json, record: Json) -> Json:
    entry: Json = {
        "checklistItemId": item.get("checklistItemId"),
        "checklistItemCode": definition(item).get("code"),
        "value": item.get("value"),
        "alternateValues": item.get("alternateValues") or [],
        "status": item.get("status"),
        "updatedAt": store.imported.get(item["id"]) or record.get("updatedAt"),
    }
    if item.get("documents") is not None:
        entry["documents"] = [_item_document(store, item, document) for document in item["documents"]]
    return entry


def _item_document(store: Store, item: Json, document: Json) -> Json:
    # What a rule has besides these two keys was not seen, nor the names of the keys of an S3 integration.
    rule = {name: validation_rule(item)[name] for name in ("isValid", "ruleName")}
    verdict = {"overallValid": rule["isValid"], "otherNotes": None, "validationResults": [rule]}
    return {
        "documentId": document["id"],
        "externalId": store.external_ids.get(document["id"]),
        **{name: document[name] for name in _DOCUMENT if name != "id"},
        "validationResult": {"documentId": document["id"], **verdict},
    }


def _match(item: Json, *, is_refused: bool) -> Json:
    known = definition(item)
    return {
        "checklistItemCode": known.get("code"),
        "fieldType": known.get("fieldType"),
        "label": known.get("label"),
        "leadChecklistItemId": item["id"],
        # The counterpart of `invalid` was not seen; null is what it is where no rules ran.
        "validation": {"status": "invalid", "reasons": ["The pages are blurred."]} if is_refused else None,
    }


def _external_ids(store: Store, lead: Json, document_id: str) -> Json:
    return {"externalId": store.external_ids.get(document_id), "externalLeadId": lead["lead"].get("externalLeadId")}


def _without_time(item: Json) -> Json:
    return item | {"updatedAt": None}
