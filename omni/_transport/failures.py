"""How an attempt failed: whether the request was sent, and whether the failure is ours or that of a callback.

Rule of this file: nothing here waits or does I/O.
"""

import re
import ssl
import traceback
from datetime import UTC, datetime

import h11
import httpx

from omni._transport.retry import AttemptOutcome, retry_after

CONNECT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""Raised before there is a connection, so nothing of the request was sent on this hop."""

FOREIGN_ERRORS = (httpx.InvalidURL, httpx.StreamError, UnicodeError, ssl.SSLError, h11.ProtocolError)
"""What httpx raises besides ``RequestError``: for a Location that is no URL, a body that was consumed before, a broken
TLS record, a body that is not as long as its caller said."""


class ResponseTooLargeError(httpx.DecodingError):
    """A body is larger than what may be held in memory."""


def outcome_of(result: httpx.Response | BaseException) -> AttemptOutcome:
    """What the retry decision needs to know about the result of an attempt."""
    if isinstance(result, httpx.Response):
        return AttemptOutcome(result.status_code, retry_after(result.headers, datetime.now(UTC)))
    status = proxy_status(result)
    is_temporary = status is None or status in {408, 429} or status >= 500
    return AttemptOutcome(status, never_sent=isinstance(result, CONNECT_ERRORS) and is_temporary)


def proxy_status(error: BaseException) -> int | None:
    """The status with which a proxy refused to connect; httpx puts it at the start of the error's text."""
    match = re.match(r"[1-9]\d\d\b", str(error)) if isinstance(error, httpx.ProxyError) else None
    return int(match[0]) if match else None


def is_refused_by_h11(error: BaseException) -> bool:
    """Whether h11 refused method, target or headers before anything was sent; errors of HTTP/2 may come later."""
    cause: BaseException | None = error if isinstance(error, httpx.LocalProtocolError) else None
    while cause is not None and not isinstance(cause, h11.LocalProtocolError):
        cause = cause.__cause__ or cause.__context__  # httpcore removes the cause of an exception that it maps
    return cause is not None


_CALLERS_OF_CALLBACKS = frozenset(
    {"_tell_observer", "_send_handling_auth", "_send_handling_redirects", "sync_auth_flow", "async_auth_flow"}
)
"""What calls ``observe`` here, and hooks and auth flows in httpx; if one moves, test_callbacks.py fails."""


def is_of_callback(error: BaseException) -> bool:
    """Whether an event hook, an auth flow or ``observe`` raised it, so that it says nothing about our request.

    An error of reading our own response inside a hook is not the hook's: httpx attaches our request to it.
    """
    request = getattr(error, "_request", None)
    if request is not None and "omni" in request.extensions:
        return False
    caller = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in {"httpx", "omni"}:
            return caller in _CALLERS_OF_CALLBACKS
        caller = frame.f_code.co_name
    return False
