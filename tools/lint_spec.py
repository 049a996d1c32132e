"""Check ``openapi/omni.yaml`` against OpenAPI 3.1 and the rules of ``openapi/README.md``.

    python tools/lint_spec.py

Each problem is one line: file, line, what is wrong, how to repair it. The rules on enums, null and ``required`` are for
responses; requests may be strict.
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
    is_property,
    label,
    named_schemas,
    operations,
    parameters,
    reachable,
    request_schemas,
    response_schemas,
    responses,
    target_of,
    types,
    value_at,
    values,
)
from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = Path(__file__).resolve().parent.parent
SPEC, RULES = ROOT / "openapi" / "omni.yaml", ROOT / "openapi" / "README.md"

EFFECTS = ("read", "write", "contacts-person", "consent")
OPEN = '`anyOf: [{$ref: …}, {type: [string, "null"]}]`'
NULLABLE = {"array": '`type: [array, "null"]`', "timestamp": '`type: [string, "null"]`', "value": '`type: […, "null"]`'}

Problems = Iterator[tuple[Place, str, str]]  # the place, what is wrong, the repair


def main() -> int:
    """Print the problems; the exit status."""
    lines = problems(SPEC.read_text())
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


def problems(text: str) -> list[str]:
    """One line per problem, in the order of the spec; house rules are checked when the rest is right."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        spec = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or error
        return [f"openapi/omni.yaml:{mark.line + 1 if mark else 1}: not YAML, {what}; correct the YAML"]
    lines = list(line_numbers(node))
    wrong = list(repeated_keys(lines))
    for stage in (keys_that_are_not_text, broken_references, invalid_openapi, house_rules):
        wrong = wrong or list(stage(spec))
    by_line = sorted((line_of(place, dict(lines)), what, repair) for place, what, repair in wrong)
    return [f"openapi/omni.yaml:{number}: {what}; {repair}" for number, what, repair in by_line]


