"""The commands that change a lead: what they send, what they ask first, and what a dry run prints."""

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
from omni._operations.contract import loggable_path
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


def command_name(arguments: list[str]) -> str:
    """The command_name of these arguments."""
    return arguments[1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a file to upload."""
    (tmp_path / "canary.pdf").write_bytes(b"canary")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line at a terminal, with what is typed there."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True)

    def run_at_a_terminal(typed: str, *arguments: str) -> Result:
        return CliRunner().invoke(omni_command, arguments, input=typed)

    return run_at_a_terminal


def parse_curl(curl: str) -> tuple[str, str, Any]:
    """Method, path template and JSON of a request that was printed as curl."""
    arguments = shlex.split(curl.replace("\\\n", ""))
    method, url = arguments[2:4]
    data = arguments[arguments.index("--data") + 1] if "--data" in arguments else "null"
    return method, loggable_path(url.removeprefix("https://api-v2.getomni.ai")), json.loads(data)


def lead_of(served: sandbox.Sandbox, lead_id: str) -> dict[str, Any]:
    """A lead as the sandbox has stored it."""
    return dict(served.workspace.leads[lead_id])


def test_writes_to_the_sandbox_say_that_it_ends(run: Run) -> None:
    """A change in ``--sandbox`` is gone with the process, which a note says; a dry run changes nothing."""
    arguments = ("lead", "reopen", "--sandbox", "11111111-1111-4111-8111-111111111101")

    assert run(*arguments).stderr == (
        "note: This sandbox ends with the command, and so does the change; `omni sandbox` keeps one.\n"
    )
    assert run(*arguments, "--dry-run").stderr == ""


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
    """``--json`` prints the response of the API."""
    result = run("lead", "create", "--yes", "--json", "--first-name", "Ada")

    response = json.loads(result.stdout)
    assert response["success"] is True
    assert response["lead"]["id"] in served.workspace.leads


def test_update(run: Run, served: sandbox.Sandbox) -> None:
    """Given fields change, cleared ones are sent as null, others stay; nothing is asked."""
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
    """Each command sets the status that its name says, and prints the id."""
    result = run("lead", name, lead_id, "--yes")

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{lead_id}\n", "")
    assert lead_of(served, lead_id)["status"] == status


def test_reopen(run: Run, served: sandbox.Sandbox) -> None:
    """A completed lead is open again."""
    run("lead", "complete", IN_PROGRESS, "--yes")
    run("lead", "reopen", IN_PROGRESS, "--yes")

    assert lead_of(served, IN_PROGRESS)["status"] == "IN_PROGRESS"


def test_add_item(run: Run, served: sandbox.Sandbox) -> None:
    """The item is on the checklist as described, and its id is printed."""
    result = run("lead", "add-item", IN_PROGRESS, *ITEM)

    items = [item for group in lead_of(served, IN_PROGRESS)["checklistItems"] for item in group["items"]]
    added = next(item for item in items if item["id"] == result.stdout.strip())
    assert (result.exit_code, result.stderr) == (0, "")
    assert added["checklistItem"]["label"] == "canary's"
    assert added["checklistItem"]["isRequired"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lead", "create"], "--first-name"),
        (["lead", "create", "--first-name", " "], "--first-name is the one"),
        (["lead", "create", "--first-name", "A", "--item", "ein"], "--item takes a code, an equals sign and a value"),
        (["lead", "create", "--first-name", "A", "--item", "=a"], "--item takes a code, an equals sign and a value"),
        (["lead", "create", "--first-name", "A", "--assignee-type", "x"], "'agent', 'manual'"),
        (["lead", "update", "1"], "Nothing to change"),
        (["lead", "update", "1", "--email", "x", "--clear", "email"], "a value for email"),
        (["lead", "update", "1", "--tag", "x", "--no-tags"], "a value for tags"),
        (["lead", "update", "1", "--clear", "status"], "'status' is not one of"),
        (["lead", "update", "..", "--email", "x"], "ID cannot be an id"),
        (["lead", "opt-out", ".."], "ID cannot be an id"),
        (["lead", "add-item", "1", "--label", "x", "--type", "x"], "'BANK_STATEMENT', "),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "TEXT", "--config", "{"],
            "'--config': it must be a JSON object or array.",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "TEXT", "--config", "[" * 10**5],
            "'--config': it must be a JSON object or array.",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "TEXT", "--config", "false"],
            "'--config': it must be a JSON",
        ),
        (["lead", "upload", "1", "nowhere.pdf"], "nowhere.pdf cannot be read"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_invalid_calls(
    run: Run, served: sandbox.Sandbox, arguments: list[str], message: str, options: list[str]
) -> None:
    """An invalid call is refused before anything is asked or sent."""
    result = run(*arguments, *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Go on?" not in result.stderr
    assert served.workspace.requests == []


def test_dry_run_escapes_control_characters(run: Run) -> None:
    """A code with control characters is shown escaped, and the printed JSON is equal to that of the request."""
    code = "\x1b[31m\x9b\u202e\u2066\u2028é"
    result = run("lead", "create", "--first-name", "A", "--item", f"{code}=1", "--dry-run")

    assert not set(code) - set("[31mé") & set(result.stdout)
    assert parse_curl(result.stdout)[2]["checklistItems"][0]["code"] == code


@pytest.mark.parametrize("arguments", WRITES, ids=command_name)
def test_dry_run_is_redacted(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """The request is printed without the key and without personal data; no key is needed."""
    monkeypatch.setattr("socket.socket.connect", None)
    without_key = run(*arguments, "--dry-run")
    monkeypatch.setenv("OMNI_API_KEY", "canary")
    result = run(*arguments, "--dry-run")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(("curl --request POST https://", "curl --request PUT https://"))
    assert '"x-api-key: $OMNI_API_KEY"' in result.stdout
    assert "canary" not in result.stdout
    assert result.stdout == without_key.stdout


@pytest.mark.parametrize("arguments", WRITES, ids=command_name)
def test_dry_run_sends_nothing(run: Run, served: sandbox.Sandbox, arguments: list[str]) -> None:
    """Nothing is sent."""
    assert run(*arguments, "--dry-run").exit_code == 0
    assert served.workspace.requests == []


def test_dry_run_output(run: Run) -> None:
    """Field names, enum values, true, false and null are shown; the output can be pasted into a shell."""
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
    assert parse_curl(updated.stdout)[2] == {"leadId": "1", "email": None, "tags": [], "assigneeType": "agent"}
    assert opted.stdout.startswith("curl --request PUT http://127.0.0.1:8080/api/v1/leads ")
    assert '"didOptOut": true, "status": "OPTED_OUT"' in opted.stdout


def test_dry_run_shows_numbers(run: Run) -> None:
    """The numbers of a configuration are not personal data."""
    config = '{"months": 3, "isPersonal": false}'
    result = run("lead", "add-item", "1", "--dry-run", "--label", "x", "--type", "BANK_STATEMENT", "--config", config)

    method, path, body = parse_curl(result.stdout)
    assert (method, path) == ("POST", "/api/v1/leads/{leadId}/checklist-items")
    assert body == {"label": "…", "fieldType": "BANK_STATEMENT", "config": {"months": 3, "isPersonal": False}}


@pytest.mark.parametrize("arguments", WRITES, ids=command_name)
def test_confirmation_is_needed_for_effects_on_the_person(
    run: Run, served: sandbox.Sandbox, arguments: list[str]
) -> None:
    """What contacts the person or affects consent, as the spec says, needs a confirmation, and nothing else does."""
    printed = run(*arguments, "--dry-run").stdout.replace(served.base_url, "https://api-v2.getomni.ai")
    method, path, body = parse_curl(printed)
    touches = effects_of(method, path, json.dumps(body).encode()) & {"contacts-person", "consent"}

    result = run(*arguments)

    assert bool(touches) == (result.exit_code == 2) == (served.workspace.requests == [])
    assert bool(touches) == ("There is no terminal to ask on: if that is meant, add --yes." in result.stderr)


def test_confirmed(run_at_a_terminal: Callable[..., Result], served: sandbox.Sandbox) -> None:
    """After a yes the request is sent; the question is on stderr, the result on stdout."""
    result = run_at_a_terminal("y\n", "lead", "opt-out", IN_PROGRESS)

    assert (result.exit_code, result.stdout) == (0, f"{IN_PROGRESS}\n")
    assert "The person will be opted out, and messages under way are cancelled. Go on? [y/N]:" in result.stderr
    assert [method for method, _ in served.workspace.requests] == ["PUT"]


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_not_confirmed(run_at_a_terminal: Callable[..., Result], served: sandbox.Sandbox, typed: str) -> None:
    """After a no, or just return, nothing is sent."""
    result = run_at_a_terminal(typed, "lead", "create", "--first-name", "Ada")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: Nothing was sent.\n" in result.stderr
    assert served.workspace.requests == []


def test_key_is_checked_before_the_question(run_at_a_terminal: Callable[..., Result]) -> None:
    """Nothing is asked that could not be sent anyway."""
    result = run_at_a_terminal("y\n", "lead", "opt-out", "1")

    assert result.exit_code == 4
    assert "Go on?" not in result.output


def test_sandbox_needs_no_confirmation(run: Run) -> None:
    """Sandbox leads are fictional, so nothing is asked."""
    assert run("lead", "opt-out", "--sandbox", IN_PROGRESS).exit_code == 0


@pytest.mark.parametrize(("typed", "code", "out"), [(b"y\n", 0, f"{IN_PROGRESS}\n"), (b"\x04", 130, "")])
def test_confirmation_on_a_real_terminal(served: sandbox.Sandbox, typed: bytes, code: int, out: str) -> None:
    """The answer is read from the terminal, and Ctrl-D ends the command; stdout has the result alone."""
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


@pytest.mark.parametrize("error", [omni.WriteResponseError, omni.WriteStatusError, omni.WriteServerError])
def test_outcome_unknown_with_a_response(error: type[omni.OutcomeUnknownError]) -> None:
    """An unreadable success and a status that is no refusal are exit code 5 too, with the next step."""
    failure = Failure.of(error("It failed.", reconcile_hint="Look."))

    assert (failure.exit_code, failure.message) == (5, "It failed.\nnext step: Look.")


def test_refusal(run: Run, served: sandbox.Sandbox) -> None:
    """A write that the API refuses is exit code 1, without a next step."""
    result = run("lead", "create", "--yes", "--first-name", "A", "--item", "no such code=1")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "next step" not in result.stderr
