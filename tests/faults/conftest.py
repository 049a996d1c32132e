"""Fixtures of the fault tests: a hostile server, and no pauses between attempts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from calls import BODIES
from server import LEAD_BODIES, HostileServer, Port, respond


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    """The hostile server."""
    server = HostileServer()
    yield server
    server.close()


@pytest.fixture
def port(server: HostileServer) -> Iterator[Port]:
    """A port of the server without a fault, which also has the 64 leads of ``LEAD_IDS``."""
    with server.port(respond, {**BODIES, **LEAD_BODIES}) as port:
        yield port


@pytest.fixture(autouse=True)
def _no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are tested in tests/core; here they only cost time."""
    monkeypatch.setattr("omni._transport.retry.BACKOFF_FIRST", 0.001)


@pytest.fixture
def through_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reads go through httpx's ``send``, as where something is patched."""
    monkeypatch.setattr("omni._transport.direct.DirectWay.is_open_to", lambda way, client: False)


@pytest.fixture(params=["directly", "through send"])
def way(request: pytest.FixtureRequest) -> str:
    """Each of the two ways that a read takes: past httpx's ``send``, and through it."""
    if request.param == "through send":
        request.getfixturevalue("through_send")
    return str(request.param)
