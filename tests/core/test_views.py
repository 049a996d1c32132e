"""Views show what came, and no surprise in it loses the rest."""

import copy
import inspect
import json
import pickle
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from omni_client import models

import omni
from omni._views.base import build_model
from omni._views.fields import Field

FLAT = {
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "+12025550123",
    "email": None,
    "phoneNumber": "2025550123",
    "businessName": "Fixture Freight",
    "status": "IN_PROGRESS",
    "activitySummary": "Two files came in, one was refused",
    "actionLogs": [
        {
            "id": "22222222-2222-4222-8222-222222222222",
            "type": "FOLLOW_UP_MESSAGE",
            "status": "PENDING",
            "summary": "Ask for the rest",
            "scheduledAt": "2025-10-20T15:00:00.000Z",
        }
    ],
    "nextFollowUp": {
        "id": "22222222-2222-4222-8222-222222222222",
        "type": "FOLLOW_UP_MESSAGE",
        "status": "PENDING",
        "scheduledAt": "2025-10-20T15:00:00.000Z",
        "summary": "Ask for the rest",
    },
    "lastAction": {
        "id": "33333333-3333-4333-8333-333333333333",
        "type": "FOLLOW_UP_MESSAGE",
        "status": "COMPLETED",
        "completedAt": "2025-10-19T15:00:00.123Z",
    },
}


def item(status: str = "TODO", field_type: str = "TEXT", required: object = True, **more: Any) -> dict[str, Any]:
    """A checklist item as the API has them."""
    definition = {"id": "d", "code": "c", "label": "L", "fieldType": field_type, "isRequired": required}
    return {"id": f"{status}-{field_type}", "status": status, "checklistItem": definition, **more}


def lead_with(*items: Any, **more: Any) -> omni.Lead:
    """A lead whose checklist is one group of these items."""
    groups = [{"id": "g", "name": "Group", "items": list(items)}]
    return omni.Lead.from_dict({"lead": {"id": "x"}, "status": "IN_PROGRESS", "checklistItems": groups, **more})


def test_the_published_lead(published: dict[str, Any]) -> None:
    """Every field of the published sample reads as the page describes it."""
    lead = omni.Lead.from_dict(published)

    assert lead.id == "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
    assert omni.LeadStatus.IN_PROGRESS == lead.status == "IN_PROGRESS"
    assert not lead.is_complete
    assert (
        lead.first_name,
        lead.last_name,
        lead.business_name,
    ) == ("John", "Doe", "Pacific Coast Container Haulers")
    assert (lead.email, lead.phone_number) == ("john@example.com", "+16782319992")
    assert (lead.assignee_type, lead.source) == (omni.AssigneeType.HUMAN_AGENT, omni.LeadSource.API)
    assert datetime(2026, 1, 30, 2, tzinfo=UTC) == lead.created_at == lead.updated_at == lead.email_verified_at
    assert (lead.did_opt_out, lead.is_test, lead.workspace_id) == (False, False, "ws-123")
    nothing = ["activity_summary", "deleted_at", "external_lead_id", "external_portal_link", "website", "opted_out_at"]
    nothing += ["phone_verified_at", "submitted_at", "last_action", "next_follow_up", "next_draft"]
    assert [None] * len(nothing) == [getattr(lead, name) for name in nothing]
    assert (lead.documents, lead.matching_leads, lead.tags) == ((), (), ())


def test_the_published_checklist(published: dict[str, Any]) -> None:
    """Groups, items and their definitions are one walk."""
    (group,) = omni.Lead.from_dict(published).checklist
    (only,) = group.items

    assert (group.id, group.name) == ("group-id", "Business Information")
    assert (
        only.id,
        only.definition_id,
        only.code,
        only.label,
    ) == ("lci-1", "ci-1", "business_name", "Business Name")
    assert (only.value, only.status, only.field_type) == ("Pacific Coast Container Haulers", "COMPLETED", "TEXT")
    assert (only.is_required, only.is_complete, only.is_missing, only.is_file) == (True, True, False, False)
    assert only.documents == ()


