"""All errors that omni raises, under one root.

OmniError                       base class; a public call raises only these, and what your own callbacks raise
├── UsageError                  the call is wrong; nothing was sent (also ValueError)
├── APIConnectionError          no complete response arrived
│   ├── APITimeoutError         the deadline of the call passed (also TimeoutError)
│   └── OutcomeUnknownError     a write was sent and may or may not have been carried out
│       ├── WriteStatusError    a write got a status that is no refusal, such as 303 or 499 (also APIStatusError)
│       │   └── WriteServerError    a write got a 5xx (also InternalServerError)
│       └── WriteResponseError  a write got a success that cannot be read (also InvalidResponseError)
├── APIStatusError              the server responded with an error status
│   ├── BadRequestError             400
│   ├── AuthenticationError         401
│   ├── PermissionDeniedError       403
│   ├── NotFoundError               404
│   ├── ConflictError               409
│   ├── UnprocessableEntityError    422
│   ├── RateLimitError              429
│   └── InternalServerError         5xx
├── InvalidResponseError        a success whose body is not what the contract says
├── WaitEndedError              the lead will not get there: it opted out, is not interested or was deleted
└── WebhookError                a request to a webhook receiver was refused; nothing of it was stored
    ├── WebhookPayloadError         its body is not an event: not JSON, too large, nested too deep
    └── WebhookVerificationError    nothing proves that the service sent it

Rule of this file: neither ``str`` nor ``repr`` shows a key, an id or text written by the server; those are attributes.
Every argument but the message has a default, since pickling and copying create an error from its message alone.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypedDict, Unpack


class CallDetails(TypedDict, total=False):
    """What an error says about its call."""

    method: str | None
    path: str | None
    origin: str | None
    attempts: int
    elapsed: float


class OmniError(Exception):
    """Base class of all errors of this package."""

    # The defaults are for subclasses of applications whose `__init__` does not call this one.
    method: str | None = None
    """The HTTP method; None if nothing was sent."""
    path: str | None = None
    """The path template, such as ``/api/v1/leads/{leadId}``: never the id itself."""
    origin: str | None = None
    """Scheme, host and port of the request, such as ``https://api-v2.getomni.ai``; None if nothing was sent."""
    attempts: int = 0
    """How many times the client tried to send the request."""
    elapsed: float = 0.0
    """Seconds from the start of the call to the error."""
    results: "tuple[FileOutcome, ...]" = ()
    """The outcome of each file, in order, if ``client.documents.upload()`` failed; else empty. A file whose outcome is
    ``unknown`` may be stored: look for it before you upload it again."""

    def __init__(
        self,
        message: str,
        *,
        method: str | None = None,
        path: str | None = None,
        origin: str | None = None,
        attempts: int = 0,
        elapsed: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.method = method
        self.path = path
        self.origin = origin
        self.attempts = attempts
        self.elapsed = elapsed

    def __str__(self) -> str:
        if self.method is None:
            return str(self.args[0])
        times = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        return f"{self.method} {self.path}: {self.args[0]} ({times}, {self.elapsed:.1f} s)"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


UploadOutcome = Literal["stored", "refused", "unknown", "not sent"]


class StoredDocument(Protocol):
    """A stored document as an error knows it: an ``omni.UploadedDocument``."""

    @property
    def id(self) -> str:
        """The document's id."""
        ...


class FileOutcome(Protocol):
    """The outcome of one file of an upload as an error knows it: an ``omni.UploadResult``.

    A protocol, since the views that results are made of raise errors themselves.
    """

    @property
    def filename(self) -> str:
        """The name it was sent under."""
        ...

    @property
    def outcome(self) -> UploadOutcome:
        """What happened to it; if ``unknown``, it may be stored: look for it before you upload it again."""
        ...

    @property
    def document(self) -> StoredDocument | None:
        """The stored document, if the response tells which of its documents that is."""
        ...


class UsageError(OmniError, ValueError):
    """The call is wrong, and nothing was sent; the message names the repair."""


class APIConnectionError(OmniError):
    """No complete response arrived: the connection was refused, reset or cut, or the response was not HTTP."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The deadline of the call passed before a response was complete."""


class OutcomeUnknownError(APIConnectionError):
    """A write was sent, and no response proves that it was refused; it was not sent again."""

    reconcile_hint: str = "Before you repeat the write, read what it would have changed: it may already have happened."
    """How to find out whether it was carried out, before you repeat it."""

    def __init__(self, message: str, *, reconcile_hint: str = reconcile_hint, **call: Unpack[CallDetails]) -> None:
        super().__init__(message, **call)
        self.reconcile_hint = reconcile_hint


class ResponseDetails(CallDetails, total=False):
    """What an error says about its call and the response."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


class _ResponseError(OmniError):
    """An error that keeps the server's response."""

    status_code: int
    """The HTTP status."""
    headers: Mapping[str, str]
    """The response's headers; names are matched without case."""
    content: bytes
    """The response's body as it arrived; it may hold personal data."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        **call: Unpack[CallDetails],
    ) -> None:
        super().__init__(message, **call)
        self.status_code = status_code
        self.headers = {} if headers is None else headers
        self.content = content

    @property
    def body(self) -> object:
        """The response's body: decoded if it is JSON, else as text."""
        try:
            return json.loads(self.content, parse_int=int_or_digits)
        except (ValueError, RecursionError):
            return self.content.decode(errors="replace")


class APIStatusError(_ResponseError):
    """The server responded with an error status; this class itself stands for 3xx, 418, 520 and others without one."""

    retry_after: float | None = None
    """Seconds that the server asks to wait, counted from its response; None if it did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None, **response: Unpack[ResponseDetails]) -> None:
        super().__init__(message, **response)
        self.retry_after = retry_after

    @property
    def server_message(self) -> str:
        """The server's own message, or an empty string; it may hold personal data.

        It is not called ``message``, since Sentry and others show an attribute of that name in place of ``str(error)``.
        The shape of error bodies is not documented, so the usual places are tried: ``message``, ``error`` and
        ``error.message``.
        """
        body: Any = self.body
        match body:
            case {"error": {"message": str(message)}} | {"error": str(message)}:
                return message
            case {"message": str(message)} if "error" not in body:
                return message
            case _:
                return ""


def int_or_digits(digits: str) -> int | str:
    """The integer, or its digits if Python does not convert that many."""
    try:
        return int(digits)
    except ValueError:
        return digits


class BadRequestError(APIStatusError):
    """400: the server does not accept the parameters."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: the workspace of the key has no such thing."""


class ConflictError(APIStatusError):
    """409: the request conflicts with the current state."""


class UnprocessableEntityError(APIStatusError):
    """422: the parameters are well-formed and still not acceptable."""


class RateLimitError(APIStatusError):
    """429: too many requests; ``retry_after`` has the seconds to wait, if the server said."""


class InternalServerError(APIStatusError):
    """5xx: the server failed."""


class WriteStatusError(APIStatusError, OutcomeUnknownError):
    """A write got a status that is neither success nor refusal: often 303 after it was done; it was not sent again."""


class WriteServerError(WriteStatusError, InternalServerError):
    """5xx to a write: the server failed, and whether before or after doing it is not known; it was not sent again."""


class WaitEndedError(OmniError):
    """``client.leads.wait()`` cannot succeed any more: the lead opted out, is not interested or was deleted."""

    status: str
    """Why: ``OPTED_OUT``, ``NOT_INTERESTED`` or ``DELETED``."""

    def __init__(self, message: str, *, status: str = "", **call: Unpack[CallDetails]) -> None:
        super().__init__(message, **call)
        self.status = status


class InvalidResponseError(_ResponseError):
    """The status is a success, and the body is not what the contract says; ``content`` and ``body`` keep it."""


class WriteResponseError(InvalidResponseError, OutcomeUnknownError):
    """A write got a success whose body cannot be read: the write was done, or may have been."""


class WebhookError(OmniError):
    """A request to a webhook receiver was refused, and nothing of it was stored."""

    status_code: int = 400
    """The HTTP status to respond with."""

    def __init__(self, message: str, *, status_code: int | None = None, **call: Unpack[CallDetails]) -> None:
        super().__init__(message, **call)
        self.status_code = status_code or type(self).status_code


class WebhookPayloadError(WebhookError):
    """The body of a request is not an event: not JSON, not an object, too large, nested too deep."""


class WebhookVerificationError(WebhookError):
    """Nothing proves that the service sent the request: a secret, a token or a signature is missing or wrong."""

    status_code: int = 401
