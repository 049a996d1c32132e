"""A write whose deadline passes before it reached the server was never sent, and the error says so."""

import gc
import socket
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from wire import Wire, silence_then_close

import omni

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_context")]

Make = Callable[..., Any]
Start = Callable[..., Wire]


@pytest.fixture
def silent() -> Iterator[str]:
    """Host and port of a server that accepts connections and stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


async def failure(client: Any) -> omni.OmniError:
    """The error of creating a lead."""
    with pytest.raises(omni.OmniError) as caught:
        await client.leads.create(first_name="Ada")
    return caught.value


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_deadline_during_a_handshake_was_never_sent(make: Make, silent: str) -> None:
    """The deadline is earlier than the limit for connecting, which is five seconds."""
    async with make(base_url=f"https://{silent}", timeout=0.2, attempts=1) as client:
        assert type(await failure(client)) is omni.APITimeoutError
    gc.collect()  # httpcore closes no stream whose handshake is cancelled, so it warns here and in no other test


async def test_deadline_at_a_silent_proxy_was_never_sent(
    make: Make, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy got the name of the host, and nothing of the write."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://{silent}")
    async with make(base_url="https://api.example", timeout=0.2, attempts=1) as client:
        assert type(await failure(client)) is omni.APITimeoutError


async def test_deadline_in_a_full_pool_was_never_sent(make: Make, silent: str, kind: str) -> None:
    """All connections are in use for longer than the call may take."""
    if kind == "Client":
        pytest.skip("one thread waits for one connection")
    async with make(base_url=f"http://{silent}") as client, anyio.create_task_group() as group:
        client.http._pools[0]._max_connections = 1
        group.start_soon(client.leads.get, "L1")
        await anyio.sleep(0.05)
        error = await failure(client.with_options(timeout=0.2, attempts=1))
        group.cancel_scope.cancel()
    assert type(error) is omni.APITimeoutError


async def test_deadline_after_sending_leaves_the_outcome_unknown(make: Make, silent: str) -> None:
    """A new connection alone proves nothing: the request followed."""
    async with make(base_url=f"http://{silent}", timeout=0.2, attempts=1) as client:
        assert type(await failure(client)) is omni.OutcomeUnknownError


async def test_fallbacks_of_a_transport_leave_the_outcome_unknown(make: Make, kind: str) -> None:
    """After our connection failed, it may send the request in a way that nobody sees."""

    class Fallback(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            with pytest.raises(httpx.ConnectError):
                self.inner.handle_request(request)
            raise httpx.ReadTimeout("of the fallback")

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            with pytest.raises(httpx.ConnectError):
                await self.inner.handle_async_request(request)
            raise httpx.ReadTimeout("of the fallback")

    async with make(base_url="http://127.0.0.1:1", transport=Fallback) as client:  # nobody listens there
        assert type(await failure(client)) is omni.OutcomeUnknownError


async def test_trace_of_the_caller_is_kept(make: Make, wire: Start, kind: str) -> None:
    """The extension is httpcore's, for whoever sends a request; then the outcome is unknown."""
    steps: list[str] = []

    def note(step: str, info: Any) -> None:
        steps.append(step)

    async def note_async(step: str, info: Any) -> None:
        steps.append(step)

    server = wire(silence_then_close)
    async with make(base_url=server.url) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/x", extensions={"trace": note if kind == "Client" else note_async})

    assert "connection.connect_tcp.started" in steps
