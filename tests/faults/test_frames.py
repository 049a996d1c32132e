"""A tool that records the locals of every frame learns nothing from a failed call, if the caller's frames hold nothing.

Every public callable of both kinds of client is called, with a person, files and links as arguments, and fails in every
way. All frames outside of the tests are searched: ours, those of httpx, and those of the standard library.
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
from calls import KINDS, close, run
from canaries import (
    DOCUMENT_ID,
    KEY,
    LEAD_ID,
    REQUEST_PERSON,
    RESPONSE_PERSON,
    SIGNATURE,
    LeakSearch,
    find_canaries,
    frame_texts,
)
from connections import read_stream
from omni_client.api.leads import create_lead
from omni_client.models import CreateLeadBody

import omni
from omni._operations import drift
from omni.settings import Settings

PERSON = REQUEST_PERSON._asdict()
URL = f"/api/v1/leads/{LEAD_ID}?of={REQUEST_PERSON.last_name}"
FILE = (f"{REQUEST_PERSON.last_name}.pdf", REQUEST_PERSON.first_name.encode())
START = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT = omni.Document.from_dict(
    {
        "id": DOCUMENT_ID,
        "filename": f"{RESPONSE_PERSON.last_name}.pdf",
        "signedUrl": f"https://files.example.com/x?{SIGNATURE}",
    }
)
LEAD = omni.Lead.from_dict({"lead": {"id": LEAD_ID}, "documents": [DOCUMENT.to_dict()]})

MakeCall = Callable[[Any, Path], Any]
"""Makes a call by a client, with a folder for files: a result, or what has to be awaited."""


def first_lead(client: Any) -> Any:
    """Take the first step of an iterator."""
    leads = client.analytics.iter_leads(start=START)
    return next(leads) if isinstance(client, omni.Client) else leads.__anext__()


def first_result(client: Any) -> Any:
    """The first result of many, in a tuple."""
    results = client.leads.iter_many([LEAD_ID])
    return (next(results),) if isinstance(client, omni.Client) else _in_tuple(results.__anext__())


async def _in_tuple(result: Any) -> tuple[Any]:
    return (await result,)


VALID_CALLS: dict[str, MakeCall] = {
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
    "leads.add_checklist_item": lambda c, _: c.leads.add_checklist_item(
        LEAD_ID, label=REQUEST_PERSON.first_name, field_type="FILE"
    ),
    "documents.get": lambda c, _: c.documents.get(DOCUMENT_ID),
    "documents.download": lambda c, to: c.documents.download(DOCUMENT, to=to),
    "documents.download_all": lambda c, to: c.documents.download_all(LEAD, to=to),
    "documents.upload": lambda c, _: c.documents.upload(LEAD_ID, FILE, metadata=[{"name": REQUEST_PERSON.last_name}]),
    "analytics.get": lambda c, _: c.analytics.get(token=REQUEST_PERSON.first_name),
    "analytics.download_csv": lambda c, to: c.analytics.download_csv(to=to / f"{REQUEST_PERSON.last_name}.csv"),
    "analytics.iter_leads().__next__": lambda c, _: first_lead(c),
    "leads.iter_many().__next__": lambda c, _: first_result(c),
    "http.request": lambda c, _: c.http.request("POST", URL, json=PERSON),
    "http.send": lambda c, _: c.http.send(c.http.build_request("POST", URL, json=PERSON)),
    "http.get": lambda c, _: c.http.get(URL, headers={"x-of": REQUEST_PERSON.first_name}),
    "http.options": lambda c, _: c.http.options(URL),
    "http.head": lambda c, _: c.http.head(URL),
    "http.post": lambda c, _: c.http.post(URL, content=REQUEST_PERSON.email.encode()),
    "http.put": lambda c, _: c.http.put(URL, data=PERSON),
    "http.patch": lambda c, _: c.http.patch(URL, json=PERSON),
    "http.delete": lambda c, _: c.http.delete(URL, params=PERSON),
    "http.stream": lambda c, _: read_stream(c, "POST", URL, json=PERSON),
}

WITHOUT_PERSONAL_DATA = {
    "close",
    "with_options",
    "leads.iter_many().close",
    "http.close",
    "http.with_options",
    "http.without_defaults",
}
"""They take no personal data."""

BAD_ID, BAD_TEXT = f"{LEAD_ID}/", {**PERSON, "last_name": "\ud800"}

INVALID_CALLS: dict[str, MakeCall] = {
    "leads.get": lambda c, _: c.leads.get(BAD_ID),
    "leads.checklist": lambda c, _: c.leads.checklist(BAD_ID),
    "leads.documents": lambda c, _: c.leads.documents(BAD_ID),
    "leads.action_logs": lambda c, _: c.leads.action_logs(BAD_ID),
    "leads.wait": lambda c, _: c.leads.wait(LEAD_ID, timeout=-1),
    "leads.create": lambda c, _: c.leads.create(**BAD_TEXT),
    "leads.update": lambda c, _: c.leads.update(LEAD_ID, **BAD_TEXT),
    "leads.iter_many": lambda c, _: c.leads.iter_many([LEAD_ID], cursor=REQUEST_PERSON.first_name),
    "leads.not_applied": lambda c, _: c.leads.not_applied(LEAD_ID, **PERSON, status="COMPLETED"),
    "leads.opt_out": lambda c, _: c.leads.opt_out(BAD_ID),
    "leads.lift_opt_out": lambda c, _: c.leads.lift_opt_out(BAD_ID),
    "leads.complete": lambda c, _: c.leads.complete(BAD_ID),
    "leads.reopen": lambda c, _: c.leads.reopen(BAD_ID),
    "leads.mark_not_interested": lambda c, _: c.leads.mark_not_interested(BAD_ID),
    "leads.add_checklist_item": lambda c, _: c.leads.add_checklist_item(
        LEAD_ID, label=REQUEST_PERSON.first_name, field_type=REQUEST_PERSON.last_name
    ),
    "documents.get": lambda c, _: c.documents.get(BAD_ID),
    "documents.download": lambda c, to: c.documents.download(DOCUMENT, to=to / REQUEST_PERSON.last_name / "x"),
    "documents.download_all": lambda c, to: c.documents.download_all(LEAD, to=to / REQUEST_PERSON.last_name / "x"),
    "documents.upload": lambda c, _: c.documents.upload(LEAD_ID, [FILE, (REQUEST_PERSON.last_name, b"")]),
    "analytics.get": lambda c, _: c.analytics.get(token=f"{REQUEST_PERSON.first_name}\ud800"),
    "analytics.iter_leads": lambda c, _: c.analytics.iter_leads(cursor=REQUEST_PERSON.first_name),
    "analytics.download_csv": lambda c, to: c.analytics.download_csv(to=to / REQUEST_PERSON.last_name / "x"),
    "http.request": lambda c, _: c.http.request("P OST", URL, json=PERSON),
    "http.build_request": lambda c, _: c.http.build_request("POST", URL, json={REQUEST_PERSON.first_name: object()}),
    "http.get": lambda c, _: c.http.get("/", headers={REQUEST_PERSON.first_name: "\n"}),
    "http.options": lambda c, _: c.http.options(f"/{REQUEST_PERSON.first_name}/../x"),
    "http.head": lambda c, _: c.http.head(f"/{REQUEST_PERSON.first_name}/../x"),
    "http.post": lambda c, _: c.http.post("/..", content=REQUEST_PERSON.email.encode()),
    "http.put": lambda c, _: c.http.put("/..", data=PERSON),
    "http.patch": lambda c, _: c.http.patch("/..", json=PERSON),
    "http.delete": lambda c, _: c.http.delete("/..", params=PERSON),
    "http.stream": lambda c, _: read_stream(c, "POST", "/..", json=PERSON),
    "omni.Client": lambda c, _: type(c)(api_key=KEY, timeout=-1),
    "omni.Client, an invalid key": lambda c, _: type(c)(api_key=f"{KEY}\n"),
    "omni.settings.Settings.resolve": lambda c, _: Settings.resolve(f"{KEY}\n"),
    "omni.Lead.from_dict": lambda c, _: omni.Lead.from_dict({REQUEST_PERSON.first_name: object()}),
    "omni.Lead.from_dict, not an object": lambda c, _: omni.Lead.from_dict(REQUEST_PERSON),  # type: ignore[arg-type]
    "omni._operations.drift.differences": lambda c, _: drift.differences(PERSON, f"/{LEAD_ID}"),
    "omni._operations.drift.body_differences": lambda c, _: drift.body_differences(
        json.dumps(PERSON).encode(), f"/{LEAD_ID}"
    ),
}


class Interrupt(BaseException):
    """An exception that can come anywhere, as Ctrl-C and a cancellation do."""


class BrokenBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body with personal data whose connection breaks."""

    def __iter__(self) -> Iterator[bytes]:
        yield RESPONSE_PERSON.email.encode() * 1000
        raise httpx.ReadError("reset")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield RESPONSE_PERSON.email.encode() * 1000
        raise httpx.ReadError("reset")


