"""What changed in the API, from two versions of its description."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from diff import Change, Fact, compare, joined, retyped
from openapi_places import (
    Place,
    at,
    bodies,
    home,
    is_property,
    label,
    named_schemas,
    operations,
    parameters,
    reached,
    request_schemas,
    response_schemas,
    types,
)


@dataclass(frozen=True)
class Part(Fact):
    """An operation, a parameter, a schema, a field or a word."""

    read: bool = False
    sent: bool = False
    required: bool = False
    path: str = ""
    effect: str = ""
    description: str = ""


def api_changes(old: Any, new: Any) -> list[Change]:
    """What changed in operations, fields, words, types and in what is required."""
    return [*compare("API", dict(parts(old)), dict(parts(new)), altered, lambda part: part.sent and part.required)]


def altered(old: Part, new: Part) -> Iterator[tuple[str, str]]:
    """What happened to a part, and what that means."""
    yield from retyped(old, new, read=new.read, sent=new.sent)
    if new.required and not old.required:
        yield "is always there now" if not new.sent else "is required now", "breaking" if new.sent else "additive"
    if old.required and not new.required:
        yield "can be absent now" if new.read else "is optional now", "breaking" if new.read else "additive"
    if old.path != new.path:
        yield f"moved from {old.path} to {new.path}", "internal"
    if old.effect != new.effect:
        yield f"has the effect {new.effect}, was {old.effect}", "additive"
    if old.description != new.description:
        yield "is described anew", "internal"


def parts(spec: Any) -> Iterator[tuple[str, Part]]:
    """Everything that the API consists of, by name."""
    for place in operations(spec):
        yield from operation_parts(spec, place)
    read, sent = reached(spec, response_schemas(spec)), reached(spec, request_schemas(spec))
    for place, schema in reached(spec, [*named_schemas(spec), *read, *sent]).items():
        yield from schema_parts(spec, place, schema, read=place in read or place not in sent, sent=place in sent)


def operation_parts(spec: Any, place: Place) -> Iterator[tuple[str, Part]]:
    """An operation, its parameters and its body."""
    operation = at(spec, place)
    name = operation["operationId"]
    success = [home(spec, (*place, "responses", code)) for code in operation["responses"] if code.startswith("2")]
    kinds = frozenset[str]().union(*(body_types(spec, each) for each in success))
    path, effect = f"{place[2].upper()} {place[1]}", operation.get("x-omni-effect", "")
    yield name, Part("operation", kinds, True, path=path, effect=effect, description=described(operation))
    for each in parameters(spec, place):
        value = at(spec, each)
        kinds = schema_types(value.get("schema", {}))
        required = value.get("required", False)
        yield f"{name}.{value['name']}", Part("parameter", kinds, False, True, required, description=described(value))
    if "requestBody" in operation:
        body = home(spec, (*place, "requestBody"))
        required = at(spec, body).get("required", False)
        yield f"{name}.body", Part("body", body_types(spec, body), False, True, required)


def schema_parts(spec: Any, place: Place, schema: Any, *, read: bool, sent: bool) -> Iterator[tuple[str, Part]]:
    """A named schema or a field, and the words of its vocabulary."""
    if is_property(place):
        required = place[-1] in at(spec, place[:-2]).get("required", [])
        yield label(place), Part("field", schema_types(schema), read, sent, required, description=described(schema))
    elif place[:-1] == ("components", "schemas"):
        kind = "vocabulary" if "enum" in schema else "schema"
        yield label(place), Part(kind, schema_types(schema), read, sent, description=described(schema))
    for word in schema.get("enum", []):
        yield f"{label(place)}.{word}", Part("word")


def body_types(spec: Any, place: Place) -> frozenset[str]:
    """What a response or a request body can hold."""
    return frozenset[str]().union(*(schema_types(at(spec, each)) for each in bodies(spec, place)))


def schema_types(schema: Any) -> frozenset[str]:
    """The alternatives that a schema allows, in words."""
    if "$ref" in schema:
        return frozenset({schema["$ref"].rpartition("/")[2]})
    if branches := schema.get("anyOf", schema.get("oneOf")):
        return frozenset[str]().union(*map(schema_types, branches))
    return frozenset(named_type(schema, name) for name in types(schema)) or frozenset({"anything"})


def named_type(schema: Any, name: str) -> str:
    """One JSON type, with its format or with what is in it."""
    if name == "array":
        return f"array of {joined(schema_types(schema.get('items', {})))}"
    return f"{name} ({schema['format']})" if name == "string" and "format" in schema else name


def described(value: Any) -> str:
    """Summary and description, however they are wrapped."""
    return " ".join(f"{value.get('summary', '')} {value.get('description', '')}".split())
