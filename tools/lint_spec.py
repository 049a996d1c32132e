"""Check ``openapi/omni.yaml`` against OpenAPI 3.1 and the rules of ``openapi/README.md``.

    python tools/lint_spec.py

Each problem is one line: file, line, what is wrong, how to repair it. What requests send may be strict; the rules on
vocabularies, null and ``required`` are for what responses hold.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from openapi_places import (
    Place,
    at,
    is_property,
    label,
    named_schemas,
    operations,
    parameters,
    pointed,
    reached,
    request_schemas,
    response_schemas,
    responses,
    types,
    values,
)
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).resolve().parent.parent
SPEC, RULES = HERE / "openapi" / "omni.yaml", HERE / "openapi" / "README.md"

EFFECTS = ("read", "write", "contacts-person", "consent")
OPEN = '`anyOf: [{$ref: …}, {type: [string, "null"]}]`'
NULLABLE = {"array": '`type: [array, "null"]`', "timestamp": '`type: [string, "null"]`', "value": '`type: […, "null"]`'}

Problems = Iterator[tuple[Place, str, str]]  # where, what is wrong, the repair


def main() -> int:
    """Print the problems; the exit status."""
    found = problems(SPEC.read_text())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def problems(text: str) -> list[str]:
    """One line per problem, in the order of the spec; house rules are looked at when the rest is right."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        spec = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or error
        return [f"openapi/omni.yaml:{mark.line + 1 if mark else 1}: not YAML, {what}; mend the YAML"]
    places = list(lines(node))
    found = list(twice(places))
    for stage in (not_text, dangling, invalid, house_rules):
        found = found or list(stage(spec))
    at_line = sorted((line(dict(places), place), what, repair) for place, what, repair in found)
    return [f"openapi/omni.yaml:{number}: {what}; {repair}" for number, what, repair in at_line]


