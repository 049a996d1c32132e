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
from collections.abc import Callable, Generator, Mapping
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
    if type(content) is io.BytesIO:
        content = content.getvalue()  # CPython shares the bytes until one of the two is changed
    if isinstance(content, bytes):
        return _SeekingReader(io.BytesIO(content))
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


class PositionedFile:
    """A file as httpx reads one, with a position of its own."""

    def __init__(self, reader: Reader, name: str = "") -> None:
        self.reader = reader
        self.name = name
        self.position = 0

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to an offset from the start, or to the end, by which httpx finds the length."""
        self.position = self.reader.size() if whence == os.SEEK_END else offset
        return self.position

    def read(self, size: int) -> bytes:
        chunk = _read_safely(self.reader.read, self.position, size)
        self.position += len(chunk)
        return chunk


class _Stream:
    """A file that cannot seek, such as a pipe, as httpx reads one: without ``seek``, its length is not known."""

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self.name = name

    def read(self, size: int) -> bytes:
        return _read_safely(self._file.read, size)


def _read_safely(read: Callable[..., bytes], *arguments: int) -> bytes:
    """Read from the caller's file; httpx.ReadError for whatever it raises, without its path, or returns."""
    try:
        chunk = read(*arguments)
        len(chunk)
    except Exception as error:
        reason = type(error).__name__
    else:
        return chunk
    raise httpx.ReadError(f"a file of the request could not be read any more ({reason})")


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
    if not hasattr(value, "read") or is_a(value, io.TextIOBase):  # which httpx refuses by itself
        return value
    name = str(getattr(value, "name", "upload"))  # httpx's own name for a file without one
    try:
        reader = _find_independent_reader(value)
        if reader is None:
            value.seek(value.tell())
    except (AttributeError, OSError):  # it cannot seek
        return _Stream(value, name)
    return PositionedFile(reader or _SeekingReader(value), name)
