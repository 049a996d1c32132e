"""What can be given as a file to upload, and what only looks like one."""

import io
from collections import UserDict
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import starlette.datastructures
import werkzeug.datastructures

import omni
from omni._files import upload
from omni._files.file_input import list_files


def checked(files: Any) -> list[tuple[str, str, int]]:
    """Name, media type and size of each file."""
    with ExitStack() as stack:
        found = upload.check_files(list_files(files), None, stack)
        return [(source.name, source.media_type, source.size) for source in found]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local file, which nobody means, of the name that is given."""
    (tmp_path / "a.pdf").write_bytes(b"a secret of this machine")
    monkeypatch.chdir(tmp_path)


# What is no list of files.


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(
    ("files", "repair"),
    [
        ({"a.pdf": b"abc"}, r"a mapping: give a list of tuples \(name, content\)"),
        (UserDict({"a.pdf": b"abc"}), "a mapping"),
        (starlette.datastructures.FormData({"a.pdf": "abc"}), "a mapping"),
        (werkzeug.datastructures.MultiDict({"a.pdf": b"abc"}), "a mapping"),
        (SimpleNamespace(keys=lambda: ["a.pdf"], __iter__=lambda: iter(["a.pdf"])), "a mapping"),
        ({"a.pdf": b"abc"}.keys(), "a set or the keys of a mapping: give a list"),
        ({"a.pdf"}, "a set"),
        (frozenset({Path("a.pdf")}), "a set"),
        (b"a.pdf", "not bytes"),
        (bytearray(b"a.pdf"), "not bytearray"),
        (memoryview(b"a.pdf"), "not memoryview"),
        (iter([{"a.pdf": b"abc"}]), r"files\[0\] is of type dict: give a path, an open file or a tuple"),
        ([["a.pdf"]], r"files\[0\] is of type list"),
        ([("a.pdf", "a.pdf")], r"files\[0\] is a tuple of str, str: give"),
        ([("a.pdf", Path("a.pdf"))], r"files\[0\] is a tuple of str, \w*Path: give"),
        ([("files", ("a.pdf", b"abc"))], r"files\[0\] is a tuple of str, tuple: give"),
        ([("a.pdf", b"abc"), None], r"files\[1\] is of type NoneType"),
        ([b"abc"], r"files\[0\] has no name"),
        ([bytearray(b"abc")], r"files\[0\] has no name"),
        ([97, 46], r"files\[0\] is of type int"),
    ],
    ids=lambda value: "",
)
def test_names_of_files_are_no_paths(files: Any, repair: str) -> None:
    """Keys, nested texts and bytes are refused: a local file of that name may be there, and is nobody's business."""
    with pytest.raises(omni.UsageError, match=repair) as caught:
        checked(files)

    assert "a.pdf" not in str(caught.value)


def test_pairs_of_a_mapping() -> None:
    """Its items are tuples (name, content)."""
    assert checked({"a.txt": b"abc"}.items()) == [("a.txt", "text/plain", 3)]


# Tuples.


@pytest.mark.parametrize("content", [b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"a-b-c")[::2]])
def test_bytes_of_any_kind(content: Any) -> None:
    """They are sent as they were at the start of the call."""
    with ExitStack() as stack:
        (source,) = upload.check_files(list_files(("a.txt", content)), None, stack)
        if isinstance(content, bytearray):
            content.clear()
        (part,) = upload.open_files([source], stack)

        assert part.read(100) == b"abc"


def test_a_memoryview_that_is_over() -> None:
    """It is refused like all that cannot be read."""
    view = memoryview(b"abc")
    view.release()

    with pytest.raises(omni.UsageError, match="released"):
        checked(("a.txt", view))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("application/pdf", "application/pdf"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("application/vnd.ms-excel.sheet.macroEnabled.12", "application/vnd.ms-excel.sheet.macroEnabled.12"),
        (None, "text/plain"),
    ],
)
def test_a_content_type(kind: Any, sent: str) -> None:
    """As httpx takes it: the third of a tuple, or None to tell it by the name."""
    assert checked(("a.txt", b"abc", kind)) == [("a.txt", sent, 3)]
    assert checked([("a.txt", io.BytesIO(b"abc"), kind)]) == [("a.txt", sent, 3)]


