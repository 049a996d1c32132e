"""Action logs: what the agent, the team and the lead did, and what is planned."""

from datetime import datetime
from functools import cached_property
from typing import Any

from omni_client import models  # noqa: F401 - named in quotes
from omni_client.models import ActionLogStatus, ActionLogType, MessageChannel, MessageDirection

from omni._views.base import View, copied, moment, text, view_or_none, views, word
from omni._views.checklists import Document


class Tool(View["models.Tool"]):
    """A tool that the agent used. Source: the page Get Lead Action Logs."""

    _model = "Tool"

    @property
    def name(self) -> str | None:
        """Its name, such as ``update-checklist-item``; the set is open."""
        return text(self.raw.name)

    @property
    def description(self) -> str | None:
        """What it does."""
        return text(self.raw.description)


class Message(View["models.Message"]):
    """One message to or from the lead. Source: the page Get Lead Action Logs."""

    _model = "Message"
    _shown = ("id", "channel", "direction")

    @property
    def channel(self) -> MessageChannel | str | None:
        """How it travelled."""
        return word(self.raw.channel)

    @property
    def direction(self) -> MessageDirection | str | None:
        """INBOUND is from the lead, OUTBOUND to it."""
        return word(self.raw.direction)

    @property
    def subject(self) -> str | None:
        """Its subject line, e-mail only."""
        return text(self.raw.subject)

    @property
    def body(self) -> str | None:
        """Its text; some e-mails have HTML."""
        return text(self.raw.body)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """What was attached."""
        return views(Document, self._data.get("documents"))


class ActionLog(View["models.ActionLog"]):
    """One thing that was done or is planned. Source: the pages Get Lead and Get Lead Action Logs."""

    _model = "ActionLog"
    _shown = ("id", "type", "status")

    @property
    def type(self) -> ActionLogType | str | None:
        """What kind of action it is."""
        return word(self.raw.type_)

    @property
    def status(self) -> ActionLogStatus | str | None:
        """How far it is."""
        return word(self.raw.status)

    @property
    def summary(self) -> str | None:
        """The action in a few words."""
        return text(self.raw.summary)

    @property
    def input(self) -> Any:
        """What went into it, as it came: a dict or None, with keys that depend on the type."""
        return copied(self.raw.input_)

    @property
    def output(self) -> Any:
        """What came out of it, as it came: a dict or None, with keys that depend on the type."""
        return copied(self.raw.output)

    @property
    def error(self) -> str | None:
        """Why it failed."""
        return text(self.raw.error)

    @property
    def parent_action_id(self) -> str | None:
        """The id of the action that caused it."""
        return text(self.raw.parent_action_id)

    @property
    def scheduled_at(self) -> datetime | None:
        """When it is or was due, in UTC."""
        return moment(self.raw.scheduled_at)

    @property
    def created_at(self) -> datetime | None:
        """When it was logged, in UTC."""
        return moment(self.raw.created_at)

    @property
    def completed_at(self) -> datetime | None:
        """When it ended, in UTC; a documented sample has it before ``created_at``, so do not count on the order."""
        return moment(self.raw.completed_at)

    @cached_property
    def tool(self) -> Tool | None:
        """The tool that was used."""
        return view_or_none(Tool, self._data.get("tool"))

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Its messages."""
        return views(Message, self._data.get("messages"))
