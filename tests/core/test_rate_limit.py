"""The limit that learns: what a server does, played in seconds that nobody waits for."""

import heapq
import math

import pytest

from omni._operations.rate_limit import RateLimit, Ticket
from omni._transport.retry import AttemptOutcome

OK, REFUSED = AttemptOutcome(200), AttemptOutcome(429)


def start_all(limit: RateLimit, now: float, concurrency: int = 8) -> list[Ticket]:
    """Begin as many of so many calls as the limit allows."""
    return [ticket for _ in range(concurrency) if (ticket := limit.start(now))]


def test_there_is_no_limit_at_first() -> None:
    """The API documents none."""
    assert len(start_all(RateLimit(), 0.0, 1000)) == 1000


def test_refusal_halves_what_is_in_flight_once_for_a_burst() -> None:
    """The other refusals of the same burst say nothing new."""
    limit = RateLimit()
    for ticket in start_all(limit, 0.0):
        limit.end(ticket, REFUSED, 0.0, 0.5)

    assert len(start_all(limit, 1.0)) == 4


def test_one_call_is_always_allowed() -> None:
    """However often the server refuses."""
    limit = RateLimit()
    for now in range(100, 1000, 100):
        for ticket in start_all(limit, now):
            limit.end(ticket, REFUSED, now, 0.5)

    assert len(start_all(limit, 1000)) == 1


@pytest.mark.parametrize("status", [429, 503, 200])
def test_nobody_starts_before_retry_after(status: int) -> None:
    """Whichever response has it; and the longest counts."""
    limit = RateLimit()
    first, second = start_all(limit, 0.0, 2)
    limit.end(first, AttemptOutcome(status, 7.0), 1.0, 0.5)
    limit.end(second, AttemptOutcome(status, 2.0), 1.0, 0.5)

    assert limit.start(7.9) is None
    assert limit.start(8.0) is not None
    assert limit.refused_for == 7.0


def test_pause_without_retry_after_grows_from_refusal_to_refusal() -> None:
    """As between the attempts of one call; also if the server asks for no pause at all."""
    limit, now, pauses = RateLimit(), 0.0, []
    for _ in range(4):
        ticket = limit.start(now)
        assert ticket
        limit.end(ticket, AttemptOutcome(429, 0.0), now, 1.0)
        pauses.append(limit.not_before - now)
        now = limit.not_before

    assert pauses == [0.5, 1.0, 2.0, 4.0]
    assert limit.refused_for == sum(pauses)
    ticket = limit.start(now)
    assert ticket
    limit.end(ticket, OK, now, 1.0)
    assert limit.refused_for == 0


def test_abandoned_call_makes_room_and_teaches_nothing() -> None:
    """Nor does the second end of a call."""
    limit = RateLimit(most=1)
    ticket = limit.start(0.0)
    assert ticket
    assert limit.start(0.0) is None
    limit.end(ticket, None, 0.0, 0.5)
    limit.end(ticket, REFUSED, 0.0, 0.5)

    assert (limit.most, limit.not_before) == (1, -math.inf)
    assert limit.start(0.0)


@pytest.mark.parametrize("admits", [1, 2, 3, 5, 8, 20])
def test_server_that_admits_some_calls_at_once(admits: int) -> None:
    """Few calls are refused, and the server is kept busy; when it admits more, more are made."""
    limit = RateLimit()
    refused, seconds = play(limit, admits, calls=1000)

    assert refused <= 64 + 1000 / (32 * admits)  # the first bursts, and then one of some hundred
    assert seconds <= 1.25 * 1000 / admits
    play(limit, 100, calls=4000)
    assert limit.most > 25


def play(limit: RateLimit, admits: int, calls: int) -> tuple[int, float]:
    """Make calls of about a second, 32 at once; how many are refused, and how long it takes."""
    begin = now = max(0.0, limit.not_before)
    refused = started = admitted = 0
    running: list[tuple[float, int, bool, Ticket]] = []
    while calls or running:
        while calls and len(running) < 32 and (ticket := limit.start(now)):
            calls, started, is_admitted = calls - 1, started + 1, admitted < admits
            admitted += is_admitted
            seconds = 0.7 + started % 7 / 10 if is_admitted else 0.01
            heapq.heappush(running, (now + seconds, started, is_admitted, ticket))
        if not running:
            now = limit.not_before
            continue
        now, _, is_admitted, ticket = heapq.heappop(running)
        limit.end(ticket, OK if is_admitted else REFUSED, now, 0.5)
        admitted -= is_admitted
        calls += not is_admitted
        refused += not is_admitted
    return refused, now - begin
