"""Proxies, certificates, key and address come from the environment, as users of httpx expect."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from wire import Wire, reply, trickle_body

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()


async def test_proxy_of_the_environment_is_used(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The request goes through it, and the deadline holds there too."""
    proxy = wire(OK, trickle_body)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)

    async with make(base_url="http://omni.example.com", timeout=1) as client:
        await client.leads.get(ID)
        with pytest.raises(omni.APITimeoutError):
            await client.leads.get(ID)

    assert proxy.requests[0].startswith(b"GET http://omni.example.com/api/v1/leads/")


async def test_trust_store_of_the_environment_is_used(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SSL_CERT_FILE makes a private authority trusted; without it, the connection is refused."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = wire(OK, tls=context)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID


async def test_key_and_address_come_from_the_environment(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OMNI_API_KEY and OMNI_BASE_URL are enough."""
    server = wire(OK)
    monkeypatch.setenv("OMNI_API_KEY", "from-the-environment")
    monkeypatch.setenv("OMNI_BASE_URL", server.url + "/")

    async with make(api_key=None) as client:
        await client.leads.get(ID)

    assert b"x-api-key: from-the-environment" in server.requests[0].lower()
