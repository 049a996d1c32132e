"""Handling what an inbox holds, in threads, by one worker of any number.

Theory of operation. DBOS gives a worker the oldest event of a lead of which nothing is running. The worker calls the
handler in a step, whose result is stored right after, and pauses between attempts; all of that is picked up where it
was if the process dies. Four things are added, since DBOS does not have them:

- A worker that dies leaves its events marked as running, and DBOS gives them back to a worker of the same name only. So
  a worker holds a lock with its name; the others find it free, and put its events back (PostgreSQL: an advisory lock,
  which ends with the connection; a paused worker keeps it. SQLite: a file lock, and one worker at a time).
- Over PostgreSQL, DBOS may start two events of a lead at once, if the older one becomes visible between two queries.
  So a handler runs under an advisory lock with the lead's id.
- A receipt says that a handler has ended, before DBOS stores the result of its step.
- An event whose handler kills the process would kill worker after worker: after twenty times it is dead.
"""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from omni._views.event import Event
from omni.errors import UsageError
from omni.webhooks.database import (
    APPLICATION,
    ENGINE_OPTIONS,
    QUEUE,
    SCHEMA,
    VERSION,
    WORKFLOW,
    import_dbos,
    network_options,
)
from omni.webhooks.inbox import KILLER, Inbox
from omni.webhooks.locks import make_locks
from omni.webhooks.signals import LOG, Signals

_MAX_PAUSE = 600.0
_MAX_INTERRUPTIONS = 20
_INTERRUPTIONS = "interruptions"  # an attribute of a workflow
_POLL_SECONDS = 0.1
_PURGE_SECONDS = 3600.0
_DRAIN_SECONDS = 10


class DeadEventError(Exception):
    """What DBOS keeps of an event that is dead: no text of the handler's error, which may be about a person."""


