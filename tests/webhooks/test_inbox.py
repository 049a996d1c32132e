"""The inbox, on SQLite and on a real PostgreSQL: stored once, listed, encrypted, deleted."""

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet

import omni
from omni import webhooks
from omni.webhooks.database import make_engine
from omni.webhooks.testing import event_names, sample

Open = Callable[..., webhooks.Inbox]


def event_of(name: str, **changes: Any) -> webhooks.Event:
    return webhooks.parse(sample(name, changes=changes))


def test_each_event_is_stored_once(database: str, open_inbox: Open) -> None:
    """By its meaning: a second delivery is told to be one, also after the inbox was closed and opened again."""
    inbox = open_inbox(database)
    events = [event_of(name) for name in event_names()]

    assert [inbox.store(event) for event in events] == [True] * 7
    assert [inbox.store(event) for event in events] == [False] * 7
    inbox.close()
    assert [inbox.store(event) for event in events] == [False] * 7
    assert {stored.name for stored in inbox.events()} == {*event_names()}
    assert inbox.get(events[0].key) == events[0]


def test_of_deliveries_at_the_same_time_one_is_stored(database: str, open_inbox: Open) -> None:
    """Whichever comes first, also over several connections."""
    inboxes = [open_inbox(database), open_inbox(database)]
    barrier = threading.Barrier(8)

    def store(number: int) -> bool:
        barrier.wait()
        return inboxes[number % 2].store(event_of("lead.created"))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(store, range(8))) == 1


def test_what_is_stored_is_listed_without_reading_it(database: str, open_inbox: Open) -> None:
    """Key, name, lead, state and time; an event without a lead has none."""
    inbox = open_inbox(database)
    before = datetime.now(UTC) - timedelta(seconds=2)
    inbox.store(event_of("lead.created"))
    inbox.store(webhooks.parse({"event": "new"}))
    created, unknown = sorted(inbox.events("waiting"), key=lambda stored: stored.name)

    assert (created.key, created.lead_id, created.error) == (
        "lead.created:11111111-1111-4111-8111-111111111111",
        "11111111-1111-4111-8111-111111111111",
        "",
    )
    assert (unknown.name, unknown.lead_id, unknown.state) == ("unknown", None, "waiting")
    assert before < created.received_at < datetime.now(UTC) + timedelta(seconds=2)
    assert inbox.events("done") == inbox.events("dead") == inbox.events("running") == ()
    assert len(inbox.events(limit=1)) == 1


def test_an_equal_update_is_another_event_after_a_while(database: str, open_inbox: Open) -> None:
    """A value that was changed, changed back, and changed again gives the same body twice."""
    event = event_of("lead.updated")
    inbox, later = open_inbox(database), open_inbox(database, update_window=-1)

    assert [inbox.store(event), inbox.store(event)] == [True, False]
    assert [later.store(event), later.store(event), inbox.store(event)] == [True, True, False]
    assert sorted(stored.key for stored in inbox.events()) == [event.key, f"{event.key}:2", f"{event.key}:3"]
    later.purge(older_than=-1)
    assert [later.store(event_of("lead.completed")), later.store(event_of("lead.completed"))] == [True, False]


def test_a_number_is_never_given_twice(database: str, open_inbox: Open) -> None:
    """Also where some of the equal updates were deleted meanwhile: else later ones would be taken for duplicates."""
    event = event_of("lead.updated")
    inbox = open_inbox(database, update_window=-1)
    for _ in range(3):
        inbox.store(event)
    inbox.open().delete_workflows([f"{event.key}:2"])

    assert inbox.store(event) is True
    assert {stored.key for stored in inbox.events()} == {event.key, f"{event.key}:3", f"{event.key}:4"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(database: str, open_inbox: Open) -> None:
    """As after ``gunicorn --preload``: two processes on one connection would read each other's answers."""
    inbox = open_inbox(database)
    inbox.store(event_of("lead.created"))
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            status = 0 if inbox.store(event_of("lead.completed")) else 2
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [inbox.store(event_of(name)) for name in ("lead.created", "lead.completed")] == [False, False]
    inbox.close()
    disposed: list[bool] = []
    inbox.engine = SimpleNamespace(dispose=lambda close: disposed.append(close))  # type: ignore[assignment]
    inbox._process = -1  # what the child did, where it can be measured
    assert inbox.store(event_of("lead.created")) is False
    assert disposed == [False], "the connections of the parent stay open"
    inbox.close()
    inbox._process = -1
    assert inbox.store(event_of("lead.created")) is False


def test_an_inbox_is_private(tmp_path: Path, open_inbox: Open) -> None:
    """Payloads hold phone numbers and tax numbers: nobody else on the machine can read the files."""
    inbox = open_inbox(f"sqlite:///{tmp_path / 'inbox.db'}")
    inbox.store(event_of("lead.created"))

    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir()} == dict.fromkeys(
        [path.name for path in tmp_path.iterdir()], "0o600"
    )
    assert "password" not in repr(webhooks.Inbox("postgresql://user:password@localhost/inbox"))


