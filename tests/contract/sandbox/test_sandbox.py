"""Sandbox and spec agree; leads, refusals, links and the server behave as the tests of the clients rely on."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import jsonschema
import pytest
from sandbox_responses import BY_WORDS, KEY, ROOT, SPEC, Clock, conform, items, named, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omni import sandbox

EXAMPLE = json.loads((ROOT / "openapi/examples/get-lead.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    """One real server for the tests that only read."""
    with sandbox.running() as server:
        yield server


@pytest.fixture(scope="module")
def api(running: sandbox.Sandbox) -> Iterator[httpx.Client]:
    """A plain HTTP client of the real server that sends the key."""
    with httpx.Client(base_url=running.base_url, headers={"x-api-key": running.api_key}, trust_env=False) as client:
        yield client


def lead(api: httpx.Client, description: str) -> dict[str, Any]:
    """Return the lead with this description."""
    response = api.get(f"/api/v1/leads/{BY_WORDS[description]}")
    assert response.status_code == 200
    return response.json()


def message(response: httpx.Response) -> str:
    """Return the message of an error body."""
    return response.json()["error"]["message"]


# Leads


def test_published_sample_is_the_same_in_sandbox_spec_and_example(api: httpx.Client) -> None:
    """The sandbox, the spec that it serves and the example file have the same published sample."""
    operation = api.get("/openapi.json").json()["paths"]["/api/v1/leads/{leadId}"]["get"]
    documented = operation["responses"]["200"]["content"]["application/json"]["examples"]["published"]["value"]

    assert documented == EXAMPLE
    assert lead(api, "published sample") == EXAMPLE
    assert EXAMPLE["lead"]["id"] == sandbox.LEAD_ID


@pytest.mark.parametrize("description", BY_WORDS)
def test_every_lead_fits_the_spec(api: httpx.Client, description: str) -> None:
    """Every lead of the sandbox is valid by the spec."""
    validate(lead(api, description), named("LeadDetails"))


def test_wrong_responses_fail_validation() -> None:
    """The validation that these tests rely on rejects wrong responses."""
    with pytest.raises(jsonschema.ValidationError):
        validate({"lead": {"id": 1}}, named("LeadDetails"))
    with pytest.raises(jsonschema.ValidationError):
        validate({"lead": {"id": "1", "createdAt": "yesterday"}}, named("LeadDetails"))
    with pytest.raises(jsonschema.ValidationError):
        conform(httpx.Response(200, json={}, request=httpx.Request("GET", "http://x/api/v1/leads/1/documents")))
    with pytest.raises(AssertionError):
        conform(httpx.Response(418, request=httpx.Request("GET", "http://x/api/v0/analytics")))


STATES: dict[str, Callable[[dict[str, Any]], object]] = {
    "in progress with files missing": lambda lead: (
        lead["status"] == "IN_PROGRESS"
        and items(lead)["tax_returns"]["status"] == items(lead)["owner_id"]["status"] == "TODO"
        and items(lead)["bank_statements"]["status"] == "INVALID"
        and items(lead)["business_address"]["value"]["city"] == "Anytown"
        and lead["nextFollowUp"]["status"] == "PENDING"
        and lead["lastAction"]["messages"][0]["direction"] == "OUTBOUND"
        and lead["matchingLeads"] == [{"id": BY_WORDS["matching lead"]}]
    ),
    "complete": lambda lead: (
        lead["status"] == "COMPLETED"
        and {item["status"] for item in items(lead).values()} == {"COMPLETED", "SKIPPED"}
        and len(lead["documents"]) == 4
    ),
    "in review": lambda lead: (
        lead["status"] == "REVIEW"
        and [code for code, item in items(lead).items() if item["status"] == "NEEDS_REVIEW"]
        == ["started_on", "bank_statements"]
    ),
    "opted out": lambda lead: (
        lead["status"] == "OPTED_OUT" and lead["lead"]["didOptOut"] is True and lead["lead"]["optOutAt"]
    ),
    "not interested": lambda lead: lead["status"] == "NOT_INTERESTED",
    "several files per item": lambda lead: (
        [len(items(lead)[code]["documents"]) for code in ("bank_statements", "tax_returns", "owner_id")] == [3, 2, 1]
    ),
    "draft awaiting approval": lambda lead: (
        lead["nextDraft"]["status"] == "AWAITING_APPROVAL"
        and lead["nextDraft"] in lead["actionLogs"]
        and lead["lastAction"] is None
    ),
    "hundred action logs": lambda lead: (
        len({log["id"] for log in lead["actionLogs"]}) == 100
        and any(log["tool"] for log in lead["actionLogs"])
        and any(log["error"] for log in lead["actionLogs"])
        and any(part["documents"] for log in lead["actionLogs"] for part in log["messages"])
    ),
    "unknown values": lambda lead: (
        lead["status"] == "PAUSED"
        and items(lead)["signature"]["status"] == "ARCHIVED"
        and items(lead)["signature"]["checklistItem"]["fieldType"] == "SIGNATURE"
        and lead["actionLogs"][0]["type"] == "TELEPATHY"
        and "forecast" in lead
    ),
    "matching lead": lambda lead: (
        lead["matchingLeads"] == [{"id": BY_WORDS["in progress with files missing"]}]
        and lead["lead"]["email"] == "ada@example.com"
    ),
    "nulls everywhere": lambda lead: lead["documents"] is None and lead["lead"]["email"] is None,
    "nothing but an id": lambda lead: lead == {"lead": {"id": BY_WORDS["nothing but an id"]}},
    "awkward file names": lambda lead: any("/" in document["filename"] for document in lead["documents"]),
}


@pytest.mark.parametrize("description", sorted(BY_WORDS.keys() - {"published sample"}))
def test_leads_are_as_described(api: httpx.Client, description: str) -> None:
    """Every invented lead is in the state that its description names."""
    assert STATES[description](lead(api, description))


def test_field_types_are_covered(api: httpx.Client) -> None:
    """A sample lead has an item of every documented field type except TOOL, which is not described."""
    field_types = {item["checklistItem"]["fieldType"] for item in items(lead(api, "complete")).values()}

    assert set(SPEC["components"]["schemas"]["FieldType"]["enum"]) - {"TOOL"} == field_types


def test_documents_of_items_and_messages_are_documents_of_the_lead(api: httpx.Client) -> None:
    """A lead's documents are those of its items and of its messages, each with the items that it matched."""
    details = lead(api, "in progress with files missing")
    of_item = items(details)["bank_statements"]["documents"]
    of_message = details["actionLogs"][1]["messages"][0]["documents"]

    assert of_item + of_message == details["documents"]
    assert of_item[0]["metadata"]["Matched checklist items"] == [
        {"leadChecklistItemId": "lci-01-bank_statements", "label": "Three bank statements"},
    ]
    assert of_message[0]["metadata"] is None


