"""``omni doctor`` asks the API once whether it takes the key."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from omni import sandbox

Run = Callable[..., Result]


def test_key_that_works(run: Run, served: sandbox.Sandbox) -> None:
    """The API is asked for the figures of no leads, and the report says so."""
    result = run("doctor")

    line = "api           takes the key; it was asked GET /api/v0/analytics, for the figures of no leads\n"
    assert (result.exit_code, result.stderr) == (0, "")
    assert line in result.stdout
    assert run("--verbose", "doctor").stderr.startswith("GET /api/v0/analytics -> 200 in ")
    assert json.loads(run("doctor", "--json").stdout)["api"]["value"].startswith("takes the key")


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 1), (400, 1)])
def test_key_that_is_refused(run: Run, respond_with: Callable[..., None], status: int, code: int) -> None:
    """A refusal is an error, with the exit code that any command has for it."""
    respond_with({"error": "no"}, status)

    result = run("doctor")

    assert result.exit_code == code
    assert "api           asked, without success: see the error\n" in result.stdout
    assert result.stderr.startswith(f"error: GET /api/v0/analytics: {status} ")


@pytest.mark.parametrize(
    ("options", "reason"), [(["doctor", "--offline"], "--offline"), (["--sandbox", "doctor"], "--sandbox")]
)
def test_nothing_is_sent(run: Run, served: sandbox.Sandbox, options: list[str], reason: str) -> None:
    """With ``--offline`` nothing is sent, nor with ``--sandbox``, whose key is not the one that is looked at."""
    result = run("--verbose", *options)

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"api           not asked: {reason}\n" in result.stdout


def test_nothing_is_sent_if_something_is_wrong(run: Run, served: sandbox.Sandbox, monkeypatch: Any) -> None:
    """Without a key there is nothing to ask."""
    monkeypatch.delenv("OMNI_API_KEY")

    result = run("--verbose", "doctor")

    assert result.exit_code == 4
    assert "api           not asked: see the error\n" in result.stdout
    assert result.stderr.startswith("error: No API key")
