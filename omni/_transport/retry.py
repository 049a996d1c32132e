"""Whether and when a request is sent again: a pure decision, carried out by the HTTP client.

Rules of this file: it knows no clock, no socket and no HTTP library. A write is sent again only if it provably never
reached the server, or if the server responded with 429, which means that it did no work. A read is sent again after any
temporary failure. No pause goes beyond the deadline: a longer ``Retry-After`` ends the call at once.
"""

import email.utils
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

READS = frozenset({"GET", "HEAD", "OPTIONS"})
BACKOFF_FIRST = 0.5
"""Seconds before the second attempt, less up to a half at random; each later wait is twice as long."""
BACKOFF_MAX = 8.0
"""Seconds before an attempt at most, unless the server asks for more."""


class AttemptOutcome(NamedTuple):  # a dataclass takes eight times as long to make, and a first call makes this
    """How one attempt ended: with a status, or without a complete response."""

    status: int | None = None
    retry_after: float | None = None
    never_sent: bool = False


def may_repeat(method: str, outcome: AttemptOutcome) -> bool:
    """Whether sending the request again does no harm and may help."""
    if outcome.never_sent or outcome.status == 429:
        return True
    if method.upper() not in READS:
        return False
    status = outcome.status
    return status is None or status == 408 or (500 <= status <= 599 and status != 501)


def wait_before_next(
    method: str, outcome: AttemptOutcome, *, attempt: int, attempts: int, remaining: float, jitter: float
) -> float | None:
    """Seconds to wait before the next attempt, or None to stop.

    ``attempt`` counts from 1, ``remaining`` is in seconds until the deadline, ``jitter`` is between 0 and 1.
    """
    if attempt >= attempts or not may_repeat(method, outcome):
        return None
    wait = outcome.retry_after
    if wait is None:
        power = min(attempt - 1, 99)  # far above BACKOFF_MAX, and still a float
        wait = min(BACKOFF_MAX, BACKOFF_FIRST * 2**power) * (0.5 + jitter / 2)
    return wait if wait < remaining else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """``Retry-After`` in seconds from ``now``, from a number of seconds or a date; None if absent or unreadable.

    Each proxy on the way may add one, and httpx joins them with commas; the largest counts.
    """
    values = [_seconds(text.strip(), now) for text in re.split(_COMMA, headers.get("retry-after", ""))]
    return max((max(0.0, seconds) for seconds in values if math.isfinite(seconds)), default=None)


_COMMA = r"(?i)(?<!mon|tue|wed|thu|fri|sat|sun|day),"
"""A comma between two values, and not the one after the day of the week in a date."""


def _seconds(text: str, now: datetime) -> float:
    if re.fullmatch(r"[+-]?([0-9]+\.?|[0-9]*\.[0-9]+)(e[0-9]+)?", text):  # float() also takes 1_0 and other digits
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError, LookupError, TypeError):  # it fails in all these ways on malformed dates
        return math.nan
    return (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
