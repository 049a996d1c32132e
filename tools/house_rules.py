"""The rules of the house for the spec, as ``openapi/README.md`` has them.

Those on enums, null and ``required`` are for responses; requests may be strict. They are off where
``openapi/tools.toml`` names no rules.
"""

import re
from collections.abc import Iterator
from typing import Any

from openapi_places import (
    Place,
    all_schemas,
    dereference,
    is_property,
    label,
    named_sources,
    operations,
    parameters,
    reachable,
    received_schemas,
    responses,
    types,
    value_at,
    values,
)
from project import Project

OPEN = '`anyOf: [{$ref: …}, {type: [string, "null"]}]`'
NULLABLE = {"array": '`type: [array, "null"]`', "timestamp": '`type: [string, "null"]`', "value": '`type: […, "null"]`'}

Problems = Iterator[tuple[Place, str, str]]  # the place, what is wrong, the repair


def descriptions(spec: Any, project: Project) -> Problems:
    """Parts without a description, or with one that does not end with its source."""
    known = {*named_sources(spec)}
    for place in sorted(needing_description(spec), key=str):
        text = str(value_at(spec, place).get("description", "")).strip()
        tags = re.search(r"\[([^\[\]]+)\]$", text)
        unknown = set(tags[1].split(", ")) - known if tags else set()
        if not text:
            yield place, f"{label(place)} has no description", "say what it is, and end with its source, such as [GL]"
        elif not tags:
            yield place, f"the description of {label(place)} does not end with its source", "end it with, say, [GL]"
        elif unknown:
            named = ", ".join(sorted(unknown))
            yield place, f"{label(place)} has an unknown source, {named}", "add it to the table in info.description"


def needing_description(spec: Any) -> set[Place]:
    """Where a description has to be."""
    parts = spec.get("components", {})
    named = {
        ("components", part, name) for part in ("responses", "parameters", "schemas") for name in parts.get(part, {})
    }
    used = {part for place in operations(spec) for part in (place, *parameters(spec, place), *responses(spec, place))}
    fields = {place for place, schema in all_schemas(spec).items() if is_property(place)}
    return named | used | fields | {*operations(spec, "webhooks")}


def operation_names(spec: Any, project: Project) -> Problems:
    """Operations that are named otherwise than by a verb and a noun."""
    for place in operations(spec):
        name = value_at(spec, place)["operationId"]
        if not re.fullmatch("[a-z]+([A-Z][a-z0-9]*)+", name):
            yield (*place, "operationId"), f"operationId is {name}, not a verb and a noun", "name it like getLead"


def effects(spec: Any, project: Project) -> Problems:
    """Effects that are missing, or that do not exist."""
    key, known = project.effect_key, project.effect_levels
    if not key:
        return
    marked = [place[:-1] for place, _ in values(spec) if place[-1:] == (key,) and is_property(place[:-1])]
    for place in [*operations(spec), *marked]:
        found = value_at(spec, place).get(key)
        if not isinstance(found, str) or found not in known:
            what = f"{key} of {value_at(spec, place).get('operationId', label(place))} is {found or 'missing'}"
            yield (*place, key), what, f"write one of {', '.join(known)}"


def closed_enums(spec: Any, project: Project) -> Problems:
    """Enums that a new value would break."""
    for place, schema in reachable(spec, received_schemas(spec)).items():
        if "$ref" in schema and "enum" in dereference(spec, schema):
            branches = value_at(spec, place[:-1]) if place[-2] == "anyOf" else []
            if not any({"string", "null"} <= set(types(branch)) and "enum" not in branch for branch in branches):
                place = place[:-2] if branches else place
                yield place, f"the enum of {label(place)} is closed", f"write {OPEN}"
        elif "enum" in schema and place[:-1] != ("components", "schemas"):
            yield place, f"the enum {label(place)} is closed", f"name it in components/schemas and write {OPEN}"


def missing_nulls(spec: Any, project: Project) -> Problems:
    """Arrays and timestamps that cannot be null, and other properties that nothing says are always there."""
    for place, schema in reachable(spec, received_schemas(spec)).items():
        timestamp = schema.get("format") == "date-time"
        kind = "array" if "array" in types(schema) else "timestamp" if timestamp else "value"
        if is_property(place):
            needs_null = kind != "value" or place[-1] not in {"id", *value_at(spec, place[:-2]).get("required", [])}
        else:
            needs_null = kind != "value" and place[-1] == "items"
        if needs_null and not accepts_null(spec, schema):
            yield place, f"the {kind} {label(place)} cannot be null", f"write its type as {NULLABLE[kind]}"


def wrongly_required(spec: Any, project: Project) -> Problems:
    """Keys whose absence would lose a whole response: only ids and records may be required."""
    for place, schema in reachable(spec, received_schemas(spec)).items():
        for name in schema.get("required", []):
            record = schema.get("properties", {}).get(name, {})
            if name != "id" and not ("$ref" in record and "object" in types(dereference(spec, record))):
                yield (
                    (*place, "required"),
                    f"{label(place)} requires {name}",
                    "take it out, only ids and records may",
                )


def accepts_null(spec: Any, schema: Any) -> bool:
    """Whether null is a value of the schema."""
    schema = dereference(spec, schema)
    if branches := schema.get("anyOf", schema.get("oneOf")):
        return any(accepts_null(spec, branch) for branch in branches)
    return not types(schema) or "null" in types(schema)


RULES = (descriptions, operation_names, effects, closed_enums, missing_nulls, wrongly_required)
