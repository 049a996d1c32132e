"""Measure what the curated layer covers of ``openapi/omni.yaml``, and write it to ``docs/coverage.md``.

    python tools/coverage_table.py            write it
    python tools/coverage_table.py --check    fail if it differs from what would be written

What can be tried is not looked up by name. A field is covered if a property of a view gives something else when the
field is left out of an example. An operation is covered by what tools/coverage_ways.py finds.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import attrs
import yaml
from contract import effect
from coverage_ways import WAYS

import omni
from omni._views.base import View

HERE = Path(__file__).resolve().parent.parent
SPEC, PAGE = HERE / "openapi" / "omni.yaml", HERE / "docs" / "coverage.md"

DELIBERATE = {
    "ChecklistGroup.conditions": "shape not documented, null in every sample; `group.raw.conditions` has it",
    "ChecklistItem.itemOverride": "shape not documented, null in every sample; `item.raw.item_override` has it",
    "ChecklistItemDefinition.conditions": "shape not documented, null in every sample; see `item.definition`",
    "ChecklistItemDefinition.validationRules": "shape not documented; `item.definition.validation_rules` has it",
    "ChecklistItemCreated.checklistItem": "it is what `leads.add_checklist_item` returns",
    **dict.fromkeys(
        ["LeadDetails.success", "ChecklistItemCreated.success", "DocumentsUploaded.success"],
        "an answer where it is false is refused, so nobody has to look",
    ),
}
"""Why a field (``Schema.field``) or a way to an operation (``operationId.cli``) is left uncovered."""

SAMPLES = {"integer": 1, "number": 1.5, "boolean": True, "object": {"some": "thing"}}


class Spec:
    """The spec: its operations, and the fields of everything that they answer."""

    def __init__(self, spec: Any) -> None:
        self.schemas = spec["components"]["schemas"]
        self.operations = {
            each["operationId"]: (method.upper(), path, each)
            for path, methods in spec["paths"].items()
            for method, each in methods.items()
        }
        found: dict[tuple[str, str], Any] = {}
        todo = [each["responses"] for _, _, each in self.operations.values()]
        while todo:
            for place in re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(todo.pop(0), default=str)):
                if place not in found:
                    found[place] = spec["components"][place[0]][place[1]]
                    todo.append(found[place])
        self.fields = {
            f"{name}.{field}": schema
            for (_, name), each in found.items()
            for field, schema in each.get("properties", {}).items()
        }

    def example(self, schema: Any, absent: frozenset[str] = frozenset(), text: str = "some", name: str = "") -> Any:
        """A value of this schema without the fields of ``absent``; those that must be there have another text."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.example(self.schemas[name], absent, text, name)
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0], absent, text)
        if "properties" in schema:
            return {
                field: self.example(each, absent, "other" if f"{name}.{field}" in absent else text)
                for field, each in schema["properties"].items()
                if f"{name}.{field}" not in absent or field in schema.get("required", ())
            }
        if isinstance(more := schema.get("additionalProperties"), dict):
            return {"some": self.example(more, absent, text)}
        kind = str(schema.get("type"))  # with or without "null"
        if "array" in kind:
            return [self.example(schema["items"], absent, text)]
        plain = next((sample for each, sample in SAMPLES.items() if each in kind), text)
        return schema.get("enum", ["2026-01-30T02:00:00Z" if schema.get("format") == "date-time" else plain])[0]


def readers(spec: Spec) -> dict[str, str]:
    """For each field the property that depends on it, or an empty text; of several, the one with the fewest fields."""
    # Fields that hold no object. Objects stay in every example: without them, nothing could be read below them.
    leaves = frozenset(key for key, schema in spec.fields.items() if "{" not in json.dumps(spec.example(schema)))
    reads: dict[str, set[str]] = {}
    names = [getattr(omni, name) for name in omni.__all__]
    views = [each for each in names if isinstance(each, type) and issubclass(each, View)]
    # With all else there, and with hardly anything: of "this or that", the full example shows only "this".
    for view, key, absent in product(views, spec.fields, (frozenset[str](), leaves)):
        given, missing = properties(view, spec, absent - {key}), properties(view, spec, absent | {key})
        for name in (name for name in given if given[name] != missing.get(name)):
            reads.setdefault(f"{view.__name__}.{name}", set()).add(key)
    shortest = sorted(reads, key=lambda name: len(reads[name]))
    return {key: next((f"`{name}`" for name in shortest if key in reads[name]), "") for key in spec.fields}


