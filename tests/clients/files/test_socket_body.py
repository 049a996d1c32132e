"""Bodies of large files are copied from their socket, wherever nothing else wants to see them."""

import contextlib
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import anyio
import httpcore
import httpx
import pytest
from file_store import FILE, Store, filenames_in, response_head, send_file
from layers import Connection, Layered, tls, trust, trusting

import omni
from omni._files.socket_body import AsyncSocketBody, SocketBody
from omni._transport.sockets.source import SocketSource

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
API = "http://api.example.com"
BODY = random.Random(2).randbytes(300_000)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each body, whether it was taken over from httpx; small ones can be here too."""
    noted: list[bool] = []
    take_over = SocketBody.take_over.__func__  # type: ignore[attr-defined]

    def note(cls: type[SocketBody], *arguments: Any) -> Any:
        body = take_over(cls, *arguments)
        noted.append(body is not None)
        return body

    monkeypatch.setattr(SocketBody, "take_over", classmethod(note))
    monkeypatch.setattr("omni._files.socket_body.MIN_LENGTH", 1000)
    return noted


@contextlib.contextmanager
def sockets_and_threads() -> Iterator[None]:
    """No socket is open at the end that was not at the start, and no thread runs but those that wait for work."""
    threads, before = {*threading.enumerate()}, _sockets()
    yield
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and (_sockets() - before or _working({*threading.enumerate()} - threads)):
        time.sleep(0.01)
    assert _sockets() - before == set()
    assert _working({*threading.enumerate()} - threads) == []


def _sockets() -> set[str]:
    """The sockets of this process, where the system lists them."""
    found = set()
    for entry in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            found.add(str(entry.readlink()))
    return {name for name in found if name.startswith("socket:")}


def _working(threads: set[threading.Thread]) -> list[str]:
    names = ("AnyIO worker", "Trio thread", "asyncio_", "Thread-")  # the last are those of the test's servers
    return [thread.name for thread in threads if not thread.name.startswith(names)]


ROUTES: dict[str, tuple[dict[str, Any], bool]] = {
    "tcp": ({}, True),
    "tls": ({"inner_tls": tls()}, True),
    "http through an http proxy": ({"proxy": "http"}, True),
    "http through an https proxy": ({"proxy": "https", "proxy_tls": tls()}, True),
    "https through an http proxy": ({"proxy": "http", "tunnel": True, "inner_tls": tls()}, True),
    "https through an https proxy": (
        {"proxy": "https", "proxy_tls": tls(), "tunnel": True, "inner_tls": tls()},
        False,
    ),
}
"""How a file host is reached, and whether there is a socket with at most one layer of TLS."""


@pytest.mark.parametrize("route", ROUTES)
async def test_body_is_copied_over_every_route(
    make: Make, taken: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    """With bytes after it that nobody reads, by a connection that is not used again."""
    layers = {**ROUTES[route][0]}
    proxy = layers.pop("proxy", None)
    requests: list[str] = []

    def play(connection: Connection, path: str) -> bytes:
        requests.append(path)
        return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: "1"\r\n\r\n%sHTTP/1.1 ' % (len(FILE), FILE)

    server = Layered(play, **layers)
    host = f"127.0.0.1:{server.port}"
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))
    if proxy:
        monkeypatch.setenv("HTTPS_PROXY" if "inner_tls" in layers else "HTTP_PROXY", f"{proxy}://{host}")
    link = f"http{'s' if 'inner_tls' in layers else ''}://{host}/f"
    document = omni.Document.from_dict({"id": "1", "filename": "a.pdf", "signedUrl": link})

    async with make(base_url=API) as client:
        for number in (1, 2):
            path = await client.documents.download(document, to=tmp_path / str(number))
            assert path.read_bytes() == FILE
    server.close()

    assert taken[0] is ROUTES[route][1]
    assert len(requests) == len(server.connections) == 2


def _in_segments(sizes: list[int]) -> Any:
    def step(connection: socket.socket, request: str, file: bytes) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = response_head(200, content_length=len(BODY)) + BODY
        for size in sizes:
            connection.sendall(data[:size])
            data = data[size:]
            time.sleep(0.03 if len(data) < len(BODY) else 0.002)  # long enough for the event loop to wait itself
        connection.sendall(data)

    return step


HEAD_SIZE = len(response_head(200, content_length=len(BODY)))


@pytest.mark.parametrize("with_tls", [False, True], ids=["tcp", "tls"])
async def test_no_byte_is_lost_between_httpx_and_the_socket(
    make: Make, taken: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_tls: bool
) -> None:
    """However head and body arrive: h11 has buffered nothing beyond the first chunk that httpx yields."""
    segments = [
        [HEAD_SIZE],
        [HEAD_SIZE - 1, 1, 1],
        [HEAD_SIZE + 1],
        [HEAD_SIZE - 2, 70_000, 1],
        [HEAD_SIZE + 65_536],
        [HEAD_SIZE, 1, 65_535, 65_537, 16_384],
        [1, HEAD_SIZE + 16_384, 16_383, 2],
    ]
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))
    host = Store(*map(_in_segments, segments), tls=tls() if with_tls else None)

    async with make(base_url=API) as client:
        for number, _ in enumerate(segments):
            path = await client.documents.download(host.document(), to=tmp_path / str(number))
            assert path.read_bytes() == BODY
    host.close()

    assert taken == [True] * len(segments)


async def test_copy_over_tls_is_resumed(
    make: Make, taken: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a host that went away without a word, and one that stalled."""
    monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))
    host = Store(send_file(500_000), _stalls, send_file(), tls=tls())

    async with make(base_url=API, timeout=0.5) as client:
        path = await client.documents.download(host.document(), to=tmp_path)
    host.close()

    assert path.read_bytes() == FILE
    assert host.ranges[:2] == [None, "bytes=500000-"]


