"""``omni webhook serve``, ``trigger``, ``replay`` and ``inspect``: the ways of a delivery."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omni import sandbox
from omni.cli._main import omni_command
from omni.webhooks.testing import delivery, event_names, sample

from ..conftest import ROOTS

Run = Callable[..., Result]

TOKEN = "fixture-token-123456"
SECRET = "fixture-secret"
STANDARD = "whsec_" + base64.b64encode(b"fixture" * 4).decode()
LEAD = "11111111-1111-4111-8111-111111111111"


class Target:
    """A receiver that notes what comes, and responds as it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.response = Response()
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    async def respond(self, request: Request) -> Response:
        """Note a request."""
        self.requests.append((request.url.path, dict(request.headers), await request.body()))
        return self.response


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """A receiver on a real port, which a proxy of the environment cannot reach."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    target = Target()
    routes = [Route("/{path:path}", target.respond, methods=["POST"])]
    with sandbox.running(application=Starlette(routes=routes)) as served:
        target.url = served.base_url
        yield target


@contextmanager
def serving(*options: str, **environment: str) -> Generator[tuple[str, subprocess.Popen[str], str]]:
    """``omni webhook serve`` in a process, and its address; it ends by itself, or by a signal."""
    with subprocess.Popen(
        [sys.executable, "-m", "omni.cli", "webhook", "serve", "--port", "0", *options],
        env={**os.environ, "PYTHONPATH": ROOTS, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        said = ""
        while not (found := re.search(r"http://\S+:\d+", said)):
            said += (line := process.stderr.readline())
            assert line, f"it ended: {said}"
        try:
            yield found[0], process, said
        finally:
            process.send_signal(signal.SIGTERM)


def lines(process: subprocess.Popen[str], count: int) -> list[list[str]]:
    """The cells of the next lines of the output."""
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n").split("\t") for _ in range(count)]


def test_serve_prints_saves_and_sends_on(run: Run, tmp_path: Path, target: Target) -> None:
    """Each event is a line without personal data, a line of a private file, and a request to the next address."""
    file = tmp_path / "deliveries.jsonl"
    file.touch(mode=0o644)
    with serving("--save", str(file), "--to", target.url) as (url, process, said):
        sent = [run("webhook", "trigger", name, "--to", f"{url}/hook") for name in ("lead.created", "lead.updated")]
        sent.append(run("webhook", "trigger", "document.extracted", "--outcome", "failed", "--to", url))
        with httpx.Client(base_url=url, trust_env=False) as client:
            requests = (("POST", b"\xff"), ("POST", b" " * 1_100_000), ("PUT", b""))
            refused = [client.request(method, "/", content=body).status_code for method, body in requests]
        printed = lines(process, 3)

    assert "every delivery is accepted" in said
    assert [(result.exit_code, result.stdout[:4]) for result in sent] == [(0, "200\t")] * 3
    assert refused == [400, 413, 405]
    assert printed[0][1:4] == ["lead.created", f"lead.created:{LEAD}", ""]
    assert [row[3] for row in printed] == ["", "email business_name checklist_items", "failed"]
    assert [row[4] for row in printed] == ["200"] * 3
    assert [path for path, _, _ in target.requests] == ["/hook", "/hook", "/"]
    assert json.loads(target.requests[0][2]) == sample("lead.created")
    saved = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["status"], line.get("body_base64")) for line in saved] == [(200, None)] * 3 + [(400, "/w==")]
    assert file.stat().st_mode & 0o777 == 0o600
    assert process.returncode == 0


def test_serve_asks_for_the_secrets_of_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What proves a sender comes from the environment for both sides; ``--json`` prints whole events."""
    proof = {"OMNI_WEBHOOK_TOKEN": TOKEN, "OMNI_WEBHOOK_SECRET": SECRET, "OMNI_WEBHOOK_HEADER": "X-Secret"}
    with serving("--json", "--host", "::1", **proof) as (url, process, said):
        refused = run("webhook", "trigger", "lead.created", "--to", f"{url}/hooks/")
        for name, value in proof.items():
            monkeypatch.setenv(name, value)
        accepted = run("webhook", "trigger", "action_log.failed", "--to", f"{url}/hooks/")
        assert process.stdout is not None
        printed = json.loads(process.stdout.readline())

    assert "accepted" not in said
    assert (refused.exit_code, refused.stdout[:4]) == (1, "404\t")
    assert "did not respond with 200" in refused.stderr
    assert (accepted.exit_code, printed) == (0, sample("action_log.failed"))