def properties(view: type[View[Any]], spec: Spec, absent: frozenset[str]) -> dict[str, object]:
    """What each property and iterator of a view of an example gives, in the order of the class."""
    schema = view._model
    example = view.from_dict(spec.example(spec.schemas[schema], absent, name=schema))
    found: dict[str, object] = {}
    for name, member in ((name, each) for kind in reversed(view.__mro__) for name, each in vars(kind).items()):
        if name[0] != "_" and (isinstance(member, property | cached_property) or name.startswith("iter_")):
            with suppress(AttributeError):  # it reads what the spec no longer has: the type checkers say so
                value = getattr(example, name)
                found[name] = outline(value() if callable(value) else value)
    return found


def outline(value: object) -> object:
    """The value, but of an object its class alone: what is in it is told by its own properties."""
    if isinstance(value, View):
        return type(value), bool(value.to_dict())  # an empty one stands for none
    if attrs.has(type(value)):
        return type(value)
    return [outline(each) for each in value] if isinstance(value, tuple | list | Iterator) else repr(value)


def measured(spec: Spec) -> dict[str, str]:
    """What covers each way to an operation (``operationId.cli``) and each field; an empty text if nothing does."""
    covered = {f"{operation}.{way}": dict[str, None]() for operation in spec.operations for way in WAYS}
    for way, method, path, name in ((way, *each) for way, find in WAYS.items() for each in find()):
        # "/leads/{leadId}" matches "/leads/search" too: the path with the fewest gaps is meant.
        matching = [
            (template.count("{"), operation)
            for operation, (verb, template, _) in spec.operations.items()
            if verb == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        ]
        for _, operation in sorted(matching)[:1]:
            covered[f"{operation}.{way}"][name] = None
    return {key: ", ".join(f"`{name}`" for name in names) for key, names in covered.items()} | readers(spec)


def stale(covered: dict[str, str], deliberate: dict[str, str]) -> list[str]:
    """What is wrong with each reason for what needs none."""
    wrong = {key: f"is covered, by {covered[key]}" for key in deliberate if covered.get(key)}
    wrong |= {key: "is not in openapi/omni.yaml" for key in deliberate if key not in covered}
    return [f"tools/coverage_table.py, DELIBERATE: {key} {why}; take it off the list" for key, why in wrong.items()]


def page(spec: Spec, covered: dict[str, str], deliberate: dict[str, str]) -> str:
    """The page in Markdown."""
    groups = {f"operations: {way}": [covered[f"{each}.{way}"] for each in spec.operations] for way in WAYS}
    groups["fields"] = [covered[key] for key in spec.fields]
    counts = [(what, len(all), sum(map(bool, all))) for what, all in groups.items()]
    operations = [
        (f"`{name}`", effects(spec, each), *(covered[f"{name}.{way}"] or "none" for way in WAYS))
        for name, (_, _, each) in spec.operations.items()
    ]
    gaps = [(f"`{key}`", deliberate.get(key, "**no reason given**")) for key, names in covered.items() if not names]
    return (
        "# Coverage\n\nWhat reaches the operations and fields of `openapi/omni.yaml`, as measured by"
        " `tools/coverage_table.py`.\nWritten by `nox -s generate`; do not edit.\n"
        + table("What", "In the spec", "Covered", "%", rows=[(*each, each[2] * 100 // each[1]) for each in counts])
        + "\n## Not covered\n"
        + table("What", "Why", rows=gaps)
        + "\n## Operations\n"
        + table("Operation", "Effect", *WAYS, rows=operations)
        + "\n## Fields\n\nOf several properties that depend on a field, the one that depends on the least else.\n"
        + table("Field", "Property", rows=[(f"`{key}`", covered[key] or "none") for key in spec.fields])
    )


def effects(spec: Spec, operation: Any) -> str:
    """The effect of an operation, and those that fields of its body add."""
    whole, *more = effect({"components": {"schemas": spec.schemas}}, operation).items()
    return "; ".join([whole[1], *(f"{word} with `{field}`" for field, word in more)])


def table(*heads: str, rows: Iterable[tuple[object, ...]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def main() -> int:
    """Write or check the page; the exit status."""
    spec = Spec(yaml.safe_load(SPEC.read_text()))
    covered = measured(spec)
    wanted = page(spec, covered, DELIBERATE)
    problems = stale(covered, DELIBERATE)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted)
    elif not PAGE.exists() or PAGE.read_text() != wanted:
        problems.append("docs/coverage.md is not what is measured: run `nox -s generate` and commit the result")
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
