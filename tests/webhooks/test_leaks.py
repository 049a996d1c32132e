"""No output of a receiver shows a person: no log line, repr, error, response or signal, and no file that is encrypted.

Two persons, their ids and a signed link are in every event, in every stage of its payload, and in what is refused;
handlers fail with the name of one of them in the exception.
"""

import contextlib
import json
import logging
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import omni
from omni import webhooks
from omni.webhooks.testing import STAGES, delivery, event_names, sample

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from canaries import REQUEST_PERSON, RESPONSE_PERSON, SIGNATURE, find_canaries, insert_canaries

PERSONS = (*REQUEST_PERSON, *RESPONSE_PERSON, SIGNATURE)
SECRET = "canary-secret-Xw41Tq"
TOKEN = "canary-token-Jd93Kp-Jd93Kp"
CANARIES = (*PERSONS, SECRET, TOKEN)
PROOF: dict[str, Any] = {"path_token": TOKEN, "secret": SECRET, "header": "X-Fixture-Secret"}


def make_payloads() -> Iterator[dict[str, Any]]:
    """Every event in every stage and with every outcome, about both persons; and some that no version knows."""
    for name in event_names():
        for stage in STAGES:
            with contextlib.suppress(omni.UsageError):  # it came later
                yield about_persons(sample(name, stage=stage))
    for outcome in ("refused", "not_recognised", "failed"):
        yield about_persons(sample("document.extracted", outcome=outcome))
    yield about_persons({"event": REQUEST_PERSON.email, "data": {"leadId": REQUEST_PERSON.phone_number}})
    yield about_persons(sample("lead.created", changes={"data.leadId": " ".join(REQUEST_PERSON[:2])}))


