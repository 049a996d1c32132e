# Derived from omni/_async/leads.py by tools/unasync.py, do not edit.
"""Leads: the people whose information and documents are collected."""

import time
from collections.abc import Iterator, Callable
from typing import Any, Self, Unpack

from omni import errors
from omni._sync.session import Session
from omni._fork_safety import fork_lock
from omni._operations import payloads, registry
from omni._operations.ids import checked_id
from omni._operations.pagination import WalkPosition
from omni._operations.payloads import LeadChanges, LeadFields
from omni._traceback_scrubbing import scrub_public_methods
from omni._transport.call import NO_LIMIT
from omni._transport.failures import is_of_callback
from omni._transport.runtime import Runtime
from omni._views.action_logs import ActionLog
from omni._views.checklists import ChecklistGroup, Document, OneOffItem
from omni._views.leads import Lead, ended_status
from omni._views.results import Ids, LeadResult
from omni.settings import checked_concurrency, checked_timeout

_LONGEST_RETRY_AFTER = 86_400.0
"""Seconds. A server that asks for a longer pause has made a mistake in the unit, or in the year."""


@scrub_public_methods
class LeadIterator(Iterator[LeadResult]):
    """The leads of many ids, one by one as they come, in any order: a lead, or the error of its id.

    Calls are started when a result is asked for. To end early, leave a ``with`` block or call ``close``; dropping the
    last reference does it too, as ``break`` does in a ``for`` loop. Then nothing more is sent. Calls under way in tasks
    are cancelled, and the former two wait until they are; a thread ends with the response, or at the deadline of its
    call.
    """

    def __init__(self, session: Session, ids: Ids, concurrency: int, position: WalkPosition) -> None:
        with fork_lock:
            from omni._sync.many import Walk  # most programs read one lead
        self._walk = Walk(session, ids, concurrency, position)

    @property
    def cursor(self) -> str:
        """The position after the results that were returned, to continue from there later with the same ids.

        It is JSON and has numbers of ids, no ids. What had been read and was not returned is read again.
        """
        return self._walk.cursor

    def __next__(self) -> LeadResult:
        return self._walk.next()

    def close(self) -> None:
        """End the iteration."""
        self._walk.close()

    def __del__(self) -> None:
        if "_walk" in vars(self):
            self._walk.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._walk.close()


