"""Ids: which can stand in a path, and whether a response is about the one that was asked for."""

import re
from collections.abc import Iterable

from omni.errors import UsageError


def checked_id(name: str, value: object) -> str:
    """The id, if it can stand in a path without changing it."""
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a str, not {type(value).__name__}.")
    if not value or value in {".", ".."} or not value.isprintable() or set(value) & set("/\\%"):
        raise UsageError(
            f"{name} cannot be an id: it is empty, '.' or '..', or has a slash, a percent sign or a control character."
        )
    return value


def check_ids(ids: Iterable[object], id: object) -> None:
    """Raise UsageError if one of a response's ids is another than the one that was asked for; others than text pass."""
    for found in ids:
        if found != id and isinstance(found, str) and _comparable(found) != _comparable(id):
            raise UsageError("it has another id than the one that was asked for")


def _comparable(id: object) -> str:
    """An id as it is compared: one UUID may be written in capitals or without hyphens, any other id is opaque.

    Databases take a UUID in any spelling and give it back in one, so a caller's capitals are no other lead.
    """
    digits = str(id).replace("-", "").lower()
    return digits if re.fullmatch("[0-9a-f]{32}", digits) else str(id)
