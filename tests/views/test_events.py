"""Views of webhook events: every documented stage reads, keys tell events apart, and absent is not null."""

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

import omni
from omni import webhooks
from omni._operations.contract import contract
from omni._operations.drift import differences
from omni.webhooks.testing import STAGES, event_names, sample

SAMPLES = [
    pytest.param(name, stage, id=f"{name}-{stage}")
    for name in event_names()
    for stage in STAGES
    if stage == "v3" or not name.startswith("lead.")
]
OUTCOMES = ["extracted", "refused", "not_recognised", "failed"]


def event_of(name: str, **options: Any) -> Any:
    return webhooks.parse(sample(name, **options))


def test_every_event_of_the_contract_has_a_class_and_a_sample() -> None:
    """A webhook that is added to the spec fails here until it has both."""
    from omni.webhooks.parsing import event_classes

    assert set(contract()["webhooks"]) == set(event_names()) == set(event_classes())


@pytest.mark.parametrize(("name", "stage"), SAMPLES)
def test_every_stage_is_read(name: str, stage: str) -> None:
    """The ids are found in every stage, and no sample leaves the contract."""
    event = event_of(name, stage=stage)

    assert event.name == name
    assert event.lead_id == "11111111-1111-4111-8111-111111111111"
    assert event.key.startswith(f"{name}:")
    assert event.to_dict() == sample(name, stage=stage)
    assert differences(sample(name, stage=stage), name) == ()
    assert type(event.raw).__name__ == type(event)._model


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_outcome_of_a_document_is_derived(outcome: str) -> None:
    """Failed, not recognised and refused are told apart, in this order, although ``status`` may be the same."""
    event = event_of("document.extracted", outcome=outcome)

    assert event.outcome == outcome
    assert differences(event.to_dict(), event.name) == ()
    assert repr(event) == f"DocumentExtracted(key={event.key!r}, outcome={outcome!r})"


def test_what_an_extraction_says_is_read() -> None:
    """Reasons and values are where a handler looks for them."""
    refused, unknown = (event_of("document.extracted", outcome=outcome) for outcome in ("refused", "not_recognised"))
    extracted = event_of("document.extracted")

    assert [item.reasons for item in refused.matched_items] == [("The period ends before the one asked for.",)]
    assert unknown.not_recognised_reason == "It is a photo of a cat."
    assert (extracted.values[0].label, extracted.values[0].value) == ("Company", "Fixture Freight LLC")
    assert (extracted.extracted_count, extracted.document_type) == (2, "Bank Statement")


@pytest.mark.parametrize("stage", ["v0", "v1", "v2"])
def test_the_status_of_an_extraction_is_compared_without_case(stage: str) -> None:
    """One documented stage has it in upper case; before classification came, completed means extracted."""
    assert event_of("document.extracted", stage=stage).outcome == "extracted"


@pytest.mark.parametrize("status", ["skipped", "", None, 3])
def test_an_unknown_status_of_an_extraction_is_no_outcome(status: Any) -> None:
    """What the documents do not name is neither success nor failure."""
    assert event_of("document.extracted", changes={"status": status}).outcome is None


def test_absent_is_not_null() -> None:
    """An update names what it has: a field that was emptied is there, one that did not change is not."""
    event = event_of("lead.updated")

    assert event.changed_fields == ("email", "business_name", "checklist_items")
    assert (event.email, event.phone_number) == (None, None)
    assert "phone_number" not in event.changed_fields


def test_unknown_keys_of_an_update_are_named_as_they_came() -> None:
    """A field that the service adds tomorrow is seen."""
    payload = sample("lead.updated")
    payload["data"] = {"leadId": "lead-7", "favouriteColour": "blue"}

    assert webhooks.parse(payload).changed_fields == ("favouriteColour",)  # type: ignore[attr-defined]
    assert webhooks.parse({"event": "lead.updated", "data": 3}).changed_fields == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lead.created", "lead.created:11111111-1111-4111-8111-111111111111"),
        ("lead.completed", "lead.completed:11111111-1111-4111-8111-111111111111"),
        ("action_log.completed", "action_log.completed:77777777-7777-4777-8777-777777777777"),
        ("action_log.failed", "action_log.failed:78787878-7878-4878-8878-787878787878"),
        ("document.received", "document.received:44444444-4444-4444-8444-444444444444"),
    ],
)
def test_the_key_is_made_of_ids(name: str, key: str) -> None:
    """Where ids tell an event from all others, nothing else of it counts."""
    assert event_of(name).key == event_of(name).id == key


def test_a_key_does_not_depend_on_what_a_second_delivery_may_have_new() -> None:
    """Newly signed links, the time of sending and the order of keys make no other event."""
    name = "document.extracted"
    one, other = sample(name), dict(reversed(sample(name).items()))
    other["occurredAt"] = "2026-01-01T00:00:00Z"
    other["extractionResult"]["signedUrl"] = "https://files.example.com/new"
    again = sample(name, changes={"extractionResult.extractedCount": 3})

    assert webhooks.parse(one).key == webhooks.parse(other).key != webhooks.parse(again).key
    assert webhooks.parse(one).key.split(":")[1:3] == [one["documentId"], one["parentActionId"]]


