"""Code as users write it. mypy and pyright check it; it never runs."""

import gzip
import io
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, assert_type

import omni_client
from omni_client import models
from omni_client.api.leads import get_lead
from omni_client.types import Unset
from starlette.datastructures import UploadFile

import omni


def blocking_client() -> None:
    """The blocking client, and what a lead has."""
    with omni.Client(api_key="…", base_url="…", timeout=30.0, attempts=3, transport=None) as client:
        lead = client.leads.get("a9d0a790-201b-47e9-84ed-cc7eed1270c5")
        assert_type(lead, omni.Lead)
        assert_type(lead.id, str)
        assert_type(lead.status, omni.LeadStatus | str)
        assert_type(lead.is_complete, bool)
        assert_type(lead.first_name, str | None)
        assert_type(lead.created_at, datetime | None)
        for group in lead.checklist:
            for item in group.items:
                assert_type(item, omni.ChecklistItem)
                assert_type(item.status, omni.ChecklistItemStatus | str)
                assert_type(item.field_type, omni.FieldType | str | None)
        assert_type(lead.missing_items, tuple[omni.ChecklistItem, ...])
        for document in lead.iter_file_documents():
            assert_type(document.item, omni.ChecklistItem | None)
            assert_type(document.size, int | None)
            assert_type(document.signed_url, str | None)
        assert_type(lead.next_draft, omni.ActionLog | None)
        assert_type(lead.raw, models.LeadDetails)
        assert_type(lead.raw.lead.email, str | None | Unset)
        assert_type(omni.Lead.from_dict(lead.to_dict()), omni.Lead)
        assert_type(client.with_options(timeout=5), omni.Client)
        assert_type(client.raw, omni_client.AuthenticatedClient)
        for result in client.documents.download_all(lead, to="files", mode=0o600, max_bytes=10**6):
            assert_type(result, omni.DownloadResult)
            if result.error is None:
                assert_type(result, omni.DownloadedFile)
                assert_type(result.path, Path)
                assert_type(omni.DownloadedFile(result.document, result.path, skipped=True).error, None)
            else:
                assert_type(result, omni.FailedDownload)
                assert_type(result.path, None)
                assert_type(result.error, omni.OmniError)
                assert_type(omni.FailedDownload(result.document, result.error).path, None)
        client.http.get("/api/v1/anything").json()
        get_lead.sync_detailed("…", client=client.raw).parsed  # noqa: B018


def fields(lead: omni.Lead, item: omni.ChecklistItem, log: omni.ActionLog, page: omni.Analytics) -> None:
    """Each kind of declared field has its type; on the class it is the field itself."""
    assert_type(lead.id, str)
    assert_type(lead.email, str | None)
    assert_type(item.definition_id, str | None)
    assert_type(item.documents[0].size, int | None)
    assert_type(item.documents[0].validations[0].is_valid, bool | None)
    assert_type(lead.is_test, bool)
    assert_type(lead.opted_out_at, datetime | None)
    assert_type(lead.source, omni.LeadSource | str | None)
    assert_type(item.status, omni.ChecklistItemStatus | str)
    assert_type(log.tool, omni.Tool | None)
    assert_type(log.messages, tuple[omni.Message, ...])
    assert_type(log.input, Any)
    assert_type(item.alternate_values, tuple[Any, ...])
    assert_type(page.totals, omni.AnalyticsTotals)
    assert_type(page.totals.channels, dict[str, omni.ChannelFigures])
    assert_type(page.leads[0].interventions, dict[str, int])
    assert_type(item.raw, models.ChecklistItem)
    assert_type(page.totals.raw, models.AnalyticsTotals)
    assert_type(lead.to_row(), dict[str, str | int | bool | datetime | None])
    assert_type(omni.Lead.email.paths, tuple[str, ...])
    if log.tool is not None and lead.created_at:
        assert_type(log.tool.name, str | None)
        assert_type(lead.created_at.year, int)


def named_types(client: omni.Client, file: omni.FileInput, progress: omni.Progress, observe: omni.Observe) -> None:
    """Each type in a signature has a public name, so that wrappers of our functions can be annotated."""
    assert_type(client.leads, omni.Leads)
    assert_type(client.documents, omni.Documents)
    assert_type(client.analytics, omni.WorkspaceAnalytics)
    assert_type(client.http, omni.HTTP)
    assert_type(client.analytics.iter_leads(), omni.PageIterator[omni.LeadFigures])
    for each in client.leads.iter_many(["…"], concurrency=4):
        assert_type(each, omni.LeadResult)
        assert_type(each.lead_id, str)
        if each.error is None:
            assert_type(each.lead, omni.Lead)
        else:
            assert_type(each, omni.FailedLead)
    for result in client.documents.upload("…", [file], progress=progress):
        assert_type(result.outcome, omni.UploadOutcome)
    client.documents.download("…", to=".", progress=progress)
    omni.AsyncClient(observe=observe)


