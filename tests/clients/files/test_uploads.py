"""Uploads over real HTTP: every byte arrives under a safe name, and each file's outcome is true."""

import io
import json
import os
import pickle
import re
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from omni_client.api.documents import upload_documents
from omni_client.models import UploadDocumentsBody
from omni_client.types import File
from wire import Wire, reply, reset, silence_then_close

import omni
from omni._async import uploads as async_uploads
from omni._files.upload import PIECE_SIZE
from omni._sync import uploads as sync_uploads

pytestmark = pytest.mark.anyio


LEAD = "11111111-1111-4111-8111-111111111101"


Make = Callable[..., Any]


@pytest.fixture
def sandbox() -> Iterator[Any]:
    """A sandbox for each test, since tests write to it."""
    from omni.sandbox import running

    with running() as server:
        yield server


@pytest.fixture
def connect(make: Make, sandbox: Any) -> Make:
    """Make a client of the sandbox."""
    return lambda **options: make(base_url=sandbox.base_url, api_key=sandbox.api_key, **options)


async def read_stored(client: Any, result: Any) -> bytes:
    """The stored content of an uploaded file."""
    assert result.document is not None
    return (await client.documents.get(result.document.id, include_content=True)).content or b""


def one_byte_files(count: int) -> list[tuple[str, bytes]]:
    """Files of one byte each."""
    return [(f"{number}.txt", b"x") for number in range(count)]


TRAP = b'before\r\n--+++\r\nContent-Disposition: form-data; name="leadId"\r\n\r\nanother\r\n--+++--\r\nafter'


Start = Callable[..., Wire]


def documents_response(*names: str) -> Any:
    """A response of the server with these documents of one byte each."""
    listed = [{"id": f"doc-{name}", "filename": name, "size": 1} for name in names]
    return reply(body=json.dumps({"success": True, "documents": listed, "actionLogId": "log-1"}).encode())


@contextmanager
def server_that_never_reads() -> Generator[str]:
    """The address of a server that takes connections and never reads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_paths_bytes_and_open_files_are_stored(connect: Make, tmp_path: Path) -> None:
    """All are stored whole, in one request; an open file stays open at its position."""
    path = tmp_path / "statement.pdf"
    path.write_bytes(b"%PDF" + bytes(200_000))
    with path.open("rb") as file:
        file.seek(5)
        async with connect() as client:
            results = await client.documents.upload(LEAD, [path, ("note.txt", b"abc"), ("again.pdf", file)])
            stored = [await read_stored(client, result) for result in results]
            listed = await client.leads.documents(LEAD)
        assert (file.tell(), file.closed) == (5, False)

    assert stored == [path.read_bytes(), b"abc", path.read_bytes()]
    assert [result.filename for result in results] == ["statement.pdf", "note.txt", "again.pdf"]
    assert {result.outcome for result in results} == {"stored"}
    assert len({result.action_log_id for result in results}) == 1
    types = {document.id: document.mime_type for document in listed}
    assert [types[result.document.id] for result in results] == ["application/pdf", "text/plain", "application/pdf"]


async def test_single_file_needs_no_list(connect: Make) -> None:
    """A single file may be passed without a list."""
    async with connect() as client:
        (result,) = await client.documents.upload(LEAD, ("note.txt", b"abc"))

        assert await read_stored(client, result) == b"abc"


async def test_files_are_stored_for_a_checklist_item(connect: Make) -> None:
    """A checklist item is the lead's own entry, passed as it is or by its id."""
    async with connect() as client:
        lead = await client.leads.get(LEAD)
        item = next(item for item in lead.iter_items() if item.is_file)
        for given in (item, item.id):
            (result,) = await client.documents.upload(LEAD, ("a.pdf", b"abc"), checklist_item=given)
            assert result.document.item_id == item.id != item.definition_id
        after = await client.leads.get(LEAD)

    assert len(next(other for other in after.iter_items() if other.id == item.id).documents) == len(item.documents) + 2


async def test_metadata_follows_its_file_into_the_second_request(connect: Make, sandbox: Any) -> None:
    """Eleven files are two requests, and each file keeps its own metadata."""
    metadata = [{"external_id": f"FILE-{number}", "name": f"{number}.pdf"} for number in range(11)]

    async with connect() as client:
        before = sum(log.type == "DOCUMENT_UPLOAD" for log in await client.leads.action_logs(LEAD))
        results = await client.documents.upload(LEAD, one_byte_files(11), metadata=metadata)
        after = sum(log.type == "DOCUMENT_UPLOAD" for log in await client.leads.action_logs(LEAD))

    assert after - before == 2
    assert [result.document.external_id for result in results] == [f"FILE-{number}" for number in range(11)]
    assert [result.document.filename for result in results] == [f"{number}.pdf" for number in range(11)]
    assert len({result.action_log_id for result in results[:10]}) == 1
    assert results[9].action_log_id != results[10].action_log_id


