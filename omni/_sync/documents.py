# Derived from omni/_async/documents.py by tools/unasync.py, do not edit.
"""Documents: the files of the leads, fetched and uploaded."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omni._sync import downloads, uploads
from omni._sync.session import Session
from omni._files.download import MAX_FILE_SIZE, DownloadResult, Progress, SaveOptions
from omni._files.file_input import FileInputs
from omni._files.upload import UploadResult
from omni._operations import registry
from omni._operations.ids import checked_id
from omni._traceback_scrubbing import scrub_public_methods
from omni._views.checklists import ChecklistItem, Document
from omni._views.leads import Lead


@scrub_public_methods
class Documents:
    """What can be done with documents; reached as ``client.documents``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, document_id: str, *, include_content: bool = False) -> Document:
        """One document with a fresh link; with ``include_content``, its ``content`` too, all in memory.

        Raises NotFoundError if the workspace of the key has no such document. Source: the page Get Document.
        """
        # Left out where it is not wanted: the parameter is younger than the page.
        content: dict[str, Any] = {"include_content": True} if include_content else {}
        return self._session.call(registry.GET_DOCUMENT, document_id=document_id, **content)

    def download(
        self,
        document: Document | str,
        *,
        to: str | os.PathLike[str],
        overwrite: bool = False,
        mode: int | None = None,
        max_bytes: float = MAX_FILE_SIZE,
        progress: Progress | None = None,
    ) -> Path:
        """Download a document, or the one with this id, to a path or by its own name to a folder; the path it got.

        The file has its name when it is whole, and never before. A cut is gone on with where the file host allows it,
        and a link that is over is fetched anew. The API key is not sent to the file host. The client's timeout bounds
        each wait, not the whole, and its attempts those that bring nothing new. Its length is checked against what the
        file host says; ``Document.size`` is not. A name is made safe: no path, no name that a system reserves.
        ``progress`` is called with the bytes so far and with all, or None if that is not known; it goes back where the
        file has to be begun again.

        ``to`` is looked up once, at the start. ``overwrite`` replaces regular files alone; of a link to one it replaces
        the link, and the file it led to stays. Only its owner can read a file on its way; a new one then has the usual
        permissions (umask) and one that is replaced those it had, less what ``mode``, such as 0o600, leaves out.

        Raises UsageError if the folder does not exist, or the file does without ``overwrite``, NotFoundError,
        APIStatusError if the file host refuses, InvalidResponseError for a file of more than ``max_bytes`` (10 GiB if
        left out, ``float("inf")`` for no limit) and for an http link of an API that is https, APIConnectionError, and
        OmniError if the disk refuses. A file of the same name that comes meanwhile is not replaced, but on a system
        without hard links it may be. What a kill leaves behind is a hidden ``.omni-….part``: throw it away. Source: the
        page Get Document.
        """
        return downloads.one(self._session, document, to, SaveOptions(overwrite, mode, max_bytes), progress)

    def download_all(
        self,
        lead: Lead | str,
        *,
        to: str | os.PathLike[str],
        concurrency: int = 4,
        overwrite: bool = False,
        mode: int | None = None,
        max_bytes: float = MAX_FILE_SIZE,
        progress: Callable[[Document, int, int | None], object] | None = None,
    ) -> tuple[DownloadResult, ...]:
        """Download all documents of a lead, or of the one with this id, to a folder; a result for each document.

        The folder is made if the one above it exists. A file called ``.omni-manifest.json`` says in it which document
        is in which file, and what was in it, so that a second run fetches only what is missing, and names stay what
        they are. A file whose content was not noted, as after a kill, is fetched again and compared; one that was
        changed is an error. Names that are taken get a number; ``overwrite`` fetches all again and replaces files.
        ``mode`` and ``max_bytes`` are those of ``download``, for each file. One failure does not stop the others: its
        result has the ``error``, which is one of those of ``download``. ``progress`` is called with the document first;
        in the blocking client from several threads, each with a copy of the caller's context variables.

        Raises UsageError for a folder that cannot be, or a manifest that is damaged; and what ``client.leads.get``
        does if an id is given. Two runs in one folder at the same time may fetch files twice.
        """
        options = SaveOptions(overwrite, mode, max_bytes)
        return downloads.every(self._session, lead, to, concurrency, options, progress)

    def upload(
        self,
        lead_id: str,
        files: FileInputs,
        *,
        checklist_item: ChecklistItem | str | None = None,
        metadata: Sequence[Mapping[str, str] | None] | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> tuple[UploadResult, ...]:
        """Upload files for a lead, streamed, ten to a request; a result for each file, in their order.

        A file is a path, an open file, or a tuple of a name with bytes or an open file and, as in httpx, the media
        type, else told by the name. Files of web forms are sent under their ``filename``, with the type that the
        browser said if it says something: ``UploadFile``, ``FileStorage`` and those of Django. An open file is sent
        whole, stays open and goes back to where it was. Real files and ``BytesIO`` may be used, and sent by other
        calls, at the same time; what can only seek and read is refused while another upload has it. All are checked
        before anything is sent: 1 byte to 100 MB each. Give a list, not a mapping or a set: results have its order.

        ``checklist_item`` is the lead's own entry, or its id (not ``definition_id``). ``metadata`` has a dict for each
        file, or None, with your ``external_id`` and a ``name`` to store it under. Names lose paths and what cannot be
        seen. ``progress`` is called with the bytes that were sent and with those of all files; it goes back where a
        request is sent again. The client's timeout bounds each wait, not the whole.

        If a request fails, no other is sent, and its error has ``results``: what became of each file. One that is
        ``unknown`` there (OutcomeUnknownError, InvalidResponseError) may be stored: look for its name and size in
        ``client.leads.documents(lead_id)`` before it is uploaded again. Raises UsageError for files that cannot be
        sent. Source: the page Upload Document.
        """
        fields = {"leadId": checked_id("lead_id", lead_id)}
        if checklist_item is not None:
            item_id = checklist_item.id if isinstance(checklist_item, ChecklistItem) else checklist_item
            fields["leadChecklistItemId"] = checked_id("checklist_item", item_id)
        return uploads.upload_files(self._session, files, fields, metadata, progress)
