"""Whatever is patched or set is not bypassed: no call takes a way around what somebody put into httpx or a client.

Mocks, recorders, tracers and error trackers patch httpx in one of these places: before the client is made, before or
after it is used, or in a copy of it; and they remove their patches again. None of their packages is needed here.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpcore
import httpx
import pytest

import omni
from omni._operations.contract import contract

sys.path.insert(0, str(Path(__file__).parents[1]))

from operation_calls import ADA, OPERATION_CALLS, missing

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])]

Make = Callable[..., Any]

ID = "11111111-1111-4111-8111-111111111101"


@dataclass(frozen=True)
class Names:
    """What the same things are called for one kind of client."""

    client: type[Any]
    own: type[Any]
    transport: type[Any]
    base: type[Any]
    pool: type[Any]
    connection: type[Any]
    handle: str


NAMES = {
    "Client": Names(
        httpx.Client,
        omni.HTTP,
        httpx.HTTPTransport,
        httpx.BaseTransport,
        httpcore.ConnectionPool,
        httpcore.HTTPConnection,
        "handle_request",
    ),
    "AsyncClient-asyncio": Names(
        httpx.AsyncClient,
        omni.AsyncHTTP,
        httpx.AsyncHTTPTransport,
        httpx.AsyncBaseTransport,
        httpcore.AsyncConnectionPool,
        httpcore.AsyncHTTPConnection,
        "handle_async_request",
    ),
}

Patch = Callable[[Names, Any, list[str]], AbstractContextManager[object]]
"""Patches something of a client's httpx client, so that each use of it is noted in the list."""


def _noting(original: Callable[..., Any], seen: list[str]) -> Callable[..., Any]:
    def note(*args: Any, **options: Any) -> Any:
        seen.append("used")
        return original(*args, **options)

    return note


def _owner(place: str, names: Names, http: Any) -> tuple[Any, str]:
    """The class or object, and the name of its method, that a place of ``METHODS`` stands for."""
    path, _, name = place.rpartition(".")
    classes = {
        "httpx.Client": names.client,
        "httpx.HTTPTransport": names.transport,
        "httpcore.ConnectionPool": names.pool,
        "httpcore.HTTPConnection": names.connection,
        "omni.HTTP": names.own,
    }
    owner = classes.get(path, http)
    if owner is http:
        for part in path.split(".")[2:]:
            owner = getattr(owner, part)
    return owner, names.handle if name == "handle_request" else name


def _method(place: str) -> Patch:
    def patched(names: Names, http: Any, seen: list[str]) -> AbstractContextManager[object]:
        owner, name = _owner(place, names, http)
        return patch.object(owner, name, _noting(getattr(owner, name), seen))

    return patched


def _wrapper(names: Names, inner: Any, seen: list[str]) -> Any:
    """A transport that wraps another one, as those of caches and tracers do."""
    return type("Wrapper", (names.base,), {names.handle: staticmethod(_noting(getattr(inner, names.handle), seen))})()


def _replace_transport(names: Names, http: Any, seen: list[str]) -> AbstractContextManager[object]:
    return patch.object(http, "_transport", _wrapper(names, http._transport, seen))


def _mount(names: Names, http: Any, seen: list[str]) -> AbstractContextManager[object]:
    everything = {httpx._utils.URLPattern("all://"): _wrapper(names, http._transport, seen)}
    return patch.object(http, "_mounts", everything)


def _hook(event: str) -> Patch:
    @contextmanager
    def hooked(names: Names, http: Any, seen: list[str]) -> Generator[None]:
        async def note(_: object) -> None:
            seen.append("used")

        http.event_hooks[event].append(note if names.client is httpx.AsyncClient else lambda _: seen.append("used"))
        yield
        http.event_hooks[event].clear()

    return hooked


@contextmanager
def _auth(names: Names, http: Any, seen: list[str]) -> Generator[None]:
    http.auth = lambda request: seen.append("used") or request
    yield
    http.auth = None


METHODS = {
    "httpx.Client.send": 2,
    "httpx.Client.build_request": 1,
    "httpx.Client._send_single_request": 2,
    "httpx.Client._transport_for_url": 2,
    "httpx.HTTPTransport.handle_request": 2,
    "httpcore.ConnectionPool.handle_request": 2,
    "httpcore.HTTPConnection.handle_request": 2,
    "omni.HTTP.send": 1,
    "omni.HTTP.build_request": 1,
    "client.http.send": 1,
    "client.http.build_request": 1,
    "client.http._send_single_request": 2,
    "client.http._transport_for_url": 2,
    "client.http._transport.handle_request": 2,
    "client.http._transport._pool.handle_request": 2,
}
"""Methods of classes and of one client, and how often each is used by a call of two attempts."""

PLACES: dict[str, tuple[Patch, int]] = {
    **{place: (_method(place), times) for place, times in METHODS.items()},
    "client.http._transport": (_replace_transport, 2),
    "client.http._mounts": (_mount, 2),
    "client.http.event_hooks['request']": (_hook("request"), 2),
    "client.http.event_hooks['response']": (_hook("response"), 2),
    "client.http.auth": (_auth, 2),
}
USES = [
    (place, use)
    for place in PLACES
    for use in ("not made", "made", "used", "copied")
    if use != "not made" or not place.startswith("client")
]


def _http(client: Any) -> Any:
    """The httpx client, also that of a blocking client that is made awaitable."""
    return getattr(client, "_blocking", client).http


