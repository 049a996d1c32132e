"""Documents: the files that were uploaded for a lead."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen
from omni_client import models

from omni._view import View, copied, moment, text

if TYPE_CHECKING:
    from omni.checklists import ChecklistItem


@frozen(eq=False, repr=False, slots=False)
class Document(View):
    """An uploaded file. Source: the pages Get Lead and Get Lead Documents."""

    raw: models.Document
    item: "ChecklistItem | None" = None
    """The checklist item it was reached through, by ``item.documents`` or ``lead.iter_file_documents()``."""

    _model = models.Document

    @property
    def filename(self) -> str | None:
        """The name its sender gave it: never use it as a path."""
        return text(self.raw.filename)

    @property
    def mime_type(self) -> str | None:
        """Its media type, such as ``application/pdf``."""
        return text(self.raw.mime_type)

    @property
    def size(self) -> int | None:
        """Its size in bytes."""
        return self.raw.size if isinstance(self.raw.size, int) else None

    @property
    def signed_url(self) -> str | None:
        """Presigned link, good for one hour and for whoever holds it: download it without the API key, never log it."""
        return text(self.raw.signed_url)

    @property
    def created_at(self) -> datetime | None:
        """When it was uploaded, in UTC; only older copies of the documentation have it."""
        return moment(self.raw.created_at)

    @property
    def metadata(self) -> Any:
        """What extraction found, as it came: a dict or None; its keys changed over time."""
        return copied(self.raw.metadata)

    def __reduce__(self) -> tuple[Any, ...]:
        return _with_item, (*super().__reduce__(), self.item)


def _with_item(make: Callable[..., Document], arguments: tuple[Any, ...], item: "ChecklistItem | None") -> Document:
    return evolve(make(*arguments), item=item)
