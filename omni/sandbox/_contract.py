"""The contract of the API, and strict checks of requests against it.

Fields and parameters that the contract does not name are refused, so that mistakes show early. That the API refuses as
much is not documented, nor are its messages.
"""

import json
import math
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias, TypeGuard

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

Schema: TypeAlias = dict[str, Any]

_TYPES = {
    "array": ("an array", list),
    "boolean": ("true or false", bool),
    "integer": ("a whole number", int),
    "null": ("null", type(None)),
    "number": ("a number", int | float),
    "object": ("an object", dict),
    "string": ("a string", str),
}


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Return whether a JSON value is an array."""
    return isinstance(value, list)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Return whether a JSON value is an object."""
    return isinstance(value, dict)


@cache
def contract() -> dict[str, Any]:
    """Return the operations by `operationId`, and the schemas by name."""
    # Only the file is shared with the client: its code, and so its mistakes, are not.
    text = (files("omni") / "_operations" / "contract.json").read_text("utf-8")
    return dict(json.loads(text))


def resolve(schema: Schema) -> Schema:
    """Return the schema that a reference leads to; any other schema as it is."""
    while "$ref" in schema:
        schema = contract()["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def check(value: Any, schema: Schema, path: str = "", *, root: str = "The body") -> None:
    """Refuse a value that its schema does not allow; messages name it by its `path`, or as `root` if that is empty."""
    schema = resolve(schema)
    if problem := _problem(value, schema):
        raise HTTPException(400, f"{path or root} {problem}.")
    if is_array(value) and "items" in schema:
        for n, child in enumerate(value):
            check(child, schema["items"], f"{path}[{n}]")
    elif is_object(value):
        others = schema.get("additionalProperties", "properties" not in schema)
        for field, child in value.items():
            field_schema = schema.get("properties", {}).get(field, others)
            if field_schema is False:
                raise HTTPException(400, f"{path or root} must not have {field}, which is not documented.")
            if field_schema is not True:
                check(child, field_schema, f"{path}.{field}" if path else field)
    if forms := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        _check_forms(value, forms, path, root)


def _check_forms(value: Any, forms: list[Schema], path: str, root: str) -> None:
    problems: list[str] = []
    for form in forms:
        try:
            check(value, form, path, root=root)
        except HTTPException as error:
            problems.append(error.detail)
    if len(problems) == len(forms):
        raise HTTPException(400, " Or: ".join(problems))


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text, or refuse it."""
    try:
        value = json.loads(text)
        # Python also accepts NaN, which is not JSON, and unpaired surrogates, which are not text.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "This is not JSON.") from error
    return value


def parse_text(text: Any, schema: Schema) -> Any:
    """Return the value of a query parameter or form field, which is sent as text whatever its type is."""
    if isinstance(text, str) and {"boolean", "integer", "number"}.intersection(resolve(schema).get("type", ())):
        with suppress(HTTPException):  # `check` says which type it must have
            return parse_json(text)
    return text


def parse_time(text: str) -> datetime | None:
    """Return an ISO 8601 time with an offset; None for any other text."""
    with suppress(ValueError):
        time = datetime.fromisoformat(text.upper())
        # What a time without an offset means is not documented: to refuse it is the strict choice.
        return time if time.tzinfo else None
    return None


def _problem(value: Any, schema: Schema) -> str | None:
    types, choices = schema.get("type", ()), [schema["const"]] if "const" in schema else schema.get("enum", [value])
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    missing = [field for field in schema.get("required", ()) if is_object(value) and field not in value]
    if schema.get("format") == "binary":
        return None if isinstance(value, UploadFile) else "must be a file"
    if types and not any(_has_type(value, type) for type in types):
        return f"must be {' or '.join(_TYPES[type][0] for type in types)}"
    if value not in choices:
        return f"must be one of {', '.join(map(str, choices))}"
    if schema.get("format") == "date-time" and isinstance(value, str) and not parse_time(value):
        return "must be an ISO 8601 time with an offset"
    if is_array(value) and not least <= len(value) <= most:
        return f"must have {f'{least} to {most}' if 'maxItems' in schema else f'at least {least}'} elements"
    return f"lacks {missing[0]}" if missing else None


def _has_type(value: Any, type: str) -> bool:
    # To Python, True and False are whole numbers.
    return isinstance(value, _TYPES[type][1]) and isinstance(value, bool) == (type == "boolean")
