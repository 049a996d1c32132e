"""A scripted file host for the tests of downloads."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from file_store import Store


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