# Refusals


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}], ids=["missing", "wrong"])
def test_missing_or_wrong_key_is_refused(
    running: sandbox.Sandbox, fetch: httpx.Client, headers: dict[str, str]
) -> None:
    """A request without the right key is a 401."""
    response = fetch.get(f"{running.base_url}/api/v1/leads/{sandbox.LEAD_ID}", headers=headers)

    assert response.status_code == 401
    assert message(response) == "The x-api-key header is missing or wrong."


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/leads/nobody", 404),
        ("GET", "/api/v1/leads/", 404),
        ("GET", f"/api/v1/leads/{sandbox.LEAD_ID}/", 404),
        ("GET", "/api/v1/dreams", 404),
        ("GET", "/api", 404),
        ("GET", "/elsewhere", 404),
        ("DELETE", f"/api/v1/leads/{sandbox.LEAD_ID}", 405),
    ],
)
def test_unknown_paths_and_methods_are_refused(api: httpx.Client, method: str, path: str, status: int) -> None:
    """An unknown path or method is refused with JSON, and never redirected."""
    response = api.request(method, path)

    assert response.status_code == status
    assert message(response)


def test_bug_of_the_sandbox_is_a_500(fetch: httpx.Client) -> None:
    """An unexpected exception is a 500 with JSON."""

    def broken() -> float:
        raise RuntimeError

    with sandbox.running(application=sandbox.app(clock=broken)) as server:
        response = fetch.get(f"{server.base_url}/api/v1/leads/{BY_WORDS['complete']}", headers=KEY)

    assert response.status_code == 500
    assert message(response) == "The sandbox failed."


