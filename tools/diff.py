"""Two versions of the same things, compared: what changed, and what that means for a user."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

PARTS = {"internal": "patch", "additive": "minor", "breaking": "major"}  # of a version, from harmless to not


@dataclass(frozen=True)
class Fact:
    """One thing that a user can name."""

    kind: str
    types: frozenset[str] = frozenset()  # one of these is what it holds or gives


F = TypeVar("F", bound=Fact)
Altered = Callable[[F, F], Iterator[tuple[str, str]]]  # old and new to what happened and its effect


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
        """Its line of the changelog, drafted."""
        return f"`{self.symbol}` {self.what}."


def compare(
    layer: str, old: Mapping[str, F], new: Mapping[str, F], altered: Altered[F], demanded: Callable[[F], bool]
) -> Iterator[Change]:
    """All changes, by symbol; of what is new or gone as a whole, the parts are not listed."""
    for symbol in outermost(old.keys() - new.keys()):
        yield Change(layer, symbol, f"is gone ({described(old[symbol])})", "breaking", "Removed")
    for symbol in outermost(new.keys() - old.keys()):
        effect = "breaking" if demanded(new[symbol]) else "additive"
        yield Change(layer, symbol, f"is new ({described(new[symbol])})", effect, "Added")
    for symbol in sorted(old.keys() & new.keys()):
        if old[symbol].kind != new[symbol].kind:
            yield Change(layer, symbol, f"is a {new[symbol].kind}, was a {old[symbol].kind}", "breaking")
            continue
        for what, effect in altered(old[symbol], new[symbol]):
            yield Change(layer, symbol, what, effect)


def outermost(symbols: Iterable[str]) -> list[str]:
    """The symbols that are not part of another one of them."""
    found: list[str] = []
    for symbol in sorted(symbols, key=lambda each: each.split(".")):
        if not (found and symbol.startswith(found[-1] + ".")):
            found.append(symbol)
    return found


def described(fact: Fact) -> str:
    """Its kind and its types."""
    return f"{fact.kind}: {joined(fact.types)}" if fact.types else fact.kind


def joined(types: Iterable[str]) -> str:
    """Alternatives in words."""
    return " | ".join(sorted(types))


def retyped(old: Fact, new: Fact, *, read: bool, sent: bool) -> Iterator[tuple[str, str]]:
    """A change of type: who reads can do with fewer alternatives, who sends can do with more."""
    if old.types != new.types and old.types and new.types:
        harmless = (not read or new.types <= old.types) and (not sent or new.types >= old.types)
        what = f"has the type {joined(new.types)}, was {joined(old.types)}"
        yield what, "additive" if harmless else "breaking"
