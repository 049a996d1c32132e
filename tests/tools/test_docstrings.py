"""Docstrings of declared fields: what griffe reads below an assignment, help() shows."""

import inspect
from pathlib import Path

import griffe

import omni
from omni._views.base import View
from omni._views.fields import Field

PUBLIC = [getattr(omni, name) for name in omni.__all__]
VIEWS = [thing for thing in PUBLIC if isinstance(thing, type) and issubclass(thing, View)]


def test_griffe_and_help_show_the_same_docstring() -> None:
    """For every field of every view."""
    package = griffe.load("omni", search_paths=[Path(str(omni.__file__)).parents[1]], allow_inspection=False)
    members = [member for view in (View, *VIEWS) for _, member in inspect.getmembers(view)]
    fields = [member for member in members if isinstance(member, Field)]

    assert len(fields) > 100
    for field in fields:
        path = f"{field.owner.__module__}.{field.owner.__qualname__}.{field.name}".removeprefix("omni.")
        docstring = package[path].docstring
        assert docstring is not None, path
        assert inspect.getdoc(field) == inspect.cleandoc(docstring.value), path
