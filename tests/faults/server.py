"""A hostile TCP server: one port for each fault, which plays a script for every request and counts the requests.

A script is what happens after a complete request: bytes are sent, a number is a pause in seconds, ``RESET`` and ``END``
end the connection. A script that merely stops leaves it open, for the next request or for silence. ``on_connect``
scripts begin when the connection is made, before a byte of the request is read.
"""

import asyncio
import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

Route = tuple[str, str]
Script = Callable[[bytes], Iterable[Any]]

RESET: Final = object()
END: Final = object()

UNREACHABLE_URL = "http://127.0.0.1:1"
"""Nothing listens there; a port that was free a moment ago may belong to another test's server by now."""

LEAD_IDS = [f"11111111-1111-4111-8111-{number:012}" for number in range(64)]
"""Leads for tests that must tell responses apart."""
LEAD_BODIES: dict[Route, bytes] = {
    ("GET", f"/api/v1/leads/{lead_id}"): json.dumps({"lead": {"id": lead_id}}).encode() for lead_id in LEAD_IDS
}


def http_response(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return the bytes of a response; headers are whole lines, and replace the usual ones of the same name."""
    length = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(re.match("content-type:", line, re.IGNORECASE) for line in headers):
        lines.append("Content-Type: application/json")
    if not any(re.match("transfer-encoding:", line, re.IGNORECASE) for line in headers):
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def respond(body: bytes) -> Iterator[Any]:
    """Respond without any fault."""
    yield http_response(body)


class Port:
    """One port with one fault; ``received`` counts the complete requests by method and path."""

    def __init__(self, script: Script, bodies: dict[Route, bytes], *, on_connect: bool) -> None:
        self._script = script
        self._bodies = bodies
        self._on_connect = on_connect
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.received: Counter[Route] = Counter()
        self.requests: list[bytes] = []
        self.connections = 0
        self.open_connections = 0
        self._running_scripts = 0
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def heal(self) -> None:
        """Remove the fault when its scripts have ended, and count the requests from zero."""
        self.wait_for_scripts()
        self.remove_fault()
        self.received = Counter()

    def remove_fault(self) -> None:
        """Respond without a fault from the next request on."""
        self._script, self._on_connect = respond, False

    def wait_for_scripts(self) -> None:
        """Wait for the end of all scripts."""
        wait_until(lambda: not self._running_scripts)

    def wait_until_closed(self) -> bool:
        """Return whether all connections are closed, now or soon."""
        return wait_until(lambda: not self.open_connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):  # the client may disconnect
                while await self._handle(reader, writer):
                    pass
        finally:
            writer.close()
            self.open_connections -= 1

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = b"" if self._on_connect else await _read_request(reader)
        route = _route(request)
        if request:
            self.received[route] += 1
            self.requests.append(request)
        self._running_scripts += 1
        try:
            return await self._play(self._script(self._bodies.get(route, b"{}")), reader, writer)
        finally:
            self._running_scripts -= 1

    async def _play(self, script: Iterable[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for step in script:
            if step is RESET or step is END:
                await _disconnect(writer, reset=step is RESET)
                return False
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await asyncio.sleep(step)
                if reader.at_eof():
                    return False
        return True


def wait_until(condition: Callable[[], bool], timeout: float = 2.0) -> bool:
    """Return whether a condition becomes true within the timeout."""
    end = time.monotonic() + timeout
    while not (is_true := condition()) and time.monotonic() < end:
        time.sleep(0.001)
    return is_true


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    if b"transfer-encoding: chunked" in head.lower():
        return head + await reader.readuntil(b"0\r\n\r\n")
    return head + await reader.readexactly(int(length[1]) if length else 0)


def _route(request: bytes) -> Route:
    method, target, *_ = *request.decode("latin-1").split(" ", 2), ""
    return method, target.partition("?")[0]


async def _disconnect(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class HostileServer:
    """All ports, served by one event loop in its own thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def port(self, script: Script, bodies: dict[Route, bytes], *, on_connect: bool = False) -> Iterator[Port]:
        """Open a port that plays this script, for the duration of the block."""
        port = Port(script, bodies, on_connect=on_connect)
        server: asyncio.Server = self._run(asyncio.start_server(port._serve, sock=port._socket, limit=1 << 20))
        try:
            yield port
        finally:
            self._loop.call_soon_threadsafe(server.close)

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _cancel_tasks(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End all connections and the event loop."""
        self._run(self._cancel_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
