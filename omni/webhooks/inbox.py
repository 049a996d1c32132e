"""Where deliveries are kept until they are handled, on DBOS: SQLite for one machine, PostgreSQL for many.

Theory of operation. An event is a workflow of DBOS, and its key is the workflow's id: storing one that is there already
is refused by the database, so each is handled once for as long as it is kept. The queue is partitioned by lead, so
events of a lead are handled one after the other. Storing needs no worker and no thread; ``worker`` has the other side.
Only public names of DBOS are used; where that was not possible, a comment says why.
"""

import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from omni._traceback_scrubbing import scrub_public_methods
from omni._views.event import Event, is_opaque_id
from omni._views.events import LeadUpdated
from omni.errors import UsageError
from omni.webhooks.database import QUEUE, SCHEMA, VERSION, WORKFLOW, connect, import_dbos, make_engine
from omni.webhooks.locks import make_locks
from omni.webhooks.parsing import parse

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine

State: TypeAlias = Literal["waiting", "running", "done", "dead"]

_STATES: dict[State, list[str]] = {
    "waiting": ["ENQUEUED", "DELAYED"],
    "running": ["PENDING"],
    "done": ["SUCCESS"],
    "dead": ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
}
KILLER = "its handler ended the process, again and again"
"""Why an event is dead of which DBOS knows no more."""
_PAGE = 500
_MAX_PRIORITY = 2**31 - 2


@dataclass(frozen=True)
class StoredEvent:
    """What an inbox knows of an event without reading it: no personal data."""

    key: str
    name: str
    lead_id: str | None
    state: State
    received_at: datetime
    error: str
    """Of a dead event, why: types of errors and where they were raised; else empty."""


