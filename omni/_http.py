"""The one door to httpx: everything this project knows about it that needs no waiting.

Rules of this file: no other module imports httpx or httpcore; they take the names from here, so that a new major
version, or a fork, is one line. Nothing here does I/O.
"""

import contextvars
import logging
import re
import time
import urllib.parse
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from typing import Any, NoReturn

import httpcore
import httpx

from omni import errors
from omni._discreet import discreet
from omni._retry import READS, Outcome, retry_after, wait_before_next

__all__ = [
    "Call",
    "Decoder",
    "check_transport",
    "checked_request",
    "checked_url",
    "filter_logs",
    "httpcore",
    "httpx",
    "outcome_of",
    "quiet",
    "refuse_copy",
    "same_origin",
    "stall_timeouts",
    "timeouts",
    "without_fixed_boundary",
    "without_key",
]

log = logging.getLogger("omni")

CONNECT_TIMEOUT = 5.0
"""A connection that takes longer is given up and tried again, within the budget; httpx's own default."""

NO_LIMIT = 1e9
"""Thirty years: what "no limit" is in seconds, since clocks and sockets overflow at other numbers."""

_WHOLE = "whole"
"""The limit of a call beside those of its steps, which are httpx's."""

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
    return Outcome(never_sent=isinstance(ending, _NEVER_SENT))


def checked_url(url: httpx.URL | str, base_url: httpx.URL) -> httpx.URL | str:
    """The URL, if no id in its path can turn it into another one; a path of the API as the whole URL that it is.

    httpx folds ``.`` and ``..``, and an empty id in the middle or at the end names a whole collection. URLs of other
    origins pass: they are not built from ids.
    """
    path = re.split("[?#]", str(url))[0]
    if absolute := re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*)?", path):
        origin = httpx.URL(absolute[0])
        if not origin.host:  # httpx would ask the API for whatever stands behind it
            raise errors.UsageError("The URL has a scheme and no host: give both, or a path that begins with a slash.")
        if not same_origin(base_url, origin):
            return url
        path = path[absolute.end() :]
    for segment in path.removeprefix("/").split("/") if path not in {"", "/"} else ():
        plain = urllib.parse.unquote(segment)
        if plain in {"", ".", ".."} or not plain.isprintable():
            raise errors.UsageError(
                "The path of the request has an empty part, a '.' or '..', or a control character: check the ids in it."
            )
    return f"{str(base_url).rstrip('/')}/{url.removeprefix('/')}" if isinstance(url, str) and not absolute else url


def checked_request(request: httpx.Request) -> httpx.Request:
    """The request, if it can be sent at all: this is the last moment to say that nothing was."""
    if not re.fullmatch("[A-Za-z-]+", request.method) or request.url.scheme not in {"http", "https"}:
        raise errors.UsageError("The request's method or the scheme of its URL is not one of HTTP.")
    if re.search(rb"[\x00\r\n]", b"".join(value for _, value in request.headers.raw)):
        raise errors.UsageError("A header of the request has a line break in it.")
    return request


def without_fixed_boundary(headers: Any) -> Any:
    """The headers less the content type of the generated uploads.

    Its boundary is always ``+++``, so that a file which holds it could add fields of its own; httpx makes a random one.
    """
    if headers is None:
        return None
    kept = httpx.Headers(headers)
    if kept.get("content-type") == "multipart/form-data; boundary=+++":
        del kept["content-type"]
    return kept


def without_key(request: httpx.Request) -> None:
    """Take the key out of a request's headers."""
    if "x-api-key" in request.headers:  # httpx's own `pop` takes three times as long
        del request.headers["x-api-key"]


def check_transport(transport: object, kind: type) -> None:
    """Refuse a transport of blocking clients for an awaited one, and the other way round."""
    if transport is not None and not isinstance(transport, kind):
        raise errors.UsageError(
            f"{type(transport).__name__} is not the kind of transport that this kind of client uses."
        )


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two URLs have the same scheme, host and port; only the API's origin may see the key."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def refuse_copy() -> NoReturn:
    """Refuse to copy or pickle a client: it has connections, a lock and the key."""
    raise errors.UsageError(
        "A client cannot be copied or pickled: make one in each process, and use client.with_options() for another one"
        " over the same connections."
    )


