"""Who may work, on what, and what has ended: locks that end with the process, and receipts that outlive it.

A paused process keeps its locks, so that nobody takes over what it may still be doing. PgBouncer in transaction mode
gives each statement another connection, and so cannot be used for workers.

A receipt is written in the thread of a handler, right after it has returned: a process that is killed before the result
is in the inbox would call it again. It is not flushed to disk: it outlives the process, not a loss of power.
"""

import contextlib
import threading
import time
from collections.abc import Collection, Generator, Sequence
from typing import Any

from omni.errors import UsageError
from omni.webhooks.database import SCHEMA, create_private_file, network_options, sqlite_path

_GRACE_SECONDS = 2.0
"""A name must be free for so long before its events are put back: a worker may be connecting again."""
_START_SECONDS = 30.0
"""A process that was killed may still have the name, and so may a worker that puts its events back."""
_WORKER, _LEAD = 0, 1  # two kinds of names
_LOCK = "select pg_try_advisory_lock(hashtextextended(%s, %s))"
_UNLOCK = "select pg_advisory_unlock(hashtextextended(%s, %s))"


class SqliteLocks:
    """For SQLite: one worker, which holds a lock on a file; the database gives it one event of a lead at a time."""

    check_seconds = 60.0

    def __init__(self, url: str) -> None:
        import sqlite3

        self._path = sqlite_path(url)
        create_private_file(f"{self._path}.receipts")
        self._mutex = threading.Lock()
        # Beside the database, since there each commit waits for the disk.
        self._receipts = sqlite3.connect(f"{self._path}.receipts", check_same_thread=False, isolation_level=None)
        self._receipts.execute("PRAGMA synchronous=OFF")
        self._receipts.execute("create table if not exists receipts (key text primary key)")
        self._file: Any = None

    def take_name(self, name: str) -> None:
        """Become the worker of this database; UsageError if there is one."""
        from filelock import FileLock, Timeout

        # Not of the thread: a lifespan may start in one thread and stop in another, which could not release it then.
        self._file = FileLock(f"{self._path}.lock", mode=0o600, thread_local=False)
        try:
            self._file.acquire(timeout=_START_SECONDS)
        except Timeout:
            raise UsageError("Another worker is using this SQLite inbox; for several, take PostgreSQL.") from None

    def keep(self) -> None:
        """Nothing: a file lock is not lost."""

    @contextlib.contextmanager
    def lead(self, lead: str) -> Generator[None]:
        """Nothing to wait for."""
        yield

    @contextlib.contextmanager
    def free_names(self, names: Collection[str]) -> Generator[list[str]]:
        """None: there are no other workers."""
        yield []

    def has_receipt(self, key: str) -> bool:
        """Whether the handler of an event has ended."""
        return bool(self._execute("select 1 from receipts where key = ?", key))

    def add_receipt(self, key: str) -> None:
        """Write that the handler of an event has ended."""
        self._execute("insert or ignore into receipts values (?)", key)

    def remove_receipts(self, keys: Sequence[str]) -> None:
        """Let events be handled again."""
        for key in keys:
            self._execute("delete from receipts where key = ?", key)

    def close(self) -> None:
        """Let the next worker in."""
        self._receipts.close()
        if self._file:
            self._file.release()

    def _execute(self, query: str, *values: object) -> list[Any]:
        with self._mutex:
            return self._receipts.execute(query, values).fetchall()


