"""Fixtures that run the programs of examples/ against a sandbox."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from omni.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parent))

from programs import EXAMPLES, TOKEN, serve


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, omni_sandbox: Sandbox) -> None:
    """What a deployment sets, beside the address and the key."""
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setenv("WEBHOOK_TOKEN", TOKEN)
    monkeypatch.setenv("WEBHOOK_INBOX", f"sqlite:///{tmp_path / 'inbox.db'}")
    monkeypatch.setenv("LENDING_DATABASE", str(tmp_path / "lending.db"))
    monkeypatch.setenv("BROKER_URL", "memory://")


@pytest.fixture
def service(tmp_path: Path, reserve_port: Callable[[], int]) -> Iterator[httpx.Client]:
    """The FastAPI service."""
    for package in ("fastapi", "uvicorn", "dbos"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    with serve("fastapi_service.py", tmp_path / "log", reserve_port()) as client:
        yield client


@pytest.fixture
def site(tmp_path: Path, reserve_port: Callable[[], int]) -> Iterator[httpx.Client]:
    """The Django project."""
    pytest.importorskip("django", reason="django is not installed")
    with serve("django_view.py", tmp_path / "log", reserve_port(), "--noreload") as client:
        yield client


def leave_logging_alone(**_: Any) -> None:
    """Where anything receives this signal, Celery does not set the level and the handlers of the whole process."""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The module of the tasks, with a worker of Celery in a thread of this process."""
    pytest.importorskip("celery", reason="celery is not installed")
    from celery.contrib.testing.worker import start_worker
    from celery.signals import setup_logging

    setup_logging.connect(leave_logging_alone)
    celery_worker = importlib.import_module("celery_worker")  # once in a process: Celery knows tasks by their names
    monkeypatch.setattr(celery_worker, "FOLDER", tmp_path)
    with start_worker(celery_worker.app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        yield celery_worker
    celery_worker.close_client()
    celery_worker.client.cache_clear()
