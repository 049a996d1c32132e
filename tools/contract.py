"""Make what the curated layer knows of the API at run time from the spec: ``contract.json``.

Of each operation: path, method, effects, parameters, body and success. Of the schemas: those that a body, a success or
a webhook is made of. Requests keep their descriptions, as help, and their limits. Responses keep what drift compares:
they have no ``allOf``, ``oneOf`` or ``const`` any more, and no limits, since a reader needs none.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from openapi_places import (
    ANNOTATIONS,
    bodies,
    dereference,
    merge_all_of,
    operations,
    parameters,
    request_body,
    strip_sources,
    value_at,
)
from project import Project
from verdict.wire_rules import LIMITS

NOT_READ = {*ANNOTATIONS, *LIMITS, "default", "deprecated", "readOnly", "writeOnly"}  # of responses


def contract_text(spec: Any, project: Project) -> str:
    """The contract as it stands in its file."""
    found: dict[str, Any] = {"operations": {}, "schemas": {}}
    for place in operations(spec):
        found["operations"][value_at(spec, place)["operationId"]] = described(spec, place, project.effect_key)
    if events := operations(spec, "webhooks"):
        found["webhooks"] = {place[1]: body_schema(spec, place, for_responses) for place in events}
    facts = found["operations"].values()
    sent = [*reachable_names(spec, [[each["parameters"], each["body"]] for each in facts])]
    received = [*reachable_names(spec, [[each["success"] for each in facts], found.get("webhooks")])]
    for names, converted in ((sent, for_requests), (received, for_responses)):
        found["schemas"] |= {name: converted(spec, spec["components"]["schemas"][name]) for name in names}
    return json.dumps(found, indent=1, sort_keys=True, default=str) + "\n"


def described(spec: Any, place: Any, effect_key: str) -> dict[str, Any]:
    """What an operation is sent with, what it does, and what its success is."""
    taken = [value_at(spec, where) for where in parameters(spec, place)]
    return {
        "method": place[2],
        "path": place[1],
        "effects": effects(spec, place, effect_key),
        "parameters": {
            parameter["name"]: {
                "in": parameter["in"],
                "required": parameter.get("required", False),
                "schema": for_requests(spec, parameter.get("schema", {})),
            }
            for parameter in taken
        },
        "body": body(spec, place),
        "success": success(spec, value_at(spec, place)),
    }


def effects(spec: Any, place: Any, key: str) -> dict[str, str]:
    """The effect of an operation, under an empty name, and those that single fields of its body add."""
    found = {"": value_at(spec, place).get(key, "none")}
    schema = body_schema(spec, place, lambda spec, schema: schema)
    for name in references(schema or {}):
        fields = merge_all_of(spec, spec["components"]["schemas"][name]).get("properties", {})
        found |= {name: field[key] for name, field in fields.items() if key in field}
    return found


def body(spec: Any, place: Any) -> dict[str, Any] | None:
    """Media type and schema of what an operation is sent; None if it is sent nothing."""
    for where in request_body(spec, place):
        for media_type, content in value_at(spec, where).get("content", {}).items():
            return {"media_type": media_type, "schema": for_requests(spec, content.get("schema", {}))}
    return None


def body_schema(spec: Any, place: Any, converted: Any) -> Any:
    """The schema of a JSON request; None if there is none."""
    found = [body for where in request_body(spec, place) for body in bodies(spec, where) if is_json(body[-2])]
    return converted(spec, value_at(spec, found[0])) if found else None


def is_json(media_type: str) -> bool:
    """Whether a media type is one of JSON."""
    return bool(re.match(r"application/(.*\+)?json", media_type))


def success(spec: Any, operation: Any) -> dict[str, Any]:
    """Status and schema of the success: of several, the lowest status, and any of the schemas.

    The schema is None where no success has a body, and open where one is no JSON.
    """
    documented = {code: dereference(spec, each) for code, each in operation["responses"].items()}
    successes = {code: each for code, each in documented.items() if code[0] == "2"} or {"200": documented["default"]}
    schemas = [
        for_responses(spec, content.get("schema", {})) if is_json(media_type) else {}
        for _, response in sorted(successes.items())
        for media_type, content in response.get("content", {}).items()
    ]
    distinct = [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
    status = int(min(successes).replace("X", "0"))
    return {"status": status, "schema": {"anyOf": distinct} if len(distinct) > 1 else next(iter(distinct), None)}


def for_requests(spec: Any, schema: Any) -> Any:
    """A schema without ``allOf``, its descriptions without their sources: command lines show them."""
    if isinstance(schema, list):
        return [for_requests(spec, each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "allOf" in schema:
        schema = merge_all_of(spec, schema)
    kept = {key: for_requests(spec, value) for key, value in schema.items() if not key.startswith("x-")}
    if isinstance(kept.get("description"), str):
        kept["description"] = strip_sources(kept["description"])
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"]]
    return kept


def for_responses(spec: Any, schema: Any) -> dict[str, Any]:
    """A schema as drift reads it, every type a list."""
    schema = merge_all_of(spec, schema)
    kept = {key: value for key, value in schema.items() if key not in NOT_READ and not key.startswith("x-")}
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"]]
    if "properties" in kept:
        kept["properties"] = {name: for_responses(spec, field) for name, field in kept["properties"].items()}
    if forms := kept.get("anyOf", kept.pop("oneOf", None)):
        kept["anyOf"] = [for_responses(spec, form) for form in forms]
    for inner in ("items", "additionalProperties"):
        if isinstance(kept.get(inner), dict):
            kept[inner] = for_responses(spec, kept[inner])
    return kept


def reachable_names(spec: Any, value: Any) -> Iterator[str]:
    """The names of the schemas that something refers to, directly or through others."""
    seen: set[str] = set()
    waiting = list(references(value))
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            yield name
            waiting += references(spec["components"]["schemas"][name])


def references(value: Any) -> Iterator[str]:
    """The names of the schemas that are referred to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)
