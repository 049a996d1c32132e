"""Lists that come in pages: how an operation pages; and where a walk is, over pages or over ids that were given."""

import json
import math
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from omni._operations.operation import Operation
from omni._views.json_values import int_or_none
from omni.errors import UsageError

P = TypeVar("P")
V = TypeVar("V")

Filters = Mapping[str, str]
"""What is asked of all pages alike, by parameter, as it is sent."""


class Pages(Generic[P, V]):
    """How the responses of an operation are pages of one list.

    ``items`` are those of a page. ``next_token`` is what it has for the token of the next one, as it came; None or an
    empty text on the last page. ``parameter`` is the argument that takes the token.
    """

    def __init__(
        self,
        operation: Operation[P],
        items: Callable[[P], Sequence[V]],
        next_token: Callable[[P], object],
        parameter: str = "token",
    ) -> None:
        self.operation, self.items, self.next_token, self.parameter = operation, items, next_token, parameter

    def query(self, filters: Filters, token: str | None) -> dict[str, Any]:
        """The arguments of one page; the first page has no token."""
        return {**filters} if token is None else {**filters, self.parameter: token}


class PagePosition(NamedTuple):
    """A position in the list: the token of a page, and how many of its items were returned already."""

    token: str | None = None
    returned: int = 0

    @classmethod
    def from_cursor(cls, cursor: str | None, filters: Filters) -> "PagePosition":
        """The position that a cursor means; UsageError if it is no cursor, or one of other filters."""
        if cursor is None:
            return cls()
        try:
            expected, token, returned = json.loads(cursor)
        except (TypeError, ValueError, RecursionError):
            expected, token, returned = None, None, -1
        if not (isinstance(token, str | None) and _is_count(returned)):
            raise UsageError("cursor must be what the cursor of an iterator was, unchanged.")
        if expected != filters:
            raise UsageError("This cursor belongs to a list with other arguments: give those that it came from.")
        return cls(token, returned)

    def cursor(self, filters: Filters) -> str:
        """The position as a text, which belongs to the filters."""
        return json.dumps([{**filters}, self.token, self.returned])

    def after_item(self, count: int, next_token: object, seen: Container[str | None]) -> "PagePosition":
        """The position after one more of a page's ``count`` items: on the next page once this one is used up.

        A page that was seen is never the next one, so a walk ends where the server would lead it in a circle.
        """
        returned = min(self.returned + 1, count)
        if returned == count and next_token and isinstance(next_token, str) and next_token not in seen:
            return PagePosition(next_token)
        return self._replace(returned=returned)


class WalkPosition:
    """Which of the ids are done, by their numbers from 0: nothing about a person is in its cursor."""

    def __init__(self, reached: int = 0, missing: Collection[int] = ()) -> None:
        self._reached = reached
        self._missing = set(missing)
        self._next = 0

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "WalkPosition":
        """The position that a cursor means; UsageError if it is no cursor."""
        if cursor is None:
            return cls()
        try:
            reached, missing = json.loads(cursor)
            missing = [*missing]
        except (TypeError, ValueError, RecursionError):
            reached, missing = -1, []
        if not (_is_count(reached) and all(_is_count(number) and number < reached for number in missing)):
            raise UsageError("cursor must be what the cursor of an iterator was, unchanged.")
        return cls(reached, missing)

    @property
    def cursor(self) -> str:
        """The position as a text: how many ids were reached, and which of them are not done."""
        return json.dumps([self._reached, sorted(self._missing)])

    def take(self) -> int | None:
        """The number of the next id, which is not done; None if it was done already."""
        number = self._next
        self._next += 1
        if number >= self._reached:
            self._reached += 1
            self._missing.add(number)
        return number if number in self._missing else None

    def finish(self, number: int) -> None:
        """Note that an id is done."""
        self._missing.discard(number)


def checked_limit(count: int | None, name: str = "max_items", *, least: int = 0) -> float:
    """How many items or pages are wanted at most, infinity for None; UsageError if it is no number of things."""
    if count is None:
        return math.inf
    if not _is_count(count) or count < least:
        raise UsageError(f"{name} must be a whole number from {least}, or None for all.")
    return count


def _is_count(value: object) -> bool:
    found = int_or_none(value)
    return found is not None and found >= 0
