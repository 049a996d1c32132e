"""What the faults need: one hostile server, and no pauses between attempts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server import Hostile


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    """The hostile server."""
    server = Hostile()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are a matter of tests/core; here they only cost time."""
    monkeypatch.setattr("omni._transport.retry.BACKOFF_FIRST", 0.001)