class PostgresLocks:
    """For PostgreSQL: advisory locks of one connection, which end with it, and a table.

    If the connection is lost, its locks are taken again as soon as they are free: others wait a while before they take
    a name that is.
    """

    check_seconds = 0.5

    def __init__(self, url: str) -> None:
        self._url = url
        self._mutex = threading.RLock()
        self._held: set[tuple[int, str]] = set()
        self._lost: set[tuple[int, str]] = set()
        """Those of the held locks that ended with a connection and are not taken again yet."""
        self._free_since: dict[str, float] = {}
        self._connection: Any = None
        self._connections: list[Any] = []
        self._local = threading.local()
        self.keep()  # which makes the table

    def take_name(self, name: str) -> None:
        """Become the worker of this name; UsageError if another one has it."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._try_lock(_WORKER, name):
            if time.monotonic() > deadline:
                raise UsageError(f"Another worker has the name {name}: give each one its own.")
            time.sleep(0.1)

    def keep(self) -> None:
        """Connect again, and take the locks again, if the connection was lost."""
        with self._mutex:
            self._execute("select 1")
            self._take_lost()

    @contextlib.contextmanager
    def lead(self, lead: str) -> Generator[None]:
        """Wait until nobody else works on this lead, in this process or in another one."""
        while not self._try_lock(_LEAD, lead):
            time.sleep(0.05)
        try:
            yield
        finally:
            self._unlock(_LEAD, lead)

    @contextlib.contextmanager
    def free_names(self, names: Collection[str]) -> Generator[list[str]]:
        """Of these names, those that no worker has had for a while; they are locked meanwhile."""
        self._free_since = {name: at for name, at in self._free_since.items() if name in names}
        locked: list[str] = []
        try:
            for name in names:
                if not self._try_lock(_WORKER, name):
                    self._free_since.pop(name, None)
                elif time.monotonic() - self._free_since.setdefault(name, time.monotonic()) < _GRACE_SECONDS:
                    self._unlock(_WORKER, name)
                else:
                    locked.append(name)
            yield locked
        finally:
            for name in locked:
                self._unlock(_WORKER, name)

    def has_receipt(self, key: str) -> bool:
        """Whether the handler of an event has ended."""
        return bool(self._of_thread().execute("select 1 from receipts where key = %s", (key,)).fetchone())

    def add_receipt(self, key: str) -> None:
        """Write that the handler of an event has ended."""
        self._of_thread().execute("insert into receipts (key) values (%s) on conflict do nothing", (key,), prepare=True)

    def remove_receipts(self, keys: Sequence[str]) -> None:
        """Let events be handled again."""
        self._execute("delete from receipts where key = any(%s)", [*keys])

    def close(self) -> None:
        """Give up all locks."""
        with self._mutex:
            for connection in filter(None, [self._connection, *self._connections]):
                connection.close()

    def _try_lock(self, kind: int, name: str) -> bool:
        with self._mutex:
            if (kind, name) in self._held:  # the database would give one connection the same lock twice
                return False
            is_free = bool(self._execute(_LOCK, f"omni-webhooks:{name}", kind).fetchone()[0])
            if is_free:
                self._held.add((kind, name))
            return is_free

    def _unlock(self, kind: int, name: str) -> None:
        with self._mutex:
            self._held.discard((kind, name))
            self._lost.discard((kind, name))
            with contextlib.suppress(Exception):  # the connection is lost, and the lock with it
                self._execute(_UNLOCK, f"omni-webhooks:{name}", kind)

    def _take_lost(self) -> None:
        for kind, name in [*self._lost]:
            if self._connection.execute(_LOCK, (f"omni-webhooks:{name}", kind)).fetchone()[0]:
                self._lost.discard((kind, name))

    def _execute(self, query: str, *values: object) -> Any:
        with self._mutex:
            if self._connection is None or self._connection.closed:
                if self._connection:
                    self._connection.close()  # it is broken, and still has to be closed
                self._connection = self._connect()
                self._lost |= self._held
                self._take_lost()
            return self._connection.execute(query, values)

    def _of_thread(self) -> Any:
        """A connection of this thread alone: a receipt must not wait for another thread's turn."""
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._local.connection = _open_connection(self._url)
            with self._mutex:
                self._connections.append(connection)
        return connection

    def _connect(self) -> Any:
        connection = _open_connection(self._url)
        # Of two that create a table at once, one fails, whatever it says.
        connection.execute("select pg_advisory_lock(hashtextextended('omni-webhooks', 2))")
        connection.execute("create table if not exists receipts (key text primary key)")
        connection.execute("select pg_advisory_unlock(hashtextextended('omni-webhooks', 2))")
        return connection


def _open_connection(url: str) -> Any:
    import psycopg

    # The server notices after 25 seconds that a machine is gone, and the machine that the server is, after 15: before
    # others get its locks.
    keepalive = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    options = f"{keepalive} -c search_path={SCHEMA} -c synchronous_commit=off -c client_min_messages=warning"
    return psycopg.connect(url, autocommit=True, options=options, **network_options(15))


def make_locks(url: str) -> SqliteLocks | PostgresLocks:
    """The locks of a database, which has its tables."""
    return SqliteLocks(url) if url.startswith("sqlite") else PostgresLocks(url)
