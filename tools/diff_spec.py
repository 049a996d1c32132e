"""What changed in the API, from two versions of its description."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from diff import Change, Symbol, changes, join, type_changes
from openapi_places import (
    Place,
    bodies,
    is_property,
    label,
    named_schemas,
    operations,
    parameters,
    reachable,
    request_schemas,
    resolve,
    response_schemas,
    types,
    value_at,
)


@dataclass(frozen=True)
class Part(Symbol):
    """An operation, a parameter, a schema, a field or an enum value."""

    read: bool = False
    sent: bool = False
    required: bool = False
    path: str = ""
    effect: str = ""
    description: str = ""


def api_changes(old: Any, new: Any) -> list[Change]:
    """What changed in operations, fields, enums, types and in what is required."""
    return [*changes("API", dict(parts(old)), dict(parts(new)), compare, lambda part: part.sent and part.required)]


def compare(old: Part, new: Part) -> Iterator[tuple[str, str]]:
    """What happened to a part, and what that means."""
    yield from type_changes(old, new, read=new.read, sent=new.sent)
    if new.required and not old.required:
        yield ("is required now", "breaking") if new.sent else ("is always there now", "additive")
    if old.required and not new.required:
        yield ("can be absent now", "breaking") if new.read else ("is optional now", "additive")
    if old.path != new.path:
        yield f"moved from {old.path} to {new.path}", "internal"
    if old.effect != new.effect:
        yield f"has the effect {new.effect}, was {old.effect}", "additive"
    if old.description != new.description:
        yield "has another description", "internal"


def parts(spec: Any) -> Iterator[tuple[str, Part]]:
    """Everything that the API consists of, by name."""
    for place in operations(spec):
        yield from operation_parts(spec, place)
    read, sent = reachable(spec, response_schemas(spec)), reachable(spec, request_schemas(spec))
    for place, schema in reachable(spec, [*named_schemas(spec), *read, *sent]).items():
        yield from schema_parts(spec, place, schema, read=place in read or place not in sent, sent=place in sent)


def operation_parts(spec: Any, place: Place) -> Iterator[tuple[str, Part]]:
    """An operation, its parameters and its body."""
    operation = value_at(spec, place)
    name = operation["operationId"]
    success = [resolve(spec, (*place, "responses", code)) for code in operation["responses"] if code.startswith("2")]
    returned = frozenset[str]().union(*(body_types(spec, response) for response in success))
    path, effect = f"{place[2].upper()} {place[1]}", operation.get("x-omni-effect", "")
    yield name, Part("operation", returned, True, path=path, effect=effect, description=description(operation))
    for parameter in (value_at(spec, where) for where in parameters(spec, place)):
        accepted, required = schema_types(parameter.get("schema", {})), parameter.get("required", False)
        part = Part("parameter", accepted, False, True, required, description=description(parameter))
        yield f"{name}.{parameter['name']}", part
    if "requestBody" in operation:
        body = resolve(spec, (*place, "requestBody"))
        required = value_at(spec, body).get("required", False)
        yield f"{name}.body", Part("body", body_types(spec, body), False, True, required)


def schema_parts(spec: Any, place: Place, schema: Any, *, read: bool, sent: bool) -> Iterator[tuple[str, Part]]:
    """A named schema or a field, and the values of its enum."""
    if is_property(place):
        required = place[-1] in value_at(spec, place[:-2]).get("required", [])
        part = Part("field", schema_types(schema), read, sent, required, description=description(schema))
        yield label(place), part
    elif place[:-1] == ("components", "schemas"):
        kind = "enum" if "enum" in schema else "schema"
        yield label(place), Part(kind, schema_types(schema), read, sent, description=description(schema))
    for value in schema.get("enum", []):
        yield f"{label(place)}.{value}", Part("enum value")


def body_types(spec: Any, place: Place) -> frozenset[str]:
    """What a response or a request body can hold."""
    return frozenset[str]().union(*(schema_types(value_at(spec, body)) for body in bodies(spec, place)))


def schema_types(schema: Any) -> frozenset[str]:
    """The alternatives that a schema allows, in words."""
    if "$ref" in schema:
        return frozenset({schema["$ref"].rpartition("/")[2]})
    if branches := schema.get("anyOf", schema.get("oneOf")):
        return frozenset[str]().union(*map(schema_types, branches))
    return frozenset(type_name(schema, name) for name in types(schema)) or frozenset({"anything"})


def type_name(schema: Any, name: str) -> str:
    """One JSON type, with its format or with what is in it."""
    if name == "array":
        return f"array of {join(schema_types(schema.get('items', {})))}"
    return f"{name} ({schema['format']})" if name == "string" and "format" in schema else name


def description(value: Any) -> str:
    """Summary and description, however they are wrapped."""
    return " ".join(f"{value.get('summary', '')} {value.get('description', '')}".split())
