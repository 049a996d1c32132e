"""Strict reading of requests: what the documentation does not name is refused, so that a slip is found out early.

That the API refuses as much is not documented, nor are the words that it refuses with.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request

Rule: TypeAlias = tuple[Callable[[Any], bool], str]

TEXT: Rule = (lambda value: isinstance(value, str), "a string")
TEXT_OR_NULL: Rule = (lambda value: value is None or isinstance(value, str), "a string or null")
FLAG: Rule = (lambda value: isinstance(value, bool), "true or false")
NUMBER: Rule = (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a number")
OBJECT: Rule = (lambda value: isinstance(value, dict), "an object")
LIST: Rule = (lambda value: isinstance(value, list), "an array")
TEXTS: Rule = (lambda value: LIST[0](value) and all(map(TEXT[0], value)), "an array of strings")
ANYTHING: Rule = (lambda value: True, "anything")


def word(*words: str) -> Rule:
    """Return the rule that a value is one of some words."""
    return (lambda value: value in words, "one of " + ", ".join(words))


def check(value: Any, rules: Mapping[str, Rule], *, required: tuple[str, ...] = (), name: str = "The body") -> None:
    """Refuse what is not an object of fields that keep their rules, all required ones among them."""
    if not OBJECT[0](value):
        raise HTTPException(400, f"{name} must be an object.")
    if missing := [field for field in required if field not in value]:
        raise HTTPException(400, f"{name} lacks {missing[0]}.")
    for field, given in value.items():
        if field not in rules:
            raise HTTPException(400, f"{name} must not have {field}, which is not documented.")
        keeps, words = rules[field]
        if not keeps(given):
            raise HTTPException(400, f"{field} must be {words}.")


def parsed(text: str | bytes) -> Any:
    """Return the value of a JSON text, or refuse it."""
    try:
        value = json.loads(text)
        # Python also takes what is no JSON (NaN) and what is no text (half a surrogate pair).
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "This is not JSON.") from error
    return value


async def body(request: Request) -> Any:
    """Return the JSON that a request brings."""
    return parsed(await request.body())
