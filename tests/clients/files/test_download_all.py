"""Downloads of all documents of a lead."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from file_store import filenames_in, lead_with, manifest_in, respond_with, send_file
from wire import reply

import omni
from omni._files.manifest import MANIFEST

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]

Make = Callable[..., Any]
API = "http://api.example.com"


async def test_all_documents_are_downloaded_once(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """Every document of the lead comes once, in the lead's order, and two of one name get two names."""
    host = store(files={"/1": b"one", "/2": b"two", "/3": b"three"})
    documents = [host.document("1", "a.pdf", "/1"), host.document("2", "A.PDF", "/2"), host.document("3", None, "/3")]
    api = wire(reply(body=json.dumps(lead_with(*documents, documents[0]).to_dict()).encode()))

    async with make(base_url=api.url) as client:
        results = await client.documents.download_all("lead-1", to=tmp_path / "new")

    assert [result.document for result in results] == documents
    assert [result.path and result.path.name for result in results] == ["a.pdf", "A (2).PDF", "3"]
    assert [result.path.read_bytes() for result in results] == [b"one", b"two", b"three"]
    assert not any(result.skipped or result.error for result in results)
    assert filenames_in(tmp_path / "new") == {"a.pdf", "A (2).PDF", "3", MANIFEST}


async def test_documents_of_items_are_downloaded(make: Make, store: Any, tmp_path: Path) -> None:
    """Documents that only an item lists come too, and those without an id count as different."""
    host = store(files={"/1": b"one", "/2": b"two", "/3": b"three"})
    item = {"id": "i", "checklistItem": {"fieldType": "FILE"}, "documents": [host.document("3", "c", "/3").to_dict()]}
    lead = omni.Lead.from_dict(
        {
            **lead_with(host.document("", "a", "/1"), host.document("", "a", "/2")).to_dict(),
            "checklistItems": [{"id": "g", "items": [item]}],
        }
    )

    async with make(base_url=API) as client:
        results = await client.documents.download_all(lead, to=tmp_path)

    assert filenames_in(tmp_path) == {"a", "a (2)", "c", MANIFEST}
    assert {result.path.read_bytes() for result in results} == {b"one", b"two", b"three"}
    assert manifest_in(tmp_path) == {"3": {"file": "c", "size": 5, "sha256": hashlib.sha256(b"three").hexdigest()}}


async def test_manifest_has_no_documents_without_id(make: Make, store: Any, tmp_path: Path) -> None:
    """The manifest has no entry for a document without an id, since it could be any."""

    def kill(*arguments: object) -> None:
        raise LookupError("killed")

    async with make(base_url=API) as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(lead_with(store().document("")), to=tmp_path, progress=kill)

    assert manifest_in(tmp_path) == {}


async def test_one_failure_does_not_stop_the_others(make: Make, store: Any, tmp_path: Path) -> None:
    """A failure does not stop the others, and a second run downloads only the missing file, under its name."""
    host = store(files={"/1": b"one", "/3": b"three"})
    gone = respond_with(404)
    host.steps = (lambda c, request, file: (gone if "/2" in request else send_file())(c, request, file),)
    lead = lead_with(*(host.document(id, "a.pdf", f"/{id}") for id in "123"))

    async with make(base_url=API) as client:
        first = await client.documents.download_all(lead, to=tmp_path, concurrency=1)
        assert [type(result.error) for result in first] == [type(None), omni.NotFoundError, type(None)]
        assert [result.path and result.path.name for result in first] == ["a.pdf", None, "a (3).pdf"]
        assert "a.pdf" not in repr(first)
        assert set(manifest_in(tmp_path)) == {"1", "3"}, "the name of what failed is free again"
        host.steps, requests_before = (send_file(),), len(host.requests)
        host.files["/2"] = b"two"
        second = await client.documents.download_all(lead, to=tmp_path)

    assert [result.skipped for result in second] == [True, False, True]
    assert [result.path.name for result in second] == ["a.pdf", "a (2).pdf", "a (3).pdf"]
    assert len(host.requests) == requests_before + 1
    assert manifest_in(tmp_path)["2"]["file"] == "a (2).pdf"


