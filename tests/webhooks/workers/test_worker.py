"""Workers: what is stored is handled, once, lead by lead, also after a worker died."""

import itertools
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import omni
from omni import webhooks
from omni.webhooks.testing import event_names
from omni.webhooks.worker import Worker

from .receivers import VERIFIER, Open, event_of, keys, lead_events, make_receiver, wait_for


def test_stored_events_are_handled(database: str, open_inbox: Open) -> None:
    """Each once, by the handler, in this process; those that come meanwhile too."""
    inbox, calls = open_inbox(database), []
    receiver = make_receiver(inbox, lambda event: calls.append(event.key))
    events = [event_of(name) for name in event_names()]
    for event in events[:4]:
        inbox.store(event)
    with receiver.run("w1"):
        for event in events[4:]:
            inbox.store(event)
        wait_for(lambda: len(keys(inbox, "done")) == 7)
        assert not any(inbox.store(event) for event in events)

    assert sorted(calls) == sorted(event.key for event in events)
    assert receiver.signals.counts["handled"] == 7


def test_events_of_a_lead_are_handled_one_after_the_other(database: str, open_inbox: Open) -> None:
    """In the order of their arrival, while other leads are handled too."""
    inbox, spans, lock = open_inbox(database), [], threading.Lock()

    def handle(event: Any) -> None:
        started = time.monotonic()
        time.sleep(0.05)
        with lock:
            spans.append((event.lead_id, event.key, started, time.monotonic()))

    for event in [each for pair in zip(*[lead_events(lead, 4) for lead in "abc"], strict=True) for each in pair]:
        inbox.store(event)
        time.sleep(0.002)
    with make_receiver(inbox, handle).run():
        wait_for(lambda: len(keys(inbox, "done")) == 12)

    for lead in "abc":
        of_lead = [span for span in spans if span[0] == lead]
        assert [key for _, key, _, _ in of_lead] == [event.key for event in lead_events(lead, 4)]
        assert all(one[3] <= other[2] for one, other in itertools.pairwise(of_lead))
    assert any(one[2] < other[2] < one[3] for one in spans for other in spans), "leads were not handled in parallel"


def test_a_handler_that_fails_is_tried_again(database: str, open_inbox: Open) -> None:
    """After a pause; the next event of the lead waits."""
    inbox, calls = open_inbox(database), []

    def handle(event: Any) -> None:
        calls.append(event.key)
        if len(calls) < 3:
            raise ConnectionError

    first, second = lead_events("a", 2)
    inbox.store(first)
    time.sleep(0.01)
    inbox.store(second)
    receiver = make_receiver(inbox, handle)
    with receiver.run():
        wait_for(lambda: len(keys(inbox, "done")) == 2)

    assert calls == [first.key] * 3 + [second.key]
    assert (receiver.signals.counts["failed"], receiver.signals.counts["dead"]) == (2, 0)