@pytest.mark.parametrize(
    "name", ['a"; name="leadId', "a\r\nX-Header: 1\r\n\r\nb", "../../a\u202e.pdf", "é" * 300 + ".pdf"]
)
async def test_hostile_names_add_no_header_and_no_field(connect: Make, name: str) -> None:
    """Hostile names are stored as names, and add neither a header nor a field."""
    async with connect() as client:
        (result,) = await client.documents.upload(LEAD, (name, b"abc"))

        assert await read_stored(client, result) == b"abc"
        assert result.document.filename.isprintable()
        assert len(result.document.filename.encode()) <= 255


async def test_file_with_the_generated_boundary_in_it(connect: Make, kind: str) -> None:
    """The fixed boundary of the generated code is in no upload, neither curated nor raw."""
    body = UploadDocumentsBody(lead_id=LEAD, files=[File(io.BytesIO(TRAP), "raw.txt", "text/plain")])

    async with connect() as client:
        (result,) = await client.documents.upload(LEAD, ("trap.txt", TRAP))
        assert await read_stored(client, result) == TRAP
        if kind == "Client":
            upload_documents.sync_detailed(client=client.raw, body=body)
        else:
            await upload_documents.asyncio_detailed(client=client.raw, body=body)
        raw = (await client.leads.documents(LEAD))[-1]

        assert (raw.filename, raw.size) == ("raw.txt", len(TRAP))


async def test_boundaries_are_random(make: Make, wire: Start) -> None:
    """Nobody can predict the next boundary."""
    server = wire(documents_response("a.txt"))

    async with make(base_url=server.url) as client:
        for _ in range(2):
            await client.documents.upload(LEAD, ("a.txt", b"x"))

    boundaries = {re.search(rb"boundary=(\w{32})\r\n", request) for request in server.requests}
    assert len({match[1] for match in boundaries if match}) == 2


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ([], {}),
        ([("a.txt", b"x"), "no-such-file"], {}),
        ([*one_byte_files(11), ("a.txt", b"")], {}),
        (one_byte_files(2), {"metadata": [None]}),
        (one_byte_files(1), {"checklist_item": ""}),
        (one_byte_files(1), {"checklist_item": 7}),
    ],
)
async def test_all_files_are_checked_before_any_request(make: Make, wire: Start, files: Any, options: Any) -> None:
    """The last file is checked before the first is sent."""
    server = wire(documents_response("a.txt"))

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.UsageError) as caught:
            await client.documents.upload(LEAD, files, **options)
        with pytest.raises(omni.UsageError, match="lead_id"):
            await client.documents.upload("..", ("a.txt", b"x"))

    assert server.requests == []
    assert caught.value.results == ()


async def test_read_only_client_sends_nothing(connect: Make) -> None:
    """Uploads of a client with ``allow={"read"}`` are refused, with the outcome "not sent"."""
    async with connect(allow={"read"}) as client:
        with pytest.raises(omni.UsageError, match="allow") as caught:
            await client.documents.upload(LEAD, one_byte_files(11))

    assert [result.outcome for result in caught.value.results] == ["not sent"] * 11


@pytest.mark.parametrize(
    ("fault", "error", "outcome"),
    [
        (reply(400, b"{}"), omni.BadRequestError, "refused"),
        (reply(503, b"{}"), omni.WriteServerError, "unknown"),
        (reset, omni.OutcomeUnknownError, "unknown"),
        (silence_then_close, omni.OutcomeUnknownError, "unknown"),
        (reply(303, b""), omni.WriteStatusError, "unknown"),
        (reply(200, b"<html>"), omni.WriteResponseError, "unknown"),
        (documents_response("10.txt"), omni.WriteResponseError, "unknown"),
    ],
    ids=["400", "503", "reset", "closed", "303", "html", "fewer documents"],
)
async def test_error_has_the_outcome_of_every_file(
    make: Make, wire: Start, fault: Any, error: type, outcome: str
) -> None:
    """If the second request fails, the error has the outcome of the files sent before, with it, and not at all."""
    server = wire(documents_response(*(f"{number}.txt" for number in range(10))), fault)

    async with make(base_url=server.url) as client:
        with pytest.raises(error) as caught:
            await client.documents.upload(LEAD, one_byte_files(25))

    assert type(caught.value) is error
    for results in (caught.value.results, pickle.loads(pickle.dumps(caught.value)).results):
        assert [result.outcome for result in results] == ["stored"] * 10 + [outcome] * 10 + ["not sent"] * 5
        assert [result.filename for result in results] == [f"{number}.txt" for number in range(25)]
        assert results[3].document.id == "doc-3.txt"
    assert len(server.requests) == 2
    if isinstance(caught.value, omni.OutcomeUnknownError):
        assert "client.leads.documents(lead_id)" in caught.value.reconcile_hint


