"""The connections beneath httpx: which are left behind, and which are not used again.

httpx has no argument for either, so this file knows private names of httpcore; tests/faults fails if they move.
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


def wrap_transports(client: Any, wrap: Any, kind: type) -> None:
    """Let the caller's function wrap all transports of a client; UsageError if it returns no transport."""
    client._transport = _wrap_transport(wrap, client._transport, kind)
    for pattern, transport in client._mounts.items():
        if transport is not None:  # what NO_PROXY names goes through the first one
            client._mounts[pattern] = _wrap_transport(wrap, transport, kind)


def _wrap_transport(wrap: Any, transport: object, kind: type) -> object:
    wrapped = wrap(transport)
    if not isinstance(wrapped, kind):
        raise UsageError(
            f"The function given as transport= returned {type(wrapped).__name__}: return an httpx.{kind.__name__} that"
            " wraps the one it is given."
        )
    return wrapped


_CONNECTIONLESS = (httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)
_WRAPPERS = (httpx.BaseTransport, httpx.AsyncBaseTransport, httpx.Client, httpx.AsyncClient)
_DEPTH = 12
"""Of wrappers around wrappers, each with its containers."""


def find_pools(transports: Iterable[object], kind: type[P]) -> list[P]:
    """The pools of this kind that transports lead to, also through wrappers of any make."""
    found = {id(end): end for transport in transports for end in _within(transport) if isinstance(end, kind)}
    return list(found.values())


def find_hidden(transports: Iterable[object], kind: type, pool_class: type) -> list[object]:
    """The transports of this kind of which nobody can tell where their connections are, or that they have none.

    Looked for below wrappers too: one that chooses between two transports may hide only one of them.
    """
    ends = (pool_class, *_CONNECTIONLESS)
    below = {id(each): each for transport in transports for each in _within(transport) if isinstance(each, kind)}
    return [each for each in below.values() if not any(isinstance(end, ends) for end in _within(each))]


def _within(transport: object) -> list[object]:
    """A transport, and all that it leads to through its attributes."""
    seen: dict[int, object] = {}
    level = [transport]
    for _ in range(_DEPTH):
        new = {id(each): each for each in level if id(each) not in seen}
        seen.update(new)
        level = [part for each in new.values() for part in _parts(each)]
    return list(seen.values())


def _parts(thing: Any) -> list[object]:
    """What a wrapper may keep a transport in; containers are looked into as far as a person would fill them."""
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
    """Let these transports, whose connections cannot be left behind, be used here only, by whatever client.

    Raises UsageError where one was used elsewhere.
    """
    if is_owned_elsewhere(hidden, owner):
        raise UsageError(
            "This transport hides its connections, so that they cannot be told from those of another process or event"
            " loop: give transport= a function that wraps the transport it is given, or make a transport for each."
        )
    for transport in hidden:
        vars(transport)["_omni_owner"] = owner


def take_over(client: Any, owner: tuple[int, object], runtime: Any) -> None:
    """Leave behind what a client has in another process or event loop, and let it be used here.

    Raises UsageError where that cannot be done: the other loop goes on, or a transport hides what it has.
    """
    with fork_lock:  # nor may another thread go on
        past = client._owner
        if owner == past:
            return
        if past is not None:
            runtime.check_previous_owner(past, client._thread)
        claim_hidden(client._hidden, owner)
        abandon_connections(client._pools, is_child=past is not None and past[0] != owner[0])
        client._owner, client._thread = owner, get_ident()


def abandon_connections(pools: Iterable[Any], *, is_child: bool) -> None:
    """Drop connections without a word to the other side: they belong to a parent process or a past event loop.

    In a child, that is all of them, with the lock and what is queued by the parent's other threads, which are not here.
    """
    for pool in pools:
        pool._connections = [each for each in pool._connections if not (is_child or each.is_idle())]
        if is_child:
            pool._requests = [each for each in pool._requests if not each.is_queued()]
            pool._optional_thread_lock = type(pool._optional_thread_lock)()


