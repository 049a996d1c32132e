"""One call from its start to its response, over all attempts: what is known of it, and what is decided by that.

Rule of this file: nothing here waits or does I/O.
"""

import logging
import re
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import h11
import httpx

from omni import errors
from omni._transport.request_checks import same_origin
from omni._transport.retry import READS, Outcome, retry_after, wait_before_next

log = logging.getLogger("omni")

CONNECT_TIMEOUT = 5.0
"""A connection that takes longer is given up and tried again, within the budget; httpx's own default."""

NO_LIMIT = 1e9
"""Thirty years: what "no limit" is in seconds, since clocks and sockets overflow at other numbers."""

_WHOLE = "whole"
"""The limit of a call beside those of its steps, which are httpx's."""


class TooLarge(httpx.DecodingError):
    """A body is longer than what may be held in memory."""


_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def timeouts(seconds: float) -> httpx.Timeout:
    """A budget as httpx's timeouts; the largest of them is the budget."""
    return httpx.Timeout(min(seconds, NO_LIMIT), connect=min(seconds, CONNECT_TIMEOUT))


def stall_timeouts(limits: httpx.Timeout) -> dict[str, float | None]:
    """The limits for each wait alone, as a request's extension ``timeout``: a large file takes as long as it takes."""
    return {**limits.as_dict(), _WHOLE: NO_LIMIT}


def outcome_of(ending: httpx.Response | BaseException) -> Outcome:
    """What the retry decision needs to know of how an attempt ended."""
    if isinstance(ending, httpx.Response):
        return Outcome(ending.status_code, retry_after(ending.headers, datetime.now(UTC)))
    status = proxy_status(ending)
    passes = status is None or status in {408, 429} or status >= 500
    return Outcome(status, never_sent=isinstance(ending, _NEVER_SENT) and passes)


def proxy_status(error: BaseException) -> int | None:
    """The status with which a proxy refused to connect: httpx has it as the first of the error's words."""
    found = re.match(r"[1-9]\d\d\b", str(error)) if isinstance(error, httpx.ProxyError) else None
    return int(found[0]) if found else None


def is_bounded(response: httpx.Response, most: float) -> bool:
    """Whether the body comes as it is, and with no more bytes than this: h11 holds the server to the stated length."""
    length = b""
    for name, value in response.headers.raw:
        if (name := name.lower()) in {b"content-encoding", b"transfer-encoding"}:
            return False
        if name == b"content-length":
            length = value
    return length.isdigit() and len(length) < 20 and int(length) <= most


def _is_refused_by_h11(error: BaseException) -> bool:
    """Whether h11 refused method, target or headers, before anything was sent; HTTP/2's errors may come later."""
    cause: BaseException | None = error if isinstance(error, httpx.LocalProtocolError) else None
    while cause is not None and not isinstance(cause, h11.LocalProtocolError):
        cause = cause.__cause__ or cause.__context__  # httpcore takes away the cause of what it raises again
    return cause is not None


_CALLERS_OF_CALLBACKS = frozenset(
    {"_tell_observer", "_send_handling_auth", "_send_handling_redirects", "sync_auth_flow", "async_auth_flow"}
)
"""What calls ``observe`` here, hooks and auth flows in httpx; tests/clients/test_callbacks.py fails if they move."""


def is_of_callback(error: BaseException) -> bool:
    """Whether an event hook, an auth flow or ``observe`` raised it, so that it says nothing of how our request ended.

    What a hook meets while it reads our own response is no error of its own: httpx notes the request there.
    """
    request = getattr(error, "_request", None)
    if request is not None and "omni" in request.extensions:
        return False
    by = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in {"httpx", "omni"}:
            return by in _CALLERS_OF_CALLBACKS
        by = frame.f_code.co_name
    return False


