"""Downloads without I/O: safe names, resuming, manifests and results; and concurrency."""

import copy
import os
import pickle
import pprint
import threading
import time
import unicodedata
from concurrent.futures import CancelledError
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.pretty import pretty_repr

import omni
from omni._files.concurrency import AsyncConcurrency, Concurrency
from omni._files.destination import file_digest, read_bounded
from omni._files.download import ResumeState, is_link
from omni._files.filenames import safe_filename
from omni._files.manifest import ManifestEntry, assign_names, manifest_json, read_manifest
from omni._files.results import DownloadedFile, FailedDownload

FIELD_PROTOCOLS = ("__dataclass_fields__", "__attrs_attrs__", "_fields", "__rich_repr__", "__dict__")
"""Attributes by which rich, pytest, devtools, attrs and pprint find fields."""


def document(id: str, filename: str | None = None) -> omni.Document:
    """A document of this id and name."""
    return omni.Document.from_dict({"id": id, "filename": filename})


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("may statement.pdf", "may statement.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\ada\\tax.pdf", "tax.pdf"),
        ("C:tax.pdf", "C_tax.pdf"),
        ("a/", "other"),
        (".", "other"),
        ("..", "other"),
        ("...", "other"),
        (". .", "other"),
        ("", "other"),
        (None, "other"),
        (" \t\n", "other"),
        (".htaccess", "htaccess"),
        ("a.pdf. .", "a.pdf"),
        ('a<b>c:"d|e?f*.pdf', "a_b_c__d_e_f_.pdf"),
        ("a\0b\x1f\x7f.pdf", "ab.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\u2028b\u200b.pdf", "ab.pdf"),
        ("a\ud800.pdf", "a.pdf"),
        ("a \u00a0  b.pdf", "a b.pdf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("LPT¹.txt", "_LPT¹.txt"),
        ("aux .txt", "_aux .txt"),
        ("CONIN$", "_CONIN$"),
        ("console.txt", "console.txt"),
        ("Con Edison.pdf", "Con Edison.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("€" * 200 + ".pdf", "€" * 83 + ".pdf"),
        ("a" * 300, "a" * 255),
        ("a." + "b" * 300, "a." + "b" * 253),
        ("con" + " " * 300 + "x.pdf", "con x.pdf"),
    ],
)
def test_safe_filename(name: str | None, safe: str) -> None:
    """A safe name is valid on every system, stays in its folder, and stays the same when it is made safe again."""
    result = safe_filename(name, "other")

    assert result == safe
    assert safe_filename(result) == result
    assert len(result.encode()) <= 255
    assert Path("folder", result).parent == Path("folder")


def test_safe_filename_without_usable_input() -> None:
    """If neither the name nor the id is usable, there is still a name."""
    assert safe_filename("..", "..") == "document"


def test_names_are_unique_and_keep_their_documents() -> None:
    """Documents get names that differ on every file system, in their order, and keep those they had."""
    entries = {"b": ManifestEntry("x (2).pdf", 1), "other": ManifestEntry("y.pdf", 1)}
    existing = ["X.PDF", unicodedata.normalize("NFD", "é")]
    documents = [
        document("a", "x.pdf"),
        document("b", "z"),
        document("c", "Y.pdf"),
        document("d", "é"),
        document("e", "É"),
    ]

    assert assign_names(documents, entries, existing) == ["x (3).pdf", "x (2).pdf", "Y (2).pdf", "é (2)", "É (3)"]
    assert assign_names(documents, {}, []) == ["x.pdf", "z", "Y.pdf", "é", "É (2)"]


