"""One async client in several event loops, and calls that are cancelled."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
from calls import BODIES, CALLS, TLS, make_client
from canaries import KEY, LEAD_ID
from connections import busy_connections, ignore_abandoned_connections, read_stream
from faults import HEAD, half_body
from server import LEAD_IDS, HostileServer, Port, Script, http_response

import omni

GET = CALLS[0]
BACKENDS = ("asyncio", "trio")


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "backends",
    [["asyncio"] * 10, ["trio"] * 10, ["asyncio", "trio"] * 3],
    ids=lambda backends: "-".join(backends[:2]),
)
def test_client_works_in_successive_event_loops(port: Port, backends: list[str]) -> None:
    """Each loop, on either backend, gets its responses, and no connection stays open."""
    client = make_client("AsyncClient", port.url)

    async def get_leads() -> list[str]:
        return [(await client.leads.get(lead_id)).id for lead_id in LEAD_IDS[:3]]

    with ignore_abandoned_connections():
        ids = [anyio.run(get_leads, backend=backend) for backend in backends]
        anyio.run(client.aclose, backend=backends[-1])

    assert ids == [LEAD_IDS[:3]] * len(backends)
    assert port.wait_until_closed()


@pytest.mark.usefixtures("way")
def test_clients_work_in_a_running_loop(port: Port) -> None:
    """As in a notebook: a blocking and an async client made in the loop, and an async one made before it."""
    before = make_client("AsyncClient", port.url)

    async def run_cell() -> list[str]:
        with make_client("Client", port.url) as blocking:
            async with make_client("AsyncClient", port.url) as inside, before:
                return [
                    blocking.leads.get(LEAD_IDS[0]).id,
                    (await inside.leads.get(LEAD_IDS[1])).id,
                    (await before.leads.get(LEAD_IDS[2])).id,
                ]

    assert asyncio.run(run_cell()) == LEAD_IDS[:3]
    assert port.wait_until_closed()


# Cancellation.


async def get_lead(client: Any) -> None:
    await client.leads.get(LEAD_ID)


async def write_large_body(client: Any) -> None:
    await client.http.post("/api/v1/leads", content=b" " * 50_000_000)


async def stream_lead(client: Any) -> None:
    await read_stream(client, "GET", GET.path)


PHASES: dict[str, tuple[Script, Callable[[Any], Any]]] = {
    "waiting for headers": (lambda body: (), get_lead),
    "within headers": (lambda body: (HEAD,), get_lead),
    "within the body": (half_body(end=b""), get_lead),
    "within a streamed body": (half_body(end=b""), stream_lead),
    "in a pause between attempts": (
        lambda body: [http_response(b"", "Retry-After: 9", status="503 No")],
        get_lead,
    ),
    "sending the request": (lambda body: [30.0], write_large_body),
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_cancelled_call_ends_at_once(server: HostileServer, phase: str, backend: str) -> None:
    """No connection is left in use, and the client keeps working."""
    script, call = PHASES[phase]
    with server.port(script, BODIES, on_connect=call is write_large_body) as port:

        async def main() -> None:
            async with make_client("AsyncClient", port.url) as client:
                with anyio.move_on_after(0.1) as scope:
                    await call(client)
                assert scope.cancelled_caught
                assert busy_connections(client) == []
                port.remove_fault()
                assert (await client.leads.get(LEAD_ID)).id == GET.data["lead"]["id"]

        anyio.run(main, backend=backend)

        # A server that does not read does not notice that the client has closed the connection.
        assert call is write_large_body or port.wait_until_closed()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("backend", BACKENDS)
def test_call_cancelled_in_pool_queue_frees_its_place(port: Port, backend: str) -> None:
    """A call cancelled while it waits for a connection leaves the queue, and the next call gets the connection."""
    transport = httpx.AsyncHTTPTransport(verify=TLS, limits=httpx.Limits(max_connections=1))

    async def main() -> None:
        async with omni.AsyncClient(api_key=KEY, base_url=port.url, transport=transport) as client:
            async with client.http.stream("GET", GET.path):
                with anyio.move_on_after(0.05) as scope:
                    await client.leads.get(LEAD_ID)
                assert scope.cancelled_caught
                assert len(busy_connections(client)) == 2  # the connection of the stream, and its request
            assert (await client.leads.get(LEAD_ID)).id == GET.data["lead"]["id"]

    anyio.run(main, backend=backend)

    assert port.connections == 2  # a body that was not read costs its connection


@pytest.mark.usefixtures("way")
@pytest.mark.skipif(sys.platform != "linux", reason="on other systems a full queue refuses")
@pytest.mark.parametrize("backend", BACKENDS)
def test_call_cancelled_while_connecting_frees_its_connection(backend: str) -> None:
    """The server accepts no connection."""

    async def main() -> None:
        async with make_client("AsyncClient", f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            with anyio.move_on_after(0.05) as scope:
                await client.leads.get(LEAD_ID)
            assert scope.cancelled_caught
            assert busy_connections(client) == []

    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        anyio.run(main, backend=backend)
