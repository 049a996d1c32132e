"""A transport of one's own, or around ours: what is promised holds there too, or is refused."""

import asyncio
import gc
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from layers import Layered, lead_response, trusting
from wire import LEAD_JSON, Wire, answer, trickle_body

import omni
from omni._transport.runtime import AsyncRuntime, Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_context")]

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = answer()


class Wrapper(httpx.BaseTransport):
    """It keeps only the methods of what is inside, so that nobody finds that, unless it is kept elsewhere too."""

    def __init__(self, inner: Any, kept: object = None) -> None:
        self.kept = kept
        self.handle_request = inner.handle_request
        self.close = inner.close
        self.seen: list[str] = []

    def __enter__(self) -> "Wrapper":
        self.seen.append("entered")
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.seen.append("left")
        self.close()


class AsyncWrapper(httpx.AsyncBaseTransport):
    """The same for awaited clients."""

    def __init__(self, inner: Any, kept: object = None) -> None:
        self.kept = kept
        self.handle_async_request = inner.handle_async_request
        self.aclose = inner.aclose
        self.seen: list[str] = []

    async def __aenter__(self) -> "AsyncWrapper":
        self.seen.append("entered")
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self.seen.append("left")
        await self.aclose()


def slotted(inner: Any, wrapper: Any) -> Any:
    """A wrapper that has an attribute which is in no ``__dict__``."""
    made = type("Slotted", (wrapper,), {"__slots__": ("hidden",)})(inner)
    made.hidden = inner
    return made


@pytest.fixture
def wrapper(kind: str) -> Any:
    return Wrapper if kind == "Client" else AsyncWrapper


@pytest.fixture
def plain(kind: str) -> Callable[[], Any]:
    """Make httpx's own transport of this kind."""
    return partial(httpx.HTTPTransport if kind == "Client" else httpx.AsyncHTTPTransport, verify=trusting())


SHAPES: dict[str, Callable[[Any, Any], Any]] = {
    "an attribute, as OpenTelemetry's and hishel's": lambda inner, wrapper: wrapper(inner, kept=inner),
    "one of two attributes, as that of httpx-retries": lambda inner, wrapper: wrapper(
        inner, kept=[httpx.HTTPTransport(verify=trusting()), httpx.AsyncHTTPTransport(verify=trusting()), inner]
    ),
    "a slot": slotted,
    "a dict": lambda inner, wrapper: wrapper(inner, kept={"https://": inner}),
    "a client": lambda inner, wrapper: wrapper(
        inner, kept=(httpx.Client if wrapper is Wrapper else httpx.AsyncClient)(transport=inner)
    ),
    "a pool": lambda inner, wrapper: wrapper(inner, kept=inner._pool),
    "wrappers in wrappers": lambda inner, wrapper: wrapper(inner, kept=wrapper(inner, kept=wrapper(inner, kept=inner))),
    "a function around ours": lambda inner, wrapper: wrapper,
}
"""Where a wrapper keeps what it wraps."""


@pytest.fixture
def layered() -> Iterator[Layered]:
    """Each of its responses brings another lead along."""
    server = Layered(lambda _, path: lead_response(path.rpartition("/")[2]) + lead_response("somebody-else"))
    yield server
    server.close()


@pytest.mark.parametrize("shape", SHAPES)
async def test_bytes_left_over_behind_a_wrapper(
    make: Make, layered: Layered, plain: Any, wrapper: Any, shape: str
) -> None:
    """They are found there too: each call gets its own lead."""
    transport = SHAPES[shape](plain(), wrapper)

    async with make(base_url=f"http://127.0.0.1:{layered.port}", transport=transport) as client:
        assert [(await client.leads.get(each)).id for each in ("one", "two", "three")] == ["one", "two", "three"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_deadline_behind_a_wrapper(make: Make, wire: Start, plain: Any, wrapper: Any, shape: str) -> None:
    """A server that trickles is given up in time."""
    server = wire(trickle_body)

    async with make(base_url=server.url, transport=SHAPES[shape](plain(), wrapper), timeout=0.2) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)

    assert caught.value.elapsed < 1


