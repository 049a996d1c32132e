"""Checklists: what a lead is asked for, how far it is, and the documents that were uploaded for it.

Item and document are in one module, since each leads to the other.
"""

import binascii
from collections.abc import Callable
from typing import Any

from omni_client import models
from omni_client.models import ChecklistItemStatus, FieldType

from omni._views.base import View
from omni._views.fields import boolean, enum, instant, integer, json_array, json_value, may_mean_yes, text, views

FILE_TYPES = frozenset({FieldType.BANK_STATEMENT, FieldType.FILE, FieldType.ID, FieldType.TAX_RETURN})

DONE_STATUSES = frozenset(
    {ChecklistItemStatus.COMPLETED, ChecklistItemStatus.NEEDS_REVIEW, ChecklistItemStatus.SKIPPED}
)
"""The API counts an item in review as done (lead.completed), and a skipped one is not asked for (update lead)."""


class MatchedItem(View["models.MatchedItem"]):
    """A checklist item that a file was found to belong to. Source: the page Get Lead Documents."""

    _model = "MatchedItem"
    _shown = ("item_id",)

    item_id = text("leadChecklistItemId")
    """The id of the lead's checklist item, ``leadChecklistItemId`` in the API."""
    label = text("label")
    """What was asked for, as people read it."""


class RuleVerdict(View["models.RuleVerdict"]):
    """What one rule said of a file. Source: the page Get Lead Documents."""

    _model = "RuleVerdict"
    _shown = ("is_valid",)

    is_valid = boolean("isValid")
    """Whether the file meets the rule; None if the response does not say."""
    rule = text("ruleName")
    """The rule, in natural language."""
    reason = text("isValidReason")
    """Why, in natural language."""


class DocumentValidation(View["models.DocumentValidation"]):
    """How a file was judged for one checklist item. Source: the page Get Lead Documents."""

    _model = "DocumentValidation"

    item_id = text("leadChecklistItemId")
    """The id of the lead's checklist item, ``leadChecklistItemId`` in the API."""
    document_id = text("documentId")
    """The document's id."""
    is_valid = boolean("overallValid", "validationResult.overallValid")
    """Whether the file is accepted; None if the response does not say, or not clearly.

    It says so in two places: False if either does, True if none says anything else.
    """
    notes = text("validationResult.otherNotes")
    """Remarks beside the rules."""
    verdicts = views(RuleVerdict, "validationResult.validationResults")
    """What each rule said."""


class Document(View["models.Document"]):
    """An uploaded file. Source: the pages Get Lead, Get Lead Documents and Get Document."""

    item: "ChecklistItem | None" = None
    """The checklist item it was reached through, by ``item.documents`` or ``lead.iter_file_documents()``."""

    _model = "Document"

    filename = text("filename")
    """The name its sender gave it: never use it as a path."""
    mime_type = text("mimeType")
    """Its media type, such as ``application/pdf``."""
    size = integer("size")
    """Its size in bytes."""
    signed_url = text("signedUrl")
    """Presigned link, good for one hour and for whoever holds it: download it without the API key, never log it."""
    lead_id = text("leadId")
    """The lead it belongs to; only ``client.documents.get()`` has it."""
    workspace_id = text("workspaceId")
    """The workspace that owns it; only ``client.documents.get()`` has it."""
    created_at = instant("createdAt")
    """When it was uploaded, in UTC; only ``client.documents.get()`` has it, and older lists."""
    updated_at = instant("updatedAt")
    """When it last changed, in UTC; only ``client.documents.get()`` has it."""
    metadata = json_value("metadata")
    """What extraction found, as it came: a dict or None; its keys changed over time."""
    extraction_status = text("metadata.extractionStatus")
    """How far extraction is; ``completed`` is the only documented value."""
    matched_items = views(MatchedItem, "metadata.Matched checklist items")
    """The checklist items that the file was found to belong to, ``Matched checklist items`` in the API."""
    validations = views(DocumentValidation, "leadChecklistItemDocument")
    """How it was judged, by checklist item, ``leadChecklistItemDocument`` in the API."""
    _base64 = text("content")
    """The file in base64, with or without line breaks."""

    @property
    def content(self) -> bytes | None:
        """The file itself, after ``client.documents.get(…, include_content=True)``; None if it did not come whole.

        Line breaks and blanks in the base64 are skipped. An empty string is an empty file (``b""``) if ``size`` is 0
        too, and else a file that did not come.
        """
        try:
            content = (self._base64 or "").encode("ascii").translate(None, b" \t\r\n")
            return binascii.a2b_base64(content, strict_mode=True) if content or self._is_empty else None
        except ValueError:
            return None

    @property
    def _is_empty(self) -> bool:
        return self.size == 0 and self._base64 is not None

    def __reduce__(self) -> tuple[Any, ...]:
        return _with_item, (*super().__reduce__(), self.item)


