"""The one module that knows the generator: requests go out by ``_get_kwargs``, answers come in as views.

What generated code gets wrong on the way is mended here, in the open: ids that would change the URL, bodies parsed
before the status is looked at, statuses that its enum does not know.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

import httpx

from omni import errors
from omni._fork_safety import fork_lock
from omni._transport.call import Call, outcome_of
from omni._views.action_logs import ActionLog
from omni._views.analytics import Analytics
from omni._views.base import View, fields, made, text, views
from omni._views.checklists import ChecklistGroup, Document, OneOffItem
from omni._views.leads import Lead
from omni._views.uploads import Upload

T = TypeVar("T")
V = TypeVar("V", bound=View[Any])

_BY_STATUS: dict[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, "check the arguments"),
    401: (errors.AuthenticationError, "check the API key, it is missing or wrong"),
    403: (errors.PermissionDeniedError, "the API key may not do this"),
    404: (errors.NotFoundError, "there is no such thing in the workspace of the API key"),
    409: (errors.ConflictError, "it clashes with the present state, so read that first"),
    422: (errors.UnprocessableEntityError, "check the arguments"),
    429: (errors.RateLimitError, "slow down, retry_after has the seconds if the server said"),
}


@cache
def _get_kwargs(module: str) -> Callable[..., dict[str, Any]]:
    """What the generated module of an operation makes requests of; nobody forks while it is loaded."""
    with fork_lock:
        found: Callable[..., dict[str, Any]] = import_module(f"omni_client.api.{module}")._get_kwargs
    return found


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One operation of the spec: how to ask, and what the answer is read as."""

    path: str
    module: str
    """The generated module below ``omni_client.api``, which takes its time to load."""
    view: Callable[[Any], T]
    body: str = ""
    """The generated model of its JSON body, by name."""
    reconcile_hint: str = ""
    """How to find out whether a write happened."""
    ids: Callable[[T], Iterable[object]] = lambda found: ()
    """Where a response has the id that was asked for, if it has it; what is no text there is passed over."""

    def request(self, **arguments: Any) -> dict[str, Any]:
        """The request's arguments for httpx; UsageError for an id that cannot be one."""
        for name, value in arguments.items():
            if name.endswith("_id"):
                checked_id(name, value)
        if self.body:
            arguments["body"] = made(self.body, arguments["body"])
        return _get_kwargs(self.module)(**arguments)

    def expecting(self, id: object) -> "Operation[T]":
        """The same operation, which takes no response that has another id than the one that was asked for.

        A second line of defence: should the response to another call ever come, it must not pass for this one's.
        """

        def view(data: Any) -> T:
            result = self.view(data)
            for found in self.ids(result):
                if found != id and isinstance(found, str) and _comparable(found) != _comparable(id):
                    raise errors.UsageError("it has another id than the one that was asked for")
            return result

        return replace(self, view=view)

    def result(self, response: httpx.Response) -> T:
        """The answer as a view; APIStatusError or InvalidResponseError if it is not one."""
        if not response.is_success:
            raise status_error(response, facts_of(response, response.content))
        try:
            data = errors.read_json(response.content)
            if fields(data).get("success") is False:
                raise errors.UsageError("it says that it did not succeed")
            return self.view(data)
        except errors.UsageError as error:
            what = f"the body is not what the contract says: {error}"
        except (ValueError, RecursionError):
            what = "the body is not JSON"
        kind, ending = errors.InvalidResponseError, ""
        if not response.extensions["omni"].is_read:
            kind, ending = errors.WriteResponseError, ": it was done, or may be"
        facts = facts_of(response, response.content)
        raise kind(f"The server said {response.status_code}, but {what}{ending}", **facts)


def _whole(kind: type[V], key: str | None = None) -> Callable[[Any], V]:
    """A view of the object that the answer is, or has under a key; it must have an id."""

    def view(data: Any) -> V:
        found = fields(data).get(key) if key else data
        if not text(fields(found).get("id")):
            raise errors.UsageError(f"{kind.__name__}: expected a JSON object with its id.")
        return kind._from_json(found)

    return view


def _record(kind: type[V], *keys: str) -> Callable[[Any], V]:
    """A view of the object that the answer is; it must have one of these keys."""

    def view(data: Any) -> V:
        if not fields(data).keys() & {*keys}:
            raise errors.UsageError(f"{kind.__name__}: expected a JSON object with {' or '.join(keys)}.")
        return kind._from_json(data)

    return view


def _each(kind: type[V]) -> Callable[[Any], tuple[V, ...]]:
    """A view of each object in the array that the answer is."""

    def view(data: Any) -> tuple[V, ...]:
        if not isinstance(data, list):
            raise errors.UsageError(f"{kind.__name__}: expected a JSON array.")
        return views(kind, data)

    return view


def _comparable(id: object) -> str:
    """An id as it is compared: one UUID may be written in capitals or without hyphens, any other id is opaque.

    Databases take a UUID in any spelling and give it back in one, so a caller's capitals are no other lead.
    """
    digits = str(id).replace("-", "").lower()
    return digits if re.fullmatch("[0-9a-f]{32}", digits) else str(id)


def _lead_ids(listed: Iterable[View[Any]]) -> Iterable[object]:
    """Those of the elements of a list; whether they have one is not documented."""
    return [each._data.get("leadId") for each in listed]


