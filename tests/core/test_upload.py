"""What an upload sends: checked to the last file before the first byte, under names that can do no harm."""

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

FORM = {"leadId": "lead-1"}


class Packed(io.BytesIO):
    """A file that can only seek and read, as far as anybody knows: its value may be something else."""


def one(content: Any, metadata: Any = None) -> upload.UploadSource:
    """The only file of an upload."""
    (source,) = checked(list_files(content), metadata)
    return source


def checked(files: list[Any], metadata: Any = None) -> tuple[upload.UploadSource, ...]:
    """The files of an upload that is over at once."""
    with ExitStack() as stack:
        return upload.check_files(files, metadata, stack)


def body(*sources: upload.UploadSource, fields: dict[str, str] = FORM) -> bytes:
    """The multipart body as httpx makes it."""
    with ExitStack() as stack:
        form = upload.UploadForm(fields, sources, upload.open_files(sources, stack))
        request = httpx.Request("POST", "https://api.example.com", files=form.to_multipart())
        sent = request.read()
    assert int(request.headers["content-length"]) == len(sent)
    return bytes(sent)


# What can be given.


def test_a_path(tmp_path: Path) -> None:
    """As text or as a Path; the name is its last part."""
    path = tmp_path / "statement.pdf"
    path.write_bytes(b"%PDF")

    for given in (path, str(path)):
        source = one(given)

        assert (source.name, source.size) == ("statement.pdf", 4)
        assert b'filename="statement.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n' in body(source)


def test_bytes_with_a_name() -> None:
    """A tuple."""
    assert b'filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nabc\r\n' in body(one(("a.txt", b"abc")))


def test_an_open_file(tmp_path: Path) -> None:
    """It is sent whole, wherever it stands, and goes back there."""
    (tmp_path / "a.txt").write_bytes(b"abc")
    with (tmp_path / "a.txt").open("rb") as file:
        file.seek(2)

        assert b"\r\n\r\nabc\r\n" in body(one(file))
        assert b'filename="b.txt"' in body(one(("b.txt", file)))
        assert (file.tell(), file.closed) == (2, False)


def test_one_or_many() -> None:
    """One file is as good as a list of one; any iterable is a list; two texts are two paths."""
    pair = ("a.txt", b"abc")

    assert list_files(pair) == list_files([pair]) == list_files(iter([pair])) == [pair]
    assert list_files(("a.txt", "b.txt")) == ["a.txt", "b.txt"]
    assert list_files(Path("a.txt")) == [Path("a.txt")]


@pytest.mark.parametrize("given", [b"abc", 7, None])
def test_what_is_no_file(given: Any) -> None:
    """Bytes have no name, and numbers are nothing."""
    with pytest.raises(omni.UsageError, match=r"tuples \(name, content\)"):
        list_files(given)


def test_nothing() -> None:
    """An upload of no files is a mistake."""
    with pytest.raises(omni.UsageError, match="no files"):
        list_files(iter([]))


# What is checked.


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
def test_what_cannot_be_sent(given: Any, repair: str) -> None:
    """The message has the position and what to do, and never the name."""
    with pytest.raises(omni.UsageError, match=repair) as caught:
        checked([("fine.txt", b"abc"), given], None)

    assert "files[1]" in str(caught.value)
    assert "ada" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_folders_and_pipes(tmp_path: Path) -> None:
    """Regular files only: a pipe would wait for ever, and a folder is not many files."""
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with pytest.raises(omni.UsageError, match="not a regular file"):
            one(path)