@pytest.mark.parametrize(
    "kind", ["", "pdf", "a/b\r\nX: 1", "a/b; c=\x00", "a/b\n", "text/é", 7, b"text/plain", "a.pdf"]
)
def test_a_content_type_that_is_none(kind: Any) -> None:
    """It would be a header, so it is checked like one."""
    with pytest.raises(omni.UsageError, match=r"files\[0\] has no usable content type: give one such as"):
        checked(("a.txt", b"abc", kind))


def test_headers_of_a_file() -> None:
    """The fourth of httpx is refused: nothing documents it."""
    with pytest.raises(omni.UsageError, match="headers of a file cannot be sent"):
        checked(("a.txt", b"abc", "text/plain", {"x-a": "1"}))


# Files of web forms.


def upload_file(name: str | None, kind: str | None = None) -> Any:
    """What Starlette and FastAPI hand over."""
    headers = starlette.datastructures.Headers({"content-type": kind} if kind else {})
    return starlette.datastructures.UploadFile(io.BytesIO(b"abc"), filename=name, headers=headers)


def file_storage(name: str | None, kind: str | None = None) -> Any:
    """What Werkzeug, Flask and Quart hand over."""
    return werkzeug.datastructures.FileStorage(io.BytesIO(b"abc"), name, name="field", content_type=kind)


class DjangoFile:
    """What Django hands over, as far as it matters: a proxy without a ``filename``."""

    def __init__(self, name: str | None, kind: str | None = None) -> None:
        self.file = io.BytesIO(b"abc")
        self.name = name
        self.content_type = kind

    read = property(lambda self: self.file.read)
    seek = property(lambda self: self.file.seek)
    tell = property(lambda self: self.file.tell)

    def __iter__(self) -> Any:
        return iter(self.file)

    def __bool__(self) -> bool:
        return bool(self.name)


FORMS = [upload_file, file_storage, DjangoFile]


@pytest.mark.parametrize("made", FORMS)
@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("image/png", "image/png"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("application/octet-stream", "application/pdf"),
        ("text/\x00html", "application/pdf"),
        ("nonsense", "application/pdf"),
        (None, "application/pdf"),
    ],
)
def test_a_file_of_a_web_form(made: Any, kind: str | None, sent: str) -> None:
    """One or many, by its own name, never that of the field; the browser's type counts if it says something."""
    file = made("dir/statement.pdf", kind)

    assert checked(file) == checked([file]) == checked(iter([file])) == [("statement.pdf", sent, 3)]
    assert checked(("other.pdf", file)) == [("other.pdf", sent, 3)]
    assert checked(("other.pdf", file, "image/gif")) == [("other.pdf", "image/gif", 3)]


@pytest.mark.parametrize("made", FORMS)
@pytest.mark.parametrize("name", [None, ""])
def test_a_form_without_a_file(made: Any, name: str | None) -> None:
    """An empty field of a form has no name, and the field's is none."""
    with pytest.raises(omni.UsageError, match=r"files\[0\] has no name"):
        checked([made(name)])


def test_a_file_that_has_to_be_awaited() -> None:
    """Files of aiofiles and the like are refused, and nothing is left to be awaited."""

    class Awaited:
        name = "a.txt"

        async def read(self, count: int = -1) -> bytes:
            return b""

    with pytest.raises(omni.UsageError, match=r"files\[0\] has to be awaited: give a file that open\(\) returns"):
        checked(Awaited())


@pytest.mark.parametrize("given", [lambda path: str(path).encode(), lambda path: path])
def test_an_open_file_knows_its_path_in_any_form(tmp_path: Path, given: Any) -> None:
    """Its name is what it was opened by, bytes and Path too."""
    (tmp_path / "a.txt").write_bytes(b"abc")
    with io.FileIO(given(tmp_path / "a.txt")) as file:
        assert checked(file) == [("a.txt", "text/plain", 3)]