def about_persons(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with one person in the fields that are known, and the other one in a key that is not, and its name."""
    filled = insert_canaries(payload)
    return {**filled, "remark": [REQUEST_PERSON.first_name, {REQUEST_PERSON.last_name: [*REQUEST_PERSON]}]}


PAYLOADS = [*make_payloads()]


class Log(logging.Handler):
    """Every log line of every library at DEBUG, with its arguments and traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Log]:
    """All log lines, with SQLAlchemy at DEBUG, where it writes the rows of the database."""
    handler = Log()
    loggers = [logging.getLogger(), logging.getLogger("sqlalchemy.engine")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield handler
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def assert_silent(output: object, *canaries: str) -> None:
    text = output if isinstance(output, (str, bytes)) else repr(output)
    assert find_canaries(text, *(canaries or CANARIES)) == []


def make_receiver(**options: Any) -> webhooks.Receiver:
    """A receiver whose handler, sync and async, fails with a name in its error."""
    receiver = webhooks.Receiver(webhooks.Verifier(**PROOF), **options)

    @receiver.fallback
    def fail(event: webhooks.Event) -> None:
        raise ValueError(f"no account for {REQUEST_PERSON.email}: {event.to_dict()}")

    @receiver.on(webhooks.LeadCreated)
    async def fail_later(event: webhooks.LeadCreated) -> None:
        try:
            raise KeyError(REQUEST_PERSON.last_name)
        except KeyError as error:
            raise RuntimeError(RESPONSE_PERSON.email, event.last_name) from error

    return receiver


def test_search_finds_what_is_there() -> None:
    """Every payload holds both persons, so that the other tests can fail."""
    for payload in PAYLOADS:
        found = find_canaries(json.dumps(payload), *PERSONS)
        assert {*REQUEST_PERSON} <= {*found}
    assert {*PERSONS} == {*find_canaries(json.dumps(PAYLOADS), *PERSONS)}


def test_accepted_deliveries_show_nobody(log: Log) -> None:
    """Neither the log, the response, the signals nor the repr of an event has more than its key."""
    seen: list[Any] = []
    receiver = make_receiver(forward=seen.append)

    for payload in PAYLOADS:
        assert_silent(receiver.receive(*delivery(payload, **PROOF)))
    assert receiver.signals.counts["accepted"] == len(PAYLOADS) == len(seen)
    assert_silent([(event, event.key, str(event)) for event in seen])
    assert_silent([receiver, receiver.signals.counts, vars(receiver.signals)])
    assert_silent("\n".join(log.lines))
    assert len(log.lines) >= len(PAYLOADS)


def refused_requests() -> Iterator[tuple[int, tuple[str, str, Any, bytes]]]:
    """Requests that are refused, with the status of each."""
    for payload in PAYLOADS:
        method, path, headers, body = delivery(payload, **PROOF)
        forged = {**headers, "X-Fixture-Secret": REQUEST_PERSON.last_name, "x-name": RESPONSE_PERSON.last_name}
        yield 401, (method, path, forged, body)
        yield 401, (method, path, [*headers.items(), ("x-fixture-secret", SECRET)], body)
        yield 404, (method, f"/{REQUEST_PERSON.last_name}", headers, body)
        yield 405, (REQUEST_PERSON.first_name, path, headers, body)
        yield 415, (method, path, {**headers, "content-type": f"text/{REQUEST_PERSON.last_name}"}, body)
        yield 400, (method, path, headers, body[:-1])
        yield 400, (method, path, headers, body[:-1] + b', "event": "lead.created"}')
        yield 400, (method, path, headers, b"[%b]" % body)
        yield 413, (method, path, headers, body + b" " * 20_000)


def test_refused_requests_show_nobody(log: Log) -> None:
    """Whatever is wrong with a request, the response is empty, and the log names what is wrong and no value."""
    receiver = make_receiver(forward=print, max_bytes=20_000)

    for status, request in refused_requests():
        response = receiver.receive(*request)
        assert response.status == status
        assert_silent(response)
    assert receiver.signals.counts["accepted"] == 0
    assert_silent("\n".join(log.lines))


def test_errors_of_parsing_and_verifying_show_nobody() -> None:
    """Neither their text, nor what led to them, nor the local variables of the frames below the caller."""
    verifier = webhooks.Verifier(**PROOF)
    for _, (_, path, headers, body) in refused_requests():
        for call in (lambda: verifier.verify(headers, path, body), lambda: webhooks.parse(body, max_bytes=20_000)):  # noqa: B023
            try:
                call()
            except omni.WebhookError as error:
                assert_silent(f"{error!s} {error!r} {error.__cause__!r} {error.__context__!r}")
                assert_silent(locals_below_tests(error))
    assert_silent(verifier)


def locals_below_tests(error: BaseException) -> str:
    texts = []
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename != __file__:
            texts.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    return "\n".join(texts)


def test_failures_to_store_show_nobody(log: Log) -> None:
    """The error of a queue or a database may quote the event; its type is all that is told."""

    def fail(event: webhooks.Event) -> None:
        raise ConnectionError(f"cannot send {event.to_dict()}")

    receiver = make_receiver(forward=fail)

    for payload in PAYLOADS:
        response = receiver.receive(*delivery(payload, **PROOF))
        assert response.status == 503
        assert_silent(response)
    assert_silent("\n".join(log.lines))


def test_observe_is_told_paths_and_no_values(log: Log) -> None:
    """What differs from the contract is told by the paths of keys; a failure of ``observe`` quotes nothing either."""
    told: list[Any] = []

    def observe(name: str, differences: Any) -> None:
        told.append((name, differences))
        raise ValueError(REQUEST_PERSON.email)

    receiver = make_receiver(forward=lambda event: None, observe=observe)
    for name in event_names():
        payload = insert_canaries(sample(name)) | {"remark": REQUEST_PERSON.email, "event": name}
        receiver.receive(*delivery(payload, **PROOF))

    assert {name for name, _ in told} == {*event_names()}
    assert "remark" in repr(told)
    assert_silent(told)
    assert_silent("\n".join(log.lines))


@pytest.mark.parametrize("is_encrypted", [True, False], ids=["encrypted", "plain"])
def test_inbox_shows_nobody_while_handlers_fail(tmp_path: Path, log: Log, is_encrypted: bool) -> None:
    """Nothing that an inbox says has a person, through failure, death and retry, nor, with a key, have its files."""
    pytest.importorskip("dbos", reason="the extra webhooks is not installed")
    fernet = pytest.importorskip("cryptography.fernet", reason="the extra webhooks is not installed")
    key = fernet.Fernet.generate_key()
    inbox = webhooks.Inbox(
        f"sqlite:///{tmp_path / 'inbox.db'}", attempts=2, backoff=0.01, encryption_key=key if is_encrypted else ()
    )
    receiver = make_receiver(inbox=inbox)
    inbox.open()
    with receiver.run():
        statuses = [receiver.receive(*delivery(payload, **PROOF)).status for payload in PAYLOADS]
        stored = receiver.signals.counts["accepted"]
        wait_for(receiver, "dead", stored)
        inbox.retry(inbox.events("dead")[0].key)
        wait_for(receiver, "dead", stored + 1)

    assert {*statuses} == {200}
    assert_silent([inbox, *inbox.events()])
    assert all(event.error for event in inbox.events("dead"))
    assert {inbox.get(event.key).to_dict()["event"] for event in inbox.events()} >= {*event_names()}
    assert_silent("\n".join(log.lines))
    inbox.close()
    if is_encrypted:
        assert_files_are_silent(tmp_path, key)


def wait_for(receiver: webhooks.Receiver, outcome: str, count: int) -> None:
    deadline = time.monotonic() + 30
    while receiver.signals.counts[outcome] < count:
        assert time.monotonic() < deadline, f"{receiver.signals.counts}, not {count} {outcome} after 30 seconds"
        time.sleep(0.05)


def assert_files_are_silent(folder: Path, key: bytes) -> None:
    """The files, page by page, and every value of every table."""
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
        assert find_canaries(path.read_bytes(), *CANARIES, key.decode()) == [], path
    with contextlib.closing(sqlite3.connect(folder / "inbox.db")) as database:
        assert_silent("\n".join(database.iterdump()))


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "Ada Sample", "x" * 10_000], ids=["half", "zero", "name", "long"])
def test_id_that_is_none_is_stored_in_the_event_alone(tmp_path: Any, name: str) -> None:
    """What stands where a lead's id should be keeps no delivery from being stored, and is not told beside the event."""
    pytest.importorskip("dbos", reason="the extra webhooks is not installed")
    inbox = webhooks.Inbox(f"sqlite:///{tmp_path / 'inbox.db'}")
    event = webhooks.parse(sample("lead.created", changes={"data.leadId": name}))

    assert inbox.store(event)
    (stored,) = inbox.events()
    assert stored.lead_id is None
    assert inbox.get(stored.key) == event
    inbox.close()
