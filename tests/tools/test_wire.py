"""Nothing that the spec says changes unseen: each value of the document, changed or taken out, is reported."""

import copy
from typing import Any

import pytest
from openapi_places import ANNOTATIONS, value_at, values
from project import Project
from verdict.change import changes
from verdict.wire import api_changes, parts
from verdict.wire_rules import Judge

PROJECT = Project.load()
SPEC = PROJECT.document
BEFORE = dict(parts(copy.deepcopy(SPEC), PROJECT))


def places() -> list[tuple[Any, ...]]:
    """Where every value is that is not for people only; to say that other keys may come is to say nothing."""
    found = [place for place, value in values(SPEC) if place and (place[-1], value) != ("additionalProperties", True)]
    return [place for place in found if not ANNOTATIONS & {*place} and place[0] not in ("info", "tags")]


def is_seen(spec: Any) -> bool:
    """Whether anything is reported of a changed document; what is no OpenAPI any more, the linter refuses before."""
    try:
        return any(changes("wire", BEFORE, dict(parts(spec, PROJECT)), Judge(PROJECT)))
    except (KeyError, TypeError, AttributeError, IndexError):
        return True


def test_same_spec_has_no_changes() -> None:
    """Two equal documents."""
    assert api_changes(SPEC, copy.deepcopy(SPEC), PROJECT) == []


@pytest.mark.parametrize("part", range(8))
def test_no_change_goes_unseen(part: int) -> None:
    """Each text, number and boolean of the document is changed, and each key is taken out, one at a time."""
    unseen = []
    for *place, last in places()[part::8]:
        spec = copy.deepcopy(SPEC)
        parent = value_at(spec, tuple(place))
        value = parent[last]
        if not isinstance(value, dict | list):
            parent[last] = other(value)
            unseen += [] if is_seen(spec) else [(*place, last)]
        del parent[last]
        unseen += [] if is_seen(spec) else [(*place, last)]

    assert unseen == []


def other(value: Any) -> Any:
    """A value of the same kind."""
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