Handler = Callable[[httpx.Request], httpx.Response]


def respond_with(make: Callable[[], httpx.Response]) -> Handler:
    """Return a handler that always sends this response."""
    return lambda request: make()


def raise_error(error_class: type[BaseException]) -> Handler:
    """Return a handler that always raises."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise error_class("reset")

    return handler


FAILURES: dict[str, Handler] = {
    "refused connection": raise_error(httpx.ConnectError),
    "reset": raise_error(httpx.ReadError),
    "broken body": respond_with(lambda: httpx.Response(200, stream=BrokenBody())),
    "status 404": respond_with(lambda: httpx.Response(404, json={"message": RESPONSE_PERSON.first_name})),
    "invalid body": respond_with(
        lambda: httpx.Response(200, headers={"content-length": "5"}, content=RESPONSE_PERSON.first_name)
    ),
    "interrupt": raise_error(Interrupt),
    "error of a transport": raise_error(LookupError),
}
RETURNED_BY_HTTP = {"status 404", "invalid body"}
"""Responses that ``client.http`` returns, as httpx does."""


def public_callables(client: Any) -> set[str]:
    """Return every public callable of a client, its resources and its iterators, async ones by their blocking names."""
    owners = {
        "": client,
        "leads.": client.leads,
        "leads.iter_many().": client.leads.iter_many([]),
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


def make_client(kind: str, handler: Handler) -> Any:
    """Make a client of this kind over a handler."""
    client_class = omni.Client if kind == "Client" else omni.AsyncClient
    transport = httpx.MockTransport(handler)
    return client_class(api_key=KEY, base_url="https://api.example.com", attempts=1, transport=transport)


async def _errors_of(make_call: MakeCall, client: Any, folder: Path) -> list[BaseException]:
    """Return the errors of a call: the one that it raised, or those in its results."""
    try:
        outcome = make_call(client, folder)
        results = (await outcome) if inspect.isawaitable(outcome) else outcome
    except BaseException as error:
        return [error]
    return [result.error for result in results if result.error] if isinstance(results, tuple) else []


async def _search_calls(
    kind: str,
    calls: dict[str, MakeCall],
    handler: Handler,
    folder: Path,
    search: LeakSearch,
    *,
    is_closed: bool = False,
) -> set[str]:
    """Make all calls and search the frames of their errors; return the names of those that raised nothing."""
    successful = set()
    for name, make_call in calls.items():
        client = make_client(kind, handler)
        if is_closed:
            await close(kind, client)
        errors = await _errors_of(make_call, client, folder)
        if not errors:
            successful.add(name)
        for error in errors:
            search.search_frames(f"the frames of {name} ({type(error).__name__})", error)
        await close(kind, client)
    return successful


@pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])
def test_every_public_callable_is_called(kind: str) -> None:
    """A new method is in ``VALID_CALLS`` and ``INVALID_CALLS``, or in the list of those without personal data."""
    names = public_callables(make_client(kind, FAILURES["status 404"])) - WITHOUT_PERSONAL_DATA

    assert names == {*VALID_CALLS, "analytics.iter_leads", "leads.iter_many", "http.build_request"}
    assert names - INVALID_CALLS.keys() == {
        "analytics.iter_leads().__next__",
        "leads.iter_many().__next__",
        "http.send",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("failure", FAILURES)
def test_failed_calls_leave_no_personal_data_in_frames(tmp_path: Path, failure: str, kind: str) -> None:
    """Neither the called method nor anything below it keeps locals, however the call failed."""
    search = LeakSearch()
    successful = run(kind, _search_calls, kind, VALID_CALLS, FAILURES[failure], tmp_path, search)

    assert search.leaks == []
    assert failure in RETURNED_BY_HTTP or successful == set()
    assert all(name.startswith("http.") for name in successful)


@pytest.mark.parametrize("kind", KINDS)
def test_invalid_calls_leave_no_personal_data_in_frames(tmp_path: Path, kind: str) -> None:
    """Arguments that are refused before anything is sent may be personal too."""
    search = LeakSearch()
    successful = run(kind, _search_calls, kind, INVALID_CALLS, FAILURES["status 404"], tmp_path, search)

    assert search.leaks == []
    assert successful == set()


@pytest.mark.parametrize("kind", KINDS)
def test_calls_of_closed_client_leave_no_personal_data_in_frames(tmp_path: Path, kind: str) -> None:
    """A client that cannot be used any more leaves nothing either."""
    search = LeakSearch()
    search_calls = functools.partial(_search_calls, is_closed=True)
    successful = run(kind, search_calls, kind, VALID_CALLS, FAILURES["status 404"], tmp_path, search)

    assert search.leaks == []
    assert successful == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("failure", ["refused connection", "broken body", "interrupt", "error of a transport"])
def test_generated_functions_keep_only_their_own_frames(tmp_path: Path, failure: str, kind: str) -> None:
    """Frames below a generated function are cleared; its own still run when the error leaves our code, and stay."""
    body = CreateLeadBody(first_name=REQUEST_PERSON.first_name, email=REQUEST_PERSON.email)

    def make_call(client: Any, folder: Path) -> Any:
        function = create_lead.sync_detailed if kind == "Client" else create_lead.asyncio_detailed
        return function(client=client.raw, body=body)

    async def failed_call() -> BaseException:
        client = make_client(kind, FAILURES[failure])
        (error,) = await _errors_of(make_call, client, tmp_path)
        await close(kind, client)
        return error

    error = run(kind, failed_call)
    search = LeakSearch()
    search.search_frames("frames below a generated function", error, exclude="omni_client/api/")

    assert search.leaks == []
    assert find_canaries("".join(frame_texts(error)), REQUEST_PERSON.first_name)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_caller_are_kept(kind: str) -> None:
    """Frames of an error handled before the call, and of the caller's own transport, keep their locals."""

    async def failed_call() -> LookupError:
        client = make_client(kind, raise_error(LookupError))
        try:
            fail_before()
        except ValueError:
            (error,) = await _errors_of(lambda c, _: c.leads.get(LEAD_ID), client, Path())
        await close(kind, client)
        assert isinstance(error, LookupError)
        return error

    def fail_before() -> None:
        local = "before"
        raise ValueError(local)

    error = run(kind, failed_call)
    before = error.__context__
    assert before is not None
    assert before.__traceback__ is not None
    locals_of_frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]

    assert [*traceback.walk_tb(before.__traceback__)][-1][0].f_locals == {"local": "before"}
    assert "request" in locals_of_frames[-1]
    assert sum("request" in names for names in locals_of_frames) == 1