@scrub_public_methods
class Leads:
    """What can be done with leads; reached as ``client.leads``.

    A write that fails raises OutcomeUnknownError if it may have happened; ``reconcile_hint`` says how to find out.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, lead_id: str) -> Lead:
        """One lead with its checklist, documents, the last 100 action logs, matching leads and what comes next.

        Raises NotFoundError if the workspace of the key has no such lead, AuthenticationError if the key is wrong,
        APITimeoutError or APIConnectionError if no complete response came. Source: the page Get Lead.
        """
        return self._session.call(registry.GET_LEAD, lead_id=lead_id)

    def iter_many(self, ids: Ids, *, concurrency: int = 8, cursor: str | None = None) -> LeadIterator:
        """Read many leads, up to ``concurrency`` at once, and return each result as it comes, in any order.

        A result has ``lead_id``, and either ``lead`` or ``error``: NotFoundError, UsageError for what is no id, and
        what else ``get`` raises about one lead. ``ids`` may be any iterable, and is read as far as needed: at most
        ``concurrency`` ids are ahead of the results that were returned. ``cursor`` is that of an earlier iterator over
        the same ids, and continues after the results that it returned.

        All iterators over the same connections share one limit, which learns: a 429 or Retry-After halves what is in
        flight, lets all of them pause as long as the server asks for, and counts as no attempt of its id. The iteration
        raises RateLimitError once the server has refused, or asks to wait, longer than the client's ``timeout``, and
        AuthenticationError at the first 401, since the next ids would get one too; nothing is lost by continuing with
        the iterator or its cursor.
        """
        checked_concurrency(concurrency)
        return LeadIterator(self._session, ids, concurrency, WalkPosition.from_cursor(cursor))

    def checklist(self, lead_id: str) -> tuple[ChecklistGroup, ...]:
        """The checklist of a lead, in groups. Errors as ``get``. Source: the page Get Lead Checklist."""
        return self._session.call(registry.GET_CHECKLIST, lead_id=lead_id)

    def documents(self, lead_id: str) -> tuple[Document, ...]:
        """The documents of a lead, and how they were judged. Errors as ``get``. Source: the page Get Lead Documents."""
        return self._session.call(registry.GET_DOCUMENTS, lead_id=lead_id)

    def action_logs(self, lead_id: str) -> tuple[ActionLog, ...]:
        """The history of a lead; no limit and no order are documented. Errors as ``get``.

        Source: the page Get Lead Action Logs.
        """
        return self._session.call(registry.GET_ACTION_LOGS, lead_id=lead_id)

    def wait(
        self,
        lead_id: str,
        *,
        until: Callable[[Lead], bool] | None = None,
        poll_interval: float = 30.0,
        timeout: float = 3600.0,
    ) -> Lead:
        """Poll a lead until it is complete, or until ``until(lead)`` is true, and return it.

        Polling continues through temporary errors (no response, 429, 5xx). Raises APITimeoutError after
        ``timeout`` seconds, and, without an ``until``, WaitEndedError for a lead that opted out, is not interested or
        is deleted, since it will not be complete. Exceptions of ``until`` pass through.
        """
        start, reads = time.monotonic(), 0
        end = start + min(checked_timeout(timeout), NO_LIMIT)
        checked_timeout(poll_interval, "poll_interval")
        while (remaining := end - time.monotonic()) > 0:
            lead, retry_after = self._poll(lead_id, remaining)
            reads += 1
            if lead is not None:
                if until(lead) if until else lead.is_complete:
                    return lead
                if not until and (status := ended_status(lead)):
                    text = f"The lead is {status}, so it will not be complete: say in until= what else to wait for"
                    raise errors.WaitEndedError(text, **_wait_details(start, reads), status=str(status))
            Runtime.sleep(max(0.0, min(max(poll_interval, retry_after), end - time.monotonic())))
        raise errors.APITimeoutError("The lead did not reach the awaited state in time", **_wait_details(start, reads))

    def _poll(self, lead_id: str, remaining: float) -> tuple[Lead | None, float]:
        """The lead, or None after a temporary error, and the seconds that the server asks to wait.

        Exceptions of event hooks and of ``observe`` pass through.
        """
        session = self._session.with_timeout(remaining if remaining < self._session.timeout else None)
        try:
            return session.call(registry.GET_LEAD, lead_id=lead_id), 0.0
        except (errors.APIConnectionError, errors.InternalServerError, errors.RateLimitError) as error:
            if is_of_callback(error):
                raise
            retry_after = error.retry_after if isinstance(error, errors.RateLimitError) else None
            return None, min(retry_after or 0.0, _LONGEST_RETRY_AFTER)

    def create(self, *, first_name: str, **fields: Unpack[LeadFields]) -> Lead:
        """Create a lead; what is left out is not sent. The agent may then write to the person (inferred).

        The fields are those of ``omni.LeadFields``. No idempotency key is documented, so a create that may have
        happened is never repeated. Raises BadRequestError if the API does not accept a field. The response has no
        status, action logs or documents: ``get`` has. Source: the page Create Lead.
        """
        return self._session.call(registry.CREATE_LEAD, body=payloads.create_lead_body(first_name, fields))

    def update(self, lead_id: str, **changes: Unpack[LeadChanges]) -> Lead:
        """Change some fields of a lead; what is left out stays as it is, and None is sent as null.

        The fields are those of ``omni.LeadChanges``. What affects the person has its own method, and is refused here:
        ``lift_opt_out`` and every status. Whether a null clears a field is not documented. Raises NotFoundError,
        BadRequestError. Source: the page Update Lead.
        """
        return self._put(lead_id, payloads.update_lead_body(changes))

    def not_applied(self, lead_id: str, **changes: Unpack[LeadChanges]) -> tuple[str, ...]:
        """Read a lead and return which of these changes it does not show, by the API's names.

        Call it before you repeat an update. ``middle_name``, ``timezone`` and the assignee ``agent`` are in no
        documented response, so they are always returned.
        """
        body = payloads.update_lead_body(changes)
        with fork_lock:
            from omni._operations.not_applied import not_applied  # after an unknown outcome only
        return not_applied(self.get(lead_id), body)

    def opt_out(self, lead_id: str) -> Lead:
        """Opt a lead out: it is not contacted any more, and messages under way are cancelled.

        Source: the page Update Lead.
        """
        return self._transition(lead_id, "opt_out")

    def lift_opt_out(self, lead_id: str) -> Lead:
        """Lift an opt-out, so that the person may be contacted again: only if the person asked for it.

        Source: the page Update Lead.
        """
        return self._transition(lead_id, "lift_opt_out")

    def complete(self, lead_id: str) -> Lead:
        """Set a lead to COMPLETED, which skips every required item that is still open. Source: the page Update Lead."""
        return self._transition(lead_id, "complete")

    def reopen(self, lead_id: str) -> Lead:
        """Set a lead to IN_PROGRESS, which undoes the skips of ``complete``. Source: the page Update Lead."""
        return self._transition(lead_id, "reopen")

    def mark_not_interested(self, lead_id: str) -> Lead:
        """Set a lead to NOT_INTERESTED, which stops further follow-ups. Source: the page Update Lead."""
        return self._transition(lead_id, "mark_not_interested")

    def add_checklist_item(
        self, lead_id: str, *, label: str, field_type: str, **fields: Unpack[payloads.OneOffFields]
    ) -> OneOffItem:
        """Add an item to the checklist of this lead only; ``omni.OneOffFields`` has the other fields.

        Raises NotFoundError, BadRequestError. The server makes a code from the label; it must be unique, and how
        the API responds if it is not is not documented. Source: the page Create Lead Checklist Item.
        """
        body = payloads.checklist_item_body(label, field_type, fields)
        return self._session.call(registry.ADD_CHECKLIST_ITEM, lead_id=lead_id, body=body)

    def _transition(self, lead_id: str, name: str) -> Lead:
        hint = f"The lead may have changed: read its status with client.leads.get() before {name}() again."
        return self._put(lead_id, payloads.TRANSITIONS[name], hint)

    def _put(self, lead_id: str, changes: Any, hint: str = "") -> Lead:
        body = {"leadId": checked_id("lead_id", lead_id), **changes}
        return self._session.call(registry.UPDATE_LEAD, lead_id, hint=hint, body=body)


def _wait_details(start: float, reads: int) -> errors.CallDetails:
    return {
        "method": "GET",
        "path": registry.GET_LEAD.path,
        "attempts": reads,
        "elapsed": time.monotonic() - start,
    }
