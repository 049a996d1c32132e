"""What the tests of workers share: receivers, events, and waiting for what a worker does."""

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from omni import webhooks
from omni.webhooks.testing import sample

Open: TypeAlias = Callable[..., webhooks.Inbox]
VERIFIER = webhooks.Verifier(path_token="fixture-token-fixture-token")


def make_receiver(inbox: webhooks.Inbox, handle: Callable[..., Any], **options: Any) -> webhooks.Receiver:
    receiver = webhooks.Receiver(VERIFIER, inbox=inbox, **options)
    receiver.fallback(handle)
    return receiver


def event_of(name: str, **changes: Any) -> webhooks.Event:
    return webhooks.parse(sample(name, changes=changes))


def lead_events(lead: str, count: int) -> list[webhooks.Event]:
    return [
        event_of("document.received", **{"document.leadId": lead, "document.id": f"{lead}-{n}"}) for n in range(count)
    ]


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until a condition is met; what it returned."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
    return result


def keys(inbox: webhooks.Inbox, state: Any) -> set[str]:
    return {stored.key for stored in inbox.events(state)}
