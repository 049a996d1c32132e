"""Leads, read over real HTTP from the sandbox."""

from collections.abc import Callable
from typing import Any

import pytest

import omni

pytestmark = pytest.mark.anyio

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"


async def test_the_published_lead(make: Callable[..., Any], sandbox: Any, published: dict[str, Any]) -> None:
    """The sample of the documentation comes out as it went in."""
    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        lead = await client.leads.get(ID)

    assert published == lead.to_dict()
    assert lead.status == omni.LeadStatus.IN_PROGRESS


async def test_a_wrong_key(make: Callable[..., Any], sandbox: Any) -> None:
    """401 is an AuthenticationError that does not show the key."""
    async with make(base_url=sandbox.base_url, api_key="wrong-key") as client:
        with pytest.raises(omni.AuthenticationError) as caught:
            await client.leads.get(ID)

    assert "wrong-key" not in f"{caught.value} {caught.value!r}"


async def test_an_unknown_lead(make: Callable[..., Any], sandbox: Any) -> None:
    """404 is a NotFoundError."""
    async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        with pytest.raises(omni.NotFoundError):
            await client.leads.get("no-such-lead")
