# Derived from omni/_async/client.py by tools/unasync.py, do not edit.
"""The client that people use."""

from collections.abc import Collection, Mapping
from importlib import import_module
from inspect import Signature
from os import PathLike
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast, overload

import httpx
import omni_client

from omni._sync.http import HTTP
from omni._sync.session import Session
from omni._fork_safety import fork_lock
from omni._operations.difference import Observe
from omni._operations.effects import checked_allow
from omni._traceback_scrubbing import scrub_traceback
from omni._transport.logging import log_as_environment_says
from omni._transport.request_checks import checked_headers, refuse_copy
from omni._transport.sockets.connection_pool import Transport
from omni.settings import (
    ATTEMPTS,
    MAX_RESPONSE_BYTES,
    TIMEOUT,
    Settings,
    checked_app_info,
    checked_attempts,
    checked_size,
    checked_timeout,
    warn_if_plain,
)

if TYPE_CHECKING:
    from omni._sync.analytics import WorkspaceAnalytics
    from omni._sync.documents import Documents
    from omni._sync.leads import Leads

T = TypeVar("T")


class _Resource(Generic[T]):
    """A resource of a client, in the module of its name, imported when first used; on the class it is its class.

    So ``create_autospec``, which inspects the class of a client, finds the methods of its resources.
    """

    def __init__(self, class_name: str) -> None:
        self._class_name = class_name

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: type) -> type[T]: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> T: ...
    def __get__(self, client: "Client | None", owner: type) -> Any:
        with fork_lock:
            resource = getattr(import_module(f"{__package__}.{self._name}"), self._class_name)
        # From now on it is an attribute of the client. Without a lock, on which a forked child could block.
        return resource if client is None else vars(client).setdefault(self._name, resource(client._session))


class _HiddenParameters:
    """An empty signature, for frameworks that fill the parameters of a class from a request, as FastAPI's ``Depends``.

    Otherwise a stranger could choose the address that the key is sent to. ``__init__`` shows the parameters, and a
    subclass its own.
    """

    def __get__(self, client: object, owner: Any) -> Signature | None:
        return Signature() if owner.__init__ is Client.__init__ else None


class Client:
    """A client of the OmniAI API.

    ``api_key`` and ``base_url`` default to ``OMNI_API_KEY`` and ``OMNI_BASE_URL``. ``timeout`` is in seconds for a
    whole call: waiting for a connection, all attempts, the pauses between them and the body. ``attempts`` is how often
    a request is tried in total, where a retry is safe. ``allow`` limits what the client may do to some of ``read``,
    ``write``, ``contacts-person`` and ``consent``; default is all. A request that would do more is refused before it is
    sent, also a raw one. ``headers`` are sent with every request to the origin of the API and, as the key, to no other:
    for gateways. ``app_info``, a name and a version, goes into the user agent. ``max_response_bytes`` limits how much
    of one response, decompressed, is held in memory; it does not limit files and responses that the caller streams.

    ``proxy`` is an address or an ``httpx.Proxy``; by default those of the environment are used. ``verify`` says which
    servers are trusted: a file or a folder of certificates, an ``ssl.SSLContext``, or False for all; by default those
    of ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``, else certifi's. ``cert`` is the client's own certificate: one file, or a
    tuple of certificate, key and, if it has one, the key's password. ``http2`` needs ``httpx[http2]``. ``limits`` is an
    ``httpx.Limits``; by default there are at most 100 connections.

    ``transport`` is an httpx transport, for tests and special networks, or a function that gets the transport which the
    client would use and returns one that wraps it; it is called again for each proxy. If a transport hides its
    connections, calls after a fork or in another event loop raise UsageError.

    ``observe`` is called, never awaited, with the path template and the differences whenever a response is not what the
    contract says, also if that makes the call fail; they hold no personal data. What it raises, the call raises.

    Raises UsageError if there is no key or an argument is invalid. Warns (UserWarning) if the base URL would send
    the key unencrypted to another machine.
    """

    leads = cast("_Resource[Leads]", _Resource("Leads"))
    """Read, create and change leads, and wait for them."""
    documents = cast("_Resource[Documents]", _Resource("Documents"))
    """Upload and download documents."""
    analytics = cast("_Resource[WorkspaceAnalytics]", _Resource("WorkspaceAnalytics"))
    """Read analytics of the workspace."""
    http: HTTP = cast("Any", HTTP)  # each client has its own; the class is for create_autospec
    """The ``httpx`` client itself, with the same retries, deadline and key, for whatever has no method yet."""

    __signature__ = _HiddenParameters()

    @scrub_traceback
    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        allow: Collection[str] | None = None,
        headers: Mapping[str, str] | None = None,
        app_info: tuple[str, str] | None = None,
        proxy: str | httpx.URL | httpx.Proxy | None = None,
        verify: bool | str | PathLike[str] | SSLContext = True,
        cert: str | PathLike[str] | tuple[str, str] | tuple[str, str, str] | None = None,
        http2: bool = False,
        limits: httpx.Limits | None = None,
        max_response_bytes: float = MAX_RESPONSE_BYTES,
        transport: Transport | None = None,
        observe: Observe | None = None,
    ) -> None:
        log_as_environment_says()
        settings = Settings.resolve(api_key, base_url)
        warn_if_plain(settings, stacklevel=3)  # the caller of the wrapper that `scrub_traceback` adds
        self._assemble(
            HTTP(
                settings,
                timeout=checked_timeout(timeout),
                attempts=checked_attempts(attempts),
                allow=checked_allow(allow),
                headers=checked_headers(headers),
                max_response_bytes=checked_size(max_response_bytes),
                transport=transport,
                network={"proxy": proxy, "verify": verify, "cert": cert, "http2": http2, "limits": limits},
                app_info=checked_app_info(app_info),
            ),
            observe,
        )

    def _assemble(self, http: HTTP, observe: Observe | None) -> None:
        self.http = http
        self._session = Session(http, observe)

    def with_options(
        self, *, timeout: float | None = None, attempts: int | None = None, allow: Collection[str] | None = None
    ) -> Self:
        """Another client over the same pool; omitted options stay as they are, and ``allow`` can only restrict further.

        Closing it leaves the pool open, which belongs to the original client.
        """
        clone = object.__new__(type(self))
        clone._assemble(
            self.http.with_options(
                timeout=None if timeout is None else checked_timeout(timeout),
                attempts=None if attempts is None else checked_attempts(attempts),
                allow=checked_allow(allow),
            ),
            self._session.observe,
        )
        return clone

    @property
    def raw(self) -> "omni_client.AuthenticatedClient":
        """The generated client over the same pool, with the same retries, for the functions of ``omni_client.api``."""
        with fork_lock:
            from omni._transport.raw_client import RawClient

        # Without the key, which `http` adds for one origin only; over a copy, so that `with client.raw` closes no pool.
        raw = RawClient(base_url=str(self.http.base_url), token="", prefix="")
        return raw.set_httpx_client(self.http.with_options())

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def __reduce__(self) -> NoReturn:
        refuse_copy()

    def __enter__(self) -> Self:
        self.http.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.http.__exit__(*exc_info)
