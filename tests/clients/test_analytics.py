"""Analytics: one page, and a walk over all of them that can be stopped and gone on with at any lead."""

import inspect
import json
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx
import pytest

import omni

pytestmark = pytest.mark.anyio

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
THREE = {None: ("ab", "2"), "2": ("cd", "3"), "3": ("e", None)}


class Pages:
    """A server with pages of figures: for each token the leads of its page, a letter each, and the next token."""

    def __init__(self, pages: dict[str | None, tuple[str, object]]) -> None:
        self.pages = pages
        self.asked: list[dict[str, str]] = []
        self.faults: dict[int, httpx.Response] = {}
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v0/analytics"
        self.asked.append(dict(request.url.params))
        if fault := self.faults.pop(len(self.asked), None):
            return fault
        leads, token = self.pages[request.url.params.get("token")]
        totals = {"count": sum(len(leads) for leads, _ in self.pages.values())}
        breakdown = [{"leadId": letter, "firstName": "Ada"} for letter in leads]
        return httpx.Response(200, json={"totals": totals, "breakdown": breakdown, "nextToken": token})

    @property
    def tokens(self) -> list[str | None]:
        """The pages that were asked for, in order."""
        return [asked.get("token") for asked in self.asked]


async def walk(iterator: Any, found: list[str] | None = None) -> str:
    """The letters of the leads that are still to come; ``found`` has them even if an error comes in between."""
    found = [] if found is None else found
    async for lead in iterator:
        found.append(lead.id)
    return "".join(found)


async def test_one_page(make: Callable[..., Any]) -> None:
    """It is asked for with what was given, and with nothing else."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        first = await client.analytics.get()
        second = await client.analytics.get(start=MARCH, end=APRIL, token=first.next_token)

    assert (first.totals.lead_count, [lead.id for lead in second.leads]) == (5, ["c", "d"])
    assert server.asked == [{}, {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z", "token": "2"}]


async def test_times_are_checked_before_anything_is_sent(make: Callable[..., Any]) -> None:
    """By both methods, and by the second when it is called."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        with pytest.raises(omni.UsageError, match="start has no time zone"):
            await client.analytics.get(start=datetime(2026, 3, 1))
        with pytest.raises(omni.UsageError, match="start is after end"):
            client.analytics.iter_leads(start=APRIL, end=MARCH)

    assert server.asked == []


async def test_all_pages(make: Callable[..., Any]) -> None:
    """Lead by lead, each page asked for once, over the same period."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        found = await walk(client.analytics.iter_leads(start=MARCH))

    assert found == "abcde"
    assert server.tokens == [None, "2", "3"]
    assert {asked["start"] for asked in server.asked} == {"2026-03-01T00:00:00Z"}


async def test_a_page_is_fetched_when_its_first_lead_is_asked_for(make: Callable[..., Any]) -> None:
    """And none before."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads()
        assert server.tokens == []
        requests = [(lead.id, len(server.asked)) async for lead in iterator]

    assert requests == [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("e", 3)]


async def test_an_iterator_that_ended_stays_ended(make: Callable[..., Any]) -> None:
    """Asking it again asks nobody."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads()
        assert await walk(iterator) == "abcde"
        assert await walk(iterator) == ""

    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("max_items", "found", "requests"),
    [(0, "", 0), (1, "a", 1), (2, "ab", 1), (3, "abc", 2), (4, "abcd", 2), (5, "abcde", 3), (9, "abcde", 3)],
)
async def test_max_items(make: Callable[..., Any], max_items: int, found: str, requests: int) -> None:
    """It bounds the leads, and no page is fetched of which none is wanted."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        assert await walk(client.analytics.iter_leads(max_items=max_items)) == found

    assert len(server.asked) == requests


@pytest.mark.parametrize("max_items", [-1, 1.5, True, "3"])
async def test_a_max_items_that_is_no_number_of_things(make: Callable[..., Any], max_items: Any) -> None:
    """It is refused when the method is called."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="max_items must be a whole number"):
            client.analytics.iter_leads(max_items=max_items)


@pytest.mark.parametrize("given", range(6))
async def test_going_on_after_any_lead(make: Callable[..., Any], given: int) -> None:
    """A cursor goes on after the last lead that was given, in the middle of a page too, in another process too."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        first = client.analytics.iter_leads(end=APRIL, max_items=given)
        before = await walk(first)
        cursor = json.loads(json.dumps(pickle.loads(pickle.dumps(first.cursor))))
        requests = len(server.asked)
        after = await walk(client.analytics.iter_leads(end=APRIL, cursor=cursor))

    assert (before, after) == ("abcde"[:given], "abcde"[given:])
    assert server.tokens[requests] == [None, None, "2", "2", "3", "3"][given]


