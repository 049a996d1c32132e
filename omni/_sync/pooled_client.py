# Derived from omni/_async/pooled_client.py by tools/unasync.py, do not edit.
"""An httpx client that knows which process and event loop use its connections, and that copies can share."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn, Self

import httpx

from omni._fork_safety import fork_lock
from omni._transport.logging import install_log_filter
from omni._transport.network_options import network_options
from omni._transport.request_checks import check_transport, refuse_copy
from omni._transport.runtime import Runtime, Owner
from omni._transport.sockets.connection_pool import (
    Transport,
    find_hidden,
    guard_pools,
    is_owned_elsewhere,
    take_over,
    wrap_transports,
)
from omni.errors import UsageError


class PooledClient(httpx.Client):
    """An ``httpx.Client`` whose connections are safe after forks and in other event loops."""

    _networks: Mapping[Any, None] = MappingProxyType({})  # URL patterns from NO_PROXY

    def __init__(self, *, transport: Transport | None, network: Mapping[str, Any], **options: Any) -> None:
        check_transport(transport, httpx.BaseTransport)
        own = transport if isinstance(transport, httpx.BaseTransport) else None
        try:
            settings = {
                "limits": Runtime.pool_limits,
                **network_options(**network, is_own_transport=own is not None),
            }
            super().__init__(transport=own, **settings, **options)
        except UsageError:
            raise
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            with fork_lock:
                from omni._transport.environment import environment_error
            raise environment_error(error) from None  # the original may show a proxy's password
        mounts: Any = {**self._networks, **self._mounts}  # networks first: httpx takes the first match
        self._mounts = mounts
        self._root = self  # the client that has the pool
        self._owner: Owner | None = None
        self._thread = 0  # the thread in which its owner runs
        self._is_entered = self._is_closed = False
        self._owns_pools = own is None
        transports = (self._transport, *self._mounts.values())
        self._hidden = find_hidden(transports, httpx.BaseTransport, Runtime.pool_class)
        install_log_filter()
        self._pools = guard_pools(self, Runtime)
        if transport is not None and own is None:
            wrap_transports(self, transport, httpx.BaseTransport)
            self._pools += guard_pools(self, Runtime, known=self._pools)

    def _get_proxy_map(self, proxy: Any, allow_env_proxies: bool) -> dict[str, Any]:
        """The proxies of the environment, without the networks that httpx cannot read; overrides a private method."""
        routes = super()._get_proxy_map(proxy, allow_env_proxies)
        if routes or (allow_env_proxies and "SSL_CERT_DIR" in os.environ):
            with fork_lock:
                from omni._transport.environment import check_routes
            self._networks, routes = check_routes(routes)
        return routes

    @property
    def is_closed(self) -> bool:
        """Whether the client, or the one that it is a copy of, is closed."""
        return self._root._is_closed

    def _drop_stale_connections(self) -> None:
        """Abandon connections of another process or event loop: a response on them could belong to another request.

        Raises UsageError if that is impossible: the other loop still runs, or a transport hides its connections.
        """
        owner = Runtime.owner()
        if owner != self._root._owner:
            take_over(self._root, owner, Runtime)

    def close(self) -> None:
        """Close the connections; those of a client that this one is a copy of stay open."""
        if self._mark_closed():
            super().close()
            self._close_pools()

    def _mark_closed(self) -> bool:
        """Mark the client as closed; whether its connections are to be closed: not in a copy or for another owner."""
        if self._root is not self:
            return False
        is_elsewhere = self._owner is not None and is_owned_elsewhere(self._hidden, Runtime.owner())
        if self._owner is not None and not is_elsewhere:
            self._drop_stale_connections()
        self._is_closed = True
        return not is_elsewhere

    def __reduce__(self) -> NoReturn:
        refuse_copy()

    def __enter__(self) -> Self:
        """Enter the transports once, as httpx does; a copy leaves that to the original."""
        if self._root._is_closed:
            raise closed_error()
        if self._root is self and not self._is_entered:
            self._is_entered = True
            for transport in (self._transport, *self._mounts.values()):
                if transport is not None:
                    transport.__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        if self._mark_closed():
            is_entered, self._is_entered = self._is_entered, False
            (super().__exit__(*exc_info) if is_entered else super().close())
            self._close_pools()

    def _close_pools(self) -> None:
        for pool in self._pools if self._owns_pools else ():  # a wrapper may not close them
            pool.close()


def closed_error() -> UsageError:
    """The error of every use after closing."""
    return UsageError("This client is closed: create a new one, or keep it open for as long as it is used.")
