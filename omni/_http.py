"""The one door to httpx: everything this project knows about it that needs no waiting.

Rules of this file: no other module imports httpx or httpcore; they take the names from here, so that a new major
version, or a fork, is one line. Nothing here does I/O.
"""

import contextvars
import logging
import math
import time
import urllib.parse
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpcore
import httpx

from omni import errors
from omni._retry import READS, Outcome, retry_after

__all__ = ["Call", "api_only", "checked_url", "httpcore", "httpx", "outcome_of", "quiet", "timeouts"]

log = logging.getLogger("omni")

CONNECT_TIMEOUT = 5.0
"""A connection that takes longer is given up and tried again, within the budget; httpx's own default."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def timeouts(seconds: float) -> httpx.Timeout:
    """A budget as httpx's timeouts; the largest of them is the budget."""
    whole = None if seconds == math.inf else seconds
    return httpx.Timeout(whole, connect=min(seconds, CONNECT_TIMEOUT))


def outcome_of(ending: httpx.Response | BaseException) -> Outcome:
    """What the retry decision needs to know of how an attempt ended."""
    if isinstance(ending, httpx.Response):
        return Outcome(ending.status_code, retry_after(ending.headers, datetime.now(UTC)))
    return Outcome(never_sent=isinstance(ending, _NEVER_SENT))


def checked_url(url: httpx.URL | str) -> httpx.URL | str:
    """The URL as it was given, if no id in its path can turn it into another one.

    httpx folds ``.`` and ``..``, and an empty id in the middle or at the end names a whole collection. Absolute URLs
    pass: they are not built from ids.
    """
    path = str(url).partition("?")[0].partition("#")[0]
    if "://" in path or path in {"", "/"}:
        return url
    for segment in path.removeprefix("/").split("/"):
        plain = urllib.parse.unquote(segment)
        if plain in {"", ".", ".."} or not plain.isprintable():
            raise errors.UsageError(
                "The path of the request has an empty part, a '.' or '..', or a control character: check the ids in it."
            )
    return url


def api_only(base_url: httpx.URL, url: httpx.URL) -> bool:
    """Whether the URL has the origin of the API, the only one that may see the key."""
    return _origin(base_url) == _origin(url)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # httpx leaves the port out where it is the scheme's own


class Call:
    """One call from its start to its answer, over all attempts."""

    def __init__(self, request: httpx.Request, path: str, default: httpx.Timeout) -> None:
        self.method = request.method
        self.path = path
        self.attempts = 0
        self.in_flight = False
        self._limits: dict[str, float | None] = dict(request.extensions.get("timeout") or default.as_dict())
        limits = self._limits.values()
        self.seconds = max((math.inf if limit is None else limit for limit in limits), default=math.inf)
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        return self.seconds - self.elapsed

    def facts(self) -> dict[str, object]:
        """What every error says of its call."""
        return {"method": self.method, "path": self.path, "attempts": self.attempts, "elapsed": self.elapsed}

    def begin_attempt(self, request: httpx.Request) -> None:
        """Count an attempt and let none of its steps wait longer than what is left."""
        left = max(self.left, 0.001)
        limits = {step: left if limit is None else min(limit, left) for step, limit in self._limits.items()}
        request.extensions = {**request.extensions, "timeout": {step: _finite(limit) for step, limit in limits.items()}}
        self.attempts += 1
        self.in_flight = True

    def end_attempt(self, ending: httpx.Response | httpx.RequestError) -> None:
        """Write the attempt's one log line: no id, no query, no header, no body."""
        self.in_flight = not isinstance(ending, (httpx.Response, *_NEVER_SENT))
        what = ending.status_code if isinstance(ending, httpx.Response) else type(ending).__name__
        log.info("%s %s -> %s in %.3f s, attempt %d", self.method, self.path, what, self.elapsed, self.attempts)

    def failure(self, error: Exception) -> errors.APIConnectionError:
        """The error for a call that ended without a complete answer."""
        facts = self.facts()
        if self.in_flight and self.method.upper() not in READS:
            return errors.OutcomeUnknownError(
                "The request was sent and no complete answer came back: it may or may not have happened", **facts
            )
        if self.left <= 0 or isinstance(error, TimeoutError):
            return errors.APITimeoutError(f"No complete answer within {self.seconds:g} seconds", **facts)
        kind = errors.APITimeoutError if isinstance(error, httpx.TimeoutException) else errors.APIConnectionError
        return kind(f"No complete answer: {type(error).__name__}", **facts)


def _finite(seconds: float) -> float | None:
    return None if seconds == math.inf else seconds


_quiet: contextvars.ContextVar[bool] = contextvars.ContextVar("omni_quiet", default=False)


@contextmanager
def quiet() -> Generator[None]:
    """Keep httpx's own log line, which has the full URL, out of the logs while our clients send."""
    logging.getLogger("httpx").addFilter(_not_ours)  # the same filter again is no second filter
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _not_ours(record: logging.LogRecord) -> bool:
    return not _quiet.get()
