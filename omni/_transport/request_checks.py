"""Whether a request can be sent at all, decided before a connection is made for it.

Theory: h11 refuses what is not HTTP, but only when there is a connection, or in the middle of a body. By then nobody
can be told for sure that nothing was sent.
"""

import re
import urllib.parse
from typing import Any, NoReturn

import httpx

from omni.errors import UsageError

_HEADERS = re.compile(rb"(?:[-!#$%&'*+.^_`|~0-9A-Za-z]+\x00(?:[^\x00\s]+(?:[ \t]+[^\x00\s]+)*)?\n)*")
"""Names and values that h11 sends, which refuses all others when a connection has been made for them."""


def _are_sendable(headers: httpx.Headers) -> bool:
    raw = headers.raw
    lines = b"".join([b"%b\x00%b\n" % pair for pair in raw])
    return _HEADERS.fullmatch(lines) is not None and lines.count(b"\n") == len(raw)


def checked_request(request: httpx.Request, kind_of_body: type) -> httpx.Request:
    """The request, if it can be sent at all: this is the last moment to say that nothing was."""
    if not isinstance(request.stream, kind_of_body):
        raise UsageError(
            "The body of the request is for the other kind of client: omni.Client takes iterators and files,"
            " omni.AsyncClient async iterators, and both bytes and text."
        )
    if not re.fullmatch("[A-Za-z-]+", request.method) or request.url.scheme not in {"http", "https"}:
        raise UsageError("The request's method or the scheme of its URL is not one of HTTP.")
    if (request.url.port or 0) > 65535:
        raise UsageError("The port of the URL is above 65535.")
    if "target" in request.extensions:  # past all that is checked of the URL
        raise UsageError("The request has the extension 'target': give the whole URL instead.")
    if not _are_sendable(request.headers):
        raise UsageError(
            "A header of the request has a name that is none, or a value with blanks around it or a line break in it."
        )
    if "content-length" in request.headers:
        _check_length(request)
    return request


def _check_length(request: httpx.Request) -> None:
    """Refuse a length that is not that of the body: the server would wait for the rest, or see the next request in it.

    Only of a body that is read as it is sent nobody knows.
    """
    measure = getattr(request.stream, "get_content_length", None)  # httpx's multipart bodies
    actual = len(request.content) if isinstance(request.stream, httpx.ByteStream) else measure and measure()
    stated = request.headers["content-length"]
    if not re.fullmatch("[0-9]{1,18}", stated) or actual not in {None, int(stated)}:
        raise UsageError("The content-length of the request is not that of its body: leave it out.")


_OURS = frozenset({"x-api-key", "host", "content-length", "content-type", "transfer-encoding"})


def checked_headers(headers: Any) -> httpx.Headers | None:
    """The headers for a gateway; UsageError if they cannot be sent, or belong to the client or to one request."""
    try:
        checked = httpx.Headers(headers)
    except (AttributeError, TypeError, ValueError):
        checked = httpx.Headers({"": ""})  # here, so that no error leads to what was given
    if not _are_sendable(checked):
        raise UsageError(
            "headers cannot be sent: give a dict of names and values, in ASCII, without blanks around them."
        )
    if found := _OURS & checked.keys():
        raise UsageError(f"headers must not have {', '.join(sorted(found))}: the client sets it.")
    return checked if headers else None


def without_fixed_boundary(headers: Any) -> Any:
    """The headers of an upload less the content type of the generated ones.

    Its boundary is always ``+++``, so that a file which holds it could add fields of its own; httpx makes a random one.
    """
    if headers is None:
        return None
    kept = httpx.Headers(headers)
    if kept.get("content-type") == "multipart/form-data; boundary=+++":
        del kept["content-type"]
    return kept


def checked_url(url: httpx.URL | str, base_url: httpx.URL) -> httpx.URL | str:
    """The URL, if no id in its path can turn it into another one; a path of the API as the whole URL that it is.

    httpx folds ``.`` and ``..``, and an empty id in the middle or at the end names a whole collection. URLs of other
    origins pass: they are not built from ids.
    """
    path = re.split("[?#]", str(url))[0]
    if absolute := re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*)?", path):
        origin = httpx.URL(absolute[0])
        if not origin.host:  # httpx would ask the API for whatever stands behind it
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


def without_key(request: httpx.Request) -> None:
    """Take the key out of a request's headers."""
    if "x-api-key" in request.headers:  # httpx's own `pop` takes three times as long
        del request.headers["x-api-key"]


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two URLs have the same scheme, host and port; only the API's origin may see the key."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def check_transport(transport: object, kind: type) -> None:
    """Refuse a transport of blocking clients for an awaited one, and the other way round."""
    others = (httpx.BaseTransport, httpx.AsyncBaseTransport)
    name = type(transport).__name__
    is_function = callable(transport) and not isinstance(transport, others)
    if isinstance(transport, type) and transport.__module__.split(".")[0] == "httpx":  # without its brackets
        name, is_function = f"The class {transport.__name__}", False
    if transport is not None and not isinstance(transport, kind) and not is_function:
        raise UsageError(f"{name} is not the kind of transport that this kind of client uses.")


def refuse_copy() -> NoReturn:
    """Refuse to copy or pickle a client: it has connections, a lock and the key."""
    raise UsageError(
        "A client cannot be copied or pickled: make one in each process, and use client.with_options() for another one"
        " over the same connections."
    )
