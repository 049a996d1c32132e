"""What takes its time beside the event loop: the disk, and several things at once.

A file is written under a hidden name beside its own and gets its own when it is whole, so that no kill and no full disk
leaves half a file under a name that somebody reads. What a kill leaves is a hidden ``.omni-….part``, to be thrown away.
"""

import contextvars
import hashlib
import os
import secrets
import stat
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

from omni._destination import check_free
from omni.errors import OmniError

if TYPE_CHECKING:
    from anyio.lowlevel import RunVar

A = TypeVar("A")
T = TypeVar("T")

MAX_THREADS = 40
"""For the disk, in one event loop; anyio's own limit is as high."""

_stops: contextvars.ContextVar[tuple[threading.Event, ...]] = contextvars.ContextVar("omni_stops", default=())


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
    """The disk of async code. Blocking programs do without anyio, so it is loaded here."""

    @staticmethod
    async def run(function: Callable[..., T], *arguments: Any) -> T:
        """Call the function in a thread; OmniError for what the system refuses, a thread too."""
        from anyio.to_thread import run_sync

        found: T
        try:
            # Its failure is handed over: the thread's own frame, which has the arguments, could not be cleared.
            found, failure = await run_sync(_tried, function, *arguments, limiter=_limiter())
        except RuntimeError as error:
            reason = str(error)
        else:
            if failure is not None:
                raise failure
            return found
        raise OmniError(f"No thread can be had for the disk ({reason}): run fewer threads, or raise their limit.")


@cache
def _limiters() -> "RunVar[Any]":
    from anyio.lowlevel import RunVar

    return RunVar[Any]("omni_disk_threads")


def _limiter() -> Any:
    """How many threads there may be in this event loop.

    anyio's own 40 (agronholm/anyio#447) may all be threads of the application that wait for a call of ours.
    """
    try:
        return _limiters().get()
    except LookupError:
        from anyio import CapacityLimiter

        _limiters().set(limiter := CapacityLimiter(MAX_THREADS))
        return limiter


class Disk:
    """The disk of blocking code."""

    @staticmethod
    def run(function: Callable[..., T], *arguments: Any) -> T:
        """Call the function; OmniError for what the system refuses. Here a crew that was stopped stops."""
        if any(stop.is_set() for stop in _stops.get()):
            raise CancelledError
        return _ours(function, *arguments)


class AsyncCrew:
    """Several things at once in async code."""

    @staticmethod
    async def map(function: Callable[[A], Awaitable[T]], items: Sequence[A], limit: int) -> list[T]:
        """The result for each item, at most so many at once; what one raises ends all, and is raised."""
        import anyio

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

        Ctrl-C too: threads cannot be cancelled, so each ends where it next turns to the disk. Where no more threads can
        be had, fewer do the work, and at the end of the interpreter the caller's own: concurrent.futures refuses there.
        """
        stop = threading.Event()
        found: dict[int, T] = {}
        failures: list[BaseException] = []
        # Each item in a copy of the caller's context, which has the request id of its log lines.
        todo = [(place, item, contextvars.copy_context()) for place, item in enumerate(items)][::-1]

        def begin(item: A) -> T:
            _stops.set((*_stops.get(), stop))
            return function(item)

        def work() -> None:
            while not stop.is_set():
                try:
                    place, item, context = todo.pop()
                except IndexError:
                    return
                try:
                    found[place] = context.run(begin, item)
                except BaseException as error:
                    failures.append(error)
                    stop.set()

        _in_threads(work, min(limit, len(items)), stop)
        for failure in failures:
            raise failure
        return [found[place] for place in range(len(items))]


def _in_threads(work: Callable[[], None], count: int, stop: threading.Event) -> None:
    """Do the work in so many threads, or in as many as can be had; here if there are none."""
    ended = threading.Semaphore(0)  # Ctrl-C in a join would make the thread look ended (python/cpython#90882)

    def run() -> None:
        work()
        ended.release()

    threads: list[threading.Thread] = []
    started = 0
    try:
        with suppress(RuntimeError):  # "can't start new thread"
            for _ in range(count):
                threads.append(threading.Thread(target=run))  # before it starts, since Ctrl-C may come in between
                threads[-1].start()
                started += 1
        if not started:
            work()
        for _ in range(started):
            ended.acquire()
    finally:
        stop.set()
        for thread in threads:
            with suppress(RuntimeError):  # one that did not begin yet will find the stop
                thread.join()


class Part:
    """A file on its way, there only inside its ``with`` block, and only its owner may read it."""

    def __init__(self, folder: Path, *, with_digest: bool = False) -> None:
        self._path = _part_path(folder)
        self._hash = hashlib.sha256() if with_digest else None

    def __enter__(self) -> Self:
        # Not beside the event loop: a thread whose task is cancelled would leave a file that nobody knows.
        self._file: BinaryIO = _ours(_create, self._path, 0o600)
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):  # what could not be written cannot be written now
            self._file.close()
        with suppress(OSError):  # it has its own name already
            self._path.unlink()

    @property
    def digest(self) -> str | None:
        """The SHA-256 of what was written, in hex; None if that was not asked for."""
        return self._hash.hexdigest() if self._hash else None

    def write(self, place: int, content: bytes | bytearray) -> None:
        """Write at so many bytes from the start: where the last write ended, or again at 0."""
        self._file.seek(place)
        self._file.write(content)
        if self._hash:
            self._hash = hashlib.sha256() if place == 0 else self._hash
            self._hash.update(content)

    def become(self, target: Path, size: int, overwrite: bool, mode: int | None = None) -> None:
        """Take the target's name, whole and on the disk, with so many bytes and at most these permissions."""
        if overwrite:
            check_free(target, overwrite)
        self._file.truncate(size)
        self._permit(target, mode)
        os.fsync(self._file.fileno())
        self._file.close()
        if overwrite:
            self._path.replace(target)
        else:
            _rename(self._path, target)
        _sync(target.parent)

    def _permit(self, target: Path, mode: int | None) -> None:
        """Give the permissions of the file that is replaced, or of any new file, less what the mode leaves out."""
        permissions = stat.S_IMODE(target.stat().st_mode) if target.is_file() else _usual_permissions(target.parent)
        permissions &= 0o777 if mode is None else mode
        if hasattr(os, "fchmod"):  # pragma: no branch (Windows has it since Python 3.13)
            with suppress(PermissionError):  # some file systems have one for all files
                os.fchmod(self._file.fileno(), permissions)


def _part_path(folder: Path) -> Path:
    return folder / f".omni-{secrets.token_hex(8)}.part"


def _create(path: Path, permissions: int) -> BinaryIO:
    # Not the method of a path, which takes no opener.
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, permissions))


def _usual_permissions(folder: Path) -> int:
    """Those of a new file there. The umask can only be read by changing it, for all threads, so a file is made."""
    path = _part_path(folder)
    with _create(path, 0o666) as file:
        found = os.fstat(file.fileno()).st_mode
    path.unlink()
    return stat.S_IMODE(found)


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


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file, or leave the one that is there."""
    with Part(path.parent) as part:
        part.write(0, content)
        part.become(path, len(content), overwrite=True, mode=mode)
