"""From the sandbox over real HTTP to a FastAPI application, its PostgreSQL inbox and a handler, with every fault."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

import omni
from omni import sandbox, webhooks

fastapi = pytest.importorskip("fastapi", reason="fastapi is not installed")

SECRET = "Invented-Value-1"
VERIFIER = webhooks.Verifier(secret=SECRET, header="X-Webhook-Secret")


@contextmanager
def serve(application: Any) -> Iterator[str]:
    """Serve an application on a free port, for the time of a block."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(application, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/"  # without the last slash, it redirects
        finally:
            server.should_exit = True
            thread.join()


def make_application(receiver: webhooks.Receiver) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any) -> Any:
        with receiver.run("w1"):
            yield

    application = fastapi.FastAPI(lifespan=lifespan)
    application.mount("/webhooks", webhooks.asgi(receiver))
    return application


def make_receiver(kind: str, inbox: webhooks.Inbox, server: sandbox.Sandbox, read: list[Any]) -> webhooks.Receiver:
    """A receiver whose handler reads the lead that the event is about, sync or async."""

    def options(factory: Any) -> Callable[[], Any]:
        return lambda: factory(api_key=server.api_key, base_url=server.base_url)

    receiver = webhooks.Receiver(
        VERIFIER, inbox=inbox, client=options(omni.Client), async_client=options(omni.AsyncClient), confirm=True
    )

    def handle(event: webhooks.Event, client: omni.Client) -> None:
        read.append((event, client.leads.get(str(event.lead_id))))

    async def handle_async(event: webhooks.Event, client: omni.AsyncClient) -> None:
        read.append((event, await client.leads.get(str(event.lead_id))))

    receiver.fallback(handle if kind == "sync" else handle_async)
    return receiver


def cause_events(server: sandbox.Sandbox, client: omni.Client) -> list[str]:
    """Write so that each event is sent, with every fault and every outcome of extraction; the ids of new leads."""
    for fault in ("duplicate", "out-of-order", "slow; seconds=0.2", "lost"):
        server.webhooks.fail_next(f"{fault}; event=lead.created")
    leads = [client.leads.create(first_name=f"Sample {n}", email="lead@example.com").id for n in range(5)]
    client.leads.update(leads[0], last_name="Example")
    files = [("statement.pdf", BytesIO(b"%PDF-1"))] * 2
    for stage in ("stage=v0", "stage=v1", "stage=v2", "resign-links; event=document.received"):
        server.webhooks.fail_next(stage)
    for outcome in ("extracted", "refused", "not_recognised", "failed"):
        server.webhooks.outcome_of_next(outcome)
    for lead in leads[:2]:
        client.documents.upload(lead, files)
    return leads


def settle(server: sandbox.Sandbox, inbox: webhooks.Inbox) -> None:
    """Wait until all was delivered and handled."""
    server.webhooks.wait_idle(60)
    deadline = time.monotonic() + 60
    while inbox.events("waiting") or inbox.events("running"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_event_is_handled_once_whatever_happens_on_the_way(
    kind: str, postgresql: str, open_inbox: Callable[..., webhooks.Inbox]
) -> None:
    """Duplicated, out of order, slow, in older stages, newly signed, and lost: what is lost is caught up with."""
    inbox, read = open_inbox(postgresql), []
    started = datetime.now(UTC) - timedelta(seconds=1)
    with sandbox.running(time_scale=0.001) as server:
        receiver = make_receiver(kind, inbox, server, read)
        with (
            serve(make_application(receiver)) as url,
            omni.Client(api_key=server.api_key, base_url=server.base_url) as client,
        ):
            server.webhooks.add(url, secret=SECRET)
            leads = cause_events(server, client)
            settle(server, inbox)
            lost = {f"lead.created:{lead}" for lead in leads} - {event.key for event, _ in read}
            caught_up = list(receiver.reconcile(client, since=started, reads_per_second=1000))
            again = list(receiver.reconcile(client, since=started, reads_per_second=1000))
            settle(server, inbox)

    handled = Counter(event.key for event, _ in read)
    names = Counter(event.name for event, _ in read)
    assert len(lost) == 1
    assert {key: count for key, count in handled.items() if count > 1} == {}
    assert {f"lead.created:{lead}" for lead in leads} <= handled.keys()
    assert (names["lead.created"], names["lead.updated"] > 0, names["document.received"]) == (5, True, 4)
    assert sorted(str(event.outcome) for event, _ in read if event.name == "document.extracted") == [
        "extracted",
        "failed",
        "not_recognised",
        "refused",
    ]
    assert all(lead.id == event.lead_id for event, lead in read)
    assert [event.key for event, _ in read if event.is_reconciled] == [*lost]
    assert (sum(each.new for each in caught_up), sum(each.new for each in again)) == (1, 0)
    assert inbox.events("dead") == ()
    assert receiver.signals.counts["duplicate"] >= 1


def test_what_is_answered_503_comes_again(postgresql: str, open_inbox: Callable[..., webhooks.Inbox]) -> None:
    """The database is away for a while: nothing is lost as long as it is back before the last retry."""
    inbox, read = open_inbox(postgresql), []
    with sandbox.running(time_scale=0.01) as server:
        receiver = make_receiver("sync", inbox, server, read)
        store = inbox.store
        failures = [ConnectionError, ConnectionError]

        def store_later(event: webhooks.Event) -> bool:
            if failures:
                raise failures.pop()
            return store(event)

        inbox.store = store_later  # type: ignore[method-assign]
        with serve(make_application(receiver)) as url:
            server.webhooks.add(url, secret=SECRET)
            server.webhooks.emit("lead.created", sandbox.LEAD_ID)
            settle(server, inbox)

    assert [attempt.status for attempt in server.webhooks.deliveries[0].attempts] == [503, 503, 200]
    assert [event.lead_id for event, _ in read] == [sandbox.LEAD_ID]
    assert receiver.signals.counts["unavailable"] == 2


def test_foreign_deliveries_are_refused(postgresql: str, open_inbox: Callable[..., webhooks.Inbox]) -> None:
    """Another secret is answered 401, and nothing of it is kept."""
    inbox, read = open_inbox(postgresql), []
    with sandbox.running(time_scale=0.001) as server:
        receiver = make_receiver("sync", inbox, server, read)
        with serve(make_application(receiver)) as url:
            server.webhooks.add(url, secret="Another-Value-2")
            server.webhooks.emit("lead.created", sandbox.LEAD_ID)
            server.webhooks.wait_idle(60)

    assert {attempt.status for attempt in server.webhooks.deliveries[0].attempts} == {401}
    assert (inbox.events(), read) == ((), [])