async def test_going_on_when_leads_were_added_at_the_end(make: Callable[..., Any]) -> None:
    """The cursor of a walk that ended gives what came since."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        first = client.analytics.iter_leads()
        await walk(first)
        server.pages = {**THREE, "3": ("ef", "4"), "4": ("g", None)}

        assert await walk(client.analytics.iter_leads(cursor=first.cursor)) == "fg"


async def test_going_on_when_the_page_got_shorter(make: Callable[..., Any]) -> None:
    """Nothing of it is given again, and the next pages are."""
    server = Pages({None: ("abc", "2"), "2": ("d", None)})
    async with make(transport=server.transport) as client:
        first = client.analytics.iter_leads(max_items=2)
        await walk(first)
        for token, rest in (("2", "d"), (None, "")):
            server.pages = {**server.pages, None: ("a", token)}

            assert await walk(client.analytics.iter_leads(cursor=first.cursor)) == rest


async def test_a_cursor_of_another_period_is_refused(make: Callable[..., Any]) -> None:
    """When the method is called, and nothing is sent."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        cursor = client.analytics.iter_leads(start=MARCH).cursor
        with pytest.raises(omni.UsageError, match="other arguments"):
            client.analytics.iter_leads(cursor=cursor)
        with pytest.raises(omni.UsageError, match="cursor must be"):
            client.analytics.iter_leads(cursor="2")

    assert server.asked == []


async def test_an_empty_page_with_a_next_one_goes_on(make: Callable[..., Any]) -> None:
    """Only a missing token is the end, and leads that come twice are given twice."""
    server = Pages({None: ("", "2"), "2": ("", "3"), "3": ("a", "4"), "4": ("ab", "")})
    async with make(transport=server.transport) as client:
        assert await walk(client.analytics.iter_leads()) == "aab"


@pytest.mark.parametrize("last", [("cd", "2"), ("", "2"), ("cd", 3)], ids=["itself", "itself, empty", "no text"])
async def test_a_circle_is_an_error(make: Callable[..., Any], last: Any) -> None:
    """After the leads that came, no page is asked for a second time; the error keeps the last one."""
    server = Pages({None: ("ab", "2"), "2": last})
    found: list[str] = []
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads()
        for _ in range(2):
            with pytest.raises(omni.InvalidResponseError, match="one that was there before") as caught:
                await walk(iterator, found)
        with pytest.raises(omni.InvalidResponseError):
            await walk(client.analytics.iter_leads(cursor=iterator.cursor))

    assert "".join(found) == "ab" + last[0]
    assert server.tokens == [None, "2", "2"]
    assert (caught.value.method, caught.value.path, caught.value.attempts) == ("GET", "/api/v0/analytics", 2)
    assert caught.value.status_code == 200
    assert caught.value.elapsed > 0
    assert caught.value.body["nextToken"] == last[1]
    assert "Ada" not in str(caught.value)


async def test_a_circle_over_several_pages_is_an_error(make: Callable[..., Any]) -> None:
    """Each of them is given once."""
    server = Pages({None: ("ab", "2"), "2": ("cd", "3"), "3": ("e", "2")})
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads(max_items=5)
        assert await walk(iterator) == "abcde"
        with pytest.raises(omni.InvalidResponseError):
            await walk(client.analytics.iter_leads())

    assert server.tokens == [None, "2", "3"] * 2


async def test_going_on_after_an_error(make: Callable[..., Any]) -> None:
    """The same iterator may be asked again, and so may a new one with its cursor: no lead is lost or comes twice."""
    server = Pages(THREE)
    server.faults = {2: httpx.Response(429, headers={"retry-after": "7"}), 3: httpx.Response(500)}
    found: list[str] = []
    async with make(transport=server.transport, attempts=1) as client:
        iterator = client.analytics.iter_leads()
        with pytest.raises(omni.RateLimitError) as caught:
            await walk(iterator, found)
        cursor = iterator.cursor
        with pytest.raises(omni.InternalServerError):
            await walk(iterator)

        assert found == ["a", "b"]
        assert caught.value.retry_after == 7
        assert iterator.cursor == cursor
        assert await walk(iterator) == "cde"
        assert await walk(client.analytics.iter_leads(cursor=cursor)) == "cde"


async def test_an_answer_that_is_no_page(make: Callable[..., Any]) -> None:
    """It is refused, rather than read as a page without leads."""
    server = Pages(THREE)
    server.faults = {1: httpx.Response(200, json={"nextToken": None})}
    async with make(transport=server.transport) as client:
        with pytest.raises(omni.InvalidResponseError, match="totals or downloadUrl"):
            await walk(client.analytics.iter_leads())


