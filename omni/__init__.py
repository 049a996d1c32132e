"""The Python SDK of OmniAI: leads, their checklists and documents.

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

    from omni._async.client import AsyncClient as AsyncClient
    from omni._download import DownloadResult as DownloadResult
    from omni._sync.client import Client as Client
    from omni._upload import UploadResult as UploadResult
    from omni._writes import (
        ChecklistValue as ChecklistValue,
        LeadChanges as LeadChanges,
        LeadFields as LeadFields,
        OneOffFields as OneOffFields,
    )
    from omni.action_logs import ActionLog as ActionLog, Message as Message, Tool as Tool
    from omni.analytics import (
        Analytics as Analytics,
        AnalyticsTotals as AnalyticsTotals,
        ChannelFigures as ChannelFigures,
        ChecklistFigure as ChecklistFigure,
        CompletionFigures as CompletionFigures,
        LeadFigures as LeadFigures,
    )
    from omni.checklists import (
        ChecklistGroup as ChecklistGroup,
        ChecklistItem as ChecklistItem,
        OneOffItem as OneOffItem,
    )
    from omni.documents import (
        Document as Document,
        DocumentValidation as DocumentValidation,
        MatchedItem as MatchedItem,
        RuleVerdict as RuleVerdict,
        Upload as Upload,
        UploadedDocument as UploadedDocument,
    )
    from omni.drift import Difference as Difference
    from omni.errors import (
        APIConnectionError as APIConnectionError,
        APIStatusError as APIStatusError,
        APITimeoutError as APITimeoutError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        ConflictError as ConflictError,
        InternalServerError as InternalServerError,
        InvalidResponseError as InvalidResponseError,
        NotFoundError as NotFoundError,
        OmniError as OmniError,
        OutcomeUnknownError as OutcomeUnknownError,
        PermissionDeniedError as PermissionDeniedError,
        RateLimitError as RateLimitError,
        UnprocessableEntityError as UnprocessableEntityError,
        UsageError as UsageError,
        WaitEndedError as WaitEndedError,
        WriteResponseError as WriteResponseError,
        WriteServerError as WriteServerError,
        WriteStatusError as WriteStatusError,
    )
    from omni.leads import Lead as Lead, MatchingLead as MatchingLead

__version__ = "0.1.0"

_HOMES = {
    "omni._async.client": "AsyncClient",
    "omni._download": "DownloadResult",
    "omni._sync.client": "Client",
    "omni._upload": "UploadResult",
    "omni._writes": "ChecklistValue LeadChanges LeadFields OneOffFields",
    "omni.action_logs": "ActionLog Message Tool",
    "omni.analytics": "Analytics AnalyticsTotals ChannelFigures ChecklistFigure CompletionFigures LeadFigures",
    "omni.checklists": "ChecklistGroup ChecklistItem OneOffItem",
    "omni.documents": "Document DocumentValidation MatchedItem RuleVerdict Upload UploadedDocument",
    "omni.drift": "Difference",
    "omni.errors": "APIConnectionError APIStatusError APITimeoutError AuthenticationError BadRequestError ConflictError"
    " InternalServerError InvalidResponseError NotFoundError OmniError OutcomeUnknownError PermissionDeniedError"
    " RateLimitError UnprocessableEntityError UsageError WaitEndedError WriteResponseError WriteServerError WriteStatusError",
    "omni.leads": "Lead MatchingLead",
    "omni_client.models": "ActionLogStatus ActionLogType AssigneeType ChecklistItemStatus FieldType LeadSource"
    " LeadStatus MessageChannel MessageDirection",
}

_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]  # checkers read the imports above


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'omni' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
