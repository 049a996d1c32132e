"""Reading files at any offset, whatever others do with the same open file."""

import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import omni
from omni._files import file_content

CONTENT = bytes(range(256)) * 1000


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    assert file_content._claimed == {}


def on_disk(path: Path) -> Path:
    """A real file with the content."""
    path.write_bytes(CONTENT)
    return path


def filled(file: Any) -> Any:
    """An open file with the content, not flushed."""
    file.write(CONTENT)
    return file


def gzipped(path: Path) -> Any:
    """A file whose descriptor reads other bytes."""
    path.write_bytes(gzip.compress(CONTENT))
    return gzip.open(path)


def spooled(path: Path) -> Any:
    """A file that is in memory until it is large."""
    return filled(tempfile.SpooledTemporaryFile(max_size=1_000_000))


class Altered(io.FileIO):
    """A file whose bytes are not those of its descriptor."""

    def read(self, count: int | None = -1, /) -> bytes:
        return super().read(-1 if count is None else count)[::-1]


INDEPENDENT: dict[str, Callable[[Path], Any]] = {
    "buffered": lambda path: on_disk(path).open("rb"),
    "unbuffered": lambda path: on_disk(path).open("rb", buffering=0),
    "written": lambda path: filled(path.open("w+b")),
    "TemporaryFile": lambda path: filled(tempfile.TemporaryFile()),  # noqa: SIM115 - closed by the test
    "NamedTemporaryFile": lambda path: filled(tempfile.NamedTemporaryFile()),  # noqa: SIM115
    "BytesIO": lambda path: io.BytesIO(CONTENT),
}
SEEKING: dict[str, Callable[[Path], Any]] = {
    "GzipFile": gzipped,
    "SpooledTemporaryFile": spooled,
    "buffered GzipFile": lambda path: io.BufferedReader(gzipped(path)),
    "subclass of FileIO": lambda path: Altered(on_disk(path)),
    "subclass of BytesIO": lambda path: type("Memory", (io.BytesIO,), {})(CONTENT),
}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_independent_reader_leaves_the_position_alone(name: str, tmp_path: Path) -> None:
    """Real files and memory are read without moving the position that the caller uses."""
    with INDEPENDENT[name](tmp_path / "a") as file, ExitStack() as stack:
        file.seek(3)
        with file_content.open_reader(file) as first, file_content.open_reader(file) as second:
            assert first.read(100, 50) == CONTENT[100:150]
            assert file.read(4) == CONTENT[3:7]
            assert second.read(0, 10) == CONTENT[:10]
            assert first.read(len(CONTENT) - 1, 10) == CONTENT[-1:]
            assert first.size() == second.size() == len(CONTENT)
            assert file.tell() == 7
        assert all(file_content.claim(file, stack) for _ in range(2))


@pytest.mark.parametrize("name", SEEKING)
def test_file_that_can_only_seek_is_claimed(name: str, tmp_path: Path) -> None:
    """A file that can only seek is claimed by one user at a time, and goes back to its position."""
    with SEEKING[name](tmp_path / "a") as file:
        file.seek(3)
        with ExitStack() as ours, ExitStack() as theirs:
            assert file_content.claim(file, ours)
            assert not file_content.claim(file, theirs)
            with file_content.open_reader(file) as reader:
                if name != "subclass of FileIO":
                    assert reader.read(100, 50) == CONTENT[100:150]
                assert reader.size() == len(CONTENT)
        assert file.tell() == 3
        with ExitStack() as theirs:
            assert file_content.claim(file, theirs)


def test_file_object_that_changes_bytes_is_read_itself(tmp_path: Path) -> None:
    """An object that changes what it reads is read through itself, not through its descriptor."""
    with Altered(on_disk(tmp_path / "a")) as file, file_content.open_reader(file) as reader:
        assert reader.read(0, 4) == CONTENT[3::-1]


