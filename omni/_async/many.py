"""An iterator over many leads: some calls at once, results as they come, a pause for all where the API asks for one."""

import math
import random
import threading
import time
from collections import deque
from typing import Any

from omni._async.session import AsyncSession
from omni._files.background import AsyncBackground
from omni._fork_safety import fork_lock
from omni._operations import registry
from omni._operations.ids import checked_id
from omni._operations.pagination import WalkPosition
from omni._operations.rate_limit import RateLimit, Ticket
from omni._traceback_scrubbing import clear_frames
from omni._transport.failures import is_of_callback
from omni._transport.retry import AttemptOutcome, wait_before_next
from omni._transport.runtime import AsyncRuntime
from omni._views.leads import Lead
from omni._views.results import AsyncIds, FailedLead, FetchedLead, LeadResult
from omni.errors import APIStatusError, AuthenticationError, OmniError, RateLimitError, UsageError

_POLL = 0.05
"""Seconds between two looks at whether another iterator of the client has left room for a call."""


class _Reading:
    """One id on its way to a result."""

    def __init__(self, number: int, lead_id: str) -> None:
        self.number = number
        self.lead_id = lead_id
        self.attempts = 0
        self.not_before = self.began = -math.inf
        self.ticket: Ticket | None = None


class AsyncWalk:
    """A walk over the leads of many ids; calls are started when a result is asked for."""

    def __init__(self, session: AsyncSession, ids: AsyncIds, concurrency: int, position: WalkPosition) -> None:
        self._background = AsyncBackground()
        self._session = AsyncSession(session.http.with_options(attempts=1), session.observe)  # attempts are made here
        self._attempts = session.http._attempts
        self._timeout = session.timeout
        self._ids = AsyncBackground.iterate(ids)
        self._concurrency = concurrency
        self._position = position
        self._pending: deque[_Reading] = deque()
        self._running: dict[int, _Reading] = {}
        self._failed: deque[tuple[_Reading, OmniError]] = deque()
        self._are_all_taken = False
        self._lock = threading.Lock()  # never waited for: not in an event loop, and not after a fork
        self._owner: object = None
        self._limit = RateLimit()

    @property
    def cursor(self) -> str:
        """The position after the results that were returned."""
        return self._position.cursor

    async def next(self) -> LeadResult:
        """The next result; StopAsyncIteration after the last."""
        if not self._lock.acquire(blocking=False):
            raise UsageError("Another task or thread is reading from this iterator: let one read, and pass results on.")
        try:
            self._check_owner()
            return await self._next()
        finally:
            self._lock.release()

    def _check_owner(self) -> None:
        if self._owner is None:
            self._owner = AsyncRuntime.owner()
            self._limit = _shared_limit(self._session.http._root, self._owner)
        if self._owner != AsyncRuntime.owner():
            raise UsageError("This iterator belongs to another process or event loop: continue with its cursor.")

    async def _next(self) -> LeadResult:
        while True:
            await self._take_ids()
            pause = self._start_calls()
            if self._failed:
                reading, error = self._failed.popleft()
                return self._finish(reading, FailedLead(reading.lead_id, error))
            if not (self._running or self._pending):
                raise StopAsyncIteration
            if ended := await self._background.wait(pause):
                reading, outcome = ended
                del self._running[reading.number]
                if (result := self._result(reading, outcome)) is not None:
                    return self._finish(reading, result)

    def _finish(self, reading: _Reading, result: LeadResult) -> LeadResult:
        self._position.finish(reading.number)
        return result

    async def _take_ids(self) -> None:
        """Take ids until enough are on their way: in the caller's thread, which may be the only one that can."""
        while not self._are_all_taken and self._open < self._concurrency:
            try:
                lead_id = await self._ids.__anext__()
            except StopAsyncIteration:
                self._are_all_taken = True
                return
            number = self._position.take()
            if number is None:
                continue
            reading = _Reading(number, lead_id)
            if error := _id_error(lead_id):
                clear_frames(error)
                self._failed.append((reading, error))
            else:
                self._pending.append(reading)

    @property
    def _open(self) -> int:
        return len(self._pending) + len(self._running) + len(self._failed)

    def _start_calls(self) -> float:
        """Start what may be started; the seconds until there may be more."""
        for _ in range(len(self._pending)):
            now = time.monotonic()
            reading = self._pending[0]
            if reading.not_before <= now:
                with fork_lock:
                    reading.ticket = self._limit.start(now)
                if reading.ticket is None:
                    break
                self._start(self._pending.popleft(), now)
            else:
                self._pending.rotate(-1)
        if not self._pending:
            return math.inf
        next_start = max(self._limit.not_before, min(reading.not_before for reading in self._pending))
        pause = next_start - time.monotonic()
        return pause if pause > 0 else _POLL

    def _start(self, reading: _Reading, now: float) -> None:
        session = self._session
        if reading.attempts:
            session = session.with_timeout(max(reading.began + self._timeout - now, 0.001))
        else:
            reading.began = now
        reading.attempts += 1
        self._running[reading.number] = reading
        self._background.start(reading, _read, session, self._limit, reading.ticket, reading.lead_id)

    def _result(self, reading: _Reading, outcome: Any) -> LeadResult | None:
        """The result of a call that ended, or None if it is to be made again; raises what is not about this one id."""
        if not isinstance(outcome, BaseException):
            return FetchedLead(reading.lead_id, outcome)
        self._pending.appendleft(reading)  # until it is known that it is done
        if not isinstance(outcome, OmniError) or is_of_callback(outcome):
            raise outcome
        if isinstance(outcome, AuthenticationError | UsageError):  # of the key, or of the client: true for every id
            raise outcome
        if isinstance(outcome, RateLimitError):
            if self._limit.refused_for >= self._timeout:
                raise outcome
            reading.attempts = 0  # the server did nothing, so it is as if nothing had been sent
            return None
        now = time.monotonic()
        pause = wait_before_next(
            "GET",
            _attempt_outcome(outcome),
            attempt=reading.attempts,
            attempts=self._attempts,
            remaining=reading.began + self._timeout - now,
            jitter=random.random(),
        )
        if pause is not None:
            reading.not_before = now + pause
            return None
        self._pending.popleft()
        outcome.attempts, outcome.elapsed = reading.attempts, now - reading.began
        clear_frames(outcome)  # it is returned, and not raised through the public method that does this
        return FailedLead(reading.lead_id, outcome)

    async def close(self) -> None:
        """Stop, and wait until what can be cancelled is."""
        self.stop()
        await self._background.join()

    def stop(self) -> None:
        """Send nothing more, and cancel what can be cancelled."""
        self._are_all_taken = True
        self._pending.clear()
        self._failed.clear()
        self._background.stop()
        with fork_lock:
            for reading in self._running.values():
                assert reading.ticket is not None  # since it runs
                self._limit.end(reading.ticket, None, time.monotonic(), 0.0)
        self._running.clear()


