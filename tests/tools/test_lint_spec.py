"""A bad spec is refused with file, line and repair, before anything is generated from it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import lint_spec
import pytest
import repository
from project import Project

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "openapi" / "omni.yaml").read_text()


class Bad(NamedTuple):
    """An edit, where it is wrong (the first line with this beginning), and the message."""

    old: str
    new: str
    at: str
    what: str
    repair: str


SUMMARY = """\
        activitySummary:
          description: What happened so far, in a few words. [GL]
          type: [string, "null"]
"""
STATUS = """\
          anyOf:
            - $ref: "#/components/schemas/LeadStatus"
            - type: [string, "null"]
"""
OPEN = 'anyOf: [{$ref: …}, {type: [string, "null"]}]'
OPERATION, FIELD, CREATED = "    get:", "        activitySummary:", "        createdAt:"

EDITS = {
    "invalid YAML": Bad("required: [lead]", "required: [lead", "      properties:", "not YAML", "correct the YAML"),
    "not OpenAPI": Bad(
        SUMMARY,
        SUMMARY.replace('[string, "null"]', "text"),
        "          type: text",
        "'text' is not valid",
        "correct it",
    ),
    "key given twice": Bad(
        "      x-omni-effect: read\n",
        "      x-omni-effect: read\n      x-omni-effect:  write\n",
        "      x-omni-effect:  write",
        "x-omni-effect is given 2 times",
        "keep one",
    ),
    "key that is a number": Bad('"200":', "200:", "        200:", "the key 200 is not text", 'write "200"'),
    "dangling $ref": Bad(
        'schemas/LeadStatus"',
        'schemas/Nowhere"',
        '            - $ref: "#/components/schemas/Nowhere"',
        "#/components/schemas/Nowhere does not exist",
        "refer to what exists",
    ),
    "missing sample": Bad(
        "externalValue: examples/get-lead.json",
        "externalValue: examples/nowhere.json",
        "                  externalValue: examples/nowhere.json",
        "examples/nowhere.json is no file of JSON",
        "name one beside the spec",
    ),
    "closed enum": Bad(
        STATUS, '          $ref: "#/components/schemas/LeadStatus"\n', "        status:", "status is closed", OPEN
    ),
    "enum without text": Bad(
        STATUS, STATUS.replace('[string, "null"]', '"null"'), "        status:", "status is closed", OPEN
    ),
    "enum in a field": Bad(
        SUMMARY,
        f"{SUMMARY}          enum: [A, B]\n",
        FIELD,
        "activitySummary is closed",
        "name it in components/schemas",
    ),
    "undescribed field": Bad(
        "          description: What happened so far, in a few words. [GL]\n",
        "",
        FIELD,
        "LeadRecord.activitySummary has no description",
        "say what it is",
    ),
    "undescribed schema": Bad(
        "      description: A tool of the agent. [AL]\n", "", "    Tool:", "Tool has no", "say what"
    ),
    "undescribed response": Bad(
        "      description: Bad parameters. [INTRO]", '      description: ""', "    BadRequest:", "has no", "say what"
    ),
    "missing source tag": Bad("few words. [GL]", "few words.", FIELD, "does not end with its source", "end it with"),
    "unknown source tag": Bad("few words. [GL]", "few words. [GL, X]", FIELD, "unknown source, X", "info.description"),
    "missing effect label": Bad(
        "      x-omni-effect: read\n", "", OPERATION, "x-omni-effect of getLead is missing", "write one of read, write"
    ),
    "unknown effect label": Bad(
        "x-omni-effect: read", "x-omni-effect: look", "      x-omni-effect: look", "is look", "write one of read, write"
    ),
    "operation named otherwise": Bad(
        "operationId: getLead",
        "operationId: get_lead",
        "      operationId: get_lead",
        "get_lead",
        "name it like getLead",
    ),
    "array that is never null": Bad(
        '          type: [array, "null"]\n          items: {$ref: "#/components/schemas/ChecklistGroup"}',
        '          type: array\n          items: {$ref: "#/components/schemas/ChecklistGroup"}',
        "        checklistItems:",
        "cannot be null",
        'type: [array, "null"]',
    ),
    "timestamp that is never null": Bad(
        'type: [string, "null"]\n          format: date-time',
        "type: string\n          format: date-time",
        CREATED,
        "the timestamp LeadRecord.createdAt cannot be null",
        'type: [string, "null"]',
    ),
    "text that is never null": Bad(
        SUMMARY, SUMMARY.replace('[string, "null"]', "string"), FIELD, "cannot be null", '"null"'
    ),
    "extra required": Bad(
        "required: [id]", "required: [id, email]", "      required: [id, email]", "requires email", "take it out"
    ),
}


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[str], list[str]]:
    """The problems of a text of the spec."""
    shutil.copytree(ROOT / "openapi", tmp_path / "openapi")

    def problems(text: str) -> list[str]:
        (tmp_path / "openapi" / "omni.yaml").write_text(text)
        return lint_spec.problems(Project.load(tmp_path))

    return problems


Problems = Callable[[str], list[str]]


def edited(edit: Bad) -> str:
    """The spec with the edit, which has to change something."""
    assert edit.old in TEXT
    return TEXT.replace(edit.old, edit.new, 1)


def expected_line(edit: Bad, text: str) -> int:
    """The number of the wrong line."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(edit.at))


