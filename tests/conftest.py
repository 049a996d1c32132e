"""What all tests share.

No key and no proxy comes from the machine they run on. Tests of clients are written once, awaited, and run three times:
Client, AsyncClient on asyncio, AsyncClient on trio.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

import omni

ROOT = Path(__file__).parents[1]

if "mix_stderr" in inspect.signature(click.testing.CliRunner).parameters:  # before click 8.2
    # Its runner mixed both streams, or left stderr out of `output`; since then it does as here: pallets/click#2523
    click.testing.CliRunner.__init__.__defaults__ = ("utf-8", None, False, False)
    click.testing.Result.output = property(lambda result: result.stdout + result.stderr)  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMNI_API_KEY", "OMNI_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def published() -> dict[str, Any]:
    """The published sample of Get Lead."""
    return dict(json.loads((ROOT / "openapi" / "examples" / "get-lead.json").read_text()))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Any]:
    """The sandbox on a free port, over real HTTP."""
    from omni.sandbox import running

    with running() as server:
        yield server


class Awaited:
    """A blocking client that can be awaited, so that one test serves both kinds."""

    def __init__(self, blocking: Any) -> None:
        self._blocking = blocking

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._blocking, name.replace("aclose", "close"))
        if name in {"leads", "documents", "analytics", "http"} and not inspect.ismethod(value):
            return Awaited(value)
        if name == "with_options":
            return lambda **options: Awaited(value(**options))
        if not inspect.ismethod(value):
            return value

        if name.startswith("iter_"):
            return lambda *args, **kwargs: Walked(value(*args, **kwargs))

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return value(*args, **kwargs)

        return awaited

    async def __aenter__(self) -> "Awaited":
        self._blocking.__enter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._blocking.__exit__(*exc_info)


class Walked(Awaited):
    """A blocking iterator that can be walked by ``async for``."""

    def __aiter__(self) -> "Walked":
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._blocking)
        except StopIteration:
            raise StopAsyncIteration from None


@pytest.fixture(params=["Client", "AsyncClient-asyncio", "AsyncClient-trio"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anyio_backend(kind: str) -> str:
    return "trio" if kind.endswith("trio") else "asyncio"


@pytest.fixture
def make(kind: str) -> Callable[..., Any]:
    """Make a client of the kind under test; its arguments are the client's."""

    def client(**arguments: Any) -> Any:
        arguments = {"api_key": "key-under-test", **arguments}
        return Awaited(omni.Client(**arguments)) if kind == "Client" else omni.AsyncClient(**arguments)

    return client
