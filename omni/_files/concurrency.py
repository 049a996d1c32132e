"""Blocking file I/O in threads, and bounded concurrency."""

import contextvars
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from omni._files.atomic_write import without_paths
from omni.errors import OmniError

if TYPE_CHECKING:
    from anyio.lowlevel import RunVar

A = TypeVar("A")
T = TypeVar("T")

MAX_THREADS = 40
"""For the disk, in one event loop; anyio's own limit is as high."""

_stops: contextvars.ContextVar[tuple[threading.Event, ...]] = contextvars.ContextVar("omni_stops", default=())


def _tried(function: Callable[..., T], *arguments: Any) -> tuple[Any, Exception | None]:
    try:
        return without_paths(function, *arguments), None
    except Exception as error:
        return None, error


class AsyncConcurrency:
    """Concurrency of async code. anyio is loaded in here, since blocking programs do without it."""

    @staticmethod
    async def run_in_thread(function: Callable[..., T], *arguments: Any) -> T:
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

    @staticmethod
    async def map_concurrently(function: Callable[[A], Awaitable[T]], items: Sequence[A], limit: int) -> list[T]:
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


class Concurrency:
    """Concurrency of blocking code."""

    @staticmethod
    def run_in_thread(function: Callable[..., T], *arguments: Any) -> T:
        """Call the function; OmniError for what the system refuses. Here a crew that was stopped stops."""
        if any(stop.is_set() for stop in _stops.get()):
            raise CancelledError
        return without_paths(function, *arguments)

    @staticmethod
    def map_concurrently(function: Callable[[A], T], items: Sequence[A], limit: int) -> list[T]:
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
