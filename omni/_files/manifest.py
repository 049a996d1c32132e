"""A folder of downloaded documents, and the manifest in it that says which document is in which file."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from omni._files.atomic_write import write_atomic
from omni._files.destination import check_replaceable, file_digest, read_bounded
from omni._files.download import SaveOptions
from omni._files.filenames import UniqueNames, safe_filename
from omni._views.checklists import Document
from omni._views.leads import Lead
from omni.errors import UsageError

MANIFEST = ".omni-manifest.json"
"""The manifest's name. No document gets it, since no document's name begins with a dot."""

MAX_MANIFEST_SIZE = 32 * 2**20
"""Bytes of a manifest: enough for some hundred thousand files."""


@dataclass(frozen=True)
class ManifestEntry:
    """The file of a document: its name, and its size and digest when it is complete; before, the name is reserved."""

    name: str
    size: int | None = None
    digest: str | None = None
    """The SHA-256 in hex; None before the file is complete, and in manifests of older versions."""


def read_manifest(content: bytes | None) -> dict[str, ManifestEntry]:
    """The entries by document id; UsageError if the manifest is damaged, since the folder may hold anything then."""
    if content is None:
        return {}
    # Not raised in an `except` block: the context of the error would keep file names.
    with suppress(AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return {id: _read_entry(entry) for id, entry in json.loads(content)["documents"].items()}
    raise UsageError(f"{MANIFEST} in the folder is damaged: delete it, or download to another folder.")


def _read_entry(entry: dict[str, object]) -> ManifestEntry:
    name, size, digest = entry["file"], entry["size"], entry.get("sha256")
    if not isinstance(name, str) or safe_filename(name) != name:  # it might lead out of the folder
        raise ValueError
    return ManifestEntry(name, size if type(size) is int else None, digest if isinstance(digest, str) else None)


def manifest_json(entries: Mapping[str, ManifestEntry]) -> bytes:
    """The manifest as it is saved."""
    files = {id: {"file": entry.name, "size": entry.size, "sha256": entry.digest} for id, entry in entries.items()}
    return json.dumps({"documents": files}, indent=1).encode() + b"\n"


def list_documents(lead: Lead) -> tuple[Document, ...]:
    """All documents of a lead, each once; those without an id all count as different."""
    documents: dict[object, Document] = {}
    for document in (*lead.documents, *lead.iter_file_documents()):
        documents.setdefault(document.id or len(documents), document)
    return tuple(documents.values())


def assign_names(
    documents: Iterable[Document], entries: Mapping[str, ManifestEntry], existing: Iterable[str]
) -> list[str]:
    """A file name for each document: the one in its entry, or a new one that no entry and no existing file has."""
    unique = UniqueNames((*existing, *(entry.name for entry in entries.values())))
    return [
        entry.name if (entry := entries.get(document.id)) else unique.add(safe_filename(document.filename, document.id))
        for document in documents
    ]


class DownloadFolder:
    """A folder that documents are downloaded to. Its methods block."""

    def __init__(self, path: Path, documents: Sequence[Document], options: SaveOptions) -> None:
        self._path = path
        self._documents = documents
        self.options = options
        self._entries: dict[str, ManifestEntry] = {}
        self._saved: dict[str, ManifestEntry] = {}

    def prepare(self) -> list[tuple[Document, Path]]:
        """Create the folder and assign a file to each document.

        New names are reserved in the manifest first, so that a run after a kill finds the same files.
        """
        self._path.mkdir(exist_ok=True)
        known = read_manifest(read_bounded(self._path / MANIFEST, MAX_MANIFEST_SIZE))
        existing = () if self.options.overwrite else (path.name for path in self._path.iterdir())
        names = assign_names(self._documents, known, existing)
        files = [(document, self._path / name) for document, name in zip(self._documents, names, strict=True)]
        reserved = {
            document.id: ManifestEntry(path.name)
            for document, path in files
            if document.id and not os.path.lexists(path)
        }
        self._entries = {**reserved, **known}
        self._write_manifest(self._entries)
        return files

    def has_file(self, document: Document, target: Path) -> bool | None:
        """Whether the document's file is complete; None if its content must be compared, as no digest was noted."""
        entry = None if self.options.overwrite else self._entries.get(document.id)
        if entry is None or not target.is_file() or entry.size not in {None, target.stat().st_size}:
            return False
        return None if entry.digest is None else entry.digest == file_digest(target)

    def add(self, document: Document, entry: ManifestEntry) -> None:
        """Note a file that is complete; one of a document without an id could be of any."""
        if document.id:
            self._saved[document.id] = entry

    def finish(self) -> None:
        """Write the complete files to the manifest and free the names that were not used."""
        ids = {document.id for document in self._documents}
        known = {id: entry for id, entry in self._entries.items() if entry.size is not None or id not in ids}
        self._write_manifest({**known, **self._saved})

    def _write_manifest(self, entries: Mapping[str, ManifestEntry]) -> None:
        write_atomic(self._path / MANIFEST, manifest_json(entries), self.options.mode)


def has_same_content(target: Path, entry: ManifestEntry) -> bool:
    """Whether the existing file has this content, False if it is gone; UsageError if it has another."""
    if file_digest(target) == entry.digest:
        return True
    check_replaceable(target, overwrite=False)
    return False
