"""One webhook event: its name, its lead, and its identity.

The API gives an event neither an id nor a version. ``key`` is its identity by meaning: two deliveries with the same key
are one event. It holds ids of the API, or digests, and nothing personal.
"""

import hashlib
import json
import re
from datetime import datetime
from typing import Any, ClassVar

from omni._views.base import View
from omni._views.fields import text
from omni._views.json_values import is_a

RECONCILED = "reconciled"
"""The key that marks an event which was made from what the API says now; no delivery is documented to have it."""

_OPAQUE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Event(View[Any]):
    """One event. Which class it has tells its kind; ``name`` is the name that came."""

    _shown: ClassVar[tuple[str, ...]] = ("key",)
    _identity: ClassVar[tuple[str, ...]] = ()
    """The attributes that tell one event of this class from another."""
    _not_meant: ClassVar[frozenset[str]] = frozenset({"signedUrl", "occurredAt", RECONCILED})
    """The keys that may differ from one delivery of an event to the next."""

    name = text("event", default="")
    """The name of the event, such as ``lead.completed``; empty if it had none."""

    lead_id = text(also=["data.leadId", "leadId", "actionLog.leadId", "document.leadId"], default="")
    """The lead's id; empty if there was none."""
    external_lead_id = text(also=["externalLeadId", "data.externalLeadId", "document.externalLeadId"])
    """The id of the lead in your own system; None if it has none, as events of action logs never do."""
    workspace_id = text(also=["workspaceId", "data.workspaceId"])
    """The workspace that owns the lead; None in lead events, which do not say."""

    @property
    def id(self) -> str:
        """The same as ``key``, since the API gives events no id."""
        return self.key

    @property
    def key(self) -> str:
        """Its identity by meaning: the same for each delivery of one event, and different for others.

        It is made of the event's name and the ids of what happened; where these are not enough, or are missing, of a
        digest of all but what may differ from one delivery to the next: signed links and the time of sending.
        """
        if "_key" not in self.__dict__:  # once: a digest of a whole checklist takes longer than all else
            self.__dict__["_key"] = self._make_key()
        key: str = self.__dict__["_key"]
        return key

    def _make_key(self) -> str:
        ids = [getattr(self, name) for name in self._identity]
        if ids and all(map(is_opaque_id, ids)):
            return ":".join([self.name, *ids])
        return f"{self._kind}:{self._digest()}"

    @property
    def _kind(self) -> str:
        """The first part of a key that has a digest."""
        return self.name

    def _digest(self) -> str:
        """A digest of what the JSON means, whatever the order of its keys."""
        stable = json.dumps(_drop_keys(self._data, self._not_meant), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(stable.encode("ascii")).hexdigest()[:32]

    @property
    def is_reconciled(self) -> bool:
        """Whether it did not come as a delivery, but was made from what the API says now."""
        return self._data.get(RECONCILED) is True

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened, in UTC; None if it does not say, as lead events never do."""
        return None


def is_opaque_id(value: object) -> bool:
    """Whether it is an id that may stand in a key: an event that is not verified yet may have anything for one."""
    return isinstance(value, str) and bool(_OPAQUE_ID.fullmatch(value))


def _drop_keys(value: Any, keys: frozenset[str]) -> Any:
    """JSON without these keys, wherever they are."""
    if is_a(value, dict):
        return {key: _drop_keys(each, keys) for key, each in value.items() if key not in keys}
    return [_drop_keys(each, keys) for each in value] if is_a(value, list) else value


class UnknownEvent(Event):
    """An event that this version does not know, such as the dashboard's test event, whose shape is not documented."""

    _not_meant = frozenset({RECONCILED})  # of an event that nobody knows, a time may be all that tells it from others

    @property
    def raw(self) -> dict[str, Any]:
        """The JSON that came, since there is no generated model of it."""
        return self.to_dict()

    @property
    def _kind(self) -> str:
        return "unknown"  # the name may be anything
