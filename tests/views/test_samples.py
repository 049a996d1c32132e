"""The documented response of every operation reads as documented, and the contract has all that is in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import omni
from omni._operations import drift, registry
from omni._operations.contract import snake_case
from omni._views.base import MismatchError

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "openapi" / "examples"
SPEC = json.loads((ROOT / "omni" / "sandbox" / "data" / "openapi.json").read_text("utf-8"))

BY_SAMPLE = {snake_case(name).replace("_", "-"): operation for name, operation in registry.OPERATIONS.items()}
# A sample has the name of its operation, and of the year if its shape is an older one. The flat lead of 2025 is not in
# the contract.
READ_BY: dict[str, registry.Operation[Any]] = {
    path.stem: BY_SAMPLE[path.stem.removesuffix("-2025")]
    for path in EXAMPLES.glob("*.json")
    if path.stem != "get-lead-2025"
}


def sample(name: str) -> Any:
    """The documented response."""
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def read() -> Callable[[str], Any]:
    """Read a documented response as its operation does."""
    return lambda name: READ_BY[name].read(sample(name))


@pytest.mark.parametrize("name", READ_BY)
def test_spec_has_the_sample(name: str) -> None:
    """Under its operation, as an example of the response: readers of the spec see it, and Prism responds with it."""
    operation = READ_BY[name]
    success = SPEC["paths"][operation.path][operation.method.lower()]["responses"]["200"]
    examples = success["content"]["application/json"]["examples"].values()

    assert sample(name) in [example["value"] for example in examples]


@pytest.mark.parametrize("name", READ_BY)
def test_contract_has_all_of_the_sample(name: str) -> None:
    """No key, enum value, type or format of it differs from the contract."""
    operation = READ_BY[name]

    assert drift.differences(sample(name), operation.path, operation.method) == ()


@pytest.mark.parametrize("name", READ_BY)
def test_to_dict_returns_the_response(name: str, read: Callable[[str], Any]) -> None:
    """It is unchanged."""
    view, data = read(name), sample(name)
    data_again = [inner.to_dict() for inner in view] if isinstance(view, tuple) else view.to_dict()

    assert data_again == data.get("checklistItem", data) if isinstance(data, dict) else data_again == data


def test_create_and_update_lead(read: Callable[[str], Any]) -> None:
    """Both responses are leads, without a status."""
    for name, last_name in (("create-lead", "Sample"), ("update-lead", "Renamed")):
        lead = read(name)
        assert (lead.last_name, lead.status, lead.is_complete) == (last_name, "", False)
    assert [item.id for item in read("update-lead").iter_items()] == ["entry-1", "entry-3"]


def test_documents(read: Callable[[str], Any]) -> None:
    """They have validations by item and rule, and a key with spaces."""
    (document,) = read("get-lead-documents")
    (validation,) = document.validations
    (verdict,) = validation.verdicts

    assert (document.size, document.extraction_status, document.created_at) == (120000, "completed", None)
    assert [(match.item_id, match.label) for match in document.matched_items] == [(validation.item_id, "Statements")]
    assert (validation.document_id, validation.is_valid, validation.notes) == (document.id, True, "")
    assert (verdict.is_valid, verdict.rule) == (True, "Must be a company account")
    assert verdict.reason == "The account holder is a company."
    assert repr(verdict) == "RuleVerdict(is_valid='True')"


def test_documents_of_2025(read: Callable[[str], Any]) -> None:
    """They have a date and no validations."""
    (document,) = read("get-lead-documents-2025")

    assert document.created_at == datetime(2025, 10, 13, 12, 0, 0, 215000, UTC)
    assert document.metadata["documentType"] == "Driver's License"
    assert (document.validations, document.matched_items) == ((), ())


HOSTILE: list[Any] = [None, 7, "x", [], {}, {"validationResults": 7}, {"Matched checklist items": {}}]


@pytest.mark.parametrize("value", HOSTILE)
def test_documents_that_are_not_as_documented(value: Any) -> None:
    """If something else is where an object is documented, the rest can be read."""
    document = omni.Document.from_dict({"id": "d", "metadata": value, "leadChecklistItemDocument": value})
    judged = omni.DocumentValidation.from_dict({"id": "v", "validationResult": value, "overallValid": None})

    assert (document.id, document.extraction_status, document.matched_items, document.validations) == (
        "d",
        None,
        (),
        (),
    )
    assert (judged.is_valid, judged.notes, judged.verdicts) == (None, None, ())


def test_verdict_of_the_result_is_used_if_the_other_is_missing() -> None:
    """``overallValid`` is documented in two places."""
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
    """Complete base64 is decoded, with or without line breaks; anything else is None."""
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
    """An empty string is an empty file only if the size is 0 too."""
    assert omni.Document.from_dict({"id": "d", **facts}).content == read


def test_get_document(read: Callable[[str], Any]) -> None:
    """It has the lead, the workspace and the time of the last change."""
    document = read("get-document")

    assert document.lead_id == "11111111-1111-4111-8111-111111111111"
    assert document.workspace_id == "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee"
    assert document.updated_at == datetime(2025, 10, 30, 12, 1, 20, 33000, UTC)


def test_uploads(read: Callable[[str], Any]) -> None:
    """Keys that have other names in uploads are read under the usual names."""
    upload = read("upload-documents")
    first, second = upload.documents

    assert upload.action_log_id == "dddddddd-dddd-4ddd-8ddd-dddddddddddd"
    assert (first.filename, first.size, first.mime_type) == ("one.pdf", 1000, "application/pdf")
    assert first.signed_url == "https://bucket.s3.example.com/one"
    assert first.created_at == second.created_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert (first.item_id, first.external_id) == (None, None)
    assert "one.pdf" not in repr(upload) + repr(first)


def test_one_off_item(read: Callable[[str], Any]) -> None:
    """It has the instructions for the agent and for the person."""
    item = read("create-lead-checklist-item")

    assert (item.code, item.label, item.field_type) == ("WATER_BILL", "Water bill", omni.FieldType.FILE)
    assert (item.is_required, item.status) == (True, omni.ChecklistItemStatus.TODO)
    assert item.lead_id == "11111111-1111-4111-8111-111111111111"
    assert (item.agent_instructions, item.client_instructions) == ("No older than a quarter", "Send a scan or a photo")
    assert item.created_at == datetime(2026, 5, 4, 12, 0, 30, 123000, UTC)


def test_item_of_the_checklist_page() -> None:
    """It has the alternate values and the validation error."""
    item = omni.ChecklistItem.from_dict({"id": "i", "alternateValues": ["a", 1], "validationError": "Not a date"})

    assert (item.alternate_values, item.validation_error) == (("a", 1), "Not a date")


OTHER_SHAPES: list[tuple[registry.Operation[Any], Any]] = [
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


@pytest.mark.parametrize(("operation", "data"), OTHER_SHAPES)
def test_other_shape_is_refused(operation: registry.Operation[Any], data: Any) -> None:
    """A response without its id, or without what it is about, cannot be read."""
    with pytest.raises(MismatchError, match="expected"):
        operation.read(data)
