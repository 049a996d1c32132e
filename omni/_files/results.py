"""The outcome of each file of an upload or a download.

Rule of this file: file names may be personal data, and no rendering shows them; ``dir()`` leaves them out too.
"""

from pathlib import Path
from typing import Literal

from omni._views.checklists import Document
from omni._views.results import Result
from omni._views.uploads import UploadedDocument
from omni.errors import OmniError, UploadOutcome


class UploadResult(Result):
    """The outcome of one file of an upload. Its ``repr`` shows the outcome and ids, never the file name."""

    __slots__ = {  # noqa: RUF023 - in the order of the arguments
        "filename": "The name it was sent under; ``metadata`` may have given it another one.",
        "outcome": "An ``unknown`` one may or may not be stored: look for it before you upload it again.",
        "document": "The stored one; None if nothing was stored or the response does not tell which document it is.",
        "action_log_id": "The id of an action log of the request.",
    }
    filename: str
    outcome: UploadOutcome
    document: UploadedDocument | None
    action_log_id: str | None

    def __init__(
        self,
        filename: str,
        outcome: UploadOutcome,
        document: UploadedDocument | None = None,
        action_log_id: str | None = None,
    ) -> None:
        self._set(filename, outcome, document, action_log_id)

    def __repr__(self) -> str:
        return f"UploadResult(outcome={self.outcome!r}, document={self.document!r})"


class DownloadedFile(Result):
    """A document whose file is in the folder. Its ``repr`` shows ids, never the file name."""

    __slots__ = {
        "document": "The document as it was listed.",
        "path": "The path of its file.",
        "skipped": "Whether the file was there already.",
    }
    __match_args__ = ("document", "path", "skipped")
    document: Document
    path: Path
    skipped: bool
    error: None = None

    def __init__(self, document: Document, path: Path, skipped: bool = False) -> None:
        self._set(document, path, skipped)

    def __repr__(self) -> str:
        return f"DownloadedFile(document={self.document!r}, skipped={self.skipped})"


class FailedDownload(Result):
    """A document whose file could not be downloaded. Its ``repr`` shows ids and the type of the error."""

    __slots__ = {"document": "The document as it was listed.", "error": "Why it failed."}
    __match_args__ = ("document", "error")
    document: Document
    error: OmniError
    path: None = None
    skipped: Literal[False] = False

    def __init__(self, document: Document, error: OmniError) -> None:
        self._set(document, error)

    def __repr__(self) -> str:
        return f"FailedDownload(document={self.document!r}, error={type(self.error).__name__})"


DownloadResult = DownloadedFile | FailedDownload
"""The outcome of one document of ``download_all``: ``result.error is None`` tells type checkers that it has a path."""
