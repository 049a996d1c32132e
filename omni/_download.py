"""What downloads decide: names of files, where to go on after a cut, and what a folder holds already.

Rules of this file: no disk, no event loop and no HTTP library. A file is whole when the file host said how long it is,
or marked its end, and that is what came. ``Document.size`` comes from another system and proves nothing of the file.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omni._names import bare, shortened
from omni._view import View, fields, number
from omni.documents import Document
from omni.errors import InvalidResponseError, OmniError, UsageError
from omni.leads import Lead

MANIFEST = ".omni-manifest.json"
"""The file in a folder that says which document is in which file; no document gets a name with a dot first."""

LINK_IS_OVER = frozenset({400, 401, 403})
"""What file hosts say to a link whose hour is over; S3 has 400 for a token and 403 for a signature."""

MOST_BYTES = 255
"""In a file name, on all usual file systems."""

Progress = Callable[[int, int | None], object]


@dataclass(frozen=True, repr=False)
class DownloadResult:
    """What became of one document."""

    document: Document
    path: Path | None
    """Its file; None if it failed."""
    error: OmniError | None
    """Why it failed."""
    skipped: bool
    """Whether its file was there already."""

    def __repr__(self) -> str:
        state = type(self.error).__name__ if self.error else "skipped" if self.skipped else "saved"
        return f"DownloadResult(document={self.document!r}, state={state!r})"


# Where to go on after a cut.


@dataclass(frozen=True)
class Place:
    """How far a file has come, how long it is, and what tells that it is still the same file."""

    have: int = 0
    total: int | None = None
    validator: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the rest alone can be asked for."""
        return self.have > 0 and self.validator is not None

    def headers(self) -> dict[str, str]:
        """What asks for the rest, or for everything; not compressed, so that lengths are those of the file."""
        plain = {"accept": "*/*", "accept-encoding": "identity"}
        if not self.goes_on:
            return plain
        return {**plain, "range": f"bytes={self.have}-", "if-range": str(self.validator)}

    def answered(self, status: int, headers: Mapping[str, str]) -> "Place | None":
        """The place where the body of an answer begins; None if it is no part of this file that could be used."""
        if headers.get("content-encoding", "identity").lower() != "identity":
            return None
        found = _validator(headers)
        if status == 200:
            length = _length(headers)
            return None if length is None and "transfer-encoding" not in headers else Place(0, length, found)
        part = re.fullmatch(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)", headers.get("content-range", ""))
        if status != 206 or part is None or not self.goes_on:
            return None
        first, last, total = map(int, part.groups())
        same = first == self.have and self.total in {None, total} and found in {None, self.validator}
        return replace(self, total=total) if same and first <= last < total else None

    def is_whole(self, cleanly: bool) -> bool:
        """Whether all is there after a body that ended, cleanly or not."""
        return cleanly if self.total is None else self.have == self.total

    @property
    def is_too_long(self) -> bool:
        """Whether more came than there is."""
        return self.total is not None and self.have > self.total


def _validator(headers: Mapping[str, str]) -> str | None:
    tag = headers.get("etag", "")
    return tag if tag.startswith('"') else headers.get("last-modified")


def _length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if re.fullmatch("[0-9]+", length) and "transfer-encoding" not in headers else None


_LINK = r"https?://[^/?#\\\s:@][^/?#\\\s@]*([/?#]|$)"
"""With a host: httpx takes what has none for a path of the API."""


def link_in(link: object) -> str | None:
    """The link, if it is one; anything else would be asked of the API, with the key."""
    return link if isinstance(link, str) and re.match(_LINK, link, re.IGNORECASE) else None


def link_of(view: View[Any], link: str | None, path: str) -> str:
    """The link that an answer has; InvalidResponseError if it has none."""
    if (found := link_in(link)) is None:
        facts: dict[str, object] = {"method": "GET", "path": path, "attempts": 1, "status_code": 200, "headers": {}}
        content = json.dumps(view.to_dict()).encode()
        raise InvalidResponseError("The server said 200, but there is no link to a file", content=content, **facts)
    return found


# Names.

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) ?(\.|$)", re.IGNORECASE)
"""What Windows takes for a device, with whatever extension."""


def safe_name(name: str | None, otherwise: str = "") -> str:
    """A name that is one on every system and stays in its folder; made of ``otherwise`` if nothing is left of it."""
    return _safe(name or "") or _safe(otherwise) or "document"


def _safe(name: str) -> str:
    plain = _trimmed(re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", bare(name))))
    return _trimmed(shortened("_" + plain if _RESERVED.match(plain) else plain, MOST_BYTES))


def _trimmed(name: str) -> str:
    return name.strip(". ")  # a dot in front hides a file, and Windows drops those at the end


def _key(name: str) -> str:
    """What file systems that know no case, or compose letters, take for one name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unused(name: str, taken: Container[str]) -> str:
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    numbered = (_safe(f"{shortened(stem, 150)} ({each}){dot}{shortened(extension, 80)}") for each in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if _key(each) not in taken)


# What a folder holds.


@dataclass(frozen=True)
class Kept:
    """The file of a document: its name, and its size once it is whole; before, the name was free."""

    name: str
    size: int | None = None

    def is_whole(self, size: int | None) -> bool:
        """Whether a file of this size is it; a free name that is taken now was taken by the whole file."""
        return size is not None and self.size in {None, size}


def read_manifest(content: bytes | None) -> dict[str, Kept]:
    """The files by document id; UsageError for a manifest that is damaged, since its folder may hold anything."""
    if content is None:
        return {}
    try:
        found = fields(json.loads(content))["documents"]
        kept = {key: Kept(each["file"], number(each["size"])) for key, each in found.items()}
        whole = all(safe_name(each.name) == each.name for each in kept.values())
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        whole, kept = False, {}
    if not whole:
        raise UsageError(f"{MANIFEST} in the folder is damaged: delete it, or download to another folder.")
    return kept


def written_manifest(kept: Mapping[str, Kept]) -> bytes:
    """The manifest as it is saved."""
    files = {key: {"file": each.name, "size": each.size} for key, each in kept.items()}
    return json.dumps({"documents": files}, indent=1).encode() + b"\n"


def documents_of(lead: Lead) -> tuple[Document, ...]:
    """All documents of a lead, each once."""
    found: dict[object, Document] = {}
    for document in (*lead.documents, *lead.iter_file_documents()):
        found.setdefault(document.id or len(found), document)  # one without an id may be any
    return tuple(found.values())


def names(documents: Iterable[Document], kept: Mapping[str, Kept], there: Iterable[str]) -> list[str]:
    """A name for each document: the one it had, or else a new one that nothing there has."""
    taken = {_key(each) for each in (*there, *(known.name for known in kept.values()))}
    found: list[str] = []
    for document in documents:
        known = kept.get(document.id)
        found.append(known.name if known else _unused(safe_name(document.filename, document.id), taken))
        taken.add(_key(found[-1]))
    return found
