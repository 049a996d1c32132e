"""Who may work, and on what: locks that end with the process that holds them.

A paused process keeps its locks, so that nobody takes over what it may still be doing. PgBouncer in transaction mode
gives each statement another connection, and so cannot be used for the workers.
"""

import contextlib
import threading
import time
from collections.abc import Collection, Generator
from typing import Any

from omni.errors import UsageError

_GRACE_SECONDS = 2.0
"""A name must be free for so long before its events are put back: a worker may be connecting again."""
_WORKER, _LEAD = 0, 1  # two kinds of names


class FileLocks:
    """For SQLite: one worker, which holds a lock on a file beside the database; the threads need no others."""

    check_seconds = 60.0

    def __init__(self, path: str) -> None:
        self._path = f"{path}.lock"
        self._file: Any = None

    def take_name(self, name: str) -> None:
        """Become the worker of this database; UsageError if there is one."""
        from filelock import FileLock, Timeout

        self._file = FileLock(self._path, mode=0o600)
        try:
            self._file.acquire(timeout=5)
        except Timeout:
            raise UsageError("Another worker is using this SQLite inbox; for several, take PostgreSQL.") from None

    @contextlib.contextmanager
    def lead(self, lead: str) -> Generator[None]:
        """Nothing: there is one process, to which SQLite gives one event of a lead at a time."""
        yield

    @contextlib.contextmanager
    def free_names(self, names: Collection[str]) -> Generator[list[str]]:
        """None: there are no other workers."""
        yield []

    def close(self) -> None:
        """Let the next worker in."""
        self._file.release()


class PostgresLocks:
    """For PostgreSQL: advisory locks of one connection, which end with it."""

    check_seconds = 0.5

    def __init__(self, url: str) -> None:
        self._url = url
        self._mutex = threading.Lock()
        self._leads: set[str] = set()
        self._free_since: dict[str, float] = {}
        self._name = ""
        self._connection: Any = None

    def take_name(self, name: str) -> None:
        """Become the worker of this name; UsageError if another one has it."""
        self._name = name
        deadline = time.monotonic() + 5  # a process that was killed a moment ago may still have it
        while not self._execute("pg_try_advisory_lock", _WORKER, name):
            if time.monotonic() > deadline:
                raise UsageError(f"Another worker has the name {name}: give each one its own.")
            time.sleep(0.1)

    @contextlib.contextmanager
    def lead(self, lead: str) -> Generator[None]:
        """Wait until nobody else works on this lead, in this process or in another one."""
        while not self._try_lead(lead):
            time.sleep(0.05)
        try:
            yield
        finally:
            with self._mutex:
                self._leads.discard(lead)
            self._execute("pg_advisory_unlock", _LEAD, lead)

    @contextlib.contextmanager
    def free_names(self, names: Collection[str]) -> Generator[list[str]]:
        """Of these names, those that no worker has had for a while; they are locked meanwhile."""
        self._free_since = {name: at for name, at in self._free_since.items() if name in names}
        locked: list[str] = []
        try:
            for name in names:
                if not self._execute("pg_try_advisory_lock", _WORKER, name):
                    self._free_since.pop(name, None)
                elif time.monotonic() - self._free_since.setdefault(name, time.monotonic()) < _GRACE_SECONDS:
                    self._execute("pg_advisory_unlock", _WORKER, name)
                else:
                    locked.append(name)
            yield locked
        finally:
            for name in locked:
                self._execute("pg_advisory_unlock", _WORKER, name)

    def close(self) -> None:
        """Give up all locks."""
        with self._mutex:
            if self._connection:
                self._connection.close()

    def _try_lead(self, lead: str) -> bool:
        with self._mutex:
            if lead in self._leads:  # the database would give one connection the same lock twice
                return False
            self._leads.add(lead)
        is_free = False
        try:
            is_free = self._execute("pg_try_advisory_lock", _LEAD, lead)
        finally:
            if not is_free:
                with self._mutex:
                    self._leads.discard(lead)
        return is_free

    def _execute(self, function: str, kind: int, name: str) -> bool:
        with self._mutex:
            connection = self._open()
            query = f"select {function}(hashtextextended(%s, %s))"
            return bool(connection.execute(query, (f"omni-webhooks:{name}", kind)).fetchone()[0])

    def _open(self) -> Any:
        """The connection; a new one, which has no lock yet, if it broke."""
        if self._connection is not None and not self._connection.closed:
            return self._connection
        import psycopg

        # A machine that is gone is noticed after 25 seconds.
        keepalive = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3, options=keepalive)
        return self._connection
