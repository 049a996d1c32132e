# Derived from omni/_async/http.py by tools/unasync.py, do not edit.
"""Where patience lives: an httpx client whose ``send`` gives every call, raw or curated, the same care."""

import os
import random
import ssl
from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Any, NoReturn, Self

import h11
import httpx

from omni._fork_safety import fork_lock
from omni._operations.contract import path_template
from omni._operations.effects import refuse_excess
from omni._traceback_scrubbing import scrub_public_methods
from omni._transport.call import Call, is_bounded, is_of_callback, timeouts
from omni._transport.connection_pool import (
    Transport,
    find_hidden,
    guard_pools,
    is_owned_elsewhere,
    take_over,
    wrap_transports,
)
from omni._transport.cookies import NoCookies, copied_cookies
from omni._transport.deadline import Runtime, Owner
from omni._transport.logging import install_log_filter, suppress_httpx_logs
from omni._transport.request_checks import (
    check_transport,
    checked_request,
    checked_url,
    refuse_copy,
    without_fixed_boundary,
    without_key,
)
from omni.errors import UsageError
from omni.settings import Settings, version

_FOREIGN = (httpx.InvalidURL, httpx.StreamError, UnicodeError, ssl.SSLError, h11.ProtocolError)
"""What httpx lets through on top of its own errors: a Location that is no URL, a used-up body, a broken TLS record, a
body that is not as long as its caller said."""


