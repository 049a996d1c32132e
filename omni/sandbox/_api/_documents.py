"""The operations on documents: list those of a lead, upload, and get one with a new link."""

from base64 import b64encode

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from omni.sandbox._api._requests import ApiRequest
from omni.sandbox._checklists import find_item, items, validation_rule
from omni.sandbox._contract import Schema, check, parse_json
from omni.sandbox._shapes import Json, objects

# Whether the documented 100 MB are decimal is not said: this is the larger reading.
_MAX_BYTES = 100 * 1024 * 1024

# The contract has the JSON in `metadata` in a description only.
_STRING = {"type": ["string"]}
_METADATA: Schema = {
    "type": ["array"],
    "items": {"type": ["object"], "properties": {"externalId": _STRING, "name": _STRING}},
}


def get_lead_documents(request: ApiRequest) -> list[Json]:
    documents = objects(request.lead, "documents")
    return [document | {"leadChecklistItemDocument": _validations(document, request.lead)} for document in documents]


def get_document(request: ApiRequest) -> Json:
    document = request.workspace.documents.get(request.parameters["documentId"])
    if document is None:
        raise HTTPException(404, "No such document in this workspace.")
    if request.parameters.get("includeContent"):
        file = request.workspace.files[document["id"]]
        return {**document, "content": b64encode(b"".join(file.chunks(0, file.size))).decode()}
    return document


def upload_documents(request: ApiRequest) -> Json:
    workspace, body = request.workspace, request.body
    files: list[UploadFile] = body["files"]
    if any((file.size or 0) > _MAX_BYTES for file in files):
        raise HTTPException(400, "A file must not have more than 100 MB.")
    lead = workspace.lead(body["leadId"])
    if "leadChecklistItemId" in body:
        find_item(lead, body["leadChecklistItemId"])
    metadata = _metadata(body, len(files))
    # From here on nothing is refused.
    workspace.log(lead, "SYSTEM_NOTE", f"{len(files)} uploaded through the API")
    # That `actionLogId` is the log of the upload, and not of the note, is inferred; so is that extraction names it too.
    names = [entry.get("name", file.filename or "") for file, entry in zip(files, metadata, strict=True)]
    log_id = workspace.log(lead, "DOCUMENT_UPLOAD", ", ".join(names))
    # After the logs, so that their events do not race with that of an extraction.
    documents = [_add(request, file, entry, log_id) for file, entry in zip(files, metadata, strict=True)]
    return {"success": True, "documents": documents, "actionLogId": log_id}


def _metadata(body: Json, count: int) -> list[Json]:
    if "metadata" not in body:
        return [{}] * count
    metadata = parse_json(body["metadata"])
    check(metadata, _METADATA, "metadata")
    if len(metadata) != count:
        raise HTTPException(400, "metadata must have one element for each file.")
    return list(metadata)


def _add(request: ApiRequest, file: UploadFile, metadata: Json, action_id: str) -> Json:
    workspace, item_id = request.workspace, request.body.get("leadChecklistItemId")
    document_id = workspace.add_document(
        request.body["leadId"],
        metadata.get("name", file.filename or ""),
        size=file.size or 0,
        mime_type=file.content_type,
        content=file.file,
        item_id=item_id,
        external_id=metadata.get("externalId"),
        action_id=action_id,
    )
    document = workspace.documents[document_id]
    return {
        **{name: document[name] for name in ("id", "filename", "size", "mimeType")},
        "url": request.link(document_id, document["filename"]),
        "uploadedAt": document["createdAt"],
        "associatedChecklistItemId": item_id,
        # That it is here is inferred: the page says only that it is returned.
        "externalId": metadata.get("externalId"),
    }


def _validations(document: Json, lead: Json) -> list[Json]:
    return [_validation(document, item) for item in items(lead) if document in objects(item, "documents")]


def _validation(document: Json, item: Json) -> Json:
    rule = validation_rule(item)
    return {
        "id": f"{item['id']}-{document['id']}",
        "leadChecklistItemId": item["id"],
        "documentId": document["id"],
        "overallValid": rule["isValid"],
        "validationResult": {"otherNotes": "", "overallValid": rule["isValid"], "validationResults": [rule]},
    }
