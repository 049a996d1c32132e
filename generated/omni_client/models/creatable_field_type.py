from enum import StrEnum


class CreatableFieldType(StrEnum):
    BANK_STATEMENT = "BANK_STATEMENT"
    DATE = "DATE"
    EIN = "EIN"
    EMAIL = "EMAIL"
    FILE = "FILE"
    ID = "ID"
    NUMBER = "NUMBER"
    PHONE = "PHONE"
    SELECT = "SELECT"
    TAX_RETURN = "TAX_RETURN"
    TEXT = "TEXT"

    def __str__(self) -> str:
        return str(self.value)
