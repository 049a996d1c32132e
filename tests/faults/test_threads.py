"""One client in many threads and many calls, and streamed bodies."""

import gzip
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from calls import BODIES, CALLS, KINDS, TLS, close, make_call, make_client, run
from canaries import KEY
from connections import busy_connections, read_stream
from server import LEAD_IDS, HostileServer, Port, http_response

import omni

GET = CALLS[0]


@pytest.mark.usefixtures("way")
def test_64_threads_share_one_client(port: Port) -> None:
    """All threads start at once with the first call; each gets its own lead, and no connection is lost."""
    start = threading.Barrier(64)
    interval = sys.getswitchinterval()

    def get_lead(lead_id: str) -> list[str]:
        start.wait()
        return [client.leads.get(lead_id).id for _ in range(5)]

    sys.setswitchinterval(1e-5)
    try:
        with omni.Client(api_key=KEY, base_url=port.url) as client, ThreadPoolExecutor(64) as threads:
            pool = client.http._transport._pool
            pool._keepalive_expiry = None  # on a busy machine, the test may take longer than connections are kept
            ids = list(threads.map(get_lead, LEAD_IDS))
            busy = busy_connections(client)
    finally:
        sys.setswitchinterval(interval)

    assert ids == [[lead_id] * 5 for lead_id in LEAD_IDS]
    assert busy == []
    assert port.connections <= 64
    assert pool._max_keepalive_connections == pool._max_connections  # else httpcore closes one that it has just given
    assert port.wait_until_closed()


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_first_thread_drops_stale_connections(port: Port, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another thread takes over the client while this one waits for the lock, idle connections are kept."""

    async def main() -> None:
        client = make_client(kind, port.url)
        await make_call(kind, GET, client)
        owner = client.http._owner

        class LockAfterTakeover:
            def __enter__(self) -> None:
                client.http._owner = owner

            def __exit__(self, *exc_info: object) -> None:
                pass

        client.http._owner = None
        monkeypatch.setattr("omni._transport.sockets.connection_pool.fork_lock", LockAfterTakeover())
        await make_call(kind, GET, client)
        await close(kind, client)

    run(kind, main)

    assert port.connections == 1


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", KINDS[:2])
def test_many_calls_use_one_connection(port: Port, kind: str) -> None:
    """100 calls, one after the other, need one connection, which is closed with the client."""

    async def main() -> None:
        client = make_client(kind, port.url)
        for _ in range(100):
            await make_call(kind, GET, client)
        await close(kind, client)

    run(kind, main)

    assert port.connections == 1
    assert port.wait_until_closed()


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the figures are read from /proc")
@pytest.mark.parametrize("kind", KINDS[:2])
def test_ten_thousand_calls_leak_neither_files_nor_memory(port: Port, kind: str) -> None:
    """Open files and memory of a process stay the same."""
    script = str(Path(__file__).with_name("many.py"))
    (files, memory), *later = json.loads(subprocess.check_output([sys.executable, script, port.url, kind]))

    assert len(later) == 4
    assert {later_files for later_files, _ in later} == {files}
    assert max(later_memory for _, later_memory in later) - memory < 1_000_000  # 125 bytes a call


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_transport_shared_by_many_clients_is_guarded_once(port: Port, kind: str) -> None:
    """Where each request of a program makes a client over one transport, its connections are wrapped once."""
    transport: Any = getattr(httpx, kind.replace("Client", "HTTPTransport"))(verify=TLS)

    for _ in range(3):
        getattr(omni, kind)(api_key=KEY, base_url=port.url, transport=transport)

    pool = transport._pool
    assert not hasattr(pool.create_connection.args[0], "func")
    assert not hasattr(pool._network_backend._backend, "_backend")


# Streamed bodies.


def read_lead_stream(kind: str, url: str) -> None:
    """Stream a lead by a new client of this kind."""

    async def main() -> None:
        async with make_client(kind, url) as client:
            await read_stream(client, "GET", GET.path)

    if kind == "Client":
        with make_client(kind, url) as client:
            read_stream(client, "GET", GET.path)
    else:
        anyio.run(main, backend="trio" if kind.endswith("trio") else "asyncio")


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("kind", KINDS)
def test_broken_encoding_of_streamed_body_is_a_connection_error(server: HostileServer, kind: str) -> None:
    """A streamed body that cannot be decompressed raises the same error as any other body."""
    with (
        server.port(lambda body: [http_response(b"not gzip", "Content-Encoding: gzip")], BODIES) as port,
        pytest.raises(omni.APIConnectionError, match="DecodingError") as caught,
    ):
        read_lead_stream(kind, port.url)

    assert caught.value.path == "/api/v1/leads/{leadId}"


@pytest.mark.parametrize("kind", KINDS)
def test_compressed_streamed_body_is_read_to_its_end(server: HostileServer, kind: str) -> None:
    """A gzip body takes one request."""
    with server.port(lambda body: [http_response(gzip.compress(body), "Content-Encoding: gzip")], BODIES) as port:
        read_lead_stream(kind, port.url)

    assert port.received == {GET.key: 1}
