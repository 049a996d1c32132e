"""What of a response may be written to disk: an allow-list, so that whatever is new is left out.

Kept are booleans and nulls of known keys, timestamps, values of the spec's enums, and whatever text the
published sample holds. Every other text, and the name of every key that the spec does not know, becomes ``(removed)``,
every number becomes 0, and every header but two is left out.
"""

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).parents[2]
SPEC: dict[str, Any] = json.loads((ROOT / "omni" / "sandbox" / "data" / "openapi.json").read_text("utf-8"))
SAMPLE: dict[str, Any] = json.loads((ROOT / "openapi" / "examples" / "get-lead.json").read_text())
LIVE = SPEC["servers"][0]["url"]
REMOVED = "(removed)"
RECORDED_AT = 1769738400.0
"""The sandbox's time while it is recorded, so that the same cassettes come out again: that of the published sample."""

HEADERS = {"content-type", "retry-after"}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def scalars(value: Any) -> set[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in scalars(each)}
    if isinstance(value, list):
        return {text for each in value for text in scalars(each)}
    return {value} if isinstance(value, str) else set()


SCHEMAS: dict[str, Any] = SPEC["components"]["schemas"]
KEYS = {key for schema in SCHEMAS.values() for key in schema.get("properties", {})} | {"error", "message"}
KEYS |= {"sms", "email", "inbound", "outbound"}  # names in the open maps of analytics
WORDS = {word for schema in SCHEMAS.values() for word in schema.get("enum", [])} | scalars(SAMPLE)
WORDS |= {"application/json", "text/html"}
INVENTED = {"no-such-lead", "doc-06-1"}
"""Ids of the sandbox. They stay, since a response must have the id that was asked for."""


def clean(value: Any, known: bool = True) -> Any:
    """A JSON value without anything that is not on the list."""
    if isinstance(value, dict):
        return {key if key in KEYS else REMOVED: clean(each, known and key in KEYS) for key, each in value.items()}
    if isinstance(value, list):
        return [clean(each, known) for each in value]
    if isinstance(value, str):
        if value == os.environ.get("OMNI_RECORD_LEAD_ID"):
            return sample(value)
        return value if value in WORDS | INVENTED or STAMP.fullmatch(value) else REMOVED
    # A collected value or what extraction found is personal even where it is a number.
    return value if value is None or (known and isinstance(value, bool)) else 0


def clean_body(body: bytes) -> str:
    """A body as readable JSON; one that is not JSON keeps its tags only."""
    if not body:
        return ""
    try:
        return json.dumps(clean(json.loads(body)), indent=2, ensure_ascii=False) + "\n"
    except ValueError:
        tags = re.findall(r"</?[a-z][a-z0-9]{0,9}(?=[ >/])", body.decode("utf-8", "replace"))
        return "".join(f"{tag}>" for tag in tags)


def clean_request(request: Any) -> Any:
    """A request for the live address, with a sample id and without query, body and headers."""
    segments = urlsplit(request.uri).path.split("/")
    words = {segment for path in SPEC["paths"] for segment in path.split("/")}
    request.uri = LIVE + "/".join(segment if segment in words else sample(segment) for segment in segments)
    request.headers, request.body = {}, None
    return request


def sample(segment: str) -> str:
    """The id if it is an invention of ours, else the published sample's."""
    return segment if segment in INVENTED else str(SAMPLE["lead"]["id"])


def clean_response(response: dict[str, Any]) -> dict[str, Any]:
    """A response with its status, two headers and a clean body."""
    headers = {name.lower(): values for name, values in response["headers"].items() if name.lower() in HEADERS}
    body = clean_body(response["body"]["string"])
    return {
        "status": {"code": response["status"]["code"], "message": ""},
        "headers": headers,
        "body": {"string": body.encode()},
    }


class Sourced:
    """A serializer for vcrpy that writes readable YAML under a line that says where the response came from."""

    def __init__(self, live: str | None) -> None:
        self.live = live

    def serialize(self, cassette: dict[str, Any]) -> str:
        return f"# Source: {source_of(cassette, self.live)}\n" + yaml.dump(
            cassette, Dumper=Readable, sort_keys=False, allow_unicode=True
        )

    def deserialize(self, text: str) -> Any:
        return yaml.safe_load(text)


def source_of(cassette: dict[str, Any], live: str | None) -> str:
    """Where a response came from; the gateway's page never comes from the live API."""
    response = cassette["interactions"][0]["response"]
    if "html" in response["headers"].get("content-type", [""])[0]:
        return "invented, a gateway's page with a status that is not documented; not live."
    request = cassette["interactions"][0]["request"]
    if live and request["method"] == "GET":
        return live
    if response["status"]["code"] < 300:
        if request["uri"] == f"{LIVE}/api/v1/leads/{SAMPLE['lead']['id']}":
            return "documented sample (the page Get Lead), served by the sandbox; not live."
        return "invented by the sandbox, in the documented shape; not live."
    return "invented by the sandbox, since error bodies are not documented; not live."


class Readable(yaml.SafeDumper):
    """YAML whose long texts are blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Readable.add_representer(str, _text)
