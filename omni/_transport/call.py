"""One call from its start to its response, over all attempts: what is known about it, and what follows from that.

Rule of this file: nothing here waits or does I/O.
"""

import logging
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from omni import errors
from omni._fork_safety import fork_lock
from omni._transport.failures import (
    CONNECT_ERRORS,
    ResponseTooLargeError,
    is_refused_by_h11,
    outcome_of,
    proxy_status,
)
from omni._transport.request_checks import DEFAULT_PORTS, same_origin
from omni._transport.retry import READS, wait_before_next

if TYPE_CHECKING:
    from omni._transport.tracing import CallSpan

log = logging.getLogger("omni")

CONNECT_TIMEOUT = 5.0
"""Seconds after which connecting is abandoned and retried, within the deadline; httpx's own default."""

NO_LIMIT = 1e9
"""Seconds that stand for "no limit", thirty years: clocks and sockets overflow at larger numbers."""

PATH_TEMPLATE = "omni.path_template"
"""The extension of every request that has its path with placeholders for ids, such as ``/api/v1/leads/{leadId}``."""

_WHOLE_CALL = "whole"
"""The key of the limit for a whole call, beside httpx's limits for its steps."""


def timeouts(seconds: float) -> httpx.Timeout:
    """The timeout of a whole call as httpx's timeouts; the largest of them is that of the call."""
    return httpx.Timeout(min(seconds, NO_LIMIT), connect=min(seconds, CONNECT_TIMEOUT))


def stall_timeouts(limits: httpx.Timeout) -> dict[str, float | None]:
    """Limits for each single wait and none for the whole, as a request's extension ``timeout``: for large files."""
    return {**limits.as_dict(), _WHOLE_CALL: NO_LIMIT}


def is_bounded(response: httpx.Response, max_bytes: float) -> bool:
    """Whether the body is not encoded and at most this long: h11 holds the server to the stated length."""
    length = b""
    for name, value in response.headers.raw:
        if (name := name.lower()) in {b"content-encoding", b"transfer-encoding"}:
            return False
        if name == b"content-length":
            length = value
    return length.isdigit() and len(length) < 20 and int(length) <= max_bytes


@lru_cache(maxsize=8)
def _finite_limits(limits: tuple[tuple[str, float | None], ...]) -> tuple[dict[str, float], float, float]:
    """The limit of each step in seconds, that of the whole call, and the longest of a single wait."""
    finite = {step: min(NO_LIMIT, limit) for step, limit in limits if limit is not None}
    waits = [limit for step, limit in finite.items() if step != _WHOLE_CALL]
    return finite, max(finite.values(), default=NO_LIMIT), max(waits, default=NO_LIMIT)


_NO_SPAN = nullcontext()


