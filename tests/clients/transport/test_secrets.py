"""Keys, ids and personal data stay out of other origins, requests, cookies, logs and errors."""

import logging
import pickle
import re
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from wire import Wire, cut, reply

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()
KEY = b"key-under-test"


def http_of(client: Any) -> Any:
    """The httpx client itself, whichever kind the test runs with."""
    return getattr(client.http, "_blocking", client.http)


# The key goes to the API only.


async def test_redirects_are_not_followed_by_default(make: Make, wire: Start) -> None:
    """A redirect of an API call is raised as an error."""
    elsewhere = wire(OK)
    server = wire(reply(302, b"", location=f"{elsewhere.url}/api/v1/leads/{ID}"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    assert caught.value.status_code == 302
    assert elsewhere.requests == []


async def test_key_is_not_sent_to_another_origin(make: Make, wire: Start) -> None:
    """Neither by a redirect nor directly: another port is another origin."""
    elsewhere = wire(OK)
    server = wire(reply(302, b"", location=f"{elsewhere.url}/file"))

    async with make(base_url=server.url) as client:
        await client.http.get("/api/v1/anything", follow_redirects=True)
        await client.http.get(f"{elsewhere.url}/direct", headers={"x-api-key": "key-under-test"})

    assert b"x-api-key: key-under-test" in server.requests[0].lower()
    assert len(elsewhere.requests) == 2
    assert b"key-under-test" not in b"".join(elsewhere.requests)


async def test_key_is_not_kept_in_requests(make: Make, wire: Start) -> None:
    """Responses are pickled, cached and shown in debuggers, and their requests with them."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        response = await client.http.get("/api/v1/anything")

    assert b"key-under-test" in server.requests[0]
    assert "key-under-test" not in repr(response.request.headers)
    assert b"key-under-test" not in pickle.dumps(response)


async def test_cookies_of_responses_are_not_sent(make: Make, wire: Start) -> None:
    """What one lead's response sets does not influence the request for the next one."""
    server = wire(reply(set_cookie="session=ada; Path=/"))

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)
        await client.leads.get(ID)

    assert b"session" not in b"".join(server.requests)


# Logs and errors show no person.


async def test_each_attempt_writes_one_log_line(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """It has method, path template, status, time and attempt; no key, id or query, and httpx logs nothing.

    A pause before the next attempt has a line at DEBUG.
    """
    caplog.set_level(logging.DEBUG)
    server = wire(reply(503, b"{}"), cut, OK)

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)

    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "omni"]
    shapes = {
        "INFO": r"GET /api/v1/leads/\{leadId\} -> (503|RemoteProtocolError|200) in \d+\.\d{3} s, attempt [123]",
        "DEBUG": r"GET /api/v1/leads/\{leadId\} is tried again in \d+\.\d{3} s",
    }
    assert [level for level, _ in lines] == ["INFO", "DEBUG", "INFO", "DEBUG", "INFO"]
    assert all(re.fullmatch(shapes[level], line) for level, line in lines)
    assert "key-under-test" not in caplog.text
    assert [record for record in caplog.records if record.name == "httpx"] == []


