"""Checklists: what a lead is asked for, how far it is, and the documents that were uploaded for it.

Item and document are in one module, since each leads to the other.
"""

import binascii
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from omni_client import models
from omni_client.models import ChecklistItemStatus, FieldType
from omni_client.types import UNSET

from omni._views.base import View, copied, elements, fields, flag, may_mean_yes, moment, number, text, views, word

FILE_TYPES = frozenset({FieldType.BANK_STATEMENT, FieldType.FILE, FieldType.ID, FieldType.TAX_RETURN})

NOTHING_NEEDED = frozenset(
    {ChecklistItemStatus.COMPLETED, ChecklistItemStatus.NEEDS_REVIEW, ChecklistItemStatus.SKIPPED}
)
"""The API counts an item in review as done (lead.completed), and a skipped one is not asked for (update lead)."""


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

    item: "ChecklistItem | None" = None
    """The checklist item it was reached through, by ``item.documents`` or ``lead.iter_file_documents()``."""

    _model = "Document"

    def __init__(self, data: Any, item: "ChecklistItem | None" = None) -> None:
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


def _with_item(make: Callable[..., Document], arguments: tuple[Any, ...], item: "ChecklistItem | None") -> Document:
    document = make(*arguments)
    return type(document)(document._data, item)


class ChecklistItem(View["models.ChecklistItem"]):
    """One lead's entry for one thing that is asked for. Source: the pages Get Lead and Get Lead Checklist."""

    _model = "ChecklistItem"
    _shown = ("id", "status")

    @property
    def definition(self) -> "models.ChecklistItemDefinition":
        """The generated model of the definition; empty if the response had none."""
        found = self.raw.checklist_item
        return found if isinstance(found, models.ChecklistItemDefinition) else models.ChecklistItemDefinition()

    @property
    def definition_id(self) -> str | None:
        """The id of the definition, ``checklistItemId`` in the API."""
        return text(self.raw.checklist_item_id) or text(self.definition.id)

    @property
    def code(self) -> str | None:
        """The stable code that create and update address the item by."""
        return text(self.definition.code)

    @property
    def label(self) -> str | None:
        """What is asked for, in words."""
        return text(self.definition.label)

    @property
    def value(self) -> Any:
        """What was collected, as it came: text, a number, or a dict (an address); None if nothing was."""
        return copied(self.raw.value)

    @property
    def alternate_values(self) -> tuple[Any, ...]:
        """Other values that were found, as they came; what one looks like is not documented."""
        return tuple(copied(elements(self.raw.alternate_values)))

    @property
    def validation_error(self) -> str | None:
        """Why the value is not accepted."""
        return text(self.raw.validation_error)

    @property
    def status(self) -> ChecklistItemStatus | str:
        """How far it is; an empty string if the response had no status."""
        return word(self.raw.status) or ""

    @property
    def field_type(self) -> FieldType | str | None:
        """What kind of value or file is asked for."""
        return word(self.definition.field_type)

    @property
    def is_required(self) -> bool:
        """Whether the lead cannot be complete without it; False only if the response says no or nothing."""
        return may_mean_yes(self.definition.is_required)

    @property
    def is_complete(self) -> bool:
        """Whether its status is COMPLETED."""
        return self.status == ChecklistItemStatus.COMPLETED

    @property
    def is_missing(self) -> bool:
        """Whether it is required and still needs something: anything but COMPLETED, NEEDS_REVIEW or SKIPPED.

        Conditions and overrides are not looked at, since their meaning is not documented.
        """
        return self.is_required and self.status not in NOTHING_NEEDED

    @property
    def is_file(self) -> bool:
        """Whether files are asked for; an unknown field type counts as one if the item came with documents."""
        if isinstance(self.field_type, FieldType):
            return self.field_type in FILE_TYPES
        return bool(self.documents)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The files that were uploaded for it."""
        return tuple(Document(document._data, self) for document in views(Document, self._data.get("documents")))


class OneOffItem(View["models.OneOffItem"]):
    """A checklist item that was added to one lead only. Source: the page Create Lead Checklist Item."""

    _model = "OneOffItem"
    _shown = ("id", "status")

    @property
    def lead_id(self) -> str | None:
        """The lead that has it."""
        return text(self.raw.lead_id)

    @property
    def code(self) -> str | None:
        """Its stable code, made from the label by the server."""
        return text(self.raw.code)

    @property
    def label(self) -> str | None:
        """What is asked for, in words."""
        return text(self.raw.label)

    @property
    def field_type(self) -> FieldType | str | None:
        """What kind of value or file is asked for."""
        return word(self.raw.field_type)

    @property
    def is_required(self) -> bool:
        """Whether the lead cannot be complete without it; False only if the response says no or nothing."""
        return may_mean_yes(self.raw.is_required)

    @property
    def status(self) -> ChecklistItemStatus | str:
        """How far it is; an empty string if the response had no status."""
        return word(self.raw.status) or ""

    @property
    def agent_instructions(self) -> str | None:
        """Instructions for the agent."""
        return text(self.raw.agent_instructions)

    @property
    def client_instructions(self) -> str | None:
        """Instructions for the person, shown in the portal."""
        return text(self.raw.client_instructions)

    @property
    def created_at(self) -> datetime | None:
        """When it was made, in UTC."""
        return moment(self.raw.created_at)


class ChecklistGroup(View["models.ChecklistGroup"]):
    """A named group of checklist items. Source: the page Get Lead."""

    _model = "ChecklistGroup"

    @property
    def name(self) -> str | None:
        """The heading."""
        return text(self.raw.name)

    @cached_property
    def items(self) -> tuple[ChecklistItem, ...]:
        """The items, in the order of the response."""
        return views(ChecklistItem, self._data.get("items"))
