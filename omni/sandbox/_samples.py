"""The leads that the sandbox's workspace starts with, from the files in `leads/`.

A file that has `values` is written short and completed here: every such lead has the whole of `checklist.json`, its
values and unusual statuses are given by code, its documents name the `item` they belong to, and its messages name
their documents. Every other file, the published sample among them, is the answer word for word.
A file's name says in a few words what the lead is for.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import cycle, islice
from mimetypes import guess_type
from typing import Any, TypeAlias

LEAD_ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"

Answer = dict[str, Any]
Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

_FILE_TYPES = {"BANK_STATEMENT", "FILE", "ID", "TAX_RETURN"}

BLANK_LEAD: Answer = {
    "activitySummary": None,
    "assigneeType": None,
    "createdAt": "2026-03-02T09:00:00.000Z",
    "deletedAt": None,
    "didOptOut": False,
    "optOutAt": None,
    "emailVerifiedAt": None,
    "externalLeadId": None,
    "externalPortalLink": None,
    "isTest": False,
    "phoneVerifiedAt": None,
    "source": "api",
    "submittedAt": None,
    "tags": [],
    "updatedAt": "2026-03-10T15:00:00.000Z",
    "website": None,
    "workspaceId": "ws-sandbox",
}


def load() -> dict[str, Answer]:
    """Return every lead by id, as the API answers it but with `signedUrl` still null."""
    return {written["lead"]["id"]: _completed(written) for _, written in _written()}


def leads() -> dict[str, str]:
    """Return the id of every lead, and in a few words what it is for."""
    return {written["lead"]["id"]: words for words, written in _written()}


def documents_in(value: Json) -> Iterator[Answer]:
    """Yield every document in an answer, however deep; one that is in two places is yielded twice."""
    if isinstance(value, dict) and "filename" in value:
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            # What a client wrote as a value of an item may look like a document, and is none.
            yield from documents_in(part) if name != "value" else ()
    elif isinstance(value, list):
        for part in value:
            yield from documents_in(part)


def many(answer: Answer, name: str) -> list[Answer]:
    """Return the objects under a name, which are none also where it is null or absent."""
    found: list[Answer] = answer.get(name) or []
    return found


def blank_checklist(number: str) -> list[Answer]:
    """Return the workspace's checklist as a new lead has it, with `number` in the ids of its items."""
    return _groups(number, {"values": {}}, _checklist(), [])


def new_item(item_id: str, definition_id: str, definition: Answer) -> Answer:
    """Return a checklist item of which nothing is known yet."""
    return {
        "id": item_id,
        "checklistItemId": definition_id,
        "value": None,
        "status": "TODO",
        "itemOverride": None,
        "checklistItem": {"id": definition_id, **definition, "conditions": None},
    }


def new_log(log_id: str, created: str, given: Answer) -> Answer:
    """Return an action log with all that is documented, of which null what is not given."""
    done = {"COMPLETED", "FAILED"}
    return {
        "id": log_id,
        **{name: given[name] for name in ("type", "status", "summary")},
        **{name: given.get(name) for name in ("input", "output", "error", "parentActionId", "scheduledAt")},
        "createdAt": created,
        "completedAt": created if given["status"] in done else None,
        "tool": given.get("tool"),
        "messages": [],
    }


def scheduling(logs: list[Answer]) -> Answer:
    """Return what Get Lead says beside the logs, newest first, of what was done last and what comes next."""
    pending = [log for log in logs if log["status"] == "PENDING"]
    return {
        # The documentation adds "including associated tool calls", but not under which key.
        "lastAction": next((log for log in logs if log["status"] == "COMPLETED" and _is_outbound(log)), None),
        "nextFollowUp": next((log for log in pending if log["type"] == "FOLLOW_UP_MESSAGE"), None),
        "nextDraft": next((log for log in logs if log["status"] == "AWAITING_APPROVAL"), None),
    }


