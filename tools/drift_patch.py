"""Draft a change of the spec that accepts saved responses, and print it as a patch.

    python tools/drift_patch.py RESPONSE... | git apply

A response is a JSON file of the operation that --operation names, or a cassette of vcrpy (.yaml), whose requests name
theirs. What only a person can write is named on stderr. No value of a response is printed.
"""

import argparse
import json
import os.path
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml
from spec_edits import NoPlaceError, accept

from omni._operations.contract import find_template, operations_by_path
from omni._operations.drift import differences

SPEC = Path(__file__).resolve().parent.parent / "openapi" / "omni.yaml"


class Response(NamedTuple):
    """The JSON of a success, and the operation it belongs to: its path as a template, its method if that is known."""

    template: str
    method: str | None
    value: Any


def main() -> None:
    """Read the responses, and print the patch; exit code 2 if a file cannot be read."""
    parser = argparse.ArgumentParser(description="Draft a change of the spec that accepts saved responses.")
    parser.add_argument("responses", metavar="RESPONSE", nargs="+", type=Path, help="JSON file, or cassette (.yaml)")
    parser.add_argument("--operation", metavar="PATH", default="/api/v1/leads/{leadId}", help="of the JSON files")
    parser.add_argument("--spec", metavar="FILE", type=Path, default=SPEC, help="what to change")
    arguments = parser.parse_args()
    template = find_template(arguments.operation)
    if template is None:
        parser.error(f"--operation must be one of {', '.join(operations_by_path())}")
    try:
        saved = [response for path in arguments.responses for response in read(path, template)]
        old = arguments.spec.read_text("utf-8")
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print("".join(patch(arguments.spec, old, draft(old, saved))), end="")


def read(path: Path, template: str) -> Iterator[Response]:
    """The responses that a file holds; ValueError if it is neither JSON nor a cassette."""
    content = path.read_text("utf-8")
    try:
        if path.suffix in {".yaml", ".yml"}:
            yield from recorded(path, yaml.safe_load(content)["interactions"])
        else:
            yield Response(template, None, json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise ValueError(f"{path} is neither JSON nor a cassette") from None


def recorded(path: Path, interactions: Any) -> Iterator[Response]:
    """The successes of a cassette that the contract knows; the others are named on stderr."""
    for interaction in interactions:
        request, response = interaction["request"], interaction["response"]
        status = int(response["status"]["code"])
        template = find_template(urlsplit(request["uri"]).path, request["method"])
        try:
            value = json.loads(response["body"]["string"])
        except (TypeError, ValueError):
            template = None
        if template and 200 <= status < 300:
            yield Response(template, request["method"], value)
        else:
            print(f"Skipped in {path}: status {status}, no JSON success that the contract knows.", file=sys.stderr)


def draft(spec: str, responses: list[Response]) -> str:
    """The text of a spec that accepts the responses as far as that can be drafted; the rest is named on stderr."""
    drift = dict.fromkeys(
        (template, method, difference)
        for template, method, value in responses
        for difference in differences(value, template, method)
    )
    for template, method, difference in drift:
        try:
            spec = accept(spec, template, method, difference)
        except (NoPlaceError, RecursionError):  # the latter for a schema that refers to itself and nothing else
            what = f"{difference.kind} {difference.path or '.'} {difference.detail}".rstrip()
            print(f"Not drafted: {what}", file=sys.stderr)
    return spec


def patch(path: Path, old: str, new: str) -> Iterator[str]:
    """The lines of a patch for ``git apply`` in the working directory."""
    name = Path(os.path.relpath(path)).as_posix()
    return unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}")


if __name__ == "__main__":
    main()
