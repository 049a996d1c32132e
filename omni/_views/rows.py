"""Views as rows of a table: one value for each column, and the same columns whatever a response had."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from omni._views.fields import Field
from omni._views.json_values import is_a

Value = str | int | bool | datetime | None
_KINDS = {"string", "integer", "boolean", "flag", "date-time", "enum"}
"""The kinds of fields that have one value."""
_TYPES = (str, str | None, bool, datetime | None)
"""The types of properties that have one value."""


def row(view: Any, view_class: Any) -> dict[str, Value]:
    """The value of each column."""
    return {name: _value(getattr(view, name), absent) for name, absent in _columns(view_class).items()}


def _value(value: Any, absent: Any) -> Value:
    """The value in a table: None also where a field reads what is absent as an empty text."""
    if isinstance(value, StrEnum):  # libraries of tables know no enums
        return value.value
    return None if value == absent == "" else value


@cache
def _columns(view: Any) -> dict[str, Any]:
    """The columns of a view, each with its value where a response has none; what tells views apart comes first."""
    found = dict(_flat_members(view))
    first = [name for name in view._shown if name in found]
    return {name: found[name] for name in dict.fromkeys([*first, *found])}


def _flat_members(view: Any) -> Iterator[tuple[str, Any]]:
    """The public fields and properties that have one value, in the order of their declarations."""
    owners: list[type] = [*reversed(view.__mro__)]
    for name in dict.fromkeys(name for owner in owners for name in vars(owner)):
        member: Any = getattr(view, name)
        if name.startswith("_") or (name == "id" and "id" not in view._shown):  # where it is another column as well
            continue
        if is_a(member, Field) and member.kind in _KINDS:
            yield name, member.absent
        elif is_a(member, property) and member.fget.__annotations__.get("return", object) in _TYPES:
            yield name, ""
