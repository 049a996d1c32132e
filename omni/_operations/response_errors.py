"""The error that a response is: which class, with which repair, and whether a write may have happened."""

from typing import Any

import httpx

from omni import errors
from omni._transport.call import Call, outcome_of

_BY_STATUS: dict[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, "check the arguments"),
    401: (errors.AuthenticationError, "check the API key, it is missing or wrong"),
    403: (errors.PermissionDeniedError, "the API key may not do this"),
    404: (errors.NotFoundError, "there is no such thing in the workspace of the API key"),
    409: (errors.ConflictError, "it clashes with the present state, so read that first"),
    422: (errors.UnprocessableEntityError, "check the arguments"),
    429: (errors.RateLimitError, "slow down, retry_after has the seconds if the server said"),
}


def facts_of(response: httpx.Response, content: bytes) -> dict[str, Any]:
    """What an error says of its call and of the answer."""
    call: Call = response.extensions["omni"]
    answer = {"status_code": response.status_code, "headers": response.headers, "content": content}
    return call.facts() | answer


def _refuses(response: httpx.Response) -> bool:
    """Whether the status proves that a write was not done.

    301, 302 and 303 are usual after a form was accepted, nginx has 499 for a client that left, and 5xx but 501 may come
    after the work.
    """
    return response.status_code in {304, 307, 308, 501} or 400 <= response.status_code < 499


def status_error(response: httpx.Response, facts: dict[str, Any]) -> errors.APIStatusError:
    """The error for an answer that refuses."""
    status = response.status_code
    fallback = errors.InternalServerError if status >= 500 else errors.APIStatusError
    kind, repair = _BY_STATUS.get(status, (fallback, "the server failed" if status >= 500 else "not an answer we know"))
    if not (response.extensions["omni"].is_read or all(map(_refuses, (*response.history, response)))):
        kind = errors.WriteServerError if status >= 500 else errors.WriteStatusError
        repair = (
            f"{'the server failed' if status >= 500 else 'this is no refusal'}, and it may or may not have happened"
        )
    phrase = f"{status} {httpx.codes.get_reason_phrase(status)}".rstrip()
    return kind(f"{phrase}: {repair}", retry_after=outcome_of(response).retry_after, **facts)
