"""The effects of a request, by ``x-omni-effect`` of the spec: to read, to write, to contact a person, a consent."""

import json
from collections.abc import Iterable
from typing import Any

from omni._operations.contract import operations_by_path
from omni._transport.retry import READS
from omni._views.json_values import is_a
from omni.errors import UsageError

EFFECTS = frozenset({"read", "write", "contacts-person", "consent"})


def checked_allow(allow: Any) -> frozenset[str] | None:
    """What a client may do; None is everything. UsageError if it is not a set of the spec's effects."""
    if allow is None:
        return None
    effects: list[Any] = [*allow] if is_a(allow, Iterable) and not is_a(allow, str) else [allow]
    if not all(effect in [*EFFECTS] for effect in effects):
        raise UsageError(f"allow must be a set with some of {', '.join(sorted(EFFECTS))}.")
    return frozenset(effects)


def effects_of(method: str, path: str, body: bytes | None) -> frozenset[str]:
    """What a request may do; ``path`` is a template, ``body`` is None where it is not available.

    A write that the spec does not know may do anything.
    """
    operation = operations_by_path().get(path, {}).get(method.lower())
    if operation is None:
        return frozenset({"read"}) if method in READS else EFFECTS
    keys = _keys(body or b"")
    effects = operation["effects"].items()
    return frozenset(effect for key, effect in effects if not key or keys is None or key in keys)


def _keys(body: bytes) -> set[str] | None:
    """All keys of a JSON body, also those in arrays and of duplicates; None if it is not JSON.

    Only UTF-8 counts as JSON: a server may read another encoding, or a form, in another way.
    """
    keys: set[str] = set()
    try:
        json.loads(body.decode(), object_pairs_hook=lambda pairs: keys.update(key for key, _ in pairs))
    except (ValueError, RecursionError):
        return None
    return keys


def refuse_excess(method: str, path: str, body: bytes | None, allow: frozenset[str]) -> None:
    """UsageError if a request would do more than the client may."""
    if excess := effects_of(method, path, body) - allow:
        raise UsageError(
            f"{method} {path} may have the effect {', '.join(sorted(excess))}, and this client allows only"
            f" {', '.join(sorted(allow)) or 'nothing'}: see allow= of the client."
        )
