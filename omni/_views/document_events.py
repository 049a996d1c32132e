"""Webhook events of documents: a file arrived, and its processing ended."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from omni_client import models  # noqa: F401 - named in quotes
from omni_client.models import FieldType

from omni._views.base import View
from omni._views.event import Event, is_opaque_id
from omni._views.fields import enum, instant, integer, json_array, json_value, text, views
from omni._views.json_values import as_dict, resembles


class DocumentReceived(Event):
    """A file arrived, by e-mail, SMS, portal or API. Source: the page of the event document.received."""

    _model = "DocumentReceivedEvent"
    _identity = ("document_id",)

    document_id = text("document.id", default="")
    """The document's id; empty if there was none."""
    external_document_id = text("document.externalId")
    """The id of the document in your own system, ``externalId`` in the API."""
    lead_id = text("document.leadId", default="")
    """The lead's id; empty if there was none."""
    external_lead_id = text("document.externalLeadId")
    """The id of the lead in your own system, if you gave one."""
    workspace_id = text("workspaceId")
    """The workspace that owns the document."""
    filename = text("document.filename")
    """The name its sender gave it: never use it as a path."""
    mime_type = text("document.mimeType")
    """Its media type, such as ``application/pdf``."""
    size = integer("document.size")
    """Its size in bytes."""
    signed_url = text("document.signedUrl")
    """Presigned link, good for one hour: prefer ``client.documents.get(event.document_id)``.

    Whoever can post to your receiver could write any address here. Never log it.
    """
    message_id = text("document.messageId")
    """The id of the message that it came with."""
    metadata = json_value("document.metadata")
    """What was stored with the file, as it came; null in the sample."""
    created_at = instant("document.createdAt")
    """When it arrived, in UTC."""
    _occurred_at = instant("occurredAt")
    """When it happened; in the payloads of October 2025 only."""

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened, in UTC: ``occurredAt`` of the oldest payloads, else when the file arrived."""
        return self._occurred_at or self.created_at


class ClassifiedItem(View["models.ClassifiedItem"]):
    """A checklist item that a file was found to belong to. Source: the page of the event document.extracted."""

    _model = "ClassifiedItem"
    _shown = ("item_id",)

    item_id = text("leadChecklistItemId")
    """The id of the lead's checklist item, ``leadChecklistItemId`` in the API."""
    code = text("checklistItemCode")
    """The stable code that create and update address the item by."""
    label = text("label")
    """What was asked for, as people read it."""
    field_type = enum(FieldType, "fieldType")
    """The type of value or file that is asked for."""
    validation_status = text("validation.status")
    """How it was judged: ``invalid``, or its counterpart, which is not documented; None if no rules ran."""
    reasons = json_array("validation.reasons")
    """Why, in natural language."""

    @property
    def is_invalid(self) -> bool:
        """Whether the file was refused for this item."""
        return resembles(self.validation_status, "invalid")


class ExtractedValue(View["models.ExtractedValue"]):
    """One value that was read from a file. Source: the page of the event document.extracted."""

    _model = "ExtractedValue"
    _shown = ("item_id",)

    item_id = text("leadChecklistItemId")
    """The id of the lead's checklist item, ``leadChecklistItemId`` in the API."""
    label = text("label")
    """What it is, in words."""
    value = json_value("value")
    """The value, as it came; a string in the samples."""


class ExtractionOutcome(StrEnum):
    """What became of a document, derived from its event: the API's ``status`` says only whether processing ended."""

    EXTRACTED = "extracted"
    """It was read; ``values`` has what was found, which may be nothing."""
    NOT_RECOGNISED = "not_recognised"
    """It matches no checklist item; ``not_recognised_reason`` says why."""
    REFUSED = "refused"
    """A matching item's rules say it is invalid, so nothing was read; the ``reasons`` of ``matched_items`` say why."""
    FAILED = "failed"
    """Processing broke; no key for the reason is documented."""


class DocumentExtracted(Event):
    """The processing of a file ended, in one of four ways. Source: the page of the event document.extracted."""

    _model = "DocumentExtractedEvent"
    _shown: ClassVar[tuple[str, ...]] = ("key", "outcome")

    document_id = text("documentId", default="")
    """The document's id; empty if there was none."""
    external_document_id = text("externalId")
    """The id of the document in your own system, ``externalId`` in the API."""
    lead_id = text("leadId", default="")
    """The lead's id; empty if there was none."""
    external_lead_id = text("externalLeadId")
    """The id of the lead in your own system, if you gave one."""
    workspace_id = text("workspaceId")
    """The workspace that owns the document."""
    status = text("status")
    """How processing ended: ``completed`` or ``failed``, in small or capital letters; ``outcome`` tells more."""
    parent_action_id = text("parentActionId")
    """The id of the action that processed the file."""
    summary = text("summary")
    """The file in one or two sentences."""
    document_type = text("type")
    """What kind of document it is, in free words, such as ``Bank Statement``."""
    not_recognised_reason = text("classification.noMatchedItemReason")
    """Why it matches no checklist item, in natural language."""
    matched_items = views(ClassifiedItem, "classification.matchedChecklistItems")
    """The checklist items that it was found to belong to; none in payloads before classification came."""
    values = views(ExtractedValue, "extractionResult.items")
    """What was read from it."""
    extracted_count = integer("extractionResult.extractedCount")
    """How many values were read."""
    _occurred_at = instant("occurredAt")
    """When it happened; listed in the oldest copy of the page, in no sample."""

    @property
    def outcome(self) -> ExtractionOutcome | None:
        """What became of the document; None if the status is neither of the documented ones."""
        if resembles(self.status, "failed"):
            return ExtractionOutcome.FAILED
        if not resembles(self.status, "completed"):
            return None
        classification = as_dict(self._data.get("classification"))
        if classification and not self.matched_items:
            return ExtractionOutcome.NOT_RECOGNISED
        if any(item.is_invalid for item in self.matched_items):
            return ExtractionOutcome.REFUSED
        return ExtractionOutcome.EXTRACTED

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened, in UTC; None but for ``occurredAt`` of the oldest payloads."""
        return self._occurred_at

    @property
    def _kind(self) -> str:
        # A second run over the same document may have another result, and is another event.
        ids = [each if is_opaque_id(each) else "" for each in (self.document_id, self.parent_action_id)]
        return ":".join([self.name, *map(str, ids)])
