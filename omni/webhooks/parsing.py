"""From the body of a delivery to an event: total over bytes, in bounded time and memory, without I/O."""

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from omni._operations.contract import contract
from omni._traceback_scrubbing import scrub_traceback
from omni._views.event import Event, UnknownEvent
from omni._views.events import EVENT_CLASSES
from omni._views.json_values import is_a
from omni.errors import WebhookPayloadError, int_or_digits

MAX_BYTES = 1 << 20
"""1 MiB. No limit is documented; ``lead.completed`` has a whole checklist, so tens of kilobytes are likely."""
MAX_DEPTH = 64
"""The deepest documented event has ten levels."""


@scrub_traceback
def parse(body: bytes | str | Mapping[str, Any], *, max_bytes: int = MAX_BYTES) -> Event:
    """The event of a body as it came, or of what ``event.to_dict()`` returned.

    An event of an unknown name is an ``UnknownEvent``; unknown keys and values are kept. Nothing is verified here.
    Raises WebhookPayloadError if it is no JSON object in UTF-8, has a key twice in one object, ``NaN`` or a number that
    a float cannot hold, is nested deeper than 64 levels, or is larger than ``max_bytes``.
    """
    data: Any = _read_json(_write_json(body) if isinstance(body, Mapping) else body, max_bytes)
    if not is_a(data, dict):
        raise WebhookPayloadError("The body is JSON, but no object.")
    _check_depth(data)
    name = data.get("event")
    event_class = event_classes().get(name, UnknownEvent) if isinstance(name, str) else UnknownEvent
    return event_class(data)


@cache
def event_classes() -> dict[str, type[Event]]:
    """The classes of events by the name of the event, as the contract has it."""
    by_schema = {event_class._model: event_class for event_class in EVENT_CLASSES}
    return {name: by_schema[schema["$ref"].rpartition("/")[2]] for name, schema in contract()["webhooks"].items()}


def _write_json(body: Mapping[str, Any]) -> str:
    """What ``event.to_dict()`` returned, as text; it may have come through a queue that changed it."""
    try:
        return json.dumps({**body}, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise WebhookPayloadError("The mapping holds what is no JSON.") from None


def _read_json(body: bytes | str, max_bytes: int) -> Any:
    if len(body) > max_bytes:
        raise WebhookPayloadError(f"The body has more than {max_bytes} bytes.", status_code=413)
    try:
        text = body if isinstance(body, str) else bytes(body).decode("utf-8-sig")
        return json.loads(
            text,
            object_pairs_hook=_build_object,
            parse_constant=_refuse_constant,
            parse_float=_read_float,
            parse_int=int_or_digits,
        )
    except (ValueError, RecursionError):
        pass  # the error quotes the body
    raise WebhookPayloadError("The body is not JSON in UTF-8, or has a key twice in one object.")


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # readers disagree on which one counts, which is a way around checks
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _read_float(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError("the number is too large")
    return number


def _check_depth(data: dict[str, Any]) -> None:
    """Refuse what is nested so deep that whoever walks over it may end in a RecursionError."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        inner = [each.values() if is_a(each, dict) else each for each in level if is_a(each, dict, list)]
        level = [value for values in inner for value in values if is_a(value, dict, list)]
        if not level:
            return
    raise WebhookPayloadError(f"The body is nested deeper than {MAX_DEPTH} levels.")
