"""Differences between a response and the contract, reported without any value of the response.

Rules of this file: only names are reported (keys, enum values, JSON types), and only if they look like names. No JSON
makes it fail. It understands as much of JSON Schema as ``tools/contract.py`` lets through.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from omni._operations.contract import contract, operations_by_path, resolve, template_of
from omni._operations.difference import Difference
from omni._traceback_scrubbing import scrub_traceback
from omni.errors import UsageError, read_json

WITHHELD = "(withheld)"

_NAME = re.compile(r"[A-Za-z0-9_-]+( [a-z0-9][A-Za-z0-9_-]*)*")  # "Matched checklist items", but not "Ada Sample"
_TYPES = {"NoneType": "null", "bool": "boolean", "int": "integer", "str": "string", "list": "array", "dict": "object"}


@scrub_traceback
def differences(value: Any, about: str, method: str | None = None) -> tuple[Difference, ...]:
    """How a JSON value differs from a schema, or from the success of an operation, by path.

    ``about`` is the schema's name, or the operation's path, as a template or with ids; where one path has several
    operations, ``method`` tells which. Raises UsageError if the contract has neither.
    """
    found = Counter(_walk(value, _schema(about, method)))
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0]))  # by path first
    return tuple(Difference(*each, count) for each, count in ordered)


@scrub_traceback
def of_body(body: bytes, about: str, method: str | None = None) -> tuple[Difference, ...]:
    """The same for a body as it came; none if it is not JSON."""
    try:
        value = read_json(body)
    except (ValueError, RecursionError):
        return ()
    return differences(value, about, method)


def _schema(about: str, method: str | None) -> dict[str, Any]:
    if about in contract()["schemas"]:
        return dict(contract()["schemas"][about])
    template = template_of(about, method)
    if template is None:
        raise UsageError("The contract has no such schema or operation.")
    methods = operations_by_path()[template]
    operation = methods[method.lower()] if method else next(iter(methods.values()))
    return dict(operation["success"]["schema"] or {})


def _walk(value: Any, schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, path and detail of each difference; with a list of what waits, since JSON can be deeper than calls."""
    waiting = [("", value, schema)]
    while waiting:
        path, value, schema = waiting.pop()
        seen = _type(value)
        forms = [form for form in _forms(schema) if _allows(form, seen)]
        if not forms:
            yield "wrong type", path, seen
        elif seen == "object":
            known = {key: each for form in forms for key, each in form.get("properties", {}).items()}
            yield from _keys(path, value, known, forms)
            waiting += [(_joined(path, key), value[key], known[key]) for key in known.keys() & value.keys()]
            others: list[Any] = [form.get("additionalProperties") for form in forms]
            unnamed = value.keys() - known.keys()
            for other in (each for each in others if each not in (None, True, False)):
                waiting += [(_joined(path, _shown(key)), value[key], other) for key in unnamed]
        elif seen == "array":
            waiting += [(f"{path}[]", each, form["items"]) for form in forms if "items" in form for each in value]
        elif seen == "string":
            yield from _text(path, value, forms)


def _keys(
    path: str, value: dict[str, Any], known: dict[str, Any], forms: list[dict[str, Any]]
) -> Iterable[tuple[str, str, str]]:
    required = [set[str](form.get("required", ())) for form in forms]
    for key in required[0].intersection(*required) - value.keys():
        yield "missing key", _joined(path, key), ""
    if all("properties" in form and not form.get("additionalProperties") for form in forms):
        for key in value.keys() - known.keys():
            yield "unknown key", _joined(path, _shown(key)), _type(value[key])


def _text(path: str, text: str, forms: list[dict[str, Any]]) -> Iterable[tuple[str, str, str]]:
    words = {word for form in forms for word in form.get("enum", ())}
    if words and text not in words:
        yield "unknown value", path, WITHHELD if " " in text else _shown(text)
    if all(form.get("format") == "date-time" for form in forms) and not _is_moment(text):
        yield "wrong format", path, "date-time"


def _forms(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that a value may choose from: references and ``anyOf`` are followed."""
    if "$ref" in schema:
        return _forms(resolve(schema))
    return [form for each in schema["anyOf"] for form in _forms(each)] if "anyOf" in schema else [schema]


def _allows(form: dict[str, Any], seen: str) -> bool:
    types = form.get("type", [seen])
    return seen in types or (seen == "integer" and "number" in types)


def _type(value: Any) -> str:
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"  # as JSON Schema counts 1.0
    return _TYPES.get(value.__class__.__name__, "unknown")


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}".removeprefix(".")


def _shown(text: str) -> str:
    """The text if it looks like a name: letters, few digits, no phone number, no id, no address."""
    is_name = len(text) <= 40 and _NAME.fullmatch(text) and re.search("[A-Za-z]", text)
    return text if is_name and len(re.findall("[0-9]", text)) <= 4 else WITHHELD