def test_files_that_cannot_seek_or_read(tmp_path: Path) -> None:
    """Without a length there is no check, and without reading there is no file."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as pipe, os.fdopen(writer, "wb"), (tmp_path / "a").open("wb") as written:
        for file in (pipe, written):
            with pytest.raises(omni.UsageError, match="can seek"):
                one(("a.txt", file))


def test_sizes(tmp_path: Path) -> None:
    """A hundred million bytes are sent, one more is not."""
    path = tmp_path / "large.bin"
    path.touch()
    os.truncate(path, 100_000_000)

    assert one(path).size == 100_000_000
    os.truncate(path, 100_000_001)
    with pytest.raises(omni.UsageError, match=r"100,000,001 bytes.*100 MB"):
        one(path)


def test_the_same_file_twice(tmp_path: Path) -> None:
    """What can only seek and read stands in one place; all else can be sent twice."""
    (tmp_path / "a.txt").write_bytes(b"abc")
    memory = io.BytesIO(b"abc")

    with (tmp_path / "a.txt").open("rb") as file:
        given = [("a.txt", b"abc"), ("a.txt", b"abc"), __file__, __file__, file, file, ("a", memory), ("b", memory)]
        assert len(checked(given)) == len(given)
        with pytest.raises(omni.UsageError, match=r"files\[1\] is an open file that is being uploaded already"):
            checked([("a.txt", (packed := Packed(b"abc"))), ("b.txt", packed)])


# Metadata.


def test_metadata() -> None:
    """One entry a file, in the words of the API; without metadata there is no such part."""
    sources = checked([("a.txt", b"a"), ("b.txt", b"b")], [None, {"external_id": "FILE-1", "name": "../b\u202e.txt"}])

    assert json.dumps([{}, {"externalId": "FILE-1", "name": "b.txt"}]).encode() in body(*sources)
    assert b"metadata" not in body(one(("a.txt", b"a")))


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
def test_metadata_that_cannot_be_sent(metadata: Any, repair: str) -> None:
    """A mistake is found before anything is sent."""
    with pytest.raises(omni.UsageError, match=repair):
        one(("a.txt", b"a"), metadata)


# Names.


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
def test_bare_names(given: str, name: str) -> None:
    """Neither a path, nor a line break, nor a sign that turns text round; composed, and the same when done again."""
    assert filenames.sanitize_filename(given) == name
    assert filenames.sanitize_filename(name) == name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["é" * 300 + ".pdf", "a." + "é" * 300, "é" * 300, "😀" * 100 + ".tar.gz"])
def test_long_names(name: str) -> None:
    """255 bytes, no half character, and the extension stays if it is one."""
    short = filenames.truncate_filename(name, 255)

    assert 251 < len(short.encode()) <= 255
    assert "\ufffd" not in short
    assert short.endswith(name[-3:])


def test_a_short_name_stays() -> None:
    """Nothing is cut that fits."""
    assert filenames.truncate_filename("é.pdf", 255) == "é.pdf"
    assert filenames.truncate_filename("a" * 251 + ".pdf", 255) == "a" * 251 + ".pdf"


@pytest.mark.parametrize(
    ("name", "kind"),
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
def test_media_types(name: str, kind: str) -> None:
    """Told by the extension, the same on every machine."""
    assert filenames.guess_media_type(name) == kind


@pytest.mark.parametrize("name", ['a"; name="leadId', 'a\r\n\r\nb"', "a\\b.txt", 'é"\r\nContent-Type: x\r\n\r\n.pdf'])
def test_no_name_adds_a_header_or_a_field(name: str) -> None:
    """Whatever it holds, it stays between its quotes."""
    head, _, rest = body(one((name, b"abc")), fields={}).partition(b"\r\n\r\n")
    _, disposition, kind = head.split(b"\r\n")

    assert disposition.startswith(b'Content-Disposition: form-data; name="files"; filename="')
    assert disposition.count(b'"') == 4
    assert kind.startswith(b"Content-Type: ")
    assert rest.startswith(b"abc\r\n--")


# Files that change.


def part(source: upload.UploadSource, file: Any) -> upload.FilePart:
    """What reads another content than the one that was checked."""
    with file_content.open_reader(file) as reader:
        return upload.FilePart(source, reader)


@pytest.mark.parametrize("content", [b"ab", b"abcd", b""])
def test_another_size_than_announced(content: bytes) -> None:
    """Found while it is read, and told as httpx's own kind of error."""
    reading = part(one(("a.txt", b"abc")), io.BytesIO(content))

    with pytest.raises(httpx.ReadError):
        [*iter(lambda: reading.read(65536), b"")]
    assert reading.failure == "files[0] changed its size while it was sent."


def test_a_file_that_gives_more_than_asked_for() -> None:
    """A careless file object cannot break the announced length."""

    class Generous(io.BytesIO):
        def read(self, most: int | None = -1) -> bytes:
            return b"abcdef"

    with pytest.raises(httpx.ReadError):
        part(one(("a.txt", b"abc")), Generous()).read(3)


def test_a_file_that_fails() -> None:
    """Whatever it raises is told as httpx's own kind of error."""
    file = Packed(b"abc")
    reading = part(one(("a.txt", file)), file)
    file.close()

    with pytest.raises(httpx.ReadError):
        reading.read(3)
    assert reading.failure == "files[0] could not be read any more (ValueError) while it was sent."


