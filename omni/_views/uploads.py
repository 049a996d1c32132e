"""Uploads: what the API says of files that were sent."""

from datetime import datetime
from functools import cached_property

from omni_client import models  # noqa: F401 - named in quotes

from omni._views.base import View, moment, number, text, views


class UploadedDocument(View["models.UploadedDocument"]):
    """A file as the upload answers it. Source: the page Upload Document."""

    _model = "UploadedDocument"

    @property
    def filename(self) -> str | None:
        """The name it is stored under."""
        return text(self.raw.filename)

    @property
    def mime_type(self) -> str | None:
        """Its media type."""
        return text(self.raw.mime_type)

    @property
    def size(self) -> int | None:
        """Its size in bytes."""
        return number(self.raw.size)

    @property
    def signed_url(self) -> str | None:
        """Link to it, ``url`` in the API; how long it lasts is not documented. Never log it."""
        return text(self.raw.url)

    @property
    def created_at(self) -> datetime | None:
        """When it was uploaded, in UTC, ``uploadedAt`` in the API."""
        return moment(self.raw.uploaded_at)

    @property
    def item_id(self) -> str | None:
        """The checklist item it was tied to, ``associatedChecklistItemId`` in the API; null in the sample."""
        return text(self.raw.associated_checklist_item_id)

    @property
    def external_id(self) -> str | None:
        """Your id of the file; where the response has it is not documented."""
        return text(self.raw.external_id)


class Upload(View["models.DocumentsUploaded"]):
    """The answer to one upload request. Source: the page Upload Document."""

    _model = "DocumentsUploaded"
    _shown = ("action_log_id",)

    @cached_property
    def documents(self) -> tuple[UploadedDocument, ...]:
        """What was stored; its order is not documented."""
        return views(UploadedDocument, self._data.get("documents"))

    @property
    def action_log_id(self) -> str | None:
        """The id of an action log of the upload."""
        return text(self.raw.action_log_id)
