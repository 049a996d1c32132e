"""Fetch-back: reading with the client what an event speaks of, since a false event cannot change what the API says.

It proves that the thing exists in the workspace of the key, not that the event happened. It runs after the response,
for events that were accepted and are no duplicates: else anybody could let this machine call the API.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from omni._sync.client import Client
from omni._views.base import View
from omni._views.document_events import DocumentExtracted, DocumentReceived
from omni._views.event import Event
from omni.errors import NotFoundError, WebhookVerificationError

_REMEMBERED = 1000
_REMEMBER_SECONDS = 60.0


class Confirmer:
    """Confirms events, and remembers for a minute which ids the API does not know."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unknown: OrderedDict[str, float] = OrderedDict()

    def confirm(self, event: Event, client: Client) -> View[Any] | None:
        """What the event speaks of, as the API has it now: its document, or else its lead; None if it names neither.

        Raises WebhookVerificationError if the workspace has no such thing, and what the client raises.
        """
        document_event = event if isinstance(event, (DocumentReceived, DocumentExtracted)) else None
        thing_id = document_event.document_id if document_event else event.lead_id
        if not thing_id:
            return None
        if self._clock() - self._unknown.get(thing_id, float("-inf")) < _REMEMBER_SECONDS:
            raise WebhookVerificationError(_FOREIGN, status_code=404)
        try:
            return _read_document(document_event, client) if document_event else client.leads.get(thing_id)
        except NotFoundError:
            self._remember(thing_id)
        raise WebhookVerificationError(_FOREIGN, status_code=404)

    def _remember(self, thing_id: str) -> None:
        self._unknown[thing_id] = self._clock()
        while len(self._unknown) > _REMEMBERED:
            self._unknown.popitem(last=False)


def _read_document(event: DocumentReceived | DocumentExtracted, client: Client) -> View[Any]:
    document = client.documents.get(str(event.document_id))
    if event.lead_id and document.lead_id and event.lead_id != document.lead_id:
        raise WebhookVerificationError("The document of the event belongs to another lead.", status_code=404)
    return document


_FOREIGN = "The workspace of the API key has no such lead or document: the event is of another one, or invented."
