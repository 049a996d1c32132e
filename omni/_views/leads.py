"""Leads: loan applicants, and everything that was collected from them."""

import re
from collections.abc import Iterator
from typing import Any, Self

from omni_client import models  # noqa: F401 - named in quotes
from omni_client.models import AssigneeType, LeadSource, LeadStatus

from omni._views.action_logs import ActionLog
from omni._views.base import MismatchError, View
from omni._views.checklists import ChecklistGroup, ChecklistItem, Document
from omni._views.fields import enum, instant, json_array, may_mean_yes, text, view, views
from omni._views.json_values import as_dict, resembles


class MatchingLead(View["models.MatchingLead"]):
    """Another lead with the same phone number or e-mail address; only its id is documented."""

    _model = "MatchingLead"


class Lead(View["models.LeadDetails"]):
    """One lead, whole. Source: the page Get Lead, in the current shape and in the flat one of 2025.

    ``raw`` has the current shape in both cases, ``to_dict()`` the one that came.
    """

    _model = "LeadDetails"
    _shown = ("id", "status")

    _id = text("lead.id", default="")
    """The Omni lead id, for the property ``id``."""
    status = enum(LeadStatus, "status", default="")
    """The status, which the server computes; an empty string if the response had none."""
    first_name = text("lead.firstName")
    """First name; of the flat shape's single ``name``, the part before the first space."""
    last_name = text("lead.lastName")
    """Last name; of the flat shape's single ``name``, the part after the first space."""
    business_name = text("lead.businessName")
    """Name of the applicant's business."""
    email = text("lead.email")
    """E-mail address."""
    phone_number = text("lead.phoneNumber")
    """Phone number, E.164 where the service could parse it; the flat shape's bare ten digits get a +1."""
    website = text("lead.website")
    """Website of the business."""
    activity_summary = text("lead.activitySummary")
    """What happened so far, in a few words."""
    assignee_type = enum(AssigneeType, "lead.assigneeType")
    """Who works on the lead."""
    source = enum(LeadSource, "lead.source")
    """How the lead came in."""
    external_lead_id = text("lead.externalLeadId")
    """The id of the lead in your own system, as you gave it."""
    external_portal_link = text("lead.externalPortalLink")
    """Link to the applicant's portal; never log it."""
    workspace_id = text("lead.workspaceId")
    """The workspace that owns the lead."""
    is_test = may_mean_yes("lead.isTest", also=["isTest"])
    """Whether it is a test lead; whatever the response says that is not plainly "no" counts as one."""
    is_deleted = may_mean_yes("lead.deletedAt", also=["deletedAt"])
    """Whether the lead was deleted; whatever ``deletedAt`` says that is not plainly "no" counts as that."""
    _may_have_opted_out = may_mean_yes(
        "lead.didOptOut", "lead.optOutAt", also=["lead.optedOutAt", "didOptOut", "optOutAt", "optedOutAt"]
    )
    """Whether a flag or a date may mean an opt-out."""
    opted_out_at = instant("lead.optOutAt", also=["lead.optedOutAt"])
    """When the lead opted out, in UTC; ``optOutAt`` here and ``optedOutAt`` in analytics are one thing.

    None if it cannot be read: ``did_opt_out`` says whether there was an opt-out.
    """
    created_at = instant("lead.createdAt")
    """When the lead was created, in UTC; None in the flat shape, which does not have it."""
    updated_at = instant("lead.updatedAt")
    """When the lead last changed, in UTC."""
    deleted_at = instant("lead.deletedAt")
    """When the lead was deleted, in UTC; None if it cannot be read: ``is_deleted`` says whether it was."""
    submitted_at = instant("lead.submittedAt")
    """When the lead was submitted, in UTC."""
    email_verified_at = instant("lead.emailVerifiedAt")
    """When the e-mail address was verified, in UTC."""
    phone_verified_at = instant("lead.phoneVerifiedAt")
    """When the phone number was verified, in UTC."""
    tags = json_array("lead.tags")
    """Tags, as they came: whether one is a string or an object is not documented."""
    checklist = views(ChecklistGroup, "checklistItems")
    """The checklist, in groups."""
    documents = views(Document, "documents")
    """All documents uploaded for the lead, also those that belong to no item."""
    action_logs = views(ActionLog, "actionLogs")
    """Recent action logs, at most 100; their order is not documented."""
    matching_leads = views(MatchingLead, "matchingLeads")
    """Leads with the same phone number or e-mail address; none for test leads."""
    last_action = view(ActionLog, "lastAction")
    """The most recent completed outbound message or follow-up."""
    next_follow_up = view(ActionLog, "nextFollowUp")
    """The next pending follow-up message, if any."""
    next_draft = view(ActionLog, "nextDraft")
    """The next message awaiting approval, if any."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        match data:
            case {"lead": _}:
                pass
            case _:
                self.__dict__["_root"] = _from_2025(as_dict(data))

    @classmethod
    def _from_json(cls, data: Any) -> Self:
        lead = cls(data)
        match lead._root["lead"]:
            case {"id": str(id)} if id:
                return lead
            case _:
                raise MismatchError("Lead: expected a JSON object with a lead and its id.")

    @property
    def is_complete(self) -> bool:
        """Whether the status is COMPLETED; that is the server's status, not a count of items."""
        return self.status == LeadStatus.COMPLETED

    @property
    def did_opt_out(self) -> bool:
        """Whether the lead opted out of being contacted, by the flag, by the date or by the status.

        Whatever the response says that is not plainly "no" counts as an opt-out: a date that cannot be read, a string
        such as ``"false"``, ``opted out`` for ``OPTED_OUT``. Plainly no is what is absent, null, false or blank.
        """
        return self._may_have_opted_out or self._has_status(LeadStatus.OPTED_OUT)

    def _has_status(self, status: LeadStatus) -> bool:
        # Some responses have the status beside the lead's own object, older ones inside it.
        return any(resembles(place.get("status"), status) for place in (self._root["lead"], self._root))

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

    def _repr_html_(self) -> str:
        """What a notebook shows: id, states and counts, and nothing personal."""
        from html import escape  # for notebooks only

        required = sum(item.is_required for item in self.iter_items())
        rows = {
            "id": self.id,
            "status": self.status or "unknown",
            "opted out": "yes" if self.did_opt_out else "no",
            "required items": f"{required - len(self.missing_items)} of {required} done",
            "documents": len(self.documents),
            "action logs": len(self.action_logs),
        }
        cells = (f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>" for name, value in rows.items())
        return f"<table><caption>{type(self).__name__}</caption>{''.join(cells)}</table>"


def ended_status(lead: Lead) -> str:
    """Why nothing more can be expected of a lead: OPTED_OUT, NOT_INTERESTED or DELETED; empty if something can."""
    if lead.is_deleted:
        return "DELETED"
    if lead.did_opt_out:
        return LeadStatus.OPTED_OUT
    return LeadStatus.NOT_INTERESTED if lead._has_status(LeadStatus.NOT_INTERESTED) else ""


_TOP_LEVEL_KEYS = frozenset(
    ["status", "checklistItems", "documents", "actionLogs", "matchingLeads", "lastAction", "nextFollowUp", "nextDraft"]
)


def _from_2025(flat: dict[str, Any]) -> dict[str, Any]:
    """The flat shape of 2025 in the current shape; keys that have no place there stay in the lead's own object."""
    beside = {key: value for key, value in flat.items() if key in _TOP_LEVEL_KEYS}
    lead = {key: value for key, value in flat.items() if key not in _TOP_LEVEL_KEYS}
    number = lead.get("phoneNumber")
    if isinstance(number, str) and re.fullmatch("[0-9]{10}", number):
        lead["phoneNumber"] = "+1" + number  # as create lead does with a US number
    name = lead.get("name")
    if isinstance(name, str) and not re.fullmatch(r"\+?[0-9]+", name):  # the sample has the number for a name
        first, _, last = name.strip().partition(" ")
        lead |= {"firstName": first or None, "lastName": last.strip() or None}
    return beside | {"lead": lead}
