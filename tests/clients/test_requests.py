"""What is sent, to whom, and what is refused before anything is sent."""

import io
import pickle
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from wire import Wire, answer

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

OK = answer()
KEY = b"key-under-test"
LEAD_ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"


def http_of(client: Any) -> Any:
    """The httpx client itself, whichever kind the test runs with."""
    return getattr(client.http, "_blocking", client.http)


# What cannot be sent is refused first.


async def test_a_body_for_the_other_kind_of_client(make: Make, kind: str, wire: Start) -> None:
    """An open file for AsyncClient and an async iterator for Client: httpx has a RuntimeError for it, and late."""
    server = wire(OK)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"

    async with make(base_url=server.url) as client:
        for content in [pieces()] if kind == "Client" else [io.BytesIO(b"a"), iter([b"a"])]:
            with pytest.raises(omni.UsageError, match="the other kind of client"):
                await client.http.post("/api/v1/anything", content=content)
    assert server.requests == []


PARTS: list[dict[str, Any]] = [
    {"headers": {"x": " y"}},
    {"headers": {"x": "y "}},
    {"headers": {"x": "y\t"}},
    {"headers": {"x": "a\x0bb"}},
    {"headers": {"x": "a\x00b"}},
    {"headers": {"x": "a\nx-b\x00b"}},
    {"headers": {b"x": b"a\nb"}},
    {"headers": {"x y": "z"}},
    {"headers": {"x:": "z"}},
    {"headers": {"": "z"}},
    {"headers": {b"x\xff": b"z"}},
    {"headers": {"x": "ü"}},
    {"headers": {"content-length": "5"}, "content": b"1234"},
    {"headers": {"content-length": "3"}, "content": b"1234"},
    {"headers": {"content-length": "0"}, "json": {}},
    {"headers": {"content-length": "1, 1"}, "content": b"1"},
    {"headers": {"content-length": "-1"}, "content": b"1"},
    {"headers": {"content-length": "1" * 5000}, "content": b"1"},
    {"headers": {"content-length": "7"}, "files": {"file": b"1234"}},
    {"headers": {"transfer-encoding": "gzip"}, "content": b"1"},
    {"headers": [("host", "a"), ("host", "b")]},
    {"extensions": {"target": b"/api/v1/leads/.."}},
]


@pytest.mark.parametrize("parts", PARTS, ids=repr)
async def test_a_request_that_cannot_be_sent_is_a_usage_error(make: Make, wire: Start, parts: dict[str, Any]) -> None:
    """Nothing is sent, nothing is tried again, and nobody is left to wonder whether it happened."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError) as caught:
            await client.http.request("POST", "/x", **parts)

    assert b"".join(server.requests) == b""
    assert caught.value.attempts == 0


REQUESTS: list[Any] = [
    lambda url: httpx.Request("POST", url, headers={"x": " y"}),
    lambda url: httpx.Request("PO ST", url),
    lambda url: httpx.Request("POST", url, headers={"content-length": "5"}, content=b"1234"),
    lambda url: httpx.Request("POST", "http://127.0.0.1:65536/"),
    lambda url: httpx.Request("POST", "ftp://127.0.0.1/"),
]


@pytest.mark.parametrize("make_request", REQUESTS)
async def test_a_request_of_ones_own_is_checked_too(make: Make, wire: Start, make_request: Any) -> None:
    """Httpx sends requests that it did not build."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError):
            await client.http.send(make_request(server.url))

    assert b"".join(server.requests) == b""


async def test_a_header_of_a_hook_that_cannot_be_sent(make: Make, wire: Start, kind: str) -> None:
    """It comes after the checks, and h11 refuses it before anything is sent."""
    server = wire(OK)

    def spoil(request: httpx.Request) -> None:
        request.headers["x"] = " y"

    async def spoil_later(request: httpx.Request) -> None:
        spoil(request)

    async with make(base_url=server.url) as client:
        http_of(client).event_hooks["request"].append(spoil if kind == "Client" else spoil_later)
        with pytest.raises(omni.UsageError, match="cannot be sent"):
            await client.leads.create(first_name="Ada")

    assert b"".join(server.requests) == b""


async def test_an_error_of_that_name_that_is_not_h11s_proves_nothing(make: Make) -> None:
    """HTTP/2 has it for what goes wrong in the middle, so a write may have happened."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("stream closed")

    async with make(transport=httpx.MockTransport(fail)) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await client.leads.create(first_name="Ada")
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get("1")

    assert caught.value.attempts == 1


@pytest.mark.parametrize("length", ["3", "9"])
@pytest.mark.filterwarnings("ignore:.*was destroyed:ResourceWarning")
async def test_a_body_that_is_not_as_long_as_its_caller_said(make: Make, wire: Start, kind: str, length: str) -> None:
    """Of one that is read as it is sent nobody knows before: h11's error is ours, and the outcome unknown."""
    server = wire(OK)

    def parts() -> Any:
        yield b"12"
        yield b"34"

    async def parts_later() -> Any:
        for part in parts():
            yield part

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post(
                "/x", content=parts() if kind == "Client" else parts_later(), headers={"content-length": length}
            )