def test_an_inbox_can_be_encrypted(database: str, open_inbox: Open, tmp_path: Path) -> None:
    """With the first of several keys; what an older key encrypted is read as long as that is among them."""
    old, new, other = (Fernet.generate_key() for _ in range(3))
    event, later = event_of("lead.created"), event_of("lead.completed")
    open_inbox(database, encryption_key=old).store(event)
    inbox = open_inbox(database, encryption_key=[new, old])
    inbox.store(later)

    assert [inbox.get(each.key) for each in (event, later)] == [event, later]
    for keys in (other, (), [new]):
        with pytest.raises(omni.UsageError, match="not among encryption_key"):
            open_inbox(database, encryption_key=keys).get(event.key)
    if database.startswith("sqlite"):
        content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"Fixture" not in content
        assert b"CRM-1" not in content


def test_what_was_stored_without_a_key_is_read_with_one(database: str, open_inbox: Open) -> None:
    """Encryption can be turned on later."""
    open_inbox(database).store(event_of("lead.created"))
    inbox = open_inbox(database, encryption_key=Fernet.generate_key().decode())

    assert inbox.get(event_of("lead.created").key) == event_of("lead.created")


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        ("mysql://localhost", {}, "give sqlite:///FILE, without options, or postgresql://"),
        ("sqlite:///", {}, "give sqlite:///FILE, without options, or postgresql://"),
        ("sqlite://inbox.db", {}, "give sqlite:///FILE, without options, or postgresql://"),
        ("sqlite:///inbox.db?timeout=5", {}, "without options"),
        ("sqlite:///:memory:", {}, "give sqlite:///FILE"),
        ("sqlite:///inbox.db", {"encryption_key": "secret"}, "Fernet.generate_key"),
    ],
)
def test_settings_are_checked(url: str, options: dict[str, Any], words: str) -> None:
    """Before anything is stored."""
    with pytest.raises(omni.UsageError, match=words):
        webhooks.Inbox(url, **options)


def test_a_receiver_opens_and_closes_its_inbox(tmp_path: Path) -> None:
    """So that the first request does not wait for it."""
    receiver = webhooks.Receiver(
        webhooks.Verifier(path_token="fixture-token-fixture-token"), inbox=f"sqlite:///{tmp_path / 'inbox.db'}"
    )
    receiver.fallback(print)
    receiver.start()
    assert (tmp_path / "inbox.db").exists()
    receiver.close()
    assert receiver.inbox.engine is None


def test_what_is_not_there_is_said(database: str, open_inbox: Open) -> None:
    """Keys, states, and events that cannot be handled again or deleted yet."""
    inbox = open_inbox(database)
    inbox.store(event_of("lead.created"))

    with pytest.raises(omni.UsageError, match="no event with this key"):
        inbox.get("lead.created:other")
    with pytest.raises(omni.UsageError, match="state: give one of waiting, running, done, dead"):
        inbox.events("lost")  # type: ignore[arg-type]
    with pytest.raises(omni.UsageError, match="dead or done can be handled again"):
        inbox.retry(event_of("lead.created").key)
    with pytest.raises(omni.UsageError, match="state: give done or dead"):
        inbox.purge(state="waiting")


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the engine, or the library of encryption or of signatures, is not installed."""
    import sys

    for module in ("dbos", "cryptography.fernet", "standardwebhooks"):
        monkeypatch.setitem(sys.modules, module, None)
    words = r"pip install 'omniai-leads\[webhooks\]'"
    with pytest.raises(omni.UsageError, match=words):
        webhooks.Inbox(f"sqlite:///{tmp_path / 'inbox.db'}").open()
    with pytest.raises(omni.UsageError, match=words):
        webhooks.Inbox("sqlite:///inbox.db", encryption_key="x")
    with pytest.raises(omni.UsageError, match=words):
        webhooks.verify({}, "/", b"", secret="whsec_AAAA", scheme="standard-webhooks")


def test_a_database_that_is_away_is_answered_503(tmp_path: Path, postgresql: str) -> None:
    """Well within the five seconds, so that the delivery comes again."""
    from omni.webhooks.testing import delivery

    token = "fixture-token-fixture-token"
    address = postgresql.replace("inbox_", "missing_")
    receiver = webhooks.Receiver(
        webhooks.Verifier(path_token=token), inbox=webhooks.Inbox(f"{address}&connect_timeout=1")
    )
    receiver.fallback(print)
    started = time.monotonic()
    nowhere = webhooks.Receiver(webhooks.Verifier(path_token=token), inbox=f"sqlite:///{tmp_path}/missing/inbox.db")
    nowhere.fallback(print)

    assert nowhere.receive(*delivery("lead.created", path_token=token)).status == 503
    assert time.monotonic() - started < 5


def test_sqlite_of_any_version_has_the_clock_that_the_engine_asks_for(tmp_path: Path) -> None:
    """DBOS reads ``unixepoch('subsec')`` from Python 3.12 on, which SQLite knows since 3.42."""
    with make_engine(f"sqlite:///{tmp_path}/inbox.db").connect() as connection:
        (now,) = connection.exec_driver_sql("SELECT unixepoch('subsec')").one()

    assert abs(now - time.time()) < 60
    assert isinstance(now, float)
