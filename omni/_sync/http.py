# Derived from omni/_async/http.py by tools/unasync.py, do not edit.
"""An httpx client with retries, a deadline and API-key handling, which every call goes through, raw or not."""

import random
from collections.abc import Mapping
from typing import Any, Self

import httpx

from omni._sync.pooled_client import PooledClient, closed_error
from omni._sync.streamed_body import StreamedBody
from omni._fork_safety import fork_lock
from omni._operations.contract import loggable_path
from omni._operations.effects import refuse_excess
from omni._traceback_scrubbing import scrub_public_methods
from omni._transport.call import Call, is_bounded, timeouts
from omni._transport.cookies import NoCookies, copy_cookies
from omni._transport.direct import DirectURL, DirectWay
from omni._transport.failures import FOREIGN_ERRORS, is_of_callback
from omni._transport.logging import suppress_httpx_logs
from omni._transport.request_checks import check_request, checked_url, remove_key, without_fixed_boundary
from omni._transport.runtime import Runtime
from omni._transport.sockets.connection_pool import Transport
from omni.errors import UsageError
from omni.settings import Settings, version


@scrub_public_methods
class HTTP(PooledClient):
    """An ``httpx.Client`` for one API: a deadline for each call, safe retries, and the key for one origin only."""

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
        network: Mapping[str, Any],
        app_info: str,
    ) -> None:
        super().__init__(
            transport=transport,
            network=network,
            base_url=settings.base_url,
            headers={"accept": "application/json", "user-agent": f"{_user_agent()} {app_info}".rstrip()},
            timeout=timeouts(timeout),
            cookies=NoCookies(),
        )
        self._api_key = settings.api_key
        self._attempts = attempts
        self._allow = allow
        self._api_headers = headers
        self._max_response_bytes = max_response_bytes
        self._direct_headers: Any = None, None  # what they were made from, and those of a GET, with the key

    def with_options(
        self, *, timeout: float | None = None, attempts: int | None = None, allow: frozenset[str] | None = None
    ) -> Self:
        """Another client over the same pool, which stays open when the copy is closed."""
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        clone.headers = self.headers  # httpx copies it
        for name in clone.headers.keys() - self.headers.keys():
            del clone.headers[name]  # a default of httpx that the caller removed
        clone.cookies = copy_cookies(self.cookies)
        clone.event_hooks = self.event_hooks
        clone.timeout = self.timeout
        if timeout is not None:
            clone.timeout = timeouts(timeout)
        if attempts is not None:
            clone._attempts = attempts
        if allow is not None:
            clone._allow = allow if self._allow is None else allow & self._allow  # never more than this client
        return clone

    def without_defaults(self) -> Self:
        """Another client over the same pool, for file hosts: without the caller's headers, cookies and hooks."""
        clone = self.with_options()
        clone.headers = httpx.Headers({"user-agent": _user_agent()})
        clone.cookies = NoCookies()
        clone.params = httpx.QueryParams()
        clone.auth = httpx.Auth()
        clone.event_hooks = {}
        return clone

    def build_request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Request:
        """Build a request; UsageError if it cannot be built, or if an id in its URL would change the URL.

        ``send`` checks whether it can be sent.
        """
        if kwargs.get("files"):
            with fork_lock:
                from omni._files.file_content import with_own_positions  # most requests have none
            kwargs["files"] = with_own_positions(kwargs["files"])
        try:
            if kwargs.get("files") is not None:
                kwargs["headers"] = without_fixed_boundary(kwargs.get("headers"))
            return super().build_request(method, checked_url(url, self.base_url), **kwargs)
        except UsageError:
            raise
        except Exception as error:  # a file may raise anything
            reason = type(error).__name__
        # Outside of the except block, so that it has no context: the original may hold the whole body.
        raise UsageError(f"The request cannot be built: check its URL, headers, parameters and body ({reason}).")

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, with retries where that is safe, within one deadline.

        Raises UsageError if the client is closed, and APIConnectionError if no complete response arrived.
        A response with an error status is returned. With ``stream=True`` the deadline holds for reading the body too.
        """
        if self._root._is_closed:
            raise closed_error()
        check_request(request, httpx.SyncByteStream)
        return self._send(Call(request, loggable_path(request.url.path), self.timeout), request, options)

    def _get_content(self, url: str, path: str) -> tuple[httpx.Response, bytes]:
        """The response to a GET of the API, and its body; ``path`` is the template of ``url``, whose ids are checked.

        As ``get``, but directly through the transport where nothing that ``get`` would do beside that is wanted.
        """
        if self._root._is_closed:
            raise closed_error()
        if not _DIRECT_WAY.is_open_to(self):
            response = self.send(self.build_request("GET", url))
            return response, response.content
        request = self._build_direct_request(url)
        call = Call(request, path, self.timeout)
        response = self._send(call, request, None)
        return response, call.content

    def _build_direct_request(self, url: str) -> httpx.Request:
        """A GET with the headers of this client, without merging what cannot differ from one request to the next."""
        own = self.headers.raw, self.base_url
        if own != self._direct_headers[0]:
            request = super().build_request("GET", "/")
            check_request(request, httpx.SyncByteStream)
            self._direct_headers = own, self._with_key(request.headers)
        request = httpx.Request("GET", self.base_url, stream=_NO_BODY)
        request.url = DirectURL(self.base_url, url)
        return request

    def _send(self, call: Call, request: httpx.Request, options: dict[str, Any] | None) -> httpx.Response:
        """Send a request that was checked; directly if there are no options."""
        self._drop_stale_connections()
        if self._allow is not None:
            has_content = options is not None and isinstance(request.stream, httpx.ByteStream)
            refuse_excess(call.method, call.path, request.content if has_content else None, self._allow)
        try:
            with call.start_span(), suppress_httpx_logs(), Runtime.deadline(call.timeout):
                response = self._send_with_retries(call, request, options)
        except (httpx.RequestError, TimeoutError) as error:
            if is_of_callback(error):
                raise
            failure = call.failure(error)
        else:
            response.extensions["omni"] = call
            if not response.is_stream_consumed and options is not None:
                call.in_flight = True  # until the body is complete
                response.stream = StreamedBody(response.stream, call)
            return response
        finally:
            if self._root._is_closed:  # by another thread or task; a connection may have been opened since
                for pool in self._pools:
                    pool.close()
        raise failure  # without a context: the frames of the original hold the key, and its text may quote the server

    def _send_with_retries(
        self, call: Call, request: httpx.Request, options: dict[str, Any] | None
    ) -> httpx.Response:
        """Repeat attempts as long as the retry rules allow; cancellation and Ctrl-C end the call at once."""
        jitter = random.random()
        # A body that is read while it is sent cannot be sent again, unless it says that it can.
        is_repeatable = getattr(request.stream, "is_repeatable", isinstance(request.stream, httpx.ByteStream))
        attempts = self._attempts if is_repeatable else 1
        while True:
            result: httpx.Response | httpx.RequestError
            if self._root._is_closed:
                raise closed_error()
            try:
                result = self._attempt(call, request, options)
            except httpx.RequestError as error:
                if is_of_callback(error):
                    raise
                result = error
            except RuntimeError:
                if call.hops == 0 and self._root._is_closed:  # by another thread meanwhile
                    raise closed_error() from None
                raise
            pause = call.pause(result, attempts, jitter)
            if pause is None:
                break
            if isinstance(result, httpx.Response):
                result.close()
            Runtime.sleep(pause)
        if isinstance(result, httpx.Response):
            return result
        raise result

    def _attempt(self, call: Call, request: httpx.Request, options: dict[str, Any] | None) -> httpx.Response:
        call.begin_attempt(request)
        if not call.is_read:
            request.extensions.setdefault("trace", _tracer(call))
        try:
            if options is None:
                response = self._send_directly(call, request)
            else:
                response = super().send(request, **options)
        except httpx.RequestError as error:
            call.end_attempt(error)
            raise
        except FOREIGN_ERRORS as error:
            if is_of_callback(error):
                call.end_attempt(error)
                raise
            failure = httpx.ReadError(type(error).__name__)
            call.end_attempt(failure)
            raise failure from None
        except BaseException as error:  # cancelled, by the deadline or by the caller
            call.end_attempt(TimeoutError() if call.remaining <= 0 else error)
            raise
        call.end_attempt(response)
        return response

    def _send_directly(self, call: Call, request: httpx.Request) -> httpx.Response:
        """Send a read to the API, past httpx's ``send``, and keep its body in the call."""
        if self._is_closed:  # by another thread; httpx's ``send`` raises for its own clients too
            raise closed_error()
        call.hops += 1
        _, request.headers = self._direct_headers
        try:
            response = self._transport.handle_request(request)
        finally:
            request.headers = httpx.Headers()  # without the key
        try:
            if is_bounded(response, self._max_response_bytes):
                body: Any = response.stream
                call.content = b"".join([chunk for chunk in body])
            else:
                _limit_body(response, self._max_response_bytes)
                call.content = response.read()
        finally:
            response.close()
        return response

    def _with_key(self, headers: httpx.Headers) -> httpx.Headers:
        """These headers, with those that only the API may see."""
        headers = headers.copy()
        if self._api_headers:
            headers.update(self._api_headers)
        headers["x-api-key"] = self._api_key
        return headers

    def _send_single_request(self, request: httpx.Request) -> httpx.Response:
        """Send one hop, with the key if it goes to the API and without it if it goes anywhere else.

        Overrides a private method of httpx: it is the one place that sees each hop of a redirect, and unlike an event
        hook it cannot be removed.
        """
        call: Call = request.extensions["omni"]
        is_for_api = call.begin_hop(request.url, self.base_url)
        if call.hops > 1 and (request.url.port or 0) > 65535:  # from a Location; sockets raise OverflowError for it
            raise httpx.ConnectError("the port is above 65535")
        remove_key(request)
        headers = request.headers
        if is_for_api:
            request.headers = self._with_key(headers)
        try:
            response = super()._send_single_request(request)
        finally:
            request.headers = headers  # without the key: requests are kept in errors, pickles and debuggers
        if not is_bounded(response, self._max_response_bytes):
            _limit_body(response, self._max_response_bytes)
        return response


def _limit_body(response: httpx.Response, max_bytes: float) -> None:
    with fork_lock:
        from omni._transport.response_body import limit_body  # most responses need no limit
    limit_body(response, max_bytes)


def _user_agent() -> str:
    return f"omniai-leads/{version()}"


_DIRECT_WAY = DirectWay(HTTP, httpx.HTTPTransport)
_NO_BODY = httpx.ByteStream(b"")


def _tracer(call: Call) -> Any:
    def trace(step: str, info: Mapping[str, Any]) -> None:
        call.note_step(step, info)

    return trace
