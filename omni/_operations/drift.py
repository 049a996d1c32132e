"""Differences between a response and the contract, reported without any value of the response.

Rules of this file: only names are reported (keys, enum values, JSON types), and only if they look like names. No JSON
makes it fail. It understands as much of JSON Schema as ``tools/contract.py`` lets through.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from omni._operations.contract import contract, find_template, operations_by_path, resolve
from omni._operations.difference import Difference
from omni._traceback_scrubbing import scrub_traceback
from omni._views.json_values import read_json
from omni.errors import UsageError

WITHHELD = "(withheld)"

_NAME = re.compile(r"[A-Za-z0-9_-]+( [a-z0-9][A-Za-z0-9_-]*)*")  # "Matched checklist items", but not "Ada Sample"
_TYPES = {"NoneType": "null", "bool": "boolean", "int": "integer", "str": "string", "list": "array", "dict": "object"}


@scrub_traceback
def differences(value: Any, source: str, method: str | None = None) -> tuple[Difference, ...]:
    """How a JSON value differs from a schema, from a webhook event, or from the success of an operation, by path.

    ``source`` is the schema's name, the event's, or the operation's path, as a template or with ids; where one path has
    several operations, ``method`` tells which. Raises UsageError if the contract has none of them.
    """
    found = Counter(_walk(value, _schema(source, method)))
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0]))  # by path first
    return tuple(Difference(*each, count) for each, count in ordered)


@scrub_traceback
def body_differences(body: bytes, source: str, method: str | None = None) -> tuple[Difference, ...]:
    """The same for a body as it came; none if it is not JSON."""
    try:
        value = read_json(body)
    except (ValueError, RecursionError):
        return ()
    return differences(value, source, method)


def _schema(source: str, method: str | None) -> dict[str, Any]:
    if source in contract()["schemas"]:
        return dict(contract()["schemas"][source])
    if source in contract()["webhooks"]:
        return dict(contract()["webhooks"][source])
    template = find_template(source, method)
    if template is None:
        raise UsageError("The contract has no such schema, event or operation.")
    methods = operations_by_path()[template]
    operation = methods[method.lower()] if method else next(iter(methods.values()))
    return dict(operation["success"]["schema"] or {})


def _walk(value: Any, schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, path and detail of each difference; with a list of what waits, since JSON can be deeper than calls."""
    waiting = [("", value, schema)]
    while waiting:
        path, value, schema = waiting.pop()
        seen = type_name(value)
        forms = [form for form in _forms(schema) if _allows(form, seen)]
        if not forms:
            yield "wrong type", path, seen
        elif seen == "object":
            known = _known_keys(forms)
            yield from _key_differences(path, value, known, forms)
            waiting += [(join_path(path, key), value[key], known[key]) for key in known.keys() & value.keys()]
            unknown = value.keys() - known.keys()
            for key_schema in (form.get("additionalProperties") for form in forms):
                if isinstance(key_schema, dict):  # else it only says whether other keys may come
                    waiting += [(join_path(path, redact_name(key)), value[key], key_schema) for key in unknown]
        elif seen == "array":
            waiting += [(f"{path}[]", each, form["items"]) for form in forms if "items" in form for each in value]
        elif seen in ("string", "integer"):
            yield from _value_differences(path, value, forms)


def _known_keys(forms: list[dict[str, Any]]) -> dict[str, Any]:
    """The schemas of the keys that an object of one of these forms may have."""
    found: dict[str, list[Any]] = {}
    for form in forms:
        for key, schema in form.get("properties", {}).items():
            found.setdefault(key, []).append(schema)
    return {key: schemas[0] if len(schemas) == 1 else {"anyOf": schemas} for key, schemas in found.items()}


def _key_differences(
    path: str, value: dict[str, Any], known: dict[str, Any], forms: list[dict[str, Any]]
) -> Iterable[tuple[str, str, str]]:
    required = [set[str](form.get("required", ())) for form in forms]
    for key in required[0].intersection(*required) - value.keys():
        yield "missing key", join_path(path, key), ""
    if all(_is_closed(form) for form in forms):
        for key in value.keys() - known.keys():
            yield "unknown key", join_path(path, redact_name(key)), type_name(value[key])


def _is_closed(form: dict[str, Any]) -> bool:
    """Whether keys that the form does not name are news: it names some, or says that there are no others."""
    return form.get("additionalProperties", "properties" not in form) is False


def _value_differences(path: str, value: str | float, forms: list[dict[str, Any]]) -> Iterable[tuple[str, str, str]]:
    values = {each for form in forms for each in form.get("enum", ())}
    text = str(value)
    if values and value not in values:
        yield "unknown value", path, WITHHELD if " " in text else redact_name(text)
    if all(form.get("format") == "date-time" for form in forms) and not _is_timestamp(text):
        yield "wrong format", path, "date-time"


def _forms(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that a value may choose from: references and ``anyOf`` are followed."""
    if "$ref" in schema:
        return _forms(resolve(schema))
    return [form for each in schema["anyOf"] for form in _forms(each)] if "anyOf" in schema else [schema]


def _allows(form: dict[str, Any], seen: str) -> bool:
    types = form.get("type", [seen])
    return seen in types or (seen == "integer" and "number" in types)


def type_name(value: Any) -> str:
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"  # as JSON Schema counts 1.0
    return _TYPES.get(value.__class__.__name__, "unknown")


def _is_timestamp(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def join_path(path: str, key: str) -> str:
    """The path of a key in the object at ``path``, "" for the outermost one."""
    return f"{path}.{key}".removeprefix(".")


def redact_name(text: str) -> str:
    """The text if it looks like a name: letters, few digits, no phone number, no id, no address."""
    is_name = len(text) <= 40 and _NAME.fullmatch(text) and re.search("[A-Za-z]", text)
    return text if is_name and len(re.findall("[0-9]", text)) <= 4 else WITHHELD