async def test_unknown_paths_are_logged_without_ids(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Parts that might be an id are left out, and so is the query."""
    caplog.set_level(logging.INFO)
    server = wire(OK)

    async with make(base_url=server.url) as client:
        await client.http.get("/api/v1/people/Ada-Sample/notes", params={"q": "secret"})

    assert "GET /api/v1/… -> 200" in caplog.text
    assert "Ada" not in caplog.text
    assert "secret" not in caplog.text


def test_other_requests_with_httpx_are_still_logged(wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Only the log lines of this client's requests are suppressed."""
    caplog.set_level(logging.INFO)
    server = wire(OK)

    with omni.Client(api_key="k", base_url=server.url) as client:
        client.leads.get(ID)
    httpx.get(f"{server.url}/theirs")

    assert "/theirs" in caplog.text


async def test_response_headers_are_not_logged(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, httpcore would write them, links and cookies included."""
    caplog.set_level(logging.DEBUG)
    server = wire(reply(302, b"", location="https://x.example.com/?signature=canary", set_cookie="a=canary"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError):
            await client.leads.get(ID)

    assert "canary" not in caplog.text


async def test_server_text_is_not_in_tracebacks(make: Make, wire: Start) -> None:
    """Neither a content type, nor a status line, nor the error that led to ours."""
    server = wire(reply(200, b"<", content_type="Ada-Sample/1"), lambda it: it.sendall(b"HTTP/1.1 Ada Sample\r\n\r\n"))

    async with make(base_url=server.url, attempts=1) as client:
        for kind in (omni.InvalidResponseError, omni.APIConnectionError):
            with pytest.raises(kind) as caught:
                await client.leads.get(ID)
            text = "".join(traceback.format_exception(caught.value))

            assert "Ada" not in text
            assert "key-under-test" not in text


# Headers for a gateway are secrets too.


async def test_headers_of_the_client_go_to_the_api_only(make: Make, wire: Start) -> None:
    """As the key, they are part of each request to its origin, also of raw ones and of copies, and of no other."""
    elsewhere = wire(OK)
    server = wire(OK, OK, OK, reply(302, b"", location=f"{elsewhere.url}/file"), OK)

    async with make(base_url=server.url, headers={"X-Gateway": "canary", "user-agent": "mine/1"}) as client:
        await client.leads.get(ID)
        await client.with_options(timeout=5).http.get("/x", headers={"x-gateway": "other"})
        await client.leads.create(first_name="Ada")
        await client.http.get("/x", follow_redirects=True)
        await client.http.get(f"{elsewhere.url}/x")

    assert len(server.requests) == 4
    for sent in server.requests:
        assert sent.lower().count(b"x-gateway: canary\r\n") == sent.lower().count(b"user-agent: mine/1\r\n") == 1
        assert b"other" not in sent
    assert len(elsewhere.requests) == 2
    assert b"canary" not in b"".join(elsewhere.requests)


async def test_headers_of_the_client_are_not_shown(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """They are in no repr, log or error, and are not kept in requests and responses."""
    caplog.set_level(0)
    server = wire(OK, reply(404, b"{}"), lambda connection: None)

    async with make(base_url=server.url, headers={"x-gateway": "canary"}, attempts=1) as client:
        response = await client.http.get("/x")
        shown = [
            repr(client),
            repr(http_of(client)),
            repr(client.raw),
            repr(vars(response)),
            repr(response.request.headers),
        ]
        assert b"canary" not in pickle.dumps(response)
        for kind in (omni.NotFoundError, omni.APIConnectionError):
            with pytest.raises(kind) as caught:
                await client.leads.get("1")
            shown.append(repr([caught.value, caught.value.__dict__, caught.value.__context__]))

    assert b"canary" in server.requests[0]
    assert "canary" not in " ".join(shown) + caplog.text


@pytest.mark.parametrize(
    "headers",
    [
        {"x": " canary"},
        {"x": "canary\n"},
        {"canary x": "y"},
        {"x": "canaryü"},
        {"x": 7},
        {"X-API-Key": "canary"},
        {"host": "canary"},
        {"Content-Length": "1"},
        {"content-type": "canary"},
        {"transfer-encoding": "chunked"},
        "canary",
        7,
    ],
    ids=repr,
)
async def test_invalid_headers_of_the_client_are_refused(make: Make, headers: Any) -> None:
    """They are refused when the client is created, without being shown."""
    with pytest.raises(omni.UsageError, match=r"^headers ") as caught:
        make(headers=headers)

    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_empty_headers_are_accepted(make: Make, wire: Start) -> None:
    """An empty dict adds nothing."""
    server = wire(OK)

    async with make(base_url=server.url, headers={}) as client:
        await client.leads.get(ID)

    assert b"x-api-key: " + KEY in server.requests[0].lower()


async def test_redirects_from_another_origin_carry_no_key(make: Make, wire: Start) -> None:
    """Only a chain that never left the API's origin does: another host must not make the client act there."""
    server = wire(OK)
    elsewhere = wire(reply(302, b"", location=f"{server.url}/api/v1/leads/1"))
    away = wire(reply(307, b"", location=f"{elsewhere.url}/"), OK)

    async with make(base_url=server.url, headers={"x-gateway": "canary"}) as client:
        await client.http.get(f"{elsewhere.url}/x", follow_redirects=True)
    async with make(base_url=away.url) as client:
        elsewhere.script = (reply(302, b"", location=f"{away.url}/y"),)
        await client.http.get("/x", follow_redirects=True)
        await client.http.get("/z")

    assert KEY not in server.requests[0]
    assert b"canary" not in server.requests[0]
    assert [KEY in sent for sent in away.requests] == [True, False, True]


async def test_redirects_within_the_api_carry_the_key(make: Make, wire: Start) -> None:
    """On each hop."""
    server = wire(reply(302, b"", location="/b"), reply(307, b"", location="/c"), OK)

    async with make(base_url=server.url) as client:
        await client.http.get("/a", follow_redirects=True)

    assert [KEY in sent for sent in server.requests] == [True, True, True]