async def _stream(kind: str, block: Callable[[], None]) -> None:
    client = make_client(kind, respond_with(lambda: httpx.Response(200, content=REQUEST_PERSON.first_name)))
    if kind == "Client":
        with client.http.stream("GET", URL):
            block()
    async with client.http.stream("GET", URL):
        block()


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_stream_block_are_kept(kind: str) -> None:
    """An error of the block that reads a stream, also one of ours, leaves it unchanged."""

    def block() -> None:
        local = "block"
        raise omni.UsageError(local)

    with pytest.raises(omni.UsageError, match="block") as caught:
        run(kind, _stream, kind, block)

    (innermost,) = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code is block.__code__]
    assert innermost.f_locals == {"local": "block"}


@pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])
def test_scrubbed_methods_keep_their_signatures(kind: str) -> None:
    """Signatures, docstrings, autospec and coroutine functions look as if nothing was wrapped."""
    client = make_client(kind, FAILURES["status 404"])
    for method in (client.leads.create, client.documents.upload, client.http.post, client.http.stream):
        inner = inspect.unwrap(method)
        assert [*inspect.signature(method).parameters] == [*inspect.signature(inner).parameters][1:]
        assert method.__doc__ == inner.__doc__
        assert inspect.iscoroutinefunction(method) == inspect.iscoroutinefunction(inner)
        assert (method.__name__, method.__module__) == (inner.__name__, inner.__module__)
    leads = create_autospec(client.leads)
    with pytest.raises(TypeError, match="first_name"):
        leads.create()
    assert [*inspect.signature(type(client).__init__).parameters][:2] == ["self", "api_key"]
