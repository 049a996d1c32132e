"""For tests of receivers: samples of every event in every payload stage, requests with their proof, and a clock.

The samples have the shape of the published ones, with invented ids and names. Where no sample is published, which is so
for ``lead.updated`` and for three outcomes of ``document.extracted``, they are made from the description.
"""

import hmac
import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from omni._views.event import Event
from omni.errors import UsageError
from omni.webhooks.verification import Scheme

STAGES = ("v0", "v1", "v2", "v3")
"""The documented stages of the payloads, from October 2025 to the newest; which one a workspace gets, is not known."""


@cache
def _load_samples() -> dict[str, dict[str, Any]]:
    text = resources.files("omni.webhooks.testing").joinpath("samples.json").read_text("utf-8")
    samples: dict[str, dict[str, Any]] = json.loads(text)
    return samples


def event_names() -> tuple[str, ...]:
    """The names of the seven events."""
    return tuple(_load_samples())


def sample(
    event: str, *, stage: str = "v3", outcome: str = "extracted", changes: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """The JSON of an event.

    ``stage`` is one of ``STAGES``; lead events are in ``v3`` only. ``outcome`` is that of ``document.extracted`` in
    ``v3``. ``changes`` has new values by path: ``{"data.leadId": "lead-7"}``.
    Raises UsageError if there is no such sample.
    """
    stages = _load_samples().get(event)
    if stages is None:
        raise UsageError(f"event: give one of {', '.join(_load_samples())}.")
    if stage not in STAGES:
        raise UsageError(f"stage: give one of {', '.join(STAGES)}.")
    known = [each for each in STAGES[: STAGES.index(stage) + 1] if each in stages]
    if not known:
        raise UsageError(f"{event} came later: it is in the stage v3 only.")
    key = known[-1] if outcome == "extracted" else f"{known[-1]}:{outcome}"
    if key not in stages:
        raise UsageError("outcome: it is for document.extracted in the stage v3: extracted, refused, …")
    payload: dict[str, Any] = deepcopy(stages[key])
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        place = payload
        for parent in parents:
            place = place[parent]
        place[last] = value
    return payload


class Delivery(NamedTuple):
    """A request as the service sends it; ``receiver.receive(*delivery)`` takes one."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def delivery(
    event: Event | Mapping[str, Any] | str,
    *,
    path: str = "/webhooks",
    path_token: str = "",
    secret: str = "",
    header: str = "",
    scheme: Scheme = "plain",
) -> Delivery:
    """The request that delivers an event, a payload, or the sample of a name, with what a ``Verifier`` asks for."""
    payload = sample(event) if isinstance(event, str) else event.to_dict() if isinstance(event, Event) else {**event}
    body = json.dumps(payload).encode()
    headers = {"content-type": "application/json"}
    if secret and scheme == "standard-webhooks":
        headers |= _sign_standard_webhook(body, secret)
    elif secret and scheme == "plain":
        headers[header] = secret
    elif secret:
        headers[header] = hmac.new(secret.encode(), body, scheme.removeprefix("hmac-")).hexdigest()
    return Delivery("POST", f"{path}/{path_token}".rstrip("/"), headers, body)


def _sign_standard_webhook(body: bytes, secret: str) -> dict[str, str]:
    from standardwebhooks import Webhook

    message_id, now = "msg_fixture", datetime.now(UTC)
    signature = Webhook(secret).sign(message_id, now, body.decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


class Clock:
    """A clock for ``Receiver(clock=…)`` that stands still until it is moved on; it returns seconds since 1970."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.now += seconds
