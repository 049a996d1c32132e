"""A client lives in event loops, threads and processes that come and go, and is left in the middle of everything."""

import asyncio
import contextlib
import copy
import gc
import gzip
import json
import multiprocessing
import os
import pickle
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from calls import BODIES, CALLS, KINDS, TLS, client, close, made, run
from canaries import KEY, LEAD_ID
from faults import HEAD, half
from server import Hostile, Port, Script, answer, good
from test_matrix import busy_connections

import omni

GET = CALLS[0]
ANY_LEAD = [f"11111111-1111-4111-8111-{number:012}" for number in range(64)]
BY_ID = {("GET", f"/api/v1/leads/{each}"): json.dumps({"lead": {"id": each}}).encode() for each in ANY_LEAD}
BACKENDS = ("asyncio", "trio")


@pytest.fixture
def port(hostile: Hostile) -> Iterator[Port]:
    """A server with nothing wrong, that has 64 leads."""
    with hostile.port(good, {**BODIES, **BY_ID}) as port:
        yield port


@contextlib.contextmanager
def loops_come_and_go() -> Iterator[None]:
    """A loop or a process that is left leaves its connections to the garbage collector, which tells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


# Event loops.


@pytest.mark.parametrize(
    "backends", [["asyncio"] * 10, ["trio"] * 10, ["asyncio", "trio"] * 3], ids=lambda each: "-".join(each[:2])
)
def test_one_client_in_many_event_loops(port: Port, backends: list[str]) -> None:
    """One after the other, of whatever kind: each gets its answers, and nothing stays open."""
    the_client = client("AsyncClient", port.url)

    async def get() -> list[str]:
        return [(await the_client.leads.get(each)).id for each in ANY_LEAD[:3]]

    with loops_come_and_go():
        found = [anyio.run(get, backend=backend) for backend in backends]
        anyio.run(the_client.aclose, backend=backends[-1])

    assert found == [ANY_LEAD[:3]] * len(backends)
    assert port.all_closed()


def test_clients_in_a_running_loop(port: Port) -> None:
    """As in a notebook: made before the loop or in it, the awaited and the blocking one."""
    before = client("AsyncClient", port.url)

    async def cell() -> list[str]:
        with client("Client", port.url) as blocking:
            async with client("AsyncClient", port.url) as inside, before:
                return [
                    blocking.leads.get(ANY_LEAD[0]).id,
                    (await inside.leads.get(ANY_LEAD[1])).id,
                    (await before.leads.get(ANY_LEAD[2])).id,
                ]

    assert asyncio.run(cell()) == ANY_LEAD[:3]
    assert port.all_closed()


@pytest.mark.parametrize("kind", KINDS)
def test_another_thread_has_settled_it(port: Port, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two threads come to a client that is new to them, only the first one throws idle connections away."""

    async def main() -> None:
        the_client = client(kind, port.url)
        await made(kind, GET, the_client)
        owner = the_client.http._owner

        class Settled:
            def __enter__(self) -> None:
                the_client.http._owner = owner

            def __exit__(self, *exc_info: object) -> None:
                pass

        the_client.http._owner = None
        monkeypatch.setattr("omni._transport.connection_pool.fork_lock", Settled())
        await made(kind, GET, the_client)
        await close(kind, the_client)

    run(kind, main)

    assert port.connections == 1


def test_another_process_begins_anew(port: Port) -> None:
    """As a child would: no connection, no request and no lock of the parent's is used."""
    with loops_come_and_go(), client("Client", port.url) as the_client:
        the_client.leads.get(LEAD_ID)
        pool = the_client.http._transport._pool
        the_client.http._owner = (os.getpid() + 1, None)
        with pool._optional_thread_lock:
            the_client.leads.get(LEAD_ID)

        assert len(pool.connections) == 1
    assert port.connections == 2


# Cancellation.


async def get(the_client: Any) -> None:
    await the_client.leads.get(LEAD_ID)


async def write(the_client: Any) -> None:
    await the_client.http.post("/api/v1/leads", content=b" " * 50_000_000)