async def test_no_connection_is_not_sent(make: Make) -> None:
    """Without a connection, the outcome is "not sent" after all attempts."""
    async with make(base_url="http://127.0.0.1:1") as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.documents.upload(LEAD, ("a.txt", b"x"))

    assert [result.outcome for result in caught.value.results] == ["not sent"]
    assert caught.value.attempts == 3


async def test_upload_is_repeated_after_429(connect: Make, sandbox: Any, tmp_path: Path) -> None:
    """After a 429 an upload is sent again from its start, with its progress, and is stored once."""
    calls: list[int] = []
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 1000)

    async with connect() as client:
        before = await client.leads.documents(LEAD)
        sandbox.fail_next("429; retry-after=0", times=2)
        (result,) = await client.documents.upload(LEAD, path, progress=lambda sent, total: calls.append(sent))
        after = await client.leads.documents(LEAD)
        assert await read_stored(client, result) == path.read_bytes()

    assert len(after) == len(before) + 1
    assert [there for here, there in pairwise(calls) if there < here] == [0, 0]


async def test_long_retry_after_raises(make: Make, wire: Start) -> None:
    """A ``Retry-After`` that is longer than the timeout raises at once."""
    server = wire(reply(429, b"{}", retry_after="60"))
    start = time.monotonic()

    async with make(base_url=server.url, timeout=5) as client:
        with pytest.raises(omni.RateLimitError) as caught:
            await client.documents.upload(LEAD, ("a.txt", b"x"))

    assert (caught.value.retry_after, caught.value.attempts) == (60, 1)
    assert time.monotonic() - start < 5


async def test_upload_may_take_longer_than_the_timeout(make: Make, wire: Start) -> None:
    """While bytes keep moving, an upload may take longer than the timeout."""

    def slowly(connection: Any) -> None:
        for byte in b"HTTP/1.1 100 Continue\r\n\r\n"[:8]:
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"[8:])
        documents_response("a.txt")(connection)

    server = wire(slowly)
    async with make(base_url=server.url, timeout=1.2) as client:
        (result,) = await client.documents.upload(LEAD, ("a.txt", b"x"))

    assert result.outcome == "stored"


@pytest.mark.parametrize("size", [1, 50_000_000], ids=["answering", "reading"])
async def test_stalled_server_leaves_the_outcome_unknown(make: Make, size: int) -> None:
    """If nothing moves for the timeout, the call ends with an unknown outcome."""
    with server_that_never_reads() as url:
        start = time.monotonic()
        async with make(base_url=url, timeout=0.4) as client:
            with pytest.raises(omni.OutcomeUnknownError) as caught:
                await client.documents.upload(LEAD, ("a.bin", bytes(size)))

    assert [result.outcome for result in caught.value.results] == ["unknown"]
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("given", "change"),
    [("path", "grows"), ("path", "shrinks"), ("file", "grows"), ("file", "shrinks"), ("file", "is closed")],
)
async def test_file_that_changes_while_it_is_sent(connect: Make, tmp_path: Path, given: str, change: str) -> None:
    """A file that changes leads neither to a hang nor to a foreign error, and the error names its position."""
    path = tmp_path / "ada-sample.bin"
    path.write_bytes(bytes(3 * PIECE_SIZE))

    def meddle(sent: int, total: int) -> None:
        if sent < 65536:
            return
        if change == "is closed":
            file.close()
        else:
            os.truncate(path, PIECE_SIZE * (4 if change == "grows" else 1))

    with path.open("rb") as file:
        async with connect() as client:
            files = [("a.txt", b"x"), path if given == "path" else file]
            with pytest.raises(omni.OutcomeUnknownError) as caught:
                await client.documents.upload(LEAD, files, progress=meddle)
            listed = await client.leads.documents(LEAD)

    assert "files[1]" in caught.value.__notes__[0]
    assert "ada" not in "".join(caught.value.__notes__) + str(caught.value)
    assert "ada-sample.bin" not in [document.filename for document in listed]


