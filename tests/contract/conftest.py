"""How cassettes are recorded and replayed.

Without ``--record-mode`` nothing leaves the process: cassettes are replayed and the network is blocked.
``nox -s record`` records anew: from the live API if OMNI_API_KEY is set (OMNI_RECORD_LEAD_ID names one of its leads),
else from the sandbox and from a gateway of our own that responds with HTML. Writes are never recorded live: they would
make and change leads of real people.
"""

import datetime
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from sandbox_responses import client
from sanitiser import LIVE, RECORDED_AT, SAMPLE, Sourced, clean_request, clean_response

from omni import sandbox

LIVE_KEY = os.environ.get("OMNI_API_KEY")


def gateway(request: Request) -> HTMLResponse:
    return HTMLResponse("<html><body><h1>Bad gateway</h1></body></html>", 502)


GATEWAY = Starlette(routes=[Route("/{path:path}", gateway)])


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(Path(__file__).parents[1] / "cassettes")


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    return {
        "match_on": ["method", "uri"],
        "before_record_request": clean_request,
        "before_record_response": clean_response,
    }


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    vcr.register_serializer("yaml", Sourced(f"live, {datetime.date.today().isoformat()}." if LIVE_KEY else None))


@pytest.fixture
def served(request: pytest.FixtureRequest, record_mode: str) -> Iterator[dict[str, str]]:
    """Where a client under test has to go, and with which key: the live address in replay."""
    (name,) = request.node.get_closest_marker("default_cassette").args
    if record_mode == "none":
        yield {"base_url": LIVE, "api_key": "replayed"}
    elif LIVE_KEY and name.startswith(("get_", "wrong_", "unknown_")):
        yield {"base_url": LIVE, "api_key": LIVE_KEY}
    else:
        with sandbox.running(
            application=GATEWAY if name == "html" else sandbox.app(clock=lambda: RECORDED_AT)
        ) as server:
            yield {"base_url": server.base_url, "api_key": server.api_key}


@pytest.fixture
def lead_id(record_mode: str) -> str:
    """The published sample's id; while recording live, one that the key's workspace has."""
    live = record_mode != "none" and LIVE_KEY
    return os.environ["OMNI_RECORD_LEAD_ID"] if live else str(SAMPLE["lead"]["id"])


@pytest.fixture
def workspace(running: sandbox.Sandbox) -> sandbox.Workspace:
    """The workspace as it is at the start; each module has a sandbox ``running`` as it needs one."""
    running.workspace.reset()
    return running.workspace


@pytest.fixture
def api(running: sandbox.Sandbox, workspace: sandbox.Workspace) -> Iterator[httpx.Client]:
    """A client whose every response is compared with the spec."""
    with client(running) as found:
        yield found


@pytest.fixture
def fetch() -> Iterator[httpx.Client]:
    """A plain HTTP client that sends no key."""
    with httpx.Client(trust_env=False, verify=False) as found:
        yield found
