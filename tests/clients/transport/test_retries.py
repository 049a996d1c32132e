"""Retries: reads after temporary failures, writes only if they provably never arrived, and never past the deadline."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
from wire import Wire, cut, reply, reset, silence_then_close, trickle_body

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
NOBODY = "http://127.0.0.1:1"
"""A port where nobody listens; one that was free a moment ago may be another test's server by now."""
OK = reply()


@pytest.mark.parametrize(
    "fault",
    [cut, reset, silence_then_close, *(reply(status, b"{}") for status in (408, 429, 500, 502, 503, 504, 520, 599))],
    ids=["cut", "reset", "closed", "408", "429", "500", "502", "503", "504", "520", "599"],
)
async def test_reads_are_retried_after_temporary_failures(make: Make, wire: Start, fault: Any) -> None:
    """One failure costs one more attempt, and the lead arrives."""
    server = wire(fault, OK)

    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [300, 302, 304, 400, 401, 403, 404, 409, 418, 422, 501])
async def test_refusals_are_not_retried(make: Make, wire: Start, status: int) -> None:
    """A response that would come again is raised at once."""
    server = wire(reply(status, b""))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    assert (status, 1, 1) == (caught.value.status_code, caught.value.attempts, len(server.requests))


async def test_retries_end_after_three_attempts(make: Make, wire: Start) -> None:
    """There are three attempts by default, and the error has the last response."""
    server = wire(reply(503, b"<html>down</html>", content_type="text/html"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.InternalServerError) as caught:
            await client.leads.get(ID)

    assert (caught.value.attempts, len(server.requests)) == (3, 3)
    assert caught.value.body == "<html>down</html>"
    assert caught.value.server_message == ""


async def test_one_attempt_means_no_retries(make: Make, wire: Start) -> None:
    """With attempts=1, a failure is raised at once."""
    server = wire(reply(503, b"{}"))

    async with make(base_url=server.url).with_options(attempts=1) as client:
        with pytest.raises(omni.InternalServerError):
            await client.leads.get(ID)

    assert len(server.requests) == 1


async def test_refused_connections_are_retried_and_raised(make: Make) -> None:
    """If nobody listens, there are three attempts and then an APIConnectionError."""
    async with make(base_url=NOBODY) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.leads.get(ID)

    assert omni.APIConnectionError is type(caught.value)
    assert caught.value.attempts == 3


# Writes are sent again only if they provably never arrived.


@pytest.mark.parametrize("fault", [cut, reset, silence_then_close], ids=["cut", "reset", "closed"])
async def test_writes_without_a_response_are_not_retried(make: Make, wire: Start, fault: Any) -> None:
    """There is one request, an unknown outcome, and a hint on how to find out."""
    server = wire(fault, OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await client.http.post("/api/v1/leads", json={"firstName": "Ada"})

    assert len(server.requests) == 1
    assert "read" in caught.value.reconcile_hint


async def test_writes_past_the_deadline_have_an_unknown_outcome(make: Make, wire: Start) -> None:
    """A slow response to a write does not mean that it was not carried out."""
    server = wire(trickle_body)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/leads", json={})

    assert len(server.requests) == 1


async def test_writes_are_not_retried_after_a_server_error(make: Make, wire: Start) -> None:
    """A 503 may come after the work was done."""
    server = wire(reply(503, b"{}"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={})

    assert (response.status_code, len(server.requests)) == (503, 1)


async def test_writes_are_retried_after_429_and_refused_connections(make: Make, wire: Start) -> None:
    """In both cases the server did nothing."""
    server = wire(reply(429, b"{}", retry_after="0"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={})
    server.close()
    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.http.post("/api/v1/leads", json={})

    assert (response.status_code, len(server.requests)) == (200, 2)
    assert (omni.APIConnectionError, 3) == (type(caught.value), caught.value.attempts)


async def test_bodies_from_generators_are_not_sent_again(make: Make, wire: Start, kind: str) -> None:
    """A generator is used up after one attempt, so the 429 is the result."""
    server = wire(reply(429, b"{}", retry_after="0"), OK)

    def chunks() -> Any:
        yield b"{}"

    async def chunks_async() -> Any:
        yield b"{}"

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", content=chunks() if kind == "Client" else chunks_async())

    assert (response.status_code, len(server.requests)) == (429, 1)


async def test_redirected_writes_are_not_retried(make: Make, wire: Start) -> None:
    """The server responded to the first hop, so the write arrived, whatever happened to the second."""
    server = wire(reply(307, b"", location=f"{NOBODY}/"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/leads", json={}, follow_redirects=True)

    assert len(server.requests) == 1


async def test_a_429_after_a_redirect_does_not_retry_the_write(make: Make, wire: Start) -> None:
    """A 429 means that nothing was done, but only on its own hop."""
    busy = wire(reply(429, b"{}", retry_after="0"))
    server = wire(reply(303, b"", location=busy.url + "/"))

    async with make(base_url=server.url) as client:
        response = await client.http.post("/api/v1/leads", json={}, follow_redirects=True)

    assert (response.status_code, len(server.requests), len(busy.requests)) == (429, 1, 1)


# Pauses, cancellation and Ctrl-C.


async def test_retry_after_replaces_the_pause(make: Make, wire: Start) -> None:
    """The client waits as long as the server asks, if that is within the deadline."""
    server = wire(reply(503, b"{}", retry_after="0.2"), OK)

    async with make(base_url=server.url) as client:
        response = await client.http.get(f"/api/v1/leads/{ID}")

    assert response.extensions["omni"].elapsed >= 0.2


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_beyond_the_deadline_is_raised_at_once(make: Make, wire: Start, status: int) -> None:
    """The client does not wait for an hour; the error has the seconds."""
    server = wire(reply(status, b"{}", retry_after="3600"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    assert (caught.value.retry_after, caught.value.attempts, len(server.requests)) == (3600, 1, 1)


@pytest.mark.parametrize("kind", ["AsyncClient-asyncio", "AsyncClient-trio"])  # blocking code cannot be cancelled
async def test_cancelled_calls_are_not_retried(wire: Start, kind: str) -> None:
    """A cancelled task ends at once, after one attempt, and is not reported as a timeout."""
    server = wire(trickle_body, OK)

    async with omni.AsyncClient(api_key="k", base_url=server.url) as client:
        with anyio.move_on_after(0.3) as scope:
            await client.leads.get(ID)

    assert scope.cancelled_caught
    assert len(server.requests) == 1


async def test_ctrl_c_is_not_retried(make: Make, kind: str) -> None:
    """Ctrl-C during a request ends the program, after one attempt."""
    sent = []

    def interrupted(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise KeyboardInterrupt

    async with make(transport=httpx.MockTransport(interrupted)) as client:
        with pytest.raises(KeyboardInterrupt):
            await client.leads.get(ID)

    assert len(sent) == 1