def test_updates_are_told_apart_by_what_changed() -> None:
    """They have no identity, so a digest of their meaning serves as one, beside the lead."""
    one = event_of("lead.updated")
    other = event_of("lead.updated", changes={"data.email": "new@example.com"})

    assert one.key != other.key
    assert one.key.split(":")[:2] == other.key.split(":")[:2] == ["lead.updated", one.lead_id]


@pytest.mark.parametrize("lead_id", [None, 3, "", "a:b", "x" * 65, "Ada Sample", "\n"])
def test_no_key_has_what_is_no_id(lead_id: Any) -> None:
    """A missing or hostile id is replaced by a digest, so that keys stay short, printable and without personal data."""
    keys = {event_of(name, changes={"data.leadId": lead_id}).key for name in ("lead.created", "lead.updated")}

    assert {key.split(":")[0] for key in keys} == {"lead.created", "lead.updated"}
    assert all(len(key.split(":")[-1]) == 32 and len(key) < 50 for key in keys)


def test_an_unknown_event_keeps_all_that_came() -> None:
    """A new event, and a body without one, are events too, with the lead's id where the known ones have it."""
    event = webhooks.parse({"event": "lead.opted_out", "data": {"leadId": "lead-7"}})
    nameless = webhooks.parse({"type": "id_verification", "actionId": "act_fixture"})

    assert (type(event), event.name, event.lead_id) == (webhooks.UnknownEvent, "lead.opted_out", "lead-7")
    assert event.raw == {"event": "lead.opted_out", "data": {"leadId": "lead-7"}}
    assert (nameless.name, nameless.lead_id, nameless.workspace_id) == ("", "", None)
    assert event.key != nameless.key
    assert {each.key.split(":")[0] for each in (event, nameless)} == {"unknown"}


def test_unknown_events_are_told_apart_by_their_time() -> None:
    """Which may be all that differs between two of them."""
    one, other = (webhooks.parse({"event": "new", "occurredAt": time}) for time in ("2026-01-01", "2026-01-02"))

    assert one.key != other.key


def test_ids_of_own_systems_are_named_for_what_they_identify() -> None:
    """``externalId`` is the lead's in lead events, and the document's in document events."""
    lead, document = event_of("lead.created"), event_of("document.received")

    assert (lead.external_lead_id, document.external_lead_id) == ("CRM-1", "CRM-1")
    assert document.external_document_id == "FILE-1"


@pytest.mark.parametrize(
    ("name", "stage", "expected"),
    [
        ("action_log.completed", "v0", datetime(2025, 10, 30, 12, 0, 17, 567000, UTC)),
        ("action_log.completed", "v1", datetime(2025, 10, 30, 12, 0, 17, 553000, UTC)),
        ("document.received", "v0", datetime(2025, 10, 31, 12, 0, 1, 701000, UTC)),
        ("document.received", "v3", datetime(2025, 10, 31, 12, 0, 1, 675000, UTC)),
        ("document.extracted", "v3", None),
        ("lead.completed", "v3", None),
    ],
)
def test_when_an_event_occurred(name: str, stage: str, expected: datetime | None) -> None:
    """The oldest payloads say so; of newer ones, only those whose subject has a time of its own."""
    assert event_of(name, stage=stage).occurred_at == expected


def test_files_of_a_completed_lead_are_read() -> None:
    """With how they were judged."""
    (document,) = event_of("lead.completed").checklist_items[1].documents

    assert (document.id, document.filename, document.size) == (document.raw.document_id, "october.pdf", 120000)
    assert (document.is_valid, [verdict.rule for verdict in document.verdicts]) == (True, ["Names agree"])


@pytest.mark.parametrize(("name", "stage"), SAMPLES)
def test_an_event_survives_queues_and_copies(name: str, stage: str) -> None:
    """``to_dict`` through JSON, pickle and copy give an equal event with the same key."""
    event = event_of(name, stage=stage)

    for other in (webhooks.parse(json.dumps(event.to_dict())), pickle.loads(pickle.dumps(event)), copy.copy(event)):
        assert (other, other.key) == (event, event.key)


def test_no_repr_shows_a_person() -> None:
    """Only keys, ids and states."""
    event = event_of("lead.completed")
    shown = repr([event, event.checklist_items, event.checklist_items[1].documents])

    assert "Ada" not in shown
    assert "october" not in shown
    assert "Fixture" not in shown


def test_samples_are_checked() -> None:
    """What does not exist is named, with what does."""
    with pytest.raises(omni.UsageError, match=r"event: give one of lead\.created"):
        sample("lead.deleted")
    with pytest.raises(omni.UsageError, match=r"lead\.created came later"):
        sample("lead.created", stage="v0")
    with pytest.raises(omni.UsageError, match="stage: give one of v0"):
        sample("lead.created", stage="v9")
    with pytest.raises(omni.UsageError, match="outcome: "):
        sample("lead.created", outcome="refused")
