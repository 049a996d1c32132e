"""What becomes of a response: a result if it is what the contract says, and an error of a known class if not."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from wire import LEAD_JSON, Wire, lead, reply

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()


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
async def test_each_status_has_its_error_class(make: Make, wire: Start, status: int, error: type) -> None:
    """The class is exact, and the server's message is kept but not shown."""
    server = wire(reply(status, b'{"message": "Ada Sample is unknown"}', content_type="application/json"))

    async with make(base_url=server.url, attempts=1) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.get(ID)

    raised = caught.value
    assert type(raised) is error
    assert (raised.method, raised.path) == ("GET", "/api/v1/leads/{leadId}")
    assert raised.server_message == "Ada Sample is unknown"
    assert "Ada" not in str(raised) + repr(raised)
    assert ID not in str(raised) + repr(raised)


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
async def test_success_without_a_lead_raises_and_keeps_the_body(make: Make, wire: Start, body: bytes) -> None:
    """Pages of captive portals and incomplete bodies are never a result."""
    server = wire(reply(200, body, content_type="text/html"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.leads.get(ID)

    assert body == caught.value.content
    assert (caught.value.status_code, caught.value.attempts) == (200, 1)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
async def test_invalid_compression_is_a_connection_error(make: Make, wire: Start) -> None:
    """A body that cannot be decompressed did not arrive."""
    server = wire(reply(200, b"not gzip", content_encoding="gzip"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)


async def test_errors_of_responses_survive_pickling_and_copying(make: Make, wire: Start) -> None:
    """The server's message, Retry-After and headers are still there."""
    server = wire(reply(429, b'{"error": {"message": "slow down"}}', retry_after="9", x_request_id="r1"))

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


async def test_new_fields_and_enum_values_do_not_break_parsing(make: Make, wire: Start) -> None:
    """The response of a newer server is understood, and loses nothing."""
    server = wire(lead(status="ON_THE_MOON", checklistItems=None, novelty={"a": [1]}))

    async with make(base_url=server.url) as client:
        result = await client.leads.get(ID)

    assert (result.status, result.is_complete, result.checklist) == ("ON_THE_MOON", False, ())
    assert result.to_dict()["novelty"] == {"a": [1]}


@pytest.mark.parametrize("location", ["javascript:x", "http://xn--a", "http://[::1", "\x00"])
async def test_invalid_location_headers_are_errors_of_omni(make: Make, wire: Start, location: str) -> None:
    """The header is parsed even if redirects are off."""
    server = wire(reply(302, b"", location=location))

    async with make(base_url=server.url) as client:
        with pytest.raises((omni.APIConnectionError, omni.APIStatusError)):
            await client.leads.get(ID)


async def test_streamed_bodies_arrive_complete(make: Make, wire: Start, kind: str) -> None:
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