_LEADS, _LEAD = "/api/v1/leads", "/api/v1/leads/{leadId}"

GET_LEAD = Operation(_LEAD, "leads.get_lead", Lead._from_json, ids=lambda lead: [lead._wrapped["lead"]["id"]])
CREATE_LEAD = Operation(
    _LEADS,
    "leads.create_lead",
    Lead._from_json,
    "CreateLeadBody",
    "The lead may have been created, and no search is documented: look for it in the dashboard, or, if another lead has"
    " the same phone number or e-mail address, in that lead's matching_leads. Create it again only if it is not there.",
)
UPDATE_LEAD = Operation(
    _LEADS,
    "leads.update_lead",
    Lead._from_json,
    "UpdateLeadBody",
    "The lead may have been changed: client.leads.not_applied(lead_id, …the same fields…) reads it and tells which of"
    " the fields it does not show. Repeat the update only if there are any.",
    ids=GET_LEAD.ids,
)
GET_CHECKLIST = Operation(
    f"{_LEAD}/checklist",
    "leads.get_lead_checklist",
    _each(ChecklistGroup),
    ids=lambda groups: _lead_ids([*groups, *(item for group in groups for item in group.items)]),
)
GET_DOCUMENTS = Operation(f"{_LEAD}/documents", "leads.get_lead_documents", _each(Document), ids=_lead_ids)
GET_ACTION_LOGS = Operation(f"{_LEAD}/action-logs", "leads.get_lead_action_logs", _each(ActionLog), ids=_lead_ids)
ADD_CHECKLIST_ITEM = Operation(
    f"{_LEAD}/checklist-items",
    "leads.create_lead_checklist_item",
    _whole(OneOffItem, "checklistItem"),
    "CreateChecklistItemBody",
    "The item may have been added: look for its label in client.leads.checklist(lead_id). Add it again only if it is"
    " not there.",
    ids=lambda item: _lead_ids([item]),
)
GET_DOCUMENT = Operation(
    "/api/v1/documents/{documentId}",
    "documents.get_document",
    _whole(Document),
    ids=lambda document: [document._data["id"]],
)
UPLOAD_DOCUMENTS = Operation(
    "/api/v1/documents",
    "documents.upload_documents",
    _record(Upload, "documents"),
    reconcile_hint="The files may have been stored: look for their names and sizes in client.leads.documents(lead_id)."
    " Upload again only those that are not there.",
)
GET_ANALYTICS = Operation("/api/v0/analytics", "analytics.get_analytics", _record(Analytics, "totals", "downloadUrl"))

OPERATIONS: tuple[Operation[Any], ...] = (
    GET_LEAD,
    CREATE_LEAD,
    UPDATE_LEAD,
    GET_CHECKLIST,
    GET_DOCUMENTS,
    GET_ACTION_LOGS,
    ADD_CHECKLIST_ITEM,
    GET_DOCUMENT,
    UPLOAD_DOCUMENTS,
    GET_ANALYTICS,
)

_TEMPLATES = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path) + "$"), each.path) for each in OPERATIONS]
_WORDS = {word for each in OPERATIONS for word in each.path.split("/")}


def path_template(path: str) -> str:
    """The path with placeholders for its ids; of a path that is not in the spec, only its first words that are."""
    for pattern, template in _TEMPLATES:
        if pattern.search(path):
            return template
    segments = path.split("/")
    known = list(itertools.takewhile(_WORDS.__contains__, segments))
    return "/".join([*known, "…"] if known != segments else known)


def checked_id(name: str, value: object) -> str:
    """The id, if it can stand in a path without changing it."""
    if not isinstance(value, str):
        raise errors.UsageError(f"{name} must be a str, not {type(value).__name__}.")
    if not value or value in {".", ".."} or not value.isprintable() or set(value) & set("/\\%"):
        raise errors.UsageError(
            f"{name} cannot be an id: it is empty, '.' or '..', or has a slash, a percent sign or a control character."
        )
    return value


def facts_of(response: httpx.Response, content: bytes) -> dict[str, Any]:
    """What an error says of its call and of the answer."""
    call: Call = response.extensions["omni"]
    answer = {"status_code": response.status_code, "headers": response.headers, "content": content}
    return call.facts() | answer


def _refuses(response: httpx.Response) -> bool:
    """Whether the status proves that a write was not done.

    301, 302 and 303 are usual after a form was accepted, nginx has 499 for a client that left, and 5xx but 501 may come
    after the work.
    """
    return response.status_code in {304, 307, 308, 501} or 400 <= response.status_code < 499


def status_error(response: httpx.Response, facts: dict[str, Any]) -> errors.APIStatusError:
    """The error for an answer that refuses."""
    status = response.status_code
    fallback = errors.InternalServerError if status >= 500 else errors.APIStatusError
    kind, repair = _BY_STATUS.get(status, (fallback, "the server failed" if status >= 500 else "not an answer we know"))
    if not (response.extensions["omni"].is_read or all(map(_refuses, (*response.history, response)))):
        kind = errors.WriteServerError if status >= 500 else errors.WriteStatusError
        repair = (
            f"{'the server failed' if status >= 500 else 'this is no refusal'}, and it may or may not have happened"
        )
    phrase = f"{status} {httpx.codes.get_reason_phrase(status)}".rstrip()
    return kind(f"{phrase}: {repair}", retry_after=outcome_of(response).retry_after, **facts)
