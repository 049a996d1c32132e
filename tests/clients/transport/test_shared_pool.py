"""Clients share a pool with their copies and the raw client, but neither defaults, cookies nor other processes."""

import asyncio
import gc
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from omni_client.api.leads import get_lead
from wire import Wire, reply

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()

FILE = b"content"
DOCUMENT = {"id": "d1", "filename": "a.txt", "signedUrl": "https://files.example.net/a?signature=s"}


class Recorder:
    """A transport that keeps the requests and responds with a lead, or with a file."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self.respond)

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(
            httpx.Request(request.method, request.url, headers=request.headers)  # as it was when it was sent
        )
        if request.url.host == "files.example.net":
            return httpx.Response(200, stream=Stream(FILE), headers={"content-length": str(len(FILE))})
        return httpx.Response(200, json={"lead": {"id": "1"}, **DOCUMENT})


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body for both kinds of client."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Any:
        yield self._body

    async def __aiter__(self) -> Any:
        yield self._body


def http_of(client: Any) -> Any:
    """The httpx client itself, whichever kind the test runs with."""
    return getattr(client.http, "_blocking", client.http)


def hook(kind: str) -> Callable[[httpx.Request], Any]:
    """An event hook of the caller that signs requests."""

    def sign(request: httpx.Request) -> None:
        request.headers["x-hook"] = "canary"

    async def sign_async(request: httpx.Request) -> None:
        sign(request)

    return sign if kind == "Client" else sign_async


def set_defaults(client: Any, kind: str) -> None:
    """Set defaults of each kind on a client, in place."""
    http = http_of(client)
    http.headers["authorization"] = "canary"
    http.cookies.set("session", "canary")
    http.params = {"tenant": "canary"}
    http.auth = ("user", "canary")
    http.event_hooks["request"].append(hook(kind))
    http.timeout.read = 1.25


def content_of(request: httpx.Request) -> str:
    """URL and headers of a request."""
    return f"{request.url} {request.headers.raw}"


async def test_changes_to_a_copy_stay_there(make: Make, kind: str) -> None:
    """Headers, cookies, parameters, auth, hooks and timeouts reach neither the original nor another copy."""
    recorder = Recorder()
    async with make(transport=recorder.transport) as client:
        before = client.with_options()
        set_defaults(client.with_options(), kind)
        for other in (client, before, client.with_options()):
            await other.leads.get("1")
            assert http_of(other).timeout.read == 30.0

    assert [content_of(request) for request in recorder.requests if "canary" in content_of(request)] == []


async def test_copies_start_with_the_defaults_of_their_original(make: Make, kind: str) -> None:
    """Also without those that the caller removed."""
    recorder = Recorder()
    async with make(transport=recorder.transport) as client:
        set_defaults(client, kind)
        del http_of(client).headers["accept-encoding"]
        copy = client.with_options()
        await copy.leads.get("1")
        assert http_of(copy).timeout.read == 1.25

    sent = content_of(recorder.requests[0])
    assert sent.count("canary") == 3  # cookie, parameter, hook; auth wins over the header
    assert "accept-encoding" not in recorder.requests[0].headers


async def test_copies_store_no_cookies_of_responses(make: Make) -> None:
    """As their original, unless the caller gave that another jar."""
    client = make(transport=httpx.MockTransport(lambda request: httpx.Response(200, headers={"set-cookie": "a=b"})))
    async with client:
        copy = client.with_options()
        await copy.http.get("/x")
        http_of(client).cookies = httpx.Cookies({"c": "d"})
        other_jar = client.with_options()
        await other_jar.http.get("/x")

    assert dict(http_of(copy).cookies) == {}
    assert dict(http_of(other_jar).cookies) == {"a": "b", "c": "d"}
    assert dict(http_of(client).cookies) == {"c": "d"}


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.with_headers({"x": "canary"}),
        lambda raw: raw.with_cookies({"x": "canary"}),
        lambda raw: raw.with_timeout(httpx.Timeout(1.25)),
    ],
    ids=["headers", "cookies", "timeout"],
)
async def test_with_methods_of_the_raw_client_are_refused(make: Make, change: Callable[[Any], Any]) -> None:
    """They would change the client that they are called on, and lose it."""
    recorder = Recorder()
    async with make(transport=recorder.transport) as client:
        raw = client.raw
        inner = raw._client or raw._async_client
        with pytest.raises(omni.UsageError, match=r"headers=.*with_options"):
            change(raw)
        await client.leads.get("1")
        assert "canary" not in f"{inner.headers} {dict(inner.cookies)}"
        assert inner.timeout.read == 30.0

    assert "canary" not in content_of(recorder.requests[0])


async def test_copies_of_the_raw_client_have_no_connection(make: Make) -> None:
    """A copy by attrs has no httpx client, and creates none by itself."""
    async with make() as client:
        copy = attrs.evolve(client.raw)
        for build in (copy.get_httpx_client, copy.get_async_httpx_client):
            with pytest.raises(omni.UsageError, match=r"use omni\.Client for blocking calls"):
                build()


@pytest.mark.parametrize("own", [{}, {"x-gateway": "canary"}])
async def test_file_downloads_send_no_defaults_of_the_caller(
    make: Make, kind: str, tmp_path: Path, own: dict[str, str]
) -> None:
    """Neither its headers, cookies, parameters, auth and hooks, nor the headers for the API's origin."""
    recorder = Recorder()
    async with make(transport=recorder.transport, headers=own) as client:
        set_defaults(client, kind)
        await client.documents.download("d1", to=tmp_path / "a.txt")

    about, file = recorder.requests
    assert "canary" in content_of(about)
    assert "canary" not in content_of(file)
    assert file.headers["user-agent"] == f"omniai-leads/{omni.__version__}"
    assert file.headers.keys() - {"host", "accept", "accept-encoding", "connection", "user-agent"} == set()


