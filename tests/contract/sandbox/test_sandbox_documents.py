"""The sandbox stores uploads, serves files and ranges of them, and invents large files without holding them."""

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox_responses import BY_WORDS, KEY, items, ok, refusal

from omni import sandbox

LEAD = BY_WORDS["in progress with files missing"]
PDF = ("bill.pdf", b"%PDF-1.4 water", "application/pdf")


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running() as server:
        yield server


def upload(api: httpx.Client, *files: Any, **fields: Any) -> httpx.Response:
    parts = [("files", file) for file in files]
    return api.post("/api/v1/documents", data={"leadId": LEAD, **fields}, files=parts)


def get(api: httpx.Client) -> dict[str, Any]:
    return ok(api.get(f"/api/v1/leads/{LEAD}"))


# Upload


def test_uploaded_files_can_be_fetched(api: httpx.Client, fetch: httpx.Client) -> None:
    """The response to an upload has its own key names, and the files can be fetched in every way."""
    first, second = ok(upload(api, PDF, ("notes", b"hi", "text/plain")))["documents"]
    of_lead = {document["id"]: document for document in ok(api.get(f"/api/v1/leads/{LEAD}/documents"))}
    document = ok(api.get(f"/api/v1/documents/{second['id']}?includeContent=true"))

    assert (first["filename"], first["size"], first["mimeType"]) == ("bill.pdf", 14, "application/pdf")
    assert (first["associatedChecklistItemId"], first["externalId"]) == (None, None)
    assert "uploadedAt" in first.keys() - {"signedUrl", "createdAt"}
    assert fetch.get(first["url"]).content == fetch.get(of_lead[first["id"]]["signedUrl"]).content == PDF[1]
    assert base64.b64decode(document["content"]) == b"hi"
    assert (document["leadId"], document["workspaceId"], document["filename"]) == (LEAD, "ws-sandbox", "notes")


def test_upload_writes_two_logs(api: httpx.Client) -> None:
    """An upload writes two logs, and the response names the one of the upload."""
    before = get(api)
    log_id = ok(upload(api, PDF))["actionLogId"]
    new = get(api)["actionLogs"][: -len(before["actionLogs"])]

    assert [log["type"] for log in new] == ["DOCUMENT_UPLOAD", "SYSTEM_NOTE"]
    assert new[0]["id"] == log_id


def test_upload_completes_its_item(api: httpx.Client) -> None:
    """A file for a checklist item completes the item, also one without files."""
    item_id = items(get(api))["tax_returns"]["id"]
    document = ok(upload(api, PDF, leadChecklistItemId=item_id))["documents"][0]
    item = items(get(api))["tax_returns"]

    assert (document["associatedChecklistItemId"], item["status"]) == (item_id, "COMPLETED")
    assert item["documents"][0]["id"] == document["id"]
    label = {"leadChecklistItemId": item_id, "label": "Last two tax returns"}
    assert item["documents"][0]["metadata"]["Matched checklist items"] == [label]


def test_metadata_belongs_to_files_by_order(api: httpx.Client) -> None:
    """Metadata belongs to the files by order: a name replaces the file's, and an external id is returned."""
    metadata = json.dumps([{"name": "march.pdf", "externalId": "F-1"}, {}])
    first, second = ok(upload(api, PDF, PDF, metadata=metadata))["documents"]

    assert (first["filename"], first["externalId"]) == ("march.pdf", "F-1")
    assert (second["filename"], second["externalId"]) == ("bill.pdf", None)


def test_missing_type_is_guessed_from_the_name(api: httpx.Client) -> None:
    """A file without a type gets that of its name, or application/octet-stream."""
    boundary, parts = "b", ""
    for name in ("scan.png", "scan"):
        parts += f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\nx\r\n'
    parts += f'--b\r\nContent-Disposition: form-data; name="leadId"\r\n\r\n{LEAD}\r\n--b--\r\n'
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    documents = ok(api.post("/api/v1/documents", content=parts, headers=headers))["documents"]

    assert [document["mimeType"] for document in documents] == ["image/png", "application/octet-stream"]


