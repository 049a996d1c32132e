"""The connections beneath httpx: which are left behind, and which are not used again.

httpx has no argument for either, so this file knows private names of httpcore; tests/faults fails if they move.
"""

import functools
from collections.abc import Callable
from typing import Any

from omni._http import httpcore, httpx


def pools(client: httpx.Client | httpx.AsyncClient) -> list[Any]:
    """The pools of a client, those of its proxies too; none where the transport is not httpx's own."""
    found = [getattr(transport, "_pool", None) for transport in (client._transport, *client._mounts.values())]
    return [pool for pool in found if isinstance(pool, (httpcore.ConnectionPool, httpcore.AsyncConnectionPool))]


def leave_behind(client: httpx.Client | httpx.AsyncClient, *, is_child: bool) -> None:
    """Drop connections without a word to the other side: they belong to a parent process or a past event loop.

    In a child, that is all of them, with the lock and what is queued by the parent's other threads, which are not here.
    """
    for pool in pools(client):
        pool._connections = [each for each in pool._connections if not (is_child or each.is_idle())]
        if is_child:
            pool._requests = [each for each in pool._requests if not each.is_queued()]
            pool._optional_thread_lock = type(pool._optional_thread_lock)()


def distrust_leftovers(client: httpx.Client | httpx.AsyncClient) -> None:
    """Let no connection be used again that brought more than its answer: the rest would be taken for the next one."""
    for pool in pools(client):
        if getattr(pool.create_connection, "func", None) is not _wary:  # clients may share a transport
            pool.create_connection = functools.partial(_wary, pool.create_connection)


def _wary(create: Callable[[Any], Any], origin: Any) -> Any:
    """A connection with one more reason to close it: the pool asks ``has_expired`` before it uses one again."""
    connection = create(origin)
    has_expired = connection.has_expired
    connection.has_expired = lambda: has_expired() or (connection.is_idle() and _has_leftovers(connection))
    return connection


def _has_leftovers(connection: Any) -> bool:
    inner = connection
    while hasattr(inner, "_connection"):  # inside those of proxies
        inner = inner._connection
    return hasattr(inner, "_h11_state") and inner._h11_state.trailing_data[0] != b""
