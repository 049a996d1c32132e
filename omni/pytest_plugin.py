"""For pytest: fixtures and a marker that test an application against the sandbox, and readable comparisons of views.

A failed comparison of two views shows the paths that differ, and never the values. docs/test-your-code.md has examples.

Rule of this file: pytest loads it in every environment that has this package, so it imports nothing of the package
until a fixture is used or two views are compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from ssl import SSLContext

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from omni import AsyncClient, Client
    from omni.sandbox import Sandbox, Webhooks
    from omni.webhooks import Event
    from omni.webhooks.testing import Delivery
    from omni.webhooks.verification import Scheme

_MAX_PATHS = 20
_RECORDER = "/_received"
"""The path at which the server of the sandbox takes its own webhooks."""
_TIMEOUT = 5.0
_TIME_SCALE = 0.001


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that ``--strict-markers`` and ``--markers`` know it."""
    config.addinivalue_line(
        "markers",
        "omni_fault(fault, *, times=1): let the next requests to omni_sandbox fail, such as '503; retry-after=0';"
        " help(omni.sandbox) lists the faults.",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that would do nothing."""
    if item.get_closest_marker("omni_fault") and "omni_sandbox" not in getattr(item, "fixturenames", ()):
        _fail("there is no sandbox in this test: request omni_sandbox, or another fixture that begins with omni_")


@pytest.fixture(scope="session")
def _omni_server() -> Iterator[tuple[Starlette, Sandbox]]:
    """One server for all tests of a process, since to start it takes longer than most tests."""
    if not (find_spec("starlette") and find_spec("uvicorn")):
        pytest.fail("The sandbox needs more packages: pip install 'omniai-leads[sandbox]'.", pytrace=False)
    from omni.sandbox import running

    application = _recording_app()
    with running(application=application) as server:
        yield application, server


@pytest.fixture
def omni_sandbox(request: pytest.FixtureRequest, _omni_server: tuple[Starlette, Sandbox]) -> Iterator[Sandbox]:
    """A sandbox (``omni.sandbox.Sandbox``) with its first state in each test.

    While the test runs, ``OMNI_BASE_URL`` and ``OMNI_API_KEY`` are those of the sandbox, and no proxy is used: so
    ``omni.Client()`` in the code under test reaches it. Pauses between webhooks take a thousandth of their time.
    """
    from omni.sandbox import Sandbox, Workspace

    application, server = _omni_server
    # A new workspace instead of `reset()`, which keeps settings, such as `time_scale`, and endpoints added to be kept.
    workspace = application.state.workspace = Workspace()
    workspace.links.base_url = server.base_url
    workspace.webhooks.time_scale = _TIME_SCALE
    application.state.received = []
    sandbox = Sandbox(server.base_url, server.api_key, workspace)
    # pytest has the closest marker first: that is the lowest decorator, and classes and modules come last.
    for marker in reversed([*request.node.iter_markers("omni_fault")]):
        _plan_fault(sandbox, marker)
    # Not the fixture `monkeypatch`: tests may call its `undo`.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMNI_BASE_URL", server.base_url)
        patch.setenv("OMNI_API_KEY", server.api_key)
        patch.setenv("no_proxy", "*")  # in lower case, which takes precedence
        yield sandbox
    workspace.close()


@pytest.fixture
def omni_client(omni_sandbox: Sandbox) -> Iterator[Client]:
    """An ``omni.Client`` of the sandbox; ``timeout`` is 5 seconds."""
    from httpx import HTTPTransport

    from omni import Client

    transport = HTTPTransport(verify=_empty_trust_store(), trust_env=False)
    with Client(
        api_key=omni_sandbox.api_key, base_url=omni_sandbox.base_url, timeout=_TIMEOUT, transport=transport
    ) as client:
        yield client


@pytest.fixture
def omni_async_client(omni_sandbox: Sandbox) -> AsyncClient:
    """An ``omni.AsyncClient`` of the sandbox, for asyncio and trio; ``timeout`` is 5 seconds.

    It keeps no connection open after a call, so it works with every plugin for async tests and need not be closed.
    """
    from httpx import AsyncHTTPTransport, Limits

    from omni import AsyncClient

    # To close connections takes the event loop that opened them, which a fixture that is not async cannot reach.
    limits = Limits(max_keepalive_connections=0)
    transport = AsyncHTTPTransport(verify=_empty_trust_store(), trust_env=False, limits=limits)
    return AsyncClient(
        api_key=omni_sandbox.api_key, base_url=omni_sandbox.base_url, timeout=_TIMEOUT, transport=transport
    )


@pytest.fixture
def omni_webhooks(omni_sandbox: Sandbox, _omni_server: tuple[Starlette, Sandbox]) -> SentWebhooks:
    """What the sandbox sends in this test, to be asserted or passed on (``omni.pytest_plugin.SentWebhooks``)."""
    omni_sandbox.webhooks.add(omni_sandbox.base_url + _RECORDER)
    return SentWebhooks(omni_sandbox.webhooks, _omni_server[0].state.received)


@dataclass(frozen=True)
class SentWebhooks:
    """What the sandbox sent since the test began, in the order in which it arrived.

    ``omni_sandbox.webhooks`` decides what is sent: ``fail_next("duplicate")``, ``emit("lead.completed", lead_id)``.
    """

    _webhooks: Webhooks = field(repr=False)
    _bodies: list[bytes] = field(repr=False)

    def events(self) -> list[Event]:
        """Wait until all was sent, and return the events. Raises TimeoutError after 10 seconds."""
        from omni.webhooks import parse

        return [parse(body) for body in self._sent()]

    def requests(
        self,
        *,
        path: str = "/webhooks",
        path_token: str = "",
        secret: str = "",
        header: str = "",
        scheme: Scheme = "plain",
    ) -> list[Delivery]:
        """Wait until all was sent, and return the requests, with what a ``Verifier`` with these arguments asks for.

        ``receiver.receive(*request)`` takes one, as does the test client of a web framework with its ``path``,
        ``headers`` and ``body``. Raises TimeoutError after 10 seconds.
        """
        from omni.webhooks.testing import delivery

        return [
            delivery(json.loads(body), path=path, path_token=path_token, secret=secret, header=header, scheme=scheme)
            for body in self._sent()
        ]

    def _sent(self) -> list[bytes]:
        self._webhooks.wait_idle()
        return [*self._bodies]


def _recording_app() -> Starlette:
    """The sandbox, which also records the webhooks that it sends to itself."""
    from starlette.responses import Response
    from starlette.routing import Route

    from omni.sandbox import app

    async def record(request: Request) -> Response:
        request.app.state.received.append(await request.body())
        return Response()

    application = app()
    application.router.routes.append(Route(_RECORDER, record, methods=["POST"]))
    return application


def _plan_fault(sandbox: Sandbox, marker: pytest.Mark) -> None:
    def plan(fault: str | int, *, times: int = 1) -> None:
        sandbox.fail_next(str(fault), times=times)

    try:
        plan(*marker.args, **marker.kwargs)
        return
    except TypeError:
        reason = "it takes a fault and times, such as omni_fault('503; retry-after=0', times=2)"
    except ValueError as error:
        reason = str(error)
    _fail(reason)


def _fail(reason: str) -> NoReturn:
    pytest.fail(f"@pytest.mark.omni_fault: {reason}", pytrace=False)


def _empty_trust_store() -> SSLContext:
    """The sandbox has no certificate, and to load the usual authorities takes 50 ms."""
    from ssl import PROTOCOL_TLS_CLIENT, SSLContext

    return SSLContext(PROTOCOL_TLS_CLIENT)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Return what pytest prints for a failed ``left == right`` of two views of one class, or two lists of views."""
    if op != "==" or "omni._views.base" not in sys.modules or type(left) is not type(right):
        return None
    left_json, right_json = _json_of(left), _json_of(right)
    if left_json is None or right_json is None:
        return None
    paths = sorted(_differing_paths(left_json, right_json))
    more = [f"  and {len(paths) - _MAX_PATHS} more"] if len(paths) > _MAX_PATHS else []
    return [f"{left!r} == {right!r}", "They differ in:", *(f"  {path}" for path in paths[:_MAX_PATHS]), *more]


def _json_of(value: Any) -> Any:
    """Return the JSON of a view, or of a tuple or list of views; None for anything else."""
    from omni._views.base import View
    from omni._views.json_values import is_a

    if is_a(value, View):
        return value._data
    if is_a(value, tuple, list) and value and all(is_a(view, View) for view in value):
        return [view._data for view in value]
    return None


def _differing_paths(left: Any, right: Any) -> Iterator[str]:
    """Yield the paths at which two JSON values differ; keys that do not look like names are withheld."""
    from omni._operations.drift import join_path, redact_name
    from omni._views.json_values import is_a

    absent = object()
    pending = [("", left, right)]  # a list instead of recursion, since JSON can be nested deeper than the call stack
    while pending:
        path, old, new = pending.pop()
        if is_a(old, dict) and is_a(new, dict):
            keys = old.keys() | new.keys()
            pending += [(join_path(path, redact_name(key)), old.get(key, absent), new.get(key, absent)) for key in keys]
        elif is_a(old, list) and is_a(new, list):
            if len(old) != len(new):
                yield f"{path}[] (length)"
            pairs = zip(old, new, strict=False)
            pending += [(f"{path}[{index}]", *pair) for index, pair in enumerate(pairs)]
        elif old != new:
            yield path