def _written() -> Iterator[tuple[str, Answer]]:
    for path in sorted(files("omni.sandbox").joinpath("leads").iterdir(), key=lambda path: path.name):
        _, words = path.name.removesuffix(".json").split("-", 1)
        yield words.replace("-", " "), json.loads(path.read_text("utf-8"))


def _completed(written: Answer) -> Answer:
    if "values" not in written:
        return written
    number = written["lead"]["id"][-2:]
    checklist = _checklist()
    documents = _documents(number, written, checklist)
    logs = _logs(number, written, documents)
    return {
        "lead": BLANK_LEAD | written["lead"],
        "status": written["status"],
        "checklistItems": _groups(number, written, checklist, documents),
        "documents": documents,
        "actionLogs": logs,
        "matchingLeads": [],
        **scheduling(logs),
    }


def _checklist() -> list[Answer]:
    checklist: list[Answer] = json.loads(files("omni.sandbox").joinpath("checklist.json").read_text("utf-8"))
    return checklist


def _documents(number: str, written: Answer, checklist: list[Answer]) -> list[Answer]:
    labels = {item["code"]: item["label"] for group in checklist for item in group["items"]}
    return [
        {
            "id": f"doc-{number}-{n}",
            "filename": entry["filename"],
            "mimeType": guess_type(entry["filename"])[0] or "application/octet-stream",
            "size": entry["size"],
            "signedUrl": None,
            "metadata": _metadata(number, entry["item"], labels) if "item" in entry else None,
        }
        for n, entry in enumerate(written.get("documents", []), 1)
    ]


def _metadata(number: str, code: str, labels: dict[str, str]) -> Answer:
    return {
        "extractionStatus": "completed",
        "Matched checklist items": [{"leadChecklistItemId": f"lci-{number}-{code}", "label": labels[code]}],
    }


def _groups(number: str, written: Answer, checklist: list[Answer], documents: list[Answer]) -> list[Answer]:
    owners = [entry.get("item") for entry in written.get("documents", [])]

    def of(code: str) -> list[Answer]:
        return [document for document, owner in zip(documents, owners, strict=True) if owner == code]

    return [
        {
            "id": f"group-{n}",
            "name": group["name"],
            "conditions": None,
            "items": [_item(number, written, definition, of(definition["code"])) for definition in group["items"]],
        }
        for n, group in enumerate(checklist, 1)
    ]


def _item(number: str, written: Answer, definition: Answer, documents: list[Answer]) -> Answer:
    code = definition["code"]
    value = written["values"].get(code)
    status = "TODO" if value is None and not documents else "COMPLETED"
    item = new_item(f"lci-{number}-{code}", f"ci-{code}", definition)
    item |= {"value": value, "status": written.get("statuses", {}).get(code, status)}
    return item | {"documents": documents} if definition["fieldType"] in _FILE_TYPES else item


def _logs(number: str, written: Answer, documents: list[Answer]) -> list[Answer]:
    entries: list[Answer] = written.get("actionLogs", [])
    repeated = islice(cycle(entries), written.get("actionLogCount", len(entries)))
    by_name = {document["filename"]: document for document in documents}
    return [_log(number, n, entry, by_name) for n, entry in enumerate(repeated, 1)]


def _log(number: str, n: int, entry: Answer, documents: dict[str, Answer]) -> Answer:
    when = datetime(2026, 3, 10, 16, tzinfo=UTC) - timedelta(hours=n)
    created = f"{when:%Y-%m-%dT%H:%M:%S}.000Z"
    return {
        **new_log(f"log-{number}-{n}", created, entry),
        "messages": [
            {
                "id": f"msg-{number}-{n}-{m}",
                "subject": None,
                **message,
                "documents": [documents[filename] for filename in message.get("documents", [])],
            }
            for m, message in enumerate(entry.get("messages", []), 1)
        ],
    }


def _is_outbound(log: Answer) -> bool:
    return any(message["direction"] == "OUTBOUND" for message in log.get("messages", []))
