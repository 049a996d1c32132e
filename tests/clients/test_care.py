"""Every call gets the same care, whatever the server and the network do."""

import asyncio
import copy
import gc
import logging
import os
import pickle
import re
import ssl
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import attrs
import httpx
import pytest
import trustme
from omni_client.api.leads import get_lead
from wire import LEAD_JSON, Wire, answer, cut, lead, reset, silence_then_close, trickle_body, trickle_head

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
NOBODY = "http://127.0.0.1:1"
"""A port where nobody listens; one that was free a moment ago may be another test's server by now."""
OK = answer()


# Reads are tried again where trying again may help.


@pytest.mark.parametrize(
    "fault",
    [cut, reset, silence_then_close, *(answer(status, b"{}") for status in (408, 429, 500, 502, 503, 504, 520, 599))],
    ids=["cut", "reset", "closed", "408", "429", "500", "502", "503", "504", "520", "599"],
)
async def test_a_read_survives_a_passing_fault(make: Make, wire: Start, fault: Any) -> None:
    """One fault, one more attempt, one lead."""
    server = wire(fault, OK)

    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [300, 302, 304, 400, 401, 403, 404, 409, 418, 422, 501])
async def test_a_refusal_is_final(make: Make, wire: Start, status: int) -> None:
    """What will not pass is raised at once."""
    server = wire(answer(status, b""))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    assert (status, 1, 1) == (caught.value.status_code, caught.value.attempts, len(server.requests))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, omni.APIStatusError),
        (400, omni.BadRequestError),
        (401, omni.AuthenticationError),
        (403, omni.PermissionDeniedError),
        (404, omni.NotFoundError),
        (409, omni.ConflictError),
        (418, omni.APIStatusError),
        (422, omni.UnprocessableEntityError),
        (429, omni.RateLimitError),
        (500, omni.InternalServerError),
        (520, omni.InternalServerError),
        (599, omni.InternalServerError),
        (799, omni.InternalServerError),
    ],
)
async def test_each_status_has_its_error(make: Make, wire: Start, status: int, error: type) -> None:
    """The class is exact, the server's words are kept, and nobody sees them by accident."""
    server = wire(answer(status, b'{"message": "Ada Sample is unknown"}', content_type="application/json"))

    async with make(base_url=server.url, attempts=1) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    raised = caught.value
    assert type(raised) is error
    assert (raised.method, raised.path) == ("GET", "/api/v1/leads/{leadId}")
    assert raised.server_message == "Ada Sample is unknown"
    assert "Ada" not in str(raised) + repr(raised)
    assert ID not in str(raised) + repr(raised)


