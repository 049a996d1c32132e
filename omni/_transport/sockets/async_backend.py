"""Connections of the async client: plain sockets, read and written by whichever event loop runs.

Theory of operation. httpcore has a class of streams for each library of event loops, and below them buffers that nobody
outside can see. Here a connection is a socket that the event loop waits for, by ``sock_recv`` and its like in asyncio
and by waiting until it is ready in trio, and TLS is a layer of ours above it. So it is known where bytes can wait (see
``connection_pool``), whatever is cancelled closes its socket at once, and the body of a large file can be taken from
the socket itself (``take_over``).
"""

import ipaddress
import socket
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

import anyio
import httpcore

from omni._transport.sockets.async_streams import AsyncSocketStream, socket_waits, unless_cancelled

_HEAD_START = 0.25
"""Seconds until the next address of a host is tried beside those before it. Source: RFC 8305."""


class AsyncGuardedBackend(httpcore.AsyncNetworkBackend):
    """A network backend for any event loop, whose failures are all errors of httpcore."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend
        # Its own class for either library is the default, and named so.
        is_default = type(backend).__name__ in {"AutoBackend", "AnyIOBackend", "TrioBackend"}
        self._custom = None if is_default else backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if self._custom:
            return await _finish(self._custom.connect_tcp(host, port, timeout, local_address, socket_options))
        return await _finish(_connect_tcp(host, port, local_address, [*(socket_options or ())]), timeout)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        if self._custom:
            return await _finish(self._custom.connect_unix_socket(path, timeout, socket_options))
        return await _finish(_connect(socket.AF_UNIX, path, None, [*(socket_options or ())]), timeout)


async def _finish(
    connecting: Awaitable[httpcore.AsyncNetworkStream], timeout: float | None = None
) -> httpcore.AsyncNetworkStream:
    """The connection, or an error of httpcore: also for an impossible port, or if no thread can do the name lookup."""
    try:
        with anyio.fail_after(timeout):
            return await unless_cancelled(await connecting)
    except (httpcore.NetworkError, httpcore.TimeoutException):
        raise
    except TimeoutError:
        failure: Exception = httpcore.ConnectTimeout("no connection in time")
    except Exception as error:
        failure = httpcore.ConnectError(str(error) or type(error).__name__)
    raise failure


async def _connect_tcp(
    host: str, port: int, local_address: str | None, options: Sequence[Any]
) -> httpcore.AsyncNetworkStream:
    addresses = await _look_up(host, port)
    if len(addresses) == 1:
        return await _connect(*addresses[0], local_address, options)
    winners: list[AsyncSocketStream] = []
    failures: list[OSError] = []

    async def attempt(family: int, address: Any, failed: anyio.Event) -> None:
        try:
            winners.append(await _connect(family, address, local_address, options))
        except OSError as error:
            failures.append(error)
            failed.set()
        else:
            group.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as group:
            for family, address in addresses:
                group.start_soon(attempt, family, address, failed := anyio.Event())
                with anyio.move_on_after(_HEAD_START):
                    await failed.wait()
        if not winners:
            raise failures[-1] if failures else OSError("the host has no address")
        return winners.pop(0)
    finally:
        for loser in winners:
            await loser.aclose()


async def _look_up(host: str, port: int) -> list[tuple[int, Any]]:
    """The addresses of a host with their families, each once; without a thread if it is an address itself."""
    try:
        family = socket.AF_INET if ipaddress.ip_address(host).version == 4 else socket.AF_INET6
    except ValueError:
        infos = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys((int(info[0]), info[4]) for info in infos))
    return [(family, (host, port))]


async def _connect(family: int, address: Any, local_address: str | None, options: Sequence[Any]) -> AsyncSocketStream:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        for option in options:
            connection.setsockopt(*option)
        if local_address is not None:
            connection.bind((local_address, 0))
        if not isinstance(address, str):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waits = socket_waits()
        await waits.sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return AsyncSocketStream(connection, waits)
