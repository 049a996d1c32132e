"""What a tool that records the locals of every frame gets of a call whose caller held only opaque objects: nothing.

Every public callable of both kinds of client is asked, with a person, files and links as arguments, under every way to
end badly. All frames outside of the tests are searched: ours, those of httpx, and those of the standard library.
"""

import functools
import inspect
import json
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import httpx
import pytest
from calls import KINDS, PERSON, close, run
from canaries import ANSWERED, ASKED, DOCUMENT_ID, IDS, KEY, LEAD_ID, Search, frames, seen
from omni_client.api.leads import create_lead
from omni_client.models import CreateLeadBody

import omni
from omni._operations import drift
from omni.settings import Settings

EVERYBODY = (KEY, *ASKED, *ANSWERED, *IDS)
URL = f"/api/v1/leads/{LEAD_ID}?of={ASKED[1]}"
FILE = (f"{ASKED[1]}.pdf", ASKED[0].encode())
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
LINKED = omni.Document.from_dict(
    {"id": DOCUMENT_ID, "filename": f"{ANSWERED[1]}.pdf", "signedUrl": f"https://files.example.com/x?{ANSWERED[4]}"}
)
LEAD = omni.Lead.from_dict({"lead": {"id": LEAD_ID}, "documents": [LINKED.to_dict()]})

Ask = Callable[[Any, Path], Any]


def streamed(client: Any, method: str, url: str, **more: Any) -> Any:
    """A call whose body is read inside the block."""

    def blocking() -> None:
        with client.http.stream(method, url, **more) as response:
            response.read()

    async def awaited() -> None:
        async with client.http.stream(method, url, **more) as response:
            await response.aread()

    return (blocking if isinstance(client, omni.Client) else awaited)()


def walked(client: Any) -> Any:
    """The first step of an iterator."""
    leads = client.analytics.iter_leads(start=WHEN)
    return next(leads) if isinstance(client, omni.Client) else leads.__anext__()


ASKS: dict[str, Ask] = {
    "leads.get": lambda c, _: c.leads.get(LEAD_ID),
    "leads.checklist": lambda c, _: c.leads.checklist(LEAD_ID),
    "leads.documents": lambda c, _: c.leads.documents(LEAD_ID),
    "leads.action_logs": lambda c, _: c.leads.action_logs(LEAD_ID),
    "leads.wait": lambda c, _: c.leads.wait(LEAD_ID, poll_interval=0.01, timeout=0.02),
    "leads.create": lambda c, _: c.leads.create(**PERSON),
    "leads.update": lambda c, _: c.leads.update(LEAD_ID, **PERSON),
    "leads.not_applied": lambda c, _: c.leads.not_applied(LEAD_ID, **PERSON),
    "leads.opt_out": lambda c, _: c.leads.opt_out(LEAD_ID),
    "leads.lift_opt_out": lambda c, _: c.leads.lift_opt_out(LEAD_ID),
    "leads.complete": lambda c, _: c.leads.complete(LEAD_ID),
    "leads.reopen": lambda c, _: c.leads.reopen(LEAD_ID),
    "leads.mark_not_interested": lambda c, _: c.leads.mark_not_interested(LEAD_ID),
    "leads.add_checklist_item": lambda c, _: c.leads.add_checklist_item(LEAD_ID, label=ASKED[0], field_type="FILE"),
    "documents.get": lambda c, _: c.documents.get(DOCUMENT_ID),
    "documents.download": lambda c, to: c.documents.download(LINKED, to=to),
    "documents.download_all": lambda c, to: c.documents.download_all(LEAD, to=to),
    "documents.upload": lambda c, _: c.documents.upload(LEAD_ID, FILE, metadata=[{"name": ASKED[1]}]),
    "analytics.get": lambda c, _: c.analytics.get(token=ASKED[0]),
    "analytics.download_csv": lambda c, to: c.analytics.download_csv(to=to / f"{ASKED[1]}.csv"),
    "analytics.iter_leads().__next__": lambda c, _: walked(c),
    "http.request": lambda c, _: c.http.request("POST", URL, json=PERSON),
    "http.send": lambda c, _: c.http.send(c.http.build_request("POST", URL, json=PERSON)),
    "http.get": lambda c, _: c.http.get(URL, headers={"x-of": ASKED[0]}),
    "http.options": lambda c, _: c.http.options(URL),
    "http.head": lambda c, _: c.http.head(URL),
    "http.post": lambda c, _: c.http.post(URL, content=ASKED[2].encode()),
    "http.put": lambda c, _: c.http.put(URL, data=PERSON),
    "http.patch": lambda c, _: c.http.patch(URL, json=PERSON),
    "http.delete": lambda c, _: c.http.delete(URL, params=PERSON),
    "http.stream": lambda c, _: streamed(c, "POST", URL, json=PERSON),
}

