"""Whatever the server, a file or a person's name holds, nothing of it steers a terminal: on a terminal and in a pipe.

Each command runs against a server whose every text is hostile, in a process whose output is a terminal, or a pipe.
"""

import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omni import sandbox, webhooks
from omni.webhooks.testing import sample

from .conftest import ROOTS
from .test_main import command_paths, read_to_end

CONTROLS = "".join(
    char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}
)
HOSTILE = f"\x1b]0;title\x07\x1b[2J\x1b[5A\x9b2J[bold red]x[/][link=http://evil.example]y[/link]{CONTROLS}=1+1"
IN_A_NAME = "".join(char for char in HOSTILE if char not in "\0/")[:60]

LEAD, FILES = "11111111-1111-4111-8111-111111111101", "11111111-1111-4111-8111-111111111106"
KEPT = re.compile(r"https?://|\d{4}-\d\d-\d\dT|[0-9a-f]{8}-[0-9a-f-]{27}$|doc-\d")
"""Texts that stay as they are, since without them there is nothing to show: addresses, times and ids."""

COMMANDS = [
    f"lead show {LEAD}",
    f"lead show {LEAD} --drift",
    f"lead show {LEAD} --json",
    f"lead missing {LEAD}",
    f"lead missing {LEAD} --json",
    f"lead checklist {LEAD}",
    f"lead checklist {LEAD} --json",
    f"lead files {FILES}",
    f"lead files {FILES} --json",
    f"lead documents {LEAD}",
    f"lead documents {LEAD} --json",
    f"lead logs {LEAD}",
    f"lead logs {LEAD} --json",
    f"lead wait {LEAD} --poll-interval 0.01 --wait-for 0.1",
    f"lead download {FILES} --to files",
    f"lead download {FILES} --to {IN_A_NAME.replace(' ', '_')}",
    f"lead export {LEAD} no-such-lead --to {IN_A_NAME.replace(' ', '_')}.csv",
    "document get doc-06-1",
    "document get doc-06-1 --json",
    "document download doc-06-1 --to files",
    "document download doc-06-1 --to {name} --overwrite",
    "analytics totals",
    "analytics totals --json",
    "analytics leads",
    "analytics leads --json",
    "analytics csv --to leads.csv",
    f"lead upload {LEAD} {{name}} --item {{name}} --yes",
    f"lead upload {LEAD} {{name}} --dry-run",
    f"lead upload {LEAD} {{name}}2 --yes",
    f"lead update {LEAD} --first-name {{name}} --dry-run",
    f"lead update {LEAD} --item code={{name}} --yes",
    f"lead add-item {LEAD} --type FILE --label {{name}} --yes",
    "lead create --first-name {name} --yes",
    "lead create --first-name {name} --yes --json",
    f"lead reopen {LEAD} --yes",
    "lead show refuse",
    "lead missing refuse --json",
    "lead show unreadable",
    "lead show {name}",
    "document get {name}",
    "drift response.json",
    "drift {name}",
    "drift {name}2",
    "drift response.json --operation {name}",
    "webhook inbox list",
    "webhook inbox show lead.created:{name}",
    "webhook inbox list --inbox sqlite:///{name}3",
    "webhook inspect delivery.json",
    "webhook replay delivery.json --to {address}",
    "webhook trigger lead.created --print --set data.leadId={name}",
    "webhook trigger {name}",
    "webhook trigger lead.created --to {name}",
    "webhook trigger lead.created --set {name}",
    "webhook trigger lead.created --stage {name}",
    "webhook work {name}:receiver",
    "webhook reconcile {name} --since 6h",
    "webhook listen --once --rate 100000 --since 2020-01-01",
    "webhook serve --host {name}",
    "sandbox --host {name}",
    "sandbox --webhook {name}",
    "config list",
    "config list --json",
    "config remove {name}",
    "config set {name}",
    "config set x --base-url {name}",
    "completion {name}",
    "--profile {name} lead show 1",
    "--verbose lead show refuse",
    "doctor",
    "doctor --offline",
    "--base-url {name} doctor",
    "--base-url http://{name} lead show 1",
    "{name}",
    "lead {name}",
    "lead show --{name}",
    "--timeout {name} lead show 1",
    "analytics totals --start {name}",
    "lead add-item 1 --config {name}",
]

SCRIPT = """
import json, sys
import omni.cli
for number, arguments in enumerate(json.loads(sys.stdin.readline())):
    print(f"<{number}>", flush=True)
    sys.argv = ["omni", *arguments]
    try:
        omni.cli.main()
    except SystemExit:
        pass
    sys.stdout.flush()
    sys.stderr.flush()
"""


def make_hostile(data: Any) -> Any:
    """The data with hostile texts and one more key."""
    if isinstance(data, dict):
        return {key: make_hostile(value) for key, value in data.items()} | {HOSTILE: HOSTILE}
    if isinstance(data, list):
        return [make_hostile(element) for element in data]
    return HOSTILE + data if isinstance(data, str) and not KEPT.match(data) else data


