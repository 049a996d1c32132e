"""The error that a response stands for: its class, the repair, and whether a write may have happened."""

import httpx

from omni import errors
from omni._transport.call import Call
from omni._transport.failures import outcome_of

_BY_STATUS: dict[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, "check the arguments"),
    401: (errors.AuthenticationError, "check the API key, it is missing or wrong"),
    403: (errors.PermissionDeniedError, "the API key may not do this"),
    404: (errors.NotFoundError, "there is no such thing in the workspace of the API key"),
    409: (errors.ConflictError, "it conflicts with the present state, so read that first"),
    422: (errors.UnprocessableEntityError, "check the arguments"),
    429: (errors.RateLimitError, "slow down; retry_after has the seconds to wait, if the server sent them"),
}


def error_details(response: httpx.Response, content: bytes) -> errors.ResponseDetails:
    """What an error says of its call and of the response."""
    call: Call = response.extensions["omni"]
    return {
        **call.error_details(),
        "status_code": response.status_code,
        "headers": response.headers,
        "content": content,
    }


def status_error(response: httpx.Response, content: bytes) -> errors.APIStatusError:
    """The error for a response whose status is no success; ``content`` is as much of the body as was read."""
    status = response.status_code
    is_server_error = status >= 500
    fallback = errors.InternalServerError if is_server_error else errors.APIStatusError
    kind, repair = _BY_STATUS.get(status, (fallback, "the server failed" if is_server_error else "unexpected status"))
    if not _proves_nothing_happened(response):
        kind = errors.WriteServerError if is_server_error else errors.WriteStatusError
        what = "the server failed" if is_server_error else "this status is no refusal"
        repair = f"{what}, and the write may or may not have happened"
    phrase = f"{status} {httpx.codes.get_reason_phrase(status)}".rstrip()
    retry_after = outcome_of(response).retry_after
    return kind(f"{phrase}: {repair}", retry_after=retry_after, **error_details(response, content))


def _proves_nothing_happened(response: httpx.Response) -> bool:
    """Whether it was a read, or the status of every hop says that the write was refused."""
    is_read: bool = response.extensions["omni"].is_read
    return is_read or all(map(_is_refusal, (*response.history, response)))


def _is_refusal(response: httpx.Response) -> bool:
    """Whether a status proves that a write was not done.

    301, 302 and 303 are usual after a form was accepted, nginx has 499 for a client that disconnected, and 5xx other
    than 501 may come after the work was done.
    """
    return response.status_code in {304, 307, 308, 501} or 400 <= response.status_code < 499


def unreadable_error(response: httpx.Response, content: bytes, problem: str) -> errors.InvalidResponseError:
    """The error for a success whose body cannot be used."""
    details = error_details(response, content)
    text = f"The server responded with {response.status_code}, but {problem}"
    if response.extensions["omni"].is_read:
        return errors.InvalidResponseError(text, **details)
    return errors.WriteResponseError(f"{text}: the write was done, or may have been", **details)