async def test_pages_over_real_http(make: Callable[..., Any]) -> None:
    """Times arrive as they were meant, and all pages together are what is on one."""
    from omni.sandbox import app, running

    with running(application=app(page_size=3)) as sandbox:
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            page = await client.analytics.get(start=datetime(2020, 1, 1, tzinfo=UTC))
            leads = await walk(client.analytics.iter_leads(start=datetime(2020, 1, 1, tzinfo=UTC)))
            nobody = await client.analytics.get(end=datetime(2020, 1, 1, tzinfo=UTC))

    assert page.start == datetime(2020, 1, 1, tzinfo=UTC)
    assert len(page.leads) == 3
    assert leads.startswith("".join(lead.id for lead in page.leads))
    assert len(leads) == 36 * (page.totals.lead_count or 0) > 36 * 3
    assert (nobody.totals.lead_count, nobody.leads) == (0, ())


class Slow(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The same pages, each after a while."""

    def __init__(self, pages: Pages, pause: float = 0.02) -> None:
        self.pages = pages
        self.pause = pause

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        time.sleep(self.pause)
        return self.pages.transport.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.sleep(self.pause)
        return await self.pages.transport.handle_async_request(request)


async def draw(iterator: Any, found: list[str], refused: list[omni.UsageError]) -> None:
    """Draw leads until there are none; where another one is drawing, try again. Of a blocking iterator in a thread."""
    blocking = getattr(iterator, "_blocking", None)
    end = object()
    while True:
        try:
            lead = await (anyio.to_thread.run_sync(next, blocking, end) if blocking else anext(iterator, end))
        except omni.UsageError as error:
            refused.append(error)
            await anyio.sleep(0.005)
            continue
        if lead is end:
            return
        found.append(lead.id)


async def test_one_iterator_for_several_tasks_or_threads(make: Callable[..., Any]) -> None:
    """Each lead is given once: while one of them draws, the others are refused, as by a running generator."""
    server = Pages(THREE)
    found: list[str] = []
    refused: list[omni.UsageError] = []
    async with make(transport=Slow(server)) as client:
        iterator = client.analytics.iter_leads()
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(draw, iterator, found, refused)

    assert sorted(found) == [*"abcde"]
    assert server.tokens == [None, "2", "3"]
    assert "reading from this iterator: let one read and hand the items to the others" in str(refused[0])


async def test_going_on_after_a_cancellation(make: Callable[..., Any], kind: str) -> None:
    """An iterator that was given up in the middle may be asked again."""
    if kind == "Client":
        pytest.skip("blocking code is not cancelled")
    transport = Slow(Pages(THREE), pause=30)
    async with make(transport=transport) as client:
        iterator = client.analytics.iter_leads()
        with anyio.move_on_after(0.05) as scope:
            await anext(iterator)
        transport.pause = 0

        assert scope.cancelled_caught
        assert await walk(iterator) == "abcde"


class Endless(Pages):
    """A server that always has one more page, with a token that was never there before."""

    def __init__(self, leads: str = "") -> None:
        super().__init__({})
        self.leads = leads

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.pages = {request.url.params.get("token"): (self.leads, str(len(self.asked) + 2))}
        return super()._answer(request)


async def test_pages_without_end(make: Callable[..., Any]) -> None:
    """They end at ``max_pages``, with an error that names it and keeps the last page; a cursor goes on from there."""
    server = Endless()
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads(max_pages=3)
        for _ in range(2):
            with pytest.raises(
                omni.InvalidResponseError, match="more pages than max_pages=3: give more, or None"
            ) as caught:
                await anext(iterator)
        with pytest.raises(omni.InvalidResponseError):
            await anext(client.analytics.iter_leads(max_pages=1, cursor=iterator.cursor))

    assert server.tokens == [None, "2", "3", "4"]
    assert (caught.value.attempts, caught.value.body["nextToken"]) == (3, "4")


async def test_pages_are_bounded_by_default(make: Callable[..., Any]) -> None:
    """At ten thousand: five million leads."""
    async with make() as client:
        bounded = getattr(client.analytics, "_blocking", client.analytics).iter_leads

    assert inspect.signature(bounded).parameters["max_pages"].default == 10_000


@pytest.mark.parametrize(("max_pages", "found"), [(1, "ab"), (2, "abab"), (None, "ababab")])
async def test_max_pages(make: Callable[..., Any], max_pages: int | None, found: str) -> None:
    """All leads of so many pages are given; None is no bound."""
    given: list[str] = []
    async with make(transport=Endless("ab").transport) as client:
        iterator = client.analytics.iter_leads(max_pages=max_pages, max_items=6)
        if max_pages:
            with pytest.raises(omni.InvalidResponseError, match="max_pages"):
                await walk(iterator, given)
        else:
            await walk(iterator, given)

    assert "".join(given) == found


@pytest.mark.parametrize("max_pages", [0, -1, 1.5, True, "3"])
async def test_a_max_pages_that_is_no_number_of_pages(make: Callable[..., Any], max_pages: Any) -> None:
    """It is refused when the method is called."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="max_pages must be a whole number from 1"):
            client.analytics.iter_leads(max_pages=max_pages)