class Call:
    """One call from its start to its answer, over all attempts."""

    def __init__(self, request: httpx.Request, path: str, default: httpx.Timeout) -> None:
        self.method = request.method.upper()
        self.path = path
        self.attempts = 0
        self.hops = 0
        self.in_flight = False
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
        return {"method": self.method, "path": self.path, "attempts": self.attempts, "elapsed": self.elapsed}

    def begin_attempt(self, request: httpx.Request) -> None:
        """Count an attempt and let none of its steps wait longer than what is left."""
        left = max(self.left, 0.001)
        steps = {step: min(self._limits.get(step, left), left) for step in ("connect", "read", "write", "pool")}
        request.extensions = {**request.extensions, "timeout": steps, "omni": self}  # redirects take it along
        self.attempts += 1
        self.hops = 0
        self.in_flight = True

    def end_attempt(self, ending: httpx.Response | BaseException) -> None:
        """Write the attempt's one log line: no id, no query, no header, no body."""
        never_sent = isinstance(ending, _NEVER_SENT) and self.hops <= 1
        self.in_flight = not (never_sent or isinstance(ending, httpx.Response))
        what = ending.status_code if isinstance(ending, httpx.Response) else type(ending).__name__
        log.info("%s %s -> %s in %.3f s, attempt %d", self.method, self.path, what, self.elapsed, self.attempts)

    def pause(self, ending: httpx.Response | httpx.RequestError, attempts: int, jitter: float) -> float | None:
        """Seconds to wait before the next of so many attempts, or None if this one was the last."""
        if isinstance(ending, httpx.Response) and ending.is_success:
            return None
        if self.hops > 1 and not self.is_read:
            return None  # an earlier hop was answered: what it did is done
        left = min(self.left, self._longest)  # what is left of the budget, and no more than any other wait
        return wait_before_next(
            self.method, outcome_of(ending), attempt=self.attempts, attempts=attempts, left=left, jitter=jitter
        )

    def failure(self, error: Exception) -> errors.APIConnectionError:
        """The error for a call that ended without a complete answer."""
        facts = self.facts()
        if self.in_flight and not self.is_read:
            return errors.OutcomeUnknownError(
                "The request was sent and no complete answer came back: it may or may not have happened", **facts
            )
        if self.left <= 0 or isinstance(error, TimeoutError):
            return errors.APITimeoutError(f"No complete answer within {self.seconds:g} seconds", **facts)
        kind = errors.APITimeoutError if isinstance(error, httpx.TimeoutException) else errors.APIConnectionError
        # What kept us from connecting comes from this machine; anything later may quote the server.
        reason = f" ({error})" if isinstance(error, httpx.ConnectError) and str(error) else ""
        return kind(f"No complete answer: {type(error).__name__}{reason}", **facts)


class NoCookies(CookieJar):
    """Keeps none: what comes with one lead's answer has no business in the next lead's request. So it needs no lock."""

    def extract_cookies(self, response: Any, request: Any) -> None: ...


class Decoder:
    """What unpacks a body that is read by the caller, with our errors."""

    def __init__(self, decoder: Any, call: Call) -> None:
        self._decoder = decoder
        self._call = call

    @discreet
    def decode(self, data: bytes) -> bytes:
        """Unpack what came."""
        return self._ours(self._decoder.decode, data)

    def flush(self) -> bytes:
        """Unpack what was kept back."""
        return self._ours(self._decoder.flush)

    def _ours(self, function: Callable[..., bytes], *arguments: bytes) -> bytes:
        try:
            return function(*arguments)
        except httpx.DecodingError as error:
            failure = self._call.failure(error)
        raise failure


_quiet: contextvars.ContextVar[bool] = contextvars.ContextVar("omni_quiet", default=False)
_TALKATIVE = ("httpx", *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))


def filter_logs() -> None:
    """Let httpx and httpcore log nothing inside ``quiet()``."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_not_ours)  # the same filter again is no second filter


@contextmanager
def quiet() -> Generator[None]:
    """Keep what httpx and httpcore log of our requests, full URLs and all headers of answers, out of the logs."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _not_ours(record: logging.LogRecord) -> bool:
    return not _quiet.get()