async def test_a_wrapper_around_the_proxies_of_the_environment(
    make: Make, wire: Start, wrapper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function gets each transport that would be used, and what NO_PROXY says still goes past the proxy."""
    proxy, server = wire(OK), wire(OK)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wrapped: list[Any] = []

    def wrap(inner: Any) -> Any:
        wrapped.append(wrapper(inner))
        return wrapped[-1]

    for url in ("http://omni.example.com", server.url):
        async with make(base_url=url, transport=wrap) as client:
            await client.leads.get(ID)

    assert (len(proxy.requests), len(server.requests)) == (1, 1)
    assert [each.seen for each in wrapped] == [["entered", "left"]] * 4


@pytest.mark.parametrize("wrong", [lambda inner: None, lambda inner: object, lambda inner: 7])
async def test_a_function_that_returns_no_transport(make: Make, wrong: Any) -> None:
    """It is named when the client is made, with what it should return."""
    with pytest.raises(omni.UsageError, match=r"transport= returned \w+: return an httpx\.\w+Transport"):
        make(transport=wrong)


async def test_a_wrapper_of_the_other_kind(make: Make, kind: str) -> None:
    """An awaited transport is none for a blocking client, also from a function."""
    with pytest.raises(omni.UsageError, match="return an httpx"):
        make(transport=lambda inner: httpx.AsyncHTTPTransport() if kind == "Client" else httpx.HTTPTransport())


@pytest.mark.parametrize("wrong", [httpx.HTTPTransport, httpx.AsyncHTTPTransport, httpx.MockTransport, "transport", 7])
async def test_what_is_neither_a_transport_nor_a_function(make: Make, wrong: Any) -> None:
    """A class of httpx without its brackets would take ours for an argument of quite another kind."""
    with pytest.raises(omni.UsageError, match="kind of transport"):
        make(transport=wrong)


@pytest.mark.parametrize("is_entered", [True, False])
async def test_a_wrapper_that_closes_nothing(make: Make, layered: Layered, wrapper: Any, is_entered: bool) -> None:
    """The connections are ours, so they are closed."""

    def wrap(inner: Any) -> Any:
        wrapped = wrapper(inner)
        del wrapped.__dict__["close" if wrapper is Wrapper else "aclose"]
        return wrapped

    layered.play = lambda connection, path: lead_response(path.rpartition("/")[2])
    client = make(base_url=f"http://127.0.0.1:{layered.port}", transport=wrap)
    if is_entered:
        async with client:
            await client.leads.get(ID)
    else:
        await client.leads.get(ID)
        await client.aclose()

    assert client.http._pools[0].connections == []


async def test_a_transport_of_httpx_that_is_built_otherwise(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its pool cannot be found, in a release to come, that is not taken for one that needs no care."""
    for budget in (Runtime, AsyncRuntime):
        monkeypatch.setattr(budget, "pool_class", type("Moved", (), {}))
    server = wire(OK)

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)
        transport = client.http._transport
        assert [transport] == client.http._hidden
        vars(transport)["_omni_owner"] = (os.getpid() + 1, None)  # as in a child
        client.http._root._owner = None
        with pytest.raises(omni.UsageError, match="hides its connections"):
            await client.leads.get(ID)
        vars(transport).pop("_omni_owner")


async def test_a_transport_is_entered_and_left(make: Make, plain: Any, wrapper: Any, wire: Start) -> None:
    """As httpx does it: once, by the client that owns it, although copies and ``raw`` are entered in between."""
    transport, server = wrapper(plain()), wire(OK)
    client = make(base_url=server.url, transport=transport)

    async with client:
        async with client.with_options(timeout=5) as copied:
            await copied.leads.get(ID)
        await client.leads.get(ID)
        async with client:  # as where a function enters what it was given
            assert transport.seen == ["entered"]

    assert transport.seen == ["entered", "left"]


async def test_a_client_that_was_closed_is_not_entered(make: Make) -> None:
    """Nor is a copy of it, and both say that they are closed."""
    client = make()
    copied = client.with_options(timeout=5)
    assert (client.http.is_closed, copied.http.is_closed) == (False, False)

    await copied.aclose()
    assert (client.http.is_closed, copied.http.is_closed) == (False, False)
    await client.aclose()
    await client.aclose()

    assert (client.http.is_closed, copied.http.is_closed) == (True, True)
    for each in (client, copied, client.http):
        with pytest.raises(omni.UsageError, match="closed"):
            await each.__aenter__()


def hidden(kind: str, beside: object = None) -> Any:
    """A transport that nobody can look into, although something else may be seen beside it."""
    if kind == "Client":
        inner = Wrapper(httpx.HTTPTransport(verify=trusting()))
        return Wrapper(inner, kept=[beside, inner]) if beside else inner
    async_inner = AsyncWrapper(httpx.AsyncHTTPTransport(verify=trusting()))
    return AsyncWrapper(async_inner, kept=[beside, async_inner]) if beside else async_inner


BESIDE: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "a transport for other hosts": lambda: (httpx.HTTPTransport(verify=False), httpx.AsyncHTTPTransport(verify=False)),
    "a transport without connections": lambda: httpx.MockTransport(lambda request: httpx.Response(404)),
}
"""What a wrapper shows beside the transport that it hides."""


