"""The output of ``omni drift`` and ``omni lead show --drift``."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from omni.cli._main import omni_command
from omni.webhooks.testing import sample

Run = Callable[..., Result]

ROOT = Path(__file__).parents[2]
GET_LEAD = "/api/v1/leads/{leadId}"
IN_PROGRESS = "11111111-1111-4111-8111-111111111101"

FLAT = {"id": "1", "name": "Ada Sample", "email": None, "status": "IN_PROGRESS", "actionLogs": [{"id": "2"}]}


def test_drift(run: Run, save: Callable[..., str]) -> None:
    """One line for each difference: kind, path, enum value or type, how often; exit code 1, no other value."""
    result = run("drift", save(FLAT), save(FLAT, "again.json"))

    assert result.stdout.splitlines() == [
        "unknown key\temail\tnull\t2",
        "unknown key\tid\tstring\t2",
        "missing key\tlead\t\t2",
        "unknown key\tname\tstring\t2",
    ]
    assert (result.exit_code, result.stderr) == (1, "")


def test_no_drift(run: Run) -> None:
    """For a documented response, a sentence on stderr says so, with exit code 0."""
    result = run("drift", str(ROOT / "openapi" / "examples" / "get-lead.json"))

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No drift in 1 response.\n")


def test_drift_of_stdin() -> None:
    """``-`` is stdin; the path of the whole body is a dot."""
    result = CliRunner().invoke(omni_command, ["drift", "-"], input="[]")

    assert (result.exit_code, result.stdout) == (1, "wrong type\t.\tarray\t1\n")


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("<html>", "a.json", "a.json is not JSON."),
        ("[" * 100_000, "a.json", "a.json is not JSON."),
        ("", "a\x1b.json", "a\ufffd.json is not JSON."),
    ],
)
def test_file_that_is_no_json(run: Run, save: Callable[..., str], content: str, name: str, message: str) -> None:
    """What is no JSON is exit code 2, with a sentence that shows nothing of it and steers no terminal."""
    result = run("drift", save(content, name))

    assert (result.exit_code, result.output) == (2, f"error: {message}\n")


@pytest.mark.parametrize("arguments", [["drift"], ["drift", "nowhere.json"]])
def test_no_file(run: Run, arguments: list[str]) -> None:
    """A missing file is exit code 2."""
    assert run(*arguments).exit_code == 2


def test_operation(run: Run, save: Callable[..., str]) -> None:
    """``--operation`` says what the responses are of; it must be in the contract."""
    response = save([{"id": "g", "new": 1}])

    assert "unknown key\t[].new\t" in run("drift", "--operation", f"{GET_LEAD}/checklist", response).stdout
    refused = run("drift", "--operation", "/api/v1/elsewhere", response)
    assert refused.exit_code == 2
    assert GET_LEAD in refused.stderr


def test_webhook_event(run: Run, save: Callable[..., str]) -> None:
    """A saved event is compared under its name."""
    event = sample("lead.created", changes={"data.favouriteColour": "blue"})
    result = run("drift", save(event), "--operation", "lead.created")

    assert (result.exit_code, result.stdout) == (1, "unknown key\tdata.favouriteColour\tstring\t1\n")


def test_control_characters(run: Run, save: Callable[..., str]) -> None:
    """No name of a response brings a control character or a tab into the output."""
    escapes = "\x1b[31m\t\n\u202e"
    result = run("drift", save({"lead": {"id": "1", escapes: 1}, "status": escapes}))

    assert [line.split("\t")[1:] for line in result.stdout.splitlines()] == [
        ["lead.(withheld)", "integer", "1"],
        ["status", "(withheld)", "1"],
    ]


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000])
def test_numbers_of_any_length(run: Run, save: Callable[..., str], digits: str) -> None:
    """JSON is read however many digits its numbers have."""
    result = run("drift", save(f'{{"lead": {{"id": {digits}}}}}'))

    assert (result.exit_code, result.stdout, result.stderr) == (1, "wrong type\tlead.id\tinteger\t1\n", "")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file here that nobody can read")
@pytest.mark.parametrize("name", ["/proc/self/mem", "odd\x1b.json"])
def test_file_that_cannot_be_read(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The file is named, and the output is not blamed."""
    monkeypatch.chdir(tmp_path)
    if not name.startswith("/"):
        Path(name).symlink_to("/proc/self/mem")

    result = run("drift", name)

    assert result.exit_code == 2
    assert result.stderr == f"error: {name.replace(chr(27), chr(0xFFFD))} cannot be read: Input/output error.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_drift_on_a_full_disk() -> None:
    """An output that cannot be written is named as such."""
    command = [sys.executable, "-m", "omni.cli", "drift", "-"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, input=json.dumps(FLAT), stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    assert (done.returncode, done.stderr) == (1, "error: The output cannot be written: No space left on device.\n")


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), OSError()])
def test_stdin_that_cannot_be_read(run: Run, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    """The message says stdin."""

    def fail() -> bytes:
        raise error

    stdin = SimpleNamespace(buffer=SimpleNamespace(read=fail))
    monkeypatch.setattr("omni.cli._drift.sys", SimpleNamespace(stdin=stdin))

    result = run("drift", "-")

    assert result.exit_code == 2
    assert result.stderr == f"error: stdin cannot be read: {error.strerror or 'OSError'}.\n"


def test_show_drift(run: Run, respond_with: Callable[..., None]) -> None:
    """``--drift`` adds the differences on stderr; stdout stays the same."""
    respond_with({"lead": {"id": "1", "new": "ada@example.com"}, "status": "PAUSED"})

    result = run("lead", "show", "1", "--drift")

    assert result.exit_code == 0
    assert result.stdout == run("lead", "show", "1").stdout
    first, second = result.stderr.splitlines()
    assert first == "unknown key\tlead.new\tstring\t1"
    assert second.endswith("\tstatus\tPAUSED\t1")
    assert json.loads(run("lead", "show", "1", "--drift", "--json").stdout)["status"] == "PAUSED"


def test_show_no_drift(run: Run) -> None:
    """Without drift, a sentence says so."""
    assert run("lead", "show", "--sandbox", "--drift", IN_PROGRESS).stderr == "No drift.\n"


def test_show_drift_of_an_invalid_response(run: Run, respond_with: Callable[..., None]) -> None:
    """If the response is no lead, the differences say why."""
    respond_with({"lead": {"identity": "ada@example.com"}})

    result = run("lead", "show", "1", "--drift")

    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[:2] == ["missing key\tlead.id\t\t1", "unknown key\tlead.identity\tstring\t1"]
    assert lines[2].startswith("error: ")
    assert len(run("lead", "show", "1").stderr.splitlines()) == 1
