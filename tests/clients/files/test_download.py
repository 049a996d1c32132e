"""Downloads of one document: names, links and size limits."""

import json
import logging
import re
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from file_store import (
    FILE,
    SECRET,
    Step,
    document_responses,
    filenames_in,
    lead_with,
    respond_with,
    response_head,
    send_file,
)
from wire import reply

import omni
from omni._files.download import MAX_FILE_SIZE
from omni._files.manifest import MANIFEST

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]


Make = Callable[..., Any]


def endless(connection: Any, request: str, file: bytes) -> None:
    """A file of no known length that goes on and on."""
    connection.sendall(response_head(200, transfer_encoding="chunked"))
    for _ in range(200):
        connection.sendall(b"%x\r\n%s\r\n" % (1 << 16, bytes(1 << 16)))


API = "http://api.example.com"


async def test_document_is_saved_under_its_own_name(make: Make, store: Any, tmp_path: Path) -> None:
    """In a folder, the file has the document's name, and nothing else is left there."""
    host = store()

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path == tmp_path / "a.pdf"
    assert path.read_bytes() == FILE
    assert filenames_in(tmp_path) == {"a.pdf"}


async def test_document_is_downloaded_by_id(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """An id is looked up first, and ``to`` may be the path of the file."""
    host = store()
    api = wire(*document_responses(host.document()))

    async with make(base_url=api.url) as client:
        path = await client.documents.download("doc-1", to=str(tmp_path / "mine.pdf"))

    assert path.read_bytes() == FILE
    assert b"GET /api/v1/documents/doc-1 " in api.requests[0]


async def test_api_key_is_sent_to_the_api_only(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """The API gets the key, and the file host does not."""
    host = store()
    api = wire(*document_responses(host.document()))

    async with make(base_url=api.url) as client:
        await client.documents.download("doc-1", to=tmp_path)

    assert b"key-under-test" in api.requests[0]
    assert b"key" not in host.requests[0]
    assert "accept-encoding: identity" in host.request_texts[0]


async def test_empty_file_is_saved(make: Make, store: Any, tmp_path: Path) -> None:
    """An empty file is saved, and progress is called once."""
    seen: list[tuple[int, int | None]] = []

    async with make(base_url=API) as client:
        path = await client.documents.download(
            store(files={"/f": b""}).document(), to=tmp_path, progress=lambda *bytes: seen.append(bytes)
        )

    assert path.read_bytes() == b""
    assert seen == [(0, 0)]


async def test_progress_grows_to_the_length(make: Make, store: Any, tmp_path: Path) -> None:
    """Progress grows to the whole length, in steps of a quarter of a mebibyte to a few."""
    seen: list[tuple[int, int | None]] = []

    async with make(base_url=API) as client:
        await client.documents.download(store().document(), to=tmp_path, progress=lambda *bytes: seen.append(bytes))

    assert seen == sorted(seen)
    assert {total for _, total in seen} == {len(FILE)}
    assert seen[-1][0] == len(FILE)
    assert len(seen) <= 12


async def test_file_of_unknown_length_is_saved(make: Make, store: Any, tmp_path: Path) -> None:
    """A chunked body is complete at its end, and progress has no total."""
    seen: list[tuple[int, int | None]] = []

    def chunked(connection: socket.socket, request: str, file: bytes) -> None:
        connection.sendall(response_head(200, transfer_encoding="chunked") + b"5\r\nhello\r\n0\r\n\r\n")

    async with make(base_url=API) as client:
        path = await client.documents.download(
            store(chunked).document(), to=tmp_path, progress=lambda *bytes: seen.append(bytes)
        )

    assert path.read_bytes() == b"hello"
    assert seen == [(5, None)]


@pytest.mark.parametrize(
    "filename", ["../../evil.pdf", "..\\..\\evil.pdf", "/etc/evil.pdf", "C:\\evil.pdf", "evil.pdf\0", "\u202eevil.pdf"]
)
async def test_hostile_filename_stays_in_the_folder(make: Make, store: Any, tmp_path: Path, filename: str) -> None:
    """Whatever a document is called, its file is in the folder."""
    async with make(base_url=API) as client:
        path = await client.documents.download(store().document(filename=filename), to=tmp_path)

    assert path == tmp_path / "evil.pdf"
    assert path.is_file()


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("cut", [None, 1_000_000])
async def test_expired_link_is_renewed(
    make: Make, wire: Any, store: Any, tmp_path: Path, status: int, cut: int | None
) -> None:
    """A link that expired is renewed by the document's id, also in the middle of a file."""
    host = store(*([send_file(cut)] if cut else []), respond_with(status, b"<Error/>"), send_file())
    api = wire(*document_responses(host.document(path="/f")))

    async with make(base_url=api.url) as client:
        path = await client.documents.download(host.document(path="/old"), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(api.requests) == 1
    assert host.ranges[-1] == (f"bytes={cut}-" if cut else None)
    assert "/old" in host.request_texts[0]
    assert "/f" in host.request_texts[-1]


async def test_refused_new_link_raises(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A link is renewed once; then the refusal is raised, with the body of the file host."""
    host = store(respond_with(403, b"<Error>Request has expired</Error>"))
    api = wire(*document_responses(host.document()))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.PermissionDeniedError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert (len(host.requests), len(api.requests)) == (2, 1)
    assert caught.value.body == "<Error>Request has expired</Error>"
    assert "file host refused with 403" in str(caught.value)
    assert filenames_in(tmp_path) == set()


@pytest.mark.parametrize("link", [None, "", "/api/v1/leads/1", "ftp://example.com/f", "https:///f"])
async def test_document_without_a_link_is_looked_up(
    make: Make, wire: Any, store: Any, tmp_path: Path, link: str | None
) -> None:
    """A document without a usable link is looked up by id, and nothing is requested by the unusable one."""
    host = store()
    api = wire(*document_responses(host.document()))

    async with make(base_url=api.url) as client:
        path = await client.documents.download(host.document(signedUrl=link), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(api.requests) == 1


async def test_missing_link_raises_invalid_response_error(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A document that has no link even after a lookup is an invalid response."""
    document = store().document(signedUrl=None)
    api = wire(*document_responses(document))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.documents.download(document, to=tmp_path)

    assert caught.value.body == document.to_dict()
    assert caught.value.path == "/api/v1/documents/{documentId}"


async def test_missing_file_raises_not_found_error(make: Make, store: Any, tmp_path: Path) -> None:
    """A 404 of the file host is raised, with a bounded part of its body."""
    host = store(respond_with(404, b"x" * 1_000_000))

    async with make(base_url=API) as client:
        with pytest.raises(omni.NotFoundError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert 65_536 <= len(caught.value.content) <= 200_000
    assert len(host.requests) == 1


async def test_errors_and_logs_show_no_link_and_no_filename(
    make: Make, wire: Any, store: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither errors nor log lines show a link or a file name."""
    caplog.set_level(logging.DEBUG)
    host = store(respond_with(403))
    api = wire(*document_responses(host.document()))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.PermissionDeniedError) as caught:
            await client.documents.download(host.document(filename="Ada.pdf"), to=tmp_path)

    said = f"{caught.value} {caught.value!r} {caught.value.__context__!r} " + " ".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("omni", "http"))
    )
    assert "GET /…" in said
    assert not re.search(f"{SECRET}|Ada|127.0.0.1", said)


@pytest.mark.parametrize("step", [send_file(), endless], ids=["known", "endless"])
async def test_file_over_max_bytes_raises(make: Make, wire: Any, store: Any, tmp_path: Path, step: Step) -> None:
    """A file of more than ``max_bytes`` raises an error that names the repair, is requested once, and is not saved."""
    host = store(step)
    api = wire(reply(body=json.dumps({"downloadUrl": f"{host.url}/f"}).encode()))
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
    assert filenames_in(tmp_path) == {"all"}
    assert filenames_in(tmp_path / "all") == {MANIFEST}


async def test_file_of_max_bytes_is_saved(make: Make, store: Any, tmp_path: Path) -> None:
    """A file of exactly ``max_bytes`` is saved; the default is 10 GiB, and infinity is no limit."""
    async with make(base_url=API) as client:
        path = await client.documents.download(store().document(), to=tmp_path, max_bytes=len(FILE))
        again = await client.documents.download(store().document(), to=path, overwrite=True, max_bytes=float("inf"))

    assert again.read_bytes() == FILE
    assert MAX_FILE_SIZE == 10 * 1024**3


async def test_unusable_max_bytes_is_refused(make: Make, store: Any, tmp_path: Path) -> None:
    """A ``max_bytes`` that is no number of bytes is refused before any request."""
    host = store()

    async with make(base_url=API) as client:
        for most in (0, -1, float("nan"), "1", None, True):
            with pytest.raises(omni.UsageError, match="max_bytes"):
                await client.documents.download(host.document(), to=tmp_path, max_bytes=most)

    assert host.requests == []


async def test_http_link_of_an_https_api_is_refused(kind: str, make: Make, tmp_path: Path) -> None:
    """An http link of an https API is never opened, and the error says why; https links are."""
    requested: list[str] = []
    link = {"now": "http://files.example.com/f"}

    def respond(request: httpx.Request) -> httpx.Response:
        requested.append(f"{request.url.scheme} {request.url.host}")
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
        assert set(requested) == {"https api.example.com"}
        link["now"] = "https://files.example.com/f"
        assert (await client.documents.download("1", to=tmp_path)).read_bytes() == b"file"


async def test_http_link_of_an_http_api_is_accepted(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """An API that is http itself, as the sandbox is, may have http links."""
    host = store(files={"/f": b"file"})
    api = wire(*document_responses(host.document()))

    async with make(base_url=api.url) as client:
        assert (await client.documents.download("doc-1", to=tmp_path)).read_bytes() == b"file"