def _in_two(head: bytes, body: bytes) -> Any:
    """Send a response whose body does not come whole with its first chunk."""

    def step(connection: socket.socket, request: str, file: bytes) -> None:
        connection.sendall(head + body[:100])
        time.sleep(0.05)
        connection.sendall(body[100:])

    return step


OTHER_BODIES = {
    "small": _in_two(response_head(200, content_length=1000), BODY[:1000]),
    "HTTP/1.0": _in_two(b"HTTP/1.0 200 OK\r\ncontent-length: 9000\r\n\r\n", BODY[:9000]),
    "chunked": _in_two(response_head(200, transfer_encoding="chunked"), b"2000\r\n%s\r\n0\r\n\r\n" % BODY[:0x2000]),
    "of another length": _in_two(response_head(200, content_length="09000"), BODY[:9000]),
}


@pytest.mark.parametrize("name", OTHER_BODIES)
async def test_other_bodies_are_read_by_httpx(
    make: Make, store: Any, taken: list[bool], tmp_path: Path, name: str
) -> None:
    """Those that are small, or whose length is not plainly said."""
    async with make(base_url=API, attempts=1) as client:
        path = await client.documents.download(store(OTHER_BODIES[name]).document(), to=tmp_path)

    assert path.read_bytes() == BODY[: path.stat().st_size]
    assert taken == [False]


async def test_error_of_progress_ends_a_copy(make: Make, store: Any, taken: list[bool], tmp_path: Path) -> None:
    """Also if it is one that downloads are resumed after."""
    error = omni.APIConnectionError("enough")
    calls: list[int] = []

    def stop(have: int, total: int | None) -> None:
        calls.append(have)
        if len(calls) == 2:
            raise error

    async with make(base_url=API) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.documents.download(store().document(), to=tmp_path, progress=stop)

    assert caught.value is error
    assert taken == [True]
    assert filenames_in(tmp_path) == set()


PATCHED = {
    "Client": ["httpx.Client.send", "httpx.HTTPTransport.handle_request", "httpcore.ConnectionPool.handle_request"],
    "AsyncClient": [
        "httpx.AsyncClient.send",
        "httpx.AsyncHTTPTransport.handle_async_request",
        "httpcore.AsyncConnectionPool.handle_async_request",
        "httpcore.AsyncHTTP11Connection.handle_async_request",
    ],
}


async def test_patched_libraries_see_every_body(
    make: Make, kind: str, store: Any, taken: list[bool], tmp_path: Path
) -> None:
    """Recorders, tracers and mocks put functions into classes, and take them out again."""
    host = store()
    async with make(base_url=API) as client:
        for number, place in enumerate(PATCHED[kind.partition("-")[0]]):
            module, cls, name = place.split(".")
            original = getattr(getattr({"httpx": httpx, "httpcore": httpcore}[module], cls), name)

            def wrapper(*arguments: Any, original: Any = original, **options: Any) -> Any:
                return original(*arguments, **options)

            with patch(place, wrapper):
                await client.documents.download(host.document(), to=tmp_path / f"patched-{number}")
            assert taken.pop() is False, place
            await client.documents.download(host.document(), to=tmp_path / f"plain-{number}")
            assert taken.pop() is True, place


async def test_other_transports_see_every_body(
    make: Make, kind: str, store: Any, taken: list[bool], tmp_path: Path
) -> None:
    """Own transports, wrappers, and methods that were put into an object."""
    cls: Any = httpx.HTTPTransport if kind == "Client" else httpx.AsyncHTTPTransport
    name = "handle_request" if kind == "Client" else "handle_async_request"
    patched = cls(verify=trusting())
    setattr(patched, name, getattr(patched, name))
    plain, derived = cls(verify=trusting()), type("Derived", (cls,), {})(verify=trusting())
    host = store()

    for number, transport in enumerate((plain, patched, derived, lambda inner: patched)):
        async with make(base_url=API, transport=transport) as client:
            await client.documents.download(host.document(), to=tmp_path / str(number))

    assert taken == [True, False, False, False]


