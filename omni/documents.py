"""Documents: the files that were uploaded for a lead."""

import binascii
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from omni_client import models
from omni_client.types import UNSET

import omni
from omni._view import View, copied, fields, flag, moment, number, text, views


class MatchedItem(View["models.MatchedItem"]):
    """A checklist item that a file was found to belong to. Source: the page Get Lead Documents."""

    _model = "MatchedItem"
    _shown = ("item_id",)

    @property
    def item_id(self) -> str | None:
        """The id of the lead's checklist item, ``leadChecklistItemId`` in the API."""
        return text(self.raw.lead_checklist_item_id)

    @property
    def label(self) -> str | None:
        """What was asked for, in words."""
        return text(self.raw.label)


class RuleVerdict(View["models.RuleVerdict"]):
    """What one rule said of a file. Source: the page Get Lead Documents."""

    _model = "RuleVerdict"
    _shown = ("is_valid",)

    @property
    def is_valid(self) -> bool | None:
        """Whether the rule is kept; None if the response does not say."""
        return flag(self.raw.is_valid)

    @property
    def rule(self) -> str | None:
        """The rule, in natural language."""
        return text(self.raw.rule_name)

    @property
    def reason(self) -> str | None:
        """Why, in natural language."""
        return text(self.raw.is_valid_reason)


class DocumentValidation(View["models.DocumentValidation"]):
    """How a file was judged for one checklist item. Source: the page Get Lead Documents."""

    _model = "DocumentValidation"

    @property
    def item_id(self) -> str | None:
        """The id of the lead's checklist item, ``leadChecklistItemId`` in the API."""
        return text(self.raw.lead_checklist_item_id)

    @property
    def document_id(self) -> str | None:
        """The document's id."""
        return text(self.raw.document_id)

    @property
    def is_valid(self) -> bool | None:
        """Whether the file is accepted; None if the response does not say, or not clearly.

        It says so in two places: False if either does, True if none says anything else.
        """
        said = [each for each in (self.raw.overall_valid, self._result.overall_valid) if each not in (None, UNSET)]
        if any(each is False for each in said):
            return False
        return True if said and all(each is True for each in said) else None

    @property
    def notes(self) -> str | None:
        """Remarks beside the rules."""
        return text(self._result.other_notes)

    @cached_property
    def verdicts(self) -> tuple[RuleVerdict, ...]:
        """What each rule said."""
        return views(RuleVerdict, fields(self._data.get("validationResult")).get("validationResults"))

    @property
    def _result(self) -> "models.ValidationResult":
        found = self.raw.validation_result
        return found if isinstance(found, models.ValidationResult) else models.ValidationResult()


