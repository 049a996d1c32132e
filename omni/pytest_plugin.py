"""For pytest: a failed comparison of two views shows the paths that differ, and never the values.

Rule of this file: pytest loads it in every environment that has this package, so it imports nothing of the package
until two views are compared.
"""

import sys
from collections.abc import Iterator
from typing import Any

_MAX_PATHS = 20


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Return what pytest prints for a failed ``left == right`` of two views of one class, or two lists of views."""
    if op != "==" or "omni._views.base" not in sys.modules or type(left) is not type(right):
        return None
    left_json, right_json = _json_of(left), _json_of(right)
    if left_json is None or right_json is None:
        return None
    paths = sorted(_differing_paths(left_json, right_json))
    more = [f"  and {len(paths) - _MAX_PATHS} more"] if len(paths) > _MAX_PATHS else []
    return [f"{left!r} == {right!r}", "They differ in:", *(f"  {path}" for path in paths[:_MAX_PATHS]), *more]


def _json_of(value: Any) -> Any:
    """Return the JSON of a view, or of a tuple or list of views; None for anything else."""
    from omni._views.base import View
    from omni._views.json_values import is_a

    if is_a(value, View):
        return value._data
    if is_a(value, tuple, list) and value and all(is_a(view, View) for view in value):
        return [view._data for view in value]
    return None


def _differing_paths(left: Any, right: Any) -> Iterator[str]:
    """Yield the paths at which two JSON values differ; keys that do not look like names are withheld."""
    from omni._operations.drift import join_path, redact_name
    from omni._views.json_values import is_a

    absent = object()
    pending = [("", left, right)]  # a list instead of recursion, since JSON can be nested deeper than the call stack
    while pending:
        path, old, new = pending.pop()
        if is_a(old, dict) and is_a(new, dict):
            keys = old.keys() | new.keys()
            pending += [(join_path(path, redact_name(key)), old.get(key, absent), new.get(key, absent)) for key in keys]
        elif is_a(old, list) and is_a(new, list):
            if len(old) != len(new):
                yield f"{path}[] (length)"
            pairs = zip(old, new, strict=False)
            pending += [(f"{path}[{index}]", *pair) for index, pair in enumerate(pairs)]
        elif old != new:
            yield path
