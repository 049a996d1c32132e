"""The one module that knows the generator: requests go out by ``_get_kwargs``, answers come in as views.

What generated code gets wrong on the way is mended here, in the open: ids that would change the URL, bodies parsed
before the status is looked at, statuses that its enum does not know.
"""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from omni_client.api.leads import get_lead

from omni import errors
from omni._http import Call, httpx, outcome_of
from omni.leads import Lead

T = TypeVar("T")

_BY_STATUS: dict[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, "check the arguments"),
    401: (errors.AuthenticationError, "check the API key, it is missing or wrong"),
    403: (errors.PermissionDeniedError, "the API key may not do this"),
    404: (errors.NotFoundError, "there is no such thing in the workspace of the API key"),
    409: (errors.ConflictError, "it clashes with the present state, so read that first"),
    422: (errors.UnprocessableEntityError, "check the arguments"),
    429: (errors.RateLimitError, "slow down, retry_after has the seconds if the server said"),
}


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One operation of the spec: how to ask, and what the answer is read as."""

    path: str
    kwargs: Callable[..., dict[str, Any]]
    view: Callable[[Any], T]

    def request(self, **arguments: Any) -> dict[str, Any]:
        """The request's arguments for httpx; UsageError for an id that cannot be one."""
        for name, value in arguments.items():  # so far, every argument of every operation is an id in its path
            checked_id(name, value)
        return self.kwargs(**arguments)

    def result(self, response: httpx.Response) -> T:
        """The answer as a view; APIStatusError or InvalidResponseError if it is not one."""
        call: Call = response.extensions["omni"]
        answer = {**call.facts(), "status_code": response.status_code, "headers": response.headers}
        answer["content"] = response.content
        if not response.is_success:
            raise _status_error(response, answer)
        try:
            return self.view(json.loads(response.content))
        except errors.UsageError as error:
            what = f"the body is not what the contract says: {error}"
        except (ValueError, RecursionError):
            what = "the body is not JSON"
        raise errors.InvalidResponseError(f"The server said {response.status_code}, but {what}", **answer)


GET_LEAD = Operation("/api/v1/leads/{leadId}", get_lead._get_kwargs, Lead._over)

OPERATIONS: tuple[Operation[Any], ...] = (GET_LEAD,)

_TEMPLATES = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path) + "$"), each.path) for each in OPERATIONS]
_WORDS = {word for each in OPERATIONS for word in each.path.split("/")}


def path_template(path: str) -> str:
    """The path with placeholders for its ids; of a path that is not in the spec, only its first words that are."""
    for pattern, template in _TEMPLATES:
        if pattern.search(path):
            return template
    segments = path.split("/")
    known = list(itertools.takewhile(_WORDS.__contains__, segments))
    return "/".join([*known, "…"] if known != segments else known)


def checked_id(name: str, value: object) -> str:
    """The id, if it can stand in a path without changing it."""
    if not isinstance(value, str):
        raise errors.UsageError(f"{name} must be a str, not {type(value).__name__}.")
    if not value or value in {".", ".."} or not value.isprintable() or set(value) & set("/\\%"):
        raise errors.UsageError(
            f"{name} cannot be an id: it is empty, '.' or '..', or has a slash, a percent sign or a control character."
        )
    return value


def refuse_unbound() -> httpx.BaseTransport:
    """A transport for clients that generated code would make by itself, without key, retries and budget."""

    def refuse(request: httpx.Request) -> NoReturn:
        raise errors.UsageError(
            "This raw client lost its connection to omni: use omni.Client for blocking calls and omni.AsyncClient for "
            "awaited ones, and set headers or timeouts on client.http or by client.with_options()."
        )

    return httpx.MockTransport(refuse)


def _status_error(response: httpx.Response, answer: dict[str, Any]) -> errors.APIStatusError:
    status = response.status_code
    fallback = errors.InternalServerError if status >= 500 else errors.APIStatusError
    kind, repair = _BY_STATUS.get(status, (fallback, "the server failed" if status >= 500 else "not an answer we know"))
    phrase = f"{status} {httpx.codes.get_reason_phrase(status)}".rstrip()
    return kind(f"{phrase}: {repair}", retry_after=outcome_of(response).retry_after, **answer)
