"""Views as types of fields in pydantic, and so in FastAPI. Only pydantic imports this, and it has pydantic_core."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic_core import CoreSchema, core_schema

from omni._views.json_values import is_a
from omni.errors import UsageError


def view_schema(view: Any) -> CoreSchema:
    """How pydantic reads a view (itself, or its JSON by ``from_dict``) and writes it (by ``to_dict``)."""

    def read(value: Any) -> Any:
        if isinstance(value, view):
            return value
        try:
            return view.from_dict(value)
        except UsageError as error:  # FastAPI sends all that an error has, and of this one the text is enough
            raise ValueError(str(error)) from None

    return core_schema.no_info_plain_validator_function(
        read,
        ref=f"{view.__module__}.{view.__qualname__}:{id(view)}",  # what has a name gets a definition in OpenAPI
        serialization=core_schema.plain_serializer_function_ser_schema(view.to_dict),
    )


def view_json_schema(view: Any) -> dict[str, Any]:
    """The JSON schema of a view, as the contract has it, without references: what they lead to is in their places."""
    schema = _contract().get(getattr(view, "_model", ""), {"type": "object"})
    return {"title": view.__name__, **_plain(schema)}


def _plain(schema: Any) -> Any:
    """A schema without references and lists of types: FastAPI 0.115 fails on the latter, as OpenAPI 3.0 has none."""
    if is_a(schema, list):
        return [_plain(each) for each in schema]
    if not is_a(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(_contract()[schema["$ref"].rpartition("/")[2]])
    plain = {key: _plain(each) for key, each in schema.items()}
    if not is_a(plain.get("type"), list):
        return plain
    first, *others = [{"type": "null"} if name == "null" else {**plain, "type": name} for name in plain["type"]]
    return {"anyOf": [first, *others]} if others else first


@cache
def _contract() -> dict[str, Any]:
    """The schemas of the contract by name. Only the file is shared with operations, which build on views."""
    text = (files("omni") / "_operations" / "contract.json").read_text("utf-8")
    return dict(json.loads(text)["schemas"])
