"""Nothing that the spec says changes unseen: each value of the document, changed or taken out, is reported."""

import copy
from typing import Any

import pytest
from openapi_places import ANNOTATIONS, value_at, values
from project import Project
from verdict.change import changes
from verdict.wire import api_changes, parts
from verdict.wire_rules import Judge

PROJECT = Project.load()
SPEC = PROJECT.document
BEFORE = dict(parts(copy.deepcopy(SPEC), PROJECT))


LEADS = {
    "openapi": "3.1.0",
    "paths": {
        "/leads/{leadId}": {
            "put": {
                "operationId": "updateLead",
                "parameters": [{"name": "leadId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"content": {"json": {"schema": {"$ref": "#/components/schemas/Lead"}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Lead": {
                "type": "object",
                "properties": {
                    "email": {"type": ["string", "null"]},
                    "logs": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
                },
            }
        }
    },
}
PUT, LEAD = LEADS["paths"]["/leads/{leadId}"]["put"], LEADS["components"]["schemas"]["Lead"]["properties"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("container", "key", "value", "expected"),
    [
        (LEAD["email"], "type", "string", [("Lead.email", "has the type string, was null | string", "additive")]),
        (LEAD["logs"], "maxItems", 9, [("Lead.logs", "maxItems is 9, was 5", "additive")]),
        (
            PUT["requestBody"]["content"]["json"],
            "encoding",
            {"logs": {"style": "form", "allowReserved": True}},
            [
                (
                    "updateLead.body[json]",
                    'encoding is {"logs": {"style": "form", "allowReserved": true}}, was not given',
                    "additive",
                )
            ],
        ),
        (PUT["requestBody"], "required", True, [("updateLead.body", "is required now", "breaking")]),
        (
            PUT["parameters"][0],
            "name",
            "id",
            [
                ("updateLead.leadId", "is gone (parameter: string)", "breaking"),
                ("updateLead.id", "is new (parameter: string, required)", "breaking"),
            ],
        ),
    ],
)
def test_what_the_spec_of_this_api_has_no_case_of(
    monkeypatch: pytest.MonkeyPatch, container: dict[str, Any], key: str, value: Any, expected: list[Any]
) -> None:
    """Null that goes from a response, a looser limit, a form escaped less, a required body, a renamed parameter."""
    before = copy.deepcopy(LEADS)
    monkeypatch.setitem(container, key, value)

    found = api_changes(before, LEADS, Project(PROJECT.root, {}))

    assert [(each.symbol, each.what, each.verdict) for each in found] == expected


def places() -> list[tuple[Any, ...]]:
    """Where every value is that is not for people only; to say that other keys may come is to say nothing."""
    found = [place for place, value in values(SPEC) if place and (place[-1], value) != ("additionalProperties", True)]
    return [place for place in found if not ANNOTATIONS & {*place} and place[0] not in ("info", "tags")]


def is_seen(spec: Any) -> bool:
    """Whether anything is reported of a changed document; what is no OpenAPI any more, the linter refuses before."""
    try:
        return any(changes("wire", BEFORE, dict(parts(spec, PROJECT)), Judge(PROJECT)))
    except (KeyError, TypeError, AttributeError, IndexError):
        return True


def test_same_spec_has_no_changes() -> None:
    """Two equal documents."""
    assert api_changes(SPEC, copy.deepcopy(SPEC), PROJECT) == []


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.thorough) for part in range(1, 8))])
def test_no_change_goes_unseen(part: int) -> None:
    """Each text, number and boolean of the document is changed, and each key is taken out, one at a time."""
    unseen = []
    for *place, last in places()[part::8]:
        spec = copy.deepcopy(SPEC)
        parent = value_at(spec, tuple(place))
        value = parent[last]
        if not isinstance(value, dict | list):
            parent[last] = other(value)
            unseen += [] if is_seen(spec) else [(*place, last)]
        del parent[last]
        unseen += [] if is_seen(spec) else [(*place, last)]

    assert unseen == []


def other(value: Any) -> Any:
    """A value of the same kind."""
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
