"""Ids: which are safe in a path, and whether a response is about the id that was asked for."""

import re
from collections.abc import Iterable

from omni._views.base import MismatchError
from omni.errors import UsageError


def checked_id(name: str, value: object) -> str:
    """The id; UsageError if it would change the path that it is put into."""
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a str, not {type(value).__name__}.")
    if not value or value in {".", ".."} or not value.isprintable() or set(value) & set("/\\%"):
        raise UsageError(
            f"{name} cannot be an id: it is empty, '.' or '..', or has a slash, a percent sign or a control character."
        )
    return value


def check_ids(ids: Iterable[object], id: object) -> None:
    """Raise MismatchError if a response has another id than the one that was asked for; any but text are ignored."""
    for other in ids:
        if other != id and isinstance(other, str) and comparable_id(other) != comparable_id(id):
            raise MismatchError("it has another id than the one that was asked for")


def comparable_id(id: object) -> str:
    """An id in a form that can be compared: UUIDs without case and hyphens, any other id as it is.

    Databases accept a UUID in any spelling and return it in one, so capitals do not make it another lead.
    """
    digits = str(id).replace("-", "").lower()
    return digits if re.fullmatch("[0-9a-f]{32}", digits) else str(id)
