"""Transports of the caller, or around ours: every promise holds there too, or the call is refused."""

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
from wire import LEAD_JSON, Wire, reply, trickle_body

import omni
from omni._transport.runtime import AsyncRuntime, Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_context")]

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()


class Wrapper(httpx.BaseTransport):
    """It keeps only methods of the inner transport, which cannot be found by that, and whatever else is in ``kept``."""

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
    """The same for async clients."""

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
    """A wrapper with an attribute that is not in its ``__dict__``."""
    wrapped = type("Slotted", (wrapper,), {"__slots__": ("hidden",)})(inner)
    wrapped.hidden = inner
    return wrapped


@pytest.fixture
def wrapper(kind: str) -> Any:
    return Wrapper if kind == "Client" else AsyncWrapper


@pytest.fixture
def plain(kind: str) -> Callable[[], Any]:
    """Create httpx's own transport of this kind."""
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
"""Where a wrapper keeps the transport that it wraps."""


@pytest.fixture
def layered() -> Iterator[Layered]:
    """A server whose responses are each followed by another lead."""
    server = Layered(lambda _, path: lead_response(path.rpartition("/")[2]) + lead_response("somebody-else"))
    yield server
    server.close()


@pytest.mark.parametrize("shape", SHAPES)
async def test_trailing_data_is_found_behind_wrappers(
    make: Make, layered: Layered, plain: Any, wrapper: Any, shape: str
) -> None:
    """Each call gets its own lead."""
    transport = SHAPES[shape](plain(), wrapper)

    async with make(base_url=f"http://127.0.0.1:{layered.port}", transport=transport) as client:
        assert [(await client.leads.get(lead_id)).id for lead_id in ("one", "two", "three")] == ["one", "two", "three"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_deadline_holds_behind_wrappers(make: Make, wire: Start, plain: Any, wrapper: Any, shape: str) -> None:
    """A server that trickles is abandoned in time."""
    server = wire(trickle_body)

    async with make(base_url=server.url, transport=SHAPES[shape](plain(), wrapper), timeout=0.2) as client:
        with pytest.raises(omni.APITimeoutError) as caught:
            await client.leads.get(ID)

    assert caught.value.elapsed < 1


async def test_wrappers_wrap_the_proxies_of_the_environment(
    make: Make, wire: Start, wrapper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function gets each transport that would be used, and hosts in NO_PROXY still bypass the proxy."""
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
    assert [transport.seen for transport in wrapped] == [["entered", "left"]] * 4


@pytest.mark.parametrize("wrong", [lambda inner: None, lambda inner: object, lambda inner: 7])
async def test_functions_must_return_a_transport(make: Make, wrong: Any) -> None:
    """The error is raised when the client is created, and says what to return."""
    with pytest.raises(omni.UsageError, match=r"transport= returned \w+: return an httpx\.\w+Transport"):
        make(transport=wrong)


async def test_functions_must_return_the_right_kind_of_transport(make: Make, kind: str) -> None:
    """An async transport is none for a blocking client."""
    with pytest.raises(omni.UsageError, match="return an httpx"):
        make(transport=lambda inner: httpx.AsyncHTTPTransport() if kind == "Client" else httpx.HTTPTransport())


@pytest.mark.parametrize("wrong", [httpx.HTTPTransport, httpx.AsyncHTTPTransport, httpx.MockTransport, "transport", 7])
async def test_transport_must_be_a_transport_or_a_function(make: Make, wrong: Any) -> None:
    """A class of httpx is neither: called with our transport, it would take it for another argument."""
    with pytest.raises(omni.UsageError, match="kind of transport"):
        make(transport=wrong)


@pytest.mark.parametrize("is_entered", [True, False])
async def test_pools_are_closed_even_if_a_wrapper_does_not(
    make: Make, layered: Layered, wrapper: Any, is_entered: bool
) -> None:
    """The connections are ours."""

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


async def test_unknown_structure_of_httpx_transports_counts_as_hidden(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a future release moves the pool, the transport is not taken for one without connections."""
    for runtime in (Runtime, AsyncRuntime):
        monkeypatch.setattr(runtime, "pool_class", type("Moved", (), {}))
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


async def test_transports_are_entered_and_left_once(make: Make, plain: Any, wrapper: Any, wire: Start) -> None:
    """As in httpx, by the client that owns it, although copies and ``raw`` are entered in between."""
    transport, server = wrapper(plain()), wire(OK)
    client = make(base_url=server.url, transport=transport)

    async with client:
        async with client.with_options(timeout=5) as copied:
            await copied.leads.get(ID)
        await client.leads.get(ID)
        async with client:  # as where a function enters what it was given
            assert transport.seen == ["entered"]

    assert transport.seen == ["entered", "left"]


async def test_closed_clients_cannot_be_entered(make: Make) -> None:
    """Nor can their copies, and both say that they are closed."""
    client = make()
    copied = client.with_options(timeout=5)
    assert (client.http.is_closed, copied.http.is_closed) == (False, False)

    await copied.aclose()
    assert (client.http.is_closed, copied.http.is_closed) == (False, False)
    await client.aclose()
    await client.aclose()

    assert (client.http.is_closed, copied.http.is_closed) == (True, True)
    for closed in (client, copied, client.http):
        with pytest.raises(omni.UsageError, match="closed"):
            await closed.__aenter__()


def hidden(kind: str, beside: object = None) -> Any:
    """A transport that hides its connections, although something else may be seen beside it."""
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
"""What a wrapper shows beside the hidden transport."""


def run(backend: str, function: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # connections of past loops
        result = anyio.run(function, backend=backend)
        gc.collect()
    return result


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("beside", BESIDE)
def test_hidden_connections_are_refused_in_another_event_loop(wire: Start, backend: str, beside: str) -> None:
    """Before anything is sent, by other clients over the same transport too; closing does no harm."""
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
def test_wrappers_work_in_successive_event_loops(wire: Start, backends: list[str]) -> None:
    """Of either kind, as without a wrapper."""
    server = wire(OK)
    client = omni.AsyncClient(api_key="k", base_url=server.url, transport=AsyncWrapper)

    async def get() -> str:
        return (await client.leads.get(ID)).id

    assert [run(backend, get) for backend in backends] == [ID] * len(backends)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("shape", [*SHAPES, *BESIDE, "those of another kind"])
def test_forked_processes_have_connections_of_their_own_behind_wrappers(layered: Layered, shape: str) -> None:
    """If that is impossible, the call is refused, and closing leaves the parent's connections alone."""
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
    assert [connection.requests for connection in layered.connections] == ([2] if is_hidden else [2, 1])
    client.close()


@pytest.mark.parametrize("app", ["mock", "subclass", "wsgi", "wrapped"])
def test_transports_without_connections_work_after_a_fork(app: str) -> None:
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
def test_one_client_in_two_running_event_loops_is_refused(wire: Start, backends: tuple[str, str]) -> None:
    """In the second one, with the repair; it still works in the first, and in the second later."""
    server = wire(OK)
    client = omni.AsyncClient(api_key="k", base_url=server.url)
    is_used, is_over = threading.Event(), threading.Event()
    ids: list[str] = []

    async def first() -> None:
        ids.append((await client.leads.get(ID)).id)
        is_used.set()
        await anyio.to_thread.run_sync(is_over.wait, 10)
        ids.append((await client.leads.get(ID)).id)

    async def second() -> None:
        ids.append((await client.leads.get(ID)).id)

    thread = threading.Thread(target=run, args=(backends[0], first))
    thread.start()
    try:
        assert is_used.wait(10)
        for function in (second, client.aclose):
            with pytest.raises(omni.UsageError, match="a client for each event loop"):
                run(backends[1], function)
    finally:
        is_over.set()
        thread.join()
    run(backends[1], second)
    run(backends[1], client.aclose)

    assert ids == [ID] * 3


def test_event_loops_that_stopped_are_no_obstacle(wire: Start) -> None:
    """Whether they were closed or not, and in whatever thread they ran."""
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


async def test_transports_of_httpx_are_accepted(make: Make, published: dict[str, Any]) -> None:
    """For tests and special networks."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=published))

    async with make(transport=transport) as client:
        lead = await client.leads.get(ID)

    assert published == lead.to_dict()


async def test_transports_of_the_other_kind_are_refused(make: Make, kind: str) -> None:
    """When the client is created, not when it is first used."""
    other = httpx.AsyncHTTPTransport() if kind == "Client" else httpx.HTTPTransport()

    with pytest.raises(omni.UsageError, match="kind of transport"):
        make(transport=other)
