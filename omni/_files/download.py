"""What downloads decide: names of files, where to go on after a cut, and what a folder holds already.

Rules of this file: no disk, no event loop and no HTTP library. A file is whole when the file host said how long it is,
or marked its end, and that is what came. ``Document.size`` comes from another system and proves nothing of the file.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from omni._files.download_result import DownloadResult as DownloadResult
from omni._files.filenames import sanitize_filename, truncate_filename
from omni._views.base import View
from omni._views.checklists import Document
from omni._views.json_values import as_dict, int_or_none, str_or_none
from omni._views.leads import Lead
from omni.errors import InvalidResponseError, UsageError
from omni.settings import checked_size

MANIFEST = ".omni-manifest.json"
"""The file in a folder that says which document is in which file; no document gets a name with a dot first."""

EXPIRED_LINK_STATUSES = frozenset({400, 401, 403})
"""What file hosts say to a link whose hour is over; S3 has 400 for a token and 403 for a signature."""

MAX_BYTES = 255
"""In a file name, on all usual file systems."""

Progress = Callable[[int, int | None], object]


MAX_FILE_SIZE = 10 * 2**30
"""Bytes that a file may have if the caller does not say: 10 GiB, a hundred times what the API takes."""

MAX_MANIFEST_SIZE = 32 * 2**20
"""Bytes that a manifest may have: those of some hundred thousand files."""


@dataclass(frozen=True)
class SaveOptions:
    """How a file is to be saved."""

    overwrite: bool = False
    mode: int | None = None
    max_bytes: float = MAX_FILE_SIZE

    def __post_init__(self) -> None:
        if self.mode is not None and int_or_none(self.mode) not in range(0o1000):
            raise UsageError("mode must be permissions such as 0o600, or None for the usual ones.")
        checked_size(self.max_bytes, "max_bytes")


class Reporter:
    """Tells the caller's ``progress``, and remembers what it raised: that is the caller's, and no failure of a file."""

    def __init__(self, progress: Callable[..., object] | None, *first: object) -> None:
        self._progress = progress
        self._first = first
        self.raised: Exception | None = None

    def __call__(self, have: int, total: int | None) -> None:
        if self._progress is None:
            return
        try:
            self._progress(*self._first, have, total)
        except Exception as error:
            self.raised = error
            raise


# Where to go on after a cut.


@dataclass(frozen=True)
class ResumeState:
    """How far a file has come, how long it is, and what tells that it is still the same file."""

    have: int = 0
    total: int | None = None
    validator: str | None = None

    @property
    def can_resume(self) -> bool:
        """Whether the rest alone can be asked for."""
        return self.have > 0 and self.validator is not None

    def headers(self) -> dict[str, str]:
        """What asks for the rest, or for everything; not compressed, so that lengths are those of the file."""
        plain = {"accept": "*/*", "accept-encoding": "identity"}
        if not self.can_resume:
            return plain
        return {**plain, "range": f"bytes={self.have}-", "if-range": str(self.validator)}

    def after_response(self, status: int, headers: Mapping[str, str]) -> "ResumeState | None":
        """The place where the body of an answer begins; None if it is no part of this file that could be used."""
        if _ENCODED & set(re.split(r"[\s,]+", headers.get("content-encoding", "").lower())):
            return None
        found = _validator(headers)
        if status == 200:
            length = _length(headers)
            return None if length is None and "transfer-encoding" not in headers else ResumeState(0, length, found)
        part = re.fullmatch(f"bytes ({_LENGTH})-({_LENGTH})/({_LENGTH})", headers.get("content-range", ""))
        if status != 206 or part is None or not self.can_resume:
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


_ENCODED = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"})
"""What a body may be packed with. S3 also says ``aws-chunked``, ``utf-8`` or nothing, and sends the file as it is."""

_LENGTH = "[0-9]{1,18}"
"""More than any file has; of more digits Python makes no number."""

_STRONG_TAG = r'"[\x20-\x21\x23-\x7e]{0,255}"'
"""One that may stand in a request, and in one that servers take."""

_DATE = "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"


def _validator(headers: Mapping[str, str]) -> str | None:
    """What tells one version from another and can be sent back, of what there is; None if nothing can."""
    found = {_STRONG_TAG: headers.get("etag", ""), _DATE: headers.get("last-modified", "")}
    return next((value for pattern, value in found.items() if re.fullmatch(pattern, value)), None)


def _length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if re.fullmatch(_LENGTH, length) and "transfer-encoding" not in headers else None


_LINK = r"https?://[^/?#\\\s:@][^/?#\\\s@]*([/?#]|$)"
"""With a host: httpx takes what has none for a path of the API."""


def link_in(link: object) -> str | None:
    """The link, if it is one; anything else would be asked of the API, with the key."""
    return link if isinstance(link, str) and re.match(_LINK, link, re.IGNORECASE) else None


def link_of(view: View[Any], link: str | None, path: str, scheme: str) -> str:
    """The link that an answer has; InvalidResponseError if it has none that is as safe as the API, by its scheme."""
    found = link_in(link)
    if found and (scheme != "https" or found.lower().startswith("https:")):
        return found
    reason = "the link to the file is http, of an API that is https: anybody on the way could read or change the file"
    facts: dict[str, object] = {"method": "GET", "path": path, "attempts": 1, "status_code": 200, "headers": {}}
    content = json.dumps(view.to_dict()).encode()
    reason = reason if found else "there is no link to a file"
    raise InvalidResponseError(f"The server said 200, but {reason}", content=content, **facts)


# Names.

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) ?(\.|$)", re.IGNORECASE)
"""What Windows takes for a device, with whatever extension."""


def safe_name(name: str | None, otherwise: str = "") -> str:
    """A name that is one on every system and stays in its folder; made of ``otherwise`` if nothing is left of it."""
    return _safe(name or "") or _safe(otherwise) or "document"


def _safe(name: str) -> str:
    plain = _trimmed(re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", sanitize_filename(name))))
    return _trimmed(truncate_filename("_" + plain if _RESERVED.match(plain) else plain, MAX_BYTES))


def _trimmed(name: str) -> str:
    return name.strip(". ")  # a dot in front hides a file, and Windows drops those at the end


def _key(name: str) -> str:
    """What file systems that know no case, or compose letters, take for one name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unused(name: str, taken: Container[str], numbers: dict[str, Iterator[int]]) -> str:
    """The name, or the first of those with a number that is not taken; ``numbers`` are the untried ones by name."""
    if _key(name) not in taken:
        return name
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    stem, end = truncate_filename(stem, 150), f"{dot}{truncate_filename(extension, 80)}"
    numbered = (_safe(f"{stem} ({each}){end}") for each in numbers.setdefault(_key(stem + end), itertools.count(2)))
    return next(each for each in numbered if _key(each) not in taken)


