"""One POST, and the thread that waits for its response. No proxy, no redirect, no connection that is kept."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncGenerator, Coroutine, Mapping
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager, suppress
from functools import cache
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

_logger = logging.getLogger("omni.sandbox")

_PIECES = 20
_LINGER_SECONDS = 1

_tls_context = cache(ssl.create_default_context)


@asynccontextmanager
async def post(
    url: str, headers: Mapping[str, str], body: bytes, *, timeout: float, slow_seconds: float = 0
) -> AsyncGenerator[int]:
    """Yield the status of the response. Raises OSError or ValueError if there is none, or not in time.

    Sending the body takes `slow_seconds`, which do not count.
    """
    parts, writer = urlsplit(url), None
    tls = _tls_context() if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(timeout + slow_seconds):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if tls else 80), ssl=tls)
            # Who refuses before the body is there may close the connection, and yet have responded.
            with suppress(ConnectionError):
                await _write(writer, _head(parts.path, parts.query, {"Host": parts.netloc, **headers}, body), 0)
                await _write(writer, body, slow_seconds)
            status = await _read_status(reader)
        yield status
        # To close while the other side still writes would reset its connection.
        with suppress(OSError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while await reader.read(1 << 16):
                    pass
    finally:
        if writer:
            writer.transport.abort()


def _head(path: str, query: str, headers: Mapping[str, str], body: bytes) -> bytes:
    target = f"{path or '/'}?{query}" if query else path or "/"
    fixed = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    lines = (f"{name}: {value}\r\n" for name, value in {**headers, **fixed}.items())
    return f"POST {target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode()


async def _write(writer: asyncio.StreamWriter, content: bytes, seconds: float) -> None:
    size = -(-len(content) // _PIECES) if seconds else len(content)
    for start in range(0, len(content), size):
        await asyncio.sleep(seconds / _PIECES)
        writer.write(content[start : start + size])
        await writer.drain()


async def _read_status(reader: asyncio.StreamReader) -> int:
    while True:
        line = await reader.readline()
        match = re.match(rb"HTTP/1\.[01] ([1-5][0-9][0-9])\b", line)
        if not match:
            raise ConnectionError("the connection was closed without a response" if not line else "this is not HTTP")
        if not match[1].startswith(b"1"):
            return int(match[1])
        while (await reader.readline()).strip():
            pass


class LoopThread:
    """An event loop in a thread, which starts with the first task, and ends with `close`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tasks: set[Future[None]] = set()
        self._running: tuple[Thread, asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task, from any thread."""
        with self._lock:
            self._running = self._running or self._start()
            task = asyncio.run_coroutine_threadsafe(work, self._running[1])
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def wait_idle(self, timeout: float) -> bool:
        """Wait until no task is left, and return whether that is so."""
        end = monotonic() + timeout
        while tasks := self._tasks.copy():
            if wait(tasks, max(0, end - monotonic())).not_done:
                return False
            sleep(0.001)  # a task is done just before it is forgotten
        return True

    def close(self) -> None:
        """Cancel all tasks, and wait for the thread to end."""
        with self._lock:
            running, self._running = self._running, None
        if running:
            thread, loop, stopped = running
            loop.call_soon_threadsafe(stopped.set)
            thread.join()

    def _start(self) -> tuple[Thread, asyncio.AbstractEventLoop, asyncio.Event]:
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

        async def run() -> None:
            stopped = asyncio.Event()
            started.set_result((asyncio.get_running_loop(), stopped))
            await stopped.wait()

        # asyncio.run cancels the tasks that are left.
        thread = Thread(target=lambda: asyncio.run(run()), name="omni sandbox webhooks", daemon=True)
        thread.start()
        return thread, *started.result()

    def _forget(self, task: Future[None]) -> None:
        if not task.cancelled() and (mistake := task.exception()):
            _logger.error("The sandbox failed to send a webhook", exc_info=mistake)
        self._tasks.discard(task)
