"""Contains all the data models used in inputs/outputs; each is loaded when it is first used"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .action_log import ActionLog
    from .action_log_completed_event import ActionLogCompletedEvent
    from .action_log_failed_event import ActionLogFailedEvent
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
    from .classification import Classification
    from .classified_item import ClassifiedItem
    from .completion_figures import CompletionFigures
    from .counts import Counts
    from .creatable_field_type import CreatableFieldType
    from .create_checklist_item_body import CreateChecklistItemBody
    from .create_lead_body import CreateLeadBody
    from .document import Document
    from .document_extracted_event import DocumentExtractedEvent
    from .document_metadata import DocumentMetadata
    from .document_received_event import DocumentReceivedEvent
    from .document_validation import DocumentValidation
    from .documents_uploaded import DocumentsUploaded
    from .event_action_log import EventActionLog
    from .event_checklist_document import EventChecklistDocument
    from .event_checklist_item import EventChecklistItem
    from .event_document import EventDocument
    from .event_failed_action_log import EventFailedActionLog
    from .event_validation_result import EventValidationResult
    from .extracted_value import ExtractedValue
    from .extraction_result import ExtractionResult
    from .field_type import FieldType
    from .item_config import ItemConfig
    from .item_validation import ItemValidation
    from .lead_completed_data import LeadCompletedData
    from .lead_completed_event import LeadCompletedEvent
    from .lead_created_data import LeadCreatedData
    from .lead_created_event import LeadCreatedEvent
    from .lead_details import LeadDetails
    from .lead_figures import LeadFigures
    from .lead_record import LeadRecord
    from .lead_source import LeadSource
    from .lead_status import LeadStatus
    from .lead_updated_data import LeadUpdatedData
    from .lead_updated_event import LeadUpdatedEvent
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
    "ActionLogCompletedEvent": ".action_log_completed_event",
    "ActionLogFailedEvent": ".action_log_failed_event",
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
    "Classification": ".classification",
    "ClassifiedItem": ".classified_item",
    "CompletionFigures": ".completion_figures",
    "Counts": ".counts",
    "CreatableFieldType": ".creatable_field_type",
    "CreateChecklistItemBody": ".create_checklist_item_body",
    "CreateLeadBody": ".create_lead_body",
    "Document": ".document",
    "DocumentExtractedEvent": ".document_extracted_event",
    "DocumentMetadata": ".document_metadata",
    "DocumentReceivedEvent": ".document_received_event",
    "DocumentValidation": ".document_validation",
    "DocumentsUploaded": ".documents_uploaded",
    "EventActionLog": ".event_action_log",
    "EventChecklistDocument": ".event_checklist_document",
    "EventChecklistItem": ".event_checklist_item",
    "EventDocument": ".event_document",
    "EventFailedActionLog": ".event_failed_action_log",
    "EventValidationResult": ".event_validation_result",
    "ExtractedValue": ".extracted_value",
    "ExtractionResult": ".extraction_result",
    "FieldType": ".field_type",
    "ItemConfig": ".item_config",
    "ItemValidation": ".item_validation",
    "LeadCompletedData": ".lead_completed_data",
    "LeadCompletedEvent": ".lead_completed_event",
    "LeadCreatedData": ".lead_created_data",
    "LeadCreatedEvent": ".lead_created_event",
    "LeadDetails": ".lead_details",
    "LeadFigures": ".lead_figures",
    "LeadRecord": ".lead_record",
    "LeadSource": ".lead_source",
    "LeadStatus": ".lead_status",
    "LeadUpdatedData": ".lead_updated_data",
    "LeadUpdatedEvent": ".lead_updated_event",
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
    "ActionLogCompletedEvent",
    "ActionLogFailedEvent",
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
    "Classification",
    "ClassifiedItem",
    "CompletionFigures",
    "Counts",
    "CreatableFieldType",
    "CreateChecklistItemBody",
    "CreateLeadBody",
    "Document",
    "DocumentExtractedEvent",
    "DocumentMetadata",
    "DocumentReceivedEvent",
    "DocumentsUploaded",
    "DocumentValidation",
    "EventActionLog",
    "EventChecklistDocument",
    "EventChecklistItem",
    "EventDocument",
    "EventFailedActionLog",
    "EventValidationResult",
    "ExtractedValue",
    "ExtractionResult",
    "FieldType",
    "ItemConfig",
    "ItemValidation",
    "LeadCompletedData",
    "LeadCompletedEvent",
    "LeadCreatedData",
    "LeadCreatedEvent",
    "LeadDetails",
    "LeadFigures",
    "LeadRecord",
    "LeadSource",
    "LeadStatus",
    "LeadUpdatedData",
    "LeadUpdatedEvent",
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
