"""JSON as the spec has it, with what a server may send besides: other keys, other enum values, nulls, other types."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import omni
from omni._views.base import View

ROOT = Path(__file__).parents[2]

SPEC = json.loads((ROOT / "omni" / "sandbox" / "data" / "openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Any] = SPEC["components"]["schemas"]

VIEWS = [
    public
    for public in (getattr(omni, name) for name in omni.__all__)
    if isinstance(public, type) and issubclass(public, View)
]

TEXTS = st.text(max_size=8) | st.sampled_from(["", "id", "Ada Sample", "+12025550123", "https://x.example.com/?a=b"])

DATETIMES = st.sampled_from(
    [
        "2026-01-30T02:00:00.000Z",
        "2026-01-30T02:00:00Z",
        "2026-01-30T02:00:00",
        "2026-01-30",
        "2026-01-30T07:30:00+05:30",
        "2026-01-30T24:00:00Z",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-W05-5",
    ]
)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS, DATETIMES
)

JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)

ANYTHING = st.recursive(
    SCALARS
    | st.floats()
    | st.integers(10**320, 10**330)
    | st.binary(max_size=3)
    | st.datetimes()
    | st.dates()
    | st.decimals()
    | st.sampled_from(
        ["FILE", "TEXT", "NUMBER", "SELECT", "ID", "OPTED_OUT", "REVIEW", "agent", omni.LeadStatus.REVIEW]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.frozensets(SCALARS, max_size=2)
        | st.dictionaries(SCALARS, inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "value", "status", "min", "max", "type", "options", "months"]), inner
        )
    ),
    max_leaves=6,
)
"""Objects of Python that a caller may pass by mistake."""


@cache
def shape(name: str) -> st.SearchStrategy[Any]:
    """Values of a schema, by its name."""
    return st.deferred(lambda: of(SCHEMAS[name]))


def of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema; keys that are not required may have any value."""
    if "$ref" in schema:
        return shape(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return st.one_of(*map(of, schema["anyOf"]))
    types = schema.get("type", [])
    return (
        st.one_of(*(_typed(kind, schema) for kind in ([types] if isinstance(types, str) else types))) if types else JSON
    )


def _typed(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if kind == "object":
        return _record(schema)
    if kind == "array":
        return st.lists(_usually(schema["items"]), max_size=2)
    text = DATETIMES | TEXTS if schema.get("format") == "date-time" else TEXTS
    return {"null": st.none(), "boolean": st.booleans(), "integer": st.integers(), "string": text}[kind]


def _usually(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    valid = of(schema)
    return st.integers(0, 7).flatmap(lambda chance: valid if chance < 7 else JSON)


@st.composite
def _record(draw: st.DrawFn, schema: dict[str, Any]) -> dict[str, Any]:
    """The required keys, a few of the known ones in any order, and sometimes an unknown one."""
    known: dict[str, Any] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    record = {key: draw(of(known[key])) for key in schema.get("required", ())}
    if other is not None:
        record |= draw(st.dictionaries(TEXTS, _usually(other if isinstance(other, dict) else {}), max_size=2))
    more = draw(st.lists(st.sampled_from(sorted(known)), max_size=5, unique=True)) if known else []
    record |= {key: draw(_usually(known[key])) for key in more if key not in record}
    unknown = draw(st.none() | TEXTS)
    return record if unknown is None or unknown in record else {**record, unknown: draw(JSON)}


def _of_view(view: type[View]) -> st.SearchStrategy[Any]:
    whole = shape(view._model)
    if view is not omni.Lead:
        return whole
    with_id = whole.filter(lambda lead: lead["lead"]["id"])
    flat = with_id.map(lambda lead: {**lead["lead"], **{key: value for key, value in lead.items() if key != "lead"}})
    return with_id | flat.filter(lambda lead: lead["id"] and isinstance(lead["id"], str) and "lead" not in lead)


VIEWED = st.sampled_from(VIEWS).flatmap(lambda view: st.tuples(st.just(view), _of_view(view)))
"""A public view, and JSON for it."""
