"""What callers may pass as a file to upload: the types, and how its name, content and media type are found.

Rule of this file: nothing is opened or read. Messages name a file by its position, "files[0]", never by its name.
"""

import os
import re
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Protocol

from omni._files.file_content import BinaryFile, Content
from omni._files.filenames import MAX_NAME_BYTES, guess_media_type, sanitize_filename, truncate_filename
from omni._views.json_values import is_a
from omni.errors import UsageError


class FormFile(Protocol):
    """A file of a web form: ``UploadFile`` of Starlette and FastAPI, ``FileField`` of aiohttp.

    Its ``file`` is read and sent under its ``filename``.
    """

    @property
    def filename(self) -> str | None:
        """The name that the browser sent."""
        ...

    @property
    def file(self) -> BinaryFile:
        """The open file."""
        ...


class FormStream(Protocol):
    """A file of a web form in Werkzeug, Flask and Quart: ``FileStorage``, whose ``name`` is that of the field."""

    @property
    def filename(self) -> str | None:
        """The name that the browser sent."""
        ...

    @property
    def stream(self) -> BinaryFile:
        """The open file."""
        ...


_Bytes = bytes | bytearray | memoryview
_FileObject = (
    os.PathLike[str]
    | tuple[str, _Bytes | BinaryFile]
    | tuple[str, _Bytes | BinaryFile, str | None]
    | BinaryFile
    | FormFile
    | FormStream
)

FileInput = str | _FileObject
"""One file to upload: a path, an open file that has a name, a file of a web form, or a tuple of a name, bytes or an
open file and, if it cannot be told by the name, the media type."""

FileInputs = FileInput | Sequence[FileInput] | Iterator[_FileObject]
"""One file or many, but no mapping and no set. Type checkers cannot tell an iterator of ``str`` paths from a file that
is open as text, so they refuse both: make it a list."""


def list_files(files: Any) -> list[Any]:
    """One file or many as a list; UsageError for what is neither, or has no order."""
    if is_a(files, str, os.PathLike) or _is_open(files) or _is_named(files):
        return [files]
    if is_a(files, Mapping) or hasattr(files, "keys"):  # its keys would be taken for paths
        raise UsageError("files is a mapping: give a list of tuples (name, content).")
    if is_a(files, Set) and not is_a(files, ItemsView):  # results and metadata could not be told apart either
        raise UsageError("files is a set or the keys of a mapping: give a list, in the order that results shall have.")
    if is_a(files, *_BYTES) or not is_a(files, Iterable):
        raise UsageError(f"files must be paths, open files or tuples (name, content), not {type(files).__name__}.")
    if not (listed := [*files]):
        raise UsageError("There are no files to upload.")
    return listed


def parse_file(label: str, file: Any) -> tuple[str, Content, str]:
    """The name, content and media type of a file; UsageError if it has no name, or is no file."""
    name: Any
    content: Any
    media_type: str | None = None
    if _is_named(file):
        name, content, media_type = _unpack(label, *file)
    elif is_a(file, str, os.PathLike):
        name = content = os.fsdecode(file)
    elif _is_open(file):
        name, content = getattr(file, "name" if _form_content(file) is None else "filename", None), file
    elif is_a(file, *_BYTES):
        name, content = None, file
    else:
        raise UsageError(f"{label} is {_describe(file)}: give a path, an open file or a tuple (name, content).")
    if not (cleaned := clean_name(os.fsdecode(name) if is_a(name, bytes, os.PathLike) else name)):
        raise UsageError(f"{label} has no name that could be sent: give a tuple (name, content).")
    media_type = media_type or _form_media_type(content) or guess_media_type(cleaned)
    return cleaned, _parse_content(label, content), media_type


def clean_name(name: Any) -> str:
    """The name as it can be sent; empty if nothing is left of it."""
    return truncate_filename(sanitize_filename(name), MAX_NAME_BYTES) if isinstance(name, str) else ""


_BYTES = (bytes, bytearray, memoryview)


def _is_open(file: Any) -> bool:
    return hasattr(file, "read") or _form_content(file) is not None


def _is_named(file: Any) -> bool:
    """Whether it is a tuple (name, content)."""
    if not is_a(file, tuple) or len(file) < 2 or not is_a(file[0], str):
        return False
    return is_a(file[1], *_BYTES) or _is_open(file[1])


def _form_content(file: Any) -> Any:
    """The open file inside a file of a web form; None if it is no such thing."""
    for name in ("stream", "file"):
        content = getattr(file, name, None)
        # `filename` is looked up last: a GzipFile of Python 3.11 has one too, and warns.
        if hasattr(content, "read") and hasattr(file, "filename"):
            return content
    return None


def _unpack(label: str, name: str, content: Any, media_type: Any = None, *headers: Any) -> tuple[str, Any, str | None]:
    if headers:
        raise UsageError(f"{label} has more than (name, content, content_type): headers of a file cannot be sent.")
    if media_type is not None and not _is_media_type(media_type):
        raise UsageError(f"{label} has no usable content type: give one such as 'application/pdf', or leave it out.")
    return name, content, media_type


def _parse_content(label: str, content: Any) -> Content:
    if is_a(content, bytearray, memoryview):
        try:
            return bytes(content)  # a copy, since others may change these
        except ValueError:
            raise UsageError(f"{label} is a memoryview that was released: give its bytes.") from None
    form_content: Content | None = _form_content(content)
    return content if form_content is None else form_content


def _form_media_type(file: Any) -> str | None:
    """The media type that the browser sent; None if it sent none, or one that says nothing."""
    media_type = getattr(file, "content_type", None)
    return str(media_type) if _is_media_type(media_type) and media_type != "application/octet-stream" else None


_MEDIA_TYPE = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+( *; *[!-~][ -~]*)?", re.ASCII)


def _is_media_type(media_type: object) -> bool:
    return isinstance(media_type, str) and _MEDIA_TYPE.fullmatch(media_type) is not None


def _describe(file: Any) -> str:
    if is_a(file, tuple):
        return f"a tuple of {', '.join(type(element).__name__ for element in file)}"
    return f"of type {type(file).__name__}"
