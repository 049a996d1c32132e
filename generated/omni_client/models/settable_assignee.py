from enum import StrEnum


class SettableAssignee(StrEnum):
    AGENT = "agent"
    MANUAL = "manual"

    def __str__(self) -> str:
        return str(self.value)
