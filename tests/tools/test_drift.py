"""The draft of the spec that accepts saved responses."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import drift
import pytest
import repository
import yaml
from spec_edits import NoPlaceError, accept

import omni

Draft = Callable[..., Any]

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

NESTED = {
    "lead": {"id": "1", "owner": {"name": "Ada", "born": 1977, "shares": [{"part": 0.5}, {"part": None, "of": []}]}}
}

NEW_KEY = '{"lead": {"id": "1", "new": 1}}'


def cassette(body: Any, status: int = 200, method: str = "GET", path: str = "/api/v1/leads/1") -> str:
    """A cassette as vcrpy writes it."""
    request = {"method": method, "uri": f"https://x.example{path}?a=b", "body": None, "headers": {}}
    response = {"status": {"code": status, "message": ""}, "headers": {}, "body": {"string": body}}
    return yaml.safe_dump({"interactions": [{"request": request, "response": response}]})


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A scratch repository."""
    return repository.make(tmp_path)


class Drafted(NamedTuple):
    """What the tool printed and returned, and the edit that it made."""

    code: int
    patch: str
    errors: str


@pytest.fixture
def draft(scratch: Path) -> Draft:
    """Let the tool edit the spec of the scratch repository; texts are saved as they are, all else as JSON."""

    def draft(*responses: Any, name: str = "response.json", options: tuple[str, ...] = ("--apply",)) -> Drafted:
        names = [f"{number}-{name}" for number, _ in enumerate(responses)]
        for file, response in zip(names, responses, strict=True):
            (scratch / file).write_text(response if isinstance(response, str) else json.dumps(response))
        done = repository.tool(scratch, "drift", *options, *names)
        return Drafted(done.returncode, repository.git(scratch, "diff", "openapi"), done.stderr)

    return draft


OTHER_RESPONSES = ([FLAT], [None], [NESTED, [], {"lead": {"id": 1, "new": 1}}])


@pytest.mark.parametrize(
    "responses", [[FLAT, ODD], *(pytest.param(other, marks=pytest.mark.thorough) for other in OTHER_RESPONSES)]
)
def test_edited_spec_knows_the_responses(draft: Draft, scratch: Path, responses: list[Any]) -> None:
    """The spec is valid, everything is generated from it, and then there is nothing to draft for the same responses."""
    drafted = draft(*responses)
    generated = repository.tool(scratch, "generate")
    again = draft(*responses)

    assert (drafted.code, drafted.errors) == (0, "")
    assert "at least " in generated.stdout, generated.stdout
    assert (generated.returncode, generated.stderr) == (0, "")
    assert again == drafted


def test_an_edit_is_proposed_with_its_verdict(scratch: Path) -> None:
    """The patch comes first, then what it would mean and what is left to do; no file is changed."""
    (scratch / "response.json").write_text(json.dumps(NESTED))
    before = repository.git(scratch, "status", "--porcelain")

    done = repository.tool(scratch, "drift", "response.json")

    patch, _, report = done.stdout.partition("\nChanges for users since ")
    assert (done.returncode, done.stderr) == (0, "")
    assert "+    LeadRecordOwner:\n+      type: object\n" in patch
    assert "+        shares:\n+          description: Seen" in patch
    assert "LeadRecord.owner " in report
    assert 'owner = view(LeadRecordOwner, "lead.owner")' in report
    assert 'shares = views(LeadRecordOwnerShares, "shares")' in report
    assert report.endswith("This was a trial: nothing was changed.\n")
    assert not {"1977", "Ada"} & {*re.findall(r"\w+", done.stdout)}
    assert repository.git(scratch, "status", "--porcelain") == before


def test_patch_is_written_as_a_person_would(draft: Draft) -> None:
    """Fields, enum values, types and requirements are written in the style around them, and nothing else is touched."""
    drafted = draft(FLAT, ODD)

    changed = [line for line in drafted.patch.splitlines() if line[0] in "+-"]
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

    assert drafted.patch == ""
    assert [line.split()[:2] for line in drafted.errors.splitlines()] == [["Not", "drafted:"]] * 2
    assert "lead.(withheld) integer" in drafted.errors
    assert "status (withheld)" in drafted.errors


