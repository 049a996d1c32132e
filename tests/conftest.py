"""Fixtures of all tests.

The API key and the proxies of the machine are hidden. Tests of clients are written once, as async functions, and run
three times: with Client, AsyncClient on asyncio, and AsyncClient on trio.
"""

import contextlib
import gc
import inspect
import json
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest
import trustme

import omni

ROOT = Path(__file__).parents[1]

if "mix_stderr" in inspect.signature(click.testing.CliRunner).parameters:  # before click 8.2
    # The older runner mixed stdout and stderr, or left stderr out of `output`: pallets/click#2523
    click.testing.CliRunner.__init__.__defaults__ = ("utf-8", None, False, False)
    click.testing.Result.output = property(lambda result: result.stdout + result.stderr)  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A trust store of one certificate, since a client loads the whole of the usual one, in some 50 ms."""
    path = tmp_path_factory.mktemp("trust") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, one_authority: str) -> None:
    for name in ("OMNI_API_KEY", "OMNI_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", one_authority)


@pytest.fixture(autouse=True)
def _log_levels() -> Iterator[None]:
    """Commands and examples of the docs set levels, which would hide from the next test what it reads."""
    loggers = [logging.getLogger(name) for name in ("omni", "omni.webhooks")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def published() -> dict[str, Any]:
    """The published sample of Get Lead."""
    return dict(json.loads((ROOT / "openapi" / "examples" / "get-lead.json").read_text()))


@pytest.fixture
def reserve_port() -> Iterator[Callable[[], int]]:
    """A function that returns a port that refuses connections until a server is started on it.

    It is bound and not listened on, so no other test is given it meanwhile, and servers can, with SO_REUSEADDR.
    """
    with contextlib.ExitStack() as stack:

        def reserve() -> int:
            held = stack.enter_context(socket.socket())
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", 0))
            return int(held.getsockname()[1])

        yield reserve


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Any]:
    """The sandbox on a free port, over real HTTP."""
    from omni.sandbox import running

    with running() as server:
        yield server


class AwaitableClient:
    """A blocking client, or one of its resources, with async methods, so that one test serves both kinds."""

    def __init__(self, blocking: Any) -> None:
        self._blocking = blocking

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._blocking, name.replace("aclose", "close"))
        if name in {"leads", "documents", "analytics", "http"} and not inspect.ismethod(value):
            return AwaitableClient(value)
        if name == "with_options":
            return lambda **options: AwaitableClient(value(**options))
        if not inspect.ismethod(value):
            return value
        if name.startswith("iter"):
            return lambda *args, **kwargs: AwaitableIterator(value(*args, **kwargs))

        async def call(*args: Any, **kwargs: Any) -> Any:
            return value(*args, **kwargs)

        return call

    async def __aenter__(self) -> "AwaitableClient":
        self._blocking.__enter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._blocking.__exit__(*exc_info)


class AwaitableIterator(AwaitableClient):
    """A blocking iterator for ``async for``."""

    def __aiter__(self) -> "AwaitableIterator":
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._blocking)
        except StopIteration:
            raise StopAsyncIteration from None


@pytest.fixture(params=["Client", "AsyncClient-asyncio", "AsyncClient-trio"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of client under test."""
    return str(request.param)


@pytest.fixture
def anyio_backend(kind: str) -> str:
    return "trio" if kind.endswith("trio") else "asyncio"


@pytest.fixture
def make(kind: str) -> Callable[..., Any]:
    """A function that makes a client of the kind under test; its arguments are the client's."""

    def make_client(**arguments: Any) -> Any:
        arguments = {"api_key": "key-under-test", **arguments}
        return AwaitableClient(omni.Client(**arguments)) if kind == "Client" else omni.AsyncClient(**arguments)

    return make_client


def pytest_collection_finish() -> None:
    """Let no collection of garbage visit what pytest keeps of all tests: it would take a tenth of a second each."""
    import hypothesis  # noqa: F401 - when it is loaded, it looks for what refers to an object, and would not see it

    gc.collect()
    gc.freeze()
