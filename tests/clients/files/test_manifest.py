"""The manifest of a download folder: what is complete, what was changed, and runs that were killed."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from file_store import FILE, filenames_in, lead_with, manifest_in, send_file

import omni
from omni._files.manifest import MANIFEST

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]

Make = Callable[..., Any]
API = "http://api.example.com"


def plant_pipe(path: Path) -> None:
    """A pipe without a writer; one comes after 6 seconds, so that a failing test ends."""
    os.mkfifo(path)
    writer = threading.Timer(6, lambda: path.exists() and os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK)))
    writer.daemon = True
    writer.start()


def plant_folder(path: Path) -> None:
    path.mkdir()


def plant_terabyte(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


async def test_changed_file_is_an_error(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that was changed is neither skipped nor replaced, unless ``overwrite`` is passed."""
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    async with make(base_url=API) as client:
        await client.documents.download_all(lead, to=tmp_path)
        (tmp_path / "a.pdf").write_text("mine now")
        (second,) = await client.documents.download_all(lead, to=tmp_path)
        assert isinstance(second.error, omni.UsageError)
        assert (tmp_path / "a.pdf").read_text() == "mine now"
        (third,) = await client.documents.download_all(lead, to=tmp_path, overwrite=True)

    assert (third.skipped, third.path.read_text()) == (False, "theirs")


async def test_run_after_a_kill_continues(make: Make, store: Any, tmp_path: Path) -> None:
    """A run after one that was killed before it finished the manifest continues it, and names stay."""
    host = store(files={"/1": b"one", "/2": b"two"})
    lead = lead_with(host.document("1", "a.pdf", "/1"), host.document("2", "a.pdf", "/2"))

    def kill(document: omni.Document, have: int, total: int | None) -> None:
        if document.id == "2":
            raise LookupError("killed")

    async with make(base_url=API) as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(lead, to=tmp_path, concurrency=1, progress=kill)
        assert filenames_in(tmp_path) <= {"a.pdf", MANIFEST}
        assert set(manifest_in(tmp_path)) == {"1", "2"}
        (tmp_path / "a.pdf").write_bytes(b"one")
        requests_before = len(host.requests)
        results = await client.documents.download_all(lead, to=tmp_path)

    assert [result.path.name for result in results] == ["a.pdf", "a (2).pdf"]
    assert [result.skipped for result in results] == [True, False]
    assert len(host.requests) == requests_before + 2, "what nobody noted the content of is fetched again, and compared"


async def test_folder_holds_documents_of_several_leads(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder may hold the files of several leads, also after a run that was killed."""
    host = store(files={"/f": b"file"})
    leads = [lead_with(host.document(id)) for id in ("1", "2")]

    def kill(*arguments: object) -> None:
        raise LookupError("killed")

    async with make(base_url=API) as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(leads[0], to=tmp_path, progress=kill)
        (tmp_path / "a.pdf").write_bytes(b"file")
        for lead in reversed(leads):
            await client.documents.download_all(lead, to=tmp_path)

    assert {id: entry["file"] for id, entry in manifest_in(tmp_path).items()} == {"1": "a.pdf", "2": "a (2).pdf"}


async def test_file_that_was_to_be_replaced_is_not_the_document(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that a killed run was to replace is never taken for the document's."""
    (tmp_path / "a.pdf").write_text("mine")
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    def kill(*arguments: object) -> None:
        raise LookupError("killed")

    async with make(base_url=API) as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(lead, to=tmp_path, overwrite=True, progress=kill)
        (result,) = await client.documents.download_all(lead, to=tmp_path)

    assert (tmp_path / "a.pdf").read_text() == "mine"
    assert result.path.read_text() == "theirs"


async def test_complete_files_are_skipped(make: Make, store: Any, tmp_path: Path) -> None:
    """A complete file is downloaded again only with ``overwrite``."""
    host = store(files={"/f": b"file"})
    lead = lead_with(host.document())

    async with make(base_url=API) as client:
        runs = [
            await client.documents.download_all(lead, to=tmp_path, overwrite=overwrite)
            for overwrite in (False, False, True)
        ]

    assert [result.skipped for (result,) in runs] == [False, True, False]
    assert len(host.requests) == 2


async def test_damaged_manifest_is_refused(make: Make, store: Any, tmp_path: Path) -> None:
    """A manifest that cannot be read raises UsageError, and nothing is requested."""
    (tmp_path / MANIFEST).write_text("{")
    host = store()

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError, match="delete it"):
            await client.documents.download_all(lead_with(host.document()), to=tmp_path)

    assert host.requests == []
    assert filenames_in(tmp_path) == {MANIFEST}


@pytest.mark.parametrize("plant", [plant_pipe, plant_folder, plant_terabyte])
async def test_manifest_that_is_no_regular_file_is_refused(
    make: Make, store: Any, tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    """A pipe, a folder or a huge file in place of the manifest is neither waited for nor read."""
    plant(tmp_path / MANIFEST)
    host, start = store(), time.monotonic()

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError, match="damaged"):
            await client.documents.download_all(lead_with(host.document()), to=tmp_path)

    assert time.monotonic() - start < 5
    assert host.requests == []


async def test_pipe_in_place_of_a_file_is_an_error(make: Make, store: Any, tmp_path: Path) -> None:
    """A pipe in place of a downloaded file is neither skipped nor waited for."""
    lead = lead_with(store(files={"/f": b"file"}).document())

    async with make(base_url=API) as client:
        await client.documents.download_all(lead, to=tmp_path)
        (tmp_path / "a.pdf").unlink()
        os.mkfifo(tmp_path / "a.pdf")
        (result,) = await client.documents.download_all(lead, to=tmp_path)

    assert isinstance(result.error, omni.UsageError)


async def test_other_content_of_the_same_size_is_an_error(make: Make, store: Any, tmp_path: Path) -> None:
    """A file with another digest of the same size is not skipped, and is replaced only with ``overwrite``."""
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
async def test_manifest_without_digests_is_upgraded(make: Make, store: Any, tmp_path: Path, content: bytes) -> None:
    """Where only the size was noted, the file is downloaded and compared: the same is noted, another is an error."""
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
    assert manifest_in(tmp_path)["doc-1"]["sha256"] == (hashlib.sha256(content).hexdigest() if is_same else None)
    assert filenames_in(tmp_path) == {"a.pdf", MANIFEST}


async def test_file_deleted_before_the_comparison_is_saved(make: Make, store: Any, tmp_path: Path) -> None:
    """A download that was only to be compared is saved if the existing file is deleted meanwhile."""
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


async def test_digest_is_that_of_the_whole_file(make: Make, store: Any, tmp_path: Path) -> None:
    """The noted digest is that of the whole file, also if it was interrupted, resumed and started again."""
    host = store(send_file(2_000_000), send_file(500_000), send_file(1_000_000, etag=None), send_file())

    async with make(base_url=API) as client:
        await client.documents.download_all(lead_with(host.document()), to=tmp_path)

    assert manifest_in(tmp_path)["doc-1"]["sha256"] == hashlib.sha256(FILE).hexdigest()
    assert len(host.requests) == 4