async def test_what_can_be_sent_is_sent(make: Make, wire: Start, kind: str) -> None:
    """Odd, and right all the same."""
    server = wire(OK)
    headers = {"x-empty": "", "x-inner": "a \t b", "x!#$%&'*+.^_`|~1": "ü".encode(), "content-length": "4"}

    async with make(base_url=server.url) as client:
        await client.http.post("/x", content=b"1234", headers=headers)

    assert "x-inner: a \t b" in server.requests[0].decode("latin-1").lower()
    assert server.requests[0].endswith(b"\r\n\r\n1234")


async def test_a_boundary_that_the_caller_chose_stays(make: Make, wire: Start) -> None:
    """Only the generated uploads, whose body httpx makes, get another one."""
    server = wire(OK)
    body = b'--+++\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--+++--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=+++"}

    async with make(base_url=server.url) as client:
        await client.http.post("/x", content=body, headers=headers)
        await client.http.post("/x", files={"a": b"1"}, headers=headers)
        await client.http.post("/x", files={"a": b"1"})

    assert b"boundary=+++\r\n" in server.requests[0]
    assert server.requests[0].endswith(body)
    assert b"+++" not in server.requests[1] + server.requests[2]


@pytest.mark.parametrize("location", ["http://127.0.0.1:65536/", "http://127.0.0.1:99999999/"])
async def test_a_redirect_to_a_port_that_is_none(make: Make, wire: Start, location: str) -> None:
    """Sockets have an OverflowError for it, in a group on asyncio."""
    server = wire(answer(302, b"", location=location))

    async with make(base_url=server.url, attempts=1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.http.get("/x", follow_redirects=True)


# Headers for a gateway, and the key.


async def test_headers_of_the_client_go_to_the_api_only(make: Make, wire: Start) -> None:
    """As the key does: with each request to its origin, of curated calls, raw ones and copies, and to no other."""
    elsewhere = wire(OK)
    server = wire(OK, OK, OK, answer(302, b"", location=f"{elsewhere.url}/file"), OK)

    async with make(base_url=server.url, headers={"X-Gateway": "canary", "user-agent": "mine/1"}) as client:
        await client.leads.get(LEAD_ID)
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


async def test_headers_of_the_client_are_shown_nowhere(
    make: Make, wire: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """They may be secrets: neither in a repr, a log or an error, nor left in requests and responses."""
    caplog.set_level(0)
    server = wire(OK, answer(404, b"{}"), lambda connection: None)

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
async def test_headers_that_cannot_be_the_clients(make: Make, headers: Any) -> None:
    """They are refused when the client is made, without being shown."""
    with pytest.raises(omni.UsageError, match=r"^headers ") as caught:
        make(headers=headers)

    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_no_headers(make: Make, wire: Start) -> None:
    """An empty dict is none."""
    server = wire(OK)

    async with make(base_url=server.url, headers={}) as client:
        await client.leads.get(LEAD_ID)

    assert b"x-api-key: " + KEY in server.requests[0].lower()


async def test_a_redirect_from_elsewhere_to_the_api_carries_no_key(make: Make, wire: Start) -> None:
    """Only a chain that never left the API's origin does: another host must not make us act there."""
    server = wire(OK)
    elsewhere = wire(answer(302, b"", location=f"{server.url}/api/v1/leads/1"))
    away = wire(answer(307, b"", location=f"{elsewhere.url}/"), OK)

    async with make(base_url=server.url, headers={"x-gateway": "canary"}) as client:
        await client.http.get(f"{elsewhere.url}/x", follow_redirects=True)
    async with make(base_url=away.url) as client:
        elsewhere.script = (answer(302, b"", location=f"{away.url}/y"),)
        await client.http.get("/x", follow_redirects=True)
        await client.http.get("/z")

    assert KEY not in server.requests[0]
    assert b"canary" not in server.requests[0]
    assert [KEY in sent for sent in away.requests] == [True, False, True]


async def test_a_redirect_within_the_api_carries_the_key(make: Make, wire: Start) -> None:
    """Each hop of it."""
    server = wire(answer(302, b"", location="/b"), answer(307, b"", location="/c"), OK)

    async with make(base_url=server.url) as client:
        await client.http.get("/a", follow_redirects=True)

    assert [KEY in sent for sent in server.requests] == [True, True, True]
