"""The webhooks of a workspace: endpoints, planned faults and outcomes, and what was sent.

Documented of a delivery: a POST of one event as JSON; success is 200 within 5 seconds; the first retry comes after a
minute, more after growing pauses, three at most. All else is an invention: the exact pauses, that redirects are not
followed, and that an endpoint gets one request at a time, so that only retries and faults change the order.
"""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from copy import deepcopy
from dataclasses import replace
from threading import Lock
from typing import Any

from omni.sandbox._faults import SECONDS, Fault
from omni.sandbox._shapes import Json, documents_in
from omni.sandbox._webhooks._by_hand import document_event, find_lead, lead_event, log_status, messages_of
from omni.sandbox._webhooks._deliveries import SECRET_HEADER, Attempt, Delivery, Endpoint
from omni.sandbox._webhooks._payloads import OUTCOMES, Store
from omni.sandbox._webhooks._post import LoopThread, post
from omni.sandbox._webhooks._stages import EVENTS, OLD_EVENTS, STAGES, in_stage

_RETRY_SECONDS = (60, 120, 240)
_OLD_STAGES = [f"stage={stage}" for stage in STAGES[:-1]]
_FAULTS: dict[str, dict[str, str]] = {
    "duplicate": {},
    "out-of-order": {},
    "slow": {"seconds": SECONDS},
    "lost": {},
    "resign-links": {},
    **{name: {} for name in _OLD_STAGES},
}
WEBHOOK_SUGGESTIONS = {
    "duplicate": "send the same body twice",
    "out-of-order": "hold it back until the next one was sent",
    "slow; seconds=3": "let the body take long to arrive",
    "lost": "do not send it",
    "stage=v0": "send the payload as it was in October 2025",
}
"""Faults of deliveries that a person may want, with what they do."""
_SCOPE = {"event": "|".join(map(re.escape, EVENTS))}
# Which events a fault fits, where these are not all.
_EVENTS = dict.fromkeys(_OLD_STAGES, OLD_EVENTS) | {"resign-links": ("document.received",)}


