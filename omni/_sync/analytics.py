# Derived from omni/_async/analytics.py by tools/unasync.py, do not edit.
"""Analytics: figures over all leads of the workspace."""

import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from omni import errors
from omni._sync import downloads
from omni._sync.session import Session
from omni._files.download import MAX_FILE_SIZE, Progress, SaveOptions
from omni._operations import pagination, registry
from omni._traceback_scrubbing import scrub_public_methods
from omni._views import analytics
from omni._views.analytics import LeadFigures


@scrub_public_methods
class WorkspaceAnalytics:
    """What can be asked of analytics; reached as ``client.analytics``.

    Deleted and test leads are left out. ``start`` and ``end`` are about when a lead was made.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(
        self, *, start: datetime | None = None, end: datetime | None = None, token: str | None = None
    ) -> analytics.Analytics:
        """Totals, and one page of figures lead by lead; ``token`` is the ``next_token`` of the page before.

        Raises UsageError for a time without a time zone and for a start after the end, BadRequestError if the API does
        not accept the token. Source: the page Get Analytics.
        """
        query = pagination.query(pagination.period(start, end), token)
        return self._session.call(registry.GET_ANALYTICS, **query)

    def iter_leads(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        max_items: int | None = None,
        max_pages: int | None = 10_000,
    ) -> "LeadIterator":
        """The figures of all leads; each page is fetched when its first lead is asked for, and none before.

        At most ``max_items`` leads are given; how many are on a page is the server's choice. ``cursor`` is that of an
        earlier iteration over the same start and end, and goes on after the last lead that it gave. Raises UsageError
        as ``get``, and for a cursor that is none or belongs to another start or end. The iteration raises what ``get``
        does, and then may be asked again; and InvalidResponseError if the server leads it in a circle, or on beyond
        ``max_pages`` (None for no bound): 10,000 pages are up to five million leads. Only one task or thread may draw
        from it at a time, else it raises UsageError, so that no lead is given twice.
        """
        period = pagination.period(start, end)
        bounds = pagination.at_most(max_items), pagination.at_most(max_pages, "max_pages", least=1)
        return LeadIterator(self._session, period, pagination.PagePosition.of(cursor, period), *bounds)

    def download_csv(
        self,
        *,
        to: str | os.PathLike[str],
        start: datetime | None = None,
        end: datetime | None = None,
        overwrite: bool = False,
        mode: int | None = None,
        max_bytes: float = MAX_FILE_SIZE,
        progress: Progress | None = None,
    ) -> Path:
        """Download the figures of all leads as CSV to a path, or as ``analytics.csv`` to a folder; the path it got.

        It comes as ``client.documents.download`` does it, with the same ``mode``, ``max_bytes`` and errors, and those
        of ``get``; the API makes the file anew when its link is over. It has a row for each lead and no totals. Source:
        the page Get Analytics.
        """
        options = SaveOptions(overwrite, mode, max_bytes)
        return downloads.csv(self._session, pagination.period(start, end), to, options, progress)


@scrub_public_methods
class LeadIterator(Iterator[LeadFigures]):
    """Figures of one lead after the other; made by ``client.analytics.iter_leads()``."""

    def __init__(
        self,
        session: Session,
        period: pagination.Period,
        place: pagination.PagePosition,
        at_most: float,
        max_pages: float,
    ) -> None:
        self._session = session
        self._period = period
        self._position = place
        self._left = at_most
        self._max_pages = max_pages
        self._drawing = threading.Lock()  # never waited for: not in an event loop, and not after a fork
        self._page: analytics.Analytics | None = None
        self._used_up: analytics.Analytics | None = None
        self._seen: set[str | None] = set()
        self._began = time.monotonic()

    @property
    def cursor(self) -> str:
        """The place after the last lead that was given, for ``iter_leads(cursor=…)``; treat it as opaque.

        It counts leads on a page, so a lead that moves to another place meanwhile may be missed or come twice.
        """
        return self._position.cursor(self._period)

    def __next__(self) -> LeadFigures:
        if not self._drawing.acquire(blocking=False):
            raise errors.UsageError(
                "Another task or thread is drawing from this iterator: let one draw and hand the leads to the others,"
                " or make an iterator for each."
            )
        try:
            return self._next()
        finally:
            self._drawing.release()

    def _next(self) -> LeadFigures:
        while self._left > 0:
            here = self._position
            page = self._page
            if page is None or page is self._used_up:
                page = self._fetch(here.token)
            self._position = here.after(page, self._seen)
            if self._position.token != here.token:
                self._used_up = page
            if here.given < len(page.leads):
                self._left -= 1
                return page.leads[here.given]
            if self._position == here:
                if page.raw.next_token:
                    raise self._error("The next page is one that was there before, or its token is no text", page)
                break
        raise StopIteration

    def _fetch(self, token: str | None) -> analytics.Analytics:
        if self._page is not None and len(self._seen) >= self._max_pages:
            raise self._error(
                f"There are more pages than max_pages={self._max_pages:,}: give more, or None", self._page
            )
        page = self._session.call(registry.GET_ANALYTICS, **pagination.query(self._period, token))
        self._page = page
        self._seen.add(token)
        return page

    def _error(self, text: str, page: analytics.Analytics) -> errors.InvalidResponseError:
        return errors.InvalidResponseError(
            text,
            method="GET",
            path=registry.GET_ANALYTICS.path,
            attempts=len(self._seen),
            elapsed=time.monotonic() - self._began,
            status_code=200,
            headers={},
            content=json.dumps(page.to_dict()).encode(),
        )
