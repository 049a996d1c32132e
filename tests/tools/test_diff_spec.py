"""What an edit of the spec means for a user of the API."""

from copy import deepcopy
from typing import Any

import pytest
from diff_spec import api_changes

SPEC: dict[str, Any] = {
    "paths": {
        "/leads/{leadId}": {
            "get": {
                "operationId": "getLead",
                "x-omni-effect": "read",
                "description": "One lead.",
                "parameters": [{"name": "leadId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"content": {"json": {"schema": {"$ref": "#/components/schemas/Lead"}}}}},
            },
            "put": {
                "operationId": "updateLead",
                "x-omni-effect": "write",
                "parameters": [{"name": "leadId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"json": {"schema": {"$ref": "#/components/schemas/Update"}}}},
                "responses": {"204": {"description": "Done."}},
            },
        }
    },
    "components": {
        "schemas": {
            "Lead": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "email": {"type": ["string", "null"], "description": "E-mail."},
                    "status": {"anyOf": [{"$ref": "#/components/schemas/Status"}, {"type": ["string", "null"]}]},
                    "logs": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Log"}},
                },
            },
            "Log": {"type": "object", "properties": {"id": {"type": "string"}}},
            "Status": {"type": "string", "enum": ["OPEN", "DONE"]},
            "Update": {"type": "object", "required": ["note"], "properties": {"note": {"type": "string"}}},
        }
    },
}
PATH = SPEC["paths"]["/leads/{leadId}"]
EMAIL = ("components", "schemas", "Lead", "properties", "email")
REQUIRED = ("components", "schemas", "Lead", "required")
ENUM = ("components", "schemas", "Status", "enum")
GET = ("paths", "/leads/{leadId}", "get")
UPDATE = ("components", "schemas", "Update")
TEXT = {"type": ["string", "null"]}
GONE = object()

# The edit: places and their new values. The report: symbol, what happened, effect, part of the version, section.
COMMON = {
    "field added": (
        {(*EMAIL[:-1], "phone"): TEXT},
        [("Lead.phone", "is new (field: null | string)", "additive", "minor", "Added")],
    ),
    "field removed": (
        {EMAIL: GONE},
        [("Lead.email", "is gone (field: null | string)", "breaking", "major", "Removed")],
    ),
    "field renamed": (
        {EMAIL: GONE, (*EMAIL[:-1], "mail"): TEXT},
        [
            ("Lead.email", "is gone (field: null | string)", "breaking", "major", "Removed"),
            ("Lead.mail", "is new (field: null | string)", "additive", "minor", "Added"),
        ],
    ),
    "made required": (
        {REQUIRED: ["id", "email"]},
        [("Lead.email", "is always there now", "additive", "minor", "Changed")],
    ),
    "type changed": (
        {(*EMAIL, "type"): ["integer", "null"]},
        [("Lead.email", "has the type integer | null, was null | string", "breaking", "major", "Changed")],
    ),
    "enum value added": (
        {ENUM: ["OPEN", "DONE", "LOST"]},
        [("Status.LOST", "is new (enum value)", "additive", "minor", "Added")],
    ),
    "enum value removed": (
        {ENUM: ["OPEN"]},
        [("Status.DONE", "is gone (enum value)", "breaking", "major", "Removed")],
    ),
    "operation added": (
        {("paths", "/leads"): {"get": {**PATH["get"], "operationId": "listLeads"}}},
        [("listLeads", "is new (operation: Lead)", "additive", "minor", "Added")],
    ),
    "path changed": (
        {("paths", "/leads/{leadId}"): GONE, ("paths", "/v2/leads/{leadId}"): PATH},
        [
            ("getLead", "moved from GET /leads/{leadId} to GET /v2/leads/{leadId}", "internal", "patch", "Changed"),
            ("updateLead", "moved from PUT /leads/{leadId} to PUT /v2/leads/{leadId}", "internal", "patch", "Changed"),
        ],
    ),
    "description only": (
        {(*EMAIL, "description"): "E-mail address."},
        [("Lead.email", "has another description", "internal", "patch", "Changed")],
    ),
}
OTHER = {
    "made optional": (
        {REQUIRED: []},
        [("Lead.id", "can be absent now", "breaking", "major", "Changed")],
    ),
    "null no longer": (
        {(*EMAIL, "type"): "string"},
        [("Lead.email", "has the type string, was null | string", "additive", "minor", "Changed")],
    ),
    "operation removed": (
        {GET: GONE},
        [("getLead", "is gone (operation: Lead)", "breaking", "major", "Removed")],
    ),
    "effect changed": (
        {(*GET, "x-omni-effect"): "consent"},
        [("getLead", "has the effect consent, was read", "additive", "minor", "Changed")],
    ),
    "parameter renamed": (
        {(*GET, "parameters", 0, "name"): "id"},
        [
            ("getLead.leadId", "is gone (parameter: string)", "breaking", "major", "Removed"),
            ("getLead.id", "is new (parameter: string)", "breaking", "major", "Added"),
        ],
    ),
    "schema added, with its fields": (
        {("components", "schemas", "Offer"): {"type": "object", "properties": {"id": {"type": "string"}}}},
        [("Offer", "is new (schema: object)", "additive", "minor", "Added")],
    ),
    "field to send made optional": (
        {(*UPDATE, "required"): []},
        [("Update.note", "is optional now", "additive", "minor", "Changed")],
    ),
    "field to send added, required": (
        {(*UPDATE, "properties", "to"): TEXT, (*UPDATE, "required"): ["note", "to"]},
        [("Update.to", "is new (field: null | string)", "breaking", "major", "Added")],
    ),
    "field to send takes null too": (
        {(*UPDATE, "properties", "note"): TEXT},
        [("Update.note", "has the type null | string, was string", "additive", "minor", "Changed")],
    ),
    "body made required": (
        {("paths", "/leads/{leadId}", "put", "requestBody", "required"): True},
        [("updateLead.body", "is required now", "breaking", "major", "Changed")],
    ),
    "array of something else": (
        {("components", "schemas", "Lead", "properties", "logs", "items"): {"type": "string"}},
        [("Lead.logs", "has the type array of string | null, was array of Log | null", "breaking", "major", "Changed")],
    ),
}


def edited(edit: dict[tuple[Any, ...], Any]) -> Any:
    """The spec with other values at some places."""
    spec = deepcopy(SPEC)
    for (*place, last), value in edit.items():
        inner: Any = spec
        for key in place:
            inner = inner[key]
        if value is GONE:
            del inner[last]
        else:
            inner[last] = deepcopy(value)
    return spec


@pytest.mark.parametrize("kind", COMMON | OTHER)
def test_edit_is_reported_with_its_effect(kind: str) -> None:
    """The report says what changed, whether it breaks, which version part it forces, and its changelog section."""
    edit, expected = (COMMON | OTHER)[kind]

    found = api_changes(SPEC, edited(edit))

    assert expected == [(change.symbol, change.what, change.effect, change.part, change.section) for change in found]
    assert {"API"} == {change.layer for change in found}


def test_same_spec_has_no_changes() -> None:
    """Two equal specs."""
    assert api_changes(SPEC, deepcopy(SPEC)) == []
