# Derived from omni/_async/analytics.py by tools/unasync.py, do not edit.
"""Analytics: figures over all leads of the workspace."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omni._sync.client import Client


class Analytics:
    """What can be asked of analytics; reached as ``client.analytics``."""

    def __init__(self, client: "Client") -> None:
        self._client = client
