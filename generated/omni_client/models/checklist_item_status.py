from enum import StrEnum


class ChecklistItemStatus(StrEnum):
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    NEEDS_REVIEW = "NEEDS_REVIEW"
    SKIPPED = "SKIPPED"
    TODO = "TODO"

    def __str__(self) -> str:
        return str(self.value)
