"""What client tests need beside a client: a scripted server, and no pauses."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from layers import trusting
from wire import Answer, Wire


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Start a scripted server; an answer each connection, the last one again and again."""
    wires: list[Wire] = []

    def start(*script: Answer, **options: Any) -> Wire:
        wires.append(Wire(*script, **options))
        return wires[-1]

    yield start
    for each in wires:
        each.close()


@pytest.fixture
def one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all clients share what they trust: reading all authorities takes most of the time of a test."""
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", lambda **_: trusting())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are a matter of tests/core; here they only cost time."""
    monkeypatch.setattr("omni._transport.retry.BACKOFF_FIRST", 0.001)
