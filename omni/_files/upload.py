"""What an upload sends, checked before anything is sent, and what became of each file.

Rules of this file: no event loop, and nothing is sent. A file is sent whole, from its start to the end it had when it
was checked. Messages name a file by its position and never by its name, which may tell of a person.
"""

import inspect
import json
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from omni._files import file_content
from omni._files.file_content import Content, Reader
from omni._files.file_input import FileInput as FileInput, FileInputs as FileInputs, clean_name, take_apart
from omni._views.json_values import is_a
from omni._views.uploads import Upload, UploadedDocument
from omni.errors import (
    APIStatusError,
    InvalidResponseError,
    OmniError,
    OutcomeUnknownError,
    UploadOutcome as UploadOutcome,
    UsageError,
)

MAX_FILES = 10
"""In one request. Source: the page Upload Document."""

MAX_BYTES = 100 * 1000**2
"""In one file: "100 MB", in the reading that is within all others. Source: the page Upload Document."""


class UploadResult:
    """What became of one file. Its ``repr`` has the outcome and ids, and never the name."""

    __slots__ = ("_values",)  # and no fields, so that nothing that renders objects walks over the name

    def __init__(
        self,
        filename: str,
        outcome: UploadOutcome,
        document: UploadedDocument | None = None,
        action_log_id: str | None = None,
    ) -> None:
        self._values = (filename, outcome, document, action_log_id)

    @property
    def filename(self) -> str:
        """The name it was sent under; ``metadata`` may have given it another one."""
        return self._values[0]

    @property
    def outcome(self) -> UploadOutcome:
        """An ``unknown`` one may or may not be stored: look for it before it is uploaded again."""
        return self._values[1]

    @property
    def document(self) -> UploadedDocument | None:
        """What was stored; None if the answer does not tell which of its documents that is, or nothing was."""
        return self._values[2]

    @property
    def action_log_id(self) -> str | None:
        """The id of an action log of the request that it went with."""
        return self._values[3]

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, UploadResult) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        return f"UploadResult(outcome={self.outcome!r}, document={self.document!r})"

    def __dir__(self) -> list[str]:
        # As with views: what prints all that it finds by dir() finds no name; consoles ask the class too.
        return [name for name in super().__dir__() if name not in {"filename", "_values"}]


class Source:
    """A file to upload, checked."""

    def __init__(
        self, place: str, name: str, kind: str, content: Content, size: int, about: Mapping[str, str] | None
    ) -> None:
        self.place = place
        self.name = name
        self.kind = kind
        self.content = content
        self.size = size
        self.about = about

    def may_be(self, document: UploadedDocument) -> bool:
        """Whether nothing that the answer says of a document speaks against it."""
        about = self.about or {}
        return (
            document.filename == about.get("name", self.name)
            and document.size in (None, self.size)
            and document.external_id in (None, about.get("externalId"))
        )