def _id_error(lead_id: str) -> UsageError | None:
    try:
        checked_id("lead_id", lead_id)
    except UsageError as error:
        return error
    return None


async def _read(session: AsyncSession, limit: RateLimit, ticket: Ticket, lead_id: str) -> Lead:
    """Read a lead once, and let the limit learn from the response."""
    outcome: AttemptOutcome | None = None
    try:
        lead = await session.call(registry.GET_LEAD, lead_id=lead_id)
        outcome = AttemptOutcome(200)
        return lead
    except OmniError as error:
        outcome = _attempt_outcome(error)
        raise
    finally:
        with fork_lock:
            limit.end(ticket, outcome, time.monotonic(), random.random())


def _attempt_outcome(error: OmniError) -> AttemptOutcome:
    """What the retry decision needs to know of an error."""
    if isinstance(error, APIStatusError):
        return AttemptOutcome(error.status_code, error.retry_after)
    return AttemptOutcome(getattr(error, "status_code", None))


def _shared_limit(root: Any, owner: object) -> RateLimit:
    """The limit of all iterators over the same connections; a new one after a fork, where no call is under way."""
    with fork_lock:
        known: tuple[object, RateLimit] | None = getattr(root, "_rate_limit", None)
        if known is None or known[0] != owner:
            known = root._rate_limit = (owner, RateLimit())
        return known[1]
