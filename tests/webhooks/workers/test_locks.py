"""The locks of workers over PostgreSQL: one worker to a name, one handler to a lead, also over a lost connection."""

import contextlib
import threading
import time
from typing import Any

import pytest

import omni
from omni import webhooks
from omni.webhooks.locks import _LEAD, _WORKER, PostgresLocks

from .receivers import Open, event_of, make_receiver, wait_for


def test_a_name_is_that_of_one_worker(postgresql: str, open_inbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of one name would take each other's events for their own."""
    monkeypatch.setattr("omni.webhooks.locks._START_SECONDS", 0.2)
    open_inbox(postgresql).open()
    one, other = PostgresLocks(postgresql), PostgresLocks(postgresql)
    one.take_name("w1")
    with pytest.raises(omni.UsageError, match="Another worker has the name w1"):
        other.take_name("w1")
    other.take_name("w2")
    one.close()
    other.take_name("w1")
    other.close()


def test_two_workers_never_work_on_one_lead(postgresql: str, open_inbox: Open) -> None:
    """Whatever the engine hands out: a lock with the lead's id is held while a handler runs."""
    open_inbox(postgresql).open()
    one, other = PostgresLocks(postgresql), PostgresLocks(postgresql)
    order: list[str] = []

    def work(locks: PostgresLocks, name: str) -> None:
        with locks.lead("lead-7"):
            order.append(f"{name} starts")
            time.sleep(0.1)
            order.append(f"{name} ends")

    threads = [threading.Thread(target=work, args=each) for each in ((one, "a"), (one, "b"), (other, "c"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.close()
    other.close()

    assert [line.split()[1] for line in order] == ["starts", "ends"] * 3
    assert all(order[n][0] == order[n + 1][0] for n in (0, 2, 4))


def test_a_lost_connection_does_not_end_a_worker(
    postgresql: str, open_inbox: Open, postgresql_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It connects again, takes its name again, and goes on."""
    inbox = open_inbox(postgresql)
    receiver = make_receiver(inbox, lambda event: None)
    with receiver.run("w1"):
        inbox.store(event_of("lead.created"))
        wait_for(lambda: len(inbox.events("done")) == 1)
        name = postgresql.partition("?")[0].rpartition("/")[2]
        postgresql_server.psql(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        wait_for(lambda: store_or_fail(inbox, event_of("lead.completed")))
        wait_for(lambda: len(inbox.events("done")) == 2)
        time.sleep(1)  # within which the worker looks after its locks
        monkeypatch.setattr("omni.webhooks.locks._START_SECONDS", 0.2)
        with (
            contextlib.closing(PostgresLocks(postgresql)) as other,
            pytest.raises(omni.UsageError, match="the name w1"),
        ):
            other.take_name("w1")


def store_or_fail(inbox: webhooks.Inbox, event: webhooks.Event) -> bool:
    try:
        return inbox.store(event) or True
    except Exception:
        return False


def take_again(locks: PostgresLocks) -> None:
    """Let locks be taken again that ended with a connection; the server takes a moment to notice."""
    wait_for(lambda: locks.keep() or not locks._lost)


def test_a_lead_is_free_after_a_connection_was_lost(postgresql: str, open_inbox: Open) -> None:
    """Also if it was lost just before: a lock that is taken twice would stay."""
    open_inbox(postgresql).open()
    with contextlib.closing(PostgresLocks(postgresql)) as one, contextlib.closing(PostgresLocks(postgresql)) as other:
        one._connection.close()
        with one.lead("lead-7"):
            one._connection.close()
            take_again(one)
            assert not other._try_lock(_LEAD, "lead-7"), "it was not taken again"
        assert other._try_lock(_LEAD, "lead-7")


def test_a_worker_takes_its_name_again(postgresql: str, open_inbox: Open) -> None:
    """Even if another one had it in the moment of the new connection, to see whether it is free."""
    open_inbox(postgresql).open()
    with contextlib.closing(PostgresLocks(postgresql)) as one, contextlib.closing(PostgresLocks(postgresql)) as other:
        one.take_name("w1")
        one._connection.close()
        wait_for(lambda: other._try_lock(_WORKER, "w1"))
        one.keep()
        assert one._lost == {(_WORKER, "w1")}
        other._unlock(_WORKER, "w1")
        take_again(one)
        with other.free_names(["w1"]) as free:
            assert free == []
        assert not other._try_lock(_WORKER, "w1")
