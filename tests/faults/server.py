"""A hostile TCP server: a port for each fault, which plays its script to every request and keeps count.

A script is what happens after a request came whole: bytes are sent, a number is a pause in seconds, ``RESET`` and
``END`` end the connection. A script that just stops leaves it open, for the next request or for silence. ``at_once``
scripts begin when the connection is made, before a byte of the request is read.
"""

import asyncio
import contextlib
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

Key = tuple[str, str]
Script = Callable[[bytes], Iterable[Any]]

RESET: Final = object()
END: Final = object()


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer on the wire; more headers as whole lines, the last of a name counts."""
    length = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(re.match("content-type:", line, re.IGNORECASE) for line in headers):
        lines.append("Content-Type: application/json")
    if not any(re.match("transfer-encoding:", line, re.IGNORECASE) for line in headers):
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def good(body: bytes) -> Iterator[Any]:
    """Nothing wrong."""
    yield answer(body)


class Port:
    """One port with one fault; ``heal`` ends the fault, ``received`` counts the requests that came whole."""

    def __init__(self, script: Script, bodies: dict[Key, bytes], *, at_once: bool) -> None:
        self._script = script
        self._bodies = bodies
        self._at_once = at_once
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.received: Counter[Key] = Counter()
        self.requests: list[bytes] = []
        self.connections = 0
        self.open = 0
        self._playing = 0
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def heal(self) -> None:
        """When the scripts have ended, nothing is wrong any more, and the count begins anew."""
        self.settle()
        self._script, self._at_once = good, False
        self.received = Counter()

    def settle(self) -> None:
        """Wait for the end of all scripts."""
        wait_until(lambda: not self._playing)

    def all_closed(self) -> bool:
        """Whether no connection is open any more, or soon none will be."""
        return wait_until(lambda: not self.open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):  # the client may leave
                while await self._answer(reader, writer):
                    pass
        finally:
            writer.close()
            self.open -= 1

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = b"" if self._at_once else await _read(reader)
        key = _key(request)
        if request:
            self.received[key] += 1
            self.requests.append(request)
        self._playing += 1
        try:
            return await self._play(self._script(self._bodies.get(key, b"{}")), reader, writer)
        finally:
            self._playing -= 1

    async def _play(self, script: Iterable[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for step in script:
            if step is RESET or step is END:
                await _leave(writer, reset=step is RESET)
                return False
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await asyncio.sleep(step)
                if reader.at_eof():
                    return False
        return True


def wait_until(condition: Callable[[], bool], within: float = 2.0) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + within
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.001)
    return found


async def _read(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    if b"transfer-encoding: chunked" in head.lower():
        return head + await reader.readuntil(b"0\r\n\r\n")
    return head + await reader.readexactly(int(length[1]) if length else 0)


def _key(request: bytes) -> Key:
    method, target, *_ = *request.decode("latin-1").split(" ", 2), ""
    return method, target.partition("?")[0]


async def _leave(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class Hostile:
    """All ports, served by one event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def port(self, script: Script, bodies: dict[Key, bytes], *, at_once: bool = False) -> Iterator[Port]:
        """A port with this fault, for as long as the block lasts."""
        port = Port(script, bodies, at_once=at_once)
        server: asyncio.Server = self._run(asyncio.start_server(port._serve, sock=port._socket, limit=1 << 20))
        try:
            yield port
        finally:
            self._loop.call_soon_threadsafe(server.close)

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End all that is still being served."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def refused() -> str:
    """A port where nobody listens: one that was free a moment ago may be another test's server by now."""
    return "http://127.0.0.1:1"
