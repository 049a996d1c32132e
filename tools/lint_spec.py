"""Check the spec: that it is OpenAPI 3.1, that the generator does all that it says, and the rules of the house.

    python tools/lint_spec.py

Each problem is one line: file, line, column, the rule, what is wrong, how to repair it.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import generator_rules
import house_rules
import yaml
from house_rules import Problems
from openapi_places import (
    SHAPE,
    Place,
    label,
    target_of,
    value_at,
    values,
)
from openapi_spec_validator import OpenAPIV31SpecValidator
from project import Project, RefusedError, exit_status, yaml_loader


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
            return sorted(
                dict.fromkeys(wrong), key=lambda line: [int(number) for number in re.findall(r":(\d+)", line)[:2]]
            )
    return []


class Source:
    """The text of a spec, and where in it each value is."""

    def __init__(self, project: Project) -> None:
        self.name = project.settings["spec"]
        self.wrong: list[str] = []
        self.places: list[tuple[Place, tuple[int, int]]] = []
        self.spec: Any = None
        try:
            loader = yaml_loader(project.spec.read_text("utf-8"))
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
        elif place[-1:] == ("externalValue",) and isinstance(reference, str):
            try:
                json.loads((project.spec.parent / reference).read_text("utf-8"))
            except (OSError, ValueError):
                yield place, f"{reference} is no file of JSON", "name one beside the spec, by its path from there"


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


STAGES = (
    (keys_that_are_not_text,),
    (broken_references,),
    (generator_rules.ignored_places,),
    (invalid_openapi,),
    *generator_rules.STAGES,
)

if __name__ == "__main__":
    sys.exit(exit_status(main))