def test_naming_takes_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand documents of one name take a few steps each, not a thousand."""
    steps: list[str] = []
    monkeypatch.setattr("omni._files.filenames._comparison_key", lambda name: steps.append(name) or name.casefold())
    names = assign_names(
        [document(str(number), "Image.jpg" if number % 2 else "image.jpg") for number in range(2000)], {}, []
    )

    assert [names[0], names[1], names[1999]] == ["image.jpg", "Image (2).jpg", "Image (2000).jpg"]
    assert len({name.casefold() for name in names}) == 2000
    assert len(steps) < 5 * 2000


def test_number_fits_into_a_long_name() -> None:
    """A long name is cut so that its number fits."""
    first, second = assign_names([document("a", "x" * 300 + ".pdf"), document("b", "x" * 300 + ".pdf")], {}, [])

    assert first == "x" * 251 + ".pdf"
    assert second == "x" * 150 + " (2).pdf"


DATE = "Fri, 30 Jan 2026 02:00:00 GMT"
UNCHANGED = ["", " ", ",", "identity", "aws-chunked", "utf-8", "aws-chunked,utf-8", "aws-chunked, identity"]
COMPRESSED = ["gzip", "x-gzip", "deflate", "compress", "br", "zstd", "GZip", "aws-chunked, gzip", "aws-chunked,br"]
WHOLE_FILE = {"content-length": "10", "etag": '"v1"'}
PART = {"content-length": "6", "content-range": "bytes 4-9/10", "etag": '"v1"'}
RESUMED = ResumeState(4, 10, '"v1"')


def test_rest_is_requested_only_with_a_validator() -> None:
    """The rest is requested only if there is a beginning and a validator of its version."""
    assert "range" not in ResumeState().request_headers()
    assert "range" not in ResumeState(4, 10, None).request_headers()
    assert (RESUMED.request_headers()["range"], RESUMED.request_headers()["if-range"]) == ("bytes=4-", '"v1"')


@pytest.mark.parametrize(
    ("state", "status", "headers", "expected"),
    [
        (ResumeState(), 200, WHOLE_FILE, ResumeState(0, 10, '"v1"')),
        (RESUMED, 200, WHOLE_FILE, ResumeState(0, 10, '"v1"')),
        (ResumeState(), 200, {"content-length": "10", "etag": 'W/"v1"'}, ResumeState(0, 10, None)),
        (ResumeState(), 200, {"content-length": "10", "last-modified": DATE}, ResumeState(0, 10, DATE)),
        (ResumeState(), 200, {"content-length": "10", "last-modified": "0"}, ResumeState(0, 10, None)),
        (ResumeState(), 200, {"content-length": "10", "last-modified": DATE, "etag": "v1"}, ResumeState(0, 10, DATE)),
        (ResumeState(), 200, {"content-length": "10", "last-modified": DATE, "etag": '"é"'}, ResumeState(0, 10, DATE)),
        (ResumeState(), 200, {"content-length": "10", "etag": '"a"b"'}, ResumeState(0, 10, None)),
        (ResumeState(), 200, {"content-length": "10", "etag": f'"{"x" * 5000}"'}, ResumeState(0, 10, None)),
        (ResumeState(), 200, {"content-length": "10", "etag": '"a\r\nb"'}, ResumeState(0, 10, None)),
        (ResumeState(), 200, {"content-length": "9" * 4301}, None),
        (RESUMED, 206, {**PART, "content-range": f"bytes 4-9/{'9' * 4301}"}, None),
        (RESUMED, 206, {**PART, "content-range": f"bytes {'0' * 4301}4-9/10"}, None),
        (ResumeState(), 200, {"transfer-encoding": "chunked", "content-length": "10"}, ResumeState()),
        (ResumeState(), 200, {"transfer-encoding": "chunked"}, ResumeState()),
        (ResumeState(), 200, {}, None),
        (ResumeState(), 200, {"content-length": "ten"}, None),
        (ResumeState(), 200, {**WHOLE_FILE, "content-encoding": "Identity"}, ResumeState(0, 10, '"v1"')),
        *(
            (ResumeState(), 200, {**WHOLE_FILE, "content-encoding": value}, ResumeState(0, 10, '"v1"'))
            for value in UNCHANGED
        ),
        *((ResumeState(), 200, {**WHOLE_FILE, "content-encoding": value}, None) for value in COMPRESSED),
        (RESUMED, 206, PART, RESUMED),
        (RESUMED, 206, {**PART, "etag": ""}, RESUMED),
        (ResumeState(4, None, '"v1"'), 206, PART, RESUMED),
        (RESUMED, 206, {**PART, "etag": '"v2"'}, None),
        (RESUMED, 206, {**PART, "content-range": "bytes 3-9/10"}, None),
        (RESUMED, 206, {**PART, "content-range": "bytes 4-9/11"}, None),
        (RESUMED, 206, {**PART, "content-range": "bytes 4-10/10"}, None),
        (RESUMED, 206, {**PART, "content-range": "bytes 4-3/10"}, None),
        (RESUMED, 206, {**PART, "content-range": "bytes 4-9/*"}, None),
        (RESUMED, 206, WHOLE_FILE, None),
        (ResumeState(), 206, {**PART, "content-range": "bytes 0-9/10"}, None),
        (ResumeState(4, 10, None), 206, {**PART, "etag": ""}, None),
        (RESUMED, 416, {"content-range": "bytes */10"}, None),
        (ResumeState(), 204, {}, None),
    ],
)
def test_state_after_a_response(
    state: ResumeState, status: int, headers: dict[str, str], expected: ResumeState | None
) -> None:
    """A response resumes the file, starts it again, or cannot be used."""
    assert state.after_response(status, headers) == expected


@pytest.mark.parametrize(
    ("state", "ended_cleanly", "is_complete"),
    [
        (ResumeState(10, 10), True, True),
        (ResumeState(10, 10), False, True),
        (ResumeState(9, 10), True, False),
        (ResumeState(11, 10), True, False),
        (ResumeState(9, None), True, True),
        (ResumeState(9, None), False, False),
    ],
)
def test_complete_by_length_or_clean_end(state: ResumeState, ended_cleanly: bool, is_complete: bool) -> None:
    """A known length decides whether a file is complete; without one, the end of the body does."""
    assert state.is_complete(ended_cleanly) is is_complete


@pytest.mark.parametrize("link", ["https://example.com/f?x=1", "HTTP://example.com"])
def test_link_has_scheme_and_host(link: str) -> None:
    """A link begins with the scheme and the host."""
    assert is_link(link)


@pytest.mark.parametrize("link", [None, 1, "", "/f", "//example.com/f", "https:", "https:///f", "ftp://example.com/f"])
def test_urls_without_a_host_are_no_links(link: object) -> None:
    """A URL without a host would be requested from the API, with the key."""
    assert not is_link(link)


def test_manifest_round_trip() -> None:
    """What is saved is what is read."""
    kept = {"a": ManifestEntry("x.pdf", 3, "digest"), "b": ManifestEntry("é.pdf")}

    assert read_manifest(manifest_json(kept)) == kept
    assert read_manifest(None) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"documents": []}',
        b'{"documents": {"a": []}}',
        b'{"documents": {"a": {"file": "x"}}}',
        b'{"documents": {"a": {"file": 1, "size": 1}}}',
        b'{"documents": {"a": {"file": "../x", "size": 1}}}',
        b'{"documents": {"a": {"file": ".omni-manifest.json", "size": 1}}}',
        b"[" * 100_000,
    ],
)
def test_damaged_manifest_is_refused(content: bytes) -> None:
    """A manifest that cannot be read, or that names a file outside its folder, is refused."""
    with pytest.raises(omni.UsageError, match="damaged"):
        read_manifest(content)


def test_pipe_that_replaces_a_file_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that was a regular file a moment ago is not waited for."""
    os.mkfifo(tmp_path / "a")
    monkeypatch.setattr(Path, "is_file", lambda path: True)

    assert read_bounded(tmp_path / "a", 10) == b""
    assert file_digest(tmp_path / "a") is None