@pytest.mark.parametrize("body", [NEW_KEY, NEW_KEY.encode()])
def test_cassettes_name_their_operation(draft: Draft, body: Any) -> None:
    """The operation is that of the cassette's request; bodies are texts or bytes."""
    assert "+        new:\n" in draft(cassette(body), name="cassette.yaml").patch


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

    assert (drafted.code, drafted.patch) == (0, "")
    assert drafted.errors.startswith("Skipped in 0-cassette.yml: status ")


@pytest.mark.parametrize(
    ("content", "name"), [("<html>", "a.json"), ("{}", "a.yaml"), ("[}", "a.yaml"), ("interactions: [1]", "a.yaml")]
)
def test_file_that_is_no_response_is_refused(draft: Draft, content: str, name: str) -> None:
    """It is named, and nothing of it is shown."""
    drafted = draft(content, name=name)

    assert (drafted.code, drafted.patch) == (2, "")
    assert drafted.errors.endswith(f"error: 0-{name} is neither JSON nor a cassette\n")


def test_operation_of_json_files(draft: Draft) -> None:
    """``--operation`` says what a JSON file is a response of; it must be in the contract."""
    lead = {"id": "g", "new": 1}
    drafted = draft([lead], options=("--apply", "--operation", "/api/v1/leads/{leadId}/checklist"))
    refused = draft([lead], options=("--operation", "/api/v1/elsewhere"))

    assert "+        new:\n" in drafted.patch
    assert refused.code == 2
    assert "/api/v1/leads/{leadId}" in refused.errors


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
        (
            "wrong type",
            "types",
            "array",
            "          items: {}\n          type:\n            - string\n            - integer\n            - array\n",
        ),
        ("wrong type", "", "array", '{schema: {anyOf: [{$ref: "#/components/schemas/A"}, {type: array, items: {}}]}}'),
        ("unknown key", "one", "null", '        one: {format: date-time, type: [string, "null"]}\n'),
        ("unknown key", "one", "string", ""),
        ("unknown key", "flow.b", "string", None),
        ("unknown key", "lonely.b", "string", None),
        ("unknown key", "a[].b", "string", None),
        (
            "unknown key",
            "new",
            "array",
            '[SEEN]\n          type: [array, "null"]\n          items: {}\n\n\n    # about words\n',
        ),
    ],
)
def test_edits_keep_the_style(kind: str, path: str, detail: str, expected: str | None) -> None:
    """A change is made in the style of the YAML, once; here an empty text is no change, and None no place for one."""
    difference = omni.Difference(kind, path, detail)
    seen = [{"null": None, "string": "", "array": []}.get(detail)]
    if expected is None:
        with pytest.raises(NoPlaceError):
            accept(STYLES, "/a", None, difference, seen)
        return

    changed = accept(STYLES, "/a", "POST", difference, seen)

    assert yaml.safe_load(changed)
    assert expected in changed
    assert (changed != STYLES) == bool(expected)
    assert accept(changed, "/a", None, difference, seen) == changed


CIRCLE = """\
paths:
  /api/v1/leads/{leadId}:
    get: {responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}}
components: {schemas: {A: {$ref: "#/components/schemas/A"}}}
"""


@pytest.mark.parametrize("spec", [CIRCLE, ""], ids=["circle", "empty"])
def test_spec_without_a_place(capsys: pytest.CaptureFixture[str], spec: str) -> None:
    """A schema that refers to itself and nothing else has no place for anything, nor has an empty spec."""
    response = drift.Response("/api/v1/leads/{leadId}", "GET", FLAT)

    assert drift.draft(spec, [response]) == spec
    assert capsys.readouterr().err.count("Not drafted: ") == 4