class FilePart:
    """The bytes of one file as httpx reads them: exactly as many as were announced, or an error."""

    def __init__(self, source: Source, reader: Reader) -> None:
        self._source = source
        self._reader = reader
        self.sent = 0
        self.fault = ""
        """What went wrong with the file itself."""

    def tell(self) -> int:
        return self.sent

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to the start, or to the end, which is how httpx finds out the length."""
        self.sent = self._source.size if whence == os.SEEK_END else offset
        return self.sent

    def read(self, most: int) -> bytes:
        """The next bytes; httpx.ReadError if there are fewer than announced, or more, or none to be had."""
        left = self._source.size - self.sent
        try:
            chunk = self._reader.read(self.sent, min(most, left) or 1)  # at the end, a byte that should not be there
            fault = "changed its size" if len(chunk) > left or (left and not chunk) else ""
        except Exception as error:  # whatever the caller's file raises
            chunk, fault = b"", f"could not be read any more ({type(error).__name__})"
        if fault:
            self.fault = f"{self._source.place} {fault} while it was sent."
            raise httpx.ReadError(self.fault)
        self.sent += len(chunk)
        return chunk


class Form:
    """The body of one request, in place of the generated one, which would have each file in memory."""

    def __init__(self, fields: Mapping[str, str], sources: Sequence[Source], parts: Sequence[FilePart]) -> None:
        self.fields = fields
        self.sources = sources
        self.parts = parts
        self.fault = ""
        """Why it could not be read, where that lies in none of its files."""

    def faults(self) -> list[str]:
        """What went wrong while it was read."""
        return [fault for fault in (self.fault, *(part.fault for part in self.parts)) if fault]

    def to_multipart(self) -> list[tuple[str, Any]]:
        """The parts as httpx takes them."""
        fields = dict(self.fields)
        if self.sources[0].about is not None:
            fields["metadata"] = json.dumps([source.about for source in self.sources])
        files = [
            ("files", (source.name, part, source.kind)) for source, part in zip(self.sources, self.parts, strict=True)
        ]
        return [*((name, (None, value)) for name, value in fields.items()), *files]


def checked(files: Sequence[Any], metadata: Any, stack: ExitStack) -> tuple[Source, ...]:
    """The files, if each of them can be sent; UsageError names the first that cannot, by its position.

    As long as the stack is open, no other call may read those that can only seek and read.
    """
    pairs = enumerate(zip(files, _abouts(metadata, len(files)), strict=True))
    return tuple(_source(f"files[{index}]", *pair, stack) for index, pair in pairs)


def _source(place: str, given: Any, about: Mapping[str, str] | None, stack: ExitStack) -> Source:
    name, content, kind = take_apart(place, given)
    size = _measured(place, content, stack)
    if not size:
        raise UsageError(f"{place} is empty: leave it out.")
    if size > MAX_BYTES:
        raise UsageError(f"{place} has {size:,} bytes, and the API takes at most 100 MB a file: split or compress it.")
    return Source(place, name, kind, content, size, about)


def _measured(place: str, content: Content, stack: ExitStack | None = None) -> int:
    """How many bytes it has, if it can be sent; with a stack, it is claimed for as long as that is open."""
    try:
        if isinstance(content, str) and not stat.S_ISREG(os.stat(content).st_mode):  # noqa: PTH116 - as it was given
            raise UsageError(f"{place} is not a regular file but a folder, a pipe or a device: give files.")
        if inspect.iscoroutinefunction(getattr(content, "read", None)):
            raise UsageError(f"{place} has to be awaited: give a file that open() returns, or a path.")
        if stack and not file_content.claim(content, stack):
            raise UsageError(f"{place} is an open file that is being uploaded already: open it once for each upload.")
        with file_content.opened(content) as reader:
            if reader.read(0, 0) != b"":
                raise UsageError(f"{place} is open as text: open it in binary mode, 'rb'.")
            return reader.size()
    except UsageError:
        raise
    except Exception as error:  # whatever the caller's file raises
        raise UsageError(
            f"{place} cannot be read ({type(error).__name__}): give the path of a file that may be read, or a file that"
            " is open for reading and can seek."
        ) from None  # the original has the path


def opened(sources: Sequence[Source], stack: ExitStack) -> tuple[FilePart, ...]:
    """The files, open for as long as the stack is; UsageError if one is no longer what it was when it was checked."""
    for source in sources:
        if _measured(source.place, source.content) != source.size:
            raise UsageError(f"{source.place} changed its size after it was checked: upload it again.")
    return tuple(FilePart(source, stack.enter_context(file_content.opened(source.content))) for source in sources)


_KEYS = {"external_id": "externalId", "name": "name"}


def _abouts(metadata: Any, count: int) -> Sequence[Mapping[str, str] | None]:
    if metadata is None:
        return [None] * count
    if is_a(metadata, str) or not is_a(metadata, Sequence) or len(metadata) != count:
        raise UsageError("metadata must be a list with one entry for each file; None is one that says nothing.")
    return [_about(f"metadata[{index}]", {} if entry is None else entry) for index, entry in enumerate(metadata)]


def _about(place: str, given: Any) -> Mapping[str, str]:
    if not is_a(given, Mapping) or given.keys() - _KEYS.keys():
        raise UsageError(f"{place} must be None or a dict with some of {', '.join(_KEYS)}.")
    about = {_KEYS[key]: clean_name(value) if key == "name" else value for key, value in given.items()}
    if not all(isinstance(value, str) and value for value in about.values()):
        raise UsageError(f"{place} has a value that is empty or no text.")
    return about


def stored(sources: Sequence[Source], answer: Upload) -> tuple[UploadResult, ...]:
    """What became of the files of a request that succeeded.

    The order of the documents is not documented, so one is a file's only if no other can be: by name, size and external
    id, as far as the answer has them, or because there is one of each.
    """
    found = [[each for each in answer.documents if source.may_be(each)] for source in sources]
    if len(sources) == len(answer.documents) == 1:
        found = [[*answer.documents]]
    return tuple(
        UploadResult(source.name, "stored", its[0] if len(its) == found.count(its) == 1 else None, answer.action_log_id)
        for source, its in zip(sources, found, strict=True)
    )


def unstored(sources: Sequence[Source], error: OmniError | None) -> tuple[UploadResult, ...]:
    """What became of the files of a request that failed; without an error, of one that was never made."""
    outcome: UploadOutcome = "not sent"
    if isinstance(error, OutcomeUnknownError | InvalidResponseError):
        outcome = "unknown"
    elif isinstance(error, APIStatusError):
        outcome = "refused"
    return tuple(UploadResult(source.name, outcome) for source in sources)


def whole(view: Callable[[Any], Upload], count: int) -> Callable[[Any], Upload]:
    """The view of an answer that has a document for each file: what is missing there may be missing in the store."""

    def checked_view(data: Any) -> Upload:
        upload = view(data)
        if len(upload.documents) < count:
            raise UsageError(f"it has {len(upload.documents)} documents for {count} files")
        return upload

    return checked_view
