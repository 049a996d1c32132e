"""The files of an upload, checked before anything is sent, and the outcome of each.

Rules of this file: no event loop, and nothing is sent. A file is sent from its start to the end that it had when it was
checked. Messages name a file by its position, "files[0]", never by its name, which may be personal data.
"""

import inspect
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from omni._files.file_content import Content, PositionedFile, claim, open_reader
from omni._files.file_input import clean_name, parse_file
from omni._files.results import UploadResult
from omni._views.base import MismatchError
from omni._views.json_values import is_a
from omni._views.uploads import Upload, UploadedDocument
from omni.errors import APIStatusError, InvalidResponseError, OmniError, OutcomeUnknownError, UploadOutcome, UsageError

MAX_FILES = 10
"""Files in one request. Source: the page Upload Document."""

MAX_BYTES = 100 * 1000**2
"""Bytes of one file: "100 MB", in the smallest reading. Source: the page Upload Document."""


PIECE_SIZE = 1 << 20
"""Bytes of a body that are read and sent at once; smaller pieces cost more calls."""


class UploadSource(PositionedFile):
    """A checked file; when it is open, httpx reads exactly as many bytes as were announced, or gets an error."""

    def __init__(
        self, label: str, name: str, media_type: str, content: Content, size: int, metadata: Mapping[str, str] | None
    ) -> None:
        self.label = label
        self.name = name
        self.media_type = media_type
        self.content = content
        self.size = size
        self.metadata = metadata
        self.failure = ""
        """Why it could not be read."""

    def open(self, stack: ExitStack) -> None:
        """Open the file until the stack is closed; UsageError if it changed since it was checked."""
        if _measure(self.label, self.content) != self.size:
            raise UsageError(f"{self.label} changed its size after it was checked: upload it again.")
        super().__init__(stack.enter_context(open_reader(self.content)), self.name)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.position = self.size if whence == os.SEEK_END else offset
        return self.position

    def read(self, size: int) -> bytes:
        """The next bytes; httpx.ReadError if there are fewer or more than announced, or the file cannot be read.

        They may be more than httpx asks for, which takes what it gets: its own 64 KB are slow.
        """
        remaining, size = self.size - self.position, max(size, PIECE_SIZE)
        try:
            chunk = self.reader.read(self.position, min(size, remaining) or 1)  # at the end, a byte that must not exist
            failure = "changed its size" if len(chunk) > remaining or (remaining and not chunk) else ""
        except Exception as error:  # whatever the caller's file raises
            chunk, failure = b"", f"could not be read any more ({type(error).__name__})"
        if failure:
            self.failure = f"{self.label} {failure} while it was sent."
            raise httpx.ReadError(self.failure)
        self.position += len(chunk)
        return chunk

    def may_be(self, document: UploadedDocument) -> bool:
        """Whether the name, size and external id of a stored document, as far as it has them, are those of the file."""
        metadata = self.metadata or {}
        return (
            document.filename == metadata.get("name", self.name)
            and document.size in (None, self.size)
            and document.external_id in (None, metadata.get("externalId"))
        )


class UploadForm:
    """The body of one request, in place of the generated one, which would hold all files in memory."""

    def __init__(self, fields: Mapping[str, str], sources: Sequence[UploadSource]) -> None:
        fields = dict(fields)
        if sources[0].metadata is not None:
            fields["metadata"] = json.dumps([source.metadata for source in sources])
        self._multipart = [
            *((name, (None, value)) for name, value in fields.items()),
            *(("files", (source.name, source, source.media_type)) for source in sources),
        ]

    def to_multipart(self) -> list[tuple[str, Any]]:
        """The parts as httpx takes them; ``Operation.request`` calls it."""
        return self._multipart


def read_piece(chunks: Iterator[bytes]) -> bytes:
    """The next bytes of a body; empty at its end."""
    piece: list[bytes] = []
    size = 0
    while size < PIECE_SIZE and (chunk := next(chunks, None)) is not None:
        piece.append(chunk)
        size += len(chunk)
    return b"".join(piece)  # a single chunk is not copied


def check_files(files: Sequence[Any], metadata: Any, stack: ExitStack) -> tuple[UploadSource, ...]:
    """The files, if all of them can be sent; UsageError names the first that cannot, by its position.

    Until the stack is closed, no other upload may read those that can only seek and read.
    """
    pairs = enumerate(zip(files, _check_metadata(metadata, len(files)), strict=True))
    return tuple(_check_file(f"files[{index}]", *pair, stack) for index, pair in pairs)


