# Derived from omni/_async/downloads.py by tools/unasync.py, do not edit.
"""Downloads: interrupted ones resume if the file host supports ranges, and expired links are renewed."""

import math
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from omni._sync.http import HTTP
from omni._sync.session import Session
from omni._files.atomic_write import PartialFile
from omni._files.concurrency import Concurrency
from omni._files.destination import check_replaceable, path_as_given, resolve_folder, resolve_target
from omni._files.download import (
    EXPIRED_LINK_STATUSES,
    Progress,
    ProgressReporter,
    ResumeState,
    SaveOptions,
    check_link,
    is_link,
)
from omni._files.filenames import safe_filename
from omni._files.manifest import DownloadFolder, ManifestEntry, has_same_content, list_documents
from omni._files.results import DownloadedFile, DownloadResult, FailedDownload
from omni._files.socket_body import SocketBody
from omni._operations import registry
from omni._operations.response_errors import error_details, status_error
from omni._traceback_scrubbing import clear_frames
from omni._transport.call import stall_timeouts
from omni._transport.failures import is_of_callback
from omni._transport.retry import AttemptOutcome, wait_before_next
from omni._transport.runtime import Runtime
from omni._views.checklists import Document
from omni._views.leads import Lead
from omni.errors import APIConnectionError, APIStatusError, InvalidResponseError, OmniError
from omni.settings import checked_concurrency

CHUNK_SIZE = 1 << 18
"""Bytes that are held in memory before they are written; larger chunks leave the processor's cache and are slower."""

MAX_ERROR_BODY = 1 << 16
"""Bytes that are kept of a file host's error response."""

StrPath = str | os.PathLike[str]


def download_document(
    session: Session, document: Document | str, to: StrPath, options: SaveOptions, progress: Progress | None
) -> Path:
    """Download a document to a path, or under its own name to a folder."""
    folder, name, given_folder = Concurrency.run_in_thread(resolve_target, to, options.overwrite)
    if not isinstance(document, Document):
        document = _get_document(session, document)
    target = folder / (name or safe_filename(document.filename, document.id))
    _prepare_download(session, document, options, ProgressReporter(progress)).save(target)
    return path_as_given(target, given_folder)


def download_csv(
    session: Session, period: dict[str, str], to: StrPath, options: SaveOptions, progress: Progress | None
) -> Path:
    """Download the CSV file of the analytics."""

    def renew_link() -> str:
        analytics = session.call(registry.GET_ANALYTICS, **period, format="csv")
        scheme = session.http.base_url.scheme
        return check_link(analytics, analytics.download_url, registry.GET_ANALYTICS.path, scheme)

    folder, name, given_folder = Concurrency.run_in_thread(resolve_target, to, options.overwrite)
    target = folder / (name or "analytics.csv")
    Download(session.http, None, renew_link, options, ProgressReporter(progress)).save(target)
    return path_as_given(target, given_folder)


def download_documents(
    session: Session,
    lead: Lead | str,
    to: StrPath,
    concurrency: int,
    options: SaveOptions,
    progress: Callable[[Document, int, int | None], object] | None,
) -> tuple[DownloadResult, ...]:
    """Download all documents of a lead that are not in the folder yet."""
    checked_concurrency(concurrency)
    path, given_folder = Concurrency.run_in_thread(resolve_folder, to)
    if not isinstance(lead, Lead):
        lead = session.call(registry.GET_LEAD, lead_id=lead)
    folder = DownloadFolder(path, list_documents(lead), options)
    files = Concurrency.run_in_thread(folder.prepare)

    def save(file: tuple[Document, Path]) -> DownloadResult:
        document, target = file
        report = ProgressReporter(progress, document)
        try:
            skipped = _download_if_missing(session, folder, document, target, report)
            return DownloadedFile(document, path_as_given(target, given_folder), skipped=skipped)
        except Exception as error:
            if error is report.raised or is_of_callback(error):
                raise
            if not isinstance(error, OmniError):
                error = OmniError(f"The file could not be downloaded: {type(error).__name__}.")
            return FailedDownload(document, error)

    results = Concurrency.map_concurrently(save, files, concurrency)
    for failure in filter(None, (result.error for result in results)):
        clear_frames(failure)  # it is returned, and not raised through the public method that does this
    Concurrency.run_in_thread(folder.finish)
    return tuple(results)


def _download_if_missing(
    session: Session, folder: DownloadFolder, document: Document, target: Path, report: ProgressReporter
) -> bool:
    """Download a document unless its file is complete; whether it was."""
    has_file = Concurrency.run_in_thread(folder.has_file, document, target)
    if has_file:
        return True
    download = _prepare_download(session, document, folder.options, report)
    folder.add(document, download.save(target, with_digest=True, compare=has_file is None))
    return download.skipped


def _get_document(session: Session, document_id: str) -> Document:
    return session.call(registry.GET_DOCUMENT, document_id=document_id)


def _prepare_download(
    session: Session, document: Document, options: SaveOptions, report: ProgressReporter
) -> "Download":
    def check(current: Document) -> str:
        return check_link(current, current.signed_url, registry.GET_DOCUMENT.path, session.http.base_url.scheme)

    def renew_link() -> str:
        return check(_get_document(session, document.id))

    link = check(document) if is_link(document.signed_url) else None
    return Download(session.http, link, renew_link, options, report)


