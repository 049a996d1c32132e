"""The commands that change a lead: what they send, what they ask first, and what a dry run tells."""

import json
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import omni
from omni import sandbox
from omni._operations.contract import path_template
from omni._operations.effects import effects_of
from omni.cli._connection import Failure
from omni.cli._main import omni_command

Run = Callable[..., Result]

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
OPTED_OUT = "11111111-1111-4111-8111-111111111104"

FIELDS = [
    *("--last-name", "canary", "--middle-name", "canary", "--business-name", "canary", "--email", "canary@example.com"),
    *("--phone-number", "+1202555canary", "--external-lead-id", "canary", "--timezone", "America/canary"),
    *("--assignee-type", "agent", "--email-verified", "--item", "ein=canary", "--item", "amount=", "--tag", "canary"),
]

ITEM = [
    *("--label", "canary's", "--type", "SELECT", "--config", '{"options": ["canary"]}', "--optional"),
    *("--agent-instructions", "canary", "--client-instructions", "canary"),
]

WRITES = [
    ["lead", "create", "--first-name", "canary", *FIELDS, "--did-opt-out"],
    ["lead", "update", IN_PROGRESS, "--first-name", "canary", *FIELDS],
    ["lead", "opt-out", IN_PROGRESS],
    ["lead", "lift-opt-out", OPTED_OUT],
    ["lead", "complete", IN_PROGRESS],
    ["lead", "reopen", IN_PROGRESS],
    ["lead", "not-interested", IN_PROGRESS],
    ["lead", "add-item", IN_PROGRESS, *ITEM],
    ["lead", "upload", IN_PROGRESS, "canary.pdf"],
]


