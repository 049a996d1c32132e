"""The sandbox and the spec agree, and the sandbox keeps the promises that clients are tested against."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import jsonschema
import pytest
from answers import BY_WORDS, KEY, ROOT, SPEC, Clock, conform, items, named, validate
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


def lead(api: httpx.Client, words: str) -> dict[str, Any]:
    """Ask for the lead that is known by these words."""
    response = api.get(f"/api/v1/leads/{BY_WORDS[words]}")
    assert response.status_code == 200
    return response.json()


def message(response: httpx.Response) -> str:
    """Return the message of an error body."""
    return response.json()["error"]["message"]


# What the API answers


def test_published_sample(api: httpx.Client) -> None:
    """The sandbox, the spec and the example file tell the published sample alike."""
    operation = SPEC["paths"]["/api/v1/leads/{leadId}"]["get"]
    documented = operation["responses"]["200"]["content"]["application/json"]["examples"]["published"]["value"]

    assert documented == EXAMPLE
    assert lead(api, "published sample") == EXAMPLE
    assert EXAMPLE["lead"]["id"] == sandbox.LEAD_ID


@pytest.mark.parametrize("words", BY_WORDS)
def test_every_lead_validates(api: httpx.Client, words: str) -> None:
    """Every lead is one that the spec allows."""
    validate(lead(api, words), named("LeadDetails"))


def test_validation_can_fail() -> None:
    """The check of the answers is one that notices a wrong answer."""
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


@pytest.mark.parametrize("words", sorted(BY_WORDS.keys() - {"published sample"}))
def test_states(api: httpx.Client, words: str) -> None:
    """Every invented lead is in the state that its name speaks of."""
    assert STATES[words](lead(api, words))


def test_field_types(api: httpx.Client) -> None:
    """Every kind of checklist item that is documented can be seen, but TOOL, which nobody has described."""
    seen = {item["checklistItem"]["fieldType"] for item in items(lead(api, "complete")).values()}

    assert set(SPEC["components"]["schemas"]["FieldType"]["enum"]) - {"TOOL"} == seen


def test_top_level_documents(api: httpx.Client) -> None:
    """A lead's documents are those of its items and those that came with a message, each with what it matched."""
    details = lead(api, "in progress with files missing")
    of_item = items(details)["bank_statements"]["documents"]
    of_message = details["actionLogs"][1]["messages"][0]["documents"]

    assert of_item + of_message == details["documents"]
    assert of_item[0]["metadata"]["Matched checklist items"] == [
        {"leadChecklistItemId": "lci-01-bank_statements", "label": "Three bank statements"},
    ]
    assert of_message[0]["metadata"] is None


# What it refuses


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}], ids=["missing", "wrong"])
def test_key(running: sandbox.Sandbox, fetch: httpx.Client, headers: dict[str, str]) -> None:
    """Without the right key there is no lead."""
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
def test_refusals(api: httpx.Client, method: str, path: str, status: int) -> None:
    """What is not there is refused in JSON, and never by a redirect."""
    response = api.request(method, path)

    assert response.status_code == status
    assert message(response)


def test_failure(fetch: httpx.Client) -> None:
    """A mistake of the sandbox is a 500 in JSON."""

    def broken() -> float:
        raise RuntimeError

    with sandbox.running(application=sandbox.app(clock=broken)) as server:
        response = fetch.get(f"{server.base_url}/api/v1/leads/{BY_WORDS['complete']}", headers=KEY)

    assert response.status_code == 500
    assert message(response) == "The sandbox failed."


def test_own_key() -> None:
    """The key can be chosen, and a running sandbox says which it is."""
    with sandbox.running(application=sandbox.app(api_key="mine")) as server:
        url = f"{server.base_url}/api/v1/leads/{sandbox.LEAD_ID}"

        assert server.api_key == "mine"
        assert httpx.get(url, headers={"x-api-key": "mine"}, trust_env=False).status_code == 200
        assert httpx.get(url, headers=KEY, trust_env=False).status_code == 401


# Files


@pytest.mark.parametrize("words", ["complete", "hundred action logs", "unknown values", "awkward file names"])
def test_links(api: httpx.Client, fetch: httpx.Client, words: str) -> None:
    """A link works without the key and gives the file that the document speaks of, the same bytes each time."""
    for document in lead(api, words)["documents"]:
        response = fetch.get(document["signedUrl"])

        assert response.status_code == 200
        assert len(response.content) == document["size"] == int(response.headers["content-length"])
        assert response.headers["content-type"] == document["mimeType"]
        assert quote(document["filename"], safe="") in response.headers["content-disposition"]
        assert response.content == fetch.get(document["signedUrl"]).content


def test_contents(api: httpx.Client, fetch: httpx.Client) -> None:
    """Files begin as their kind does, and no two are the same."""
    documents = lead(api, "awkward file names")["documents"]
    contents = [fetch.get(document["signedUrl"]).content for document in documents]

    assert contents[0].startswith(b"%PDF-1.4\n")
    assert contents[4].startswith(b"\xff\xd8\xff")
    assert len(contents) == len({content[:50] for content in contents})


