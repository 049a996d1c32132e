"""The engine of the inbox, DBOS, and its connections to SQLite or PostgreSQL."""

import contextlib
import logging
import os
import time
from typing import TYPE_CHECKING, Any

from omni._fork_safety import fork_lock
from omni.errors import UsageError

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine

APPLICATION = "omni-webhooks"
SCHEMA = "omni_webhooks"
QUEUE = "omni_webhooks"
WORKFLOW = "omni.webhooks.event"
VERSION = "1"
"""Constant: by default DBOS takes a hash of the code, and leaves what older code stored unhandled for ever."""

ENGINE_OPTIONS: dict[str, Any] = {"hide_parameters": True, "logging_name": APPLICATION}
"""No values of statements in errors, and a logger of its own, since SQLAlchemy writes whole rows at DEBUG."""


def import_dbos() -> Any:
    """The engine; UsageError without the extra."""
    with fork_lock:  # no fork meanwhile; and two threads that import it at once fail, each with half of it
        logger = logging.getLogger("dbos")
        if not logger.handlers:  # else it writes to stderr on its own, from INFO on
            logger.addHandler(logging.NullHandler())
            logger.setLevel(logging.WARNING)
        try:
            import dbos
        except ImportError:
            raise UsageError("An inbox needs the extra: pip install 'omniai-leads[webhooks]'.") from None
    return dbos


def make_engine(url: str) -> "Engine":
    """Connections to a database."""
    logging.getLogger(f"sqlalchemy.engine.Engine.{APPLICATION}").setLevel(logging.WARNING)
    return _sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url)


def connect(engine: "Engine") -> "DBOSClient":
    """A client over these connections, which has no threads."""
    client: DBOSClient = import_dbos().DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        application_name=APPLICATION,
        retry_connection_errors=False,  # it would wait for the database; the service waits five seconds
    )
    return client


def network_options(seconds: int) -> dict[str, Any]:
    """Options of a PostgreSQL connection, so that it fails if the network brings no answer for so many seconds."""
    return {
        "connect_timeout": 3,
        "keepalives_idle": seconds // 3,
        "keepalives_interval": seconds // 3,
        "keepalives_count": 2,
        "tcp_user_timeout": 1000 * seconds,
    }


def sqlite_path(url: str) -> str:
    """The file of an SQLite database."""
    return url.removeprefix("sqlite:///")


def _sqlite_engine(url: str) -> "Engine":
    import sqlalchemy
    from sqlalchemy import event

    create_private_file(sqlite_path(url))
    # One connection, whose turn threads take in order: with several, SQLite lets them guess, and some starve.
    engine = sqlalchemy.create_engine(
        url, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False}, **ENGINE_OPTIONS
    )

    def configure(connection: Any, record: Any) -> None:  # as DBOS does for engines of its own
        # From Python 3.12 on, DBOS takes unixepoch('subsec') for granted; SQLite before 3.42 gives null for it.
        connection.create_function("unixepoch", 1, _read_clock)
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout=4000")
        connection.execute("PRAGMA foreign_keys=ON")

    event.listen(engine, "connect", configure)
    return engine


def _read_clock(modifier: str) -> float:
    """What ``unixepoch('subsec')`` is: seconds since 1970, with their fraction."""
    return time.time()


def create_private_file(path: str) -> None:
    """Make the file readable for its owner alone, before SQLite makes it readable for everybody."""
    import sqlite3

    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # kept in the file; readers and the writer do not wait


def _postgresql_engine(url: str) -> "Engine":
    import sqlalchemy

    return sqlalchemy.create_engine(
        sqlalchemy.make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=8,
        pool_timeout=3,  # these are below the five seconds that the service waits
        pool_pre_ping=True,
        connect_args={**network_options(4), "options": "-c statement_timeout=4000"},
        **ENGINE_OPTIONS,
    )
