"""The draft of the spec that accepts saved responses."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import drift_patch
import pytest
import yaml
from openapi_spec_validator import validate
from spec_edits import NoPlaceError, accept

import omni

ROOT = Path(__file__).parents[2]

Draft = Callable[..., subprocess.CompletedProcess[str]]

FLAT = {"id": "1", "name": "Ada Sample", "email": None, "status": "IN_PROGRESS", "actionLogs": [{"id": "2"}]}

ODD = {
    "lead": None,
    "status": "ON",
    "documents": {},
    "lastAction": "none",
    "nextDraft": {"new": True, "type": "SIGH", "tool": {"new": [1]}},
    "checklistItems": [
        {"id": 1, "items": [{"status": "WAITING", "Some words": {"a": 1}, "value": 1, "checklistItem": {"yes": 1}}]},
        {"id": None, "items": [{"documents": [{"size": 1.5, "createdAt": "soon", "no": "x"}, {"no": 1}]}]},
    ],
}

NEW_KEY = '{"lead": {"id": "1", "new": 1}}'


def cassette(body: Any, status: int = 200, method: str = "GET", path: str = "/api/v1/leads/1") -> str:
    """A cassette as vcrpy writes it."""
    request = {"method": method, "uri": f"https://x.example{path}?a=b", "body": None, "headers": {}}
    response = {"status": {"code": status, "message": ""}, "headers": {}, "body": {"string": body}}
    return yaml.safe_dump({"interactions": [{"request": request, "response": response}]})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A scratch repository with the spec and the code that derives the contract from it and compares with it."""
    for folder in ("openapi", "tools", "omni", "generated"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


@pytest.fixture
def draft(repository: Path) -> Draft:
    """Run the tool in the scratch repository over responses: texts are saved as they are, all else as JSON."""

    def draft(*responses: Any, name: str = "response.json", options: tuple[str, ...] = ()) -> Any:
        names = [f"{number}-{name}" for number, _ in enumerate(responses)]
        for file, response in zip(names, responses, strict=True):
            (repository / file).write_text(response if isinstance(response, str) else json.dumps(response))
        return run(repository, "drift_patch", *options, *names)

    return draft


def run(repository: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of a scratch repository."""
    command = [sys.executable, f"tools/{tool}.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([".", "generated"])}
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)


def adopt(repository: Path, patch: str) -> None:
    """Apply a patch, and derive the contract from the spec."""
    subprocess.run(["git", "apply"], input=patch, text=True, check=True, cwd=repository)
    assert run(repository, "contract").returncode == 0


@pytest.mark.parametrize("responses", [[FLAT], [ODD], [FLAT, ODD], [None], [[]], [{"lead": {"id": 1, "new": 1}}]])
def test_applied_patch_leaves_no_drift(draft: Draft, repository: Path, responses: list[Any]) -> None:
    """The patch applies, the spec stays valid, and then there is nothing to draft for the same responses."""
    drafted = draft(*responses)
    adopt(repository, drafted.stdout)
    again = draft(*responses)

    assert (drafted.returncode, drafted.stderr) == (0, "")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    validate(yaml.safe_load((repository / "openapi" / "omni.yaml").read_text()))


def test_patch_is_written_as_a_person_would(draft: Draft) -> None:
    """Fields, enum values, types and requirements are written in the style around them, and nothing else is touched."""
    drafted = draft(FLAT, ODD)

    changed = [line for line in drafted.stdout.splitlines() if line[0] in "+-"]
    assert changed[:2] == ["--- a/openapi/omni.yaml", "+++ b/openapi/omni.yaml"]
    assert "-      required: [lead]" in changed
    assert '+            - $ref: "#/components/schemas/LeadRecord"' in changed
    assert "+        name:" in changed
    assert "+          description: Seen in a response; meaning not documented. [SEEN]" in changed
    assert '+          type: [string, "null"]' in changed
    assert '+      enum: [IN_PROGRESS, COMPLETED, REVIEW, OPTED_OUT, NOT_INTERESTED, "ON"]' in changed
    assert '+          type: [integer, "null", number]' in changed
    assert "-          format: date-time" in changed
    assert '+        "yes":' in changed
    assert "+        Some words:" in changed
    assert "+        - SIGH" in changed


def test_withheld_names_are_not_drafted(draft: Draft) -> None:
    """A key or value that may be of a person is neither drafted nor shown, and stderr says where it was."""
    drafted = draft({"lead": {"id": "1", "Ada Sample": 1}, "status": "1 Test Way"})

    assert drafted.stdout == ""
    assert [line.split()[:2] for line in drafted.stderr.splitlines()] == [["Not", "drafted:"]] * 2
    assert "lead.(withheld) integer" in drafted.stderr
    assert "status (withheld)" in drafted.stderr


@pytest.mark.parametrize("body", [NEW_KEY, NEW_KEY.encode()])
def test_cassettes_name_their_operation(draft: Draft, body: Any) -> None:
    """The operation is that of the cassette's request; bodies are texts or bytes."""
    assert "+        new:\n" in draft(cassette(body), name="cassette.yaml").stdout


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (NEW_KEY, {"status": 404}),
        (NEW_KEY, {"status": 302}),
        (NEW_KEY, {"method": "DELETE"}),
        (NEW_KEY, {"path": "/api/v1/elsewhere"}),
        (None, {}),
        ("<html>", {}),
        (b"\x1f\x8b\xff", {}),
    ],
)
def test_other_responses_of_a_cassette_are_skipped(draft: Draft, body: Any, facts: dict[str, Any]) -> None:
    """What is no success, no JSON, or not in the contract is named on stderr, and drafts nothing."""
    drafted = draft(cassette(body, **facts), name="cassette.yml")

    assert (drafted.returncode, drafted.stdout) == (0, "")
    assert drafted.stderr.startswith("Skipped in 0-cassette.yml: status ")


