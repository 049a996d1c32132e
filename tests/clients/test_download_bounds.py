"""Downloads end, as an error of ours or as a file: whatever hosts send, threads lack, and somebody planted."""

import contextvars
import hashlib
import json
import logging
import os
import re
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
import httpx
import pytest
from file_store import FILE, Step, files, gives, head, lead_with, manifest, says, sends
from wire import answer

import omni
from omni._files.download import MAX_FILE_SIZE
from omni._files.manifest import MANIFEST

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves its generators to the garbage collector where a body is not read to its end; trio says so.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]

Make = Callable[..., Any]
API = "http://api.example.com"
TOO_MANY_DIGITS = "9" * 4301
"""More than Python makes a number of."""


# Planted manifests.


def plant_pipe(path: Path) -> None:
    """A pipe that nobody writes to, but for the end of a test that would fail."""
    os.mkfifo(path)
    writer = threading.Timer(6, lambda: path.exists() and os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK)))
    writer.daemon = True
    writer.start()


def plant_folder(path: Path) -> None:
    path.mkdir()


def plant_sea_of_zeros(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


@pytest.mark.parametrize("plant", [plant_pipe, plant_folder, plant_sea_of_zeros])
async def test_a_planted_manifest(make: Make, store: Any, tmp_path: Path, plant: Callable[[Path], None]) -> None:
    """What is no manifest by its kind or size is neither waited for nor read: it is damaged."""
    plant(tmp_path / MANIFEST)
    host, start = store(), time.monotonic()

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError, match="damaged"):
            await client.documents.download_all(lead_with(host.document()), to=tmp_path)

    assert time.monotonic() - start < 5
    assert host.requests == []


async def test_a_pipe_in_place_of_a_file(make: Make, store: Any, tmp_path: Path) -> None:
    """A pipe under the name of a file that was there is neither the file nor waited for."""
    lead = lead_with(store(files={"/f": b"file"}).document())

    async with make(base_url=API) as client:
        await client.documents.download_all(lead, to=tmp_path)
        (tmp_path / "a.pdf").unlink()
        os.mkfifo(tmp_path / "a.pdf")
        (result,) = await client.documents.download_all(lead, to=tmp_path)

    assert isinstance(result.error, omni.UsageError)


# What is there already.


async def test_other_content_of_the_same_size(make: Make, store: Any, tmp_path: Path) -> None:
    """A file whose content is not the one that was noted is not there already, and is not replaced unasked."""
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    async with make(base_url=API) as client:
        await client.documents.download_all(lead, to=tmp_path)
        (tmp_path / "a.pdf").write_bytes(b"broken")
        (second,) = await client.documents.download_all(lead, to=tmp_path)
        assert (tmp_path / "a.pdf").read_bytes() == b"broken"
        (third,) = await client.documents.download_all(lead, to=tmp_path, overwrite=True)

    assert (isinstance(second.error, omni.UsageError), second.skipped) == (True, False)
    assert (third.error, (tmp_path / "a.pdf").read_bytes()) == (None, b"theirs")


@pytest.mark.parametrize("content", [b"theirs", b"broken"])
async def test_a_manifest_of_before_there_were_digests(make: Make, store: Any, tmp_path: Path, content: bytes) -> None:
    """Where the size alone was noted, the file is fetched anew and compared: the same is noted, another is an error."""
    (tmp_path / "a.pdf").write_bytes(content)
    (tmp_path / MANIFEST).write_text('{"documents": {"doc-1": {"file": "a.pdf", "size": 6}}}')
    host = store(files={"/f": b"theirs"})
    lead = lead_with(host.document())

    async with make(base_url=API) as client:
        (first,) = await client.documents.download_all(lead, to=tmp_path)
        (second,) = await client.documents.download_all(lead, to=tmp_path)

    is_same = content == b"theirs"
    assert [isinstance(each.error, omni.UsageError) for each in (first, second)] == [not is_same] * 2
    assert [each.skipped for each in (first, second)] == [is_same] * 2
    assert len(host.requests) == (1 if is_same else 2)
    assert (tmp_path / "a.pdf").read_bytes() == content
    assert manifest(tmp_path)["doc-1"]["sha256"] == (hashlib.sha256(content).hexdigest() if is_same else None)
    assert files(tmp_path) == {"a.pdf", MANIFEST}


