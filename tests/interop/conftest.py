"""Tests with what people use beside the SDK, and their server, which keeps connections open and records what arrives.

`nox -s interop` installs the packages; without them, what needs them is skipped. Where each of them is tested:

    respx, pytest-httpx, vcrpy      test_mocks.py; the cassettes of this project: tests/contract/test_cassettes.py
    OpenTelemetry, Sentry           test_tracers.py; what they record of people: tests/faults/test_reporters.py
    whatever patches httpx          test_patched.py, in the ordinary tests too: it needs no package
    gevent, gunicorn, Celery        test_processes.py; forks: tests/faults/test_processes.py; Celery with webhooks:
                                    tests/webhooks/recipes; examples/celery_worker.py: tests/docs/examples
    uvloop, IPython                 test_event_loops.py; other loops: tests/faults/test_event_loops.py; what a notebook
                                    prints: tests/docs/examples
    freezegun, time-machine         test_clocks.py
    mitmproxy, HTTP/2, mTLS         test_networks.py; proxies and trust stores byte for byte: tests/clients/transport
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


class LeadServer(ThreadingHTTPServer):
    """Responds to ``GET …/leads/ID`` with a lead of that id; ``requests`` are the received targets and headers."""

    daemon_threads = True
    block_on_close = False  # connections that clients keep would hold up the end of a test
    request_queue_size = 128

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server_port}"
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.busy = self.most_busy = 0
        """Requests that wait for their response, now and at most."""
        self.statuses: list[int] = []
        """Statuses of the next responses, before those with leads."""
        self.pause = 0.0
        """Seconds before each response."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Count a connection and serve it; in its own thread, as is the handshake of TLS."""
        self.connections += 1
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.tls.wrap_socket(request, server_side=True) if self.tls else request as connection:
            super().finish_request(connection, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave whenever they like."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LeadServer

    def do_GET(self) -> None:
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.busy += 1
        self.server.most_busy = max(self.server.busy, self.server.most_busy)
        time.sleep(self.server.pause)
        self.server.busy -= 1
        lead_id = self.path.partition("?")[0].rpartition("/")[2]
        body = json.dumps({"lead": {"id": lead_id}}).encode()
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", len(body)), ("Retry-After", 0)):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., LeadServer]]:
    """Start a server; its arguments are those of ``LeadServer``."""
    servers: list[LeadServer] = []

    def start(**options: Any) -> LeadServer:
        servers.append(LeadServer(**options))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def plain_server(serve: Callable[..., LeadServer]) -> LeadServer:
    """A server without encryption."""
    return serve()


@pytest.fixture
def server(plain_server: LeadServer) -> LeadServer:
    """The same, which has received nothing yet."""
    plain_server.requests, plain_server.connections, plain_server.most_busy = [], 0, 0
    plain_server.statuses, plain_server.pause = [], 0.0
    return plain_server


PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def program_env(server: LeadServer) -> dict[str, str]:
    """The variables of a program that uses the server and can import what is in ``programs``."""
    paths = os.pathsep.join(filter(None, [str(PROGRAMS), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "OMNI_API_KEY": "key-under-test", "OMNI_BASE_URL": server.url, "PYTHONPATH": paths}


@pytest.fixture
def run_program(program_env: dict[str, str]) -> Callable[..., str]:
    """Run one of ``programs`` to its end, and return what it prints."""

    def run(name: str, *arguments: str) -> str:
        command = [sys.executable, str(PROGRAMS / name), *arguments]
        process = subprocess.run(command, env=program_env, capture_output=True, text=True, timeout=60, check=False)
        assert process.returncode == 0, process.stderr
        return process.stdout

    return run
