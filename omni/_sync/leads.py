# Derived from omni/_async/leads.py by tools/unasync.py, do not edit.
"""Leads: the people whose information and documents are collected."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Unpack

from omni import _endpoint, _writes, errors
from omni._budget import Budget
from omni._discreet import scrub_public_methods
from omni._writes import LeadChanges, LeadFields
from omni.action_logs import ActionLog
from omni.checklists import ChecklistGroup, OneOffItem
from omni.documents import Document
from omni.leads import Lead
from omni.settings import checked_timeout

if TYPE_CHECKING:
    from omni._sync.client import Client


@scrub_public_methods
class Leads:
    """What can be done with leads; reached as ``client.leads``.

    A write that fails raises OutcomeUnknownError if it may have happened; its ``reconcile`` says how to find out.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(self, lead_id: str) -> Lead:
        """One lead with its checklist, documents, the last 100 action logs, matching leads and what comes next.

        Raises NotFoundError if the workspace of the key has no such lead, AuthenticationError if the key is wrong,
        APITimeoutError or APIConnectionError if no complete answer came. Source: the page Get Lead.
        """
        return self._client.call(_endpoint.GET_LEAD, lead_id=lead_id)

    def checklist(self, lead_id: str) -> tuple[ChecklistGroup, ...]:
        """The checklist of a lead, in groups. Errors as ``get``. Source: the page Get Lead Checklist."""
        return self._client.call(_endpoint.GET_CHECKLIST, lead_id=lead_id)

    def documents(self, lead_id: str) -> tuple[Document, ...]:
        """The documents of a lead, and how they were judged. Errors as ``get``. Source: the page Get Lead Documents."""
        return self._client.call(_endpoint.GET_DOCUMENTS, lead_id=lead_id)

    def action_logs(self, lead_id: str) -> tuple[ActionLog, ...]:
        """The history of a lead; no limit and no order are documented. Errors as ``get``.

        Source: the page Get Lead Action Logs.
        """
        return self._client.call(_endpoint.GET_ACTION_LOGS, lead_id=lead_id)

    def wait(
        self,
        lead_id: str,
        *,
        until: Callable[[Lead], bool] = lambda lead: lead.is_complete,
        every: float = 30.0,
        timeout: float = math.inf,
    ) -> Lead:
        """Read a lead every so many seconds until it is complete, or until ``until`` says so of it; return it then.

        A read that fails for now (no answer, 429, 5xx) is no end of the waiting. Raises APITimeoutError after
        ``timeout`` seconds. A lead that opts out is never complete: say in ``until`` what else shall end it.
        """
        start, reads = time.monotonic(), 0
        end = start + checked_timeout(timeout)
        checked_timeout(every, "every")
        while (left := end - time.monotonic()) > 0:
            pause, reads = every, reads + 1
            with suppress(TimeoutError, errors.APIConnectionError, errors.InternalServerError):
                try:
                    with Budget.of(left):
                        lead = self.get(lead_id)
                except errors.RateLimitError as error:
                    pause = max(every, error.retry_after or 0.0)
                else:
                    if until(lead):
                        return lead
            Budget.sleep(max(0.0, min(pause, end - time.monotonic())))
        facts = {"method": "GET", "path": _endpoint.GET_LEAD.path, "attempts": reads, "elapsed": timeout}
        raise errors.APITimeoutError("The lead was not as wanted in time", **facts)

    def create(self, *, first_name: str, **given: Unpack[LeadFields]) -> Lead:
        """Create a lead; what is left out is not sent. The agent may then write to the person (inferred).

        The fields are those of ``omni.LeadFields``. No idempotency key is documented, so a create that may have
        happened is never repeated. Raises BadRequestError if the API does not accept a field. The answer has no
        status, action logs or documents: ``get`` has. Source: the page Create Lead.
        """
        return self._client.call(_endpoint.CREATE_LEAD, body=_writes.created(first_name, given))

    def update(self, lead_id: str, **changes: Unpack[LeadChanges]) -> Lead:
        """Change some fields of a lead; what is left out stays as it is, and None is sent as null.

        The fields are those of ``omni.LeadChanges``. What affects the person has its own method, and is refused here:
        ``lift_opt_out`` and every status. Whether a null clears a field is not documented. Raises NotFoundError,
        BadRequestError. Source: the page Update Lead.
        """
        return self._put(lead_id, _writes.changed(changes))

    def not_applied(self, lead_id: str, **changes: Unpack[LeadChanges]) -> tuple[str, ...]:
        """Read a lead and tell which of these changes it does not show, by the API's names: what ``update`` has to do.

        It looks before an update is repeated. ``middle_name``, ``timezone`` and the assignee ``agent`` are in no
        documented response, so they are always told.
        """
        body = _writes.changed(changes)
        return _writes.not_applied(self.get(lead_id), body)

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
        self, lead_id: str, *, label: str, field_type: str, **given: Unpack[_writes.OneOffFields]
    ) -> OneOffItem:
        """Add an item to the checklist of this lead only; see ``omni.OneOffFields`` for what else can be said of it.

        Raises NotFoundError, BadRequestError. A code is made from the label by the server; it must be unique, and what
        the API answers if it is not is not documented. Source: the page Create Lead Checklist Item.
        """
        body = _writes.one_off(label, field_type, given)
        return self._client.call(_endpoint.ADD_CHECKLIST_ITEM, lead_id=lead_id, body=body)

    def _transition(self, lead_id: str, name: str) -> Lead:
        try:
            return self._put(lead_id, _writes.TRANSITIONS[name])
        except errors.OutcomeUnknownError as error:
            error.reconcile = (
                f"The lead may have changed: read its status with client.leads.get() before {name}() again."
            )
            raise

    def _put(self, lead_id: str, changes: Any) -> Lead:
        body = {"leadId": _endpoint.checked_id("lead_id", lead_id), **changes}
        return self._client.call(_endpoint.UPDATE_LEAD, body=body)