@pytest.mark.parametrize(("place", "use"), USES)
async def test_patches_are_used(kind: str, make: Make, server: Any, place: str, use: str) -> None:
    """In each attempt, however far the client was when they came, and not after they were removed."""
    install, times = PLACES[place]
    seen: list[str] = []
    with ExitStack() as patches:
        if use == "not made":
            patches.enter_context(install(NAMES[kind], None, seen))
        async with make(base_url=server.url) as client:
            if use in {"used", "copied"}:
                await client.leads.get(ID)
            if use != "not made":
                patches.enter_context(install(NAMES[kind], _http(client), seen))
            patched = client.with_options(timeout=9) if use == "copied" else client
            seen.clear()
            server.statuses = [503]
            assert (await patched.leads.get(ID)).id == ID
            assert len(seen) == times, f"{place} was used {len(seen)} times, not {times}"

            patches.close()
            seen.clear()
            assert (await client.leads.get(ID)).id == ID
            assert seen == []
    assert server.connections == 1


MOCKED = ("send", "_send_single_request", "Transport.handle_request", "_transport.handle_request")


@pytest.mark.parametrize("place", [place for place in METHODS if place.endswith(MOCKED)])
async def test_what_a_mock_returns_is_the_response(kind: str, make: Make, server: Any, place: str) -> None:
    """Nothing reaches the server until the mock is removed."""
    mocked = httpx.Response(200, json={"lead": {"id": ID, "businessName": "Mocked"}})
    async with make(base_url=server.url) as client:
        await client.leads.get(ID)
        with patch.object(*_owner(place, NAMES[kind], _http(client)), return_value=mocked):
            assert (await client.leads.get(ID)).business_name == "Mocked"
        assert len(server.requests) == 1
        assert (await client.leads.get(ID)).business_name is None
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "operation_id", [name for name, it in contract()["operations"].items() if it["method"] == "get"]
)
async def test_every_read_uses_patches(kind: str, make: Make, sandbox: Any, operation_id: str) -> None:
    """All of them at once, for each operation that reads."""
    assert operation_id in OPERATION_CALLS, missing(operation_id)
    subject = replace(ADA, lead_id=ID, document_id=next(iter(sandbox.workspace.documents)))
    seen: dict[str, list[str]] = {place: [] for place in PLACES}
    async with make(api_key=sandbox.api_key, base_url=sandbox.base_url) as client:
        await OPERATION_CALLS[operation_id].call(client, subject)
        with ExitStack() as patches:
            for place in seen:
                patches.enter_context(PLACES[place][0](NAMES[kind], _http(client), seen[place]))
            await OPERATION_CALLS[operation_id].call(client, subject)

    assert [place for place, used in seen.items() if len(used) != 1] == []


SETTINGS: dict[str, tuple[Callable[[Any], object], Callable[[str, dict[str, str]], object]]] = {
    "a header": (
        lambda http: http.headers.update({"x-tenant": "acme"}),
        lambda target, headers: headers["x-tenant"] == "acme",
    ),
    "another user agent": (
        lambda http: http.headers.update({"user-agent": "acme/1"}),
        lambda target, headers: headers["user-agent"] == "acme/1",
    ),
    "a removed header": (
        lambda http: http.headers.pop("accept-encoding"),
        lambda target, headers: "accept-encoding" not in headers,
    ),
    "a parameter": (
        lambda http: setattr(http, "params", {"tenant": "acme"}),
        lambda target, headers: target.endswith(f"{ID}?tenant=acme"),
    ),
    "a cookie": (
        lambda http: http.cookies.set("tenant", "acme"),
        lambda target, headers: headers["cookie"] == "tenant=acme",
    ),
    "basic authentication": (
        lambda http: setattr(http, "auth", ("user", "word")),
        lambda target, headers: headers["authorization"].startswith("Basic "),
    ),
    "a base URL": (
        lambda http: setattr(http, "base_url", f"{http.base_url}/gateway"),
        lambda target, headers: target == f"/gateway/api/v1/leads/{ID}",
    ),
}


@pytest.mark.parametrize("use", ["made", "used", "copied"])
@pytest.mark.parametrize("name", SETTINGS)
async def test_settings_of_the_httpx_client_are_used(kind: str, make: Make, server: Any, name: str, use: str) -> None:
    """What ``client.http`` is told goes into the next request, and the key goes with it."""
    change, is_sent = SETTINGS[name]
    async with make(base_url=server.url) as client:
        if use != "made":
            await client.leads.get(ID)
        change(_http(client))
        await (client.with_options(timeout=9) if use == "copied" else client).leads.get(ID)

    target, headers = server.requests[-1]
    assert is_sent(target, headers), f"{name} is missing: {target} {headers}"
    assert headers["x-api-key"] == "key-under-test"


@pytest.mark.parametrize("use", ["made", "used", "copied"])
async def test_timeout_of_the_httpx_client_is_used(kind: str, make: Make, server: Any, use: str) -> None:
    """Also one that is set after the client was used."""
    async with make(base_url=server.url, attempts=1) as client:
        if use != "made":
            await client.leads.get(ID)
        server.pause = 0.5
        _http(client).timeout = 0.05
        with pytest.raises(omni.APITimeoutError):
            await (client.with_options(attempts=1) if use == "copied" else client).leads.get(ID)