def test_key_can_be_chosen() -> None:
    """A sandbox accepts the key that it was made with, and `running` gives it."""
    with sandbox.running(application=sandbox.app(api_key="mine")) as server:
        url = f"{server.base_url}/api/v1/leads/{sandbox.LEAD_ID}"

        assert server.api_key == "mine"
        assert httpx.get(url, headers={"x-api-key": "mine"}, trust_env=False).status_code == 200
        assert httpx.get(url, headers=KEY, trust_env=False).status_code == 401


# Files


@pytest.mark.parametrize("description", ["complete", "hundred action logs", "unknown values", "awkward file names"])
def test_links_work_without_the_key(api: httpx.Client, fetch: httpx.Client, description: str) -> None:
    """A link gives the file of its document without the key, and the same bytes each time."""
    for document in lead(api, description)["documents"]:
        response = fetch.get(document["signedUrl"])

        assert response.status_code == 200
        assert len(response.content) == document["size"] == int(response.headers["content-length"])
        assert response.headers["content-type"] == document["mimeType"]
        assert quote(document["filename"], safe="") in response.headers["content-disposition"]
        assert response.content == fetch.get(document["signedUrl"]).content


def test_invented_files_have_the_signature_of_their_type(api: httpx.Client, fetch: httpx.Client) -> None:
    """Invented files begin as files of their type do, and no two are equal."""
    documents = lead(api, "awkward file names")["documents"]
    contents = [fetch.get(document["signedUrl"]).content for document in documents]

    assert contents[0].startswith(b"%PDF-1.4\n")
    assert contents[4].startswith(b"\xff\xd8\xff")
    assert len(contents) == len({content[:50] for content in contents})


@pytest.mark.parametrize(
    ("host", "link_host"),
    [("127.0.0.1:80", "localhost:80"), ("localhost:81", "127.0.0.1:81"), ("omni.localhost", "omni.localhost")],
)
def test_links_are_on_another_origin(api: httpx.Client, host: str, link_host: str) -> None:
    """Files are on another origin than the API if this machine has two names."""
    response = api.get(f"/api/v1/leads/{BY_WORDS['complete']}", headers={"host": host})

    assert {link_host} == {urlsplit(document["signedUrl"]).netloc for document in response.json()["documents"]}


def test_key_is_refused_by_the_host_of_the_files(api: httpx.Client, fetch: httpx.Client) -> None:
    """A request for a file that has the key is refused."""
    url = lead(api, "complete")["documents"][0]["signedUrl"]
    response = fetch.get(url, headers=KEY)

    assert response.status_code == 400
    assert "must never be sent" in response.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("signature=", "signature=é"),
        ("signature=", "sign="),
        ("expires=", "expires=9"),
        ("expires=", "other="),
        ("doc-02-1", "doc-02-2"),
        ("december", "january"),
        (".pdf?", ".pdf#"),
    ],
)
def test_changed_link_is_refused(api: httpx.Client, fetch: httpx.Client, old: str, new: str) -> None:
    """A link with a change in any part is refused."""
    url = lead(api, "complete")["documents"][0]["signedUrl"]
    assert old in url
    response = fetch.get(url.replace(old, new))

    assert response.status_code == 403
    assert "SignatureDoesNotMatch" in response.text


def test_link_of_another_sandbox_is_refused(api: httpx.Client, running: sandbox.Sandbox, fetch: httpx.Client) -> None:
    """Every sandbox signs its links with its own secret."""
    url = lead(api, "complete")["documents"][0]["signedUrl"]
    with sandbox.running() as other:
        moved = url.replace(str(urlsplit(running.base_url).port), str(urlsplit(other.base_url).port))

        assert fetch.get(url).status_code == 200
        assert fetch.get(moved).status_code == 403


def test_link_expires(fetch: httpx.Client) -> None:
    """A link works until it expires, and then a new one does."""
    clock = Clock()
    with sandbox.running(application=sandbox.app(link_seconds=60, clock=clock)) as server:
        address = f"{server.base_url}/api/v1/leads/{BY_WORDS['complete']}"
        old = fetch.get(address, headers=KEY).json()["documents"][0]["signedUrl"]
        clock.now += 59
        assert fetch.get(old).status_code == 200

        clock.now += 1
        new = fetch.get(address, headers=KEY).json()["documents"][0]["signedUrl"]
        assert fetch.get(old).status_code == 403
        assert "Request has expired" in fetch.get(old).text
        assert fetch.get(new).status_code == 200


