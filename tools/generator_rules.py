"""What the generator silently ignores or loses, so that the spec must not say it."""

import re
from collections import Counter
from contextlib import suppress
from typing import Any

import yaml
from house_rules import Problems
from openapi_places import (
    ANNOTATIONS,
    COMBINED,
    SHAPE,
    Place,
    all_schemas,
    label,
    named_schemas,
    operations,
    parameters,
    request_body,
    responses,
    target_of,
    value_at,
)
from project import Project, RefusedError
from verdict.wire_rules import LIMITS

# Keywords of a schema that the generator carries out, or that limit a value only.
KEYWORDS = {"$ref", *SHAPE, "default", "deprecated", "readOnly", "writeOnly", *ANNOTATIONS, *LIMITS}
MEDIA_TYPES = r"application/json|application/octet-stream|.*\+json"
SENT, RECEIVED = "|multipart/form-data|application/x-www-form-urlencoded", "|text/.*"


def circular_references(spec: Any, project: Project) -> Problems:
    """Schemas that are nothing but themselves, and arrays of themselves, which the generator leaves out."""
    for place in named_schemas(spec):
        waiting: list[Any] = [value_at(spec, place)]
        seen: list[Any] = []
        while waiting:
            schema = waiting.pop()
            if not isinstance(schema, dict) or any(schema is each for each in seen):
                continue
            seen.append(schema)
            inner = [
                *(each for key in COMBINED for each in schema.get(key, ())),
                schema.get("items"),
            ]
            if "$ref" in schema:
                inner.append(value_at(spec, target_of(schema["$ref"])))
            if any(each is value_at(spec, place) for each in inner):
                what = f"{label(place)} consists of itself"
                yield place, what, "refer to it from a property of an object, where it can end"
                break
            waiting += inner


def ignored_keywords(spec: Any, project: Project) -> Problems:
    """Keywords of schemas that the generator silently ignores."""
    for place, schema in all_schemas(spec).items():
        for key in sorted(schema.keys() - KEYWORDS):
            if not key.startswith("x-"):
                what = f"{key} of {label(place)} is nothing that the generator carries out"
                repair = 'write the type as [string, "null"]' if key == "nullable" else "say it in the description"
                yield (*place, key), what, repair


def boolean_schemas(spec: Any, project: Project) -> Problems:
    """Schemas that are true or false, which the generator does not take."""
    places = [*named_schemas(spec)]
    for place, schema in all_schemas(spec).items():
        places += [(*place, "properties", name) for name in schema.get("properties", {})]
        places += [(*place, "items")] if "items" in schema else []
        for key in COMBINED:
            places += [(*place, key, index) for index, _ in enumerate(schema.get(key, []))]
    for place in places:
        if isinstance(value_at(spec, place), bool):
            yield place, f"{label(place)} is a boolean", "write {} for what can be anything"


def lost_parts(spec: Any, project: Project) -> Problems:
    """References and compositions of which the generator loses a part."""
    for place, schema in all_schemas(spec).items():
        reference = schema.get("$ref", "")
        if reference and not re.fullmatch("#/components/schemas/[^/]+", reference):
            yield (*place, "$ref"), f"{reference} is no named schema", "give it a name in components/schemas"
        if len(schema.get("allOf", "")) == 1 and {"properties", "required"} & schema.keys():
            what = f"{label(place)} has one schema in allOf, beside which the generator loses the properties"
            yield (*place, "allOf"), what, "move them into a second element of allOf"
        chosen = next((key for key in ("anyOf", "oneOf") if key in schema), "")
        if chosen and (lost := sorted(schema.keys() & SHAPE - {chosen})):
            what = f"{', '.join(lost)} of {label(place)} is lost beside {chosen}"
            yield (*place, lost[0]), what, f"take it out, or move it into {chosen}"


