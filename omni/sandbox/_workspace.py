"""What a sandbox holds: plain data, which a test may read and change while the sandbox runs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import uuid4

from starlette.exceptions import HTTPException

from omni.sandbox._checklists import attach, find_item, update_status
from omni.sandbox._faults import Fault
from omni.sandbox._files import File
from omni.sandbox._samples import load_leads
from omni.sandbox._shapes import Json, documents_in, new_document, new_log, objects


class Workspace:
    """The leads and files of a sandbox, the requests that it had, and the faults that are planned."""

    def __init__(self, *, clock: Callable[[], float] = time.time, page_size: int = 500) -> None:
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
        self.faults: list[str] = []
        """Planned faults as text: a request takes out the first that fits it."""
        self.imported: dict[str, str] = {}
        """By id, when a checklist item was last written through the API."""
        self.skipped: dict[str, Any] = {}
        """By id, the former status of the checklist items that were skipped when their lead was set to COMPLETED."""
        self.reset()

    def reset(self) -> None:
        """Restore the first state: forget everything that was written, requested and planned."""
        self.close()
        for collection in (self.documents, self.files, self.requests, self.faults, self.imported, self.skipped):
            collection.clear()
        self.leads = load_leads()
        for lead in self.leads.values():
            for document in documents_in(lead):
                self._keep(lead, document, document.get("createdAt") or lead["lead"].get("createdAt"))

    def close(self) -> None:
        """Close the uploaded files."""
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

    def log(self, lead: Json, type: str, summary: str) -> str:
        """Write an action log of something that was done, and return its id."""
        log = new_log(str(uuid4()), self.now(), {"type": type, "status": "COMPLETED", "summary": summary})
        lead["actionLogs"] = [log, *objects(lead, "actionLogs")]
        return str(log["id"])

    def add_document(
        self,
        lead_id: str,
        filename: str,
        *,
        size: int,
        mime_type: str | None = None,
        content: BinaryIO | None = None,
        item_id: str | None = None,
    ) -> str:
        """Give a lead a document, for one of its checklist items or for none, and return the document's id.

        Without `content` the bytes are invented when they are fetched, so that a large `size` costs nothing.
        """
        lead, document = self.leads[lead_id], new_document(str(uuid4()), filename, size, mime_type)
        lead["documents"] = [*objects(lead, "documents"), document]
        if item_id is not None:
            attach(document, find_item(lead, item_id))
            self.imported[item_id] = self.now()
        self._keep(lead, document, self.now(), content)
        update_status(lead)
        return str(document["id"])

    def _keep(self, lead: Json, document: Json, created_at: str | None, content: BinaryIO | None = None) -> None:
        record = {name: document[name] for name in ("id", "filename", "mimeType", "size")}
        file = File(record["id"], record["filename"], record["mimeType"], record["size"], content)
        record |= {"leadId": lead["lead"]["id"], "workspaceId": lead["lead"].get("workspaceId"), "signedUrl": None}
        self.files[file.id] = file
        self.documents[file.id] = record | {"createdAt": created_at, "updatedAt": created_at}
