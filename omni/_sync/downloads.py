# Derived from omni/_async/downloads.py by tools/unasync.py, do not edit.
"""Downloads: files on their way to the disk, a quarter of a mebibyte at a time."""

import math
import os
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omni_client.models import AnalyticsFormat

from omni import _endpoint
from omni._sync.http import HTTP
from omni._budget import Budget
from omni._discreet import discreet, forget_locals
from omni._disk import (
    Crew,
    Disk,
    Part,
    check_free,
    destination,
    future_folder,
    read_whole,
    size_of,
    write_whole,
)
from omni._download import (
    LINK_IS_OVER,
    MANIFEST,
    DownloadResult,
    Kept,
    Place,
    Progress,
    documents_of,
    link_in,
    link_of,
    names,
    read_manifest,
    safe_name,
    written_manifest,
)
from omni._http import stall_timeouts
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


@discreet
def one(
    client: "Client", document: Document | str, to: To, overwrite: bool, progress: Progress | None
) -> Path:
    """Download a document to a path, or by its own name to a folder."""
    folder, name = Disk.run(destination, to, overwrite)
    found = document if isinstance(document, Document) else client.documents.get(document)
    target = folder / (name or safe_name(found.filename, found.id))
    return _save(client, found, target, overwrite, progress)


@discreet
def _save(
    client: "Client", document: Document, target: Path, overwrite: bool, progress: Progress | None
) -> Path:
    def fresh() -> str:
        found = client.documents.get(document.id)
        return link_of(found, found.signed_url, _endpoint.GET_DOCUMENT.path)

    return Download(client.http, document.signed_url, fresh, progress).to(target, overwrite)


@discreet
def csv(client: "Client", period: Period, to: To, overwrite: bool, progress: Progress | None) -> Path:
    """Download the file that analytics makes."""

    def fresh() -> str:
        found = client.call(_endpoint.GET_ANALYTICS, **period, format_=AnalyticsFormat.CSV)
        return link_of(found, found.download_url, _endpoint.GET_ANALYTICS.path)

    folder, name = Disk.run(destination, to, overwrite)
    return Download(client.http, None, fresh, progress).to(folder / (name or "analytics.csv"), overwrite)


@discreet
def every(
    client: "Client",
    lead: Lead | str,
    to: To,
    concurrency: int,
    overwrite: bool,
    progress: Callable[[Document, int, int | None], object] | None,
) -> tuple[DownloadResult, ...]:
    """Download all documents of a lead that are not in the folder yet."""
    if not number(concurrency) or concurrency < 1:
        raise UsageError("concurrency must be a whole number of at least 1.")
    folder = Disk.run(future_folder, to)
    documents = documents_of(lead if isinstance(lead, Lead) else client.leads.get(lead))
    plan, kept = Disk.run(_begun, folder, documents, overwrite)

    def save(item: tuple[Document, Path]) -> DownloadResult:
        def report(have: int, total: int | None) -> None:
            if progress is not None:
                progress(document, have, total)

        document, target = item
        try:
            known = kept.get(document.id)
            if known and not overwrite and known.is_whole(Disk.run(size_of, target)):
                return DownloadResult(document, target, None, True)
            return DownloadResult(document, _save(client, document, target, overwrite, report), None, False)
        except OmniError as error:
            return DownloadResult(document, None, error, False)

    results = Crew.map(save, plan, concurrency)
    for failure in filter(None, (result.error for result in results)):
        forget_locals(failure)  # it is handed over, and not raised through the method that does this
    Disk.run(_ended, folder, kept, results)
    return tuple(results)


def _begun(
    folder: Path, documents: Sequence[Document], overwrite: bool
) -> tuple[list[tuple[Document, Path]], dict[str, Kept]]:
    """Name the files, and say so in the manifest, so that a run after a kill finds them again."""
    folder.mkdir(exist_ok=True)
    kept = read_manifest(read_whole(folder / MANIFEST))
    there = () if overwrite else (each.name for each in folder.iterdir())
    plan = [(each, folder / name) for each, name in zip(documents, names(documents, kept, there), strict=True)]
    free = {each.id: Kept(path.name) for each, path in plan if each.id and not os.path.lexists(path)}
    kept = {**free, **kept}
    write_whole(folder / MANIFEST, written_manifest(kept))
    return plan, kept


def _ended(folder: Path, kept: Mapping[str, Kept], results: Iterable[DownloadResult]) -> None:
    """Say in the manifest what is there whole; names that were not used are given away again."""
    whole = {each.document.id: Kept(each.path.name, size_of(each.path)) for each in results if each.path}
    whole.pop("", None)
    ours = {each.document.id for each in results}
    before = {key: known for key, known in kept.items() if known.size is not None or key not in ours}
    write_whole(folder / MANIFEST, written_manifest({**before, **whole}))


class Download:
    """One file on its way: asked for, gone on with where it was cut, and asked for anew when its link is over."""

    def __init__(self, http: HTTP, link: str | None, fresh: Callable[[], Any], progress: Progress | None) -> None:
        self._http = http
        self._link = link_in(link)
        self._fresh = fresh
        self._progress = progress
        self._place = Place()
        self._is_whole = False
        self._is_renewed = False
        self._furthest = 0
        self._tries = 0

    def to(self, target: Path, overwrite: bool) -> Path:
        """Write the file, whole or not at all; UsageError before anything is asked for if it may not be written."""
        Disk.run(check_free, target, overwrite)
        with Part(target.parent) as part:
            while not self._is_whole:
                if (failure := self._ask(part)) is not None:
                    self._pause(failure)
            Disk.run(part.become, target, self._place.have, overwrite)
        return target

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
            return self._receive(response, part) if place else _not_the_file(response)

    def _receive(self, response: Any, part: Part) -> OmniError | None:
        failure: OmniError | None = None
        piece = bytearray()
        try:
            for chunk in response.stream:
                piece += chunk
                if len(piece) >= PIECE:
                    self._write(part, piece)
                    if self._place.is_too_long:
                        break
        except APIConnectionError as error:
            failure = error
        self._write(part, piece)  # what came before a cut counts
        self._is_whole = self._place.is_whole(failure is None)
        return None if self._is_whole else failure or _not_the_file(response)

    def _write(self, part: Part, piece: bytearray) -> None:
        Disk.run(part.write, self._place.have, piece)
        self._place = replace(self._place, have=self._place.have + len(piece))
        piece.clear()
        if self._progress is not None:
            self._progress(self._place.have, self._place.total)

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