def _with_item(build: Callable[..., Document], arguments: tuple[Any, ...], item: "ChecklistItem | None") -> Document:
    document = build(*arguments)
    document.__dict__["item"] = item
    return document


class ChecklistItem(View["models.ChecklistItem"]):
    """One lead's entry for one thing that is asked for. Source: the pages Get Lead and Get Lead Checklist."""

    _model = "ChecklistItem"
    _shown = ("id", "status")

    definition_id = text("checklistItemId", "checklistItem.id")
    """The id of the definition, ``checklistItemId`` in the API."""
    code = text("checklistItem.code")
    """The stable code that create and update address the item by."""
    label = text("checklistItem.label")
    """What is asked for, as people read it."""
    value = json_value("value")
    """What was collected, as it came: text, a number, or a dict (an address); None if nothing was."""
    alternate_values = json_array("alternateValues")
    """Other values that were found, as they came; what one looks like is not documented."""
    validation_error = text("validationError")
    """Why the value is not accepted."""
    status = enum(ChecklistItemStatus, "status", default="")
    """How far it is; an empty string if the response had no status."""
    field_type = enum(FieldType, "checklistItem.fieldType")
    """The type of value or file that is asked for."""
    is_required = may_mean_yes("checklistItem.isRequired")
    """Whether the lead cannot be complete without it; False only if the response says no or nothing."""
    documents = views(Document, "documents", parent="item")
    """The files that were uploaded for it."""

    @property
    def definition(self) -> "models.ChecklistItemDefinition":
        """The generated model of the definition; empty if the response had none."""
        definition = self.raw.checklist_item
        if isinstance(definition, models.ChecklistItemDefinition):
            return definition
        return models.ChecklistItemDefinition()

    @property
    def is_complete(self) -> bool:
        """Whether its status is COMPLETED."""
        return self.status == ChecklistItemStatus.COMPLETED

    @property
    def is_missing(self) -> bool:
        """Whether it is required and still needs something: anything but COMPLETED, NEEDS_REVIEW or SKIPPED.

        Conditions and overrides are not considered, since their meaning is not documented.
        """
        return self.is_required and self.status not in DONE_STATUSES

    @property
    def is_file(self) -> bool:
        """Whether files are asked for; an unknown field type counts as one if the item came with documents."""
        if isinstance(self.field_type, FieldType):
            return self.field_type in FILE_TYPES
        return bool(self.documents)


class OneOffItem(View["models.OneOffItem"]):
    """A checklist item that was added to one lead only. Source: the page Create Lead Checklist Item."""

    _model = "OneOffItem"
    _shown = ("id", "status")

    lead_id = text("leadId")
    """The lead that has it."""
    code = text("code")
    """Its stable code, which the server makes from the label."""
    label = text("label")
    """What is asked for, as people read it."""
    field_type = enum(FieldType, "fieldType")
    """The type of value or file that is asked for."""
    is_required = may_mean_yes("isRequired")
    """Whether the lead cannot be complete without it; False only if the response says no or nothing."""
    status = enum(ChecklistItemStatus, "status", default="")
    """How far it is; an empty string if the response had no status."""
    agent_instructions = text("agentInstructions")
    """Instructions for the agent."""
    client_instructions = text("clientInstructions")
    """Instructions for the person, shown in the portal."""
    created_at = instant("createdAt")
    """When it was created, in UTC."""


class ChecklistGroup(View["models.ChecklistGroup"]):
    """A named group of checklist items. Source: the page Get Lead."""

    _model = "ChecklistGroup"

    name = text("name")
    """The heading."""
    items = views(ChecklistItem, "items")
    """The items, in the order of the response."""