HOLD_NOTHING = {"close", "call", "with_options", "http.close", "http.with_options", "http.without_defaults"}
"""They take nothing of anybody; ``call`` is what the methods are made of."""

BAD_ID, BAD_TEXT = f"{LEAD_ID}/", {**PERSON, "last_name": "\ud800"}

MISUSES: dict[str, Ask] = {
    "leads.get": lambda c, _: c.leads.get(BAD_ID),
    "leads.checklist": lambda c, _: c.leads.checklist(BAD_ID),
    "leads.documents": lambda c, _: c.leads.documents(BAD_ID),
    "leads.action_logs": lambda c, _: c.leads.action_logs(BAD_ID),
    "leads.wait": lambda c, _: c.leads.wait(LEAD_ID, timeout=-1),
    "leads.create": lambda c, _: c.leads.create(**BAD_TEXT),
    "leads.update": lambda c, _: c.leads.update(LEAD_ID, **BAD_TEXT),
    "leads.not_applied": lambda c, _: c.leads.not_applied(LEAD_ID, **PERSON, status="COMPLETED"),
    "leads.opt_out": lambda c, _: c.leads.opt_out(BAD_ID),
    "leads.lift_opt_out": lambda c, _: c.leads.lift_opt_out(BAD_ID),
    "leads.complete": lambda c, _: c.leads.complete(BAD_ID),
    "leads.reopen": lambda c, _: c.leads.reopen(BAD_ID),
    "leads.mark_not_interested": lambda c, _: c.leads.mark_not_interested(BAD_ID),
    "leads.add_checklist_item": lambda c, _: c.leads.add_checklist_item(LEAD_ID, label=ASKED[0], field_type=ASKED[1]),
    "documents.get": lambda c, _: c.documents.get(BAD_ID),
    "documents.download": lambda c, to: c.documents.download(LINKED, to=to / ASKED[1] / "x"),
    "documents.download_all": lambda c, to: c.documents.download_all(LEAD, to=to / ASKED[1] / "x"),
    "documents.upload": lambda c, _: c.documents.upload(LEAD_ID, [FILE, (ASKED[1], b"")]),
    "analytics.get": lambda c, _: c.analytics.get(token=f"{ASKED[0]}\ud800"),
    "analytics.iter_leads": lambda c, _: c.analytics.iter_leads(cursor=ASKED[0]),
    "analytics.download_csv": lambda c, to: c.analytics.download_csv(to=to / ASKED[1] / "x"),
    "http.request": lambda c, _: c.http.request("P OST", URL, json=PERSON),
    "http.build_request": lambda c, _: c.http.build_request("POST", URL, json={ASKED[0]: object()}),
    "http.get": lambda c, _: c.http.get("/", headers={ASKED[0]: "\n"}),
    "http.options": lambda c, _: c.http.options(f"/{ASKED[0]}/../x"),
    "http.head": lambda c, _: c.http.head(f"/{ASKED[0]}/../x"),
    "http.post": lambda c, _: c.http.post("/..", content=ASKED[2].encode()),
    "http.put": lambda c, _: c.http.put("/..", data=PERSON),
    "http.patch": lambda c, _: c.http.patch("/..", json=PERSON),
    "http.delete": lambda c, _: c.http.delete("/..", params=PERSON),
    "http.stream": lambda c, _: streamed(c, "POST", "/..", json=PERSON),
    "omni.Client": lambda c, _: type(c)(api_key=KEY, timeout=-1),
    "omni.Client, a key that is none": lambda c, _: type(c)(api_key=f"{KEY}\n"),
    "omni.settings.Settings.resolve": lambda c, _: Settings.resolve(f"{KEY}\n"),
    "omni.Lead.from_dict": lambda c, _: omni.Lead.from_dict({ASKED[0]: object()}),
    "omni.Lead.from_dict, no object": lambda c, _: omni.Lead.from_dict(ASKED),  # type: ignore[arg-type]
    "omni._operations.drift.differences": lambda c, _: drift.differences(PERSON, f"/{LEAD_ID}"),
    "omni._operations.drift.of_body": lambda c, _: drift.of_body(json.dumps(PERSON).encode(), f"/{LEAD_ID}"),
}


