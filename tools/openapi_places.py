"""Find the way around an OpenAPI document: what is where, and which schemas requests and responses reach."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
ANNOTATIONS = {"description", "title", "summary", "example", "examples", "externalDocs", "$comment", "discriminator"}

COMBINED = ("anyOf", "oneOf", "allOf")
SHAPE = {  # of a schema, that says what it allows
    *("type", "format", "enum", "const", "properties", "required", "items", "additionalProperties", *COMBINED),
}

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


def operations(spec: Any, section: str = "paths") -> list[Place]:
    """Where the operations are; those of ``webhooks`` are requests that the API sends."""
    return [
        (section, path, method)
        for path, item in (spec.get(section) or {}).items()
        for method in METHODS
        if method in item
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


def received_schemas(spec: Any) -> list[Place]:
    """Where the schemas are of all bodies that the API sends: responses and webhooks."""
    sent = [place for operation in operations(spec) for place in responses(spec, operation)]
    sent += [place for event in operations(spec, "webhooks") for place in request_body(spec, event)]
    return [body for place in sent for body in bodies(spec, place)]


def request_schemas(spec: Any) -> list[Place]:
    """Where the schemas of all parameters and request bodies are."""
    places = []
    for operation in operations(spec):
        places += [(*place, "schema") for place in parameters(spec, operation) if "schema" in value_at(spec, place)]
        places += [body for place in request_body(spec, operation) for body in bodies(spec, place)]
    return places


def request_body(spec: Any, operation: Place) -> list[Place]:
    """Where the request body of an operation is, if it has one."""
    return [resolve(spec, (*operation, "requestBody"))] if "requestBody" in value_at(spec, operation) else []


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
        for key in COMBINED:
            waiting += [(*place, key, index) for index, _ in enumerate(schema.get(key, []))]
        if "$ref" in schema:
            waiting.append(target_of(schema["$ref"]))
    return schemas


def all_schemas(spec: Any) -> dict[Place, Any]:
    """Every schema of the document that has a name, or that a request or a response reaches."""
    return reachable(spec, [*named_schemas(spec), *received_schemas(spec), *request_schemas(spec)])


def merge_all_of(spec: Any, schema: Any) -> dict[str, Any]:
    """A schema with what its ``allOf`` adds, and ``const`` as an enum of one value; other references are left."""
    if not isinstance(schema, dict):
        return {} if schema else {"enum": []}
    result = {key: value for key, value in schema.items() if key not in ("allOf", "const")}
    if "const" in schema:
        result["enum"] = [schema["const"]]
    branches = schema.get("allOf", [])
    if len(branches) == 1 and not result.keys() - ANNOTATIONS:
        return {**result, **branches[0]}  # a reference with words of its own
    for branch in branches:
        for key, value in merge_all_of(spec, dereference(spec, branch)).items():
            if key == "properties":
                result[key] = {**value, **result.get(key, {})}
            elif key == "required":
                result[key] = [*dict.fromkeys([*result.get(key, []), *value])]
            elif key not in ANNOTATIONS:
                result.setdefault(key, value)
    return result


def dereference(spec: Any, value: Any) -> Any:
    """The value itself, or the one that it refers to."""
    while isinstance(value, dict) and "$ref" in value:
        value = value_at(spec, target_of(value["$ref"]))
    return value


def strip_sources(text: str) -> str:
    """A description without the tags of its sources at the end."""
    return re.sub(r" \[[^\]]*\]$", "", text)


def named_sources(spec: Any) -> dict[str, str]:
    """What each tag of a source stands for, by the table in the description of the document."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", str(spec["info"].get("description", "")), re.MULTILINE)
    return {tag: page for tags, page in rows[1:] for tag in tags.split(", ")}


def operation_named(spec: Any, name: str) -> Place:
    """Where the operation of a name is."""
    return next(place for place in operations(spec) if value_at(spec, place).get("operationId") == name)


def branches(schema: Any) -> list[Any]:
    """The alternatives of a schema, or the schema itself."""
    return list(schema.get("anyOf", schema.get("oneOf", [schema])))


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
