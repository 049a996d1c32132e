"""Every wait on the wire ends with the call: in handshakes of TLS inside TLS, between addresses, in a streamed body."""

import gc
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import anyio
import httpcore
import httpx
import pytest
import trustme
from httpx._client import ClientState
from layers import Connection, Layered, lead_response, tls, trust
from wire import Wire, answer

import omni
from omni._transport.call import Call
from omni._transport.deadline import GuardedBackend, TLSInTLSStream
from omni._transport.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_context")]

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"


class SlowTunnel(Layered):
    """A proxy that speaks TLS, and a server inside of it whose bytes come one by one, from a moment on."""

    def __init__(self, moment: str) -> None:
        super().__init__(self.respond, proxy_tls=tls(), tunnel=True, inner_tls=tls())
        self.moment = moment

    def _secure(self, connection: Connection) -> None:
        if self.moment == "handshake":
            send = connection.send
            connection.send = lambda data: drip(send, data)
        super()._secure(connection)

    def respond(self, connection: Connection, path: str) -> bytes:
        """A response whose end is far away."""
        send, connection.send = connection.send, lambda data: None
        if self.moment == "head":
            drip(send, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200)
        send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
        drip(send, b" " * 200)
        return b""


def drip(send: Callable[[bytes], None], data: bytes) -> None:
    """Byte for byte, which is enough for every single read to be in time."""
    for byte in data[:100]:
        send(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("moment", ["handshake", "head", "body"])
async def test_tls_inside_the_tls_of_a_proxy(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str
) -> None:
    """A server that trickles is given up in time there too, whatever it is at."""
    server = SlowTunnel(moment)
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))

    async with make(base_url=f"https://127.0.0.1:{server.port}", timeout=0.5) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)
    server.close()

    assert caught.value.elapsed < 1.2
    assert len(server.connections) == 1


@pytest.mark.parametrize("fault", ["end", "nonsense"])
async def test_a_tunnel_that_breaks(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str) -> None:
    """After a request was sent, its outcome is unknown, as without a proxy."""

    def play(connection: Connection, path: str) -> bytes:
        if fault == "nonsense":
            connection.send_below(b"\x17\x03\x03\x00\x05Hello")
        raise EOFError

    server = Layered(play, proxy_tls=tls(), tunnel=True, inner_tls=tls())
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))

    async with make(base_url=f"https://127.0.0.1:{server.port}") as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await client.http.post("/api/v1/leads", json={})
    server.close()


def test_a_write_that_tls_refuses() -> None:
    """It is an error of httpcore, which httpx knows."""
    stream = object.__new__(TLSInTLSStream)
    stream._ssl_object = Mock(write=Mock(side_effect=ssl.SSLError("x")))

    with pytest.raises(httpcore.WriteError):
        stream.write(b"x")


@pytest.mark.parametrize("fault", ["end", "plain text", "unknown authority"])
async def test_a_tunnel_that_leads_nowhere(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """A write through it was never sent, so it is tried again, and the error is of the kind for that."""
    inner = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(inner)
    server = Layered(lambda *_: b"", proxy_tls=tls(), tunnel=True, inner_tls=inner)
    if fault != "unknown authority":
        monkeypatch.setattr(server, "_secure", lambda connection: end(connection, fault))
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))

    async with make(base_url=f"https://127.0.0.1:{server.port}", attempts=2) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.http.post("/api/v1/leads", json={})
    server.close()

    assert type(caught.value) is omni.APIConnectionError
    assert len(server.connections) == caught.value.attempts == 2


def end(connection: Connection, fault: str) -> None:
    """What a server does that does not speak TLS."""
    connection.recv()
    if fault == "plain text":
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    raise EOFError


async def test_a_large_body_through_two_layers_of_tls(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It arrives whole."""
    received: list[int] = []

    def play(connection: Connection, path: str) -> bytes:
        received.append(connection.body)
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    server = Layered(play, proxy_tls=tls(), tunnel=True, inner_tls=tls())
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))

    async with make(base_url=f"https://127.0.0.1:{server.port}") as client:
        await client.http.post("/api/v1/leads", content=b"x" * 1_000_000)
    server.close()

    assert received == [1_000_000]


def slow_response(connection: socket.socket) -> None:
    """A head after most of the time, half a body, and nothing more."""
    time.sleep(0.35)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b" " * 100)
    time.sleep(2)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
async def test_a_streamed_body_within_the_deadline_of_its_call(make: Make, wire: Start, kind: str) -> None:
    """The wait for the head counts: the body gets what is left, not the whole time once more."""
    server = wire(slow_response)
    start = time.monotonic()

    async with make(base_url=server.url, timeout=0.5) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/x") as response, pytest.raises(omni.APITimeoutError):
                response.read()
        else:
            async with client.http.stream("GET", "/x") as response:
                with pytest.raises(omni.APITimeoutError):
                    await response.aread()

    assert 0.4 < time.monotonic() - start < 0.8


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
async def test_a_slow_reader_of_a_streamed_body(make: Make, wire: Start, kind: str) -> None:
    """What the caller does between two pieces counts too; the time is told when the next one is asked for."""
    server = wire(answer(body=b"x" * 200_000))

    def read_slowly(response: httpx.Response) -> None:
        for _ in response.iter_raw():
            time.sleep(0.2)

    async def aread_slowly(response: httpx.Response) -> None:
        async for _ in response.aiter_raw():
            time.sleep(0.2)

    async with make(base_url=server.url, timeout=0.3) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/x") as response, pytest.raises(omni.APITimeoutError):
                read_slowly(response)
        else:
            async with client.http.stream("GET", "/x") as response:
                with pytest.raises(omni.APITimeoutError):
                    await aread_slowly(response)


class Addresses(httpcore.NetworkBackend):
    """Addresses that take all the time that they are given, by a clock of their own, but for the last one."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, float]] = []
        self.now = 100.0

    def monotonic(self) -> float:
        """The clock."""
        return self.now

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any) -> Any:
        """Wait in vain, or connect."""
        assert timeout is not None
        self.tried.append((host, timeout))
        if host != "127.0.0.3":
            self.now += timeout
            raise httpcore.ConnectTimeout(host)
        return httpcore.MockStream([])


