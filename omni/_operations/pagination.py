"""Pages of analytics: the period that is asked for, and where a walk over its pages is."""

import json
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from omni._operations.payloads import aware
from omni._views.analytics import Analytics
from omni._views.base import moment, number
from omni.errors import UsageError


class UtcDatetime(datetime):
    """A time in UTC that is written with a Z, as the page Get Analytics writes them."""

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        # The generated code asks for this; not every server that takes a Z takes +00:00 too.
        return super().isoformat(sep, timespec).replace("+00:00", "Z")


Period = Mapping[str, UtcDatetime]
"""The start and the end, less what was not given."""


def period(start: datetime | None, end: datetime | None) -> Period:
    """The period; UsageError for a time without a time zone and for a start after the end."""
    period = {name: _utc(name, time) for name, time in (("start", start), ("end", end)) if time is not None}
    if len(period) == 2 and period["start"] > period["end"]:
        raise UsageError("start is after end.")
    return period


def _utc(name: str, value: datetime) -> UtcDatetime:
    found = moment(value)
    if found is None:
        raise UsageError(f"{name} must be a datetime, and one that there is in UTC too.")
    aware(name, value)
    return UtcDatetime.combine(found.date(), found.timetz())


def query(period: Period, token: str | None) -> dict[str, Any]:
    """What is asked of the API for one page."""
    return {**period} if token is None else {**period, "token": token}


def at_most(count: int | None, name: str = "max_items", *, least: int = 0) -> float:
    """How many leads or pages are wanted at most; UsageError if it is no number of things."""
    if count is None:
        return math.inf
    if not _is_count(count) or count < least:
        raise UsageError(f"{name} must be a whole number from {least}, or None for all.")
    return count


def _is_count(value: object) -> bool:
    found = number(value)
    return found is not None and found >= 0


@dataclass(frozen=True)
class PagePosition:
    """A place on a page: its token, and how many of its leads were given already."""

    token: str | None = None
    given: int = 0

    @classmethod
    def of(cls, cursor: str | None, period: Period) -> "PagePosition":
        """The place that a cursor means; UsageError if it is no cursor, or one of another period."""
        if cursor is None:
            return cls()
        try:
            of_period, token, given = json.loads(cursor)
        except (TypeError, ValueError, RecursionError):
            of_period, token, given = None, None, -1
        if not (isinstance(token, str | None) and _is_count(given)):
            raise UsageError("cursor must be what the cursor of an iterator was, unchanged.")
        if of_period != _texts(period):
            raise UsageError("This cursor belongs to another start or end: give those that it came from.")
        return cls(token, given)

    def cursor(self, period: Period) -> str:
        """The place as a text, which belongs to the period."""
        return json.dumps([_texts(period), self.token, self.given])

    def after(self, page: Analytics, seen: Container[str | None]) -> "PagePosition":
        """The place after one more lead of the page: on the next page once this one is used up.

        A page that was seen is never the next one, so a walk ends where the server would lead it in a circle.
        """
        given = min(self.given + 1, len(page.leads))
        token = page.next_token
        if given == len(page.leads) and token and token not in seen:
            return PagePosition(token)
        return replace(self, given=given)


def _texts(period: Period) -> dict[str, str]:
    return {name: stamp.isoformat() for name, stamp in period.items()}
