"""What the tests of the sandbox share: its leads by name, parts of its responses, and the spec that these must keep."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema

from omni import sandbox

ROOT = Path(__file__).parents[2]
SPEC = json.loads((ROOT / "omni" / "sandbox" / "data" / "openapi.json").read_text("utf-8"))
KEY = {"x-api-key": sandbox.API_KEY}
BY_WORDS = {words: lead_id for lead_id, words in sandbox.leads().items()}

Json = dict[str, Any]


class Clock:
    """A clock that moves when told to."""

    now = 1_770_000_000.0

    def __call__(self) -> float:
        return self.now


def validate(value: object, schema: dict[str, Any]) -> None:
    """Raise ValidationError unless a value is what a schema of the spec allows."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    root = {**schema, "components": SPEC["components"]}
    jsonschema.Draft202012Validator(root, format_checker=checker).validate(value)


def named(schema: str) -> dict[str, Any]:
    """Return the spec's schema of this name."""
    return {"$ref": f"#/components/schemas/{schema}"}


def conform(response: httpx.Response) -> None:
    """Fail unless the spec knows the operation, the status, and the shape of a response."""
    path = response.request.url.path
    method = response.request.method.lower()
    patterns = {re.sub(r"\{\w+\}", "[^/]+", template): template for template in SPEC["paths"]}
    (template,) = [template for pattern, template in patterns.items() if re.fullmatch(pattern, path)]
    documented = SPEC["paths"][template][method]["responses"]

    assert str(response.status_code) in documented
    if response.status_code == 200:
        validate(json.loads(response.read()), documented["200"]["content"]["application/json"]["schema"])


def client(server: sandbox.Sandbox) -> httpx.Client:
    """Return a plain HTTP client of a sandbox that sends the key, and compares every response with the spec."""
    hooks = {"response": [conform]}
    # verify=False, here and in the tests: there is no TLS, and to load certificates takes 40 ms a client.
    return httpx.Client(base_url=server.base_url, headers=KEY, trust_env=False, verify=False, event_hooks=hooks)


def ok(response: httpx.Response) -> Any:
    """Return the JSON of a success."""
    assert response.status_code == 200, response.text
    return response.json()


def refusal(response: httpx.Response, status: int = 400) -> str:
    """Return the message of a refusal."""
    assert response.status_code == status, response.text
    return str(response.json()["error"]["message"])


def items(lead: Json) -> dict[str, Json]:
    """Return a lead's checklist items by code."""
    return {item["checklistItem"]["code"]: item for group in lead["checklistItems"] for item in group["items"]}


def get(api: httpx.Client, lead_id: str) -> Json:
    """Return a lead as the sandbox has it now."""
    return ok(api.get(f"/api/v1/leads/{lead_id}"))
