"""Public signatures: every annotation resolves, and every type in them has a public name."""

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


def public_callables() -> Iterator[tuple[str, Any]]:
    """Yield every public function and class, and every method and property of our own classes, with its name."""
    yield from CLASSES.items()
    for module in (sandbox, drift):
        functions = ((name, value) for name, value in vars(module).items() if inspect.isfunction(value))
        yield from ((name, function) for name, function in functions if not name.startswith("_"))
    for name, owner in (*OURS.items(), ("Sandbox", sandbox.Sandbox), ("Workspace", sandbox.Workspace)):
        members = ((key, unwrap_member(member)) for key, member in vars(owner).items())
        yield from ((f"{name}.{key}", member) for key, member in members if inspect.isfunction(member))


def unwrap_member(member: Any) -> Any:
    """Return the function behind a property or a class method; anything else is returned as it is."""
    attribute = next((name for name in ("fget", "func", "__func__") if hasattr(member, name)), None)
    return inspect.unwrap(getattr(member, attribute)) if attribute else member


@pytest.mark.parametrize("include_extras", [False, True])
def test_every_annotation_resolves(include_extras: bool) -> None:
    """``get_type_hints`` works for every public callable; web frameworks, CLIs and containers call it."""
    unresolved = {}
    for name, function in public_callables():
        try:
            typing.get_type_hints(function, include_extras=include_extras)
            if not isinstance(function, type):
                inspect.signature(function, eval_str=True)
        except NameError as error:
            unresolved[name] = str(error)

    assert unresolved == {}


@pytest.mark.parametrize("kind", CLIENTS)
def test_frameworks_see_no_parameters_of_a_client(kind: Any) -> None:
    """Frameworks that fill the parameters of a class from a request, as FastAPI does, find none to fill.

    A stranger who could set ``base_url`` would be sent the key. People and tools read the parameters of ``__init__``.
    """
    assert not inspect.signature(kind).parameters
    assert {"self", "api_key", "base_url", "allow", "observe"} <= inspect.signature(kind.__init__).parameters.keys()
    assert typing.get_type_hints(kind.__init__)["api_key"] == str | None


def test_subclass_shows_its_own_parameters() -> None:
    """Only the parameters of ``Client`` and ``AsyncClient`` themselves are hidden."""

    class Plain(omni.Client):
        """A client with one more method."""

    class Tenant(omni.Client):
        """A client with parameters of its own."""

        def __init__(self, tenant: str) -> None:
            super().__init__(api_key=tenant)

    class Sub(Tenant):
        """A client that inherits them."""

    assert [len(inspect.signature(subclass).parameters) for subclass in (Plain, Tenant, Sub)] == [0, 1, 1]
    with Sub("key") as client:
        assert client.leads is client.leads


def annotations(owner: type) -> Iterator[tuple[str, ast.expr]]:
    """Yield the annotations of the public members of a class as written, with the member's name."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    for member in typing.cast("ast.ClassDef", tree).body:
        if isinstance(member, ast.AnnAssign) and not ast.unparse(member.target).startswith("_"):
            yield ast.unparse(member.target), member.annotation
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            is_public = not member.name.startswith("_") or (member.name == "__init__" and owner in CLIENTS)
            args = member.args
            parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
            written = [member.returns, *(parameter.annotation for parameter in parameters if parameter)]
            if is_public:
                yield from ((member.name, annotation) for annotation in written if annotation)


def types_in(annotation: ast.expr) -> Iterator[str]:
    """Yield the names of the types in an annotation, dotted as written."""
    pending: list[ast.AST] = [annotation]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            pending.append(ast.parse(node.value, mode="eval").body)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield ast.unparse(node)
        elif not (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"):
            pending += ast.iter_child_nodes(node)


def has_public_name(name: str, value: Any) -> bool:
    """Whether a type can be imported by its name from ``omni``, from the raw layer or from another package."""
    last = name.rpartition(".")[2]
    module = getattr(value, "__module__", "builtins")
    is_foreign = module.split(".")[0] != "omni" and getattr(sys.modules[module], last, None) is value
    return is_foreign or getattr(omni, last, None) is value


@pytest.mark.parametrize("name", OURS)
def test_types_in_public_signatures_have_public_names(name: str) -> None:
    """A function around ours can be annotated without a private import."""
    scope = vars(sys.modules[OURS[name].__module__])
    types = [(member, written) for member, annotation in annotations(OURS[name]) for written in types_in(annotation)]

    private = [f"{name}.{member}: {written}" for member, written in types if is_private(written, scope)]
    assert private == [], "export these types from omni/__init__.py"


def is_private(written: str, scope: dict[str, Any]) -> bool:
    """Whether a type, as written in this scope, has no public name."""
    return not has_public_name(written, eval(written, scope))


def test_private_types_in_signatures_are_noticed() -> None:
    """The check above finds an alias, a class and a quoted class that cannot be imported."""
    annotation = ast.parse("tuple['Operation | None', Literal['x'], datetime, Form, To]", mode="eval").body
    scope = {"datetime": datetime, "Operation": registry.Operation, "Form": upload.UploadForm, "To": str | bytes}

    assert {written for written in types_in(annotation) if is_private(written, scope)} == {"Operation", "Form", "To"}
