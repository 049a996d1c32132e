"""Make ``omni/_operations/contract.json`` from ``openapi/omni.yaml``: what ``omni/drift.py`` compares responses with.

    python tools/contract.py            write it
    python tools/contract.py --check    fail if it differs from what would be written

Of each operation, the schema of its success, and its effects; of the schemas, those that such a success is made of,
without words.
"""

import json
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
    """The success of each operation, and every schema that it refers to."""
    operations = {
        path: {method: bare(success(operation), path) for method, operation in item.items() if method in METHODS}
        for path, item in spec["paths"].items()
    }
    effects = {
        path: {method: effect(spec, operation) for method, operation in item.items() if method in METHODS}
        for path, item in spec["paths"].items()
    }
    schemas: dict[str, Any] = {}
    waiting = list(references(operations))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = bare(spec["components"]["schemas"][name], name)
            waiting += references(schemas[name])
    return {"effects": effects, "operations": operations, "schemas": schemas}


def effect(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, str]:
    """The effect of an operation, under an empty name, and those that single fields of its body add."""
    found = {"": operation.get("x-omni-effect", "none")}
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for name in references(schema):
        properties = spec["components"]["schemas"][name].get("properties", {})
        found |= {key: each["x-omni-effect"] for key, each in properties.items() if "x-omni-effect" in each}
    return found


def success(operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of the first success that has one; an open one if none has."""
    for status, response in sorted(operation["responses"].items()):
        if status.startswith("2") and "application/json" in response.get("content", {}):
            return dict(response["content"]["application/json"].get("schema", {}))
    return {}


def bare(schema: dict[str, Any], where: str) -> dict[str, Any]:
    """The schema without its words, every type a list; Unread if more than the comparison reads is left."""
    kept = {key: value for key, value in schema.items() if key not in ANNOTATIONS and not key.startswith("x-")}
    if unread := kept.keys() - READ:
        raise Unread(
            f"openapi/omni.yaml, {where}: omni/drift.py does not read {', '.join(sorted(unread))}:"
            " say it in the description, or teach it there and in tools/contract.py"
        )
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"]]
    if "properties" in kept:
        kept["properties"] = {key: bare(each, f"{where}.{key}") for key, each in kept["properties"].items()}
    if "anyOf" in kept:
        kept["anyOf"] = [bare(each, where) for each in kept["anyOf"]]
    for word in ("items", "additionalProperties"):
        if isinstance(kept.get(word), dict):
            kept[word] = bare(kept[word], f"{where}[]")
    return kept


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
