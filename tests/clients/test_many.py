"""Many leads: results as they come, a limit that learns, and a walk that is continued without losing an id."""

import contextlib
import gc
import itertools
import pickle
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

import omni

pytestmark = pytest.mark.anyio
Make = Callable[..., Any]


class Server(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A server that takes some time for each lead, and refuses what is more than it admits at once."""

    def __init__(self, *, seconds: float = 0.005, admits: float = float("inf"), **headers: str) -> None:
        self.seconds = seconds
        self.admits = admits
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.statuses: dict[str, list[int]] = {}
        self.slow: set[str] = set()
        self.asked: list[str] = []
        self.times: list[float] = []
        self.refused = self.most = self.in_flight = 0
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        status = self._begin(request)
        try:
            time.sleep(self._seconds(request))
        finally:
            self._end()
        return self._respond(request, status)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status = self._begin(request)
        try:
            await anyio.sleep(self._seconds(request))
        finally:
            self._end()
        return self._respond(request, status)

    def _begin(self, request: httpx.Request) -> int:
        with self._lock:
            self.asked.append(_id(request))
            self.times.append(time.monotonic())
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            is_refused = self.in_flight > self.admits
            self.refused += is_refused
            planned = self.statuses.get(_id(request))
            return 429 if is_refused else planned.pop(0) if planned else 200

    def _end(self) -> None:
        with self._lock:
            self.in_flight -= 1

    def _seconds(self, request: httpx.Request) -> float:
        return 50 * self.seconds if _id(request) in self.slow else self.seconds

    def _respond(self, request: httpx.Request, status: int) -> httpx.Response:
        headers = self.headers if status == 429 else {}
        body = {"lead": {"id": _id(request)}, "notInTheContract": 1}
        return httpx.Response(status, headers=headers, json=body, request=request)


def _id(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]


async def walk(results: Any, found: list[str] | None = None) -> list[str]:
    """The ids of all leads in the order in which they come, each read; ``found`` has them if an error comes between."""
    found = [] if found is None else found
    async for result in results:
        found.append(result.lead.id)
    return found


async def test_results_come_as_they_are_ready(make: Make) -> None:
    """A slow lead keeps no other one back, and each result has its id and its lead."""
    server = Server(seconds=0.02)
    server.slow = {"a"}
    async with make(transport=server) as client:
        results = [result async for result in client.leads.iter_many([*"abcdef"], concurrency=3)]

    assert sorted(result.lead_id for result in results) == [*"abcdef"]
    assert results[-1].lead_id == "a"
    assert [result.error for result in results] == [None] * 6
    assert all(result.lead.id == result.lead_id for result in results)
    assert server.most == 3


async def test_errors_come_one_by_one(make: Make) -> None:
    """What is no id and what cannot be read is the error of its id, and the rest goes on; nothing wrong is sent."""
    server = Server()
    server.statuses = {"b": [404], "d": [403], "e": [500] * 9}
    async with make(transport=server) as client:
        results = [result async for result in client.leads.iter_many(["a", "b", "..", "d", "e", None, "g"])]

    errors: dict[Any, type[Any]] = {result.lead_id: type(result.error) for result in results if result.lead is None}
    assert errors == {
        "b": omni.NotFoundError,
        "..": omni.UsageError,
        "d": omni.PermissionDeniedError,
        "e": omni.InternalServerError,
        None: omni.UsageError,
    }
    assert {result.lead.id for result in results if result.error is None} == {"a", "g"}
    assert Counter(server.asked) == {"a": 1, "b": 1, "d": 1, "e": 3, "g": 1}
    assert [result.error.attempts for result in results if result.lead_id == "e"] == [3]
    for error in filter(None, (result.error for result in results)):  # tools that report errors show such locals
        assert [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_locals] == []


async def test_temporary_errors_are_retried(make: Make) -> None:
    """As in any other call, by the client's number of attempts; a 429 is none of them."""
    server = Server()
    server.statuses = {"a": [500, 503], "b": [429, 500, 500]}
    async with make(transport=server) as client:
        assert sorted(await walk(client.leads.iter_many([*"abc"]))) == [*"abc"]
    assert Counter(server.asked) == {"a": 3, "b": 4, "c": 1}


@pytest.mark.parametrize("consumer_seconds", [0, 0.01])
async def test_memory_is_bounded(make: Make, consumer_seconds: float) -> None:
    """Of endless ids, no more are taken and no more leads are held than are read at once."""
    server = Server(seconds=0.002)
    taken = 0

    def ids() -> Iterator[str]:
        nonlocal taken
        for taken in itertools.count(1):
            yield f"lead-{taken}"

    gc.collect()
    before = count_leads()
    async with make(transport=server) as client:
        results = client.leads.iter_many(ids(), concurrency=4)
        for returned in range(1, 60):
            await anext(results)
            await anyio.sleep(consumer_seconds)
            assert len(server.asked) <= taken <= returned + 4
        gc.collect()
        assert count_leads() <= before + 4


def count_leads() -> int:
    """The leads that are in memory."""
    return sum(isinstance(thing, omni.Lead) for thing in gc.get_objects())


async def test_ids_are_read_by_the_caller(kind: str, make: Make) -> None:
    """A source of ids may belong to one thread, as a database cursor does; an async one works with AsyncClient."""
    threads = set[int]()

    def ids() -> Iterator[str]:
        for number in range(20):
            threads.add(threading.get_ident())
            yield str(number)

    async def async_ids() -> Any:
        for id in ids():
            yield id

    async with make(transport=Server()) as client:
        source = ids() if kind == "Client" else async_ids()
        assert len(await walk(client.leads.iter_many(source))) == 20

    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("ids", ["a9d0", b"a9d0", 5, None])
async def test_what_is_no_iterable_of_ids_is_refused(make: Make, ids: Any) -> None:
    """At once; one text is not a list of letters."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match="ids must be an iterable of ids"):
            client.leads.iter_many(ids)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"concurrency": 0}, "concurrency must be"),
        ({"concurrency": True}, "concurrency must be"),
        *[({"cursor": cursor}, "cursor must be") for cursor in ("", "5", "[5]", "[-1, []]", "[2, [2]]", '[2, ["a"]]')],
    ],
)
async def test_invalid_arguments_are_refused(make: Make, arguments: Any, message: str) -> None:
    """At once, by what the parameter must be."""
    async with make() as client:
        with pytest.raises(omni.UsageError, match=message):
            client.leads.iter_many(["a"], **arguments)


async def test_limit_is_learned(make: Make) -> None:
    """Where the server admits three at once, every lead is read, and few calls are refused."""
    server = Server(seconds=0.01, admits=3)
    ids = [str(number) for number in range(200)]
    async with make(transport=server, attempts=1) as client:
        found = await walk(client.leads.iter_many(ids, concurrency=8))

    assert sorted(found) == sorted(ids)
    assert 0 < server.refused <= 20  # the first burst, and then one in some hundred


async def test_limit_is_shared_by_all_iterators_of_a_client(make: Make) -> None:
    """Also by those of its copies: what one has learned holds for the others, and all of them end."""
    server = Server(admits=3)
    found: list[str] = []
    async with make(transport=server) as client:
        ids = [str(number) for number in range(30)]
        await walk(client.leads.iter_many(ids, concurrency=8))
        learned = server.refused
        iterators = [each.leads.iter_many(ids) for each in (client, client.with_options(timeout=20))]
        for results in [*itertools.chain(*itertools.repeat(iterators, 30))]:  # taking turns
            found.append((await anext(results)).lead.id)

    assert len(found) == 60
    assert server.refused - learned <= 8  # two that know nothing have 13 refused at once


async def test_nobody_starts_before_retry_after(make: Make) -> None:
    """After the first 429, all calls pause for as long as the server asks."""
    server = Server(retry_after="0.4")
    server.statuses = {"3": [429]}
    async with make(transport=server) as client:
        found = await walk(client.leads.iter_many([str(number) for number in range(20)], concurrency=2))

    assert len(found) == 20
    gaps = [later - earlier for earlier, later in itertools.pairwise(server.times)]
    assert max(gaps) >= 0.39


@pytest.mark.parametrize(("timeout", "retry_after"), [(0.3, "0.1"), (5, "60")])
async def test_refusal_for_too_long_is_raised(make: Make, timeout: float, retry_after: str) -> None:
    """The server refuses longer than the timeout, or asks to wait longer: RateLimitError, and no id is lost."""
    server = Server(admits=0, retry_after=retry_after)
    ids = [str(number) for number in range(10)]
    async with make(transport=server, timeout=timeout) as client:
        results = client.leads.iter_many(ids, concurrency=4)
        with pytest.raises(omni.RateLimitError) as caught:
            await anext(results)
        assert caught.value.retry_after == float(retry_after)
        assert len(server.asked) <= 8
    server.admits = 100
    async with make(transport=server) as client:
        assert sorted(await walk(client.leads.iter_many(ids, cursor=results.cursor))) == ids


async def test_wrong_key_is_raised_at_once(make: Make) -> None:
    """A 401 is about the key and not about one lead; the iterator can go on once the key is right."""
    server = Server()
    ids = [str(number) for number in range(50)]
    server.statuses = {"0": [401]}
    async with make(transport=server) as client:
        results = client.leads.iter_many(ids, concurrency=2)
        found: list[str] = []
        with pytest.raises(omni.AuthenticationError) as caught:
            await walk(results, found)
        assert len(server.asked) <= 4
        frames = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_globals["__name__"].startswith("omni.")]
        assert {name for frame in frames for name in frame.f_locals} == {"function"}  # of what clears the others
        assert sorted(await walk(client.leads.iter_many(ids, cursor=results.cursor), found)) == sorted(ids)


@pytest.mark.parametrize("stops", [[0], [1, 1], [7, 11], [40]])
async def test_cursor_continues_without_losing_or_repeating_a_result(make: Make, stops: list[int]) -> None:
    """Stopped anywhere, in another process; only what was on its way is asked for again."""
    server = Server(seconds=0.002)
    ids = [str(number) for number in range(40)]
    server.slow = {"0", "9", "12"}
    found: list[str] = []
    cursor = None
    for stop in [*stops, 40]:
        async with make(transport=server) as client:
            results = client.leads.iter_many(iter(ids), concurrency=4, cursor=cursor)
            for _ in range(stop):
                if (result := await anext(results, None)) is None:
                    break
                found.append(result.lead_id)
            cursor = results.cursor
            await results.aclose()

    assert sorted(found) == sorted(ids)
    assert len(server.asked) <= 40 + 4 * len(stops)


@pytest.mark.parametrize("way", ["break", "error", "close", "with"])
async def test_nothing_is_left_of_an_iteration_that_ends_early(kind: str, make: Make, way: str) -> None:
    """Neither a task nor a busy thread, and nothing more is sent."""
    server = Server(seconds=0.02)
    ids = [str(number) for number in range(100)]

    async with make(transport=server) as client:
        before = threading.enumerate()
        if way == "break":
            async for _ in client.leads.iter_many(ids):
                break
        elif way == "error":
            with contextlib.suppress(LookupError):
                async for _ in client.leads.iter_many(ids):
                    raise LookupError
        else:
            results = client.leads.iter_many(ids)
            if way == "with":
                async with results:
                    await anext(results)
            await anext(results, None)
            await results.aclose()
            assert [result async for result in results] == []
        await anyio.sleep(0.2)  # a thread may have been about to send
        asked = len(server.asked)
        await anyio.sleep(0.2)

        assert server.in_flight == 0
        assert len(server.asked) == asked < 25
        left = [thread.name for thread in threading.enumerate() if thread not in before]
        assert [name for name in left if not name.startswith("Trio thread")] == []  # in which anyio's plugin runs trio
        assert client.http._root._rate_limit[1]._in_flight == set()


async def test_close_waits_for_what_it_cancels(kind: str, make: Make) -> None:
    """So that the client may be closed at once: no connection is opened meanwhile."""
    if kind == "Client":
        pytest.skip("blocking code cannot be cancelled")
    server = Server(seconds=10)
    async with make(transport=server) as client:
        results = client.leads.iter_many(["a", "..", "b"])
        async with results:
            await anext(results)
            await anyio.sleep(0.05)
            assert server.in_flight == 2
        assert server.in_flight == 0


async def test_cancellation_stops_all_calls(kind: str, make: Make) -> None:
    """Calls under way are cancelled with the task that waits for them."""
    if kind == "Client":
        pytest.skip("blocking code cannot be cancelled")
    server = Server(seconds=10)
    async with make(transport=server) as client:
        with anyio.move_on_after(0.2):
            async for _ in client.leads.iter_many(["a", "b", "c"]):
                pass
        await anyio.sleep(0.05)

        assert (len(server.asked), server.in_flight) == (3, 0)


def test_ctrl_c_ends_the_iteration() -> None:
    """Without waiting for calls that are under way."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    server = Server(seconds=1)
    try:
        with omni.Client(api_key="k", transport=server) as client:
            results = client.leads.iter_many([str(number) for number in range(100)])
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                next(results)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert server.in_flight == len(server.asked) == 8


async def test_a_second_reader_is_refused(make: Make) -> None:
    """So that no result is returned twice; as with the pages of analytics."""
    async with make(transport=Server(seconds=0.1)) as client:
        results = client.leads.iter_many(["a", "b"])
        refused: list[omni.UsageError] = []

        async def read() -> None:
            try:
                await anext(results)
            except omni.UsageError as error:
                refused.append(error)

        if isinstance(client, omni.AsyncClient):
            async with anyio.create_task_group() as group:
                group.start_soon(read)
                group.start_soon(read)
        else:
            threads = [threading.Thread(target=anyio.run, args=(read,)) for _ in range(2)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]

    assert [str(error)[:31] for error in refused] == ["Another task or thread is readi"]


async def test_another_process_is_refused(kind: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has none of the threads and tasks, and would wait forever."""
    async with make(transport=Server()) as client:
        results = client.leads.iter_many(["a", "b", "c"], concurrency=1)
        await anext(results)
        runtime = "Runtime" if kind == "Client" else "AsyncRuntime"
        monkeypatch.setattr(f"omni._transport.runtime.{runtime}.owner", staticmethod(lambda: (1, None)))
        with pytest.raises(omni.UsageError, match="continue with its cursor"):
            await anext(results)
        monkeypatch.undo()


@pytest.mark.parametrize("error", [LookupError, omni.NotFoundError])
async def test_exceptions_of_callbacks_pass_through(make: Make, error: type[Exception]) -> None:
    """What ``observe`` raises is raised as it is, also if it looks like an error of ours."""

    def observe(path: str, differences: Any) -> None:
        raise error("enough")

    async with make(transport=Server(), observe=observe) as client:
        with pytest.raises(error, match="enough"):
            await walk(client.leads.iter_many(["a", "b"]))


async def test_fewer_threads_do_the_work(kind: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no more can be started, or none at all."""
    if kind != "Client":
        pytest.skip("tasks need no threads")
    start, limit = threading.Thread.start, 0

    def refuse(thread: threading.Thread) -> None:
        if threading.active_count() > limit:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    async with make(transport=Server()) as client:
        for limit in (0, threading.active_count()):  # noqa: B007 - `refuse` sees it
            assert sorted(await walk(client.leads.iter_many([*"abcdef"]))) == [*"abcdef"]


async def test_results_show_no_id_and_travel(make: Make) -> None:
    """Their text has no more than that of a lead, and they are equal, copied and pickled by what they hold."""
    server = Server()
    server.statuses = {"secret": [404]}
    async with make(transport=server) as client:
        [failed] = [result async for result in client.leads.iter_many(["secret"])]
        [found] = [result async for result in client.leads.iter_many(["a"])]

    assert repr(failed) == "FailedLead(error=NotFoundError)"
    assert repr(found) == f"FetchedLead(lead={found.lead!r})"
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(AttributeError):
        found.lead = None
