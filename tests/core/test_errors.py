"""Errors carry what happened, and show nothing of whom it happened to."""

import copy
import pickle
import typing
from typing import Any

import pytest

import omni

ANSWER: dict[str, Any] = {"status_code": 404, "headers": {"x": "y"}, "content": b'{"error": "Ada is unknown"}'}
CALL: dict[str, Any] = {"method": "GET", "path": "/api/v1/leads/{leadId}", "attempts": 2, "elapsed": 1.25}

KINDS = [getattr(omni, name) for name in omni.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_one_root_and_survives_a_process_boundary(kind: type[omni.OmniError]) -> None:
    """Pickled or copied, it has the same class, words and facts."""
    error = kind("It failed.", **CALL, **ANSWER)

    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert (str(error), vars(error)) == (str(again), vars(again))
    assert isinstance(error, omni.OmniError)


def test_words_that_python_users_expect() -> None:
    """A timeout is a TimeoutError, a usage error a ValueError."""
    assert issubclass(omni.APITimeoutError, TimeoutError)
    assert issubclass(omni.UsageError, ValueError)
    assert issubclass(omni.OutcomeUnknownError, omni.APIConnectionError)
    assert issubclass(omni.RateLimitError, omni.APIStatusError)


TRACKED = {"message", "detail", "description", "title", "reason", "msg"}
"""What error trackers show in place of ``str(error)`` where an error has it; Sentry reads the first two."""


def errors_of(kind: type[BaseException]) -> set[type[BaseException]]:
    """A class and all that are derived from it."""
    return {kind}.union(*(errors_of(each) for each in kind.__subclasses__()))


def test_error_trackers_show_the_safe_sentence() -> None:
    """No error has an attribute that a tracker reads by convention in place of its text."""
    facts = {**CALL, **ANSWER, "retry_after": 1.0}
    kinds = {kind for kind in errors_of(omni.OmniError) if kind.__module__.startswith("omni.")}

    assert {*KINDS} <= kinds
    assert {kind: found for kind in kinds if (found := TRACKED & {*dir(kind("It failed.", **facts))})} == {}


def test_the_sentence_names_the_call() -> None:
    """Method, template, attempts and time; without a call, just the sentence."""
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
def test_the_servers_words(content: bytes, body: object, message: str) -> None:
    """The body is decoded if it can be; the message is looked for in the usual places."""
    error = omni.APIStatusError("It failed.", **{**ANSWER, "content": content})

    assert (body, message) == (error.body, error.server_message)
    assert str(error) == "It failed."


def test_a_body_that_is_too_deep_is_text() -> None:
    """Looking at an error never raises another one."""
    error = omni.APIStatusError("It failed.", **{**ANSWER, "content": b"[" * 100_000})

    assert error.body == "[" * 100_000


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_declared(kind: type[omni.OmniError]) -> None:
    """Each error has them, empty where no upload failed; their type can be resolved, and they survive a pickle."""
    error = kind("It failed.", **CALL, **ANSWER)
    assert error.results == ()
    assert typing.get_type_hints(kind)["results"] == tuple[omni.FileOutcome, ...]

    error.results = (omni.UploadResult("a.txt", "unknown"),)
    assert pickle.loads(pickle.dumps(error)).results == error.results
    assert kind("It failed.", **CALL, **ANSWER).results == ()
