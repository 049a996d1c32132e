"""Every call gets the same care, whatever the server and the network do."""

import copy
import logging
import pickle
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import omni
import pytest
import trustme
from omni_client.api.leads import get_lead
from wire import LEAD_JSON, Wire, answer, cut, lead, reset, silence_then_close, trickle_body, trickle_head

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
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

    assert ID == lead.id
    assert 2 == len(server.requests)


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
    assert ("GET", "/api/v1/leads/{leadId}") == (raised.method, raised.path)
    assert "Ada Sample is unknown" == raised.message
    assert "Ada" not in str(raised) + repr(raised)
    assert ID not in str(raised) + repr(raised)


async def test_attempts_are_counted_and_end(make: Make, wire: Start) -> None:
    """Three attempts by default, then the last answer is raised."""
    server = wire(answer(503, b"<html>down</html>", content_type="text/html"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.InternalServerError) as caught:
            await client.leads.get(ID)

    assert (3, 3) == (caught.value.attempts, len(server.requests))
    assert "<html>down</html>" == caught.value.body
    assert "" == caught.value.message


async def test_no_retries_on_request(make: Make, wire: Start) -> None:
    """attempts=1 means one."""
    server = wire(answer(503, b"{}"))

    async with make(base_url=server.url).with_options(attempts=1) as client:
        with pytest.raises(omni.InternalServerError):
            await client.leads.get(ID)

    assert 1 == len(server.requests)


async def test_a_dead_server_is_a_connection_error(make: Make) -> None:
    """Nobody listens: tried three times, then said so."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    async with make(base_url=f"http://127.0.0.1:{port}") as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.leads.get(ID)

    assert omni.APIConnectionError is type(caught.value)
    assert 3 == caught.value.attempts


# Writes are sent again only when they provably never arrived.


@pytest.mark.parametrize("fault", [cut, reset, silence_then_close], ids=["cut", "reset", "closed"])
async def test_a_write_that_may_have_happened_is_not_repeated(make: Make, wire: Start, fault: Any) -> None:
    """One request, an unknown outcome, and a way to find out."""
    server = wire(fault, OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await client.http.post("/api/v1/leads", json={"firstName": "Ada"})

    assert 1 == len(server.requests)
    assert "read" in caught.value.reconcile


async def test_a_write_that_runs_out_of_time_has_an_unknown_outcome(make: Make, wire: Start) -> None:
    """A slow answer to a write does not mean that it did not happen."""
    server = wire(trickle_body)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/leads", json={})

    assert 1 == len(server.requests)


async def test_a_write_is_not_repeated_after_a_server_error(make: Make, wire: Start) -> None:
    """A 503 may come after the work was done."""
    server = wire(answer(503, b"{}"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={})

    assert (503, 1) == (response.status_code, len(server.requests))


async def test_a_write_is_repeated_after_429_or_a_refused_connection(make: Make, wire: Start) -> None:
    """In both cases nothing was done."""
    server = wire(answer(429, b"{}", retry_after="0"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={})
    server.close()
    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.http.post("/api/v1/leads", json={})

    assert (200, 2) == (response.status_code, len(server.requests))
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

    assert (429, 1) == (response.status_code, len(server.requests))


# One budget for the whole call.


@pytest.mark.parametrize("slow", [trickle_head, trickle_body])
async def test_the_budget_bounds_a_server_that_trickles(make: Make, wire: Start, slow: Any) -> None:
    """The lead would come whole after twenty seconds of single bytes; the budget ends first."""
    server = wire(slow)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)

    assert isinstance(caught.value, TimeoutError)
    assert 1 == caught.value.attempts
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

    assert (3600, 1, 1) == (caught.value.retry_after, caught.value.attempts, len(server.requests))


async def test_no_limit_is_spelled_out(make: Make, wire: Start) -> None:
    """float('inf') works, and None is refused with the repair."""
    server = wire(OK)

    async with make(base_url=server.url, timeout=float("inf")) as client:
        assert ID == (await client.leads.get(ID)).id
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
    assert (200, 1) == (caught.value.status_code, caught.value.attempts)


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
            again.message,
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

    assert 302 == caught.value.status_code
    assert [] == elsewhere.requests


async def test_the_key_stays_with_the_api_even_if_a_redirect_is_followed(make: Make, wire: Start) -> None:
    """Another port is another origin."""
    elsewhere = wire(OK)
    server = wire(answer(302, b"", location=f"{elsewhere.url}/file"))

    async with make(base_url=server.url) as client:
        await client.http.get("/api/v1/anything", follow_redirects=True)
        await client.http.get(f"{elsewhere.url}/direct", headers={"x-api-key": "key-under-test"})

    assert b"x-api-key: key-under-test" in server.requests[0].lower()
    assert 2 == len(elsewhere.requests)
    assert b"key-under-test" not in b"".join(elsewhere.requests)


# Ids cannot change the URL.


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../x", "a\\b", "%2e%2e", "a%2fb", "a\nb", "\x00", "a\u202eb"])
async def test_an_id_that_would_change_the_url_is_refused(make: Make, wire: Start, bad: str) -> None:
    """Nothing is sent."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError, match="lead_id"):
            await client.leads.get(bad)

    assert [] == server.requests


@pytest.mark.parametrize("bad", [None, 7, b"x"])
async def test_an_id_of_another_type_is_refused(make: Make, bad: Any) -> None:
    """The message names the type."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match=type(bad).__name__):
            await client.leads.get(bad)


async def test_an_odd_id_is_encoded(make: Make, wire: Start) -> None:
    """Spaces, question marks and other letters stay inside the id."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        await client.leads.get("a b?c#d&ü")

    assert b"GET /api/v1/leads/a%20b%3Fc%23d%26%C3%BC HTTP/1.1" == server.requests[0].splitlines()[0]


@pytest.mark.parametrize(
    "path", ["/api/v1/leads/..", "/api/v1/leads/.", "/api/v1/leads/", "/api//x", "/a/%2e%2e/b", "/a/%0a"]
)
async def test_the_raw_layer_is_guarded_too(make: Make, wire: Start, path: str) -> None:
    """httpx would fold these into the URL of something else."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError, match="check the ids"):
            await client.http.get(path)

    assert [] == server.requests


async def test_a_url_that_is_none_is_refused(make: Make) -> None:
    """httpx's own words for it do not escape."""
    async with make() as client:
        with pytest.raises(omni.UsageError):
            await client.http.get("https://[::1")
        with pytest.raises(omni.UsageError):
            await client.http.get("/x", headers={"x": "\u2603"})


# Logs tell what happened and nothing about whom.


async def test_one_log_line_an_attempt(make: Make, wire: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Method, template, status, time, attempt; neither key nor id nor query, and httpx stays silent."""
    caplog.set_level(logging.DEBUG)
    server = wire(answer(503, b"{}"), cut, OK)

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)

    lines = [record.getMessage() for record in caplog.records if record.name == "omni"]
    shape = r"GET /api/v1/leads/\{leadId\} -> (503|RemoteProtocolError|200) in \d+\.\d{3} s, attempt [123]"
    assert 3 == len(lines)
    assert all(re.fullmatch(shape, line) for line in lines)
    assert "key-under-test" not in caplog.text
    assert [] == [record for record in caplog.records if record.name == "httpx"]


async def test_paths_outside_the_spec_are_logged_without_ids(
    make: Make, wire: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """What might be an id is left out, and so is the query."""
    caplog.set_level(logging.INFO)
    server = wire(OK)

    async with make(base_url=server.url) as client:
        await client.http.get("/api/v1/people/Ada-Sample/notes", params={"q": "secret"})

    assert "GET /api/v1/people/… -> 200" in caplog.text
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

    async with make(base_url="http://omni.example.com", timeout=0.5) as client:
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

    assert ID == lead.id


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
    """httpx's transports work, for tests and special networks."""
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

    assert ID == still_open.id
    for closed in (client, copied):
        with pytest.raises(omni.UsageError, match="closed"):
            await closed.leads.get(ID)


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

    assert "John" == response.parsed.lead.first_name  # type: ignore[union-attr]
    assert 2 == len(server.requests)
    assert "key-under-test" not in repr(client.raw)


async def test_the_raw_layer_of_the_other_kind_is_refused(make: Make, kind: str) -> None:
    """A client that the generated code would make by itself had neither key nor care."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="AsyncClient for awaited"):
            if kind == "Client":
                await get_lead.asyncio_detailed(ID, client=client.raw)
            else:
                get_lead.sync_detailed(ID, client=client.raw)
        with pytest.raises(omni.UsageError, match="with_options"):
            evolved = client.raw.with_timeout(httpx.Timeout(1))
            get_lead.sync_detailed(ID, client=evolved)


async def test_unknown_words_keys_and_nulls_lose_nothing(make: Make, wire: Start) -> None:
    """A server that is ahead of this SDK is still understood."""
    server = wire(lead(status="ON_THE_MOON", checklistItems=None, novelty={"a": [1]}))

    async with make(base_url=server.url) as client:
        found = await client.leads.get(ID)

    assert ("ON_THE_MOON", False, ()) == (found.status, found.is_complete, found.checklist)
    assert {"a": [1]} == found.to_dict()["novelty"]
