"""What the contract may say of an operation and none does today: a success without a body, a body of several forms."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import omni
from omni._operations.contract import contract
from omni._operations.field_checks import checked_body
from omni._operations.operation import Operation, read_nothing

pytestmark = pytest.mark.anyio

FORMS = {
    "Text": {
        "required": ["channel", "text"],
        "properties": {"channel": {"const": "SMS"}, "text": {"type": ["string"]}},
    },
    "Mail": {
        "required": ["channel", "subjectLine"],
        "properties": {"channel": {"const": "EMAIL"}, "subjectLine": {"type": ["string"]}},
    },
}


@pytest.fixture
def extended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract with two operations more, which nobody documents."""
    changed = json.loads(json.dumps(contract()))
    places = {"thingId": "path", "limit": "query", "X-Trace": "header", "isDeep": "cookie"}
    parameters = {name: {"in": place, "required": place == "path", "schema": {}} for name, place in places.items()}
    common = {"path": "/api/v1/things/{thingId}", "parameters": parameters, "effects": {"": "write"}}
    forms = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in FORMS]}
    changed["operations"]["deleteThing"] = {
        **common,
        "method": "delete",
        "body": None,
        "success": {"status": 204, "schema": None},
    }
    changed["operations"]["sendThing"] = {
        **common,
        "method": "post",
        "body": {"media_type": "application/json", "schema": forms},
        "success": {"status": 204, "schema": None},
    }
    changed["schemas"] |= FORMS
    for module in ("contract", "operation", "field_checks"):
        monkeypatch.setattr(f"omni._operations.{module}.contract", lambda: changed)


def session_of(client: Any) -> Any:
    return client._session


@pytest.mark.usefixtures("extended")
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (204, b"", None),
        (200, b"", None),
        (200, b"{}", None),
        (200, b"deleted", None),
        (200, b'{"success": false}', omni.WriteResponseError),
        (404, b"", omni.NotFoundError),
        (500, b"", omni.WriteServerError),
    ],
)
async def test_a_success_without_a_body(
    make: Callable[..., Any], kind: str, status: int, body: bytes, error: type[omni.OmniError] | None
) -> None:
    """It is None, whatever else comes; a body that says that it failed is an unknown outcome still."""
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    operation = Operation("deleteThing", read_nothing, reconcile_hint="Look.")
    client = make(transport=transport)
    call = session_of(getattr(client, "_blocking", client)).call

    async def delete() -> Any:
        result = call(operation, thing_id="1")
        return result if kind == "Client" else await result

    if error is None:
        assert await delete() is None
    else:
        with pytest.raises(error) as caught:
            await delete()
        assert getattr(caught.value, "reconcile_hint", "Look.") == "Look."


@pytest.mark.usefixtures("extended")
def test_parameters_go_where_the_contract_says() -> None:
    """Into path, query, headers and cookies; what is no text is written as JSON writes it, None not at all."""
    request = Operation("deleteThing", read_nothing).request(thing_id="1", limit=5, x_trace="a", is_deep=True)

    assert request == {
        "method": "DELETE",
        "url": "/api/v1/things/1",
        "params": {"limit": 5},
        "headers": {"X-Trace": "a"},
        "cookies": {"isDeep": "true"},
    }
    assert "params" not in Operation("deleteThing", read_nothing).request(thing_id="1", limit=None)


@pytest.mark.usefixtures("extended")
def test_a_body_of_several_forms() -> None:
    """The constant field tells which form it is; the fields of another form are refused."""
    assert checked_body("sendThing", {"channel": "SMS", "text": "Hello"}) == {"channel": "SMS", "text": "Hello"}
    assert checked_body("sendThing", {"channel": "EMAIL", "subject_line": "Hi"}) == {
        "channel": "EMAIL",
        "subjectLine": "Hi",
    }
    for given, words in (
        ({"channel": "FAX"}, "fits none of the forms of this request, which are channel=SMS; channel=EMAIL"),
        ({"channel": "SMS", "subject_line": "Hi"}, "no field subject_line: the fields are channel, text"),
        ({"channel": "SMS"}, "text is needed"),
    ):
        with pytest.raises(omni.UsageError, match=words):
            checked_body("sendThing", given)
