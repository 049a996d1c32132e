"""``omni webhook inbox``, ``work``, ``reconcile``, ``listen``: stored events, and those never delivered."""

import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import Result
from cryptography.fernet import Fernet

from omni import sandbox, webhooks
from omni.cli._main import omni_command
from omni.webhooks.inbox import State
from omni.webhooks.testing import sample

from ..conftest import ROOTS, Run
from ..test_main import command_paths

APP = """
import pathlib
from omni import webhooks
inbox = webhooks.Inbox("sqlite:///omni-inbox.db", attempts=1, keep=10**9)
receiver = webhooks.Receiver(webhooks.Verifier(path_token="fixture-token-123456"), inbox=inbox)
def refuse(): raise ValueError("\\x1bodd")
@receiver.fallback
def handle(event):
    with pathlib.Path("handled").open("a") as file: file.write(event.key + chr(10))
"""

LEAD = "11111111-1111-4111-8111-111111111111"
CREATED, UPDATED = f"lead.created:{LEAD}", f"lead.updated:{LEAD}:5f1990f5f90836d57d4800a7e1343d05"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, with a program that has a receiver; modules that a test imports are forgotten."""
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an inbox with an event that waits, and one that is dead."""
    file = tmp_path_factory.mktemp("inbox") / "inbox.db"
    with closing(webhooks.Inbox(f"sqlite:///{file}")) as inbox:
        for name in ("lead.created", "lead.updated"):
            inbox.store(webhooks.parse(sample(name)))
        inbox.open().cancel_workflow(UPDATED)
    return file


@pytest.fixture
def inbox(folder: Path, template: Path) -> Iterator[webhooks.Inbox]:
    """A copy of that inbox in the working directory."""
    shutil.copy(template, folder / "omni-inbox.db")
    with closing(webhooks.Inbox("sqlite:///omni-inbox.db")) as inbox:
        yield inbox


def rows(result: Result) -> list[list[str]]:
    """The cells of the output."""
    assert result.exit_code == 0, result.output
    return [line.split("\t") for line in result.stdout.splitlines()]


KILLED = "its handler ended the process, again and again"


def test_inbox_lists_events_without_personal_data(run: Run, inbox: webhooks.Inbox) -> None:
    """One line each, the newest first; ``--state`` and ``--limit`` choose."""
    listed = rows(run("webhook", "inbox", "list"))

    assert {tuple(row[1:]) for row in listed} == {("waiting", CREATED, LEAD, ""), ("dead", UPDATED, LEAD, KILLED)}
    assert len(rows(run("webhook", "inbox", "list", "--limit", "1"))) == 1
    assert rows(run("webhook", "inbox", "list", "--state", "dead"))[0][2] == UPDATED
    assert run("webhook", "inbox", "list", "--state", "done").stderr == "There are no events.\n"


def test_inbox_offers_all_states(run: Run) -> None:
    """The states that ``--state`` takes are those of the library."""
    assert f"[{'|'.join(get_args(State))}]" in run("webhook", "inbox", "list", "--help").stdout


def test_inbox_shows_a_whole_event(run: Run, inbox: webhooks.Inbox) -> None:
    """``show`` prints the JSON as it came; an unknown key is wrong usage."""
    assert json.loads(run("webhook", "inbox", "show", CREATED).stdout) == sample("lead.created")
    assert run("webhook", "inbox", "show", "nonsense").exit_code == 2


