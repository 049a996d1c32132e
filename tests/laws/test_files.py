"""Files are downloaded and sent completely or not at all, under names that stay in their folder."""

import hashlib
import json
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import httpx
import pytest
from file_host import CONTENTS, SCRIPTS, FileHost, Response
from hypothesis import example, given, strategies as st

import omni
from omni._files import file_input, filenames, upload
from omni._files.download import ResumeState, is_link
from omni._files.filenames import safe_filename
from omni._files.manifest import ManifestEntry, assign_names, manifest_json, read_manifest

HARD = st.text('./\\:*?"<>| \t\n\0\u202e\u0301\u0345éÅΑfﬁİ\ud800CONAUXPRNLPT1¹$xX', max_size=12)
LONG = st.builds(
    lambda part, times, end: part * times + end, st.text(min_size=1, max_size=3), st.integers(1, 300), HARD
)
NAMES = st.text(max_size=20) | HARD | LONG
DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
}


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Pauses cost time, and small chunks meet more edges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("omni._transport.retry.BACKOFF_FIRST", 0.0)
        patch.setattr("omni._sync.downloads.CHUNK_SIZE", 7)
        patch.setattr("os.fsync", lambda handle: None)
        yield


def comparison_key(name: str) -> str:
    """The name as compared by a file system that ignores case and composes letters, by the rule of Unicode."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


@given(NAMES | st.none(), NAMES)
@example("\u0345" * 2, "x")
def test_safe_filename_stays_in_its_folder(name: str | None, otherwise: str) -> None:
    """Any name becomes one of a plain file in its folder on every system, and stays the same when done again."""
    safe = safe_filename(name, otherwise)

    assert safe
    assert safe_filename(safe) == safe
    assert len(safe.encode()) <= 255
    assert not set(safe) & set('/\\:*?"<>|')
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in safe)
    assert safe == safe.strip(" .")
    assert safe.split(".")[0].rstrip().upper() not in DEVICES
    for system in (PurePosixPath, PureWindowsPath):
        assert system("folder", safe).parent == system("folder")


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), NAMES | st.sampled_from(["a.pdf", "A.PDF", "é.pdf"]), max_size=8),
    st.dictionaries(st.text(min_size=1, max_size=3), NAMES.map(safe_filename), max_size=3),
    st.lists(NAMES.map(safe_filename), max_size=3),
)
def test_names_never_collide(files: dict[str, str], known: dict[str, str], there: list[str]) -> None:
    """A document keeps the name it had; a new one has a safe name that nothing else in the folder has."""
    entries = {id: ManifestEntry(name, 1) for id, name in known.items()}
    documents = [omni.Document.from_dict({"id": id, "filename": name}) for id, name in files.items()]

    assigned = dict(zip(files, assign_names(documents, entries, there), strict=True))

    new = [name for id, name in assigned.items() if id not in known]
    taken = {comparison_key(name) for name in (*there, *known.values())}
    assert all(assigned[id] == known[id] for id in files.keys() & known.keys())
    assert all(safe_filename(name) == name for name in new)
    assert len({comparison_key(name) for name in new} - taken) == len(new)


@given(st.text() | st.sampled_from(["http://", "https://", "HTTPS://u@", "http://u:p@", "http://:80", "https://["]).flatmap(
    lambda start: st.text("/?#:@[]\\ .ab0", max_size=8).map(lambda rest: start + rest)
))  # fmt: skip
@example("http://:80/api/v1/leads")
@example("http://user@/api/v1/leads")
def test_links_are_never_requested_from_the_api(link: str) -> None:
    """What counts as a link has a host of its own."""
    if not is_link(link):
        return
    try:
        url = httpx.URL(link)
    except httpx.InvalidURL:
        return  # httpx refuses it before anything is sent

    assert url.host
    assert url.scheme in {"http", "https"}


@given(
    st.dictionaries(
        st.text(),
        st.builds(ManifestEntry, NAMES.map(safe_filename), st.none() | st.integers(), st.none() | st.text()),
        max_size=4,
    )
)
def test_manifest_round_trip(entries: dict[str, ManifestEntry]) -> None:
    """A manifest is read as it was written, whatever the ids are."""
    assert read_manifest(manifest_json(entries)) == entries


MANIFESTS = st.dictionaries(
    st.text(max_size=3),
    st.fixed_dictionaries(
        {"file": NAMES | st.none() | st.integers(), "size": st.none() | st.floats() | st.integers()},
        optional={"sha256": st.none() | st.text() | st.integers()},
    ),
    max_size=3,
)


@given(st.binary() | MANIFESTS.map(lambda documents: json.dumps({"documents": documents}).encode()))
@example(b'{"documents": {"a": {"file": "../x", "size": 1}}}')
@example(b'{"documents": {"a": {"file": "x", "size": ' + b"1" * 5000 + b"}}}")
@example(b"[" * 10000)
def test_manifest_names_no_file_elsewhere(content: bytes) -> None:
    """Any bytes are a manifest of safe names, or raise UsageError."""
    try:
        entries = read_manifest(content)
    except omni.UsageError:
        return

    assert all(safe_filename(entry.name) == entry.name for entry in entries.values())
    assert read_manifest(manifest_json(entries)) == entries


@given(CONTENTS, SCRIPTS, st.booleans())
@example([b"abcdefgh", b"ABCDEFGH"], [Response(cut=4), Response(version=1)], True)
@example([b"abcdefgh", b"ABCDEFGH"], [Response(cut=4), Response(version=1, ignores_if_range=True)], True)
@example([b"abcdefgh"], [Response(cut=4), Response(slip=1)], True)
@example([b"abcdefgh"], [Response(cut=4, cut_looks_clean=True)], True)
def test_download_is_one_complete_version(contents: list[bytes], script: list[Response], to_folder: bool) -> None:
    """However a file is cut, sent in chunks or changed: one complete version is saved, or no file."""
    host = FileHost(contents, script)
    document = omni.Document.from_dict({"id": "doc", "filename": "a.pdf", "signedUrl": "https://files.example.com/a"})
    with (
        tempfile.TemporaryDirectory() as folder,
        omni.Client(api_key="key-under-test", transport=httpx.MockTransport(host), attempts=3) as client,
    ):
        target = Path(folder, "a.pdf")
        try:
            path = client.documents.download(document, to=folder if to_folder else target)
        except omni.OmniError:
            assert not [*Path(folder).iterdir()]
            return

        assert path == target
        assert [*Path(folder).iterdir()] == [target]
        assert target.read_bytes() in contents
        assert not host.received_key


HEADERS = st.text(max_size=12) | st.sampled_from(['"v"', 'W/"v"', '"é"', '"a\r\nb"', "9" * 5000, "gzip", "aws-chunked"])


@given(
    st.fixed_dictionaries(
        {"content-length": HEADERS | st.just("10")},
        optional={
            "etag": HEADERS | st.text(max_size=9).map('"{}"'.format),
            "last-modified": HEADERS | st.just("Fri, 30 Jan 2026 02:00:00 GMT"),
            "content-range": HEADERS | st.text("0123456789²-/ ", max_size=9).map("bytes {}".format),
            "content-encoding": HEADERS,
        },
    ),
    st.sampled_from([200, 206]),
)
@example({"content-length": "10", "etag": '"é"'}, 200)
@example({"content-length": "10", "last-modified": "é"}, 200)
@example({"content-length": "6", "content-range": f"bytes 4-9/{'9' * 4301}"}, 206)
def test_headers_of_a_host_never_break_the_next_request(headers: dict[str, str], status: int) -> None:
    """Whatever headers a file host sends, the next request can be sent."""
    state = ResumeState(4, None, '"v"').after_response(status, headers)
    if state is None:
        return
    next_headers = replace(state, received=4).request_headers()
    with omni.Client(api_key="key-under-test") as client:
        client.http.build_request("GET", "https://files.example.com/a", headers=next_headers)

    assert all(value.isascii() and value.isprintable() for value in next_headers.values())


@given(st.binary(min_size=1, max_size=40), st.integers(1, 41), st.booleans(), st.integers(0, 41))
def test_chunks_and_interruptions_do_not_change_a_file(content: bytes, chunk: int, is_chunked: bool, cut: int) -> None:
    """In chunks of any size, and interrupted once anywhere, the file is the one that the host has."""
    host = FileHost([content], [Response(chunk=chunk, is_chunked=is_chunked, cut=cut), Response(chunk=chunk)])
    document = omni.Document.from_dict({"id": "doc", "filename": "a.pdf", "signedUrl": "https://files.example.com/a"})
    with (
        tempfile.TemporaryDirectory() as folder,
        omni.Client(api_key="key-under-test", transport=httpx.MockTransport(host)) as client,
    ):
        assert client.documents.download(document, to=folder).read_bytes() == content

    assert not host.received_key


@given(
    st.lists(st.tuples(NAMES, st.binary(min_size=1, max_size=30)), min_size=1, max_size=32),
    st.integers(0, 4),
    st.sampled_from([400, 429, 503]),
)
@example([(f"{n}.txt", b"\r\n--+++\r\n") for n in range(21)], 1, 503)
def test_upload_loses_and_repeats_nothing(files: list[tuple[str, bytes]], fails_at: int, status: int) -> None:
    """Each file is sent once, in order, ten a request, up to the request that fails."""
    usable = [(name, content) for name, content in files if file_input.clean_name(name)]
    sent: list[list[tuple[str, bytes]]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(_files(request))
        if len(sent) - 1 == fails_at:
            return httpx.Response(status)
        documents = [{"id": name, "filename": name, "size": len(content)} for name, content in sent[-1]]
        return httpx.Response(200, json={"documents": documents})

    with omni.Client(api_key="key-under-test", transport=httpx.MockTransport(respond), attempts=1) as client:
        try:
            results = client.documents.upload("lead-1", files)
        except omni.UsageError:
            assert not sent
            assert len(usable) < len(files)
            return
        except omni.OmniError as error:
            results = error.results

    wanted = [(file_input.clean_name(name), content) for name, content in files]
    attempted = min(len(files), 10 * (fails_at + 1))
    stored = min(len(files), 10 * fails_at)
    assert [content for batch in sent for _, content in batch] == [content for _, content in wanted[:attempted]]
    assert max(map(len, sent)) <= 10
    assert [result.filename for result in results] == [name for name, _ in wanted]
    assert [result.outcome == "stored" for result in results] == [index < stored for index in range(len(files))]
    assert [result.outcome == "not sent" for result in results] == [index >= attempted for index in range(len(files))]


def _files(request: httpx.Request) -> list[tuple[str, bytes]]:
    """The files of a multipart body, parsed by hand."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    parts = (b"\r\n" + request.read()).split(b"\r\n--" + boundary)
    assert parts[-1] == b"--\r\n"
    found: list[tuple[str, bytes]] = []
    for part in parts[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        match = re.fullmatch(rb'Content-Disposition: form-data; name="files"; filename="([^"\r\n]*)"\r\n[^\r\n]*', head)
        if match:
            found.append((match[1].decode(), content))
        else:
            assert head == b'Content-Disposition: form-data; name="leadId"'
    return found


@given(st.binary(min_size=1, max_size=200), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_part_is_the_file_in_any_chunks(content: bytes, sizes: list[int]) -> None:
    """A part is the file in any chunks, and again from its start, as httpx reads it for a second attempt."""
    with ExitStack() as stack:
        (part,) = upload.check_files([("a.txt", content)], None, stack)
        part.open(stack)
        for _ in range(2):
            part.seek(0)
            sent = b"".join(part.read(sizes[index % len(sizes)]) for index in range(len(content) + 1))

            assert hashlib.sha256(sent).digest() == hashlib.sha256(content).digest()
            assert part.tell() == len(content)


@given(NAMES, st.integers(80, 255))
def test_truncated_name_fits(name: str, max_bytes: int) -> None:
    """A truncated name fits and is valid text; a name that fits is not changed."""
    plain = filenames.sanitize_filename(name)
    truncated = filenames.truncate_filename(plain, max_bytes)

    assert len(truncated.encode()) <= max_bytes
    assert truncated == plain or len(plain.encode()) > max_bytes


@given(NAMES)
def test_every_name_has_a_media_type(name: str) -> None:
    """Every name has a media type that a header can hold."""
    assert re.fullmatch(r"[a-z]+/[A-Za-z0-9.+-]+", filenames.guess_media_type(name))


def test_file_host_mixes_versions_for_careless_clients() -> None:
    """The file host of these tests cuts and changes: a careless client gets half of one version and half of another."""
    host = FileHost([b"abcdefgh", b"ABCDEFGH"], [Response(cut=4), Response(version=1)])
    with httpx.Client(transport=httpx.MockTransport(host)) as http:
        first = http.send(http.build_request("GET", "https://files.example.com/a"), stream=True).iter_raw()
        received = next(first) + next(first)
        with pytest.raises(httpx.ReadError):
            next(first)
        received += http.get("https://files.example.com/a", headers={"range": f"bytes={len(received)}-"}).content

    assert received == b"abcdEFGH"
