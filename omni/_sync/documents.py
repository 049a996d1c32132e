# Derived from omni/_async/documents.py by tools/unasync.py, do not edit.
"""Documents: the files of the leads, fetched and uploaded."""

from typing import TYPE_CHECKING

from omni import _endpoint
from omni.documents import Document

if TYPE_CHECKING:
    from omni._sync.client import Client


class Documents:
    """What can be done with documents; reached as ``client.documents``."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(self, document_id: str, *, include_content: bool = False) -> Document:
        """One document with a fresh link; with ``include_content``, its ``content`` too, all in memory.

        Raises NotFoundError if the workspace of the key has no such document. Source: the page Get Document.
        """
        # Left out where it is not wanted: the parameter is younger than the page.
        content = {"include_content": True} if include_content else {}
        return self._client.call(_endpoint.GET_DOCUMENT, document_id=document_id, **content)