async def read(the_client: Any) -> None:
    async with the_client.http.stream("GET", GET.path) as response:
        await response.aread()


PHASES: dict[str, tuple[Script, Callable[[Any], Any]]] = {
    "waiting for headers": (lambda body: (), get),
    "within headers": (lambda body: (HEAD,), get),
    "within the body": (half(end=b""), get),
    "within a body that is streamed": (half(end=b""), read),
    "in a pause between attempts": (lambda body: [answer(b"", "Retry-After: 9", status="503 No")], get),
    "while the request is sent": (lambda body: [30.0], write),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_is_cancelled(hostile: Hostile, phase: str, backend: str) -> None:
    """It ends at once, no connection is left in use, and the client goes on working."""
    script, call = PHASES[phase]
    with hostile.port(script, BODIES, at_once=call is write) as port:

        async def main() -> None:
            async with client("AsyncClient", port.url) as the_client:
                with anyio.move_on_after(0.1) as scope:
                    await call(the_client)
                assert scope.cancelled_caught
                assert busy_connections(the_client) == []
                port._script, port._at_once = good, False
                assert (await the_client.leads.get(LEAD_ID)).id == GET.data["lead"]["id"]

        anyio.run(main, backend=backend)

        assert call is write or port.all_closed()  # a server that does not read does not notice


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_is_cancelled_while_it_waits_for_a_connection(port: Port, backend: str) -> None:
    """The place in the queue is given up, and the place in the pool goes to the next."""
    transport = httpx.AsyncHTTPTransport(verify=TLS, limits=httpx.Limits(max_connections=1))

    async def main() -> None:
        async with omni.AsyncClient(api_key=KEY, base_url=port.url, transport=transport) as the_client:
            async with the_client.http.stream("GET", GET.path):
                with anyio.move_on_after(0.05) as scope:
                    await the_client.leads.get(LEAD_ID)
                assert scope.cancelled_caught
                assert len(busy_connections(the_client)) == 2  # that of the stream, and its request
            assert (await the_client.leads.get(LEAD_ID)).id == GET.data["lead"]["id"]

    anyio.run(main, backend=backend)

    assert port.connections == 2  # a body that was not read costs its connection


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_is_cancelled_while_it_connects(backend: str) -> None:
    """A server that accepts nobody."""

    async def main() -> None:
        async with client("AsyncClient", f"http://127.0.0.1:{listener.getsockname()[1]}") as the_client:
            with anyio.move_on_after(0.05) as scope:
                await the_client.leads.get(LEAD_ID)
            assert scope.cancelled_caught
            assert busy_connections(the_client) == []

    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as waiting:
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        anyio.run(main, backend=backend)


# Threads and processes.


def test_64_threads_on_one_client(port: Port) -> None:
    """All at once from the first call on: each gets its own lead, and no connection is lost."""
    start = threading.Barrier(64)
    interval = sys.getswitchinterval()

    def get(lead_id: str) -> list[str]:
        start.wait()
        return [the_client.leads.get(lead_id).id for _ in range(5)]

    sys.setswitchinterval(1e-5)
    try:
        with omni.Client(api_key=KEY, base_url=port.url) as the_client, ThreadPoolExecutor(64) as threads:
            found = list(threads.map(get, ANY_LEAD))
            busy, pool = busy_connections(the_client), the_client.http._transport._pool
    finally:
        sys.setswitchinterval(interval)

    assert found == [[each] * 5 for each in ANY_LEAD]
    assert busy == []
    assert port.connections <= 64
    assert pool._max_keepalive_connections == pool._max_connections  # else httpcore closes one that it has just given
    assert port.all_closed()


def forking(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that forks."""
    is_missing = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
    return is_missing(pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")(test))


@forking
def test_threads_of_a_forked_child(port: Port) -> None:
    """The first calls of a child come from many threads at once, and none takes a connection of the parent."""
    with client("Client", port.url) as the_client:
        the_client.leads.get(LEAD_ID)
        child = os.fork()
        if child == 0:
            with ThreadPoolExecutor(16) as threads:
                found = list(threads.map(lambda each: the_client.leads.get(each).id, ANY_LEAD[:16]))
            os._exit(0 if found == ANY_LEAD[:16] else 1)
        code = _code(child)
        before = port.connections
        the_client.leads.get(LEAD_ID)

    assert code == 0
    assert before > 1
    assert port.connections == before  # the parent still has its own


@forking
def test_forks_in_the_middle_of_calls(port: Port) -> None:
    """What other threads were at, their connections and their locks, does not stop a child."""
    over = threading.Event()

    def busy(lead_id: str) -> None:
        while not over.is_set():
            assert the_client.leads.get(lead_id).checklist == ()

    with client("Client", port.url) as the_client, ThreadPoolExecutor(16) as threads:
        done = [threads.submit(busy, each) for each in ANY_LEAD[:16]]
        children = [_forked(the_client) for _ in range(20)]
        codes = [_code(each) for each in children]
        over.set()
        for each in done:
            each.result()

    assert codes == [0] * 20


@forking
def test_a_fork_while_a_body_is_streamed(port: Port) -> None:
    """The child can let go of the parent's stream, and the parent reads it to its end."""
    with client("Client", port.url) as the_client:
        with the_client.http.stream("GET", GET.path) as response:
            child = _forked(the_client, response.close)
            code = _code(child)
            found = response.read()
        assert busy_connections(the_client) == []

    assert code == 0
    assert found == GET.body


@forking
@pytest.mark.parametrize(
    "where",
    [
        "omni._transport.connection_pool.abandon_connections",
        "omni_client.models.LeadRecord.from_dict",
        "omni_client.models.LeadDetails.from_dict",
        "omni_client.models.ActionLog.from_dict",
    ],
)
def test_a_fork_in_the_middle_of_the_first_call(port: Port, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """It waits for the thread that settles the client or loads modules: the child could never release their locks."""
    is_at_it, is_over = threading.Event(), threading.Event()
    work = pkgutil.resolve_name(where)

    def slow(*args: Any, **options: Any) -> Any:
        is_at_it.set()
        time.sleep(0.1)
        done = work(*args, **options)
        is_over.set()
        return done

    def call() -> None:
        lead = the_client.leads.get(LEAD_ID)
        assert lead.raw, lead.action_logs[0].raw

    with client("Client", port.url) as the_client, ThreadPoolExecutor(1) as threads:
        with monkeypatch.context() as patch:
            patch.setattr(where, slow)
            patch.setattr("omni._views.base._made", set())
            calling = threads.submit(call)
            assert is_at_it.wait(5)
        child = _forked(the_client)
        assert is_over.is_set()
        code = _code(child)
        calling.result()

    assert code == 0


@forking
def test_a_fork_while_a_lead_is_read(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither cookies nor properties that are kept have a lock, which the child could never release."""
    is_at_it, is_over = threading.Event(), threading.Event()

    def slow(*data: Any) -> tuple[Any, ...]:
        is_at_it.set()
        assert is_over.wait(20)
        return ()

    with client("Client", port.url) as the_client, ThreadPoolExecutor(1) as threads:

        def read() -> None:
            with the_client.http.cookies.jar._cookies_lock:
                assert lead.checklist == ()

        lead = the_client.leads.get(LEAD_ID)
        with monkeypatch.context() as patch:
            patch.setattr("omni._views.leads.views", slow)
            reading = threads.submit(read)
            assert is_at_it.wait(5)
        child = _forked(the_client)
        code = _code(child)
        is_over.set()
        reading.result()

    assert code == 0


def _forked(the_client: Any, afterwards: Callable[[], object] = int) -> int:
    """A child that gets a lead, or is ended."""
    child = os.fork()
    if child == 0:
        code = 1
        sys.settrace(None)  # coverage has a lock too
        try:
            signal.alarm(10)
            lead = the_client.leads.get(ANY_LEAD[20])
            afterwards()
            is_right = lead.id == ANY_LEAD[20] and lead.checklist == ()
            code = 0 if is_right and len(the_client.http._transport._pool.connections) == 1 else 2
        finally:
            os._exit(code)
    return child


def _code(child: int) -> int:
    """How a child ended, which is waited for."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_many_clients_over_one_transport(port: Port, kind: str) -> None:
    """As where each request of a program makes a client: the connections are watched once."""
    transport: Any = getattr(httpx, kind.replace("Client", "HTTPTransport"))(verify=TLS)

    for _ in range(3):
        getattr(omni, kind)(api_key=KEY, base_url=port.url, transport=transport)

    pool = transport._pool
    assert not hasattr(pool.create_connection.args[0], "func")
    assert not hasattr(pool._network_backend._backend, "_backend")


COPIES: dict[str, Callable[[Any], Any]] = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": pickle.dumps}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_client_is_not_copied(kind: str, way: str) -> None:
    """Nor its parts, since they lead to it; the words name the way out."""
    the_client = client(kind, "https://omni.example.com")

    for part in (the_client, the_client.http):
        with pytest.raises(omni.UsageError, match=r"one in each process.*with_options"):
            COPIES[way](part)
    with pytest.raises(omni.UsageError, match="one in each process"):
        pickle.dumps(the_client.leads)


def test_a_client_is_not_sent_to_another_process() -> None:
    """Multiprocessing says why not before it starts anything."""
    with client("Client", "https://omni.example.com") as the_client:
        process = multiprocessing.get_context("spawn").Process(target=print, args=(the_client,))
        with pytest.raises(omni.UsageError, match="one in each process"):
            process.start()


# Sockets.


@pytest.mark.parametrize("kind", KINDS[:2])
def test_many_calls_use_one_connection(port: Port, kind: str) -> None:
    """Good answers and refusals alike."""

    async def main() -> None:
        the_client = client(kind, port.url)
        for _ in range(100):
            await made(kind, GET, the_client)
        await close(kind, the_client)

    run(kind, main)

    assert port.connections == 1
    assert port.all_closed()


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the figures are read from /proc")
@pytest.mark.parametrize("kind", KINDS[:2])
def test_ten_thousand_calls(port: Port, kind: str) -> None:
    """Neither files nor memory grow, in a process of their own."""
    script = str(Path(__file__).with_name("many.py"))
    (files, memory), *later = json.loads(subprocess.check_output([sys.executable, script, port.url, kind]))

    assert len(later) == 4
    assert {each for each, _ in later} == {files}
    assert max(each for _, each in later) - memory < 1_000_000  # 125 bytes a call


# A body that the caller reads.


def read_blocking(url: str) -> None:
    with client("Client", url) as the_client, the_client.http.stream("GET", GET.path) as response:
        response.read()


def read_awaited(url: str, backend: str) -> None:
    async def main() -> None:
        async with client("AsyncClient", url) as the_client:
            await read(the_client)

    anyio.run(main, backend=backend)


READERS: dict[str, Callable[[str], None]] = {
    "blocking": read_blocking,
    "asyncio": lambda url: read_awaited(url, "asyncio"),
    "trio": lambda url: read_awaited(url, "trio"),
}


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("reader", READERS)
def test_a_streamed_body_that_cannot_be_unpacked(hostile: Hostile, reader: str) -> None:
    """It is an error of ours, as anywhere else."""
    script: Script = lambda body: [answer(b"not gzip", "Content-Encoding: gzip")]  # noqa: E731 - as in faults.py
    with (
        hostile.port(script, BODIES) as port,
        pytest.raises(omni.APIConnectionError, match="DecodingError") as caught,
    ):
        READERS[reader](port.url)

    assert caught.value.path == "/api/v1/leads/{leadId}"


@pytest.mark.parametrize("reader", READERS)
def test_a_streamed_body_is_unpacked(hostile: Hostile, reader: str) -> None:
    """To its end."""
    with hostile.port(lambda body: [answer(gzip.compress(body), "Content-Encoding: gzip")], BODIES) as port:
        READERS[reader](port.url)

    assert port.received == {GET.key: 1}
