"""``leads.wait``: it ends in time, with what the caller's code raises, and when a lead will never be complete."""

import inspect
import math
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import omni
from omni._transport import runtime

pytestmark = pytest.mark.anyio

OPEN, DONE = {"lead": {"id": "1"}, "status": "IN_PROGRESS"}, {"lead": {"id": "1"}, "status": "COMPLETED"}

THEIRS = [
    TimeoutError("theirs"),
    omni.APITimeoutError("theirs"),
    omni.APIConnectionError("theirs"),
    omni.OutcomeUnknownError("theirs", reconcile_hint="theirs"),
    omni.InternalServerError("theirs"),
    omni.RateLimitError("theirs", retry_after=0.001),
    LookupError("theirs"),
]
"""What the code of a caller may raise, with another client too."""


def answering(*bodies: Any) -> httpx.MockTransport:
    """A server with these responses, the last of them again and again."""
    rest = [body if isinstance(body, httpx.Response) else httpx.Response(200, json=body) for body in bodies]
    return httpx.MockTransport(lambda request: rest.pop(0) if len(rest) > 1 else rest[0])


@pytest.mark.parametrize("error", THEIRS, ids=lambda error: type(error).__name__)
async def test_exceptions_of_until_pass_through(make: Callable[..., Any], error: Exception) -> None:
    """Also those of a class that would be a temporary error of a read."""

    def until(lead: omni.Lead) -> bool:
        raise error

    async with make(transport=answering(OPEN)) as client:
        with pytest.raises(type(error)) as caught:
            await client.leads.wait("1", until=until, poll_interval=0.001, timeout=1)

    assert caught.value is error


@pytest.mark.parametrize("error", THEIRS, ids=lambda error: type(error).__name__)
async def test_exceptions_of_observe_pass_through(make: Callable[..., Any], error: Exception) -> None:
    """As in all other methods, they are raised unchanged."""

    def observe(path: str, differences: tuple[omni.Difference, ...]) -> None:
        raise error

    async with make(transport=answering({**OPEN, "new": 1}), observe=observe) as client:
        for call in (
            client.leads.wait("1", poll_interval=0.001, timeout=1),
            client.leads.get("1"),
            client.leads.opt_out("1"),
        ):
            with pytest.raises(type(error)) as caught:
                await call
            assert caught.value is error

    assert getattr(error, "reconcile_hint", "theirs") == "theirs"


async def test_observe_is_called_for_each_read(make: Callable[..., Any]) -> None:
    """Also for a read that is refused."""
    told: list[str] = []
    async with make(
        transport=answering({**OPEN, "new": 1}, httpx.Response(503), {"lead": {"id": 7}}),
        attempts=1,
        observe=lambda path, differences: told.append(path),
    ) as client:
        with pytest.raises(omni.InvalidResponseError):
            await client.leads.wait("1", poll_interval=0.001, timeout=5)

    assert told == ["/api/v1/leads/{leadId}"] * 2


ENDED = [
    ({"status": "OPTED_OUT"}, "OPTED_OUT"),
    ({"status": "opted out"}, "OPTED_OUT"),
    ({"lead": {"id": "1", "didOptOut": True}}, "OPTED_OUT"),
    ({"lead": {"id": "1", "optOutAt": "yesterday"}}, "OPTED_OUT"),
    ({"status": "NOT_INTERESTED"}, "NOT_INTERESTED"),
    ({"status": "not-interested"}, "NOT_INTERESTED"),
    ({"lead": {"id": "1", "deletedAt": "2026-01-30T02:00:00Z"}}, "DELETED"),
    ({"lead": {"id": "1", "deletedAt": 7}, "status": "OPTED_OUT"}, "DELETED"),
]


