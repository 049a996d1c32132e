"""What takes its time beside the event loop: the disk, and several things at once.

A file is written under a hidden name beside its own and gets its own when it is whole, so that no kill and no full disk
leaves half a file under a name that somebody reads. What a kill leaves is a hidden ``.omni-….part``, to be thrown away.
"""

import contextvars
import os
import secrets
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

import anyio
import anyio.to_thread

from omni.errors import OmniError, UsageError

A = TypeVar("A")
T = TypeVar("T")

_stop: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("omni_stop", default=None)


def _ours(function: Callable[..., T], *arguments: Any) -> T:
    try:
        return function(*arguments)
    except OSError as error:
        # The original has the path, and a file name may tell of a person.
        raise OmniError(f"The disk refused: {error.strerror or type(error).__name__}.") from None


def _tried(function: Callable[..., T], *arguments: Any) -> tuple[Any, Exception | None]:
    try:
        return _ours(function, *arguments), None
    except Exception as error:
        return None, error


class AsyncDisk:
    """The disk of async code."""

    @staticmethod
    async def run(function: Callable[..., T], *arguments: Any) -> T:
        """Call the function in a thread; OmniError for what the system refuses."""
        # Raised here: the thread's own frame, which has the arguments, still runs and could not be cleared.
        found: T
        found, failure = await anyio.to_thread.run_sync(_tried, function, *arguments)
        if failure is not None:
            raise failure
        return found


class Disk:
    """The disk of blocking code."""

    @staticmethod
    def run(function: Callable[..., T], *arguments: Any) -> T:
        """Call the function; OmniError for what the system refuses. Here a crew that was stopped stops."""
        if (stop := _stop.get()) is not None and stop.is_set():
            raise CancelledError
        return _ours(function, *arguments)


class AsyncCrew:
    """Several things at once in async code."""

    @staticmethod
    async def map(function: Callable[[A], Awaitable[T]], items: Sequence[A], limit: int) -> list[T]:
        """The result for each item, at most so many at once; what one raises ends all, and is raised."""
        found: dict[int, T] = {}
        failures: list[Exception] = []
        turn = anyio.Semaphore(limit)

        async def work(place: int, item: A) -> None:
            async with turn:
                try:
                    found[place] = await function(item)
                except Exception as error:
                    failures.append(error)  # as it is, and in no group
                    group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for place, item in enumerate(items):
                group.start_soon(work, place, item)
        for failure in failures:
            raise failure
        return [found[place] for place in range(len(items))]


class Crew:
    """Several things at once in blocking code."""

    @staticmethod
    def map(function: Callable[[A], T], items: Sequence[A], limit: int) -> list[T]:
        """The result for each item, at most so many at once; what one raises ends all, and is raised.

        Ctrl-C too: threads cannot be cancelled, so each ends where it next turns to the disk.
        """
        stop = threading.Event()

        def work(item: A) -> T:
            _stop.set(stop)  # each thread has a context of its own
            return function(item)

        with ThreadPoolExecutor(limit) as threads:
            futures = [threads.submit(work, item) for item in items]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                stop.set()
                for future in futures:
                    future.cancel()
                raise
        return [future.result() for future in futures]


class Part:
    """A file on its way, there only inside its ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f".omni-{secrets.token_hex(8)}.part"

    def __enter__(self) -> Self:
        # Not beside the event loop: a thread whose task is cancelled would leave a file that nobody knows.
        self._file: BinaryIO = _ours(lambda: self._path.open("xb"))
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):  # what could not be written cannot be written now
            self._file.close()
        with suppress(OSError):  # it has its own name already
            self._path.unlink()

    def write(self, place: int, content: bytes | bytearray) -> None:
        """Write at so many bytes from the start."""
        self._file.seek(place)
        self._file.write(content)

    def become(self, target: Path, size: int, overwrite: bool) -> None:
        """Take the target's name, whole and on the disk, with so many bytes."""
        self._file.truncate(size)
        os.fsync(self._file.fileno())
        self._file.close()
        if overwrite:
            self._path.replace(target)
        else:
            _rename(self._path, target)
        _sync(target.parent)


def _rename(path: Path, target: Path) -> None:
    """Rename, never over a file that came in the meantime."""
    try:
        target.hardlink_to(path)  # fails where there is one; a rename would not
    except FileExistsError:
        raise
    except OSError:  # no hard links here: look, then rename
        check_free(target, overwrite=False)
        path.rename(target)


def _sync(folder: Path) -> None:
    with suppress(OSError):  # not every system opens folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or leave the one that is there."""
    with Part(path.parent) as part:
        part.write(0, content)
        part.become(path, len(content), overwrite=True)


def read_whole(path: Path) -> bytes | None:
    """What is in a file, or None if there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def size_of(path: Path) -> int | None:
    """The size of a file, or None if there is none."""
    return path.stat().st_size if path.is_file() else None


def destination(to: str | os.PathLike[str], overwrite: bool) -> tuple[Path, str]:
    """The folder that ``to`` means and the name in it, empty if it is a folder; UsageError if it cannot be used."""
    path, ends_as_folder = _path(to)
    if path.is_dir():
        return path, ""
    if ends_as_folder or not path.parent.is_dir():
        raise UsageError("The folder of `to` does not exist: make it first, or check the path.")
    check_free(path, overwrite)
    return path.parent, path.name


def future_folder(to: str | os.PathLike[str]) -> Path:
    """The folder that ``to`` means, there or yet to be made; UsageError if it cannot be."""
    path, _ = _path(to)
    if not path.is_dir() and (os.path.lexists(path) or not path.parent.is_dir()):
        raise UsageError("`to` is no folder and cannot become one: it is a file, or the folder above does not exist.")
    return path


def check_free(target: Path, overwrite: bool) -> None:
    """UsageError if something is there that may not be replaced."""
    if os.path.lexists(target) and (not overwrite or target.is_dir()):
        raise UsageError("There is something of that name: pass overwrite=True to replace a file, or another `to`.")


def _path(to: str | os.PathLike[str]) -> tuple[Path, bool]:
    try:
        text = os.fsdecode(to)
        usable = text and b"\0" not in os.fsencode(text)
    except (TypeError, ValueError):
        usable, text = False, ""
    if not usable:
        raise UsageError("`to` must be a path.")
    return Path(text), text.endswith(tuple(filter(None, (os.sep, os.altsep))))
