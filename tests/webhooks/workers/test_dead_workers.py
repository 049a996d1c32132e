"""What happens to the events of workers that died, were paused, or are killed by a handler."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from omni import webhooks

from .receivers import Open, event_of, keys, lead_events, make_receiver, wait_for

PROGRAM = """
import os, sys, time
from omni import webhooks
from omni.webhooks import worker

worker._MAX_INTERRUPTIONS = 1

url, name, role, log = sys.argv[1:]
receiver = webhooks.Receiver(
    webhooks.Verifier(path_token="fixture-token-fixture-token"), inbox=webhooks.Inbox(url, backoff=0.01)
)

@receiver.fallback
def handle(event):
    with open(log, "a") as file:
        file.write(f"{name} {event.key}\\n")
    if role == "hang":
        time.sleep(600)
    if role == "die":
        os._exit(1)

with receiver.run(name):
    print("ready", flush=True)
    time.sleep(600)
"""


class Programs:
    """Workers in processes of their own, which can be killed."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.log = url, folder / "handled.log"
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, role: str = "work") -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", PROGRAM, self.url, name, role, str(self.log)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@contextmanager
def ending(programs: Programs) -> Iterator[Programs]:
    """Kill what still runs at the end of the block."""
    try:
        yield programs
    finally:
        for process in programs.running:
            process.kill()
            process.communicate()


@pytest.fixture
def programs(database: str, tmp_path: Path) -> Iterator[Programs]:
    with ending(Programs(database, tmp_path)) as found:
        yield found


@pytest.mark.thorough
def test_what_a_dead_worker_held_is_handled_by_another(programs: Programs, open_inbox: Open) -> None:
    """Of the same name or, over PostgreSQL, of another one; SQLite has one worker at a time."""
    inbox = open_inbox(programs.url)
    inbox.store(event_of("lead.created"))
    dead = programs.start("w1", "hang")
    wait_for(programs.lines)
    dead.kill()
    dead.wait()
    programs.start("w2")
    wait_for(lambda: inbox.events("done"))

    key = event_of("lead.created").key
    assert programs.lines() == [f"w1 {key}", f"w2 {key}"]


@pytest.mark.thorough
def test_a_paused_worker_keeps_what_it_holds(postgresql: str, tmp_path: Path, open_inbox: Open) -> None:
    """Nobody takes over what it may still be doing."""
    inbox = open_inbox(postgresql)
    inbox.store(event_of("lead.created"))
    with ending(Programs(postgresql, tmp_path)) as programs:
        paused = programs.start("w1", "hang")
        wait_for(programs.lines)
        paused.send_signal(signal.SIGSTOP)
        programs.start("w2")
        inbox.store(event_of("lead.completed"))
        inbox.store(lead_events("other", 1)[0])
        wait_for(lambda: inbox.events("done"))
        time.sleep(3.5)

        assert len(programs.lines()) == 2
        assert keys(inbox, "running") == {event_of("lead.created").key}


@pytest.mark.thorough
def test_an_event_that_kills_its_process_is_dead_in_the_end(programs: Programs, open_inbox: Open) -> None:
    """Else it would kill worker after worker."""
    inbox = open_inbox(programs.url)
    inbox.store(event_of("lead.created"))
    for _ in range(2):
        programs.start("w1", "die").wait()
    programs.start("w1")
    wait_for(lambda: inbox.events("dead"))

    assert len(programs.lines()) == 2


def test_a_handler_that_ended_is_not_called_again(database: str, open_inbox: Open) -> None:
    """A receipt says so if the worker died before the result was in the inbox; a retry takes it away."""
    from omni.webhooks.locks import make_locks

    inbox, calls = open_inbox(database), []
    event = event_of("lead.created")
    inbox.store(event)
    locks = make_locks(database)
    locks.add_receipt(event.key)
    locks.add_receipt("other")
    with make_receiver(inbox, lambda event: calls.append(event.key)).run():
        wait_for(lambda: inbox.events("done"))
        assert calls == []
        inbox.retry(event.key)
        wait_for(lambda: calls)
    locks.remove_receipts(["other"])

    assert not locks.has_receipt("other")
    locks.close()


def seem_dead(inbox: webhooks.Inbox, name: str) -> None:
    """Let the stored events look as if a worker had died that was handling them."""
    import sqlalchemy

    inbox.open()
    table = "workflow_status" if inbox.is_sqlite else "omni_webhooks.workflow_status"
    assert inbox.engine is not None
    with inbox.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"update {table} set status = 'PENDING', executor_id = '{name}'"))


def test_events_of_dead_workers_are_put_back(database: str, open_inbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next worker, of the same name or of another one."""
    monkeypatch.setattr("omni.webhooks.locks._GRACE_SECONDS", 0)
    inbox, calls = open_inbox(database), []
    for name in ("w1", "w9"):
        inbox.store(event_of("lead.created", **{"data.leadId": name}))
    seem_dead(inbox, "w9")
    inbox.store(event_of("lead.updated"))
    with make_receiver(inbox, lambda event: calls.append(event.lead_id)).run("w1"):
        wait_for(lambda: len(inbox.events("done")) == 3)

    assert {"w1", "w9"} <= {*calls}


def test_an_event_whose_handler_ends_the_process_is_dead_in_the_end(
    database: str, open_inbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After many interruptions; it says why."""
    monkeypatch.setattr("omni.webhooks.worker._MAX_INTERRUPTIONS", 0)
    inbox = open_inbox(database)
    inbox.store(event_of("lead.created"))
    seem_dead(inbox, "w1")
    receiver = make_receiver(inbox, lambda event: None)
    with receiver.run("w1"):
        (dead,) = wait_for(lambda: inbox.events("dead"))

    assert dead.error == "its handler ended the process, again and again"
    assert (receiver.signals.counts["dead"], receiver.signals.counts["handled"]) == (1, 0)
