"""For pytest: views that are not equal say in which paths they differ, and never what stands there.

Rule of this file: pytest loads it in every environment that has this package, so nothing is imported before views meet.
"""

import sys
from collections.abc import Iterator
from typing import Any

_MOST_PATHS = 20


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """What pytest prints of ``assert left == right`` for two views of one kind, or two tuples of views."""
    if op != "==" or "omni._views.base" not in sys.modules or type(left) is not type(right):
        return None
    sides = _json_of(left), _json_of(right)
    if None in sides:
        return None
    paths = sorted(_differing_paths(*sides))
    more = [f"  and {len(paths) - _MOST_PATHS} more"] if len(paths) > _MOST_PATHS else []
    return [f"{left!r} == {right!r}", "They differ in:", *(f"  {path}" for path in paths[:_MOST_PATHS]), *more]


def _json_of(value: Any) -> Any:
    """The JSON of a view, or of a tuple or list of them; None of anything else."""
    from omni._views.base import View, is_a

    if is_a(value, View):
        return value._data
    if is_a(value, tuple, list) and value and all(is_a(each, View) for each in value):
        return [each._data for each in value]
    return None


def _differing_paths(left: Any, right: Any) -> Iterator[str]:
    """With a list of what waits, since JSON can be deeper than calls; keys that do not look like names are withheld."""
    from omni._operations.drift import _joined, _shown
    from omni._views.base import is_a

    absent = object()
    waiting = [("", left, right)]
    while waiting:
        path, one, other = waiting.pop()
        if is_a(one, dict) and is_a(other, dict):
            keys = one.keys() | other.keys()
            waiting += [(_joined(path, _shown(key)), one.get(key, absent), other.get(key, absent)) for key in keys]
        elif is_a(one, list) and is_a(other, list):
            if len(one) != len(other):
                yield f"{path}[] (how many there are)"
            pairs = zip(one, other, strict=False)
            waiting += [(f"{path}[{index}]", *pair) for index, pair in enumerate(pairs)]
        elif one != other:
            yield path
