"""Clients tell what the contract does not know, without personal data."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import omni

pytestmark = pytest.mark.anyio

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
PATH = "/api/v1/leads/{leadId}"

Told = list[tuple[str, tuple[omni.Difference, ...]]]


@pytest.fixture
def told() -> Told:
    """What the callback was told."""
    return []


@pytest.fixture
def watched(make: Callable[..., Any], told: Told) -> Callable[..., Any]:
    """Make a client that gets this response, and record what it observes."""

    def watched(response: Any, status: int = 200, observe: Any = lambda *found: told.append(found)) -> Any:
        body: dict[str, Any] = {"content": response} if isinstance(response, bytes) else {"json": response}
        transport = httpx.MockTransport(lambda _: httpx.Response(status, **body))
        return make(transport=transport, observe=observe, attempts=1)

    return watched


async def test_drift_is_reported(watched: Callable[..., Any], told: Told) -> None:
    """Each response with drift is reported, with the path template; the lead is returned as ever."""
    async with watched({"lead": {"id": ID, "new": "ada@example.com"}, "status": "PAUSED"}) as client:
        lead = await client.leads.get(ID)

    expected = (
        omni.Difference("unknown key", "lead.new", "string"),
        omni.Difference("unknown value", "status", "PAUSED"),
    )
    assert told == [(PATH, expected)]
    assert lead.id == ID
    assert "ada@" not in repr(told)


async def test_documented_response_is_not_reported(
    watched: Callable[..., Any], told: Told, published: dict[str, Any]
) -> None:
    """A response as documented calls nobody."""
    async with watched(published) as client:
        await client.leads.get(ID)

    assert told == []


async def test_refused_response_is_reported_first(watched: Callable[..., Any], told: Told) -> None:
    """A success that is no lead is reported before it is refused."""
    async with watched({"lead": {}}) as client:
        with pytest.raises(omni.InvalidResponseError):
            await client.leads.get(ID)

    assert told == [(PATH, (omni.Difference("missing key", "lead.id", ""),))]


@pytest.mark.parametrize(("response", "status"), [({"error": "new"}, 404), (b"<html>", 200), (b"<html>", 502)])
async def test_errors_and_other_bodies_are_not_compared(
    watched: Callable[..., Any], told: Told, response: Any, status: int
) -> None:
    """Neither error statuses nor bodies that are not JSON are compared."""
    async with watched(response, status) as client:
        with pytest.raises(omni.OmniError):
            await client.leads.get(ID)

    assert told == []


async def test_copies_of_a_client_report_too(watched: Callable[..., Any], told: Told) -> None:
    """A client made by with_options reports to the same function."""
    async with watched({"lead": {"id": ID, "new": 1}}) as client:
        await client.with_options(timeout=5).leads.get(ID)

    assert len(told) == 1


async def test_exceptions_of_the_callback_pass_through(watched: Callable[..., Any]) -> None:
    """They are the caller's own."""

    def refuse(path: str, differences: tuple[omni.Difference, ...]) -> None:
        raise LookupError(path)

    async with watched({"lead": {"id": ID, "new": 1}}, observe=refuse) as client:
        with pytest.raises(LookupError, match="leadId"):
            await client.leads.get(ID)


def test_comparison_is_not_loaded_without_observe() -> None:
    """A client without ``observe`` does not import the comparison."""
    code = f"""
import omni, sys
import httpx
response = httpx.Response(200, json={{"lead": {{"id": "{ID}", "new": 1}}}})
with omni.Client(api_key="k", transport=httpx.MockTransport(lambda _: response)) as client:
    client.leads.get("{ID}")
print("omni._operations.drift" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


@pytest.mark.parametrize(("level", "lines"), [("debug", 3), ("INFO", 2), ("warning", 0)])
def test_environment_turns_the_log_on(level: str, lines: int) -> None:
    """Without a change of the program: a line for each attempt, and for debug one for each pause."""
    code = """if True:
        import httpx, omni
        responses = iter([httpx.Response(503), httpx.Response(200, json={"lead": {"id": "1"}})])
        transport = httpx.MockTransport(lambda request: next(responses))
        omni.Client(api_key="key", transport=transport).leads.get("1")
    """
    environment = {**os.environ, "OMNI_LOG": level}

    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert [line.split(":")[1] for line in done.stderr.splitlines()] == ["omni"] * lines


def test_unknown_level_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable."""
    monkeypatch.setenv("OMNI_LOG", "loud")

    with pytest.raises(omni.UsageError, match="OMNI_LOG is not the name of a level"):
        omni.Client(api_key="key")
