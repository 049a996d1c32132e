"""What can be given as a file to upload: the types, and its name, bytes and media type.

Rule of this file: nothing is opened or read. Messages name a file by its position and never by its name.
"""

import os
import re
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Protocol

from omni._files.file_content import BinaryFile, Content
from omni._files.filenames import media_type, sanitize_filename, truncate_filename
from omni._views.json_values import is_a
from omni.errors import UsageError


class FormFile(Protocol):
    """A file that a web framework received: ``UploadFile`` of Starlette and FastAPI, ``FileField`` of aiohttp.

    It is sent under its ``filename``, and its ``file`` is what is read.
    """

    @property
    def filename(self) -> str | None:
        """The name that the browser gave."""
        ...

    @property
    def file(self) -> BinaryFile:
        """The open file."""
        ...


class FormStream(Protocol):
    """The same of Werkzeug, Flask and Quart: ``FileStorage``, whose ``name`` is that of the form's field."""

    @property
    def filename(self) -> str | None:
        """The name that the browser gave."""
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
"""One file to upload: a path, an open file that has a name, a file of a web form, or a tuple of a name with bytes or
with an open file and, where it is not to be told from the name, the media type."""

FileInputs = FileInput | Sequence[FileInput] | Iterator[_FileObject]
"""One file or many. A mapping and a set are neither. Type checkers cannot tell an iterator of paths as text from a file
that is open as text, so they refuse both: make it a list."""


def list_files(files: Any) -> list[Any]:
    """One file or many, as many."""
    if is_a(files, str, os.PathLike) or _is_open(files) or _is_named(files):
        return [files]
    if is_a(files, Mapping) or hasattr(files, "keys"):  # its keys would be taken for paths
        raise UsageError("files is a mapping: give a list of tuples (name, content).")
    if is_a(files, Set) and not is_a(files, ItemsView):  # nor could results and metadata be told apart
        raise UsageError(
            "files is a set or the keys of a mapping: give a list, in the order that the results are to have."
        )
    if is_a(files, bytes, bytearray, memoryview) or not is_a(files, Iterable):
        raise UsageError(f"files must be paths, open files or tuples (name, content), not {type(files).__name__}.")
    if not (found := [*files]):
        raise UsageError("There are no files to upload.")
    return found


def take_apart(place: str, given: Any) -> tuple[str, Content, str]:
    """The name, the content and the media type of a file; UsageError if it has no name, or is none."""
    name: Any
    content: Any
    kind: str | None = None
    if _is_named(given):
        name, content, kind = _unpack(place, *given)
    elif is_a(given, str, os.PathLike):
        name = content = os.fsdecode(given)
    elif _is_open(given):
        name, content = given.filename if _form_content(given) is not None else getattr(given, "name", None), given
    elif is_a(given, bytes, bytearray, memoryview):
        name, content = None, given
    else:
        raise UsageError(f"{place} is {_describe(given)}: give a path, an open file or a tuple (name, content).")
    if not (cleaned := clean_name(os.fsdecode(name) if is_a(name, bytes, os.PathLike) else name)):
        raise UsageError(f"{place} has no name that could be sent: give a tuple (name, content).")
    return cleaned, _content(place, content), kind or _hint(content) or media_type(cleaned)


def clean_name(name: Any) -> str:
    """The name as it can be sent; empty if nothing is left of it."""
    return truncate_filename(sanitize_filename(name), 255) if isinstance(name, str) else ""


def _is_open(given: Any) -> bool:
    return hasattr(given, "read") or _form_content(given) is not None


def _is_named(given: Any) -> bool:
    if not is_a(given, tuple) or len(given) < 2 or not is_a(given[0], str):
        return False
    return is_a(given[1], bytes, bytearray, memoryview) or _is_open(given[1])


def _form_content(given: Any) -> Any:
    """The open file inside a file of a web form; None if it is no such thing."""
    for name in ("stream", "file"):
        found = getattr(given, name, None)
        # Asked for last: a GzipFile of Python 3.11 has a `filename` too, and warns.
        if hasattr(found, "read") and hasattr(given, "filename"):
            return found
    return None


def _unpack(place: str, name: str, content: Any, kind: Any = None, *more: Any) -> tuple[str, Any, str | None]:
    if more:
        raise UsageError(f"{place} has more than (name, content, content_type): headers of a file cannot be sent.")
    if kind is not None and not _is_media_type(kind):
        raise UsageError(f"{place} has no usable content type: give one such as 'application/pdf', or leave it out.")
    return name, content, kind


def _content(place: str, given: Any) -> Content:
    if is_a(given, bytearray, memoryview):
        try:
            return bytes(given)  # a copy, since others may change these
        except ValueError:
            raise UsageError(f"{place} is a memoryview that was released: give its bytes.") from None
    content: Content = given if (found := _form_content(given)) is None else found
    return content


def _hint(given: Any) -> str | None:
    """The media type that a file of a web form came with: the browser's word, which may be none or a shrug."""
    kind = getattr(given, "content_type", None)
    return str(kind) if _is_media_type(kind) and kind != "application/octet-stream" else None


_MEDIA_TYPE = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+( *; *[!-~][ -~]*)?", re.ASCII)


def _is_media_type(kind: object) -> bool:
    return isinstance(kind, str) and _MEDIA_TYPE.fullmatch(kind) is not None


def _describe(given: Any) -> str:
    if is_a(given, tuple):
        return f"a tuple of {', '.join(type(each).__name__ for each in given)}"
    return f"of type {type(given).__name__}"