def test_the_published_action_log(published: dict[str, Any]) -> None:
    """What is not there is None or empty."""
    (log,) = omni.Lead.from_dict(published).action_logs

    assert (log.id, log.type, log.status, log.summary) == ("log-1", "API_ACTIVITY", "COMPLETED", "Lead created")
    assert datetime(2026, 1, 30, 2, tzinfo=UTC) == log.created_at
    assert [
        log.scheduled_at,
        log.completed_at,
        log.input,
        log.output,
        log.error,
        log.tool,
        log.parent_action_id,
    ] == [None] * 7
    assert log.messages == ()


def test_a_full_action_log() -> None:
    """Tool, messages and attachments are views too."""
    document = {
        "id": "doc",
        "filename": "a.png",
        "mimeType": "image/png",
        "size": 3,
        "signedUrl": "https://x.example.com",
    }
    message = {
        "id": "m",
        "channel": "SMS",
        "direction": "INBOUND",
        "subject": None,
        "body": "Hi",
        "documents": [document],
    }
    tool = {"id": "t", "name": "update-checklist-item", "description": "Sets one value"}
    data = {"id": "l", "input": {"channel": "SMS"}, "output": {"ok": [1]}, "error": "no", "parentActionId": "p"}

    log = omni.ActionLog.from_dict({**data, "tool": tool, "messages": [message]})

    assert (log.input, log.output, log.error, log.parent_action_id) == ({"channel": "SMS"}, {"ok": [1]}, "no", "p")
    assert log.tool is not None
    assert (log.tool.id, log.tool.name, log.tool.description) == ("t", "update-checklist-item", "Sets one value")
    (sent,) = log.messages
    assert (sent.channel, sent.direction) == (omni.MessageChannel.SMS, omni.MessageDirection.INBOUND)
    assert (sent.subject, sent.body) == (None, "Hi")
    (file,) = sent.documents
    assert (
        file.filename,
        file.mime_type,
        file.size,
        file.signed_url,
    ) == ("a.png", "image/png", 3, "https://x.example.com")
    assert (file.item, file.created_at, file.metadata) == (None, None, None)


def test_the_flat_shape_of_2025() -> None:
    """The older documented response reads like today's, and still gives back its own JSON."""
    lead = omni.Lead.from_dict(FLAT)

    assert lead.to_dict() == FLAT
    assert (lead.id, lead.status) == ("11111111-1111-4111-8111-111111111111", "IN_PROGRESS")
    assert (lead.first_name, lead.last_name, lead.phone_number) == (None, None, "+12025550123")
    assert (lead.business_name, lead.activity_summary) == ("Fixture Freight", "Two files came in, one was refused")
    assert (lead.created_at, lead.checklist) == (None, ())
    assert lead.next_follow_up == lead.action_logs[0].from_dict(dict(lead.next_follow_up.to_dict()))  # type: ignore[union-attr]
    assert lead.last_action is not None
    assert datetime(2025, 10, 19, 15, 0, 0, 123000, tzinfo=UTC) == lead.last_action.completed_at
    assert lead.raw.lead["name"] == "+12025550123"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Sample", "Ada", "Sample"),
        ("Ada  van der Sample ", "Ada", "van der Sample"),
        ("Ada", "Ada", None),
        ("", None, None),
        (None, None, None),
        ("2025550123", None, None),
    ],
)
def test_the_single_name_of_the_flat_shape(name: object, first: str | None, last: str | None) -> None:
    """It is divided at the first space; a number is no name."""
    lead = omni.Lead.from_dict({**FLAT, "name": name})

    assert (first, last) == (lead.first_name, lead.last_name)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("2025550123", "+12025550123"), ("+442025550123", "+442025550123"), ("555-0123", "555-0123"), (None, None)],
)
def test_the_bare_number_of_the_flat_shape(number: object, expected: str | None) -> None:
    """Ten bare digits are a US number; anything else stays as it is."""
    assert expected == omni.Lead.from_dict({**FLAT, "phoneNumber": number}).phone_number


@pytest.mark.parametrize(
    ("status", "missing"),
    [
        ("TODO", True),
        ("INVALID", True),
        ("ON_THE_MOON", True),
        (None, True),
        ("COMPLETED", False),
        ("SKIPPED", False),
        ("NEEDS_REVIEW", False),
    ],
)
def test_what_is_missing(status: Any, missing: bool) -> None:
    """A required item needs something until it is done, skipped or in review; an optional one never does."""
    lead = lead_with(item(status), item(status, required=False), item(status, required=None))

    assert ([lead.checklist[0].items[0]] if missing else []) == list(lead.missing_items)