def test_an_event_that_fails_for_good_is_dead_and_can_be_handled_again(
    database: str, open_inbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It says where its handler failed, and nothing about a person; others go on; a retry handles it anew."""
    inbox, is_broken = open_inbox(database, attempts=2), True

    def handle(event: Any) -> None:
        if is_broken and event.name == "lead.created":
            raise ValueError("Ada Sample")

    receiver = make_receiver(inbox, handle)
    key = event_of("lead.created").key
    with receiver.run():
        inbox.store(event_of("lead.created"))
        (dead,) = wait_for(lambda: inbox.events("dead"))
        inbox.store(event_of("lead.completed"))
        wait_for(lambda: keys(inbox, "done"))
        is_broken = False
        inbox.retry(key)
        wait_for(lambda: key in keys(inbox, "done"))
        inbox.retry(key)  # what was done can be done again too, if that is asked for
        wait_for(lambda: receiver.signals.counts["handled"] == 3)

    assert (dead.key, dead.state) == (key, "dead")
    assert dead.error.startswith("ValueError at test_worker.py:")
    assert receiver.signals.counts["dead"] == 1
    assert "Ada" not in caplog.text
    assert "Traceback" not in caplog.text


def test_handled_events_are_deleted_when_they_are_old_enough(database: str, open_inbox: Open) -> None:
    """Dead ones stay until they are deleted by hand."""
    inbox = open_inbox(database, attempts=1, keep=0.0)

    def handle(event: Any) -> None:
        if event.name == "lead.created":
            raise ValueError

    with make_receiver(inbox, handle).run():
        inbox.store(event_of("lead.created"))
        inbox.store(event_of("lead.completed"))
        wait_for(lambda: inbox.events("dead") and inbox.events("done"))
    time.sleep(0.01)

    assert inbox.purge(older_than=3600) == 0
    assert (inbox.purge(), inbox.purge()) == (1, 0)
    assert [stored.state for stored in inbox.events()] == ["dead"]
    assert inbox.purge(state="dead") == 1
    assert inbox.store(event_of("lead.completed"))


def test_a_worker_deletes_old_events_by_itself(
    database: str, open_inbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it starts, and then every hour."""
    inbox = open_inbox(database, keep=0.0)
    monkeypatch.setattr("omni.webhooks.locks.SqliteLocks.check_seconds", 0.1)
    inbox.store(event_of("lead.created"))
    with make_receiver(inbox, lambda event: None).run("w1"):
        wait_for(lambda: inbox.events("done"))
    with make_receiver(inbox, lambda event: None).run("w1"):
        wait_for(lambda: not inbox.events())


def test_a_watcher_that_fails_goes_on(
    tmp_path: Path, open_inbox: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so without the text of the error, and events are handled meanwhile."""
    monkeypatch.setattr("omni.webhooks.locks.SqliteLocks.check_seconds", 0.05)
    inbox = open_inbox(f"sqlite:///{tmp_path / 'inbox.db'}")
    monkeypatch.setattr(inbox, "purge", lambda: 1 / 0)
    with make_receiver(inbox, lambda event: None).run("w1"):
        inbox.store(event_of("lead.created"))
        wait_for(lambda: inbox.events("done") and "webhook worker w1: ZeroDivisionError" in caplog.text)


def test_what_the_api_does_not_know_is_not_handled(database: str, open_inbox: Open) -> None:
    """With ``confirm``, the lead is read first; if it stays unknown, the event is of somebody else, or invented."""
    from omni.sandbox import API_KEY, LEAD_ID, running

    inbox, calls = open_inbox(database, attempts=3), []
    with running() as server:

        def make_client() -> omni.Client:
            return omni.Client(api_key=API_KEY, base_url=server.base_url)

        receiver = make_receiver(inbox, lambda event: calls.append(event.lead_id), confirm=True, client=make_client)
        for lead in (LEAD_ID, "lead-of-nobody"):
            inbox.store(event_of("lead.created", **{"data.leadId": lead}))
        inbox.store(webhooks.parse({"event": "new"}))  # it names nothing that could be read
        with receiver.run():
            (dead,) = wait_for(lambda: inbox.events("dead"))
            wait_for(lambda: len(inbox.events("done")) == 2)
        reads = [path for _, path in server.workspace.requests]

    assert {*calls} == {LEAD_ID, ""}
    assert dead.error.startswith("WebhookVerificationError")
    assert receiver.signals.counts["failed"] == 3
    assert reads.count("/api/v1/leads/lead-of-nobody") == 1, "what is unknown is remembered for a minute"


def test_a_handler_that_would_end_the_process_only_fails(database: str, open_inbox: Open) -> None:
    """``sys.exit`` in a handler, sync or async, ends neither the worker nor the event loop of other handlers."""
    inbox, calls = open_inbox(database, attempts=1), []
    receiver = webhooks.Receiver(VERIFIER, inbox=inbox)

    @receiver.on(webhooks.LeadCreated)
    def created(event: webhooks.LeadCreated) -> None:
        sys.exit("Ada Sample")

    @receiver.on(webhooks.LeadUpdated)
    async def updated(event: webhooks.LeadUpdated) -> None:
        sys.exit("Ada Sample")

    @receiver.fallback
    async def other(event: webhooks.Event) -> None:
        calls.append(event.name)

    with receiver.run():
        for name in ("lead.created", "lead.updated"):
            inbox.store(event_of(name))
        wait_for(lambda: len(inbox.events("dead")) == 2)
        inbox.store(event_of("lead.completed"))
        wait_for(lambda: inbox.events("done"))

    assert calls == ["lead.completed"]
    assert sorted(stored.error.split()[0] for stored in inbox.events("dead")) == ["HandlerExitError", "SystemExit"]


def test_a_deleted_event_is_handled_if_it_comes_again(database: str, open_inbox: Open) -> None:
    """Its receipt is deleted with it."""
    inbox, calls = open_inbox(database), []
    with make_receiver(inbox, lambda event: calls.append(event.key)).run():
        for count in (1, 2):
            inbox.store(event_of("lead.created"))
            wait_for(lambda count=count: len(calls) == count and inbox.events("done"))
            inbox.purge(older_than=-1)

    assert len(calls) == 2


def test_a_stopped_worker_counts_as_no_interruption(database: str, open_inbox: Open) -> None:
    """What paused between two attempts is put back, and no step nearer to being taken for a killer."""
    inbox = open_inbox(database, backoff=60)
    receiver = make_receiver(inbox, lambda event: 1 / 0)
    inbox.store(event_of("lead.created"))
    with receiver.run("w1"):
        wait_for(lambda: receiver.signals.counts["failed"])
        time.sleep(0.5)
    (row,) = inbox.open().list_workflows()

    assert (row.status, row.attributes) == ("ENQUEUED", None)


def test_no_log_line_has_a_payload_when_a_handler_outlasts_the_stop(
    database: str, open_inbox: Open, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine logs the arguments of what it cancels."""
    inbox, started = open_inbox(database), threading.Event()
    monkeypatch.setattr("omni.webhooks.worker._DRAIN_SECONDS", 1)

    def handle(event: Any) -> None:
        started.set()
        time.sleep(3)

    inbox.store(event_of("lead.created"))
    with make_receiver(inbox, handle).run():
        started.wait(20)

    assert "Ada" not in caplog.text


def test_a_process_has_one_worker(database: str, open_inbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one would be the first: there is one engine in a process."""
    monkeypatch.setattr("omni.webhooks.locks._START_SECONDS", 0.2)
    inbox = open_inbox(database)
    receiver = make_receiver(inbox, lambda event: None)
    with receiver.run("w1"):
        with pytest.raises(omni.UsageError, match=r"This process uses DBOS|Another worker"), receiver.run("w2"):
            pass
        inbox.store(event_of("lead.created"))
        wait_for(lambda: inbox.events("done"))


def test_a_worker_needs_no_name() -> None:
    """It is made of the host and the process."""
    worker = Worker(webhooks.Inbox("sqlite:///inbox.db"), print, webhooks.Signals(), "")

    assert worker.name.endswith(f"-{os.getpid()}")
