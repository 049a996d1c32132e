"""The JSON objects that responses are made of: new ones, what is read out of them, and old shapes."""

import json
from collections.abc import Iterator
from importlib.resources import files
from mimetypes import guess_type
from typing import Any, TypeAlias

from omni.sandbox._contract import contract, is_array, is_object

Json: TypeAlias = dict[str, Any]

_FILE_TYPES = {"BANK_STATEMENT", "FILE", "ID", "TAX_RETURN"}

_FLAT_LOG = ("id", "type", "status", "summary", "scheduledAt", "completedAt")
_OLD_LOG = ("id", "type", "status", "summary", "input", "output", "messages", "createdAt", "completedAt")
_OLD_DOCUMENT = ("id", "filename", "mimeType", "size", "signedUrl")
_OLD_TIME = "2025-10-13T12:00:00.215Z"


def objects(parent: Json, key: str) -> list[Json]:
    """Return the objects under a key; none if it is null or absent."""
    children: list[Json] = parent.get(key) or []
    return children


def documents_in(value: Any) -> Iterator[Json]:
    """Yield every document in a response, at any depth; one that is in two places is yielded twice."""
    pending = [value]
    while pending:
        found = pending.pop()
        if is_array(found):
            pending += reversed(found)
        elif is_object(found) and "filename" in found:
            yield found
        elif is_object(found):
            # The value of a checklist item is anything that a client wrote: it may look like a document.
            pending += [child for key, child in reversed(found.items()) if key != "value"]


def lead_fields() -> list[str]:
    """Return the names of what a response says of the lead itself."""
    return list(contract()["schemas"]["LeadRecord"]["properties"])


def new_lead(record: Json, number: str) -> Json:
    """Return a lead with a blank checklist, with `number` in the ids of its items."""
    known: Json = {"didOptOut": False, "isTest": False, "source": "api", "tags": [], "workspaceId": "ws-sandbox"}
    return {
        "lead": dict.fromkeys(lead_fields()) | known | record,
        "status": "IN_PROGRESS",
        "checklistItems": _new_checklist(number),
        "documents": [],
        "actionLogs": [],
        "matchingLeads": [],
    }


def new_item(item_id: str, definition_id: str, definition: Json) -> Json:
    """Return a checklist item without a value."""
    item: Json = {
        "id": item_id,
        "checklistItemId": definition_id,
        "value": None,
        "status": "TODO",
        "itemOverride": None,
        "checklistItem": {"id": definition_id, **definition, "conditions": None},
    }
    return item | {"documents": []} if definition["fieldType"] in _FILE_TYPES else item


def new_document(document_id: str, filename: str, size: int, mime_type: str | None = None) -> Json:
    """Return a document as it is in a lead, without a link."""
    return {
        "id": document_id,
        "filename": filename,
        "mimeType": mime_type or guess_type(filename)[0] or "application/octet-stream",
        "size": size,
        "signedUrl": None,
        "metadata": None,
    }


def new_log(log_id: str, created_at: str, log: Json) -> Json:
    """Return an action log with every documented key; what `log` does not have is null."""
    is_over = log["status"] in {"COMPLETED", "FAILED"}
    return {
        "id": log_id,
        **{name: log[name] for name in ("type", "status", "summary")},
        **{name: log.get(name) for name in ("input", "output", "error", "parentActionId", "scheduledAt")},
        "createdAt": created_at,
        "completedAt": created_at if is_over else None,
        "tool": log.get("tool"),
        "messages": [],
    }


def in_old_shape(response: Any, fault: str | None) -> Any:
    """Return a response as the documentation showed it in October 2025, if a fault asks for that, or as it is."""
    if fault == "flat":
        return _flat_lead(response)
    if fault == "old-documents":
        metadata = {"documentType": None, "extractionStatus": "completed", "lastProcessed": _OLD_TIME}
        return [
            {**_only(_OLD_DOCUMENT, document), "metadata": metadata, "createdAt": _OLD_TIME} for document in response
        ]
    if fault == "old-action-logs":
        return [{name: log.get(name) for name in _OLD_LOG} for log in response]
    return response


def _flat_lead(lead: Json) -> Json:
    record = lead["lead"]
    names = filter(None, (record.get("firstName"), record.get("lastName")))
    return {
        "id": record["id"],
        # The sample of a lead without a name has its phone number here.
        "name": " ".join(names) or record.get("phoneNumber"),
        "email": record.get("email"),
        "phoneNumber": (record.get("phoneNumber") or "").removeprefix("+1") or None,
        "businessName": record.get("businessName"),
        "status": lead.get("status"),
        "activitySummary": record.get("activitySummary"),
        "actionLogs": [_only(_FLAT_LOG, log) for log in objects(lead, "actionLogs")],
        "nextFollowUp": _only(_FLAT_LOG, lead.get("nextFollowUp")),
        "lastAction": _only(_FLAT_LOG, lead.get("lastAction")),
    }


def _only(names: tuple[str, ...], value: Json | None) -> Any:
    return value and {name: value[name] for name in names if value.get(name) is not None}


def _new_checklist(number: str) -> list[Json]:
    groups = json.loads((files("omni.sandbox") / "data" / "checklist.json").read_text("utf-8"))
    return [
        {
            "id": f"group-{n}",
            "name": group["name"],
            "conditions": None,
            "items": [new_item(f"lci-{number}-{item['code']}", f"ci-{item['code']}", item) for item in group["items"]],
        }
        for n, group in enumerate(groups, 1)
    ]