def test_system_without_pread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pread, as on Windows, an open file is claimed, and a path is opened for each reader."""
    monkeypatch.delattr(os, "pread")
    path = on_disk(tmp_path / "a")

    with path.open("rb") as file, ExitStack() as ours:
        assert file_content.claim(file, ours)
        assert not file_content.claim(file, ours)
    with file_content.open_reader(str(path)) as first, file_content.open_reader(str(path)) as second:
        assert (first.read(5, 5), second.read(0, 5)) == (CONTENT[5:10], CONTENT[:5])


def test_closed_file_is_not_read_through_its_descriptor(tmp_path: Path) -> None:
    """The descriptor of a closed file may be another file's, and is not read."""
    with on_disk(tmp_path / "a").open("rb") as file, file_content.open_reader(file) as reader:
        number = file.fileno()
        file.close()
        (tmp_path / "b").write_bytes(b"somebody else's")
        with (tmp_path / "b").open("rb") as other:
            assert other.fileno() == number
            with pytest.raises(ValueError, match="closed"):
                reader.read(0, 10)


def test_file_closed_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that may be another file's are discarded."""
    (tmp_path / "b").write_bytes(b"somebody else's")
    with on_disk(tmp_path / "a").open("rb") as file, file_content.open_reader(file) as reader, ExitStack() as stack:
        read = os.pread

        def reopened(number: int, count: int, offset: int) -> bytes:
            file.close()
            other = stack.enter_context((tmp_path / "b").open("rb"))
            assert other.fileno() == number
            return read(number, count, offset)

        monkeypatch.setattr(os, "pread", reopened)
        with pytest.raises(ValueError, match="closed"):
            reader.read(0, 10)


def test_bytes_io_is_read_as_it_was(tmp_path: Path) -> None:
    """A BytesIO is read as it was when it was opened, and its owner may go on writing."""
    file = io.BytesIO(CONTENT)
    with file_content.open_reader(file) as reader:
        file.write(b"other")
        file.truncate(3)

        assert (reader.size(), reader.read(0, 8)) == (len(CONTENT), CONTENT[:8])


def build_body(files: Any) -> bytes:
    """A multipart body of httpx, which has the announced length."""
    with omni.Client(api_key="key-under-test") as client:
        request = client.http.build_request("POST", "/", files=files)
    content = request.read()
    assert int(request.headers.get("content-length", len(content))) == len(content)
    return bytes(content)


@pytest.mark.parametrize("name", [*INDEPENDENT, *SEEKING])
def test_httpx_reads_files_whole(name: str, tmp_path: Path) -> None:
    """A multipart body of httpx has every type of file whole, with the right length, and again."""
    with (INDEPENDENT | SEEKING)[name](tmp_path / "a.bin") as file:
        file.seek(3)
        wanted = file.read(0) if name == "subclass of FileIO" else CONTENT
        for files in ({"files": file}, [("files", ("a.bin", file)), ("files", ("b.bin", file, "text/plain", {}))]):
            assert wanted in build_body(files)
        assert file.tell() == 3 or name in SEEKING


def test_httpx_sends_the_name_of_a_file(tmp_path: Path) -> None:
    """A file that is passed alone is sent under its own name, as httpx does it."""
    with on_disk(tmp_path / "statement.bin").open("rb") as file:
        assert b'filename="statement.bin"' in build_body({"files": file})
    assert b'filename="upload"' in build_body({"files": io.BytesIO(b"abc")})
    assert b"\r\n\r\nabc\r\n" in build_body({"files": b"abc"})


def test_httpx_sends_a_file_without_seek() -> None:
    """A file without seek is sent from its position, without an announced length."""

    class Stream:
        def __init__(self) -> None:
            self.chunks = [b"abc", b"def"]

        def read(self, size: int) -> bytes:
            return self.chunks.pop(0) if self.chunks else b""

    assert b"abcdef" in build_body({"files": Stream()})


def closed() -> Any:
    file = io.BytesIO(b"abc")
    file.close()
    return file


@pytest.mark.parametrize("files", [7, [7], {"files": io.StringIO("abc")}, {"files": closed()}])
def test_httpx_refuses_values_that_are_no_files(files: Any) -> None:
    """What httpx refuses is a UsageError before anything is sent."""
    with pytest.raises(omni.UsageError, match="cannot be built"):
        build_body(files)
