# Derived from omni/_async/documents.py by tools/unasync.py, do not edit.
"""Documents: the files of the leads, downloaded and uploaded."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omni._sync import downloads, uploads
from omni._sync.session import Session
from omni._files.download import MAX_FILE_SIZE, Progress, SaveOptions
from omni._files.file_input import FileInputs
from omni._files.results import DownloadResult, UploadResult
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
        """One document with a new link; with ``include_content``, its ``content`` too, all in memory.

        Raises NotFoundError if the workspace of the key has no such document. Source: the page Get Document.
        """
        # Left out unless it is wanted: the parameter is younger than the page.
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
        """Download a document, or the one with this id, to a path, or under its own name to a folder; return the path.

        The file is written under a temporary name and renamed when it is complete. An interrupted download resumes if
        the file host supports ranges, and an expired link is renewed. The API key is not sent to the file host. The
        client's timeout limits each wait, not the whole download, and its attempts those in a row without progress. The
        length is checked against what the file host says, not against ``Document.size``. The document's name is made
        safe: no path, and no name that a system reserves. ``progress`` is called with the bytes so far and in all, or
        None if that is not known; it goes back where the file has to be started again.

        ``to`` is resolved once, at the start. ``overwrite`` replaces regular files only; of a link to a file it
        replaces the link. Only the owner can read an incomplete file. A new file gets the usual permissions (umask), a
        replaced one keeps those it had, less what ``mode``, such as 0o600, leaves out.

        Raises UsageError if the folder does not exist, or the file exists without ``overwrite``; NotFoundError;
        APIStatusError if the file host refuses; InvalidResponseError for a file of more than ``max_bytes`` (10 GiB by
        default, ``float("inf")`` for no limit) and for an http link of an https API; APIConnectionError; and OmniError
        if the disk refuses. A file of the same name that appears meanwhile is not replaced, except perhaps on a system
        without hard links. A killed process leaves a hidden ``.omni-….part``, which can be deleted. Source: the page
        Get Document.
        """
        options = SaveOptions(overwrite, mode, max_bytes)
        return downloads.download_document(self._session, document, to, options, progress)

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

        The folder is created if the one above it exists. A file ``.omni-manifest.json`` in it says which document is in
        which file, with its size and SHA-256, so that a second run downloads only what is missing and keeps the names.
        A file without a noted digest, as after a kill, is downloaded again and compared; a changed file is an error.
        Names that are taken get a number; ``overwrite`` downloads all again and replaces files. ``mode`` and
        ``max_bytes`` are those of ``download``, for each file. One failure does not stop the others: the result has the
        ``error``, one of those of ``download``. ``progress`` is called with the document first; in the blocking client
        from several threads, each with a copy of the caller's context variables.

        Raises UsageError for an unusable folder or a damaged manifest, and what ``client.leads.get`` raises if an id is
        given. Two runs in one folder at the same time may download files twice.
        """
        options = SaveOptions(overwrite, mode, max_bytes)
        return downloads.download_documents(self._session, lead, to, concurrency, options, progress)

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

        A file is a path, an open file, or a tuple of a name, bytes or an open file and, as in httpx, the media type,
        else guessed from the name. Files of web forms (``UploadFile``, ``FileStorage``, those of Django) are sent under
        their ``filename``, with the browser's media type unless that says nothing. An open file is sent from its start,
        stays open and goes back to its position. Real files and ``BytesIO`` may be read, and sent by other calls, at
        the same time; a file that can only seek and read is refused while another upload has it. All are checked before
        anything is sent: 1 byte to 100 MB each. Give a list, not a mapping or a set: results have its order.

        ``checklist_item`` is the lead's own entry, or its id (not ``definition_id``). ``metadata`` has a dict or None
        for each file, with your ``external_id`` and a ``name`` to store it under. Names lose paths and invisible
        characters. ``progress`` is called with the bytes sent and those of all files; it goes back where a request is
        sent again. The client's timeout limits each wait, not the whole upload.

        If a request fails, no other is sent, and the error's ``results`` has the outcome of each file. One that is
        ``unknown`` (OutcomeUnknownError, InvalidResponseError) may be stored: look for its name and size in
        ``client.leads.documents(lead_id)`` before you upload it again. Raises UsageError for files that cannot be sent.
        Source: the page Upload Document.
        """
        fields = {"leadId": checked_id("lead_id", lead_id)}
        if checklist_item is not None:
            item_id = checklist_item.id if isinstance(checklist_item, ChecklistItem) else checklist_item
            fields["leadChecklistItemId"] = checked_id("checklist_item", item_id)
        return uploads.upload_files(self._session, files, fields, metadata, progress)
