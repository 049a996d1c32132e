"""Which events the sandbox sends, when, and what is in them."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sandbox_responses import BY_WORDS

from omni import sandbox

from .conftest import Receiver

IN_PROGRESS = BY_WORDS["in progress with files missing"]

_ALL = "leadId externalId firstName middleName lastName phoneNumber email businessName website"
_ITEM = "checklistItemId checklistItemCode value alternateValues status updatedAt"
_LOG = "id type status leadId summary input output messages completedAt"
_RECEIVED = "id size leadId filename metadata mimeType createdAt messageId signedUrl"
_EXTRACTED = "event leadId documentId status parentActionId extractionResult workspaceId"
_EXTERNAL = " externalId externalLeadId"

# The keys of the documented samples, by event and by where they are; those of lead.updated are a list in prose.
DOCUMENTED = {
    "action_log.completed": {"": "event actionLog workspaceId", "actionLog": _LOG},
    "action_log.failed": {"": "event actionLog workspaceId", "actionLog": f"{_LOG} error agentId tool"},
    "document.received": {"": "event document workspaceId", "document": _RECEIVED + _EXTERNAL},
    "document.extracted": {
        "": f"{_EXTRACTED} summary type classification{_EXTERNAL}",
        "classification": "noMatchedItemReason matchedChecklistItems",
        "classification.matchedChecklistItems.0": "checklistItemCode fieldType label leadChecklistItemId validation",
        "classification.matchedChecklistItems.0.validation": "reasons status",
        "extractionResult": "items extractedCount",
    },
    "lead.created": {"": "event data", "data": f"{_ALL} source"},
    "lead.updated": {
        "": "event data",
        "data": "leadId externalId firstName checklistItems",
        "data.checklistItems.0": _ITEM,
    },
    "lead.completed": {
        "": "event data",
        "data": f"{_ALL} source checklistItems",
        "data.checklistItems.0": _ITEM,
        "data.checklistItems.8": f"{_ITEM} documents",
        "data.checklistItems.8.documents.0": "documentId externalId filename mimeType size validationResult",
        "data.checklistItems.8.documents.0.validationResult": "documentId overallValid otherNotes validationResults",
        "data.checklistItems.8.documents.0.validationResult.validationResults.0": "isValid ruleName",
    },
}
STAGES = {
    ("v0", "action_log.completed"): {"": "event actionLog occurredAt workspaceId", "actionLog": _LOG},
    ("v0", "document.received"): {"": "event document occurredAt workspaceId", "document": _RECEIVED},
    ("v0", "document.extracted"): {"": _EXTRACTED},
    ("v1", "action_log.completed"): {"": "event actionLog workspaceId", "actionLog": _LOG},
    ("v1", "document.received"): {"": "event document workspaceId", "document": _RECEIVED},
    ("v1", "document.extracted"): {"": _EXTRACTED},
    ("v2", "document.received"): {"": "event document workspaceId", "document": _RECEIVED + _EXTERNAL},
    ("v2", "document.extracted"): {"": _EXTRACTED + _EXTERNAL},
}

Put = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running(time_scale=0.001) as server:
        yield server


@pytest.fixture
def put(api: httpx.Client, webhooks: sandbox.Webhooks, receiver: Receiver) -> Put:
    """Update a lead, the one in progress unless another is named, and return the events that this sends."""

    def put(**body: Any) -> list[dict[str, Any]]:
        receiver.received.clear()
        assert api.put("/api/v1/leads", json={"leadId": IN_PROGRESS, **body}).status_code == 200
        webhooks.wait_idle()
        return [request.event for request in receiver.received]

    return put


@pytest.fixture
def upload(api: httpx.Client, webhooks: sandbox.Webhooks, receiver: Receiver) -> Put:
    """Upload a file, and return the events that this sends."""

    def upload(**fields: str) -> list[dict[str, Any]]:
        receiver.received.clear()
        data = {"leadId": IN_PROGRESS, **fields}
        assert api.post("/api/v1/documents", data=data, files={"files": ("a.pdf", b"%PDF")}).status_code == 200
        webhooks.wait_idle()
        return [request.event for request in receiver.received]

    return upload


def keys_at(value: Any, path: str) -> set[str]:
    """Return the keys of the object at a path."""
    for step in filter(None, path.split(".")):
        value = value[int(step)] if step.isdigit() else value[step]
    return {*value}


def complete(api: httpx.Client) -> dict[str, Any]:
    """Return the fields that fill in every required item of a lead."""
    groups = api.get(f"/api/v1/leads/{IN_PROGRESS}/checklist").json()
    codes = [item["checklistItem"]["code"] for group in groups for item in group["items"]]
    return {"checklistItems": [{"code": code, "status": "COMPLETED"} for code in codes]}


@pytest.mark.parametrize("event", DOCUMENTED)
def test_payload_has_the_documented_keys(
    event: str, api: httpx.Client, put: Put, upload: Put, webhooks: sandbox.Webhooks, receiver: Receiver
) -> None:
    """Each event has the keys of its documented sample, no more and no fewer, when what it announces happens."""
    if event == "action_log.failed":
        webhooks.emit(event, IN_PROGRESS)
    elif event.startswith(("action_log.", "document.")):
        webhooks.outcome_of_next("refused")
        upload()
    elif event == "lead.created":
        api.post("/api/v1/leads", json={"firstName": "Ada"})
    else:
        put(**complete(api), firstName="Bo")
    webhooks.wait_idle()
    payload = next(request.event for request in receiver.received if request.event["event"] == event)

    assert {path: keys_at(payload, path) for path in DOCUMENTED[event]} == {
        path: {*keys.split()} for path, keys in DOCUMENTED[event].items()
    }


@pytest.mark.parametrize(("stage", "event"), STAGES)
def test_older_payload_has_the_keys_of_its_stage(
    stage: str, event: str, webhooks: sandbox.Webhooks, upload: Put
) -> None:
    """A payload of an earlier stage has the keys of that time's samples; only v2 has an upper-case status."""
    webhooks.fail_next(f"stage={stage}; event={event}")
    payload = next(payload for payload in upload() if payload["event"] == event)

    for path, keys in STAGES[stage, event].items():
        assert keys_at(payload, path) == {*keys.split()}
    assert payload.get("status", stage) == {"v2": "COMPLETED"}.get(stage, "completed") or "status" not in payload


