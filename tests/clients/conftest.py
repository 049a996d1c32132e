"""Fixtures of client tests: scripted servers, and no pauses between attempts."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from layers import trusting
from wire import Reply, Wire


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Start a scripted server with a reply for each connection; the last one is repeated."""
    wires: list[Wire] = []

    def start(*script: Reply, **options: Any) -> Wire:
        wires.append(Wire(*script, **options))
        return wires[-1]

    yield start
    for server in wires:
        server.close()


@pytest.fixture
def one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all clients share an SSL context: reading all authorities takes most of the time of a test."""
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", lambda **_: trusting())


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """tests/core tests the pauses between attempts; here they only cost time."""
    monkeypatch.setattr("omni._transport.retry.BACKOFF_FIRST", 0.001)
