"""What changed in the names, members and signatures of the raw and the curated layer, read without running them.

griffe finds what breaks in signatures and base classes. What it does not compare is added here: names, types, additions
and coroutines. One verdict is corrected: a call is not broken by another default.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import griffe
from diff import Change, Symbol, changes, type_changes
from griffe import BreakageKind

LAYERS = {"raw": "omni_client", "curated": "omni"}
FOLDED = {"sync", "asyncio", "asyncio_detailed"}  # of an operation's four functions, sync_detailed stands for all
BREAKAGES = {
    BreakageKind.PARAMETER_REMOVED: "has no parameter `{old.name}` any more",
    BreakageKind.PARAMETER_ADDED_REQUIRED: "has a new parameter `{new.name}`, which is required",
    BreakageKind.PARAMETER_CHANGED_REQUIRED: "has a parameter `{new.name}` that is required now",
    BreakageKind.PARAMETER_CHANGED_KIND: "has a parameter `{new.name}` that is {new.kind.value}, was {old.kind.value}",
    BreakageKind.PARAMETER_MOVED: "takes its parameter `{new.name}` at another position",
    BreakageKind.RETURN_CHANGED_TYPE: "does not declare what it returns any more",
    BreakageKind.CLASS_REMOVED_BASE: "is no {old} any more",
}


@dataclass(frozen=True)
class Name(Symbol):
    """A class, a function, an attribute or a member of an enumeration, as griffe read it."""

    value: Any = None


def name_changes(old: Path, new: Path) -> list[Change]:
    """What changed in `omni_client` and in `omni`, each in a folder laid out like this repository."""
    before, after = load(old), load(new)
    return [
        change
        for layer, package in LAYERS.items()
        for change in changes(
            layer,
            names(before, package),
            names(after, package),
            comparison(before, after, package),
            lambda _: False,
        )
    ]


def load(root: Path) -> griffe.ModulesCollection:
    """Parse both packages."""
    loader = griffe.GriffeLoader(search_paths=[root, root / "generated"], allow_inspection=False)
    for package in LAYERS.values():
        if any((folder / package).is_dir() for folder in (root, root / "generated")):
            loader.load(package, try_relative_path=False)  # not `omni` of whatever folder this runs in
    modules = loader.modules_collection
    if "omni" in modules:  # its `__all__` is computed: type checkers go by what it imports under its own name
        modules["omni"].exports = [name for name, member in modules["omni"].members.items() if member.is_alias]
    loader.resolve_aliases(external=False)
    return modules


def names(modules: griffe.ModulesCollection, package: str) -> dict[str, Name]:
    """Every public name of a package, with the public members of its classes.

    griffe says what is public. Two kinds of modules are not meant for import: those whose names the package around them
    exports, and below `omni` those without `__all__`.
    """
    symbols: dict[str, Name] = {}
    waiting = [modules[package]] if package in modules else []
    for module in waiting:
        sources = {member.target_path.rpartition(".")[0] for member in module.members.values() if member.is_alias}
        for name, member in module.members.items():
            value = resolve(member) if member.is_public and name not in FOLDED else None
            if value is None:
                continue
            if value.is_module:
                internal = value.path in sources or (package == "omni" and not value.exports)
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
        return Name(kind, alternatives(value.returns), value)
    if value.annotation is None and value.parent.is_class and any("Enum" in str(base) for base in value.parent.bases):
        return Name("enum value", frozenset({str(value.value)}), value)
    return Name("attribute", alternatives(value.annotation) or field_type(value.value), value)


def field_type(value: Any) -> frozenset[str]:
    """What a declared field of a view reads as: `view[ActionLog]` for `view(ActionLog, "lastAction")`."""
    if not (isinstance(value, griffe.ExprCall) and isinstance(value.function, griffe.ExprName)):
        return frozenset()
    classes = [str(argument) for argument in value.arguments if isinstance(argument, griffe.ExprName)]
    return frozenset({f"{value.function}[{', '.join(classes)}]" if classes else str(value.function)})


def alternatives(annotation: Any) -> frozenset[str]:
    """The members of a union."""
    if annotation is None:
        return frozenset()
    waiting, members = [ast.parse(str(annotation), mode="eval").body], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp):
            waiting += [node.left, node.right]
        else:
            members.add(ast.unparse(node))
    return frozenset(members)


def comparison(
    before: griffe.ModulesCollection, after: griffe.ModulesCollection, package: str
) -> Callable[[Name, Name], Iterator[tuple[str, str]]]:
    """A function that says what happened to a name, and whether it breaks."""
    breakages: dict[str, dict[str, str]] = {}  # by the path of a class or function: what breaks, by parameter
    both = package in before and package in after
    for found in griffe.find_breaking_changes(before[package], after[package]) if both else ():
        if found.kind in BREAKAGES:
            old, new = found.old_value, found.new_value
            if isinstance(old, list):  # base classes
                old = ", ".join(sorted({str(base) for base in old} - {str(base) for base in new}))
            what = BREAKAGES[found.kind].format(old=old, new=new)
            parameter = getattr(new or old, "name", "")
            breakages.setdefault(found.obj.path.removesuffix(".__init__"), {})[parameter] = what

    def compare(old: Name, new: Name) -> Iterator[tuple[str, str]]:
        broken = breakages.get(new.value.path, {})
        yield from type_changes(old, new, read=True, sent=False)
        yield from ((what, "breaking") for what in broken.values())
        if not new.value.is_attribute:
            yield from parameter_changes(old.value.parameters, new.value.parameters, broken)

    return compare


def parameter_changes(old: Any, new: Any, broken: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What griffe does not say of parameters: other types, new optional ones, and what became easier to call."""
    for parameter in new:
        name = parameter.name
        if name in old:
            before, after = (Symbol("", alternatives(value.annotation)) for value in (old[name], parameter))
            for what, effect in type_changes(before, after, read=False, sent=True):
                yield f"has a parameter `{name}` that {what}", effect
        if name in broken:
            continue
        if name not in old:
            yield f"has a new parameter `{name}`", "additive"
        elif (old[name].kind, old[name].default) != (parameter.kind, parameter.default):
            yield f"has the parameter `{parameter}`, was `{old[name]}`", "additive"
