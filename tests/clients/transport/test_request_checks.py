"""Requests that cannot be sent, or whose URL an id would change, are refused before anything is sent."""

import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from wire import Wire, reply

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

OK = reply()
KEY = b"key-under-test"
LEAD_ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"


def http_of(client: Any) -> Any:
    """The httpx client itself, whichever kind the test runs with."""
    return getattr(client.http, "_blocking", client.http)


async def test_bodies_for_the_other_kind_of_client_are_refused(make: Make, kind: str, wire: Start) -> None:
    """An open file for AsyncClient or an async iterator for Client, for which httpx raises RuntimeError, and late."""
    server = wire(OK)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"a"

    async with make(base_url=server.url) as client:
        for content in [chunks()] if kind == "Client" else [io.BytesIO(b"a"), iter([b"a"])]:
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
async def test_requests_that_cannot_be_sent_are_usage_errors(make: Make, wire: Start, parts: dict[str, Any]) -> None:
    """Nothing is sent or retried, so it is clear that nothing happened."""
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
async def test_requests_of_the_caller_are_checked(make: Make, wire: Start, make_request: Any) -> None:
    """The client also sends requests that it did not build."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError):
            await client.http.send(make_request(server.url))

    assert b"".join(server.requests) == b""


async def test_invalid_headers_from_hooks_are_usage_errors(make: Make, wire: Start, kind: str) -> None:
    """A hook runs after the checks, and h11 refuses the header before anything is sent."""
    server = wire(OK)

    def spoil(request: httpx.Request) -> None:
        request.headers["x"] = " y"

    async def spoil_async(request: httpx.Request) -> None:
        spoil(request)

    async with make(base_url=server.url) as client:
        http_of(client).event_hooks["request"].append(spoil if kind == "Client" else spoil_async)
        with pytest.raises(omni.UsageError, match="cannot be sent"):
            await client.leads.create(first_name="Ada")

    assert b"".join(server.requests) == b""


async def test_protocol_errors_of_http2_leave_the_outcome_unknown(make: Make) -> None:
    """HTTP/2 raises them in the middle of a request too, so a write may have been carried out."""

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
async def test_streamed_bodies_of_another_length_have_an_unknown_outcome(
    make: Make, wire: Start, kind: str, length: str
) -> None:
    """Their length is not known before; h11's error becomes ours."""
    server = wire(OK)

    def parts() -> Any:
        yield b"12"
        yield b"34"

    async def async_parts() -> Any:
        for part in parts():
            yield part

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post(
                "/x", content=parts() if kind == "Client" else async_parts(), headers={"content-length": length}
            )


async def test_unusual_valid_headers_are_sent(make: Make, wire: Start, kind: str) -> None:
    """Checks refuse nothing that HTTP allows."""
    server = wire(OK)
    headers = {"x-empty": "", "x-inner": "a \t b", "x!#$%&'*+.^_`|~1": "ü".encode(), "content-length": "4"}

    async with make(base_url=server.url) as client:
        await client.http.post("/x", content=b"1234", headers=headers)

    assert "x-inner: a \t b" in server.requests[0].decode("latin-1").lower()
    assert server.requests[0].endswith(b"\r\n\r\n1234")


async def test_boundary_of_the_caller_stays(make: Make, wire: Start) -> None:
    """Only the generated uploads, whose body httpx builds, get another one."""
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
async def test_redirects_to_an_impossible_port_are_errors_of_omni(make: Make, wire: Start, location: str) -> None:
    """Sockets raise OverflowError for it, in a group on asyncio."""
    server = wire(reply(302, b"", location=location))

    async with make(base_url=server.url, attempts=1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.http.get("/x", follow_redirects=True)


# Ids cannot change the URL.


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../x", "a\\b", "%2e%2e", "a%2fb", "a\nb", "\x00", "a\u202eb"])
async def test_ids_that_would_change_the_url_are_refused(make: Make, wire: Start, bad: str) -> None:
    """The error names the argument, and nothing is sent."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError, match="lead_id"):
            await client.leads.get(bad)

    assert server.requests == []


@pytest.mark.parametrize("bad", [None, 7, b"x"])
async def test_ids_must_be_str(make: Make, bad: Any) -> None:
    """The message names the type."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match=type(bad).__name__):
            await client.leads.get(bad)


async def test_ids_are_percent_encoded(make: Make, wire: Start) -> None:
    """Spaces, question marks and non-ASCII letters stay inside the id."""
    server = wire(reply(body='{"lead": {"id": "a b?c#d&ü"}}'.encode()))

    async with make(base_url=server.url) as client:
        await client.leads.get("a b?c#d&ü")

    assert server.requests[0].splitlines()[0] == b"GET /api/v1/leads/a%20b%3Fc%23d%26%C3%BC HTTP/1.1"


@pytest.mark.parametrize(
    "path", ["/api/v1/leads/..", "/api/v1/leads/.", "/api/v1/leads/", "/api//x", "/a/%2e%2e/b", "/a/%0a"]
)
async def test_paths_of_raw_requests_are_checked(make: Make, wire: Start, path: str) -> None:
    """These would become the URL of something else in httpx."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError, match="check the ids"):
            await client.http.get(path)

    assert server.requests == []


async def test_absolute_urls_of_the_api_are_checked(make: Make, wire: Start) -> None:
    """The key is sent there, so the same rules hold; a URL without a host is refused."""
    server = wire(OK)

    async with make(base_url=server.url) as client:
        no_host = ("https:///api/v1/leads/x", "https://u@/api", "http://:80/api", "leads:batch")
        for path in (f"{server.url}/api/v1/leads/..", "/api/v1/leads/../../x://y", "//x.example.com/", *no_host):
            with pytest.raises(omni.UsageError, match=r"check the ids|no host"):
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
async def test_requests_that_cannot_be_built_are_usage_errors(make: Make, path: Any, arguments: dict[str, Any]) -> None:
    """No exception of httpx escapes, and it is clear that nothing was sent."""
    async with make() as client:
        with pytest.raises(omni.UsageError):
            await client.http.request("POST", path, **arguments)
        with pytest.raises(omni.UsageError):
            await client.http.request("GE T", "/x")
