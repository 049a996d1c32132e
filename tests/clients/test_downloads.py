"""Downloads: a file is there whole or not at all, whatever the file host, the network and the disk do."""

import contextlib
import hashlib
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from file_store import FILE, SECRET, Step, files, gives, head, lead_with, manifest, says, sends
from wire import answer

import omni
from omni._files.manifest import MANIFEST

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves its generators to the garbage collector where a body is not read to its end; trio says so.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]

Make = Callable[..., Any]


# One file.


async def test_a_document_by_its_name(make: Make, store: Any, tmp_path: Path) -> None:
    """In a folder a file has the document's name, and nothing else is left there."""
    host = store()

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path == tmp_path / "a.pdf"
    assert path.read_bytes() == FILE
    assert files(tmp_path) == {"a.pdf"}


async def test_a_document_by_its_id(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """An id is looked up first, and the path may be given whole."""
    host = store()
    api = wire(*gives(host.document()))

    async with make(base_url=api.url) as client:
        path = await client.documents.download("doc-1", to=str(tmp_path / "mine.pdf"))

    assert path.read_bytes() == FILE
    assert b"GET /api/v1/documents/doc-1 " in api.requests[0]


async def test_the_key_stays_with_the_api(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """The API sees the key and the file host does not."""
    host = store()
    api = wire(*gives(host.document()))

    async with make(base_url=api.url) as client:
        await client.documents.download("doc-1", to=tmp_path)

    assert b"key-under-test" in api.requests[0]
    assert b"key" not in host.requests[0]
    assert "accept-encoding: identity" in host.asked[0]


async def test_an_empty_file(make: Make, store: Any, tmp_path: Path) -> None:
    """Nothing is a file too, and progress says so."""
    seen: list[tuple[int, int | None]] = []

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(
            store(files={"/f": b""}).document(), to=tmp_path, progress=lambda *bytes: seen.append(bytes)
        )

    assert path.read_bytes() == b""
    assert seen == [(0, 0)]


async def test_progress(make: Make, store: Any, tmp_path: Path) -> None:
    """Progress grows to the whole length, in steps of a quarter of a mebibyte or so."""
    seen: list[tuple[int, int | None]] = []

    async with make(base_url="http://api.example.com") as client:
        await client.documents.download(store().document(), to=tmp_path, progress=lambda *bytes: seen.append(bytes))

    assert seen == sorted(seen)
    assert {total for _, total in seen} == {len(FILE)}
    assert seen[-1][0] == len(FILE)
    assert len(seen) <= 12


async def test_a_length_that_nobody_knows(make: Make, store: Any, tmp_path: Path) -> None:
    """A body whose end is marked is whole without a length, and progress has no total."""
    seen: list[tuple[int, int | None]] = []

    def chunked(connection: socket.socket, asked: str, file: bytes) -> None:
        connection.sendall(head(200, transfer_encoding="chunked") + b"5\r\nhello\r\n0\r\n\r\n")

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(
            store(chunked).document(), to=tmp_path, progress=lambda *bytes: seen.append(bytes)
        )

    assert path.read_bytes() == b"hello"
    assert seen == [(5, None)]


@pytest.mark.parametrize(
    "filename", ["../../evil.pdf", "..\\..\\evil.pdf", "/etc/evil.pdf", "C:\\evil.pdf", "evil.pdf\0", "\u202eevil.pdf"]
)
async def test_a_hostile_name(make: Make, store: Any, tmp_path: Path, filename: str) -> None:
    """Whatever a document is called, its file is in the folder."""
    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(store().document(filename=filename), to=tmp_path)

    assert path == tmp_path / "evil.pdf"
    assert path.is_file()


# Cuts.


@pytest.mark.parametrize("cut", [0, 1, 65_536, 1 << 20, (1 << 20) + 1, 2_999_999])
async def test_a_cut_is_gone_on_with(make: Make, store: Any, tmp_path: Path, cut: int) -> None:
    """After a cut only the rest is asked for, of this very version of the file."""
    host = store(sends(cut), sends())

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, f"bytes={cut}-" if cut else None]
    assert ('if-range: "v1"' in host.asked[1]) is (cut > 0)


async def test_progress_buys_patience(make: Make, store: Any, tmp_path: Path) -> None:
    """As long as each try brings something new, there is no last one."""
    host = store(*[sends(200_000)] * 14, sends())

    async with make(base_url="http://api.example.com", attempts=2) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(host.requests) == 15


async def test_tries_that_bring_nothing_end(make: Make, store: Any, tmp_path: Path) -> None:
    """A body that never comes is given up after the client's attempts, and nothing is left."""
    host = store(sends(0))

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 3
    assert files(tmp_path) == set()
    assert (caught.value.method, caught.value.path) == ("GET", "/…")


async def test_one_attempt_is_one(make: Make, store: Any, tmp_path: Path) -> None:
    """Who wants no second attempt gets none."""
    host = store(sends(1000), sends())

    async with make(base_url="http://api.example.com", attempts=1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 1


async def test_a_store_without_ranges(make: Make, store: Any, tmp_path: Path) -> None:
    """Where there are no ranges the file is begun again, and progress goes back."""
    host = store(sends(2_000_000, ranges=False), sends(ranges=False))
    seen: list[int] = []

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(
            host.document(), to=tmp_path, progress=lambda have, total: seen.append(have)
        )

    assert path.read_bytes() == FILE
    assert seen != sorted(seen)


async def test_a_store_without_ranges_that_always_cuts(make: Make, store: Any, tmp_path: Path) -> None:
    """The same half again and again brings nothing new, so it ends."""
    host = store(sends(2_000_000, ranges=False))

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.APIConnectionError):
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 3
    assert files(tmp_path) == set()


async def test_a_store_that_names_no_version(make: Make, store: Any, tmp_path: Path) -> None:
    """What cannot be told from another version is begun again."""
    host = store(sends(2_000_000, etag=None), sends(etag=None))

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, None]