class Document(View["models.Document"]):
    """An uploaded file. Source: the pages Get Lead, Get Lead Documents and Get Document."""

    item: "omni.ChecklistItem | None" = None
    """The checklist item it was reached through, by ``item.documents`` or ``lead.iter_file_documents()``."""

    _model = "Document"

    def __init__(self, data: Any, item: "omni.ChecklistItem | None" = None) -> None:
        super().__init__(data)
        self.__dict__["item"] = item

    @property
    def filename(self) -> str | None:
        """The name its sender gave it: never use it as a path."""
        return text(self.raw.filename)

    @property
    def mime_type(self) -> str | None:
        """Its media type, such as ``application/pdf``."""
        return text(self.raw.mime_type)

    @property
    def size(self) -> int | None:
        """Its size in bytes."""
        return number(self.raw.size)

    @property
    def signed_url(self) -> str | None:
        """Presigned link, good for one hour and for whoever holds it: download it without the API key, never log it."""
        return text(self.raw.signed_url)

    @property
    def lead_id(self) -> str | None:
        """The lead it belongs to; only ``client.documents.get()`` tells it."""
        return text(self.raw.lead_id)

    @property
    def workspace_id(self) -> str | None:
        """The workspace that owns it; only ``client.documents.get()`` tells it."""
        return text(self.raw.workspace_id)

    @property
    def content(self) -> bytes | None:
        """The file itself, after ``client.documents.get(…, include_content=True)``; None if it did not come whole.

        Line breaks and blanks in the base64 are passed over. An empty text is an empty file (``b""``) if ``size`` is 0
        too, and else a file that did not come.
        """
        try:
            content = (text(self.raw.content) or "").encode("ascii").translate(None, b" \t\r\n")
            return binascii.a2b_base64(content, strict_mode=True) if content or self._is_empty else None
        except ValueError:
            return None

    @property
    def _is_empty(self) -> bool:
        return self.size == 0 and text(self.raw.content) is not None

    @property
    def created_at(self) -> datetime | None:
        """When it was uploaded, in UTC; only ``client.documents.get()`` tells it, and older lists."""
        return moment(self.raw.created_at)

    @property
    def updated_at(self) -> datetime | None:
        """When it last changed, in UTC; only ``client.documents.get()`` tells it."""
        return moment(self.raw.updated_at)

    @property
    def metadata(self) -> Any:
        """What extraction found, as it came: a dict or None; its keys changed over time."""
        return copied(self._data.get("metadata"))

    @property
    def extraction_status(self) -> str | None:
        """How far extraction is; ``completed`` is the only documented word."""
        return text(self._found.extraction_status)

    @cached_property
    def matched_items(self) -> tuple[MatchedItem, ...]:
        """The checklist items that the file was found to belong to, ``Matched checklist items`` in the API."""
        return views(MatchedItem, fields(self._data.get("metadata")).get("Matched checklist items"))

    @cached_property
    def validations(self) -> tuple[DocumentValidation, ...]:
        """How it was judged, by checklist item, ``leadChecklistItemDocument`` in the API."""
        return views(DocumentValidation, self._data.get("leadChecklistItemDocument"))

    @property
    def _found(self) -> "models.DocumentMetadata":
        found = self.raw.metadata
        return found if isinstance(found, models.DocumentMetadata) else models.DocumentMetadata()

    def __reduce__(self) -> tuple[Any, ...]:
        return _with_item, (*super().__reduce__(), self.item)


def _with_item(
    make: Callable[..., Document], arguments: tuple[Any, ...], item: "omni.ChecklistItem | None"
) -> Document:
    document = make(*arguments)
    return type(document)(document._data, item)


class UploadedDocument(View["models.UploadedDocument"]):
    """A file as the upload answers it. Source: the page Upload Document."""

    _model = "UploadedDocument"

    @property
    def filename(self) -> str | None:
        """The name it is stored under."""
        return text(self.raw.filename)

    @property
    def mime_type(self) -> str | None:
        """Its media type."""
        return text(self.raw.mime_type)

    @property
    def size(self) -> int | None:
        """Its size in bytes."""
        return number(self.raw.size)

    @property
    def signed_url(self) -> str | None:
        """Link to it, ``url`` in the API; how long it lasts is not documented. Never log it."""
        return text(self.raw.url)

    @property
    def created_at(self) -> datetime | None:
        """When it was uploaded, in UTC, ``uploadedAt`` in the API."""
        return moment(self.raw.uploaded_at)

    @property
    def item_id(self) -> str | None:
        """The checklist item it was tied to, ``associatedChecklistItemId`` in the API; null in the sample."""
        return text(self.raw.associated_checklist_item_id)

    @property
    def external_id(self) -> str | None:
        """Your id of the file; where the response has it is not documented."""
        return text(self.raw.external_id)


class Upload(View["models.DocumentsUploaded"]):
    """The answer to one upload request. Source: the page Upload Document."""

    _model = "DocumentsUploaded"
    _shown = ("action_log_id",)

    @cached_property
    def documents(self) -> tuple[UploadedDocument, ...]:
        """What was stored; its order is not documented."""
        return views(UploadedDocument, self._data.get("documents"))

    @property
    def action_log_id(self) -> str | None:
        """The id of an action log of the upload."""
        return text(self.raw.action_log_id)
