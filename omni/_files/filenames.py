"""Names of files: what is left of one when it is only a name, whoever chose it, and what it says of the file."""

import mimetypes
import re
import unicodedata
from functools import cache
from pathlib import PurePosixPath

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what controls, turns round or breaks a line, and of halves of characters."""


def sanitize_filename(name: str) -> str:
    """The last part of a path of any system, composed (NFC), less what cannot be seen; empty if nothing is left."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(each for each in last if unicodedata.category(each) not in _INVISIBLE)
    composed = unicodedata.normalize("NFC", visible).strip()
    return composed if composed.strip(". ") else ""


def truncate_filename(name: str, most: int) -> str:
    """The name in at most so many bytes of UTF-8; an extension stays, if it is one by its length."""
    extension = PurePosixPath(name).suffix
    if len(extension.encode()) > 20:
        extension = ""
    stem = name.removesuffix(extension).encode()
    return stem[: most - len(extension.encode())].decode(errors="ignore") + extension


def media_type(name: str) -> str:
    """The media type that goes with a name's extension; of what is compressed, and of what is not known, none."""
    # The extension alone: mimetypes takes "data:…" for a URL.
    found, encoding = _types().guess_type("x" + PurePosixPath(name).suffix)
    return found if found and not encoding else "application/octet-stream"


@cache
def _types() -> mimetypes.MimeTypes:
    """Python's own table, the same on every machine, with what Python learnt after 3.11."""
    types = mimetypes.MimeTypes()
    office = "application/vnd.openxmlformats-officedocument"
    types.add_type(f"{office}.spreadsheetml.sheet", ".xlsx")
    types.add_type(f"{office}.wordprocessingml.document", ".docx")
    types.add_type(f"{office}.presentationml.presentation", ".pptx")
    types.add_type("image/webp", ".webp")
    return types