@pytest.mark.parametrize(
    "step", [sends(etag='"v2"'), sends(etag='"v1"', **{"content_range": "bytes 5-2999999/3000000"})]
)
async def test_another_part_or_version(make: Make, store: Any, tmp_path: Path, step: Step) -> None:
    """A new version, and a part that was not asked for, are never put behind the old beginning."""
    other = bytes(reversed(FILE))
    host = store(sends(2_000_000), step, sends(etag='"v2"'), files={"/f": FILE})
    first = host.steps[0]

    def change(connection: socket.socket, asked: str, file: bytes) -> None:
        first(connection, asked, file)
        host.files["/f"] = other

    host.steps = (change, *host.steps[1:])
    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == other


@pytest.mark.parametrize(
    "step",
    [
        says(206, b"xxxx", content_range="bytes 2000000-2000003/3000000", etag='"v2"'),
        says(206, b"xxxx", content_range="bytes 1999999-2999999/3000000", etag='"v1"'),
        says(206, b"xxxx", content_range="bytes 2000000-2999999/3000001", etag='"v1"'),
        says(206, b"xxxx", content_range="bytes 2000000-2999999/*", etag='"v1"'),
        says(206, b"xxxx", etag='"v1"'),
        says(416, b"<Error/>"),
        says(204, content_length=None),
        says(200, b"xxxx", content_encoding="gzip"),
        says(200, b"xxxx", content_length=None),
    ],
    ids=["version", "start", "total", "no total", "no range", "416", "204", "encoded", "endless"],
)
async def test_an_answer_that_cannot_be_used(make: Make, store: Any, tmp_path: Path, step: Step) -> None:
    """After an answer that is not the part asked for, the file is begun again."""
    host = store(sends(2_000_000), step, sends())

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, "bytes=2000000-", None]


@pytest.mark.parametrize(
    "step",
    [
        says(206, b"xxxx", content_range="bytes 0-3/4"),
        says(204, content_length=None),
        says(200, b"xxxx", content_encoding="gzip"),
        says(200, b"xxxx", content_length=None),
    ],
    ids=["part", "204", "encoded", "endless"],
)
async def test_what_is_never_the_file(make: Make, store: Any, tmp_path: Path, step: Step) -> None:
    """A host that never sends the file ends in an error of ours that keeps what it said, and in no file."""
    host = store(step)

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 3
    assert caught.value.status_code in {200, 204, 206}
    assert files(tmp_path) == set()