def lines(node: yaml.Node | None, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """The line of each key and of each element of a list."""
    if isinstance(node, yaml.MappingNode):
        inside = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inside = [(index, value, value) for index, value in enumerate(node.value)]
    else:
        return
    for key, start, value in inside:
        yield (*place, key), start.start_mark.line + 1
        yield from lines(value, (*place, key))


def line(places: dict[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest thing around it that has one."""
    while place and place not in places:
        place = place[:-1]
    return places.get(place, 1)


def twice(places: list[tuple[Place, int]]) -> Problems:
    """Keys that are given twice: the second would silently win."""
    counts = Counter(place for place, _ in places)
    for place, count in counts.items():
        if count > 1 and counts[place[:-1]] < 2:
            yield place, f"{label(place)} is given {count} times", "keep one"


def not_text(spec: Any) -> Problems:
    """Keys that YAML reads as a number, a boolean or a date."""
    for place, value in values(spec):
        for key in value if isinstance(value, dict) else ():
            if not isinstance(key, str):
                yield (*place, str(key)), f"the key {key} is not text", f'write "{key}", in quotes'


def dangling(spec: Any) -> Problems:
    """References to what is not there."""
    for place, reference in values(spec):
        if place[-1:] == ("$ref",) and isinstance(reference, str):
            try:
                at(spec, pointed(reference))
            except (KeyError, IndexError, TypeError, ValueError):
                yield place, f"{reference} does not exist", "define it there, or refer to what exists"


def invalid(spec: Any) -> Problems:
    """What OpenAPI 3.1 does not allow."""
    if not isinstance(spec, dict) or not str(spec.get("openapi")).startswith("3.1."):
        yield ("openapi",), "this is not OpenAPI 3.1", "begin with `openapi: 3.1.0`"
        return
    for error in OpenAPIV31SpecValidator(spec).iter_errors():
        # Errors in a schema have a path that begins at that schema, so the place is looked for by its end and value.
        end = tuple(error.absolute_path)
        ends = [place for place, value in values(spec) if place[-len(end) :] == end and value == error.instance]
        place = ends[0] if end and ends else end
        what = f"{label(place) or 'the document'} is not OpenAPI 3.1: {error.message[:200]}"
        yield place, what, "correct it, see spec.openapis.org/oas/v3.1.0"


def house_rules(spec: Any) -> Problems:
    """What the rules of openapi/README.md do not allow."""
    yield from undescribed(spec, tags(RULES.read_text()))
    yield from unlabelled(spec)
    read = reached(spec, response_schemas(spec))
    for rule in (closed, not_nullable, wrongly_required):
        yield from rule(spec, read)


def tags(rules: str) -> set[str]:
    """The source tags of the table in openapi/README.md."""
    rows = re.findall(r"^\| ([^|]+) \|", rules.partition("## Sources")[2], re.MULTILINE)
    return {tag for row in rows[1:] for tag in row.split(", ")}


def undescribed(spec: Any, known: set[str]) -> Problems:
    """Whatever has no description, or one that does not end with its source."""
    for place in sorted(described(spec), key=str):
        text = str(at(spec, place).get("description", "")).strip()
        source = re.search(r"\[([^\[\]]+)\]$", text)
        unknown = set(source[1].split(", ")) - known if source else set()
        if not text:
            yield place, f"{label(place)} has no description", "say what it is, and end with its source, such as [GL]"
        elif not source:
            yield place, f"the description of {label(place)} does not end with its source", "end it with, say, [GL]"
        elif unknown:
            named = ", ".join(sorted(unknown))
            yield place, f"{label(place)} has an unknown source, {named}", "add it to the table of openapi/README.md"


def described(spec: Any) -> set[Place]:
    """Where a description has to be."""
    parts = spec.get("components", {})
    named = {
        ("components", part, name) for part in ("responses", "parameters", "schemas") for name in parts.get(part, {})
    }
    schemas = reached(spec, [*named_schemas(spec), *response_schemas(spec), *request_schemas(spec)])
    used = {place for each in operations(spec) for place in (each, *parameters(spec, each), *responses(spec, each))}
    return named | used | {place for place in schemas if is_property(place)}


def unlabelled(spec: Any) -> Problems:
    """Operations without a proper name or without their effect."""
    for place in operations(spec):
        name, effect = at(spec, place).get("operationId"), at(spec, place).get("x-omni-effect")
        if not re.fullmatch("[a-z]+([A-Z][a-z0-9]*)+", str(name)):
            what = f"operationId is {name or 'missing'}, not a verb and a noun"
            yield (*place, "operationId"), what, "name it like getLead"
        if effect not in EFFECTS:
            yield (
                (*place, "x-omni-effect"),
                f"x-omni-effect of {name} is {effect or 'missing'}",
                f"write one of {', '.join(EFFECTS)}",
            )
    for place, value in values(spec):
        if place[-1:] == ("x-omni-effect",) and is_property(place[:-1]) and value not in EFFECTS:
            yield place, f"x-omni-effect of {label(place[:-1])} is {value}", f"write one of {', '.join(EFFECTS)}"


def closed(spec: Any, read: dict[Place, Any]) -> Problems:
    """Vocabularies that a new word would break."""
    for place, schema in read.items():
        if "$ref" in schema and "enum" in at(spec, pointed(schema["$ref"])):
            beside = at(spec, place[:-1]) if place[-2] == "anyOf" else []
            if not any({"string", "null"} <= set(types(each)) and "enum" not in each for each in beside):
                place = place[:-2] if beside else place
                yield place, f"the vocabulary of {label(place)} is closed", f"write {OPEN}"
        elif "enum" in schema and place[:-1] != ("components", "schemas"):
            yield place, f"the vocabulary {label(place)} is closed", f"name it in components/schemas and write {OPEN}"


def not_nullable(spec: Any, read: dict[Place, Any]) -> Problems:
    """Arrays and timestamps that cannot be null, and other properties that nothing says are always there."""
    for place, schema in read.items():
        timestamp = schema.get("format") == "date-time"
        kind = "array" if "array" in types(schema) else "timestamp" if timestamp else "value"
        if is_property(place):
            wanted = kind != "value" or place[-1] not in {"id", *at(spec, place[:-2]).get("required", [])}
        else:
            wanted = kind != "value" and place[-1] == "items"
        if wanted and not accepts_null(spec, schema):
            yield place, f"the {kind} {label(place)} cannot be null", f"write its type as {NULLABLE[kind]}"


def wrongly_required(spec: Any, read: dict[Place, Any]) -> Problems:
    """Keys whose absence would lose a whole response."""
    for place, schema in read.items():
        for name in schema.get("required", []):
            target = schema.get("properties", {}).get(name, {}).get("$ref")
            if name != "id" and not (target and "object" in types(at(spec, pointed(target)))):
                yield (
                    (*place, "required"),
                    f"{label(place)} requires {name}",
                    "take it out, only ids and records may",
                )


def accepts_null(spec: Any, schema: Any) -> bool:
    """Whether null is a value of the schema."""
    if "$ref" in schema:
        return accepts_null(spec, at(spec, pointed(schema["$ref"])))
    if branches := schema.get("anyOf", schema.get("oneOf")):
        return any(accepts_null(spec, branch) for branch in branches)
    return not types(schema) or "null" in types(schema)


if __name__ == "__main__":
    sys.exit(main())