def _check_file(label: str, file: Any, metadata: Mapping[str, str] | None, stack: ExitStack) -> UploadSource:
    name, content, media_type = parse_file(label, file)
    size = _measure(label, content, stack)
    if not size:
        raise UsageError(f"{label} is empty: leave it out.")
    if size > MAX_BYTES:
        raise UsageError(f"{label} has {size:,} bytes, and the API takes at most 100 MB a file: split or compress it.")
    return UploadSource(label, name, media_type, content, size, metadata)


def _measure(label: str, content: Content, stack: ExitStack | None = None) -> int:
    """The size of a content that can be sent; with a stack, it is claimed until that is closed."""
    try:
        if isinstance(content, str) and not stat.S_ISREG(os.stat(content).st_mode):  # noqa: PTH116 - as it was given
            raise UsageError(f"{label} is not a regular file but a folder, a pipe or a device: give files.")
        if inspect.iscoroutinefunction(getattr(content, "read", None)):
            raise UsageError(f"{label} has to be awaited: give a file that open() returns, or a path.")
        if stack and not claim(content, stack):
            raise UsageError(f"{label} is an open file that is being uploaded already: open it once for each upload.")
        with open_reader(content) as reader:
            if reader.read(0, 0) != b"":
                raise UsageError(f"{label} is open as text: open it in binary mode, 'rb'.")
            return reader.size()
    except UsageError:
        raise
    except Exception as error:  # whatever the caller's file raises
        raise UsageError(
            f"{label} cannot be read ({type(error).__name__}): give the path of a file that may be read, or a file that"
            " is open for reading and can seek."
        ) from None  # the original has the path


def open_files(sources: Sequence[UploadSource], stack: ExitStack) -> None:
    """Open the files until the stack is closed; UsageError if one changed since it was checked."""
    for source in sources:
        source.open(stack)


_METADATA_KEYS = {"external_id": "externalId", "name": "name"}


def _check_metadata(metadata: Any, count: int) -> Sequence[Mapping[str, str] | None]:
    if metadata is None:
        return [None] * count
    if is_a(metadata, str) or not is_a(metadata, Sequence) or len(metadata) != count:
        raise UsageError("metadata must be a list with one entry for each file; None is an entry that says nothing.")
    return [_check_entry(f"metadata[{index}]", entry) for index, entry in enumerate(metadata)]


def _check_entry(label: str, entry: Any) -> Mapping[str, str]:
    entry = {} if entry is None else entry
    if not is_a(entry, Mapping) or entry.keys() - _METADATA_KEYS.keys():
        raise UsageError(f"{label} must be None or a dict with some of {', '.join(_METADATA_KEYS)}.")
    fields = {_METADATA_KEYS[key]: clean_name(value) if key == "name" else value for key, value in entry.items()}
    if not all(isinstance(value, str) and value for value in fields.values()):
        raise UsageError(f"{label} has a value that is empty or no text.")
    return fields


def success_results(sources: Sequence[UploadSource], upload: Upload) -> tuple[UploadResult, ...]:
    """The outcome of the files of a request that succeeded.

    The order of the documents is not documented. So a file gets a document only if no other can be the one: by name,
    size and external id, as far as the response has them, or because there is one file and one document.
    """
    matches = [[document for document in upload.documents if source.may_be(document)] for source in sources]
    if len(sources) == len(upload.documents) == 1:
        matches = [[*upload.documents]]
    return tuple(
        UploadResult(
            source.name, "stored", match[0] if len(match) == matches.count(match) == 1 else None, upload.action_log_id
        )
        for source, match in zip(sources, matches, strict=True)
    )


def failure_results(sources: Sequence[UploadSource], error: OmniError | None) -> tuple[UploadResult, ...]:
    """The outcome of the files of a request that failed; without an error, of a request that was never made."""
    outcome: UploadOutcome = "not sent"
    if isinstance(error, OutcomeUnknownError | InvalidResponseError):
        outcome = "unknown"
    elif isinstance(error, APIStatusError):
        outcome = "refused"
    return tuple(UploadResult(source.name, outcome) for source in sources)


def require_documents(read_upload: Callable[[Any], Upload], count: int) -> Callable[[Any], Upload]:
    """A reader that refuses a response with fewer documents than files: the others may not be stored."""

    def read(data: Any) -> Upload:
        upload = read_upload(data)
        if len(upload.documents) < count:
            raise MismatchError(f"it has {len(upload.documents)} documents for {count} files")
        return upload

    return read
