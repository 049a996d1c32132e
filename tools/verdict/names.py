"""What changed in the names, members and signatures of the raw and the curated layer, read without running them.

griffe finds what breaks in signatures. What it does not compare is added here: names, types, additions, base classes
and coroutines. One verdict is corrected: a call is not broken by another default.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import griffe
from griffe import BreakageKind
from project import Project

from verdict.change import Change, Finding, Symbol, Type, Types, changes, differ, type_change, uncovered

FOLDED = {"sync", "asyncio", "asyncio_detailed"}  # of an operation's four functions, sync_detailed stands for all
BREAKAGES = {
    BreakageKind.PARAMETER_REMOVED: "has no parameter `{old.name}` any more",
    BreakageKind.PARAMETER_ADDED_REQUIRED: "has a new parameter `{new.name}`, which is required",
    BreakageKind.PARAMETER_CHANGED_REQUIRED: "has a parameter `{new.name}` that is required now",
    BreakageKind.PARAMETER_CHANGED_KIND: "has a parameter `{new.name}` that is {new.kind.value}, was {old.kind.value}",
    BreakageKind.PARAMETER_MOVED: "takes its parameter `{new.name}` at another position",
    BreakageKind.RETURN_CHANGED_TYPE: "does not declare what it returns any more",
}


@dataclass(frozen=True)
class Name(Symbol):
    """A class, a function, an attribute or a member of an enumeration, as griffe read it."""

    value: Any = None
    is_open: bool = False
    """Whether more types may come, since callers look at the status first."""

    @property
    def model(self) -> str:
        """The class that it is an attribute of, as schemas are compared with."""
        parent = self.value.parent if self.value.is_attribute else None
        return parent.name.lower() if parent is not None and parent.is_class else ""


def name_changes(old: Project, new: Project, sent: set[str], read: set[str]) -> list[Change]:
    """What changed in the packages that users import, in two trees with the same layout.

    ``sent`` and ``read`` are the schemas that requests and responses are made of: users make models of the former.
    """
    if sources(old) == sources(new):
        return []
    before, after = Names(old), Names(new)
    sent, read = ({re.sub(r"\W|_", "", name).lower() for name in names} for names in (sent, read))

    def is_required(name: Name) -> bool:
        return name.kind == "attribute" and name.model in sent and "Unset" not in {each.word for each in name.types}

    return [
        change
        for layer, package in new.packages.items()
        for compare in [comparison(before, after, package, sent, read)]
        for change in changes(layer, before.of(package), after.of(package), compare, is_required)
    ]


def sources(project: Project) -> dict[str, bytes]:
    """The code of a project's packages."""
    folders = [project.raw, *(project.root / package for layer, package in project.packages.items() if layer != "raw")]
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    return {str(path.relative_to(project.root)): path.read_bytes() for path in paths}


class Names:
    """The public names of a project's packages."""

    def __init__(self, project: Project) -> None:
        folders = [project.root, project.raw.parent]
        loader = griffe.GriffeLoader(search_paths=folders, allow_inspection=False)
        for package in project.packages.values():
            if any((folder / package).is_dir() for folder in folders):
                loader.load(package, try_relative_path=False)  # not `omni` of whatever folder this runs in
        self.curated = project.packages.get("curated", "")
        self.modules = loader.modules_collection
        if self.curated in self.modules:  # its `__all__` is computed: type checkers go by what it imports
            init = self.modules[self.curated]
            init.exports = [name for name, member in init.members.items() if member.is_alias]
        loader.resolve_aliases(external=False)

    def of(self, package: str) -> dict[str, Name]:
        """Every public name of a package, with the public members of its classes.

        griffe says what is public. Two kinds of modules are not meant for import: those whose names the package around
        them exports, and below the curated package those without `__all__`.
        """
        symbols: dict[str, Name] = {}
        waiting = [self.modules[package]] if package in self.modules else []
        for module in waiting:
            sources = {member.target_path.rpartition(".")[0] for member in module.members.values() if member.is_alias}
            for name, member in module.members.items():
                value = resolve(member) if member.is_public and name not in FOLDED else None
                if value is None:
                    continue
                if value.is_module:
                    internal = value.path in sources or (package == self.curated and not value.exports)
                    waiting += [] if internal else [value]
                else:
                    symbol = f"{module.path}.{name}".removesuffix(".sync_detailed")
                    symbols |= {symbol: describe(value)} | members(symbol, value)
        return symbols


def members(symbol: str, value: Any) -> dict[str, Name]:
    """The public members of a class, also inherited ones."""
    found = {name: resolve(member) for name, member in value.all_members.items() if not name.startswith("_")}
    return {f"{symbol}.{name}": describe(inner) for name, inner in found.items() if inner and not inner.is_class}


def resolve(member: Any) -> Any:
    """What an import leads to; None if it leads out of both packages."""
    try:
        return member.final_target if member.is_alias else member
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None