async def async_client() -> None:
    """The same names, awaited."""
    async with omni.AsyncClient() as client:
        assert_type(client.leads, omni.AsyncLeads)
        assert_type(client.documents, omni.AsyncDocuments)
        assert_type(client.analytics, omni.AsyncWorkspaceAnalytics)
        assert_type(client.http, omni.AsyncHTTP)
        assert_type(client.analytics.iter_leads(), omni.AsyncPageIterator[omni.LeadFigures])
        figures = client.analytics.iter_leads()
        async with client.leads.iter_many(each.id async for each in figures) as results:
            assert_type(await anext(results), omni.LeadResult)
        lead = await client.leads.get("…")
        assert_type(lead, omni.Lead)
        (await client.http.get("/api/v1/anything")).json()
        await client.with_options(attempts=1).aclose()


def errors() -> None:
    """The attributes of errors are typed."""
    client = omni.Client()
    try:
        client.leads.get("…")
    except omni.RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except omni.APIStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.server_message, str)
        assert_type(error.body, object)
    except omni.OutcomeUnknownError as error:
        assert_type(error.reconcile_hint, str)
    except (omni.APITimeoutError, omni.OmniError) as error:
        assert_type(error.elapsed, float)


def uploads(folder: Path, form_file: UploadFile, upload_files: list[UploadFile], memory: io.BytesIO) -> None:
    """One file or many, in any form; an error has the outcome of each file."""
    documents = omni.Client().documents
    try:
        results = documents.upload("…", "a.pdf")
        assert_type(results, tuple[omni.UploadResult, ...])
        assert_type(results[0].outcome, Literal["stored", "refused", "unknown", "not sent"])
        assert_type(results[0].document, omni.UploadedDocument | None)
        documents.upload("…", folder / "a.pdf")
        documents.upload("…", ["a.pdf", folder, ("a.pdf", b"x"), ("a.pdf", memory, "application/pdf"), memory])
        documents.upload("…", ("a.pdf", bytearray(), None))
        documents.upload("…", [("a.pdf", b"x")])
        documents.upload("…", list({"a.pdf": b"x"}.items()))
        documents.upload("…", folder.glob("*.pdf"))
        documents.upload("…", ((path.name, path.read_bytes()) for path in folder.iterdir()))
        documents.upload("…", form_file)
        documents.upload("…", upload_files)
        with Path("a.pdf").open("rb") as file, gzip.open("a.gz") as packed, tempfile.TemporaryFile() as temporary:
            documents.upload("…", file)
            documents.upload("…", [file, ("a.pdf", packed), ("a.pdf", temporary)])
        with tempfile.NamedTemporaryFile() as named, tempfile.SpooledTemporaryFile() as spooled:
            documents.upload("…", [named, ("a.pdf", spooled)])
    except omni.AuthenticationError as error:
        assert_type(error.results, tuple[omni.FileOutcome, ...])


def upload_mistakes(folder: Path) -> None:
    """Type checkers refuse what an upload refuses."""
    documents = omni.Client().documents
    documents.upload("…", {"a.pdf": b"x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    documents.upload("…", {"a.pdf"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    documents.upload("…", {"a.pdf": b"x"}.keys())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    documents.upload("…", b"x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    documents.upload("…", bytearray(b"x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    documents.upload("…", [b"x"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    documents.upload("…", [["a.pdf"]])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    documents.upload("…", [{"a.pdf": b"x"}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    documents.upload("…", [("a.pdf", "…")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    documents.upload("…", [("a.pdf", folder)])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    documents.upload("…", io.StringIO("…"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    documents.upload("…", ("a.pdf", b"x", 7))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with Path("a.pdf").open() as text:
        documents.upload("…", text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        documents.upload("…", [text])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
        documents.upload("…", ("a.pdf", text))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def mistakes() -> None:
    """Type checkers must refuse these calls; an unused ignore is an error too."""
    client = omni.Client("key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.leads.get(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.leads.get("…").id = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    client.leads.get("…").email = "x"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    client.documents.download_all("…", to="files")[0].skipped = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    client.documents.download_all("…", to="files")[0].path.name  # type: ignore[union-attr]  # noqa: B018  # pyright: ignore[reportOptionalMemberAccess]
    client.leads.gett("…")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    omni.Klient()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    omni.Client(timeout=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