async def test_a_part_that_is_too_short(make: Make, store: Any, tmp_path: Path) -> None:
    """A part that ends early, as if that were all, is gone on with."""
    short = says(206, FILE[1_000_000:2_000_000], content_range="bytes 1000000-2999999/3000000", etag='"v1"')
    host = store(sends(1_000_000), short, sends())

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, "bytes=1000000-", "bytes=2000000-"]


async def test_a_part_that_is_too_long(make: Make, store: Any, tmp_path: Path) -> None:
    """More bytes than the file has are not read to their end, and the file is begun again."""
    sent = 0

    def floods(connection: socket.socket, asked: str, file: bytes) -> None:
        nonlocal sent
        connection.sendall(head(206, content_range="bytes 1000000-2999999/3000000", etag='"v1"'))
        for _ in range(100):
            connection.sendall(bytes(1_000_000))
            sent += 1

    host = store(sends(1_000_000), floods, says(416), sends())

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert sent < 50


async def test_a_smaller_version_after_a_cut(make: Make, store: Any, tmp_path: Path) -> None:
    """What was written of a longer version is not left behind a shorter one."""
    host = store(sends(2_000_000), says(200, b"short", etag='"v2"'))

    async with make(base_url="http://api.example.com") as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == b"short"


async def test_the_timeout_bounds_waits(make: Make, store: Any, tmp_path: Path) -> None:
    """A file may take longer than the timeout, as long as it comes."""
    host = store(sends(pause=0.04))

    async with make(base_url="http://api.example.com", timeout=1) as client:
        start = time.monotonic()
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(host.requests) == 1
    assert time.monotonic() - start > 1.2


async def test_a_stall_ends(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that stops coming for the timeout is given up."""

    def stalls(connection: socket.socket, asked: str, file: bytes) -> None:
        connection.sendall(head(200, content_length=len(file)) + file[:1000])
        time.sleep(1)

    async with make(base_url="http://api.example.com", timeout=0.2, attempts=1) as client:
        with pytest.raises(omni.APITimeoutError):
            await client.documents.download(store(stalls).document(), to=tmp_path)

    assert files(tmp_path) == set()


# Links.


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("cut", [None, 1_000_000])
async def test_a_link_that_is_over(
    make: Make, wire: Any, store: Any, tmp_path: Path, status: int, cut: int | None
) -> None:
    """A link past its hour is fetched anew by id, also in the middle of a file."""
    host = store(*([sends(cut)] if cut else []), says(status, b"<Error/>"), sends())
    api = wire(*gives(host.document(path="/f")))

    async with make(base_url=api.url) as client:
        path = await client.documents.download(host.document(path="/old"), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(api.requests) == 1
    assert host.ranges[-1] == (f"bytes={cut}-" if cut else None)
    assert "/old" in host.asked[0]
    assert "/f" in host.asked[-1]


async def test_a_fresh_link_that_is_refused(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A link is fetched anew once; then the refusal is raised, with what the file host said."""
    host = store(says(403, b"<Error>Request has expired</Error>"))
    api = wire(*gives(host.document()))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.PermissionDeniedError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert (len(host.requests), len(api.requests)) == (2, 1)
    assert caught.value.body == "<Error>Request has expired</Error>"
    assert "file host refused with 403" in str(caught.value)
    assert files(tmp_path) == set()


@pytest.mark.parametrize("link", [None, "", "/api/v1/leads/1", "ftp://example.com/f", "https:///f"])
async def test_a_link_that_is_none(make: Make, wire: Any, store: Any, tmp_path: Path, link: str | None) -> None:
    """A document without a link is asked for by id first, and nothing is asked of what is no link."""
    host = store()
    api = wire(*gives(host.document()))

    async with make(base_url=api.url) as client:
        path = await client.documents.download(host.document(signedUrl=link), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(api.requests) == 1


async def test_no_link_anywhere(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A document that has no link even if it is asked for is an answer against the contract."""
    document = store().document(signedUrl=None)
    api = wire(*gives(document))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.documents.download(document, to=tmp_path)

    assert caught.value.body == document.to_dict()
    assert caught.value.path == "/api/v1/documents/{documentId}"


async def test_a_file_that_is_gone(make: Make, store: Any, tmp_path: Path) -> None:
    """404 of the file host is raised, with no more of its words than anybody reads."""
    host = store(says(404, b"x" * 1_000_000))

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.NotFoundError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert 65_536 <= len(caught.value.content) <= 200_000
    assert len(host.requests) == 1


async def test_nothing_tells_the_link(
    make: Make, wire: Any, store: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither errors nor logs show a link or a file name."""
    caplog.set_level(logging.DEBUG)
    host = store(says(403))
    api = wire(*gives(host.document()))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.PermissionDeniedError) as caught:
            await client.documents.download(host.document(filename="Ada.pdf"), to=tmp_path)

    said = f"{caught.value} {caught.value!r} {caught.value.__context__!r} " + " ".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("omni", "http"))
    )
    assert "GET /…" in said
    assert not re.search(f"{SECRET}|Ada|127.0.0.1", said)


