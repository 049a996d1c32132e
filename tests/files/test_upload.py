"""Uploads without I/O: checks of all files before the first byte, harmless names, and outcomes."""

import copy
import dataclasses
import io
import json
import os
import pickle
import pprint
import unicodedata
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import rich.pretty

import omni
from omni._files import file_content, filenames, upload
from omni._files.file_input import list_files
from omni._views.base import MismatchError

FORM = {"leadId": "lead-1"}


class SeekingFile(io.BytesIO):
    """A file that can only seek and read: of a subclass, the value may be something else."""


def check_one(content: Any, metadata: Any = None) -> upload.UploadSource:
    """Check a single file."""
    (source,) = check_all(list_files(content), metadata)
    return source


def check_all(files: list[Any], metadata: Any = None) -> tuple[upload.UploadSource, ...]:
    """Check files whose claims end at once."""
    with ExitStack() as stack:
        return upload.check_files(files, metadata, stack)


def body(*sources: upload.UploadSource, fields: dict[str, str] = FORM) -> bytes:
    """The multipart body as httpx makes it."""
    with ExitStack() as stack:
        upload.open_files(sources, stack)
        form = upload.UploadForm(fields, sources)
        request = httpx.Request("POST", "https://api.example.com", files=form.to_multipart())
        sent = request.read()
    assert int(request.headers["content-length"]) == len(sent)
    return bytes(sent)


def test_path_as_str_or_path(tmp_path: Path) -> None:
    """A path may be a str or a Path; the name is its last part."""
    path = tmp_path / "statement.pdf"
    path.write_bytes(b"%PDF")

    for given in (path, str(path)):
        source = check_one(given)

        assert (source.name, source.size) == ("statement.pdf", 4)
        assert b'filename="statement.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n' in body(source)


def test_bytes_with_a_name() -> None:
    """A tuple of name and bytes is a file."""
    assert b'filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nabc\r\n' in body(check_one(("a.txt", b"abc")))


def test_open_file_is_sent_whole(tmp_path: Path) -> None:
    """An open file is sent from its start, and goes back to its position."""
    (tmp_path / "a.txt").write_bytes(b"abc")
    with (tmp_path / "a.txt").open("rb") as file:
        file.seek(2)

        assert b"\r\n\r\nabc\r\n" in body(check_one(file))
        assert b'filename="b.txt"' in body(check_one(("b.txt", file)))
        assert (file.tell(), file.closed) == (2, False)


def test_one_file_or_many() -> None:
    """One file equals a list of one; any iterable is a list; two strings are two paths."""
    pair = ("a.txt", b"abc")

    assert list_files(pair) == list_files([pair]) == list_files(iter([pair])) == [pair]
    assert list_files(("a.txt", "b.txt")) == ["a.txt", "b.txt"]
    assert list_files(Path("a.txt")) == [Path("a.txt")]


@pytest.mark.parametrize("given", [b"abc", 7, None])
def test_values_that_are_no_files(given: Any) -> None:
    """Bytes without a name, numbers and None are refused."""
    with pytest.raises(omni.UsageError, match=r"tuples \(name, content\)"):
        list_files(given)


def test_no_files_are_refused() -> None:
    """An upload of no files is a mistake."""
    with pytest.raises(omni.UsageError, match="no files"):
        list_files(iter([]))


@pytest.mark.parametrize(
    ("given", "repair"),
    [
        (b"abc", "no name"),
        (7, "of type int"),
        (io.BytesIO(b"abc"), "no name"),
        (("../", b"abc"), "no name"),
        (("a.txt", b""), "is empty"),
        (("a.txt", io.StringIO("abc")), "binary mode"),
        (("a.txt", 7, 8), "a tuple of str, int, int"),
        ("no\0such", "ValueError"),
        ("no-such-ada-sample.pdf", "FileNotFoundError"),
    ],
)
def test_files_that_cannot_be_sent(given: Any, repair: str) -> None:
    """The message has the position of the file and the repair, and never its name."""
    with pytest.raises(omni.UsageError, match=repair) as caught:
        check_all([("fine.txt", b"abc"), given], None)

    assert "files[1]" in str(caught.value)
    assert "ada" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_folders_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    """Only regular files are sent: a pipe may block, and a folder is not many files."""
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with pytest.raises(omni.UsageError, match="not a regular file"):
            check_one(path)


