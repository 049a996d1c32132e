from enum import StrEnum


class AssigneeType(StrEnum):
    HUMAN_AGENT = "HUMAN_AGENT"

    def __str__(self) -> str:
        return str(self.value)