def test_changed_before_it_is_opened(tmp_path: Path) -> None:
    """Then nothing of it was sent."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    source = one(path)
    path.write_bytes(b"abcd")

    with ExitStack() as stack, pytest.raises(omni.UsageError, match=r"files\[0\] changed its size"):
        upload.open_files([source], stack)
    path.unlink()
    with ExitStack() as stack, pytest.raises(omni.UsageError, match=r"files\[0\] cannot be read"):
        upload.open_files([source], stack)


# What became of them.


def answer(*documents: dict[str, Any]) -> omni.Upload:
    numbered = [{"id": f"doc-{number}", **document} for number, document in enumerate(documents)]
    return omni.Upload.from_dict({"documents": numbered, "actionLogId": "log-1"})


def found(sources: tuple[upload.UploadSource, ...], *documents: dict[str, Any]) -> list[str | None]:
    """The ids of the documents that the files are found to be."""
    results = upload.success_results(sources, answer(*documents))
    assert {(result.outcome, result.action_log_id) for result in results} == {("stored", "log-1")}
    return [result.document and result.document.id for result in results]


def test_which_document_is_which_file() -> None:
    """By name and size, in any order; never by a guess."""
    sources = checked([("a.txt", b"a"), ("a.txt", b"aa"), ("b.txt", b"b")], None)
    first, second, third = (
        {"filename": "a.txt", "size": 1},
        {"filename": "a.txt", "size": 2},
        {"filename": "b.txt", "size": 1},
    )

    assert found(sources, first, second, third) == ["doc-0", "doc-1", "doc-2"]
    assert found(sources, third, second, first) == ["doc-2", "doc-1", "doc-0"]
    assert found(sources, first, second, {"filename": "other.txt", "size": 1}) == ["doc-0", "doc-1", None]
    assert found(sources, {"filename": "a.txt"}, {"filename": "a.txt"}, third) == [None, None, "doc-2"]
    assert found(sources, first, second, third, third) == ["doc-0", "doc-1", None]


def test_files_that_look_the_same() -> None:
    """Nobody can tell which is which, unless they have external ids."""
    files, same = [("a.txt", b"a"), ("a.txt", b"b")], {"filename": "a.txt", "size": 1}
    metadata = [{"external_id": "1"}, {"external_id": "2"}]

    assert found(checked(files, None), same, same) == [None, None]
    assert found(checked(files, None), same, {"filename": "other.txt"}) == [None, None]
    assert found(checked(files, metadata), same, same) == [None, None]
    assert found(checked(files, metadata), {**same, "externalId": "2"}, {**same, "externalId": "1"}) == [
        "doc-1",
        "doc-0",
    ]


def test_a_name_from_the_metadata() -> None:
    """It is the name that the answer has."""
    sources = checked([("a.txt", b"a"), ("b.txt", b"b")], [{"name": "c.txt"}, None])

    assert found(sources, {"filename": "c.txt", "size": 1}, {"filename": "a.txt", "size": 1}) == ["doc-0", None]


def test_one_of_each() -> None:
    """One file and one document belong together under any name."""
    assert found((one(("a.txt", b"a")),), {"filename": "renamed.txt"}) == ["doc-0"]


def test_fewer_documents_than_files() -> None:
    """The answer is not what the contract says: a file may be missing."""
    view = upload.require_documents(lambda data: answer(*data), 2)

    assert len(view([{}, {}]).documents) == 2
    with pytest.raises(omni.UsageError, match="1 documents for 2 files"):
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
def test_what_a_failure_means_for_the_files(error: Any, outcome: str) -> None:
    """Nothing is called stored or not stored that may be otherwise."""
    results = upload.failure_results([one(("a.txt", b"a"))], error)

    assert [(result.filename, result.outcome, result.document) for result in results] == [("a.txt", outcome, None)]


def test_results_show_no_names() -> None:
    """Ids and outcome only; they survive a pickle and a copy, are equal by what they say, and cannot be changed."""
    (result,) = upload.success_results([one(("ada-sample.pdf", b"a"))], answer({"filename": "ada-sample.pdf"}))

    assert repr(result) == "UploadResult(outcome='stored', document=UploadedDocument(id='doc-0'))"
    for again in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert (again, hash(again)) == (result, hash(result))
    assert result not in (omni.UploadResult("other.pdf", "stored", result.document, result.action_log_id), "ada-sample")
    with pytest.raises(AttributeError):
        result.filename = "other.pdf"  # type: ignore[misc]


def test_no_renderer_shows_names(request: pytest.FixtureRequest) -> None:
    """Neither of results nor of what is on its way: renderers walk over the fields of what has fields."""
    source = one(("ada-sample.pdf", b"of Ada Sample"))
    with ExitStack() as stack:
        form = upload.UploadForm({"leadId": "ada-sample"}, [source], upload.open_files([source], stack))
    ours = [omni.UploadResult("ada-sample.pdf", "stored"), source, form, *form.parts]
    other = [omni.UploadResult("other.pdf", "stored"), None, None, None]

    for one_of_ours, another in zip(ours, other, strict=True):
        sides: dict[str, Any] = {"op": "==", "left": one_of_ours, "right": another}
        compared = request.config.hook.pytest_assertrepr_compare(config=request.config, **sides)
        shown = [rich.pretty.pretty_repr(one_of_ours), pprint.pformat(one_of_ours), str(compared)]
        assert not [line for line in shown if "ada" in line.lower()]
        assert not dataclasses.is_dataclass(one_of_ours)
        assert not attrs.has(type(one_of_ours))