async def respond(request: Request) -> Response:
    """The sandbox's response with hostile texts."""
    if request.url.path.endswith("refuse"):
        return Response(json.dumps({"error": {"message": HOSTILE}}), 400)
    if request.url.path.endswith("unreadable"):
        return Response(HOSTILE.encode())
    inner = request.app.state.inner
    inner.state.workspace.links.base_url = str(request.base_url).rstrip("/")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(inner), base_url=str(request.base_url)) as client:
        got = await client.request(request.method, path, headers=request.headers.raw, content=await request.body())
    if got.headers.get("content-type") != "application/json":
        return Response(got.content, got.status_code, headers=dict(got.headers))
    return Response(json.dumps(make_hostile(got.json())), got.status_code, media_type="application/json")


@pytest.fixture(scope="module")
def hostile_server() -> Iterator[sandbox.Sandbox]:
    """The sandbox, with hostile texts in every response."""
    routes = [Route("/{path:path}", respond, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
    application = Starlette(routes=routes)
    application.state.inner = sandbox.app()
    with sandbox.running(application=application) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files whose names and contents are hostile, and with an inbox that has such an event."""
    (tmp_path / IN_A_NAME).write_bytes(b"%PDF")
    (tmp_path / "omni").mkdir()
    (tmp_path / "omni" / "profiles.json").write_text(json.dumps({HOSTILE: {"api_key": HOSTILE, "base_url": HOSTILE}}))
    (tmp_path / "omni" / "profiles.json").chmod(0o600)
    event = sample("lead.created", changes={"data.leadId": HOSTILE})
    headers = [["X-" + HOSTILE, "x"], ["content-type", "x"]]
    delivery = {"path": "/" + HOSTILE, "headers": headers, "body": json.dumps(make_hostile(event))}
    (tmp_path / "delivery.json").write_text(json.dumps(delivery))
    (tmp_path / "response.json").write_text(json.dumps({"lead": {HOSTILE: 1}, "status": HOSTILE}))
    with closing(webhooks.Inbox(f"sqlite:///{tmp_path}/omni-inbox.db")) as inbox:
        inbox.store(webhooks.parse(event))
    return tmp_path


def run_all(commands: list[list[str]], folder: Path, served: sandbox.Sandbox, *, is_terminal: bool) -> str:
    """What the commands print, all in one process, on a terminal of 80 columns or in a pipe."""
    environment = {
        **os.environ,
        **{"PYTHONPATH": ROOTS, "XDG_CONFIG_HOME": str(folder), "PYTHONIOENCODING": "utf-8", "TERM": "xterm-256color"},
        **{
            "OMNI_BASE_URL": served.base_url,
            "OMNI_API_KEY": served.api_key,
            "OMNI_WEBHOOK_SECRET": "fixture-secret",
            "OMNI_WEBHOOK_HEADER": "X-Hook",
        },
    }
    leader, follower = pty.openpty() if is_terminal else os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        assert process.stdin
        process.stdin.write(json.dumps(commands).encode() + b"\n")
        process.stdin.close()
        return read_to_end(leader)


RICH = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[hl]|1A|2K)|\r")
"""What rich writes for colours and progress bars; no hostile text has one of these alone."""


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_no_text_steers_the_terminal(folder: Path, hostile_server: sandbox.Sandbox, is_terminal: bool) -> None:
    """No control or format character is printed by any command, and no markup of rich is carried out."""
    commands = [
        [word.format(name=IN_A_NAME, address=hostile_server.base_url) for word in line.split(" ")] for line in COMMANDS
    ]

    written = run_all(commands, folder, hostile_server, is_terminal=is_terminal)

    printed = re.split(r"^<\d+>$", RICH.sub("", written) if is_terminal else written, flags=re.MULTILINE)[1:]
    assert len(printed) == len(COMMANDS)
    bad = {
        line: sorted({ascii(char) for char in text if char not in "\n\t" and is_hidden(char)})
        for line, text in zip(COMMANDS, printed, strict=True)
    }
    assert {line: chars for line, chars in bad.items() if chars} == {}
    assert [line for line, text in zip(COMMANDS, printed, strict=True) if "Traceback" in text] == []
    assert "[bold red]x[/][link=http://evil.example]y[/link]" in printed[0]


def is_hidden(char: str) -> bool:
    """Whether a terminal obeys a character, or hides it."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_every_command_is_tried() -> None:
    """A new command is tried here too; left out are those that differ from another in a word only, or delete."""
    from omni.cli._main import omni_command

    groups = {path[:-1] for path in command_paths(omni_command)}
    names = {" ".join(path) for path in command_paths(omni_command) if path not in groups}
    tried = {name for name in names for line in COMMANDS if f" {line} ".find(f" {name} ") >= 0}

    assert names - tried == LEFT_OUT


LEFT_OUT = {
    *("lead complete", "lead lift-opt-out", "lead not-interested", "lead opt-out"),
    *("webhook inbox retry", "webhook inbox purge"),
}
