"""Concurrent downloads and uploads: limits, threads, Ctrl-C and context variables."""

import contextvars
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from file_store import filenames_in, lead_with, send_file
from wire import reply

import omni
from omni._files.background import Background
from omni._files.manifest import MANIFEST

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]

Make = Callable[..., Any]
API = "http://api.example.com"


AT_EXIT = """
import asyncio, atexit, json, sys
from pathlib import Path
import omni

kind, api, link, folder = sys.argv[1:]
documents = [{"id": str(number), "filename": "a", "signedUrl": link} for number in range(3)]
lead = omni.Lead.from_dict({"lead": {"id": "1"}, "documents": documents})
early = omni.Client(api_key="k", base_url=api)

def blocking():
    yield lambda: early.documents.upload("1", ("a.txt", b"content"))
    late = omni.Client(api_key="k", base_url=api)
    yield lambda: late.documents.download_all(lead, to=folder)

def awaited():
    async def call(name, *arguments, **options):
        async with omni.AsyncClient(api_key="k", base_url=api) as client:
            return await getattr(client.documents, name)(*arguments, **options)
    yield lambda: asyncio.run(call("upload", "1", ("a.txt", b"content")))
    yield lambda: asyncio.run(call("download_all", lead, to=folder))

def last():
    outcomes = []
    for call in blocking() if kind == "Client" else awaited():
        try:
            outcomes.append([repr(getattr(result, "outcome", None) or result.error) for result in call()])
        except omni.OmniError as error:
            outcomes.append("OmniError")
    print(json.dumps(outcomes))

atexit.register(last)
"""


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_concurrency_is_the_number_of_downloads_at_once(
    make: Make, store: Any, tmp_path: Path, concurrency: int
) -> None:
    """Exactly ``concurrency`` files are downloaded at the same time."""
    running, most = 0, 0

    def counts(connection: socket.socket, request: str, file: bytes) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.1)
        running -= 1
        send_file()(connection, request, b"file")

    host = store(counts)
    lead = lead_with(*(host.document(str(number), f"{number}.pdf") for number in range(7)))
    seen: set[str] = set()

    async with make(base_url=API) as client:
        results = await client.documents.download_all(
            lead, to=tmp_path, concurrency=concurrency, progress=lambda document, *bytes: seen.add(document.id)
        )

    assert most == concurrency
    assert [result.path.name for result in results] == [f"{number}.pdf" for number in range(7)]
    assert seen == {str(number) for number in range(7)}


async def test_error_of_progress_stops_all_downloads(make: Make, store: Any, tmp_path: Path) -> None:
    """What ``progress`` raises is raised as it is, and stops the other downloads."""
    host = store(send_file(pause=0.02))
    lead = lead_with(*(host.document(str(number), f"{number}.pdf") for number in range(20)))

    def stop(document: omni.Document, have: int, total: int | None) -> None:
        raise LookupError("enough")

    async with make(base_url=API) as client:
        with pytest.raises(LookupError, match="enough"):
            await client.documents.download_all(lead, to=tmp_path, progress=stop)

    assert filenames_in(tmp_path) == {MANIFEST}
    assert len(host.requests) < 20


def test_ctrl_c_stops_all_downloads(store: Any, tmp_path: Path) -> None:
    """Ctrl-C soon stops all downloads of a blocking client, and leaves no partial file."""
    host = store(send_file(pause=0.01))
    lead = lead_with(*(host.document(str(number), f"{number}.pdf") for number in range(50)))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    main = threading.get_ident()

    def interrupt() -> None:
        deadline = time.monotonic() + 20  # on a busy machine, it takes its time until they are under way
        while not host.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGALRM)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        with omni.Client(api_key="k", base_url=API) as client, pytest.raises(KeyboardInterrupt):
            client.documents.download_all(lead, to=tmp_path)
    finally:
        interrupter.join()
        signal.signal(signal.SIGALRM, before)

    assert not [name for name in filenames_in(tmp_path) if name.endswith(".part")]
    assert len(host.requests) < 10


