"""Documents: list those of a lead, upload, and get one with a fresh link."""

from base64 import b64encode
from collections.abc import AsyncGenerator

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from omni.sandbox._checklists import find_item, items
from omni.sandbox._checks import LIST, TEXT, Rule, check, parsed
from omni.sandbox._files import Links, file_response, refused
from omni.sandbox._samples import Answer, many
from omni.sandbox._workspace import Workspace

# Whether the documented 100 MB are decimal is not said: this is the larger reading.
_MOST_BYTES = 100 * 1024 * 1024

_NAMED: dict[str, Rule] = {"externalId": TEXT, "name": TEXT}


class Documents:
    """The operations on documents, and the files themselves."""

    def __init__(self, workspace: Workspace, links: Links) -> None:
        self.workspace = workspace
        self.links = links

    async def get_lead_documents(self, request: Request) -> Response:
        lead = self.workspace.lead(request.path_params["lead_id"])
        judged = [_judged(document, lead) for document in many(lead, "documents")]
        return self.links.answer(request, judged)

    async def get_document(self, request: Request) -> Response:
        document = self.workspace.documents.get(request.path_params["document_id"])
        if document is None:
            raise HTTPException(404, "No such document in this workspace.")
        wanted = request.query_params.get("includeContent", "false")
        if wanted not in {"true", "false"}:
            raise HTTPException(400, "includeContent must be true or false.")
        if wanted == "true":
            file = self.workspace.files[document["id"]]
            document = {**document, "content": b64encode(b"".join(file.pieces(0, file.size))).decode()}
        return self.links.answer(request, document)

    async def get_file(self, request: Request) -> Response:
        if refusal := self.links.refusal(request):
            return refusal
        file = self.workspace.files.get(request.path_params["document_id"])
        return file_response(file, request.headers) if file else refused(404, "NoSuchKey", "The file is gone.")

    async def upload_documents(self, request: Request) -> Response:
        # Starlette keeps small files in memory and large ones on disk; they stay open for as long as they are kept.
        form = await _Upload(request.scope, request.receive).form(max_files=10)
        try:
            return JSONResponse(self._uploaded(request, form))
        except HTTPException:
            await form.close()
            raise

    def _uploaded(self, request: Request, form: FormData) -> Answer:
        files, fields = _parts(form)
        lead = self.workspace.lead(fields["leadId"])
        item_id = fields.get("leadChecklistItemId")
        if item_id is not None:
            find_item(lead, item_id)
        named = _metadata(fields, len(files))
        # From here on nothing is refused.
        documents = [
            self._document(request, lead["lead"]["id"], file, names, item_id)
            for file, names in zip(files, named, strict=True)
        ]
        self.workspace.log(lead, "SYSTEM_NOTE", f"{len(files)} uploaded through the API")
        # That `actionLogId` is the log of the upload, and not of the note, is inferred.
        log_id = self.workspace.log(lead, "DOCUMENT_UPLOAD", ", ".join(each["filename"] for each in documents))
        return {"success": True, "documents": documents, "actionLogId": log_id}

    def _document(self, request: Request, lead_id: str, file: UploadFile, names: Answer, item_id: str | None) -> Answer:
        filename = names.get("name", file.filename or "")
        document_id = self.workspace.add_document(
            lead_id,
            filename,
            size=file.size or 0,
            mime_type=file.content_type,
            content=file.file,
            item_id=item_id,
        )
        document = self.workspace.documents[document_id]
        return {
            **{name: document[name] for name in ("id", "filename", "size", "mimeType")},
            "url": self.links.url(request, document_id, filename),
            "uploadedAt": document["createdAt"],
            "associatedChecklistItemId": item_id,
            # That it stands here is inferred: the page says only that it is returned.
            "externalId": names.get("externalId"),
        }


class _Upload(Request):
    """A form whose files are closed if the client hangs up, which older Starlettes do on this error alone."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in super().stream():
                yield chunk
        except ClientDisconnect:  # see Kludex/starlette#2925
            raise MultiPartException("The request ended early.") from None


def _parts(form: FormData) -> tuple[list[UploadFile], dict[str, str]]:
    files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
    fields = {name: value for name, value in form.multi_items() if name != "files"}
    check(fields, dict.fromkeys(("leadId", "leadChecklistItemId", "metadata"), TEXT), required=("leadId",))
    if not files or len(files) != len(form.getlist("files")):
        raise HTTPException(400, "files must be one to ten files.")
    if any((file.size or 0) > _MOST_BYTES for file in files):
        raise HTTPException(400, "A file must not have more than 100 MB.")
    return files, {name: str(value) for name, value in fields.items()}


def _metadata(fields: dict[str, str], count: int) -> list[Answer]:
    if "metadata" not in fields:
        return [{}] * count
    given = parsed(fields["metadata"])
    if not LIST[0](given) or len(given) != count:
        raise HTTPException(400, "metadata must be an array with an element for each file.")
    for each in given:
        check(each, _NAMED, name="An element of metadata")
    return list(given)


def _judged(document: Answer, lead: Answer) -> Answer:
    holders = [item for item in items(lead) if document in many(item, "documents")]
    return {**document, "leadChecklistItemDocument": [_verdict(document, item) for item in holders]}


def _verdict(document: Answer, item: Answer) -> Answer:
    valid = item["status"] != "INVALID"
    reason = "Every page is sharp." if valid else "The pages are blurred."
    rule = {"isValid": valid, "ruleName": "Must be readable", "isValidReason": reason}
    return {
        "id": f"{item['id']}-{document['id']}",
        "leadChecklistItemId": item["id"],
        "documentId": document["id"],
        "overallValid": valid,
        "validationResult": {"otherNotes": "", "overallValid": valid, "validationResults": [rule]},
    }
