"""Pinned responses, read by both clients with the network blocked: one cassette a promise."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml
from operation_calls import ADA, OPERATION_CALLS
from sanitiser import RECORDED_AT, ROOT, SAMPLE, SPEC, clean, clean_request, clean_response

import omni
from omni._operations.contract import contract, loggable_path, snake_case
from omni._views.base import View
from omni.sandbox import app, running

pytestmark = pytest.mark.anyio

CASSETTES = sorted((Path(__file__).parents[1] / "cassettes").glob("*.yaml"))
OF_THE_API = [path for path in CASSETTES if path.stem != "html"]  # a gateway's page is in neither spec nor sandbox


def marks(name: str) -> list[Any]:
    """Replay this cassette, without any network."""
    return [pytest.mark.vcr, pytest.mark.block_network, pytest.mark.default_cassette(name)]


def pinned(name: str) -> Callable[[Any], Any]:
    """The same for a test with one cassette."""

    def mark(test: Any) -> Any:
        for each in marks(name):
            test = each(test)
        return test

    return mark


async def _call(operation_id: str, client: Any, lead_id: str) -> Any:
    """The call of the table, about a lead and a document that the sandbox has."""
    return await OPERATION_CALLS[operation_id].call(client, replace(ADA, lead_id=lead_id, document_id="doc-06-1"))


SUCCESSES: dict[str, Callable[[Any, str], Awaitable[Any]]] = {
    snake_case(operation_id): partial(_call, operation_id) for operation_id in contract()["operations"]
}
"""A cassette for each operation; ``nox -s record`` records those that are missing."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in SUCCESSES])
async def test_success(make: Callable[..., Any], served: dict[str, str], lead_id: str, name: str) -> None:
    """What is pinned reads as what the operation returns, and it is not empty."""
    async with make(**served) as client:
        result = await SUCCESSES[name](client, lead_id)

    assert isinstance(result, tuple | list | View | None)
    assert result or name == "get_lead_documents" or result is None  # the published lead has no documents


@pinned("get_lead")
async def test_the_published_lead(make: Callable[..., Any], served: dict[str, str], lead_id: str) -> None:
    """The published lead reads as published."""
    async with make(**served) as client:
        lead = await client.leads.get(lead_id)

    if lead.id == SAMPLE["lead"]["id"]:  # as long as no live lead is recorded
        assert omni.Lead.from_dict(SAMPLE) == lead
    assert lead.id
    assert isinstance(lead.status, omni.LeadStatus)
    assert all(item.status for item in lead.iter_items())


@pinned("wrong_key")
async def test_wrong_key(make: Callable[..., Any], served: dict[str, str], lead_id: str) -> None:
    """401 is an AuthenticationError."""
    async with make(**{**served, "api_key": "wrong"}) as client:
        with pytest.raises(omni.AuthenticationError):
            await client.leads.get(lead_id)


@pinned("unknown_lead")
async def test_unknown_lead(make: Callable[..., Any], served: dict[str, str]) -> None:
    """404 is a NotFoundError."""
    async with make(**served) as client:
        with pytest.raises(omni.NotFoundError):
            await client.leads.get("no-such-lead")


@pinned("html")
async def test_html(make: Callable[..., Any], served: dict[str, str], lead_id: str) -> None:
    """A gateway's page is an InternalServerError that keeps it."""
    async with make(**served, attempts=1) as client:
        with pytest.raises(omni.InternalServerError) as caught:
            await client.leads.get(lead_id)

    assert caught.value.content.startswith(b"<html>")


@pytest.mark.block_network
def test_the_network_is_blocked() -> None:
    """A cassette test that opens a socket fails."""
    with socket.socket() as opened, pytest.raises(RuntimeError, match="disabled"):
        opened.connect(("127.0.0.1", 9))


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_every_cassette_says_where_it_came_from(path: Path) -> None:
    """The first line is a source, and only a live one has a date."""
    first = path.read_text().splitlines()[0]

    assert re.fullmatch(r"# Source: (live, \d{4}-\d\d-\d\d\.|(documented sample|invented).*; not live\.)", first)


CALLS = {
    **SUCCESSES,
    "wrong_key": SUCCESSES["get_lead"],
    "unknown_lead": lambda client, lead_id: client.leads.get("no-such-lead"),
}


