"""Compare two versions of a set of symbols: what changed, and what that means for a user."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

PARTS = {"internal": "patch", "additive": "minor", "breaking": "major"}  # of a version, from harmless to not


@dataclass(frozen=True)
class Symbol:
    """Something that a user can name."""

    kind: str
    types: frozenset[str] = frozenset()  # the alternatives of what it holds or returns


S = TypeVar("S", bound=Symbol)
Compare = Callable[[S, S], Iterator[tuple[str, str]]]  # old and new to what happened and its effect


@dataclass(frozen=True)
class Change:
    """One line of the report: `symbol` `what`, in words."""

    layer: str
    symbol: str
    what: str
    effect: str
    section: str = "Changed"  # of the changelog

    @property
    def part(self) -> str:
        """The part of the version that it forces."""
        return PARTS[self.effect]

    @property
    def sentence(self) -> str:
        """A draft of its line in the changelog."""
        return f"`{self.symbol}` {self.what}."


def changes(
    layer: str, old: Mapping[str, S], new: Mapping[str, S], compare: Compare[S], is_required: Callable[[S], bool]
) -> Iterator[Change]:
    """All changes, by symbol; the parts of a new or removed symbol are not listed."""
    for name in outermost(old.keys() - new.keys()):
        yield Change(layer, name, f"is gone ({describe(old[name])})", "breaking", "Removed")
    for name in outermost(new.keys() - old.keys()):
        effect = "breaking" if is_required(new[name]) else "additive"
        yield Change(layer, name, f"is new ({describe(new[name])})", effect, "Added")
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        if before.kind != after.kind:
            yield Change(layer, name, f"is a {after.kind}, was a {before.kind}", "breaking")
        else:
            yield from (Change(layer, name, what, effect) for what, effect in compare(before, after))


def outermost(names: Iterable[str]) -> list[str]:
    """The names that are not part of another one of them."""
    kept: list[str] = []
    for name in sorted(names, key=lambda name: name.split(".")):
        if not (kept and name.startswith(kept[-1] + ".")):
            kept.append(name)
    return kept


def describe(symbol: Symbol) -> str:
    """Its kind and its types."""
    return f"{symbol.kind}: {join(symbol.types)}" if symbol.types else symbol.kind


def join(types: Iterable[str]) -> str:
    """Alternatives in words."""
    return " | ".join(sorted(types))


def type_changes(old: Symbol, new: Symbol, *, read: bool, sent: bool) -> Iterator[tuple[str, str]]:
    """A change of type: whoever reads can handle fewer alternatives, whoever sends may use more."""
    if old.types != new.types and old.types and new.types:
        harmless = (not read or new.types <= old.types) and (not sent or new.types >= old.types)
        what = f"has the type {join(new.types)}, was {join(old.types)}"
        yield what, "additive" if harmless else "breaking"