class Call:
    """One call from its start to its answer, over all attempts."""

    def __init__(self, request: httpx.Request, path: str, default: httpx.Timeout) -> None:
        self.method = request.method.upper()
        self.path = path
        self._url = request.url
        self.attempts = 0
        self.hops = 0
        self.is_api_only = True
        self.in_flight = False
        self._is_connecting = self._is_begun = False
        limits = request.extensions.get("timeout") or default.as_dict()
        self._limits = {step: min(NO_LIMIT, limit) for step, limit in limits.items() if limit is not None}
        self.seconds = max(self._limits.values(), default=NO_LIMIT)
        self._longest = max((limit for step, limit in self._limits.items() if step != _WHOLE), default=NO_LIMIT)
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Seconds left of its budget."""
        return self.seconds - self.elapsed

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS

    def facts(self) -> dict[str, object]:
        """What every error says of its call."""
        origin = f"{self._url.scheme}://{self._url.netloc.decode('ascii')}"
        return {
            "method": self.method,
            "path": self.path,
            "origin": origin,
            "attempts": self.attempts,
            "elapsed": self.elapsed,
        }

    def begin_attempt(self, request: httpx.Request) -> None:
        """Count an attempt and let none of its steps wait longer than what is left."""
        left = max(self.left, 0.001)
        steps = {step: min(self._limits.get(step, left), left) for step in ("connect", "read", "write", "pool")}
        # A little before the whole budget ends, which does not tell that there was no connection.
        steps["pool"] = min(steps["pool"], left - min(0.05, left / 4))
        request.extensions = {**request.extensions, "timeout": steps, "omni": self}  # redirects take it along
        self.attempts += 1
        self.hops = 0
        self.is_api_only = True
        self.in_flight = True
        self._is_connecting = self._is_begun = False

    def note_step(self, step: str, facts: Mapping[str, Any]) -> None:
        """Note that a connection is being made, or that the request is being sent: httpcore traces its steps.

        So a deadline that ends a call on its way to the server, or to a proxy, leaves no unknown outcome.
        """
        if step == "connection.connect_tcp.started":
            self._is_connecting = True
        if step.startswith("connection.") and "exception" in facts and self.left > 0:
            self._is_connecting = False  # a transport of the caller may now send it in another way
        if step.endswith(".send_request_headers.started") and facts["request"].method != b"CONNECT":
            self._is_begun = True

    def begin_hop(self, url: httpx.URL, base_url: httpx.URL) -> bool:
        """Count a hop of a redirect; whether it and all before it go to the API, so that it may see the key."""
        self.hops += 1
        self.is_api_only = self.is_api_only and same_origin(base_url, url)
        return self.is_api_only

    def end_attempt(self, ending: httpx.Response | BaseException) -> None:
        """Write the attempt's one log line: no id, no query, no header, no body."""
        never_sent = self._is_never_sent(ending)
        self.in_flight = not (never_sent or isinstance(ending, httpx.Response))
        what = ending.status_code if isinstance(ending, httpx.Response) else type(ending).__name__
        log.info("%s %s -> %s in %.3f s, attempt %d", self.method, self.path, what, self.elapsed, self.attempts)

    def _is_never_sent(self, ending: object) -> bool:
        refused = isinstance(ending, BaseException) and _is_refused_by_h11(ending)
        # A transport of the caller may trace nothing, so it takes both: the one was seen, and the other not.
        is_on_its_way = self._is_connecting and not self._is_begun
        is_not_connected = isinstance(ending, _NEVER_SENT) and not self._is_begun
        return is_on_its_way or ((refused or is_not_connected) and self.hops <= 1)

    def pause(self, ending: httpx.Response | httpx.RequestError, attempts: int, jitter: float) -> float | None:
        """Seconds to wait before the next of so many attempts, or None if this one was the last."""
        if isinstance(ending, httpx.Response) and ending.is_success:
            return None
        if isinstance(ending, TooLarge) or (isinstance(ending, httpx.RequestError) and _is_refused_by_h11(ending)):
            return None  # the next one would be no better
        if self.hops > 1 and not self.is_read:
            return None  # an earlier hop was answered: what it did is done
        if self._is_begun and not isinstance(ending, httpx.Response):
            return None  # a write that was begun, whatever its error is called
        left = min(self.left, self._longest)  # what is left of the budget, and no more than any other wait
        return wait_before_next(
            self.method, outcome_of(ending), attempt=self.attempts, attempts=attempts, left=left, jitter=jitter
        )

    def failure(self, error: Exception) -> errors.OmniError:
        """The error for a call that ended without a complete answer."""
        facts = self.facts()
        if _is_refused_by_h11(error) and not self.in_flight:
            return errors.UsageError("The request cannot be sent: its method or one of its headers is not HTTP.")
        what = "The response is larger than max_response_bytes" if isinstance(error, TooLarge) else ""
        if self.in_flight and not self.is_read:
            what = what or "No complete answer came back"
            return errors.OutcomeUnknownError(f"The request was sent. {what}: it may or may not have happened", **facts)
        if what:
            return errors.APIConnectionError(f"{what}: give the client more, or stream it by client.http", **facts)
        if self.left <= 0 or isinstance(error, TimeoutError):
            return errors.APITimeoutError(f"No complete answer within {self.seconds:g} seconds", **facts)
        kind = errors.APITimeoutError if isinstance(error, httpx.TimeoutException) else errors.APIConnectionError
        # What kept us from connecting comes from this machine; anything later may quote the server.
        reason = f" ({error})" if isinstance(error, httpx.ConnectError) and str(error) else ""
        if status := proxy_status(error):
            repair = ": check its user name and password" if status == 407 else ""
            reason = f" (the proxy refused to connect, with status {status}{repair})"
        return kind(f"No complete answer: {type(error).__name__}{reason}", **facts)
