"""Checks of a request before a connection is made for it, while it is certain that nothing was sent.

h11 refuses what is not HTTP too, but only once there is a connection, or in the middle of a body.
"""

import re
import urllib.parse
from typing import Any, NoReturn

import httpx

from omni.errors import UsageError

_HEADERS = re.compile(rb"(?:[-!#$%&'*+.^_`|~0-9A-Za-z]+\x00(?:[^\x00\s]+(?:[ \t]+[^\x00\s]+)*)?\n)*")
"""The headers that h11 accepts; it refuses all others, but only once there is a connection."""


def _are_sendable(headers: httpx.Headers) -> bool:
    raw = headers.raw
    lines = b"".join([b"%b\x00%b\n" % pair for pair in raw])
    return _HEADERS.fullmatch(lines) is not None and lines.count(b"\n") == len(raw)


def check_request(request: httpx.Request, body_class: type) -> None:
    """Raise UsageError if the request cannot be sent."""
    if not isinstance(request.stream, body_class):
        raise UsageError(
            "The body of the request is for the other kind of client: omni.Client takes iterators and files,"
            " omni.AsyncClient async iterators, and both bytes and text."
        )
    if not re.fullmatch("[A-Za-z-]+", request.method) or request.url.scheme not in {"http", "https"}:
        raise UsageError("The method of the request or the scheme of its URL is invalid: use one like GET, and https.")
    if (request.url.port or 0) > 65535:
        raise UsageError("The port of the URL is above 65535: use one from 1 to 65535.")
    if "target" in request.extensions:  # which replaces the URL that was checked
        raise UsageError("The request has the extension 'target': give the whole URL instead.")
    if not _are_sendable(request.headers):
        raise UsageError(
            "A header of the request cannot be sent: use an ASCII name without spaces, and a value without line breaks"
            " and without spaces around it."
        )
    if "content-length" in request.headers:
        _check_length(request)


def _check_length(request: httpx.Request) -> None:
    """Raise UsageError if the stated length is wrong: the server would wait, or take the rest for another request.

    The length of a body that is read while it is sent is not known, so it is not checked.
    """
    measure = getattr(request.stream, "get_content_length", None)  # httpx's multipart bodies
    actual = len(request.content) if isinstance(request.stream, httpx.ByteStream) else measure and measure()
    stated = request.headers["content-length"]
    if not re.fullmatch("[0-9]{1,18}", stated) or actual not in {None, int(stated)}:
        raise UsageError("The content-length of the request is not the length of its body: leave it out.")


_RESERVED = frozenset({"x-api-key", "host", "content-length", "content-type", "transfer-encoding"})


def checked_headers(headers: Any) -> httpx.Headers | None:
    """Headers for a gateway; UsageError if one cannot be sent, or is set by the client or by each request."""
    try:
        checked = httpx.Headers(headers)
    except (AttributeError, TypeError, ValueError):
        checked = httpx.Headers({"": ""})  # raise below, so that no error has a context that shows the headers
    if not _are_sendable(checked):
        raise UsageError(
            "headers cannot be sent: give a dict of names and values, in ASCII, without spaces around them."
        )
    if reserved := _RESERVED & checked.keys():
        raise UsageError(f"headers must not have {', '.join(sorted(reserved))}: the client sets it.")
    return checked if headers else None


def without_fixed_boundary(headers: Any) -> Any:
    """The headers of an upload without the content type of the generated functions, so that httpx sets one.

    Theirs always has the boundary ``+++``, so that a file which contains it could add form fields; httpx's is random.
    """
    if headers is None:
        return None
    kept = httpx.Headers(headers)
    if kept.get("content-type") == "multipart/form-data; boundary=+++":
        del kept["content-type"]
    return kept


def checked_url(url: httpx.URL | str, base_url: httpx.URL) -> httpx.URL | str:
    """The URL, absolute for paths of the API; UsageError if an id in its path turns it into the URL of something else.

    httpx resolves ``.`` and ``..``, and an empty id in the middle or at the end names a whole collection. URLs of other
    origins are not checked: they are not built from ids.
    """
    path = re.split("[?#]", str(url))[0]
    if absolute := re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*)?", path):
        origin = httpx.URL(absolute[0])
        if not origin.host:  # httpx would send the rest of the URL to the API
            raise UsageError("The URL has a scheme and no host: give both, or a path that begins with a slash.")
        if not same_origin(base_url, origin):
            return url
        path = path[absolute.end() :]
    for segment in path.removeprefix("/").split("/") if path not in {"", "/"} else ():
        plain = urllib.parse.unquote(segment)
        if plain in {"", ".", ".."} or not plain.isprintable():
            raise UsageError(
                "The path of the request has an empty part, a '.' or '..', or a control character: check the ids in it."
            )
    return f"{str(base_url).rstrip('/')}/{url.removeprefix('/')}" if isinstance(url, str) and not absolute else url


def remove_key(request: httpx.Request) -> None:
    """Remove the key from a request's headers."""
    if "x-api-key" in request.headers:  # `pop` of httpx.Headers takes three times as long
        del request.headers["x-api-key"]


def same_origin(first: httpx.URL, second: httpx.URL) -> bool:
    """Whether two URLs have the same scheme, host and port; only the API's origin may see the key."""
    return _origin(first) == _origin(second)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme)


DEFAULT_PORTS = {"http": 80, "https": 443}


def check_transport(transport: object, base: type) -> None:
    """Raise UsageError if this is neither a transport of this class nor a function; None is the default transport."""
    others = (httpx.BaseTransport, httpx.AsyncBaseTransport)
    name = type(transport).__name__
    is_function = callable(transport) and not isinstance(transport, others)
    if isinstance(transport, type) and transport.__module__.split(".")[0] == "httpx":  # the instance was meant
        name, is_function = f"The class {transport.__name__}", False
    if transport is not None and not isinstance(transport, base) and not is_function:
        raise UsageError(
            f"{name} is not the kind of transport that this client uses: give an httpx.{base.__name__}, or a function"
            " that wraps the one it is given."
        )


def refuse_copy() -> NoReturn:
    """Raise UsageError: a client has connections, a lock and the key."""
    raise UsageError(
        "A client cannot be copied or pickled: create one in each process, and use client.with_options() for another"
        " one over the same connections."
    )