class Interrupt(BaseException):
    """What comes anywhere, as Ctrl-C and a cancellation do."""


class Cut(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that tells of somebody, and is cut."""

    def __iter__(self) -> Iterator[bytes]:
        yield ANSWERED[2].encode() * 1000
        raise httpx.ReadError("reset")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield ANSWERED[2].encode() * 1000
        raise httpx.ReadError("reset")


def answering(make: Callable[[], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    """A handler that always answers the same."""
    return lambda request: make()


def raising(kind: type[BaseException]) -> Callable[[httpx.Request], httpx.Response]:
    """A handler that never answers."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise kind("reset")

    return handler


ENDS: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "unreachable": raising(httpx.ConnectError),
    "reset": raising(httpx.ReadError),
    "cut": answering(lambda: httpx.Response(200, stream=Cut())),
    "refused": answering(lambda: httpx.Response(404, json={"message": ANSWERED[0]})),
    "unreadable": answering(lambda: httpx.Response(200, headers={"content-length": "5"}, content=ANSWERED[0])),
    "interrupted": raising(Interrupt),
    "somebody else's error": raising(LookupError),
}
ANY_RESPONSE_WILL_DO = {"refused", "unreadable"}
"""Where httpx's own methods return what came."""


def public(client: Any) -> set[str]:
    """Every public callable of a client, its resources and its iterators; the awaited ones by their blocking names."""
    owners = {
        "": client,
        "leads.": client.leads,
        "documents.": client.documents,
        "analytics.": client.analytics,
        "analytics.iter_leads().": client.analytics.iter_leads(),
        "http.": client.http,
    }
    steps = {"__next__", "__anext__"}
    return {
        prefix + name.replace("aclose", "close").replace("__anext__", "__next__")
        for prefix, owner in owners.items()
        for name in dir(type(owner))
        if (name in steps or not name.startswith("_")) and inspect.isroutine(inspect.getattr_static(owner, name))
    }


def client(kind: str, handler: Any) -> Any:
    """A client of this kind over a handler."""
    make = omni.Client if kind == "Client" else omni.AsyncClient
    return make(api_key=KEY, base_url="https://api.example.com", attempts=1, transport=httpx.MockTransport(handler))


async def _ended(ask: Ask, the_client: Any, folder: Path) -> list[BaseException]:
    """The errors of a call: the one that it raised, or those in its results."""
    try:
        found = ask(the_client, folder)
        results = (await found) if inspect.isawaitable(found) else found
    except BaseException as error:
        return [error]
    return [result.error for result in results if result.error] if isinstance(results, tuple) else []


def look(search: Search, name: str, errors: list[BaseException]) -> None:
    """Search all frames of errors for anybody."""
    for error in errors:
        for text in frames(error):
            search.look(f"the frames of {name} ({type(error).__name__})", text, *EVERYBODY)


async def _all(
    kind: str, asks: dict[str, Ask], handler: Any, folder: Path, search: Search, *, closed: bool = False
) -> set[str]:
    """Ask everything; the names of what raised nothing."""
    silent = set()
    for name, ask in asks.items():
        the_client = client(kind, handler)
        if closed:
            await close(kind, the_client)
        errors = await _ended(ask, the_client, folder)
        silent |= set() if errors else {name}
        look(search, name, errors)
        await close(kind, the_client)
    return silent


@pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])
def test_every_public_callable_is_asked(kind: str) -> None:
    """A new method is asked too, or stands among those that hold nothing."""
    found = public(client(kind, ENDS["refused"])) - HOLD_NOTHING

    assert found == {*ASKS, "analytics.iter_leads", "http.build_request"}
    assert found - MISUSES.keys() == {"analytics.iter_leads().__next__", "http.send"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ENDS)
def test_no_frame_of_a_failed_call_holds_anybody(tmp_path: Path, end: str, kind: str) -> None:
    """Not of the method that was called, nor of anything below it, however it ended."""
    search = Search()
    silent = run(kind, _all, kind, ASKS, ENDS[end], tmp_path, search)

    assert search.found == []
    assert end in ANY_RESPONSE_WILL_DO or silent == set()
    assert all(name.startswith("http.") for name in silent)


