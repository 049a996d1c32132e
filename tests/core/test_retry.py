"""The decision whether a request is sent again, and when."""

import math
from datetime import UTC, datetime

import pytest

from omni._transport.retry import AttemptOutcome, retry_after, wait_before_next

NOW = datetime(2026, 1, 30, 2, tzinfo=UTC)


def decide(method: str, outcome: AttemptOutcome, **changes: float) -> float | None:
    """The decision after the first of three attempts, with half a minute remaining."""
    arguments = {"attempt": 1, "attempts": 3, "remaining": 30.0, "jitter": 1.0, **changes}
    return wait_before_next(method, outcome, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [None, 408, 429, 500, 502, 503, 504, 520, 599])
def test_reads_are_retried_after_temporary_failures(status: int | None) -> None:
    """A read does no harm."""
    assert decide("GET", AttemptOutcome(status)) == 0.5
    assert decide("get", AttemptOutcome(status)) == 0.5


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 409, 418, 422, 501, 600])
def test_reads_are_not_retried_after_other_statuses(status: int) -> None:
    """The next response would be the same."""
    assert decide("GET", AttemptOutcome(status)) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post"])
@pytest.mark.parametrize("status", [None, 200, 408, 500, 502, 503, 504])
def test_writes_that_may_have_happened_are_not_retried(method: str, status: int | None) -> None:
    """A second one could do the work twice."""
    assert decide(method, AttemptOutcome(status)) is None


@pytest.mark.parametrize("outcome", [AttemptOutcome(429), AttemptOutcome(never_sent=True)])
def test_writes_that_did_nothing_are_retried(outcome: AttemptOutcome) -> None:
    """Only a 429, or a request that was never sent, proves that nothing was done."""
    assert decide("POST", outcome) == 0.5


def test_last_attempt_is_not_repeated() -> None:
    """However temporary its failure is."""
    assert decide("GET", AttemptOutcome(503), attempt=2) is not None
    assert decide("GET", AttemptOutcome(503), attempt=3) is None
    assert decide("GET", AttemptOutcome(503), attempts=1) is None


def test_pauses_double_up_to_a_maximum() -> None:
    """From half a second to eight; jitter takes away up to half."""
    pauses = [decide("GET", AttemptOutcome(503), attempt=attempt, attempts=99) for attempt in range(1, 8)]

    assert pauses == [0.5, 1, 2, 4, 8, 8, 8]
    assert decide("GET", AttemptOutcome(503), jitter=0.0) == 0.25


def test_pauses_beyond_the_deadline_end_the_call() -> None:
    """A pause that does not fit ends the call at once."""
    assert decide("GET", AttemptOutcome(429, retry_after=29)) == 29
    assert decide("GET", AttemptOutcome(429, retry_after=30)) is None
    assert decide("GET", AttemptOutcome(429, retry_after=1e9)) is None
    assert decide("GET", AttemptOutcome(503), remaining=0.5) is None
    assert decide("GET", AttemptOutcome(429, retry_after=3600), remaining=math.inf) == 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0.5", 0.5),
        ("0", 0),
        ("-3", 0),
        ("1000000000", 1e9),
        ("Fri, 30 Jan 2026 02:00:09 GMT", 9),
        ("Fri, 30 Jan 2026 02:00:09 -0000", 9),
        ("Fri, 30 Jan 2026 03:00:00 +0100", 0),
        ("Thu, 29 Jan 2026 02:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("Fri, 99 Jan 2026 02:00:09 GMT", None),
        ("1" * 5000, None),
        ("2, 2", 2),
        ("2,60, 30", 60),
        ("2, soon", 2),
        ("soon, 2,", 2),
        (",", None),
        ("2, nan, inf, " + "1" * 5000, 2),
        ("-3, -5", 0),
        ("5, Fri, 30 Jan 2026 02:00:09 GMT", 9),
        ("Fri, 30 Jan 2026 02:00:09 GMT, 5", 9),
        ("FRI, 30 Jan 2026 02:00:09 GMT, Friday, 30-Jan-26 02:00:10 GMT", 10),
        ("1_0", None),
        ("\u0663", None),
        ("0x10", None),
        ("5 seconds", None),
        ("Fri, 30 Jan 99999999999 02:00:09 GMT", None),
        ("Fri, 30 Jan 2026 02:00:09 +99999999999", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text: str, seconds: float | None) -> None:
    """A past date is now, the largest of several counts, and what is unreadable is ignored."""
    assert seconds == retry_after({"retry-after": text}, NOW)


def test_missing_retry_after_is_none() -> None:
    """Most responses have no such header."""
    assert retry_after({}, NOW) is None


def test_pauses_do_not_overflow() -> None:
    """After thousands of attempts the pause is still the maximum."""
    outcome = AttemptOutcome(never_sent=True)

    assert wait_before_next("GET", outcome, attempt=5000, attempts=9999, remaining=60, jitter=1) == 8.0
