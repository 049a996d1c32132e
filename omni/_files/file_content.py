"""The bytes of a file to upload, read at any offset, so that two users of one open file do not disturb each other.

Theory of operation: an open file has one position, and ``seek`` followed by ``read`` is two steps, between which
somebody else, such as a second upload of the same file, may move it. So nothing here depends on the position where
that can be avoided: a real file is read with ``os.pread``, a ``BytesIO`` by its value. All other objects, such as gzip
files and spooled files, can only seek and read: an upload claims them, and a second upload meanwhile is refused. If
their owner, or another request of ``client.http``, moves one between the two steps all the same, the request fails.
"""

import inspect
import io
import os
import stat
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Protocol

import httpx

from omni._views.json_values import is_a
from omni.errors import UsageError


class BinaryFile(Protocol):
    """A file that is open in binary mode and can seek: what ``open(path, "rb")`` returns, and many more."""

    def read(self, size: int = ..., /) -> bytes:
        """Up to ``size`` bytes."""
        ...

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Move to this position."""
        ...

    def tell(self) -> int:
        """The position."""
        ...


Content = str | bytes | BinaryFile
"""A path, the bytes themselves, or an open file."""


class Reader(Protocol):
    """Reads a content at any offset; ``size`` is its present number of bytes."""

    def size(self) -> int: ...

    def read(self, offset: int, count: int) -> bytes: ...


class _BytesReader:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def size(self) -> int:
        return len(self._content)

    def read(self, offset: int, count: int) -> bytes:
        return self._content[offset : offset + count]


class _DescriptorReader:
    def __init__(self, file: io.BufferedReader | io.BufferedRandom | io.FileIO) -> None:
        self._file = file
        file.flush()  # what the caller wrote may still be in its buffer

    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, count: int) -> bytes:
        # The descriptor is looked up each time: that of a file that was closed may be another file's by now.
        chunk = os.pread(self._file.fileno(), count, offset)
        self._file.fileno()  # raises if it was closed meanwhile, since the chunk may be another file's
        return chunk


class _SeekingReader:
    def __init__(self, file: BinaryFile) -> None:
        self._file = file

    def size(self) -> int:
        self._file.seek(0, os.SEEK_END)
        return self._file.tell()  # not every `seek` returns it

    def read(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        chunk = self._file.read(count)
        if self._file.tell() != offset + len(chunk):  # somebody else moved it, so these may be other bytes
            raise PositionMovedError
        return chunk


class PositionMovedError(OSError):
    """Somebody else moved or read a file that can only seek and read while it was sent."""


_BUFFERED = (io.BufferedReader, io.BufferedRandom)


def _find_independent_reader(content: bytes | BinaryFile) -> Reader | None:
    """A reader that leaves the position alone; None if the content can only seek and read."""
    if isinstance(content, bytes):
        return _BytesReader(content)
    if type(content) is io.BytesIO:
        return _BytesReader(content.getvalue())  # CPython shares the bytes until one of the two is changed
    file: Any = content
    if type(content).__module__ == "tempfile":  # the wrapper of NamedTemporaryFile adds nothing to reading
        file = getattr(content, "file", content)
    # Exactly these types: what is built on top of a file has its descriptor and other bytes, such as a GzipFile.
    is_plain = (type(file) in _BUFFERED and type(file.raw) is io.FileIO) or type(file) is io.FileIO
    if not is_plain or not hasattr(os, "pread") or not file.readable():  # Windows has no pread
        return None
    return _DescriptorReader(file) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None


@contextmanager
def open_reader(content: Content) -> Generator[Reader]:
    """Read the content; a path is opened and closed, and an open file goes back to its position."""
    if isinstance(content, str):
        with open(content, "rb") as file:  # noqa: PTH123 - as it was given
            yield _find_independent_reader(file) or _SeekingReader(file)
        return
    if reader := _find_independent_reader(content):
        yield reader
        return
    assert not isinstance(content, bytes)
    position = content.tell()
    try:
        yield _SeekingReader(content)
    finally:
        with suppress(Exception):  # the caller may have closed it
            content.seek(position)


_claimed: dict[int, object] = {}
"""The open files that uploads seek and read now, by ``id``. A forked child keeps its parent's claims: the file stands
somewhere in the middle there too."""


def claim(content: Content, stack: ExitStack) -> bool:
    """Claim the content until the stack is closed; False if it can only seek and read, and is claimed already."""
    if isinstance(content, str) or _find_independent_reader(content):
        return True
    claimant = (content,)  # keeps the object, so that no other one gets its id
    if _claimed.setdefault(id(content), claimant) is not claimant:
        return False
    stack.callback(_claimed.pop, id(content))
    return True


class _HTTPXFile:
    """An open file as httpx reads one, at a position of its own where possible, and with our errors."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._reader: Reader | None = None
        self._position = 0
        with suppress(Exception):  # httpx will meet the same when it reads
            self._reader = _find_independent_reader(file) or self._find_seeking_reader()

    def _find_seeking_reader(self) -> Reader | None:
        """A reader that seeks before each read; None for a pipe and the like."""
        if not hasattr(self._file, "seek") or not hasattr(self._file, "tell"):
            return None
        self._file.seek(self._file.tell())  # raises if it has the method and cannot seek
        return _SeekingReader(self._file)

    @property
    def name(self) -> str:
        return str(getattr(self._file, "name", "upload"))  # httpx's own name for a file without one

    def tell(self) -> int:
        return self._position if self._reader else int(self._seekable().tell())

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if self._reader is None:
            return int(self._seekable().seek(offset, whence))
        self._position = self._reader.size() if whence == os.SEEK_END else offset
        return self._position

    def read(self, size: int) -> bytes:
        try:
            chunk: bytes = self._reader.read(self._position, size) if self._reader else self._file.read(size)
            self._position += len(chunk)
        except Exception as error:  # whatever the caller's file raises, or returns
            reason = type(error).__name__
        else:
            return chunk
        # Outside of the `except` block: the original has the path.
        raise httpx.ReadError(f"a file of the request could not be read any more ({reason})")

    def _seekable(self) -> Any:
        if not hasattr(self._file, "seek") or not hasattr(self._file, "tell"):
            raise io.UnsupportedOperation("seek")  # tells httpx that the length is not known
        return self._file


def with_own_positions(files: Any) -> Any:
    """Wrap the open files in httpx's ``files``, so that two requests may read them at the same time.

    Mistakes in ``files`` are left for httpx to refuse.
    """
    try:
        pairs = files.items() if is_a(files, Mapping) else files
        return [(name, _with_own_position(value)) for name, value in pairs]
    except UsageError:
        raise
    except (TypeError, ValueError):
        return files


def _with_own_position(value: Any) -> Any:
    if is_a(value, tuple) and len(value) > 1:
        return (value[0], _with_own_position(value[1]), *value[2:])
    if inspect.iscoroutinefunction(getattr(value, "read", None)):
        raise UsageError("A file of the request has to be awaited: give the one inside it, such as UploadFile.file.")
    if hasattr(value, "read") and not is_a(value, io.TextIOBase):  # which httpx refuses by itself
        return _HTTPXFile(value)
    return value