def command(arguments: list[str]) -> str:
    """The command that these arguments are for."""
    return arguments[1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is worked in, with a file to upload."""
    (tmp_path / "canary.pdf").write_bytes(b"canary")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command line with somebody at a terminal who answers."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True)

    def answers(words: str, *arguments: str) -> Result:
        return CliRunner().invoke(omni_command, arguments, input=words)

    return answers


def request_of(curl: str) -> tuple[str, str, Any]:
    """Method, path template and JSON of a request that was printed as curl."""
    words = shlex.split(curl.replace("\\\n", ""))
    method, url = words[2:4]
    data = words[words.index("--data") + 1] if "--data" in words else "null"
    return method, path_template(url.removeprefix("https://api-v2.getomni.ai")), json.loads(data)


def lead_of(served: sandbox.Sandbox, lead_id: str) -> dict[str, Any]:
    """What the sandbox has stored of a lead."""
    return dict(served.workspace.leads[lead_id])


def test_create(run: Run, served: sandbox.Sandbox) -> None:
    """Every field is sent, and the id of the new lead is printed."""
    names = ["--first-name", "Ada", "--last-name", "Sample", "--middle-name", "B", "--business-name", "Fixture"]
    contact = ["--email", "a@example.com", "--phone-number", "(202) 555-0123", "--timezone", "America/New_York"]
    others = ["--external-lead-id", "CRM-1", "--assignee-type", "manual", "--email-verified", "--did-opt-out"]
    lists = ["--tag", "a", "--tag", "b", "--item", "ein=00=0", "--item", "amount=1"]
    result = run("lead", "create", "--yes", *names, *contact, *others, *lists)

    lead = lead_of(served, result.stdout.strip())
    record = lead["lead"]
    items = [item for group in lead["checklistItems"] for item in group["items"]]
    values = {item["checklistItem"]["code"]: item["value"] for item in items}
    assert (result.exit_code, result.stderr) == (0, "")
    assert (record["firstName"], record["lastName"], record["businessName"]) == ("Ada", "Sample", "Fixture")
    assert (record["email"], record["phoneNumber"]) == ("a@example.com", "+12025550123")
    assert (record["externalLeadId"], record["assigneeType"]) == ("CRM-1", "HUMAN_AGENT")
    assert record["emailVerifiedAt"]
    assert record["didOptOut"] is True
    assert record["tags"] == ["a", "b"]
    assert (values["ein"], values["amount"]) == ("00=0", "1")


def test_create_json(run: Run, served: sandbox.Sandbox) -> None:
    """--json is the answer of the API."""
    result = run("lead", "create", "--yes", "--json", "--first-name", "Ada")

    answer = json.loads(result.stdout)
    assert answer["success"] is True
    assert answer["lead"]["id"] in served.workspace.leads


def test_update(run: Run, served: sandbox.Sandbox) -> None:
    """What is given is changed, what is cleared is sent as null, what is left out stays; nothing is asked."""
    before = dict(lead_of(served, IN_PROGRESS)["lead"])
    cleared = ["--clear", "email", "--clear", "last-name", "--no-tags"]
    result = run("lead", "update", IN_PROGRESS, "--first-name", "", *cleared)

    record = lead_of(served, IN_PROGRESS)["lead"]
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{IN_PROGRESS}\n", "")
    assert (record["firstName"], record["email"], record["lastName"], record["tags"]) == ("", None, None, [])
    assert record["businessName"] == before["businessName"]


@pytest.mark.parametrize(
    ("name", "lead_id", "status"),
    [
        ("opt-out", IN_PROGRESS, "OPTED_OUT"),
        ("lift-opt-out", OPTED_OUT, "IN_PROGRESS"),
        ("complete", IN_PROGRESS, "COMPLETED"),
        ("not-interested", IN_PROGRESS, "NOT_INTERESTED"),
    ],
)
def test_transitions(run: Run, served: sandbox.Sandbox, name: str, lead_id: str, status: str) -> None:
    """Each does what its name says, and prints the id."""
    result = run("lead", name, lead_id, "--yes")

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{lead_id}\n", "")
    assert lead_of(served, lead_id)["status"] == status


def test_reopen(run: Run, served: sandbox.Sandbox) -> None:
    """A completed lead is open again."""
    run("lead", "complete", IN_PROGRESS, "--yes")
    run("lead", "reopen", IN_PROGRESS, "--yes")

    assert lead_of(served, IN_PROGRESS)["status"] == "IN_PROGRESS"


def test_add_item(run: Run, served: sandbox.Sandbox) -> None:
    """The item is on the checklist, as it was described, and its id is printed."""
    result = run("lead", "add-item", IN_PROGRESS, *ITEM)

    items = [item for group in lead_of(served, IN_PROGRESS)["checklistItems"] for item in group["items"]]
    added = next(item for item in items if item["id"] == result.stdout.strip())
    assert (result.exit_code, result.stderr) == (0, "")
    assert added["checklistItem"]["label"] == "canary's"
    assert added["checklistItem"]["isRequired"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lead", "create"], "--first-name"),
        (["lead", "create", "--first-name", " "], "--first-name is the one"),
        (["lead", "create", "--first-name", "A", "--item", "ein"], "--item takes a code, an equals sign and a value"),
        (["lead", "create", "--first-name", "A", "--assignee-type", "x"], "agent, manual"),
        (["lead", "update", "1"], "Nothing to change"),
        (["lead", "update", "1", "--email", "x", "--clear", "email"], "a value for email"),
        (["lead", "update", "1", "--tag", "x", "--no-tags"], "a value for tags"),
        (["lead", "update", "1", "--clear", "status"], "'status' is not one of"),
        (["lead", "update", "..", "--email", "x"], "ID cannot be an id"),
        (["lead", "opt-out", ".."], "ID cannot be an id"),
        (["lead", "add-item", "1", "--label", "x", "--type", "x"], "BANK_STATEMENT, "),
        (["lead", "add-item", "1", "--label", "x", "--type", "TEXT", "--config", "{"], "--config is not JSON."),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "TEXT", "--config", "[" * 10**5],
            "--config is not JSON.",
        ),
        (["lead", "upload", "1", "nowhere.pdf"], "nowhere.pdf cannot be read"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_wrong_calls(run: Run, served: sandbox.Sandbox, arguments: list[str], words: str, options: list[str]) -> None:
    """A call that cannot be right is refused before anything is asked or sent."""
    result = run(*arguments, *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert "Go on?" not in result.stderr
    assert served.workspace.requests == []


def test_dry_run_steers_no_terminal(run: Run) -> None:
    """A code that hides something is shown escaped, and the JSON of the request says the same."""
    code = "\x1b[31m\x9b\u202e\u2066\u2028é"
    result = run("lead", "create", "--first-name", "A", "--item", f"{code}=1", "--dry-run")

    assert not set(code) - set("[31mé") & set(result.stdout)
    assert request_of(result.stdout)[2]["checklistItems"][0]["code"] == code


@pytest.mark.parametrize("arguments", WRITES, ids=command)
def test_dry_run(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """It prints the request without the key and without a word of the person; no key is needed."""
    monkeypatch.setattr("socket.socket.connect", None)
    without_key = run(*arguments, "--dry-run")
    monkeypatch.setenv("OMNI_API_KEY", "canary")
    result = run(*arguments, "--dry-run")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(("curl --request POST https://", "curl --request PUT https://"))
    assert '"x-api-key: $OMNI_API_KEY"' in result.stdout
    assert "canary" not in result.stdout
    assert result.stdout == without_key.stdout


@pytest.mark.parametrize("arguments", WRITES, ids=command)
def test_dry_run_reaches_nobody(run: Run, served: sandbox.Sandbox, arguments: list[str]) -> None:
    """Nothing is sent."""
    assert run(*arguments, "--dry-run").exit_code == 0
    assert served.workspace.requests == []


def test_dry_run_to_the_letter(run: Run) -> None:
    """Names of fields, words of vocabularies, true, false and null are shown; it can be pasted into a shell."""
    arguments = ["--first-name", "Ada's", "--did-opt-out", "--item", "ein=0", "--tag", "x"]
    created = run("lead", "create", "--dry-run", *arguments)
    updated = run("lead", "update", "--dry-run", "1", "--clear", "email", "--no-tags", "--assignee-type", "agent")
    opted = run("lead", "opt-out", "--dry-run", "--sandbox", "1")

    assert (
        created.stdout
        == """\
curl --request POST https://api-v2.getomni.ai/api/v1/leads \\
  --header "x-api-key: $OMNI_API_KEY" \\
  --header 'content-type: application/json' \\
  --data '{"firstName": "…", "didOptOut": true, "checklistItems": [{"code": "ein", "value": "…"}], "tags": ["…"]}'
"""
    )
    assert request_of(updated.stdout)[2] == {"leadId": "1", "email": None, "tags": [], "assigneeType": "agent"}
    assert opted.stdout.startswith("curl --request PUT http://127.0.0.1:8080/api/v1/leads ")
    assert '"didOptOut": true, "status": "OPTED_OUT"' in opted.stdout


def test_dry_run_of_an_item(run: Run) -> None:
    """The numbers of a configuration are no data of a person."""
    config = '{"months": 3, "isPersonal": false}'
    result = run("lead", "add-item", "1", "--dry-run", "--label", "x", "--type", "BANK_STATEMENT", "--config", config)

    method, path, body = request_of(result.stdout)
    assert (method, path) == ("POST", "/api/v1/leads/{leadId}/checklist-items")
    assert body == {"label": "…", "fieldType": "BANK_STATEMENT", "config": {"months": 3, "isPersonal": False}}


@pytest.mark.parametrize("arguments", WRITES, ids=command)
def test_who_is_asked(run: Run, served: sandbox.Sandbox, arguments: list[str]) -> None:
    """What the spec says to contact the person or to affect consent is not done unasked, and all else is."""
    printed = run(*arguments, "--dry-run").stdout.replace(served.base_url, "https://api-v2.getomni.ai")
    method, path, body = request_of(printed)
    touches = effects_of(method, path, json.dumps(body).encode()) & {"contacts-person", "consent"}

    result = run(*arguments)

    assert bool(touches) == (result.exit_code == 2) == (served.workspace.requests == [])
    assert bool(touches) == ("There is no terminal to ask on: if that is meant, add --yes." in result.stderr)


def test_yes_at_a_terminal(answers: Callable[..., Result], served: sandbox.Sandbox) -> None:
    """Whoever says yes is obeyed; the question is on stderr, the result on stdout."""
    result = answers("y\n", "lead", "opt-out", IN_PROGRESS)

    assert (result.exit_code, result.stdout) == (0, f"{IN_PROGRESS}\n")
    assert "The person will be opted out, and messages under way are cancelled. Go on? [y/N]:" in result.stderr
    assert [method for method, _ in served.workspace.requests] == ["PUT"]


@pytest.mark.parametrize("words", ["n\n", "\n"])
def test_no_at_a_terminal(answers: Callable[..., Result], served: sandbox.Sandbox, words: str) -> None:
    """No is no, and so is return."""
    result = answers(words, "lead", "create", "--first-name", "Ada")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: Nothing was sent.\n" in result.stderr
    assert served.workspace.requests == []


def test_a_question_needs_a_key_first(answers: Callable[..., Result]) -> None:
    """Nobody is asked for what cannot be sent anyway."""
    result = answers("y\n", "lead", "opt-out", "1")

    assert result.exit_code == 4
    assert "Go on?" not in result.output


def test_nobody_is_behind_a_sandbox(run: Run) -> None:
    """With --sandbox nothing is asked."""
    assert run("lead", "opt-out", "--sandbox", IN_PROGRESS).exit_code == 0


@pytest.mark.parametrize(("typed", "code", "out"), [(b"y\n", 0, f"{IN_PROGRESS}\n"), (b"\x04", 130, "")])
def test_a_real_terminal(served: sandbox.Sandbox, typed: bytes, code: int, out: str) -> None:
    """The question is asked there, the answer is taken, and Ctrl-D is none; stdout has nothing but the result."""
    leader, follower = pty.openpty()
    arguments = [sys.executable, "-m", "omni.cli", "lead", "opt-out", IN_PROGRESS]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        arguments, env=environment, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        os.write(leader, typed)
        printed, asked = process.communicate(timeout=60)
    os.close(leader)
    os.close(follower)

    assert (process.returncode, printed) == (code, out)
    assert "Go on?" in asked


@pytest.mark.parametrize(("fault", "is_done"), [("lost-response", True), ("lost-request", False), ("503", False)])
def test_outcome_unknown(run: Run, served: sandbox.Sandbox, fault: str, is_done: bool) -> None:
    """A write that may have happened is exit code 5, and the next step is named."""
    served.fail_next(fault)

    result = run("lead", "opt-out", "--yes", IN_PROGRESS)

    assert (result.exit_code, result.stdout) == (5, "")
    assert result.stderr.startswith("error: PUT /api/v1/leads: ")
    step = "The lead may have changed: read its status with `omni lead show ID` before you repeat this."
    assert f"\nnext step: {step}" in result.stderr
    assert (lead_of(served, IN_PROGRESS)["status"] == "OPTED_OUT") == is_done


@pytest.mark.parametrize("kind", [omni.WriteResponseError, omni.WriteStatusError, omni.WriteServerError])
def test_an_unknown_outcome_with_a_response(kind: type[omni.OutcomeUnknownError]) -> None:
    """An unreadable success and a status that refuses nothing are exit code 5 too, with the next step."""
    failure = Failure.of(kind("It failed.", reconcile_hint="Look."))

    assert (failure.exit_code, failure.message) == (5, "It failed.\nnext step: Look.")


def test_refusal(run: Run, served: sandbox.Sandbox) -> None:
    """A write that the API refuses is exit code 1, and of no next step is spoken."""
    result = run("lead", "create", "--yes", "--first-name", "A", "--item", "no such code=1")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "next step" not in result.stderr