@pytest.mark.parametrize("path", OF_THE_API, ids=lambda path: path.stem)
def test_cassette_sandbox_and_spec_agree(path: Path) -> None:
    """Same request, same status, same body; a success is what the schema says, an error is a documented one."""
    (interaction,) = yaml.safe_load(path.read_text())["interactions"]
    request, recorded = interaction["request"], interaction["response"]
    sandbox_response = asyncio.run(asked(path.stem))
    body = json.loads(recorded["body"]["string"] or "null")
    is_live = path.read_text().startswith("# Source: live")
    template = loggable_path(urlsplit(request["uri"]).path)
    response = SPEC["paths"][template][request["method"].lower()]["responses"][str(sandbox_response.status_code)]

    assert request["method"] == sandbox_response.request.method
    assert recorded["status"]["code"] == sandbox_response.status_code
    assert is_live or body == clean(json.loads(sandbox_response.content or b"null"))
    if sandbox_response.status_code == 200:
        schema = {**SPEC, **response["content"]["application/json"]["schema"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)


async def asked(name: str) -> Any:
    """A fresh sandbox's response to the same call."""
    seen: list[Any] = []

    async def keep(response: Any) -> None:
        await response.aread()
        seen.append(response)

    with running(application=app(clock=lambda: RECORDED_AT)) as server:
        key = "wrong" if name == "wrong_key" else server.api_key
        async with omni.AsyncClient(base_url=server.base_url, api_key=key) as client:
            client.http.event_hooks["response"] = [keep]
            with contextlib.suppress(omni.OmniError):
                await CALLS[name](client, SAMPLE["lead"]["id"])
    (sandbox_response,) = seen
    return sandbox_response


def test_the_published_sample_is_one() -> None:
    """Spec, examples and sandbox hold the same page: the spec by the name of its file, the sandbox's copy in full."""
    written = yaml.safe_load((ROOT / "openapi" / "omni.yaml").read_text("utf-8"))
    named, full = (
        spec["paths"]["/api/v1/leads/{leadId}"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
        for spec in (written, SPEC)
    )

    assert named["published"]["externalValue"] == "examples/get-lead.json"
    assert full["published"]["value"] == SAMPLE


SECRETS = [
    "sk_live_canary",
    "Ada",
    "Sample",
    "ada@example.com",
    "12025550199",
    "078-05-1120",
    "Test Way",
    "deadbeef",
    "tax-return.pdf",
    "52000",
    "Bearer",
    "session",
]


def test_the_sanitiser_lets_no_secret_through() -> None:
    """Whatever the live API may send, only what is on the list is written."""

    class Request:
        uri = "http://user:sk_live_canary@host/api/v1/leads/Ada-Sample?token=deadbeef"
        headers = {"x-api-key": "sk_live_canary", "authorization": "Bearer deadbeef"}
        body = b"Ada"

    body = b"""{"lead": {"id": "Ada-1", "firstName": "Ada", "lastName": "Sample", "email": "ada@example.com",
        "phoneNumber": "+12025550199", "Ada Sample": {"ssn": "078-05-1120", "ssn2": 78051120, "vip": true},
        "createdAt": "2026-01-30T02:00:00.000Z", "didOptOut": false, "tags": ["Ada"]}, "status": "COMPLETED",
        "checklistItems": [{"items": [{"value": 52000, "itemOverride": {"street": "1 Test Way"}}]}],
        "documents": [{"filename": "tax-return.pdf", "size": 52000, "signedUrl": "https://x/y?X-Amz-Signature=deadbeef"}]}"""
    headers = {"Set-Cookie": ["session=deadbeef"], "Content-Type": ["application/json"], "X-Trace": ["Ada"]}

    request = clean_request(Request())
    response = clean_response({"status": {"code": 200, "message": "Ada"}, "headers": headers, "body": {"string": body}})
    page = {"status": {"code": 502, "message": ""}, "headers": {}, "body": {"string": b"<html><p class='Ada'>Ada</p>"}}

    written = str([request.uri, request.headers, request.body, response, clean_response(page)])
    assert [secret for secret in SECRETS if secret in written] == []
    assert response["headers"] == {"content-type": ["application/json"]}
    kept = yaml.safe_load(response["body"]["string"])
    assert (
        kept["status"],
        kept["lead"]["createdAt"],
        kept["lead"]["didOptOut"],
    ) == ("COMPLETED", "2026-01-30T02:00:00.000Z", False)
