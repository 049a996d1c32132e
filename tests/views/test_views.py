"""Views read what a response has, and an unexpected value in it never hides the rest."""

import copy
import json
import pickle
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from omni_client import models

import omni

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


def test_published_lead(published: dict[str, Any]) -> None:
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


def test_published_checklist(published: dict[str, Any]) -> None:
    """Groups have items, and an item has the fields of its definition."""
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


@pytest.mark.parametrize(
    ("own", "definition", "expected"),
    [("a", "b", "a"), (None, "b", "b"), ("", "b", "b"), (7, "b", "b"), ("", "", ""), ("", None, None)],
)
def test_first_of_two_paths(own: object, definition: object, expected: str | None) -> None:
    """A field with two paths has the second one's value where the first one has none, or an empty one."""
    data = {"id": "lci-1", "checklistItemId": own, "checklistItem": {"id": definition}}

    assert omni.ChecklistItem.from_dict(data).definition_id == expected


def test_published_action_log(published: dict[str, Any]) -> None:
    """Absent and null values read as None, absent arrays as empty tuples."""
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


def test_action_log_with_tool_and_messages() -> None:
    """The tool, the messages and their attachments are views."""
    document = {
        "id": "doc",
        "filename": "a.png",
        "mimeType": "image/png",
        "size": 3,
        "signedUrl": "https://x.example.com",
    }
    message_data = {
        "id": "m",
        "channel": "SMS",
        "direction": "INBOUND",
        "subject": None,
        "body": "Hi",
        "documents": [document],
    }
    tool = {"id": "t", "name": "update-checklist-item", "description": "Sets one value"}
    data = {"id": "l", "input": {"channel": "SMS"}, "output": {"ok": [1]}, "error": "no", "parentActionId": "p"}

    log = omni.ActionLog.from_dict({**data, "tool": tool, "messages": [message_data]})

    assert (log.input, log.output, log.error, log.parent_action_id) == ({"channel": "SMS"}, {"ok": [1]}, "no", "p")
    assert log.tool is not None
    assert (log.tool.id, log.tool.name, log.tool.description) == ("t", "update-checklist-item", "Sets one value")
    (message,) = log.messages
    assert (message.channel, message.direction) == (omni.MessageChannel.SMS, omni.MessageDirection.INBOUND)
    assert (message.subject, message.body) == (None, "Hi")
    (file,) = message.documents
    assert (
        file.filename,
        file.mime_type,
        file.size,
        file.signed_url,
    ) == ("a.png", "image/png", 3, "https://x.example.com")
    assert (file.item, file.created_at, file.metadata) == (None, None, None)


def test_flat_shape_of_2025() -> None:
    """The older documented response reads like the current one, and ``to_dict`` returns it unchanged."""
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
def test_single_name_of_the_flat_shape(name: object, first: str | None, last: str | None) -> None:
    """It is split at the first space; a phone number is not a name."""
    lead = omni.Lead.from_dict({**FLAT, "name": name})

    assert (first, last) == (lead.first_name, lead.last_name)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("2025550123", "+12025550123"), ("+442025550123", "+442025550123"), ("555-0123", "555-0123"), (None, None)],
)
def test_phone_number_of_the_flat_shape(number: object, expected: str | None) -> None:
    """Ten digits are a US number and get a +1; anything else is unchanged."""
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
def test_missing_items(status: Any, missing: bool) -> None:
    """A required item is missing until it is complete, skipped or in review; an optional one never is."""
    lead = lead_with(item(status), item(status, required=False), item(status, required=None))

    assert ([lead.checklist[0].items[0]] if missing else []) == list(lead.missing_items)


@pytest.mark.parametrize("field_type", ["BANK_STATEMENT", "FILE", "ID", "TAX_RETURN", "HOLOGRAM"])
def test_file_documents_in_checklist_order(field_type: str) -> None:
    """Documents of file items have their item; an unknown field type counts as a file if it has documents."""
    documents = [{"id": f"{field_type}-{number}"} for number in range(3)]
    lead = lead_with(item("COMPLETED", field_type, documents=documents), item(), item(field_type="FILE"))

    file_documents = list(lead.iter_file_documents())

    assert [data["id"] for data in documents] == [document.id for document in file_documents]
    assert {lead.checklist[0].items[0]} == {document.item for document in file_documents}