def test_results_of_downloads_show_no_filename() -> None:
    """No rendering of a result has more than ids and states."""
    listed = document("doc-1", "Ada.pdf")
    results = [
        DownloadedFile(listed, Path("Ada.pdf")),
        DownloadedFile(listed, Path("Ada.pdf"), skipped=True),
        FailedDownload(listed, omni.NotFoundError("gone")),
    ]

    shown = [
        "DownloadedFile(document=Document(id='doc-1'), skipped=False)",
        "DownloadedFile(document=Document(id='doc-1'), skipped=True)",
        "FailedDownload(document=Document(id='doc-1'), error=NotFoundError)",
    ]
    assert [repr(result) for result in results] == shown
    assert [pprint.pformat(result) for result in results] == shown
    assert [pretty_repr(result, max_width=200) for result in results] == shown
    assert not any(hasattr(result, name) for result in results for name in FIELD_PROTOCOLS)
    with pytest.raises(AssertionError, match="doc-1") as caught:
        assert results[0] == results[1]
    assert "Ada" not in str(caught.value)


def test_results_of_downloads_are_read_only_values() -> None:
    """Results are compared by value, can be copied, pickled and matched, and cannot be changed."""
    listed = document("doc-1", "Ada.pdf")
    downloaded, failed = omni.DownloadedFile(listed, Path("a")), omni.FailedDownload(listed, omni.OmniError("x"))

    for again in (copy.deepcopy(downloaded), pickle.loads(pickle.dumps(downloaded))):
        assert (again, hash(again)) == (downloaded, hash(downloaded))
    assert len({downloaded, DownloadedFile(listed, Path("b")), failed, failed}) == 3
    assert downloaded != (listed, Path("a"), False)
    assert isinstance(downloaded, omni.DownloadResult)
    assert (downloaded.error, failed.path, failed.skipped) == (None, None, False)
    with pytest.raises(AttributeError, match="cannot be changed"):
        downloaded.path = Path("b")  # type: ignore[misc]
    match downloaded:
        case omni.DownloadedFile(_, path, False):
            assert path == Path("a")
        case _:
            pytest.fail("it does not match")


