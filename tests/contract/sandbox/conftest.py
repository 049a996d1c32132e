"""A receiver of webhooks on a real port, a sandbox that sends to it, and one for the page and the control API."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any, NamedTuple

import httpx
import pytest

from omni import sandbox


class Received(NamedTuple):
    """One request: when it came, for which path, and what was in it."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The JSON of the body."""
        return json.loads(self.body)


class Receiver:
    """Keeps what comes in; responds with 200, or with the next of `responses`: a status, bytes, or seconds to wait."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.responses: list[int | bytes | float] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=t"

    @property
    def names(self) -> list[str]:
        """The names of the events that came in, in order."""
        return [request.event["event"] for request in self.received]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        response = self.receiver.responses.pop(0) if self.receiver.responses else 200
        if isinstance(response, bytes):
            self.wfile.write(response)
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        self.receiver.received.append(Received(monotonic(), self.path, {**self.headers}, body))
        if isinstance(response, float):
            sleep(response)
        self.send_response(response if isinstance(response, int) else 200)
        self.send_header("location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.received.clear()
    listening.responses.clear()
    return listening


@pytest.fixture
def webhooks(workspace: sandbox.Workspace, receiver: Receiver) -> sandbox.Webhooks:
    """The webhooks of a workspace as it is at the start, sent to the receiver."""
    workspace.webhooks.add(receiver.url)
    return workspace.webhooks


@pytest.fixture(scope="module")
def _server_of_module() -> Iterator[sandbox.Sandbox]:
    with sandbox.running(time_scale=0.001) as running:
        yield running


@pytest.fixture
def server(_server_of_module: sandbox.Sandbox) -> sandbox.Sandbox:
    """A sandbox with its first state."""
    _server_of_module.reset()
    return _server_of_module


@pytest.fixture
def http(server: sandbox.Sandbox) -> Iterator[httpx.Client]:
    """A client of that sandbox, which follows what the page's forms lead to."""
    with httpx.Client(base_url=server.base_url, trust_env=False, verify=False, follow_redirects=True) as client:
        yield client
