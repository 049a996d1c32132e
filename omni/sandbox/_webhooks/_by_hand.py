"""Events that are sent because someone asks for them, and not because something happened."""

from uuid import uuid4

from omni.sandbox._checklists import items
from omni.sandbox._shapes import Json, objects
from omni.sandbox._webhooks._payloads import (
    LOG_TYPES,
    OUTCOMES,
    Store,
    document_extracted,
    document_received,
    lead_completed,
    lead_created,
    lead_data,
)
from omni.sandbox._webhooks._stages import EVENTS


def find_lead(store: Store, lead_id: str) -> Json:
    """Return a lead. Raises ValueError if there is none."""
    if lead_id not in store.leads:
        raise ValueError(f"There is no lead {lead_id!a}: choose from {', '.join(store.leads)}.")
    return store.leads[lead_id]


def log_status(event: str, log_type: str) -> str:
    """Return the status of a log that an event announces. Raises ValueError if events do not announce its type."""
    status = event.removeprefix("action_log.").upper()
    if log_type not in LOG_TYPES[status]:
        raise ValueError(f"{event} has no log of type {log_type!a}: choose from {', '.join(LOG_TYPES[status])}.")
    return status


def messages_of(log_type: str) -> list[Json]:
    """Return the invented messages of a log: one, if its type is of a message."""
    known: Json = {"channel": "EMAIL", "subject": "Files", "direction": "OUTBOUND", "documents": []}
    return [{"id": str(uuid4()), "body": "<p>Hello.</p>", **known}] if "MESSAGE" in log_type else []


def lead_event(store: Store, event: str, lead: Json) -> Json:
    """Return an event of a lead; an update has all fields that an update can have."""
    data = lead_data(store, lead)
    if event == "lead.updated":
        return {"event": event, "data": {name: data[name] for name in data if name != "source"}}
    return lead_created(data) if event == "lead.created" else lead_completed(data)


def document_event(store: Store, event: str, lead: Json, document_id: str | None, outcome: str) -> Json:
    """Return an event of a document: of the newest if none is named."""
    known = [document["id"] for document in objects(lead, "documents")]
    if event not in EVENTS or outcome not in OUTCOMES:
        choices = (*EVENTS, "and of the outcomes", *OUTCOMES)
        raise ValueError(f"There is no {event!a} or {outcome!a}: choose from {', '.join(choices)}.")
    chosen = document_id or "".join(known[-1:])
    if chosen not in known:
        raise ValueError(f"The lead has no such document: it has {', '.join(known) or 'none, so add one'}.")
    if event == "document.received":
        return document_received(store, lead, chosen)
    holders = [item for item in items(lead) if any(held["id"] == chosen for held in objects(item, "documents"))]
    return document_extracted(store, lead, chosen, outcome=outcome, item=holders[0] if holders else None)
