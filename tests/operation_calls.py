"""Every operation as a call by a client and as a command: the one table that all tests over operations walk.

A new operation is one entry here. Faults, leaks, cassettes and coverage follow from it, and from the contract.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omni._operations.contract import resolve


@dataclass(frozen=True, repr=False)  # what prints the locals of frames must not find the person in ours
class Subject:
    """Whom calls are about."""

    lead_id: str
    document_id: str
    first_name: str
    last_name: str
    email: str
    phone_number: str

    @property
    def fields(self) -> dict[str, Any]:
        """What a lead is created or updated with."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "phone_number": self.phone_number,
        }

    def file(self, folder: Path) -> Path:
        """A file to upload, whose name and content are about the person."""
        path = folder / f"{self.last_name}.pdf"
        path.write_text(self.first_name)
        return path


@dataclass(frozen=True)
class OperationCall:
    """How one operation is called."""

    call: Callable[[Any, Subject], Any]
    """The call on a client of either kind: a result, or what has to be awaited."""
    command: Callable[[Subject, Path], list[str]]
    """The arguments of ``omni`` for the same; files that it needs are made in the folder."""
    others: tuple[Callable[[Any, Subject], Any], ...] = ()
    """Calls by which, with the first one, every parameter and field of the operation is sent."""
    part: Callable[[Any], Any] | None = None
    """The part of the response's JSON that becomes the result; all of it if left out."""
    plain: Callable[[Any], Any] | None = None
    """The result as JSON, where it is neither a view nor a list of them."""


def collect(iterator: Any) -> Any:
    """All items of an iterator of either kind: a list, or what has to be awaited."""
    return list(iterator) if isinstance(iterator, Iterator) else _collect_async(iterator)


async def _collect_async(iterator: Any) -> list[Any]:
    return [item async for item in iterator]


def objects(data: Any) -> Any:
    """What a list of views can be made of."""
    return [element for element in data if isinstance(element, dict)] if isinstance(data, list) else data


def _options(subject: Subject) -> list[str]:
    return [word for name, value in subject.fields.items() for word in (f"--{name.replace('_', '-')}", value)]


_REST: Any = {
    "middle_name": "B.",
    "business_name": "Sample Freight",
    "external_lead_id": "crm-1",
    "timezone": "America/Chicago",
    "assignee_type": "manual",
    "did_opt_out": True,
    "email_verified": True,
    "checklist_items": [{"code": "ein", "value": "12", "status": "COMPLETED"}],
    "tags": ["vip"],
}
_TIME = datetime(2026, 3, 1, tzinfo=UTC)

OPERATION_CALLS: dict[str, OperationCall] = {
    "getLead": OperationCall(
        lambda client, subject: client.leads.get(subject.lead_id),
        lambda subject, folder: ["lead", "show", subject.lead_id],
    ),
    "createLead": OperationCall(
        lambda client, subject: client.leads.create(**subject.fields),
        lambda subject, folder: ["lead", "create", *_options(subject), "--yes"],
        (lambda client, subject: client.leads.create(**subject.fields, **_REST),),
    ),
    "updateLead": OperationCall(
        lambda client, subject: client.leads.update(subject.lead_id, **subject.fields),
        lambda subject, folder: ["lead", "update", subject.lead_id, *_options(subject), "--yes"],
        (
            lambda client, subject: client.leads.update(subject.lead_id, **subject.fields, **_REST),
            lambda client, subject: client.leads.opt_out(subject.lead_id),
        ),
    ),
    "getLeadChecklist": OperationCall(
        lambda client, subject: client.leads.checklist(subject.lead_id),
        lambda subject, folder: ["lead", "checklist", subject.lead_id],
    ),
    "getLeadDocuments": OperationCall(
        lambda client, subject: client.leads.documents(subject.lead_id),
        lambda subject, folder: ["lead", "documents", subject.lead_id],
    ),
    "getLeadActionLogs": OperationCall(
        lambda client, subject: client.leads.action_logs(subject.lead_id),
        lambda subject, folder: ["lead", "logs", subject.lead_id],
    ),
    "createLeadChecklistItem": OperationCall(
        lambda client, subject: client.leads.add_checklist_item(
            subject.lead_id, label=f"Licence of {subject.last_name}", field_type="FILE"
        ),
        lambda subject, folder: [
            *("lead", "add-item", subject.lead_id, "--label", f"Licence of {subject.last_name}", "--type", "FILE"),
            "--yes",
        ],
        (
            lambda client, subject: client.leads.add_checklist_item(
                subject.lead_id,
                label="Age",
                field_type="NUMBER",
                config={"min": 18},
                is_required=False,
                agent_instructions="Ask.",
                client_instructions="In years.",
            ),
        ),
        part=lambda data: data["checklistItem"],
    ),
    "getDocument": OperationCall(
        lambda client, subject: client.documents.get(subject.document_id),
        lambda subject, folder: ["document", "get", subject.document_id],
        (lambda client, subject: client.documents.get(subject.document_id, include_content=True),),
    ),
    "uploadDocuments": OperationCall(
        lambda client, subject: client.documents.upload(
            subject.lead_id, (f"{subject.last_name}.pdf", subject.first_name.encode())
        ),
        lambda subject, folder: ["lead", "upload", subject.lead_id, str(subject.file(folder)), "--yes"],
        (
            lambda client, subject: client.documents.upload(
                subject.lead_id,
                [("a.pdf", b"%PDF-1.7"), ("b.pdf", b"1 0 obj <</Type /Catalog>>")],
                checklist_item="item-1",
                metadata=[{"external_id": "file-1"}, {"name": "c.pdf"}],
            ),
        ),
        part=lambda data: data["documents"],
        plain=lambda results: [result.document.to_dict() for result in results],
    ),
    "getAnalytics": OperationCall(
        lambda client, subject: client.analytics.get(),
        lambda subject, folder: ["analytics", "totals"],
        (
            lambda client, subject: client.analytics.get(start=_TIME, end=_TIME, token="next"),
            lambda client, subject: client.analytics.download_csv(to=Path("figures.csv")),
            lambda client, subject: collect(client.analytics.iter_leads(max_items=1)),
        ),
    ),
}


def example(schema: dict[str, Any]) -> Any:
    """A value of a response's schema in which nothing is absent."""
    schema = resolve(schema)
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    kind = schema.get("type", ["string"])[0]
    if kind == "object":
        return {key: example(field) for key, field in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema["items"])]
    return {"boolean": True, "integer": 1, "number": 1.5}.get(kind, "2026-01-30T02:00:00Z")


def missing(operation_id: str) -> str:
    """What to do about an operation that is not in the table."""
    return f"{operation_id} is in no test over operations: add it to OPERATION_CALLS in tests/operation_calls.py"


ADA = Subject(
    lead_id="lead-1",
    document_id="document-1",
    first_name="Ada",
    last_name="Sample",
    email="ada@example.com",
    phone_number="+12025550123",
)
