"""Values that are accepted as files to upload, and values that only look like files."""

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


def check(files: Any) -> list[tuple[str, str, int]]:
    """Name, media type and size of each file."""
    with ExitStack() as stack:
        sources = upload.check_files(list_files(files), None, stack)
        return [(source.name, source.media_type, source.size) for source in sources]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local file with the name in the test, which must not be sent."""
    (tmp_path / "a.pdf").write_bytes(b"a secret of this machine")
    monkeypatch.chdir(tmp_path)


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
def test_names_are_not_taken_for_paths(files: Any, repair: str) -> None:
    """Keys, nested strings and bytes are refused: a local file of that name may exist, and must not be sent."""
    with pytest.raises(omni.UsageError, match=repair) as caught:
        check(files)

    assert "a.pdf" not in str(caught.value)


def test_items_of_a_mapping() -> None:
    """The items of a mapping are tuples (name, content)."""
    assert check({"a.txt": b"abc"}.items()) == [("a.txt", "text/plain", 3)]


@pytest.mark.parametrize("content", [b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"a-b-c")[::2]])
def test_bytes_like_content_is_copied(content: Any) -> None:
    """Bytes of any type are sent as they were at the start of the call."""
    with ExitStack() as stack:
        (source,) = upload.check_files(list_files(("a.txt", content)), None, stack)
        if isinstance(content, bytearray):
            content.clear()
        source.open(stack)

        assert source.read(100) == b"abc"


def test_released_memoryview_is_refused() -> None:
    """A memoryview that was released is refused like everything that cannot be read."""
    view = memoryview(b"abc")
    view.release()

    with pytest.raises(omni.UsageError, match="released"):
        check(("a.txt", view))


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("application/pdf", "application/pdf"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("application/vnd.ms-excel.sheet.macroEnabled.12", "application/vnd.ms-excel.sheet.macroEnabled.12"),
        (None, "text/plain"),
    ],
)
def test_content_type_of_a_tuple(content_type: Any, sent: str) -> None:
    """The third element of a tuple is the content type, as in httpx; None guesses it from the name."""
    assert check(("a.txt", b"abc", content_type)) == [("a.txt", sent, 3)]
    assert check([("a.txt", io.BytesIO(b"abc"), content_type)]) == [("a.txt", sent, 3)]


@pytest.mark.parametrize(
    "content_type", ["", "pdf", "a/b\r\nX: 1", "a/b; c=\x00", "a/b\n", "text/é", 7, b"text/plain", "a.pdf"]
)
def test_unusable_content_type_is_refused(content_type: Any) -> None:
    """A content type would be a header, so it is checked like one."""
    with pytest.raises(omni.UsageError, match=r"files\[0\] has no usable content type: give one such as"):
        check(("a.txt", b"abc", content_type))


def test_headers_of_a_file_are_refused() -> None:
    """Headers of a file, httpx's fourth element, are refused: nothing documents them."""
    with pytest.raises(omni.UsageError, match="headers of a file cannot be sent"):
        check(("a.txt", b"abc", "text/plain", {"x-a": "1"}))


def upload_file(name: str | None, content_type: str | None = None) -> Any:
    """A form file of Starlette and FastAPI."""
    headers = starlette.datastructures.Headers({"content-type": content_type} if content_type else {})
    return starlette.datastructures.UploadFile(io.BytesIO(b"abc"), filename=name, headers=headers)


def file_storage(name: str | None, content_type: str | None = None) -> Any:
    """A form file of Werkzeug, Flask and Quart."""
    return werkzeug.datastructures.FileStorage(io.BytesIO(b"abc"), name, name="field", content_type=content_type)


class DjangoFile:
    """A form file like Django's: a proxy without a ``filename``."""

    def __init__(self, name: str | None, content_type: str | None = None) -> None:
        self.file = io.BytesIO(b"abc")
        self.name = name
        self.content_type = content_type

    read = property(lambda self: self.file.read)
    seek = property(lambda self: self.file.seek)
    tell = property(lambda self: self.file.tell)

    def __iter__(self) -> Any:
        return iter(self.file)

    def __bool__(self) -> bool:
        return bool(self.name)


FORMS = [upload_file, file_storage, DjangoFile]


@pytest.mark.parametrize("make_file", FORMS)
@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("image/png", "image/png"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("application/octet-stream", "application/pdf"),
        ("text/\x00html", "application/pdf"),
        ("nonsense", "application/pdf"),
        (None, "application/pdf"),
    ],
)
def test_file_of_a_web_form(make_file: Any, content_type: str | None, sent: str) -> None:
    """A form's file is sent under its own name, with the browser's media type unless that says nothing."""
    file = make_file("dir/statement.pdf", content_type)

    assert check(file) == check([file]) == check(iter([file])) == [("statement.pdf", sent, 3)]
    assert check(("other.pdf", file)) == [("other.pdf", sent, 3)]
    assert check(("other.pdf", file, "image/gif")) == [("other.pdf", "image/gif", 3)]


@pytest.mark.parametrize("make_file", FORMS)
@pytest.mark.parametrize("name", [None, ""])
def test_form_field_without_a_file_is_refused(make_file: Any, name: str | None) -> None:
    """An empty form field has no file name, and the field's own name is not used."""
    with pytest.raises(omni.UsageError, match=r"files\[0\] has no name"):
        check([make_file(name)])


def test_async_file_is_refused() -> None:
    """Files of aiofiles and the like are refused, and no coroutine is left un-awaited."""

    class Awaited:
        name = "a.txt"

        async def read(self, count: int = -1) -> bytes:
            return b""

    with pytest.raises(omni.UsageError, match=r"files\[0\] has to be awaited: give a file that open\(\) returns"):
        check(Awaited())


@pytest.mark.parametrize("given", [lambda path: str(path).encode(), lambda path: path])
def test_name_of_an_open_file(tmp_path: Path, given: Any) -> None:
    """An open file's name is the path it was opened by, also as bytes or Path."""
    (tmp_path / "a.txt").write_bytes(b"abc")
    with io.FileIO(given(tmp_path / "a.txt")) as file:
        assert check(file) == [("a.txt", "text/plain", 3)]
