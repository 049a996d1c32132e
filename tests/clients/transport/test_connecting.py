"""Connections of the async client: which address of a host is taken, and what becomes of the others."""

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import anyio
import httpcore
import pytest
from layers import Layered, lead_response, tls, trusting
from wire import reply

import omni
from omni._transport.sockets import async_backend
from omni._transport.sockets.async_backend import AsyncGuardedBackend
from omni._transport.sockets.async_streams import AsyncTLSStream

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", ["AsyncClient-asyncio", "AsyncClient-trio"])]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port of 127.0.0.1 that accepts no connection: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def resolve(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Let any host have these ports of this machine as its addresses."""

    async def getaddrinfo(host: str, port: int, **options: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]

    monkeypatch.setattr("anyio.getaddrinfo", getaddrinfo)


async def test_next_address_is_tried_if_one_refuses(
    wire: Any, monkeypatch: pytest.MonkeyPatch, reserve_port: Callable[[], int]
) -> None:
    """At once."""
    server = wire(reply())
    resolve(monkeypatch, reserve_port(), reserve_port(), server.port)
    async with omni.AsyncClient(api_key="k", base_url="http://api.example.com", attempts=1) as client:
        assert (await client.leads.get(ID)).id == ID


async def test_all_addresses_may_refuse(monkeypatch: pytest.MonkeyPatch, reserve_port: Callable[[], int]) -> None:
    """The error has the reason of the system."""
    resolve(monkeypatch, reserve_port(), reserve_port())
    async with omni.AsyncClient(api_key="k", base_url="http://api.example.com", attempts=1) as client:
        with pytest.raises(omni.APIConnectionError, match=r"ConnectError \(.*\d"):
            await client.leads.get(ID)


@pytest.mark.skipif(sys.platform != "linux", reason="on other systems a full queue refuses")
async def test_next_address_is_tried_beside_one_that_is_silent(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a quarter of a second; the attempt that lost leaves no socket."""
    server = wire(reply())
    with silent_port() as silent:
        resolve(monkeypatch, silent, server.port)
        async with omni.AsyncClient(api_key="k", base_url="http://api.example.com", attempts=1) as client:
            start = time.monotonic()
            assert (await client.leads.get(ID)).id == ID
    assert 0.2 < time.monotonic() - start < 3


async def test_closing_a_connection_ends_those_who_wait_for_it() -> None:
    """With an error of the library, and for good."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = await AsyncGuardedBackend(httpcore.AnyIOBackend()).connect_tcp(*listener.getsockname())
        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:
                group.start_soon(_close_later, stream)
                with pytest.raises(httpcore.ReadError):
                    await stream.read(1)
        with pytest.raises(httpcore.ReadError):
            await stream.read(1)
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"x")
        assert stream.get_extra_info("socket").fileno() == -1
        assert stream.get_extra_info("is_readable")  # so it is not used again


async def _close_later(stream: Any) -> None:
    await anyio.sleep(0.05)
    await stream.aclose()


