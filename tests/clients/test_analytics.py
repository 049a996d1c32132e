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


async def test_get_sends_only_what_was_given(make: Callable[..., Any]) -> None:
    """The request has the given parameters and no others."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        first = await client.analytics.get()
        second = await client.analytics.get(start=MARCH, end=APRIL, token=first.next_token)

    assert (first.totals.lead_count, [lead.id for lead in second.leads]) == (5, ["c", "d"])
    assert server.asked == [{}, {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z", "token": "2"}]


async def test_times_are_checked_before_anything_is_sent(make: Callable[..., Any]) -> None:
    """By both methods, and by the iterator when it is made."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        with pytest.raises(omni.UsageError, match="start has no time zone"):
            await client.analytics.get(start=datetime(2026, 3, 1))
        with pytest.raises(omni.UsageError, match="start is after end"):
            client.analytics.iter_leads(start=APRIL, end=MARCH)

    assert server.asked == []


async def test_iterator_fetches_each_page_once(make: Callable[..., Any]) -> None:
    """It returns lead by lead over the same period."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        found = await walk(client.analytics.iter_leads(start=MARCH))

    assert found == "abcde"
    assert server.tokens == [None, "2", "3"]
    assert {asked["start"] for asked in server.asked} == {"2026-03-01T00:00:00Z"}


async def test_pages_are_fetched_lazily(make: Callable[..., Any]) -> None:
    """A page is fetched when its first lead is asked for."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads()
        assert server.tokens == []
        requests = [(lead.id, len(server.asked)) async for lead in iterator]

    assert requests == [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("e", 3)]


async def test_exhausted_iterator_sends_nothing(make: Callable[..., Any]) -> None:
    """Asking it again sends no request."""
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
async def test_max_items_limits_leads_and_pages(
    make: Callable[..., Any], max_items: int, found: str, requests: int
) -> None:
    """No page is fetched of which no lead is wanted."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        assert await walk(client.analytics.iter_leads(max_items=max_items)) == found

    assert len(server.asked) == requests


@pytest.mark.parametrize("max_items", [-1, 1.5, True, "3"])
async def test_invalid_max_items_is_refused(make: Callable[..., Any], max_items: Any) -> None:
    """It is refused when the method is called."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="max_items must be a whole number"):
            client.analytics.iter_leads(max_items=max_items)


@pytest.mark.parametrize("given", range(6))
async def test_cursor_continues_after_any_lead(make: Callable[..., Any], given: int) -> None:
    """Also in the middle of a page, and in another process."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        first = client.analytics.iter_leads(end=APRIL, max_items=given)
        before = await walk(first)
        cursor = json.loads(json.dumps(pickle.loads(pickle.dumps(first.cursor))))
        requests = len(server.asked)
        after = await walk(client.analytics.iter_leads(end=APRIL, cursor=cursor))

    assert (before, after) == ("abcde"[:given], "abcde"[given:])
    assert server.tokens[requests] == [None, None, "2", "2", "3", "3"][given]


async def test_cursor_of_the_end_continues_with_new_leads(make: Callable[..., Any]) -> None:
    """The cursor of a finished iteration returns what came since."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        first = client.analytics.iter_leads()
        await walk(first)
        server.pages = {**THREE, "3": ("ef", "4"), "4": ("g", None)}

        assert await walk(client.analytics.iter_leads(cursor=first.cursor)) == "fg"


async def test_cursor_on_a_page_that_got_shorter(make: Callable[..., Any]) -> None:
    """No lead of it is returned again, and the next pages are."""
    server = Pages({None: ("abc", "2"), "2": ("d", None)})
    async with make(transport=server.transport) as client:
        first = client.analytics.iter_leads(max_items=2)
        await walk(first)
        for token, rest in (("2", "d"), (None, "")):
            server.pages = {**server.pages, None: ("a", token)}

            assert await walk(client.analytics.iter_leads(cursor=first.cursor)) == rest


async def test_cursor_of_another_period_is_refused(make: Callable[..., Any]) -> None:
    """It is refused when the method is called, and nothing is sent."""
    server = Pages(THREE)
    async with make(transport=server.transport) as client:
        cursor = client.analytics.iter_leads(start=MARCH).cursor
        with pytest.raises(omni.UsageError, match="other arguments"):
            client.analytics.iter_leads(cursor=cursor)
        with pytest.raises(omni.UsageError, match="cursor must be"):
            client.analytics.iter_leads(cursor="2")

    assert server.asked == []


async def test_empty_page_with_a_next_token_continues(make: Callable[..., Any]) -> None:
    """Only a missing token is the end, and leads that come twice are returned twice."""
    server = Pages({None: ("", "2"), "2": ("", "3"), "3": ("a", "4"), "4": ("ab", "")})
    async with make(transport=server.transport) as client:
        assert await walk(client.analytics.iter_leads()) == "aab"


@pytest.mark.parametrize("last", [("cd", "2"), ("", "2"), ("cd", 3)], ids=["itself", "itself, empty", "no text"])
async def test_page_that_leads_to_itself_is_an_error(make: Callable[..., Any], last: Any) -> None:
    """The leads that came are returned, no page is fetched again, and the error keeps the last one."""
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


async def test_pages_that_lead_in_a_circle_are_an_error(make: Callable[..., Any]) -> None:
    """Each of them is returned once."""
    server = Pages({None: ("ab", "2"), "2": ("cd", "3"), "3": ("e", "2")})
    async with make(transport=server.transport) as client:
        iterator = client.analytics.iter_leads(max_items=5)
        assert await walk(iterator) == "abcde"
        with pytest.raises(omni.InvalidResponseError):
            await walk(client.analytics.iter_leads())

    assert server.tokens == [None, "2", "3"] * 2


async def test_iteration_continues_after_an_error(make: Callable[..., Any]) -> None:
    """The same iterator can be asked again, and so can a new one with its cursor: no lead is lost or repeated."""
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


async def test_response_that_is_no_page_is_refused(make: Callable[..., Any]) -> None:
    """It is not read as a page without leads."""
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


async def test_concurrent_use_of_an_iterator_is_refused(make: Callable[..., Any]) -> None:
    """Each lead is returned once: while one task or thread reads, others are refused, as by a running generator."""
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


async def test_iteration_continues_after_a_cancellation(make: Callable[..., Any], kind: str) -> None:
    """An iterator that was cancelled can be asked again."""
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


async def test_max_pages_ends_an_endless_list(make: Callable[..., Any]) -> None:
    """The error names ``max_pages`` and keeps the last page; a cursor continues from there."""
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


async def test_default_of_max_pages(make: Callable[..., Any]) -> None:
    """It is ten thousand: five million leads."""
    async with make() as client:
        bounded = getattr(client.analytics, "_blocking", client.analytics).iter_leads

    assert inspect.signature(bounded).parameters["max_pages"].default == 10_000


@pytest.mark.parametrize(("max_pages", "found"), [(1, "ab"), (2, "abab"), (None, "ababab")])
async def test_max_pages_limits_pages(make: Callable[..., Any], max_pages: int | None, found: str) -> None:
    """All leads of so many pages are returned; None is no limit."""
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
async def test_invalid_max_pages_is_refused(make: Callable[..., Any], max_pages: Any) -> None:
    """It is refused when the method is called."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="max_pages must be a whole number from 1"):
            client.analytics.iter_leads(max_pages=max_pages)
