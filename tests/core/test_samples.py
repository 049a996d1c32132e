"""The documented answers of every operation read as what they are, and the contract knows all that is in them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import omni
from omni._operations import drift, registry

EXAMPLES = Path(__file__).parents[2] / "openapi" / "examples"

READ_BY: dict[str, tuple[registry.Operation[Any], str]] = {
    "get-lead": (registry.GET_LEAD, "GET"),
    "create-lead": (registry.CREATE_LEAD, "POST"),
    "update-lead": (registry.UPDATE_LEAD, "PUT"),
    "get-lead-documents": (registry.GET_DOCUMENTS, "GET"),
    "get-lead-documents-2025": (registry.GET_DOCUMENTS, "GET"),
    "get-lead-action-logs": (registry.GET_ACTION_LOGS, "GET"),
    "get-lead-action-logs-2025": (registry.GET_ACTION_LOGS, "GET"),
    "create-lead-checklist-item": (registry.ADD_CHECKLIST_ITEM, "POST"),
    "upload-documents": (registry.UPLOAD_DOCUMENTS, "POST"),
    "get-document": (registry.GET_DOCUMENT, "GET"),
    "get-analytics": (registry.GET_ANALYTICS, "GET"),
}


def sample(name: str) -> Any:
    """The documented answer."""
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def read() -> Callable[[str], Any]:
    """Read a documented answer as its operation does."""
    return lambda name: READ_BY[name][0].read(sample(name))


def test_every_sample_is_read_here() -> None:
    """But for the flat lead of 2025, which the contract does not have."""
    assert {path.stem for path in EXAMPLES.glob("*.json")} == {*READ_BY, "get-lead-2025"}


@pytest.mark.parametrize("name", READ_BY)
def test_the_contract_knows_the_sample(name: str) -> None:
    """No key, word, type or format of it is a surprise."""
    operation, method = READ_BY[name]

    assert drift.differences(sample(name), operation.path, method) == ()


@pytest.mark.parametrize("name", READ_BY)
def test_what_came_is_kept(name: str, read: Callable[[str], Any]) -> None:
    """To the character of each value."""
    view, data = read(name), sample(name)
    again = [each.to_dict() for each in view] if isinstance(view, tuple) else view.to_dict()

    assert again == data.get("checklistItem", data) if isinstance(data, dict) else again == data


def test_created_and_updated(read: Callable[[str], Any]) -> None:
    """Both are leads, without a status of their own."""
    for name, last_name in (("create-lead", "Sample"), ("update-lead", "Renamed")):
        lead = read(name)
        assert (lead.last_name, lead.status, lead.is_complete) == (last_name, "", False)
    assert [item.id for item in read("update-lead").iter_items()] == ["entry-1", "entry-3"]


def test_documents(read: Callable[[str], Any]) -> None:
    """Judgements by item and rule, and a key with spaces."""
    (document,) = read("get-lead-documents")
    (validation,) = document.validations
    (verdict,) = validation.verdicts

    assert (document.size, document.extraction_status, document.created_at) == (120000, "completed", None)
    assert [(each.item_id, each.label) for each in document.matched_items] == [(validation.item_id, "Statements")]
    assert (validation.document_id, validation.is_valid, validation.notes) == (document.id, True, "")
    assert (verdict.is_valid, verdict.rule) == (True, "Must be a company account")
    assert verdict.reason == "The account holder is a company."
    assert repr(verdict) == "RuleVerdict(is_valid='True')"


def test_documents_of_2025(read: Callable[[str], Any]) -> None:
    """With a date, and without judgements."""
    (document,) = read("get-lead-documents-2025")

    assert document.created_at == datetime(2025, 10, 13, 12, 0, 0, 215000, UTC)
    assert document.metadata["documentType"] == "Driver's License"
    assert (document.validations, document.matched_items) == ((), ())


HOSTILE: list[Any] = [None, 7, "x", [], {}, {"validationResults": 7}, {"Matched checklist items": {}}]


@pytest.mark.parametrize("value", HOSTILE)
def test_documents_that_are_not_as_documented(value: Any) -> None:
    """Whatever stands where an object is documented, the rest can be read."""
    document = omni.Document.from_dict({"id": "d", "metadata": value, "leadChecklistItemDocument": value})
    judged = omni.DocumentValidation.from_dict({"id": "v", "validationResult": value, "overallValid": None})

    assert (document.id, document.extraction_status, document.matched_items, document.validations) == (
        "d",
        None,
        (),
        (),
    )
    assert (judged.is_valid, judged.notes, judged.verdicts) == (None, None, ())


def test_the_judgement_of_the_result_counts_where_the_other_is_missing() -> None:
    """``overallValid`` stands in two places."""
    judged = omni.DocumentValidation.from_dict({"id": "v", "validationResult": {"overallValid": False}})

    assert judged.is_valid is False


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("aGk=", b"hi"),
        ("aG\nk=", b"hi"),
        (" aGk\r\n=\t\r\n", b"hi"),
        ("", None),
        (None, None),
        (7, None),
        ("aGk", None),
        ("%%", None),
        ("aGk=aGk=", None),
        ("aGk=\0", None),
        ("aGk\u00a0=", None),
    ],
)
def test_content(content: Any, read: bytes | None) -> None:
    """Base64 that is whole, with or without line breaks, or nothing."""
    assert omni.Document.from_dict({"id": "d", "content": content}).content == read


@pytest.mark.parametrize(
    ("facts", "read"),
    [
        ({"content": "", "size": 0}, b""),
        ({"content": "\n", "size": 0}, b""),
        ({"content": "", "size": 3}, None),
        ({"content": "", "size": None}, None),
        ({"content": None, "size": 0}, None),
        ({"size": 0}, None),
    ],
)
def test_content_of_an_empty_file(facts: dict[str, Any], read: bytes | None) -> None:
    """An empty file is no absent one: it is empty if its size says so too."""
    assert omni.Document.from_dict({"id": "d", **facts}).content == read


def test_get_document(read: Callable[[str], Any]) -> None:
    """Whose it is, and when it changed."""
    document = read("get-document")

    assert document.lead_id == "11111111-1111-4111-8111-111111111111"
    assert document.workspace_id == "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee"
    assert document.updated_at == datetime(2025, 10, 30, 12, 1, 20, 33000, UTC)


def test_uploads(read: Callable[[str], Any]) -> None:
    """The upload's own words read as everywhere else."""
    upload = read("upload-documents")
    first, second = upload.documents

    assert upload.action_log_id == "dddddddd-dddd-4ddd-8ddd-dddddddddddd"
    assert (first.filename, first.size, first.mime_type) == ("one.pdf", 1000, "application/pdf")
    assert first.signed_url == "https://bucket.s3.example.com/one"
    assert first.created_at == second.created_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert (first.item_id, first.external_id) == (None, None)
    assert "one.pdf" not in repr(upload) + repr(first)


