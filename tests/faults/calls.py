"""Every operation of the spec as a call: how it is made, what a good answer is, and what should come of it."""

import inspect
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import anyio
import httpx
from canaries import ANSWERED, ASKED, DOCUMENT_ID, KEY, LEAD_ID, personal

import omni
from omni._transport.retry import READS

EXAMPLES = Path(__file__).parents[2] / "openapi" / "examples"

KINDS = ("Client", "AsyncClient-asyncio", "AsyncClient-trio")


@dataclass(frozen=True)
class Call:
    """One operation: its request, its documented answer, and the part of that which becomes the result."""

    name: str
    method: str
    path: str
    make: Callable[[Any], Any]
    """Make the call on a client of either kind: a result, or what has to be awaited."""
    data: Any
    part: Callable[[Any], Any] = lambda data: data
    plain: Callable[[Any], Any] = lambda result: result.to_dict()

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def template(self) -> str:
        return self.path.replace(LEAD_ID, "{leadId}").replace(DOCUMENT_ID, "{documentId}")

    @property
    def is_read(self) -> bool:
        return self.method in READS

    @property
    def is_list(self) -> bool:
        return isinstance(self.data, list)

    @property
    def is_unbounded(self) -> bool:
        """Uploads take as long as they take; their timeout bounds each wait."""
        return self.name == "documents.upload"

    @property
    def body(self) -> bytes:
        return json.dumps(self.data).encode()

    def is_right(self, result: Any, body: bytes) -> bool:
        """Whether a result has what the body says, and can be looked at."""
        look(result)
        return repr(self.plain(result)) == repr(self.part(json.loads(body)))  # by repr, since NaN is not NaN


def look(value: Any) -> None:
    """Read every property of a view and of those in it."""
    for each in value if isinstance(value, tuple) else (value,):
        repr(each)
        for name in dir(each):
            if not name.startswith("_") and isinstance(getattr(type(each), name, None), property | cached_property):
                found = getattr(each, name)
                if isinstance(found, tuple) or hasattr(found, "to_dict"):
                    look(found)


def each(results: Any) -> list[Any]:
    return [result.to_dict() for result in results]


def objects(data: Any) -> Any:
    """What a list of views can be made of."""
    return [element for element in data if isinstance(element, dict)] if isinstance(data, list) else data


def sample(name: str) -> Any:
    """A documented answer, about a person of our own, and with the ids that are asked for."""
    text = (EXAMPLES / f"{name}.json").read_text("utf-8")
    for id in ("a9d0a790-201b-47e9-84ed-cc7eed1270c5", "11111111-1111-4111-8111-111111111111"):
        text = text.replace(id, LEAD_ID)
    return personal(json.loads(text.replace("44444444-4444-4444-8444-444444444444", DOCUMENT_ID)))


PERSON: Any = dict(zip(("first_name", "last_name", "email", "phone_number"), ASKED, strict=True))

_LEAD = f"/api/v1/leads/{LEAD_ID}"

CALLS = (
    Call("leads.get", "GET", _LEAD, lambda c: c.leads.get(LEAD_ID), sample("get-lead")),
    Call(
        "leads.create",
        "POST",
        "/api/v1/leads",
        lambda c: c.leads.create(**PERSON),
        sample("create-lead"),
    ),
    Call(
        "leads.update",
        "PUT",
        "/api/v1/leads",
        lambda c: c.leads.update(LEAD_ID, **PERSON),
        sample("update-lead"),
    ),
    Call(
        "leads.checklist",
        "GET",
        f"{_LEAD}/checklist",
        lambda c: c.leads.checklist(LEAD_ID),
        sample("get-lead")["checklistItems"],
        objects,
        each,
    ),
    Call(
        "leads.documents",
        "GET",
        f"{_LEAD}/documents",
        lambda c: c.leads.documents(LEAD_ID),
        sample("get-lead-documents"),
        objects,
        each,
    ),
    Call(
        "leads.action_logs",
        "GET",
        f"{_LEAD}/action-logs",
        lambda c: c.leads.action_logs(LEAD_ID),
        sample("get-lead-action-logs"),
        objects,
        each,
    ),
    Call(
        "leads.add_checklist_item",
        "POST",
        f"{_LEAD}/checklist-items",
        lambda c: c.leads.add_checklist_item(LEAD_ID, label=f"Licence of {ASKED[1]}", field_type="FILE"),
        sample("create-lead-checklist-item"),
        lambda data: data["checklistItem"],
    ),
    Call(
        "documents.get",
        "GET",
        f"/api/v1/documents/{DOCUMENT_ID}",
        lambda c: c.documents.get(DOCUMENT_ID),
        sample("get-document"),
    ),
    Call(
        "documents.upload",
        "POST",
        "/api/v1/documents",
        lambda c: c.documents.upload(LEAD_ID, (f"{ASKED[1]}.pdf", ASKED[0].encode())),
        {**sample("upload-documents"), "documents": sample("upload-documents")["documents"][:1]},
        lambda data: data["documents"],
        lambda results: [result.document.to_dict() for result in results],
    ),
    Call("analytics.get", "GET", "/api/v0/analytics", lambda c: c.analytics.get(), sample("get-analytics")),
)

LINK, CONTENT = f"/{ANSWERED[1]}", ANSWERED[2]


class Hidden:
    """Things that nothing which prints their holder can look at."""

    __slots__ = ("_things",)

    def __init__(self, *things: Any) -> None:
        self._things = things

    def __iter__(self) -> Iterator[Any]:
        return iter(self._things)


def saved(url: str, folder: Path) -> Call:
    """A download of a file whose link, name and content tell of somebody."""
    names = {"id": DOCUMENT_ID, "filename": f"{ANSWERED[1]}.pdf", "signedUrl": f"{url}{LINK}?{ANSWERED[4]}"}
    hidden = Hidden(omni.Document.from_dict(names))
    return Call("download", "GET", LINK, lambda c: c.documents.download(*hidden, to=folder), None)


BODIES = {call.key: call.body for call in CALLS}

TLS = ssl.create_default_context()


def client(kind: str, url: str, **options: Any) -> Any:
    """A client of this kind; its transport is the one that it would make, but that reads all certificates each time."""
    options = {"api_key": KEY, "base_url": url, **options}
    if kind == "Client":
        return omni.Client(transport=httpx.HTTPTransport(verify=TLS), **options)
    return omni.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=TLS), **options)


def run(kind: str, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """Run an async function in an event loop of the kind."""
    return anyio.run(function, *arguments, backend="trio" if kind.endswith("trio") else "asyncio")


async def made(kind: str, call: Call, the_client: Any) -> Any:
    """The result of a call; of a blocking one in a thread."""
    if kind == "Client":
        return await anyio.to_thread.run_sync(call.make, the_client)
    return await call.make(the_client)


async def done(make: Callable[[], Any]) -> Any:
    """The result of a call of either kind, in a frame that holds nothing of it."""
    return await found if inspect.isawaitable(found := make()) else found


async def close(kind: str, the_client: Any) -> None:
    if kind == "Client":
        the_client.close()
    else:
        await the_client.aclose()
