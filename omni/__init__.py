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

    from omni._async.analytics import (
        AsyncLeadIterator,
        AsyncWorkspaceAnalytics,
    )
    from omni._async.client import AsyncClient
    from omni._async.documents import AsyncDocuments
    from omni._async.http import AsyncHTTP
    from omni._async.leads import AsyncLeads
    from omni._download import (
        DownloadResult,
        Progress,
    )
    from omni._file_input import (
        FileInput,
        FileInputs,
    )
    from omni._pool import (
        AsyncTransport,
        Transport,
    )
    from omni._sync.analytics import (
        LeadIterator,
        WorkspaceAnalytics,
    )
    from omni._sync.client import Client
    from omni._sync.documents import Documents
    from omni._sync.http import HTTP
    from omni._sync.leads import Leads
    from omni._upload import (
        UploadOutcome,
        UploadResult,
    )
    from omni._writes import (
        ChecklistValue,
        LeadChanges,
        LeadFields,
        OneOffFields,
    )
    from omni.action_logs import (
        ActionLog,
        Message,
        Tool,
    )
    from omni.analytics import (
        Analytics,
        AnalyticsTotals,
        ChannelFigures,
        ChecklistFigure,
        CompletionFigures,
        LeadFigures,
    )
    from omni.checklists import (
        ChecklistGroup,
        ChecklistItem,
        OneOffItem,
    )
    from omni.documents import (
        Document,
        DocumentValidation,
        MatchedItem,
        RuleVerdict,
        Upload,
        UploadedDocument,
    )
    from omni.drift import (
        Difference,
        Observe,
    )
    from omni.errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConflictError,
        InternalServerError,
        InvalidResponseError,
        NotFoundError,
        OmniError,
        OutcomeUnknownError,
        PermissionDeniedError,
        RateLimitError,
        UnprocessableEntityError,
        UsageError,
        WaitEndedError,
        WriteResponseError,
        WriteServerError,
        WriteStatusError,
    )
    from omni.leads import (
        Lead,
        MatchingLead,
    )

__version__ = "0.1.0"

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
    "AsyncLeadIterator",
    "AsyncLeads",
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
    "InternalServerError",
    "InvalidResponseError",
    "Lead",
    "LeadChanges",
    "LeadFields",
    "LeadFigures",
    "LeadIterator",
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
    "PermissionDeniedError",
    "Progress",
    "RateLimitError",
    "RuleVerdict",
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
    "ActionLog": "omni.action_logs",
    "ActionLogStatus": "omni_client.models",
    "ActionLogType": "omni_client.models",
    "Analytics": "omni.analytics",
    "AnalyticsTotals": "omni.analytics",
    "AssigneeType": "omni_client.models",
    "AsyncClient": "omni._async.client",
    "AsyncDocuments": "omni._async.documents",
    "AsyncHTTP": "omni._async.http",
    "AsyncLeadIterator": "omni._async.analytics",
    "AsyncLeads": "omni._async.leads",
    "AsyncTransport": "omni._pool",
    "AsyncWorkspaceAnalytics": "omni._async.analytics",
    "AuthenticationError": "omni.errors",
    "BadRequestError": "omni.errors",
    "ChannelFigures": "omni.analytics",
    "ChecklistFigure": "omni.analytics",
    "ChecklistGroup": "omni.checklists",
    "ChecklistItem": "omni.checklists",
    "ChecklistItemStatus": "omni_client.models",
    "ChecklistValue": "omni._writes",
    "Client": "omni._sync.client",
    "CompletionFigures": "omni.analytics",
    "ConflictError": "omni.errors",
    "Difference": "omni.drift",
    "Document": "omni.documents",
    "DocumentValidation": "omni.documents",
    "Documents": "omni._sync.documents",
    "DownloadResult": "omni._download",
    "FieldType": "omni_client.models",
    "FileInput": "omni._file_input",
    "FileInputs": "omni._file_input",
    "HTTP": "omni._sync.http",
    "InternalServerError": "omni.errors",
    "InvalidResponseError": "omni.errors",
    "Lead": "omni.leads",
    "LeadChanges": "omni._writes",
    "LeadFields": "omni._writes",
    "LeadFigures": "omni.analytics",
    "LeadIterator": "omni._sync.analytics",
    "LeadSource": "omni_client.models",
    "LeadStatus": "omni_client.models",
    "Leads": "omni._sync.leads",
    "MatchedItem": "omni.documents",
    "MatchingLead": "omni.leads",
    "Message": "omni.action_logs",
    "MessageChannel": "omni_client.models",
    "MessageDirection": "omni_client.models",
    "NotFoundError": "omni.errors",
    "Observe": "omni.drift",
    "OmniError": "omni.errors",
    "OneOffFields": "omni._writes",
    "OneOffItem": "omni.checklists",
    "OutcomeUnknownError": "omni.errors",
    "PermissionDeniedError": "omni.errors",
    "Progress": "omni._download",
    "RateLimitError": "omni.errors",
    "RuleVerdict": "omni.documents",
    "Tool": "omni.action_logs",
    "Transport": "omni._pool",
    "UnprocessableEntityError": "omni.errors",
    "Upload": "omni.documents",
    "UploadOutcome": "omni._upload",
    "UploadResult": "omni._upload",
    "UploadedDocument": "omni.documents",
    "UsageError": "omni.errors",
    "WaitEndedError": "omni.errors",
    "WorkspaceAnalytics": "omni._sync.analytics",
    "WriteResponseError": "omni.errors",
    "WriteServerError": "omni.errors",
    "WriteStatusError": "omni.errors",
}

if not TYPE_CHECKING:  # pragma: no branch (else a checker would believe in every name)

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module 'omni' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOME[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
