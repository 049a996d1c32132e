"""Propose the edit of the spec that accepts saved responses, and say what it would mean for users.

    python tools/drift.py RESPONSE...            print the edit as a patch, and its verdict; nothing is changed
    python tools/drift.py RESPONSE... --apply    make the edit; `nox -s generate` then does the rest

A response is a JSON file of the operation that --operation names, or a cassette of vcrpy (.yaml), whose requests name
theirs. What only a person can write is named on stderr. No value of a response is printed.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import generate
import yaml
from lint_spec import problems
from project import Project, exit_status
from spec_edits import NoPlaceError, accept, steps

from omni._operations.contract import find_template, operations_by_path
from omni._operations.drift import differences


class Response(NamedTuple):
    """The JSON of a success, and the operation it belongs to: its path as a template, its method if that is known."""

    template: str
    method: str | None
    value: Any


def main() -> int:
    """Read the responses, print the patch and its verdict; the exit status, 2 if a file cannot be read."""
    project = Project.load()
    parser = argparse.ArgumentParser(description="Propose the edit of the spec that accepts saved responses.")
    parser.add_argument("responses", metavar="RESPONSE", nargs="+", type=Path, help="JSON file, or cassette (.yaml)")
    parser.add_argument("--operation", metavar="PATH", default=project.curated["response"], help="of the JSON files")
    parser.add_argument("--apply", action="store_true", help="make the edit")
    arguments = parser.parse_args()
    template = find_template(arguments.operation)
    if template is None:
        parser.error(f"--operation must be one of {', '.join(operations_by_path())}")
    try:
        saved = [response for path in arguments.responses for response in read(path, template)]
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if wrong := problems(project):
        print(*wrong, sep="\n")
        return 1
    old = project.spec.read_text("utf-8")
    new = draft(old, saved)
    if new == old:
        return 0
    name = project.settings["spec"]
    if arguments.apply:
        project.spec.write_text(new, "utf-8")
        print(f"{name} is edited; run `nox -s generate`")
        return 0
    before, after = (text.splitlines(keepends=True) for text in (old, new))
    print("".join(unified_diff(before, after, f"a/{name}", f"b/{name}")), flush=True)
    return generate.run(project, text=new, trial=True)


def read(path: Path, template: str) -> Iterator[Response]:
    """The responses that a file holds; ValueError if it is neither JSON nor a cassette."""
    content = path.read_text("utf-8")
    try:
        if path.suffix in {".yaml", ".yml"}:
            yield from recorded(path, yaml.safe_load(content)["interactions"])
        else:
            yield Response(template, None, json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
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
        seen = [found for each in responses if each.template == template for found in at(each.value, difference.path)]
        try:
            spec = accept(spec, template, method, difference, seen)
        except (NoPlaceError, RecursionError):  # the latter for a schema that refers to itself and nothing else
            what = f"{difference.kind} {difference.path or '.'} {difference.detail}".rstrip()
            print(f"Not drafted: {what}", file=sys.stderr)
    return spec


def at(value: Any, path: str) -> list[Any]:
    """All values at a path, such as ``documents[].size``."""
    found = [value]
    for step in steps(path):
        if step == "[]":
            found = [inner for each in found if isinstance(each, list) for inner in each]
        else:
            found = [each[step] for each in found if isinstance(each, dict) and step in each]
    return found


if __name__ == "__main__":
    sys.exit(exit_status(main))
