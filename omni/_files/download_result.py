"""What became of a document that was to be downloaded.

Type checkers see two classes, so that ``result.error is None`` tells them that there is a path: pyright narrows by
declared attributes, and not by properties. In fact it is one class, and no dataclass: rich, pytest and others print the
fields of those, and a path has the name of a file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from omni._views.checklists import Document
from omni.errors import OmniError

if TYPE_CHECKING:

    @dataclass(frozen=True)
    class Downloaded:
        document: Document
        path: Path
        error: None
        skipped: bool

    @dataclass(frozen=True)
    class NotDownloaded:
        document: Document
        path: None
        error: OmniError
        skipped: Literal[False]

    DownloadResult = Downloaded | NotDownloaded

else:

    class DownloadResult:
        """What became of one document: there is a path or an error."""

        __slots__ = {  # noqa: RUF023 - in the order of the arguments
            "document": "The document as it was listed.",
            "path": "Its file; None if it failed.",
            "error": "Why it failed; None if its file is there.",
            "skipped": "Whether its file was there already.",
        }
        __match_args__ = tuple(__slots__)

        def __init__(self, document: Document, path: Path | None, error: OmniError | None, skipped: bool) -> None:
            for name, value in zip(self.__slots__, (document, path, error, skipped), strict=True):
                object.__setattr__(self, name, value)

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise AttributeError("The result of a download cannot be changed.")

        def __reduce__(self) -> tuple[Any, ...]:
            return DownloadResult, tuple(getattr(self, name) for name in self.__slots__)

        def __eq__(self, other: object) -> bool:
            return self.__reduce__() == other.__reduce__() if type(other) is DownloadResult else NotImplemented

        def __hash__(self) -> int:
            return hash(self.__reduce__())

        def __repr__(self) -> str:
            state = type(self.error).__name__ if self.error else "skipped" if self.skipped else "saved"
            return f"DownloadResult(document={self.document!r}, state={state!r})"

        def __dir__(self) -> list[str]:
            # As with views: what prints all that it finds by dir() finds no name; consoles ask the class too.
            return [name for name in super().__dir__() if name != "path"]

    Downloaded = NotDownloaded = DownloadResult