def test_inbox_reads_encrypted_events(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key comes from the environment, several with commas; without it the event stays closed."""
    key = Fernet.generate_key().decode()
    with closing(webhooks.Inbox("sqlite:///x.db", encryption_key=key)) as encrypted:
        encrypted.store(webhooks.parse(sample("lead.created")))
    monkeypatch.setenv("OMNI_WEBHOOK_INBOX", "sqlite:///x.db")
    closed = run("webhook", "inbox", "show", CREATED)
    monkeypatch.setenv("OMNI_WEBHOOK_KEY", f"{Fernet.generate_key().decode()},{key}")

    assert closed.exit_code == 2
    assert json.loads(run("webhook", "inbox", "show", CREATED).stdout) == sample("lead.created")


@pytest.mark.parametrize("arguments", [[UPDATED], ["--all-dead"]])
def test_inbox_retry_prints_what_waits_again(run: Run, inbox: webhooks.Inbox, arguments: list[str]) -> None:
    """A dead event waits again, by its key or with all others; a waiting one is refused."""
    assert rows(run("webhook", "inbox", "retry", *arguments)) == [[UPDATED]]
    assert inbox.events("dead") == ()
    assert run("webhook", "inbox", "retry", CREATED).exit_code == 2


def test_inbox_retry_needs_keys(run: Run, inbox: webhooks.Inbox) -> None:
    """Nothing, and both ways at once, are wrong usage."""
    assert run("webhook", "inbox", "retry").exit_code == 2
    assert run("webhook", "inbox", "retry", UPDATED, "--all-dead").exit_code == 2


def test_inbox_purge_asks_first(run: Run, inbox: webhooks.Inbox) -> None:
    """Nothing is deleted without ``--yes`` where nobody can be asked; then only what is old enough."""
    purge = ("webhook", "inbox", "purge", "--state", "dead")
    refused, kept = run(*purge), run(*purge, "--yes")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "add --yes" in refused.stderr
    assert kept.stdout == "0\n"

    time.sleep(0.01)
    assert run(*purge, "--yes", "--older-than", "0s").stdout == "1\n"
    assert run(*purge, "--older-than", "1 day").exit_code == 2


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        ("sqlite:///omni-inbx.db", 2, "There is no inbox omni-inbx.db"),
        ("sqlite:///other.db", 2, "There is no inbox other.db"),
        ("sqlite:///app.py", 1, "The inbox cannot be used: file is not a database"),
        ("mysql://x", 2, "give sqlite:///FILE, without options, or postgresql://"),
        ("postgresql://me:hidden@127.0.0.1:1/hidden", 1, "The inbox cannot be used: "),
    ],
)
def test_inbox_that_is_not_there_is_not_made(run: Run, folder: Path, url: str, code: int, message: str) -> None:
    """A mistyped address makes no inbox, changes no other file, and no password is shown."""
    sqlite3.connect("other.db").close()
    result = run("webhook", "inbox", "list", "--inbox", url)

    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert "hidden" not in result.stderr
    assert {path.name for path in folder.iterdir()} <= {"app.py", "other.db"}
    assert "omni-inbox.db" in run("webhook", "inbox", "list").stderr


@pytest.mark.usefixtures("inbox")
def test_work_handles_what_waits_and_ends_by_a_signal(folder: Path) -> None:
    """The receiver of a module in the working directory handles its events; SIGTERM ends it without an error."""
    command = [sys.executable, "-m", "omni.cli", "webhook", "work", "app:receiver", "--name", "w1"]
    environment = {**os.environ, "PYTHONPATH": ROOTS}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 20
            while not (folder / "handled").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]

    assert (folder / "handled").read_text() == f"{CREATED}\n"
    assert f"webhook handled {CREATED}\n" in said
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("app", "Give a module, a colon and the name"),
        ("ap:receiver", "There is no module ap, neither"),
        ("app:reciever", "reciever in app is not there."),
        ("app:inbox.keep", "inbox.keep in app is a int, and no omni.webhooks.Receiver."),
        ("broken:receiver", "broken cannot be imported. ValueError: \ufffdodd ("),
        ("incomplete:receiver", "incomplete cannot be imported. ModuleNotFoundError: "),
    ],
)
def test_receiver_that_cannot_be_loaded(run: Run, folder: Path, name: str, message: str) -> None:
    """What is wrong with MODULE:RECEIVER is one sentence, with the place of an error in the module."""
    (folder / "broken.py").write_text("import app\napp.refuse()\n")
    (folder / "incomplete.py").write_text("import no_such_module\n")
    result = run("webhook", "work", name)

    assert result.exit_code == 2
    assert message in result.stderr


def test_reconcile_says_how_to_go_on(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each lead with new events, and the totals; after an error, also the cursor to go on with."""
    arguments = ("webhook", "reconcile", "app:receiver", "--since", "2026-03-01", "--rate", "1000", "--sandbox")
    with monkeypatch.context() as patch:
        patch.setattr(webhooks.Inbox, "store", lambda self, event: 1 / (event.key != "document.received:doc-02-2"))
        interrupted = run(*arguments)
    cursor = shlex.split(interrupted.stderr.splitlines()[-2])[-1]
    first, again = run(*arguments, "--cursor", cursor), run(*arguments)

    assert interrupted.exit_code == 1
    assert "The inbox cannot be used: division by zero" in interrupted.stderr
    assert first.stderr.startswith("Not to be found: ")
    assert LEAD[:-2] + "01" not in [row[0] for row in rows(first)]
    assert rows(first)[0][0] == LEAD[:-2] + "02"
    assert rows(again) == [[LEAD[:-2] + "01", "8", "0"]]
    assert again.stderr.endswith(" known.\n")


def test_listen_prints_what_is_new_in_each_round(
    run: Run, served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event is printed once; an error that passes is noted, and Ctrl-C ends without an error."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        if seconds == 7:
            pauses.append(seconds)
            if len(pauses) == 1:
                served.fail_next("429", times=9)
            if len(pauses) == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr("omni.cli._webhook._receivers._OVERLAP", timedelta(days=10_000))
    result = run("--timeout", "1", "webhook", "listen", "--since", "2026-03-01T00:00Z", "--every", "7")

    keys = [row[2] for row in rows(result)]
    assert len(keys) == len({*keys}) > 20
    assert all(row[3].startswith("reconciled") for row in rows(result))
    assert "2026-03-02T09:00:00+00:00\tdocument.received\tdocument.received:doc-01-1\treconciled\n" in result.stdout
    assert "Trying again in 7 seconds." in result.stderr
    assert pauses == [7, 7, 7]


def test_listen_sends_events_on(run: Run, served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--to`` posts each event with its proof, and a line ends with the status; ``--once`` ends after a round."""
    sent: list[tuple[str, bytes]] = []
    monkeypatch.setenv("OMNI_WEBHOOK_TOKEN", "fixture-token-123456")
    monkeypatch.setattr(
        "omni.cli._webhook._deliveries._post", lambda url, _, body: sent.append((url, body)) or (200, "1 ms")
    )
    result = run("webhook", "listen", "--once", "--since", "2026-03-01", "--rate", "1000", "--to", "http://a.test/h")

    assert {url for url, _ in sent} == {"http://a.test/h/fixture-token-123456"}
    assert all(webhooks.parse(body).is_reconciled for _, body in sent)
    assert {tuple(row[4:]) for row in rows(result)} == {("200", "1 ms")}


def test_listen_once_fails_with_the_api(run: Run, served: sandbox.Sandbox) -> None:
    """With ``--once`` there is no next round, so an error ends the command; what is no time is wrong usage."""
    served.fail_next("429", times=9)

    assert run("--timeout", "1", "webhook", "listen", "--once").exit_code == 1
    assert run("webhook", "listen", "--since", "soon").exit_code == 2
    assert run("webhook", "listen", "--since", "999999999d").exit_code == 2


def test_examples_of_webhooks_work(
    run: Run, inbox: webhooks.Inbox, served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of every command works, where a receiver responds and a signal ends what would go on for ever."""

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    line = {"path": "/", "headers": {"X-Secret": "fixture-secret"}, "body": json.dumps(sample("lead.completed"))}
    Path("deliveries.jsonl").write_text(json.dumps(line) + "\n")
    monkeypatch.setenv("OMNI_WEBHOOK_SECRET", "fixture-secret")
    monkeypatch.setenv("OMNI_WEBHOOK_HEADER", "X-Secret")
    monkeypatch.setattr("omni.cli._webhook._deliveries._post", lambda *_: (200, "1 ms"))
    monkeypatch.setattr("omni.cli._webhook._serve._run", stop)
    monkeypatch.setattr("omni.cli._webhook._receivers._wait", stop)
    for path in command_paths(omni_command):
        if path[0] == "webhook":
            text = run(*path, "--help").stdout.partition("Example:\n")[2].splitlines()[0]
            result = run(*shlex.split(text.replace("lead-1", LEAD))[1:])
            assert (path, result.exit_code, result.stderr) == (path, 0, result.stderr)