@pytest.mark.parametrize(
    ("files", "fields", "status", "refused"),
    [
        ([PDF] * 11, {}, 400, "files must have 1 to 10 elements"),
        ([], {}, 400, "lacks files"),
        ([PDF], {"files": "text"}, 400, "files[0] must be a file"),
        ([PDF], {"leadId": "nobody"}, 404, "No such lead"),
        ([PDF], {"leadChecklistItemId": "lci-02-ein"}, 400, "no such checklist item"),
        ([PDF], {"metadata": "[{}, {}]"}, 400, "metadata must have one element for each file"),
        ([PDF], {"metadata": "{}"}, 400, "metadata must be an array"),
        ([PDF], {"metadata": "["}, 400, "not JSON"),
        ([PDF], {"metadata": "[1]"}, 400, "metadata[0] must be an object"),
        ([PDF], {"metadata": '[{"name": 1}]'}, 400, "metadata[0].name must be a string"),
        ([PDF], {"metadata": '[{"title": "x"}]'}, 400, "metadata[0] must not have title"),
        ([PDF], {"title": "x"}, 400, "The body must not have title"),
    ],
)
def test_wrong_upload_is_refused(
    api: httpx.Client, workspace: sandbox.Workspace, files: Any, fields: Any, status: int, refused: str
) -> None:
    """A wrong upload is refused completely: none of its files is kept."""
    before = len(workspace.documents)

    assert refused in refusal(upload(api, *files, **fields), status)
    assert len(workspace.documents) == before


def test_upload_without_a_lead_is_refused(api: httpx.Client) -> None:
    """An upload that is not a form has no lead, and one whose lead is a file has a wrong one."""
    assert "lacks leadId" in refusal(api.post("/api/v1/documents", json={"leadId": LEAD}))
    assert "leadId must be" in refusal(api.post("/api/v1/documents", files=[("leadId", PDF), ("files", PDF)]))


