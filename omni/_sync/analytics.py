# Derived from omni/_async/analytics.py by tools/unasync.py, do not edit.
"""Analytics: figures on all leads of the workspace."""

import os
from datetime import datetime
from pathlib import Path

from omni._sync import downloads
from omni._sync.pages import PageIterator
from omni._sync.session import Session
from omni._files.download import MAX_FILE_SIZE, Progress, SaveOptions
from omni._operations import registry
from omni._operations.field_checks import checked_period
from omni._operations.pagination import PagePosition, checked_limit
from omni._traceback_scrubbing import scrub_public_methods
from omni._views import analytics
from omni._views.analytics import LeadFigures


@scrub_public_methods
class WorkspaceAnalytics:
    """What can be asked of analytics; reached as ``client.analytics``.

    Deleted and test leads are left out. ``start`` and ``end`` bound when a lead was created.
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
        query = registry.LEAD_FIGURES.query(checked_period(start, end), token)
        return self._session.call(registry.GET_ANALYTICS, **query)

    def iter_leads(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        max_items: int | None = None,
        max_pages: int | None = 10_000,
    ) -> PageIterator[LeadFigures]:
        """The figures of all leads; each page is fetched when its first lead is asked for, and none before.

        At most ``max_items`` leads are returned; the server chooses how many are on a page. ``cursor`` is that of an
        earlier iterator over the same start and end, and continues after the last lead that it returned. Raises
        UsageError as ``get``, and for a cursor that is none or belongs to another start or end. The iteration raises
        what ``get`` does, and can be continued then; and InvalidResponseError if the pages go in a circle, or on beyond
        ``max_pages`` (None for no limit): 10,000 pages are up to five million leads. Only one task or thread may use
        the iterator at a time, else it raises UsageError, so that no lead is returned twice.
        """
        filters = checked_period(start, end)
        return PageIterator(
            self._session,
            registry.LEAD_FIGURES,
            filters,
            PagePosition.from_cursor(cursor, filters),
            max_items=checked_limit(max_items),
            max_pages=checked_limit(max_pages, "max_pages", least=1),
        )

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
        """Download the figures of all leads as CSV to a path, or as ``analytics.csv`` to a folder; return its path.

        It works as ``client.documents.download``, with the same ``mode``, ``max_bytes`` and errors, and those of
        ``get``; when the link expires, the API makes a new file. It has a row for each lead and no totals. Source: the
        page Get Analytics.
        """
        options = SaveOptions(overwrite, mode, max_bytes)
        return downloads.download_csv(self._session, checked_period(start, end), to, options, progress)
