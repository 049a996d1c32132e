"""The sandbox has a route for every operation of the contract, and checks requests against the contract alone."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_responses import KEY, refusal
from starlette.exceptions import HTTPException

from omni import sandbox
from omni.sandbox._contract import check, contract, resolve
from omni.sandbox._serving import _app

CHECKED = {"$ref", "additionalProperties", "anyOf", "const", "enum", "format", "items", "maxItems", "minItems", "oneOf"}
CHECKED |= {"properties", "required", "type", "description"}
FORMATS = {"binary", "date-time"}


def test_every_operation_has_a_route() -> None:
    """An operation that the sandbox cannot carry out is named here with the repair."""
    advice = "operation {} has no function in the sandbox: add one of its name to a module of omni/sandbox/_api/"

    assert [advice.format(name) for name in contract()["operations"] if name not in _app.OPERATIONS] == []


def test_missing_route_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above fails if an operation has no route."""
    monkeypatch.setitem(contract()["operations"], "search", {})

    with pytest.raises(AssertionError, match="operation search has no function in the sandbox: add one of its name"):
        test_every_operation_has_a_route()


def request_schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema of a request, at any depth, with where it is."""
    waiting = []
    for name, operation in contract()["operations"].items():
        waiting += [(f"{name}.{key}", parameter["schema"]) for key, parameter in operation["parameters"].items()]
        waiting += [(name, operation["body"]["schema"])] if operation["body"] else []
    while waiting:
        where, schema = waiting.pop()
        yield where, schema
        schema = resolve(schema)
        yield where, schema
        waiting += [(f"{where}.{key}", child) for key, child in schema.get("properties", {}).items()]
        children = [schema.get("items"), schema.get("additionalProperties")]
        children += [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        waiting += [(f"{where}[]", child) for child in children if isinstance(child, dict)]


def test_every_keyword_of_request_schemas_is_checked() -> None:
    """A keyword that the sandbox would silently ignore is named here."""
    schemas = list(request_schemas())
    unchecked = [
        f"{where}: {', '.join(schema.keys() - CHECKED)}" for where, schema in schemas if schema.keys() - CHECKED
    ]
    formats = [
        f"{where}: {schema['format']}" for where, schema in schemas if schema.get("format", "binary") not in FORMATS
    ]

    assert len(schemas) > 50
    assert unchecked + formats == [], "omni/sandbox/_contract.py does not check this yet: add it there and to this test"


def message(value: Any, schema: dict[str, Any]) -> str | None:
    """Return the message of the refusal of a value; None if it is allowed."""
    try:
        check(value, schema)
    except HTTPException as error:
        return error.detail
    return None


OPEN = {"type": ["object"], "properties": {"n": {"type": ["integer"]}}, "additionalProperties": True}
COUNTS = {"type": ["object"], "additionalProperties": {"type": ["integer", "null"]}}
ANY_OF = {"anyOf": [{"type": ["null"]}, {"enum": ["a"]}]}


@pytest.mark.parametrize(
    ("value", "schema", "refused"),
    [
        (1, {"type": ["integer"]}, None),
        (True, {"type": ["integer", "number"]}, "The body must be a whole number or a number."),
        (1.5, {"type": ["integer"]}, "The body must be a whole number."),
        (None, {"type": ["string", "null"]}, None),
        ("b", {"const": "a"}, "The body must be one of a."),
        ("2026-01-01T00:00:00Z", {"type": ["string"], "format": "date-time"}, None),
        ("2026-01-01", {"format": "date-time"}, "The body must be an ISO 8601 time with an offset."),
        (None, {"type": ["string", "null"], "format": "date-time"}, None),
        ({"a": [{}]}, {}, None),
        ({"a": 1}, {"type": ["object"]}, None),
        ({"a": 1}, {"properties": {}}, "The body must not have a, which is not documented."),
        ({"a": 1, "n": 1}, OPEN, None),
        ({"a": 1, "n": "1"}, OPEN, "n must be a whole number."),
        ({"a": {"b": 1}}, {"properties": {"a": COUNTS}}, None),
        ({"a": {"b": "1"}}, {"properties": {"a": COUNTS}}, "a.b must be a whole number or null."),
        ([1, [2]], {"items": {"items": {"type": ["string"]}}}, "[1][0] must be a string."),
        ([], {"minItems": 1}, "The body must have at least 1 elements."),
        ("a", ANY_OF, None),
        ("b", ANY_OF, "The body must be null. Or: The body must be one of a."),
    ],
)
def test_check(value: Any, schema: dict[str, Any], refused: str | None) -> None:
    """A value is checked against each keyword of its schema, and the message names the wrong field."""
    assert message(value, schema) == refused


TEXT = {"type": ["string"]}
MESSAGE = {
    "oneOf": [
        {"type": ["object"], "required": ["channel", "to"], "properties": {"channel": {"const": "SMS"}, "to": TEXT}},
        {"type": ["object"], "required": ["channel"], "properties": {"channel": {"const": "EMAIL"}, "cc": TEXT}},
    ]
}
SEARCH = {
    "limit": {"in": "query", "required": True, "schema": {"type": ["integer"]}},
    "ratio": {"in": "query", "required": False, "schema": {"type": ["number"]}},
    "status": {"in": "query", "required": False, "schema": {"type": ["array"], "items": TEXT}},
}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of a sandbox with three more operations, each of which took one line in its table."""

    def described(method: str, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
        return {"method": method, "path": path, "parameters": {}, "body": None, "success": {"status": status}, **more}

    body = {"media_type": "application/json", "schema": MESSAGE}
    invented = {
        "deleteMessage": described("delete", "/api/v2/messages/{id}", 204),
        "search": described("get", "/api/v1/leads/search", parameters=SEARCH),
        "send": described("post", "/api/v2/messages", 201, body=body),
    }
    for name, operation in invented.items():
        monkeypatch.setitem(contract()["operations"], name, operation)
    monkeypatch.setitem(_app.OPERATIONS, "deleteMessage", lambda request: None)
    monkeypatch.setitem(_app.OPERATIONS, "search", lambda request: request.parameters)
    monkeypatch.setitem(_app.OPERATIONS, "send", lambda request: request.body)
    with (
        sandbox.running() as server,
        httpx.Client(base_url=server.base_url, headers=KEY, trust_env=False, verify=False) as client,
    ):
        yield client


def test_success_without_a_body(api: httpx.Client) -> None:
    """An operation that returns None responds with the status of the contract, and without a body."""
    response = api.delete("/api/v2/messages/1")

    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers


def test_query_parameters(api: httpx.Client) -> None:
    """Parameters have the types of the contract, and a path without placeholders goes before one with them."""
    query = {"limit": "7", "ratio": "0.5", "status": ["a", "b"]}

    assert api.get("/api/v1/leads/search", params=query).json() == {"limit": 7, "ratio": 0.5, "status": ["a", "b"]}


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({}, "The query lacks limit."),
        ({"limit": "many"}, "limit must be a whole number."),
        ({"limit": "1", "ratio": "NaN"}, "ratio must be a number."),
        ({"limit": "1", "page": "2"}, "The query must not have page, which is not documented."),
    ],
)
def test_wrong_query_parameters(api: httpx.Client, query: dict[str, str], refused: str) -> None:
    """A parameter that is missing, has the wrong type or is not in the contract is refused."""
    assert refusal(api.get("/api/v1/leads/search", params=query)) == refused


def test_undocumented_query_is_refused_everywhere(api: httpx.Client) -> None:
    """An operation without query parameters accepts none."""
    assert "must not have verbose" in refusal(api.get(f"/api/v1/leads/{sandbox.LEAD_ID}?verbose=true"))


def test_body_of_several_forms(api: httpx.Client) -> None:
    """A body fits one of the forms of the contract; the refusal says what is wrong with each."""
    for body in ({"channel": "SMS", "to": "1"}, {"channel": "EMAIL", "cc": "a@example.com"}):
        response = api.post("/api/v2/messages", json=body)
        assert (response.status_code, response.json()) == (201, body)

    refused = refusal(api.post("/api/v2/messages", json={"channel": "EMAIL", "to": "1"}))
    assert refused == "channel must be one of SMS. Or: The body must not have to, which is not documented."
