"""The connections beneath httpx: which ones are abandoned, and which are not used again.

Theory of operation. A response is matched to a request by nothing but the connection it arrives on, so a connection in
the wrong state hands somebody the lead of another request. Two things bring that about:

- Two owners. After a fork, parent and child share the sockets; a connection of one event loop cannot be used in
  another. So a client remembers its owner (process and event loop), and another owner takes over only after it dropped
  the connections of the previous one. If a loop still runs elsewhere, or a transport hides its connections so that they
  cannot be dropped, the call is refused.
- Trailing data. h11 reads bytes that follow a response as the next response on that connection. The pool of httpcore
  asks ``has_expired()`` before it uses a connection again; that is where every layer, from HTTP down to TLS, is
  checked for waiting bytes. They are never read: in blocking code another thread may be about to use the connection.

httpx has no argument for either, so this file rests on private names of httpx and httpcore. If a name of a stream
moves, connections are used once, so that nobody gets a wrong lead; if another one moves, tests/faults fails.
"""

import functools
import ssl
from collections.abc import Callable, Iterable, ValuesView
from itertools import islice
from threading import get_ident
from typing import Any, TypeVar

import httpx

from omni._fork_safety import fork_lock
from omni.errors import UsageError

P = TypeVar("P")

Transport = httpx.BaseTransport | Callable[[httpx.BaseTransport], httpx.BaseTransport]
"""A transport for ``omni.Client``, or a function that wraps the one that the client would use."""

AsyncTransport = httpx.AsyncBaseTransport | Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
"""A transport for ``omni.AsyncClient``, or a function that wraps the one that the client would use."""


def wrap_transports(client: Any, wrap: Any, base: type) -> None:
    """Let the caller's function wrap all transports of a client; UsageError if it returns something else."""
    client._transport = _wrap_transport(wrap, client._transport, base)
    for pattern, transport in client._mounts.items():
        if transport is not None:  # hosts in NO_PROXY have None here, and use client._transport
            client._mounts[pattern] = _wrap_transport(wrap, transport, base)


def _wrap_transport(wrap: Any, transport: object, base: type) -> object:
    wrapped = wrap(transport)
    if not isinstance(wrapped, base):
        raise UsageError(
            f"The function given as transport= returned {type(wrapped).__name__}: return an httpx.{base.__name__} that"
            " wraps its argument."
        )
    return wrapped


_CONNECTIONLESS = (httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)
_WRAPPERS = (httpx.BaseTransport, httpx.AsyncBaseTransport, httpx.Client, httpx.AsyncClient)
_MAX_DEPTH = 12
"""How deep wrappers around wrappers are searched, with the containers inside them."""


def find_instances(transports: Iterable[object], cls: type[P]) -> list[P]:
    """The objects of this class that transports are or lead to, also through wrappers of any make."""
    reachable = (thing for transport in transports for thing in _reachable(transport))
    return list({id(thing): thing for thing in reachable if isinstance(thing, cls)}.values())


def find_hidden(transports: Iterable[object], base: type[object], pool_class: type) -> list[object]:
    """The transports of this class whose connections cannot be found, if they have any.

    Wrapped transports count too: a wrapper that chooses between two may hide only one of them.
    """
    ends = (pool_class, *_CONNECTIONLESS)
    return [
        transport
        for transport in find_instances(transports, base)
        if not any(isinstance(thing, ends) for thing in _reachable(transport))
    ]


def _reachable(transport: object) -> list[object]:
    """A transport, and everything that it leads to through its attributes."""
    seen: dict[int, object] = {}
    level = [transport]
    for _ in range(_MAX_DEPTH):
        new = {id(thing): thing for thing in level if id(thing) not in seen}
        seen.update(new)
        level = [part for thing in new.values() for part in _parts(thing)]
    return list(seen.values())


def _parts(thing: Any) -> list[object]:
    """The values in which a wrapper may keep a transport; of a container at most 100, more than a person would list."""
    if isinstance(thing, _WRAPPERS):
        slots = [slot for cls in type(thing).__mro__ for slot in getattr(cls, "__slots__", ())]
        return [*vars(thing).values(), *(getattr(thing, slot, None) for slot in slots)]
    if issubclass(thing.__class__, dict):
        thing = thing.values()
    return list(islice(thing, 100)) if issubclass(thing.__class__, (list, tuple, ValuesView)) else []


def is_owned_elsewhere(hidden: Iterable[object], owner: object) -> bool:
    """Whether one of these transports was used in another process or event loop than this one."""
    return any(vars(transport).get("_omni_owner", owner) != owner for transport in hidden)


