"""Integers with more digits than Python converts (4,300) do not make a response unreadable."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import omni
from omni._operations import drift

pytestmark = pytest.mark.anyio

DIGITS = "7" * 5000

LEAD = f"""{{"lead": {{"id": "x", "lastName": "Sample", "novel": {DIGITS}, "didOptOut": {DIGITS}, "isTest": -{DIGITS}}},
"documents": [{{"id": "d", "size": {DIGITS}}}], "status": "IN_PROGRESS", "some": [1, 2.5, 12345678901234567890123]}}"""


def respond_with(body: str, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, content=body.encode()))


async def test_huge_integers_are_kept_as_digits(make: Callable[..., Any]) -> None:
    """All other fields are read as usual; the integer becomes a str of its digits."""
    async with make(transport=respond_with(LEAD)) as client:
        lead = await client.leads.get("x")

    assert (lead.last_name, lead.status, lead.documents[0].size) == ("Sample", "IN_PROGRESS", None)
    assert lead.to_dict()["lead"]["novel"] == DIGITS
    assert lead.to_dict()["some"] == [1, 2.5, 12345678901234567890123]
    assert (lead.did_opt_out, lead.is_test) == (True, True)
    assert json.loads(json.dumps(lead.to_dict())) == lead.to_dict()
    assert pickle.loads(pickle.dumps(lead)) == lead == omni.Lead.from_dict(lead.to_dict())


async def test_error_bodies_with_huge_integers_are_decoded(make: Callable[..., Any]) -> None:
    """So the server's message is found."""
    body = f'{{"error": {{"message": "no", "code": {DIGITS}}}}}'
    async with make(transport=respond_with(body, 400)) as client:
        with pytest.raises(omni.BadRequestError) as caught:
            await client.leads.get("x")

    assert caught.value.body == {"error": {"message": "no", "code": DIGITS}}


async def test_observe_sees_huge_integers(make: Callable[..., Any]) -> None:
    """A response that has one is compared with the contract like any other."""
    paths: list[str] = []

    def observe(path: str, differences: tuple[omni.Difference, ...]) -> None:
        paths.extend(difference.path for difference in differences)

    async with make(transport=respond_with(LEAD), observe=observe) as client:
        await client.leads.get("x")

    assert "lead.novel" in paths
    assert "lead.novel" in [difference.path for difference in drift.body_differences(LEAD.encode(), "LeadDetails")]


@pytest.mark.parametrize("body", [f'{{"lead": {DIGITS}', f"{DIGITS}{DIGITS}x", "\ud800"])
async def test_invalid_json_with_huge_integers_is_invalid(make: Callable[..., Any], body: str) -> None:
    """The integer makes no difference."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body.encode(errors="surrogatepass")))
    async with make(transport=transport) as client:
        with pytest.raises(omni.InvalidResponseError, match="the body is not JSON"):
            await client.leads.get("x")
