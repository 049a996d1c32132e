"""The command line in this process and in another one, against a sandbox on a real port."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import omni_client
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import omni
from omni import sandbox
from omni.cli._main import omni_command

Run = Callable[..., Result]
Spawn = Callable[..., subprocess.CompletedProcess[str]]

ROOTS = os.pathsep.join(str(Path(package.__path__[0]).parent) for package in (omni, omni_client))


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Save a response in the working directory, and return the name of the file."""
    monkeypatch.chdir(tmp_path)

    def save(content: Any, name: str = "response.json") -> str:
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
        return name

    return save


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxies and keys of the environment do not reach the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("OMNI_"):
            monkeypatch.delenv(name)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run() -> Run:
    """The command line in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(omni_command, arguments)

    return run


@pytest.fixture
def spawn() -> Spawn:
    """The command line in another process, its output piped."""

    def spawn(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "omni.cli", *arguments],
            env={**os.environ, "PYTHONPATH": ROOTS, **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return spawn


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[sandbox.Sandbox]:
    """A sandbox that the environment names as the API."""
    with sandbox.running() as served:
        use(served, monkeypatch)
        yield served


@pytest.fixture
def respond_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let the API respond to each request with the same JSON and status."""
    with ExitStack() as stack:

        def respond_with(data: Any, status: int = 200) -> None:
            async def respond(request: Request) -> Response:
                return Response(json.dumps(data), status, media_type="application/json")

            application = Starlette(routes=[Route("/{path:path}", respond)])
            use(stack.enter_context(sandbox.running(application=application)), monkeypatch)

        yield respond_with


def use(served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name the sandbox as the API."""
    monkeypatch.setenv("OMNI_BASE_URL", served.base_url)
    monkeypatch.setenv("OMNI_API_KEY", served.api_key)


@pytest.fixture
def python_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes find the package where this one does."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
