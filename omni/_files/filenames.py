"""File names: cleaned, shortened, safe on every system and unique, and their media types."""

import itertools
import mimetypes
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import PurePosixPath

MAX_NAME_BYTES = 255
"""Bytes of a file name that all usual file systems take."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, text direction and other formats, surrogates, line and paragraph separators."""

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) ?(\.|$)", re.IGNORECASE)
"""Names that Windows takes for devices, with any extension."""


def sanitize_filename(name: str) -> str:
    """The last part of a path of any system, in NFC and without invisible characters; empty if nothing is left."""
    last_part = re.split(r"[/\\]", name)[-1]
    visible = "".join(char for char in last_part if unicodedata.category(char) not in _INVISIBLE)
    composed = unicodedata.normalize("NFC", visible).strip()
    return composed if composed.strip(". ") else ""


def truncate_filename(name: str, max_bytes: int) -> str:
    """The name in at most so many bytes of UTF-8; an extension of up to 20 bytes stays."""
    extension = PurePosixPath(name).suffix
    if len(extension.encode()) > 20:
        extension = ""
    stem = name.removesuffix(extension).encode()
    return stem[: max_bytes - len(extension.encode())].decode(errors="ignore") + extension


def safe_filename(name: str | None, fallback: str = "") -> str:
    """A name that is valid on every system and stays in its folder; from ``fallback`` if nothing is left of it."""
    return _make_safe(name or "") or _make_safe(fallback) or "document"


def _make_safe(name: str) -> str:
    plain = _strip_dots(re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", sanitize_filename(name))))
    return _strip_dots(truncate_filename("_" + plain if _RESERVED.match(plain) else plain, MAX_NAME_BYTES))


def _strip_dots(name: str) -> str:
    return name.strip(". ")  # a leading dot hides a file, and Windows drops trailing ones


class UniqueNames:
    """Safe file names, of which no two are equal on file systems that ignore case or compose letters."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {_comparison_key(name) for name in taken}
        self._untried: dict[str, Iterator[int]] = {}

    def add(self, name: str) -> str:
        """Take a safe name, with a number if it is taken: "a (2).pdf"."""
        unique = name if _comparison_key(name) not in self._taken else self._add_number(name)
        self._taken.add(_comparison_key(unique))
        return unique

    def _add_number(self, name: str) -> str:
        stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
        stem, end = truncate_filename(stem, 150), f"{dot}{truncate_filename(extension, 80)}"
        # Numbers that were tried stay tried: else thousands of documents of one name would take quadratic time.
        numbers = self._untried.setdefault(_comparison_key(stem + end), itertools.count(2))
        numbered = (_make_safe(f"{stem} ({number}){end}") for number in numbers)
        return next(name for name in numbered if _comparison_key(name) not in self._taken)


def _comparison_key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def guess_media_type(name: str) -> str:
    """The media type by the extension; ``application/octet-stream`` for compressed and unknown ones."""
    # The extension alone: mimetypes takes "data:…" for a URL.
    media_type, encoding = _types().guess_type("x" + PurePosixPath(name).suffix)
    return media_type if media_type and not encoding else "application/octet-stream"


@cache
def _types() -> mimetypes.MimeTypes:
    """Python's own table, the same on every machine, with what Python added after 3.11."""
    types = mimetypes.MimeTypes()
    office = "application/vnd.openxmlformats-officedocument"
    types.add_type(f"{office}.spreadsheetml.sheet", ".xlsx")
    types.add_type(f"{office}.wordprocessingml.document", ".docx")
    types.add_type(f"{office}.presentationml.presentation", ".pptx")
    types.add_type("image/webp", ".webp")
    return types
