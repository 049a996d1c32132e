"""What an upload sends, checked before anything is sent, and what became of each file.

Rules of this file: no event loop, and nothing is sent. A file is sent whole, from its start to the end it had when it
was checked. Messages name a file by its position and never by its name, which may tell of a person.
"""

import io
import json
import os
import stat
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from omni._http import httpx
from omni._names import bare, media_type, shortened
from omni._view import is_a
from omni.documents import Upload, UploadedDocument
from omni.errors import APIStatusError, InvalidResponseError, OmniError, OutcomeUnknownError, UsageError

MOST_FILES = 10
"""In one request. Source: the page Upload Document."""

MOST_BYTES = 100 * 1000**2
"""In one file: "100 MB", in the reading that is within all others. Source: the page Upload Document."""

FileInput = str | os.PathLike[str] | tuple[str, bytes | BinaryIO] | BinaryIO
"""A path, a name with its bytes or with an open file, or an open file that has a name."""

Outcome = Literal["stored", "refused", "unknown", "not sent"]


@dataclass(frozen=True, repr=False)
class UploadResult:
    """What became of one file."""

    filename: str
    """The name it was sent under; ``metadata`` may have given it another one."""
    outcome: Outcome
    """An ``unknown`` one may or may not be stored: look for it before it is uploaded again."""
    document: UploadedDocument | None = None
    """What was stored; None if the answer does not tell which of its documents that is, or nothing was."""
    action_log_id: str | None = None
    """The id of an action log of the request that it went with."""

    def __repr__(self) -> str:
        return f"UploadResult(outcome={self.outcome!r}, document={self.document!r})"


@dataclass(frozen=True)
class Source:
    """A file to upload, checked."""

    place: str
    name: str
    content: str | BinaryIO
    size: int
    about: Mapping[str, str] | None

    def may_be(self, document: UploadedDocument) -> bool:
        """Whether nothing that the answer says of a document speaks against it."""
        about = self.about or {}
        return (
            document.filename == about.get("name", self.name)
            and document.size in (None, self.size)
            and document.external_id in (None, about.get("externalId"))
        )


class Part:
    """The bytes of one file as httpx reads them: exactly as many as were announced, or an error."""

    def __init__(self, source: Source, file: BinaryIO) -> None:
        self._source = source
        self._file = file
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
            self._file.seek(self.sent)
            chunk = self._file.read(min(most, left) or 1)  # at the end, a byte that should not be there
            fault = "changed its size" if len(chunk) > left or (left and not chunk) else ""
        except Exception as error:  # whatever the caller's file raises
            chunk, fault = b"", f"could not be read any more ({type(error).__name__})"
        if fault:
            self.fault = f"{self._source.place} {fault} while it was sent."
            raise httpx.ReadError(self.fault)
        self.sent += len(chunk)
        return chunk


@dataclass(frozen=True)
class Form:
    """The body of one request, in place of the generated one, which would have each file in memory."""

    fields: Mapping[str, str]
    sources: Sequence[Source]
    parts: Sequence[Part]

    def to_multipart(self) -> list[tuple[str, Any]]:
        """The parts as httpx takes them."""
        fields = dict(self.fields)
        if self.sources[0].about is not None:
            fields["metadata"] = json.dumps([source.about for source in self.sources])
        files = [
            ("files", (source.name, part, media_type(source.name)))
            for source, part in zip(self.sources, self.parts, strict=True)
        ]
        return [*((name, (None, value)) for name, value in fields.items()), *files]


def listed(files: Any) -> list[Any]:
    """One file or many, as many."""
    if is_a(files, str, os.PathLike) or hasattr(files, "read") or _is_named(files):
        return [files]
    if is_a(files, bytes) or not is_a(files, Iterable):
        raise UsageError(f"files must be paths, open files or tuples (name, content), not {type(files).__name__}.")
    if not (found := [*files]):
        raise UsageError("There are no files to upload.")
    return found


def checked(files: Sequence[Any], metadata: Any) -> tuple[Source, ...]:
    """The files, if each of them can be sent; UsageError names the first that cannot, by its position."""
    abouts = _abouts(metadata, len(files))
    sources = tuple(_source(f"files[{index}]", *pair) for index, pair in enumerate(zip(files, abouts, strict=True)))
    opened = [id(source.content) for source in sources if not isinstance(source.content, str)]
    if len(set(opened)) < len(opened):
        raise UsageError("files has the same open file twice: give each its own.")
    return sources


def _is_named(given: Any) -> bool:
    if not is_a(given, tuple) or len(given) != 2 or not is_a(given[0], str):
        return False
    return is_a(given[1], bytes) or hasattr(given[1], "read")


def _source(place: str, given: Any, about: Mapping[str, str] | None) -> Source:
    name, content = given if _is_named(given) else (None, given)
    if is_a(content, str, os.PathLike):
        content = os.fsdecode(content)
    elif is_a(content, bytes) and name is not None:
        content = io.BytesIO(content)
    if name is None:
        name = content if is_a(content, str) else getattr(content, "name", None)
    if not (name := _cleaned(name)):
        raise UsageError(f"{place} has no name that could be sent: give a tuple (name, content).")
    size = _measured(place, content)
    if not size:
        raise UsageError(f"{place} is empty: leave it out.")
    if size > MOST_BYTES:
        raise UsageError(f"{place} has {size:,} bytes, and the API takes at most 100 MB a file: split or compress it.")
    return Source(place, name, content, size, about)


def _cleaned(name: Any) -> str:
    return shortened(bare(name), 255) if isinstance(name, str) else ""


def _measured(place: str, content: Any) -> int:
    try:
        if isinstance(content, str) and not stat.S_ISREG(os.stat(content).st_mode):  # noqa: PTH116 - as it was given
            raise UsageError(f"{place} is not a regular file but a folder, a pipe or a device: give files.")
        with _opened(content) as file:
            file.seek(0, os.SEEK_END)
            if file.read(0) != b"":
                raise UsageError(f"{place} is open as text: open it in binary mode, 'rb'.")
            return file.tell()
    except UsageError:
        raise
    except Exception as error:  # whatever the caller's file raises
        raise UsageError(
            f"{place} cannot be read ({type(error).__name__}): give the path of a file that may be read, or a file that"
            " is open for reading and can seek."
        ) from None  # the original has the path


@contextmanager
def _opened(content: str | BinaryIO) -> Generator[BinaryIO]:
    """The open file; one that is opened here is closed afterwards, the caller's goes back to where it was."""
    if isinstance(content, str):
        with open(content, "rb") as file:  # noqa: PTH123 - as it was given
            yield file
        return
    position = content.tell()
    try:
        yield content
    finally:
        with suppress(Exception):  # the caller may have closed it
            content.seek(position)


def opened(sources: Sequence[Source], stack: ExitStack) -> tuple[Part, ...]:
    """The files, open for as long as the stack is; UsageError if one is no longer what it was when it was checked."""
    for source in sources:
        if _measured(source.place, source.content) != source.size:
            raise UsageError(f"{source.place} changed its size after it was checked: upload it again.")
    return tuple(Part(source, stack.enter_context(_opened(source.content))) for source in sources)


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
    about = {_KEYS[key]: _cleaned(value) if key == "name" else value for key, value in given.items()}
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
    outcome: Outcome = "not sent"
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
