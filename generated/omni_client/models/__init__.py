"""Contains all the data models used in inputs/outputs"""

from .action_log import ActionLog
from .action_log_status import ActionLogStatus
from .action_log_type import ActionLogType
from .assignee_type import AssigneeType
from .checklist_group import ChecklistGroup
from .checklist_item import ChecklistItem
from .checklist_item_definition import ChecklistItemDefinition
from .checklist_item_status import ChecklistItemStatus
from .document import Document
from .field_type import FieldType
from .lead_details import LeadDetails
from .lead_record import LeadRecord
from .lead_source import LeadSource
from .lead_status import LeadStatus
from .matching_lead import MatchingLead
from .message import Message
from .message_channel import MessageChannel
from .message_direction import MessageDirection
from .tool import Tool

__all__ = (
    "ActionLog",
    "ActionLogStatus",
    "ActionLogType",
    "AssigneeType",
    "ChecklistGroup",
    "ChecklistItem",
    "ChecklistItemDefinition",
    "ChecklistItemStatus",
    "Document",
    "FieldType",
    "LeadDetails",
    "LeadRecord",
    "LeadSource",
    "LeadStatus",
    "MatchingLead",
    "Message",
    "MessageChannel",
    "MessageDirection",
    "Tool",
)
