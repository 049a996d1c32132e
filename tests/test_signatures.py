"""What signatures tell those who read them: frameworks resolve every annotation, and people can name every type."""

import ast
import inspect
import sys
import textwrap
import typing
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

import omni
from omni import sandbox
from omni._files import upload
from omni._operations import drift, registry

CLIENTS = [omni.Client, omni.AsyncClient]
CLASSES = {name: value for name in omni.__all__ if isinstance(value := getattr(omni, name), type)}
OURS = {name: value for name, value in CLASSES.items() if value.__module__.startswith("omni.")}


def functions() -> Iterator[tuple[str, Any]]:
    """Every public function and class, and every method and property of ours, with its name."""
    yield from CLASSES.items()
    for place in (sandbox, drift):
        yield from ((name, each) for name, each in vars(place).items() if inspect.isfunction(each) and name[0] != "_")
    for name, owner in (*OURS.items(), ("Sandbox", sandbox.Sandbox), ("Workspace", sandbox.Workspace)):
        members = ((key, function_of(member)) for key, member in vars(owner).items())
        yield from ((f"{name}.{key}", each) for key, each in members if inspect.isfunction(each))


def function_of(member: Any) -> Any:
    """The function of a property, of a method or of a class method."""
    inner = next((kind for kind in ("fget", "func", "__func__") if hasattr(member, kind)), None)
    return inspect.unwrap(getattr(member, inner)) if inner else member


@pytest.mark.parametrize("include_extras", [False, True])
def test_every_annotation_resolves(include_extras: bool) -> None:
    """``get_type_hints`` of every public callable works, as web frameworks, CLIs and containers ask for it."""
    unresolved = {}
    for name, function in functions():
        try:
            typing.get_type_hints(function, include_extras=include_extras)
            if not isinstance(function, type):
                inspect.signature(function, eval_str=True)
        except NameError as error:
            unresolved[name] = str(error)

    assert unresolved == {}


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_is_told_nothing_by_requests(kind: Any) -> None:
    """Frameworks that fill the parameters of a class from a request, as FastAPI does, see none to fill.

    A stranger who could set ``base_url`` would be sent the key. ``__init__`` tells people and tools what there is.
    """
    assert not inspect.signature(kind).parameters
    assert {"self", "api_key", "base_url", "allow", "observe"} <= inspect.signature(kind.__init__).parameters.keys()
    assert typing.get_type_hints(kind.__init__)["api_key"] == str | None


def test_a_subclass_tells_its_own_parameters() -> None:
    """Only the parameters of our own classes are hidden."""

    class Plain(omni.Client):
        """A client with one more method."""

    class Tenant(omni.Client):
        """A client with parameters of its own."""

        def __init__(self, tenant: str) -> None:
            super().__init__(api_key=tenant)

    class Sub(Tenant):
        """A client that inherits them."""

    assert [len(inspect.signature(each).parameters) for each in (Plain, Tenant, Sub)] == [0, 1, 1]
    with Sub("key") as client:
        assert client.leads is client.leads


def annotations(owner: type) -> Iterator[tuple[str, ast.expr]]:
    """The annotations of the public members of a class as they are written, and whose they are."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    for member in typing.cast("ast.ClassDef", tree).body:
        if isinstance(member, ast.AnnAssign) and not ast.unparse(member.target).startswith("_"):
            yield ast.unparse(member.target), member.annotation
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            given = member.args
            is_public = not member.name.startswith("_") or (member.name == "__init__" and owner in CLIENTS)
            arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            written = [member.returns, *(each.annotation for each in arguments if each)]
            if is_public:
                yield from ((member.name, each) for each in written if each)


def types_in(annotation: ast.expr) -> Iterator[str]:
    """The names of types in an annotation, dotted as they are written."""
    waiting: list[ast.AST] = [annotation]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            waiting.append(ast.parse(node.value, mode="eval").body)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield ast.unparse(node)
        elif not (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"):
            waiting += ast.iter_child_nodes(node)


def is_nameable(name: str, value: Any) -> bool:
    """Whether people can import a type by its name: from ``omni``, from the raw layer, or from somebody else."""
    last = name.rpartition(".")[2]
    home = getattr(value, "__module__", "builtins")
    is_foreign = home.split(".")[0] != "omni" and getattr(sys.modules[home], last, None) is value
    return is_foreign or getattr(omni, last, None) is value


@pytest.mark.parametrize("name", OURS)
def test_every_type_in_a_public_signature_has_a_public_name(name: str) -> None:
    """Whoever writes a function around ours can annotate it without a private import."""
    scope = vars(sys.modules[OURS[name].__module__])
    found = [(member, each) for member, annotation in annotations(OURS[name]) for each in types_in(annotation)]

    nameless = [f"{name}.{member}: {each}" for member, each in found if not is_nameable(each, eval(each, scope))]
    assert nameless == [], "give these types a name in omni/__init__.py"


def test_the_walk_over_signatures_finds_what_has_no_name() -> None:
    """The check above fails for an alias, a class and a string that nobody can import."""
    annotation = ast.parse("tuple['Operation | None', Literal['x'], datetime, Form, To]", mode="eval").body
    scope = {"datetime": datetime, "Operation": registry.Operation, "Form": upload.Form, "To": str | bytes}

    nameless = {each for each in types_in(annotation) if not is_nameable(each, eval(each, scope))}
    assert nameless == {"Operation", "Form", "To"}
