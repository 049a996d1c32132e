"""Whether and when a request is sent again: a decision, carried out elsewhere.

Rules of this file: it knows no clock, no socket and no HTTP library. A write is sent again only when it provably never
reached the server, or when the server said 429, which it says instead of doing the work. A read is sent again after
anything that may pass. Nobody ever waits past the budget: a longer ``Retry-After`` ends the call at once.
"""

import email.utils
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

READS = frozenset({"GET", "HEAD", "OPTIONS"})
BACKOFF_FIRST = 0.5
BACKOFF_MAX = 8.0


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended: with a status, or with no complete answer."""

    status: int | None = None
    retry_after: float | None = None
    never_sent: bool = False


def may_repeat(method: str, outcome: Outcome) -> bool:
    """Whether sending the request again can do no harm and may help."""
    if outcome.never_sent or outcome.status == 429:
        return True
    if method.upper() not in READS:
        return False
    status = outcome.status
    return status is None or status == 408 or (500 <= status <= 599 and status != 501)


def wait_before_next(
    method: str, outcome: Outcome, *, attempt: int, attempts: int, left: float, jitter: float
) -> float | None:
    """Seconds to wait before the next attempt, or None to stop.

    ``attempt`` counts from 1, ``left`` is what is left of the budget in seconds, ``jitter`` is between 0 and 1.
    """
    if attempt >= attempts or not may_repeat(method, outcome):
        return None
    wait = outcome.retry_after
    if wait is None:
        power = min(attempt - 1, 99)  # far above the ceiling, and still a float
        wait = min(BACKOFF_MAX, BACKOFF_FIRST * 2**power) * (0.5 + jitter / 2)
    return wait if wait < left else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """``Retry-After`` in seconds from ``now``, given as seconds or as a date; None if absent or unreadable.

    Several of them, of which each proxy on the way may add one, are as many commas; the largest counts.
    """
    found = [_seconds(text.strip(), now) for text in re.split(_COMMA, headers.get("retry-after", ""))]
    return max((max(0.0, seconds) for seconds in found if math.isfinite(seconds)), default=None)


_COMMA = r"(?i)(?<!mon|tue|wed|thu|fri|sat|sun|day),"
"""Not the one of a date, after the day of the week."""


def _seconds(text: str, now: datetime) -> float:
    if re.fullmatch(r"[+-]?([0-9]+\.?|[0-9]*\.[0-9]+)(e[0-9]+)?", text):  # float() also takes 1_0 and other digits
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError, LookupError, TypeError):  # it stumbles over some that are no dates
        return math.nan
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
