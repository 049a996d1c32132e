"""Webhook events of leads and action logs, and the list of all events; a view reads all documented payload stages."""

import inspect
from datetime import datetime

from omni_client import models  # noqa: F401 - named in quotes
from omni_client.models import ActionLogStatus, ActionLogType, ChecklistItemStatus, LeadSource

from omni._views.action_logs import Message, Tool
from omni._views.base import View
from omni._views.checklists import RuleVerdict
from omni._views.document_events import DocumentExtracted, DocumentReceived
from omni._views.event import Event, is_opaque_id
from omni._views.fields import Field, boolean, enum, instant, integer, json_array, json_value, text, view, views
from omni._views.json_values import as_dict, is_a


class EventDocument(View["models.EventChecklistDocument"]):
    """A file of a checklist item in a lead event. Source: the page of the event lead.completed."""

    _model = "EventChecklistDocument"
    _shown = ("id",)

    _id = text("documentId", default="")
    """The document's id, for the property ``id``."""
    external_document_id = text("externalId")
    """The id of the document in your own system, ``externalId`` in the API."""
    filename = text("filename")
    """The name its sender gave it: never use it as a path."""
    mime_type = text("mimeType")
    """Its media type, such as ``application/pdf``."""
    size = integer("size")
    """Its size in bytes."""
    is_valid = boolean("validationResult.overallValid")
    """Whether the file is accepted; None if no rules are configured."""
    notes = text("validationResult.otherNotes")
    """Remarks beside the rules."""
    verdicts = views(RuleVerdict, "validationResult.validationResults")
    """What each rule said."""


class EventItem(View["models.EventChecklistItem"]):
    """One item of a lead's checklist in a lead event. Source: the pages of lead.completed and lead.updated."""

    _model = "EventChecklistItem"
    _shown = ("definition_id", "status")

    definition_id = text("checklistItemId")
    """The id of the definition, ``checklistItemId`` in the API: not the id of the lead's own item."""
    code = text("checklistItemCode")
    """The stable code that create and update address the item by."""
    value = json_value("value")
    """What was collected, as it came: text, a number, or a dict (an address); None if nothing was."""
    alternate_values = json_array("alternateValues")
    """Other values that were found, as they came."""
    status = enum(ChecklistItemStatus, "status", default="")
    """How far it is; an empty string if the event had no status."""
    updated_at = instant("updatedAt")
    """When it last changed, in UTC."""
    documents = views(EventDocument, "documents")
    """The files that were uploaded for it."""


class LeadEvent(Event):
    """What the three lead events share: the lead's ids, and who it is."""

    lead_id = text("data.leadId", default="")
    """The lead's id; empty if there was none."""
    external_lead_id = text("data.externalId")
    """The id of the lead in your own system, ``externalId`` here and ``externalLeadId`` elsewhere in the API."""
    first_name = text("data.firstName")
    """First name."""
    middle_name = text("data.middleName")
    """Middle name."""
    last_name = text("data.lastName")
    """Last name."""
    phone_number = text("data.phoneNumber")
    """Phone number, E.164."""
    email = text("data.email")
    """E-mail address."""
    business_name = text("data.businessName")
    """Name of the applicant's business."""
    website = text("data.website")
    """Website of the business."""


class LeadCreated(LeadEvent):
    """A lead was created, by whatever way. Source: the page of the event lead.created."""

    _model = "LeadCreatedEvent"
    _identity = ("lead_id",)

    source = enum(LeadSource, "data.source")
    """How the lead came in."""


class LeadUpdated(LeadEvent):
    """Fields or checklist items of a lead changed. Source: the page of the event lead.updated.

    It has only what changed: ``"email" in event.changed_fields`` tells an e-mail address that was taken away from one
    that did not change; both read as None. A change of status, tags, opt-out or assignee is announced by no documented
    event: read the lead where that matters.
    """

    _model = "LeadUpdatedEvent"

    checklist_items = views(EventItem, "data.checklistItems")
    """The items that changed."""

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """The names of what it has, such as ``("email", "checklist_items")``; an unknown key as it came."""
        return tuple(_CHANGED_FIELDS.get(key, key) for key in as_dict(self._data.get("data")) if key not in _LEAD_IDS)

    @property
    def _kind(self) -> str:
        return f"{self.name}:{self.lead_id}" if is_opaque_id(self.lead_id) else self.name


_LEAD_IDS = {"leadId", "externalId"}  # each lead event has them
_CHANGED_FIELDS = {
    path.removeprefix("data."): name
    for name, field in inspect.getmembers(LeadUpdated)
    if is_a(field, Field)
    for path in field.paths
}


class LeadCompleted(LeadEvent):
    """Every required item of a lead is complete or needs review; once per lead, ever.

    Source: the page of the event lead.completed.
    """

    _model = "LeadCompletedEvent"
    _identity = ("lead_id",)

    source = enum(LeadSource, "data.source")
    """How the lead came in."""
    checklist_items = views(EventItem, "data.checklistItems")
    """All items of the checklist, without their groups."""


class ActionLogEvent(Event):
    """What the two events of action logs share."""

    _identity = ("action_log_id",)

    action_log_id = text("actionLog.id")
    """The id of the action log."""
    lead_id = text("actionLog.leadId", default="")
    """The lead's id; empty if there was none."""
    workspace_id = text("workspaceId")
    """The workspace that owns the lead."""
    type = enum(ActionLogType, "actionLog.type")
    """The type of action."""
    status = enum(ActionLogStatus, "actionLog.status")
    """How it ended."""
    summary = text("actionLog.summary")
    """The action in a few words."""
    input = json_value("actionLog.input")
    """Its input, as it came: a dict or None, with keys that depend on the type."""
    output = json_value("actionLog.output")
    """Its output, as it came: a dict or None, with keys that depend on the type."""
    messages = views(Message, "actionLog.messages")
    """Its messages."""
    completed_at = instant("actionLog.completedAt")
    """When it ended, in UTC."""
    _occurred_at = instant("occurredAt")
    """When it happened; in the payloads of October 2025 only."""

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened, in UTC: ``occurredAt`` of the oldest payloads, else when the action ended."""
        return self._occurred_at or self.completed_at


class ActionLogCompleted(ActionLogEvent):
    """An action is done, such as a message that came in. Source: the page of the event action_log.completed."""

    _model = "ActionLogCompletedEvent"


class ActionLogFailed(ActionLogEvent):
    """An action failed, such as a tool that did not respond. Source: the page of the event action_log.failed."""

    _model = "ActionLogFailedEvent"

    error = text("actionLog.error")
    """Why it failed."""
    agent_id = text("actionLog.agentId")
    """The agent that did it."""
    tool = view(Tool, "actionLog.tool")
    """The tool that was used."""


EVENT_CLASSES: tuple[type[Event], ...] = (
    LeadCreated,
    LeadUpdated,
    LeadCompleted,
    ActionLogCompleted,
    ActionLogFailed,
    DocumentReceived,
    DocumentExtracted,
)
