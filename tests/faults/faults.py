"""The faults: what the server does, and what a read and a write have to make of it.

``RIGHT`` is the right answer. Anything else is the class of the error, exactly. Times are seconds.
"""

import email.utils
import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from canaries import ANSWERED
from server import END, RESET, Port, Script, answer, good, refused

import omni

RIGHT = None
Ending = type[omni.OmniError] | None

LOST = omni.APIConnectionError
LATE = omni.APITimeoutError
UNKNOWN = omni.OutcomeUnknownError
INVALID = omni.InvalidResponseError
UNREADABLE = omni.WriteResponseError

PATIENT = 5.0
"""A budget that no call needs."""


@dataclass(frozen=True)
class Fault:
    """One fault and its endings; ``tries`` are the attempts of a read and of a write."""

    name: str
    script: Script
    read: Ending
    write: Ending
    tries: tuple[int, int] = (1, 1)
    lists: Any = "as read"
    """The ending where the good answer is an array."""
    body: Callable[[bytes], bytes] | None = None
    """What the answer holds, made of the good one; None if no answer comes whole."""
    timeout: float = PATIENT
    at_once: bool = False
    unbounded: Any = "as write"
    """The ending where the timeout bounds each wait alone."""
    one_by_one: bool = False
    at_least: float = 0.0
    """Seconds that must have been waited."""

    def ending(self, *, is_read: bool, is_list: bool, is_unbounded: bool) -> Ending:
        """What a call has to end with."""
        if is_unbounded and self.unbounded != "as write":
            return self.unbounded  # type: ignore[no-any-return]
        if is_list and self.lists != "as read":
            return self.lists  # type: ignore[no-any-return]
        return self.read if is_read else self.write

    @property
    def is_refused(self) -> bool:
        return self.name == "refused"

    def url(self, port: Port) -> str:
        """Where to meet it, given the port that plays its script."""
        return refused() if self.is_refused else port.url

    @property
    def is_timed(self) -> bool:
        """Whether the ending hangs on how long things take, so that a pause of the machine can change it."""
        return self.timeout < PATIENT


# No answer, or not all of it.


def lost(name: str, *script: Any, **more: Any) -> Fault:
    """A fault of the connection, which a read survives by trying again and a write must not."""
    return Fault(name, lambda body: script, LOST, UNKNOWN, tries=(3, 1), **more)


def late(name: str, script: Script, **more: Any) -> Fault:
    """A fault that only the budget ends."""
    return Fault(name, script, LATE, UNKNOWN, timeout=0.25, **more)


def slowly(before: bytes, after: Callable[[bytes], bytes], step: bytes) -> Script:
    """A byte now and then for twice the budget, each long before a read would time out; then all of it."""

    def script(body: bytes) -> Iterator[Any]:
        yield before
        for _ in range(10):
            yield step
            yield 0.05
        yield after(body)

    return script


