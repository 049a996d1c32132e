"""``--verbose``: what was sent, and what came of it."""

import logging
import re
from collections.abc import Callable

import pytest
from click.testing import Result

from omni import sandbox

Run = Callable[..., Result]

LEAD = "11111111-1111-4111-8111-111111111101"


def test_attempts(run: Run, served: sandbox.Sandbox) -> None:
    """Each attempt is a line on stderr with path template, status and time; a retry says why. There is no id."""
    served.fail_next("503")

    result = run("--verbose", "lead", "missing", LEAD)

    assert result.stdout == run("lead", "missing", LEAD).stdout
    assert re.sub(r"[0-9.]+ s", "… s", result.stderr).splitlines() == [
        "GET /api/v1/leads/{leadId} -> 503 in … s, attempt 1",
        "GET /api/v1/leads/{leadId} -> 200 in … s, attempt 2, a retry after 503",
    ]
    assert LEAD not in result.stderr
    assert served.api_key not in result.stderr


def test_no_response(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no response, the kind of the error is shown."""
    monkeypatch.setenv("OMNI_API_KEY", "canary")
    monkeypatch.setenv("OMNI_BASE_URL", "http://127.0.0.1:1")

    lines = run("--verbose", "--timeout", "5", "lead", "show", LEAD).stderr.splitlines()

    assert lines[0].startswith("GET /api/v1/leads/{leadId} -> ConnectError in ")
    assert lines[1].endswith(" attempt 2, a retry after ConnectError")
    assert "canary" not in "".join(lines)


def test_other_logs_are_left_alone(run: Run, served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is logged besides attempts is not shown, and afterwards the loggers are as they were."""
    logger = logging.getLogger("omni")
    before = (logger.level, [*logger.handlers])

    def log(*_: object, **__: object) -> None:
        logging.getLogger("omni.webhooks").warning("an event")
        logger.warning("something else")

    monkeypatch.setattr("omni.cli._lead._read._get", log)
    run("--verbose", "lead", "missing", LEAD)

    assert run("--verbose", "lead", "missing", LEAD).stderr == ""
    assert (logger.level, logger.handlers) == before