def run(backend: str, function: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # connections of past loops
        result = anyio.run(function, backend=backend)
        gc.collect()
    return result


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("beside", BESIDE)
def test_hidden_connections_in_another_event_loop(wire: Start, backend: str, beside: str) -> None:
    """It is said before anything is sent, by other clients over the same transport too, and closing does no harm."""
    server, transport = wire(OK), hidden("AsyncClient", BESIDE[beside]())
    clients = [omni.AsyncClient(api_key="k", base_url=server.url, transport=transport) for _ in range(2)]

    async def get() -> None:
        for client in clients:
            await client.leads.get(ID)

    run(backend, get)
    for _ in range(2):
        with pytest.raises(omni.UsageError, match="a function that wraps the transport"):
            run(backend, get)
    run(backend, clients[0].aclose)

    assert len(server.requests) == 2
    assert clients[0].http.is_closed


@pytest.mark.parametrize("backends", [["asyncio", "asyncio"], ["trio", "asyncio", "trio"]])
def test_a_wrapper_of_ours_in_many_event_loops(wire: Start, backends: list[str]) -> None:
    """One after the other, of either kind, as without it."""
    server = wire(OK)
    client = omni.AsyncClient(api_key="k", base_url=server.url, transport=AsyncWrapper)

    async def get() -> str:
        return (await client.leads.get(ID)).id

    assert [run(each, get) for each in backends] == [ID] * len(backends)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("shape", [*SHAPES, *BESIDE, "those of another kind"])
def test_a_wrapper_in_a_forked_child(layered: Layered, shape: str) -> None:
    """The child makes connections of its own; where that cannot be, it is refused, and closing leaves the parent's."""
    is_hidden = shape not in SHAPES
    layered.play = lambda connection, path: lead_response(path.rpartition("/")[2])
    beside = BESIDE.get(shape, httpx.AsyncHTTPTransport)
    inner = httpx.HTTPTransport(verify=trusting())
    transport = hidden("Client", beside()) if is_hidden else SHAPES[shape](inner, Wrapper)
    client = omni.Client(api_key="k", base_url=f"http://127.0.0.1:{layered.port}", transport=transport)
    client.leads.get("mine")

    child = os.fork()
    if child == 0:
        code = 1
        try:
            is_right = client.leads.get("other").id == "other"
            code = 0 if is_right and not is_hidden else 2
        except omni.UsageError as error:
            code = 0 if is_hidden and "a function that wraps" in str(error) else 3
        finally:
            client.close()
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    assert client.leads.get("mine").id == "mine"
    assert [each.requests for each in layered.connections] == ([2] if is_hidden else [2, 1])
    client.close()


@pytest.mark.parametrize("app", ["mock", "subclass", "wsgi", "wrapped"])
def test_a_transport_without_connections_after_a_fork(app: str) -> None:
    """There is nothing to share, so nothing is refused."""

    class Mock(httpx.MockTransport):
        pass

    def wsgi(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [LEAD_JSON]

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=LEAD_JSON)

    mock = httpx.MockTransport(respond)
    transports = {"mock": mock, "subclass": Mock(respond), "wsgi": httpx.WSGITransport(wsgi)}
    with omni.Client(api_key="k", transport=transports.get(app) or Wrapper(mock, kept=mock)) as client:
        client.leads.get(ID)
        client.http._owner = (os.getpid() + 1, None)  # as in a child
        assert client.leads.get(ID).id == ID


# Two event loops at once.


@pytest.mark.parametrize("backends", [("asyncio", "asyncio"), ("trio", "trio"), ("asyncio", "trio")])
def test_one_client_in_two_live_event_loops(wire: Start, backends: tuple[str, str]) -> None:
    """It is refused in the second one, with the way out, and goes on to work in the first, and in the second later."""
    server = wire(OK)
    client = omni.AsyncClient(api_key="k", base_url=server.url)
    is_used, is_over = threading.Event(), threading.Event()
    found: list[str] = []

    async def first() -> None:
        found.append((await client.leads.get(ID)).id)
        is_used.set()
        await anyio.to_thread.run_sync(is_over.wait, 10)
        found.append((await client.leads.get(ID)).id)

    async def second() -> None:
        found.append((await client.leads.get(ID)).id)

    thread = threading.Thread(target=run, args=(backends[0], first))
    thread.start()
    try:
        assert is_used.wait(10)
        for function in (second, client.aclose):
            with pytest.raises(omni.UsageError, match="a client for each loop"):
                run(backends[1], function)
    finally:
        is_over.set()
        thread.join()
    run(backends[1], second)
    run(backends[1], client.aclose)

    assert found == [ID] * 3


def test_a_loop_that_was_left_open(wire: Start) -> None:
    """A loop that does not run any more is no reason to refuse, closed or not, and in whatever thread it ran."""
    server = wire(OK)
    client = omni.AsyncClient(api_key="k", base_url=server.url)
    loops = [asyncio.new_event_loop() for _ in range(2)]

    def get(loop: asyncio.AbstractEventLoop) -> None:
        assert loop.run_until_complete(client.leads.get(ID)).id == ID

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for loop in [*loops, *loops]:
            thread = threading.Thread(target=get, args=(loop,))
            thread.start()
            thread.join()
        get(loops[0])
        loops[0].run_until_complete(client.aclose())
        for loop in loops:
            loop.close()
        gc.collect()

    assert len(server.requests) == 5