@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_of_a_misuse_holds_anybody(tmp_path: Path, kind: str) -> None:
    """What is refused before anything is sent may be about somebody too."""
    search = Search()
    silent = run(kind, _all, kind, MISUSES, ENDS["refused"], tmp_path, search)

    assert search.found == []
    assert silent == set()


@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_of_a_closed_client_holds_anybody(tmp_path: Path, kind: str) -> None:
    """Nor where the client itself cannot be used any more."""
    search = Search()
    silent = run(kind, functools.partial(_all, closed=True), kind, ASKS, ENDS["refused"], tmp_path, search)

    assert search.found == []
    assert silent == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["unreachable", "cut", "interrupted", "somebody else's error"])
def test_no_frame_below_a_generated_function_holds_anybody(tmp_path: Path, end: str, kind: str) -> None:
    """Its own keep what they were called with: they still run when our error leaves our code, and they are not ours."""
    body = CreateLeadBody(first_name=ASKED[0], email=ASKED[2])

    def ask(the_client: Any, folder: Path) -> Any:
        make = create_lead.sync_detailed if kind == "Client" else create_lead.asyncio_detailed
        return make(client=the_client.raw, body=body)

    async def ended() -> BaseException:
        the_client = client(kind, ENDS[end])
        (error,) = await _ended(ask, the_client, tmp_path)
        await close(kind, the_client)
        return error

    error = run(kind, ended)
    search = Search()
    for text in frames(error, but="omni_client/api/"):
        search.look("frames below a generated function", text, *EVERYBODY)

    assert search.found == []
    assert seen("".join(frames(error)), ASKED[0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_frames_of_the_caller_stay(kind: str) -> None:
    """Those of a block that reads a stream, of what was met before the call, and of a transport of one's own."""

    async def ended() -> LookupError:
        the_client = client(kind, raising(LookupError))
        try:
            mine_before()
        except ValueError:
            (error,) = await _ended(lambda c, _: c.leads.get(LEAD_ID), the_client, Path())
        await close(kind, the_client)
        assert isinstance(error, LookupError)
        return error

    def mine_before() -> None:
        kept = "before"
        raise ValueError(kept)

    error = run(kind, ended)
    before = error.__context__
    assert before is not None
    assert before.__traceback__ is not None
    theirs = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]

    assert [*traceback.walk_tb(before.__traceback__)][-1][0].f_locals == {"kept": "before"}
    assert "request" in theirs[-1]
    assert sum("request" in names for names in theirs) == 1


async def _left(kind: str, body: Callable[[], None]) -> None:
    the_client = client(kind, answering(lambda: httpx.Response(200, content=ASKED[0])))
    if kind == "Client":
        with the_client.http.stream("GET", URL):
            body()
    async with the_client.http.stream("GET", URL):
        body()


@pytest.mark.parametrize("kind", KINDS)
def test_the_block_of_a_stream_keeps_its_frames(kind: str) -> None:
    """An error of the caller's block is the caller's, also one of ours, and goes out as it came."""

    def body() -> None:
        kept = "body"
        raise omni.UsageError(kept)

    with pytest.raises(omni.UsageError, match="body") as caught:
        run(kind, _left, kind, body)

    (innermost,) = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code is body.__code__]
    assert innermost.f_locals == {"kept": "body"}


@pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])
def test_the_scrubbing_is_not_seen(kind: str) -> None:
    """Signatures, docstrings and autospec are those of the methods, and what is awaited says so."""
    the_client = client(kind, ENDS["refused"])
    for method in (the_client.leads.create, the_client.documents.upload, the_client.http.post, the_client.http.stream):
        inner = inspect.unwrap(method)
        assert [*inspect.signature(method).parameters] == [*inspect.signature(inner).parameters][1:]
        assert method.__doc__ == inner.__doc__
        assert inspect.iscoroutinefunction(method) == inspect.iscoroutinefunction(inner)
        assert (method.__name__, method.__module__) == (inner.__name__, inner.__module__)
    leads = create_autospec(the_client.leads)
    with pytest.raises(TypeError, match="first_name"):
        leads.create()
    assert [*inspect.signature(type(the_client).__init__).parameters][:2] == ["self", "api_key"]
