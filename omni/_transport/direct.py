"""Whether a read may go to httpx's transport directly, past ``httpx.Client.send``, and a body to the disk past httpx.

Theory of operation. Around the transport's ``handle_request``, which is public, ``send`` runs hooks, authentication,
redirects and a cookie jar, and that takes longer than the transport itself. A read that needs none of them can do
without, but only while ``send`` is what httpx made it: tools that record, mock or trace requests replace functions of
these classes or of one object, at any time, and must see every request. So the classes are compared with what they were
when omni was loaded, and with what httpx has in its files; whatever is not as it was gets the ordinary way.
"""

from http.cookiejar import CookieJar
from types import FunctionType
from typing import Any

import httpcore
import httpx

from omni._transport.cookies import NoCookies

_LIBRARIES = {"httpx", "httpcore", "contextlib"}  # a function made by contextlib's decorator belongs to that


class DirectURL(httpx.URL):
    """A base URL with a path below it that needs no parsing, since its ids were checked and quoted.

    Only transports of httpx see it, and what they read of the path is ``raw_path``.
    """

    def __init__(self, base_url: httpx.URL, path: str) -> None:
        super().__init__(base_url)
        self._path = base_url.raw_path.rstrip(b"/") + path.encode("ascii")

    @property
    def raw_path(self) -> bytes:
        """The path for the request line."""
        return self._path


class DirectWay:
    """The direct way of one class of clients over one class of transports."""

    def __init__(self, client_class: type, transport_class: type) -> None:
        self._kinds = client_class, transport_class
        classes = [*client_class.__mro__[:-1], *transport_class.__mro__[:-1]]
        self._members = [vars(cls) for cls in classes]  # as they are at any time
        self._originals = [dict(members) for members in self._members]
        self._functions = frozenset(
            name for members in self._originals for name, member in members.items() if isinstance(member, FunctionType)
        )
        self._was_original = all(map(_is_of_httpx, [cls for cls in classes if cls.__module__.startswith("httpx")]))

    def is_open_to(self, client: Any) -> bool:
        """Whether nothing that ``send`` would do is wanted, or was changed, for this client."""
        transport = client._transport
        return (
            self._was_original
            and (type(client), type(transport)) == self._kinds
            and not client._mounts
            and not any(client.event_hooks.values())
            and client.auth is None
            and not client.follow_redirects
            and not client.params
            and _is_empty(client.cookies.jar)
            and self._members == self._originals
            and self._functions.isdisjoint(client.__dict__)
            and "handle_request" not in transport.__dict__
            and "handle_async_request" not in transport.__dict__
        )


_TRANSPORTS = (httpx.HTTPTransport, httpx.AsyncHTTPTransport)
_WITH_BODIES = (
    httpx.Response,
    httpcore.HTTPConnection,
    httpcore.AsyncHTTPConnection,
    httpcore.HTTP11Connection,
    httpcore.AsyncHTTP11Connection,
)


def is_plain(client: Any) -> bool:
    """Whether nothing between a client and its connections was changed that may want to see the body of a response."""
    transports = [client._transport, *filter(None, client._mounts.values())]
    if any(type(transport) not in _TRANSPORTS for transport in transports):
        return False
    parts = [client, *transports, *client._pools]
    classes = {cls for part in parts for cls in type(part).__mro__ if cls.__module__.startswith("http")}
    return not any(map(_has_own_methods, parts)) and all(map(_is_of_httpx, classes.union(_WITH_BODIES)))


def _has_own_methods(part: object) -> bool:
    """Whether a function was put into an object in place of its class's, and not by us."""
    names = vars(part).keys() - {"create_connection"}  # which connection_pool wraps
    return any(isinstance(getattr(type(part), name, None), FunctionType) for name in names)


def _is_empty(jar: CookieJar) -> bool:
    return isinstance(jar, NoCookies) and jar.is_empty


def _is_of_httpx(cls: type) -> bool:
    """Whether each function of a class is httpx's own, and not what another package put in its place."""
    functions: list[Any] = []
    for member in vars(cls).values():
        if isinstance(member, property):
            functions += filter(None, [member.fget, member.fset])
        elif callable(member) or hasattr(member, "__func__"):
            functions.append(getattr(member, "__func__", member))
    return all(  # not isinstance: the wrappers of wrapt, which tracers use, pass for what they wrap
        type(each) is FunctionType and each.__globals__["__name__"].partition(".")[0] in _LIBRARIES
        for each in functions
    )
