"""Catching up: events that were never delivered are made from what the API says now, and no others."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

import omni
from omni import sandbox, webhooks
from omni.webhooks.testing import sample

Open = Callable[..., webhooks.Inbox]
VERIFIER = webhooks.Verifier(path_token="fixture-token-fixture-token")


@pytest.fixture
def server() -> Iterator[sandbox.Sandbox]:
    with sandbox.running() as running:
        yield running


@pytest.fixture
def client(server: sandbox.Sandbox) -> Iterator[omni.Client]:
    with omni.Client(api_key=server.api_key, base_url=server.base_url) as opened:
        yield opened


@pytest.fixture
def receiver(open_inbox: Open, tmp_path: Any) -> webhooks.Receiver:
    made = webhooks.Receiver(VERIFIER, inbox=open_inbox(f"sqlite:///{tmp_path / 'inbox.db'}"))
    made.fallback(lambda event: None)
    return made


def catch_up(receiver: webhooks.Receiver, client: omni.Client, since: datetime, **options: Any) -> list[Any]:
    return list(receiver.reconcile(client, since=since, **{"reads_per_second": 10_000, **options}))


def stored(receiver: webhooks.Receiver) -> list[webhooks.Event]:
    return [receiver.inbox.get(each.key) for each in reversed(receiver.inbox.events())]


def test_what_happened_meanwhile_is_made_again(
    receiver: webhooks.Receiver, client: omni.Client, server: sandbox.Sandbox
) -> None:
    """A new lead, its files, its logs, its completion: with the keys that they would have had."""
    since = datetime.now(UTC) - timedelta(seconds=5)
    lead = client.leads.create(first_name="Ada", external_lead_id="CRM-9")
    item = next(item for item in client.leads.get(lead.id).iter_items() if item.is_file)
    client.documents.upload(lead.id, [("statement.pdf", BytesIO(b"%PDF-1"))], checklist_item=item.id)
    with server.workspace.announce_changes(server.workspace.leads[lead.id]):
        record = server.workspace.leads[lead.id]
        record["status"] = "COMPLETED"
        server.workspace.log(record, "MESSAGE", "Mail came in")
        server.workspace.log(record, "TOOL_CALL", "Lookup failed", status="FAILED")
    found = catch_up(receiver, client, since)
    events = {event.name: event for event in stored(receiver) if event.lead_id == lead.id}

    assert {*events} == {
        "lead.created",
        "document.received",
        "lead.completed",
        "action_log.completed",
        "action_log.failed",
    } | ({"document.extracted"} & {*events})
    assert all(event.is_reconciled for event in events.values())
    assert events["lead.created"].key == f"lead.created:{lead.id}"
    assert events["lead.created"].external_lead_id == "CRM-9"
    assert [each.new for each in found if each.lead_id == lead.id] == [
        len([e for e in stored(receiver) if e.lead_id == lead.id])
    ]
    assert sum(each.new for each in catch_up(receiver, client, since)) == 0


def test_what_was_delivered_is_known(receiver: webhooks.Receiver, client: omni.Client) -> None:
    """By the same duplicate check."""
    since = datetime.now(UTC) - timedelta(seconds=5)
    lead = client.leads.create(first_name="Ada")
    receiver.inbox.store(webhooks.parse(sample("lead.created", changes={"data.leadId": lead.id})))
    found = {each.lead_id: each for each in catch_up(receiver, client, since)}

    assert (found[lead.id].new, found[lead.id].known) == (0, 1)
    assert not stored(receiver)[0].is_reconciled


def test_nothing_old_is_made_again(receiver: webhooks.Receiver, client: omni.Client) -> None:
    """The sample leads are older than the time that is asked for, so they are read and give no event."""
    found = catch_up(receiver, client, datetime.now(UTC))

    assert len(found) > 3
    assert sum(each.new + each.known for each in found) == 0


def test_it_goes_on_where_it_stopped(receiver: webhooks.Receiver, client: omni.Client) -> None:
    """The cursor of a lead continues after that lead."""
    since = datetime.now(UTC)
    leads = [each.lead_id for each in catch_up(receiver, client, since)]
    first = next(iter(receiver.reconcile(client, since=since)))
    rest = catch_up(receiver, client, since, cursor=first.cursor)

    assert [first.lead_id, *[each.lead_id for each in rest]] == leads


def test_a_lead_that_is_gone_gives_nothing(
    receiver: webhooks.Receiver, client: omni.Client, server: sandbox.Sandbox
) -> None:
    """Between the list and the read."""
    server.fail_next("404; path=/api/v1/leads")
    found = catch_up(receiver, client, datetime.now(UTC) - timedelta(days=1))

    assert (found[0].new, found[0].known) == (0, 0)


def test_extraction_is_made_again_only_where_none_came(
    receiver: webhooks.Receiver, client: omni.Client, server: sandbox.Sandbox
) -> None:
    """Its key cannot be made again, so an event of the same document counts as it."""
    since = datetime.now(UTC) - timedelta(seconds=5)
    lead = client.leads.create(first_name="Ada")
    client.documents.upload(lead.id, [("a.pdf", BytesIO(b"a")), ("b.pdf", BytesIO(b"b"))])
    items = [item for item in client.leads.get(lead.id).iter_items() if item.is_file]
    documents = server.workspace.leads[lead.id]["documents"]
    for document, verdict in zip(documents, [True, False], strict=True):
        matched = [{"leadChecklistItemId": items[0].id, "label": items[0].label}]
        document["metadata"] = {"extractionStatus": "completed", "Matched checklist items": matched}
        document["leadChecklistItemDocument"] = [{"leadChecklistItemId": items[0].id, "overallValid": verdict}]
    came = sample("document.extracted", changes={"documentId": documents[0]["id"], "leadId": lead.id})
    receiver.inbox.store(webhooks.parse(came))
    catch_up(receiver, client, since)
    extracted: list[Any] = [event for event in stored(receiver) if isinstance(event, webhooks.DocumentExtracted)]

    assert [(event.document_id, event.is_reconciled) for event in extracted] == [
        (documents[0]["id"], False),
        (documents[1]["id"], True),
    ]
    assert (extracted[1].outcome, extracted[1].matched_items[0].code) == ("refused", items[0].code)


def test_the_time_is_checked(receiver: webhooks.Receiver, client: omni.Client) -> None:
    """Without a zone, or before what the inbox keeps: events that were forgotten would be handled again."""
    for since, words in (
        (datetime(2026, 1, 1), "has no time zone"),
        (datetime.now(UTC) - timedelta(days=31), "before what the inbox keeps"),
    ):
        with pytest.raises(omni.UsageError, match=words):
            catch_up(receiver, client, since)


def test_a_document_that_is_gone_is_passed_over(
    receiver: webhooks.Receiver, client: omni.Client, server: sandbox.Sandbox
) -> None:
    """Between the list of the lead's documents and the read of one; the rest is found."""
    since = datetime.now(UTC) - timedelta(seconds=5)
    lead = client.leads.create(first_name="Ada")
    client.documents.upload(lead.id, [("a.pdf", BytesIO(b"a")), ("b.pdf", BytesIO(b"b"))])
    gone = server.workspace.leads[lead.id]["documents"][0]["id"]
    server.fail_next(f"404; path=/api/v1/documents/{gone}")
    catch_up(receiver, client, since)

    assert [event.name for event in stored(receiver)].count("document.received") == 1


def test_listening_names_each_event_once(client: omni.Client) -> None:
    """However often it polls."""
    from omni.cli._webhook._receivers import _poll

    since, seen = datetime.now(UTC) - timedelta(seconds=5), set[str]()
    lead = client.leads.create(first_name="Ada")

    assert [event.key for event in _poll(client, since, seen, 0)] == [f"lead.created:{lead.id}"]
    assert [*_poll(client, since, seen, 0)] == []
