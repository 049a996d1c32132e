"""Ways through an OpenAPI document: what is where, and which schemas requests and responses reach."""

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
    """Where the parameters of an operation are, its path's included."""
    owners = (operation[:-1], operation)
    return [
        home(spec, (*owner, "parameters", index))
        for owner in owners
        for index, _ in enumerate(at(spec, owner).get("parameters", []))
    ]


def responses(spec: Any, operation: Place) -> list[Place]:
    """Where the responses of an operation are."""
    return [home(spec, (*operation, "responses", code)) for code in at(spec, operation).get("responses", {})]


def named_schemas(spec: Any) -> list[Place]:
    """Where the schemas are that have a name."""
    return [("components", "schemas", name) for name in spec.get("components", {}).get("schemas", {})]


def response_schemas(spec: Any) -> list[Place]:
    """Where the schemas of all response bodies are."""
    return [body for each in operations(spec) for place in responses(spec, each) for body in bodies(spec, place)]


def request_schemas(spec: Any) -> list[Place]:
    """Where the schemas of all parameters and request bodies are."""
    found = []
    for each in operations(spec):
        found += [(*place, "schema") for place in parameters(spec, each) if "schema" in at(spec, place)]
        if "requestBody" in at(spec, each):
            found += bodies(spec, home(spec, (*each, "requestBody")))
    return found


def bodies(spec: Any, place: Place) -> list[Place]:
    """Where the schemas of a response or request body are."""
    content = at(spec, place).get("content", {})
    return [(*place, "content", name, "schema") for name, media in content.items() if "schema" in media]


def reached(spec: Any, waiting: Iterable[Place]) -> dict[Place, Any]:
    """The schemas at these places, all within them, and all that they refer to."""
    found: dict[Place, Any] = {}
    waiting = [*waiting]
    while waiting:
        place = waiting.pop()
        schema = at(spec, place)
        if place in found or not isinstance(schema, dict):
            continue
        found[place] = schema
        waiting += [(*place, "properties", name) for name in schema.get("properties", {})]
        waiting += [(*place, word) for word in ("items", "additionalProperties") if word in schema]
        for word in ("anyOf", "oneOf", "allOf"):
            waiting += [(*place, word, index) for index, _ in enumerate(schema.get(word, []))]
        if "$ref" in schema:
            waiting.append(pointed(schema["$ref"]))
    return found


def is_property(place: Place) -> bool:
    """Whether the place of a schema is that of a property."""
    return place[-2:-1] == ("properties",)


def home(spec: Any, place: Place) -> Place:
    """The place itself, or the one it refers to."""
    reference = at(spec, place).get("$ref")
    return home(spec, pointed(reference)) if reference else place


def pointed(reference: str) -> Place:
    """The place that a reference names; ValueError if that is in another file."""
    if not reference.startswith("#/"):
        raise ValueError(reference)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/"))


def at(spec: Any, place: Place) -> Any:
    """The value at a place."""
    for key in place:
        spec = spec[key]
    return spec


def label(place: Place) -> str:
    """A place in words: `LeadRecord.email`."""
    skipped = {"components", "schemas", "properties", "paths"}
    return ".".join(str(part) for part in place if part not in skipped)
