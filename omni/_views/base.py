"""What all views share: read-only objects over the JSON of a response.

Rules for views: declared fields, properties and pure iterators only; no I/O, no client inside. What the server may send
and the contract does not expect (a null, a number for a string) reads as None; ``to_dict()`` and ``raw`` have it.
"""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar

from omni_client import models

from omni._fork_safety import fork_lock
from omni._traceback_scrubbing import scrub_traceback
from omni._views.fields import text
from omni._views.json_values import copy_json
from omni.errors import UsageError

V = TypeVar("V", bound="View[Any]")
M = TypeVar("M")


class MismatchError(ValueError):
    """The body of a response is not what a view can read."""


class View(Generic[M]):
    """A read-only view of one JSON object.

    Views are equal when their JSON is equal, can be pickled and copied, and show ids and states only in their ``repr``.
    It is no attrs class and no dataclass: rich, devtools and pytest would print every field of one, ``repr`` or not.
    """

    _data: dict[str, Any]
    """The JSON that came."""
    _root: dict[str, Any]
    """Where the paths of fields start: the same, but for older shapes."""

    _model: ClassVar[str]
    """The name of the schema in the contract, and of the generated model."""
    _shown: ClassVar[tuple[str, ...]] = ("id",)

    _id = text("id", default="")
    """The id, for the property of that name."""

    def __class_getitem__(cls, model: Any) -> Any:
        """The class itself: which model is in the brackets is for type checkers, and typing would compile its name."""
        return cls

    def __init__(self, data: Any) -> None:
        kept = self.__dict__
        kept["_data"] = kept["_root"] = data

    @classmethod
    @scrub_traceback
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The view of saved JSON, as ``to_dict`` returns it; UsageError if it is something else."""
        try:
            plain = copy_json({**data})
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"{cls.__name__}: expected a JSON object.") from error
        try:
            return cls._from_json(plain)
        except MismatchError as error:
            raise UsageError(str(error)) from error

    @classmethod
    def _from_json(cls, data: Any) -> Self:
        """The view of a JSON object that nobody else holds; MismatchError if it cannot be one."""
        return cls(data)

    @property
    def id(self) -> str:
        """The id; treat it as opaque. Empty if the response had none."""
        # A property, since to pyright a field is no property of a protocol, such as those in omni.errors:
        # https://github.com/microsoft/pyright/issues/3287
        return self._id

    @property
    def raw(self) -> M:
        """The generated model, for what has no field; change nothing in it. It is made at the first access."""
        if "_raw" not in self.__dict__:
            self.__dict__.setdefault("_raw", build_model(self._model, self._root))
        raw: M = self.__dict__["_raw"]
        return raw

    @scrub_traceback
    def to_dict(self) -> dict[str, Any]:
        """The JSON that came: every key, every value, in its order."""
        return dict(copy_json(self._data))

    def to_row(self) -> dict[str, str | int | bool | datetime | None]:
        """One row of a table: a value for each column, with the names of the fields.

        The columns are all fields and properties of the class with one value (text, numbers, flags, times), whatever
        the response had. Times are aware and in UTC, values of enums are plain text, and what is absent is None. Lists,
        other views and JSON of any shape are left out: give them rows, or columns, of their own.
        """
        from omni._views.rows import row  # for those who make tables

        return row(self, type(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """How pydantic reads and writes a view; only pydantic calls this."""
        from omni._views.pydantic_schema import view_schema

        return view_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """The JSON schema of a view, by the contract; only pydantic calls this."""
        from omni._views.pydantic_schema import view_json_schema

        return view_json_schema(cls)

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_pickle, (type(self), json.dumps(self._data))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Views are read-only: change a copy of the JSON, from to_dict().")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Views are read-only: change a copy of the JSON, from to_dict().")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={str(getattr(self, name))!r}" for name in self._shown)
        return f"{type(self).__name__}({shown})"

    def __dir__(self) -> list[str]:
        # What prints all that dir() lists, as rich.inspect does, prints ids and states. Consoles list the names of the
        # class too, so they still complete the others.
        return [name for name in dir(type(self)) if name in self._shown or callable(getattr(type(self), name))]


_built_models: set[str] = set()


def build_model(model: str, data: Any) -> Any:
    """The generated model of this name, of JSON. No fork happens while the first one is built: that loads modules."""
    with nullcontext() if model in _built_models else fork_lock:
        built = getattr(models, model).from_dict(data)
    _built_models.add(model)
    return built


def _from_pickle(view: type[V], data: str) -> V:
    """The view that was pickled or copied."""
    return view._from_json(json.loads(data))