class Call:
    """One call from its start to its response, over all attempts."""

    def __init__(self, request: httpx.Request, path: str, default: httpx.Timeout) -> None:
        self.method = request.method.upper()
        self.path = path
        self._url = request.url
        self.attempts = 0
        self.hops = 0
        self.is_api_only = True
        self.in_flight = False
        self.content = b""
        """The body of the response, where it was not read through httpx's ``Response``."""
        self.span: CallSpan | None = None
        self._is_connecting = self._is_sending = False
        limits = request.extensions.get("timeout") or default.as_dict()
        self._limits, self.timeout, self._max_wait = _finite_limits(tuple(limits.items()))
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self._start

    @property
    def remaining(self) -> float:
        """Seconds until its deadline."""
        return self.timeout - self.elapsed

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing on the server."""
        return self.method in READS

    def start_span(self) -> AbstractContextManager[None]:
        """The span of the call, for a program that has loaded OpenTelemetry's API."""
        if "opentelemetry.trace" not in sys.modules:
            return _NO_SPAN
        with fork_lock:
            from omni._transport.tracing import CallSpan
        url = self._url
        server: dict[str, str | int] = {
            "server.address": url.host,
            "server.port": url.port or DEFAULT_PORTS[url.scheme],
        }
        self.span = span = CallSpan(self.method, self.path, server)
        return span

    def error_details(self) -> errors.CallDetails:
        """What every error says about its call."""
        return {
            "method": self.method,
            "path": self.path,
            "origin": f"{self._url.scheme}://{self._url.netloc.decode('ascii')}",
            "attempts": self.attempts,
            "elapsed": self.elapsed,
        }

    def begin_attempt(self, request: httpx.Request) -> None:
        """Count an attempt and let none of its steps wait beyond the deadline."""
        remaining = max(self.remaining, 0.001)
        steps = {
            step: min(self._limits.get(step, remaining), remaining) for step in ("connect", "read", "write", "pool")
        }
        # A little before the deadline itself, which would not tell that there was no connection yet.
        steps["pool"] = min(steps["pool"], remaining - min(0.05, remaining / 4))
        # httpx copies them on redirects. The template is for the hooks of others, which otherwise would need the URL.
        request.extensions = {**request.extensions, "timeout": steps, "omni": self, PATH_TEMPLATE: self.path}
        self.attempts += 1
        self.hops = 0
        self.is_api_only = True
        self.in_flight = True
        self._is_connecting = self._is_sending = False

    def note_step(self, step: str, info: Mapping[str, Any]) -> None:
        """Note that a connection is being made, or that the request is being sent, from httpcore's ``trace`` extension.

        So a deadline that passes before the request reached the server, or a proxy, leaves no unknown outcome.
        """
        if step == "connection.connect_tcp.started":
            self._is_connecting = True
        if step.startswith("connection.") and "exception" in info and self.remaining > 0:
            self._is_connecting = False  # a transport of the caller may now send it in another way
        if step.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self._is_sending = True

    def begin_hop(self, url: httpx.URL, base_url: httpx.URL) -> bool:
        """Count a hop of a redirect; whether it and all before it go to the API, so that it may carry the key."""
        self.hops += 1
        self.is_api_only = self.is_api_only and same_origin(base_url, url)
        return self.is_api_only

    def end_attempt(self, result: httpx.Response | BaseException) -> None:
        """Write the attempt's one log line: no id, no query, no header, no body."""
        never_sent = self._is_never_sent(result)
        self.in_flight = not (never_sent or isinstance(result, httpx.Response))
        shown = result.status_code if isinstance(result, httpx.Response) else type(result).__name__
        elapsed = self.elapsed
        log.info("%s %s -> %s in %.3f s, attempt %d", self.method, self.path, shown, elapsed, self.attempts)
        if self.span is not None:
            self.span.add_attempt(self.attempts, shown, elapsed)

    def _is_never_sent(self, result: object) -> bool:
        refused = isinstance(result, BaseException) and is_refused_by_h11(result)
        # A transport of the caller may trace nothing, so both are needed: one step was seen, and the other was not.
        is_on_its_way = self._is_connecting and not self._is_sending
        is_not_connected = isinstance(result, CONNECT_ERRORS) and not self._is_sending
        return is_on_its_way or ((refused or is_not_connected) and self.hops <= 1)

    def pause(self, result: httpx.Response | httpx.RequestError, attempts: int, jitter: float) -> float | None:
        """Seconds to wait before the next of so many attempts, or None if this one was the last."""
        if isinstance(result, httpx.Response) and result.is_success:
            return None
        if isinstance(result, ResponseTooLargeError) or (
            isinstance(result, httpx.RequestError) and is_refused_by_h11(result)
        ):
            return None  # another attempt would fail in the same way
        if self.hops > 1 and not self.is_read:
            return None  # the server responded to an earlier hop, and may have done the work there
        if self._is_sending and not isinstance(result, httpx.Response):
            return None  # part of a write was sent, whatever the error is called
        remaining = min(self.remaining, self._max_wait)  # a pause may take no longer than any other wait
        wait = wait_before_next(
            self.method,
            outcome_of(result),
            attempt=self.attempts,
            attempts=attempts,
            remaining=remaining,
            jitter=jitter,
        )
        if wait is not None:
            log.debug("%s %s is tried again in %.3f s", self.method, self.path, wait)
        return wait

    def failure(self, error: Exception) -> errors.OmniError:
        """The error for a call that ended without a complete response."""
        details = self.error_details()
        if is_refused_by_h11(error) and not self.in_flight:
            return errors.UsageError("The request cannot be sent: its method or one of its headers is not valid HTTP.")
        reason = "The response is larger than max_response_bytes" if isinstance(error, ResponseTooLargeError) else ""
        if self.in_flight and not self.is_read:
            reason = reason or "No complete response arrived"
            return errors.OutcomeUnknownError(
                f"The request was sent. {reason}: it may or may not have been carried out", **details
            )
        if reason:
            repair = "raise that limit, or stream the response with client.http"
            return errors.APIConnectionError(f"{reason}: {repair}", **details)
        if self.remaining <= 0 or isinstance(error, TimeoutError):
            return errors.APITimeoutError(f"No complete response within {self.timeout:g} seconds", **details)
        kind = errors.APITimeoutError if isinstance(error, httpx.TimeoutException) else errors.APIConnectionError
        return kind(f"No complete response: {type(error).__name__}{_cause(error)}", **details)


def _cause(error: Exception) -> str:
    """Why no connection was made, which only this machine or a proxy says; later errors may quote the server."""
    if status := proxy_status(error):
        repair = ": check its user name and password" if status == 407 else ""
        return f" (the proxy refused to connect, with status {status}{repair})"
    return f" ({error})" if isinstance(error, httpx.ConnectError) and str(error) else ""
