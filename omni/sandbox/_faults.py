"""Faults on request: which there are, how they are written, and which requests they fit.

A fault is written as a name and options, such as `429; retry-after=7`. It comes in the header `X-Sandbox-Fault` of the
request that shall meet it, or is planned with `fail_next` for the next one that it fits. The option `path` narrows it
to paths that begin so: `503; path=/files/`.

    400 … 599         refuse with this status; retry-after=SECONDS or a date
    html              answer with a page of HTML; status=200
    lost-request      close the connection without carrying the request out
    lost-answer       carry the request out, and close the connection without a byte
    drop              send the headers and so many bytes of the body, then close the connection; at=0
    slow              let each piece of the body, at most a mebibyte, take so long; seconds=1
    expired-link      answer with links that have ended, or, asked for a file, that this one has
    flat              Get Lead as it was in October 2025
    old-documents     Get Lead Documents as it was in October 2025
    old-action-logs   Get Lead Action Logs as it was in October 2025
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Scope

HEADER = "x-sandbox-fault"

_STATUS = "400 … 599"
_OPTIONS: dict[str, dict[str, str]] = {
    _STATUS: {"retry-after": ".+"},
    "html": {"status": "[2-5][0-9][0-9]"},
    "lost-request": {},
    "lost-answer": {},
    "drop": {"at": "[0-9]{1,18}"},
    "slow": {"seconds": r"[0-9]{1,9}(\.[0-9]+)?"},
    "expired-link": {},
    "flat": {},
    "old-documents": {},
    "old-action-logs": {},
}
_ONLY = {
    "flat": "/api/v1/leads/[^/]+",
    "old-documents": "/api/v1/leads/[^/]+/documents",
    "old-action-logs": "/api/v1/leads/[^/]+/action-logs",
}


@dataclass(frozen=True)
class Fault:
    """One fault: its name, and its options as they were written."""

    name: str
    options: Mapping[str, str]

    @property
    def is_status(self) -> bool:
        """Whether it is a plain refusal, named by its status."""
        return re.fullmatch("[45][0-9][0-9]", self.name) is not None

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read a fault, or raise ValueError with the names of all that there are."""
        name, *pairs = (part.strip() for part in text.split(";"))
        fault = cls(name, {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in pairs)})
        known = _OPTIONS.get(_STATUS if fault.is_status else name)
        if known is None:
            raise ValueError(f"{name!r} is no fault of the sandbox; there are {', '.join(_OPTIONS)}.")
        for key, value in fault.options.items():
            if not re.fullmatch((known | {"path": "/.*"}).get(key, "(?!)"), value):
                raise ValueError(f"{name} takes no {key}={value}; it takes {', '.join([*known, 'path'])}.")
        return fault

    def fits(self, path: str) -> bool:
        """Return whether a request of this path can meet the fault."""
        begins = path.startswith(self.options.get("path", "/"))
        return begins and re.fullmatch(_ONLY.get(self.name, ".*"), path, re.DOTALL) is not None


def current(scope: Scope) -> str | None:
    """Return the name of the fault that a request meets."""
    fault: Fault | None = scope.get(HEADER)
    return fault.name if fault else None