def half(*headers: str, end: Any = END) -> Script:
    return lambda body: (answer(body[: len(body) // 2], *headers, length=len(body)), end)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

CONNECTIONS = [
    Fault("refused", good, LOST, LOST, tries=(3, 3)),
    lost("reset before the request is read", RESET, at_once=True),
    lost("reset before headers", RESET),
    lost("end before headers", END),
    lost("reset within headers", HEAD[:30], 0.01, RESET),
    lost("end within headers", HEAD[:30], END),
    Fault("reset within the body", half(end=RESET), LOST, UNKNOWN, tries=(3, 1)),
    Fault("cut by length", half(), LOST, UNKNOWN, tries=(3, 1)),
    lost("cut by chunk", HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\n{", END),
    lost("no last chunk", HEAD + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n', END),
    lost("chunk of no size", HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", END),
    lost("not HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", END),
    lost("status of two digits", b"HTTP/1.1 20 OK\r\n\r\n", END),
    lost("two lengths", HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", END),
    lost("negative length", HEAD + b"Content-Length: -1\r\n\r\n{}", END),
    lost("header with a NUL", b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n{}", END),
    lost("gigantic header", b"HTTP/1.1 200 OK\r\nX-Large: " + b"a" * 300_000 + b"\r\n\r\n{}", END),
    lost("endless header line", b"a" * 300_000, END),
    lost("broken gzip", answer(b"not gzip at all", "Content-Encoding: gzip")),
    lost("broken deflate", answer(b"not deflate at all", "Content-Encoding: deflate")),
    late("silence", lambda body: ()),
    late("silence within headers", lambda body: (HEAD,)),
    late("silence within the body", half(end=b"")),
    late(
        "a byte now and then in headers",
        slowly(b"HTTP/1.1 200 OK\r\nX-Slow: ", lambda body: b"\r\n" + answer(body)[17:], b"a"),
        unbounded=RIGHT,
    ),
    late(
        "a byte now and then in the body",
        slowly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", lambda body: chunk(body) + b"0\r\n\r\n", b"1\r\n \r\n"),
        unbounded=RIGHT,
    ),
    late("1xx now and then", slowly(b"", answer, b"HTTP/1.1 102 Processing\r\n\r\n"), unbounded=RIGHT),
]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


# Answers that are odd, and still the answer.


def odd(name: str, script: Script, body: Callable[[bytes], bytes] = lambda body: body, **more: Any) -> Fault:
    """A fault that loses nothing."""
    return Fault(name, script, RIGHT, RIGHT, body=body, **more)


def rewritten(name: str, change: Callable[[Any], Any], **more: Any) -> Fault:
    """A good answer with its JSON changed."""
    return said(name, lambda body: json.dumps(change(json.loads(body))).encode(), **more)


def said(name: str, body: Callable[[bytes], bytes], *headers: str, **more: Any) -> Fault:
    """A success with this body, which is right unless it is said that it is not."""
    endings = {"read": RIGHT, "write": RIGHT, **more}
    return Fault(name, lambda good: [answer(body(good), *headers)], body=body, **endings)


def unlike(value: Any) -> Any:
    """Other types everywhere, but for what nothing works without."""
    if isinstance(value, dict):
        return {
            key: text if key in {"id", "token"} else unlike(text) if isinstance(text, (dict, list)) else other(text)
            for key, text in value.items()
        }
    return [unlike(each) for each in value] if isinstance(value, list) else other(value)


def other(value: Any) -> Any:
    return {str: 7, int: "many", float: "many", bool: ["yes"], type(None): 0}[type(value)]


def grown(value: Any) -> Any:
    """Words and keys that nobody knows, everywhere."""
    if isinstance(value, list):
        return [grown(each) for each in value]
    if not isinstance(value, dict):
        return value
    words = {"status", "type", "fieldType", "assigneeType", "source"}
    known = {key: "ON_THE_MOON" if key in words else grown(each) for key, each in value.items()}
    return {**known, "noveltyOfTomorrow": {"a": [1, None]}}


def nested(value: Any) -> Any:
    deep: Any = "bottom"
    for _ in range(10):
        deep = {"deeper": [deep]}
    return with_key(value, "nested", deep)


def with_key(value: Any, key: str, content: Any) -> Any:
    """The answer with one more key, in each object of an array."""
    return [{**each, key: content} for each in value] if isinstance(value, list) else {**value, key: content}


def twice(body: bytes) -> bytes:
    """Each of the first keys twice, of which the last counts."""
    first = b"{" if body[:1] == b"{" else b"[{"
    keys = list(json.loads(body) if first == b"{" else json.loads(body)[0])
    return first + b"".join(b'"%b": {"id": "evil"}, ' % key.encode() for key in keys) + body[len(first) :]


def members(body: bytes) -> bytes:
    """The answer as two gzip files, one after the other."""
    return gzip.compress(body[:100]) + gzip.compress(body[100:])


def large(body: bytes) -> Iterator[bytes]:
    """The answer with 50 MB of blanks in it."""
    blanks = b" " * 1_000_000
    head, _, last = answer(body, length=len(body) + 50 * len(blanks)).rpartition(body[-1:])
    yield head
    yield from [blanks] * 50
    yield last or body[-1:]


INVALID_ALL: dict[str, Any] = {"read": INVALID, "write": UNREADABLE}
HTML = f"<html><body><h1>Please log in as {ANSWERED[2]}</h1></body></html>".encode()

ODDITIES = [
    odd("100 before", lambda body: (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(body),)),
    odd("103 before", lambda body: (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3, answer(body))),
    odd("reset after the answer", lambda body: (answer(body), 0.05, RESET), one_by_one=True),
    odd("end after the answer", lambda body: (answer(body), END), one_by_one=True),
    odd("no length", lambda body: (HEAD + b"\r\n" + body, END)),
    odd("HTTP/1.0", lambda body: (b"HTTP/1.0 200 OK\r\n\r\n" + body, END)),
    odd("in chunks of a byte", lambda body: (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + bytewise(body),)),
    odd("in pieces", lambda body: pieces(answer(body))),
    odd("extra bytes", lambda body: (answer(body) + b"}}}}",)),
    odd("an extra answer", lambda body: (answer(body) + answer(b'{"lead": {"id": "of somebody else"}}'),)),
    odd("gzip", lambda body: (answer(gzip.compress(body), "Content-Encoding: gzip"),)),
    odd("gzip of two members", lambda body: (answer(members(body), "Content-Encoding: gzip"),)),
    odd("empty encoding", lambda body: (answer(body, "Content-Encoding:"),)),
    odd("encoding that is none", lambda body: (answer(body, "Content-Encoding: aws-chunked, utf-8"),)),
    odd("wrong charset", lambda body: (answer(body, "Content-Type: application/json; charset=utf-16"),)),
    odd("no such charset", lambda body: (answer(body, "Content-Type: application/json; charset=klingon"),)),
    odd("wrong content type", lambda body: (answer(body, "Content-Type: text/html"),)),
    odd("a thousand headers", lambda body: (answer(body, *(f"X-{each}: {each}" for each in range(1000))),)),
    odd("cookies", lambda body: (answer(body, "Set-Cookie: a=b; Domain=.example.com"),)),
    rewritten("unknown words and keys", grown),
    rewritten("wrong types, but for ids", unlike),
    rewritten("10 levels of nesting", nested),
    rewritten("NaN", lambda data: with_key(data, "ratio", float("nan"))),
    said("duplicate keys", twice),
    said("byte order mark", lambda body: b"\xef\xbb\xbf" + body),
    odd("50 MB", lambda body: large(body), one_by_one=True),
]

WRONG = [
    said("200 with HTML", lambda body: HTML, "Content-Type: text/html", **INVALID_ALL),
    said("200 with nothing", lambda body: b"", **INVALID_ALL),
    said("200 with null", lambda body: b"null", **INVALID_ALL),
    said("200 with a number", lambda body: b"7", **INVALID_ALL),
    said("200 with an empty array", lambda body: b"[]", **INVALID_ALL, lists=RIGHT),
    said("200 with an array of anything", lambda body: b'[null, 7, "x", [], true]', **INVALID_ALL, lists=RIGHT),
    said("200 with an empty object", lambda body: b"{}", **INVALID_ALL),
    said("200 with success: false", lambda body: b'{"success": false, "lead": {"id": "x"}}', **INVALID_ALL),
    said("invalid UTF-8", lambda body: body[:-1] + b'"\xff\xfe' + body[-1:], **INVALID_ALL),
    said("half of the JSON", lambda body: body[: len(body) // 2], **INVALID_ALL),
    said("a million brackets", lambda body: b"[" * 1_000_000, **INVALID_ALL),
    Fault(
        "cut gzip",
        lambda body: [answer(gzip.compress(body)[: len(body) // 8], "Content-Encoding: gzip")],
        LOST,
        UNKNOWN,
        tries=(3, 1),
    ),
    Fault("202 with nothing", lambda body: [answer(b"", status="202 Accepted")], body=lambda body: b"", **INVALID_ALL),
    Fault("204", lambda body: [b"HTTP/1.1 204 No Content\r\n\r\n"], body=lambda body: b"", **INVALID_ALL),
    Fault("205", lambda body: [answer(b"", status="205 Reset Content")], body=lambda body: b"", **INVALID_ALL),
    Fault("101", lambda body: [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"], LOST, UNKNOWN, tries=(3, 1)),
]


# Refusals.

BODIES: dict[str, tuple[str, bytes]] = {
    "JSON": ("application/json", f'{{"error": {{"message": "no such person as {ANSWERED[1]}"}}}}'.encode()),
    "HTML": ("text/html", HTML),
    "nothing": ("application/json", b""),
    "binary": ("application/octet-stream", bytes(range(256))),
}

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


def refusal(
    name: str, status: int, body: bytes, *headers: str, tries: tuple[int, int] | None = None, at_least: float = 0.0
) -> Fault:
    read, write, usual = STATUSES.get(status, (omni.APIStatusError, omni.APIStatusError, (1, 1)))
    script = [answer(body, f"X-Person: {ANSWERED[0]}", *headers, status=f"{status} {ANSWERED[1]}")]
    return Fault(name, lambda good: script, read, write, tries or usual, body=lambda good: body, at_least=at_least)


def _redirects(
    own: str = f"/api/v1/{ANSWERED[0]}", foreign: str = f"http://localhost:9/{ANSWERED[0]}"
) -> Iterable[Fault]:
    for status in (301, 302, 303, 307, 308):
        yield refusal(f"{status} to own origin", status, b"", f"Location: {own}")
    yield refusal("302 to foreign origin", 302, b"", f"Location: {foreign}")
    yield refusal("307 to foreign origin", 307, HTML, f"Location: {foreign}", "Content-Type: text/html")
    yield refusal("302 to nowhere", 302, b"")
    yield refusal("300", 300, b"")
    yield refusal("304", 304, b"")


def _waits() -> Iterable[Fault]:
    """``Retry-After``: what is in the budget is waited for, what is not ends the call at once."""
    future = email.utils.formatdate(time.time() + 3600, usegmt=True)
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    short = {"in seconds": "0", "as a past date": past, "as garbage": "soon, perhaps", "negative": "-5"}
    yield refusal("429, Retry-After of a second", 429, b"{}", "Retry-After: 1", at_least=2.0)
    for status in (429, 503):
        for name, value in {**short, "as NaN": "nan"}.items():
            yield refusal(f"{status}, Retry-After {name}", status, b"{}", f"Retry-After: {value}")
        for name, value in {"an hour off": "3600", "as a date": future, "10^9": "1000000000"}.items():
            yield refusal(f"{status}, Retry-After {name}", status, b"{}", f"Retry-After: {value}", tries=(1, 1))


REFUSALS = [
    *_redirects(),
    *(
        refusal(f"{status} with {name}", status, body, f"Content-Type: {kind}")
        for status in STATUSES
        if status >= 400
        for name, (kind, body) in BODIES.items()
    ),
    *(
        lost(f"{status} cut by length", answer(HTML[:20], f"X-Person: {ANSWERED[0]}", status=status, length=999), END)
        for status in ("404 Not Found", "503 Busy")
    ),
    *_waits(),
]


def bytewise(body: bytes) -> bytes:
    return b"".join(chunk(body[each : each + 1]) for each in range(len(body))) + b"0\r\n\r\n"


def pieces(wire: bytes) -> Iterator[Any]:
    """An answer in ten pieces, as many packets."""
    size = len(wire) // 10 + 1
    for start in range(0, len(wire), size):
        yield wire[start : start + size]
        yield 0.001


FAULTS = (*CONNECTIONS, *ODDITIES, *WRONG, *REFUSALS)


def fault_of(name: str) -> Fault:
    """The fault of this name."""
    return next(each for each in FAULTS if each.name == name)
