"""freezegun and time-machine stop the clock of the program, and calls go on: they end in real time, and well."""

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import omni

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"]),
    pytest.mark.skipif(sys.platform == "win32", reason="every clock of Python is stopped there"),
]

Make = Callable[..., Any]
Stop = Callable[[], AbstractContextManager[Any]]

ID = "11111111-1111-4111-8111-111111111101"
START = datetime(2030, 1, 1, tzinfo=UTC)


def _freezegun(**options: Any) -> Stop:
    freezegun = pytest.importorskip("freezegun", reason="the session interop installs it")
    return lambda: freezegun.freeze_time(START, **options)


def _time_machine(**options: Any) -> Stop:
    time_machine = pytest.importorskip("time_machine", reason="the session interop installs it")
    return lambda: time_machine.travel(START, **options)


CLOCKS: dict[str, Callable[[], Stop]] = {
    # Without real_asyncio, asyncio itself never sees its timers pass: see docs/test-your-code.md
    "freezegun": lambda: _freezegun(real_asyncio=True),
    "time-machine": lambda: _time_machine(tick=False),
    "time-machine ticking": lambda: _time_machine(tick=True),
}


@pytest.fixture(params=CLOCKS)
def stop(request: pytest.FixtureRequest) -> Stop:
    """Stop the clock of this program, in one of the ways."""
    return CLOCKS[request.param]()


def real_time() -> float:
    """The time in seconds by a clock that none of these tools stops."""
    return os.times().elapsed


async def test_calls_work_and_keep_their_connection(kind: str, make: Make, server: Any, stop: Stop) -> None:
    """A call retries and returns its lead, whether the clock stops before or after the client is made, and starts."""
    with stop():
        async with make(base_url=server.url) as client:
            server.statuses = [503]
            assert (await client.leads.get(ID)).id == ID
    async with make(base_url=server.url) as client:
        assert (await client.leads.get(ID)).id == ID
        with stop():
            assert (await client.leads.get(ID)).id == ID
        assert (await client.leads.get(ID)).id == ID
    assert server.connections <= 4  # a connection of another time has expired, or is used again


async def test_timeouts_neither_hang_nor_fire_at_once(kind: str, make: Make, server: Any, stop: Stop) -> None:
    """A call with enough time ends with its lead, and one with too little ends with an error, after that time."""
    with stop():
        async with make(base_url=server.url, attempts=1) as client:
            server.pause = 0.2
            assert (await client.with_options(timeout=5).leads.get(ID)).id == ID
            server.pause, begin = 2, real_time()
            with pytest.raises(omni.APITimeoutError):
                await client.with_options(timeout=0.2).leads.get(ID)
            assert 0.15 < real_time() - begin < 2


async def test_times_of_a_stopped_clock_are_sent(kind: str, make: Make, sandbox: Any, stop: Stop) -> None:
    """``datetime.now()`` is one of the tool's own kind then, and goes into the request like any other."""
    with stop():
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            now = datetime.now(UTC)
            analytics = await client.analytics.get(start=now - timedelta(days=7), end=now)
            lead = await client.leads.get(ID)

    assert isinstance(analytics, omni.Analytics)
    assert type(lead.created_at) is datetime
