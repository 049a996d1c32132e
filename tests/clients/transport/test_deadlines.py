"""The deadline ends every wait of a call: in handshakes of TLS inside TLS, between addresses, in a streamed body."""

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
from wire import Wire, cut, reply, trickle_body, trickle_head

import omni
from omni._transport.call import Call
from omni._transport.runtime import Runtime
from omni._transport.sockets.deadline import GuardedBackend, TLSInTLSStream

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_context")]

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()


class SlowTunnel(Layered):
    """A proxy that speaks TLS, and behind it a server whose bytes come one by one from a certain stage on."""

    def __init__(self, stage: str) -> None:
        super().__init__(self.respond, proxy_tls=tls(), tunnel=True, inner_tls=tls())
        self.stage = stage

    def _secure(self, connection: Connection) -> None:
        if self.stage == "handshake":
            send = connection.send
            connection.send = lambda data: drip(send, data)
        super()._secure(connection)

    def respond(self, connection: Connection, path: str) -> bytes:
        """A response whose end is far away."""
        send, connection.send = connection.send, lambda data: None
        if self.stage == "head":
            drip(send, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200)
        send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
        drip(send, b" " * 200)
        return b""


def drip(send: Callable[[bytes], None], data: bytes) -> None:
    """Send byte for byte, fast enough for each single read."""
    for byte in data[:100]:
        send(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("stage", ["handshake", "head", "body"])
async def test_deadline_holds_for_tls_inside_the_tls_of_a_proxy(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str
) -> None:
    """A server that trickles is abandoned in time there too, at every stage."""
    server = SlowTunnel(stage)
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))

    async with make(base_url=f"https://127.0.0.1:{server.port}", timeout=0.5) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)
    server.close()

    assert caught.value.elapsed < 1.2
    assert len(server.connections) == 1


@pytest.mark.parametrize("fault", ["end", "nonsense"])
async def test_tunnels_that_break_leave_the_outcome_unknown(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """The request was sent, so it is as without a proxy."""

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


def test_tls_errors_while_writing_are_errors_of_httpcore() -> None:
    """Those are the ones that httpx maps."""
    stream = object.__new__(TLSInTLSStream)
    stream._ssl_object = Mock(write=Mock(side_effect=ssl.SSLError("x")))

    with pytest.raises(httpcore.WriteError):
        stream.write(b"x")


@pytest.mark.parametrize("fault", ["end", "plain text", "unknown authority"])
async def test_writes_through_a_tunnel_that_fails_are_retried(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """The write was never sent, and the error class says so."""
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
    """Behave as a server that does not speak TLS."""
    connection.recv()
    if fault == "plain text":
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    raise EOFError


async def test_large_bodies_pass_two_layers_of_tls(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All bytes arrive."""
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
async def test_streamed_bodies_get_the_remaining_time(make: Make, wire: Start, kind: str) -> None:
    """The wait for the head counts: the body does not get the whole time once more."""
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
async def test_time_of_a_slow_reader_counts(make: Make, wire: Start, kind: str) -> None:
    """What the caller does between two chunks counts too, and the next chunk raises the error."""
    server = wire(reply(body=b"x" * 200_000))

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
    """All addresses but the last use up their timeout, by a clock of their own."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, float]] = []
        self.now = 100.0

    def monotonic(self) -> float:
        """The clock."""
        return self.now

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any) -> Any:
        """Time out, or connect."""
        assert timeout is not None
        self.tried.append((host, timeout))
        if host != "127.0.0.3":
            self.now += timeout
            raise httpcore.ConnectTimeout(host)
        return httpcore.MockStream([])


@pytest.mark.parametrize(("timeout", "deadline"), [(3, 60), (60, 3), (None, 3)])
def test_each_address_of_a_host_gets_a_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, timeout: float | None, deadline: float
) -> None:
    """The first two do not respond, and the last one still gets a third, of whichever limit is nearer."""
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 1)) for number in (1, 2, 3)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: infos)
    addresses = Addresses()
    monkeypatch.setattr("omni._transport.sockets.deadline.time", addresses)

    with Runtime.deadline(deadline):
        GuardedBackend(addresses).connect_tcp("x.example.com", 1, timeout)

    assert addresses.tried == [(f"127.0.0.{number}", pytest.approx(1)) for number in (1, 2, 3)]


# Connections that cannot be made.