@pytest.mark.parametrize(
    ("content", "name"), [("<html>", "a.json"), ("{}", "a.yaml"), ("[}", "a.yaml"), ("interactions: [1]", "a.yaml")]
)
def test_file_that_is_no_response_is_refused(draft: Draft, content: str, name: str) -> None:
    """It is named, and nothing of it is shown."""
    drafted = draft(content, name=name)

    assert (drafted.returncode, drafted.stdout) == (2, "")
    assert drafted.stderr.endswith(f"error: 0-{name} is neither JSON nor a cassette\n")


def test_operation_of_json_files(draft: Draft) -> None:
    """``--operation`` says what a JSON file is a response of; it must be in the contract."""
    lead = {"id": "g", "new": 1}
    drafted = draft([lead], options=("--operation", "/api/v1/leads/{leadId}/checklist"))
    refused = draft([lead], options=("--operation", "/api/v1/elsewhere"))

    assert "+        new:\n" in drafted.stdout
    assert refused.returncode == 2
    assert "/api/v1/leads/{leadId}" in refused.stderr


def test_other_specs(draft: Draft, repository: Path) -> None:
    """``--spec`` names the file to change, relative to the working directory in the patch."""
    (repository / "other.yaml").write_text((repository / "openapi" / "omni.yaml").read_text())

    assert draft(FLAT, options=("--spec", "other.yaml")).stdout.startswith("--- a/other.yaml\n")
    assert draft(FLAT, options=("--spec", "nowhere.yaml")).stderr.endswith(
        "No such file or directory: 'nowhere.yaml'\n"
    )


STYLES = """\
paths:
  /a:
    parameters: []
    post:
      responses:
        "204": {description: Nothing.}
        "200":
          content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}
components:
  schemas:
    A:
      type: object
      required:
        - one  # the first
        - two
      properties:
        one: {format: date-time, type: string}
        two: {type: string, format: date-time}
        word: {anyOf: [{$ref: "#/components/schemas/Word"}, {type: string}]}
        words: {anyOf: [{$ref: "#/components/schemas/Word"}, {$ref: "#/components/schemas/Number"}]}
        lonely: {$ref: "#/components/schemas/Lonely"}
        flow: {properties: {a: {type: string}}}
        stamp: {format: date-time}
        types:
          type:
            - string
            - integer
          description: >-
            The last one, with blank lines after it.


    # about words
    Word:
      type: string
      enum:
        - YES_SIR  # with a comment
    Number: {type: number}
    Lonely: {required: [it]}
"""


@pytest.mark.parametrize(
    ("kind", "path", "detail", "expected"),
    [
        ("missing key", "one", "", "      required: [two]\n"),
        ("missing key", "lonely.it", "", None),
        ("missing key", "neither", "", ""),
        ("wrong format", "one", "date-time", "        one: {type: string}\n"),
        ("wrong format", "two", "date-time", "        two: {type: string}\n"),
        ("wrong format", "types", "date-time", ""),
        ("wrong format", "stamp", "date-time", None),
        ("unknown value", "word", "NO", '        - YES_SIR  # with a comment\n        - "NO"\n'),
        ("unknown value", "word", "YES_SIR", ""),
        ("unknown value", "one", "X", None),
        ("wrong type", "word", "null", '{type: [string, "null"]}]}\n'),
        ("wrong type", "word", "string", ""),
        ("wrong type", "words", "object", '[{anyOf: [{$ref: "#/components/schemas/Word"}, {type: object}]}'),
        ("wrong type", "lonely", "null", ""),
        ("wrong type", "types", "array", "            - integer\n            - array\n"),
        ("wrong type", "", "array", '{schema: {anyOf: [{$ref: "#/components/schemas/A"}, {type: array}]}}'),
        ("unknown key", "one", "null", '        one: {format: date-time, type: [string, "null"]}\n'),
        ("unknown key", "one", "string", ""),
        ("unknown key", "flow.b", "string", None),
        ("unknown key", "lonely.b", "string", None),
        ("unknown key", "a[].b", "string", None),
        ("unknown key", "new", "array", "[SEEN]\n\n\n    # about words\n"),
    ],
)
def test_edits_keep_the_style(kind: str, path: str, detail: str, expected: str | None) -> None:
    """A change is made in the style of the YAML, once; here an empty text is no change, and None no place for one."""
    difference = omni.Difference(kind, path, detail)
    if expected is None:
        with pytest.raises(NoPlaceError):
            accept(STYLES, "/a", None, difference)
        return

    changed = accept(STYLES, "/a", "POST", difference)

    assert yaml.safe_load(changed)
    assert expected in changed
    assert (changed != STYLES) == bool(expected)
    assert accept(changed, "/a", None, difference) == changed


CIRCLE = """\
paths:
  /api/v1/leads/{leadId}:
    get: {responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}}
components: {schemas: {A: {$ref: "#/components/schemas/A"}}}
"""


@pytest.mark.parametrize("spec", [CIRCLE, ""], ids=["circle", "empty"])
def test_spec_without_a_place(capsys: pytest.CaptureFixture[str], spec: str) -> None:
    """A schema that refers to itself and nothing else has no place for anything, nor has an empty spec."""
    response = drift_patch.Response("/api/v1/leads/{leadId}", "GET", FLAT)

    assert drift_patch.draft(spec, [response]) == spec
    assert capsys.readouterr().err.count("Not drafted: ") == 4
