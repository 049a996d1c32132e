"""What changed in the names, members and signatures of the raw and the curated layer, read without running them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import griffe
from diff import Change, Fact, compare, retyped

LAYERS = {"raw": "omni_client", "curated": "omni"}
FOLDED = {"sync", "asyncio", "asyncio_detailed"}  # of an operation's four functions, sync_detailed stands for all


@dataclass(frozen=True)
class Parameter(Fact):
    """One parameter of a function."""

    default: str | None = None

    @property
    def optional(self) -> bool:
        """Whether a call can leave it out."""
        return self.default is not None or self.kind.startswith("variadic")


@dataclass(frozen=True)
class Name(Fact):
    """A class, a function, an attribute or a member of an enumeration."""

    bases: frozenset[str] = frozenset()
    parameters: tuple[tuple[str, Parameter], ...] = ()


def name_changes(old: Path, new: Path) -> list[Change]:
    """What changed in `omni_client` and in `omni`, each in a folder laid out like this repository."""
    before, after = loaded(old), loaded(new)
    return [
        change
        for layer, package in LAYERS.items()
        for change in compare(layer, names(before, package), names(after, package), altered, lambda _: False)
    ]


def loaded(root: Path) -> griffe.ModulesCollection:
    """Both packages, parsed."""
    loader = griffe.GriffeLoader(search_paths=[root, root / "generated"], allow_inspection=False)
    for package in LAYERS.values():
        if any((folder / package).is_dir() for folder in (root, root / "generated")):
            loader.load(package, try_relative_path=False)  # not `omni` of whatever folder this runs in
    loader.resolve_aliases(external=False)
    return loader.modules_collection


def names(modules: griffe.ModulesCollection, package: str) -> dict[str, Name]:
    """Every public name of a package with its members."""
    if package not in modules:
        return {}
    found: dict[str, Name] = {}
    for module in public_modules(modules[package]):
        for name, value in public_members(module):
            if value.is_class:
                found |= class_names(f"{module.path}.{name}", value, modules)
            elif name not in FOLDED:
                found[f"{module.path}.{name}".removesuffix(".sync_detailed")] = described(value)
    return found


def public_modules(module: griffe.Module) -> Iterator[griffe.Module]:
    """The module, and those in it that are meant for import.

    A module whose names the package around it shows is no place of its own; below `omni`, only what has `__all__` is.
    """
    members: list[Any] = [*module.members.values()]
    shown = [member.target_path for member in members if member.is_alias]
    if module.path.split(".")[0] != "omni" or module.path == "omni" or module.exports:
        yield module
    for name, inner in module.modules.items():
        if not name.startswith("_") and not any(path.startswith(f"{inner.path}.") for path in shown):
            yield from public_modules(inner)


def public_members(module: griffe.Module) -> Iterator[tuple[str, Any]]:
    """What can be imported from a module: what `__all__` says, else what is defined or, by a package, shown there."""
    for name, member in module.members.items():
        listed = name in (module.exports or [name]) and not name.startswith("_")
        value = resolved(member) if listed and (module.is_init_module or not member.is_alias) else None
        if value is not None and not value.is_module:
            yield name, value


def resolved(member: Any) -> Any:
    """What an import leads to; None if it leads out of both packages."""
    try:
        return member.final_target if member.is_alias else member
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None


def class_names(symbol: str, owner: Any, modules: griffe.ModulesCollection, *outer: Any) -> dict[str, Name]:
    """A class with its public members; what an attribute of a private class has is reached by no other name."""
    bases = frozenset(str(base) for base in owner.bases if not str(base).startswith("_"))
    found = {symbol: Name("class", bases=bases, parameters=parameters(owner))}
    for name, member in owner.all_members.items():
        value = resolved(member)
        if name.startswith("_") or value is None or not (value.is_function or value.is_attribute):
            continue
        inner = private_class(value.annotation, modules) if value.is_attribute else None
        if inner not in (None, owner, *outer):
            found |= class_names(f"{symbol}.{name}", inner, modules, owner, *outer)
        found[f"{symbol}.{name}"] = described(value)
    return found


def private_class(annotation: Any, modules: griffe.ModulesCollection) -> Any:
    """The class of a private module that an annotation names, if it does."""
    path = annotation.canonical_path if isinstance(annotation, griffe.ExprName) else ""
    if "._" not in path or path.split(".")[0] not in modules:
        return None
    value = modules[path]
    return value if value.is_class else None


def described(value: Any) -> Name:
    """A function or an attribute."""
    if value.is_function:
        kind = "coroutine function" if "async" in value.labels else "function"
        return Name(kind, alternatives(value.returns), parameters=parameters(value))
    if value.annotation is None and value.parent.is_class and any("Enum" in str(base) for base in value.parent.bases):
        return Name("word", frozenset({str(value.value)}))
    return Name("attribute", alternatives(value.annotation))


def parameters(value: Any) -> tuple[tuple[str, Parameter], ...]:
    """The parameters of a function, or of a class when it is called."""
    return tuple(
        (each.name, Parameter(each.kind.value, alternatives(each.annotation), each.default and str(each.default)))
        for each in value.parameters
        if each.name not in {"self", "cls"}
    )


def alternatives(annotation: Any) -> frozenset[str]:
    """The members of a union."""
    waiting, found = [ast.parse(str(annotation), mode="eval").body] if annotation is not None else [], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp):
            waiting += [node.left, node.right]
        else:
            found.add(ast.unparse(node))
    return frozenset(found)


def altered(old: Name, new: Name) -> Iterator[tuple[str, str]]:
    """What happened to a name, and what that means."""
    yield from retyped(old, new, read=True, sent=False)
    for base in sorted(old.bases ^ new.bases):
        yield (f"is a {base} now", "additive") if base in new.bases else (f"is no {base} any more", "breaking")
    before, after = dict(old.parameters), dict(new.parameters)
    for name in before.keys() - after.keys():
        yield f"has no parameter `{name}` any more", "breaking"
    for name in after.keys() - before.keys():
        yield f"has a new parameter `{name}`", "additive" if after[name].optional else "breaking"
    common = [name for name in before if name in after]
    for name in common:
        for what, effect in altered_parameter(before[name], after[name]):
            yield f"has a parameter `{name}` that {what}", effect
    if positional(old)[: len(positional(new))] != positional(new)[: len(positional(old))]:
        yield "takes its positional parameters in another order", "breaking"


def positional(name: Name) -> list[str]:
    """The parameters that can be given by their position."""
    return [each for each, parameter in name.parameters if parameter.kind.startswith("positional")]


def altered_parameter(old: Parameter, new: Parameter) -> Iterator[tuple[str, str]]:
    """What happened to a parameter, and what that means."""
    yield from retyped(old, new, read=False, sent=True)
    if old.kind != new.kind:
        yield f"is {new.kind}, was {old.kind}", "additive" if new.kind == "positional or keyword" else "breaking"
    if old.optional != new.optional:
        yield "is optional now" if new.optional else "is required now", "additive" if new.optional else "breaking"
    elif old.default != new.default:
        yield f"defaults to {new.default}, was {old.default}", "additive"
