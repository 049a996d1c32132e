"""What all views share: read-only objects over the JSON that came and the generated model that is made of it.

Rules for views: properties and pure iterators only, no I/O, no client inside, no copied fields. What the server may
send and the contract does not expect (a null, a number for a text) reads as None; ``to_dict()`` and ``raw`` have it.
"""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar

from omni_client import models
from omni_client.types import Unset

from omni._fork_safety import fork_lock, without_lock
from omni._traceback_scrubbing import scrub_traceback
from omni.errors import UsageError

W = TypeVar("W", bound=StrEnum)
V = TypeVar("V", bound="View[Any]")
M = TypeVar("M")


@without_lock
class View(Generic[M]):
    """A read-only view of one JSON object.

    Views are equal when their JSON is equal, can be pickled and copied, and show ids and states only in their ``repr``.
    It is no attrs class and no dataclass: rich, devtools and pytest would print every field of one, ``repr`` or not.
    """

    _data: Any

    _model: ClassVar[str]
    """The name of the generated model, which takes its time to load."""
    _shown: ClassVar[tuple[str, ...]] = ("id",)

    def __init__(self, data: Any) -> None:
        self.__dict__["_data"] = data

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        without_lock(cls)

    @classmethod
    @scrub_traceback
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The view of saved JSON, as ``to_dict`` returns it; UsageError if it is something else."""
        try:
            plain = _again({**data})
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"{cls.__name__}: expected a JSON object.") from error
        return cls._from_json(plain)

    @classmethod
    def _from_json(cls, data: Any) -> Self:
        """The view of a JSON object that nobody else holds."""
        return cls(data)

    @cached_property
    def raw(self) -> M:
        """The generated model, for what has no property; change nothing in it. It is made when it is first asked."""
        raw: M = build_model(self._model, self._data)
        return raw

    @scrub_traceback
    def to_dict(self) -> dict[str, Any]:
        """The JSON that came: every key, every value, in its order."""
        return dict(_again(self._data))

    @property
    def id(self) -> str:
        """The id; treat it as opaque. Empty if the response had none."""
        return text(getattr(self.raw, "id", None)) or ""

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), json.dumps(self._data))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Views are read-only: change a copy of the JSON, from to_dict().")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Views are read-only: change a copy of the JSON, from to_dict().")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={str(getattr(self, name))!r}" for name in self._shown)
        return f"{type(self).__name__}({shown})"

    def __dir__(self) -> list[str]:
        # What prints all that it finds by dir(), as rich.inspect does, finds ids and states. Consoles look at the class
        # too, so they complete the other names still.
        return [name for name in dir(type(self)) if name in self._shown or callable(getattr(type(self), name))]


_made: set[str] = set()


def build_model(model: str, data: Any) -> Any:
    """The generated model of this name, of JSON. Nobody forks while the first one is made, since that loads modules."""
    with nullcontext() if model in _made else fork_lock:
        found = getattr(models, model).from_dict(data)
    _made.add(model)
    return found


def views(kind: type[V], data: Any) -> tuple[V, ...]:
    """A view of each object of a JSON array; what is no object is passed over, what is no array is empty."""
    return tuple(kind(element) for element in elements(data) if isinstance(element, dict))


def view_or_none(kind: type[V], data: Any) -> V | None:
    """The view of a JSON object, or None where there is none."""
    return kind(data) if isinstance(data, dict) else None


def is_a(value: Any, *kinds: type) -> bool:
    """Like isinstance, after which type checkers would ask what is in it."""
    return isinstance(value, kinds)


def elements(value: object) -> list[Any]:
    """The array, or an empty one where there is none."""
    return [*value] if isinstance(value, list) else []


def fields(value: object) -> dict[str, Any]:
    """The object, or an empty one where there is none."""
    return {**value} if isinstance(value, dict) else {}


def copied(value: Any) -> Any:
    """A JSON value as it came, free to change; None where there is none."""
    return None if isinstance(value, Unset) else _again(value)


def _again(value: Any) -> Any:
    """A copy of a JSON value; unlike deepcopy it goes as deep as any response that could be read."""
    return json.loads(json.dumps(value))


def _restored(kind: type[V], data: str) -> V:
    """The view that was pickled or copied."""
    return kind._from_json(json.loads(data))


def text(value: object) -> str | None:
    """The text, or None where there is none."""
    return value if isinstance(value, str) else None


def number(value: object) -> int | None:
    """The whole number, or None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(value: object) -> bool | None:
    """The boolean, or None where there is none."""
    return value if isinstance(value, bool) else None


def word(value: W | object) -> W | str | None:
    """The word of a vocabulary, as text if it is not known, or None where there is none."""
    return value if isinstance(value, str) else None


def known(vocabulary: type[W], value: Any) -> W | str | None:
    """The same for what was not decoded yet."""
    try:
        return vocabulary(value)
    except ValueError:
        return text(value)


def may_mean_yes(value: object) -> bool:
    """Whether it is anything but a plain no, for what harms a person if it is overlooked.

    Plainly no is what is absent, null, false or a blank text. All else counts as a yes: a stamp that cannot be read, a
    number, an object, and the text "false" too, since nobody knows what a server means that sends one.
    """
    return not (value is None or value is False or isinstance(value, Unset) or is_blank(value))


def is_blank(value: object) -> bool:
    """Whether it is a text in which nothing stands."""
    return isinstance(value, str) and not value.strip()


def is_word(value: object, word: str) -> bool:
    """Whether it is this word of an enum, but for its case and for all that is neither letter nor digit."""
    return isinstance(value, str) and _letters(value) == _letters(word)


def _letters(value: str) -> str:
    return "".join(filter(str.isalnum, value)).upper()


def stamp(value: object) -> datetime | None:
    """The instant of a timestamp that was not decoded yet, with a small z too; None where there is none."""
    try:
        return moment(datetime.fromisoformat((text(value) or "").upper()))
    except ValueError:
        return None


def moment(value: object) -> datetime | None:
    """The instant in UTC, or None where there is none or it cannot be read; without an offset it is taken as UTC."""
    if not isinstance(value, datetime):
        return None
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