# The disk.


async def test_a_file_that_is_there(make: Make, store: Any, tmp_path: Path) -> None:
    """A file is replaced only if that is asked for, and nothing is sent otherwise."""
    (tmp_path / "a.pdf").write_text("mine")
    host = store()

    async with make(base_url="http://api.example.com") as client:
        for to in (tmp_path, tmp_path / "a.pdf"):
            with pytest.raises(omni.UsageError, match="overwrite=True"):
                await client.documents.download(host.document(), to=to)
        assert host.requests == []
        assert (tmp_path / "a.pdf").read_text() == "mine"
        path = await client.documents.download(host.document(), to=tmp_path, overwrite=True)

    assert path.read_bytes() == FILE
    assert files(tmp_path) == {"a.pdf"}


async def test_a_file_that_comes_meanwhile(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that appears while another of its name is on its way is not replaced."""
    host = store()

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.OmniError, match="File exists"):
            await client.documents.download(
                host.document(), to=tmp_path, progress=lambda *_: (tmp_path / "a.pdf").write_text("mine")
            )

    assert (tmp_path / "a.pdf").read_text() == "mine"
    assert files(tmp_path) == {"a.pdf"}


@pytest.mark.parametrize("comes", [False, True])
async def test_a_system_without_hard_links(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """Without hard links a file is renamed, after one more look."""

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    monkeypatch.setattr("os.open", lambda *a, _open=os.open: refuse() if Path(a[0]) == tmp_path else _open(*a))
    expected = pytest.raises(omni.UsageError, match="overwrite=True") if comes else contextlib.nullcontext()
    async with make(base_url="http://api.example.com") as client:
        with expected:
            await client.documents.download(
                store().document(), to=tmp_path, progress=lambda *_: comes and (tmp_path / "a.pdf").write_text("mine")
            )

    assert (tmp_path / "a.pdf").read_bytes() == (b"mine" if comes else FILE)
    assert files(tmp_path) == {"a.pdf"}


@pytest.mark.parametrize("to", ["", "missing/", "missing/a.pdf", "a\0b", "\ud800", None, 7])
async def test_a_place_that_cannot_be(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: Any
) -> None:
    """A place that cannot be written to is refused before anything is sent."""
    monkeypatch.chdir(tmp_path)
    host = store()

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.UsageError):
            await client.documents.download(host.document(), to=to)
        with pytest.raises(omni.UsageError):
            await client.documents.download("doc-1", to=to)

    assert host.requests == []


async def test_a_folder_of_the_same_name(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder is never replaced."""
    (tmp_path / "a.pdf").mkdir()

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.UsageError):
            await client.documents.download(store().document(), to=tmp_path, overwrite=True)

    assert (tmp_path / "a.pdf").is_dir()


async def test_a_full_disk(make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk refuses is an error of ours that names no file, and leaves none."""

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device", "/home/ada/secret.pdf")

    monkeypatch.setattr("os.fsync", refuse)
    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.OmniError, match="No space left on device") as caught:
            await client.documents.download(store().document(), to=tmp_path)

    assert "ada" not in str(caught.value)
    assert type(caught.value) is omni.OmniError
    assert files(tmp_path) == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
async def test_a_disk_that_is_full_to_the_end(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that cannot be written even when the file is closed change nothing of that."""
    monkeypatch.setattr(
        "omni._files.atomic_write._create", lambda *arguments: os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")
    )
    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.OmniError, match="No space left on device"):
            await client.documents.download(store(files={"/f": b"small"}).document(), to=tmp_path)

    assert files(tmp_path) == set()


