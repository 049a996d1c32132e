"""The receiver: from a request to a stored event and a response, and from a stored event to its handler.

Theory of operation. The service gives five seconds, takes only 200 for an answer, and tries again at most three times:
what is not stored by then is lost. So a request is checked, parsed and stored, and then answered; handlers run later,
in this process or in another one. What cannot be stored is answered 503, so that it comes again. What is stored,
doubled, unknown or of no interest is answered 200, since anything else would use up the few retries.
"""

import contextlib
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from email.message import Message as MediaType
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from omni._async.client import AsyncClient
from omni._operations.difference import Observe
from omni._operations.drift import differences
from omni._sync.client import Client
from omni._traceback_scrubbing import scrub_traceback
from omni._views.event import Event, UnknownEvent
from omni.errors import UsageError, WebhookError, WebhookPayloadError
from omni.webhooks.confirmation import Confirmer
from omni.webhooks.handlers import Handlers
from omni.webhooks.inbox import Inbox
from omni.webhooks.parsing import MAX_BYTES, parse
from omni.webhooks.reconciliation import iter_events
from omni.webhooks.signals import LOG, Signals
from omni.webhooks.verification import Headers, Verifier, iter_headers
from omni.webhooks.worker import Worker

E = TypeVar("E", bound=Event)
P = ParamSpec("P")
R = TypeVar("R")


