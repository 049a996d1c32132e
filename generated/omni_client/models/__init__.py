"""Contains all the data models used in inputs/outputs; each is loaded when it is first used"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .action_log import ActionLog
    from .action_log_status import ActionLogStatus
    from .action_log_type import ActionLogType
    from .analytics import Analytics
    from .analytics_format import AnalyticsFormat
    from .analytics_totals import AnalyticsTotals
    from .assignee_type import AssigneeType
    from .channel_figures import ChannelFigures
    from .channels import Channels
    from .checklist_figure import ChecklistFigure
    from .checklist_group import ChecklistGroup
    from .checklist_item import ChecklistItem
    from .checklist_item_created import ChecklistItemCreated
    from .checklist_item_definition import ChecklistItemDefinition
    from .checklist_item_status import ChecklistItemStatus
    from .checklist_value import ChecklistValue
    from .completion_figures import CompletionFigures
    from .counts import Counts
    from .creatable_field_type import CreatableFieldType
    from .create_checklist_item_body import CreateChecklistItemBody
    from .create_lead_body import CreateLeadBody
    from .document import Document
    from .document_metadata import DocumentMetadata
    from .document_validation import DocumentValidation
    from .documents_uploaded import DocumentsUploaded
    from .field_type import FieldType
    from .item_config import ItemConfig
    from .lead_details import LeadDetails
    from .lead_figures import LeadFigures
    from .lead_record import LeadRecord
    from .lead_source import LeadSource
    from .lead_status import LeadStatus
    from .matched_item import MatchedItem
    from .matching_lead import MatchingLead
    from .message import Message
    from .message_channel import MessageChannel
    from .message_direction import MessageDirection
    from .one_off_item import OneOffItem
    from .rule_verdict import RuleVerdict
    from .settable_assignee import SettableAssignee
    from .settable_status import SettableStatus
    from .tool import Tool
    from .update_lead_body import UpdateLeadBody
    from .upload_documents_body import UploadDocumentsBody
    from .uploaded_document import UploadedDocument
    from .validation_result import ValidationResult

_MODULES = {
    "ActionLog": ".action_log",
    "ActionLogStatus": ".action_log_status",
    "ActionLogType": ".action_log_type",
    "Analytics": ".analytics",
    "AnalyticsFormat": ".analytics_format",
    "AnalyticsTotals": ".analytics_totals",
    "AssigneeType": ".assignee_type",
    "ChannelFigures": ".channel_figures",
    "Channels": ".channels",
    "ChecklistFigure": ".checklist_figure",
    "ChecklistGroup": ".checklist_group",
    "ChecklistItem": ".checklist_item",
    "ChecklistItemCreated": ".checklist_item_created",
    "ChecklistItemDefinition": ".checklist_item_definition",
    "ChecklistItemStatus": ".checklist_item_status",
    "ChecklistValue": ".checklist_value",
    "CompletionFigures": ".completion_figures",
    "Counts": ".counts",
    "CreatableFieldType": ".creatable_field_type",
    "CreateChecklistItemBody": ".create_checklist_item_body",
    "CreateLeadBody": ".create_lead_body",
    "Document": ".document",
    "DocumentMetadata": ".document_metadata",
    "DocumentValidation": ".document_validation",
    "DocumentsUploaded": ".documents_uploaded",
    "FieldType": ".field_type",
    "ItemConfig": ".item_config",
    "LeadDetails": ".lead_details",
    "LeadFigures": ".lead_figures",
    "LeadRecord": ".lead_record",
    "LeadSource": ".lead_source",
    "LeadStatus": ".lead_status",
    "MatchedItem": ".matched_item",
    "MatchingLead": ".matching_lead",
    "Message": ".message",
    "MessageChannel": ".message_channel",
    "MessageDirection": ".message_direction",
    "OneOffItem": ".one_off_item",
    "RuleVerdict": ".rule_verdict",
    "SettableAssignee": ".settable_assignee",
    "SettableStatus": ".settable_status",
    "Tool": ".tool",
    "UpdateLeadBody": ".update_lead_body",
    "UploadDocumentsBody": ".upload_documents_body",
    "UploadedDocument": ".uploaded_document",
    "ValidationResult": ".validation_result",
}

__all__ = (
    "ActionLog",
    "ActionLogStatus",
    "ActionLogType",
    "Analytics",
    "AnalyticsFormat",
    "AnalyticsTotals",
    "AssigneeType",
    "ChannelFigures",
    "Channels",
    "ChecklistFigure",
    "ChecklistGroup",
    "ChecklistItem",
    "ChecklistItemCreated",
    "ChecklistItemDefinition",
    "ChecklistItemStatus",
    "ChecklistValue",
    "CompletionFigures",
    "Counts",
    "CreatableFieldType",
    "CreateChecklistItemBody",
    "CreateLeadBody",
    "Document",
    "DocumentMetadata",
    "DocumentsUploaded",
    "DocumentValidation",
    "FieldType",
    "ItemConfig",
    "LeadDetails",
    "LeadFigures",
    "LeadRecord",
    "LeadSource",
    "LeadStatus",
    "MatchedItem",
    "MatchingLead",
    "Message",
    "MessageChannel",
    "MessageDirection",
    "OneOffItem",
    "RuleVerdict",
    "SettableAssignee",
    "SettableStatus",
    "Tool",
    "UpdateLeadBody",
    "UploadDocumentsBody",
    "UploadedDocument",
    "ValidationResult",
)


def __getattr__(name: str) -> Any:
    if f".{name}" in _MODULES.values():
        return import_module(f".{name}", __name__)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