def test_files_that_cannot_seek_or_read_are_refused(tmp_path: Path) -> None:
    """Files that have no length or cannot be read are refused."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as pipe, os.fdopen(writer, "wb"), (tmp_path / "a").open("wb") as written:
        for file in (pipe, written):
            with pytest.raises(omni.UsageError, match="can seek"):
                check_one(("a.txt", file))


def test_size_limit(tmp_path: Path) -> None:
    """A file of 100,000,000 bytes is sent, and one of a byte more is refused."""
    path = tmp_path / "large.bin"
    path.touch()
    os.truncate(path, 100_000_000)

    assert check_one(path).size == 100_000_000
    os.truncate(path, 100_000_001)
    with pytest.raises(omni.UsageError, match=r"100,000,001 bytes.*100 MB"):
        check_one(path)


def test_same_file_twice(tmp_path: Path) -> None:
    """An open file that can only seek cannot be sent twice at once; all others can."""
    (tmp_path / "a.txt").write_bytes(b"abc")
    memory = io.BytesIO(b"abc")

    with (tmp_path / "a.txt").open("rb") as file:
        given = [("a.txt", b"abc"), ("a.txt", b"abc"), __file__, __file__, file, file, ("a", memory), ("b", memory)]
        assert len(check_all(given)) == len(given)
        with pytest.raises(omni.UsageError, match=r"files\[1\] is an open file that is being uploaded already"):
            check_all([("a.txt", (packed := SeekingFile(b"abc"))), ("b.txt", packed)])


def test_metadata_has_one_entry_for_each_file() -> None:
    """Metadata has one entry for each file, with the keys of the API; without it there is no such field."""
    sources = check_all([("a.txt", b"a"), ("b.txt", b"b")], [None, {"external_id": "FILE-1", "name": "../b\u202e.txt"}])

    assert json.dumps([{}, {"externalId": "FILE-1", "name": "b.txt"}]).encode() in body(*sources)
    assert b"metadata" not in body(check_one(("a.txt", b"a")))


@pytest.mark.parametrize(
    ("metadata", "repair"),
    [
        ([], "one entry for each file"),
        ([None, None], "one entry for each file"),
        ({"name": "a"}, "one entry for each file"),
        ("a", "one entry for each file"),
        (["a"], r"metadata\[0\] must be"),
        ([{"externalId": "a"}], r"metadata\[0\] must be .* external_id, name"),
        ([{"name": ""}], r"metadata\[0\] has a value"),
        ([{"name": 7}], r"metadata\[0\] has a value"),
        ([{"external_id": 7}], r"metadata\[0\] has a value"),
    ],
)
def test_unusable_metadata_is_refused(metadata: Any, repair: str) -> None:
    """Mistakes in the metadata are found before anything is sent."""
    with pytest.raises(omni.UsageError, match=repair):
        check_one(("a.txt", b"a"), metadata)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        (r"C:\Users\ada\a.txt", "a.txt"),
        ("../../a.txt", "a.txt"),
        ("a\r\nX-Header: 1.txt", "aX-Header: 1.txt"),
        ("fdp.\u202eexe", "fdp.exe"),
        ("a\u2028b\x00\x7f.txt", "ab.txt"),
        ("\udce9.txt", ".txt"),
        ("  a.txt  ", "a.txt"),
        ("e\u200d\u0301.txt", "é.txt"),
        ('a"b;c.txt', 'a"b;c.txt'),
        (".profile", ".profile"),
        *((nothing, "") for nothing in ("", "/", "..", ". .", "\u202e", "a/")),
    ],
)
def test_sanitize_filename(given: str, name: str) -> None:
    """A name has no path, line break or text direction mark, is in NFC, and stays the same when done again."""
    assert filenames.sanitize_filename(given) == name
    assert filenames.sanitize_filename(name) == name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["é" * 300 + ".pdf", "a." + "é" * 300, "é" * 300, "😀" * 100 + ".tar.gz"])
def test_truncate_filename(name: str) -> None:
    """A name is cut to 255 bytes between characters, and keeps its extension."""
    short = filenames.truncate_filename(name, 255)

    assert 251 < len(short.encode()) <= 255
    assert "\ufffd" not in short
    assert short.endswith(name[-3:])


def test_truncate_filename_leaves_short_names() -> None:
    """A name that fits is not changed."""
    assert filenames.truncate_filename("é.pdf", 255) == "é.pdf"
    assert filenames.truncate_filename("a" * 251 + ".pdf", 255) == "a" * 251 + ".pdf"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.pdf", "application/pdf"),
        ("A.PDF", "application/pdf"),
        ("a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.jpeg", "image/jpeg"),
        ("a", "application/octet-stream"),
        ("a.nobody-knows", "application/octet-stream"),
        ("a.pdf.gz", "application/octet-stream"),
        ("a.svgz", "application/octet-stream"),
        ("data:text,a.pdf", "application/pdf"),
    ],
)
def test_guess_media_type(name: str, media_type: str) -> None:
    """The media type follows from the extension, the same on every machine."""
    assert filenames.guess_media_type(name) == media_type


@pytest.mark.parametrize("name", ['a"; name="leadId', 'a\r\n\r\nb"', "a\\b.txt", 'é"\r\nContent-Type: x\r\n\r\n.pdf'])
def test_names_stay_between_their_quotes(name: str) -> None:
    """No name adds a header or a field."""
    head, _, rest = body(check_one((name, b"abc")), fields={}).partition(b"\r\n\r\n")
    _, disposition, content_type = head.split(b"\r\n")

    assert disposition.startswith(b'Content-Disposition: form-data; name="files"; filename="')
    assert disposition.count(b'"') == 4
    assert content_type.startswith(b"Content-Type: ")
    assert rest.startswith(b"abc\r\n--")


def opened(source: upload.UploadSource, file: Any) -> upload.UploadSource:
    """The source as it reads another content than the one that was checked."""
    with ExitStack() as stack:
        source.open(stack)
    with file_content.open_reader(file) as source.reader:
        return source


@pytest.mark.parametrize("content", [b"ab", b"abcd", b""])
def test_size_other_than_announced(content: bytes) -> None:
    """Another size is found while the file is read, and raised as httpx.ReadError."""
    reading = opened(check_one(("a.txt", b"abc")), io.BytesIO(content))

    with pytest.raises(httpx.ReadError):
        [*iter(lambda: reading.read(65536), b"")]
    assert reading.failure == "files[0] changed its size while it was sent."


def test_reads_are_larger_than_requested() -> None:
    """Httpx asks for 64 KB, and takes what it gets; each piece costs a call, a thread and a write."""
    content = bytes(upload.PIECE_SIZE + 1)
    reading = opened(check_one(("a.txt", content)), io.BytesIO(content))

    assert [len(reading.read(65536)) for _ in range(3)] == [upload.PIECE_SIZE, 1, 0]


def test_file_that_returns_more_than_requested() -> None:
    """A careless file object cannot break the announced length."""

    class Generous(io.BytesIO):
        def read(self, most: int | None = -1) -> bytes:
            return b"abcdef"

    with pytest.raises(httpx.ReadError):
        opened(check_one(("a.txt", b"abc")), Generous()).read(3)


def test_file_that_fails_while_it_is_sent() -> None:
    """Whatever a file raises becomes httpx.ReadError."""
    file = SeekingFile(b"abc")
    reading = opened(check_one(("a.txt", file)), file)
    file.close()

    with pytest.raises(httpx.ReadError):
        reading.read(3)
    assert reading.failure == "files[0] could not be read any more (ValueError) while it was sent."


def test_file_changed_before_it_is_opened(tmp_path: Path) -> None:
    """A file that changed after the check is refused before anything of it is sent."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    source = check_one(path)
    path.write_bytes(b"abcd")

    with ExitStack() as stack, pytest.raises(omni.UsageError, match=r"files\[0\] changed its size"):
        upload.open_files([source], stack)
    path.unlink()
    with ExitStack() as stack, pytest.raises(omni.UsageError, match=r"files\[0\] cannot be read"):
        upload.open_files([source], stack)