async def test_a_callback_that_raises(make: Make, store: Any, tmp_path: Path) -> None:
    """What progress raises, the call raises, and nothing is left."""

    def stop(have: int, total: int | None) -> None:
        raise LookupError("enough")

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(LookupError, match="enough"):
            await client.documents.download(store().document(), to=tmp_path, progress=stop)

    assert files(tmp_path) == set()


async def test_a_cancelled_download(store: Any, tmp_path: Path, kind: str) -> None:
    """A download that is cancelled leaves nothing."""
    if kind == "Client":
        pytest.skip("blocking code cannot be cancelled")
    async with omni.AsyncClient(api_key="k", base_url="http://api.example.com") as client:
        with anyio.move_on_after(0.3) as scope:
            await client.documents.download(store(sends(pause=0.05)).document(), to=tmp_path)

    assert scope.cancelled_caught
    assert files(tmp_path) == set()


# All files of a lead.


async def test_all_documents(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """Every document of the lead comes once, in the lead's order, and two of one name get two names."""
    host = store(files={"/1": b"one", "/2": b"two", "/3": b"three"})
    found = [host.document("1", "a.pdf", "/1"), host.document("2", "A.PDF", "/2"), host.document("3", None, "/3")]
    api = wire(answer(body=json.dumps(lead_with(*found, found[0]).to_dict()).encode()))

    async with make(base_url=api.url) as client:
        results = await client.documents.download_all("lead-1", to=tmp_path / "new")

    assert [each.document for each in results] == found
    assert [each.path and each.path.name for each in results] == ["a.pdf", "A (2).PDF", "3"]
    assert [each.path.read_bytes() for each in results] == [b"one", b"two", b"three"]
    assert not any(each.skipped or each.error for each in results)
    assert files(tmp_path / "new") == {"a.pdf", "A (2).PDF", "3", MANIFEST}


async def test_documents_of_items(make: Make, store: Any, tmp_path: Path) -> None:
    """Documents that only an item has come too, and those without an id are no copies of each other."""
    host = store(files={"/1": b"one", "/2": b"two", "/3": b"three"})
    item = {"id": "i", "checklistItem": {"fieldType": "FILE"}, "documents": [host.document("3", "c", "/3").to_dict()]}
    lead = omni.Lead.from_dict(
        {
            **lead_with(host.document("", "a", "/1"), host.document("", "a", "/2")).to_dict(),
            "checklistItems": [{"id": "g", "items": [item]}],
        }
    )

    async with make(base_url="http://api.example.com") as client:
        results = await client.documents.download_all(lead, to=tmp_path)

    assert files(tmp_path) == {"a", "a (2)", "c", MANIFEST}
    assert {each.path.read_bytes() for each in results} == {b"one", b"two", b"three"}
    assert manifest(tmp_path) == {"3": {"file": "c", "size": 5, "sha256": hashlib.sha256(b"three").hexdigest()}}


async def test_documents_without_an_id_that_were_killed(make: Make, store: Any, tmp_path: Path) -> None:
    """The manifest never speaks of a document that has no id, since it could be any."""

    def kill(*arguments: object) -> None:
        raise LookupError("killed")

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(lead_with(store().document("")), to=tmp_path, progress=kill)

    assert manifest(tmp_path) == {}


async def test_one_failure_of_several(make: Make, store: Any, tmp_path: Path) -> None:
    """What fails does not stop the others, and a second run fetches only that, under its name."""
    host = store(files={"/1": b"one", "/3": b"three"})
    gone = says(404)
    host.steps = (lambda c, asked, file: (gone if "/2" in asked else sends())(c, asked, file),)
    lead = lead_with(*(host.document(id, "a.pdf", f"/{id}") for id in "123"))

    async with make(base_url="http://api.example.com") as client:
        first = await client.documents.download_all(lead, to=tmp_path, concurrency=1)
        assert [type(each.error) for each in first] == [type(None), omni.NotFoundError, type(None)]
        assert [each.path and each.path.name for each in first] == ["a.pdf", None, "a (3).pdf"]
        assert "a.pdf" not in repr(first)
        assert set(manifest(tmp_path)) == {"1", "3"}, "the name of what failed is free again"
        host.steps, asked = (sends(),), len(host.requests)
        host.files["/2"] = b"two"
        second = await client.documents.download_all(lead, to=tmp_path)

    assert [each.skipped for each in second] == [True, False, True]
    assert [each.path.name for each in second] == ["a.pdf", "a (2).pdf", "a (3).pdf"]
    assert len(host.requests) == asked + 1
    assert manifest(tmp_path)["2"]["file"] == "a (2).pdf"


async def test_files_that_are_not_ours(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that lay in the folder stays what it was, unless that is asked for."""
    (tmp_path / "a.pdf").write_text("mine")
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    async with make(base_url="http://api.example.com") as client:
        (first,) = await client.documents.download_all(lead, to=tmp_path)
        assert first.path == tmp_path / "a (2).pdf"
        assert (tmp_path / "a.pdf").read_text() == "mine"
        (tmp_path / MANIFEST).unlink()
        (second,) = await client.documents.download_all(lead, to=tmp_path, overwrite=True)

    assert second.path == tmp_path / "a.pdf"
    assert second.path.read_text() == "theirs"


async def test_a_file_that_was_changed(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that is not what it was is neither taken for whole nor replaced, unless that is asked for."""
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    async with make(base_url="http://api.example.com") as client:
        await client.documents.download_all(lead, to=tmp_path)
        (tmp_path / "a.pdf").write_text("mine now")
        (second,) = await client.documents.download_all(lead, to=tmp_path)
        assert isinstance(second.error, omni.UsageError)
        assert (tmp_path / "a.pdf").read_text() == "mine now"
        (third,) = await client.documents.download_all(lead, to=tmp_path, overwrite=True)

    assert (third.skipped, third.path.read_text()) == (False, "theirs")


async def test_a_run_that_was_killed(make: Make, store: Any, tmp_path: Path) -> None:
    """A run that ends before it could say so in the manifest is gone on with, and names stay."""
    host = store(files={"/1": b"one", "/2": b"two"})
    lead = lead_with(host.document("1", "a.pdf", "/1"), host.document("2", "a.pdf", "/2"))

    def kill(document: omni.Document, have: int, total: int | None) -> None:
        if document.id == "2":
            raise LookupError("killed")

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(lead, to=tmp_path, concurrency=1, progress=kill)
        assert files(tmp_path) <= {"a.pdf", MANIFEST}
        assert set(manifest(tmp_path)) == {"1", "2"}
        (tmp_path / "a.pdf").write_bytes(b"one")
        asked = len(host.requests)
        results = await client.documents.download_all(lead, to=tmp_path)

    assert [each.path.name for each in results] == ["a.pdf", "a (2).pdf"]
    assert [each.skipped for each in results] == [True, False]
    assert len(host.requests) == asked + 2, "what nobody noted the content of is fetched again, and compared"


async def test_another_lead_in_the_same_folder(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder may hold the files of several leads, also of one whose run was killed."""
    host = store(files={"/f": b"file"})
    leads = [lead_with(host.document(id)) for id in ("1", "2")]

    def kill(*arguments: object) -> None:
        raise LookupError("killed")

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(leads[0], to=tmp_path, progress=kill)
        (tmp_path / "a.pdf").write_bytes(b"file")
        for lead in reversed(leads):
            await client.documents.download_all(lead, to=tmp_path)

    assert {key: each["file"] for key, each in manifest(tmp_path).items()} == {"1": "a.pdf", "2": "a (2).pdf"}


async def test_an_overwriting_run_that_was_killed(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that was to be replaced and was not is never taken for the document's."""
    (tmp_path / "a.pdf").write_text("mine")
    lead = lead_with(store(files={"/f": b"theirs"}).document())

    def kill(*arguments: object) -> None:
        raise LookupError("killed")

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(LookupError, match="killed"):
            await client.documents.download_all(lead, to=tmp_path, overwrite=True, progress=kill)
        (result,) = await client.documents.download_all(lead, to=tmp_path)

    assert (tmp_path / "a.pdf").read_text() == "mine"
    assert result.path.read_text() == "theirs"


async def test_all_again(make: Make, store: Any, tmp_path: Path) -> None:
    """What is there whole is fetched again only if files shall be replaced."""
    host = store(files={"/f": b"file"})
    lead = lead_with(host.document())

    async with make(base_url="http://api.example.com") as client:
        runs = [
            await client.documents.download_all(lead, to=tmp_path, overwrite=overwrite)
            for overwrite in (False, False, True)
        ]

    assert [each.skipped for (each,) in runs] == [False, True, False]
    assert len(host.requests) == 2


async def test_a_damaged_manifest(make: Make, store: Any, tmp_path: Path) -> None:
    """A manifest that cannot be read is not guessed at."""
    (tmp_path / MANIFEST).write_text("{")
    host = store()

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(omni.UsageError, match="delete it"):
            await client.documents.download_all(lead_with(host.document()), to=tmp_path)

    assert host.requests == []
    assert files(tmp_path) == {MANIFEST}


async def test_a_folder_that_cannot_be(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder is refused before anything is sent if it is a file, or has none above it."""
    (tmp_path / "file").touch()
    host = store()

    async with make(base_url="http://api.example.com") as client:
        for to in (tmp_path / "file", tmp_path / "missing" / "folder"):
            with pytest.raises(omni.UsageError, match="cannot be a folder"):
                await client.documents.download_all(lead_with(host.document()), to=to)
        for concurrency in (0, -1, 1.5, None):
            with pytest.raises(omni.UsageError, match="concurrency"):
                await client.documents.download_all(lead_with(), to=tmp_path, concurrency=concurrency)

    assert host.requests == []


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_so_many_at_once(make: Make, store: Any, tmp_path: Path, concurrency: int) -> None:
    """No more files than asked for are on their way at the same time, and so many are."""
    running, most = 0, 0

    def counts(connection: socket.socket, asked: str, file: bytes) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.1)
        running -= 1
        sends()(connection, asked, b"file")

    host = store(counts)
    lead = lead_with(*(host.document(str(number), f"{number}.pdf") for number in range(7)))
    seen: set[str] = set()

    async with make(base_url="http://api.example.com") as client:
        results = await client.documents.download_all(
            lead, to=tmp_path, concurrency=concurrency, progress=lambda document, *bytes: seen.add(document.id)
        )

    assert most == concurrency
    assert [each.path.name for each in results] == [f"{number}.pdf" for number in range(7)]
    assert seen == {str(number) for number in range(7)}


async def test_a_callback_that_raises_ends_all(make: Make, store: Any, tmp_path: Path) -> None:
    """What progress raises comes out as it is, and ends those that are on their way."""
    host = store(sends(pause=0.02))
    lead = lead_with(*(host.document(str(number), f"{number}.pdf") for number in range(20)))

    def stop(document: omni.Document, have: int, total: int | None) -> None:
        raise LookupError("enough")

    async with make(base_url="http://api.example.com") as client:
        with pytest.raises(LookupError, match="enough"):
            await client.documents.download_all(lead, to=tmp_path, progress=stop)

    assert files(tmp_path) == {MANIFEST}
    assert len(host.requests) < 20


def test_ctrl_c(store: Any, tmp_path: Path) -> None:
    """Ctrl-C ends all downloads of a blocking client soon, and leaves no part of a file."""
    host = store(sends(pause=0.01))
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
        with omni.Client(api_key="k", base_url="http://api.example.com") as client, pytest.raises(KeyboardInterrupt):
            client.documents.download_all(lead, to=tmp_path)
    finally:
        interrupter.join()
        signal.signal(signal.SIGALRM, before)

    assert not [name for name in files(tmp_path) if name.endswith(".part")]
    assert len(host.requests) < 10


# The figures as CSV.


async def test_csv(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """The API is asked for a link to a CSV of the period, in UTC, and the file is fetched without the key."""
    host = store(files={"/f": b"leadId\n1\n"})
    api = wire(answer(body=json.dumps({"downloadUrl": f"{host.url}/f?{SECRET}"}).encode()))

    async with make(base_url=api.url) as client:
        path = await client.analytics.download_csv(to=tmp_path, start=datetime(2026, 3, 1, tzinfo=UTC))

    assert path == tmp_path / "analytics.csv"
    assert path.read_bytes() == b"leadId\n1\n"
    assert b"GET /api/v0/analytics?start=2026-03-01T00%3A00%3A00Z&format=csv " in api.requests[0]
    assert b"key" not in host.requests[0]


async def test_csv_again(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A link to a CSV that ends on the way is asked for again, and the file gone on with."""
    host = store(sends(1_000_000), says(403), sends())
    api = wire(answer(body=json.dumps({"downloadUrl": f"{host.url}/f"}).encode()))

    async with make(base_url=api.url) as client:
        path = await client.analytics.download_csv(to=tmp_path / "figures.csv")

    assert path.read_bytes() == FILE
    assert len(api.requests) == 2


async def test_no_csv(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """An answer without a link is an error, and a time without a time zone is refused before anything is sent."""
    api = wire(answer(body=b'{"downloadUrl": 1}'))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.UsageError, match="time zone"):
            await client.analytics.download_csv(to=tmp_path, end=datetime(2026, 3, 1))
        assert api.requests == []
        with pytest.raises(omni.InvalidResponseError, match="no link"):
            await client.analytics.download_csv(to=tmp_path)

    assert files(tmp_path) == set()


# Against the sandbox, whose file host refuses whoever sends a key.


async def test_the_files_of_the_sandbox(make: Make, sandbox: Any, tmp_path: Path) -> None:
    """All documents of a lead, and the figures, come from the sandbox, through cuts and links that are over."""
    lead_id = "11111111-1111-4111-8111-111111111106"
    sandbox.fail_next("drop; at=1000; path=/files/", times=2)
    sandbox.fail_next("expired-link; path=/files/")

    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        results = await client.documents.download_all(lead_id, to=tmp_path / "files")
        again = await client.documents.download_all(lead_id, to=tmp_path / "files")
        figures = await client.analytics.download_csv(to=tmp_path)

    assert results
    assert [each.path and each.path.stat().st_size for each in results] == [each.document.size for each in results]
    assert all(each.skipped for each in again)
    assert figures.read_text().startswith("leadId")


# A kill that no code can catch.

KILLED = """
import hashlib, json, os, random, signal, sys, time
from pathlib import Path
import omni
url, folder = sys.argv[1], Path(sys.argv[2])
document = omni.Document.from_dict({"id": "1", "filename": "a.bin", "signedUrl": url})
def download(to):
    with omni.Client(api_key="k", base_url="http://api.example.com") as client:
        client.documents.download(document, to=to / "a.bin", overwrite=True)
(folder / "first").mkdir()
start = time.monotonic()
download(folder / "first")
lasts = time.monotonic() - start
whole = hashlib.sha256((folder / "first" / "a.bin").read_bytes()).hexdigest()
moments, counts = random.Random(int(sys.argv[3])), {"absent": 0, "old": 0, "whole": 0, "wrong": 0, "parts": 0}
for number in range(50):
    to = folder / str(number)
    to.mkdir()
    if number % 2:
        (to / "a.bin").write_text("old")
    if not (child := os.fork()):
        download(to)
        os._exit(0)
    time.sleep(moments.uniform(0, 1.2 * lasts))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = (to / "a.bin").read_bytes() if (to / "a.bin").exists() else None
    counts["parts"] += len(list(to.glob(".omni-*.part")))
    if found is None:
        counts["absent"] += 1
    elif found == b"old" and number % 2:
        counts["old"] += 1
    else:
        counts["whole" if hashlib.sha256(found).hexdigest() == whole else "wrong"] += 1
print(json.dumps([counts, whole]))
"""


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork starts fifty processes in no time")
def test_kill_9(store: Any, tmp_path: Path) -> None:
    """Fifty kills at random moments never leave a wrong file under its final name."""
    host = store(sends(pause=0.002))
    arguments = [f"{host.url}/f", str(tmp_path), "9"]

    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr.decode()
    counts, whole = json.loads(done.stdout)
    assert whole == hashlib.sha256(FILE).hexdigest()
    assert counts["wrong"] == 0
    assert counts["absent"] + counts["old"] + counts["whole"] == 50
    assert counts["parts"] > 5, "kills that came on the way"
    assert counts["whole"] > 0, "kills that came too late"