def test_serve_ends_when_nothing_can_be_written(run: Run) -> None:
    """A full disk is no silent loss: the delivery is answered 503, so that it comes again, and the command ends."""
    with serving("--save", "/dev/full") as (url, process, _):
        assert run("webhook", "trigger", "lead.created", "--to", url).stdout.startswith("503\t")
        assert process.stderr is not None
        assert process.stderr.read() == "error: The system refused: No space left on device.\n"

    assert process.returncode == 1


@pytest.mark.parametrize("is_terminal", [True, False])
def test_serve_ends_its_line(run: Run, monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    """After Ctrl-C, the shell's prompt begins on a line of its own, since the terminal has ^C on the last one."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("omni.cli._webhook._serve._run", stop)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: is_terminal)

    said = run("webhook", "serve", "--accept-unverified", "--port", "0").stderr

    assert said.endswith("Stop with Ctrl-C.\n" + "\n" * is_terminal)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--host", "0.0.0.0"], 2, "Anybody who finds this address could send events"),
        (["--host", "é" * 70, "--accept-unverified"], 1, "this is no host name"),
        (["--host", "\x1b[31m", "--accept-unverified"], 1, "Cannot listen on \ufffd[31m:8090"),
        (["--path-token", "short"], 2, "at least 16 ASCII characters"),
        (["--secret-header", "X-Secret"], 2, "--secret-header (OMNI_WEBHOOK_HEADER) together"),
        (["--to", "localhost:1"], 2, "it must be an address"),
        (["--to", "http://localhost:x"], 2, "it must be an address"),
    ],
)
def test_serve_refuses_what_cannot_be_used(run: Run, options: list[str], code: int, message: str) -> None:
    """A mistake ends before anything is listened on; other machines may send only with a proof, or if that is meant."""
    result = run("webhook", "serve", *options)

    assert (result.exit_code, result.stdout) == (code, "")
    assert message in " ".join(result.stderr.split())
    assert "\x1b" not in result.stderr


def test_serve_ends_with_older_servers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not raise the signal again ends the command without an error too."""
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)

    assert run("webhook", "serve", "--port", "0").exit_code == 0


def test_serve_needs_a_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of a server, one sentence says how to install them."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    assert "pip install 'omniai-leads[sandbox]'" in run("webhook", "serve").stderr


def test_trigger_changes_the_sample(run: Run, target: Target) -> None:
    """``--set`` changes a value, as JSON or as text; ``--print`` shows the result and sends nothing."""
    changes = ("--set", "data.leadId=lead-7", "--set", "data.source=null")
    result = run("webhook", "trigger", "lead.created", *changes, "--print", "--to", target.url)

    data = json.loads(result.stdout)["data"]
    assert (data["leadId"], data["source"]) == ("lead-7", None)
    assert target.requests == []