async def test_other_files_in_the_folder_stay(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that was in the folder stays unchanged, unless ``overwrite`` is passed."""
    (tmp_path / "a.pdf").write_text("mine")
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    async with make(base_url=API) as client:
        (first,) = await client.documents.download_all(lead, to=tmp_path)
        assert first.path == tmp_path / "a (2).pdf"
        assert (tmp_path / "a.pdf").read_text() == "mine"
        (tmp_path / MANIFEST).unlink()
        (second,) = await client.documents.download_all(lead, to=tmp_path, overwrite=True)

    assert second.path == tmp_path / "a.pdf"
    assert second.path.read_text() == "theirs"


async def test_unusable_folder_and_concurrency_are_refused(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder that cannot exist, and a concurrency that is no number, are refused before any request."""
    (tmp_path / "file").touch()
    host = store()

    async with make(base_url=API) as client:
        for to in (tmp_path / "file", tmp_path / "missing" / "folder"):
            with pytest.raises(omni.UsageError, match="cannot be a folder"):
                await client.documents.download_all(lead_with(host.document()), to=to)
        for concurrency in (0, -1, 1.5, None):
            with pytest.raises(omni.UsageError, match="concurrency"):
                await client.documents.download_all(lead_with(), to=tmp_path, concurrency=concurrency)

    assert host.requests == []


async def test_sandbox_files_are_downloaded_through_faults(make: Make, sandbox: Any, tmp_path: Path) -> None:
    """All documents of a lead and the CSV come from the sandbox, through lost connections and expired links."""
    lead_id = "11111111-1111-4111-8111-111111111106"
    sandbox.fail_next("drop; at=1000; path=/files/", times=2)
    sandbox.fail_next("expired-link; path=/files/")

    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        results = await client.documents.download_all(lead_id, to=tmp_path / "files")
        again = await client.documents.download_all(lead_id, to=tmp_path / "files")
        figures = await client.analytics.download_csv(to=tmp_path)

    assert results
    assert [result.path and result.path.stat().st_size for result in results] == [
        result.document.size for result in results
    ]
    assert all(result.skipped for result in again)
    assert figures.read_text().startswith("leadId")


async def test_unexpected_error_fails_only_its_file(kind: str, make: Make, tmp_path: Path) -> None:
    """An unexpected error fails only its file, with an OmniError that does not name it."""

    def respond(request: httpx.Request) -> httpx.Response:
        if "bad" in request.url.path:
            raise LookupError("Ada.pdf")
        return httpx.Response(200, content=b"file")

    documents = [{"id": name, "filename": name, "signedUrl": f"https://files.example.com/{name}"} for name in "ab"]
    documents.append({"id": "c", "filename": "Ada.pdf", "signedUrl": "https://files.example.com/bad"})
    lead = omni.Lead.from_dict({"lead": {"id": "1"}, "documents": documents})

    async with make(transport=httpx.MockTransport(respond)) as client:
        results = await client.documents.download_all(lead, to=tmp_path)

    assert [type(result.error) for result in results] == [type(None), type(None), omni.OmniError]
    assert str(results[2].error) == "The file could not be downloaded: LookupError."
    assert set(manifest_in(tmp_path)) == {"a", "b"}


@pytest.mark.parametrize("all_of_them", [False, True])
async def test_omni_error_of_progress_is_raised(make: Make, store: Any, tmp_path: Path, all_of_them: bool) -> None:
    """An OmniError that ``progress`` raises is no interruption and no failure of a file."""
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


async def test_error_of_a_result_keeps_no_locals(make: Make, store: Any, tmp_path: Path) -> None:
    """The traceback of a result's error has no frame with the file name or the link."""
    (tmp_path / "Ada.pdf").mkdir()
    host = store(respond_with(404))
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
