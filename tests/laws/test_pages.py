"""A walk over pages loses and repeats nothing, wherever it is left off, and times mean what they meant."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from hypothesis import example, given, strategies as st
from shapes import ANYTHING, JSON

import omni
from omni._operations import field_checks, pagination

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.none() | st.datetimes() | st.datetimes(timezones=ZONES) | st.datetimes(timezones=st.just(UTC))
TIME = st.datetimes(timezones=ZONES)


@given(TIMES | ANYTHING | st.dates(), TIMES)
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), None)
@example(date(2026, 1, 30), None)
def test_periods_are_sent_in_utc(start: Any, end: Any) -> None:
    """Any two times are refused, or are written in UTC with a Z and mean the same instants."""
    try:
        period = field_checks.checked_period(start, end)
    except omni.UsageError:
        return

    for name, value in (("start", start), ("end", end)):
        assert (name in period) is (value is not None)
        if value is not None:
            text = period[name]
            assert text.endswith("Z")
            assert datetime.fromisoformat(text) == value


@given(st.none() | st.text(), st.integers(min_value=0), TIME)
def test_cursor_is_read_back_as_its_position(token: str | None, count: int, time: datetime) -> None:
    """For each position and period, and for no other period."""
    try:
        period = field_checks.checked_period(time, None)
    except omni.UsageError:
        return
    place = pagination.PagePosition(token, count)

    assert pagination.PagePosition.from_cursor(place.cursor(period), period) == place
    with pytest.raises(omni.UsageError):
        pagination.PagePosition.from_cursor(place.cursor(period), {})


@given(ANYTHING | JSON.map(json.dumps) | st.lists(ANYTHING, min_size=3, max_size=3).map(repr))
@example("[" * 100_000)
@example("[{}, null, " + "1" * 5000 + "]")
@example("[{}, null, true]")
def test_any_cursor_is_a_position_or_refused(cursor: Any) -> None:
    """Any object is a possible position, or a UsageError."""
    with suppress(omni.UsageError):
        place = pagination.PagePosition.from_cursor(cursor, {})

        assert isinstance(place.token, str | None)
        assert place.returned >= 0

    with suppress(omni.UsageError):
        pagination.WalkPosition.from_cursor(cursor).take()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.lists(st.integers(0, 3), max_size=8), st.booleans())
def test_iteration_loses_and_repeats_nothing(sizes: list[int], stops: list[int], is_circle: bool) -> None:
    """Stopped and continued by its cursor any number of times, it returns each lead once and in order."""
    leads = [[f"{page}-{place}" for place in range(size)] for page, size in enumerate(sizes)]

    def respond(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("token", "0"))
        token = str(page + 1) if page + 1 < len(sizes) else str(page) if is_circle and page else None
        rows = [{"leadId": id} for id in leads[page]]
        return httpx.Response(200, json={"totals": {}, "breakdown": rows, "nextToken": token})

    found: list[str] = []
    cursor: str | None = None
    with omni.Client(api_key="key-under-test", transport=httpx.MockTransport(respond)) as client:
        for stop in [*stops, None]:
            walk = client.analytics.iter_leads(cursor=cursor, max_items=stop)
            with suppress(omni.InvalidResponseError):
                for each in walk:
                    found.append(each.id)
            cursor = walk.cursor

    assert found == [id for page in leads for id in page]


@given(st.integers(0, 12), st.integers(1, 5), st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 30)))
def test_walk_over_ids_loses_and_repeats_nothing(
    count: int, concurrency: int, order: list[int], stops: list[int]
) -> None:
    """Whichever of the open ids ends first, and wherever the walk is continued by its cursor."""
    found: list[int] = []
    position, source, opened = pagination.WalkPosition(), iter(range(count)), list[int]()
    for step in range(100):
        while len(opened) < concurrency and next(source, None) is not None:
            if (number := position.take()) is not None:
                opened.append(number)
        assert len(json.loads(position.cursor)[1]) <= concurrency + (step > 0) * concurrency
        if not opened:
            break
        number = opened.pop((order[step] if step < len(order) else 0) % len(opened))
        position.finish(number)
        found.append(number)
        if step in stops:
            position = pagination.WalkPosition.from_cursor(position.cursor)
            source, opened = iter(range(count)), []

    assert sorted(found) == list(range(count))
