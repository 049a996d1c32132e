"""The table of operations: each operation of the API, once.

Everything that the contract knows comes from there, by ``operationId``. Here is what only a person can say: the view
that a response is read as, where it repeats the id that was asked for, and how to find out whether a write happened.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from omni._fork_safety import fork_lock
from omni._operations.operation import Operation, read_array, read_object
from omni._operations.pagination import Pages
from omni._views.action_logs import ActionLog
from omni._views.base import View
from omni._views.checklists import ChecklistGroup, Document, OneOffItem
from omni._views.leads import Lead

if TYPE_CHECKING:
    from omni._views.analytics import Analytics
    from omni._views.uploads import Upload


def _lead_ids(listed: Iterable[View[Any]]) -> Iterable[object]:
    """Those of the elements of a list; whether they have one is not documented."""
    return [view._data.get("leadId") for view in listed]


def _lead_id(lead: Lead) -> Iterable[object]:
    return [lead.id]


def _read_upload(data: Any) -> "Upload":
    with fork_lock:
        from omni._views.uploads import Upload  # most programs only read
    return read_object(Upload, any_of=["documents"])(data)


def _read_analytics(data: Any) -> "Analytics":
    with fork_lock:
        from omni._views.analytics import Analytics  # most programs read leads
    return read_object(Analytics, any_of=["totals", "downloadUrl"])(data)


GET_LEAD = Operation("getLead", Lead._from_json, ids=_lead_id)
CREATE_LEAD = Operation(
    "createLead",
    Lead._from_json,
    reconcile_hint="The lead may have been created, and no search is documented: look for it in the dashboard, or, if"
    " another lead has the same phone number or e-mail address, in that lead's matching_leads. Create it again only if"
    " it is not there.",
)
UPDATE_LEAD = Operation(
    "updateLead",
    Lead._from_json,
    ids=_lead_id,
    reconcile_hint="The lead may have been changed: client.leads.not_applied(lead_id, …the same fields…) reads it and"
    " tells which of the fields it does not show. Repeat the update only if there are any.",
)
GET_CHECKLIST = Operation(
    "getLeadChecklist",
    read_array(ChecklistGroup),
    ids=lambda groups: _lead_ids([*groups, *(item for group in groups for item in group.items)]),
)
GET_DOCUMENTS = Operation("getLeadDocuments", read_array(Document), ids=_lead_ids)
GET_ACTION_LOGS = Operation("getLeadActionLogs", read_array(ActionLog), ids=_lead_ids)
ADD_CHECKLIST_ITEM = Operation(
    "createLeadChecklistItem",
    read_object(OneOffItem, inside="checklistItem"),
    ids=lambda item: _lead_ids([item]),
    reconcile_hint="The item may have been added: look for its label in client.leads.checklist(lead_id). Add it again"
    " only if it is not there.",
)
GET_DOCUMENT = Operation("getDocument", read_object(Document), ids=lambda document: [document.id])
UPLOAD_DOCUMENTS = Operation(
    "uploadDocuments",
    _read_upload,
    reconcile_hint="The files may have been stored: look for their names and sizes in client.leads.documents(lead_id)."
    " Upload again only those that are not there.",
)
GET_ANALYTICS = Operation("getAnalytics", _read_analytics)
LEAD_FIGURES = Pages(GET_ANALYTICS, items=lambda page: page.leads, next_token=lambda page: page._data.get("nextToken"))

OPERATIONS: dict[str, Operation[Any]] = {
    operation.id: operation for operation in globals().copy().values() if isinstance(operation, Operation)
}
"""All of them, by ``operationId``; tests/contract fails for an operation of the contract that is not here."""