def upload_of(*documents: dict[str, Any]) -> omni.Upload:
    numbered = [{"id": f"doc-{number}", **document} for number, document in enumerate(documents)]
    return omni.Upload.from_dict({"documents": numbered, "actionLogId": "log-1"})


def matched_ids(sources: tuple[upload.UploadSource, ...], *documents: dict[str, Any]) -> list[str | None]:
    """The id of the document that each file is matched to."""
    results = upload.success_results(sources, upload_of(*documents))
    assert {(result.outcome, result.action_log_id) for result in results} == {("stored", "log-1")}
    return [result.document and result.document.id for result in results]


def test_documents_are_matched_to_files() -> None:
    """Documents are matched by name and size, in any order, and never by guessing."""
    sources = check_all([("a.txt", b"a"), ("a.txt", b"aa"), ("b.txt", b"b")], None)
    first, second, third = (
        {"filename": "a.txt", "size": 1},
        {"filename": "a.txt", "size": 2},
        {"filename": "b.txt", "size": 1},
    )

    assert matched_ids(sources, first, second, third) == ["doc-0", "doc-1", "doc-2"]
    assert matched_ids(sources, third, second, first) == ["doc-2", "doc-1", "doc-0"]
    assert matched_ids(sources, first, second, {"filename": "other.txt", "size": 1}) == ["doc-0", "doc-1", None]
    assert matched_ids(sources, {"filename": "a.txt"}, {"filename": "a.txt"}, third) == [None, None, "doc-2"]
    assert matched_ids(sources, first, second, third, third) == ["doc-0", "doc-1", None]


