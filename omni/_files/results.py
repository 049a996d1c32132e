"""The outcome of each file of an upload or a download, and of each lead of many.

Rule of this file: file names may be personal data, and no rendering shows them. So these are no dataclasses: rich,
pytest and others print the fields of those, and ``dir()`` leaves the names out.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NoReturn, dataclass_transform

from omni._views.checklists import Document
from omni._views.leads import Lead
from omni._views.uploads import UploadedDocument
from omni.errors import OmniError, UploadOutcome


@dataclass_transform(frozen_default=True)  # for type checkers: attributes are read-only
class _Result:
    """A read-only value: compared, hashed, copied and pickled by the attributes in ``__slots__``."""

    __slots__: Iterable[str] = ()

    def _set(self, *values: object) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A {type(self).__name__} cannot be changed.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return self.__reduce__() == other.__reduce__() if isinstance(other, _Result) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.__reduce__())

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in {"filename", "path"}]


class UploadResult(_Result):
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


class DownloadedFile(_Result):
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


class FailedDownload(_Result):
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


class FetchedLead(_Result):
    """A lead of ``iter_many`` that was read. Its ``repr`` shows what that of a lead does."""

    __slots__ = {"lead_id": "The id as it was given.", "lead": "The lead."}  # noqa: RUF023 - in the order of the arguments
    __match_args__ = ("lead_id", "lead")
    lead_id: str
    lead: Lead
    error: None = None

    def __init__(self, lead_id: str, lead: Lead) -> None:
        self._set(lead_id, lead)

    def __repr__(self) -> str:
        return f"FetchedLead(lead={self.lead!r})"


class FailedLead(_Result):
    """A lead of ``iter_many`` that could not be read. Its ``repr`` shows the type of the error, not what was given."""

    __slots__ = {"lead_id": "The id as it was given.", "error": "Why it failed."}  # noqa: RUF023
    __match_args__ = ("lead_id", "error")
    lead_id: str
    error: OmniError
    lead: None = None

    def __init__(self, lead_id: str, error: OmniError) -> None:
        self._set(lead_id, error)

    def __repr__(self) -> str:
        return f"FailedLead(error={type(self.error).__name__})"


LeadResult = FetchedLead | FailedLead
"""The outcome of one id of ``iter_many``: ``result.error is None`` tells type checkers that it has a lead."""