# Running


def test_sandbox_frees_its_port() -> None:
    """A sandbox without a request starts and stops without an error, and frees its port."""
    with sandbox.running() as server:
        port = urlsplit(server.base_url).port

    assert port
    with sandbox.running(port=port) as other:
        assert server == other


def test_hanging_request_does_not_keep_a_sandbox_running(fetch: httpx.Client) -> None:
    """A sandbox stops within seconds although a request never ends."""

    async def hang(request: Request) -> Response:
        await asyncio.sleep(60)
        return Response()

    with sandbox.running(application=Starlette(routes=[Route("/", hang)])) as server:
        with pytest.raises(httpx.ReadTimeout):
            fetch.get(server.base_url, timeout=0.1)
        before = time.monotonic()

    assert time.monotonic() - before < 5


def test_taken_port_is_an_error(running: sandbox.Sandbox) -> None:
    """A taken port is an OSError that names the address and the repair."""
    port = urlsplit(running.base_url).port
    assert port

    with (
        pytest.raises(OSError, match=rf"cannot listen on 127.0.0.1:{port}: .*choose another port, or 0 for any"),
        sandbox.running(port=port),
    ):
        pass
    with pytest.raises(OSError, match="cannot listen"):
        sandbox.serve("127.0.0.1", port)


def test_wrong_host_name_is_an_error() -> None:
    """A host that cannot be a name is an OSError, and no socket stays open."""
    with pytest.raises(OSError, match=r"cannot listen on 'a\.\.b': this is not a host name"):
        sandbox.serve("a..b", 0)


def test_serve_prints_how_to_use_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The banner has the environment for a client and every lead; Ctrl-C ends `serve` without an error."""

    def interrupted(self: object, sockets: list[socket.socket]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.Server.run", interrupted)
    sandbox.serve("127.0.0.1", 0)
    banner = capsys.readouterr().out

    assert "export OMNI_BASE_URL=http://127.0.0.1:" in banner
    assert f"export OMNI_API_KEY={sandbox.API_KEY}" in banner
    assert f'leads.get("{sandbox.LEAD_ID}")' in banner
    assert all(f"{lead_id}  {description}" in banner for lead_id, description in sandbox.leads().items())


@pytest.mark.skipif(sys.platform == "win32", reason="a SIGINT cannot be sent to one process there")
def test_serve_stops_on_ctrl_c() -> None:
    """Ctrl-C ends `serve` at once, without a traceback."""
    code = "from omni.sandbox import serve; serve('127.0.0.1', 0)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        base_url = process.stdout.readline().split()[4].rstrip(".")
        status = httpx.get(f"{base_url}/api/v1/leads/{sandbox.LEAD_ID}", headers=KEY, trust_env=False).status_code
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert (status, process.returncode, errors) == (200, 0, "")


def test_import_loads_neither_server_nor_client() -> None:
    """Importing the sandbox imports neither uvicorn nor code of the client."""
    code = (
        "import sys, omni; before = set(sys.modules); import omni.sandbox; "
        "print([m for m in set(sys.modules) - before if m.split('.')[0] in {'uvicorn', 'httpx', 'omni_client'}])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)

    assert printed.stdout == "[]\n"


def test_sandbox_stops_after_the_time_was_frozen(monkeypatch: pytest.MonkeyPatch, fetch: httpx.Client) -> None:
    """Timers that were set while a test had another clock never fire; the server stops all the same."""
    monkeypatch.setitem(sys.modules, "uvloop", None)  # which uvicorn would use, and which has a clock of its own
    stack = ExitStack()
    server = stack.enter_context(sandbox.running())
    assert fetch.get(server.base_url).status_code == 200  # it has started
    with monkeypatch.context() as patch:
        patch.setattr(asyncio.BaseEventLoop, "time", lambda loop: 1e12)
        time.sleep(0.3)  # in which uvicorn sets its next timer
    stopping = Thread(target=stack.close, daemon=True)
    stopping.start()
    stopping.join(5)

    assert not stopping.is_alive(), "the server waits for a timer, see omni/sandbox/_stoppable_server.py"