async def test_a_file_that_goes_while_it_is_compared(make: Make, store: Any, tmp_path: Path) -> None:
    """What was fetched only to be compared is kept where there is nothing any more to compare it with."""
    (tmp_path / "a.pdf").write_bytes(b"theirs")
    (tmp_path / MANIFEST).write_text('{"documents": {"doc-1": {"file": "a.pdf", "size": 6}}}')

    async with make(base_url=API) as client:
        (result,) = await client.documents.download_all(
            lead_with(store(files={"/f": b"theirs"}).document()),
            to=tmp_path,
            progress=lambda *arguments: (tmp_path / "a.pdf").unlink(),
        )

    assert (result.error, result.skipped) == (None, False)
    assert (tmp_path / "a.pdf").read_bytes() == b"theirs"


async def test_a_digest_over_cuts(make: Make, store: Any, tmp_path: Path) -> None:
    """What is noted is the digest of the whole file, also if it was cut, gone on with and begun again."""
    host = store(sends(2_000_000), sends(500_000), sends(1_000_000, etag=None), sends())

    async with make(base_url=API) as client:
        await client.documents.download_all(lead_with(host.document()), to=tmp_path)

    assert manifest(tmp_path)["doc-1"]["sha256"] == hashlib.sha256(FILE).hexdigest()
    assert len(host.requests) == 4


# Threads.


async def test_threads_of_the_application_are_used_up(
    kind: str, make: Make, wire: Any, store: Any, tmp_path: Path
) -> None:
    """Threads that wait for calls do not take from these calls the threads that they need."""
    if kind == "Client":
        pytest.skip("blocking code needs none")
    anyio.to_thread.current_default_thread_limiter().total_tokens = 2
    host = store(files={"/f": b"file"})
    api = wire(answer(body=b'{"documents": [{"id": "1"}]}'))
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


