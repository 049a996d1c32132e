"""A scripted file host for the tests of downloads."""

import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_store import Store


@pytest.fixture(params=["socket", "httpx"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bodies are copied from the socket wherever that can be done, or always read through httpx."""
    least = 0 if request.param == "socket" else math.inf
    monkeypatch.setattr("omni._files.socket_body.MIN_LENGTH", least)
    return str(request.param)


@pytest.fixture
def store() -> Iterator[Callable[..., Store]]:
    """Start a file host."""
    stores: list[Store] = []

    def start(*steps: Any, **options: Any) -> Store:
        stores.append(Store(*steps, **options))
        return stores[-1]

    yield start
    for started in stores:
        started.close()
