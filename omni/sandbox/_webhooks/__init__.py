"""Webhooks: what happens in a workspace is sent to the URLs that want to know, as the API does it."""

from omni.sandbox._webhooks._by_hand import find_lead
from omni.sandbox._webhooks._deliveries import Attempt, Delivery, Endpoint
from omni.sandbox._webhooks._webhooks import WEBHOOK_SUGGESTIONS, Webhooks

__all__ = ["WEBHOOK_SUGGESTIONS", "Attempt", "Delivery", "Endpoint", "Webhooks", "find_lead"]