@pytest.mark.parametrize("field_type", ["BANK_STATEMENT", "FILE", "ID", "TAX_RETURN", "HOLOGRAM"])
def test_file_documents_in_checklist_order(field_type: str) -> None:
    """Documents of file items, each with its item; a field type of tomorrow counts if it came with documents."""
    documents = [{"id": f"{field_type}-{number}"} for number in range(3)]
    lead = lead_with(item("COMPLETED", field_type, documents=documents), item(), item(field_type="FILE"))

    found = list(lead.iter_file_documents())

    assert [each["id"] for each in documents] == [document.id for document in found]
    assert {lead.checklist[0].items[0]} == {document.item for document in found}


def test_a_field_item_has_no_file_documents() -> None:
    """Documents of an item that asks for a value are not file documents, but are still there."""
    lead = lead_with(item(documents=[{"id": "d"}]), item(field_type="HOLOGRAM"))

    assert list(lead.iter_file_documents()) == []
    assert lead.checklist[0].items[0].documents[0].id == "d"


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, None, ["a"], {"street": "1 Test Way", "city": None}])
def test_values_come_as_they_are(value: Any) -> None:
    """Text, number or address: the value is the JSON, and changing it changes nothing here."""
    lead = lead_with(item(value=value))

    assert value == lead.checklist[0].items[0].value
    if isinstance(value, dict):
        lead.checklist[0].items[0].value["street"] = "changed"
        assert value == lead.checklist[0].items[0].value


OPTIONAL = [
    "status",
    "checklistItems",
    "documents",
    "actionLogs",
    "matchingLeads",
    "lastAction",
    "nextFollowUp",
    "nextDraft",
]
JUNK: list[Any] = [None, 7, 1.5, True, "word", "", [], [None, 7, "x", [], {"novel": None}], {}, {"id": None}, {"id": 3}]


def walk(view: Any) -> None:
    """Read every property of a view and of the views in it."""
    for name in dir(type(view)):
        if name.startswith("_") or (callable(getattr(type(view), name)) and not name.startswith("iter_")):
            continue
        found = getattr(view, name)
        for each in list(found()) if name.startswith("iter_") else found if isinstance(found, tuple) else [found]:
            if isinstance(each, omni.Lead | omni.ChecklistGroup | omni.ActionLog | omni.Message | omni.Tool):
                walk(each)
            if isinstance(each, omni.ChecklistItem | omni.MatchingLead):
                walk(each)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_surprises_never_lose_a_lead(junk: Any, published: dict[str, Any]) -> None:
    """Each optional key is dropped or replaced in turn, at every level, and all else still reads."""
    definition_keys = [*published["checklistItems"][0]["items"][0]["checklistItem"], "validationRules"]
    places: list[tuple[list[Any], list[str]]] = [
        ([], OPTIONAL),
        (["lead"], [key for key in [*published["lead"], "tags", "optOutAt", "novel"] if key != "id"]),
        (["checklistItems", 0], ["id", "name", "conditions", "items"]),
        (["checklistItems", 0, "items", 0], ["id", "value", "status", "itemOverride", "checklistItem", "documents"]),
        (["checklistItems", 0, "items", 0, "checklistItem"], definition_keys),
        (["actionLogs", 0], ["id", "type", "status", "summary", "createdAt", "tool", "messages", "input"]),
    ]
    for place, keys in places:
        for key in keys:
            for drop in (True, False):
                data = copy.deepcopy(published)
                target: Any = data
                for step in place:
                    target = target[step]
                target.pop(key, None) if drop else target.update({key: junk})

                lead = omni.Lead.from_dict(data)

                walk(lead)
                assert data == lead.to_dict()
                assert lead.id == "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
                assert lead == pickle.loads(pickle.dumps(lead))


