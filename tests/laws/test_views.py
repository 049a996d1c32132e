"""Views keep all JSON, read any of it without an error, and show only ids and states of it."""

import copy
import json
import pickle
import types
import typing
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import assume, example, given, strategies as st
from omni_client.models import ActionLogStatus
from shapes import JSON, SCALARS, TEXTS, VIEWED, VIEWS

import omni
from omni._views.base import View
from omni._views.fields import Field

Viewed = tuple[type[View], Any]

SHOWN = {"id", "status", "type", "channel", "direction", "code", "leadId", "leadChecklistItemId", "actionLogId"}
"""The keys whose strings a repr may show."""

PYTHON = st.recursive(
    SCALARS | st.binary(max_size=4) | st.floats() | st.complex_numbers() | st.datetimes() | st.sampled_from([object()]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(SCALARS | st.tuples(SCALARS), inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "lead", "status", "checklistItems", "metadata"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_all_views_are_tested() -> None:
    """All public views are in the list."""
    assert len(VIEWS) > 15
    assert {omni.Lead, omni.Document, omni.Analytics} <= {*VIEWS}


@given(VIEWED)
def test_to_dict_returns_the_same_json(viewed: Viewed) -> None:
    """To the last character; views of it, copies and pickles are equal."""
    kind, data = viewed
    view = kind.from_dict(data)

    assert json.dumps(view.to_dict()) == json.dumps(data)
    for other in (kind.from_dict(view.to_dict()), copy.deepcopy(view), pickle.loads(pickle.dumps(view))):
        assert other == view
        assert hash(other) == hash(view)
        assert json.dumps(other.to_dict()) == json.dumps(data)


@given(VIEWED)
def test_generated_model_keeps_all_values(viewed: Viewed) -> None:
    """Its JSON has every key and value; a datetime may be written in another way."""
    kind, data = viewed
    view = kind.from_dict(data)
    assume(_are_objects(data))  # the generated code drops some elements that are not objects

    assert _parse_datetimes(view.raw.to_dict()) == _parse_datetimes(view._root)


def _are_objects(value: Any) -> bool:
    """Whether all elements of all arrays are objects."""
    if isinstance(value, list):
        return all(isinstance(element, dict) and _are_objects(element) for element in value)
    return not isinstance(value, dict) or all(map(_are_objects, value.values()))


def _parse_datetimes(value: Any) -> Any:
    """The JSON with a datetime for each string that is one."""
    if isinstance(value, dict):
        return {key: _parse_datetimes(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_parse_datetimes(element) for element in value]
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(value)
    return value


@given(VIEWED)
def test_mutable_values_are_copies(viewed: Viewed) -> None:
    """Changing a value that was read does not change the view."""
    kind, data = viewed
    view = kind.from_dict(data)
    for value in (value for inner in _all(view) for _, _, value in _properties(inner)):
        if isinstance(value, dict | list):
            value.clear()

    assert json.dumps(view.to_dict()) == json.dumps(data)


@given(VIEWED)
@example((omni.Lead, {"lead": {"id": "x", "createdAt": "2026-01-30T07:30:00+05:30"}}))
def test_all_values_have_the_declared_type(viewed: Viewed) -> None:
    """Whatever the JSON is, each field and property has the type that type checkers see; times are in UTC."""
    kind, data = viewed

    for view in _all(kind.from_dict(data)):
        for name, hint, value in _properties(view):
            assert _is(value, hint), (type(view), name)
            assert not isinstance(value, datetime) or value.tzinfo is UTC
        assert type(view.raw).__name__ == view._model


@given(VIEWED)
def test_repr_shows_ids_and_states_only(viewed: Viewed) -> None:
    """If all other values change, no repr changes."""
    kind, data = viewed
    others = _all(kind.from_dict(_redacted(data)))

    assert [repr(view) for view in _all(kind.from_dict(data))] == [repr(view) for view in others]


@given(st.sampled_from(VIEWS), PYTHON | JSON)
@example(omni.Lead, {"lead": {"id": "x"}, "documents": object()})
@example(omni.Lead, {"lead": {"id": 10**5000}})
def test_from_dict_refuses_anything_else(kind: type[View], data: Any) -> None:
    """Any Python object gives a view or a UsageError."""
    try:
        view = kind.from_dict(data)
    except omni.UsageError:
        return
    for inner in _all(view):
        assert len([*_properties(inner)]) > 0


@given(st.sampled_from(VIEWS), st.integers(1, 3000), st.booleans())
def test_deeply_nested_json(kind: type[View], depth: int, as_list: bool) -> None:
    """JSON of any depth is kept completely or refused."""
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep] if as_list else {"a": deep}
    data = {"lead": {"id": "x"}, "value": deep}
    try:
        view = kind.from_dict(data)
    except omni.UsageError:
        assert depth > 100
        return

    assert json.dumps(view.to_dict()) == json.dumps(data)


@given(VIEWED, JSON, TEXTS)
def test_unknown_key_changes_no_other_value(viewed: Viewed, value: Any, key: str) -> None:
    """A new key of the server does not change any field or property."""
    kind, data = viewed
    before = kind.from_dict(data)
    after = kind.from_dict({**data, f"new {key}": value})

    for (name, _, one), (_, _, other) in zip(_properties(before), _properties(after), strict=True):
        assert one == other, name


def _properties(view: View) -> Iterator[tuple[str, Any, Any]]:
    """Name, type and value of each public field and property of a view, and of each of its iterators."""
    for name in dir(type(view)):
        member = getattr(type(view), name)
        if name.startswith("iter_"):
            yield name, tuple[Any, ...], tuple(getattr(view, name)())
        elif name != "raw" and not name.startswith("_") and isinstance(member, property | Field):
            yield name, _hint(member), getattr(view, name)


def _hint(member: property | Field[Any]) -> Any:
    """The type that type checkers see; tests/typing/api.py has what they infer for each kind of field."""
    if isinstance(member, property):
        return typing.get_type_hints(member.fget)["return"]
    of: Any = member.of or View
    hint: Any = {
        "string": str,
        "integer": int,
        "boolean": bool,
        "flag": bool,
        "date-time": datetime,
        "enum": str,
        "object": of,
        "array": tuple[of, ...],
        "map of objects": dict[str, of],
        "map of integers": dict[str, int],
        "json": Any,
        "array of json": tuple[Any, ...],
    }[member.kind]
    is_always_there = member.name in {"completion", "totals"} or (member.name == "status" and of is not ActionLogStatus)
    can_be_none = member.kind in {"string", "integer", "boolean", "date-time", "enum", "object"} and not is_always_there
    return hint | None if can_be_none else hint


def _all(view: View) -> Iterator[View]:
    """The view and all views that it contains."""
    yield view
    for _, _, value in _properties(view):
        values = value if isinstance(value, tuple) else [*value.values()] if isinstance(value, dict) else [value]
        for inner in values:
            if isinstance(inner, View):
                yield from _all(inner)


def _is(value: object, hint: Any) -> bool:
    """Whether a value is of a type, as far as views have types."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin is types.UnionType:
        return any(_is(value, option) for option in inner)
    if origin is tuple:
        return isinstance(value, tuple) and all(_is(element, inner[0]) for element in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            isinstance(key, str) and _is(element, inner[1]) for key, element in value.items()
        )
    return isinstance(value, hint) and isinstance(value, bool) == (hint is bool)


def _redacted(value: Any, is_shown: bool = False) -> Any:
    """The same JSON with other strings and numbers, except those that may be shown."""
    if isinstance(value, dict):
        return {key: _redacted(inner, key in SHOWN) for key, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(element) for element in value]
    if is_shown or value is None or isinstance(value, bool):
        return value
    return "redacted" if isinstance(value, str) else 0
