"""What a client sends by default is its own: neither a copy, nor generated code, nor the host of a file shares it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]

FILE = b"content"
DOCUMENT = {"id": "d1", "filename": "a.txt", "signedUrl": "https://files.example.net/a?signature=s"}


class Recorder:
    """A transport that keeps the requests and answers with a lead, or with a file."""

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
    """An event hook of the caller's that signs requests."""

    def sign(request: httpx.Request) -> None:
        request.headers["x-hook"] = "canary"

    async def sign_later(request: httpx.Request) -> None:
        sign(request)

    return sign if kind == "Client" else sign_later


def give(client: Any, kind: str) -> None:
    """Give a client defaults of each kind, in place."""
    http = http_of(client)
    http.headers["authorization"] = "canary"
    http.cookies.set("session", "canary")
    http.params = {"tenant": "canary"}
    http.auth = ("user", "canary")
    http.event_hooks["request"].append(hook(kind))
    http.timeout.read = 1.25


def words(request: httpx.Request) -> str:
    """All that a request said."""
    return f"{request.url} {request.headers.raw}"


async def test_what_is_given_to_a_copy_stays_there(make: Make, kind: str) -> None:
    """Headers, cookies, parameters, auth, hooks and timeouts reach neither the original nor another copy."""
    recorder = Recorder()
    async with make(transport=recorder.transport) as client:
        before = client.with_options()
        give(client.with_options(), kind)
        for other in (client, before, client.with_options()):
            await other.leads.get("1")
            assert http_of(other).timeout.read == 30.0

    assert [words(request) for request in recorder.requests if "canary" in words(request)] == []


async def test_what_was_given_goes_on_to_a_copy(make: Make, kind: str) -> None:
    """A copy begins with the defaults that its original has then, those that were taken away among them."""
    recorder = Recorder()
    async with make(transport=recorder.transport) as client:
        give(client, kind)
        del http_of(client).headers["accept-encoding"]
        copy = client.with_options()
        await copy.leads.get("1")
        assert http_of(copy).timeout.read == 1.25

    sent = words(recorder.requests[0])
    assert sent.count("canary") == 3  # cookie, parameter, hook; auth wins over the header
    assert "accept-encoding" not in recorder.requests[0].headers


async def test_a_copy_keeps_no_cookies_of_responses(make: Make) -> None:
    """As its original; unless the caller gave that a jar of another kind."""
    client = make(transport=httpx.MockTransport(lambda request: httpx.Response(200, headers={"set-cookie": "a=b"})))
    async with client:
        copy = client.with_options()
        await copy.http.get("/x")
        http_of(client).cookies = httpx.Cookies({"c": "d"})
        theirs = client.with_options()
        await theirs.http.get("/x")

    assert dict(http_of(copy).cookies) == {}
    assert dict(http_of(theirs).cookies) == {"a": "b", "c": "d"}
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
async def test_generated_code_changes_nothing(make: Make, change: Callable[[Any], Any]) -> None:
    """Its with_* methods would change the client that they are called on, and lose it."""
    recorder = Recorder()
    async with make(transport=recorder.transport) as client:
        raw = client.raw
        inner = raw._client or raw._async_client
        with pytest.raises(omni.UsageError, match=r"headers=.*with_options"):
            change(raw)
        await client.leads.get("1")
        assert "canary" not in f"{inner.headers} {dict(inner.cookies)}"
        assert inner.timeout.read == 30.0

    assert "canary" not in words(recorder.requests[0])


async def test_a_copy_of_the_raw_client_has_no_connection(make: Make) -> None:
    """Attrs makes one without the client that it was given, and it makes none by itself."""
    async with make() as client:
        copy = attrs.evolve(client.raw)
        for build in (copy.get_httpx_client, copy.get_async_httpx_client):
            with pytest.raises(omni.UsageError, match=r"use omni\.Client for blocking calls"):
                build()


@pytest.mark.parametrize("own", [{}, {"x-gateway": "canary"}])
async def test_files_are_asked_for_with_nothing_of_the_callers(
    make: Make, kind: str, tmp_path: Path, own: dict[str, str]
) -> None:
    """Neither its headers, cookies, parameters, auth and hooks, nor the headers for the API's origin."""
    recorder = Recorder()
    async with make(transport=recorder.transport, headers=own) as client:
        give(client, kind)
        await client.documents.download("d1", to=tmp_path / "a.txt")

    about, file = recorder.requests
    assert "canary" in words(about)
    assert "canary" not in words(file)
    assert file.headers["user-agent"] == f"omniai-leads/{omni.__version__}"
    assert file.headers.keys() - {"host", "accept", "accept-encoding", "connection", "user-agent"} == set()
