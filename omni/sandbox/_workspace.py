"""What a sandbox holds: plain data, which a test may read and change while the sandbox runs."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import uuid4

from starlette.exceptions import HTTPException

from omni.sandbox._checklists import attach, find_item, is_complete, items, update_status
from omni.sandbox._exchanges import Exchange, Watch
from omni.sandbox._faults import Fault
from omni.sandbox._files import File, Links
from omni.sandbox._samples import load_leads
from omni.sandbox._shapes import Json, documents_in, new_document, new_log, objects
from omni.sandbox._webhooks import Webhooks
from omni.sandbox._webhooks._payloads import (
    action_log_ended,
    document_extracted,
    document_received,
    lead_completed,
    lead_created,
    lead_data,
    lead_updated,
)


class Workspace:
    """The leads and files of a sandbox, the requests that it had, and the faults that are planned."""

    def __init__(
        self, *, clock: Callable[[], float] = time.time, page_size: int = 500, link_seconds: float = 3600
    ) -> None:
        self.clock = clock
        self.page_size = page_size
        """How many leads are on a page of analytics."""
        self.leads: dict[str, Json] = {}
        """By id what Get Lead responds with, but with every action log, and `signedUrl` null."""
        self.documents: dict[str, Json] = {}
        """By id what Get Document responds with, with `signedUrl` null."""
        self.files: dict[str, File] = {}
        self.requests: list[tuple[str, str]] = []
        """Method and path of each request to the API that was carried out, or refused with another status than 401."""
        self.exchanges: deque[Exchange] = deque(maxlen=500)
        """The last requests to the API and for files, with their responses."""
        self.watch: Watch | None = None
        """Is called with each request when it is over."""
        self.faults: list[str] = []
        """Planned faults as text: a request takes out the first that fits it."""
        self.imported: dict[str, str] = {}
        """By id, when a checklist item was last written through the API."""
        self.skipped: dict[str, Any] = {}
        """By id, the former status of the checklist items that were skipped when their lead was set to COMPLETED."""
        self.external_ids: dict[str, Any] = {}
        """By id, what uploads call their documents; in events only."""
        self.middle_names: dict[str, Any] = {}
        """By id, the middle names of leads; in events only."""
        self.links = Links(seconds=link_seconds, clock=clock)
        self.webhooks = Webhooks(self)
        self._completed: set[str] = set()
        self.reset()

    def reset(self) -> None:
        """Restore the first state: forget everything that was written, requested and planned."""
        self.close()
        self.webhooks.reset()
        held = (self.documents, self.files, self.requests, self.exchanges, self.faults, self.imported, self.skipped)
        for collection in held:
            collection.clear()
        for names in (self.external_ids, self.middle_names):
            names.clear()
        self._completed.clear()
        self.leads = {}
        for lead in load_leads().values():
            self.store_lead(lead)

    def store_lead(self, lead: Json) -> None:
        """Add a lead in the shape of Get Lead, or replace the one with its id."""
        self.leads[lead["lead"]["id"]] = lead
        for document in documents_in(lead):
            self._keep(lead, document, document.get("createdAt") or lead["lead"].get("createdAt"))

    def add_exchange(self, exchange: Exchange) -> None:
        """Number a request, and keep it."""
        exchange.number = self.exchanges[-1].number + 1 if self.exchanges else 1
        self.exchanges.append(exchange)

    def exchange(self, number: str) -> Exchange:
        """Return a request that is kept, or refuse."""
        for exchange in self.exchanges:
            if str(exchange.number) == number:
                return exchange
        raise HTTPException(404, f"There is no such request: the last {self.exchanges.maxlen} are kept.")

    def close(self) -> None:
        """Close the uploaded files, and stop sending webhooks."""
        self.webhooks.close()
        for file in self.files.values():
            file.close()

    def fail_next(self, fault: str, *, times: int = 1) -> None:
        """Plan a fault for the next requests that it fits. Raises ValueError if there is no such fault."""
        Fault.parse(fault)
        self.faults += [fault] * times

    def lead(self, lead_id: str) -> Json:
        """Return a lead as it is stored, or refuse."""
        if lead_id not in self.leads:
            raise HTTPException(404, "No such lead in this workspace.")
        return self.leads[lead_id]

    def now(self) -> str:
        """Return the time as the API writes it."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def log(
        self, lead: Json, type: str, summary: str, *, status: str = "COMPLETED", messages: Iterable[Json] = ()
    ) -> str:
        """Write an action log of something that is over, announce it, and return its id."""
        log = new_log(str(uuid4()), self.now(), {"type": type, "status": status, "summary": summary})
        log |= {"error": summary if status == "FAILED" else None, "messages": [*messages]}
        lead["actionLogs"] = [log, *objects(lead, "actionLogs")]
        if payload := action_log_ended(lead, log):
            self.webhooks.send(payload)
        return str(log["id"])

    @contextmanager
    def announce_changes(self, lead: Json) -> Generator[None]:
        """Send the events of what the block changes of a lead: created, updated, completed."""
        lead_id = lead["lead"]["id"]
        before = lead_data(self, lead) if lead_id in self.leads else None
        # Once per lead, ever: one that was complete has had its event.
        if before and is_complete(lead):
            self._completed.add(lead_id)
        yield
        after = lead_data(self, lead)
        if payload := lead_updated(before, after) if before else lead_created(after):
            self.webhooks.send(payload)
        if is_complete(lead) and lead_id not in self._completed:
            self._completed.add(lead_id)
            self.webhooks.send(lead_completed(after))

    def add_document(
        self,
        lead_id: str,
        filename: str,
        *,
        size: int,
        mime_type: str | None = None,
        content: BinaryIO | None = None,
        item_id: str | None = None,
        external_id: str | None = None,
        action_id: str | None = None,
    ) -> str:
        """Give a lead a document, for one of its checklist items or for none, and return the document's id.

        Without `content` the bytes are invented when they are fetched, so that a large `size` costs nothing. Webhooks
        call the document `external_id`, and what brought it `action_id`.
        """
        lead, document = self.leads[lead_id], new_document(str(uuid4()), filename, size, mime_type)
        document_id = str(document["id"])
        item = None if item_id is None else find_item(lead, item_id)
        with self.announce_changes(lead):
            lead["documents"] = [*objects(lead, "documents"), document]
            self.external_ids[document_id] = external_id
            self._keep(lead, document, self.now(), content)
            self.webhooks.send(document_received(self, lead, document_id))
            item, outcome = self._match(lead, document, item)
        update_status(lead)
        payload = document_extracted(self, lead, document_id, outcome=outcome, item=item, action_id=action_id)
        self.webhooks.send(payload, after=self.webhooks.extraction_seconds)
        return document_id

    def _match(self, lead: Json, document: Json, item: Json | None) -> tuple[Json | None, str]:
        """Read a document, and return its item and the outcome, of which only the event comes later."""
        outcome = self.webhooks.take_outcome() or ("extracted" if item else "not_recognised")
        if outcome in {"extracted", "refused"}:
            # Which item the API would recognise is not predictable: here it is the first that takes files.
            item = item or next((item for item in items(lead) if item.get("documents") is not None), None)
        if item:
            attach(document, item)
            item["status"] = "INVALID" if outcome == "refused" else item["status"]
            self.imported[item["id"]] = self.now()
        return item, outcome

    def _keep(self, lead: Json, document: Json, created_at: str | None, content: BinaryIO | None = None) -> None:
        record = {name: document[name] for name in ("id", "filename", "mimeType", "size")}
        file = File(record["id"], record["filename"], record["mimeType"], record["size"], content)
        record |= {"leadId": lead["lead"]["id"], "workspaceId": lead["lead"].get("workspaceId"), "signedUrl": None}
        self.files[file.id] = file
        self.documents[file.id] = record | {"createdAt": created_at, "updatedAt": created_at}
