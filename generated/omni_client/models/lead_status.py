from enum import StrEnum


class LeadStatus(StrEnum):
    COMPLETED = "COMPLETED"
    IN_PROGRESS = "IN_PROGRESS"
    NOT_INTERESTED = "NOT_INTERESTED"
    OPTED_OUT = "OPTED_OUT"
    REVIEW = "REVIEW"

    def __str__(self) -> str:
        return str(self.value)
