# Derived from omni/_async/uploads.py by tools/unasync.py, do not edit.
"""Uploads: files sent in requests of ten, one after the other, and read while they are sent."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self

import httpx

from omni._sync.session import Session
from omni._files import upload
from omni._files.concurrency import Concurrency
from omni._files.file_input import FileInputs, list_files
from omni._files.results import UploadResult
from omni._files.upload import UploadSource
from omni._operations import registry
from omni._transport.call import stall_timeouts
from omni._transport.failures import is_of_callback
from omni.errors import OmniError


def upload_files(
    session: Session,
    files: FileInputs,
    fields: Mapping[str, str],
    metadata: Sequence[Mapping[str, str] | None] | None,
    progress: Callable[[int, int], object] | None,
) -> tuple[UploadResult, ...]:
    """Check all files, then send them, ten a request, until a request fails."""
    try:
        with ExitStack() as stack:
            sources = Concurrency.run_in_thread(upload.check_files, list_files(files), metadata, stack)
            return _send_all(session, sources, fields, progress)
    except _ProgressError as stop:
        raised: Exception = stop.args[0]
    raise raised


def _send_all(
    session: Session,
    sources: Sequence[UploadSource],
    fields: Mapping[str, str],
    progress: Callable[[int, int], object] | None,
) -> tuple[UploadResult, ...]:
    total = sum(source.size for source in sources)
    results: tuple[UploadResult, ...] = ()
    for start in range(0, len(sources), upload.MAX_FILES):
        batch, rest = sources[start : start + upload.MAX_FILES], sources[start + upload.MAX_FILES :]
        sent_before = sum(source.size for source in sources[:start])

        def report(sent: int, sent_before: int = sent_before) -> None:
            if progress is not None:
                progress(sent_before + sent, total)

        try:
            results += _send_batch(session, fields, batch, report)
        except OmniError as error:
            if is_of_callback(error):  # it says nothing about the files
                raise
            error.results = (*results, *upload.failure_results(batch, error), *upload.failure_results(rest, None))
            raise
    return results


def _send_batch(
    session: Session,
    fields: Mapping[str, str],
    batch: Sequence[UploadSource],
    report: Callable[[int], None],
) -> tuple[UploadResult, ...]:
    operation = registry.UPLOAD_DOCUMENTS
    operation = operation.with_reader(upload.require_documents(operation.read, len(batch)))
    with ExitStack() as stack:
        Concurrency.run_in_thread(upload.open_files, batch, stack)
        timeout = {"timeout": stall_timeouts(session.http.timeout)}
        request = session.http.build_request(
            **operation.request(body=upload.UploadForm(fields, batch)), extensions=timeout
        )
        request.stream = body = _MultipartStream(request.stream, batch, report)
        try:
            return upload.success_results(batch, session.send(operation, request))
        except OmniError as error:
            for failure in filter(None, (body.failure, *(source.failure for source in batch))):
                error.add_note(failure)
            raise


class _ProgressError(BaseException):
    """Carries what ``progress`` raised past everything that handles failures of the request."""


class _MultipartStream(httpx.SyncByteStream):
    """A multipart body that is read in threads, each time from its start."""

    is_repeatable = True

    def __init__(self, stream: Any, sources: Sequence[UploadSource], report: Callable[[int], None]) -> None:
        self._stream = stream
        self._sources = sources
        self._report = report
        self.failure = ""
        """Why it could not be read, if that is not the fault of a file."""

    def __iter__(self) -> Self:
        for source in self._sources:
            source.seek(0)
        self._chunks = iter(self._stream)
        return self

    def __next__(self) -> bytes:
        sent = sum(source.position for source in self._sources)  # all that was read was sent when more is asked for
        try:
            self._report(sent)
        except Exception as error:
            raise _ProgressError(error) from None
        try:
            chunk = Concurrency.run_in_thread(upload.read_piece, self._chunks)
        except OmniError as error:  # no thread could be started; by now some of the body may have been sent
            self.failure = str(error)
            raise httpx.ReadError(self.failure) from None
        if not chunk:
            raise StopIteration
        return chunk
