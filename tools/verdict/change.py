"""Compare two versions of a set of symbols: what changed, and whether that breaks a user."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

VERDICTS = ("internal", "additive", "breaking")  # from harmless to not


class Type(NamedTuple):
    """One alternative of what something holds, and what it is a kind of: a StrEnum, say, of ``str``."""

    word: str
    base: str = ""


Types = frozenset[Type]


@dataclass(frozen=True)
class Symbol:
    """Something that a user can name."""

    kind: str
    types: Types = frozenset()


S = TypeVar("S", bound=Symbol)


class Finding(NamedTuple):
    """What happened to a symbol, and what that means."""

    what: str
    verdict: str
    fact: str = ""
    was: str = ""


@dataclass(frozen=True)
class Change:
    """One line of the report: `symbol` `what`, in words."""

    layer: str
    symbol: str
    what: str
    verdict: str
    section: str = "Changed"  # of the changelog
    fact: str = ""
    """What it is about: ``new``, ``gone``, or a fact of the symbol, such as ``types``."""
    was: str = ""
    """A value that sources may name, where that is another one now."""

    @property
    def sentence(self) -> str:
        """A draft of its line in the changelog."""
        return f"`{self.symbol}` {self.what}."


def changes(
    layer: str,
    old: Mapping[str, S],
    new: Mapping[str, S],
    compare: Callable[[S, S], Iterable[Finding]],
    is_required: Callable[[S], bool] = lambda symbol: False,
) -> Iterator[Change]:
    """All changes, by symbol; the parts of a new or removed symbol are not listed."""
    for name in outermost(old.keys() - new.keys()):
        yield Change(layer, name, f"is gone ({describe(old[name])})", "breaking", "Removed", "gone")
    for name in outermost(new.keys() - old.keys()):
        verdict = "breaking" if is_required(new[name]) else "additive"
        required = ", required" if is_required(new[name]) else ""
        yield Change(layer, name, f"is new ({describe(new[name])}{required})", verdict, "Added", "new")
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        if before.kind != after.kind:
            yield Change(layer, name, f"is a {after.kind}, was a {before.kind}", "breaking", fact="kind")
            continue
        for what, verdict, fact, was in compare(before, after):
            section = "Deprecated" if fact == "deprecated" else "Changed"
            yield Change(layer, name, what, verdict, section, fact, was)


def outermost(names: Iterable[str]) -> list[str]:
    """The names that are not part of another one of them."""
    kept: list[str] = []
    for name in sorted(names, key=lambda name: name.replace("[", ".[").split(".")):
        if not (kept and name.startswith((f"{kept[-1]}.", f"{kept[-1]}["))):
            kept.append(name)
    return kept


def describe(symbol: Symbol) -> str:
    """Its kind and its types."""
    return f"{symbol.kind}: {join(symbol.types)}" if symbol.types else symbol.kind


def join(types: Types) -> str:
    """Alternatives in words."""
    return " | ".join(sorted(each.word for each in types))


def differ(old: Types, new: Types) -> bool:
    """Whether alternatives came or went."""
    return {each.word for each in old} != {each.word for each in new}


def uncovered(types: Types, others: Types) -> set[str]:
    """The alternatives that are not, and are no kind of, what the others are."""
    words = {each.word for each in others}
    return {each.word for each in types if each.word not in words and each.base not in words}


def type_change(old: Types, new: Types) -> str:
    """A change of type in words."""
    return f"has the type {join(new)}, was {join(old)}"


def worst(verdicts: Iterable[str]) -> str:
    """The one that decides."""
    return max(verdicts, key=VERDICTS.index, default="internal")
