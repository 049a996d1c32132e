"""Leads: loan applicants, and everything that was collected from them."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from omni_client import models
from omni_client.models import AssigneeType, LeadSource, LeadStatus

from omni._views.action_logs import ActionLog
from omni._views.base import (
    View,
    build_model,
    copied,
    elements,
    fields,
    is_word,
    known,
    may_mean_yes,
    moment,
    stamp,
    text,
    view_or_none,
    views,
    word,
)
from omni._views.checklists import ChecklistGroup, ChecklistItem, Document
from omni.errors import UsageError


class MatchingLead(View["models.MatchingLead"]):
    """Another lead with the same phone number or e-mail address; only its id can be told, the rest is undocumented."""

    _model = "MatchingLead"


class Lead(View["models.LeadDetails"]):
    """One lead, whole. Source: the page Get Lead, in the shape of today and in the flat one of 2025."""

    _model = "LeadDetails"
    _shown = ("id", "status")

    @classmethod
    def _from_json(cls, data: Any) -> Self:
        lead = cls(data)
        match lead._wrapped["lead"]:
            case {"id": str(id)} if id:
                return lead
            case _:
                raise UsageError("Lead: expected a JSON object with a lead and its id.")

    @cached_property
    def _wrapped(self) -> dict[str, Any]:
        data = self._data
        match data:
            case {"lead": _}:
                wrapped: dict[str, Any] = data
            case _:
                wrapped = _of_2025(data)
        return wrapped

    @cached_property
    def raw(self) -> "models.LeadDetails":
        """The generated model in the shape of today, for what has no property; change nothing in it."""
        raw: models.LeadDetails = build_model("LeadDetails", self._wrapped)
        return raw

    @cached_property
    def _record(self) -> "models.LeadRecord":
        """The generated model of the lead alone: what stands beside it may be much, and little of it is read."""
        record: models.LeadRecord = build_model("LeadRecord", self._wrapped["lead"])
        return record

    @property
    def id(self) -> str:
        """The Omni lead id; treat it as opaque."""
        return self._record.id

    @property
    def status(self) -> LeadStatus | str:
        """The computed status, the server's word; an empty string if the response had none."""
        return known(LeadStatus, self._data.get("status")) or ""

    @property
    def is_complete(self) -> bool:
        """Whether the status is COMPLETED; the server's word, not a count of items."""
        return self.status == LeadStatus.COMPLETED

    @property
    def first_name(self) -> str | None:
        """First name; of the flat shape's single ``name``, the part before the first space."""
        return text(self._record.first_name)

    @property
    def last_name(self) -> str | None:
        """Last name; of the flat shape's single ``name``, the part after the first space."""
        return text(self._record.last_name)

    @property
    def business_name(self) -> str | None:
        """Name of the applicant's business."""
        return text(self._record.business_name)

    @property
    def email(self) -> str | None:
        """E-mail address."""
        return text(self._record.email)

    @property
    def phone_number(self) -> str | None:
        """Phone number, E.164 where the service could parse it; the flat shape's bare ten digits are given a +1."""
        return text(self._record.phone_number)

    @property
    def website(self) -> str | None:
        """Website of the business."""
        return text(self._record.website)

    @property
    def activity_summary(self) -> str | None:
        """What happened so far, in a few words."""
        return text(self._record.activity_summary)

    @property
    def assignee_type(self) -> AssigneeType | str | None:
        """Who works on the lead."""
        return word(self._record.assignee_type)

    @property
    def source(self) -> LeadSource | str | None:
        """How the lead came in."""
        return word(self._record.source)

    @property
    def external_lead_id(self) -> str | None:
        """The id of the lead in your own system, as you gave it."""
        return text(self._record.external_lead_id)

    @property
    def external_portal_link(self) -> str | None:
        """Link to the applicant's portal; never log it."""
        return text(self._record.external_portal_link)

    @property
    def workspace_id(self) -> str | None:
        """The workspace that owns the lead."""
        return text(self._record.workspace_id)

    @property
    def is_test(self) -> bool:
        """Whether it is a test lead; whatever the response says that is not plainly "no" counts as one."""
        return self._may_be("isTest")

    @property
    def did_opt_out(self) -> bool:
        """Whether the lead opted out of being contacted, by the flag, by the date or by the status.

        Whatever the response says that is not plainly "no" counts as an opt-out: a date that cannot be read, a text
        such as ``"false"``, ``opted out`` for ``OPTED_OUT``. Plainly no is what is absent, null, false or blank.
        """
        return self._may_be("didOptOut", "optOutAt", "optedOutAt") or self._has_status(LeadStatus.OPTED_OUT)

    @property
    def opted_out_at(self) -> datetime | None:
        """When the lead opted out, in UTC; ``optOutAt`` here and ``optedOutAt`` in analytics are one thing.

        None if it cannot be read: whether there was an opt-out, ``did_opt_out`` tells.
        """
        record = self._wrapped["lead"]
        return stamp(record.get("optOutAt")) or stamp(record.get("optedOutAt"))

    @property
    def created_at(self) -> datetime | None:
        """When the lead was made, in UTC; None in the flat shape, which does not have it."""
        return moment(self._record.created_at)

    @property
    def updated_at(self) -> datetime | None:
        """When the lead last changed, in UTC."""
        return moment(self._record.updated_at)

    @property
    def deleted_at(self) -> datetime | None:
        """When the lead was deleted, in UTC; None if it cannot be read: whether it was, ``is_deleted`` tells."""
        return moment(self._record.deleted_at)

    @property
    def is_deleted(self) -> bool:
        """Whether the lead was deleted; whatever ``deletedAt`` says that is not plainly "no" counts as that."""
        return self._may_be("deletedAt")

    @property
    def submitted_at(self) -> datetime | None:
        """When the lead was submitted, in UTC."""
        return moment(self._record.submitted_at)

    @property
    def email_verified_at(self) -> datetime | None:
        """When the e-mail address was verified, in UTC."""
        return moment(self._record.email_verified_at)

    @property
    def phone_verified_at(self) -> datetime | None:
        """When the phone number was verified, in UTC."""
        return moment(self._record.phone_verified_at)

    @property
    def tags(self) -> tuple[Any, ...]:
        """Tags, as they came: whether one is a text or an object is not documented."""
        return tuple(copied(elements(self._record.tags)))

    def _may_be(self, *keys: str) -> bool:
        return any(may_mean_yes(place.get(key)) for place in self._places for key in keys)

    def _has_status(self, status: LeadStatus) -> bool:
        return any(is_word(place.get("status"), status) for place in self._places)

    @property
    def _places(self) -> tuple[dict[str, Any], ...]:
        """The record of the lead, and what stands beside it: the status has moved from one to the other before."""
        return self._wrapped["lead"], self._data

    @cached_property
    def checklist(self) -> tuple[ChecklistGroup, ...]:
        """The checklist, in groups."""
        return views(ChecklistGroup, self._data.get("checklistItems"))

    def iter_items(self) -> Iterator[ChecklistItem]:
        """All checklist items, in checklist order."""
        for group in self.checklist:
            yield from group.items

    @property
    def missing_items(self) -> tuple[ChecklistItem, ...]:
        """Required items that still need something, in checklist order; see ``ChecklistItem.is_missing``."""
        return tuple(item for item in self.iter_items() if item.is_missing)

    def iter_file_documents(self) -> Iterator[Document]:
        """The documents of file items, in checklist order; ``document.item`` is the item."""
        for item in self.iter_items():
            if item.is_file:
                yield from item.documents

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All documents uploaded for the lead, also those that belong to no item."""
        return views(Document, self._data.get("documents"))

    @cached_property
    def action_logs(self) -> tuple[ActionLog, ...]:
        """Recent action logs, at most 100; their order is not documented."""
        return views(ActionLog, self._data.get("actionLogs"))

    @cached_property
    def matching_leads(self) -> tuple[MatchingLead, ...]:
        """Leads with the same phone number or e-mail address; none for test leads."""
        return views(MatchingLead, self._data.get("matchingLeads"))

    @cached_property
    def last_action(self) -> ActionLog | None:
        """The most recent completed outbound message or follow-up."""
        return view_or_none(ActionLog, self._data.get("lastAction"))

    @cached_property
    def next_follow_up(self) -> ActionLog | None:
        """The next pending follow-up message, if any."""
        return view_or_none(ActionLog, self._data.get("nextFollowUp"))

    @cached_property
    def next_draft(self) -> ActionLog | None:
        """The next message awaiting approval, if any."""
        return view_or_none(ActionLog, self._data.get("nextDraft"))


def ended_status(lead: Lead) -> str:
    """Why nothing more can be expected of a lead: OPTED_OUT, NOT_INTERESTED or DELETED; empty if something can."""
    if lead.is_deleted:
        return "DELETED"
    if lead.did_opt_out:
        return LeadStatus.OPTED_OUT
    return LeadStatus.NOT_INTERESTED if lead._has_status(LeadStatus.NOT_INTERESTED) else ""


_BESIDE_THE_LEAD = frozenset(
    ["status", "checklistItems", "documents", "actionLogs", "matchingLeads", "lastAction", "nextFollowUp", "nextDraft"]
)


def _of_2025(data: object) -> dict[str, Any]:
    """The flat shape of 2025 as today's shape; what has no place there stays in the lead record."""
    flat = fields(data)
    wrapped = {key: value for key, value in flat.items() if key in _BESIDE_THE_LEAD}
    record = {key: value for key, value in flat.items() if key not in _BESIDE_THE_LEAD}
    number = record.get("phoneNumber")
    if isinstance(number, str) and re.fullmatch("[0-9]{10}", number):
        record["phoneNumber"] = "+1" + number  # as create lead does with a US number
    name = record.get("name")
    if isinstance(name, str) and not re.fullmatch(r"\+?[0-9]+", name):  # the sample has the number for a name
        first, _, last = name.strip().partition(" ")
        record |= {"firstName": first or None, "lastName": last.strip() or None}
    return wrapped | {"lead": record}
