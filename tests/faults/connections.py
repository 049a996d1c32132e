"""The connections of a client: which are in use, which were abandoned, and a streamed body that is read over one."""

import contextlib
import gc
import warnings
from collections.abc import Iterator
from typing import Any

import omni


def busy_connections(client: Any) -> list[Any]:
    """Return the connections and requests that a client's pool holds for calls that have not ended."""
    pool = client.http._transport._pool
    busy = [connection for connection in pool.connections if not (connection.is_idle() or connection.is_closed())]
    return [*busy, *pool._requests]


@contextlib.contextmanager
def ignore_abandoned_connections() -> Iterator[None]:
    """Ignore the garbage collector's warnings about connections of an event loop or a process that has ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def read_stream(client: Any, method: str, url: str, **options: Any) -> Any:
    """Read a streamed body to its end; with an async client, return a coroutine that does."""

    def read() -> None:
        with client.http.stream(method, url, **options) as response:
            response.read()

    async def aread() -> None:
        async with client.http.stream(method, url, **options) as response:
            await response.aread()

    return read() if isinstance(client, omni.Client) else aread()
