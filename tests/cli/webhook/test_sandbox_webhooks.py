"""The options of ``omni sandbox`` that send webhooks."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from click.testing import Result

from omni import sandbox

Run = Callable[..., Result]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The options that the sandbox is served with; it is not."""
    served: list[dict[str, Any]] = []
    monkeypatch.setattr(sandbox, "serve", lambda host, port, **options: served.append(options))
    return served


def test_webhook_options_reach_the_sandbox(run: Run, calls: list[dict[str, Any]]) -> None:
    """URLs, events and a secret are handed on; without a URL nothing is."""
    run("sandbox")
    run("sandbox", "--webhook", "http://a.test/", "--webhook", "http://b.test/")
    run("sandbox", "--webhook", "http://a.test/", "--webhook-events", "lead.created, lead.updated")
    run("sandbox", "--webhook", "http://a.test/", "--webhook-secret", "s")

    assert calls == [
        {},
        {"webhook": ("http://a.test/", "http://b.test/")},
        {"webhook": ("http://a.test/",), "webhook_events": ["lead.created", "lead.updated"]},
        {"webhook": ("http://a.test/",), "webhook_secret": "s"},
    ]


def test_webhook_secret_of_the_environment(
    run: Run, calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret can come from the environment, where it is no mistake if there is no webhook."""
    monkeypatch.setenv("OMNI_WEBHOOK_SECRET", "from-env")
    run("sandbox", "--webhook", "http://a.test/")
    result = run("sandbox")

    assert result.exit_code == 0
    assert calls == [{"webhook": ("http://a.test/",), "webhook_secret": "from-env"}, {}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--webhook", "localhost:9000"], "use one such as http://localhost:9000/webhooks"),
        (["--webhook", "http://a.test/", "--webhook-events", "lead.deleted"], "choose from action_log.completed"),
        (["--webhook", "http://a.test/", "--webhook-events", ""], "choose from action_log.completed"),
        (["--webhook", "http://a.test/", "--webhook-secret", "hidden\n"], "use letters, digits and signs of ASCII"),
        (["--webhook-events", "lead.created"], "add --webhook URL"),
        (["--webhook-secret", "hidden"], "add --webhook URL"),
    ],
)
def test_webhook_option_that_cannot_be_used(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """A mistake ends before the sandbox starts, with the repair, and without the secret."""
    monkeypatch.setattr("uvicorn.Server.run", None)

    result = run("sandbox", "--port", "0", *arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "hidden" not in result.output


def test_banner_says_where_webhooks_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The banner names where webhooks are sent, without a token in the URL; Ctrl-C ends as ever."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    command = [
        sys.executable,
        "-m",
        "omni.cli",
        "sandbox",
        "--port",
        "0",
        "--webhook",
        "http://localhost:9/hook?t=hidden",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        # Once it responds, it hears Ctrl-C, also where a shell has told its background jobs to ignore that.
        httpx.get(re.findall(r"http://[\d.]+:\d+", lines[0])[0], trust_env=False)
        process.send_signal(signal.SIGINT)

    assert re.match(r"The sandbox listens on http://[\d.]+:\d+\.", lines[0])
    assert lines[1:] == ["It sends webhooks to http://localhost:9.\n", "\n"]
    assert process.returncode == 0