def line_numbers(node: yaml.Node | None, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """The number of the line of each key and of each element of a list."""
    if isinstance(node, yaml.MappingNode):
        inside = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inside = [(index, value, value) for index, value in enumerate(node.value)]
    else:
        return
    for key, start, value in inside:
        yield (*place, key), start.start_mark.line + 1
        yield from line_numbers(value, (*place, key))


def line_of(place: Place, lines: dict[Place, int]) -> int:
    """The line of a place, or of the nearest thing around it that has one."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def repeated_keys(lines: list[tuple[Place, int]]) -> Problems:
    """Keys that are given twice: the second would silently win."""
    counts = Counter(place for place, _ in lines)
    for place, count in counts.items():
        if count > 1 and counts[place[:-1]] < 2:
            yield place, f"{label(place)} is given {count} times", "keep one"


def keys_that_are_not_text(spec: Any) -> Problems:
    """Keys that YAML reads as a number, a boolean or a date."""
    for place, value in values(spec):
        for key in value if isinstance(value, dict) else ():
            if not isinstance(key, str):
                yield (*place, str(key)), f"the key {key} is not text", f'write "{key}", in quotes'


def broken_references(spec: Any) -> Problems:
    """References to what does not exist."""
    for place, reference in values(spec):
        if place[-1:] == ("$ref",) and isinstance(reference, str):
            try:
                value_at(spec, target_of(reference))
            except (KeyError, IndexError, TypeError, ValueError):
                yield place, f"{reference} does not exist", "define it there, or refer to what exists"


def invalid_openapi(spec: Any) -> Problems:
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
    yield from missing_descriptions(spec, source_tags(RULES.read_text()))
    yield from wrong_names_and_effects(spec)
    read = reachable(spec, response_schemas(spec))
    for rule in (closed_enums, missing_nulls, wrongly_required):
        yield from rule(spec, read)


def source_tags(rules: str) -> set[str]:
    """The source tags of the table in openapi/README.md."""
    rows = re.findall(r"^\| ([^|]+) \|", rules.partition("## Sources")[2], re.MULTILINE)
    return {tag for row in rows[1:] for tag in row.split(", ")}


def missing_descriptions(spec: Any, known: set[str]) -> Problems:
    """Parts without a description, or with one that does not end with its source."""
    for place in sorted(needing_description(spec), key=str):
        text = str(value_at(spec, place).get("description", "")).strip()
        source = re.search(r"\[([^\[\]]+)\]$", text)
        unknown = set(source[1].split(", ")) - known if source else set()
        if not text:
            yield place, f"{label(place)} has no description", "say what it is, and end with its source, such as [GL]"
        elif not source:
            yield place, f"the description of {label(place)} does not end with its source", "end it with, say, [GL]"
        elif unknown:
            named = ", ".join(sorted(unknown))
            yield place, f"{label(place)} has an unknown source, {named}", "add it to the table of openapi/README.md"


def needing_description(spec: Any) -> set[Place]:
    """Where a description has to be."""
    parts = spec.get("components", {})
    named = {
        ("components", part, name) for part in ("responses", "parameters", "schemas") for name in parts.get(part, {})
    }
    schemas = reachable(spec, [*named_schemas(spec), *response_schemas(spec), *request_schemas(spec)])
    used = {part for place in operations(spec) for part in (place, *parameters(spec, place), *responses(spec, place))}
    return named | used | {place for place in schemas if is_property(place)}


def wrong_names_and_effects(spec: Any) -> Problems:
    """Operations with a wrong name, and effects that do not exist."""
    for place in operations(spec):
        name, effect = value_at(spec, place).get("operationId"), value_at(spec, place).get("x-omni-effect")
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


def closed_enums(spec: Any, read: dict[Place, Any]) -> Problems:
    """Enums that a new value would break."""
    for place, schema in read.items():
        if "$ref" in schema and "enum" in value_at(spec, target_of(schema["$ref"])):
            branches = value_at(spec, place[:-1]) if place[-2] == "anyOf" else []
            if not any({"string", "null"} <= set(types(branch)) and "enum" not in branch for branch in branches):
                place = place[:-2] if branches else place
                yield place, f"the enum of {label(place)} is closed", f"write {OPEN}"
        elif "enum" in schema and place[:-1] != ("components", "schemas"):
            yield place, f"the enum {label(place)} is closed", f"name it in components/schemas and write {OPEN}"


def missing_nulls(spec: Any, read: dict[Place, Any]) -> Problems:
    """Arrays and timestamps that cannot be null, and other properties that nothing says are always there."""
    for place, schema in read.items():
        timestamp = schema.get("format") == "date-time"
        kind = "array" if "array" in types(schema) else "timestamp" if timestamp else "value"
        if is_property(place):
            needs_null = kind != "value" or place[-1] not in {"id", *value_at(spec, place[:-2]).get("required", [])}
        else:
            needs_null = kind != "value" and place[-1] == "items"
        if needs_null and not accepts_null(spec, schema):
            yield place, f"the {kind} {label(place)} cannot be null", f"write its type as {NULLABLE[kind]}"


def wrongly_required(spec: Any, read: dict[Place, Any]) -> Problems:
    """Keys whose absence would lose a whole response."""
    for place, schema in read.items():
        for name in schema.get("required", []):
            target = schema.get("properties", {}).get(name, {}).get("$ref")
            if name != "id" and not (target and "object" in types(value_at(spec, target_of(target)))):
                yield (
                    (*place, "required"),
                    f"{label(place)} requires {name}",
                    "take it out, only ids and records may",
                )


def accepts_null(spec: Any, schema: Any) -> bool:
    """Whether null is a value of the schema."""
    if "$ref" in schema:
        return accepts_null(spec, value_at(spec, target_of(schema["$ref"])))
    if branches := schema.get("anyOf", schema.get("oneOf")):
        return any(accepts_null(spec, branch) for branch in branches)
    return not types(schema) or "null" in types(schema)


if __name__ == "__main__":
    sys.exit(main())
