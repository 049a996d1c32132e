# Derived from omni/_async/uploads.py by tools/unasync.py, do not edit.
"""Uploads: files sent one request after the other, read as they are sent."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any, Self

import httpx

from omni._sync.session import Session
from omni._files.concurrency import Concurrency
from omni._files.file_input import FileInputs, list_files
from omni._files.upload import MAX_FILES, Form, Source, UploadResult, checked, opened, stored, unstored, whole
from omni._operations import registry
from omni._transport.call import is_of_callback, stall_timeouts
from omni.errors import OmniError

Progress = Callable[[int, int], object]

_AT_ONCE = 4
"""Pieces of httpx's, 64 KB each, that are read in one go: one takes as long as the way to a thread and back."""


def upload_files(
    session: Session,
    files: FileInputs,
    fields: Mapping[str, str],
    metadata: Sequence[Mapping[str, str] | None] | None,
    progress: Progress | None,
) -> tuple[UploadResult, ...]:
    """Check all files, then send them, ten a request, up to the first request that fails."""
    try:
        with ExitStack() as stack:
            sources = Concurrency.run_in_thread(checked, list_files(files), metadata, stack)
            return _send_all(session, sources, fields, progress)
    except _ProgressError as stop:
        raised: Exception = stop.args[0]
    raise raised


def _send_all(
    session: Session, sources: Sequence[Source], fields: Mapping[str, str], progress: Progress | None
) -> tuple[UploadResult, ...]:
    total = sum(source.size for source in sources)
    results: tuple[UploadResult, ...] = ()
    for start in range(0, len(sources), MAX_FILES):
        batch, rest = sources[start : start + MAX_FILES], sources[start + MAX_FILES :]
        before = sum(source.size for source in sources[:start])

        def report(sent: int, before: int = before) -> None:
            if progress is not None:
                progress(before + sent, total)

        try:
            results += _request(session, fields, batch, report)
        except OmniError as error:
            if is_of_callback(error):  # it says nothing of the files
                raise
            error.results = (*results, *unstored(batch, error), *unstored(rest, None))
            raise
    return results


def _request(
    session: Session, fields: Mapping[str, str], batch: Sequence[Source], report: Callable[[int], None]
) -> tuple[UploadResult, ...]:
    operation = registry.UPLOAD_DOCUMENTS.with_reader(whole(registry.UPLOAD_DOCUMENTS.read, len(batch)))
    with ExitStack() as stack:
        form = Form(fields, batch, Concurrency.run_in_thread(opened, batch, stack))
        request = session.http.build_request(
            **operation.request(body=form), extensions={"timeout": stall_timeouts(session.http.timeout)}
        )
        request.stream = _Body(request.stream, form, report)
        try:
            return stored(batch, session.send(operation, request))
        except OmniError as error:
            for fault in form.faults():
                error.add_note(fault)
            raise


class _ProgressError(BaseException):
    """What the caller's ``progress`` raised, on its way past all that handles failures of the request: it is none."""


class _Body(httpx.SyncByteStream):
    """A multipart body that is read beside the event loop, each time from its start."""

    is_repeatable = True

    def __init__(self, stream: Any, form: Form, report: Callable[[int], None]) -> None:
        self._stream = stream
        self._form = form
        self._report = report

    def __iter__(self) -> Self:
        for part in self._form.parts:
            part.seek(0)
        self._chunks = iter(self._stream)
        return self

    def __next__(self) -> bytes:
        sent = sum(part.sent for part in self._form.parts)  # all that was read is sent when more is asked for
        try:
            self._report(sent)
        except Exception as error:
            raise _ProgressError(error) from None
        try:
            chunk = Concurrency.run_in_thread(b"".join, islice(self._chunks, _AT_ONCE))
        except OmniError as error:  # there was no thread to be had: by now some of it may have been sent
            self._form.fault = str(error)
            raise httpx.ReadError(self._form.fault) from None
        if not chunk:
            raise StopIteration
        return chunk
