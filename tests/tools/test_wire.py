"""Nothing that the spec says changes unseen: each value of the document, changed or taken out, is reported."""

import copy
from typing import Any

import pytest
import yaml
from diff_spec import api_changes
from openapi_places import ANNOTATIONS, value_at, values
from project import Project

PROJECT = Project.load()
SPEC = yaml.safe_load(PROJECT.spec.read_text("utf-8"))


def places() -> list[tuple[Any, ...]]:
    """Where every value is that is not for people only; to say that other keys may come is to say nothing."""
    found = [
        place for place, value in values(SPEC) if place and not (place[-1] == "additionalProperties" and value is True)
    ]
    return [place for place in found if not ANNOTATIONS & {*place} and place[0] not in ("info", "tags")]


def changed(place: tuple[Any, ...], value: Any) -> Any:
    """The spec with another value at a place."""
    spec = copy.deepcopy(SPEC)
    value_at(spec, place[:-1])[place[-1]] = value
    return spec


def removed(place: tuple[Any, ...]) -> Any:
    """The spec without a place."""
    spec = copy.deepcopy(SPEC)
    del value_at(spec, place[:-1])[place[-1]]
    return spec


def test_same_spec_has_no_changes() -> None:
    """Two equal documents."""
    assert api_changes(SPEC, copy.deepcopy(SPEC), PROJECT) == []


@pytest.mark.parametrize("part", range(8))
def test_no_change_goes_unseen(part: int) -> None:
    """Each text, number and boolean of the document is changed, and each key is taken out, one at a time."""
    unseen = []
    for place in places()[part::8]:
        value = value_at(SPEC, place)
        edits = [changed(place, other(value))] if not isinstance(value, dict | list) else []
        for spec in (*edits, removed(place)):
            try:
                found = api_changes(SPEC, spec, PROJECT)
            except (KeyError, TypeError, AttributeError, IndexError):
                continue  # no OpenAPI document any more, which the linter refuses before
            unseen += [] if found else [place]

    assert unseen == []


def other(value: Any) -> Any:
    """A value of the same kind."""
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
