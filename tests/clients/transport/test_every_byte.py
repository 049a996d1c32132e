"""The connection drops at every byte of a write and its response: nothing is done twice, and nothing done is denied.

Of an update at each, of the other writes at some, which are spread evenly.
"""

import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

import omni

pytestmark = pytest.mark.anyio

LEAD = "11111111-1111-4111-8111-111111111101"


class Relay:
    """A TCP relay that passes so many bytes in either direction, and then resets both connections."""

    def __init__(self, url: str) -> None:
        self.target = (urlsplit(url).hostname, urlsplit(url).port)
        self.limits = {"request": 10**9, "response": 10**9}
        self.passed = Counter[str]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def drop_at(self, **limits: int) -> None:
        """Drop the following connections after so many bytes."""
        self.limits = {"request": 10**9, "response": 10**9, **limits}
        self.passed.clear()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                sockets = self._listener.accept()[0], socket.create_connection(self.target)
                for way, source, sink in (("request", *sockets), ("response", *reversed(sockets))):
                    threading.Thread(target=self._pump, args=(way, source, sink), daemon=True).start()

    def _pump(self, way: str, source: socket.socket, sink: socket.socket) -> None:
        limit, passed = self.limits[way], 0
        with contextlib.suppress(OSError):  # the other direction was dropped
            while passed < limit and (data := source.recv(min(65536, limit - passed))):
                passed += len(data)
                self.passed[way] += len(data)  # before it arrives, which may be the end of the call
                sink.sendall(data)
            sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)
                end.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def sandbox() -> Iterator[Any]:
    """A sandbox for this test alone."""
    from omni.sandbox import running

    with running() as server:
        yield server


@pytest.fixture
def relay(sandbox: Any) -> Iterator[Relay]:
    """A relay in front of the sandbox."""
    relay = Relay(sandbox.base_url)
    yield relay
    relay.close()


Write = Callable[[Any, str], Awaitable[Any]]


async def create(client: Any, mark: str) -> Any:
    return await client.leads.create(first_name=mark)


async def update(client: Any, mark: str) -> Any:
    return await client.leads.update(mark, last_name=mark)


async def add_item(client: Any, mark: str) -> Any:
    return await client.leads.add_checklist_item(LEAD, label=mark, field_type="TEXT")


async def upload(client: Any, mark: str) -> Any:
    return await client.documents.upload(LEAD, (f"{mark}.txt", b"content"))


def created_leads(workspace: Any) -> list[str]:
    return [str(lead["lead"].get("firstName")) for lead in workspace.leads.values()]


def updated_leads(workspace: Any) -> list[str]:
    return [
        key
        for key, lead in workspace.leads.items()
        for log in lead.get("actionLogs") or ()
        if log["summary"] == "Lead updated"
    ]


def added_items(workspace: Any) -> list[str]:
    groups = workspace.leads[LEAD]["checklistItems"]
    return [item["checklistItem"]["label"] for group in groups for item in group["items"]]


def uploaded_files(workspace: Any) -> list[str]:
    return [document["filename"].removesuffix(".txt") for document in workspace.leads[LEAD]["documents"]]


WRITES = [(create, created_leads), (update, updated_leads), (add_item, added_items), (upload, uploaded_files)]


@pytest.mark.parametrize(("write", "done"), WRITES, ids=lambda function: function.__name__)
async def test_writes_cut_at_every_byte_are_reported_correctly(
    kind: str, make: Callable[..., Any], sandbox: Any, relay: Relay, write: Write, done: Callable[[Any], list[str]]
) -> None:
    """A result means done once, unknown means once or not at all, any other error means not at all."""
    outcomes: dict[str, str] = {}
    for number in range(
        3000 if write is update else 0
    ):  # one lead for each update, so that a second one would be noticed
        name = f"mark-{number:04}"
        sandbox.workspace.leads[name] = {"lead": {"id": name}, "checklistItems": [], "actionLogs": []}
    async with make(base_url=relay.url, api_key=sandbox.api_key) as client:
        client.http.headers["connection"] = "close"  # a connection for each write
        await write(client, "mark-0000")
        # The decision is the same code for all of them; the waiting is not.
        step = 29 if kind != "Client" else 1 if write is update else 7
        cuts = [{way: at} for way, size in relay.passed.items() for at in range(0, size + 1, step)]
        for number, cut in enumerate(cuts, 1):
            mark = f"mark-{number:04}"
            relay.drop_at(**cut)
            try:
                await write(client, mark)
                outcomes[mark] = "returned"
            except omni.OutcomeUnknownError as error:
                outcomes[mark] = "unknown" if error.reconcile_hint else "failed: no hint on how to find out"
            except omni.OmniError as error:
                outcomes[mark] = f"failed: {error!r}"

    counts = Counter(done(sandbox.workspace))
    assert {mark for mark, outcome in outcomes.items() if counts[mark] > 1} == set()
    assert {mark for mark, outcome in outcomes.items() if outcome == "returned" and counts[mark] != 1} == set()
    assert {mark for mark, outcome in outcomes.items() if outcome.startswith("failed") and counts[mark]} == set()
    assert Counter(outcomes.values())["unknown"] > 0.9 * len(cuts)
    assert len([mark for mark, outcome in outcomes.items() if outcome == "unknown" and counts[mark]]) > 0
    assert len([mark for mark, outcome in outcomes.items() if outcome == "unknown" and not counts[mark]]) > 0
