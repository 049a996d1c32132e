# Derived from omni/_async/downloads.py by tools/unasync.py, do not edit.
"""Downloads: files on their way to the disk, a quarter of a mebibyte at a time."""

import math
import os
import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omni_client.models import AnalyticsFormat

from omni import _endpoint
from omni._sync.http import HTTP
from omni._budget import Budget
from omni._destination import check_free, destination, digest_of, future_folder, path_to, read_whole, size_of
from omni._discreet import forget_locals
from omni._disk import Crew, Disk, Part, write_whole
from omni._download import (
    LINK_IS_OVER,
    MANIFEST,
    MAX_MANIFEST_SIZE,
    DownloadResult,
    Kept,
    Place,
    Progress,
    Reporter,
    SaveOptions,
    documents_of,
    link_in,
    link_of,
    names,
    read_manifest,
    safe_name,
    written_manifest,
)
from omni._download_result import Downloaded, NotDownloaded
from omni._http import is_of_callback, stall_timeouts
from omni._pages import Period
from omni._retry import Outcome, wait_before_next
from omni._view import number
from omni.documents import Document
from omni.errors import APIConnectionError, APIStatusError, InvalidResponseError, OmniError, UsageError
from omni.leads import Lead

if TYPE_CHECKING:
    from omni._sync.client import Client

PIECE = 1 << 18
"""Bytes that are kept in memory before they are written; more of them leave the processor's cache, and are slower."""

MOST_OF_A_REFUSAL = 1 << 16
"""Bytes that are kept of what a file host says when it refuses."""

To = str | os.PathLike[str]


def one(
    client: "Client", document: Document | str, to: To, options: SaveOptions, progress: Progress | None
) -> Path:
    """Download a document to a path, or by its own name to a folder."""
    folder, name, given = Disk.run(destination, to, options.overwrite)
    found = document if isinstance(document, Document) else client.documents.get(document)
    target = folder / (name or safe_name(found.filename, found.id))
    _of_document(client, found, options, Reporter(progress)).to(target)
    return path_to(target, given)


def _of_document(client: "Client", document: Document, options: SaveOptions, report: Reporter) -> "Download":
    def checked(found: Document) -> str:
        return link_of(found, found.signed_url, _endpoint.GET_DOCUMENT.path, client.http.base_url.scheme)

    def fresh() -> str:
        return checked(client.documents.get(document.id))

    link = checked(document) if link_in(document.signed_url) else None
    return Download(client.http, link, fresh, options, report)


def csv(client: "Client", period: Period, to: To, options: SaveOptions, progress: Progress | None) -> Path:
    """Download the file that analytics makes."""

    def fresh() -> str:
        found = client.call(_endpoint.GET_ANALYTICS, **period, format_=AnalyticsFormat.CSV)
        return link_of(found, found.download_url, _endpoint.GET_ANALYTICS.path, client.http.base_url.scheme)

    folder, name, given = Disk.run(destination, to, options.overwrite)
    target = folder / (name or "analytics.csv")
    Download(client.http, None, fresh, options, Reporter(progress)).to(target)
    return path_to(target, given)


def every(
    client: "Client",
    lead: Lead | str,
    to: To,
    concurrency: int,
    options: SaveOptions,
    progress: Callable[[Document, int, int | None], object] | None,
) -> tuple[DownloadResult, ...]:
    """Download all documents of a lead that are not in the folder yet."""
    if not number(concurrency) or concurrency < 1:
        raise UsageError("concurrency must be a whole number of at least 1.")
    folder, given = Disk.run(future_folder, to)
    documents = documents_of(lead if isinstance(lead, Lead) else client.leads.get(lead))
    plan, kept = Disk.run(_begun, folder, documents, options)
    saved: dict[str, Kept] = {}

    def save(item: tuple[Document, Path]) -> DownloadResult:
        document, target = item
        report = Reporter(progress, document)
        try:
            was_there = Disk.run(_is_there, target, None if options.overwrite else kept.get(document.id))
            if not was_there:
                download = _of_document(client, document, options, report)
                saved[document.id] = download.to(target, with_digest=True, may_be_there=was_there is None)
                was_there = download.was_there
            return Downloaded(document, path_to(target, given), None, was_there)
        except Exception as error:
            if error is report.raised or is_of_callback(error):
                raise
            return NotDownloaded(document, None, _as_ours(error), False)

    results = Crew.map(save, plan, concurrency)
    for failure in filter(None, (result.error for result in results)):
        forget_locals(failure)  # it is handed over, and not raised through the method that does this
    Disk.run(_ended, folder, kept, {each.id for each in documents}, saved, options.mode)
    return tuple(results)


def _as_ours(error: Exception) -> OmniError:
    """Whatever a file fails with is the error of that file alone."""
    if isinstance(error, OmniError):
        return error
    return OmniError(f"The file could not be fetched: {type(error).__name__}.")


