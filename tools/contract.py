"""Make ``omni/_operations/contract.json`` from ``openapi/omni.yaml``: what ``omni`` knows of the API at run time.

    python tools/contract.py            write it
    python tools/contract.py --check    fail if it differs from what would be written

Of each operation: path, method, effects, parameters, body and success. Of the schemas: those that a body or a success
is made of. Responses keep what drift compares, without descriptions; requests keep their descriptions, as help.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent.parent
SPEC, TARGET = HERE / "openapi" / "omni.yaml", HERE / "omni" / "_operations" / "contract.json"
REPAIR = "run `nox -s generate` and commit the result"

ANNOTATIONS = {"description", "title", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"}
READ = {"$ref", "anyOf", "type", "properties", "required", "items", "additionalProperties", "enum", "format"}
METHODS = {"get", "put", "post", "delete", "patch"}


class Unread(Exception):
    """A schema says something that the comparison would not look at."""


def main() -> int:
    """Write or check the contract; the exit status."""
    try:
        wanted = json.dumps(contract(yaml.safe_load(SPEC.read_text("utf-8"))), indent=1, sort_keys=True) + "\n"
    except Unread as problem:
        print(problem)
        return 1
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(wanted, "utf-8")
    elif not TARGET.exists() or TARGET.read_text("utf-8") != wanted:
        print(f"omni/_operations/contract.json is not what openapi/omni.yaml gives: {REPAIR}")
        return 1
    return 0


def contract(spec: dict[str, Any]) -> dict[str, Any]:
    """Each operation by its ``operationId``, and every schema that an operation refers to."""
    operations = {
        operation["operationId"]: {"method": method, "path": path, **described(spec, operation)}
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }
    sent = set(reachable(spec, [[operation["parameters"], operation["body"]] for operation in operations.values()]))
    received = set(reachable(spec, [operation["success"] for operation in operations.values()]))
    schemas = {name: for_requests(spec["components"]["schemas"][name]) for name in sorted(sent)}
    schemas |= {name: for_responses(spec["components"]["schemas"][name], name) for name in sorted(received)}
    return {"operations": operations, "schemas": schemas}


def described(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """What an operation is sent with, what it does, and what its success is."""
    parameters = [resolved(spec, parameter) for parameter in operation.get("parameters", [])]
    return {
        "effects": effects(spec, operation),
        "parameters": {
            parameter["name"]: {
                "in": parameter["in"],
                "required": parameter.get("required", False),
                "schema": for_requests(parameter["schema"]),
            }
            for parameter in parameters
        },
        "body": body(operation),
        "success": success(operation),
    }


def resolved(spec: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """What a reference to a component leads to."""
    while "$ref" in value:
        _, _, kind, name = value["$ref"].split("/")
        value = spec["components"][kind][name]
    return value


def effects(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, str]:
    """The effect of an operation, under an empty name, and those that single fields of its body add."""
    found = {"": operation.get("x-omni-effect", "none")}
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for name in references(schema):
        properties = spec["components"]["schemas"][name].get("properties", {})
        found |= {key: field["x-omni-effect"] for key, field in properties.items() if "x-omni-effect" in field}
    return found


def body(operation: dict[str, Any]) -> dict[str, Any] | None:
    """Media type and schema of what an operation is sent; None if it is sent nothing."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        return {"media_type": media_type, "schema": for_requests(content.get("schema", {}))}
    return None


def success(operation: dict[str, Any]) -> dict[str, Any]:
    """Status and schema of the first success; the schema is None if it has no body."""
    status, response = min((status, each) for status, each in operation["responses"].items() if status[0] == "2")
    content = response.get("content")
    if not content:
        return {"status": int(status), "schema": None}
    schema = content.get("application/json", {}).get("schema", {})
    return {"status": int(status), "schema": for_responses(schema, operation["operationId"])}


def for_requests(schema: Any) -> Any:
    """A schema with its first sentence alone of what is said in words: command lines show it."""
    if isinstance(schema, list):
        return [for_requests(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: for_requests(value) for key, value in schema.items() if not key.startswith("x-")}
    if isinstance(kept.get("description"), str):
        kept["description"] = re.sub(r" \[[^\]]*\]$", "", kept["description"])
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"]]
    return kept


def for_responses(schema: dict[str, Any], where: str) -> dict[str, Any]:
    """The schema without its words, every type a list; Unread if more than the comparison reads is left."""
    kept = {key: value for key, value in schema.items() if key not in ANNOTATIONS and not key.startswith("x-")}
    if unread := kept.keys() - READ:
        raise Unread(
            f"openapi/omni.yaml, {where}: omni/_operations/drift.py does not read {', '.join(sorted(unread))}:"
            " say it in the description, or teach it there and in tools/contract.py"
        )
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"]]
    if "properties" in kept:
        kept["properties"] = {
            name: for_responses(field, f"{where}.{name}") for name, field in kept["properties"].items()
        }
    if "anyOf" in kept:
        kept["anyOf"] = [for_responses(form, where) for form in kept["anyOf"]]
    for inner in ("items", "additionalProperties"):
        if isinstance(kept.get(inner), dict):
            kept[inner] = for_responses(kept[inner], f"{where}[]")
    return kept


def reachable(spec: dict[str, Any], value: Any) -> Iterator[str]:
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


if __name__ == "__main__":
    sys.exit(main())
