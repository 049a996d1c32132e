"""Downloads of the analytics as CSV."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from file_store import FILE, SECRET, filenames_in, respond_with, send_file
from wire import reply

import omni

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]


Make = Callable[..., Any]


async def test_csv_is_downloaded(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """The API is asked for a link to the CSV of the period, in UTC, and the file is downloaded without the key."""
    host = store(files={"/f": b"leadId\n1\n"})
    api = wire(reply(body=json.dumps({"downloadUrl": f"{host.url}/f?{SECRET}"}).encode()))

    async with make(base_url=api.url) as client:
        path = await client.analytics.download_csv(to=tmp_path, start=datetime(2026, 3, 1, tzinfo=UTC))

    assert path == tmp_path / "analytics.csv"
    assert path.read_bytes() == b"leadId\n1\n"
    assert b"GET /api/v0/analytics?start=2026-03-01T00%3A00%3A00Z&format=csv " in api.requests[0]
    assert b"key" not in host.requests[0]


async def test_expired_csv_link_is_renewed(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A CSV link that expires during the download is renewed, and the download resumes."""
    host = store(send_file(1_000_000), respond_with(403), send_file())
    api = wire(reply(body=json.dumps({"downloadUrl": f"{host.url}/f"}).encode()))

    async with make(base_url=api.url) as client:
        path = await client.analytics.download_csv(to=tmp_path / "figures.csv")

    assert path.read_bytes() == FILE
    assert len(api.requests) == 2


async def test_missing_csv_link_raises(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """A response without a link is an error, and a time without a time zone is refused before any request."""
    api = wire(reply(body=b'{"downloadUrl": 1}'))

    async with make(base_url=api.url) as client:
        with pytest.raises(omni.UsageError, match="time zone"):
            await client.analytics.download_csv(to=tmp_path, end=datetime(2026, 3, 1))
        assert api.requests == []
        with pytest.raises(omni.InvalidResponseError, match="no link"):
            await client.analytics.download_csv(to=tmp_path)

    assert filenames_in(tmp_path) == set()