# What a folder holds.


@dataclass(frozen=True)
class ManifestEntry:
    """The file of a document: its name, and its size and digest once it is whole; before, the name was free."""

    name: str
    size: int | None = None
    digest: str | None = None
    """Its SHA-256 in hex; None before it is whole, and in manifests of before there were any."""


def read_manifest(content: bytes | None) -> dict[str, ManifestEntry]:
    """The files by document id; UsageError for a manifest that is damaged, since its folder may hold anything."""
    if content is None:
        return {}
    try:
        found = as_dict(json.loads(content))["documents"]
        kept = {
            k: ManifestEntry(each["file"], int_or_none(each["size"]), str_or_none(each.get("sha256")))
            for k, each in found.items()
        }
        whole = all(safe_name(each.name) == each.name for each in kept.values())
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        whole, kept = False, {}
    if not whole:
        raise UsageError(f"{MANIFEST} in the folder is damaged: delete it, or download to another folder.")
    return kept


def written_manifest(kept: Mapping[str, ManifestEntry]) -> bytes:
    """The manifest as it is saved."""
    files = {key: {"file": each.name, "size": each.size, "sha256": each.digest} for key, each in kept.items()}
    return json.dumps({"documents": files}, indent=1).encode() + b"\n"


def documents_of(lead: Lead) -> tuple[Document, ...]:
    """All documents of a lead, each once."""
    found: dict[object, Document] = {}
    for document in (*lead.documents, *lead.iter_file_documents()):
        found.setdefault(document.id or len(found), document)  # one without an id may be any
    return tuple(found.values())


def names(documents: Iterable[Document], kept: Mapping[str, ManifestEntry], there: Iterable[str]) -> list[str]:
    """A name for each document: the one it had, or else a new one that nothing there has."""
    taken = {_key(each) for each in (*there, *(known.name for known in kept.values()))}
    numbers: dict[str, Iterator[int]] = {}
    found: list[str] = []
    for document in documents:
        known = kept.get(document.id)
        found.append(known.name if known else _unused(safe_name(document.filename, document.id), taken, numbers))
        taken.add(_key(found[-1]))
    return found