def test_equal_files_are_matched_by_external_id_only() -> None:
    """Files of the same name and size are matched only by external ids."""
    files, same = [("a.txt", b"a"), ("a.txt", b"b")], {"filename": "a.txt", "size": 1}
    metadata = [{"external_id": "1"}, {"external_id": "2"}]

    assert matched_ids(check_all(files, None), same, same) == [None, None]
    assert matched_ids(check_all(files, None), same, {"filename": "other.txt"}) == [None, None]
    assert matched_ids(check_all(files, metadata), same, same) == [None, None]
    assert matched_ids(check_all(files, metadata), {**same, "externalId": "2"}, {**same, "externalId": "1"}) == [
        "doc-1",
        "doc-0",
    ]


def test_documents_are_matched_by_the_name_in_the_metadata() -> None:
    """A name in the metadata is the name that the response has."""
    sources = check_all([("a.txt", b"a"), ("b.txt", b"b")], [{"name": "c.txt"}, None])

    assert matched_ids(sources, {"filename": "c.txt", "size": 1}, {"filename": "a.txt", "size": 1}) == ["doc-0", None]


def test_one_file_and_one_document_match() -> None:
    """One file and one document belong together under any name."""
    assert matched_ids((check_one(("a.txt", b"a")),), {"filename": "renamed.txt"}) == ["doc-0"]


def test_fewer_documents_than_files_are_refused() -> None:
    """A response with fewer documents than files is invalid: a file may be missing."""
    view = upload.require_documents(lambda data: upload_of(*data), 2)

    assert len(view([{}, {}]).documents) == 2
    with pytest.raises(MismatchError, match="1 documents for 2 files"):
        view([{}])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "not sent"),
        (omni.UsageError("x"), "not sent"),
        (omni.APIConnectionError("x"), "not sent"),
        (omni.APITimeoutError("x"), "not sent"),
        (omni.BadRequestError("x"), "refused"),
        (omni.RateLimitError("x"), "refused"),
        (omni.WriteServerError("x"), "unknown"),
        (omni.OutcomeUnknownError("x"), "unknown"),
        (omni.InvalidResponseError("x"), "unknown"),
    ],
    ids=repr,
)
def test_outcome_of_a_failed_request(error: Any, outcome: str) -> None:
    """No file is called stored or not stored that may be otherwise."""
    results = upload.failure_results([check_one(("a.txt", b"a"))], error)

    assert [(result.filename, result.outcome, result.document) for result in results] == [("a.txt", outcome, None)]


def test_results_of_uploads_are_read_only_values() -> None:
    """Results show ids and outcome only, survive pickle and copy, are compared by value, and cannot be changed."""
    (result,) = upload.success_results([check_one(("ada-sample.pdf", b"a"))], upload_of({"filename": "ada-sample.pdf"}))

    assert repr(result) == "UploadResult(outcome='stored', document=UploadedDocument(id='doc-0'))"
    for again in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert (again, hash(again)) == (result, hash(result))
    assert result not in (omni.UploadResult("other.pdf", "stored", result.document, result.action_log_id), "ada-sample")
    with pytest.raises(AttributeError):
        result.filename = "other.pdf"  # type: ignore[misc]


def test_renderers_show_no_names(request: pytest.FixtureRequest) -> None:
    """No renderer that walks over fields shows names, neither of results nor of files that are being sent."""
    source = check_one(("ada-sample.pdf", b"of Ada Sample"))
    with ExitStack() as stack:
        upload.open_files([source], stack)
        form = upload.UploadForm({"leadId": "ada-sample"}, [source])
    ours = [omni.UploadResult("ada-sample.pdf", "stored"), source, form]
    other = [omni.UploadResult("other.pdf", "stored"), None, None]

    for one_of_ours, another in zip(ours, other, strict=True):
        sides: dict[str, Any] = {"op": "==", "left": one_of_ours, "right": another}
        compared = request.config.hook.pytest_assertrepr_compare(config=request.config, **sides)
        shown = [rich.pretty.pretty_repr(one_of_ours), pprint.pformat(one_of_ours), str(compared)]
        assert not [line for line in shown if "ada" in line.lower()]
        assert not dataclasses.is_dataclass(one_of_ours)
        assert not attrs.has(type(one_of_ours))
