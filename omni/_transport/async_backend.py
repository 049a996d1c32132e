"""Connections of the async client: for the running event loop, closed if cancelled, with httpcore's errors only."""

import functools
import weakref
from collections.abc import Coroutine, Iterable
from typing import Any

import anyio
import httpcore

from omni._transport.network_options import SharedContext


class AsyncGuardedBackend(httpcore.AsyncNetworkBackend):
    """A network backend for any event loop, whose failures are all errors of httpcore."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await _finish(self._current().connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        return await _finish(self._current().connect_unix_socket(path, timeout, socket_options))

    def _current(self) -> httpcore.AsyncNetworkBackend:
        """A backend for this event loop: httpcore's own stays with the library, asyncio or trio, that it met first."""
        cls = type(self._backend)
        return cls() if cls.__name__ == "AutoBackend" else self._backend


async def _finish(connecting: Coroutine[Any, Any, httpcore.AsyncNetworkStream]) -> httpcore.AsyncNetworkStream:
    """The connection, or an error of httpcore: also for an impossible port, or if no thread can do the name lookup."""
    try:
        return _close_if_cancelled(await connecting)
    except (httpcore.NetworkError, httpcore.TimeoutException):
        raise
    except Exception as error:
        failure = httpcore.ConnectError(str(error) or type(error).__name__)
    raise failure


def _close_if_cancelled(stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
    """Let a TLS handshake that is cancelled close its connection: httpcore does so for exceptions only."""
    # By a weak reference, since a stream that refers to itself is freed late.
    vars(stream)["start_tls"] = functools.partial(_start_tls, weakref.ref(stream))
    return stream


async def _start_tls(
    stream: "weakref.ref[httpcore.AsyncNetworkStream]", *arguments: Any, **options: Any
) -> httpcore.AsyncNetworkStream:
    plain = stream()
    assert plain is not None  # httpcore holds it while it waits
    context = options.get("ssl_context")
    if isinstance(context, SharedContext):  # anyio would wrap a context of another class in a thread
        options["ssl_context"] = context.loaded
    try:
        return _close_if_cancelled(await type(plain).start_tls(plain, *arguments, **options))
    except BaseException:
        with anyio.CancelScope(shield=True):  # which closes at once and does not wait for the other side
            await plain.aclose()
        raise