# Several clients over one pool.


async def test_with_options_shares_the_pool(make: Make, sandbox: Any) -> None:
    """Closing the copy leaves the pool open; closing the original closes it for both."""
    client = make(base_url=sandbox.base_url, api_key=sandbox.api_key)
    async with client.with_options(timeout=5, attempts=1) as copied:
        await copied.leads.get(ID)
    still_open = await client.leads.get(ID)
    await client.aclose()

    assert still_open.id == ID
    for closed in (client, copied):
        with pytest.raises(omni.UsageError, match="closed"):
            await closed.leads.get(ID)


async def test_omitted_options_stay(make: Make) -> None:
    """A new timeout keeps the attempts, and the other way round."""
    async with make(timeout=7, attempts=5) as client:
        assert client.with_options(attempts=1).http.timeout.read == 7
        assert client.with_options(timeout=9).http.timeout.read == 9
        assert client.with_options(timeout=9).http._attempts == 5


async def test_invalid_options_are_refused(make: Make) -> None:
    """The message names the repair."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="seconds above zero"):
            client.with_options(timeout=-1)
        with pytest.raises(omni.UsageError, match="whole number"):
            client.with_options(attempts=0)


async def test_raw_client_can_be_entered(make: Make, wire: Start, kind: str) -> None:
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


async def test_raw_calls_have_retries_and_the_key(make: Make, wire: Start, kind: str) -> None:
    """Generated functions send their requests as the other methods do."""
    server = wire(reply(503, b"{}"), OK)

    async with make(base_url=server.url) as client:
        if kind == "Client":
            response = get_lead.sync_detailed(ID, client=client.raw)
        else:
            response = await get_lead.asyncio_detailed(ID, client=client.raw)

    assert response.parsed.lead.first_name == "John"  # type: ignore[union-attr]
    assert len(server.requests) == 2
    assert "key-under-test" not in repr(client.raw)


async def test_raw_calls_of_the_other_kind_are_refused(make: Make, kind: str) -> None:
    """A client that the generated code would create by itself has neither key nor retries."""
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


# Other event loops and processes.


def test_async_client_works_in_successive_event_loops(sandbox: Any) -> None:
    """asyncio.run() twice, and closing in a third, as scripts and notebooks do."""
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
def test_forked_processes_do_not_share_connections(sandbox: Any) -> None:
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
