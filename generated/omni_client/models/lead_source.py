from enum import StrEnum


class LeadSource(StrEnum):
    ADMIN_EMAIL = "admin-email"
    API = "api"
    HTTP = "http"
    INBOUND_EMAIL = "inbound-email"
    INBOUND_SMS = "inbound-sms"
    INBOUND_WHATSAPP = "inbound-whatsapp"
    PORTAL = "portal"
    SALESFORCE = "salesforce"

    def __str__(self) -> str:
        return str(self.value)