async def test_calls_work_while_the_application_uses_up_its_threads(
    kind: str, make: Make, wire: Any, store: Any, tmp_path: Path
) -> None:
    """Application threads that wait for calls do not take the threads that these calls need."""
    if kind == "Client":
        pytest.skip("blocking code needs none")
    anyio.to_thread.current_default_thread_limiter().total_tokens = 2
    host = store(files={"/f": b"file"})
    api = wire(reply(body=b'{"documents": [{"id": "1"}]}'))
    ended: list[str] = []

    async with make(base_url=api.url) as client:

        async def call(name: str) -> None:
            with anyio.fail_after(3):
                await client.documents.download(host.document(), to=tmp_path / name)
                await client.documents.upload("lead-1", (name, b"content"))
            ended.append(name)

        async with anyio.create_task_group() as group:
            for name in ("a", "b", "c"):
                group.start_soon(anyio.to_thread.run_sync, partial(anyio.from_thread.run, call, name))

    assert sorted(ended) == ["a", "b", "c"]


async def test_no_thread_can_be_started(
    kind: str, make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocking code does the work in the caller's thread, and async code raises an error with the reason."""

    async def refuse(*arguments: object, **options: object) -> None:
        raise RuntimeError("can't start new thread")

    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr("anyio.to_thread.run_sync", refuse)
    monkeypatch.setattr("omni._files.concurrency.threading", SimpleNamespace(**{**vars(threading), "Thread": NoThread}))
    host = store(files={"/f": b"file"})
    lead = lead_with(host.document("1"), host.document("2"))

    async with make(base_url=API) as client:
        if kind == "Client":
            results = await client.documents.download_all(lead, to=tmp_path)
            assert [result.error for result in results] == [None, None]
        for call in (partial(client.documents.download_all, lead), partial(client.documents.download, "doc-1")):
            if kind != "Client":
                with pytest.raises(omni.OmniError, match="can't start new thread"):
                    await call(to=tmp_path)
        if kind != "Client":
            with pytest.raises(omni.OmniError, match="can't start new thread"):
                await client.documents.upload("lead-1", ("a.txt", b"content"))


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_calls_at_interpreter_exit(wire: Any, store: Any, tmp_path: Path, name: str, anyio_backend: str) -> None:
    """At interpreter exit, blocking code uploads and downloads, and async code does or raises OmniError."""
    api = wire(reply(body=b'{"documents": [{"id": "1"}]}'))
    host = store(files={"/f": b"file"})
    arguments = [name, api.url, f"{host.url}/f", str(tmp_path / "files")]

    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT, *arguments], capture_output=True, text=True, timeout=30, check=True
    )

    works = [["'stored'"], ["None"] * 3]
    outcomes = json.loads(done.stdout or done.stderr)
    assert outcomes == works or (name == "AsyncClient" and "OmniError" in outcomes)


async def test_context_variables_reach_callbacks_and_logs(
    make: Make, store: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Callbacks and log lines of each file see the caller's context variables, such as a request id."""
    request_id = contextvars.ContextVar("request_id", default="lost")
    seen: dict[str, set[str]] = {"progress": set(), "log": set()}

    def note(record: logging.LogRecord) -> bool:
        seen["log"].add(request_id.get())
        return True

    caplog.set_level(logging.INFO, "omni")
    caplog.handler.addFilter(note)
    host = store(files={"/f": b"file"})
    request_id.set("request-7")
    async with make(base_url=API) as client:
        await client.documents.download_all(
            lead_with(*(host.document(str(number)) for number in range(3))),
            to=tmp_path,
            progress=lambda *arguments: seen["progress"].add(request_id.get()),
        )
    caplog.handler.removeFilter(note)

    assert seen == {"progress": {"request-7"}, "log": {"request-7"}}


def test_threads_end_when_nothing_is_left_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next call starts one again."""
    monkeypatch.setattr("omni._files.background.IDLE_SECONDS", 0.01)
    calls, names = Background(), set[str]()
    for number in range(3):
        calls.start(number, lambda: names.add(threading.current_thread().name))
        assert calls.wait(5) == (number, None)
        for thread in threading.enumerate():
            if thread.name in names:
                thread.join(5)
                assert not thread.is_alive()

    assert len(names) == 3
