# Derived from omni/_async/downloads.py by tools/unasync.py, do not edit.
"""Downloads: files on their way to the disk, a quarter of a mebibyte at a time."""

import math
import os
import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from omni._sync.http import HTTP
from omni._sync.session import Session
from omni._files.atomic_write import PartialFile, write_atomic
from omni._files.concurrency import Concurrency
from omni._files.destination import check_free, destination, digest_of, future_folder, path_to, read_whole, size_of
from omni._files.download import (
    EXPIRED_LINK_STATUSES,
    MANIFEST,
    MAX_MANIFEST_SIZE,
    DownloadResult,
    ManifestEntry,
    Progress,
    Reporter,
    ResumeState,
    SaveOptions,
    documents_of,
    link_in,
    link_of,
    names,
    read_manifest,
    safe_name,
    written_manifest,
)
from omni._files.download_result import Downloaded, NotDownloaded
from omni._operations import registry
from omni._operations.response_errors import error_details, status_error
from omni._traceback_scrubbing import clear_frames
from omni._transport.call import is_of_callback, stall_timeouts
from omni._transport.deadline import Runtime
from omni._transport.retry import Outcome, wait_before_next
from omni._views.checklists import Document
from omni._views.json_values import int_or_none
from omni._views.leads import Lead
from omni.errors import APIConnectionError, APIStatusError, InvalidResponseError, OmniError, UsageError

CHUNK_SIZE = 1 << 18
"""Bytes that are kept in memory before they are written; more of them leave the processor's cache, and are slower."""

MAX_ERROR_BODY = 1 << 16
"""Bytes that are kept of what a file host says when it refuses."""

To = str | os.PathLike[str]


def one(
    session: Session, document: Document | str, to: To, options: SaveOptions, progress: Progress | None
) -> Path:
    """Download a document to a path, or by its own name to a folder."""
    folder, name, given = Concurrency.run_in_thread(destination, to, options.overwrite)
    found = document if isinstance(document, Document) else _get_document(session, document)
    target = folder / (name or safe_name(found.filename, found.id))
    _of_document(session, found, options, Reporter(progress)).to(target)
    return path_to(target, given)


def _get_document(session: Session, document_id: str) -> Document:
    return session.call(registry.GET_DOCUMENT, document_id=document_id)


def _get_lead(session: Session, lead_id: str) -> Lead:
    return session.call(registry.GET_LEAD, lead_id=lead_id)


def _of_document(session: Session, document: Document, options: SaveOptions, report: Reporter) -> "Download":
    def checked(found: Document) -> str:
        return link_of(found, found.signed_url, registry.GET_DOCUMENT.path, session.http.base_url.scheme)

    def fresh() -> str:
        return checked(_get_document(session, document.id))

    link = checked(document) if link_in(document.signed_url) else None
    return Download(session.http, link, fresh, options, report)


def csv(
    session: Session, period: dict[str, str], to: To, options: SaveOptions, progress: Progress | None
) -> Path:
    """Download the file that analytics makes."""

    def fresh() -> str:
        found = session.call(registry.GET_ANALYTICS, **period, format="csv")
        return link_of(found, found.download_url, registry.GET_ANALYTICS.path, session.http.base_url.scheme)

    folder, name, given = Concurrency.run_in_thread(destination, to, options.overwrite)
    target = folder / (name or "analytics.csv")
    Download(session.http, None, fresh, options, Reporter(progress)).to(target)
    return path_to(target, given)


