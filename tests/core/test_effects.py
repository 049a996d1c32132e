"""What a request may do is read from the spec, and the benefit of the doubt is not given."""

import json
from typing import Any

import pytest

import omni
from omni._operations.effects import checked_allow, effects_of, refuse_excess

EVERYTHING = {"read", "write", "contacts-person", "consent"}

REQUESTS: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/api/v1/leads/{leadId}", b"", {"read"}),
    ("GET", "/api/v9/…", b"", {"read"}),
    ("POST", "/api/v9/…", b"", EVERYTHING),
    ("DELETE", "/api/v1/leads/{leadId}", b"", EVERYTHING),
    ("POST", "/api/v1/documents", None, {"write"}),
    ("POST", "/api/v1/leads", {"firstName": "A"}, {"contacts-person"}),
    ("POST", "/api/v1/leads", {"firstName": "A", "didOptOut": True}, {"contacts-person", "consent"}),
    ("PUT", "/api/v1/leads", {"leadId": "1", "lastName": None}, {"write"}),
    ("PUT", "/api/v1/leads", {"leadId": "1", "didOptOut": False}, {"write", "consent"}),
    ("PUT", "/api/v1/leads", {"leadId": "1", "status": "COMPLETED"}, {"write", "consent"}),
    ("put", "/api/v1/leads", b"{", {"write", "consent"}),
    ("PUT", "/api/v1/leads", b"[]", {"write"}),
    ("PUT", "/api/v1/leads", None, {"write", "consent"}),
    ("PUT", "/api/v1/leads", b'[{"leadId": "1", "didOptOut": true}]', {"write", "consent"}),
    ("PUT", "/api/v1/leads", b'{"leads": [{"lead": {"status": "COMPLETED"}}]}', {"write", "consent"}),
    ("PUT", "/api/v1/leads", b'{"a": {"didOptOut": true}, "a": {"lastName": "B"}}', {"write", "consent"}),
    ("PUT", "/api/v1/leads", b'{"did\\u004fptOut": true}', {"write", "consent"}),
    ("PUT", "/api/v1/leads", b'{"lastName": "didOptOut"}', {"write"}),
    ("PUT", "/api/v1/leads", '{"lastName": "B"}'.encode("utf-16"), {"write", "consent"}),
    ("PUT", "/api/v1/leads", '{"lastName": "B"}'.encode("utf-16-le"), {"write", "consent"}),
    ("PUT", "/api/v1/leads", b'\xef\xbb\xbf{"lastName": "B"}', {"write", "consent"}),
    ("PUT", "/api/v1/leads", '{"lastName": "Ü"}'.encode("latin-1"), {"write", "consent"}),
    ("PUT", "/api/v1/leads", b"leadId=1&lastName=B", {"write", "consent"}),
    ("PUT", "/api/v1/leads", b"[" * 100_000, {"write", "consent"}),
]


@pytest.mark.parametrize(("method", "path", "body", "effects"), REQUESTS)
def test_effects_of_requests(method: str, path: str, body: Any, effects: set[str]) -> None:
    """They follow from the operation and the fields sent; an unreadable body may have any of them."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body

    assert effects_of(method, path, content) == effects


@pytest.mark.parametrize("allow", ["rad", ["rad"], 7, [["read"]]])
def test_unknown_effects_in_allow_are_refused(allow: Any) -> None:
    """A misspelt effect is refused."""
    with pytest.raises(omni.UsageError, match="consent, contacts-person, read, write"):
        checked_allow(allow)


def test_refusal_names_the_missing_effect() -> None:
    """The message has neither ids nor the body."""
    with pytest.raises(omni.UsageError, match=r"PUT /api/v1/leads may have .* consent.*allows only read, write"):
        refuse_excess("PUT", "/api/v1/leads", b'{"didOptOut": true}', frozenset({"read", "write"}))
    with pytest.raises(omni.UsageError, match="allows only nothing"):
        refuse_excess("GET", "/api/v1/leads/{leadId}", b"", frozenset())