def _begun(
    folder: Path, documents: Sequence[Document], options: SaveOptions
) -> tuple[list[tuple[Document, Path]], dict[str, Kept]]:
    """Name the files, and say so in the manifest, so that a run after a kill finds them again."""
    folder.mkdir(exist_ok=True)
    kept = read_manifest(read_whole(folder / MANIFEST, MAX_MANIFEST_SIZE))
    there = () if options.overwrite else (each.name for each in folder.iterdir())
    plan = [(each, folder / name) for each, name in zip(documents, names(documents, kept, there), strict=True)]
    free = {each.id: Kept(path.name) for each, path in plan if each.id and not os.path.lexists(path)}
    kept = {**free, **kept}
    write_whole(folder / MANIFEST, written_manifest(kept), options.mode)
    return plan, kept


def _is_there(target: Path, known: Kept | None) -> bool | None:
    """Whether a document's file is there; None if only the file host can tell, since no digest of it was noted."""
    size = size_of(target)
    if known is None or size is None or known.size not in {None, size}:
        return False
    return None if known.digest is None else known.digest == digest_of(target)


def _is_same(target: Path, saved: Kept) -> bool:
    """Whether the file that is there has this content; UsageError if it has another."""
    if digest_of(target) == saved.digest:
        return True
    check_free(target, overwrite=False)
    return False


def _ended(folder: Path, kept: Mapping[str, Kept], ours: Set[str], saved: dict[str, Kept], mode: int | None) -> None:
    """Say in the manifest what is there whole; names that were not used are given away again."""
    saved.pop("", None)
    before = {key: known for key, known in kept.items() if known.size is not None or key not in ours}
    write_whole(folder / MANIFEST, written_manifest({**before, **saved}), mode)


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
        self._place = Place()
        self._is_whole = False
        self._is_renewed = False
        self._furthest = 0
        self._tries = 0

    def to(self, target: Path, *, with_digest: bool = False, may_be_there: bool = False) -> Kept:
        """Write the file, whole or not at all; UsageError before anything is asked for if it may not be written.

        If it may be there, a file of the same content is left, and only another one refused.
        """
        overwrite = self._options.overwrite
        if not may_be_there:
            Disk.run(check_free, target, overwrite)
        with Part(target.parent, with_digest=with_digest) as part:
            while not self._is_whole:
                if (failure := self._ask(part)) is not None:
                    self._pause(failure)
            kept = Kept(target.name, self._place.have, part.digest)
            self.was_there = may_be_there and Disk.run(_is_same, target, kept)
            if not self.was_there:
                Disk.run(part.become, target, self._place.have, overwrite, self._options.mode)
        return kept

    def _ask(self, part: Part) -> OmniError | None:
        """Ask for what is missing; the reason if it did not come."""
        if self._link is None:
            self._link, self._is_renewed = self._fresh(), True
        limits = {"timeout": stall_timeouts(self._http.timeout)}
        http = self._http.without_defaults()
        with http.stream("GET", self._link, headers=self._place.headers(), extensions=limits) as response:
            if response.status_code in LINK_IS_OVER and not self._is_renewed:
                self._link = None
                return None
            if not (response.is_success or response.status_code == 416):
                raise _refusal(response)
            place = self._place.answered(response.status_code, response.headers)
            self._place = place or Place()
            self._check_size(self._place.total or 0, response)
            return self._receive(response, part) if place else _not_the_file(response)

    def _receive(self, response: Any, part: Part) -> OmniError | None:
        failure: OmniError | None = None
        piece = bytearray()
        try:
            for chunk in response.stream:
                piece += chunk
                if len(piece) >= PIECE:
                    self._write(part, piece, response)
                    if self._place.is_too_long:
                        break
        except APIConnectionError as error:
            if error is self._report.raised:
                raise
            failure = error
        self._write(part, piece, response)  # what came before a cut counts
        self._is_whole = self._place.is_whole(failure is None)
        return None if self._is_whole else failure or _not_the_file(response)

    def _write(self, part: Part, piece: bytearray, response: Any) -> None:
        self._check_size(self._place.have + len(piece), response)
        Disk.run(part.write, self._place.have, piece)
        self._place = replace(self._place, have=self._place.have + len(piece))
        piece.clear()
        self._report(self._place.have, self._place.total)

    def _check_size(self, size: int, response: Any) -> None:
        most = self._options.max_bytes
        if size > most:
            raise InvalidResponseError(
                f"The file has more than max_bytes={most:,.0f} bytes, so nothing of it was kept: pass a larger"
                " max_bytes if it is meant to be that large",
                **_endpoint.facts_of(response, b""),
            )

    def _pause(self, failure: OmniError) -> None:
        """Wait before the next try; raise the failure if there were too many in a row that brought nothing new."""
        self._tries += 1
        if self._place.have > self._furthest:  # a store without ranges that always cuts early brings nothing new
            self._furthest, self._tries, self._is_renewed = self._place.have, 1, False
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
        Budget.sleep(pause)


def _refusal(response: Any) -> APIStatusError:
    content = b""
    for chunk in response.stream:
        content += chunk
        if len(content) >= MOST_OF_A_REFUSAL:
            break
    error = _endpoint.status_error(response, _endpoint.facts_of(response, content))
    error.args = (f"The file host refused with {response.status_code}",)  # the repairs are those of the API
    return error


def _not_the_file(response: Any) -> InvalidResponseError:
    return InvalidResponseError(
        "The file host sent something else than the file, or than the part of it that was asked for",
        **_endpoint.facts_of(response, b""),
    )
