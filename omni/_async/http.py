"""Where patience lives: an httpx client whose ``send`` gives every call, raw or curated, the same care."""

import random
from typing import Any, Self

import tenacity

from omni import __version__
from omni._budget import AsyncBudget
from omni._endpoint import path_template
from omni._http import Call, api_only, checked_url, httpx, outcome_of, quiet, timeouts
from omni._retry import wait_before_next
from omni.errors import UsageError
from omni.settings import Settings


class AsyncHTTP(httpx.AsyncClient):
    """An ``httpx.AsyncClient`` for one API: one budget a call, safe retries, and the key for one origin only."""

    def __init__(
        self, settings: Settings, *, timeout: float, attempts: int, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        try:
            super().__init__(
                base_url=settings.base_url,
                headers={"accept": "application/json", "user-agent": f"omniai-leads/{__version__}"},
                timeout=timeouts(timeout),
                transport=transport,
                event_hooks={"request": [self._bind_key]},  # runs for each hop of a redirect too
            )
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            raise UsageError(
                "The environment cannot be used: check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY (a SOCKS proxy needs"
                f" httpx[socks]), SSL_CERT_FILE and SSL_CERT_DIR ({type(error).__name__})."
            ) from None  # the original may show a proxy's password
        self._api_key = settings.api_key
        self._attempts = attempts
        self._owner = self  # whose pool it is
        AsyncBudget.guard(self)

    def with_options(self, *, timeout: float | None, attempts: int | None) -> Self:
        """Another client over the same pool, which stays with the one it was made from."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        if timeout is not None:
            twin.timeout = timeouts(timeout)
        if attempts is not None:
            twin._attempts = attempts
        return twin

    async def _bind_key(self, request: httpx.Request) -> None:
        if api_only(self.base_url, request.url):
            request.headers["x-api-key"] = self._api_key
        else:
            request.headers.pop("x-api-key", None)

    def build_request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Request:
        """Build a request; UsageError if its URL is not one, or if an id in it would make it another one."""
        try:
            return super().build_request(method, checked_url(url), **kwargs)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise UsageError("The URL or a header of the request has characters that cannot be sent.") from error

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, again where that is safe, within one budget.

        Raises UsageError if the client is closed, APIConnectionError and its kinds if no complete answer came.
        An answer with an error status is returned, not raised.
        """
        if self._owner.is_closed:
            raise UsageError("This client is closed: make a new one, or keep it open for as long as it is used.")
        call = Call(request, path_template(request.url.path), self.timeout)
        try:
            with quiet(), AsyncBudget.of(call.seconds):
                response = await self._patiently(call, request, options)
        except (httpx.RequestError, TimeoutError) as error:
            raise call.failure(error) from error
        response.extensions["omni"] = call
        return response

    async def _patiently(self, call: Call, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        jitter = random.random()
        # A body that is read as it is sent cannot be sent a second time.
        attempts = self._attempts if isinstance(request.stream, httpx.ByteStream) else 1

        def wait(state: tenacity.RetryCallState) -> float | None:
            assert state.outcome is not None
            ending = state.outcome.exception() or state.outcome.result()
            if not isinstance(ending, (httpx.RequestError, httpx.Response)):
                return None  # Ctrl-C, a cancelled task, a bug: never ours to repeat
            return wait_before_next(
                call.method, outcome_of(ending), attempt=call.attempts, attempts=attempts, left=call.left, jitter=jitter
            )

        async def discard(state: tenacity.RetryCallState) -> None:
            if state.outcome is not None and not state.outcome.failed:
                await state.outcome.result().aclose()

        retrying = tenacity.AsyncRetrying(
            sleep=AsyncBudget.sleep,
            retry=lambda state: wait(state) is not None,
            wait=lambda state: wait(state) or 0.0,
            before_sleep=discard,
        )
        return await retrying(self._attempt, call, request, options)

    async def _attempt(self, call: Call, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        call.begin_attempt(request)
        try:
            response = await super().send(request, **options)
        except httpx.RequestError as error:
            call.end_attempt(error)
            raise
        call.end_attempt(response)
        return response

    async def aclose(self) -> None:
        """Close the connections, unless they belong to the client this one was made from."""
        if self._owner is self:
            await super().aclose()

    async def __aexit__(self, *exc_info: Any) -> None:
        await self.aclose()
