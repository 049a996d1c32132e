"""Webhooks: receive what the service posts, verify it, lose nothing, and do nothing twice. See docs/webhooks.md.

Names are loaded when they are first used; a public name stands in ``_EXPORTS`` for Python, and below for type checkers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "omni._views.document_events": (
        "ClassifiedItem",
        "DocumentExtracted",
        "DocumentReceived",
        "ExtractedValue",
        "ExtractionOutcome",
    ),
    "omni._views.event": ("Event", "UnknownEvent"),
    "omni._views.events": (
        "ActionLogCompleted",
        "ActionLogFailed",
        "EventDocument",
        "EventItem",
        "LeadCompleted",
        "LeadCreated",
        "LeadUpdated",
    ),
    "omni.webhooks.adapters": ("asgi", "aws_lambda", "wsgi"),
    "omni.webhooks.inbox": ("Inbox", "StoredEvent"),
    "omni.webhooks.inspection": ("inspect_delivery",),
    "omni.webhooks.parsing": ("parse",),
    "omni.webhooks.receiver": ("Receiver", "Reconciled", "Response"),
    "omni.webhooks.signals": ("Signals",),
    "omni.webhooks.verification": ("Verifier", "verify"),
}

if TYPE_CHECKING:
    from omni._views.document_events import (
        ClassifiedItem as ClassifiedItem,
        DocumentExtracted as DocumentExtracted,
        DocumentReceived as DocumentReceived,
        ExtractedValue as ExtractedValue,
        ExtractionOutcome as ExtractionOutcome,
    )
    from omni._views.event import Event as Event, UnknownEvent as UnknownEvent
    from omni._views.events import (
        ActionLogCompleted as ActionLogCompleted,
        ActionLogFailed as ActionLogFailed,
        EventDocument as EventDocument,
        EventItem as EventItem,
        LeadCompleted as LeadCompleted,
        LeadCreated as LeadCreated,
        LeadUpdated as LeadUpdated,
    )
    from omni.webhooks.adapters import asgi as asgi, aws_lambda as aws_lambda, wsgi as wsgi
    from omni.webhooks.inbox import Inbox as Inbox, StoredEvent as StoredEvent
    from omni.webhooks.inspection import inspect_delivery as inspect_delivery
    from omni.webhooks.parsing import parse as parse
    from omni.webhooks.receiver import Receiver as Receiver, Reconciled as Reconciled, Response as Response
    from omni.webhooks.signals import Signals as Signals
    from omni.webhooks.verification import Verifier as Verifier, verify as verify
else:  # a type checker that saw __getattr__ would accept every name
    _MODULES = {name: module for module, names in _EXPORTS.items() for name in names}

    __all__ = sorted(_MODULES)

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module 'omni.webhooks' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