def test_trigger_follows_no_redirect(run: Run, target: Target) -> None:
    """A redirect is a failure, since the service takes nothing but 200 for an answer."""
    target.response = Response(status_code=307, headers={"location": "/elsewhere"})
    result = run("webhook", "trigger", "lead.created", "--to", target.url)

    assert (result.exit_code, result.stdout[:4], len(target.requests)) == (1, "307\t", 1)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["lead.deleted"], 2, "'lead.completed'"),
        (["lead.created", "--stage", "v1"], 2, "in the stage v3 only"),
        (["lead.created", "--set", "data"], 2, "--set takes a path"),
        (["lead.created", "--set", "data.email.x=1"], 2, "no such path"),
        (["lead.created", "--set", "nothing.x=1"], 2, "no such path"),
        (["lead.created", "--secret", "not/base64!", "--scheme", "standard-webhooks"], 2, "the key in base64"),
        (["lead.created", "--to", "http://127.0.0.1:1"], 1, "did not respond with 200"),
    ],
)
def test_trigger_refuses_what_cannot_be_sent(run: Run, options: list[str], code: int, message: str) -> None:
    """A mistake is one sentence that names the repair; no response is a failure."""
    result = run("webhook", "trigger", *options)

    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())


def test_trigger_says_what_a_scheme_needs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package of a scheme, one sentence says how to install it."""
    monkeypatch.setitem(sys.modules, "standardwebhooks", None)
    result = run("webhook", "trigger", "lead.created", "--secret", STANDARD, "--scheme", "standard-webhooks")

    assert "pip install 'omniai-leads[webhooks]'" in result.stderr


def saved(name: str = "lead.created", **fields: Any) -> dict[str, Any]:
    """A line as serve saves it."""
    headers = [["Content-Type", "application/json"], ["X-Secret", SECRET], ["Host", "h"], ["X-Hop", "h"]]
    line = {"path": "/hook/ä", "headers": [*headers, ["Connection", "close, x-hop"]], "body": json.dumps(sample(name))}
    return {**line, **fields}


def test_replay_sends_what_was_saved(run: Run, save: Callable[..., str], target: Target) -> None:
    """Deliveries go out in their order, with their path and headers, less those that belong to one connection."""
    file = save("\n".join(map(json.dumps, [saved(), saved("lead.updated"), saved(body="{}"), saved(body="no JSON")])))
    result = run("webhook", "replay", file, "--to", target.url)
    only = run("webhook", "replay", file, "--to", f"{target.url}/other", "--only", "lead.updated")

    names = [line.split("\t")[:3] for line in result.stdout.splitlines()]
    assert names == [["1", "lead.created", "200"], ["2", "lead.updated", "200"], ["3", "no name", "200"],
                     ["4", "no event", "200"]]  # fmt: skip
    assert only.stdout.startswith("2\tlead.updated\t200\t")
    path, headers, body = target.requests[0]
    assert (path, headers["x-secret"], json.loads(body)) == ("/hook/ä", SECRET, sample("lead.created"))
    assert headers["host"] != "h"
    assert "x-hop" not in headers
    assert target.requests[-1][0] == "/other"


def test_replay_goes_on_after_a_failure(run: Run, save: Callable[..., str], target: Target) -> None:
    """What cannot be sent, or is not answered 200, fails the command, and the rest is sent all the same."""
    target.response = Response(status_code=503)
    file = save("\n".join(map(json.dumps, [saved(headers={"Ä–": "x"}), saved()])))
    result = run("webhook", "replay", file, "--to", target.url)

    assert [line.split("\t")[2] for line in result.stdout.splitlines()] == ["no response (UnicodeEncodeError)", "503"]
    assert (result.exit_code, result.stderr) == (1, "error: 2 deliveries were not answered 200.\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"path": "/"}\n{"body": 1}', "Line 1 is no delivery"),
        (json.dumps(saved(headers=1)), "Line 1 is no delivery"),
        ("POST", "neither JSON nor a request"),
        ("\n\n", "neither JSON nor a request"),
        ("", "neither JSON nor a request"),
    ],
)
def test_file_that_has_no_deliveries(run: Run, save: Callable[..., str], content: str, message: str) -> None:
    """What is not a saved delivery is refused with the line where it is."""
    result = run("webhook", "replay", save(content))

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def as_http(sent: Any, newline: str) -> str:
    """A request as text, after whose body an editor added the end of a line."""
    headers = {**sent.headers, "Content-Length": len(sent.body)}
    head = ["POST /hook HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return newline.join([*head, "", sent.body.decode() + "\n"])


@pytest.mark.parametrize(
    ("secret", "arguments", "proof"),
    [
        (SECRET, {"header": "X-Secret"}, 'x-secret is the secret: Verifier(secret=…, header="x-secret")'),
        (
            SECRET,
            {"header": "X-Sig", "scheme": "hmac-sha256"},
            'Verifier(secret=…, header="x-sig", scheme="hmac-sha256',
        ),
        (STANDARD, {"scheme": "standard-webhooks"}, 'fit: Verifier(secret=…, scheme="standard-webhooks")'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_inspect_names_the_proof(
    run: Run, save: Callable[..., str], monkeypatch: pytest.MonkeyPatch, newline: str, secret: str, arguments: Any,
    proof: str,
) -> None:  # fmt: skip
    """The header that proves a sender is named with what to write, the event with its stage, and no value of any."""
    sent = delivery(sample("document.received", stage="v0"), secret=secret, **arguments)
    monkeypatch.setenv("OMNI_WEBHOOK_SECRET", secret)
    result = run("webhook", "inspect", save(as_http(sent, newline), "request.txt"))

    assert (result.exit_code, result.stderr) == (0, "")
    assert proof in result.stdout
    assert result.stdout.startswith(
        "event    document.received, like payloads of v0\nheaders  content-length content-t"
    )
    assert secret not in result.stdout


def test_inspect_knows_signatures_of_any_age(
    run: Run, save: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A saved delivery of Standard Webhooks fits its secret after years, and no other secret."""
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1600000000",
        "webhook-signature": "v1,eA== v1,tFdZUaCs6/RzyBMDTd6go+0ji7D1+AugrYvrxsU379Y=",
    }
    file = save(saved(headers=headers, body="{}"))
    codes = []
    for secret in (STANDARD, "whsec_x", SECRET):
        monkeypatch.setenv("OMNI_WEBHOOK_SECRET", secret)
        codes.append(run("webhook", "inspect", file).exit_code)

    assert codes == [0, 1, 1]