@pytest.mark.parametrize(("timeout", "deadline"), [(3, 60), (60, 3), (None, 3)])
def test_each_address_of_a_host_has_its_share(
    monkeypatch: pytest.MonkeyPatch, timeout: float | None, deadline: float
) -> None:
    """The first ones do not answer, and the last one still gets a third, of whichever limit is nearer."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 1)) for number in (1, 2, 3)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    addresses = Addresses()
    monkeypatch.setattr("omni._transport.deadline.time", addresses)

    with Runtime.deadline(deadline):
        GuardedBackend(addresses).connect_tcp("x.example.com", 1, timeout)

    assert addresses.tried == [(f"127.0.0.{number}", pytest.approx(1)) for number in (1, 2, 3)]


# Connections that cannot be made.


@pytest.mark.parametrize(
    "error", [RuntimeError("can't start new thread"), OverflowError("port"), ExceptionGroup("x", [OSError()])]
)
@pytest.mark.parametrize("kind", ["AsyncClient-asyncio", "AsyncClient-trio"])
async def test_what_a_connection_needs_is_not_there(
    kind: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails then, nothing was sent, so a write is tried again, and the error is ours."""
    tried: list[str] = []

    async def fail(*args: Any, **options: Any) -> Any:
        tried.append(kind)
        raise error

    monkeypatch.setattr("anyio.connect_tcp", fail)
    monkeypatch.setattr("trio.open_tcp_stream", fail)

    async with omni.AsyncClient(api_key="k", base_url="http://127.0.0.1:1") as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.http.post("/api/v1/leads", json={})

    assert type(caught.value) is omni.APIConnectionError
    assert len(tried) == 3


async def test_a_port_that_is_none(make: Make) -> None:
    """It is an error of ours, whoever notices."""
    async with make(attempts=1) as client:
        with pytest.raises(omni.OmniError):
            await client.http.get("http://127.0.0.1:99999/")


# A client that is closed in the middle.


async def test_a_client_closed_between_two_attempts(make: Make, wire: Start, kind: str) -> None:
    """The call of a copy ends with that, and opens no connection any more."""
    server = wire(answer(503, b"{}", retry_after="0.3"))
    client = make(base_url=server.url)
    copied = client.with_options(timeout=5)

    async def get() -> None:
        with pytest.raises(omni.UsageError, match="closed"):
            await copied.leads.get(ID)

    if kind == "Client":
        timer = threading.Timer(0.15, client._blocking.close)
        timer.start()
        await get()
        timer.join()
    else:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(get)
            await anyio.sleep(0.15)
            await client.aclose()

    assert len(server.requests) == 1


@pytest.mark.parametrize("is_copy", [True, False])
async def test_a_client_closed_as_an_attempt_begins(make: Make, kind: str, is_copy: bool) -> None:
    """By another thread, after it was looked at: an error of ours, or a response and no connection that stays open."""
    server = Layered(lambda _, path: lead_response(path.rpartition("/")[2]))
    client = make(base_url=f"http://127.0.0.1:{server.port}")
    user, begin = client.with_options(timeout=5) if is_copy else client, Call.begin_attempt

    def close_then_begin(call: Call, request: Any) -> None:
        owner = client.http._blocking if kind == "Client" else client.http
        owner._is_closed, owner._state = True, ClientState.CLOSED
        begin(call, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Call, "begin_attempt", close_then_begin)
        if is_copy:
            assert (await user.leads.get(ID)).id == ID
        else:
            with pytest.raises(omni.UsageError, match="closed"):
                await user.leads.get(ID)
    server.close()

    assert client.http._pools[0].connections == []


async def test_a_client_closed_while_its_last_attempt_fails(make: Make, kind: str) -> None:
    """The error is that of the attempt: what became of it is what counts."""

    def close_and_fail(request: httpx.Request) -> httpx.Response:
        (client.http._blocking if kind == "Client" else client.http)._is_closed = True
        raise httpx.ReadError("x")

    client = make(transport=httpx.MockTransport(close_and_fail))

    with pytest.raises(omni.OutcomeUnknownError):
        await client.http.post("/api/v1/leads", json={})


async def test_a_runtime_error_of_a_transport_is_its_own(make: Make) -> None:
    """Only that of a closed client is renamed."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("theirs")

    async with make(transport=httpx.MockTransport(fail)) as client:
        with pytest.raises(RuntimeError, match="theirs"):
            await client.leads.get(ID)


async def test_a_handshake_that_ends_with_its_call_leaves_no_socket(make: Make) -> None:
    """A host that accepts connections and says nothing: httpcore forgets the socket when a handshake is cancelled."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("nobody can tell here which files are open")
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with make(base_url=f"https://127.0.0.1:{server.getsockname()[1]}", timeout=0.1, attempts=1) as client:
            with pytest.raises(omni.APITimeoutError):
                await client.leads.get("1")  # the first one loads modules and the trust store
            before = len(list(folder.iterdir()))
            gc.disable()
            try:
                for _ in range(10):
                    with pytest.raises(omni.APITimeoutError):
                        await client.leads.get("1")
                await anyio.sleep(0.05)  # asyncio closes in its next round
                after = len(list(folder.iterdir()))
            finally:
                gc.enable()

    assert after == before
