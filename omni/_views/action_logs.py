"""Action logs: what the agent, the team and the lead did, and what is planned."""

from omni_client import models  # noqa: F401 - named in quotes
from omni_client.models import ActionLogStatus, ActionLogType, MessageChannel, MessageDirection

from omni._views.base import View
from omni._views.checklists import Document
from omni._views.fields import enum, instant, json_value, text, view, views


class Tool(View["models.Tool"]):
    """A tool that the agent used. Source: the page Get Lead Action Logs."""

    _model = "Tool"

    name = text("name")
    """Its name, such as ``update-checklist-item``; the set is open."""
    description = text("description")
    """What it does."""


class Message(View["models.Message"]):
    """One message to or from the lead. Source: the page Get Lead Action Logs."""

    _model = "Message"
    _shown = ("id", "channel", "direction")

    channel = enum(MessageChannel, "channel")
    """How it was sent."""
    direction = enum(MessageDirection, "direction")
    """INBOUND is from the lead, OUTBOUND to it."""
    subject = text("subject")
    """Its subject line, e-mail only."""
    body = text("body")
    """Its text; some e-mails have HTML."""
    documents = views(Document, "documents")
    """What was attached."""


class ActionLog(View["models.ActionLog"]):
    """One thing that was done or is planned. Source: the pages Get Lead and Get Lead Action Logs."""

    _model = "ActionLog"
    _shown = ("id", "type", "status")

    type = enum(ActionLogType, "type")
    """The type of action."""
    status = enum(ActionLogStatus, "status")
    """How far it is."""
    summary = text("summary")
    """The action in a few words."""
    input = json_value("input")
    """Its input, as it came: a dict or None, with keys that depend on the type."""
    output = json_value("output")
    """Its output, as it came: a dict or None, with keys that depend on the type."""
    error = text("error")
    """Why it failed."""
    parent_action_id = text("parentActionId")
    """The id of the action that caused it."""
    scheduled_at = instant("scheduledAt")
    """When it is or was due, in UTC."""
    created_at = instant("createdAt")
    """When it was logged, in UTC."""
    completed_at = instant("completedAt")
    """When it ended, in UTC; a documented sample has it before ``created_at``, so do not count on the order."""
    tool = view(Tool, "tool")
    """The tool that was used."""
    messages = views(Message, "messages")
    """Its messages."""
