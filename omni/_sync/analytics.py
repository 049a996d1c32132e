# Derived from omni/_async/analytics.py by tools/unasync.py, do not edit.
"""Analytics: figures over all leads of the workspace."""

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omni import _endpoint, _pages, analytics, errors
from omni._sync import downloads
from omni._discreet import scrub_public_methods
from omni._download import Progress
from omni.analytics import LeadFigures

if TYPE_CHECKING:
    from omni._sync.client import Client


@scrub_public_methods
class Analytics:
    """What can be asked of analytics; reached as ``client.analytics``.

    Deleted and test leads are left out. ``start`` and ``end`` are about when a lead was made.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(
        self, *, start: datetime | None = None, end: datetime | None = None, token: str | None = None
    ) -> analytics.Analytics:
        """Totals, and one page of figures lead by lead; ``token`` is the ``next_token`` of the page before.

        Raises UsageError for a time without a time zone and for a start after the end, BadRequestError if the API does
        not accept the token. Source: the page Get Analytics.
        """
        query = _pages.query(_pages.between(start, end), token)
        return self._client.call(_endpoint.GET_ANALYTICS, **query)

    def iter_leads(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        max_items: int | None = None,
    ) -> "LeadIterator":
        """The figures of all leads; each page is fetched when its first lead is asked for, and none before.

        At most ``max_items`` leads are given; how many are on a page is the server's choice. ``cursor`` is that of an
        earlier iteration over the same start and end, and goes on after the last lead that it gave. Raises UsageError
        as ``get``, and for a cursor that is none or belongs to another start or end. The iteration raises what ``get``
        does, and then may be asked again; and InvalidResponseError if the server leads it in a circle.
        """
        period = _pages.between(start, end)
        return LeadIterator(self._client, period, _pages.Place.of(cursor, period), _pages.at_most(max_items))

    def download_csv(
        self,
        *,
        to: str | os.PathLike[str],
        start: datetime | None = None,
        end: datetime | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Path:
        """Download the figures of all leads as CSV to a path, or as ``analytics.csv`` to a folder; the path it got.

        It comes as ``client.documents.download`` does it, with the same errors, and those of ``get``; the API makes the
        file anew when its link is over. It has a row for each lead and no totals. Source: the page Get Analytics.
        """
        return downloads.csv(self._client, _pages.between(start, end), to, overwrite, progress)


@scrub_public_methods
class LeadIterator(Iterator[LeadFigures]):
    """Figures of one lead after the other; made by ``client.analytics.iter_leads()``."""

    def __init__(self, client: "Client", period: _pages.Period, place: _pages.Place, at_most: float) -> None:
        self._client = client
        self._period = period
        self._place = place
        self._left = at_most
        self._page: analytics.Analytics | None = None
        self._seen: set[str | None] = set()
        self._began = time.monotonic()

    @property
    def cursor(self) -> str:
        """The place after the last lead that was given, for ``iter_leads(cursor=…)``; treat it as opaque.

        It counts leads on a page, so a lead that moves to another place meanwhile may be missed or come twice.
        """
        return self._place.cursor(self._period)

    def __next__(self) -> LeadFigures:
        while self._left > 0:
            here = self._place
            if self._page is None:
                query = _pages.query(self._period, here.token)
                self._page = self._client.call(_endpoint.GET_ANALYTICS, **query)
                self._seen.add(here.token)
            page, self._place = self._page, here.after(self._page, self._seen)
            if self._place.token != here.token:
                self._page = None
            if here.given < len(page.leads):
                self._left -= 1
                return page.leads[here.given]
            if self._place == here:
                self._refuse_circle(page)
                break
        raise StopIteration

    def _refuse_circle(self, page: analytics.Analytics) -> None:
        if page.raw.next_token:
            raise errors.InvalidResponseError(
                "The next page is one that was there before, or its token is no text",
                method="GET",
                path=_endpoint.GET_ANALYTICS.path,
                attempts=len(self._seen),
                elapsed=time.monotonic() - self._began,
                status_code=200,
                headers={},
                content=json.dumps(page.to_dict()).encode(),
            )
