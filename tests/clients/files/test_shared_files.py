"""Uploads of one open file at the same time: each lead gets the bytes of the file, or its upload is refused."""

import gzip
import io
import mmap
import struct
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from starlette.datastructures import UploadFile

import omni

pytestmark = pytest.mark.anyio


LEADS = ["11111111-1111-4111-8111-111111111101", "11111111-1111-4111-8111-111111111102"]
CONTENT = struct.pack(">1000000I", *range(1_000_000))

Make = Callable[..., Any]
Upload = Callable[[], Awaitable[Any]]


@pytest.fixture
def sandbox() -> Iterator[Any]:
    """A sandbox for each test, since tests write to it."""
    from omni.sandbox import running

    with running() as server:
        yield server


async def run_at_once(kind: str, *calls: Upload) -> list[Any]:
    """The result or error of each call, run at the same time; blocking ones run in threads."""
    results: dict[int, Any] = {}

    def blocking(call: Upload) -> Any:
        try:
            call().__await__().__next__()  # it never waits for an event loop
        except StopIteration as end:
            return end.value

    async def run(index: int, call: Upload) -> None:
        try:
            results[index] = await (anyio.to_thread.run_sync(blocking, call) if kind == "Client" else call())
        except omni.OmniError as error:
            results[index] = error

    async with anyio.create_task_group() as group:
        for index, call in enumerate(calls):
            group.start_soon(run, index, call)
    return [results[index] for index in range(len(calls))]


async def read_stored(client: Any, result: Any) -> bytes:
    """The stored content of an uploaded file."""
    return (await client.documents.get(result.document.id, include_content=True)).content or b""


def on_disk(path: Path) -> Any:
    path.write_bytes(CONTENT)
    return path.open("rb")


def temporary(path: Path) -> Any:
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by the test
    file.write(CONTENT)
    return file


def in_memory(path: Path) -> Any:
    return io.BytesIO(CONTENT)


def gzipped(path: Path) -> Any:
    path.write_bytes(gzip.compress(CONTENT, 1))
    return gzip.open(path)


def spooled(path: Path, content: bytes = CONTENT) -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=10_000_000)  # noqa: SIM115 - closed by the test
    file.write(content)
    return file


