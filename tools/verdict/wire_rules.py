"""What a changed fact of the spec means on the wire: the rules of the table in ``docs/regenerate.md``.

A request is judged by what the API accepts, a response for a reader who keeps what he does not know. A fact without a
rule breaks, so that nothing passes unseen.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from project import Project

from verdict.change import Finding, Symbol, Type, differ, type_change, uncovered, worst

UPPER = {"maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties"}
LOWER = {"minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties"}
LIMITS = UPPER | LOWER | {"pattern", "multipleOf", "uniqueItems"}
CERTAIN = {"in", "name", "type", "scheme", "style", "explode", "readOnly", "writeOnly"}  # break, whatever they become


@dataclass(frozen=True)
class Part(Symbol):
    """An operation, a parameter, a schema, a field, an enum value, or whatever else the document describes."""

    read: bool = False
    sent: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


class Case(NamedTuple):
    """A fact that changed, and whether the part it is of is sent, read, or both."""

    fact: str
    old: Any
    new: Any
    sent: bool
    read: bool

    @property
    def shown(self) -> str:
        """Both values in words."""
        return f"{self.fact} is {_shown(self.new)}, was {_shown(self.old)}"


def _shown(value: Any) -> str:
    text = json.dumps(value) if not isinstance(value, str) or not value else value
    return "not given" if value is None else re.sub(r"\s+", " ", text)[:80]


class Judge:
    """The rules, with the effects of a project."""

    def __init__(self, project: Project) -> None:
        self.levels = project.effect_levels

    def __call__(self, old: Part, new: Part) -> Iterator[Finding]:
        """What happened to a part."""
        sent, read = old.sent or new.sent, old.read or new.read
        if differ(old.types, new.types):
            yield types(old, new, sent=sent, read=read)
        for fact in sorted(old.facts.keys() | new.facts.keys()):
            case = Case(fact, old.facts.get(fact), new.facts.get(fact), sent, read)
            if case.old != case.new:
                was = case.old[0]["url"] if fact == "servers" and case.old else case.old if fact == "name" else ""
                yield Finding(*self.judged(case), fact, was)

    def judged(self, case: Case) -> tuple[str, str]:
        """What happened, in words, and the verdict."""
        if case.fact == "effect":
            grows = self.levels.get(case.new, -1) >= self.levels.get(case.old, -1)  # a client may not allow the new one
            return f"has the effect {case.new or 'none'}, was {case.old or 'none'}", "breaking" if grows else "additive"
        if case.fact in LIMITS:
            return limit(case)
        if case.fact in RULES:
            return RULES[case.fact](case)
        return case.shown if case.fact in CERTAIN else f"{case.shown}; no rule judges that", "breaking"


def types(old: Part, new: Part, *, sent: bool, read: bool) -> Finding:
    """Fewer types break, more are additive; null is one that a reader may have been promised not to meet."""
    null, anything = Type("null"), Type("anything")
    verdicts = ["additive" if anything in new.types or not uncovered(old.types - {null}, new.types) else "breaking"]
    before, after = (bool({null, anything} & part.types) for part in (old, new))
    if before != after:
        verdicts += ["additive" if after else "breaking"] if sent else []
        verdicts += ["breaking" if after else "additive"] if read else []
    return Finding(type_change(old.types, new.types), worst(verdicts), "types")


def required(case: Case) -> tuple[str, str]:
    """To demand a part of a request breaks, and to stop promising one in a response."""
    if case.new:
        return ("is required now", "breaking") if case.sent else ("is always there now", "additive")
    return ("can be absent now", "breaking") if case.read else ("is optional now", "additive")


def limit(case: Case) -> tuple[str, str]:
    """A tighter limit breaks, a looser one is additive; two that cannot be compared break."""
    values = [case.old, case.new]
    if any(value is None for value in values):
        return case.shown, "additive" if case.new is None else "breaking"
    comparable = case.fact in UPPER | LOWER and all(isinstance(value, int | float) for value in values)
    loosened = comparable and (case.new > case.old) == (case.fact in UPPER)
    return case.shown, "additive" if loosened else "breaking"


def default(case: Case) -> tuple[str, str]:
    """Another default changes what happens where a request leaves it out."""
    harmless = "additive" if case.old is None else "breaking"
    return case.shown, harmless if case.sent else "internal"


def other_keys(case: Case) -> tuple[str, str]:
    """``additionalProperties: false``, or no longer."""
    if case.new:
        return "refuses other keys now", "breaking" if case.sent else "additive"
    return "takes other keys now", "additive"


def servers(case: Case) -> tuple[str, str]:
    """The first one is where clients send to."""
    old, new = ([server["url"] for server in each or []] for each in (case.old, case.new))
    if old == new:
        return case.shown, "internal"
    kept = old[:1] == new[:1] and {*old} <= {*new}
    what = f"servers are {', '.join(new) or 'none'}, were {', '.join(old) or 'none'}"
    return what, "additive" if kept or not old else "breaking"


def more_is_additive(case: Case) -> tuple[str, str]:
    """Alternatives of authentication, or headers of a response: what was there has to stay as it was."""
    old, new = case.old or (), case.new or ()
    kept = old.items() <= new.items() if isinstance(old, dict) and isinstance(new, dict) else {*old} <= {*new}
    return case.shown, "additive" if kept else "breaking"


def encoding(case: Case) -> tuple[str, str]:
    """How the fields of a form are written: to spell out a default changes nothing, and to escape less is looser."""
    usual = {"style": "form", "explode": True, "allowReserved": False}
    old, new = case.old or {}, case.new or {}
    found = [(usual | old.get(name, {}), usual | new.get(name, {})) for name in {**old, **new}]
    if all(before == after for before, after in found):
        return case.shown, "internal"
    if all(before | {"allowReserved": True} == after for before, after in found if before != after):
        return case.shown, "additive"
    return f"{case.shown}; no rule judges that", "breaking"


RULES: dict[str, Callable[[Case], tuple[str, str]]] = {
    "words": lambda case: ("has another description", "internal"),
    "tags": lambda case: (case.shown, "internal"),  # the module of the raw layer is compared by its name
    "deprecated": lambda case: ("is deprecated" if case.new else "is no longer deprecated", "additive"),
    "route": lambda case: (f"moved from {case.old} to {case.new}", "breaking"),
    "security": lambda case: (case.shown, "additive") if "nothing" in (case.new or ()) else more_is_additive(case),
    "headers": more_is_additive,
    "encoding": encoding,
    "required": required,
    "default": default,
    "other keys": other_keys,
    "servers": servers,
}