@pytest.mark.parametrize(
    "error", [RuntimeError("can't start new thread"), OverflowError("port"), ExceptionGroup("x", [OSError()])]
)
@pytest.mark.parametrize("kind", ["AsyncClient-asyncio", "AsyncClient-trio"])
async def test_failures_to_connect_are_errors_of_omni(
    kind: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, nothing was sent, so a write is retried."""
    tried: list[str] = []

    async def fail(*args: Any, **options: Any) -> Any:
        tried.append(kind)
        raise error

    monkeypatch.setattr("anyio.getaddrinfo", fail)

    async with omni.AsyncClient(api_key="k", base_url="http://api.example.com") as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.http.post("/api/v1/leads", json={})

    assert type(caught.value) is omni.APIConnectionError
    assert len(tried) == 3


async def test_impossible_ports_are_errors_of_omni(make: Make) -> None:
    """Whoever notices."""
    async with make(attempts=1) as client:
        with pytest.raises(omni.OmniError):
            await client.http.get("http://127.0.0.1:99999/")


# A client that is closed in the middle.


async def test_closing_between_two_attempts_ends_the_call(make: Make, wire: Start, kind: str) -> None:
    """Also that of a copy, which opens no further connection."""
    server = wire(reply(503, b"{}", retry_after="0.3"))
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


@pytest.mark.parametrize("is_direct", [True, False])
@pytest.mark.parametrize("is_copy", [True, False])
async def test_closing_as_an_attempt_begins_leaves_no_connection(
    make: Make, kind: str, is_copy: bool, is_direct: bool
) -> None:
    """If another thread closes the client then, there is an error of omni or a response, and no open connection."""
    server = Layered(lambda _, path: lead_response(path.rpartition("/")[2]))
    client = make(base_url=f"http://127.0.0.1:{server.port}")
    user, begin = client.with_options(timeout=5) if is_copy else client, Call.begin_attempt

    def close_then_begin(call: Call, request: Any) -> None:
        owner = client.http._blocking if kind == "Client" else client.http
        owner._is_closed, owner._state = True, ClientState.CLOSED
        begin(call, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Call, "begin_attempt", close_then_begin)
        if not is_direct:
            patch.setattr("omni._transport.direct.DirectWay.is_open_to", lambda way, client: False)
        if is_copy:
            assert (await user.leads.get(ID)).id == ID
        else:
            with pytest.raises(omni.UsageError, match="closed"):
                await user.leads.get(ID)
    server.close()

    assert client.http._pools[0].connections == []


async def test_closing_during_the_last_attempt_keeps_its_error(make: Make, kind: str) -> None:
    """The outcome of the attempt is what counts."""

    def close_and_fail(request: httpx.Request) -> httpx.Response:
        (client.http._blocking if kind == "Client" else client.http)._is_closed = True
        raise httpx.ReadError("x")

    client = make(transport=httpx.MockTransport(close_and_fail))

    with pytest.raises(omni.OutcomeUnknownError):
        await client.http.post("/api/v1/leads", json={})


async def test_runtime_errors_of_a_transport_are_raised_as_they_are(make: Make) -> None:
    """Only that of a closed client is replaced."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("theirs")

    async with make(transport=httpx.MockTransport(fail)) as client:
        with pytest.raises(RuntimeError, match="theirs"):
            await client.leads.get(ID)


async def test_cancelled_handshakes_leave_no_socket_open(make: Make) -> None:
    """The host accepts connections and stays silent: httpcore loses the socket when a handshake is cancelled."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("nobody can tell here which files are open")
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with make(base_url=f"https://127.0.0.1:{server.getsockname()[1]}", timeout=0.1, attempts=1) as client:
            with pytest.raises(omni.APITimeoutError):
                await client.leads.get("1")  # the first one loads modules and the trust store
            gc.collect()
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

    assert after <= before  # what an earlier test left behind may be closed meanwhile


# One deadline for the whole call.


@pytest.mark.parametrize("slow", [trickle_head, trickle_body])
async def test_deadline_ends_a_response_that_trickles(make: Make, wire: Start, slow: Any) -> None:
    """The lead would be complete after twenty seconds of single bytes; the deadline is earlier."""
    server = wire(slow)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)

    assert isinstance(caught.value, TimeoutError)
    assert caught.value.attempts == 1
    assert "0.5 seconds" in str(caught.value)


async def test_infinite_timeout_means_no_limit(make: Make, wire: Start) -> None:
    """float('inf') works, and None is refused with the repair."""
    server = wire(OK)

    async with make(base_url=server.url, timeout=float("inf")) as client:
        assert (await client.leads.get(ID)).id == ID
    with pytest.raises(omni.UsageError, match=r"float\('inf'\)"):
        make(base_url=server.url, timeout=None)


async def test_huge_timeouts_mean_no_limit(make: Make, wire: Start) -> None:
    """Clocks and sockets overflow, clients do not."""
    server = wire(OK)

    for timeout in (1e10, 10**400):
        async with make(base_url=server.url, timeout=timeout) as client:
            assert (await client.leads.get(ID)).id == ID


async def test_timeout_of_one_request_is_its_deadline(make: Make, wire: Start) -> None:
    """The argument of httpx is the deadline of that call; a step that it leaves open does not lift the others."""
    server = wire(trickle_head)

    async with make(base_url=server.url) as client:
        for timeout in (0.3, httpx.Timeout(None, read=0.3)):
            with pytest.raises(omni.APITimeoutError):
                await client.http.get("/api/v1/anything", timeout=timeout)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("fault", "error"), [(trickle_body, omni.APITimeoutError), (cut, omni.APIConnectionError)])
async def test_deadline_and_errors_hold_for_streamed_bodies(
    make: Make, wire: Start, fault: Any, error: type[Exception], kind: str
) -> None:
    """While the caller reads, the deadline holds, and failures are errors of omni."""
    server = wire(fault)

    async with make(base_url=server.url, timeout=0.5) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/api/v1/anything") as response, pytest.raises(error):
                response.read()
        else:
            async with client.http.stream("GET", "/api/v1/anything") as response:
                with pytest.raises(error):
                    await response.aread()