def claim_hidden(hidden: Iterable[object], owner: object) -> None:
    """Let these transports, whose connections cannot be dropped, be used by this owner only, in whatever client.

    Raises UsageError if one was used elsewhere.
    """
    if is_owned_elsewhere(hidden, owner):
        raise UsageError(
            "This transport hides its connections, so that they cannot be told from those of another process or event"
            " loop: give transport= a function that wraps the transport it is given, or create a transport for each."
        )
    for transport in hidden:
        vars(transport)["_omni_owner"] = owner


def take_over(client: Any, owner: tuple[int, object], runtime: Any) -> None:
    """Drop the connections that a client has in another process or event loop, and let it be used by this owner.

    Raises UsageError if that is impossible: the other loop still runs, or a transport hides its connections.
    """
    with fork_lock:  # which also keeps other threads out
        previous = client._owner
        if owner == previous:
            return
        if previous is not None:
            runtime.check_previous_owner(previous, client._thread)
        claim_hidden(client._hidden, owner)
        abandon_connections(client._pools, is_child=previous is not None and previous[0] != owner[0])
        client._owner, client._thread = owner, get_ident()


def abandon_connections(pools: Iterable[Any], *, is_child: bool) -> None:
    """Drop connections without telling the other side: they belong to a parent process or a past event loop.

    In a child these are all of them, with the lock and the queue of the parent's other threads, which do not run here.
    """
    for pool in pools:
        pool._connections = [connection for connection in pool._connections if not (is_child or connection.is_idle())]
        if is_child:
            pool._requests = [request for request in pool._requests if not request.is_queued()]
            pool._optional_thread_lock = type(pool._optional_thread_lock)()


def guard_pools(client: Any, runtime: Any, *, known: Iterable[Any] = ()) -> list[Any]:
    """The pools of a client that are not known yet, made to keep to the deadline and to reject trailing data.

    A wrapper may hide them later on, so the client keeps the list.
    """
    transports = (client._transport, *client._mounts.values())
    pools = [pool for pool in find_instances(transports, runtime.pool_class) if pool not in known]
    runtime.install_backends(pools)
    reject_trailing_data(pools)
    return pools


def reject_trailing_data(pools: Iterable[Any]) -> None:
    """Use no connection again that brought more than its response: h11 would take the rest for the next one."""
    for pool in pools:
        if getattr(pool.create_connection, "func", None) is not _guarded:  # clients may share a transport
            pool.create_connection = functools.partial(_guarded, pool.create_connection)


def _guarded(create: Callable[[Any], Any], origin: Any) -> Any:
    """A connection that has also expired if data waits in it."""
    connection = create(origin)
    has_expired, is_idle = connection.has_expired, connection.is_idle
    # is_idle again at the end: meanwhile another thread may have begun to use it, and its response may have come.
    connection.has_expired = lambda: is_idle() and (has_expired() or _has_trailing_data(connection)) and is_idle()
    return connection


def _has_trailing_data(connection: Any) -> bool:
    """Whether bytes wait in any layer above the socket; httpcore itself checks the socket."""
    inner = connection
    while hasattr(inner, "_connection"):  # inside those of proxies
        inner = inner._connection
    if hasattr(inner, "_h2_state"):
        return False  # each frame of HTTP/2 names its request
    try:
        return inner._h11_state.trailing_data[0] != b"" or _is_data_waiting(inner._network_stream)
    except (AttributeError, KeyError):  # unknown layers, so nobody can tell
        return True


def _is_data_waiting(stream: Any) -> bool:
    while stream is not None:
        count_bytes, below = _LAYERS[_full_name(stream.__class__)]
        if count_bytes(stream):
            return True
        stream = getattr(stream, below) if below else None
    return False


@functools.cache
def _full_name(cls: type) -> str:
    """The class's full name, built once: the pool checks each idle connection before each call."""
    return f"{cls.__module__}.{cls.__qualname__}"


def _in_socket(stream: Any) -> Any:
    """Blocking TLS: OpenSSL takes one record from the socket at a time, and keeps what was not asked for."""
    return stream._sock.pending() if isinstance(stream._sock, ssl.SSLSocket) else 0


def _in_tls(stream: Any) -> Any:
    return stream._ssl_object.pending() or stream._read_bio.pending


def _nothing(stream: Any) -> Any:
    return 0


_LAYERS: dict[str, tuple[Callable[[Any], Any], str | None]] = {
    "omni._transport.sockets.deadline.GuardedStream": (_nothing, "_stream"),
    "omni._transport.sockets.deadline.TLSInTLSStream": (_in_tls, "_stream"),
    "httpcore._backends.sync.SyncStream": (_in_socket, None),
    "omni._transport.sockets.async_streams.AsyncSocketStream": (_nothing, None),
    "omni._transport.sockets.async_streams.AsyncTLSStream": (_in_tls, "_stream"),
}
"""For each class of stream, a function that counts the bytes waiting in it, and the attribute of the stream below.

A connection with a stream that is not listed here, or whose attributes have moved, is not used again;
tests/clients/transport/test_trailing_data.py notices, since then no connection is.
"""
