# Derived from omni/_async/leads.py by tools/unasync.py, do not edit.
"""Leads: the people whose information and documents are collected."""

from typing import TYPE_CHECKING

from omni import _endpoint
from omni.leads import Lead

if TYPE_CHECKING:
    from omni._sync.client import Client


class Leads:
    """What can be done with leads; reached as ``client.leads``."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(self, lead_id: str) -> Lead:
        """One lead with its checklist, documents, the last 100 action logs, matching leads and what comes next.

        Raises NotFoundError if the workspace of the key has no such lead, AuthenticationError if the key is wrong,
        APITimeoutError or APIConnectionError if no complete answer came. Source: the page Get Lead.
        """
        return self._client.call(_endpoint.GET_LEAD, lead_id=lead_id)
