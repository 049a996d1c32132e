"""The leads that a workspace starts with, from the files in `data/leads/`; a file's name says what its lead is for.

A file with `values` is a short form: such a lead has all of `data/checklist.json`, its values and unusual statuses are
given by code, its documents name the `item` that they belong to, and its messages name their documents. Every other
file, the published sample among them, is the response to Get Lead, word for word.
"""

import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import cycle, islice

from omni.sandbox._checklists import attach, items, update_status
from omni.sandbox._shapes import Json, new_document, new_lead, new_log, objects

LEAD_ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"

_TIMES = {"createdAt": "2026-03-02T09:00:00.000Z", "updatedAt": "2026-03-10T15:00:00.000Z"}


def leads() -> dict[str, str]:
    """Return the id of every lead, with a short description."""
    return {sample["lead"]["id"]: description for description, sample in _samples()}


def load_leads() -> dict[str, Json]:
    """Return every lead by id, as Get Lead has it but with `signedUrl` null."""
    leads: dict[str, Json] = pickle.loads(_pickled_leads())  # noqa: S301 - it was made here
    return leads


@cache
def _pickled_leads() -> bytes:
    """Made once: a workspace for each test would take three times as long."""
    return pickle.dumps({sample["lead"]["id"]: complete_lead(sample) for _, sample in _samples()})


def _samples() -> Iterator[tuple[str, Json]]:
    for path in sorted((files("omni.sandbox") / "data" / "leads").iterdir(), key=lambda path: path.name):
        _, description = path.name.removesuffix(".json").split("-", 1)
        yield description.replace("-", " "), json.loads(path.read_text("utf-8"))


def complete_lead(sample: Json) -> Json:
    """Return a lead as Get Lead has it: the sample itself, or what its short form stands for."""
    if "values" not in sample:
        return sample
    number = sample["lead"]["id"][-2:]
    lead = new_lead(_TIMES | sample["lead"], number)
    by_code = {item["checklistItem"]["code"]: item for item in items(lead)}
    for code, value in sample["values"].items():
        by_code[code] |= {"value": value, "status": "COMPLETED"}
    for n, entry in enumerate(sample.get("documents", []), 1):
        document = new_document(f"doc-{number}-{n}", entry["filename"], entry["size"])
        lead["documents"].append(document)
        if "item" in entry:
            attach(document, by_code[entry["item"]])
    for code, status in sample.get("statuses", {}).items():
        by_code[code]["status"] = status
    lead["actionLogs"] = _logs(sample, number, {document["filename"]: document for document in lead["documents"]})
    update_status(lead)
    return lead | {"status": sample["status"]}


def _logs(sample: Json, number: str, documents: dict[str, Json]) -> list[Json]:
    entries = objects(sample, "actionLogs")
    repeated = islice(cycle(entries), sample.get("actionLogCount", len(entries)))
    logs: list[Json] = []
    for n, entry in enumerate(repeated, 1):
        created_at = datetime(2026, 3, 10, 16, tzinfo=UTC) - timedelta(hours=n)
        log = new_log(f"log-{number}-{n}", f"{created_at:%Y-%m-%dT%H:%M:%S}.000Z", entry)
        for m, message in enumerate(objects(entry, "messages"), 1):
            filenames: list[str] = message.get("documents", [])
            attached = [documents[filename] for filename in filenames]
            log["messages"].append({"id": f"msg-{number}-{n}-{m}", "subject": None, **message, "documents": attached})
        logs.append(log)
    return logs
