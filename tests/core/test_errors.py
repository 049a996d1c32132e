"""Errors keep what happened, and show nothing about the person it happened to."""

import copy
import pickle
import typing
from typing import Any

import pytest

import omni
from omni import errors

CALL: dict[str, Any] = {
    "method": "GET",
    "path": "/api/v1/leads/{leadId}",
    "origin": "https://api.example.com",
    "attempts": 2,
    "elapsed": 1.25,
}
RESPONSE: dict[str, Any] = {"status_code": 404, "headers": {"x": "y"}, "content": b'{"error": "Ada is unknown"}'}

KINDS = [getattr(omni, name) for name in omni.__all__ if name.endswith("Error")]


def details_for(kind: type[omni.OmniError]) -> dict[str, Any]:
    """A value for every keyword argument that this class takes."""
    own = {
        errors._ResponseError: RESPONSE,
        omni.APIStatusError: {"retry_after": 1.0},
        omni.OutcomeUnknownError: {"reconcile_hint": "Look."},
        omni.WaitEndedError: {"status": "DELETED"},
        omni.WebhookError: {"status_code": 413},
    }
    return CALL | {
        name: value for base, values in own.items() if issubclass(kind, base) for name, value in values.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickling_and_copying(kind: type[omni.OmniError]) -> None:
    """Pickled or copied, an error has the same class, text and attributes."""
    error = kind("It failed.", **details_for(kind))

    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert (str(error), vars(error)) == (str(again), vars(again))
    assert isinstance(error, omni.OmniError)
    assert vars(error) == details_for(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_can_be_created_from_a_message_alone(kind: type[omni.OmniError]) -> None:
    """Every attribute is there, with a default."""
    error = kind("It failed.")

    assert set(vars(error)) == set(details_for(kind))
    assert str(error) == "It failed."


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_keywords_are_refused(kind: type[omni.OmniError]) -> None:
    """A misspelt attribute is an error where it is written, not where it is read."""
    with pytest.raises(TypeError, match="atempts"):
        kind("It failed.", atempts=1)  # type: ignore[call-arg]


def test_errors_derive_from_the_builtin_ones_that_python_users_expect() -> None:
    """A timeout is a TimeoutError, a usage error a ValueError."""
    assert issubclass(omni.APITimeoutError, TimeoutError)
    assert issubclass(omni.UsageError, ValueError)
    assert issubclass(omni.OutcomeUnknownError, omni.APIConnectionError)
    assert issubclass(omni.RateLimitError, omni.APIStatusError)


TRACKED = {"message", "detail", "description", "title", "reason", "msg"}
"""The attributes that error trackers show in place of ``str(error)``; Sentry reads the first two."""


def subclasses_of(kind: type[BaseException]) -> set[type[BaseException]]:
    """A class and all that are derived from it."""
    return {kind}.union(*(subclasses_of(subclass) for subclass in kind.__subclasses__()))


def test_error_trackers_show_the_safe_text() -> None:
    """No error has an attribute that a tracker shows by convention in place of its text."""
    kinds: Any = {kind for kind in subclasses_of(omni.OmniError) if kind.__module__.startswith("omni.")}

    assert {*KINDS} <= kinds
    assert {kind: shown for kind in kinds if (shown := TRACKED & {*dir(kind("It failed.", **details_for(kind)))})} == {}


def test_text_names_the_call() -> None:
    """It has method, path template, attempts and time; without a call, just the message."""
    assert str(omni.OmniError("It failed.", **CALL)) == "GET /api/v1/leads/{leadId}: It failed. (2 attempts, 1.2 s)"
    assert "(1 attempt, 1.2 s)" in str(omni.OmniError("It failed.", **{**CALL, "attempts": 1}))
    assert str(omni.UsageError("It failed.")) == "It failed."
    assert repr(omni.UsageError("It failed.")) == "UsageError('It failed.')"


@pytest.mark.parametrize(
    ("content", "body", "message"),
    [
        (b'{"error": "a"}', {"error": "a"}, "a"),
        (b'{"message": "b"}', {"message": "b"}, "b"),
        (b'{"error": {"message": "c"}}', {"error": {"message": "c"}}, "c"),
        (b'{"error": 7, "message": "d"}', {"error": 7, "message": "d"}, ""),
        (b'{"novel": 1}', {"novel": 1}, ""),
        (b'["x"]', ["x"], ""),
        (b"<html>", "<html>", ""),
        (b"", "", ""),
        (b"\xff", "\ufffd", ""),
    ],
)
def test_server_message_is_found_in_the_usual_places(content: bytes, body: object, message: str) -> None:
    """The body is decoded if possible, and its message is no part of the error's text."""
    error = omni.APIStatusError("It failed.", **{**RESPONSE, "content": content})

    assert (body, message) == (error.body, error.server_message)
    assert str(error) == "It failed."


def test_body_that_is_nested_too_deeply_is_text() -> None:
    """Inspecting an error never raises another one."""
    error = omni.APIStatusError("It failed.", **{**RESPONSE, "content": b"[" * 100_000})

    assert error.body == "[" * 100_000


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_declared(kind: type[omni.OmniError]) -> None:
    """Every error has results, empty unless an upload failed; their type resolves, and they survive a pickle."""
    error = kind("It failed.", **details_for(kind))
    assert error.results == ()
    assert typing.get_type_hints(kind)["results"] == tuple[omni.FileOutcome, ...]

    error.results = (omni.UploadResult("a.txt", "unknown"),)
    assert pickle.loads(pickle.dumps(error)).results == error.results
    assert kind("It failed.").results == ()


def test_subclass_of_an_application_has_the_defaults() -> None:
    """Also one whose ``__init__`` does not call ours: its text is its own, and nothing was sent."""

    class ApplicationError(omni.OmniError):
        def __init__(self, code: int) -> None:
            self.code = code

    error = ApplicationError(7)

    assert (str(error), error.method, error.attempts) == ("7", None, 0)
    assert omni.RateLimitError.retry_after is None