async def test_attempts_are_counted_and_end(make: Make, wire: Start) -> None:
    """Three attempts by default, then the last answer is raised."""
    server = wire(answer(503, b"<html>down</html>", content_type="text/html"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.InternalServerError) as caught:
            await client.leads.get(ID)

    assert (caught.value.attempts, len(server.requests)) == (3, 3)
    assert caught.value.body == "<html>down</html>"
    assert caught.value.server_message == ""


async def test_no_retries_on_request(make: Make, wire: Start) -> None:
    """attempts=1 means one."""
    server = wire(answer(503, b"{}"))

    async with make(base_url=server.url).with_options(attempts=1) as client:
        with pytest.raises(omni.InternalServerError):
            await client.leads.get(ID)

    assert len(server.requests) == 1


async def test_a_dead_server_is_a_connection_error(make: Make) -> None:
    """Nobody listens: tried three times, then said so."""
    async with make(base_url=NOBODY) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.leads.get(ID)

    assert omni.APIConnectionError is type(caught.value)
    assert caught.value.attempts == 3


# Writes are sent again only when they provably never arrived.


@pytest.mark.parametrize("fault", [cut, reset, silence_then_close], ids=["cut", "reset", "closed"])
async def test_a_write_that_may_have_happened_is_not_repeated(make: Make, wire: Start, fault: Any) -> None:
    """One request, an unknown outcome, and a way to find out."""
    server = wire(fault, OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await client.http.post("/api/v1/leads", json={"firstName": "Ada"})

    assert len(server.requests) == 1
    assert "read" in caught.value.reconcile_hint


async def test_a_write_that_runs_out_of_time_has_an_unknown_outcome(make: Make, wire: Start) -> None:
    """A slow answer to a write does not mean that it did not happen."""
    server = wire(trickle_body)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/leads", json={})

    assert len(server.requests) == 1


async def test_a_write_is_not_repeated_after_a_server_error(make: Make, wire: Start) -> None:
    """A 503 may come after the work was done."""
    server = wire(answer(503, b"{}"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={})

    assert (response.status_code, len(server.requests)) == (503, 1)


async def test_a_write_is_repeated_after_429_or_a_refused_connection(make: Make, wire: Start) -> None:
    """In both cases nothing was done."""
    server = wire(answer(429, b"{}", retry_after="0"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={})
    server.close()
    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.http.post("/api/v1/leads", json={})

    assert (response.status_code, len(server.requests)) == (200, 2)
    assert (omni.APIConnectionError, 3) == (type(caught.value), caught.value.attempts)


async def test_a_body_that_cannot_be_sent_again_is_not(make: Make, wire: Start, kind: str) -> None:
    """A generator is used up after one attempt, so the 429 is the answer."""
    server = wire(answer(429, b"{}", retry_after="0"), OK)

    def blocking() -> Any:
        yield b"{}"

    async def awaited() -> Any:
        yield b"{}"

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", content=blocking() if kind == "Client" else awaited())

    assert (response.status_code, len(server.requests)) == (429, 1)


# One budget for the whole call.


@pytest.mark.parametrize("slow", [trickle_head, trickle_body])
async def test_the_budget_bounds_a_server_that_trickles(make: Make, wire: Start, slow: Any) -> None:
    """The lead would come whole after twenty seconds of single bytes; the budget ends first."""
    server = wire(slow)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)

    assert isinstance(caught.value, TimeoutError)
    assert caught.value.attempts == 1
    assert "0.5 seconds" in str(caught.value)


async def test_a_retry_after_within_the_budget_is_waited_for(make: Make, wire: Start) -> None:
    """The server's word counts, in place of our own pause."""
    server = wire(answer(503, b"{}", retry_after="0.2"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.get(f"/api/v1/leads/{ID}")

    assert response.extensions["omni"].elapsed >= 0.2


@pytest.mark.parametrize("status", [429, 503])
async def test_a_retry_after_beyond_the_budget_is_raised_at_once(make: Make, wire: Start, status: int) -> None:
    """An hour is not waited for; it is told."""
    server = wire(answer(status, b"{}", retry_after="3600"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    assert (caught.value.retry_after, caught.value.attempts, len(server.requests)) == (3600, 1, 1)


async def test_no_limit_is_spelled_out(make: Make, wire: Start) -> None:
    """float('inf') works, and None is refused with the repair."""
    server = wire(OK)

    async with make(base_url=server.url, timeout=float("inf")) as client:
        assert (await client.leads.get(ID)).id == ID
    with pytest.raises(omni.UsageError, match=r"float\('inf'\)"):
        make(base_url=server.url, timeout=None)


# A success is what the contract says, or it is not a success.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Please log in</html>",
        b"null",
        b"[]",
        b'"lead"',
        b"{}",
        b'{"lead": null}',
        b'{"lead": {}}',
        b'{"lead": {"id": null}}',
        b'{"lead": {"id": ""}}',
        b'{"lead": []}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        LEAD_JSON[:-3],
    ],
)
async def test_a_success_without_a_lead_is_an_error_that_keeps_the_body(make: Make, wire: Start, body: bytes) -> None:
    """Captive portals and half-truths are never a result."""
    server = wire(answer(200, body, content_type="text/html"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.leads.get(ID)

    assert body == caught.value.content
    assert (caught.value.status_code, caught.value.attempts) == (200, 1)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
async def test_broken_compression_is_a_connection_error(make: Make, wire: Start) -> None:
    """A body that cannot be unpacked never came."""
    server = wire(answer(200, b"not gzip", content_encoding="gzip"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)


async def test_errors_survive_a_process_boundary(make: Make, wire: Start) -> None:
    """Pickled and copied, an error is what it was."""
    server = wire(answer(429, b'{"error": {"message": "slow down"}}', retry_after="9", x_request_id="r1"))

    async with make(base_url=server.url, attempts=1) as client:
        with pytest.raises(omni.RateLimitError) as caught:
            await client.leads.get(ID)

    for again in (pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):
        assert type(again) is omni.RateLimitError
        assert (str(caught.value), "slow down", 9, "r1") == (
            str(again),
            again.server_message,
            again.retry_after,
            again.headers["X-Request-Id"],
        )


# The key is for one origin.


async def test_redirects_are_not_followed(make: Make, wire: Start) -> None:
    """A redirect of an API call is a surprise, and is told as one."""
    elsewhere = wire(OK)
    server = wire(answer(302, b"", location=f"{elsewhere.url}/api/v1/leads/{ID}"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    assert caught.value.status_code == 302
    assert elsewhere.requests == []


async def test_the_key_stays_with_the_api_even_if_a_redirect_is_followed(make: Make, wire: Start) -> None:
    """Another port is another origin."""
    elsewhere = wire(OK)
    server = wire(answer(302, b"", location=f"{elsewhere.url}/file"))

    async with make(base_url=server.url) as client:
        await client.http.get("/api/v1/anything", follow_redirects=True)
        await client.http.get(f"{elsewhere.url}/direct", headers={"x-api-key": "key-under-test"})

    assert b"x-api-key: key-under-test" in server.requests[0].lower()
    assert len(elsewhere.requests) == 2
    assert b"key-under-test" not in b"".join(elsewhere.requests)


# Ids cannot change the URL.


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../x", "a\\b", "%2e%2e", "a%2fb", "a\nb", "\x00", "a\u202eb"])
async def test_an_id_that_would_change_the_url_is_refused(make: Make, wire: Start, bad: str) -> None:
    """Nothing is sent."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError, match="lead_id"):
            await client.leads.get(bad)

    assert server.requests == []


@pytest.mark.parametrize("bad", [None, 7, b"x"])
async def test_an_id_of_another_type_is_refused(make: Make, bad: Any) -> None:
    """The message names the type."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match=type(bad).__name__):
            await client.leads.get(bad)


async def test_an_odd_id_is_encoded(make: Make, wire: Start) -> None:
    """Spaces, question marks and other letters stay inside the id."""
    server = wire(answer(body='{"lead": {"id": "a b?c#d&ü"}}'.encode()))

    async with make(base_url=server.url) as client:
        await client.leads.get("a b?c#d&ü")

    assert server.requests[0].splitlines()[0] == b"GET /api/v1/leads/a%20b%3Fc%23d%26%C3%BC HTTP/1.1"


@pytest.mark.parametrize(
    "path", ["/api/v1/leads/..", "/api/v1/leads/.", "/api/v1/leads/", "/api//x", "/a/%2e%2e/b", "/a/%0a"]
)
async def test_the_raw_layer_is_guarded_too(make: Make, wire: Start, path: str) -> None:
    """Httpx would fold these into the URL of something else."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError, match="check the ids"):
            await client.http.get(path)

    assert server.requests == []


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("https://[::1", {}),
        ("ftp://x.example.com/", {}),
        (None, {}),
        ("/x", {"headers": {"x": "\u2603"}}),
        ("/x", {"headers": {"x": "a\nb"}}),
        ("/x", {"json": {"x": float("nan")}}),
        ("/x", {"json": object()}),
        ("/x", {"params": 5}),
    ],
)
async def test_a_request_that_cannot_be_built_is_refused(make: Make, path: Any, arguments: dict[str, Any]) -> None:
    """Httpx's own words for it do not escape, and nobody is left to wonder whether it was sent."""
    async with make() as client:
        with pytest.raises(omni.UsageError):
            await client.http.request("POST", path, **arguments)
        with pytest.raises(omni.UsageError):
            await client.http.request("GE T", "/x")


async def test_an_absolute_url_of_the_api_is_guarded_too(make: Make, wire: Start) -> None:
    """The key goes there, so the same rules do; a URL that only looks absolute is none."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        no_host = ("https:///api/v1/leads/x", "https://u@/api", "http://:80/api", "leads:batch")
        for path in (f"{server.url}/api/v1/leads/..", "/api/v1/leads/../../x://y", "//x.example.com/", *no_host):
            with pytest.raises(omni.UsageError, match=r"check the ids|no host"):
                await client.http.get(path)

    assert server.requests == []


# Logs tell what happened and nothing about whom.


async def test_one_log_line_an_attempt(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Method, template, status, time, attempt; neither key nor id nor query, and httpx stays silent."""
    caplog.set_level(logging.DEBUG)
    server = wire(answer(503, b"{}"), cut, OK)

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)

    lines = [record.getMessage() for record in caplog.records if record.name == "omni"]
    shape = r"GET /api/v1/leads/\{leadId\} -> (503|RemoteProtocolError|200) in \d+\.\d{3} s, attempt [123]"
    assert len(lines) == 3
    assert all(re.fullmatch(shape, line) for line in lines)
    assert "key-under-test" not in caplog.text
    assert [record for record in caplog.records if record.name == "httpx"] == []


async def test_paths_outside_the_spec_are_logged_without_ids(
    make: Make, wire: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """What might be an id is left out, and so is the query."""
    caplog.set_level(logging.INFO)
    server = wire(OK)

    async with make(base_url=server.url) as client:
        await client.http.get("/api/v1/people/Ada-Sample/notes", params={"q": "secret"})

    assert "GET /api/v1/… -> 200" in caplog.text
    assert "Ada" not in caplog.text
    assert "secret" not in caplog.text


def test_other_users_of_httpx_keep_their_log(wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Only our own requests are kept out."""
    caplog.set_level(logging.INFO)
    server = wire(OK)

    with omni.Client(api_key="k", base_url=server.url) as client:
        client.leads.get(ID)
    httpx.get(f"{server.url}/theirs")

    assert "/theirs" in caplog.text


# The environment counts, as users of httpx expect.


async def test_a_proxy_of_the_environment_is_used(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The request goes through it, and the budget holds there too."""
    proxy = wire(OK, trickle_body)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)

    async with make(base_url="http://omni.example.com", timeout=1) as client:
        await client.leads.get(ID)
        with pytest.raises(omni.APITimeoutError):
            await client.leads.get(ID)

    assert proxy.requests[0].startswith(b"GET http://omni.example.com/api/v1/leads/")


async def test_a_trust_store_of_the_environment_is_used(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SSL_CERT_FILE makes a private authority trusted; without it, the connection is refused."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = wire(OK, tls=context)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID


async def test_key_and_address_come_from_the_environment(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OMNI_API_KEY and OMNI_BASE_URL are enough."""
    server = wire(OK)
    monkeypatch.setenv("OMNI_API_KEY", "from-the-environment")
    monkeypatch.setenv("OMNI_BASE_URL", server.url + "/")

    async with make(api_key=None) as client:
        await client.leads.get(ID)

    assert b"x-api-key: from-the-environment" in server.requests[0].lower()


async def test_a_transport_of_ones_own(make: Make, published: dict[str, Any]) -> None:
    """Httpx's transports work, for tests and special networks."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=published))

    async with make(transport=transport) as client:
        lead = await client.leads.get(ID)

    assert published == lead.to_dict()


# One pool, several clients.


async def test_options_make_another_client_over_the_same_pool(make: Make, sandbox: Any) -> None:
    """Closing the copy leaves the pool open, closing the first closes it for both."""
    client = make(base_url=sandbox.base_url, api_key=sandbox.api_key)
    async with client.with_options(timeout=5, attempts=1) as copied:
        await copied.leads.get(ID)
    still_open = await client.leads.get(ID)
    await client.aclose()

    assert still_open.id == ID
    for closed in (client, copied):
        with pytest.raises(omni.UsageError, match="closed"):
            await closed.leads.get(ID)


async def test_the_raw_client_may_be_entered(make: Make, wire: Start, kind: str) -> None:
    """Before or after other calls; leaving its block leaves the pool open."""
    server = wire(OK)
    client = make(base_url=server.url)

    await client.leads.get(ID)
    if kind == "Client":
        with client.raw as raw:
            get_lead.sync(ID, client=raw)
    else:
        async with client.raw as raw:
            await get_lead.asyncio(ID, client=raw)

    assert (await client.leads.get(ID)).id == ID
    await client.aclose()


async def test_an_option_left_out_stays(make: Make) -> None:
    """A new timeout keeps the attempts, and the other way round."""
    async with make(timeout=7, attempts=5) as client:
        assert client.with_options(attempts=1).http.timeout.read == 7
        assert client.with_options(timeout=9).http.timeout.read == 9
        assert client.with_options(timeout=9).http._attempts == 5


async def test_a_transport_of_the_other_kind_is_refused(make: Make, kind: str) -> None:
    """When the client is made, not when it is first used."""
    other = httpx.AsyncHTTPTransport() if kind == "Client" else httpx.HTTPTransport()

    with pytest.raises(omni.UsageError, match="kind of transport"):
        make(transport=other)


async def test_bad_options_are_refused(make: Make) -> None:
    """The message names the repair."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="seconds above zero"):
            client.with_options(timeout=-1)
        with pytest.raises(omni.UsageError, match="whole number"):
            client.with_options(attempts=0)


async def test_the_raw_layer_has_the_same_care(make: Make, wire: Start, kind: str) -> None:
    """The generated functions go out through the same retries and with the same key."""
    server = wire(answer(503, b"{}"), OK)

    async with make(base_url=server.url) as client:
        if kind == "Client":
            response = get_lead.sync_detailed(ID, client=client.raw)
        else:
            response = await get_lead.asyncio_detailed(ID, client=client.raw)

    assert response.parsed.lead.first_name == "John"  # type: ignore[union-attr]
    assert len(server.requests) == 2
    assert "key-under-test" not in repr(client.raw)


async def test_the_raw_layer_of_the_other_kind_is_refused(make: Make, kind: str) -> None:
    """A client that the generated code would make by itself had neither key nor care."""
    async with make() as client:
        evolved = attrs.evolve(client.raw)
        other = client.raw if kind != "Client" else evolved
        with pytest.raises(omni.UsageError, match="AsyncClient for async"):
            get_lead.sync_detailed(ID, client=other)
        with pytest.raises(omni.UsageError, match="AsyncClient for async"), other:
            pass
        other = client.raw if kind == "Client" else evolved
        with pytest.raises(omni.UsageError, match="with_options"):
            await get_lead.asyncio_detailed(ID, client=other)
        with pytest.raises(omni.UsageError, match="with_options"):
            await other.__aenter__()


async def test_unknown_words_keys_and_nulls_lose_nothing(make: Make, wire: Start) -> None:
    """A server that is ahead of this SDK is still understood."""
    server = wire(lead(status="ON_THE_MOON", checklistItems=None, novelty={"a": [1]}))

    async with make(base_url=server.url) as client:
        found = await client.leads.get(ID)

    assert (found.status, found.is_complete, found.checklist) == ("ON_THE_MOON", False, ())
    assert found.to_dict()["novelty"] == {"a": [1]}


# What is not a failure of the network is not ours to repeat or to rename.


@pytest.mark.parametrize("kind", ["AsyncClient-asyncio", "AsyncClient-trio"])  # blocking code cannot be cancelled
async def test_cancelling_a_call_cancels_it(wire: Start, kind: str) -> None:
    """A cancelled task ends now, with one attempt, and is not reported as a timeout."""
    server = wire(trickle_body, OK)

    async with omni.AsyncClient(api_key="k", base_url=server.url) as client:
        with anyio.move_on_after(0.3) as scope:
            await client.leads.get(ID)

    assert scope.cancelled_caught
    assert len(server.requests) == 1


async def test_an_interrupt_is_not_repeated(make: Make, kind: str) -> None:
    """Ctrl-C during a request ends the program, after one attempt."""
    sent = []

    def interrupted(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise KeyboardInterrupt

    async with make(transport=httpx.MockTransport(interrupted)) as client:
        with pytest.raises(KeyboardInterrupt):
            await client.leads.get(ID)

    assert len(sent) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "ftp://canary:canary@proxy.example.com"),
        ("HTTPS_PROXY", "http://canary:canary@proxy.example.com:port"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
    ],
)
async def test_an_environment_that_cannot_be_used(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The message names the variables, and shows nothing of what is in them."""
    monkeypatch.setenv(name, value)

    with pytest.raises(omni.UsageError, match=name) as caught:
        make()

    assert "canary" not in str(caught.value)


# Found by attack, and kept from coming back.


async def test_a_redirected_write_is_not_repeated(make: Make, wire: Start) -> None:
    """The first hop was answered, so the write arrived, whatever became of the second."""
    server = wire(answer(307, b"", location=f"{NOBODY}/"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/leads", json={}, follow_redirects=True)

    assert len(server.requests) == 1


async def test_a_429_after_a_redirect_does_not_repeat_the_write(make: Make, wire: Start) -> None:
    """A 429 says that nothing was done, but only of its own hop."""
    busy = wire(answer(429, b"{}", retry_after="0"))
    server = wire(answer(303, b"", location=busy.url + "/"))

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={}, follow_redirects=True)

    assert (response.status_code, len(server.requests), len(busy.requests)) == (429, 1, 1)


@pytest.mark.parametrize("location", ["javascript:x", "http://xn--a", "http://[::1", "\x00"])
async def test_a_location_that_is_no_url(make: Make, wire: Start, location: str) -> None:
    """Httpx reads it even where redirects are off."""
    server = wire(answer(302, b"", location=location))

    async with make(base_url=server.url) as client:
        with pytest.raises((omni.APIConnectionError, omni.APIStatusError)):
            await client.leads.get(ID)


async def test_the_servers_words_are_not_in_the_error(make: Make, wire: Start) -> None:
    """Neither a content type, nor a status line, nor what led to the error."""
    server = wire(answer(200, b"<", content_type="Ada-Sample/1"), lambda it: it.sendall(b"HTTP/1.1 Ada Sample\r\n\r\n"))

    async with make(base_url=server.url, attempts=1) as client:
        for kind in (omni.InvalidResponseError, omni.APIConnectionError):
            with pytest.raises(kind) as caught:
                await client.leads.get(ID)
            text = "".join(traceback.format_exception(caught.value))

            assert "Ada" not in text
            assert "key-under-test" not in text


async def test_the_key_is_not_left_in_requests(make: Make, wire: Start) -> None:
    """Responses are pickled, cached and shown in debuggers, and their requests with them."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        response = await client.http.get("/api/v1/anything")

    assert b"key-under-test" in server.requests[0]
    assert "key-under-test" not in repr(response.request.headers)
    assert b"key-under-test" not in pickle.dumps(response)


async def test_cookies_are_not_carried_on(make: Make, wire: Start) -> None:
    """What came with one lead does not go out with the next."""
    server = wire(answer(set_cookie="session=ada; Path=/"))

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)
        await client.leads.get(ID)

    assert b"session" not in b"".join(server.requests)


async def test_headers_of_answers_are_not_logged(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Httpcore would write them at DEBUG, links and cookies included."""
    caplog.set_level(logging.DEBUG)
    server = wire(answer(302, b"", location="https://x.example.com/?signature=canary", set_cookie="a=canary"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError):
            await client.leads.get(ID)

    assert "canary" not in caplog.text


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("fault", "error"), [(trickle_body, omni.APITimeoutError), (cut, omni.APIConnectionError)])
async def test_a_streamed_body_has_the_same_care(
    make: Make, wire: Start, fault: Any, error: type[Exception], kind: str
) -> None:
    """The budget goes on while the caller reads, and what goes wrong then is ours too."""
    server = wire(fault)

    async with make(base_url=server.url, timeout=0.5) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/api/v1/anything") as response, pytest.raises(error):
                response.read()
        else:
            async with client.http.stream("GET", "/api/v1/anything") as response:
                with pytest.raises(error):
                    await response.aread()


async def test_a_streamed_body_comes_whole(make: Make, wire: Start, kind: str) -> None:
    """Chunk by chunk."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/api/v1/anything") as response:
                body = b"".join(response.iter_bytes())
        else:
            async with client.http.stream("GET", "/api/v1/anything") as response:
                body = b"".join([chunk async for chunk in response.aiter_bytes()])

    assert body == LEAD_JSON


def test_one_async_client_in_two_event_loops(sandbox: Any) -> None:
    """asyncio.run twice, and closing in a third, as scripts and notebooks do."""
    client = omni.AsyncClient(base_url=sandbox.base_url, api_key=sandbox.api_key)

    async def get() -> str:
        return (await client.leads.get(ID)).id

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the first loop's connection is nobody's any more
        assert [asyncio.run(get()), asyncio.run(get())] == [ID, ID]
        asyncio.run(client.aclose())
        gc.collect()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_does_not_share_a_connection(sandbox: Any) -> None:
    """Two processes on one connection would get each other's leads."""
    ids = [f"11111111-1111-4111-8111-1111111111{number:02}" for number in (1, 2, 3, 4)]
    with omni.Client(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        client.leads.get(ID)
        children = []
        for lead_id in ids:
            child = os.fork()
            if child == 0:
                os._exit(0 if all(client.leads.get(lead_id).id == lead_id for _ in range(20)) else 1)
            children.append(child)
        mine = [client.leads.get(ID).id for _ in range(20)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

    assert codes == [0] * 4
    assert mine == [ID] * 20


async def test_huge_limits_are_no_limits(make: Make, wire: Start) -> None:
    """Clocks and sockets overflow, clients do not."""
    server = wire(OK)

    for timeout in (1e10, 10**400):
        async with make(base_url=server.url, timeout=timeout) as client:
            assert (await client.leads.get(ID)).id == ID


async def test_a_timeout_for_one_request(make: Make, wire: Start) -> None:
    """Httpx's argument is the budget of that call; a part that is left open does not lift the rest."""
    server = wire(trickle_head)

    async with make(base_url=server.url) as client:
        for timeout in (0.3, httpx.Timeout(None, read=0.3)):
            with pytest.raises(omni.APITimeoutError):
                await client.http.get("/api/v1/anything", timeout=timeout)
