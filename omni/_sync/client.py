# Derived from omni/_async/client.py by tools/unasync.py, do not edit.
"""The client that people use."""

from collections.abc import Callable, Collection, Mapping
from inspect import Signature
from typing import Any, Generic, NoReturn, Self, TypeVar, cast, overload

import omni_client

import omni
from omni._sync.http import HTTP
from omni._discreet import discreet
from omni._effects import checked_allow
from omni._endpoint import Operation
from omni._fork import no_fork
from omni._http import httpx, is_of_callback, refuse_copy
from omni._pool import Transport
from omni._request_checks import checked_headers
from omni.errors import OutcomeUnknownError
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

T = TypeVar("T")


class _Resource(Generic[T]):
    """A resource of a client, loaded when it is first used; asked of the class, it is the class of the resource.

    So ``create_autospec``, which looks at the class of a client, sees what can be done with its resources.
    """

    def __init__(self, load: "Callable[[], Callable[[Client], T]]") -> None:
        self._load = load

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: type) -> type[T]: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> T: ...
    def __get__(self, client: "Client | None", owner: type) -> Any:
        with no_fork:
            make = self._load()
        # From now on the client has it by itself; no lock, which a child could find taken.
        return make if client is None else vars(client).setdefault(self._name, make(client))


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

    leads = _Resource(lambda: omni.Leads)
    """What can be done with leads."""
    documents = _Resource(lambda: omni.Documents)
    """What can be done with documents."""
    analytics = _Resource(lambda: omni.WorkspaceAnalytics)
    """What can be asked of analytics."""
    http: HTTP = cast("Any", HTTP)  # each client has its own; the class is for create_autospec
    """The ``httpx`` client itself, with the same care, for whatever has no method yet."""

    __signature__ = _HiddenParameters()

    @discreet
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
        observe: "omni.Observe | None" = None,
    ) -> None:
        settings = Settings.resolve(api_key, base_url)
        warn_if_plain(settings, stacklevel=3)  # at the caller of the wrapper that `discreet` made
        self._over(
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

    def _over(self, http: HTTP, observe: "omni.Observe | None") -> None:
        self.http = http
        self._observe = observe

    def with_options(
        self, *, timeout: float | None = None, attempts: int | None = None, allow: Collection[str] | None = None
    ) -> Self:
        """Another client over the same pool; what is left out stays as it is, and ``allow`` can only take away.

        Closing it leaves the pool open: that belongs to the client it was made from.
        """
        twin = object.__new__(type(self))
        twin._over(
            self.http.with_options(
                timeout=None if timeout is None else checked_timeout(timeout),
                attempts=None if attempts is None else checked_attempts(attempts),
                allow=checked_allow(allow),
            ),
            self._observe,
        )
        return twin

    @property
    def raw(self) -> omni_client.AuthenticatedClient:
        """The generated client over the same pool and the same care, for the functions of ``omni_client.api``."""
        with no_fork:
            from omni._raw import RawClient

        # The key is not in it: `http` adds it, to one origin only.
        raw = RawClient(base_url=str(self.http.base_url), token="", prefix="")
        return raw.set_httpx_client(self.http.with_options())  # `with client.raw` leaves the pool open

    def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Carry out one operation of the spec."""
        return self._send(operation, self.http.build_request(**operation.request(**arguments)))

    def _send(self, operation: Operation[T], request: httpx.Request) -> T:
        try:
            response = self.http.send(request)
            if self._observe is not None and response.is_success:
                with no_fork:
                    from omni import drift

                if found := drift.of_body(response.content, operation.path, request.method):
                    self._observe(operation.path, found)
            return operation.result(response)
        except OutcomeUnknownError as error:
            if not is_of_callback(error):  # what that raises stays as it is
                error.reconcile = operation.reconcile
            raise

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
