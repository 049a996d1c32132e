"""Fields of a request, checked against the contract before anything is sent.

A field is named as Python names it (``first_name``) and sent as the API names it (``firstName``). Messages name a field
and never show its value.
"""

import math
from collections.abc import Callable, Container, Mapping, Set
from datetime import date, datetime
from typing import Any

from omni._operations.contract import contract, resolve, snake_case
from omni._views.json_values import is_a, utc_or_none
from omni.errors import UsageError

Schema = Mapping[str, Any]


def checked_body(operation_id: str, given: Mapping[str, object], *, own: Container[str] = ()) -> dict[str, object]:
    """The JSON body of an operation; UsageError for a field that it has not, that is missing, or cannot be sent.

    ``own`` are the fields of the body that the caller adds by itself.
    """
    schema = _variant(resolve(contract()["operations"][operation_id]["body"]["schema"]), given)
    _check_names("", given, {name for key in schema["properties"] if (name := snake_case(key)) not in own})
    required = [name for key in schema.get("required", ()) if (name := snake_case(key)) not in own]
    if missing := [name for name in required if name not in given]:
        raise UsageError(f"{missing[0]} is needed: give it.")
    return _checked_fields("", given, schema["properties"])


def _check_names(path: str, given: Mapping[str, object], names: Set[str]) -> None:
    """Refuse a field of the object at ``path``, "" for the body itself, that is not among its fields."""
    if unknown := sorted(str(name) for name in given if name not in names):
        problem = f"{path} has no field" if path else "There is no field"
        raise UsageError(f"{problem} {unknown[0]}: the fields are {', '.join(sorted(names))}.")


def _checked_fields(path: str, given: Mapping[str, Any], schemas: Mapping[str, Schema]) -> dict[str, object]:
    """The fields of an object by the API's names, in the caller's order, once their names are checked."""
    keys = {snake_case(key): key for key in schemas}
    return {keys[name]: checked_value(f"{path}{name}", value, schemas[keys[name]]) for name, value in given.items()}


def _variant(schema: Schema, given: Mapping[str, object]) -> Schema:
    """Of a body that may have several forms, the one whose constant fields are those given."""
    if "oneOf" not in schema:
        return schema
    forms = [resolve(form) for form in schema["oneOf"]]
    for form in forms:
        if all(given.get(snake_case(key)) == value for key, value in _constants(form).items()):
            return form
    choices = [" and ".join(f"{snake_case(key)}={value}" for key, value in _constants(form).items()) for form in forms]
    raise UsageError(f"What is given fits none of the forms of this request, which are {'; '.join(choices)}.")


def _constants(form: Schema) -> dict[str, str]:
    return {key: field["const"] for key, field in form["properties"].items() if "const" in field}


def checked_value(name: str, value: Any, schema: Schema) -> object:
    """The value as it is sent; UsageError if the schema does not allow it."""
    schema = resolve({**schema})
    if "const" in schema or "enum" in schema:
        return _enum_value(name, value, schema.get("enum") or [schema["const"]])
    types = schema.get("type", ["any"])
    if value is None and "null" in types:
        return None
    return _CHECKS[types[0]](name, value, schema)


def _enum_value(name: str, value: Any, values: list[str]) -> str:
    if value not in values:
        raise UsageError(f"{name} cannot be this: the values are {', '.join(values)}.")
    return str.__str__(value)  # plain, also if it is a member of an enum


def _string(name: str, value: object, schema: Schema) -> object:
    if not isinstance(value, str):
        or_none = " or None" if "null" in schema["type"] else ""
        raise UsageError(f"{name} must be a str{or_none}, not {type(value).__name__}.")
    return value


def _boolean(name: str, value: object, schema: Schema) -> object:
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False, not {type(value).__name__}; leave it out to leave it alone.")
    return value


