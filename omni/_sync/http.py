# Derived from omni/_async/http.py by tools/unasync.py, do not edit.
"""Where patience lives: an httpx client whose ``send`` gives every call, raw or curated, the same care."""

import random
import ssl
from collections.abc import Generator
from typing import Any, NoReturn, Self

from omni import __version__
from omni._budget import Budget, Home
from omni._discreet import scrub_public_methods
from omni._effects import refuse
from omni._endpoint import path_template
from omni._fork import no_fork
from omni._http import (
    Call,
    Decoder,
    NoCookies,
    check_transport,
    checked_request,
    checked_url,
    filter_logs,
    httpx,
    quiet,
    refuse_copy,
    same_origin,
    timeouts,
    without_fixed_boundary,
    without_key,
)
from omni._pool import distrust_leftovers, leave_behind
from omni.errors import UsageError
from omni.settings import Settings

_FOREIGN = (httpx.InvalidURL, httpx.StreamError, UnicodeError, ssl.SSLError)
"""What httpx lets through on top of its own errors: a Location that is no URL, a used-up body, a broken TLS record."""


@scrub_public_methods
class HTTP(httpx.Client):
    """An ``httpx.Client`` for one API: one budget a call, safe retries, and the key for one origin only."""

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float,
        attempts: int,
        allow: frozenset[str] | None,
        transport: httpx.BaseTransport | None,
    ) -> None:
        check_transport(transport, httpx.BaseTransport)
        try:
            super().__init__(
                base_url=settings.base_url,
                headers={"accept": "application/json", "user-agent": f"omniai-leads/{__version__}"},
                timeout=timeouts(timeout),
                limits=Budget.limits,
                cookies=NoCookies(),
                transport=transport,
            )
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            raise UsageError(
                "The environment cannot be used: check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY (a SOCKS proxy needs"
                f" httpx[socks]), SSL_CERT_FILE and SSL_CERT_DIR ({type(error).__name__})."
            ) from None  # the original may show a proxy's password
        self._api_key = settings.api_key
        self._attempts = attempts
        self._allow = allow
        self._owner = self  # whose pool it is
        self._home: Home | None = None
        filter_logs()
        Budget.guard(self)
        distrust_leftovers(self)

    def with_options(
        self, *, timeout: float | None = None, attempts: int | None = None, allow: frozenset[str] | None = None
    ) -> Self:
        """Another client over the same pool, which stays with the one it was made from."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        if timeout is not None:
            twin.timeout = timeouts(timeout)
        if attempts is not None:
            twin._attempts = attempts
        if allow is not None:
            twin._allow = allow if self._allow is None else allow & self._allow  # never more than before
        return twin

    def build_request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Request:
        """Build a request; UsageError if it could not be sent, or if an id in its URL would make it another one."""
        try:
            kwargs["headers"] = without_fixed_boundary(kwargs.get("headers"))
            return checked_request(super().build_request(method, checked_url(url, self.base_url), **kwargs))
        except UsageError:
            raise
        except (httpx.InvalidURL, AttributeError, TypeError, ValueError) as error:
            reason = type(error).__name__
        # Here, so that it does not lead to the original, which may hold the whole body.
        raise UsageError(f"The request cannot be built: check its URL, headers, parameters and body ({reason}).")

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, again where that is safe, within one budget.

        Raises UsageError if the client is closed, APIConnectionError and its kinds if no complete answer came.
        An answer with an error status is returned, not raised. With ``stream=True`` the budget goes on for the body.
        """
        if self._owner.is_closed:
            raise UsageError("This client is closed: make a new one, or keep it open for as long as it is used.")
        self._settle()
        call = Call(request, path_template(request.url.path), self.timeout)
        if self._allow is not None:
            body = request.content if isinstance(request.stream, httpx.ByteStream) else None
            refuse(call.method, call.path, body, self._allow)
        try:
            with quiet(), Budget.of(call.seconds):
                response = self._patiently(call, request, options)
        except (httpx.RequestError, TimeoutError) as error:
            failure = call.failure(error)
        else:
            return _prepared(response, call)
        raise failure  # here, so that it does not lead to the original, whose frames hold the key and quote the server

    def _settle(self) -> None:
        """Leave behind what belongs to another process or event loop: an answer on it could be somebody else's."""
        home, owner = Budget.home(), self._owner
        if home != owner._home:
            with no_fork:  # nor may another thread go on
                if home != owner._home:
                    leave_behind(self, is_child=owner._home is not None and owner._home[0] != home[0])
                    owner._home = home

    def _patiently(self, call: Call, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        """Try until an attempt ends in a way that is not to be repeated: cancellation and Ctrl-C always are."""
        jitter = random.random()
        # A body that is read as it is sent cannot be sent a second time, unless it says that it can.
        is_repeatable = getattr(request.stream, "is_repeatable", isinstance(request.stream, httpx.ByteStream))
        attempts = self._attempts if is_repeatable else 1
        while True:
            ending: httpx.Response | httpx.RequestError
            try:
                ending = self._attempt(call, request, options)
            except httpx.RequestError as error:
                ending = error
            pause = call.pause(ending, attempts, jitter)
            if pause is None:
                break
            if isinstance(ending, httpx.Response):
                ending.close()
            Budget.sleep(pause)
        if isinstance(ending, httpx.Response):
            return ending
        raise ending

    def _attempt(self, call: Call, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        call.begin_attempt(request)
        try:
            response = super().send(request, **options)
        except httpx.RequestError as error:
            call.end_attempt(error)
            raise
        except _FOREIGN as error:
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
        request.extensions["omni"].hops += 1
        without_key(request)
        if same_origin(self.base_url, request.url):
            request.headers["x-api-key"] = self._api_key
        try:
            return super()._send_single_request(request)
        finally:
            without_key(request)  # requests end up in errors, pickles and debuggers

    def close(self) -> None:
        """Close the connections, unless they belong to the client this one was made from."""
        if self._owner is self:
            if self._home is not None:
                self._settle()
            super().close()

    def __reduce__(self) -> NoReturn:
        refuse_copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()


def _prepared(response: httpx.Response, call: Call) -> httpx.Response:
    """The answer with the facts of its call, and with the same care for a body that is still to be read."""
    response.extensions["omni"] = call
    if not response.is_stream_consumed:
        response.stream = _Body(response.stream, call)
        decoder: Any = Decoder(response._get_content_decoder(), call)
        response._decoder = decoder
    return response


class _Body(httpx.SyncByteStream):
    """A body that is read by the caller, still within the budget and with our errors."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream = stream
        self._call = call

    def __iter__(self) -> Generator[bytes]:
        try:
            for chunk in self._stream:
                if self._call.left <= 0:
                    raise httpx.ReadTimeout("the budget of the call ran out")
                yield chunk
        except (httpx.RequestError, ssl.SSLError) as error:
            failure, chunk = self._call.failure(error), b""  # the frame is part of the traceback
        else:
            return
        raise failure

    def close(self) -> None:
        self._stream.close()
