"""Declared fields: a typed descriptor for one value of a view's JSON, ``code = text("checklistItem.code")``.

Rules for fields: one line with the path, and the docstring below it. Of several paths, the first one that has a value
counts, unless the kind of field says otherwise. ``also`` has places that the contract does not have, but that servers
used or may use. tests/contract/test_fields.py compares every declaration with the contract, both ways.
"""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, Never, Self, TypeVar, overload

from omni._views import json_values
from omni._views.json_values import as_dict, as_list, as_views, copy_json, int_or_none, parse_utc, str_or_none

T = TypeVar("T")
V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)


class Field(Generic[T]):
    """One value of a view, read at the first access and then kept in the view's ``__dict__``.

    Python looks there first, since this descriptor has no ``__set__``, so a second read is a dict lookup. No lock is
    taken: if two threads read a value at once, both get the one that is kept first. Values that a caller could change
    (lists, dicts) are not kept, but copied at each access.

    ``of`` is the enum or the view of the value; ``parent`` is the attribute of child views that refers to this view.

    ``read`` makes the value of what is at the paths. Strings at one path, which are most of a lead, have none: they are
    read in place, since a call costs more than all else that is done for them. ``members`` has the enum's by value.
    """

    def __init__(
        self,
        kind: str,
        read: Callable[..., T] | None,
        *paths: str,
        also: Sequence[str] = (),
        of: Any = None,
        members: Mapping[str, Any] | None = None,
        default: str | None = None,
        parent: str = "",
        is_kept: bool = True,
    ) -> None:
        self.kind, self.paths, self.also, self.of = kind, paths, tuple(also), of
        self._read, self._members, self._default = read, members, default
        self._parent, self._is_kept = parent, is_kept
        self._all_paths = (*paths, *also)
        self._keys = [path.split(".") for path in self._all_paths]
        self._only_key = self._keys[0][0] if len(self._keys) == len(self._keys[0]) == 1 else ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner, name

    @overload
    def __get__(self, view: None, owner: type) -> Self: ...
    @overload
    def __get__(self, view: object, owner: type) -> T: ...
    def __get__(self, view: Any, owner: type) -> Any:
        if view is None:
            return self
        kept = view.__dict__
        root = kept["_root"]
        key = self._only_key
        read = self._read
        value: Any
        if read is None:
            value = root.get(key) if key else _at(root, self._keys[0])
            if type(value) is not str:  # exact, since the JSON of a view comes from json.loads
                value = self._default
            elif self._members:
                value = self._members.get(value, value)
            kept[self.name] = value  # whichever thread is first: it is the same object
            return value
        value = read(root.get(key)) if key else read(*_all_at(root, self._keys))
        if self._parent:
            for child in value:
                child.__dict__[self._parent] = view
        return kept.setdefault(self.name, value) if self._is_kept else value

    if TYPE_CHECKING:  # type checkers shall refuse what View.__setattr__ refuses

        def __set__(self, view: object, value: Never) -> None: ...

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        # Editors and griffe see the string below an assignment; Python drops it, so help() needs the source.
        return _docstrings(self.owner).get(self.name, f"``{self._all_paths[0]}`` in the API.")

    @property
    def absent(self) -> T | str | None:
        """The value of a view whose JSON does not have it."""
        return self._read(*[None for _ in self._all_paths]) if self._read else self._default

    def __repr__(self) -> str:
        return f"<{self.kind} field {self._all_paths[0]!r}>"


def _all_at(root: dict[str, Any], paths: list[list[str]]) -> list[Any]:
    """The value at each path."""
    return [_at(root, keys) for keys in paths]


def _at(value: Any, keys: list[str]) -> Any:
    """The value at a path, or None where there is none."""
    for key in keys:
        if value.__class__ is not dict:  # type checkers would narrow after type(value), and ask what is in the dict
            return None
        value = value.get(key)
    return value


