"""Faults on request, as the docstring of `omni.sandbox` lists them: how they are read, and which requests they fit."""

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
    "lost-response": {},
    "drop": {"at": "[0-9]{1,18}"},
    "slow": {"seconds": r"[0-9]{1,9}(\.[0-9]+)?"},
    "expired-link": {},
    "flat": {},
    "old-documents": {},
    "old-action-logs": {},
}
_PATHS = {
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
        """Read a fault, or raise ValueError with the names of all faults."""
        name, *options = (part.strip() for part in text.split(";"))
        pairs = (option.partition("=") for option in options)
        fault = cls(name, {key.strip(): value.strip() for key, _, value in pairs})
        known = _OPTIONS.get(_STATUS if fault.is_status else name)
        if known is None:
            raise ValueError(f"{name!r} is not a fault of the sandbox; these are: {', '.join(_OPTIONS)}.")
        for key, value in fault.options.items():
            if not re.fullmatch((known | {"path": "/.*"}).get(key, "(?!)"), value):
                raise ValueError(f"{name} takes no {key}={value}; it takes {', '.join([*known, 'path'])}.")
        return fault

    def fits(self, path: str) -> bool:
        """Return whether a request for this path can have the fault."""
        is_in_scope = path.startswith(self.options.get("path", "/"))
        return is_in_scope and re.fullmatch(_PATHS.get(self.name, ".*"), path, re.DOTALL) is not None


def fault_name(scope: Scope) -> str | None:
    """Return the name of the fault that a request has."""
    fault: Fault | None = scope.get(HEADER)
    return fault.name if fault else None