def test_older_stage_has_no_events_of_leads(
    workspace: sandbox.Workspace, receiver: Receiver, api: httpx.Client
) -> None:
    """An endpoint of an earlier stage gets the four events of that time only."""
    workspace.webhooks.add(receiver.url, stage="v1")
    api.post("/api/v1/leads", json={"firstName": "Ada"})
    workspace.webhooks.emit("action_log.completed", IN_PROGRESS)
    workspace.webhooks.wait_idle()

    assert receiver.names == ["action_log.completed"]


def test_new_lead_is_created_and_nothing_else(
    api: httpx.Client, webhooks: sandbox.Webhooks, receiver: Receiver
) -> None:
    """A new lead sends one event, with its middle name, and none for its log, whose type events do not announce."""
    api.post("/api/v1/leads", json={"firstName": "Ada", "middleName": "M", "phoneNumber": "2025550123"})
    webhooks.wait_idle()

    (request,) = receiver.received
    assert request.event["event"] == "lead.created"
    data = request.event["data"]
    assert (data["firstName"], data["middleName"], data["phoneNumber"]) == ("Ada", "M", "+12025550123")


def test_update_is_sparse(put: Put) -> None:
    """An update has the ids and what changed; null says that a field was cleared, and what is the same is absent."""
    (event,) = put(firstName="Ada", lastName="New", email=None, checklistItems=[{"code": "ein", "value": "00-1"}])

    item = event["data"].pop("checklistItems")[0]
    assert event["data"] == {"leadId": IN_PROGRESS, "externalId": None, "lastName": "New", "email": None}
    assert (item["checklistItemCode"], item["value"], item["status"]) == ("ein", "00-1", "COMPLETED")


@pytest.mark.parametrize(
    "body",
    [
        {"tags": ["new"]},
        {"didOptOut": True},
        {"assigneeType": "manual"},
        {"status": "NOT_INTERESTED"},
        {"externalLeadId": "CRM-9"},
        {"firstName": "Ada"},
    ],
    ids=str,
)
def test_what_events_do_not_announce(put: Put, body: dict[str, Any]) -> None:
    """Status, tags, opt-out, assignee, and a value that stays the same send nothing."""
    assert put(**body) == []


def test_status_completed_announces_the_skipped_items(put: Put) -> None:
    """A status that skips items sends these as changed, but no completion, which skipped items are not."""
    (event,) = put(status="COMPLETED")

    assert event["event"] == "lead.updated"
    assert {item["status"] for item in event["data"]["checklistItems"]} == {"SKIPPED"}


