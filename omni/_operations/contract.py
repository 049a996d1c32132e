"""What the contract says of the operations: ``contract.json``, which ``tools/contract.py`` makes from the spec."""

import itertools
import json
import os
import re
from functools import cache
from typing import Any

from omni._fork_safety import fork_lock


@cache
def contract() -> dict[str, Any]:
    """Operations by ``operationId``, and schemas by name."""
    with fork_lock:
        # By the loader, which also reads from a zip; importlib.resources takes longer to load than this to read.
        loader: Any = __spec__.loader
        path = os.path.join(os.path.dirname(__file__), "contract.json")  # noqa: PTH118, PTH120 - not a path in a zip
        found: dict[str, Any] = json.loads(loader.get_data(path))
    return found


def operations_by_path() -> dict[str, dict[str, dict[str, Any]]]:
    """The operations by path template and method."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for operation in contract()["operations"].values():
        found.setdefault(operation["path"], {})[operation["method"]] = operation
    return found


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    # Templates with fewer placeholders come first: "/leads/{leadId}" would match "/leads/search" too.
    paths = sorted(operations_by_path(), key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in paths]


def find_template(path: str, method: str | None = None) -> str | None:
    """The path of an operation with placeholders for its ids; None if the contract has no such operation."""
    for pattern, template in _patterns():
        if pattern.search(path) and (method is None or method.lower() in operations_by_path()[template]):
            return template
    return None


def loggable_path(path: str) -> str:
    """The path with placeholders for its ids; of a path that is not in the contract, only its first known segments."""
    if template := find_template(path):
        return template
    segments = path.split("/")
    known = list(itertools.takewhile(_known_segments().__contains__, segments))
    return "/".join([*known, "…"] if known != segments else known)


@cache
def _known_segments() -> frozenset[str]:
    return frozenset(segment for path in operations_by_path() for segment in path.split("/"))


def snake_case(name: str) -> str:
    """A name of the API as Python has it: ``lead_id`` for ``leadId``, ``x_trace`` for ``X-Trace``."""
    return re.sub(r"\W|(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference leads to; any other schema as it is."""
    while "$ref" in schema:
        schema = contract()["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
