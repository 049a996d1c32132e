"""Uploads: what the API says of files that were sent."""

from omni_client import models  # noqa: F401 - named in quotes

from omni._views.base import View
from omni._views.fields import instant, integer, text, views


class UploadedDocument(View["models.UploadedDocument"]):
    """A file as the response to its upload has it. Source: the page Upload Document."""

    _model = "UploadedDocument"

    filename = text("filename")
    """The name it is stored under."""
    mime_type = text("mimeType")
    """Its media type."""
    size = integer("size")
    """Its size in bytes."""
    signed_url = text("url")
    """Link to it, ``url`` in the API; how long it lasts is not documented. Never log it."""
    created_at = instant("uploadedAt")
    """When it was uploaded, in UTC, ``uploadedAt`` in the API."""
    item_id = text("associatedChecklistItemId")
    """The checklist item it was tied to, ``associatedChecklistItemId`` in the API; null in the sample."""
    external_id = text("externalId")
    """Your id of the file; where the response has it is not documented."""


class Upload(View["models.DocumentsUploaded"]):
    """The response to one upload request. Source: the page Upload Document."""

    _model = "DocumentsUploaded"
    _shown = ("action_log_id",)

    documents = views(UploadedDocument, "documents")
    """The files that were stored; their order is not documented."""
    action_log_id = text("actionLogId")
    """The id of an action log of the upload."""