def test_lead_is_completed_once_ever(put: Put, api: httpx.Client) -> None:
    """A lead is completed when its last required item is, and not again after that was undone."""
    first = put(**complete(api))
    undone = put(checklistItems=[{"code": "ein", "status": "TODO"}])
    again = put(checklistItems=[{"code": "ein", "status": "NEEDS_REVIEW"}])

    assert [[event["event"] for event in events] for events in (first, undone, again)] == [
        ["lead.updated", "lead.completed"],
        ["lead.updated"],
        ["lead.updated"],
    ]


def test_lead_that_was_complete_is_not_completed_again(
    put: Put, api: httpx.Client, workspace: sandbox.Workspace
) -> None:
    """Where the last item was there before webhooks were, its completion is no news, even if it is undone."""
    for item in (item for group in workspace.leads[IN_PROGRESS]["checklistItems"] for item in group["items"]):
        item["status"] = "COMPLETED"
    undone = put(checklistItems=[{"code": "ein", "status": "TODO"}])
    again = put(**complete(api))

    assert [event["event"] for event in undone + again] == ["lead.updated", "lead.updated"]


def test_lead_that_is_created_complete(api: httpx.Client, webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """A lead that comes with all required items is created, and completed."""
    api.post("/api/v1/leads", json={"firstName": "Ada", **complete(api)})
    webhooks.wait_idle()

    assert receiver.names == ["lead.created", "lead.completed"]


def test_changes_by_a_test_are_announced_on_request(
    workspace: sandbox.Workspace, webhooks: sandbox.Webhooks, receiver: Receiver
) -> None:
    """What a program changes in the stored data of a lead sends the same events if it says so."""
    lead = workspace.leads[IN_PROGRESS]
    with workspace.announce_changes(lead):
        lead["lead"]["website"] = "https://www.example.com"
    webhooks.wait_idle()

    assert receiver.received[0].event["data"]["website"] == "https://www.example.com"


def test_new_item_is_a_change(api: httpx.Client, webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """A one-off item is an update of the checklist."""
    api.post(f"/api/v1/leads/{IN_PROGRESS}/checklist-items", json={"label": "Lease", "fieldType": "FILE"})
    webhooks.wait_idle()

    (request,) = receiver.received
    assert [item["checklistItemCode"] for item in request.event["data"]["checklistItems"]] == ["LEASE"]


def test_upload_tells_what_happens_in_order(upload: Put) -> None:
    """An upload is logged; its file is received, changes its item, and is extracted, by the id that its sender gave."""
    events = upload(leadChecklistItemId="lci-01-owner_id", metadata='[{"externalId": "FILE-1"}]')

    assert [event["event"] for event in events] == [
        "action_log.completed",
        "action_log.completed",
        "document.received",
        "lead.updated",
        "document.extracted",
    ]
    assert events[2]["document"]["externalId"] == events[4]["externalId"] == "FILE-1"
    assert [event["actionLog"]["type"] for event in events[:2]] == ["SYSTEM_NOTE", "DOCUMENT_UPLOAD"]
    assert events[4]["parentActionId"] == events[1]["actionLog"]["id"]


def test_link_of_an_event_leads_to_the_file(upload: Put, fetch: httpx.Client) -> None:
    """The link in document.received is good for the file, on another host name than the API's."""
    link = upload()[2]["document"]["signedUrl"]

    assert link.startswith("http://localhost:")
    assert fetch.get(link).content == b"%PDF"


@pytest.mark.parametrize(
    ("outcome", "status", "matched", "validation", "count"),
    [
        ("extracted", "completed", 1, None, 1),
        ("refused", "completed", 1, "invalid", 0),
        ("not_recognised", "completed", 0, None, 0),
        ("failed", "failed", 0, None, 0),
    ],
)
def test_outcome_of_an_extraction(
    webhooks: sandbox.Webhooks, upload: Put, outcome: str, status: str, matched: int, validation: Any, count: int
) -> None:
    """Each outcome is told as documented: by status, matched items, their validation, and what was extracted."""
    webhooks.outcome_of_next(outcome)
    event = upload()[-1]

    found = event["classification"]["matchedChecklistItems"]
    assert (event["status"], len(found), event["extractionResult"]["extractedCount"]) == (status, matched, count)
    assert [item["validation"] and item["validation"]["status"] for item in found] == [validation] * matched
    assert bool(event["classification"]["noMatchedItemReason"]) == (outcome == "not_recognised")


@pytest.mark.parametrize(
    ("item", "lead_id", "matched"),
    [("lci-01-owner_id", IN_PROGRESS, 1), (None, IN_PROGRESS, 0), (None, BY_WORDS["nothing but an id"], 0)],
)
def test_outcome_without_a_plan(
    webhooks: sandbox.Webhooks, upload: Put, item: str | None, lead_id: str, matched: int
) -> None:
    """A file for an item is extracted, any other is not recognised, and a plan is for one file only."""
    event = upload(leadId=lead_id, **({"leadChecklistItemId": item} if item else {}))[-1]

    assert (
        len(event["classification"]["matchedChecklistItems"]) == event["extractionResult"]["extractedCount"] == matched
    )
    webhooks.outcome_of_next("extracted")
    assert upload(leadId=BY_WORDS["nothing but an id"])[-1]["classification"]["matchedChecklistItems"] == []


def test_refusal_can_be_read_back(webhooks: sandbox.Webhooks, upload: Put, api: httpx.Client) -> None:
    """What document.extracted says of a refused file, the documents of the lead say too."""
    webhooks.outcome_of_next("refused")
    event = upload(leadChecklistItemId="lci-01-owner_id")[-1]
    documents = api.get(f"/api/v1/leads/{IN_PROGRESS}/documents").json()

    (document,) = [document for document in documents if document["id"] == event["documentId"]]
    assert [match["overallValid"] for match in document["leadChecklistItemDocument"]] == [False]


def test_event_by_hand(webhooks: sandbox.Webhooks, receiver: Receiver, api: httpx.Client) -> None:
    """Every event can be sent by hand; one of an action writes the log that it announces."""
    for event in DOCUMENTED:
        webhooks.emit(event, IN_PROGRESS)
    webhooks.emit("document.extracted", IN_PROGRESS, document_id="doc-01-1", outcome="failed")
    webhooks.wait_idle()

    assert receiver.names == [*DOCUMENTED, "document.extracted"]
    assert receiver.received[-1].event["documentId"] == "doc-01-1"
    logs = api.get(f"/api/v1/leads/{IN_PROGRESS}/action-logs").json()
    assert [log["status"] for log in logs[:2]] == ["FAILED", "COMPLETED"]
    assert receiver.received[1].event["actionLog"]["id"] == logs[0]["id"]


def test_log_of_a_message_has_the_message(webhooks: sandbox.Webhooks, receiver: Receiver, api: httpx.Client) -> None:
    """The event of a message has the message, with the documented keys, and the lead has it too."""
    webhooks.emit("action_log.completed", IN_PROGRESS, log_type="MESSAGE")
    webhooks.wait_idle()

    (message,) = receiver.received[0].event["actionLog"]["messages"]
    assert {*message} == {"id", "body", "channel", "subject", "direction", "documents"}
    assert api.get(f"/api/v1/leads/{IN_PROGRESS}/action-logs").json()[0]["messages"] == [message]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lead.deleted", IN_PROGRESS), "choose from action_log.completed"),
        (("action_log.started", IN_PROGRESS), "choose from action_log.completed"),
        (("lead.created", "nobody"), "There is no lead 'nobody': choose from"),
        (("document.received", IN_PROGRESS, {"document_id": "none"}), "it has doc-01-1"),
        (("document.received", BY_WORDS["nothing but an id"]), "so add one"),
        (("document.extracted", IN_PROGRESS, {"outcome": "eaten"}), "extracted, not_recognised, refused, failed"),
        (("action_log.failed", IN_PROGRESS, {"log_type": "PORTAL_UPDATE"}), "choose from SYSTEM_NOTE"),
        (("action_log.completed", IN_PROGRESS, {"log_type": "API_ACTIVITY"}), "choose from SYSTEM_NOTE"),
    ],
    ids=str,
)
def test_event_by_hand_that_there_is_not(webhooks: sandbox.Webhooks, arguments: Any, message: str) -> None:
    """What cannot be sent is refused, with what can."""
    event, lead_id, *options = arguments

    with pytest.raises(ValueError, match=message):
        webhooks.emit(event, lead_id, **(options[0] if options else {}))


def test_outcome_that_there_is_not(webhooks: sandbox.Webhooks) -> None:
    """An outcome that cannot be planned is refused, with those that can."""
    with pytest.raises(ValueError, match="'eaten': choose from extracted, not_recognised, refused, failed"):
        webhooks.outcome_of_next("eaten")