def test_inspect_says_what_to_do_without_a_proof(
    run: Run, save: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nothing fits, the exit code is 1 and the message names the next steps; ``--line`` chooses the delivery."""
    monkeypatch.setenv("OMNI_WEBHOOK_SECRET", "another")
    file = save("\n".join(map(json.dumps, [saved(), saved("action_log.completed")])))
    last, first, none = (run("webhook", "inspect", file, *line) for line in ([], ["--line", "1"], ["--line", "3"]))

    assert (last.exit_code, first.exit_code, none.exit_code) == (1, 1, 2)
    assert "event    action_log.completed, like payloads of v1 or v2 or v3\n" in last.stdout
    assert "event    lead.created, like payloads of v3\n" in first.stdout
    assert "Verifier(path_token=…)" in last.stderr
    assert none.stderr == "error: --line: the file has only 2 deliveries.\n"


def test_inspect_asks_for_the_secret_without_showing_it(
    run: Run, save: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret is asked for on a terminal, hidden; without a terminal the message names the variable."""
    file = save(saved())
    refused = run("webhook", "inspect", file)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True)
    result = CliRunner().invoke(omni_command, ["webhook", "inspect", file], input=f"{SECRET}\n")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "set OMNI_WEBHOOK_SECRET" in refused.stderr
    assert "x-secret is the secret" in result.stdout
    assert SECRET not in result.output


def test_every_event_has_a_sample() -> None:
    """The events that ``trigger`` offers, which come from the contract, are those that there are samples of."""
    from omni._operations.contract import contract

    assert {*contract()["webhooks"]} == {*event_names()}
