"""The Python SDK of OmniAI: leads, their checklists and documents.

Names are loaded when they are first used, so that importing the package costs next to nothing. A new name is a line in
each of three places below: for type checkers, for linters, and for the loading.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omni_client.models import (
        ActionLogStatus,
        ActionLogType,
        AssigneeType,
        ChecklistItemStatus,
        FieldType,
        LeadSource,
        LeadStatus,
        MessageChannel,
        MessageDirection,
    )

    from omni._async.analytics import AsyncWorkspaceAnalytics
    from omni._async.client import AsyncClient
    from omni._async.documents import AsyncDocuments
    from omni._async.http import AsyncHTTP
    from omni._async.leads import AsyncLeads
    from omni._async.pages import AsyncPageIterator
    from omni._files.download import (
        DownloadResult,
        Progress,
    )
    from omni._files.file_input import (
        FileInput,
        FileInputs,
    )
    from omni._files.upload import UploadResult
    from omni._operations.difference import (
        Difference,
        Observe,
    )
    from omni._operations.payloads import (
        ChecklistValue,
        LeadChanges,
        LeadFields,
        OneOffFields,
    )
    from omni._sync.analytics import WorkspaceAnalytics
    from omni._sync.client import Client
    from omni._sync.documents import Documents
    from omni._sync.http import HTTP
    from omni._sync.leads import Leads
    from omni._sync.pages import PageIterator
    from omni._transport.connection_pool import (
        AsyncTransport,
        Transport,
    )
    from omni._views.action_logs import (
        ActionLog,
        Message,
        Tool,
    )
    from omni._views.analytics import (
        Analytics,
        AnalyticsTotals,
        ChannelFigures,
        ChecklistFigure,
        CompletionFigures,
        LeadFigures,
    )
    from omni._views.checklists import (
        ChecklistGroup,
        ChecklistItem,
        Document,
        DocumentValidation,
        MatchedItem,
        OneOffItem,
        RuleVerdict,
    )
    from omni._views.leads import (
        Lead,
        MatchingLead,
    )
    from omni._views.uploads import Upload, UploadedDocument
    from omni.errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConflictError,
        FileOutcome,
        InternalServerError,
        InvalidResponseError,
        NotFoundError,
        OmniError,
        OutcomeUnknownError,
        PermissionDeniedError,
        RateLimitError,
        StoredDocument,
        UnprocessableEntityError,
        UploadOutcome,
        UsageError,
        WaitEndedError,
        WriteResponseError,
        WriteServerError,
        WriteStatusError,
    )

__version__: str

__all__ = [
    "HTTP",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "ActionLog",
    "ActionLogStatus",
    "ActionLogType",
    "Analytics",
    "AnalyticsTotals",
    "AssigneeType",
    "AsyncClient",
    "AsyncDocuments",
    "AsyncHTTP",
    "AsyncLeads",
    "AsyncPageIterator",
    "AsyncTransport",
    "AsyncWorkspaceAnalytics",
    "AuthenticationError",
    "BadRequestError",
    "ChannelFigures",
    "ChecklistFigure",
    "ChecklistGroup",
    "ChecklistItem",
    "ChecklistItemStatus",
    "ChecklistValue",
    "Client",
    "CompletionFigures",
    "ConflictError",
    "Difference",
    "Document",
    "DocumentValidation",
    "Documents",
    "DownloadResult",
    "FieldType",
    "FileInput",
    "FileInputs",
    "FileOutcome",
    "InternalServerError",
    "InvalidResponseError",
    "Lead",
    "LeadChanges",
    "LeadFields",
    "LeadFigures",
    "LeadSource",
    "LeadStatus",
    "Leads",
    "MatchedItem",
    "MatchingLead",
    "Message",
    "MessageChannel",
    "MessageDirection",
    "NotFoundError",
    "Observe",
    "OmniError",
    "OneOffFields",
    "OneOffItem",
    "OutcomeUnknownError",
    "PageIterator",
    "PermissionDeniedError",
    "Progress",
    "RateLimitError",
    "RuleVerdict",
    "StoredDocument",
    "Tool",
    "Transport",
    "UnprocessableEntityError",
    "Upload",
    "UploadOutcome",
    "UploadResult",
    "UploadedDocument",
    "UsageError",
    "WaitEndedError",
    "WorkspaceAnalytics",
    "WriteResponseError",
    "WriteServerError",
    "WriteStatusError",
]

_HOME = {
    "APIConnectionError": "omni.errors",
    "APIStatusError": "omni.errors",
    "APITimeoutError": "omni.errors",
    "ActionLog": "omni._views.action_logs",
    "ActionLogStatus": "omni_client.models",
    "ActionLogType": "omni_client.models",
    "Analytics": "omni._views.analytics",
    "AnalyticsTotals": "omni._views.analytics",
    "AssigneeType": "omni_client.models",
    "AsyncClient": "omni._async.client",
    "AsyncDocuments": "omni._async.documents",
    "AsyncHTTP": "omni._async.http",
    "AsyncLeads": "omni._async.leads",
    "AsyncPageIterator": "omni._async.pages",
    "AsyncTransport": "omni._transport.connection_pool",
    "AsyncWorkspaceAnalytics": "omni._async.analytics",
    "AuthenticationError": "omni.errors",
    "BadRequestError": "omni.errors",
    "ChannelFigures": "omni._views.analytics",
    "ChecklistFigure": "omni._views.analytics",
    "ChecklistGroup": "omni._views.checklists",
    "ChecklistItem": "omni._views.checklists",
    "ChecklistItemStatus": "omni_client.models",
    "ChecklistValue": "omni._operations.payloads",
    "Client": "omni._sync.client",
    "CompletionFigures": "omni._views.analytics",
    "ConflictError": "omni.errors",
    "Difference": "omni._operations.difference",
    "Document": "omni._views.checklists",
    "DocumentValidation": "omni._views.checklists",
    "Documents": "omni._sync.documents",
    "DownloadResult": "omni._files.download",
    "FieldType": "omni_client.models",
    "FileInput": "omni._files.file_input",
    "FileInputs": "omni._files.file_input",
    "FileOutcome": "omni.errors",
    "HTTP": "omni._sync.http",
    "InternalServerError": "omni.errors",
    "InvalidResponseError": "omni.errors",
    "Lead": "omni._views.leads",
    "LeadChanges": "omni._operations.payloads",
    "LeadFields": "omni._operations.payloads",
    "LeadFigures": "omni._views.analytics",
    "LeadSource": "omni_client.models",
    "LeadStatus": "omni_client.models",
    "Leads": "omni._sync.leads",
    "MatchedItem": "omni._views.checklists",
    "MatchingLead": "omni._views.leads",
    "Message": "omni._views.action_logs",
    "MessageChannel": "omni_client.models",
    "MessageDirection": "omni_client.models",
    "NotFoundError": "omni.errors",
    "Observe": "omni._operations.difference",
    "OmniError": "omni.errors",
    "OneOffFields": "omni._operations.payloads",
    "OneOffItem": "omni._views.checklists",
    "OutcomeUnknownError": "omni.errors",
    "PageIterator": "omni._sync.pages",
    "PermissionDeniedError": "omni.errors",
    "Progress": "omni._files.download",
    "RateLimitError": "omni.errors",
    "RuleVerdict": "omni._views.checklists",
    "StoredDocument": "omni.errors",
    "Tool": "omni._views.action_logs",
    "Transport": "omni._transport.connection_pool",
    "UnprocessableEntityError": "omni.errors",
    "Upload": "omni._views.uploads",
    "UploadOutcome": "omni.errors",
    "UploadResult": "omni._files.upload",
    "UploadedDocument": "omni._views.uploads",
    "UsageError": "omni.errors",
    "WaitEndedError": "omni.errors",
    "WorkspaceAnalytics": "omni._sync.analytics",
    "WriteResponseError": "omni.errors",
    "WriteServerError": "omni.errors",
    "WriteStatusError": "omni.errors",
}

if not TYPE_CHECKING:  # pragma: no branch (else a checker would believe in every name)

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return import_module("omni.settings").version()
        if name not in _HOME:
            raise AttributeError(f"module 'omni' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOME[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
