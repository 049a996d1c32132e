# Derived from omni/_async/client.py by tools/unasync.py, do not edit.
"""The client that people use."""

from collections.abc import Callable, Collection, Mapping
from inspect import Signature
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast, overload

import omni_client

from omni._sync.http import HTTP
from omni._sync.session import Session
from omni._fork_safety import fork_lock
from omni._operations.difference import Observe
from omni._operations.effects import checked_allow
from omni._traceback_scrubbing import scrub_traceback
from omni._transport.connection_pool import Transport
from omni._transport.request_checks import checked_headers, refuse_copy
from omni.settings import (
    ATTEMPTS,
    MAX_RESPONSE_BYTES,
    TIMEOUT,
    Settings,
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
    """A resource of a client, loaded when it is first used; asked of the class, it is the class of the resource.

    So ``create_autospec``, which looks at the class of a client, sees what can be done with its resources.
    """

    def __init__(self, load: "Callable[[], Callable[[Session], T]]") -> None:
        self._load = load

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: type) -> type[T]: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> T: ...
    def __get__(self, client: "Client | None", owner: type) -> Any:
        with fork_lock:
            make = self._load()
        # From now on the client has it by itself; no lock, which a child could find taken.
        return make if client is None else vars(client).setdefault(self._name, make(client._session))


def _leads() -> "type[Leads]":
    from omni._sync.leads import Leads

    return Leads


def _documents() -> "type[Documents]":
    from omni._sync.documents import Documents

    return Documents


def _analytics() -> "type[WorkspaceAnalytics]":
    from omni._sync.analytics import WorkspaceAnalytics

    return WorkspaceAnalytics


class _HiddenParameters:
    """No parameters, for frameworks that take those of a class from a request, as FastAPI's ``Depends`` does.

    Else a stranger could name the address that the key is sent to. ``__init__`` shows them, and a subclass its own.
    """

    def __get__(self, client: object, owner: Any) -> Signature | None:
        return Signature() if owner.__init__ is Client.__init__ else None


class Client:
    """A client of the OmniAI API.

    ``api_key`` and ``base_url`` default to ``OMNI_API_KEY`` and ``OMNI_BASE_URL``. ``timeout`` is seconds for a whole
    call: waiting for a connection, every attempt, every pause between them, the body. ``attempts`` is how often a
    request is tried in all, where trying again is safe. ``allow`` is what the client may do, of ``read``, ``write``,
    ``contacts-person`` and ``consent``; all if left out. A request that would do more is refused before it is sent,
    also a raw one. ``headers`` are sent with every request to the origin of the API and to no other, as the key is: for
    gateways. ``max_response_bytes`` is how much of one response is held in memory, unpacked; what the caller streams
    piece by piece and files are not bounded by it. ``transport`` is one of httpx's, for tests and special networks, or
    a function that gets the one which the client would use, called again for each proxy of the environment, and returns
    one that wraps it. Where a transport hides its connections, calls after a fork or in another event loop raise
    UsageError.
    ``observe`` is called, never awaited, with the path template and the differences whenever an answer is not what the
    contract says, also if it is refused then; they hold no personal data. What it raises, the call raises.

    Raises UsageError if there is no key or an argument cannot be used. Warns (UserWarning) if the base URL would send
    the key unencrypted to another machine.
    """

    leads = _Resource(_leads)
    """What can be done with leads."""
    documents = _Resource(_documents)
    """What can be done with documents."""
    analytics = _Resource(_analytics)
    """What can be asked of analytics."""
    http: HTTP = cast("Any", HTTP)  # each client has its own; the class is for create_autospec
    """The ``httpx`` client itself, with the same care, for whatever has no method yet."""

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
        max_response_bytes: float = MAX_RESPONSE_BYTES,
        transport: Transport | None = None,
        observe: Observe | None = None,
    ) -> None:
        settings = Settings.resolve(api_key, base_url)
        warn_if_plain(settings, stacklevel=3)  # at the caller of the wrapper that `scrub_traceback` made
        self._assemble(
            HTTP(
                settings,
                timeout=checked_timeout(timeout),
                attempts=checked_attempts(attempts),
                allow=checked_allow(allow),
                headers=checked_headers(headers),
                max_response_bytes=checked_size(max_response_bytes),
                transport=transport,
            ),
            observe,
        )

    def _assemble(self, http: HTTP, observe: Observe | None) -> None:
        self.http = http
        self._session = Session(http, observe)

    def with_options(
        self, *, timeout: float | None = None, attempts: int | None = None, allow: Collection[str] | None = None
    ) -> Self:
        """Another client over the same pool; what is left out stays as it is, and ``allow`` can only take away.

        Closing it leaves the pool open: that belongs to the client it was made from.
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
    def raw(self) -> omni_client.AuthenticatedClient:
        """The generated client over the same pool and the same care, for the functions of ``omni_client.api``."""
        with fork_lock:
            from omni._transport.raw_client import RawClient

        # The key is not in it: `http` adds it, to one origin only.
        raw = RawClient(base_url=str(self.http.base_url), token="", prefix="")
        return raw.set_httpx_client(self.http.with_options())  # `with client.raw` leaves the pool open

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
