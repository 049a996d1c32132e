"""Find the way around an OpenAPI document: what is where, and which schemas requests and responses reach."""

from collections.abc import Iterable, Iterator
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")

Place = tuple[Any, ...]  # the keys and indices that lead to a value


def values(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value of the document with its place."""
    yield place, value
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from values(inner, (*place, key))


def types(schema: Any) -> list[str]:
    """The JSON types that a schema names."""
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else named


def operations(spec: Any) -> list[Place]:
    """Where the operations are."""
    return [
        ("paths", path, method) for path, item in spec.get("paths", {}).items() for method in METHODS if method in item
    ]


def parameters(spec: Any, operation: Place) -> list[Place]:
    """Where the parameters of an operation are, including those of its path."""
    return [
        resolve(spec, (*owner, "parameters", index))
        for owner in (operation[:-1], operation)
        for index, _ in enumerate(value_at(spec, owner).get("parameters", []))
    ]


def responses(spec: Any, operation: Place) -> list[Place]:
    """Where the responses of an operation are."""
    return [resolve(spec, (*operation, "responses", code)) for code in value_at(spec, operation).get("responses", {})]


def named_schemas(spec: Any) -> list[Place]:
    """Where the schemas are that have a name."""
    return [("components", "schemas", name) for name in spec.get("components", {}).get("schemas", {})]


def response_schemas(spec: Any) -> list[Place]:
    """Where the schemas of all response bodies are."""
    return [
        body for operation in operations(spec) for place in responses(spec, operation) for body in bodies(spec, place)
    ]


def request_schemas(spec: Any) -> list[Place]:
    """Where the schemas of all parameters and request bodies are."""
    places = []
    for operation in operations(spec):
        places += [(*place, "schema") for place in parameters(spec, operation) if "schema" in value_at(spec, place)]
        if "requestBody" in value_at(spec, operation):
            places += bodies(spec, resolve(spec, (*operation, "requestBody")))
    return places


def bodies(spec: Any, place: Place) -> list[Place]:
    """Where the schemas of a response or request body are."""
    content = value_at(spec, place).get("content", {})
    return [(*place, "content", name, "schema") for name, media in content.items() if "schema" in media]


def reachable(spec: Any, places: Iterable[Place]) -> dict[Place, Any]:
    """The schemas at these places, all within them, and all that they refer to."""
    schemas: dict[Place, Any] = {}
    waiting = [*places]
    while waiting:
        place = waiting.pop()
        schema = value_at(spec, place)
        if place in schemas or not isinstance(schema, dict):
            continue
        schemas[place] = schema
        waiting += [(*place, "properties", name) for name in schema.get("properties", {})]
        waiting += [(*place, key) for key in ("items", "additionalProperties") if key in schema]
        for key in ("anyOf", "oneOf", "allOf"):
            waiting += [(*place, key, index) for index, _ in enumerate(schema.get(key, []))]
        if "$ref" in schema:
            waiting.append(target_of(schema["$ref"]))
    return schemas


def is_property(place: Place) -> bool:
    """Whether the place of a schema is that of a property."""
    return place[-2:-1] == ("properties",)


def resolve(spec: Any, place: Place) -> Place:
    """The place itself, or the one it refers to."""
    reference = value_at(spec, place).get("$ref")
    return resolve(spec, target_of(reference)) if reference else place


def target_of(reference: str) -> Place:
    """The place that a reference names; ValueError if that is in another file."""
    if not reference.startswith("#/"):
        raise ValueError(reference)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/"))


def value_at(spec: Any, place: Place) -> Any:
    """The value at a place."""
    for key in place:
        spec = spec[key]
    return spec


def label(place: Place) -> str:
    """A place in words: `LeadRecord.email`."""
    skipped = {"components", "schemas", "properties", "paths"}
    return ".".join(str(part) for part in place if part not in skipped)