@pytest.mark.parametrize(("changes", "status"), ENDED, ids=repr)
async def test_wait_ends_for_a_lead_that_will_not_be_complete(
    make: Callable[..., Any], changes: Any, status: str
) -> None:
    """The error names the status; with ``until``, only that decides."""
    async with make(transport=answering(OPEN, {**OPEN, **changes})) as client:
        with pytest.raises(omni.WaitEndedError, match=f"The lead is {status}, .* say in until=") as caught:
            await client.leads.wait("1", poll_interval=0.001)
        lead = await client.leads.wait(
            "1", poll_interval=0.001, until=lambda lead: lead.did_opt_out or not lead.is_complete
        )

    assert (caught.value.status, caught.value.attempts, caught.value.method) == (status, 2, "GET")
    assert not isinstance(caught.value, TimeoutError | omni.APIConnectionError)
    assert lead.id == "1"


async def test_complete_lead_is_returned_despite_an_opt_out(make: Callable[..., Any]) -> None:
    """What was waited for is there."""
    async with make(transport=answering({**DONE, "didOptOut": True})) as client:
        assert (await client.leads.wait("1")).is_complete


async def test_default_timeout_is_an_hour(kind: str) -> None:
    """It is one hour unless another time is given."""
    client = omni.Client if kind == "Client" else omni.AsyncClient
    signature = inspect.signature(client(api_key="k").leads.wait)

    assert signature.parameters["timeout"].default == 3600.0


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The pauses that are asked for, none of which is made; a clock could not make them, were they longer."""
    asked: list[float] = []

    def pause(seconds: float) -> None:
        asked.append(seconds)

    async def paused(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(runtime.Runtime, "sleep", staticmethod(pause))
    monkeypatch.setattr(runtime.AsyncRuntime, "sleep", staticmethod(paused))
    return asked


@pytest.mark.parametrize("seconds", ["1" + "0" * 30, "99999999999"])
async def test_huge_retry_after_is_limited(make: Callable[..., Any], pauses: list[float], seconds: str) -> None:
    """Without a timeout it polls again after a day; with one it ends then."""
    limited = httpx.Response(429, headers={"retry-after": seconds})
    async with make(transport=answering(limited, DONE), attempts=1) as client:
        await client.leads.wait("1", timeout=math.inf)
    assert pauses == [86_400.0]

    async with make(transport=answering(limited, DONE), attempts=1) as client:
        await client.leads.wait("1", timeout=600)
    assert 599 < pauses[1] <= 600


@pytest.mark.parametrize("every", [1e300, math.inf, 10**400])
async def test_huge_poll_interval_is_limited(make: Callable[..., Any], pauses: list[float], every: float) -> None:
    """It sleeps thirty years at most, which is what clocks can do."""
    async with make(transport=answering(OPEN, DONE)) as client:
        await client.leads.wait("1", poll_interval=every, timeout=math.inf)
        await client.leads.wait("1", poll_interval=1, timeout=10**400)

    assert 9e8 < pauses[0] <= 1e9


async def test_read_gets_at_most_the_remaining_time(make: Callable[..., Any], kind: str) -> None:
    """And no more than any other call of the client."""
    seen: list[float] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json=DONE)

    async with make(transport=httpx.MockTransport(respond), timeout=20) as client:
        await client.leads.wait("1", timeout=5)
        await client.leads.wait("1", timeout=500)
        http = client.http
        getattr(http, "_blocking", http).timeout = httpx.Timeout(None)
        await client.leads.wait("1", timeout=500)

    assert 4 < seen[0] <= 5
    assert 19 < seen[1] <= 20
    assert seen[2] > 400


async def test_error_of_wait_shows_no_personal_data(make: Callable[..., Any]) -> None:
    """It has no id and no text of the server, and keeps no lead."""
    body = {"lead": {"id": "lead-one", "lastName": "Quillfeather"}, "status": "opted-out"}
    async with make(transport=answering(body)) as client:
        with pytest.raises(omni.WaitEndedError) as caught:
            await client.leads.wait("lead-one")

    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert not [
        word for word in ("lead-one", "Quillfeather", "opted-out") if word in shown.replace('wait("lead-one")', "")
    ]