def test_one_bad_element_does_not_hide_its_neighbours() -> None:
    """The generated code gives up on the whole array; the views do not."""
    lead = lead_with(None, item("COMPLETED"), "x", item("ON_THE_MOON"))

    assert [each.status for each in lead.checklist[0].items] == ["COMPLETED", "ON_THE_MOON"]
    assert isinstance(lead.checklist[0].items[0].raw, models.ChecklistItem)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-01-30T02:00:00.000Z", datetime(2026, 1, 30, 2, tzinfo=UTC)),
        ("2026-01-30T02:00:00Z", datetime(2026, 1, 30, 2, tzinfo=UTC)),
        ("2026-01-30T04:00:00+02:00", datetime(2026, 1, 30, 2, tzinfo=UTC)),
        ("2026-01-30T02:00:00", datetime(2026, 1, 30, 2, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (1738202400, None),
    ],
)
def test_timestamps(stamp: object, expected: datetime | None) -> None:
    """Aware and in UTC, or None; what came is kept."""
    lead = omni.Lead.from_dict({"lead": {"id": "x", "createdAt": stamp}})

    assert expected == lead.created_at
    assert stamp == lead.to_dict()["lead"]["createdAt"]
    assert expected is None or expected.tzinfo is lead.created_at.tzinfo  # type: ignore[union-attr]


@pytest.mark.parametrize("record", [{"didOptOut": True}, {"optOutAt": "2026-01-30T02:00:00Z"}])
def test_an_opt_out_is_seen_wherever_it_stands(record: dict[str, Any]) -> None:
    """The flag, the date and the status each are enough: nobody is contacted for want of one of them."""
    assert omni.Lead.from_dict({"lead": {"id": "x", **record}}).did_opt_out
    assert omni.Lead.from_dict({"lead": {"id": "x"}, "status": "OPTED_OUT"}).did_opt_out
    assert not omni.Lead.from_dict({"lead": {"id": "x"}}).did_opt_out


def test_views_are_values(published: dict[str, Any]) -> None:
    """Equal when their JSON is equal; hashable, picklable, copyable."""
    lead, same = omni.Lead.from_dict(published), omni.Lead.from_dict(published)
    other = omni.Lead.from_dict({**published, "status": "COMPLETED"})

    assert lead == same
    assert {lead} == {same}
    assert lead != other
    assert lead != published
    assert (other.is_complete, lead.is_complete) == (True, False)
    for again in (pickle.loads(pickle.dumps(lead)), copy.copy(lead), copy.deepcopy(lead)):
        assert lead == again
        assert lead.checklist == again.checklist


def test_a_document_keeps_its_item_when_copied() -> None:
    """Where a file belongs survives a process boundary."""
    (document,) = lead_with(item(field_type="FILE", documents=[{"id": "d"}])).iter_file_documents()

    again = pickle.loads(pickle.dumps(document))

    assert document == again
    assert document.item == again.item


def test_views_cannot_be_changed(published: dict[str, Any]) -> None:
    """Neither by setting, nor through what went in, nor through what comes out."""
    lead = omni.Lead.from_dict(published)
    before = copy.deepcopy(published)

    with pytest.raises(AttributeError):
        lead.id = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        lead.raw = None  # type: ignore[misc, assignment]
    with pytest.raises(AttributeError):
        lead.anything = None  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        del lead._data
    published["lead"]["firstName"] = "changed"
    lead.to_dict()["lead"]["firstName"] = "changed"

    assert before == lead.to_dict()


def test_a_repr_shows_ids_and_states_only(published: dict[str, Any]) -> None:
    """No name, address, value, file name or link."""
    documents = [{"id": "d", "filename": "Doe.pdf", "signedUrl": "https://x.example.com/?signature=s"}]
    published["documents"] = published["checklistItems"][0]["items"][0]["documents"] = documents
    published["actionLogs"][0]["messages"] = [{"id": "m", "body": "Hi John", "channel": "SMS", "direction": "INBOUND"}]
    lead = omni.Lead.from_dict(published)

    shown = repr([lead, *lead.checklist, *lead.iter_items(), *lead.documents, *lead.action_logs])

    assert "Lead(id='a9d0a790-201b-47e9-84ed-cc7eed1270c5', status='IN_PROGRESS')" in shown
    assert repr(lead.action_logs[0].messages[0]) == "Message(id='m', channel='SMS', direction='INBOUND')"
    for secret in ("John", "Doe", "Pacific", "example.com", "signature", "Business"):
        assert secret not in shown


def test_the_flat_shape_with_keys_of_today() -> None:
    """Whatever stands beside the lead today may stand in the flat shape too."""
    flat = {**FLAT, "documents": [{"id": "d"}], "checklistItems": [{"items": [item()]}], "nextDraft": {"id": "n"}}

    lead = omni.Lead.from_dict(flat)

    assert [each.id for each in lead.documents] == ["d"]
    assert len(lead.missing_items) == 1
    assert lead.next_draft is not None


