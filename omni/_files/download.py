"""The decisions of a download: options, links, and whether and where to resume.

Rules of this file: no disk, no event loop and no HTTP library. A file is complete when its length is the one that the
file host announced, or when the host marked its end. ``Document.size`` comes from another system and proves nothing
about the file.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from omni._views.base import View
from omni.errors import InvalidResponseError, UsageError
from omni.settings import checked_size

EXPIRED_LINK_STATUSES = frozenset({400, 401, 403})
"""The responses of file hosts to a link that is older than an hour; S3 sends 400 for a token, 403 for a signature."""

MAX_FILE_SIZE = 10 * 2**30
"""The default of ``max_bytes``: 10 GiB, a hundred times what the API accepts."""

Progress = Callable[[int, int | None], object]


@dataclass(frozen=True)
class SaveOptions:
    """How a file is saved."""

    overwrite: bool = False
    mode: int | None = None
    max_bytes: float = MAX_FILE_SIZE

    def __post_init__(self) -> None:
        if not (self.mode is None or (type(self.mode) is int and 0 <= self.mode <= 0o777)):
            raise UsageError("mode must be permissions such as 0o600, or None for the usual ones.")
        checked_size(self.max_bytes, "max_bytes")


class ProgressReporter:
    """Calls the caller's ``progress`` and remembers what it raised: the caller's error, not a failure of the file."""

    def __init__(self, progress: Callable[..., object] | None, *first_arguments: object) -> None:
        self._progress = progress
        self._first_arguments = first_arguments
        self.raised: Exception | None = None

    def __call__(self, received: int, total: int | None) -> None:
        if self._progress is None:
            return
        try:
            self._progress(*self._first_arguments, received, total)
        except Exception as error:
            self.raised = error
            raise


@dataclass(frozen=True)
class ResumeState:
    """The bytes received, the length of the file, and the validator that tells whether it is still the same version."""

    received: int = 0
    total: int | None = None
    validator: str | None = None

    @property
    def can_resume(self) -> bool:
        """Whether only the rest needs to be requested."""
        return self.received > 0 and self.validator is not None

    @property
    def remaining(self) -> int | None:
        """The bytes that are missing, if that is known."""
        return None if self.total is None else self.total - self.received

    def request_headers(self) -> dict[str, str]:
        """The headers that request the rest or the whole file, uncompressed, so that lengths are those of the file."""
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        if self.can_resume:
            headers |= {"range": f"bytes={self.received}-", "if-range": str(self.validator)}
        return headers

    def after_response(self, status: int, headers: Mapping[str, str]) -> "ResumeState | None":
        """The state where the body of a response begins; None if the body is no usable part of this file."""
        if _COMPRESSED & set(re.split(r"[\s,]+", headers.get("content-encoding", "").lower())):
            return None
        validator = _validator(headers)
        if status == 200:
            length = _content_length(headers)
            is_delimited = length is not None or "transfer-encoding" in headers
            return ResumeState(0, length, validator) if is_delimited else None
        content_range = re.fullmatch(f"bytes ({_LENGTH})-({_LENGTH})/({_LENGTH})", headers.get("content-range", ""))
        if status != 206 or content_range is None or not self.can_resume:
            return None
        first, last, total = map(int, content_range.groups())
        is_same_file = self.total in {None, total} and validator in {None, self.validator}
        return replace(self, total=total) if is_same_file and first == self.received <= last < total else None

    def is_complete(self, ended_cleanly: bool) -> bool:
        """Whether the file is complete after a body that ended, cleanly or not."""
        return ended_cleanly if self.total is None else self.received == self.total

    @property
    def is_too_long(self) -> bool:
        """Whether more was received than the file has."""
        return self.total is not None and self.received > self.total


_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"})
"""Content encodings that change the bytes. S3 also sends ``aws-chunked``, ``utf-8`` or an empty one, which do not."""

_LENGTH = "[0-9]{1,18}"
"""Longer than any file; Python converts no number of more than 4,300 digits."""

_STRONG_ETAG = r'"[\x20-\x21\x23-\x7e]{0,255}"'
"""One that can be sent in a header, and that servers accept."""

_DATE = "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"


def _validator(headers: Mapping[str, str]) -> str | None:
    """The ETag, else the date, if it tells versions apart and can be sent back."""
    for name, pattern in (("etag", _STRONG_ETAG), ("last-modified", _DATE)):
        if re.fullmatch(pattern, value := headers.get(name, "")):
            return value
    return None


def _content_length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if re.fullmatch(_LENGTH, length) and "transfer-encoding" not in headers else None


_LINK = r"https?://[^/?#\\\s:@][^/?#\\\s@]*([/?#]|$)"
"""An absolute URL with a host: httpx would take one without a host for a path of the API, and send the key."""


def is_link(link: object) -> TypeGuard[str]:
    """Whether it is an absolute http or https URL; anything else would be requested from the API, with the key."""
    return isinstance(link, str) and re.match(_LINK, link, re.IGNORECASE) is not None


def check_link(view: View[Any], link: str | None, path: str, scheme: str) -> str:
    """The link in a response of the API; InvalidResponseError if there is none or it is less safe than the API.

    ``path`` is the template of the operation, ``scheme`` that of the API.
    """
    reason = "there is no link to a file"
    if is_link(link):
        if scheme != "https" or link.lower().startswith("https:"):
            return link
        reason = (
            "the link to the file is http, of an API that is https: anybody on the way could read or change the file"
        )
    raise InvalidResponseError(
        f"The server responded with 200, but {reason}",
        method="GET",
        path=path,
        attempts=1,
        status_code=200,
        headers={},
        content=json.dumps(view.to_dict()).encode(),
    )
