"""Answers in the shapes that the documentation showed in October 2025."""

from collections.abc import Callable
from typing import Any

from omni.sandbox._samples import Answer, many

_LOG = ("id", "type", "status", "summary", "scheduledAt", "completedAt")


def older(fault: str | None, answer: Any) -> Any:
    """Return an answer in the older shape that a fault asks for, or as it is."""
    shape = _SHAPES.get(fault or "")
    return shape(answer) if shape else answer


def _flat_lead(answer: Answer) -> Answer:
    record = answer["lead"]
    phone = (record.get("phoneNumber") or "").removeprefix("+1") or None
    return {
        "id": record["id"],
        # The sample of a lead without a name has its phone number here.
        "name": " ".join(filter(None, (record.get("firstName"), record.get("lastName")))) or record.get("phoneNumber"),
        "email": record.get("email"),
        "phoneNumber": phone,
        "businessName": record.get("businessName"),
        "status": answer.get("status"),
        "activitySummary": record.get("activitySummary"),
        "actionLogs": [_only(_LOG, log) for log in many(answer, "actionLogs")],
        "nextFollowUp": _only(_LOG, answer.get("nextFollowUp")),
        "lastAction": _only(_LOG, answer.get("lastAction")),
    }


def _old_documents(answer: list[Answer]) -> list[Answer]:
    stamp = "2025-10-13T12:00:00.215Z"
    metadata = {"documentType": None, "extractionStatus": "completed", "lastProcessed": stamp}
    kept = ("id", "filename", "mimeType", "size", "signedUrl")
    return [{**_only(kept, document), "metadata": metadata, "createdAt": stamp} for document in answer]


def _old_action_logs(answer: list[Answer]) -> list[Answer]:
    kept = ("id", "type", "status", "summary", "input", "output", "messages", "createdAt", "completedAt")
    return [{name: log.get(name) for name in kept} for log in answer]


def _only(names: tuple[str, ...], value: Answer | None) -> Any:
    return value and {name: value[name] for name in names if value.get(name) is not None}


_SHAPES: dict[str, Callable[[Any], Any]] = {
    "flat": _flat_lead,
    "old-documents": _old_documents,
    "old-action-logs": _old_action_logs,
}
