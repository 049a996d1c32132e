"""How many calls may be in flight at once, learned from responses that ask for fewer: a decision without clock or I/O.

Theory of operation. Limits exist and no number is documented (the page Introduction), so there is none at first. A 429,
or a Retry-After in any response, halves what is in flight, and nobody starts before the pause has passed. Then each
round of calls that is admitted adds one, up to where the server refused; beyond that, one is added in ``PROBE_ROUNDS``
rounds, so that refusals stay rare. A burst is refused many times for one reason, so only a call that started after the
last refusal counts.
"""

import math
from dataclasses import dataclass, field

from omni._transport.retry import AttemptOutcome, wait_before_next

PROBE_ROUNDS = 32
"""Rounds of calls in which one is added where the server refused before."""


@dataclass(frozen=True, eq=False)
class Ticket:
    """The right to one call; ``refusals`` is how many refusals were known when it began."""

    refusals: int


@dataclass
class RateLimit:
    """The limit of all calls that share it. Times are seconds of one clock. Its methods are not thread-safe."""

    most: float = math.inf
    """How many calls may be in flight."""
    not_before: float = -math.inf
    """When the next call may begin."""
    refused_since: float | None = None
    """When the server began to refuse; None if it admitted a call since."""
    _in_flight: set[Ticket] = field(default_factory=set[Ticket])
    _refusals: int = 0
    _in_a_row: int = 0
    _refused_at: float = math.inf

    def start(self, now: float) -> Ticket | None:
        """The right to begin a call now, or None."""
        if now < self.not_before or len(self._in_flight) >= max(1, int(min(self.most, 1e9))):
            return None
        ticket = Ticket(self._refusals)
        self._in_flight.add(ticket)
        return ticket

    def end(self, ticket: Ticket, outcome: AttemptOutcome | None, now: float, jitter: float) -> None:
        """Learn from a call that ended, None if it was abandoned; of several ends of a call the first one counts.

        ``jitter`` is between 0 and 1.
        """
        if ticket not in self._in_flight:
            return
        is_current = ticket.refusals == self._refusals
        if outcome and (outcome.status == 429 or outcome.retry_after is not None):
            self._slow_down(is_current, outcome.retry_after or 0.0, now, jitter)
        elif outcome and outcome.status is not None and is_current:
            self._speed_up()
        self._in_flight.discard(ticket)

    def _slow_down(self, is_current: bool, retry_after: float, now: float, jitter: float) -> None:
        if is_current:
            self._refused_at = len(self._in_flight)
            self.most = max(1.0, self._refused_at / 2)
            self._refusals += 1
            self._in_a_row += 1
        if self.refused_since is None:
            self.refused_since = now
        # The same pause as between the attempts of one call; a server that asks for none gets one too.
        backoff = wait_before_next(
            "GET",
            AttemptOutcome(429),
            attempt=max(1, self._in_a_row),
            attempts=self._in_a_row + 2,
            remaining=math.inf,
            jitter=jitter,
        )
        self.not_before = max(self.not_before, now + max(retry_after, backoff or 0.0))

    def _speed_up(self) -> None:
        self.refused_since, self._in_a_row = None, 0
        if len(self._in_flight) < int(min(self.most, 1e9)):
            return  # the limit was not what held calls back
        self.most += (1 if self.most + 1 < self._refused_at else 1 / PROBE_ROUNDS) / self.most
        if self.most >= self._refused_at:
            self._refused_at = math.inf  # it has changed

    @property
    def refused_for(self) -> float:
        """Seconds from the first of the refusals in a row until the next call may begin; 0 without refusals."""
        return 0.0 if self.refused_since is None else self.not_before - self.refused_since
