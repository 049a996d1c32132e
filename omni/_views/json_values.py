"""JSON values that a server sent, as Python values. What has another type than the expected one is read as absent."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from omni.errors import int_or_digits

V = TypeVar("V")

_from_iso = datetime.fromisoformat


def read_json(body: bytes) -> Any:
    """The value of a JSON text; an integer with more digits than Python converts (4,300) is kept as a ``str``."""
    try:
        return json.loads(body)
    except ValueError:
        return json.loads(body, parse_int=int_or_digits)  # invalid JSON fails again


def is_a(value: Any, *types: type) -> bool:
    """Like isinstance, but type checkers do not narrow: they would ask for the types of what is in a list or dict."""
    return isinstance(value, types)


def str_or_none(value: object) -> str | None:
    """The string, or None if it is not one."""
    return value if isinstance(value, str) else None


def int_or_none(value: object) -> int | None:
    """The integer, or None if it is not one; a boolean is not one."""
    return value if type(value) is int else None


def utc_or_none(value: object) -> datetime | None:
    """The datetime in UTC, or None if it is not one or UTC cannot express it; without an offset it is taken as UTC."""
    if not isinstance(value, datetime):
        return None
    zone = value.tzinfo
    try:
        return value if zone is UTC else value.replace(tzinfo=UTC) if zone is None else value.astimezone(UTC)
    except OverflowError:
        return None


def parse_utc(value: object) -> datetime | None:
    """The datetime that a string says, in UTC, or None if it cannot be read."""
    if not isinstance(value, str):
        return None
    try:
        found = _from_iso(value)
    except ValueError:
        try:  # fromisoformat refuses a small t or z, which RFC 3339 allows
            found = _from_iso(value.upper())
        except ValueError:
            return None
    return found if found.tzinfo is UTC else utc_or_none(found)


def as_dict(value: object) -> dict[str, Any]:
    """A copy of the object, or an empty one if it is not one."""
    return {**value} if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """A copy of the array, or an empty one if it is not one."""
    return [*value] if isinstance(value, list) else []


def as_views(view: Callable[[Any], V], value: Any) -> tuple[V, ...]:
    """A view of each object of an array. Elements that are not objects are skipped; what is not an array is empty."""
    if not value or value.__class__ is not list:
        return ()
    return tuple([view(element) for element in value if element.__class__ is dict])  # a list: faster than a generator


def copy_json(value: Any) -> Any:
    """A deep copy. ``copy.deepcopy`` would fail on JSON that is nested as deep as a response may be."""
    return json.loads(json.dumps(value)) if isinstance(value, (dict, list)) else value


def may_mean_yes(value: object) -> bool:
    """Whether it is anything but a plain no, for what harms a person if it is overlooked.

    Plainly no is what is absent, null, false or a blank string. All else counts as a yes: a date that cannot be read, a
    number, an object, and the string "false" too, since nobody knows what a server means that sends one.
    """
    return not (value is None or value is False or is_blank(value))


def is_blank(value: object) -> bool:
    """Whether it is a string with nothing but whitespace."""
    return isinstance(value, str) and not value.strip()


def resembles(value: object, member: str) -> bool:
    """Whether it is this enum value, ignoring case and all characters but letters and digits."""
    return isinstance(value, str) and _letters(value) == _letters(member)


def _letters(value: str) -> str:
    return "".join(filter(str.isalnum, value)).upper()