class Response(NamedTuple):
    """What to respond to the service; the body is empty, so that nobody learns from it what was wrong."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class Reconciled(NamedTuple):
    """What ``Receiver.reconcile`` found of one lead."""

    lead_id: str
    new: int
    """How many events were stored, since no delivery had brought them."""
    known: int
    """How many had been delivered."""
    cursor: str | None
    """Continues after this lead."""


class Receiver:
    """Receives webhook deliveries, keeps them in an inbox, and hands each event to one handler, once.

    ``verifier``: what a delivery must have to be accepted.
    ``inbox``: where events are kept: the address of a database, ``sqlite:///FILE`` or ``postgresql://…``, or an
    ``Inbox`` for its settings; needs the extra ``webhooks``. Or ``forward``: a function that hands the event to a queue
    of your own, such as ``lambda event: task.delay(event.to_dict())``; it is called before the response, and what it
    raises is answered 503. There, call ``receiver.handle(omni.webhooks.parse(payload))``.
    ``client``, ``async_client``: make the clients that handlers get as their second argument.
    ``confirm``: before an event is handled, read its lead or document with the client; if the workspace has none, the
    event is not handled, and put with the dead ones.
    ``observe``: called with the event's name and the differences from the contract, as ``Client(observe=…)`` is.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        inbox: "str | Inbox | None" = None,
        forward: Callable[[Event], object] | None = None,
        client: Callable[[], Client] = Client,
        async_client: Callable[[], AsyncClient] = AsyncClient,
        confirm: bool = False,
        observe: Observe | None = None,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if (inbox is None) == (forward is None):
            raise UsageError("Give inbox=, such as 'sqlite:///omni-inbox.db', or forward=, a function.")
        self.signals = Signals(clock)
        self.max_bytes = max_bytes
        self._verifier, self._observe = verifier, observe
        self._handlers = Handlers(client, async_client)
        self._confirmer = Confirmer() if confirm else None
        self._forward = forward
        self._inbox = Inbox(inbox) if isinstance(inbox, str) else inbox

    @property
    def inbox(self) -> "Inbox":
        """Where events are kept; UsageError if they are forwarded."""
        if self._inbox is None:
            raise UsageError("This receiver forwards its events, so it has no inbox.")
        return self._inbox

    def on(self, event_class: type[E]) -> Callable[[Callable[Concatenate[E, P], R]], Callable[Concatenate[E, P], R]]:
        """Decorate the function that handles the events of a class: a function of the event, or of it and a client."""

        def register(handler: Callable[Concatenate[E, P], R]) -> Callable[Concatenate[E, P], R]:
            self._handlers.register(event_class, handler)
            return handler

        return register

    def fallback(self, handler: Callable[Concatenate[Event, P], R]) -> Callable[Concatenate[Event, P], R]:
        """Decorate the function that handles all other events, also those that this version does not know."""
        self._handlers.register_fallback(handler)
        return handler

    def before(self, hook: Callable[Concatenate[Event, P], R]) -> Callable[Concatenate[Event, P], R]:
        """Decorate a function that is called with each event before its handler; if it returns False, that is all."""
        self._handlers.register_before(hook)
        return hook

    def start(self) -> None:
        """Take no more handlers, and open the inbox; else the first request does it, which takes a second or two.

        Raises UsageError if there is no fallback, and what the database raises.
        """
        self._handlers.close()
        if self._inbox:
            self._inbox.open()

    @scrub_traceback
    def receive(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Check, store and answer one request; it raises nothing but UsageError for a receiver without a fallback."""
        self._handlers.close()
        started = time.perf_counter()
        try:
            if method in ("GET", "HEAD"):  # a probe, as dashboards send
                return Response(200, {})
            event = self._accept(method, path, headers, body)
        except WebhookError as error:
            self.signals.count("refused", "", str(error))
            return Response(error.status_code, {"allow": "POST"} if error.status_code == 405 else {})
        response = self._store(event)
        self.signals.time_response(time.perf_counter() - started)
        return response

    @scrub_traceback
    def handle(self, event: Event) -> None:
        """Hand one event to its handler, and wait; whatever that raises is raised."""
        self._handlers.close()
        if self._confirmer:
            self._confirmer.confirm(event, self._handlers.sync_client())
        handled = self._handlers.call(event)
        self.signals.count("handled" if handled else "skipped", event.key)

    @contextlib.contextmanager
    def run(self, name: str = "") -> Generator[None]:
        """Handle stored events in threads of this process, for the time of a ``with`` block.

        ``name`` tells workers apart, and must be another one for each that runs at the same time; by default it is made
        of the host and the process.
        """
        self._handlers.close()
        try:
            with Worker(self.inbox, self.handle, self.signals, name):
                yield
        finally:
            self._handlers.stop()

    def close(self) -> None:
        """Close the inbox and the clients; ``run`` closes the clients by itself."""
        self._handlers.stop()
        if self._inbox:
            self._inbox.close()

    def reconcile(
        self, client: Client, *, since: datetime, cursor: str | None = None, reads_per_second: float = 5.0
    ) -> Generator[Reconciled]:
        """Store the events since a time that were never delivered, lead by lead; they are handled like others.

        Each lead of the workspace is read, at most so many a second. Yields what was found of each; its ``cursor``
        continues after that lead. Such an event says ``is_reconciled``. What cannot be found, docs/webhooks.md lists.
        Raises UsageError for a time before what the inbox keeps, since that would be handled again; and what the client
        and the database raise.
        """
        self._handlers.close()
        _check_since(since, self.inbox.keep)
        leads = client.analytics.iter_leads(cursor=cursor)
        for figures in leads:
            events = iter_events(client, figures, since, self._has_extraction, 1 / reads_per_second)
            outcomes = [self.inbox.store(event) for event in events]
            yield Reconciled(figures.lead_id, sum(outcomes), len(outcomes) - sum(outcomes), leads.cursor)

    def _has_extraction(self, document_id: str) -> bool:
        return self.inbox.has_prefix(f"document.extracted:{document_id}:")

    def _accept(self, method: str, path: str, headers: Headers, body: bytes) -> Event:
        """The event of a request, or a WebhookError with the status to respond with."""
        if method != "POST":
            raise WebhookPayloadError("The method is not POST.", status_code=405)
        if len(body) > self.max_bytes:  # first, since an adapter reads no more than tells this
            raise WebhookPayloadError(f"The body has more than {self.max_bytes} bytes.", status_code=413)
        pairs = list(iter_headers(headers))
        self._verifier.verify(pairs, path, body)
        for name, value in pairs:
            if name == "content-type" and not _is_json(value):
                raise WebhookPayloadError("The media type is not JSON.", status_code=415)
        return parse(body, max_bytes=self.max_bytes)

    def _store(self, event: Event) -> Response:
        try:
            if self._forward:
                self._forward(event)
                is_new = True
            else:
                is_new = self.inbox.store(event)
        except Exception as error:  # whatever it is, the delivery has to come again
            self.signals.count("unavailable", event.key, type(error).__name__)
            return Response(503, {})
        self.signals.count("accepted" if is_new else "duplicate", event.key)
        if isinstance(event, UnknownEvent):
            self.signals.count("unknown", event.key)
        elif self._observe:
            self._report_drift(event, self._observe)
        return Response(200, {})

    def _report_drift(self, event: Event, observe: Observe) -> None:
        try:
            if found := differences(event.to_dict(), event.name):
                observe(event.name, found)
        except Exception as error:  # the delivery is stored, and must not come again for this
            LOG.error("observe failed for %s: %s", event.key, type(error).__name__)


def _check_since(since: datetime, keep: float) -> None:
    if since.tzinfo is None:
        raise UsageError("since has no time zone: give datetime.now(UTC) - timedelta(hours=6), for example.")
    if since < datetime.now(UTC) - timedelta(seconds=keep):
        raise UsageError("since is before what the inbox keeps: events that were handled then would be handled again.")


def _is_json(value: bytes) -> bool:
    """Whether a media type is JSON, with whatever parameters."""
    media_type = MediaType()
    media_type["content-type"] = value.decode("latin-1")
    return media_type.get_content_subtype() == "json" or media_type.get_content_subtype().endswith("+json")