async def test_progress_grows_to_the_size_of_all_files(connect: Make) -> None:
    """Progress starts at 0, never goes back without a repetition, and ends at the size of all files."""
    calls: list[tuple[int, int]] = []

    async with connect() as client:
        await client.documents.upload(
            LEAD, [("a.bin", bytes(200_000)), *one_byte_files(12)], progress=lambda *call: calls.append(call)
        )

    assert (calls[0], calls[-1]) == ((0, 200_012), (200_012, 200_012))
    assert [sent for sent, _ in calls] == sorted(sent for sent, _ in calls)
    assert {total for _, total in calls} == {200_012}


@pytest.mark.parametrize(
    "error",
    [
        LookupError("enough"),
        TimeoutError("enough"),
        UnicodeError("enough"),
        httpx.ConnectError("enough"),
        omni.APITimeoutError("enough"),
        omni.NotFoundError("enough"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_error_of_progress_is_raised(connect: Make, error: Exception) -> None:
    """What ``progress`` raises, the call raises at once: it is no failure of the upload."""
    calls: list[int] = []

    def stop(sent: int, total: int) -> None:
        calls.append(sent)
        raise error

    async with connect() as client:
        with pytest.raises(type(error), match="enough") as caught:
            await client.documents.upload(LEAD, ("a.txt", b"x"), progress=stop)

    assert caught.value is error
    assert getattr(error, "results", ()) == ()
    assert calls == [0]


async def test_opened_files_are_closed(connect: Make, sandbox: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Files are closed after success and failure, and never more than ten are open."""
    files: list[Any] = []
    most = 0

    def recording(*arguments: Any) -> Any:
        nonlocal most
        files.append(open(*arguments))  # noqa: PTH123, SIM115 - in place of the builtin
        most = max(most, sum(not file.closed for file in files))
        return files[-1]

    monkeypatch.setattr("omni._files.file_content.open", recording, raising=False)
    paths = [tmp_path / f"{number}.txt" for number in range(11)]
    for path in paths:
        path.write_bytes(b"x")

    async with connect() as client:
        await client.documents.upload(LEAD, paths)
        assert len(files) >= 11
        assert all(file.closed for file in files)
        sandbox.fail_next("400; path=/api/v1/documents")
        with pytest.raises(omni.BadRequestError):
            await client.documents.upload(LEAD, paths)

    assert all(file.closed for file in files)
    assert most == 10


@pytest.mark.parametrize(("after", "outcome"), [(0, "not sent"), (1, "not sent"), (2, "unknown"), (4, "unknown")])
async def test_no_thread_can_be_started(
    connect: Make, kind: str, after: int, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If no thread can be started while a request is sent, its outcome is unknown; before, it is "not sent"."""
    disk = sync_uploads.Concurrency if kind == "Client" else async_uploads.AsyncConcurrency
    run, calls = disk.run_in_thread, 0

    def refused(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise omni.OmniError("No thread can be had.")
        return run(*arguments)

    monkeypatch.setattr(disk, "run_in_thread", refused)
    async with connect() as client:
        with pytest.raises(omni.OmniError) as caught:
            await client.documents.upload(LEAD, ("a.bin", bytes(4 * PIECE_SIZE)))

    assert isinstance(caught.value, omni.OutcomeUnknownError) == (outcome == "unknown")
    assert [result.outcome for result in caught.value.results] == [outcome] * (after > 0)
    assert [str(caught.value), *getattr(caught.value, "__notes__", [])][-1] == "No thread can be had."


async def test_cancelled_upload_leaves_the_file_alone(make: Make, kind: str) -> None:
    """A cancelled upload ends at once, and the caller's file is at its old position."""
    if kind == "Client":
        pytest.skip("blocking code cannot be cancelled")
    file = io.BytesIO(bytes(50_000_000))
    file.seek(7)

    with server_that_never_reads() as url:
        async with make(base_url=url) as client:
            with anyio.move_on_after(0.3) as scope:
                await client.documents.upload(LEAD, ("a.bin", file))

    assert scope.cancelled_caught
    assert file.tell() == 7


async def test_files_are_read_outside_the_event_loop(make: Make, wire: Start, kind: str) -> None:
    """A slow disk delays the upload and nothing else."""
    if kind == "Client":
        pytest.skip("blocking code waits")
    threads: set[int] = set()

    class Slow(io.BytesIO):
        def read(self, most: int | None = -1) -> bytes:
            threads.add(threading.get_ident())
            return super().read(most)

    server = wire(documents_response("a.txt"))
    async with make(base_url=server.url) as client:
        await client.documents.upload(LEAD, ("a.txt", Slow(b"x")))

    assert threads
    assert threading.get_ident() not in threads
