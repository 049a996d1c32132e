# Derived from omni/_async/client.py by tools/unasync.py, do not edit.
"""The client that people use."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

import omni_client

from omni._sync.http import HTTP
from omni._sync.leads import Leads
from omni._discreet import discreet
from omni._effects import checked_allow
from omni._endpoint import Operation
from omni._fork import no_fork, unlocked
from omni._http import httpx, refuse_copy
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

if TYPE_CHECKING:
    from omni._sync.analytics import Analytics
    from omni._sync.documents import Documents
    from omni.drift import Observe

T = TypeVar("T")


@unlocked
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

    leads: Leads
    http: HTTP
    """The ``httpx`` client itself, with the same care, for whatever has no method yet."""

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
        observe: "Observe | None" = None,
    ) -> None:
        settings = Settings.resolve(api_key, base_url)
        warn_if_plain(settings, stacklevel=2)
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

    def _over(self, http: HTTP, observe: "Observe | None") -> None:
        self.http = http
        self._observe = observe
        self.leads = Leads(self)

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

    @cached_property
    def documents(self) -> "Documents":
        """What can be done with documents; loaded when it is first used, as programs that read leads never do."""
        with no_fork:
            from omni._sync.documents import Documents

        return Documents(self)

    @cached_property
    def analytics(self) -> "Analytics":
        """What can be asked of analytics; loaded when it is first used."""
        with no_fork:
            from omni._sync.analytics import Analytics

        return Analytics(self)

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
        is_ours = True
        try:
            response = self.http.send(request)
            if self._observe is not None and response.is_success:
                with no_fork:
                    from omni import drift

                if found := drift.of_body(response.content, operation.path, request.method):
                    is_ours = False  # what the callback raises stays as it is
                    self._observe(operation.path, found)
                    is_ours = True
            return operation.result(response)
        except OutcomeUnknownError as error:
            if is_ours:
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
