from enum import StrEnum


class ActionLogType(StrEnum):
    API_ACTIVITY = "API_ACTIVITY"
    DOCUMENT_UPLOAD = "DOCUMENT_UPLOAD"
    FOLLOW_UP_MESSAGE = "FOLLOW_UP_MESSAGE"
    MANUAL_UPDATE = "MANUAL_UPDATE"
    MESSAGE = "MESSAGE"
    PORTAL_SUBMISSION = "PORTAL_SUBMISSION"
    PORTAL_UPDATE = "PORTAL_UPDATE"
    SYSTEM_NOTE = "SYSTEM_NOTE"
    TOOL_CALL = "TOOL_CALL"

    def __str__(self) -> str:
        return str(self.value)