def test_item_that_asks_for_a_value_has_no_file_documents() -> None:
    """Its documents are not file documents, but ``item.documents`` has them."""
    lead = lead_with(item(documents=[{"id": "d"}]), item(field_type="HOLOGRAM"))

    assert list(lead.iter_file_documents()) == []
    assert lead.checklist[0].items[0].documents[0].id == "d"


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, None, ["a"], {"street": "1 Test Way", "city": None}])
def test_value_of_any_type(value: Any) -> None:
    """String, number or address: the value is a copy of the JSON, so changing it does not change the view."""
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


def read_all(view: Any) -> None:
    """Read every property of a view and of the views in it."""
    for name in dir(type(view)):
        if name.startswith("_") or (callable(getattr(type(view), name)) and not name.startswith("iter_")):
            continue
        value = getattr(view, name)
        for inner in list(value()) if name.startswith("iter_") else value if isinstance(value, tuple) else [value]:
            if isinstance(inner, omni.Lead | omni.ChecklistGroup | omni.ActionLog | omni.Message | omni.Tool):
                read_all(inner)
            if isinstance(inner, omni.ChecklistItem | omni.MatchingLead):
                read_all(inner)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_unexpected_value_never_hides_the_rest_of_a_lead(junk: Any, published: dict[str, Any]) -> None:
    """Each optional key is dropped or replaced in turn, at every level, and all else can still be read."""
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

                read_all(lead)
                assert data == lead.to_dict()
                assert lead.id == "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
                assert lead == pickle.loads(pickle.dumps(lead))


def test_invalid_element_of_an_array_is_skipped() -> None:
    """The generated code drops the whole array; views keep the other elements."""
    lead = lead_with(None, item("COMPLETED"), "x", item("ON_THE_MOON"))

    assert [item.status for item in lead.checklist[0].items] == ["COMPLETED", "ON_THE_MOON"]
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
    """They are aware and in UTC, or None if they cannot be read; ``to_dict`` has the original string."""
    lead = omni.Lead.from_dict({"lead": {"id": "x", "createdAt": stamp}})

    assert expected == lead.created_at
    assert stamp == lead.to_dict()["lead"]["createdAt"]
    assert expected is None or expected.tzinfo is lead.created_at.tzinfo  # type: ignore[union-attr]


@pytest.mark.parametrize("record", [{"didOptOut": True}, {"optOutAt": "2026-01-30T02:00:00Z"}])
def test_opt_out_by_flag_date_or_status(record: dict[str, Any]) -> None:
    """Each of them is enough, so that nobody is contacted because one is absent."""
    assert omni.Lead.from_dict({"lead": {"id": "x", **record}}).did_opt_out
    assert omni.Lead.from_dict({"lead": {"id": "x"}, "status": "OPTED_OUT"}).did_opt_out
    assert not omni.Lead.from_dict({"lead": {"id": "x"}}).did_opt_out


def test_views_compare_hash_pickle_and_copy_by_their_json(published: dict[str, Any]) -> None:
    """They are equal when their JSON is equal."""
    lead, same = omni.Lead.from_dict(published), omni.Lead.from_dict(published)
    other = omni.Lead.from_dict({**published, "status": "COMPLETED"})

    assert lead == same
    assert {lead} == {same}
    assert lead != other
    assert lead != published
    assert (other.is_complete, lead.is_complete) == (True, False)
    for copied in (pickle.loads(pickle.dumps(lead)), copy.copy(lead), copy.deepcopy(lead)):
        assert lead == copied
        assert lead.checklist == copied.checklist