def _stalls(connection: socket.socket, request: str, file: bytes) -> None:
    connection.sendall(response_head(200, content_length=len(file)) + file[:2_000_000])
    with contextlib.suppress(OSError):
        connection.recv(1)  # until the client leaves


@pytest.mark.parametrize("cls", [SocketBody, AsyncSocketBody])
@pytest.mark.parametrize(
    ("error", "failure"), [(ConnectionResetError("gone"), httpcore.ReadError), (TimeoutError("slow"), None)]
)
def test_failures_of_the_socket_are_left_for_httpx(cls: Any, error: OSError, failure: Any) -> None:
    """After what came before them was written; in async code, a pause is none."""
    reads = iter([b"abc", error])

    class Source(SocketSource):
        def read_into(self, buffer: memoryview) -> int:
            if isinstance(data := next(reads), OSError):
                raise data
            buffer[: len(data)] = data
            return len(data)

    written: list[bytes] = []
    source = Source(Mock())
    body = cls(None, source, 10, 5.0)

    assert body.copy(lambda offset, data: written.append(bytes(data)), 7) == 10
    assert written == [b"abc"]
    expected = httpcore.ReadTimeout if cls is SocketBody and failure is None else failure
    assert type(source.failure) is (expected or type(None))
    assert body.is_open is (expected is None)


@pytest.mark.parametrize("step", [_stalls, send_file(pause=0.02)], ids=["stalled", "running"])
async def test_cancelled_copy_ends_at_once(kind: str, taken: list[bool], tmp_path: Path, step: Any) -> None:
    """And leaves no file, no socket and no thread."""
    if kind == "Client":
        pytest.skip("blocking code cannot be cancelled")
    host = Store(step)
    with sockets_and_threads():
        async with omni.AsyncClient(api_key="k", base_url=API) as client:
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: client.documents.download(host.document(), to=tmp_path))
                while not taken:
                    await anyio.sleep(0.01)
                await anyio.sleep(0.1)
                group.cancel_scope.cancel()
                start = anyio.current_time()
            late = anyio.current_time() - start
        host.close()

    assert taken == [True]
    assert not [*tmp_path.iterdir()]
    assert late < 0.25  # a step of the thread takes 0.02 s, on a machine that does nothing else


async def test_closing_the_client_ends_a_copy(kind: str, taken: list[bool], tmp_path: Path) -> None:
    """By another task, while the host is silent."""
    if kind == "Client":
        pytest.skip("a blocked thread notices when its timeout has passed")
    host = Store(_stalls)
    with sockets_and_threads():
        client = omni.AsyncClient(api_key="k", base_url=API, attempts=1)
        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:

                async def download() -> None:
                    with pytest.raises(omni.OmniError):
                        await client.documents.download(host.document(), to=tmp_path)

                group.start_soon(download)
                await anyio.sleep(0.3)
                await client.aclose()
        host.close()

    assert taken == [True]
    assert filenames_in(tmp_path) == set()


def test_ctrl_c_ends_a_copy(taken: list[bool], tmp_path: Path) -> None:
    """While the host is silent; it leaves no file and no socket."""
    host, main = Store(_stalls), threading.get_ident()

    def interrupt() -> None:
        deadline = time.monotonic() + 20
        while not taken and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        signal.pthread_kill(main, signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        with sockets_and_threads():
            with omni.Client(api_key="k", base_url=API) as client, pytest.raises(KeyboardInterrupt):
                client.documents.download(host.document(), to=tmp_path)
            host.close()
    finally:
        interrupter.join()
        signal.signal(signal.SIGALRM, before)

    assert taken == [True]
    assert filenames_in(tmp_path) == set()


async def test_event_loop_runs_on_during_a_copy(kind: str, store: Any, taken: list[bool], tmp_path: Path) -> None:
    """Large files are read and written in threads, and progress is told in the event loop."""
    if kind == "Client":
        pytest.skip("blocking code has no event loop")
    thread, threads, turns = threading.get_ident(), set(), 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await anyio.sleep(0.005)
            turns += 1

    async with omni.AsyncClient(api_key="k", base_url=API) as client, anyio.create_task_group() as group:
        group.start_soon(count_turns)
        await client.documents.download(
            store(send_file(pause=0.01)).document(), to=tmp_path, progress=lambda *_: threads.add(threading.get_ident())
        )
        group.cancel_scope.cancel()

    assert taken == [True]
    assert threads == {thread}
    assert turns > 10
