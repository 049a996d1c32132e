"""The generated client over the connections of ours, with its retries, deadline and key, and never without them."""

from typing import Any, NoReturn

import httpx
from omni_client import AuthenticatedClient

from omni.errors import UsageError


class RawClient(AuthenticatedClient):
    """A generated client that creates no httpx client of its own, and does not change the one that it was given.

    The generated class would create httpx clients without key, retries and deadline: for the other kind of I/O, and for
    the copies that its ``with_*`` methods return, after they changed the original.
    """

    def get_httpx_client(self) -> httpx.Client:
        """Get the blocking client; UsageError if there is none."""
        return self._client or _refuse()

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Get the async client; UsageError if there is none."""
        return self._async_client or _refuse()

    def _refuse_change(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise UsageError."""
        _refuse()

    with_headers = with_cookies = with_timeout = _refuse_change


def _refuse() -> NoReturn:
    raise UsageError(
        "This raw client cannot do that: use omni.Client for blocking calls and omni.AsyncClient for async ones. Give"
        " headers to the client (headers=…) or to client.http, and a timeout to client.with_options()."
    )
