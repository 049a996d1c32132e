"""Responses in the shapes that the documentation showed in October 2025."""

from typing import Any

from omni.sandbox._shapes import Json, objects

_LOG = ("id", "type", "status", "summary", "scheduledAt", "completedAt")
_OLD_LOG = ("id", "type", "status", "summary", "input", "output", "messages", "createdAt", "completedAt")
_DOCUMENT = ("id", "filename", "mimeType", "size", "signedUrl")
_TIME = "2025-10-13T12:00:00.215Z"


def in_old_shape(response: Any, fault: str | None) -> Any:
    """Return a response in the old shape that a fault names, or as it is."""
    if fault == "flat":
        return _flat_lead(response)
    if fault == "old-documents":
        metadata = {"documentType": None, "extractionStatus": "completed", "lastProcessed": _TIME}
        return [{**_only(_DOCUMENT, document), "metadata": metadata, "createdAt": _TIME} for document in response]
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
        "actionLogs": [_only(_LOG, log) for log in objects(lead, "actionLogs")],
        "nextFollowUp": _only(_LOG, lead.get("nextFollowUp")),
        "lastAction": _only(_LOG, lead.get("lastAction")),
    }


def _only(names: tuple[str, ...], value: Json | None) -> Any:
    return value and {name: value[name] for name in names if value.get(name) is not None}
