"""respx, pytest-httpx and vcrpy stand in for the server of either kind of client, and no request goes around them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import omni

respx = pytest.importorskip("respx", reason="the session interop installs it")
vcr = pytest.importorskip("vcr", reason="the session interop installs it")
pytest.importorskip("pytest_httpx", reason="the session interop installs it")

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])]

Make = Callable[..., Any]

ID = "11111111-1111-4111-8111-111111111101"
PATH = f"/api/v1/leads/{ID}"
LEAD = {"lead": {"id": ID, "businessName": "Mocked"}}
BUSY = httpx.Response(503, headers={"retry-after": "0"})


@pytest.mark.parametrize("is_made_before", [True, False])
async def test_respx_replaces_the_server(kind: str, make: Make, server: Any, is_made_before: bool) -> None:
    """It sees each attempt with path and key, no socket is opened, and the server is back after its block."""
    client = make(base_url=server.url) if is_made_before else None
    with respx.mock(base_url=server.url) as router:
        client = client or make(base_url=server.url)
        get = router.get(PATH).mock(side_effect=[BUSY, httpx.ConnectError, httpx.Response(200, json=LEAD)])
        lead = await client.leads.get(ID)
        update = router.put("/api/v1/leads").mock(side_effect=[httpx.ReadTimeout])
        with pytest.raises(omni.OutcomeUnknownError):
            await client.leads.update(ID, business_name="Acme")
        with pytest.raises(respx.models.AllMockedAssertionError):
            await client.leads.checklist(ID)
    assert lead.business_name == "Mocked"
    assert [call.request.headers["x-api-key"] for call in get.calls] == ["key-under-test"] * 3
    assert json.loads(update.calls.last.request.content) == {"leadId": ID, "businessName": "Acme"}
    assert server.connections == 0

    assert (await client.leads.get(ID)).business_name is None
    await client.aclose()


async def test_pytest_httpx_replaces_the_server(kind: str, make: Make, server: Any, httpx_mock: Any) -> None:
    """It sees each attempt with path and key, and no socket is opened."""
    httpx_mock.add_response(url=f"{server.url}{PATH}", status_code=503, headers={"retry-after": "0"})
    httpx_mock.add_exception(httpx.ConnectError("refused"))
    httpx_mock.add_response(url=f"{server.url}{PATH}", match_headers={"x-api-key": "key-under-test"}, json=LEAD)
    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)

    assert lead.business_name == "Mocked"
    assert [request.url.path for request in httpx_mock.get_requests()] == [PATH] * 3
    assert server.connections == 0


@pytest.mark.parametrize("is_made_before", [True, False])
async def test_vcrpy_records_each_attempt_and_replays_them(
    kind: str, make: Make, server: Any, tmp_path: Path, is_made_before: bool
) -> None:
    """A cassette has each attempt and not the key; its replay needs no server, and what it has not is refused."""
    server.statuses = [503]
    path = tmp_path / "cassette.yaml"
    recorder = vcr.VCR(filter_headers=["x-api-key"], record_mode="once")
    recorded = []
    for _ in range(2):
        client = make(base_url=server.url, attempts=2) if is_made_before else None
        with recorder.use_cassette(str(path)) as cassette:
            client = client or make(base_url=server.url, attempts=2)
            recorded.append((await client.leads.get(ID)).to_dict())
            assert [request.path for request in cassette.requests] == [PATH] * 2
            if cassette.rewound:
                with pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException):
                    await client.leads.checklist(ID)
        await client.aclose()

    assert recorded[0] == recorded[1] == {"lead": {"id": ID}}
    assert "key-under-test" not in path.read_text()
    assert len(server.requests) == 2
