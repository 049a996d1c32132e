"""Documents: the files of the leads, fetched and uploaded."""

from typing import TYPE_CHECKING

from omni import _endpoint
from omni.documents import Document

if TYPE_CHECKING:
    from omni._async.client import AsyncClient


class AsyncDocuments:
    """What can be done with documents; reached as ``client.documents``."""

    def __init__(self, client: "AsyncClient") -> None:
        self._client = client

    async def get(self, document_id: str, *, include_content: bool = False) -> Document:
        """One document with a fresh link; with ``include_content``, its ``content`` too, all in memory.

        Raises NotFoundError if the workspace of the key has no such document. Source: the page Get Document.
        """
        # Left out where it is not wanted: the parameter is younger than the page.
        content = {"include_content": True} if include_content else {}
        return await self._client.call(_endpoint.GET_DOCUMENT, document_id=document_id, **content)