def test_map_concurrently_keeps_the_order() -> None:
    """Results come in the order of the items."""

    def work(item: int) -> int:
        time.sleep(0.01 * (5 - item))
        return item * 2

    assert Concurrency.map_concurrently(work, range(5), 5) == [0, 2, 4, 6, 8]


def test_map_concurrently_stops_at_the_first_error() -> None:
    """The first error stops the others at their next file operation, and those that have not started never do."""
    begun: list[int] = []
    stopped: list[int] = []
    others = threading.active_count()

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise KeyboardInterrupt
        try:
            while True:
                Concurrency.run_in_thread(time.sleep, 0.001)
        except CancelledError:
            stopped.append(item)
            raise

    with pytest.raises(KeyboardInterrupt):
        Concurrency.map_concurrently(work, range(100), 3)

    assert set(stopped) == set(begun) - {0}
    assert len(begun) < 100
    assert threading.active_count() <= others


def test_nested_map_concurrently_stops() -> None:
    """What stops the outer call stops the calls within it too."""
    stopped: list[int] = []

    def turn(item: int) -> None:
        try:
            while True:
                Concurrency.run_in_thread(time.sleep, 0.001)
        except CancelledError:
            stopped.append(item)
            raise

    def work(item: int) -> None:
        if item == 0:
            time.sleep(0.05)
            raise LookupError
        Concurrency.map_concurrently(turn, [1, 2], 2)

    with pytest.raises(LookupError):
        Concurrency.map_concurrently(work, [0, 1], 2)

    assert sorted(stopped) == [1, 2]


def test_ctrl_c_while_a_thread_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads are joined, also the one in whose start Ctrl-C came: it would leave a partial file."""
    begun: list[threading.Thread] = []

    class Interrupted(threading.Thread):
        def start(self) -> None:
            super().start()
            begun.append(self)
            if len(begun) == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(
        "omni._files.concurrency.threading", SimpleNamespace(**{**vars(threading), "Thread": Interrupted})
    )

    with pytest.raises(KeyboardInterrupt):
        Concurrency.map_concurrently(lambda item: time.sleep(item / 5), range(1, 4), 4)
    assert [thread.is_alive() for thread in begun] == [False, False]


def test_map_concurrently_with_fewer_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """If not all threads can be started, those that can do the work."""
    left = [True, True]

    class Few(threading.Thread):
        def start(self) -> None:
            if not left:
                raise RuntimeError("can't start new thread")
            left.pop()
            super().start()

    monkeypatch.setattr("omni._files.concurrency.threading", SimpleNamespace(**{**vars(threading), "Thread": Few}))

    assert Concurrency.map_concurrently(lambda item: item * 2, range(50), 8) == [item * 2 for item in range(50)]
    assert left == []


@pytest.mark.anyio
async def test_runtime_error_of_the_function_is_raised(kind: str) -> None:
    """A RuntimeError of the function itself is raised as it is."""

    def fail() -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        await AsyncConcurrency.run_in_thread(fail)


@pytest.mark.anyio
async def test_async_map_concurrently_stops_at_the_first_error(kind: str) -> None:
    """The first error cancels the others, and is raised alone."""

    async def work(item: int) -> int:
        if item > 3:
            raise LookupError(item)
        return item

    assert await AsyncConcurrency.map_concurrently(work, [3, 1, 2], 2) == [3, 1, 2]
    with pytest.raises(LookupError):
        await AsyncConcurrency.map_concurrently(work, list(range(10)), 3)