async def test_waits_are_limited_one_by_one() -> None:
    """Reading, writing and handshakes each time out with their own error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = await AsyncGuardedBackend(httpcore.TrioBackend()).connect_tcp(*listener.getsockname(), timeout=5)
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.01)
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(bytes(50_000_000), 0.01)
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(b"x", 0.01)
        context = httpcore.default_ssl_context()
        with pytest.raises(httpcore.ConnectTimeout):
            await (await AsyncGuardedBackend(httpcore.TrioBackend()).connect_tcp(*listener.getsockname())).start_tls(
                context, "127.0.0.1", 0.05
            )
        await stream.aclose()


async def test_socket_options_and_the_local_address_are_used() -> None:
    """What ``httpx.AsyncHTTPTransport`` takes reaches the socket."""
    option = (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = await AsyncGuardedBackend(httpcore.AnyIOBackend()).connect_tcp(
            *listener.getsockname(), local_address="127.0.0.1", socket_options=[option]
        )
        assert stream.get_extra_info("socket").getsockopt(*option[:2])
        assert stream.get_extra_info("client_addr")[0] == "127.0.0.1"
        assert stream.get_extra_info("server_addr") == listener.getsockname()
        assert stream.get_extra_info("no such thing") is None
        await stream.aclose()


async def test_other_backends_stay() -> None:
    """A pool that somebody gave a network of its own keeps it."""
    backend = AsyncGuardedBackend(httpcore.AsyncMockBackend([b"x"]))

    assert await (await backend.connect_tcp("api.example.com", 1)).read(1) == b"x"
    assert await (await backend.connect_unix_socket("/s")).read(1) == b"x"
    refusing = Mock(connect_tcp=AsyncMock(side_effect=httpcore.ConnectError("no")))
    with pytest.raises(httpcore.ConnectError, match="no"):
        await AsyncGuardedBackend(refusing).connect_tcp("api.example.com", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="on other systems a full queue refuses")
async def test_connecting_times_out() -> None:
    """With an error that says so, since it proves that nothing was sent."""
    with silent_port() as silent, pytest.raises(httpcore.ConnectTimeout):
        await AsyncGuardedBackend(httpcore.AnyIOBackend()).connect_tcp("127.0.0.1", silent, 0.05)


async def test_connection_that_comes_second_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two addresses may respond in the same instant."""
    closed: list[int] = []

    async def connect(family: int, address: Any, *options: Any) -> Any:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.3)
        return SimpleNamespace(port=address[1], aclose=partial(close, address[1]))

    async def close(port: int) -> None:
        closed.append(port)

    resolve(monkeypatch, 1, 2)
    monkeypatch.setattr("omni._transport.sockets.async_backend._connect", connect)
    stream: Any = await AsyncGuardedBackend(httpcore.AnyIOBackend()).connect_tcp("api.example.com", 80)

    assert (stream.port, closed) == (1, [2])


@pytest.mark.parametrize("is_secure", [False, True])
async def test_call_cancelled_at_the_end_of_connecting_keeps_no_connection(
    monkeypatch: pytest.MonkeyPatch, is_secure: bool
) -> None:
    """The next step of httpcore waits for a lock; a call cancelled there would leave its connection in the pool."""
    server = Layered(lambda _, path: lead_response(path.rpartition("/")[2]), proxy_tls=tls() if is_secure else None)
    owner, name = (AsyncTLSStream, "_perform") if is_secure else (async_backend, "_connect")
    last_step, scope = getattr(owner, name), anyio.CancelScope()

    async def perform_and_cancel(*arguments: Any) -> Any:
        result = await last_step(*arguments)
        scope.cancel()
        return result

    monkeypatch.setattr(owner, name, perform_and_cancel)
    url = f"http{'s' * is_secure}://127.0.0.1:{server.port}"
    async with omni.AsyncClient(api_key="k", base_url=url, verify=trusting()) as client:
        with scope:
            await client.leads.get(ID)
        assert scope.cancelled_caught
        assert client.http._transport._pool.connections == []
        monkeypatch.setattr(owner, name, last_step)
        assert (await client.leads.get(ID)).id == ID
    server.close()


async def test_broken_tls_is_an_error_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while a request is written, so that a response that came before can still be read."""
    stream = AsyncTLSStream(httpcore.AsyncMockStream([]), httpcore.default_ssl_context(), "api.example.com")
    monkeypatch.setattr(stream, "_ssl_object", Mock(write=Mock(side_effect=ssl.SSLError("broken"))))

    with pytest.raises(httpcore.WriteError):
        await stream.write(b"x")


async def test_large_body_waits_for_a_server_that_reads_slowly() -> None:
    """More than the buffers of both sides hold, all of which arrives."""
    body, received = bytes(16_000_000), [0]

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            time.sleep(0.1)
            while received[0] < len(body):
                received[0] += len(connection.recv(1 << 20))
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with omni.AsyncClient(api_key="k", base_url=url) as client:
            response = await client.http.post("/api/v1/anything", content=body)

    assert response.status_code == 204
    assert received[0] >= len(body)
