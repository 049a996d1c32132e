"""Blocking file I/O in threads, and bounded concurrency."""

import contextvars
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from omni._files.atomic_write import hide_paths
from omni.errors import OmniError

if TYPE_CHECKING:
    from anyio.lowlevel import RunVar

A = TypeVar("A")
T = TypeVar("T")

MAX_THREADS = 40
"""Threads for file I/O in one event loop; anyio's own limit is as high."""

_stop_events: contextvars.ContextVar[tuple[threading.Event, ...]] = contextvars.ContextVar("omni_stops", default=())


def _return_error(function: Callable[..., T], *arguments: Any) -> tuple[Any, Exception | None]:
    try:
        return hide_paths(function, *arguments), None
    except Exception as error:
        return None, error


class AsyncConcurrency:
    """Concurrency of async code. anyio is imported in its methods, since blocking programs do without it."""

    @staticmethod
    async def run_in_thread(function: Callable[..., T], *arguments: Any) -> T:
        """Call the function in a thread; OmniError for what the system refuses, including a thread."""
        from anyio.to_thread import run_sync

        result: T
        try:
            # The error is returned: raised, it would keep the thread's frame, whose arguments could not be cleared.
            result, failure = await run_sync(_return_error, function, *arguments, limiter=_limiter())
        except RuntimeError as error:
            reason = str(error)
        else:
            if failure is not None:
                raise failure
            return result
        raise OmniError(f"No thread could be started for file I/O ({reason}): run fewer threads, or raise their limit.")

    @staticmethod
    async def map_concurrently(function: Callable[[A], Awaitable[T]], items: Sequence[A], limit: int) -> list[T]:
        """The result for each item, at most ``limit`` at once; the first error cancels the rest and is raised."""
        import anyio

        results: dict[int, T] = {}
        failures: list[Exception] = []
        semaphore = anyio.Semaphore(limit)

        async def work(index: int, item: A) -> None:
            async with semaphore:
                try:
                    results[index] = await function(item)
                except Exception as error:
                    failures.append(error)  # raised below: the task group would wrap it in an ExceptionGroup
                    group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for index, item in enumerate(items):
                group.start_soon(work, index, item)
        for failure in failures:
            raise failure
        return [results[index] for index in range(len(items))]


@cache
def _limiters() -> "RunVar[Any]":
    from anyio.lowlevel import RunVar

    return RunVar[Any]("omni_file_threads")


def _limiter() -> Any:
    """The thread limit of this event loop.

    anyio's own 40 (agronholm/anyio#447) may all be threads of the application that wait for one of our calls.
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
        """Call the function here; OmniError for what the system refuses, CancelledError after a stop."""
        if any(stop.is_set() for stop in _stop_events.get()):
            raise CancelledError
        return hide_paths(function, *arguments)

    @staticmethod
    def map_concurrently(function: Callable[[A], T], items: Sequence[A], limit: int) -> list[T]:
        """The result for each item, at most ``limit`` at once; the first error stops the rest and is raised.

        So does Ctrl-C. Threads cannot be cancelled, so each stops at its next file operation. If no more threads can be
        started, fewer do the work; at interpreter exit, where concurrent.futures refuses, the caller's own does.
        """
        stop = threading.Event()
        results: dict[int, T] = {}
        failures: list[BaseException] = []
        # Each item runs in a copy of the caller's context, which has the request id of its log lines.
        pending = [(index, item, contextvars.copy_context()) for index, item in enumerate(items)][::-1]

        def run_item(item: A) -> T:
            _stop_events.set((*_stop_events.get(), stop))
            return function(item)

        def work() -> None:
            while not stop.is_set():
                try:
                    index, item, context = pending.pop()
                except IndexError:
                    return
                try:
                    results[index] = context.run(run_item, item)
                except BaseException as error:
                    failures.append(error)
                    stop.set()

        _run_in_threads(work, min(limit, len(items)), stop)
        for failure in failures:
            raise failure
        return [results[index] for index in range(len(items))]


def _run_in_threads(work: Callable[[], None], count: int, stop: threading.Event) -> None:
    """Run the work in up to ``count`` threads, or here if none can be started."""
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
            with suppress(RuntimeError):  # not started yet: it will see the stop
                thread.join()
