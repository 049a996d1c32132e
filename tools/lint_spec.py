"""Check the spec: that it is OpenAPI 3.1, that the generator does all that it says, and the rules of the house.

    python tools/lint_spec.py

Each problem is one line: file, line, column, the rule, what is wrong, how to repair it.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import house_rules
import yaml
from house_rules import Problems
from openapi_places import (
    ANNOTATIONS,
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
    values,
)
from openapi_spec_validator import OpenAPIV31SpecValidator
from project import Project, RefusedError

LIMITS = {
    *("maxLength", "minLength", "maxItems", "minItems", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"),
    *("maxProperties", "minProperties", "multipleOf", "pattern", "uniqueItems"),
}
KEYWORDS = {  # of a schema, that the generator carries out, or that limit a value only
    *("$ref", "type", "properties", "required", "items", "additionalProperties", "enum", "const", "format", "default"),
    *("anyOf", "oneOf", "allOf", "deprecated", "readOnly", "writeOnly", *ANNOTATIONS, *LIMITS),
}
SHAPE = {  # of a schema, that says what it allows
    *("type", "format", "enum", "const", "properties", "required", "items", "additionalProperties"),
    *("anyOf", "oneOf", "allOf"),
}
MEDIA_TYPES = r"application/json|application/octet-stream|.*\+json"
SENT, RECEIVED = "|multipart/form-data|application/x-www-form-urlencoded", "|text/.*"


def main() -> int:
    """Print the problems; the exit status."""
    lines = problems(Project.load())
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


def problems(project: Project) -> list[str]:
    """One line per problem, in the order of the spec; a stage of rules counts when those before it found nothing."""
    source = Source(project)
    if wrong := source.wrong or source.lines("repeated_keys", repeated_keys(source)):
        return wrong
    for stage in (*STAGES, house_rules.RULES if "rules" in project.settings else ()):
        if wrong := [line for rule in stage for line in source.lines(rule.__name__, rule(source.spec, project))]:
            return sorted({*wrong}, key=lambda line: [int(number) for number in re.findall(r":(\d+)", line)[:2]])
    return []


class Source:
    """The text of a spec, and where in it each value is."""

    def __init__(self, project: Project) -> None:
        self.name = project.settings["spec"]
        self.wrong: list[str] = []
        self.places: list[tuple[Place, tuple[int, int]]] = []
        self.spec: Any = None
        try:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(project.spec.read_text("utf-8"))
            node = loader.get_single_node()
            self.spec = loader.construct_document(node) if node else None
            self.places = [*_positions(node)]
            Counter(place for place, _ in values(self.spec))  # RecursionError for an alias of what is around it
        except OSError as error:
            raise RefusedError(f"{self.name}:1:1: file: it cannot be read, {error.strerror}; put it there") from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no such date, or no UTF-8
            mark = getattr(error, "problem_mark", None)
            where = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
            what = getattr(error, "problem", None) or error
            self.wrong = [f"{self.name}:{where}: yaml: not YAML, {what}; correct the YAML"]
        self._positions = dict(self.places)

    def lines(self, rule: str, problems: Problems) -> list[str]:
        """Problems as they are printed."""
        return [self.line(rule, *each) for each in problems]

    def line(self, rule: str, place: Place, what: str, repair: str) -> str:
        """A problem with its position: that of the nearest thing around it that has one."""
        while place and place not in self._positions:
            place = place[:-1]
        line, column = self._positions.get(place, (1, 1))
        return f"{self.name}:{line}:{column}: {rule.replace('_', '-')}: {what}; {repair}"


def _positions(node: yaml.Node | None, place: Place = ()) -> Iterator[tuple[Place, tuple[int, int]]]:
    """Line and column of each key and of each element of a list."""
    if isinstance(node, yaml.MappingNode):
        inside = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inside = [(index, value, value) for index, value in enumerate(node.value)]
    else:
        return
    for key, start, value in inside:
        yield (*place, key), (start.start_mark.line + 1, start.start_mark.column + 1)
        yield from _positions(value, (*place, key))


def repeated_keys(source: Source) -> Problems:
    """Keys that are given twice: the second would silently win."""
    counts = Counter(place for place, _ in source.places)
    for place, count in counts.items():
        if count > 1 and counts[place[:-1]] < 2:
            yield place, f"{label(place)} is given {count} times", "keep one"


def keys_that_are_not_text(spec: Any, project: Project) -> Problems:
    """Keys that YAML reads as a number, a boolean or a date."""
    for place, value in values(spec):
        for key in value if isinstance(value, dict) else ():
            if not isinstance(key, str):
                yield (*place, str(key)), f"the key {key} is not text", f'write "{key}", in quotes'


def broken_references(spec: Any, project: Project) -> Problems:
    """References to what does not exist."""
    for place, reference in values(spec):
        if place[-1:] == ("$ref",) and place[-2:-1] != ("properties",):
            try:
                value_at(spec, target_of(reference))
            except (KeyError, IndexError, TypeError, ValueError, AttributeError):
                yield place, f"{reference} does not exist", "define it there, or refer to what exists"
            if lost := sorted(value_at(spec, place[:-1]).keys() & {*SHAPE, "default"}):
                what = f"{', '.join(lost)} of {label(place[:-1])} is lost beside $ref"
                yield (*place[:-1], lost[0]), what, "take it out, or write both as elements of allOf"


def invalid_openapi(spec: Any, project: Project) -> Problems:
    """What OpenAPI 3.1 does not allow."""
    if not isinstance(spec, dict) or not str(spec.get("openapi")).startswith("3.1."):
        yield ("openapi",), "this is not OpenAPI 3.1", "begin with `openapi: 3.1.0`"
        return
    try:
        errors = [*OpenAPIV31SpecValidator(spec).iter_errors()]
    except Exception as error:  # whatever it stumbles over, such as a reference to something of another kind
        yield (), f"it cannot be checked against OpenAPI 3.1: {_shortened(error)}", "correct what was edited last"
        return
    for each in errors:
        # Errors in a schema have a path that begins at that schema, so the place is looked for by its end and value.
        end = tuple(each.absolute_path)
        sought = end or ("default",)  # those have none
        ends = [place for place, value in values(spec) if place[-len(sought) :] == sought and value == each.instance]
        place = ends[0] if ends else end
        what = f"{label(place) or 'the document'} is not OpenAPI 3.1: {_shortened(each.message)}"
        yield place, what, "correct it, see spec.openapis.org/oas/v3.1.0"


def _shortened(message: object) -> str:
    return " ".join(str(message).split())[:200]


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
                *(each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key, ())),
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
        for key in ("anyOf", "oneOf", "allOf"):
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
        raise RefusedError(f"openapi/generator.yaml:1:1: yaml: {_shortened(error)}; correct it") from None
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
    (keys_that_are_not_text,),
    (broken_references,),
    (ignored_places,),
    (invalid_openapi,),
    (boolean_schemas,),
    (
        *(circular_references, ignored_keywords, lost_parts, ignored_styles),
        *(unknown_media_types, unnamed_operations, mixed_enums),
    ),
)

if __name__ == "__main__":
    sys.exit(main())
