"""Errors of callbacks are raised as they are: they say nothing about the outcome of the call."""

import io
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from wire import reply

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]

LEAD = {"lead": {"id": "L1"}, "status": "COMPLETED"}
ERRORS: list[Exception] = [
    httpx.ConnectError("of a webhook"),
    httpx.ReadTimeout("of a token server"),
    TimeoutError("of a lock"),
    UnicodeEncodeError("ascii", "ü", 0, 1, "of the hook"),
    omni.APITimeoutError("of another client"),
    omni.OutcomeUnknownError("of another client"),
]


def http_of(client: Any) -> Any:
    """The httpx client itself, whichever kind the test runs with."""
    return getattr(client.http, "_blocking", client.http)


def raising(error: Exception, kind: str) -> Callable[[Any], Any]:
    """An event hook that fails."""

    def fail(message: Any) -> None:
        raise error

    async def fail_async(message: Any) -> None:
        raise error

    return fail if kind == "Client" else fail_async


class Failing(httpx.Auth):
    """An auth flow that fails before the request or after the response."""

    def __init__(self, error: Exception, moment: str) -> None:
        self.error = error
        self.moment = moment

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self.moment == "response":
            yield request
        raise self.error


class AsyncFailing(httpx.Auth):
    """The same for an async flow."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        raise self.error
        yield request


async def test_writes_in_progress_are_never_retried(make: Make, kind: str, wire: Any, monkeypatch: Any) -> None:
    """Even if functions of httpx were renamed, so that a hook's ConnectError looked like one of our connection."""
    monkeypatch.setattr("omni._transport.failures._CALLERS_OF_CALLBACKS", frozenset())
    server = wire(reply())

    async with make(base_url=server.url) as client:
        http_of(client).event_hooks = {"response": [raising(httpx.ConnectError("of a webhook"), kind)]}
        with pytest.raises(omni.OutcomeUnknownError):
            await client.leads.create(first_name="Ada")

    assert len(server.requests) == 1


@pytest.fixture
def sent() -> list[httpx.Request]:
    """The requests that the server received."""
    return []


@pytest.fixture
def client(make: Make, sent: list[httpx.Request]) -> Any:
    """A client of a server that accepts everything."""

    def accept(request: httpx.Request) -> httpx.Response:
        request.read()
        sent.append(request)
        if request.url.path == "/api/v1/documents":
            return httpx.Response(200, json={"documents": [{"id": "D1", "new": 1}], "newKey": 1})
        return httpx.Response(200, json={**LEAD, "newKey": 1})

    return make(base_url="http://localhost:1", transport=httpx.MockTransport(accept))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("moment", ["request", "response"])
async def test_failing_hooks_retry_no_write(
    client: Any, sent: list[httpx.Request], kind: str, moment: str, error: Exception
) -> None:
    """Not even by an error that would prove, if it were ours, that nothing was sent."""
    http_of(client).event_hooks[moment].append(raising(error, kind))

    with pytest.raises(type(error)) as caught:
        await client.leads.create(first_name="Ada")

    assert caught.value is error
    assert len(sent) == (moment == "response")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("moment", ["request", "response"])
async def test_errors_of_auth_flows_are_raised_as_they_are(
    client: Any, sent: list[httpx.Request], moment: str, error: Exception
) -> None:
    """A flow may request a token from another server, whose failure is no outcome of the write."""
    http_of(client).auth = Failing(error, moment)

    with pytest.raises(type(error)) as caught:
        await client.leads.create(first_name="Ada")

    assert caught.value is error
    assert len(sent) == (moment == "response")


async def test_errors_of_async_auth_flows_are_raised_as_they_are(client: Any, kind: str) -> None:
    """A flow that overrides the async method is called in another way."""
    if kind == "Client":
        pytest.skip("blocking code has no async flows")
    client.http.auth = AsyncFailing(TimeoutError("of a lock"))

    with pytest.raises(TimeoutError, match="of a lock"):
        await client.leads.create(first_name="Ada")


@pytest.mark.parametrize(
    ("headers", "body"), [({}, b"{"), ({"content-encoding": "gzip"}, b"no gzip")], ids=["cut", "not gzip"]
)
async def test_broken_responses_read_by_a_hook_are_our_errors(
    make: Make, kind: str, headers: dict[str, str], body: bytes
) -> None:
    """The response is ours, whoever reads it first."""

    def read(response: httpx.Response) -> None:
        response.read()

    async def read_async(response: httpx.Response) -> None:
        await response.aread()

    class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Any:
            yield body
            raise httpx.ReadError("cut")

        async def __aiter__(self) -> Any:
            yield body
            raise httpx.ReadError("cut")

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=Broken())

    client = make(base_url="http://localhost:1", transport=httpx.MockTransport(respond))
    http_of(client).event_hooks["response"].append(read if kind == "Client" else read_async)

    with pytest.raises(omni.OutcomeUnknownError):
        await client.leads.create(first_name="Ada")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_failing_hooks_end_polling(client: Any, kind: str, error: Exception) -> None:
    """The hook would fail again at each read, until the deadline an hour later."""
    http_of(client).event_hooks["response"].append(raising(error, kind))

    with pytest.raises(type(error)) as caught:
        await client.leads.wait("L1", timeout=2)

    assert caught.value is error


@pytest.mark.parametrize("way", ["hook", "observe", "progress"])
async def test_errors_of_callbacks_are_no_outcome_of_files(client: Any, kind: str, way: str) -> None:
    """The files may be stored, whatever another client refused meanwhile."""
    error = omni.NotFoundError("of another client")
    error.results = (omni.UploadResult("theirs.txt", "stored"),)
    progress = None
    if way == "hook":
        http_of(client).event_hooks["response"].append(raising(error, kind))
    elif way == "observe":
        getattr(client, "_blocking", client)._session.observe = lambda path, found: raising(error, "Client")(found)
    else:
        progress = lambda have, total: raising(error, "Client")(have)  # noqa: E731

    with pytest.raises(omni.NotFoundError) as caught:
        await client.documents.upload("L1", [("a.txt", io.BytesIO(b"a"))], progress=progress)

    assert caught.value is error
    assert [result.filename for result in error.results] == ["theirs.txt"]


@pytest.mark.parametrize("error", [ValueError("of the hook"), omni.NotFoundError("of another client")])
async def test_errors_of_hooks_are_no_outcome_of_a_download(
    make: Make, kind: str, tmp_path: Path, error: Exception
) -> None:
    """The hook fails when a link is requested, which is not a failure of the file."""

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": "D1"})

    client = make(base_url="http://localhost:1", transport=httpx.MockTransport(respond))
    http_of(client).event_hooks["response"].append(raising(error, kind))
    lead = omni.Lead.from_dict({"lead": {"id": "L1"}, "documents": [{"id": "D1", "filename": "a.txt"}]})

    with pytest.raises(type(error)) as caught:
        await client.documents.download_all(lead, to=tmp_path)

    assert caught.value is error
