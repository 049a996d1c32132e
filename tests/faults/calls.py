"""Every operation of the spec as a call: how it is made, what a good response is, and what the result should be."""

import inspect
import json
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
from canaries import DOCUMENT_ID, KEY, LEAD_ID, REQUEST_PERSON, RESPONSE_PERSON, SIGNATURE, insert_canaries

import omni
from omni._operations.contract import contract, snake_case
from omni._transport.retry import READS
from omni._views.fields import Field

sys.path.insert(0, str(Path(__file__).parents[1]))

from operation_calls import OPERATION_CALLS, Subject, example, objects

EXAMPLES = Path(__file__).parents[2] / "openapi" / "examples"

KINDS = ("Client", "AsyncClient-asyncio", "AsyncClient-trio")


@dataclass(frozen=True)
class Call:
    """One operation: its request, its documented response, and the part of that which becomes the result."""

    name: str
    """The ``operationId``."""
    method: str
    path: str
    make: Callable[[Any], Any]
    """Make the call on a client of either kind: a result, or what has to be awaited."""
    data: Any
    """The JSON of the response; None if the contract has no body, and whatever comes is ignored."""
    part: Callable[[Any], Any] = lambda data: data
    plain: Callable[[Any], Any] = lambda result: result.to_dict()

    @classmethod
    def of(cls, name: str) -> "Call":
        """The call of an operation of the contract, with its documented sample as response."""
        operation = contract()["operations"][name]
        method, template = operation["method"].upper(), operation["path"]
        path = template.replace("{leadId}", LEAD_ID).replace("{documentId}", DOCUMENT_ID)
        if "{" in path:
            raise LookupError(f"{name} has an id of a new kind in its path: give it a value in tests/faults/calls.py")
        make, schema = partial(_make, name), operation["success"]["schema"]
        if schema is None:
            return cls(name, method, path, make, None, plain=lambda result: result)
        data = SAMPLES.get(name) or sample(kebab_case(name)) or invented(schema)
        entry = OPERATION_CALLS[name]
        part = entry.part or (objects if isinstance(data, list) else cls.part)
        return cls(name, method, path, make, data, part, entry.plain or plain)

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
    def is_array(self) -> bool:
        return isinstance(self.data, list)

    @property
    def is_unbounded(self) -> bool:
        """Uploads take as long as they take; their timeout bounds each wait."""
        return self.name == "uploadDocuments"

    @property
    def body(self) -> bytes:
        return b"{}" if self.data is None else json.dumps(self.data).encode()

    def is_right(self, result: Any, body: bytes) -> bool:
        """Whether a result has what the body says, and can be looked at."""
        look(result)
        wanted = None if self.data is None else self.part(json.loads(body))
        return repr(self.plain(result)) == repr(wanted)  # by repr, since NaN is not NaN


def _make(name: str, client: Any) -> Any:
    return OPERATION_CALLS[name].call(client, SUBJECT)


def kebab_case(name: str) -> str:
    return snake_case(name).replace("_", "-")


def look(value: Any) -> None:
    """Read every property of a view and of those in it."""
    for each in value if isinstance(value, tuple) else (value,):
        repr(each)
        for name in dir(each):
            if not name.startswith("_") and isinstance(getattr(type(each), name, None), property | Field):
                found = getattr(each, name)
                if isinstance(found, tuple) or hasattr(found, "to_dict"):
                    look(found)


def plain(result: Any) -> Any:
    """A result as JSON."""
    return [view.to_dict() for view in result] if isinstance(result, list | tuple) else result.to_dict()


def sample(name: str) -> Any:
    """A documented response, about a person of our own, and with the ids that are asked for; None if there is none."""
    path = EXAMPLES / f"{name}.json"
    if not path.exists():
        return None
    text = path.read_text("utf-8")
    for id in ("a9d0a790-201b-47e9-84ed-cc7eed1270c5", "11111111-1111-4111-8111-111111111111"):
        text = text.replace(id, LEAD_ID)
    return insert_canaries(json.loads(text.replace("44444444-4444-4444-8444-444444444444", DOCUMENT_ID)))


def invented(schema: Any) -> Any:
    """A response in the documented shape, with the ids that are asked for."""
    data = example(schema)
    for view in data if isinstance(data, list) else [data]:
        view |= {key: id for key, id in (("id", DOCUMENT_ID), ("leadId", LEAD_ID)) if key in view}
    return insert_canaries(data)


SUBJECT = Subject(LEAD_ID, DOCUMENT_ID, *REQUEST_PERSON)

SAMPLES = {
    "getLeadChecklist": sample("get-lead")["checklistItems"],
    "uploadDocuments": {**sample("upload-documents"), "documents": sample("upload-documents")["documents"][:1]},
}
"""Responses that are no documented sample as it is."""

CALLS = tuple(Call.of(name) for name in OPERATION_CALLS)

LINK, CONTENT = f"/{RESPONSE_PERSON.last_name}", RESPONSE_PERSON.email


class Hidden:
    """Things that nothing which prints their holder can look at."""

    __slots__ = ("_things",)

    def __init__(self, *things: Any) -> None:
        self._things = things

    def __iter__(self) -> Iterator[Any]:
        return iter(self._things)


def download_call(url: str, folder: Path) -> Call:
    """A download of a file whose link, name and content tell of somebody."""
    names = {"id": DOCUMENT_ID, "filename": f"{RESPONSE_PERSON.last_name}.pdf", "signedUrl": f"{url}{LINK}?{SIGNATURE}"}
    hidden = Hidden(omni.Document.from_dict(names))
    return Call("download", "GET", LINK, lambda c: c.documents.download(*hidden, to=folder), None)


BODIES = {call.key: call.body for call in CALLS}

TLS = ssl.create_default_context()


def make_client(kind: str, url: str, **options: Any) -> Any:
    """A client of this kind; its transport is the one that it would make, but that reads all certificates each time."""
    options = {"api_key": KEY, "base_url": url, **options}
    if kind == "Client":
        return omni.Client(transport=httpx.HTTPTransport(verify=TLS), **options)
    return omni.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=TLS), **options)


def run(kind: str, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """Run an async function in an event loop of the kind."""
    return anyio.run(function, *arguments, backend="trio" if kind.endswith("trio") else "asyncio")


async def make_call(kind: str, call: Call, client: Any) -> Any:
    """The result of a call; of a blocking one in a thread."""
    if kind == "Client":
        return await anyio.to_thread.run_sync(call.make, client)
    return await call.make(client)


async def await_result(make: Callable[[], Any]) -> Any:
    """The result of a call of either kind, in a frame that holds nothing of it."""
    return await found if inspect.isawaitable(found := make()) else found


async def close(kind: str, client: Any) -> None:
    if kind == "Client":
        client.close()
    else:
        await client.aclose()