def test_a_one_off_item(read: Callable[[str], Any]) -> None:
    """What it asks for, and of whom."""
    item = read("create-lead-checklist-item")

    assert (item.code, item.label, item.field_type) == ("WATER_BILL", "Water bill", omni.FieldType.FILE)
    assert (item.is_required, item.status) == (True, omni.ChecklistItemStatus.TODO)
    assert item.lead_id == "11111111-1111-4111-8111-111111111111"
    assert (item.agent_instructions, item.client_instructions) == ("No older than a quarter", "Send a scan or a photo")
    assert item.created_at == datetime(2026, 5, 4, 12, 0, 30, 123000, UTC)


def test_a_checklist_item_as_the_checklist_page_has_it() -> None:
    """Other values that were found, and why none is accepted."""
    item = omni.ChecklistItem.from_dict({"id": "i", "alternateValues": ["a", 1], "validationError": "Not a date"})

    assert (item.alternate_values, item.validation_error) == (("a", 1), "Not a date")


NOT_THE_ANSWER: list[tuple[registry.Operation[Any], Any]] = [
    (registry.GET_DOCUMENT, {}),
    (registry.GET_DOCUMENT, []),
    (registry.GET_DOCUMENT, {"id": None}),
    (registry.ADD_CHECKLIST_ITEM, {"success": True, "checklistItem": None}),
    (registry.GET_CHECKLIST, {}),
    (registry.GET_ACTION_LOGS, None),
    (registry.GET_DOCUMENTS, "x"),
    (registry.UPLOAD_DOCUMENTS, {"success": True}),
    (registry.GET_ANALYTICS, {"start": None}),
]


@pytest.mark.parametrize(("operation", "data"), NOT_THE_ANSWER)
def test_another_shape_is_refused(operation: registry.Operation[Any], data: Any) -> None:
    """An answer without what nothing works without is no answer."""
    with pytest.raises(omni.UsageError, match="expected"):
        operation.read(data)
