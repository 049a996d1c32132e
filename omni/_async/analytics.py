"""Analytics: figures over all leads of the workspace."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omni._async.client import AsyncClient


class AsyncAnalytics:
    """What can be asked of analytics; reached as ``client.analytics``."""

    def __init__(self, client: "AsyncClient") -> None:
        self._client = client