async def test_no_thread_can_be_had(
    kind: str, make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocking code does it all in the caller's thread, and awaited code ends in an error that says why."""

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
            assert [each.error for each in results] == [None, None]
        for call in (partial(client.documents.download_all, lead), partial(client.documents.download, "doc-1")):
            if kind != "Client":
                with pytest.raises(omni.OmniError, match="can't start new thread"):
                    await call(to=tmp_path)
        if kind != "Client":
            with pytest.raises(omni.OmniError, match="can't start new thread"):
                await client.documents.upload("lead-1", ("a.txt", b"content"))


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
            outcomes.append([repr(each.outcome if hasattr(each, "outcome") else each.error) for each in call()])
        except omni.OmniError as error:
            outcomes.append("OmniError")
    print(json.dumps(outcomes))

atexit.register(last)
"""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_the_first_call_at_exit(wire: Any, store: Any, tmp_path: Path, name: str, anyio_backend: str) -> None:
    """When the interpreter ends, blocking code uploads and downloads, and awaited code does or says it cannot."""
    api = wire(answer(body=b'{"documents": [{"id": "1"}]}'))
    host = store(files={"/f": b"file"})
    arguments = [name, api.url, f"{host.url}/f", str(tmp_path / "files")]

    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT, *arguments], capture_output=True, text=True, timeout=30, check=True
    )

    works = [["'stored'"], ["None"] * 3]
    found = json.loads(done.stdout or done.stderr)
    assert found == works or (name == "AsyncClient" and "OmniError" in found)


# What hosts send.


@pytest.mark.parametrize(
    "content_range",
    [f"bytes 2000000-2999999/{TOO_MANY_DIGITS}", f"bytes {TOO_MANY_DIGITS}-2999999/3000000"],
    ids=["total", "first"],
)
async def test_numbers_that_are_none(make: Make, store: Any, tmp_path: Path, content_range: str) -> None:
    """A part with a number that Python cannot read is no part of the file, which is begun again."""
    host = store(sends(2_000_000), says(206, b"xxxx", content_range=content_range, etag='"v1"'), sends())

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE


async def test_an_encoding_that_is_none(make: Make, store: Any, tmp_path: Path) -> None:
    """What some hosts say of a file that is sent as it is, does not make it another one."""
    encodings = ["", "aws-chunked", "utf-8", "identity", "aws-chunked, UTF-8"]
    host = store(*(sends(content_encoding=each) for each in encodings), files={"/f": b"file"})

    async with make(base_url=API) as client:
        for number, _ in enumerate(encodings):
            path = await client.documents.download(host.document(), to=tmp_path / str(number))
            assert path.read_bytes() == b"file"

    assert len(host.requests) == len(encodings)


async def test_a_validator_that_is_none(make: Make, store: Any, tmp_path: Path) -> None:
    """A tag that cannot be sent, or means nothing, is none: after a cut the file is begun again."""
    tags = ['"\xe9"', 'W/"v1"', "v1", '"a"b"', f'"{"x" * 5000}"', "0", ""]
    steps = [step for tag in tags for step in (sends(2, etag=tag, last_modified=tag), sends())]
    host = store(*steps, files={"/f": b"file"})

    async with make(base_url=API) as client:
        for number, _ in enumerate(tags):
            path = await client.documents.download(host.document(), to=tmp_path / str(number))
            assert path.read_bytes() == b"file"

    assert host.ranges == [None] * len(steps)


async def test_a_date_in_place_of_a_tag(make: Make, store: Any, tmp_path: Path) -> None:
    """Where the tag is unusable and the date is not, the rest is asked for by the date."""
    date = "Fri, 30 Jan 2026 02:00:00 GMT"
    host = store(sends(2_000_000, etag='"\xe9"', last_modified=date), sends())

    async with make(base_url=API) as client:
        await client.documents.download(host.document(), to=tmp_path)

    assert f"if-range: {date.lower()}" in host.asked[1]


async def test_a_foreign_error_in_one_file(kind: str, make: Make, tmp_path: Path) -> None:
    """Whatever one file fails with, the others come, and its result has an error of ours that names no file."""

    def respond(request: httpx.Request) -> httpx.Response:
        if "bad" in request.url.path:
            raise LookupError("Ada.pdf")
        return httpx.Response(200, content=b"file")

    documents = [{"id": name, "filename": name, "signedUrl": f"https://files.example.com/{name}"} for name in "ab"]
    documents.append({"id": "c", "filename": "Ada.pdf", "signedUrl": "https://files.example.com/bad"})
    lead = omni.Lead.from_dict({"lead": {"id": "1"}, "documents": documents})

    async with make(transport=httpx.MockTransport(respond)) as client:
        results = await client.documents.download_all(lead, to=tmp_path)

    assert [type(each.error) for each in results] == [type(None), type(None), omni.OmniError]
    assert str(results[2].error) == "The file could not be downloaded: LookupError."
    assert set(manifest(tmp_path)) == {"a", "b"}


@pytest.mark.parametrize("all_of_them", [False, True])
async def test_what_progress_raises_is_the_callers(make: Make, store: Any, tmp_path: Path, all_of_them: bool) -> None:
    """An error of ours that ``progress`` raises, from another client, is neither a cut nor the failure of a file."""
    theirs = omni.APIConnectionError("of another client")
    host = store()

    def stop(*arguments: object) -> None:
        if theirs.attempts == 0:  # the first time
            theirs.attempts = 1
            raise theirs

    async with make(base_url=API) as client:
        one, every = client.documents.download, client.documents.download_all
        call = partial(every, lead_with(host.document())) if all_of_them else partial(one, host.document())
        with pytest.raises(omni.APIConnectionError) as caught:
            await call(to=tmp_path, progress=stop)

    assert caught.value is theirs
    assert len(host.requests) == 1


async def test_a_result_keeps_no_locals(make: Make, store: Any, tmp_path: Path) -> None:
    """The error of a result leads to no frame that has the name of a file or its link."""
    (tmp_path / "Ada.pdf").mkdir()
    host = store(says(404))
    lead = lead_with(host.document("1", "Ada.pdf"), host.document("2", "Ada (2).pdf"))

    async with make(base_url=API) as client:
        results = await client.documents.download_all(lead, to=tmp_path, overwrite=True)

    for result, kind in zip(results, (omni.UsageError, omni.NotFoundError), strict=True):
        assert isinstance(result.error, kind)
        trace, seen = result.error.__traceback__, []
        while trace is not None:
            seen.append(str(trace.tb_frame.f_locals))
            trace = trace.tb_next
        assert seen
        assert not re.search("Ada|signature", "".join(seen))


# Context variables.


async def test_the_context_of_the_caller(
    make: Make, store: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Callbacks and log lines of each file see the caller's context variables, such as a request's id."""
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


# Bounds.


def endless(connection: Any, asked: str, file: bytes) -> None:
    """A file of no known length that goes on and on."""
    connection.sendall(head(200, transfer_encoding="chunked"))
    for _ in range(200):
        connection.sendall(b"%x\r\n%s\r\n" % (1 << 16, bytes(1 << 16)))


@pytest.mark.parametrize("step", [sends(), endless], ids=["known", "endless"])
async def test_a_file_that_is_too_large(make: Make, wire: Any, store: Any, tmp_path: Path, step: Step) -> None:
    """A file of more bytes than asked for is an error that says what to do, is asked for once, and is not kept."""
    host = store(step)
    api = wire(answer(body=json.dumps({"downloadUrl": f"{host.url}/f"}).encode()))
    most: list[int] = []

    async with make(base_url=api.url) as client:
        for call in (
            partial(client.documents.download, host.document(), to=tmp_path / "a.pdf"),
            partial(client.analytics.download_csv, to=tmp_path / "a.csv"),
        ):
            with pytest.raises(omni.InvalidResponseError, match="max_bytes=2,999,999"):
                await call(max_bytes=2_999_999, progress=lambda have, total: most.append(have))
        (result,) = await client.documents.download_all(
            lead_with(host.document()), to=tmp_path / "all", max_bytes=2_999_999
        )

    assert "max_bytes" in str(result.error)
    assert max(most, default=0) <= (0 if step is not endless else 2_999_999)
    assert len(host.requests) == 3
    assert files(tmp_path) == {"all"}
    assert files(tmp_path / "all") == {MANIFEST}


async def test_a_file_that_is_as_large_as_it_may_be(make: Make, store: Any, tmp_path: Path) -> None:
    """As many bytes as asked for are not too many, by default there may be very many, and no limit can be asked for."""
    async with make(base_url=API) as client:
        path = await client.documents.download(store().document(), to=tmp_path, max_bytes=len(FILE))
        again = await client.documents.download(store().document(), to=path, overwrite=True, max_bytes=float("inf"))

    assert again.read_bytes() == FILE
    assert MAX_FILE_SIZE == 10 * 1024**3


async def test_a_bound_that_is_none(make: Make, store: Any, tmp_path: Path) -> None:
    """What is no number of bytes is refused before anything is sent."""
    host = store()

    async with make(base_url=API) as client:
        for most in (0, -1, float("nan"), "1", None, True):
            with pytest.raises(omni.UsageError, match="max_bytes"):
                await client.documents.download(host.document(), to=tmp_path, max_bytes=most)

    assert host.requests == []


# Links.


async def test_an_http_link_of_an_https_api(kind: str, make: Make, tmp_path: Path) -> None:
    """A link that anybody on the way could read is never opened, and the error says so; https ones are."""
    asked: list[str] = []
    link = {"now": "http://files.example.com/f"}

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.scheme} {request.url.host}")
        if request.url.host == "files.example.com":
            return httpx.Response(200, content=b"file")
        return httpx.Response(200, json={"id": "1", "signedUrl": link["now"], "downloadUrl": link["now"]})

    document = omni.Document.from_dict({"id": "1", "filename": "a.pdf", "signedUrl": "HTTP://files.example.com/f"})
    async with make(transport=httpx.MockTransport(respond), base_url="https://api.example.com") as client:
        for call in (
            partial(client.documents.download, document),
            partial(client.documents.download, "1"),
            client.analytics.download_csv,
        ):
            with pytest.raises(omni.InvalidResponseError, match="the link to the file is http,"):
                await call(to=tmp_path)
        assert set(asked) == {"https api.example.com"}
        link["now"] = "https://files.example.com/f"
        assert (await client.documents.download("1", to=tmp_path)).read_bytes() == b"file"


async def test_a_fresh_link_that_is_http(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """An API that is http itself, as the sandbox is, may have such links."""
    host = store(files={"/f": b"file"})
    api = wire(*gives(host.document()))

    async with make(base_url=api.url) as client:
        assert (await client.documents.download("doc-1", to=tmp_path)).read_bytes() == b"file"
