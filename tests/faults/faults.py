"""The faults: what the server does, and the expected outcome of a read and of a write.

``SUCCESS`` is the right result. Anything else is the exact class of the error. Times are seconds.
"""

import email.utils
import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from canaries import RESPONSE_PERSON
from server import END, RESET, UNREACHABLE_URL, Port, Script, http_response, respond

import omni
from omni._transport import retry

SUCCESS = None
ExpectedOutcome = type[omni.OmniError] | None

CONNECTION_ERROR = omni.APIConnectionError
TIMEOUT = omni.APITimeoutError
UNKNOWN = omni.OutcomeUnknownError

LONG_TIMEOUT = 5.0
"""A timeout that no call needs."""


def shorten_backoff() -> None:
    """Make the pauses between attempts short, in a program that runs without pytest's fixtures."""
    retry.BACKOFF_FIRST = 0.001


@dataclass(frozen=True)
class Fault:
    """One fault and its expected outcomes; ``attempts`` are those of a read and of a write."""

    name: str
    script: Script
    read: ExpectedOutcome
    write: ExpectedOutcome
    attempts: tuple[int, int] = (1, 1)
    array: Any = "as read"
    """The outcome if the documented response is an array."""
    body: Callable[[bytes], bytes] | None = None
    """What the response contains, computed from the good body; None if no response arrives complete."""
    timeout: float = LONG_TIMEOUT
    on_connect: bool = False
    unbounded: Any = "as write"
    """The outcome if the timeout limits each wait alone, as in an upload."""
    sequential: bool = False
    min_seconds: float = 0.0
    """Seconds that the call must at least have waited."""

    def expected(self, *, is_read: bool, is_array: bool, is_unbounded: bool) -> ExpectedOutcome:
        """Return the outcome that a call must have."""
        if is_unbounded and self.unbounded != "as write":
            return self.unbounded  # type: ignore[no-any-return]
        if is_array and self.array != "as read":
            return self.array  # type: ignore[no-any-return]
        return self.read if is_read else self.write

    def is_unreadable_body(self, body: bytes) -> bool:
        """Whether the response is complete and only its body cannot be used, and does not say that the call failed."""
        if self.body is None or self.write is not omni.WriteResponseError:
            return False
        return b'"success": false' not in self.body(body)

    @property
    def is_refused(self) -> bool:
        return self.name == "refused"

    def url(self, port: Port) -> str:
        """Return the URL at which the fault happens, given the port that plays its script."""
        return UNREACHABLE_URL if self.is_refused else port.url

    @property
    def depends_on_timing(self) -> bool:
        """Whether a pause of the machine can change the outcome."""
        return self.timeout < LONG_TIMEOUT


# No response, or an incomplete one.


def connection_fault(name: str, *script: Any, **more: Any) -> Fault:
    """A fault of the connection: a read is tried again, a write must not be."""
    return Fault(name, lambda body: script, CONNECTION_ERROR, UNKNOWN, attempts=(3, 1), **more)


def timeout_fault(name: str, script: Script, **more: Any) -> Fault:
    """A fault that only the timeout ends."""
    return Fault(name, script, TIMEOUT, UNKNOWN, timeout=0.25, **more)


def trickle(before: bytes, after: Callable[[bytes], bytes], step: bytes) -> Script:
    """Send a step every 0.05 s for twice the timeout, so that no single read times out; then the rest."""

    def script(body: bytes) -> Iterator[Any]:
        yield before
        for _ in range(10):
            yield step
            yield 0.05
        yield after(body)

    return script