def test_upload_that_ends_early_is_refused() -> None:
    """If the client hangs up during an upload, its files are closed and not kept."""
    application = sandbox.app()
    headers = [(b"x-api-key", b"sandbox-key"), (b"content-type", b"multipart/form-data; boundary=b")]
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx'
    received = iter([{"type": "http.request", "body": part, "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/documents", "query_string": b"", "headers": headers}
    before = len(application.state.workspace.documents)
    asyncio.run(application(scope, receive, send))

    assert sent[0]["status"] == 400
    assert len(application.state.workspace.documents) == before


def test_upload_of_100_mb(api: httpx.Client, fetch: httpx.Client, tmp_path: Path) -> None:
    """A file of 100 MB is accepted and returned to the byte, and one of a byte more is refused."""
    most = 100 * 1024 * 1024
    with (tmp_path / "big.bin").open("w+b") as big:
        big.truncate(most)
        document = ok(upload(api, ("big.bin", big)))["documents"][0]
        part = fetch.get(document["url"], headers={"range": f"bytes={most - 3}-"})
        big.truncate(most + 1)
        message = refusal(upload(api, ("big.bin", big)))

    assert document["size"] == most
    assert (part.content, part.headers["content-range"]) == (bytes(3), f"bytes {most - 3}-{most - 1}/{most}")
    assert "100 MB" in message


# Get


def test_documents_have_validations(api: httpx.Client) -> None:
    """A lead's documents have a validation for each item that they belong to."""
    of_item, _, of_message = ok(api.get(f"/api/v1/leads/{LEAD}/documents"))
    (validation,) = of_item["leadChecklistItemDocument"]

    assert validation["overallValid"] is validation["validationResult"]["overallValid"] is False
    assert (validation["documentId"], validation["leadChecklistItemId"]) == (of_item["id"], "lci-01-bank_statements")
    assert of_message["leadChecklistItemDocument"] == []
    complete = ok(api.get(f"/api/v1/leads/{BY_WORDS['complete']}/documents"))
    assert {item["overallValid"] for document in complete for item in document["leadChecklistItemDocument"]} == {True}


def test_get_document(api: httpx.Client, fetch: httpx.Client) -> None:
    """Get Document has a new link, and the content only if that is requested."""
    document = ok(api.get("/api/v1/documents/doc-02-1"))
    listed = ok(api.get(f"/api/v1/leads/{BY_WORDS['complete']}"))["documents"][0]

    keys = "id filename mimeType size leadId workspaceId signedUrl createdAt updatedAt"
    assert list(document) == keys.split()
    assert {name: document[name] for name in ("id", "filename", "size")}.items() <= listed.items()
    assert len(fetch.get(document["signedUrl"]).content) == document["size"]
    assert ok(api.get("/api/v1/documents/doc-02-1?includeContent=false")).keys() == document.keys()
    assert "true or false" in refusal(api.get("/api/v1/documents/doc-02-1?includeContent=yes"))
    assert "No such document" in refusal(api.get("/api/v1/documents/nothing"), 404)


# Files


@pytest.fixture
def huge(workspace: sandbox.Workspace, api: httpx.Client) -> str:
    """A link to a file of 2 GB."""
    document_id = workspace.add_document(LEAD, "huge.pdf", size=2 << 30)
    return str(ok(api.get(f"/api/v1/documents/{document_id}"))["signedUrl"])


def test_range_of_an_invented_file(fetch: httpx.Client, huge: str) -> None:
    """A range of an invented file is that part of the whole file."""
    with fetch.stream("GET", huge) as response:
        start = next(response.iter_raw(3_000_000))

    assert start.startswith(b"%PDF-1.4\n")
    for first, last in ((0, 9), (5, 70), (1_000_000, 2_999_999)):
        part = fetch.get(huge, headers={"range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content) == (206, start[first : last + 1])


@pytest.mark.parametrize(
    ("range", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=7-99", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
def test_ranges(
    api: httpx.Client, fetch: httpx.Client, range: str, status: int, content: bytes | None, content_range: str | None
) -> None:
    """One range of bytes is served; one beyond the end is refused, and any other header is ignored."""
    url = ok(upload(api, ("ten", b"0123456789")))["documents"][0]["url"]
    response = fetch.get(url, headers={"range": range})

    assert (response.status_code, response.headers.get("content-range")) == (status, content_range)
    assert content is None or response.content == content
    assert status == 416 or response.headers["accept-ranges"] == "bytes"


def test_range_of_another_file_is_ignored(fetch: httpx.Client, huge: str) -> None:
    """A range is served only of the file whose etag is in `If-Range`."""
    headers = {"range": "bytes=5-9"}
    etag = fetch.get(huge, headers=headers).headers["etag"]

    assert fetch.get(huge, headers={**headers, "if-range": etag}).status_code == 206
    with fetch.stream("GET", huge, headers={**headers, "if-range": '"another"'}) as response:
        assert (response.status_code, response.headers["content-length"]) == (200, str(2 << 30))


def test_link_to_a_forgotten_file(running: sandbox.Sandbox, fetch: httpx.Client, huge: str) -> None:
    """A valid link to a file that is gone is a 404."""
    running.workspace.reset()
    response = fetch.get(huge)

    assert (response.status_code, "NoSuchKey" in response.text) == (404, True)


def test_uploads_are_closed_with_the_sandbox() -> None:
    """Uploaded files are closed when a sandbox stops; their documents stay."""
    with sandbox.running() as server:
        httpx.post(
            f"{server.base_url}/api/v1/documents",
            headers=KEY,
            data={"leadId": LEAD},
            files={"files": ("big.bin", bytes(2 << 20))},
            trust_env=False,
        ).raise_for_status()
    *_, file = server.workspace.files.values()

    assert file.content
    assert file.content.closed
    assert server.workspace.documents[file.id]["size"] == 2 << 20