class Webhooks:
    """Sends the events of a workspace to the endpoints that were added, from a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.endpoints: list[Endpoint] = []
        self.deliveries: list[Delivery] = []
        """What was sent, and what is still to be sent; the newest comes last."""
        self.faults: list[str] = []
        """Planned faults as text: a delivery takes out the first that fits it."""
        self.outcomes: list[str] = []
        """Planned outcomes: a document takes out the first."""
        self.time_scale = 1.0
        """What the pauses before retries and extraction are multiplied by: 0.001 for tests."""
        self.extraction_seconds = 1.0
        """How long after a document came in it has been read; not documented."""
        self.timeout = 5.0
        self._kept: list[Endpoint] = []
        self._held: list[Delivery] = []
        self._thread = LoopThread()
        self._turns: defaultdict[Endpoint, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._lock = Lock()

    def add(
        self,
        url: str,
        *,
        events: Iterable[str] | None = None,
        secret: str | None = None,
        header: str = SECRET_HEADER,
        stage: str = "v3",
        keep: bool = False,
    ) -> None:
        """Send events to a URL: those that are named, or all, with a secret in a header, if there is one.

        `stage` is how payloads look: `v3` as in the newest documentation, `v0` to `v2` as in earlier ones. `keep`
        leaves the endpoint in place on reset. Raises ValueError with the repair if one of these cannot be used.
        """
        endpoint = Endpoint(url, frozenset(EVENTS if events is None else events), secret, header, stage)
        for endpoints in (self.endpoints, self._kept) if keep else (self.endpoints,):
            if endpoint not in endpoints:
                endpoints.append(endpoint)

    def fail_next(self, fault: str, *, times: int = 1) -> None:
        """Plan a fault for the next deliveries that it fits; `help(omni.sandbox)` lists them.

        Raises ValueError if there is no such fault.
        """
        Fault.parse(fault, _FAULTS, _SCOPE)
        self.faults += [fault] * times

    def outcome_of_next(self, outcome: str, *, times: int = 1) -> None:
        """Plan how the extraction of the next documents ends.

        That is `extracted`, `not_recognised`, `refused` or `failed`. Without a plan it is `extracted` for a document
        that was uploaded for a checklist item, and `not_recognised` for any other. Raises ValueError for anything else.
        """
        if outcome not in OUTCOMES:
            raise ValueError(f"There is no outcome {outcome!a}: choose from {', '.join(OUTCOMES)}.")
        self.outcomes += [outcome] * times

    def take_outcome(self) -> str | None:
        """Return the planned outcome of a document that came in, if there is one."""
        return self.outcomes.pop(0) if self.outcomes else None

    def emit(
        self,
        event: str,
        lead_id: str,
        *,
        log_type: str = "TOOL_CALL",
        document_id: str | None = None,
        outcome: str = "extracted",
    ) -> None:
        """Send an event of a lead, whether or not something happened.

        `action_log.completed` and `action_log.failed` write a log of this type to the lead, since nothing else in the
        sandbox fails. Events of documents take an id, or the newest. Raises ValueError for anything that there is not.
        """
        lead = find_lead(self._store, lead_id)
        if event.startswith("action_log.") and event in EVENTS:
            status = log_status(event, log_type)
            self._store.log(
                lead, log_type, f"{status.capitalize()} by request", status=status, messages=messages_of(log_type)
            )
        elif event.startswith("lead.") and event in EVENTS:
            self.send(lead_event(self._store, event, lead))
        else:
            self.send(document_event(self._store, event, lead, document_id, outcome))

    def send(self, payload: Json, *, after: float = 0) -> None:
        """Send an event to every endpoint that wants it, after so many seconds times `time_scale`."""
        if after and self.endpoints:
            self._thread.spawn(self._send_later(payload, after))
        else:
            for work in self._plan(payload):
                self._thread.spawn(work)

    def resend(self, delivery_id: str) -> Delivery:
        """Send a body again, as a new delivery, and return that. Raises ValueError for an unknown id."""
        for delivery in self.deliveries:
            if delivery.id == delivery_id:
                again = self._log(replace(delivery, state="waiting", attempts=[]))
                self._thread.spawn(self._deliver(again, None))
                return again
        raise ValueError(f"There is no delivery {delivery_id!a}: choose the id of one of `deliveries`.")

    def wait_idle(self, timeout: float = 10) -> None:
        """Wait until all was sent, and all retries are over; what a fault holds back is not waited for.

        Raises TimeoutError if that takes longer.
        """
        if not self._thread.wait_idle(timeout):
            advice = "set time_scale, or wait longer"
            raise TimeoutError(f"Webhooks are still being sent after {timeout:g} seconds: {advice}.")

    def reset(self) -> None:
        """Forget what was sent and planned, and all endpoints but those to keep."""
        self.close()
        for collection in (self.deliveries, self.faults, self.outcomes, self._held):
            collection.clear()
        self.endpoints[:] = self._kept

    def close(self) -> None:
        """Stop sending, and end the thread; the next event starts it again."""
        self._thread.close()
        self._turns.clear()

    async def _send_later(self, payload: Json, seconds: float) -> None:
        await asyncio.sleep(seconds * self.time_scale)
        await asyncio.gather(*self._plan(payload))

    def _plan(self, payload: Json) -> list[Coroutine[Any, Any, None]]:
        """Return what there is to do for an event, in order."""
        with self._lock:
            wanting = [endpoint for endpoint in self.endpoints if payload["event"] in endpoint.events]
            return [work for endpoint in wanting for work in self._plan_endpoint(endpoint, payload)]

    def _plan_endpoint(self, endpoint: Endpoint, payload: Json) -> list[Coroutine[Any, Any, None]]:
        fault = self._take_fault(payload["event"])
        name = fault.name if fault else ""
        stage = name.removeprefix("stage=") if name in _OLD_STAGES else endpoint.stage
        staged = in_stage(payload, stage, self._store.now())
        if staged is None:
            return []
        body = self._body(staged, 0)
        first = self._log(Delivery("", payload["event"], endpoint, staged, body))
        if name == "lost":
            first.state = "lost"
            return []
        if name == "out-of-order":
            first.state = "held"
            self._held.append(first)
            return []
        released = [delivery for delivery in self._held if delivery.endpoint == endpoint]
        self._held = [delivery for delivery in self._held if delivery.endpoint != endpoint]
        copies = [self._log(replace(first, attempts=[]))] if name == "duplicate" else []
        return [self._deliver(first, fault), *(self._deliver(delivery, None) for delivery in (*copies, *released))]

    def _take_fault(self, event: str) -> Fault | None:
        for n, text in enumerate(self.faults):
            fault = Fault.parse(text, _FAULTS, _SCOPE)
            if event in _EVENTS.get(fault.name, EVENTS) and fault.options.get("event", event) == event:
                del self.faults[n]
                return fault
        return None

    def _log(self, delivery: Delivery) -> Delivery:
        delivery.id = f"delivery-{len(self.deliveries) + 1}"
        self.deliveries.append(delivery)
        return delivery

    def _body(self, payload: Json, later: float) -> bytes:
        payload = deepcopy(payload)
        for document in documents_in(payload):
            if "signedUrl" in document:
                document["signedUrl"] = self._store.links.sign(document["id"], document["filename"], later)
        return json.dumps(payload, ensure_ascii=False).encode()

    async def _deliver(self, delivery: Delivery, fault: Fault | None) -> None:
        passed = 0.0
        for pause in (0, *_RETRY_SECONDS):
            await asyncio.sleep(pause * self.time_scale)
            passed += pause
            # Whether a retry has new links is not documented.
            if fault and fault.name == "resign-links":
                delivery.body = self._body(delivery.payload, passed)
            async with self._turns[delivery.endpoint]:
                delivery.attempts.append(await self._attempt(delivery, fault))
            if delivery.attempts[-1].status == 200:
                delivery.state = "delivered"
                return
        delivery.state = "failed"

    async def _attempt(self, delivery: Delivery, fault: Fault | None) -> Attempt:
        slow = float(fault.options.get("seconds", 1)) if fault and fault.name == "slow" else 0
        endpoint, time = delivery.endpoint, asyncio.get_running_loop().time
        headers = {endpoint.header: endpoint.secret} if endpoint.secret is not None else {}
        start = time()
        try:
            async with post(endpoint.url, headers, delivery.body, timeout=self.timeout, slow_seconds=slow) as status:
                return Attempt(status, None, time() - start)
        except TimeoutError:
            error = f"no response within {self.timeout:g} seconds"
        except (OSError, ValueError) as refusal:
            error = f"{type(refusal).__name__}: {refusal}"
        return Attempt(None, error, time() - start)
