"""Calls in threads or tasks, made while the caller's own code runs, for an iterator that ends them when it ends.

Rules of this file: results are handed over only where ``wait`` is called. Nobody waits at the end: a task is cancelled,
and a thread, which cannot be, ends with the call that it makes, at the latest at the deadline of that call.
"""

import contextvars
import math
import queue
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from omni.errors import UsageError

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

IDLE_SECONDS = 5.0
"""How long a thread waits for another call before it ends; starting one takes as long as some calls."""

Ended = tuple[Any, Any]
"""The key of a call, and its result or what it raised."""


def checked_items(items: Any) -> Any:
    """The items; UsageError if they are one text, whose characters nobody means, or no iterable."""
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise UsageError("ids must be an iterable of ids, such as a list.")
    return items  # pyright: ignore[reportUnknownVariableType]


def without_this_frame(error: E) -> E:
    """The error without the frame that caught it, which still runs, so that its locals could not be cleared."""
    return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)


class AsyncBackground:
    """Calls in tasks of the event loop. anyio is imported in its methods, since blocking programs do without it.

    They are no children of the caller's task, since an iterator cannot hold a task group open between its items.
    """

    def __init__(self) -> None:
        self._cancels: set[Callable[[], object]] = set()
        self._ended: deque[Ended] = deque()
        self._wake: Any = None

    @staticmethod
    def iterate(items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
        """An iterator over items of either kind; UsageError if they are none."""
        return aiter(items) if isinstance(items, AsyncIterable) else _Iterated(checked_items(items))

    def start(self, key: Any, function: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Start a call."""
        from anyio import Event, get_cancelled_exc_class
        from anyio.lowlevel import current_token

        async def run() -> None:
            try:
                result = await function(*arguments)
            except get_cancelled_exc_class():
                raise
            except BaseException as error:  # Ctrl-C too, which else nobody would wait for
                result = without_this_frame(error)
            self._ended.append((key, result))

        def end() -> None:
            self._cancels.discard(cancel)
            self._wake.set()

        self._wake = self._wake or Event()
        token: Any = current_token()
        loop = getattr(token, "native_token", token)  # anyio wraps it since 4.11
        is_asyncio = hasattr(loop, "create_task")
        cancel_now, call_soon = _spawn_on_asyncio(loop, run, end) if is_asyncio else _spawn_on_trio(loop, run, end)
        thread = threading.get_ident()

        def cancel() -> None:
            # At once if possible: later, the client could be closed already, and a connection be opened in between.
            call_soon(cancel_now) if threading.get_ident() != thread else cancel_now()

        self._cancels.add(cancel)

    async def wait(self, seconds: float) -> Ended | None:
        """The next call that ended, in the order in which they end; None if none does for so many seconds."""
        import anyio

        if not self._ended:
            self._wake = anyio.Event()
            with anyio.move_on_after(seconds):
                await self._wake.wait()
        return self._ended.popleft() if self._ended else None

    def stop(self) -> None:
        """Cancel all calls; also from a thread that collects garbage."""
        for cancel in [*self._cancels]:
            with suppress(RuntimeError):  # the event loop has ended, and its tasks with it
                cancel()

    async def join(self) -> None:
        """Wait until all calls have ended, which were stopped."""
        import anyio

        while self._cancels:
            self._wake = anyio.Event()
            await self._wake.wait()


class _Iterated(AsyncIterator[T]):
    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)

    async def __anext__(self) -> T:
        for item in self._items:
            return item
        raise StopAsyncIteration


_Spawned = tuple[Callable[[], object], Callable[..., object]]
"""What cancels a task, and what calls that from another thread."""


def _spawn_on_asyncio(loop: Any, run: Callable[[], Any], end: Callable[[], None]) -> _Spawned:
    def end_of(task: object) -> None:
        end()

    task = loop.create_task(run())
    task.add_done_callback(end_of)  # also of a task that is cancelled before it runs
    return task.cancel, loop.call_soon_threadsafe


def _spawn_on_trio(token: Any, run: Callable[[], Any], end: Callable[[], None]) -> _Spawned:
    import trio

    scope = trio.CancelScope()

    async def run_in_scope() -> None:
        with scope:
            await run()
        end()

    trio.lowlevel.spawn_system_task(run_in_scope, context=contextvars.copy_context())
    return scope.cancel, token.run_sync_soon


class Background:
    """Calls in threads."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0  # less the jobs that wait for a thread
        self._is_stopped = False

    @staticmethod
    def iterate(items: Iterable[T]) -> Iterator[T]:
        """An iterator over items; UsageError if they are none."""
        return iter(checked_items(items))

    def start(self, key: Any, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a call, in a copy of the caller's context, which has the request id of its log lines.

        If no more threads can be started, fewer make the calls, or this one does.
        """
        job = (contextvars.copy_context(), key, function, arguments)
        with self._lock:
            is_queued = self._idle > 0 or not self._start_thread(job)
            if is_queued and self._threads:
                self._idle -= 1
                self._jobs.put(job)
                return
        if is_queued:
            self._run(*job)

    def _start_thread(self, job: Any) -> bool:
        # A daemon, so that Ctrl-C ends a program whose server does not respond.
        thread = threading.Thread(target=self._work, args=(job,), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # "can't start new thread"
            return False
        self._threads += 1
        return True

    def _work(self, job: Any) -> None:
        while job and not self._is_stopped:
            self._run(*job)
            job = None  # it holds what its result was made of
            job = self._next_job()

    def _next_job(self) -> Any:
        with self._lock:
            self._idle += 1
        while True:
            try:
                return self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._jobs.empty():  # pragma: no branch (else a job came just now)
                        self._idle -= 1
                        self._threads -= 1
                        return None

    def _run(self, context: contextvars.Context, key: Any, function: Callable[..., Any], arguments: Any) -> None:
        try:
            result = context.run(function, *arguments)
        except BaseException as error:
            result = without_this_frame(error)
        self._ended.put((key, result))

    def wait(self, seconds: float) -> Ended | None:
        """The next call that ended, in the order in which they end; None if none does for so many seconds."""
        try:
            return self._ended.get(timeout=min(seconds, threading.TIMEOUT_MAX) if seconds < math.inf else None)
        except queue.Empty:
            return None

    def stop(self) -> None:
        """Let threads end that wait, and others after their call. Without the lock: garbage collection may call it."""
        self._is_stopped = True
        for _ in range(self._threads):
            self._jobs.put(None)

    def join(self) -> None:
        """Nothing to wait for: threads cannot be cancelled, and may take until the deadlines of their calls."""
