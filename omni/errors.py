"""Everything that can go wrong, under one root.

OmniError                       what every public call raises; nothing foreign ever escapes
├── UsageError                  your call is wrong; nothing was sent (also ValueError)
├── APIConnectionError          no complete answer came back
│   ├── APITimeoutError         the budget ran out (also TimeoutError)
│   └── OutcomeUnknownError     a write may or may not have happened
│       ├── WriteStatusError    a status to a write that is no refusal, such as 303 or 499 (also APIStatusError)
│       │   └── WriteServerError    5xx to a write (also InternalServerError)
│       └── WriteResponseError  a success to a write that cannot be read (also InvalidResponseError)
├── APIStatusError              the server answered and refused
│   ├── BadRequestError             400
│   ├── AuthenticationError         401
│   ├── PermissionDeniedError       403
│   ├── NotFoundError               404
│   ├── ConflictError               409
│   ├── UnprocessableEntityError    422
│   ├── RateLimitError              429
│   └── InternalServerError         5xx
├── InvalidResponseError        a success whose body is not what the contract says
└── WaitEndedError              what was waited for will not come: the lead opted out, or is deleted

Rule of this file: neither ``str`` nor ``repr`` shows a key, an id, or a word that the server wrote.
Such things are attributes, for those who ask.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, Protocol, cast


class OmniError(Exception):
    """What every public call raises."""

    method: str | None = None
    """The HTTP method; None where nothing was sent."""
    path: str | None = None
    """The path template, such as ``/api/v1/leads/{leadId}``: never the id itself."""
    origin: str | None = None
    """The scheme, host and port that were asked, such as ``https://api-v2.getomni.ai``; None where nothing was sent."""
    attempts: int = 0
    """How many times the request was sent, or tried to be."""
    elapsed: float = 0.0
    """Seconds from the call to the error."""
    results: "tuple[FileOutcome, ...]" = ()
    """What became of each file, in their order, where ``client.documents.upload()`` failed; else empty. An ``unknown``
    one may be stored: look for it before it is uploaded again."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    def __str__(self) -> str:
        if self.method is None:
            return str(self.args[0])
        times = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        return f"{self.method} {self.path}: {self.args[0]} ({times}, {self.elapsed:.1f} s)"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


UploadOutcome = Literal["stored", "refused", "unknown", "not sent"]


class StoredDocument(Protocol):
    """What an error can tell of a document that was stored, an ``omni.UploadedDocument``."""

    @property
    def id(self) -> str:
        """The document's id."""
        ...


class FileOutcome(Protocol):
    """What an error can tell of one file of an upload, an ``omni.UploadResult``.

    As a protocol, since the views that those are made of raise errors themselves.
    """

    @property
    def filename(self) -> str:
        """The name it was sent under."""
        ...

    @property
    def outcome(self) -> UploadOutcome:
        """An ``unknown`` one may be stored: look for it before it is uploaded again."""
        ...

    @property
    def document(self) -> StoredDocument | None:
        """What was stored, if the response tells which of its documents that is."""
        ...


class UsageError(OmniError, ValueError):
    """Your call is wrong, and nothing was sent; the message names the repair."""


class APIConnectionError(OmniError):
    """No complete answer came back: refused, reset, cut short, or not HTTP."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The budget of the call ran out before an answer was complete."""


class OutcomeUnknownError(APIConnectionError):
    """A write was sent, and the response, if one came, does not prove that it was refused; it was not sent again."""

    reconcile_hint: str = "Before you repeat the write, read what it would have changed: it may already have happened."
    """How to find out, before anything is repeated."""


class _AnsweredError(OmniError):
    """An error that keeps the server's answer."""

    status_code: int
    """The HTTP status."""
    headers: Mapping[str, str]
    """The answer's headers; names are matched without case."""
    content: bytes
    """The answer's body as it came; it may hold personal data."""

    @property
    def body(self) -> object:
        """The answer's body: decoded if it is JSON, else as text."""
        try:
            return read_json(self.content)
        except (ValueError, RecursionError):
            return self.content.decode(errors="replace")


class APIStatusError(_AnsweredError):
    """The server answered and refused, with a status that has no class of its own (3xx, 418, 520, …)."""

    retry_after: float | None = None
    """Seconds that the server asks to wait, counted from its answer; None if it did not say."""

    @property
    def server_message(self) -> str:
        """What the server said, or an empty string; it may hold personal data.

        It is not called ``message``, since Sentry and others show an attribute of that name in place of our text.
        The shape of error bodies is not documented, so the usual places are tried: ``message``, ``error`` and
        ``error.message``.
        """
        body = self.body
        words = _at(_at(body, "error"), "message")
        return words if isinstance(words, str) and isinstance(body, dict) else ""


def read_json(body: bytes) -> Any:
    """The value of a JSON text. An integer with more digits than Python converts (4,300) is kept as a text of them."""
    try:
        return json.loads(body)
    except ValueError:
        return json.loads(body, parse_int=_int_or_digits)  # what is no JSON fails again


def _int_or_digits(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _at(value: object, key: str) -> object:
    """What a JSON object has at this key; the value itself if it is none or has none."""
    if not isinstance(value, dict):
        return value
    return cast("dict[str, object]", value).get(key, cast("object", value))


class BadRequestError(APIStatusError):
    """400: the server does not accept the parameters."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: there is no such thing in the workspace of the key."""


class ConflictError(APIStatusError):
    """409: it clashes with the present state."""


class UnprocessableEntityError(APIStatusError):
    """422: the parameters are well-formed and still not acceptable."""


class RateLimitError(APIStatusError):
    """429: too many requests; ``retry_after`` has the seconds to wait, if the server said."""


class InternalServerError(APIStatusError):
    """5xx: the server failed."""


class WriteStatusError(APIStatusError, OutcomeUnknownError):
    """A status to a write that is no success and no refusal: often 303 after it was done; it was not sent again."""


class WriteServerError(WriteStatusError, InternalServerError):
    """5xx to a write: the server failed, and whether before or after doing it is not known; it was not sent again."""


class WaitEndedError(OmniError):
    """What ``client.leads.wait()`` waited for will not come: the lead opted out, is not interested or is deleted."""

    status: str
    """Why: ``OPTED_OUT``, ``NOT_INTERESTED`` or ``DELETED``."""


class InvalidResponseError(_AnsweredError):
    """The server said success, and the body is not what the contract says; ``content`` and ``body`` keep it."""


class WriteResponseError(InvalidResponseError, OutcomeUnknownError):
    """The server said success to a write, and the body cannot be read: the write was done, or may be."""
