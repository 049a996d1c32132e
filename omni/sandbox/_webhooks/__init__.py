"""Webhooks: what happens in a workspace is sent to the URLs that want to know, as the API does it."""

from omni.sandbox._webhooks._deliveries import Attempt, Delivery, Endpoint
from omni.sandbox._webhooks._webhooks import Webhooks

__all__ = ["Attempt", "Delivery", "Endpoint", "Webhooks"]