class MovedFile(io.BytesIO):
    """A file that somebody else moves between a seek and the read that follows."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            self.seek(7)
        return super().read(size)


def send_by_httpx(client: Any, lead: str, file: Any) -> Upload:
    return lambda: client.http.post(
        "/api/v1/documents", data={"leadId": lead}, files={"files": ("a.bin", file, "application/pdf")}
    )


def mapped(path: Path) -> Any:
    with on_disk(path) as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@pytest.mark.parametrize("open_file", [on_disk, temporary, in_memory])
async def test_one_file_is_uploaded_for_two_leads_run_at_once(
    make: Make, kind: str, sandbox: Any, tmp_path: Path, open_file: Any
) -> None:
    """Both leads get the whole file, one at the second attempt, while its owner reads on at its own position."""
    read: list[bytes] = []

    with open_file(tmp_path / "a.bin") as file:
        file.seek(0)
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            sandbox.fail_next("429; retry-after=0; path=/api/v1/documents")

            def upload(lead: str) -> Upload:
                return lambda: client.documents.upload(
                    lead, ("a.bin", file), progress=lambda sent, total: read.append(file.read(1000))
                )

            results = await run_at_once(kind, *map(upload, LEADS))
            contents = [await read_stored(client, result) for (result,) in results]

    assert [content == CONTENT for content in contents] == [True, True]
    assert b"".join(read) == CONTENT[: len(read) * 1000]


@pytest.mark.parametrize("open_file", [gzipped, spooled])
async def test_file_that_can_only_seek_is_used_by_one_upload(
    make: Make, kind: str, sandbox: Any, tmp_path: Path, open_file: Any
) -> None:
    """One lead gets the whole file; the other upload is refused before any request, and works afterwards."""
    with open_file(tmp_path / "a.bin") as file:
        file.seek(5)
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            calls = [lambda lead=lead: client.documents.upload(lead, [("a.bin", file)]) for lead in LEADS]
            results = await run_at_once(kind, *calls)
            refused = [index for index, result in enumerate(results) if isinstance(result, omni.UsageError)]
            for index in refused:
                assert "open it once for each upload" in str(results[index])
                (again,) = await run_at_once(kind, calls[index])
                results[index] = again
            contents = [await read_stored(client, result) for (result,) in results]
        assert file.tell() == 5

    assert [content == CONTENT for content in contents] == [True, True]


async def test_file_is_released_after_every_outcome(make: Make, kind: str, sandbox: Any) -> None:
    """A file can be uploaded again after an upload that failed, was cancelled or succeeded."""

    def fail(sent: int, total: int) -> None:
        raise LookupError

    with spooled(Path(), CONTENT[:600_000]) as file:
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            with pytest.raises(LookupError):
                await client.documents.upload(LEADS[0], ("a.bin", file), progress=fail)
            if kind != "Client":
                with anyio.CancelScope() as scope:
                    await client.documents.upload(
                        LEADS[0], ("a.bin", file), progress=lambda sent, total: sent and scope.cancel()
                    )
                assert scope.cancelled_caught
            (result,) = await client.documents.upload(LEADS[0], ("a.bin", file))
            assert await read_stored(client, result) == CONTENT[:600_000]


async def test_upload_within_an_upload_of_the_same_file_is_refused(make: Make, kind: str, sandbox: Any) -> None:
    """A file that can only seek is in use: a second upload is refused before anything is sent."""
    client = omni.Client(base_url=sandbox.base_url, api_key=sandbox.api_key)
    errors: list[omni.UsageError] = []

    def again(sent: int, total: int) -> None:
        with pytest.raises(omni.UsageError, match="is being uploaded already") as caught:
            client.documents.upload(LEADS[1], [("b.bin", b"x"), ("a.bin", file)])
        errors.append(caught.value)

    with spooled(Path(), CONTENT[:600_000]) as file, client:
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as ours:
            (result,) = await ours.documents.upload(LEADS[0], ("a.bin", file), progress=again)
            assert await read_stored(ours, result) == CONTENT[:600_000]
        assert "b.bin" not in [document.filename for document in client.leads.documents(LEADS[1])]

    assert errors
    assert {error.results for error in errors} == {()}


async def test_file_moved_by_its_owner_fails_the_upload(make: Make, sandbox: Any) -> None:
    """Bytes from another position are never sent as the file, even if their number is right."""
    file = MovedFile(CONTENT[:600_000])
    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await client.documents.upload(LEADS[0], [("a.bin", file)])
        assert "PositionMovedError" in caught.value.__notes__[0]
        with pytest.raises(omni.OutcomeUnknownError):
            await send_by_httpx(client, LEADS[0], file)()


@pytest.mark.parametrize("open_file", [on_disk, in_memory])
async def test_httpx_sends_one_file_for_two_leads_run_at_once(
    make: Make, kind: str, sandbox: Any, tmp_path: Path, open_file: Any
) -> None:
    """``client.http`` and ``client.raw`` mix no bytes either, and leave the file at its position."""
    with open_file(tmp_path / "a.bin") as file:
        file.seek(5)
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            responses = await run_at_once(kind, *(send_by_httpx(client, lead, file) for lead in LEADS))
            ids = [response.json()["documents"][0]["id"] for response in responses]
            contents = [(await client.documents.get(id, include_content=True)).content for id in ids]
        assert file.tell() == 5

    assert [content == CONTENT for content in contents] == [True, True]


@pytest.mark.parametrize("open_file", [gzipped, spooled, mapped])
async def test_httpx_mixes_no_bytes_of_a_file_that_can_only_seek(
    make: Make, kind: str, sandbox: Any, tmp_path: Path, open_file: Any
) -> None:
    """Two tasks mix no bytes of a file; of two threads, one may get an error instead."""
    with open_file(tmp_path / "a.bin") as file:
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            responses = await run_at_once(kind, *(send_by_httpx(client, lead, file) for lead in LEADS))
            sent = [response for response in responses if kind != "Client" or not isinstance(response, omni.OmniError)]
            ids = [response.json()["documents"][0]["id"] for response in sent]
            contents = [(await client.documents.get(id, include_content=True)).content for id in ids]

    assert [content == CONTENT for content in contents] == [True] * len(contents)


async def test_httpx_file_that_cannot_be_measured_is_refused(make: Make) -> None:
    """A truncated gzip file is refused, and nothing is sent."""
    packed = io.BytesIO(gzip.compress(CONTENT[:600_000])[:-9])
    async with make() as client:
        with gzip.open(packed) as file, pytest.raises(omni.UsageError, match="EOFError"):
            await send_by_httpx(client, LEADS[0], file)()


async def test_httpx_file_that_has_to_be_awaited_is_refused(make: Make) -> None:
    """An async file is refused before anything is sent, and the error names the repair."""
    file = UploadFile(io.BytesIO(CONTENT[:9]), filename="a.bin")
    async with make() as client:
        for given in (file, ("a.bin", file)):
            with pytest.raises(omni.UsageError, match=r"UploadFile\.file"):
                await client.http.post("/api/v1/documents", files={"files": given})


async def test_httpx_file_that_reads_none_is_an_omni_error(make: Make, sandbox: Any) -> None:
    """A read that returns None, as of a non-blocking file, raises an OmniError."""

    class Empty:
        def read(self, size: int) -> None: ...

    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await send_by_httpx(client, LEADS[0], Empty())()


@pytest.mark.parametrize(
    "error",
    [OSError(5, "Input/output error", "/home/ada-sample"), ValueError("closed"), zipfile.BadZipFile("CRC of ada")],
)
async def test_httpx_file_that_fails_leaves_the_outcome_unknown(make: Make, sandbox: Any, error: Exception) -> None:
    """What the caller's file raises, with its path, does not escape: part of the request may have been sent."""

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise error

    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await send_by_httpx(client, LEADS[0], Failing(b"abc"))()

    assert "ada" not in str(caught.value)
    assert caught.value.__context__ is None