class Download:
    """The download of one file over as many requests as it takes."""

    def __init__(
        self,
        http: HTTP,
        link: str | None,
        renew_link: Callable[[], Any],
        options: SaveOptions,
        report: ProgressReporter,
    ) -> None:
        self._http = http
        self._link = link
        self._renew_link = renew_link
        self._options = options
        self._report = report
        self.skipped = False
        """Whether the file was there already with the same content."""
        self._state = ResumeState()
        self._is_complete = False
        self._is_renewed = False
        self._furthest = 0
        self._attempts = 0

    def save(self, target: Path, *, with_digest: bool = False, compare: bool = False) -> ManifestEntry:
        """Write the complete file or none; UsageError before any request if it may not be written.

        With ``compare``, an existing file is left if it has the same content, and refused if it has another.
        """
        overwrite, mode = self._options.overwrite, self._options.mode
        if not compare:
            Concurrency.run_in_thread(check_replaceable, target, overwrite)
        with PartialFile(target.parent, with_digest=with_digest) as part:
            while not self._is_complete:
                if (failure := self._request(part)) is not None:
                    self._wait_or_raise(failure)
            size = self._state.received
            entry = ManifestEntry(target.name, size, part.digest)
            self.skipped = compare and Concurrency.run_in_thread(has_same_content, target, entry)
            if not self.skipped:
                Concurrency.run_in_thread(part.commit, target, size, overwrite, mode)
        return entry

    def _request(self, part: PartialFile) -> OmniError | None:
        """Request what is missing; the reason if it did not come."""
        if self._link is None:
            self._link, self._is_renewed = self._renew_link(), True
        timeout = {"timeout": stall_timeouts(self._http.timeout)}
        http = self._http.without_defaults()
        headers = self._state.request_headers()
        with http.stream("GET", self._link, headers=headers, extensions=timeout) as response:
            if response.status_code in EXPIRED_LINK_STATUSES and not self._is_renewed:
                self._link = None
                return None
            if not (response.is_success or response.status_code == 416):
                raise _refusal(response)
            state = self._state.after_response(response.status_code, response.headers)
            self._state = state or ResumeState()
            self._check_size(self._state.total or 0, response)
            return self._receive(response, part) if state else _invalid(response)

    def _receive(self, response: Any, part: PartialFile) -> OmniError | None:
        failure: OmniError | None = None
        interruption: BaseException | None = None
        http, length, is_first = self._http, self._state.remaining, True
        buffer = bytearray()
        try:
            for chunk in response.stream:
                buffer += chunk
                body = SocketBody.take_over(http, response, length, len(buffer)) if is_first else None
                is_first = False
                if body is not None:
                    self._write(part, buffer, response)
                    interruption = self._copy(part, body)
                elif len(buffer) >= CHUNK_SIZE:
                    self._write(part, buffer, response)
                    if self._state.is_too_long:
                        break
        except APIConnectionError as error:
            if error is self._report.raised:
                raise
            failure = error
        if interruption is not None:
            try:
                raise interruption
            finally:
                interruption = None  # this frame is part of its traceback
        self._write(part, buffer, response)  # what came before the connection was lost
        self._is_complete = self._state.is_complete(failure is None)
        return None if self._is_complete else failure or _invalid(response)

    def _copy(self, part: PartialFile, body: SocketBody) -> BaseException | None:
        """Copy a body to its end; what it ended with, httpx says when it is asked for more.

        What interrupts it is returned, and raised after httpx has come to an end: trio warns of bodies that have not.
        """
        try:
            while body.is_open:
                received = Concurrency.run_in_thread(body.copy, part.write, self._state.received)
                if received > self._state.received:
                    self._state = replace(self._state, received=received)
                    self._report(received, self._state.total)
                body.wait()
        except BaseException as error:
            return error
        return None

    def _write(self, part: PartialFile, buffer: bytearray, response: Any) -> None:
        offset, received = self._state.received, self._state.received + len(buffer)
        self._check_size(received, response)
        Concurrency.run_in_thread(part.write, offset, buffer)
        self._state = replace(self._state, received=received)
        buffer.clear()
        self._report(received, self._state.total)

    def _check_size(self, size: int, response: Any) -> None:
        max_bytes = self._options.max_bytes
        if size > max_bytes:
            raise _invalid(
                response,
                f"The file has more than max_bytes={max_bytes:,.0f} bytes, so nothing of it was kept: pass a larger"
                " max_bytes if it is meant to be that large",
            )

    def _wait_or_raise(self, failure: OmniError) -> None:
        """Wait before the next attempt; raise the failure after too many attempts in a row without progress."""
        self._attempts += 1
        if self._state.received > self._furthest:  # a host without ranges that always cuts early makes no progress
            self._furthest, self._attempts, self._is_renewed = self._state.received, 1, False
        attempts = self._http._attempts
        pause = wait_before_next(
            "GET",
            AttemptOutcome(),
            attempt=self._attempts,
            attempts=attempts,
            remaining=math.inf,
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
    error.args = (f"The file host refused with {response.status_code}",)  # the usual hints are about the API
    return error


def _invalid(response: Any, reason: str = "") -> InvalidResponseError:
    reason = reason or "The file host sent something else than the file or the part that was requested"
    return InvalidResponseError(reason, **error_details(response, b""))