def every(
    session: Session,
    lead: Lead | str,
    to: To,
    concurrency: int,
    options: SaveOptions,
    progress: Callable[[Document, int, int | None], object] | None,
) -> tuple[DownloadResult, ...]:
    """Download all documents of a lead that are not in the folder yet."""
    if not int_or_none(concurrency) or concurrency < 1:
        raise UsageError("concurrency must be a whole number of at least 1.")
    folder, given = Concurrency.run_in_thread(future_folder, to)
    documents = documents_of(lead if isinstance(lead, Lead) else _get_lead(session, lead))
    plan, kept = Concurrency.run_in_thread(_begun, folder, documents, options)
    saved: dict[str, ManifestEntry] = {}

    def save(item: tuple[Document, Path]) -> DownloadResult:
        document, target = item
        report = Reporter(progress, document)
        try:
            was_there = Concurrency.run_in_thread(
                _is_there, target, None if options.overwrite else kept.get(document.id)
            )
            if not was_there:
                download = _of_document(session, document, options, report)
                saved[document.id] = download.to(target, with_digest=True, may_be_there=was_there is None)
                was_there = download.was_there
            return Downloaded(document, path_to(target, given), None, was_there)
        except Exception as error:
            if error is report.raised or is_of_callback(error):
                raise
            return NotDownloaded(document, None, _as_ours(error), False)

    results = Concurrency.map_concurrently(save, plan, concurrency)
    for failure in filter(None, (result.error for result in results)):
        clear_frames(failure)  # it is handed over, and not raised through the method that does this
    Concurrency.run_in_thread(_ended, folder, kept, {each.id for each in documents}, saved, options.mode)
    return tuple(results)


def _as_ours(error: Exception) -> OmniError:
    """Whatever a file fails with is the error of that file alone."""
    if isinstance(error, OmniError):
        return error
    return OmniError(f"The file could not be fetched: {type(error).__name__}.")


def _begun(
    folder: Path, documents: Sequence[Document], options: SaveOptions
) -> tuple[list[tuple[Document, Path]], dict[str, ManifestEntry]]:
    """Name the files, and say so in the manifest, so that a run after a kill finds them again."""
    folder.mkdir(exist_ok=True)
    kept = read_manifest(read_whole(folder / MANIFEST, MAX_MANIFEST_SIZE))
    there = () if options.overwrite else (each.name for each in folder.iterdir())
    plan = [(each, folder / name) for each, name in zip(documents, names(documents, kept, there), strict=True)]
    free = {each.id: ManifestEntry(path.name) for each, path in plan if each.id and not os.path.lexists(path)}
    kept = {**free, **kept}
    write_atomic(folder / MANIFEST, written_manifest(kept), options.mode)
    return plan, kept


def _is_there(target: Path, known: ManifestEntry | None) -> bool | None:
    """Whether a document's file is there; None if only the file host can tell, since no digest of it was noted."""
    size = size_of(target)
    if known is None or size is None or known.size not in {None, size}:
        return False
    return None if known.digest is None else known.digest == digest_of(target)


def _is_same(target: Path, saved: ManifestEntry) -> bool:
    """Whether the file that is there has this content; UsageError if it has another."""
    if digest_of(target) == saved.digest:
        return True
    check_free(target, overwrite=False)
    return False


def _ended(
    folder: Path, kept: Mapping[str, ManifestEntry], ours: Set[str], saved: dict[str, ManifestEntry], mode: int | None
) -> None:
    """Say in the manifest what is there whole; names that were not used are given away again."""
    saved.pop("", None)
    before = {key: known for key, known in kept.items() if known.size is not None or key not in ours}
    write_atomic(folder / MANIFEST, written_manifest({**before, **saved}), mode)


