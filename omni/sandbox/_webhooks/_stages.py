"""The events that there are, and their payloads as earlier versions of the documentation had them.

v0  October 2025: with `occurredAt`, but for document.extracted
v1  the same without `occurredAt`
v2  with external ids in the events of documents; the status of an extraction is in upper case
v3  the newest, with classification, and with the events of leads, which the others lack
"""

from omni.sandbox._contract import contract
from omni.sandbox._shapes import Json

STAGES = ("v0", "v1", "v2", "v3")
OLD_EVENTS = ("action_log.completed", "action_log.failed", "document.received", "document.extracted")
EVENTS = (*contract()["webhooks"],)

_EXTERNAL_IDS = ("externalId", "externalLeadId")


def in_stage(payload: Json, stage: str, occurred_at: str) -> Json | None:
    """Return a payload as it was at a stage; None if there was no such event yet.

    Whether a failed extraction sent an event before v3 is not documented: here it does.
    """
    event = payload["event"]
    if stage == "v3":
        return payload
    if event not in OLD_EVENTS:
        return None
    absent = () if stage == "v2" else _EXTERNAL_IDS
    if event == "document.received":
        return {**payload, "document": _without(absent, payload["document"]), **_time(stage, occurred_at)}
    if event == "document.extracted":
        old = _without((*absent, "summary", "type", "classification"), payload)
        return old | {"status": old["status"].upper() if stage == "v2" else old["status"]}
    return payload | _time(stage, occurred_at)


def _without(names: tuple[str, ...], value: Json) -> Json:
    return {name: child for name, child in value.items() if name not in names}


def _time(stage: str, occurred_at: str) -> Json:
    return {"occurredAt": occurred_at} if stage == "v0" else {}