def half_body(*headers: str, end: Any = END) -> Script:
    """Send half of the body under the length of the whole one."""
    return lambda body: (http_response(body[: len(body) // 2], *headers, length=len(body)), end)


def http_chunk(data: bytes) -> bytes:
    """Encode data as one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunk_each_byte(body: bytes) -> bytes:
    """Encode a body in chunks of one byte each."""
    return b"".join(http_chunk(body[index : index + 1]) for index in range(len(body))) + b"0\r\n\r\n"


def split_in_ten(wire: bytes) -> Iterator[Any]:
    """Send a response in ten packets."""
    size = len(wire) // 10 + 1
    for start in range(0, len(wire), size):
        yield wire[start : start + size]
        yield 0.001


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

CONNECTIONS = [
    Fault("refused", respond, CONNECTION_ERROR, CONNECTION_ERROR, attempts=(3, 3)),
    connection_fault("reset before the request is read", RESET, on_connect=True),
    connection_fault("reset before headers", RESET),
    connection_fault("end before headers", END),
    connection_fault("reset within headers", HEAD[:30], 0.01, RESET),
    connection_fault("end within headers", HEAD[:30], END),
    Fault("reset within the body", half_body(end=RESET), CONNECTION_ERROR, UNKNOWN, attempts=(3, 1)),
    Fault("cut by length", half_body(), CONNECTION_ERROR, UNKNOWN, attempts=(3, 1)),
    connection_fault("cut by chunk", HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\n{", END),
    connection_fault("no last chunk", HEAD + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n', END),
    connection_fault("chunk of no size", HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", END),
    connection_fault("not HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", END),
    connection_fault("status of two digits", b"HTTP/1.1 20 OK\r\n\r\n", END),
    connection_fault("two lengths", HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", END),
    connection_fault("negative length", HEAD + b"Content-Length: -1\r\n\r\n{}", END),
    connection_fault("header with a NUL", b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n{}", END),
    connection_fault("gigantic header", b"HTTP/1.1 200 OK\r\nX-Large: " + b"a" * 300_000 + b"\r\n\r\n{}", END),
    connection_fault("endless header line", b"a" * 300_000, END),
    connection_fault("broken gzip", http_response(b"not gzip at all", "Content-Encoding: gzip")),
    connection_fault("broken deflate", http_response(b"not deflate at all", "Content-Encoding: deflate")),
    timeout_fault("silence", lambda body: ()),
    timeout_fault("silence within headers", lambda body: (HEAD,)),
    timeout_fault("silence within the body", half_body(end=b"")),
    timeout_fault(
        "a byte now and then in headers",
        trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", lambda body: b"\r\n" + http_response(body)[17:], b"a"),
        unbounded=SUCCESS,
    ),
    timeout_fault(
        "a byte now and then in the body",
        trickle(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n", lambda body: http_chunk(body) + b"0\r\n\r\n", b"1\r\n \r\n"
        ),
        unbounded=SUCCESS,
    ),
    timeout_fault(
        "1xx now and then", trickle(b"", http_response, b"HTTP/1.1 102 Processing\r\n\r\n"), unbounded=SUCCESS
    ),
]


# Unusual responses that still carry the result, and responses that do not.


def harmless_fault(name: str, script: Script, body: Callable[[bytes], bytes] = lambda body: body, **more: Any) -> Fault:
    """A fault that a call does not notice."""
    return Fault(name, script, SUCCESS, SUCCESS, body=body, **more)


def json_fault(name: str, change: Callable[[Any], Any], **more: Any) -> Fault:
    """A good response with its JSON changed."""
    return body_fault(name, lambda body: json.dumps(change(json.loads(body))).encode(), **more)


def body_fault(name: str, body: Callable[[bytes], bytes], *headers: str, **more: Any) -> Fault:
    """A response with status 200 and this body; the calls succeed unless ``read`` and ``write`` say otherwise."""
    outcomes = {"read": SUCCESS, "write": SUCCESS, **more}
    return Fault(name, lambda good_body: [http_response(body(good_body), *headers)], body=body, **outcomes)


def change_types(value: Any) -> Any:
    """Replace every value by one of another type, except ids and tokens, which nothing works without."""
    if isinstance(value, dict):
        return {key: member if key in {"id", "token"} else change_types(member) for key, member in value.items()}
    if isinstance(value, list):
        return [change_types(element) for element in value]
    return {str: 7, int: "many", float: "many", bool: ["yes"], type(None): 0}[type(value)]


def add_unknown_values(value: Any) -> Any:
    """Replace every enum value by an unknown one, and add an unknown key to every object."""
    if isinstance(value, list):
        return [add_unknown_values(element) for element in value]
    if not isinstance(value, dict):
        return value
    enums = {"status", "type", "fieldType", "assigneeType", "source"}
    known = {key: "ON_THE_MOON" if key in enums else add_unknown_values(member) for key, member in value.items()}
    return {**known, "noveltyOfTomorrow": {"a": [1, None]}}


def add_nesting(value: Any) -> Any:
    """Add a key with 10 levels of objects and arrays."""
    deep: Any = "bottom"
    for _ in range(10):
        deep = {"deeper": [deep]}
    return add_key(value, "nested", deep)


def add_key(value: Any, key: str, content: Any) -> Any:
    """Add a key to an object, or to each object of an array."""
    return [{**element, key: content} for element in value] if isinstance(value, list) else {**value, key: content}


def duplicate_keys(body: bytes) -> bytes:
    """Repeat each key of the first object; the last one counts."""
    first = b"{" if body[:1] == b"{" else b"[{"
    keys = list(json.loads(body) if first == b"{" else json.loads(body)[0])
    return first + b"".join(b'"%b": {"id": "evil"}, ' % key.encode() for key in keys) + body[len(first) :]


def compress_in_two_members(body: bytes) -> bytes:
    """Compress a body into two gzip members, one after the other."""
    return gzip.compress(body[:100]) + gzip.compress(body[100:])


def large_response(body: bytes) -> Iterator[bytes]:
    """Send a response with 50 MB of blanks in it."""
    blanks = b" " * 1_000_000
    head, _, last = http_response(body, length=len(body) + 50 * len(blanks)).rpartition(body[-1:])
    yield head
    yield from [blanks] * 50
    yield last or body[-1:]


UNREADABLE: dict[str, Any] = {"read": omni.InvalidResponseError, "write": omni.WriteResponseError}
HTML = f"<html><body><h1>Please log in as {RESPONSE_PERSON.email}</h1></body></html>".encode()

HARMLESS = [
    harmless_fault("100 before", lambda body: (b"HTTP/1.1 100 Continue\r\n\r\n" + http_response(body),)),
    harmless_fault(
        "103 before", lambda body: (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3, http_response(body))
    ),
    harmless_fault("reset after the response", lambda body: (http_response(body), 0.05, RESET), sequential=True),
    harmless_fault("end after the response", lambda body: (http_response(body), END), sequential=True),
    harmless_fault("no length", lambda body: (HEAD + b"\r\n" + body, END)),
    harmless_fault("HTTP/1.0", lambda body: (b"HTTP/1.0 200 OK\r\n\r\n" + body, END)),
    harmless_fault(
        "in chunks of a byte", lambda body: (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk_each_byte(body),)
    ),
    harmless_fault("in pieces", lambda body: split_in_ten(http_response(body))),
    harmless_fault("extra bytes", lambda body: (http_response(body) + b"}}}}",)),
    harmless_fault(
        "an extra response",
        lambda body: (http_response(body) + http_response(b'{"lead": {"id": "of somebody else"}}'),),
    ),
    harmless_fault("gzip", lambda body: (http_response(gzip.compress(body), "Content-Encoding: gzip"),)),
    harmless_fault(
        "gzip of two members", lambda body: (http_response(compress_in_two_members(body), "Content-Encoding: gzip"),)
    ),
    harmless_fault("empty encoding", lambda body: (http_response(body, "Content-Encoding:"),)),
    harmless_fault(
        "encoding that is unknown", lambda body: (http_response(body, "Content-Encoding: aws-chunked, utf-8"),)
    ),
    harmless_fault(
        "wrong charset", lambda body: (http_response(body, "Content-Type: application/json; charset=utf-16"),)
    ),
    harmless_fault(
        "no such charset", lambda body: (http_response(body, "Content-Type: application/json; charset=klingon"),)
    ),
    harmless_fault("wrong content type", lambda body: (http_response(body, "Content-Type: text/html"),)),
    harmless_fault(
        "a thousand headers", lambda body: (http_response(body, *(f"X-{number}: {number}" for number in range(1000))),)
    ),
    harmless_fault("cookies", lambda body: (http_response(body, "Set-Cookie: a=b; Domain=.example.com"),)),
    json_fault("unknown enum values and keys", add_unknown_values),
    json_fault("wrong types, except ids", change_types),
    json_fault("10 levels of nesting", add_nesting),
    json_fault("NaN", lambda data: add_key(data, "ratio", float("nan"))),
    body_fault("duplicate keys", duplicate_keys),
    body_fault("byte order mark", lambda body: b"\xef\xbb\xbf" + body),
    harmless_fault("50 MB", lambda body: large_response(body), sequential=True),
]

WRONG_BODIES = [
    body_fault("200 with HTML", lambda body: HTML, "Content-Type: text/html", **UNREADABLE),
    body_fault("200 with nothing", lambda body: b"", **UNREADABLE),
    body_fault("200 with null", lambda body: b"null", **UNREADABLE),
    body_fault("200 with a number", lambda body: b"7", **UNREADABLE),
    body_fault("200 with an empty array", lambda body: b"[]", **UNREADABLE, array=SUCCESS),
    body_fault("200 with an array of anything", lambda body: b'[null, 7, "x", [], true]', **UNREADABLE, array=SUCCESS),
    body_fault("200 with an empty object", lambda body: b"{}", **UNREADABLE),
    body_fault("200 with success: false", lambda body: b'{"success": false, "lead": {"id": "x"}}', **UNREADABLE),
    body_fault("invalid UTF-8", lambda body: body[:-1] + b'"\xff\xfe' + body[-1:], **UNREADABLE),
    body_fault("half of the JSON", lambda body: body[: len(body) // 2], **UNREADABLE),
    body_fault("a million brackets", lambda body: b"[" * 1_000_000, **UNREADABLE),
    Fault(
        "cut gzip",
        lambda body: [http_response(gzip.compress(body)[: len(gzip.compress(body)) // 2], "Content-Encoding: gzip")],
        CONNECTION_ERROR,
        UNKNOWN,
        attempts=(3, 1),
    ),
    Fault(
        "202 with nothing",
        lambda body: [http_response(b"", status="202 Accepted")],
        body=lambda body: b"",
        **UNREADABLE,
    ),
    Fault("204", lambda body: [b"HTTP/1.1 204 No Content\r\n\r\n"], body=lambda body: b"", **UNREADABLE),
    Fault("205", lambda body: [http_response(b"", status="205 Reset Content")], body=lambda body: b"", **UNREADABLE),
    Fault(
        "101",
        lambda body: [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
        CONNECTION_ERROR,
        UNKNOWN,
        attempts=(3, 1),
    ),
]


# Error statuses.

ERROR_BODIES: dict[str, tuple[str, bytes]] = {
    "JSON": (
        "application/json",
        f'{{"error": {{"message": "no such person as {RESPONSE_PERSON.last_name}"}}}}'.encode(),
    ),
    "HTML": ("text/html", HTML),
    "nothing": ("application/json", b""),
    "binary": ("application/octet-stream", bytes(range(256))),
}

# The errors of a read and of a write, and their attempts.
STATUSES: dict[int, tuple[type[omni.OmniError], type[omni.OmniError], tuple[int, int]]] = {
    300: (omni.APIStatusError, omni.WriteStatusError, (1, 1)),
    301: (omni.APIStatusError, omni.WriteStatusError, (1, 1)),
    302: (omni.APIStatusError, omni.WriteStatusError, (1, 1)),
    303: (omni.APIStatusError, omni.WriteStatusError, (1, 1)),
    304: (omni.APIStatusError, omni.APIStatusError, (1, 1)),
    307: (omni.APIStatusError, omni.APIStatusError, (1, 1)),
    308: (omni.APIStatusError, omni.APIStatusError, (1, 1)),
    400: (omni.BadRequestError, omni.BadRequestError, (1, 1)),
    401: (omni.AuthenticationError, omni.AuthenticationError, (1, 1)),
    403: (omni.PermissionDeniedError, omni.PermissionDeniedError, (1, 1)),
    404: (omni.NotFoundError, omni.NotFoundError, (1, 1)),
    408: (omni.APIStatusError, omni.APIStatusError, (3, 1)),
    409: (omni.ConflictError, omni.ConflictError, (1, 1)),
    413: (omni.APIStatusError, omni.APIStatusError, (1, 1)),
    418: (omni.APIStatusError, omni.APIStatusError, (1, 1)),
    422: (omni.UnprocessableEntityError, omni.UnprocessableEntityError, (1, 1)),
    429: (omni.RateLimitError, omni.RateLimitError, (3, 3)),
    499: (omni.APIStatusError, omni.WriteStatusError, (1, 1)),
    500: (omni.InternalServerError, omni.WriteServerError, (3, 1)),
    501: (omni.InternalServerError, omni.InternalServerError, (1, 1)),
    502: (omni.InternalServerError, omni.WriteServerError, (3, 1)),
    503: (omni.InternalServerError, omni.WriteServerError, (3, 1)),
    504: (omni.InternalServerError, omni.WriteServerError, (3, 1)),
    520: (omni.InternalServerError, omni.WriteServerError, (3, 1)),
}


def status_fault(
    name: str,
    status: int,
    body: bytes,
    *headers: str,
    attempts: tuple[int, int] | None = None,
    min_seconds: float = 0.0,
) -> Fault:
    """A response with this status, whose outcome is that of ``STATUSES``."""
    read, write, usual_attempts = STATUSES.get(status, (omni.APIStatusError, omni.APIStatusError, (1, 1)))
    person = f"X-Person: {RESPONSE_PERSON.first_name}"
    script = [http_response(body, person, *headers, status=f"{status} {RESPONSE_PERSON.last_name}")]
    outcome = (read, write, attempts or usual_attempts)
    return Fault(name, lambda good_body: script, *outcome, body=lambda good_body: body, min_seconds=min_seconds)


def _redirects() -> Iterable[Fault]:
    own, foreign = f"/api/v1/{RESPONSE_PERSON.first_name}", f"http://localhost:9/{RESPONSE_PERSON.first_name}"
    for status in (301, 302, 303, 307, 308):
        yield status_fault(f"{status} to own origin", status, b"", f"Location: {own}")
    yield status_fault("302 to foreign origin", 302, b"", f"Location: {foreign}")
    yield status_fault("307 to foreign origin", 307, HTML, f"Location: {foreign}", "Content-Type: text/html")
    yield status_fault("302 to nowhere", 302, b"")
    yield status_fault("300", 300, b"")
    yield status_fault("304", 304, b"")


def _retry_after() -> Iterable[Fault]:
    """``Retry-After``: a wait within the timeout is waited for, a longer one ends the call at once."""
    future = email.utils.formatdate(time.time() + 3600, usegmt=True)
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    short = {"of zero": "0", "as a past date": past, "as garbage": "soon, perhaps", "negative": "-5"}
    yield status_fault("429, Retry-After of a second", 429, b"{}", "Retry-After: 1", min_seconds=2.0)
    for status in (429, 503):
        for name, value in {**short, "as NaN": "nan"}.items():
            yield status_fault(f"{status}, Retry-After {name}", status, b"{}", f"Retry-After: {value}")
        for name, value in {"of an hour": "3600", "as a future date": future, "of 10^9 seconds": "1000000000"}.items():
            yield status_fault(f"{status}, Retry-After {name}", status, b"{}", f"Retry-After: {value}", attempts=(1, 1))


ERROR_STATUSES = [
    *_redirects(),
    *(
        status_fault(f"{status} with {name}", status, body, f"Content-Type: {kind}")
        for status in STATUSES
        if status >= 400
        for name, (kind, body) in ERROR_BODIES.items()
    ),
    *(
        connection_fault(
            f"{status} cut by length",
            http_response(HTML[:20], f"X-Person: {RESPONSE_PERSON.first_name}", status=status, length=999),
            END,
        )
        for status in ("404 Not Found", "503 Busy")
    ),
    *_retry_after(),
]


FAULTS = (*CONNECTIONS, *HARMLESS, *WRONG_BODIES, *ERROR_STATUSES)


def get_fault(name: str) -> Fault:
    """Return the fault with this name."""
    return next(fault for fault in FAULTS if fault.name == name)