@scrub_public_methods
class HTTP(httpx.Client):
    """An ``httpx.Client`` for one API: one budget a call, safe retries, and the key for one origin only."""

    _networks: Mapping[Any, None] = MappingProxyType({})  # those of NO_PROXY

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float,
        attempts: int,
        allow: frozenset[str] | None,
        headers: httpx.Headers | None,
        max_response_bytes: float,
        transport: Transport | None,
    ) -> None:
        check_transport(transport, httpx.BaseTransport)
        given = transport if isinstance(transport, httpx.BaseTransport) else None
        try:
            super().__init__(
                base_url=settings.base_url,
                headers={"accept": "application/json", "user-agent": _user_agent()},
                timeout=timeouts(timeout),
                limits=Runtime.pool_limits,
                cookies=NoCookies(),
                transport=given,
            )
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            with fork_lock:
                from omni._transport.environment import explain
            raise explain(error) from None  # the original may show a proxy's password
        mounts: Any = {**self._networks, **self._mounts}  # networks first, as httpx takes the first one that matches
        self._mounts = mounts
        self._api_key = settings.api_key
        self._attempts = attempts
        self._allow = allow
        self._api_headers = headers
        self._max_response_bytes = max_response_bytes
        self._root = self  # whose pool it is
        self._owner: Owner | None = None
        self._thread = 0  # the thread of its owner
        self._is_entered = self._is_closed = False
        self._is_pool_ours = given is None
        transports = (self._transport, *self._mounts.values())
        self._hidden = find_hidden(transports, httpx.BaseTransport, Runtime.pool_class)
        install_log_filter()
        self._pools = guard_pools(self, Runtime)
        if transport is not None and given is None:
            wrap_transports(self, transport, httpx.BaseTransport)
            self._pools += guard_pools(self, Runtime, known=self._pools)

    def _get_proxy_map(self, proxy: Any, allow_env_proxies: bool) -> dict[str, Any]:
        """The proxies of the environment, less what httpx cannot read: a private name of httpx, where it reads them."""
        routes = super()._get_proxy_map(proxy, allow_env_proxies)
        if routes or (allow_env_proxies and "SSL_CERT_DIR" in os.environ):
            with fork_lock:
                from omni._transport.environment import check_routes
            self._networks, routes = check_routes(routes)
        return routes

    def with_options(
        self, *, timeout: float | None = None, attempts: int | None = None, allow: frozenset[str] | None = None
    ) -> Self:
        """Another client over the same pool, which stays with the one it was made from."""
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        clone.headers = self.headers  # httpx copies what it is given
        for name in clone.headers.keys() - self.headers.keys():
            del clone.headers[name]  # a default of httpx's that the caller took away
        clone.cookies = copied_cookies(self.cookies)
        clone.event_hooks = self.event_hooks
        clone.timeout = self.timeout
        if timeout is not None:
            clone.timeout = timeouts(timeout)
        if attempts is not None:
            clone._attempts = attempts
        if allow is not None:
            clone._allow = allow if self._allow is None else allow & self._allow  # never more than before
        return clone

    def without_defaults(self) -> Self:
        """Another client over the same pool, for file hosts: it sends nothing that the caller gave this one to send."""
        clone = self.with_options()
        clone.headers = httpx.Headers({"user-agent": _user_agent()})
        clone.cookies = NoCookies()
        clone.params = httpx.QueryParams()
        clone.auth = httpx.Auth()
        clone.event_hooks = {}
        return clone

    def build_request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Request:
        """Build a request; UsageError if it cannot be built, or if an id in its URL would make it another one.

        Whether it can be sent is checked when it is.
        """
        if kwargs.get("files"):
            with fork_lock:
                from omni._files.file_content import with_own_positions  # here, since most requests have no files
            kwargs["files"] = with_own_positions(kwargs["files"])
        try:
            if kwargs.get("files") is not None:
                kwargs["headers"] = without_fixed_boundary(kwargs.get("headers"))
            return super().build_request(method, checked_url(url, self.base_url), **kwargs)
        except UsageError:
            raise
        except Exception as error:  # a file may raise anything
            reason = type(error).__name__
        # Here, so that it does not lead to the original, which may hold the whole body.
        raise UsageError(f"The request cannot be built: check its URL, headers, parameters and body ({reason}).")

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, again where that is safe, within one budget.

        Raises UsageError if the client is closed, APIConnectionError and its kinds if no complete answer came.
        An answer with an error status is returned, not raised. With ``stream=True`` the budget goes on for the body.
        """
        if self._root._is_closed:
            raise _closed()
        checked_request(request, httpx.SyncByteStream)
        self._drop_stale_connections()
        call = Call(request, path_template(request.url.path), self.timeout)
        if self._allow is not None:
            body = request.content if isinstance(request.stream, httpx.ByteStream) else None
            refuse_excess(call.method, call.path, body, self._allow)
        try:
            with suppress_httpx_logs(), Runtime.deadline(call.seconds):
                response = self._send_with_retries(call, request, options)
        except (httpx.RequestError, TimeoutError) as error:
            if is_of_callback(error):
                raise
            failure = call.failure(error)
        else:
            return _prepared(response, call)
        finally:
            if self._root._is_closed:  # by another thread or task: a connection may have been opened since
                for pool in self._pools:
                    pool.close()
        raise failure  # here, so that it does not lead to the original, whose frames hold the key and quote the server

    @property
    def is_closed(self) -> bool:
        """Whether the client is closed, or the one that it was made from."""
        return self._root._is_closed

    def _drop_stale_connections(self) -> None:
        """Leave behind what belongs to another process or event loop: an answer on it could be somebody else's.

        Raises UsageError where that cannot be done: the other loop goes on, or a transport hides what it has.
        """
        owner = Runtime.owner()
        if owner != self._root._owner:
            take_over(self._root, owner, Runtime)

    def _send_with_retries(self, call: Call, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        """Try until an attempt ends in a way that is not to be repeated: cancellation and Ctrl-C always are."""
        jitter = random.random()
        # A body that is read as it is sent cannot be sent a second time, unless it says that it can.
        is_repeatable = getattr(request.stream, "is_repeatable", isinstance(request.stream, httpx.ByteStream))
        attempts = self._attempts if is_repeatable else 1
        while True:
            ending: httpx.Response | httpx.RequestError
            if self._root._is_closed:
                raise _closed()
            try:
                ending = self._attempt(call, request, options)
            except httpx.RequestError as error:
                if is_of_callback(error):
                    raise
                ending = error
            except RuntimeError:
                if call.hops == 0 and self._root._is_closed:  # by another thread, just now
                    raise _closed() from None
                raise
            pause = call.pause(ending, attempts, jitter)
            if pause is None:
                break
            if isinstance(ending, httpx.Response):
                ending.close()
            Runtime.sleep(pause)
        if isinstance(ending, httpx.Response):
            return ending
        raise ending

    def _attempt(self, call: Call, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        call.begin_attempt(request)
        if not call.is_read:
            request.extensions.setdefault("trace", _tracing(call))
        try:
            response = super().send(request, **options)
        except httpx.RequestError as error:
            call.end_attempt(error)
            raise
        except _FOREIGN as error:
            if is_of_callback(error):
                call.end_attempt(error)
                raise
            failure = httpx.ReadError(type(error).__name__)
            call.end_attempt(failure)
            raise failure from None
        except BaseException as error:  # cancelled, by the budget or by the caller
            call.end_attempt(TimeoutError() if call.left <= 0 else error)
            raise
        call.end_attempt(response)
        return response

    def _send_single_request(self, request: httpx.Request) -> httpx.Response:
        """Send one hop, with the key if it goes to the API and without it if it goes anywhere else.

        A private name of httpx: it is the one place that sees each hop of a redirect, and no hook can be taken away.
        """
        call: Call = request.extensions["omni"]
        is_for_api = call.begin_hop(request.url, self.base_url)
        if call.hops > 1 and (request.url.port or 0) > 65535:  # of a Location; sockets have an OverflowError for it
            raise httpx.ConnectError("the port is above 65535")
        without_key(request)
        own = request.headers
        if is_for_api:
            if self._api_headers:
                request.headers = own.copy()
                request.headers.update(self._api_headers)
            request.headers["x-api-key"] = self._api_key
        try:
            response = super()._send_single_request(request)
        finally:
            request.headers = own
            without_key(request)  # requests end up in errors, pickles and debuggers
        if not is_bounded(response, self._max_response_bytes):
            with fork_lock:
                from omni._transport.response_body import bound  # here, since most responses need nothing of it

            bound(response, self._max_response_bytes)
        return response

    def close(self) -> None:
        """Close the connections, unless they belong to the client this one was made from."""
        if self._can_close():
            super().close()
            self._close_pools()

    def _can_close(self) -> bool:
        """Whether it is ours to close the connections; those of another process or event loop are only let go."""
        if self._root is not self:
            return False
        if self._owner is not None and not is_owned_elsewhere(self._hidden, Runtime.owner()):
            self._drop_stale_connections()
        self._is_closed = True
        return self._owner is None or not is_owned_elsewhere(self._hidden, Runtime.owner())

    def __reduce__(self) -> NoReturn:
        refuse_copy()

    def __enter__(self) -> Self:
        """Enter the transports as httpx does, once; a copy leaves that to the client it was made from."""
        if self._root._is_closed:
            raise _closed()
        if self._root is self and not self._is_entered:
            self._is_entered = True
            for transport in (self._transport, *self._mounts.values()):
                if transport is not None:
                    transport.__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        if self._can_close():
            is_entered, self._is_entered = self._is_entered, False
            (super().__exit__(*exc_info) if is_entered else super().close())
            self._close_pools()

    def _close_pools(self) -> None:
        for pool in self._pools if self._is_pool_ours else ():  # a wrapper may not do it
            pool.close()


def _user_agent() -> str:
    return f"omniai-leads/{version()}"


def _closed() -> UsageError:
    return UsageError("This client is closed: make a new one, or keep it open for as long as it is used.")


def _tracing(call: Call) -> Any:
    def trace(step: str, facts: Mapping[str, Any]) -> None:
        call.note_step(step, facts)

    return trace


def _prepared(response: httpx.Response, call: Call) -> httpx.Response:
    """The answer with the facts of its call, and with the same care for a body that is still to be read."""
    response.extensions["omni"] = call
    if not response.is_stream_consumed:
        call.in_flight = True  # until all of it came
        response.stream = _Body(response.stream, call)
    return response


class _Body(httpx.SyncByteStream):
    """A body that is read by the caller, still within the budget and with our errors."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream = stream
        self._call = call

    def __iter__(self) -> Generator[bytes]:
        chunks, chunk = self._stream.__iter__(), b""
        try:
            while (left := self._call.left) > 0:
                with Runtime.deadline(left):  # each wait ends with the call, however long its own limit is
                    chunk = chunks.__next__()
                yield chunk
            raise httpx.ReadTimeout("the budget of the call ran out")
        except StopIteration:
            return
        except (httpx.RequestError, ssl.SSLError, TimeoutError) as error:
            failure, chunk = self._call.failure(error), b""  # the frame is part of the traceback
        raise failure

    def close(self) -> None:
        self._stream.close()