def test_the_committed_spec_has_no_problems(problems: Problems) -> None:
    """The linter prints nothing."""
    assert problems(TEXT) == []


@pytest.mark.parametrize("kind", EDITS)
def test_problem_has_its_line_and_its_repair(problems: Problems, kind: str) -> None:
    """Each rule can fail, and its message says where and what to do."""
    edit = EDITS[kind]
    text = edited(edit)

    found = problems(text)

    place = rf"openapi/omni\.yaml:{expected_line(edit, text)}:\d+: [\w-]+: "
    matching = [line for line in found if re.match(place, line) and edit.what in line.partition(";")[0]]
    assert [edit.repair in line.partition("; ")[2] for line in matching] == [True], found


def test_requests_may_be_strict(problems: Problems) -> None:
    """A closed enum and required fields are fine in requests, but need a description."""
    body = """\
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [colour]
              properties:
                colour:
                  description: One of our colours. [GL]
                  type: string
                  enum: [A, B]
"""
    before = '        - {$ref: "#/components/parameters/LeadId"}\n'
    text = TEXT.replace(before, before + body, 1)

    assert problems(text) == []
    (found,) = problems(text.replace(" One of our colours. [GL]", ' ""'))
    assert "colour has no description" in found


@pytest.mark.parametrize("mode", [[], ["--check"], ["--dry-run"]], ids=["write", "check", "trial"])
@pytest.mark.parametrize(
    "kind",
    [
        "invalid YAML",
        "closed enum",
        pytest.param("dangling $ref", marks=pytest.mark.thorough),
        pytest.param("undescribed field", marks=pytest.mark.thorough),
        pytest.param("missing effect label", marks=pytest.mark.thorough),
    ],
)
def test_generator_refuses_a_bad_spec(problems: Problems, tmp_path: Path, kind: str, mode: list[str]) -> None:
    """It prints the same line, and nothing is written."""
    for folder in ("tools", "omni", "generated"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    found = problems(edited(EDITS[kind]))
    before = tree(tmp_path)

    command = [sys.executable, tmp_path / "tools" / "generate.py", *mode]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [*found, "Nothing was changed."]
    assert tree(tmp_path) == before


def tree(folder: Path) -> dict[Path, bytes]:
    """All files of a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


ALIAS = """\
openapi: 3.1.0
info: {title: X, version: "1"}
paths: &paths {/x: *paths}
"""


@pytest.mark.parametrize(
    "text", ["", "[]", "openapi: 3.1.0", ALIAS, "a: 2026-02-31", "a: [" * 3000, "openapi: 3.1.0\npaths: 1\n"]
)
def test_what_is_no_spec_is_refused(problems: Problems, text: str) -> None:
    """Whatever the file holds, the answer is a line."""
    assert re.match(r"openapi/omni\.yaml:\d+:\d+: [\w-]+: ", problems(text)[0])


@pytest.mark.parametrize("name", ["lint_spec", "changes"])
def test_a_missing_spec_is_one_line_of_every_tool(tmp_path: Path, name: str) -> None:
    """Not only of the one that generates."""
    scratch = repository.make(tmp_path)
    (scratch / "openapi" / "omni.yaml").unlink()

    done = repository.tool(scratch, name)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("openapi/omni.yaml:1:1: file: it cannot be read, ")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("openapi/omni.yaml", b"openapi: \xff", "openapi/omni.yaml:1:1: yaml: not YAML, "),
        ("openapi/omni.yaml", None, "openapi/omni.yaml:1:1: file: it cannot be read, No such file"),
        ("openapi/tools.toml", b"spec = [", "openapi/tools.toml:1:1: toml: "),
        ("openapi/generator.yaml", b": [", "openapi/generator.yaml:1:1: yaml: "),
        ("openapi/verdicts.toml", b"x = [", "openapi/verdicts.toml:1:1: toml: "),
        ("openapi/verdicts.toml", b"[[verdict]]", 'openapi/verdicts.toml: "" matches nothing that changed'),
        ("omni/_views/leads.py", b"class Lead(\n", "omni/_views/leads.py:1:11: python: '(' was never closed"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, file: str, content: bytes | None, message: str) -> None:
    """Whatever file it is, one line names it, and nothing is changed."""
    scratch = repository.make(tmp_path)
    (scratch / file).unlink(missing_ok=True)
    if content is not None:
        (scratch / file).write_bytes(content)
    before = repository.git(scratch, "status", "--porcelain")

    done = repository.tool(scratch, "generate")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(message)
    assert done.stdout.endswith("\nNothing was changed.\n")
    assert done.stdout.count("\n") == 2
    assert repository.git(scratch, "status", "--porcelain") == before