def describe(value: Any) -> Name:
    """A public name with what it holds or returns."""
    if value.is_class:
        return Name("class", value=value)
    if value.is_function:
        kind = "coroutine function" if "async" in value.labels else "function"
        itself = {"Self": value.parent.name}
        returned = Types(Type(itself.get(each.word, each.word), each.base) for each in alternatives(value.returns))
        return Name(kind, returned, value, str(value.returns).startswith("Response["))
    if value.annotation is None and value.parent.is_class and any("Enum" in str(base) for base in value.parent.bases):
        return Name("enum value", Types({Type(str(value.value))}), value)
    return Name("attribute", alternatives(value.annotation) or field_type(value.value), value)


def field_type(value: Any) -> Types:
    """What a declared field of a view reads as: `view[ActionLog]` for `view(ActionLog, "lastAction")`."""
    if not (isinstance(value, griffe.ExprCall) and isinstance(value.function, griffe.ExprName)):
        return Types()
    classes = [str(argument) for argument in value.arguments if isinstance(argument, griffe.ExprName)]
    return Types({Type(f"{value.function}[{', '.join(classes)}]" if classes else str(value.function))})


def alternatives(annotation: Any) -> Types:
    """The members of a union, also of one in `Response[…]`; those that are private nobody can name."""
    if annotation is None or isinstance(annotation, str):  # a text is a constant, such as None
        return Types({Type(annotation)} if annotation else ())
    bases = {str(name): enum_base(name) for name in annotation.iterate(flat=True) if isinstance(name, griffe.ExprName)}
    waiting, found = [ast.parse(str(annotation), mode="eval").body], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp):
            waiting += [node.left, node.right]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Response":
            waiting.append(node.slice)
        elif not any(isinstance(part, ast.Name) and part.id.startswith("_") for part in ast.walk(node)):
            word = ast.unparse(node)
            found.add(Type(word, bases.get(word, "")))
    return Types(found)


def enum_base(name: griffe.ExprName) -> str:
    """What the members of an enumeration are too: `str` for a StrEnum."""
    try:
        bases = [str(base) for base in name.resolved.bases]  # type: ignore[union-attr]
    except (AttributeError, KeyError, griffe.GriffeError):
        return ""
    return "str" if {"str", "StrEnum"} & {*bases} else "int" if {"int", "IntEnum"} & {*bases} else ""


def comparison(
    before: Names, after: Names, package: str, sent: set[str], read: set[str]
) -> Callable[[Name, Name], Iterator[Finding]]:
    """A function that says what happened to a name, and whether it breaks."""
    breakages: dict[str, list[griffe.Breakage]] = {}  # by the path of a class or function
    if package in before.modules and package in after.modules:
        for found in griffe.find_breaking_changes(before.modules[package], after.modules[package]):
            if found.kind in BREAKAGES:
                breakages.setdefault(found.obj.path.removesuffix(".__init__"), []).append(found)

    def compare(old: Name, new: Name) -> Iterator[Finding]:
        broken = {
            getattr(each.new_value or each.old_value, "name", ""): BREAKAGES[each.kind].format(
                old=each.old_value, new=each.new_value
            )
            for each in breakages.get(new.value.path, [])
        }
        if old.types and new.types and differ(old.types, new.types):
            is_read = not new.is_open and (new.model in read or new.model not in sent)
            gone = uncovered(old.types, new.types) - ({"None"} if new.is_open else set())  # who expects it does no harm
            harm = (is_read and uncovered(new.types, old.types)) or ((new.is_open or new.model in sent) and gone)
            yield Finding(type_change(old.types, new.types), "breaking" if harm else "additive", "types")
        yield from (Finding(what, "breaking", "signature") for what in broken.values())
        if new.value.is_class:
            lost = lost_bases(old.value, new.value)
            yield from (Finding(f"is no {base} any more", "breaking", "bases") for base in lost)
        if not new.value.is_attribute:
            yield from parameter_changes(old.value.parameters, new.value.parameters, broken)

    return compare


def lost_bases(old: Any, new: Any) -> list[str]:
    """The public base classes that a class no longer has; griffe only counts them."""
    inherited = {cls.name for cls in new.mro()} | {_base_name(base) for base in new.bases}
    return [name for name in map(_base_name, old.bases) if name not in inherited and not name.startswith("_")]


def _base_name(base: Any) -> str:
    return str(base).partition("[")[0]


def parameter_changes(old: Any, new: Any, broken: dict[str, str]) -> Iterator[Finding]:
    """What griffe does not say of parameters: other types, new optional ones, and what became easier to call."""
    for parameter in new:
        name = parameter.name
        if name in old:
            before, after = alternatives(old[name].annotation), alternatives(parameter.annotation)
            if before and after and differ(before, after):
                verdict = "breaking" if uncovered(before, after) else "additive"
                yield Finding(f"has a parameter `{name}` that {type_change(before, after)}", verdict, "types")
        if name in broken:
            continue
        if name not in old:
            yield Finding(f"has a new parameter `{name}`", "additive", "signature")
        elif (old[name].kind, old[name].default) != (parameter.kind, parameter.default):
            yield Finding(f"has the parameter `{parameter}`, was `{old[name]}`", "additive", "signature")
