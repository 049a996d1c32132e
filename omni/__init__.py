"""The Python SDK of OmniAI: leads, their checklists and documents.

Names are loaded when they are first used, so that importing the package costs next to nothing. A public name stands in
two places: in ``_EXPORTS`` for Python, and as ``import X as X`` for type checkers, which read that as an export.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if sys.version_info < (3, 11):  # noqa: UP036 - pip refuses, but a clone on the path of an older Python imports
    raise ImportError(f"omni needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}.")

__version__: str

_EXPORTS = {
    "omni": ("webhooks",),  # a package, whose names stay there
    "omni._async.analytics": ("AsyncWorkspaceAnalytics",),
    "omni._async.client": ("AsyncClient",),
    "omni._async.documents": ("AsyncDocuments",),
    "omni._async.http": ("AsyncHTTP",),
    "omni._async.leads": ("AsyncLeadIterator", "AsyncLeads"),
    "omni._async.pages": ("AsyncPageIterator",),
    "omni._files.download": ("Progress",),
    "omni._files.file_input": ("FileInput", "FileInputs"),
    "omni._files.results": ("DownloadedFile", "DownloadResult", "FailedDownload", "UploadResult"),
    "omni._operations.difference": ("Difference", "Observe"),
    "omni._operations.payloads": ("ChecklistValue", "LeadChanges", "LeadFields", "OneOffFields"),
    "omni._sync.analytics": ("WorkspaceAnalytics",),
    "omni._sync.client": ("Client",),
    "omni._sync.documents": ("Documents",),
    "omni._sync.http": ("HTTP",),
    "omni._sync.leads": ("LeadIterator", "Leads"),
    "omni._sync.pages": ("PageIterator",),
    "omni._transport.sockets.connection_pool": ("AsyncTransport", "Transport"),
    "omni._views.action_logs": ("ActionLog", "Message", "Tool"),
    "omni._views.analytics": (
        "Analytics",
        "AnalyticsTotals",
        "ChannelFigures",
        "ChecklistFigure",
        "CompletionFigures",
        "LeadFigures",
    ),
    "omni._views.checklists": (
        "ChecklistGroup",
        "ChecklistItem",
        "Document",
        "DocumentValidation",
        "MatchedItem",
        "OneOffItem",
        "RuleVerdict",
    ),
    "omni._views.leads": ("Lead", "MatchingLead"),
    "omni._views.results": ("AsyncIds", "FailedLead", "FetchedLead", "Ids", "LeadResult"),
    "omni._views.uploads": ("Upload", "UploadedDocument"),
    "omni.errors": (
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "ConflictError",
        "FileOutcome",
        "InternalServerError",
        "InvalidResponseError",
        "NotFoundError",
        "OmniError",
        "OutcomeUnknownError",
        "PermissionDeniedError",
        "RateLimitError",
        "StoredDocument",
        "UnprocessableEntityError",
        "UploadOutcome",
        "UsageError",
        "WaitEndedError",
        "WebhookError",
        "WebhookPayloadError",
        "WebhookVerificationError",
        "WriteResponseError",
        "WriteServerError",
        "WriteStatusError",
    ),
    "omni_client.models": (
        "ActionLogStatus",
        "ActionLogType",
        "AssigneeType",
        "ChecklistItemStatus",
        "FieldType",
        "LeadSource",
        "LeadStatus",
        "MessageChannel",
        "MessageDirection",
    ),
}

if TYPE_CHECKING:
    from omni_client.models import (
        ActionLogStatus as ActionLogStatus,
        ActionLogType as ActionLogType,
        AssigneeType as AssigneeType,
        ChecklistItemStatus as ChecklistItemStatus,
        FieldType as FieldType,
        LeadSource as LeadSource,
        LeadStatus as LeadStatus,
        MessageChannel as MessageChannel,
        MessageDirection as MessageDirection,
    )

    from omni import webhooks as webhooks
    from omni._async.analytics import AsyncWorkspaceAnalytics as AsyncWorkspaceAnalytics
    from omni._async.client import AsyncClient as AsyncClient
    from omni._async.documents import AsyncDocuments as AsyncDocuments
    from omni._async.http import AsyncHTTP as AsyncHTTP
    from omni._async.leads import AsyncLeadIterator as AsyncLeadIterator, AsyncLeads as AsyncLeads
    from omni._async.pages import AsyncPageIterator as AsyncPageIterator
    from omni._files.download import Progress as Progress
    from omni._files.file_input import FileInput as FileInput, FileInputs as FileInputs
    from omni._files.results import (
        DownloadedFile as DownloadedFile,
        DownloadResult as DownloadResult,
        FailedDownload as FailedDownload,
        UploadResult as UploadResult,
    )
    from omni._operations.difference import Difference as Difference, Observe as Observe
    from omni._operations.payloads import (
        ChecklistValue as ChecklistValue,
        LeadChanges as LeadChanges,
        LeadFields as LeadFields,
        OneOffFields as OneOffFields,
    )
    from omni._sync.analytics import WorkspaceAnalytics as WorkspaceAnalytics
    from omni._sync.client import Client as Client
    from omni._sync.documents import Documents as Documents
    from omni._sync.http import HTTP as HTTP
    from omni._sync.leads import LeadIterator as LeadIterator, Leads as Leads
    from omni._sync.pages import PageIterator as PageIterator
    from omni._transport.sockets.connection_pool import AsyncTransport as AsyncTransport, Transport as Transport
    from omni._views.action_logs import ActionLog as ActionLog, Message as Message, Tool as Tool
    from omni._views.analytics import (
        Analytics as Analytics,
        AnalyticsTotals as AnalyticsTotals,
        ChannelFigures as ChannelFigures,
        ChecklistFigure as ChecklistFigure,
        CompletionFigures as CompletionFigures,
        LeadFigures as LeadFigures,
    )
    from omni._views.checklists import (
        ChecklistGroup as ChecklistGroup,
        ChecklistItem as ChecklistItem,
        Document as Document,
        DocumentValidation as DocumentValidation,
        MatchedItem as MatchedItem,
        OneOffItem as OneOffItem,
        RuleVerdict as RuleVerdict,
    )
    from omni._views.leads import Lead as Lead, MatchingLead as MatchingLead
    from omni._views.results import (
        AsyncIds as AsyncIds,
        FailedLead as FailedLead,
        FetchedLead as FetchedLead,
        Ids as Ids,
        LeadResult as LeadResult,
    )
    from omni._views.uploads import Upload as Upload, UploadedDocument as UploadedDocument
    from omni.errors import (
        APIConnectionError as APIConnectionError,
        APIStatusError as APIStatusError,
        APITimeoutError as APITimeoutError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        ConflictError as ConflictError,
        FileOutcome as FileOutcome,
        InternalServerError as InternalServerError,
        InvalidResponseError as InvalidResponseError,
        NotFoundError as NotFoundError,
        OmniError as OmniError,
        OutcomeUnknownError as OutcomeUnknownError,
        PermissionDeniedError as PermissionDeniedError,
        RateLimitError as RateLimitError,
        StoredDocument as StoredDocument,
        UnprocessableEntityError as UnprocessableEntityError,
        UploadOutcome as UploadOutcome,
        UsageError as UsageError,
        WaitEndedError as WaitEndedError,
        WebhookError as WebhookError,
        WebhookPayloadError as WebhookPayloadError,
        WebhookVerificationError as WebhookVerificationError,
        WriteResponseError as WriteResponseError,
        WriteServerError as WriteServerError,
        WriteStatusError as WriteStatusError,
    )
else:  # a type checker that saw __getattr__ would accept every name
    _MODULES = {name: module for module, names in _EXPORTS.items() for name in names}

    __all__ = sorted(_MODULES)

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return import_module("omni.settings").version()
        if name == "webhooks":
            return import_module("omni.webhooks")
        if name not in _MODULES:
            raise AttributeError(f"module 'omni' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "__version__"})
