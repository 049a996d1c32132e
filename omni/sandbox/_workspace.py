"""What a sandbox holds. It is plain data, which a test may look at and change while the sandbox runs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from mimetypes import guess_type
from typing import Any, BinaryIO
from uuid import uuid4

from starlette.exceptions import HTTPException

from omni.sandbox._checklists import definition, find_item, settle
from omni.sandbox._faults import Fault
from omni.sandbox._files import File
from omni.sandbox._samples import Answer, documents_in, load, many, new_log


class Workspace:
    """The leads and files of a sandbox, what it was asked, and which faults are to come."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.leads: dict[str, Answer] = {}
        """What Get Lead answers by id, but with every action log, and `signedUrl` null."""
        self.documents: dict[str, Answer] = {}
        """What Get Document answers by id, with `signedUrl` null."""
        self.files: dict[str, File] = {}
        self.requests: list[tuple[str, str]] = []
        """Method and path of each request to the API that was carried out, refusals other than 401 among them."""
        self.faults: list[str] = []
        """Faults to come, in words: the first that fits a request is taken out for it."""
        self.imported: dict[str, str] = {}
        """The checklist items that were written through the API, by id, and when."""
        self.skipped: dict[str, Any] = {}
        """The checklist items skipped when their lead was set to COMPLETED, by id, and their status before that."""
        self.reset()

    def reset(self) -> None:
        """Restore the start: forget all that was written, asked and planned."""
        self.close()
        for forgotten in (self.documents, self.files, self.requests, self.faults, self.imported, self.skipped):
            forgotten.clear()
        self.leads = load()
        for lead in self.leads.values():
            for document in documents_in(lead):
                self._keep(lead, document, document.get("createdAt") or lead["lead"].get("createdAt"))

    def close(self) -> None:
        """Let go of the uploaded files."""
        for file in self.files.values():
            file.close()

    def fail_next(self, fault: str, *, times: int = 1) -> None:
        """Plan a fault for the next requests that it fits. Raises ValueError if there is no such fault."""
        Fault.parse(fault)
        self.faults += [fault] * times

    def lead(self, lead_id: str) -> Answer:
        """Return a lead as it is stored, or refuse."""
        if lead_id not in self.leads:
            raise HTTPException(404, "No such lead in this workspace.")
        return self.leads[lead_id]

    def now(self) -> str:
        """Return the time as the API writes it."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def log(self, lead: Answer, type: str, summary: str) -> str:
        """Write an action log that is over and done with, and return its id."""
        log = new_log(str(uuid4()), self.now(), {"type": type, "status": "COMPLETED", "summary": summary})
        lead["actionLogs"] = [log, *many(lead, "actionLogs")]
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
        lead = self.leads[lead_id]
        mime_type = mime_type or guess_type(filename)[0] or "application/octet-stream"
        document: Answer = {"id": str(uuid4()), "filename": filename, "mimeType": mime_type, "size": size}
        document |= {"signedUrl": None, "metadata": None}
        lead["documents"] = [*many(lead, "documents"), document]
        if item_id is not None:
            self._attach(document, find_item(lead, item_id))
        self._keep(lead, document, self.now(), content)
        settle(lead)
        return str(document["id"])

    def _attach(self, document: Answer, item: Answer) -> None:
        matched = {"leadChecklistItemId": item["id"], "label": definition(item).get("label")}
        document["metadata"] = {"extractionStatus": "completed", "Matched checklist items": [matched]}
        item["documents"] = [*many(item, "documents"), document]
        item["status"] = "COMPLETED"
        self.imported[item["id"]] = self.now()

    def _keep(self, lead: Answer, document: Answer, created: str | None, content: BinaryIO | None = None) -> None:
        record = {name: document[name] for name in ("id", "filename", "mimeType", "size")}
        file = File(record["id"], record["filename"], record["mimeType"], record["size"], content)
        record |= {"leadId": lead["lead"]["id"], "workspaceId": lead["lead"].get("workspaceId"), "signedUrl": None}
        self.files[file.id] = file
        self.documents[file.id] = record | {"createdAt": created, "updatedAt": created}