def test_views_go_as_deep_as_json() -> None:
    """A deeply nested novelty is copied, pickled and given back like anything else."""
    data = {"lead": {"id": "x", "tags": json.loads("[" * 300 + "]" * 300)}}
    lead = omni.Lead.from_dict(data)

    assert data == lead.to_dict()
    assert lead == pickle.loads(pickle.dumps(lead))
    assert data["lead"]["tags"] == list(lead.tags)


def test_any_mapping_will_do() -> None:
    """from_dict takes what is a mapping, and refuses what is no JSON."""
    assert omni.Lead.from_dict(MappingProxyType({"lead": {"id": "x"}})).id == "x"
    with pytest.raises(omni.UsageError, match="Lead: expected"):
        omni.Lead.from_dict({"lead": {"id": "x", "firstName": object()}})


@pytest.mark.parametrize("data", [None, [], "x", {}, {"lead": None}, {"lead": {"id": ""}}, {"id": 7}, {"name": "x"}])
def test_what_is_no_lead_is_refused(data: Any) -> None:
    """from_dict says what it expected."""
    with pytest.raises(omni.UsageError, match="Lead: expected"):
        omni.Lead.from_dict(data)
    with pytest.raises(omni.UsageError, match="Document: expected"):
        omni.Document.from_dict([])  # type: ignore[arg-type]


def test_tags_come_as_they_are() -> None:
    """Whether a tag is a text or an object is not documented."""
    lead = omni.Lead.from_dict({"lead": {"id": "x", "tags": ["vip", {"name": "new"}]}})

    assert lead.tags == ("vip", {"name": "new"})


def test_matching_leads_and_drafts() -> None:
    """Matching leads have an id; a draft is an action log."""
    lead = lead_with(matchingLeads=[{"id": "other"}, {}], nextDraft={"id": "n", "status": "AWAITING_APPROVAL"})

    assert [each.id for each in lead.matching_leads] == ["other", ""]
    assert lead.next_draft is not None
    assert lead.next_draft.status == omni.ActionLogStatus.AWAITING_APPROVAL


FIELDS = {name: member for name, member in inspect.getmembers(omni.Lead) if isinstance(member, Field)}


@pytest.mark.parametrize(
    "double", [create_autospec(omni.Lead), create_autospec(omni.Lead, instance=True), Mock(spec=omni.Lead)]
)
def test_a_double_has_every_field(double: Any) -> None:
    """A test double of a lead has the names of a lead, and no others."""
    assert [name for name in [*FIELDS, "id", "raw", "missing_items"] if not hasattr(double, name)] == []
    with pytest.raises(AttributeError):
        double.frist_name  # noqa: B018


def test_reading_fields_builds_no_generated_model(published: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Models take their time to load and to build, so only what is named after them does so, and once."""
    built: list[str] = []

    def build(model: str, data: Any) -> Any:
        built.append(model)
        return build_model(model, data)

    monkeypatch.setattr("omni._views.base.build_model", build)
    lead = omni.Lead.from_dict(published)

    assert {name: getattr(lead, name) for name in FIELDS}
    assert (lead.missing_items, built) == ((), [])
    assert lead.raw is lead.raw
    assert built == ["LeadDetails"]


def test_threads_that_read_a_field_at_once_get_the_same_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was kept first: no lock is taken, and no view is another one than before."""
    lead = lead_with(item())
    read = omni.Lead.checklist._read

    def overtaken(value: Any) -> Any:
        monkeypatch.undo()
        first.append(lead.checklist)
        return read(value)

    first: list[Any] = []
    monkeypatch.setattr(omni.Lead.checklist, "_read", overtaken)

    assert lead.checklist is first[0]
    assert lead.checklist is first[0]


def test_values_that_can_be_changed_are_copies() -> None:
    """Of all others, the second read gives the same object."""
    log = omni.ActionLog.from_dict({"id": "l", "input": {"a": [1]}, "messages": [{"id": "m"}], "error": "no"})
    log.input["a"].append(2)

    assert log.input == {"a": [1]}
    assert log.messages[0] is log.messages[0]
    assert (log.error, vars(log)["error"]) == ("no", "no")
    assert "input" not in vars(log)