class Worker:
    """One worker; a context manager."""

    def __init__(self, inbox: Inbox, handle: Callable[[Event], None], signals: Signals, name: str) -> None:
        self._inbox, self._handle, self._signals = inbox, handle, signals
        self.name = name or f"{socket.gethostname()}-{os.getpid()}"
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        dbos = import_dbos()
        self._client = self._inbox.open()
        self._locks = make_locks(self._inbox.url)
        try:
            self._locks.take_name(self.name)
            self._put_back([self.name] if not self._inbox.is_sqlite else None)
            self._threads = ThreadPoolExecutor(self._inbox.concurrency, "omni-webhook")
            # In a thread, since DBOS refuses it where an event loop runs, as in the lifespan of a web application.
            self._threads.submit(self._launch, dbos).result()
        except BaseException:
            self._locks.close()
            raise
        self._watcher = threading.Thread(target=self._watch, name="omni-webhook-watch", daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stopping.set()
        try:
            import_dbos().DBOS.destroy(workflow_completion_timeout_sec=_DRAIN_SECONDS, destroy_registry=True)
        finally:
            self._threads.shutdown()  # DBOS does not wait for handlers; the locks must not be free before they end
            self._watcher.join()
            with contextlib.suppress(Exception):  # else the next worker does it
                self._put_back([self.name], is_interrupted=False)  # what paused between two attempts
            self._locks.close()

    def _launch(self, dbos: Any) -> None:
        if _is_used_by_host():
            raise UsageError("This process uses DBOS itself: run `omni webhook work` beside it.")
        config: dict[str, Any] = {
            "name": APPLICATION,
            "system_database_url": self._inbox.url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": self.name,
            "enable_otlp": False,
            "log_level": "WARNING",
        }
        if self._inbox.is_sqlite:
            config["system_database_engine"] = self._inbox.engine
        else:
            config |= {
                "sys_db_pool_size": 6,
                "db_engine_kwargs": {**ENGINE_OPTIONS, "connect_args": network_options(15)},
            }
        dbos.DBOS(config=config)
        try:
            self._register(dbos)
        except BaseException:
            dbos.DBOS.destroy(destroy_registry=True)  # its threads would keep the process from ending
            raise

    def _register(self, dbos: Any) -> None:
        """Tell DBOS what to do with an event, and let it begin."""
        logging.getLogger("dbos").addFilter(_is_news)
        sleep = dbos.DBOS.sleep_async

        @dbos.DBOS.step(name="omni.webhooks.attempt")  # type: ignore[untyped-decorator]
        async def attempt(key: str, sealed: str, lead: str) -> str:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, key, sealed, lead)

        @dbos.DBOS.workflow(name=WORKFLOW)  # type: ignore[untyped-decorator]
        async def handle_event(sealed: str, lead: str) -> None:
            problem = ""
            for number in range(1, self._inbox.attempts + 1):
                problem = await attempt(dbos.DBOS.workflow_id, sealed, lead)
                if not problem:
                    return
                if number < self._inbox.attempts:
                    await sleep(min(_MAX_PAUSE, self._inbox.backoff * 2 ** (number - 1)))
            self._signals.count("dead", dbos.DBOS.workflow_id, problem)
            raise DeadEventError(problem)

        dbos.DBOS.listen_queues([QUEUE])
        dbos.DBOS.launch()
        # Events that wait for their next attempt count too, so more may be started than handlers run.
        dbos.DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=25 * self._inbox.concurrency,
            polling_interval_sec=_POLL_SECONDS,
            on_conflict="always_update",
        )

    def _call(self, key: str, sealed: str, lead: str) -> str:
        """Call the handler; an empty string, or the type of its error and where it was raised."""
        try:
            with self._locks.lead(lead):
                if not self._locks.has_receipt(key):
                    self._handle(self._inbox.unseal(sealed))
                    with contextlib.suppress(Exception):  # the inbox will know soon, and it must not be called again
                        self._locks.add_receipt(key)
        except BaseException as error:  # SystemExit too, which would end the engine's loop, and all other handlers
            place = traceback.extract_tb(error.__traceback__)[-1]
            problem = f"{type(error).__name__} at {os.path.basename(place.filename)}:{place.lineno}"  # noqa: PTH119
            self._signals.count("failed", key, problem)
            return problem
        return ""

    def _watch(self) -> None:
        """Put back what dead workers held, and delete what was kept long enough, until the worker ends."""
        purged_at = float("-inf")
        while not self._stopping.wait(self._locks.check_seconds):
            try:
                self._locks.keep()
                with self._locks.free_names(self._running_names()) as names:
                    self._put_back(names)
                if time.monotonic() - purged_at > _PURGE_SECONDS:
                    purged_at = time.monotonic()
                    self._inbox.purge()
            except Exception as error:  # the next round may do better
                LOG.warning("webhook worker %s: %s", self.name, type(error).__name__)

    def _running_names(self) -> set[str]:
        rows = self._client.list_workflows(name=WORKFLOW, status="PENDING", load_input=False, load_output=False)
        return {str(row.executor_id) for row in rows} - {self.name}

    def _put_back(self, names: list[str] | None, *, is_interrupted: bool = True) -> None:
        """Put the running events of workers back, whose names this worker has locked; of all, if None."""
        if names == []:
            return
        rows = self._client.list_workflows(
            name=WORKFLOW, status="PENDING", executor_id=names, load_input=False, load_output=False
        )
        for row in rows:
            interruptions = (row.attributes or {}).get(_INTERRUPTIONS, 0)
            if is_interrupted and not self._is_pausing(row.workflow_id):
                interruptions += 1
                self._client.update_workflow_attributes(row.workflow_id, {_INTERRUPTIONS: interruptions}, merge=True)
            if interruptions > _MAX_INTERRUPTIONS:
                self._signals.count("dead", row.workflow_id, KILLER)
                self._client.cancel_workflow(row.workflow_id)
            else:
                # Without the queue's name it would go to one where leads are not kept apart.
                self._client.resume_workflow(row.workflow_id, queue_name=QUEUE)

    def _is_pausing(self, key: str) -> bool:
        """Whether an event waits for its next attempt, so that its handler cannot have ended the process."""
        steps: list[Any] = [*self._client.list_workflow_steps(key)]
        return bool(steps) and steps[-1]["function_name"] == "DBOS.sleep" and float(steps[-1]["output"]) > time.time()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of DBOS is neither about a dead event, of which there is a line, nor has the payload of one."""
    is_dead = record.exc_info is not None and isinstance(record.exc_info[1], DeadEventError)
    return not is_dead and "functools.partial(" not in record.getMessage()


def _is_used_by_host() -> bool:
    """Whether the application has a DBOS of its own: there is one in a process, and a second one would be that."""
    return getattr(sys.modules.get("dbos._dbos"), "_dbos_global_instance", None) is not None  # no public name