def guard_pools(client: Any, runtime: Any, *, known: Iterable[Any] = ()) -> list[Any]:
    """The pools of a client that are not known yet, after they were made to mind the budget and to distrust leftovers.

    A wrapper may hide them later on, so the client keeps the list.
    """
    found = find_pools((client._transport, *client._mounts.values()), runtime.pool_class)
    pools = [pool for pool in found if pool not in known]
    runtime.install_backends(pools)
    reject_trailing_data(pools)
    return pools


def reject_trailing_data(pools: Iterable[Any]) -> None:
    """Let no connection be used again that brought more than its answer: the rest would be taken for the next one."""
    for pool in pools:
        if getattr(pool.create_connection, "func", None) is not _guarded:  # clients may share a transport
            pool.create_connection = functools.partial(_guarded, pool.create_connection)


def _guarded(create: Callable[[Any], Any], origin: Any) -> Any:
    """A connection with one more reason to close it: the pool asks ``has_expired`` before it uses one again."""
    connection = create(origin)
    has_expired, is_idle = connection.has_expired, connection.is_idle
    # Asked again at the end, since another thread may have begun to use it and its response come in meanwhile.
    connection.has_expired = lambda: is_idle() and (has_expired() or _has_trailing_data(connection)) and is_idle()
    return connection


def _has_trailing_data(connection: Any) -> bool:
    """Whether bytes wait in any layer; what is still in the socket, httpcore looks after."""
    inner = connection
    while hasattr(inner, "_connection"):  # inside those of proxies
        inner = inner._connection
    if hasattr(inner, "_h2_state"):
        return False  # the frames of HTTP/2 say which request they belong to
    try:
        return inner._h11_state.trailing_data[0] != b"" or _is_waiting(inner._network_stream)
    except (AttributeError, KeyError):  # not the layers that we know, so nobody can tell
        return True


def _is_waiting(stream: Any) -> bool:
    while stream is not None:
        count_bytes, beneath = _LAYERS[_full_name(stream.__class__)]
        if count_bytes(stream):
            return True
        stream = getattr(stream, beneath) if beneath else None
    return False


@functools.cache
def _full_name(kind: type) -> str:
    """The pool asks each idle connection before each call, so the name is put together once."""
    return f"{kind.__module__}.{kind.__qualname__}"


def _in_socket(stream: Any) -> Any:
    """Blocking TLS: OpenSSL takes one record from the socket at a time, and keeps what was not asked for."""
    return stream._sock.pending() if isinstance(stream._sock, ssl.SSLSocket) else 0


def _in_tls(stream: Any) -> Any:
    return stream._ssl_object.pending() or stream._read_bio.pending


def _in_trio_tls(stream: Any) -> Any:
    return stream.pending() or stream._incoming.pending


def _in_asyncio(stream: Any) -> Any:
    """What came before anyio stopped reading, and on Windows what the system had begun to read by then."""
    return len(stream._protocol.read_queue) or getattr(stream._transport, "_pending_data_length", -1) >= 0


def _nothing(stream: Any) -> Any:
    return 0


_LAYERS: dict[str, tuple[Callable[[Any], Any], str | None]] = {
    "omni._transport.deadline._Stream": (_nothing, "_stream"),
    "omni._transport.deadline._TLSInTLS": (_in_tls, "_stream"),
    "httpcore._backends.sync.SyncStream": (_in_socket, None),
    "httpcore._backends.anyio.AnyIOStream": (_nothing, "_stream"),
    "httpcore._backends.trio.TrioStream": (_nothing, "_stream"),
    "anyio.streams.tls.TLSStream": (_in_tls, "transport_stream"),
    "anyio._backends._asyncio.SocketStream": (_in_asyncio, None),
    "anyio._backends._asyncio.UNIXSocketStream": (_nothing, None),
    "anyio._backends._trio.SocketStream": (_nothing, None),
    "trio.SSLStream": (_in_trio_tls, "transport_stream"),
    "trio.SocketStream": (_nothing, None),
}
"""The streams that a connection is made of: how many bytes wait in one, and the name of the one beneath.

Looked at, never read: in blocking code another thread may be about to use the connection. A kind that is not here, a
name that has moved: the connection is not used again. tests/clients/test_leftovers.py notices, since none is then.
"""
