"""A lead for people: the same text on a terminal and in a pipe; on a terminal with colours, and wrapped.

Rule of this file: server text goes through ``clean`` into ``Text`` objects, so it is neither markup nor an escape
sequence. No table is fitted to a width: nothing is cut off, and in a pipe each row is one line.
"""

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from omni import ActionLog, ChecklistItem, ChecklistItemStatus, Document, Lead, LeadStatus
from omni.cli._output import clean, print_lines

_MAX_VALUE_LENGTH = 60
_MIN_WRAPPED_WIDTH = 20

_LEAD_STYLES: dict[str, str] = {
    LeadStatus.COMPLETED: "green",
    LeadStatus.IN_PROGRESS: "cyan",
    LeadStatus.REVIEW: "yellow",
}

_MARKS: dict[str, tuple[str, str]] = {
    ChecklistItemStatus.COMPLETED: ("complete", "green"),
    ChecklistItemStatus.INVALID: ("invalid", "red"),
    ChecklistItemStatus.NEEDS_REVIEW: ("in review", "yellow"),
    ChecklistItemStatus.SKIPPED: ("skipped", "dim"),
}


def print_lead(lead: Lead) -> None:
    """Print a lead; signed links are left out, since they open the files to whoever sees them."""
    # With NO_COLOR, rich still writes bold and dim; people expect plain text.
    # The width is given, since rich would print nothing at all where COLUMNS is 0.
    console = Console(
        file=(text := io.StringIO()),  # so that a full disk and a closed pipe are those of every command
        force_terminal=sys.stdout.isatty() or None,
        highlight=False,
        width=shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )
    for line in _lines(lead, console):
        line.rstrip()
        console.print(line, soft_wrap=True)
    print_lines(iter(text.getvalue().removesuffix("\n").split("\n")), color=True)


def _lines(lead: Lead, console: Console) -> Iterator[Text]:
    section = partial(_section, console)
    yield Text(_title(lead), "bold")
    yield Text(f"id      {clean(lead.id)}")
    yield Text.assemble("status  ", (clean(lead.status) or "unknown", _LEAD_STYLES.get(lead.status, "yellow")))
    for warning in _warnings(lead):
        yield Text(warning, "bold red")
    items = list(lead.iter_items())
    yield Text(f"items   {sum(item.is_complete for item in items)} of {len(items)} complete")
    for group in lead.checklist:
        yield from section(clean(group.name) or "Checklist", [_item(item) for item in group.items])
    missing = lead.missing_items
    yield from section(f"Missing ({len(missing)})", [_cells(item.code, item.label, item.status) for item in missing])
    documents = _documents(lead)
    yield from section(f"Documents ({len(documents)})", [_document(document) for document in documents])
    steps = [_step("draft waiting", lead.next_draft), _step("follow-up due", lead.next_follow_up)]
    yield from section("Next step", [step for step in steps if step])


def _warnings(lead: Lead) -> Iterator[str]:
    if lead.did_opt_out:
        yield "opted out: do not contact"
    if lead.is_deleted:
        yield f"deleted {_time(lead.deleted_at)}" if lead.deleted_at else "deleted"
    if lead.is_test:
        yield "a test lead"


def _section(console: Console, heading: str, rows: Sequence[Sequence[Text]]) -> Iterator[Text]:
    yield Text()
    yield Text(heading, "bold")
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    for *cells, last in rows or [_cells("none")]:
        line = Text("  ")
        for cell, width in zip(cells, widths[:-1], strict=True):
            line.append(cell).append(" " * (width - cell.cell_len + 2))
        yield line.append(_wrap(console, last, line.cell_len))


def _wrap(console: Console, cell: Text, indent: int) -> Text:
    """The last cell of a row; where the terminal ends, it goes on below its beginning if there is room for words."""
    width = console.width - indent
    if width < _MIN_WRAPPED_WIDTH:
        return cell
    parts = cell.wrap(console, width)
    for part in parts:
        part.rstrip()
    return Text("\n" + " " * indent).join(parts)


def _title(lead: Lead) -> str:
    person = " ".join(clean(name) for name in (lead.first_name, lead.last_name) if name)
    return " / ".join(name for name in (clean(lead.business_name), person) if name) or "A lead without a name"


def _item(item: ChecklistItem) -> Sequence[Text]:
    open_mark = ("missing", "red") if item.is_missing else ("open", "dim")
    is_open = item.status in {ChecklistItemStatus.TODO, ""}
    mark = open_mark if is_open else _MARKS.get(item.status, (clean(item.status), "yellow"))
    files = [document.filename or "a file without a name" for document in item.documents]
    return Text(*mark), *_cells(item.label or item.code, _shorten(item.value) or _shorten(files))


def _shorten(value: Any) -> str:
    text = ", ".join(clean(part) for part in _parts(value) if part is not None)
    return text if len(text) <= _MAX_VALUE_LENGTH else text[: _MAX_VALUE_LENGTH - 1] + "…"


def _parts(value: dict[str, Any] | list[Any] | str | float | None) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else [value]


def _documents(lead: Lead) -> Sequence[Document]:
    listed = {document.id for document in lead.documents}
    return [*lead.documents, *(document for document in lead.iter_file_documents() if document.id not in listed)]


def _document(document: Document) -> Sequence[Text]:
    return _cells(document.filename or document.id, _size(document.size), document.mime_type)


def _size(size: int | None) -> str:
    if size is None:
        return ""
    return (
        decimal(size) if abs(size) < 10**18 else f"{_shorten(size)} bytes"
    )  # rich computes with floats, which overflow


def _step(label: str, log: ActionLog | None) -> Sequence[Text]:
    return _cells(label, _time(log.scheduled_at or log.created_at), log.summary) if log else ()


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else "no time"


def _cells(*cells: object) -> Sequence[Text]:
    return [Text(clean(cell)) for cell in cells]
