# Derived from omni/_async/pages.py by tools/unasync.py, do not edit.
"""Iterators over lists that come in pages."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from omni._sync.session import Session
from omni._operations.pagination import Filters, PagePosition, Pages
from omni._traceback_scrubbing import scrub_public_methods
from omni.errors import InvalidResponseError, UsageError

V = TypeVar("V")


@scrub_public_methods
class PageIterator(Iterator[V], Generic[V]):
    """The items of a list, one after the other; each page is fetched when its first item is asked for."""

    def __init__(
        self,
        session: Session,
        pages: Pages[Any, V],
        filters: Filters,
        position: PagePosition,
        *,
        max_items: float,
        max_pages: float,
    ) -> None:
        self._session = session
        self._pages = pages
        self._filters = filters
        self._position = position
        self._remaining = max_items
        self._max_pages = max_pages
        self._lock = threading.Lock()  # never waited for: not in an event loop, and not after a fork
        self._page: Any = None
        self._is_page_exhausted = False
        self._seen: set[str | None] = set()
        self._start = time.monotonic()

    @property
    def cursor(self) -> str:
        """The position after the last item that was returned, to continue from there later; treat it as opaque.

        It counts items on a page, so an item that moves to another place meanwhile may be missed or come twice.
        """
        return self._position.cursor(self._filters)

    def __next__(self) -> V:
        if not self._lock.acquire(blocking=False):
            raise UsageError(
                "Another task or thread is reading from this iterator: let one read and hand the items to the others,"
                " or make an iterator for each."
            )
        try:
            return self._next()
        finally:
            self._lock.release()

    def _next(self) -> V:
        while self._remaining > 0:
            here = self._position
            if self._page is None or self._is_page_exhausted:
                self._fetch(here.token)
            items = self._pages.items(self._page)
            next_token = self._pages.next_token(self._page)
            self._position = here.after_item(len(items), next_token, self._seen)
            self._is_page_exhausted = self._position.token != here.token
            if here.returned < len(items):
                self._remaining -= 1
                return items[here.returned]
            if self._position == here:
                if next_token:
                    raise self._error("The next page is one that was there before, or its token is not a string")
                break
        raise StopIteration

    def _fetch(self, token: str | None) -> None:
        if self._page is not None and len(self._seen) >= self._max_pages:
            raise self._error(f"There are more pages than max_pages={self._max_pages:,}: give more, or None")
        self._page = self._session.call(self._pages.operation, **self._pages.query(self._filters, token))
        self._seen.add(token)

    def _error(self, text: str) -> InvalidResponseError:
        return InvalidResponseError(
            text,
            method=self._pages.operation.method,
            path=self._pages.operation.path,
            attempts=len(self._seen),
            elapsed=time.monotonic() - self._start,
            status_code=200,
            headers={},
            content=json.dumps(self._page.to_dict()).encode(),
        )