def test_document_keeps_its_item_when_pickled() -> None:
    """A pickled document can be sent to another process and still has its item."""
    (document,) = lead_with(item(field_type="FILE", documents=[{"id": "d"}])).iter_file_documents()

    copied = pickle.loads(pickle.dumps(document))

    assert document == copied
    assert document.item == copied.item


def test_views_are_read_only(published: dict[str, Any]) -> None:
    """Attributes cannot be set, and the dicts that go in and come out are copies."""
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


def test_repr_shows_ids_and_states_only(published: dict[str, Any]) -> None:
    """It has no name, address, value, file name or link."""
    documents = [{"id": "d", "filename": "Doe.pdf", "signedUrl": "https://x.example.com/?signature=s"}]
    published["documents"] = published["checklistItems"][0]["items"][0]["documents"] = documents
    published["actionLogs"][0]["messages"] = [{"id": "m", "body": "Hi John", "channel": "SMS", "direction": "INBOUND"}]
    lead = omni.Lead.from_dict(published)

    shown = repr([lead, *lead.checklist, *lead.iter_items(), *lead.documents, *lead.action_logs])

    assert "Lead(id='a9d0a790-201b-47e9-84ed-cc7eed1270c5', status='IN_PROGRESS')" in shown
    assert repr(lead.action_logs[0].messages[0]) == "Message(id='m', channel='SMS', direction='INBOUND')"
    for secret in ("John", "Doe", "Pacific", "example.com", "signature", "Business"):
        assert secret not in shown


def test_flat_shape_with_keys_of_the_current_shape() -> None:
    """Keys that are beside the lead in the current shape are read in the flat shape too."""
    flat = {**FLAT, "documents": [{"id": "d"}], "checklistItems": [{"items": [item()]}], "nextDraft": {"id": "n"}}

    lead = omni.Lead.from_dict(flat)

    assert [document.id for document in lead.documents] == ["d"]
    assert len(lead.missing_items) == 1
    assert lead.next_draft is not None


def test_deeply_nested_json() -> None:
    """JSON that is nested too deep for ``copy.deepcopy`` can be copied and pickled."""
    data = {"lead": {"id": "x", "tags": json.loads("[" * 300 + "]" * 300)}}
    lead = omni.Lead.from_dict(data)

    assert data == lead.to_dict()
    assert lead == pickle.loads(pickle.dumps(lead))
    assert data["lead"]["tags"] == list(lead.tags)


def test_from_dict_takes_any_mapping() -> None:
    """A mapping of JSON values is accepted, anything else is a UsageError."""
    assert omni.Lead.from_dict(MappingProxyType({"lead": {"id": "x"}})).id == "x"
    with pytest.raises(omni.UsageError, match="Lead: expected"):
        omni.Lead.from_dict({"lead": {"id": "x", "firstName": object()}})


@pytest.mark.parametrize("data", [None, [], "x", {}, {"lead": None}, {"lead": {"id": ""}}, {"id": 7}, {"name": "x"}])
def test_from_dict_refuses_what_is_not_a_lead(data: Any) -> None:
    """The message says what was expected."""
    with pytest.raises(omni.UsageError, match="Lead: expected"):
        omni.Lead.from_dict(data)
    with pytest.raises(omni.UsageError, match="Document: expected"):
        omni.Document.from_dict([])  # type: ignore[arg-type]


def test_tags_of_any_type() -> None:
    """Whether a tag is a string or an object is not documented."""
    lead = omni.Lead.from_dict({"lead": {"id": "x", "tags": ["vip", {"name": "new"}]}})

    assert lead.tags == ("vip", {"name": "new"})


def test_matching_leads_and_drafts() -> None:
    """Matching leads have an id; a draft is an action log."""
    lead = lead_with(matchingLeads=[{"id": "other"}, {}], nextDraft={"id": "n", "status": "AWAITING_APPROVAL"})

    assert [match.id for match in lead.matching_leads] == ["other", ""]
    assert lead.next_draft is not None
    assert lead.next_draft.status == omni.ActionLogStatus.AWAITING_APPROVAL
