"""The outcome of each of many: a value, or the error of this one.

Rule of this file: what was given or received may be personal data, and no rendering shows it. So these are no
dataclasses: rich, pytest and others print the fields of those.
"""

from collections.abc import AsyncIterable, Iterable
from typing import Any, NoReturn, dataclass_transform

from omni._views.leads import Lead
from omni.errors import OmniError

Ids = Iterable[str]
"""Ids of leads: a list, or whatever yields them one by one."""
AsyncIds = Iterable[str] | AsyncIterable[str]
"""Ids of leads: a list, or whatever yields them one by one, also ``async for``."""


@dataclass_transform(frozen_default=True)  # for type checkers: attributes are read-only
class Result:
    """A read-only value: compared, hashed, copied and pickled by the attributes in ``__slots__``."""

    __slots__: Iterable[str] = ()

    def _set(self, *values: object) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A {type(self).__name__} cannot be changed.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return self.__reduce__() == other.__reduce__() if isinstance(other, Result) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.__reduce__())

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in {"filename", "path"}]


class FetchedLead(Result):
    """A lead of ``iter_many`` that was read. Its ``repr`` shows what that of a lead does."""

    __slots__ = {"lead_id": "The id as it was given.", "lead": "The lead as it was read."}  # noqa: RUF023 - in the order of the arguments
    __match_args__ = ("lead_id", "lead")
    lead_id: str
    lead: Lead
    error: None = None

    def __init__(self, lead_id: str, lead: Lead) -> None:
        self._set(lead_id, lead)

    def __repr__(self) -> str:
        return f"FetchedLead(lead={self.lead!r})"


class FailedLead(Result):
    """A lead of ``iter_many`` that could not be read. Its ``repr`` shows the type of the error, not what was given."""

    __slots__ = {"lead_id": "The id as it was given.", "error": "Why it failed."}  # noqa: RUF023
    __match_args__ = ("lead_id", "error")
    lead_id: str
    error: OmniError
    lead: None = None

    def __init__(self, lead_id: str, error: OmniError) -> None:
        self._set(lead_id, error)

    def __repr__(self) -> str:
        return f"FailedLead(error={type(self.error).__name__})"


LeadResult = FetchedLead | FailedLead
"""The outcome of one id of ``iter_many``: ``result.error is None`` tells type checkers that it has a lead."""
