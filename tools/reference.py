"""Write the pages of docs/reference that list fields: of requests, responses and events.

What a field means is said where it is declared: in the docstrings of the views, and for requests in the spec. The spec
also has the source of each. ``--check`` writes nothing, and fails if a page would change.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from openapi_places import (
    bodies,
    branches,
    dereference,
    named_sources,
    operations,
    parameters,
    request_body,
    types,
    value_at,
)

import omni
import omni.webhooks
from omni._operations.contract import snake_case
from omni._views.base import View
from omni._views.fields import Field

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "reference"
SPEC: dict[str, Any] = json.loads((ROOT / "omni" / "sandbox" / "data" / "openapi.json").read_text("utf-8"))
SCHEMAS = SPEC["components"]["schemas"]
MADE = "<!-- Made by `nox -s reference`. -->"
REQUESTS = """\
Every field that a request can have, as the contract has it. Most are arguments of the same name. Others are: `start`
and `end` are a `datetime`; `format` is `download_csv`; `status`, and `did_opt_out=False`, have methods of their own; an
upload takes `checklist_item=`, and `metadata=` as a list of dicts. A field that is left out is not sent. An unknown
one, a wrong type and a value that is not documented are a `UsageError` before anything is sent. Which method makes
which request is in [the table of operations](index.md#operations)."""
RESPONSES = """\
What methods return: read-only views of the API's JSON. A value that is absent, null or of another type than the
contract says is None, or empty where the type does not say None. A `bool` that could harm a person if it were
overlooked, such as `did_opt_out`, is true for whatever is not plainly no. A value that an enum does not have is kept as
`str`. `to_dict()` has what came, `to_row()` is a row of a table, and `raw` the generated model."""
EVENTS = """\
What a webhook handler gets, and what it is made of: views as those of [responses](responses.md). The payload changed
over time; the fields read every documented stage of it."""
SOURCES = "All are pages of OmniAI's documentation or its mirror; `-0` is an older copy, `+` what newer ones add."
HEADER = ("Name", "Type", "Meaning", "In the JSON", "Source")
TYPES = {
    "string": "`str`",
    "integer": "`int`",
    "boolean": "`bool`",
    "flag": "`bool`",
    "date-time": "`datetime`",
    "json": "any JSON",
    "array of json": "tuple of any JSON",
    "map of integers": "dict of `int`",
    "object": "{}",
    "array": "tuple of {}",
    "map of objects": "dict of {}",
    "enum": "{}, `str`",
}
"""By kind of a field, what its values are in Python; ``{}`` is the class that they are of."""
JSON_TYPES = {"string": "`str`", "integer": "`int`", "boolean": "`bool`", "array": "list of {}", "object": "`dict`"}


def main() -> None:
    """Write the pages, or check them."""
    stale = {PAGES / name: text for name, text in _pages().items() if (PAGES / name).read_text("utf-8") != text}
    if "--check" in sys.argv and stale:
        sys.exit(f"{', '.join(path.name for path in stale)} of docs/reference would change: run `nox -s reference`.")
    for path, text in stale.items():
        path.write_text(text, "utf-8")


def _pages() -> dict[str, str]:
    view_docs = _directive("omni._views.base.View", ["id", "raw", "to_dict", "to_row", "from_dict"])
    return {
        "requests.md": _page("Requests", REQUESTS, _requests()),
        "responses.md": _page("Responses", RESPONSES, [*_views(omni), "## Every view", view_docs]),
        "events.md": _page("Events", EVENTS, _views(omni.webhooks)),
    }


def _page(title: str, intro: str, blocks: Iterable[str]) -> str:
    text = "\n\n".join([f"# {title}", MADE, intro, *blocks]) + "\n"
    tags = sorted({tag for cell in re.findall(r"\| ([^|\n]*) \|$", text, re.MULTILINE) for tag in cell.split(", ")})
    names = named_sources(SPEC)
    rows = [(tag, names[tag]) for tag in tags if tag in names]
    return f"{text}\n## Sources\n\n{SOURCES}\n\n{_table(('Source', 'Page'), rows)}\n"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _requests() -> Iterator[str]:
    for place in operations(SPEC):
        _, path, method = place
        operation = value_at(SPEC, place)
        rows = [_parameter(value_at(SPEC, each)) for each in parameters(SPEC, place)]
        for schema in (each for body in request_body(SPEC, place) for each in bodies(SPEC, body)):
            rows += _properties(dereference(SPEC, value_at(SPEC, schema)))
        yield f"## {operation['summary'].partition(';')[0].rstrip('.')}"
        yield f"`{method.upper()} {path}`, effect `{operation['x-omni-effect']}`."
        yield _table(HEADER, rows)
    yield "## ChecklistValue"
    yield "An element of `checklist_items`, as a dict with these keys."
    yield _table(HEADER, [*_properties(SCHEMAS["ChecklistValue"])])


def _parameter(parameter: dict[str, Any]) -> tuple[str, ...]:
    schema = {**parameter["schema"], "description": parameter["description"]}
    return _row(parameter["name"], schema, is_required=parameter.get("required", False))


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, value in schema["properties"].items():
        yield _row(key, value, is_required=key in schema.get("required", ()))


def _row(key: str, schema: dict[str, Any], *, is_required: bool) -> tuple[str, ...]:
    meaning, source = _split(schema["description"])
    needed = " Required." if is_required else ""
    return f"`{snake_case(key)}`", _json_type(schema), f"{meaning}{needed}", f"`{key}`", source


def _json_type(schema: dict[str, Any]) -> str:
    """The type of a value that is sent."""
    named = branches(schema)[0]
    described = dereference(SPEC, named)
    if "enum" in described:
        return " or ".join(f"`{value}`" for value in described["enum"])
    name = named.get("$ref", "").rpartition("/")[2]
    if name in _names(omni):
        return f"[`{name}`](#{name.lower()})"
    if described.get("format") == "binary":
        return "[a file](../do.md#upload)"
    kind = next((kind for kind in types(described) if kind != "null"), "")
    text = JSON_TYPES.get(kind, "any JSON").format(_json_type(described["items"]) if "items" in described else "")
    return f"{text} or None" if "null" in types(described) else text


def _views(package: ModuleType) -> Iterator[str]:
    for name in _names(package):
        value = getattr(package, name)
        if isinstance(value, type) and issubclass(value, View):
            yield from _section(value, package)
    yield from _enums(package)


def _enums(package: ModuleType) -> Iterator[str]:
    yield "## Enums"
    for name in _names(package):
        value = getattr(package, name)
        if isinstance(value, type) and issubclass(value, StrEnum):
            yield f"### {name}"
            yield f"{', '.join(f'`{member.value}`' for member in value)}."
            if name in SCHEMAS:
                meaning, source = _split(SCHEMAS[name]["description"])
                yield f"{meaning} Source: {source}."
            else:
                yield inspect.getdoc(value) or ""


def _section(view: type[View[Any]], package: ModuleType) -> Iterator[str]:
    owners = [each for each in view.__mro__[:-2] if each is not View]
    names = dict.fromkeys(name for each in owners for name in vars(each) if not name.startswith("_"))
    fields = [name for name in names if isinstance(getattr(view, name), Field)]
    yield f"## {view.__name__}"
    yield _directive(f"{package.__name__}.{view.__name__}", [name for name in names if name not in fields])
    if _source(view, view._id.paths[0]):  # all views have one, whether the contract has it or not
        fields.insert(0, "_id")
    if fields:
        yield _table(HEADER, [_field(view, getattr(view, name)) for name in fields])


def _directive(name: str, members: list[str]) -> str:
    listed = f"[{', '.join(members)}]\n      inherited_members: true" if members else "false"
    return f"::: {name}\n    options:\n      members: {listed}"


def _field(view: type[View[Any]], field: Field[Any]) -> tuple[str, ...]:
    doc = (field.__doc__ or "").replace(", for the property ``id``", "").replace(", for the property of that name", "")
    meaning = " ".join(doc.replace("``", "`").split())
    if not meaning or meaning.startswith("`"):  # what a field says that has no docstring
        raise ValueError(f"{view.__name__}.{field.name} has no docstring")
    sources = {path: source for path in field._all_paths if (source := _source(view, path))}
    if field.paths and not sources and hasattr(view, "_model"):  # what all events have, none of them has alone
        raise ValueError(f"{view.__name__}.{field.name} has no source")
    paths = ", ".join(f"`{path}`" for path in sources or field._all_paths)
    tags = dict.fromkeys(tag for source in sources.values() for tag in source.split(", "))
    return f"`{field.name.lstrip('_')}`", _field_type(field), meaning, paths, ", ".join(tags)


def _field_type(field: Field[Any]) -> str:
    """The type of what a field reads; that of an absent value tells whether it can be None."""
    name = field.of.__name__ if field.of else ""
    page = "responses.md" if name in _names(omni) else "events.md"
    text = TYPES[field.kind].format(f"[`{name}`]({page}#{name.lower()})")
    return f"{text} or None" if field.absent is None and field.kind != "json" else text


def _source(view: type[View[Any]], path: str) -> str:
    """The source of the value at a path of a view's schema; empty if there is none, as for what all events have."""
    schema = SCHEMAS.get(getattr(view, "_model", ""), {})
    value: dict[str, Any] = {}
    for key in path.split("."):
        value = schema.get("properties", {}).get(key, {})
        schema = dereference(SPEC, branches(value)[0])
    return _split(value["description"])[1] if value else ""


def _split(description: str) -> tuple[str, str]:
    """A description without its source, and the source: the tags in square brackets at its end."""
    found = re.fullmatch(r"(.*?) \[([^\[\]]+)\]", description, re.DOTALL)
    if not found:
        raise ValueError(f"This description does not end with its source: {description}")
    return " ".join(found[1].split()), found[2]


def _names(package: ModuleType) -> list[str]:
    names: list[str] = vars(package)["__all__"]  # which type checkers do not see, since the names are loaded lazily
    return names


if __name__ == "__main__":
    main()