@cache
def _docstrings(owner: type) -> dict[str, str]:
    """The strings below the assignments of a class, by name; empty where the source is missing."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, TypeError):
        return {}
    found: dict[str, str] = {}
    statements = next(node.body for node in tree.body if isinstance(node, ast.ClassDef))
    for pair in itertools.pairwise(statements):
        match pair:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(doc))):
                found[name] = inspect.cleandoc(doc)
            case _:
                pass
    return found


def _first(read: Callable[[Any], T | None]) -> Callable[..., T | None]:
    """Of several values, the first one that is there and can be read, or what the last one is, as with ``or``."""

    def read_first(*values: Any) -> T | None:
        results = [read(value) for value in values]
        return next(filter(None, results), results[-1])

    return read_first


@overload
def text(*paths: str, also: Sequence[str] = ()) -> Field[str | None]: ...
@overload
def text(*paths: str, also: Sequence[str] = (), default: str) -> Field[str]: ...
def text(*paths: str, also: Sequence[str] = (), default: str | None = None) -> Field[Any]:
    """A string, or the default if there is none."""
    if len(paths) + len(also) == 1:
        return Field("string", None, *paths, also=also, default=default)
    first = _first(str_or_none)

    def read(*values: Any) -> str | None:
        value = first(*values)
        return default if value is None else value

    return Field("string", read, *paths, also=also)


def integer(path: str) -> Field[int | None]:
    """An integer, or None."""
    return Field("integer", int_or_none, path)


def boolean(*paths: str) -> Field[bool | None]:
    """A boolean, or None. Of several paths: False if any says so, True if none says anything else, or None."""

    def read(*values: Any) -> bool | None:
        present = [value for value in values if value is not None]
        if any(value is False for value in present):
            return False
        return True if present and all(value is True for value in present) else None

    return Field("boolean", read, *paths)


def may_mean_yes(*paths: str, also: Sequence[str] = ()) -> Field[bool]:
    """Whether any of the values may mean yes, for what harms a person if it is overlooked: absent is the only no."""

    def read(*values: Any) -> bool:
        return any(map(json_values.may_mean_yes, values))

    return Field("flag", read, *paths, also=also)


def instant(path: str, *, also: Sequence[str] = ()) -> Field[datetime | None]:
    """A datetime in UTC, or None if there is none or it cannot be read."""
    return Field("date-time", _first(parse_utc) if also else parse_utc, path, also=also)


@overload
def enum(members: type[E], path: str) -> Field[E | str | None]: ...
@overload
def enum(members: type[E], path: str, *, default: str) -> Field[E | str]: ...
def enum(members: type[E], path: str, *, default: str | None = None) -> Field[Any]:
    """A member of an enum, a value that it does not have as ``str``, or the default if there is none."""
    by_value = {member.value: member for member in members}
    return Field("enum", None, path, of=members, members=by_value, default=default)


def view(view_class: Callable[[Any], V], path: str) -> Field[V | None]:
    """A view of an object, or None."""

    def read(value: Any) -> V | None:
        return view_class(value) if isinstance(value, dict) else None

    return Field("object", read, path, of=view_class)


def view_or_empty(view_class: Callable[[Any], V], path: str) -> Field[V]:
    """A view of an object, or of an empty one if there is none."""

    def read(value: Any) -> V:
        return view_class(as_dict(value))

    return Field("object", read, path, of=view_class)


def views(view_class: Callable[[Any], V], path: str, *, parent: str = "") -> Field[tuple[V, ...]]:
    """A view of each object of an array, with this view as their attribute ``parent`` if it is named."""
    return Field("array", partial(as_views, view_class), path, of=view_class, parent=parent)


def views_by_key(view_class: Callable[[Any], V], path: str) -> Field[dict[str, V]]:
    """A view of each object in an object, by key."""

    def read(value: Any) -> dict[str, V]:
        return {key: view_class(each) for key, each in as_dict(value).items() if isinstance(each, dict)}

    return Field("map of objects", read, path, of=view_class, is_kept=False)


def counts(path: str) -> Field[dict[str, int]]:
    """The integers in an object, by key; what is not an integer is skipped."""

    def read(value: Any) -> dict[str, int]:
        integers = {key: int_or_none(each) for key, each in as_dict(value).items()}
        return {key: integer for key, integer in integers.items() if integer is not None}

    return Field("map of integers", read, path, is_kept=False)


def json_value(path: str) -> Field[Any]:
    """A copy of whatever JSON it is, or None."""
    return Field("json", copy_json, path, is_kept=False)


def json_array(path: str) -> Field[tuple[Any, ...]]:
    """Copies of the elements of an array, whatever they are."""

    def read(value: Any) -> tuple[Any, ...]:
        return tuple(copy_json(as_list(value)))

    return Field("array of json", read, path, is_kept=False)
