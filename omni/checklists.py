"""Checklists: what a lead is asked for, and how far it is."""

from datetime import datetime
from functools import cached_property
from typing import Any

from omni_client import models
from omni_client.models import ChecklistItemStatus, FieldType

from omni._view import View, copied, elements, may_mean_yes, moment, text, views, word
from omni.documents import Document

FILE_TYPES = frozenset({FieldType.BANK_STATEMENT, FieldType.FILE, FieldType.ID, FieldType.TAX_RETURN})

NOTHING_NEEDED = frozenset(
    {ChecklistItemStatus.COMPLETED, ChecklistItemStatus.NEEDS_REVIEW, ChecklistItemStatus.SKIPPED}
)
"""The API counts an item in review as done (lead.completed), and a skipped one is not asked for (update lead)."""


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
