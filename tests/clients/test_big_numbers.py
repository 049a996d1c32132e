"""JSON has integers of any length, and Python converts 4,300 digits: a longer one loses no response."""

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


def answering(body: str, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, content=body.encode()))


async def test_a_lead_with_an_integer_that_python_does_not_convert(make: Callable[..., Any]) -> None:
    """All else of it reads as ever; the integer is kept, as a text of its digits, and others are numbers."""
    async with make(transport=answering(LEAD)) as client:
        lead = await client.leads.get("x")

    assert (lead.last_name, lead.status, lead.documents[0].size) == ("Sample", "IN_PROGRESS", None)
    assert lead.to_dict()["lead"]["novel"] == DIGITS
    assert lead.to_dict()["some"] == [1, 2.5, 12345678901234567890123]
    assert (lead.did_opt_out, lead.is_test) == (True, True)
    assert json.loads(json.dumps(lead.to_dict())) == lead.to_dict()
    assert pickle.loads(pickle.dumps(lead)) == lead == omni.Lead.from_dict(lead.to_dict())


async def test_an_error_body_with_such_an_integer(make: Callable[..., Any]) -> None:
    """It is decoded too, so that the server's words are found in it."""
    body = f'{{"error": {{"message": "no", "code": {DIGITS}}}}}'
    async with make(transport=answering(body, 400)) as client:
        with pytest.raises(omni.BadRequestError) as caught:
            await client.leads.get("x")

    assert caught.value.body == {"error": {"message": "no", "code": DIGITS}}


async def test_such_an_integer_is_looked_at_by_observe(make: Callable[..., Any]) -> None:
    """A response that has one is compared with the contract like any other."""
    found: list[str] = []

    def observe(path: str, differences: tuple[omni.Difference, ...]) -> None:
        found.extend(each.path for each in differences)

    async with make(transport=answering(LEAD), observe=observe) as client:
        await client.leads.get("x")

    assert "lead.novel" in found
    assert "lead.novel" in [each.path for each in drift.of_body(LEAD.encode(), "LeadDetails")]


@pytest.mark.parametrize("body", [f'{{"lead": {DIGITS}', f"{DIGITS}{DIGITS}x", "\ud800"])
async def test_what_is_no_json_is_still_none(make: Callable[..., Any], body: str) -> None:
    """With such an integer in it, too."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body.encode(errors="surrogatepass")))
    async with make(transport=transport) as client:
        with pytest.raises(omni.InvalidResponseError, match="the body is not JSON"):
            await client.leads.get("x")