@scrub_public_methods
class Inbox:
    """An inbox in a database: ``sqlite:///FILE`` (three slashes, then the path) or ``postgresql://USER@HOST/NAME``.

    ``keep``: seconds for which handled events are kept, and duplicates of them recognised; dead ones stay.
    ``attempts``, ``backoff``: how often a handler is tried, and the seconds before the second try; each pause is twice
    the one before, at most ten minutes. Later events of the same lead wait meanwhile.
    ``concurrency``: how many leads one worker handles at the same time.
    ``encryption_key``: a key of ``cryptography.fernet.Fernet.generate_key()``; of several, the first encrypts.
    ``update_window``: seconds in which two equal ``lead.updated`` are one event; they have no identity, so later the
    same change may have been made again.
    """

    def __init__(
        self,
        url: str,
        *,
        keep: float = 30 * 86400,
        attempts: int = 12,
        backoff: float = 1.0,
        concurrency: int = 8,
        encryption_key: str | bytes | Sequence[str | bytes] = (),
        update_window: float = 7200.0,
    ) -> None:
        if not re.match(r"sqlite:///(?!:memory:)[^?]+$|postgres(ql)?://", url):
            raise UsageError("inbox: give sqlite:///FILE, without options, or postgresql://USER@HOST/NAME.")
        self.keep, self.attempts, self.backoff, self.concurrency = keep, attempts, backoff, concurrency
        self.url = url.replace("postgres://", "postgresql://", 1)
        self.is_sqlite = url.startswith("sqlite")
        self._window = update_window
        keys = [encryption_key] if isinstance(encryption_key, (str, bytes)) else encryption_key
        self._cipher = _make_cipher(keys) if keys else None
        self._lock, self._process = threading.Lock(), os.getpid()
        self._client: DBOSClient | None = None
        self.engine: Engine | None = None
        """The connections of this process; None before it is open."""

    def __repr__(self) -> str:
        return f"Inbox({'sqlite' if self.is_sqlite else 'postgresql'})"

    def open(self) -> "DBOSClient":
        """Connect, and create or upgrade the tables; ``store`` does it if nobody did before."""
        if self._process != os.getpid():  # forked: the connections are those of the parent, and its lock may be held
            self._lock, self._process = threading.Lock(), os.getpid()
            if self.engine:
                self.engine.dispose(close=False)
            self._client = self.engine = None
        with self._lock:
            if self._client is None:
                self._dbos = import_dbos()  # at hand, since each import takes a lock, and each delivery needs it
                self.engine = make_engine(self.url)
                self._dbos.DBOS.migrate(self.url, schema=SCHEMA)
                self._client = connect(self.engine)
            return self._client

    def close(self) -> None:
        """Close the connections; the inbox can be opened again."""
        with self._lock:
            if self._client and self.engine:
                self._client.destroy()
                self.engine.dispose()
            self._client = self.engine = None

    def store(self, event: Event) -> bool:
        """Store an event durably, or say False if it is there already; raises what the database raises."""
        client = self.open()
        workflow_id = self._choose_id(client, event) if isinstance(event, LeadUpdated) else event.key
        if not workflow_id:
            return False
        try:
            self._enqueue(client, workflow_id, event)
        except self._dbos.error.DBOSWorkflowIDInUseError:
            return False
        return True

    def events(self, state: State | None = None, *, limit: int = 100) -> tuple[StoredEvent, ...]:
        """The events of a state, the newest first."""
        if state is not None and state not in _STATES:
            raise UsageError(f"state: give one of {', '.join(_STATES)}.")
        return tuple(self._describe(row) for row in self._list_rows(state, limit=limit, sort_desc=True))

    def get(self, key: str) -> Event:
        """One event, as it came; UsageError if it is not there."""
        return self.unseal(self._find_row(key, load_input=True).input["args"][0])

    def has_prefix(self, prefix: str) -> bool:
        """Whether there is an event whose key begins like this."""
        return bool(self._list_rows(None, workflow_id_prefix=prefix, limit=1))

    def retry(self, key: str) -> None:
        """Handle a dead event again, or one that was handled before; UsageError for any other."""
        row = self._find_row(key)
        if self._describe(row).state not in ("dead", "done"):
            raise UsageError("Only an event that is dead or done can be handled again.")
        client = self.open()
        with contextlib.closing(make_locks(self.url)) as locks:
            locks.remove_receipts([key])
        client.update_workflow_attributes(key, None)  # how often its handler was interrupted
        client.rewind_workflow(key, queue_name=QUEUE, queue_partition_key=row.queue_partition_key)

    def purge(self, *, older_than: float | None = None, state: State = "done") -> int:
        """Delete events that were handled, or are dead, so many seconds ago (``keep``), and say how many."""
        if state not in ("done", "dead"):
            raise UsageError("state: give done or dead; what is not handled yet cannot be deleted.")
        age = self.keep if older_than is None else older_than
        before = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
        deleted = 0
        with contextlib.closing(make_locks(self.url)) as locks:
            while keys := [row.workflow_id for row in self._list_rows(state, limit=_PAGE, completed_before=before)]:
                # First, since an event that came again would have a receipt, and not be handled.
                locks.remove_receipts(keys)
                self.open().delete_workflows(keys)
                deleted += len(keys)
        return deleted

    def seal(self, event: Event) -> str:
        """An event as it is stored."""
        text = json.dumps(event._data)  # to_dict() would copy it first
        return self._cipher.encrypt(text.encode()).decode() if self._cipher else text

    def unseal(self, sealed: str) -> Event:
        """A stored event; UsageError if its key is not among the encryption keys."""
        if not sealed.startswith("{"):
            sealed = self._decrypt(sealed)
        return parse(sealed, max_bytes=len(sealed))

    def _decrypt(self, sealed: str) -> str:
        from cryptography.fernet import InvalidToken

        with contextlib.suppress(InvalidToken):
            if self._cipher:
                return str(self._cipher.decrypt(sealed).decode())
        raise UsageError("The event was encrypted with a key that is not among encryption_key.")

    def _choose_id(self, client: "DBOSClient", event: LeadUpdated) -> str:
        """The key, or a number behind it once the window of the last equal event is over; empty within the window."""
        equal = client.list_workflows(workflow_id_prefix=event.key, load_input=False, load_output=False)
        if not equal:
            return event.key
        if time.time() - max(row.created_at or 0 for row in equal) / 1000 <= self._window:
            return ""
        numbers = [int(row.workflow_id.removeprefix(event.key).removeprefix(":") or 1) for row in equal]
        return f"{event.key}:{max(numbers) + 1}"  # of two that come at once, the database refuses the second

    def _enqueue(self, client: "DBOSClient", workflow_id: str, event: Event) -> None:
        # An id that is none stays in the event alone: it could be a name, which would not be encrypted here.
        lead = event.lead_id if event.lead_id and is_opaque_id(event.lead_id) else workflow_id
        client.enqueue(
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": workflow_id,
                "workflow_id_reuse_policy": "reject",
                "queue_partition_key": lead,
                # Of a lead, the smallest comes first: the order of arrival, by the millisecond. (By itself, SQLite has
                # whole seconds before Python 3.12.) What waits when it starts again, every 25 days, may be mixed up.
                "priority": int(time.time() * 1000) % _MAX_PRIORITY + 1,
                "app_version": VERSION,
                "serialization_type": self._dbos.WorkflowSerializationFormat.PORTABLE,  # JSON, not pickle
            },
            self.seal(event),
            lead,
        )

    def _list_rows(self, state: State | None, **options: Any) -> list[Any]:
        statuses = _STATES[state] if state else None
        options = {"load_input": False, "load_output": state in (None, "dead"), **options}
        return self.open().list_workflows(name=WORKFLOW, status=statuses, **options)

    def _find_row(self, key: str, *, load_input: bool = False) -> Any:
        rows = self._list_rows(None, workflow_ids=[key], load_input=load_input)
        if not rows:
            raise UsageError("The inbox has no event with this key.")
        return rows[0]

    def _describe(self, row: Any) -> StoredEvent:
        key, lead = row.workflow_id, row.queue_partition_key
        return StoredEvent(
            key,
            key.partition(":")[0],
            None if lead == key else lead,
            next(state for state, statuses in _STATES.items() if row.status in statuses),
            datetime.fromtimestamp(row.created_at / 1000, UTC),
            str(row.error) if row.status == "ERROR" else KILLER if row.status in _STATES["dead"] else "",
        )


def _make_cipher(keys: Sequence[str | bytes]) -> Any:
    try:
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in keys])
    except ImportError:
        raise UsageError("encryption_key needs the extra: pip install 'omniai-leads[webhooks]'.") from None
    except ValueError:
        raise UsageError("encryption_key: give keys of cryptography.fernet.Fernet.generate_key().") from None