class Download:
    """One file on its way: asked for, gone on with where it was cut, and asked for anew when its link is over."""

    def __init__(
        self, http: HTTP, link: str | None, fresh: Callable[[], Any], options: SaveOptions, report: Reporter
    ) -> None:
        self._http = http
        self._link = link
        self._fresh = fresh
        self._options = options
        self._report = report
        self.was_there = False
        self._state = ResumeState()
        self._is_whole = False
        self._is_renewed = False
        self._furthest = 0
        self._tries = 0

    def to(self, target: Path, *, with_digest: bool = False, may_be_there: bool = False) -> ManifestEntry:
        """Write the file, whole or not at all; UsageError before anything is asked for if it may not be written.

        If it may be there, a file of the same content is left, and only another one refused.
        """
        overwrite = self._options.overwrite
        if not may_be_there:
            Concurrency.run_in_thread(check_free, target, overwrite)
        with PartialFile(target.parent, with_digest=with_digest) as part:
            while not self._is_whole:
                if (failure := self._ask(part)) is not None:
                    self._pause(failure)
            kept = ManifestEntry(target.name, self._state.have, part.digest)
            self.was_there = may_be_there and Concurrency.run_in_thread(_is_same, target, kept)
            if not self.was_there:
                Concurrency.run_in_thread(
                    part.commit, target, self._state.have, overwrite, self._options.mode
                )
        return kept

    def _ask(self, part: PartialFile) -> OmniError | None:
        """Ask for what is missing; the reason if it did not come."""
        if self._link is None:
            self._link, self._is_renewed = self._fresh(), True
        limits = {"timeout": stall_timeouts(self._http.timeout)}
        http = self._http.without_defaults()
        with http.stream("GET", self._link, headers=self._state.headers(), extensions=limits) as response:
            if response.status_code in EXPIRED_LINK_STATUSES and not self._is_renewed:
                self._link = None
                return None
            if not (response.is_success or response.status_code == 416):
                raise _refusal(response)
            state = self._state.after_response(response.status_code, response.headers)
            self._state = state or ResumeState()
            self._check_size(self._state.total or 0, response)
            return self._receive(response, part) if state else _not_the_file(response)

    def _receive(self, response: Any, part: PartialFile) -> OmniError | None:
        failure: OmniError | None = None
        piece = bytearray()
        try:
            for chunk in response.stream:
                piece += chunk
                if len(piece) >= CHUNK_SIZE:
                    self._write(part, piece, response)
                    if self._state.is_too_long:
                        break
        except APIConnectionError as error:
            if error is self._report.raised:
                raise
            failure = error
        self._write(part, piece, response)  # what came before a cut counts
        self._is_whole = self._state.is_whole(failure is None)
        return None if self._is_whole else failure or _not_the_file(response)

    def _write(self, part: PartialFile, piece: bytearray, response: Any) -> None:
        self._check_size(self._state.have + len(piece), response)
        Concurrency.run_in_thread(part.write, self._state.have, piece)
        self._state = replace(self._state, have=self._state.have + len(piece))
        piece.clear()
        self._report(self._state.have, self._state.total)

    def _check_size(self, size: int, response: Any) -> None:
        most = self._options.max_bytes
        if size > most:
            raise InvalidResponseError(
                f"The file has more than max_bytes={most:,.0f} bytes, so nothing of it was kept: pass a larger"
                " max_bytes if it is meant to be that large",
                **error_details(response, b""),
            )

    def _pause(self, failure: OmniError) -> None:
        """Wait before the next try; raise the failure if there were too many in a row that brought nothing new."""
        self._tries += 1
        if self._state.have > self._furthest:  # a store without ranges that always cuts early brings nothing new
            self._furthest, self._tries, self._is_renewed = self._state.have, 1, False
        pause = wait_before_next(
            "GET",
            Outcome(),
            attempt=self._tries,
            attempts=self._http._attempts,
            left=math.inf,
            jitter=random.random(),
        )
        if pause is None:
            raise failure
        Runtime.sleep(pause)


def _refusal(response: Any) -> APIStatusError:
    content = b""
    for chunk in response.stream:
        content += chunk
        if len(content) >= MAX_ERROR_BODY:
            break
    error = status_error(response, content)
    error.args = (f"The file host refused with {response.status_code}",)  # the repairs are those of the API
    return error


def _not_the_file(response: Any) -> InvalidResponseError:
    return InvalidResponseError(
        "The file host sent something else than the file, or than the part of it that was asked for",
        **error_details(response, b""),
    )