def _number(name: str, value: object, schema: Schema) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value < math.inf:
        raise UsageError(f"{name} must be a finite number.")
    if schema["type"][0] == "integer" and not isinstance(value, int):
        raise UsageError(f"{name} must be an int, not {type(value).__name__}.")
    return value


def _array(name: str, value: Any, schema: Schema) -> object:
    items = resolve(schema["items"])
    if not is_a(value, list, tuple):
        what = f"dicts with {', '.join(items['properties'])}" if "properties" in items else "str"
        raise UsageError(f"{name} must be a list of {what}.")
    return [checked_value(f"{name}[{index}]", item, items) for index, item in enumerate(value)]


def _object(name: str, value: Any, schema: Schema) -> object:
    required = schema.get("required", [])
    if not is_a(value, Mapping) or any(value.get(snake_case(key)) in (None, "") for key in required):
        raise UsageError(f"{name} must be a dict with {', '.join(required) or 'fields'}, not empty.")
    _check_names(name, value, {snake_case(key) for key in schema["properties"]})
    try:
        return _checked_fields(f"{name}.", value, schema["properties"])
    except RecursionError:
        raise UsageError(f"{name} is nested too deeply, or in itself.") from None


def checked_json(name: str, value: Any) -> object:
    """The value as JSON has it; UsageError for what JSON has not, such as NaN, Decimal or a time without an offset."""
    if isinstance(value, datetime):
        return check_aware(name, value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if is_a(value, Mapping):
        if not all(isinstance(key, str) for key in value):  # 1 and "1" would be one key, and one of the values lost
            raise UsageError(f"{name} has a key that is no str: JSON has no other keys, so give texts.")
        return {str.__str__(key): checked_json(f"{name}.{str.__str__(key)}", each) for key, each in value.items()}
    if is_a(value, list, tuple):
        return [checked_json(f"{name}[{index}]", each) for index, each in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    # What is sent is plain: a subclass, such as an enum's member, has the value that it inherits, whatever it prints.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return _writable(name, int.__int__(value))
    if isinstance(value, float) and math.isfinite(value):
        return float.__float__(value)
    raise UsageError(f"{name} cannot be sent as JSON: give a str, a finite number, a bool, None, a list or a dict.")


def _writable(name: str, value: int) -> int:
    try:
        str(value)  # Python refuses thousands of digits, with an error of its own
    except ValueError:
        raise UsageError(f"{name} is an integer of more digits than Python writes: give it as a str.") from None
    return value


def check_aware(name: str, value: datetime) -> datetime:
    """The time, if it says where on earth it is meant."""
    if value.tzinfo is None:
        raise UsageError(f"{name} has no time zone: give an aware datetime, such as datetime.now(UTC).")
    return value


def checked_period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    """Start and end as a query has them, less what was not given; UsageError for a start after the end."""
    if start is not None and end is not None and checked_utc("start", start) > checked_utc("end", end):
        raise UsageError("start is after end.")
    given = {"start": start, "end": end}
    return {name: utc_text(checked_utc(name, time)) for name, time in given.items() if time is not None}


def checked_utc(name: str, value: datetime) -> datetime:
    """The time in UTC; UsageError for what is no time, has no time zone, or is not representable in UTC."""
    found = utc_or_none(value)
    if found is None:
        raise UsageError(f"{name} must be a datetime, and one that there is in UTC too.")
    check_aware(name, value)
    return found


def utc_text(value: datetime) -> str:
    """A time in UTC as a query has it: with a Z, since not every server that takes a Z takes +00:00 too."""
    # The method of datetime itself: subclasses, such as those of pandas, write more digits.
    return datetime.isoformat(value).replace("+00:00", "Z")


_CHECKS: Mapping[str, Callable[[str, Any, Schema], object]] = {
    "string": _string,
    "boolean": _boolean,
    "number": _number,
    "integer": _number,
    "array": _array,
    "object": _object,
    "any": lambda name, value, schema: checked_json(name, value),
}