def ignored_places(spec: Any, project: Project) -> Problems:
    """Parts of paths and operations that the generator does not look at; before it is known to be OpenAPI."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        yield from _ignored_places(spec)


def _ignored_places(spec: Any) -> Problems:
    for path, item in (spec.get("paths") or {}).items():
        for key in sorted(item.keys() & {"$ref", "servers"}):
            yield ("paths", path, key), f"{key} of a path is ignored by the generator", "write it where it is used"
    names: dict[str, Place] = {}
    for operation in operations(spec):
        name = value_at(spec, operation).get("operationId", "")
        if name and name in names:
            yield (*operation, "operationId"), f"{name} is the name of two operations", "name one otherwise"
        names[name] = operation
        if "servers" in value_at(spec, operation):
            yield (*operation, "servers"), "servers of an operation are ignored by the generator", "take them out"
        counts = Counter(value_at(spec, place).get("name") for place in parameters(spec, operation))
        for place in parameters(spec, operation):
            if counts[value_at(spec, place).get("name")] > 1:
                what = f"{value_at(spec, place).get('name')} is the name of several parameters of {name}"
                yield place, what, "keep one: Python and the contract know a parameter by its name"


def ignored_styles(spec: Any, project: Project) -> Problems:
    """Ways to write a parameter that the generator ignores, so that something else would be sent; and callbacks."""
    for operation in operations(spec):
        if "callbacks" in value_at(spec, operation):
            yield (*operation, "callbacks"), "callbacks are not generated", "describe them under `webhooks`"
        for place in parameters(spec, operation):
            parameter = value_at(spec, place)
            name = f"{parameter['name']} of {value_at(spec, operation).get('operationId', label(operation))}"
            style = "form" if parameter["in"] in ("query", "cookie") else "simple"
            for key, kept in (("style", style), ("explode", style == "form"), ("allowReserved", False)):
                if parameter.get(key, kept) != kept:
                    what = f"{key}: {str(parameter[key]).lower()} of {name} is ignored by the generator"
                    repair = f"take it out if {str(kept).lower()} is right, or make it a string that the caller writes"
                    yield (*place, key), what, repair
            if "content" in parameter:
                yield (*place, "content"), f"content of {name} is ignored", "write `schema: {type: string}`"


def unknown_media_types(spec: Any, project: Project) -> Problems:
    """Bodies that the generator leaves out."""
    try:
        generator = yaml.safe_load((project.root / "openapi" / "generator.yaml").read_text("utf-8"))
        overrides = dict((generator or {}).get("content_type_overrides", {}))
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise RefusedError(f"openapi/generator.yaml:1:1: yaml: {' '.join(str(error).split())}; correct it") from None
    repair = "name it in `content_type_overrides` of openapi/generator.yaml, as application/octet-stream say"
    for operation in operations(spec):
        sent = [(place, MEDIA_TYPES + SENT) for place in request_body(spec, operation)]
        received = [(place, MEDIA_TYPES + RECEIVED) for place in responses(spec, operation)]
        for place, known in sent + received:
            content = value_at(spec, place).get("content", {})
            if len(content) > 1 and "responses" in place:
                yield (*place, "content"), "the generator reads one of several media types", "keep the one that is read"
            for name in content:
                if not re.fullmatch(known, overrides.get(name, name.partition(";")[0])):
                    yield (*place, "content", name), f"{name} is nothing that the generator reads", repair


def unnamed_operations(spec: Any, project: Project) -> Problems:
    """Operations without a name, and those that never succeed."""
    for place in operations(spec):
        operation = value_at(spec, place)
        if "operationId" not in operation:
            yield place, f"{label(place)} has no operationId", "name it, like getLead"
        if not any(code[0] == "2" or code == "default" for code in operation.get("responses", {})):
            yield place, f"{label(place)} has no success", "document a response with 200, 201 or 204"


def mixed_enums(spec: Any, project: Project) -> Problems:
    """Enums that are neither all text nor all integers, as where YAML reads an unquoted word as a boolean."""
    for place, schema in all_schemas(spec).items():
        named = [value for value in schema.get("enum", ()) if value is not None]
        if len({type(value) for value in named}) > 1 or not all(type(value) in (str, int) for value in named):
            yield (*place, "enum"), f"the values of {label(place)} are of several kinds", "write them all in quotes"


STAGES = (
    (boolean_schemas,),
    (
        *(circular_references, ignored_keywords, lost_parts, ignored_styles),
        *(unknown_media_types, unnamed_operations, mixed_enums),
    ),
)