@pytest.mark.parametrize(
    ("asked", "linked"),
    [("127.0.0.1:80", "localhost:80"), ("localhost:81", "127.0.0.1:81"), ("omni.localhost", "omni.localhost")],
)
def test_other_origin(api: httpx.Client, asked: str, linked: str) -> None:
    """Files are on another origin than the API wherever the machine has two names."""
    response = api.get(f"/api/v1/leads/{BY_WORDS['complete']}", headers={"host": asked})

    assert {linked} == {urlsplit(document["signedUrl"]).netloc for document in response.json()["documents"]}


def test_key_is_refused_for_files(api: httpx.Client, fetch: httpx.Client) -> None:
    """A client that sends its key to the host of the files is told so."""
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
def test_tampered_links(api: httpx.Client, fetch: httpx.Client, old: str, new: str) -> None:
    """A link that was changed anywhere is refused."""
    url = lead(api, "complete")["documents"][0]["signedUrl"]
    assert old in url
    response = fetch.get(url.replace(old, new))

    assert response.status_code == 403
    assert "SignatureDoesNotMatch" in response.text


def test_links_of_another_sandbox(api: httpx.Client, running: sandbox.Sandbox, fetch: httpx.Client) -> None:
    """Every sandbox signs with a secret of its own."""
    url = lead(api, "complete")["documents"][0]["signedUrl"]
    with sandbox.running() as other:
        moved = url.replace(str(urlsplit(running.base_url).port), str(urlsplit(other.base_url).port))

        assert fetch.get(url).status_code == 200
        assert fetch.get(moved).status_code == 403


def test_expired_links(fetch: httpx.Client) -> None:
    """A link works until its time is up, and a fresh one works again."""
    clock = Clock()
    with sandbox.running(application=sandbox.app(link_seconds=60, clock=clock)) as server:
        address = f"{server.base_url}/api/v1/leads/{BY_WORDS['complete']}"
        old = fetch.get(address, headers=KEY).json()["documents"][0]["signedUrl"]
        clock.now += 59
        assert fetch.get(old).status_code == 200

        clock.now += 1
        fresh = fetch.get(address, headers=KEY).json()["documents"][0]["signedUrl"]
        assert fetch.get(old).status_code == 403
        assert "Request has expired" in fetch.get(old).text
        assert fetch.get(fresh).status_code == 200


# Running


def test_nothing_asked() -> None:
    """A sandbox that nobody talks to starts and stops without a complaint, and gives its port back."""
    with sandbox.running() as server:
        port = urlsplit(server.base_url).port

    assert port
    with sandbox.running(port=port) as again:
        assert server == again


def test_stops_in_spite_of_a_hanging_request(fetch: httpx.Client) -> None:
    """A request that never ends does not keep a sandbox from stopping."""

    async def hang(request: Request) -> Response:
        await asyncio.sleep(60)
        return Response()

    with sandbox.running(application=Starlette(routes=[Route("/", hang)])) as server:
        with pytest.raises(httpx.ReadTimeout):
            fetch.get(server.base_url, timeout=0.1)
        before = time.monotonic()

    assert time.monotonic() - before < 5


def test_port_taken(running: sandbox.Sandbox) -> None:
    """A taken port is an error that names the place and a way out."""
    port = urlsplit(running.base_url).port
    assert port

    with (
        pytest.raises(OSError, match=rf"cannot listen on 127.0.0.1:{port}: .*choose another port, or 0 for any"),
        sandbox.running(port=port),
    ):
        pass
    with pytest.raises(OSError, match="cannot listen"):
        sandbox.serve("127.0.0.1", port)


def test_serve(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The banner says how to point a client at the sandbox and which leads there are; Ctrl-C is a way to end."""

    def interrupted(self: object, sockets: list[socket.socket]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.Server.run", interrupted)
    sandbox.serve("127.0.0.1", 0)
    banner = capsys.readouterr().out

    assert "export OMNI_BASE_URL=http://127.0.0.1:" in banner
    assert f"export OMNI_API_KEY={sandbox.API_KEY}" in banner
    assert f'leads.get("{sandbox.LEAD_ID}")' in banner
    assert all(f"{lead_id}  {words}" in banner for lead_id, words in sandbox.leads().items())


@pytest.mark.skipif(sys.platform == "win32", reason="a SIGINT cannot be sent to one process there")
def test_serve_stops_on_ctrl_c() -> None:
    """Ctrl-C ends a serving sandbox at once, without a traceback."""
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


def test_import_stays_light() -> None:
    """Importing the sandbox loads neither the server nor any code of the client."""
    code = (
        "import sys, omni; before = set(sys.modules); import omni.sandbox; "
        "print([m for m in set(sys.modules) - before if m.split('.')[0] in {'uvicorn', 'httpx', 'omni_client'}])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)

    assert printed.stdout == "[]\n"
