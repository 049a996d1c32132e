"""What differs between async and blocking code: pausing, deadlines, connection pools and who may use them."""

import os
import threading
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import httpcore
import httpx

from omni._fork_safety import fork_lock
from omni._transport.call import NO_LIMIT
from omni._transport.sockets.deadline import GuardedBackend, limit_time
from omni.errors import UsageError

Owner = tuple[int, object]
"""Where a connection can be used: a process id, and the token of an event loop or None."""


class AsyncRuntime:
    """The runtime of async code. anyio is imported in functions, since blocking programs do without."""

    pool_limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    """httpx's own: httpcore checks each idle connection before each call, which takes long here."""

    pool_class = httpcore.AsyncConnectionPool

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Wait."""
        import anyio

        await anyio.sleep(seconds)

    @staticmethod
    def deadline(seconds: float) -> AbstractContextManager[object]:
        """Cancel the block after so many seconds and raise TimeoutError."""
        import anyio

        # A scope for each chunk of a file slows a download by a tenth; without a limit, none is needed.
        return anyio.fail_after(seconds) if seconds < NO_LIMIT / 2 else nullcontext()

    @staticmethod
    def install_backends(pools: Iterable[Any]) -> None:
        """Make these pools connect in any event loop, close cancelled handshakes and raise httpcore's errors only."""
        with fork_lock:
            from omni._transport.sockets.async_backend import AsyncGuardedBackend
        for pool in pools:
            if not isinstance(pool._network_backend, AsyncGuardedBackend):
                pool._network_backend = AsyncGuardedBackend(pool._network_backend)

    @staticmethod
    def owner() -> Owner:
        """Where connections that are made now can be used again: in this process and event loop."""
        from anyio.lowlevel import current_token

        return os.getpid(), current_token()

    @staticmethod
    def check_previous_owner(owner: Owner, thread: int) -> None:
        """Raise UsageError if the event loop that ran in this thread still runs, so that its connections are in use."""
        if owner[0] == os.getpid() and thread != threading.get_ident() and _is_running(owner[1]):
            raise UsageError(
                "This client is in use in an event loop of another thread: create a client for each event loop."
            )


def _is_running(token: object) -> bool:
    """Whether an event loop still runs, of asyncio or of trio."""
    loop: Any = getattr(token, "native_token", token)  # anyio wraps it since 4.11
    if hasattr(loop, "is_running"):
        return bool(loop.is_running())
    try:
        loop.run_sync_soon(int)  # which does nothing, in a loop that runs
    except RuntimeError:  # trio.RunFinishedError
        return False
    return True


class Runtime:
    """The runtime of blocking code."""

    pool_limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    """Every connection is kept: where fewer are, httpcore 1.0 closes one that it has just handed to another thread
    (encode/httpcore#1110), which for a write would be an unknown outcome."""

    pool_class = httpcore.ConnectionPool

    sleep = staticmethod(time.sleep)

    deadline = staticmethod(limit_time)

    @staticmethod
    def install_backends(pools: Iterable[Any]) -> None:
        """Make the sockets of these pools keep to the deadline.

        httpx has no argument for a network backend, and a transport of our own would cost users the proxies of their
        environment (httpx ignores them if ``transport=`` is given), so the backend is replaced afterwards.
        """
        for pool in pools:
            if not isinstance(pool._network_backend, GuardedBackend):
                pool._network_backend = GuardedBackend(pool._network_backend)

    @staticmethod
    def owner() -> Owner:
        """Where connections that are made now can be used again: in this process."""
        return os.getpid(), None

    @staticmethod
    def check_previous_owner(owner: Owner, thread: int) -> None:
        """Nothing to check: a process has no event loops here, and its threads share connections."""
