"""Receivers as users write them. mypy and pyright check it; it never runs."""

from datetime import datetime
from typing import assert_type

import omni
from omni import webhooks

receiver = webhooks.Receiver(
    webhooks.Verifier(path_token="…", secret=["…", "…"], header="X-Fixture-Secret"),
    inbox=webhooks.Inbox("postgresql://user@host/name", keep=86400.0, encryption_key=[b"key", "key"]),
    confirm=True,
)


@receiver.on(webhooks.LeadCompleted)
def complete(event: webhooks.LeadCompleted, client: omni.Client) -> None:
    """A handler with a client."""
    assert_type(event.lead_id, str)
    assert_type(event.checklist_items, tuple[webhooks.EventItem, ...])
    assert_type(client.leads.get(event.lead_id), omni.Lead)


@receiver.on(webhooks.DocumentExtracted)
async def extract(event: webhooks.DocumentExtracted, client: omni.AsyncClient) -> None:
    """An async handler."""
    assert_type(event.outcome, webhooks.ExtractionOutcome | None)
    assert_type(await client.documents.get(event.document_id or ""), omni.Document)


@receiver.on(webhooks.LeadCreated)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
def handle_another(event: webhooks.LeadUpdated) -> None:
    """A handler of another event is refused."""


@receiver.fallback
def ignore(event: webhooks.Event) -> None:
    """All other events."""
    assert_type(event.key, str)
    assert_type(event.occurred_at, datetime | None)


@receiver.before
def is_wanted(event: webhooks.Event) -> bool:
    """A hook."""
    return event.workspace_id == "ws-123"


def read(body: bytes) -> None:
    """Without a receiver."""
    event = webhooks.parse(body)
    assert_type(event, webhooks.Event)
    if isinstance(event, webhooks.LeadUpdated):
        assert_type(event.changed_fields, tuple[str, ...])
    webhooks.verify({"X-Fixture-Secret": "…"}, "/webhooks", body, secret="…", header="X-Fixture-Secret")
    webhooks.verify([(b"x-fixture-secret", b"\xe2")], "/webhooks", body, secret="…", header="X-Fixture-Secret")


def serve() -> None:
    """What a receiver gives back, and the ways in."""
    response = receiver.receive("POST", "/webhooks", {}, b"")
    assert_type(response.status, int)
    assert_type(response.headers, dict[str, str])
    with receiver.run(name="w1"):
        assert_type(receiver.signals.counts, dict[str, int])
    assert_type(receiver.inbox.events("dead"), tuple[webhooks.StoredEvent, ...])
    webhooks.asgi(receiver, run=True)
    webhooks.wsgi(receiver)
    webhooks.aws_lambda(receiver)
