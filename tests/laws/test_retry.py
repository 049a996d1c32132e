"""No call waits past its deadline, and no write is sent twice, whatever happens and however often."""

import math
from datetime import UTC, datetime

from hypothesis import example, given, strategies as st

from omni._transport.retry import BACKOFF_MAX, READS, AttemptOutcome, may_repeat, retry_after, wait_before_next

METHODS = st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "get", "post", ""])
SECONDS = st.floats(min_value=0, allow_nan=False)
OUTCOMES = st.builds(
    AttemptOutcome,
    st.none() | st.integers(-1, 1000) | st.sampled_from([408, 429, 500, 501, 503]),
    st.none() | st.floats(min_value=0, allow_nan=False, allow_infinity=False),
    st.booleans(),
)
ATTEMPTS = st.integers(1, 10) | st.integers(1, 10**6)
JITTER = st.floats(0, 1)


@given(METHODS, OUTCOMES, ATTEMPTS, ATTEMPTS, SECONDS, JITTER)
@example("GET", AttemptOutcome(503), 1026, 2000, math.inf, 0.0)
def test_pauses_are_within_limits(
    method: str, outcome: AttemptOutcome, attempt: int, attempts: int, remaining: float, jitter: float
) -> None:
    """A pause ends before the deadline; it is what the server asked for, or at most eight seconds."""
    wait = wait_before_next(method, outcome, attempt=attempt, attempts=attempts, remaining=remaining, jitter=jitter)

    if wait is not None:
        assert 0 <= wait < remaining
        assert wait == outcome.retry_after or (outcome.retry_after is None and 0 < wait <= BACKOFF_MAX)
        assert attempt < attempts
        assert may_repeat(method, outcome)


@given(METHODS, OUTCOMES, ATTEMPTS, SECONDS, JITTER)
def test_writes_that_may_have_happened_are_never_retried(
    method: str, outcome: AttemptOutcome, attempt: int, remaining: float, jitter: float
) -> None:
    """Only what was never sent or got a 429 is sent again, unless it is a read."""
    wait = wait_before_next(method, outcome, attempt=attempt, attempts=10**9, remaining=remaining, jitter=jitter)

    did_nothing = outcome.never_sent or outcome.status == 429
    assert wait is None or did_nothing or method.upper() in READS


@given(
    METHODS,
    st.lists(st.tuples(OUTCOMES, st.floats(0, 60)), max_size=20),
    st.integers(1, 10),
    st.floats(0.001, 120),
    JITTER,
)
def test_pauses_never_pass_the_deadline(
    method: str, outcomes: list[tuple[AttemptOutcome, float]], attempts: int, timeout: float, jitter: float
) -> None:
    """However long the attempts take, each pause ends in time, and attempts are counted."""
    clock, waits = 0.0, 0
    for outcome, duration in outcomes:
        clock += duration
        remaining = timeout - clock
        wait = wait_before_next(
            method, outcome, attempt=waits + 1, attempts=attempts, remaining=remaining, jitter=jitter
        )
        if wait is None:
            break
        assert wait < remaining
        clock, waits = clock + wait, waits + 1
        assert clock <= timeout

    assert waits < attempts


@given(st.integers(1, 1000), st.integers(1, 1000), JITTER)
def test_pauses_never_get_shorter(first: int, second: int, jitter: float) -> None:
    """A later pause of the same call is as long as an earlier one, or longer."""
    earlier, later = (
        wait_before_next("GET", AttemptOutcome(503), attempt=attempt, attempts=10**9, remaining=math.inf, jitter=jitter)
        for attempt in sorted([first, second])
    )

    assert earlier is not None
    assert later is not None
    assert earlier <= later


DATES = st.from_regex(
    r"((Mon|Fri), )?[0-9]{1,2} (Jan|Feb|Foo) [0-9]{1,5} [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,3})?"
    r"( (GMT|[+-][0-9]{1,5}|-0000))?",
    fullmatch=True,
)
HEADER = st.text(max_size=40) | st.floats().map(str) | st.integers().map(str) | DATES
NOW = st.datetimes(timezones=st.just(UTC))


@given(HEADER | st.text('0123456789 ,:+-_.eJanFriGMTinf()\\"', max_size=40), NOW)
@example("1e999", datetime(2026, 1, 1, tzinfo=UTC))
@example("Fri, 31 Dec 9999 23:59:59 -2359", datetime.min.replace(tzinfo=UTC))
def test_any_retry_after_is_seconds_or_none(text: str, now: datetime) -> None:
    """Any text is read as a finite number that is not negative, or as None."""
    seconds = retry_after({"retry-after": text}, now)

    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)), NOW)
def test_dates_are_the_seconds_until_then(then: datetime, now: datetime) -> None:
    """A past date is now."""
    then = then.replace(microsecond=0, tzinfo=UTC)
    text = f"{then:%a, %d %b} {then.year:04} {then:%H:%M:%S} GMT"

    assert retry_after({"retry-after": text}, now) == max(0.0, (then - now).total_seconds())
