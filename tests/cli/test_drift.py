"""What ``omni drift`` and ``omni lead show --drift`` tell, and the draft of the spec that accepts it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cassettes import cassette
from click.testing import CliRunner, Result

import omni
from omni.cli._main import omni_command
from omni.cli._patch import Unplaced, patched

Run = Callable[..., Result]

ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "tests" / "cassettes"
GET_LEAD = "/api/v1/leads/{leadId}"
IN_PROGRESS = "11111111-1111-4111-8111-111111111101"

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


def test_drift(run: Run, saved: Callable[..., str]) -> None:
    """One line a difference: kind, path, word or type, how often; the exit code is 1, no value is shown."""
    result = run("drift", saved(FLAT), saved(FLAT, "again.json"))

    assert result.stdout.splitlines() == [
        "unknown key\temail\tnull\t2",
        "unknown key\tid\tstring\t2",
        "missing key\tlead\t\t2",
        "unknown key\tname\tstring\t2",
    ]
    assert (result.exit_code, result.stderr) == (1, "")


def test_no_drift(run: Run) -> None:
    """A documented response is said to be one, with exit code 0."""
    result = run("drift", str(ROOT / "openapi" / "examples" / "get-lead.json"))

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No drift in 1 response.\n")


def test_drift_of_stdin() -> None:
    """- is stdin; the whole body is a dot."""
    result = CliRunner().invoke(omni_command, ["drift", "-"], input="[]")

    assert (result.exit_code, result.stdout) == (1, "wrong type\t.\tarray\t1\n")


def test_drift_of_cassettes(run: Run) -> None:
    """Of cassettes the successes are read, and what is passed over is said."""
    # One lead of the sandbox has words that the contract does not know, and analytics tells of all leads.
    result = run("drift", *sorted(str(path) for path in CASSETTES.glob("*.yaml") if path.stem != "get_analytics"))

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.count("Passed over") == 3
    assert "html.yaml: status 502" in result.stderr
    assert re.search(r"\nNo drift in \d+ responses?\.\n$", result.stderr)


@pytest.mark.parametrize("body", [json.dumps(FLAT), json.dumps(FLAT).encode()])
def test_drift_of_a_cassette(run: Run, saved: Callable[..., str], body: Any) -> None:
    """A cassette's requests say what was asked; bodies are texts or bytes."""
    result = run("drift", saved(cassette(body, body), "c.yml"))

    assert result.exit_code == 1
    assert "missing key\tlead\t\t2\n" in result.stdout


@pytest.mark.parametrize(
    ("bodies", "facts", "why"),
    [
        (["{}"], {"status": 404}, "not a success that the contract knows"),
        (["{}"], {"status": 302}, "not a success that the contract knows"),
        (["{}"], {"method": "DELETE"}, "not a success that the contract knows"),
        (["{}"], {"path": "/api/v1/elsewhere"}, "not a success that the contract knows"),
        ([None], {}, "with a body that is not JSON"),
        (["<html>"], {}, "with a body that is not JSON"),
        ([b"\x1f\x8b\xff"], {}, "with a body that is not JSON"),
        (["[" * 100_000], {}, "with a body that is not JSON"),
    ],
)
def test_passed_over(run: Run, saved: Callable[..., str], bodies: list[Any], facts: dict[str, Any], why: str) -> None:
    """What is no success, no JSON, or not of the contract is passed over, in a sentence that says which it is."""
    result = run("drift", saved(cassette(*bodies, **facts), "c.yaml"))

    assert (result.exit_code, result.stdout) == (0, "")
    assert re.match(rf"Passed over in c.yaml: status \d+, {why}\.\n", result.stderr)
    assert result.stderr.endswith("No drift in 0 responses.\n")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("<html>", "a.json", "a.json is not JSON."),
        ("[" * 100_000, "a.json", "a.json is not JSON."),
        ("{}", "a.yaml", "a.yaml is not a cassette."),
        ("[}", "a.yaml", "a.yaml is not a cassette."),
        ("interactions: [1]", "a.yaml", "a.yaml is not a cassette."),
        ("", "a.yaml", "a.yaml is not a cassette."),
        ("\x1b", "a\x1b.json", "is not JSON."),
    ],
)
def test_no_response(run: Run, saved: Callable[..., str], content: str, name: str, words: str) -> None:
    """What is no response is a wrong call, in a sentence that shows nothing of it and steers no terminal."""
    result = run("drift", saved(content, name))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.endswith(f"{words}\n")
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("arguments", [["drift"], ["drift", "nowhere.json"]])
def test_wrong_calls(run: Run, arguments: list[str]) -> None:
    """No file is a wrong call."""
    assert run(*arguments).exit_code == 2


def test_operation(run: Run, saved: Callable[..., str]) -> None:
    """What a JSON file answers can be said; the contract has to know it."""
    response = saved(FLAT)

    assert run("drift", "--operation", GET_LEAD, response).stdout == run("drift", response).stdout
    refused = run("drift", "--operation", "/api/v1/elsewhere", response)
    assert refused.exit_code == 2
    assert GET_LEAD in refused.stderr


def test_terminals_are_not_steered(run: Run, saved: Callable[..., str]) -> None:
    """No name that came holds a control character or a tab."""
    escapes = "\x1b[31m\t\n\u202e"
    result = run("drift", saved({"lead": {"id": "1", escapes: 1}, "status": escapes}))

    assert result.stdout == "unknown key\tlead.(withheld)\tinteger\t1\nunknown word\tstatus\t(withheld)\t1\n"


@pytest.fixture
def repository(saved: Callable[..., str], tmp_path: Path) -> Path:
    """A scratch repository with the spec and what derives the contract from it, worked in."""
    for folder in ("openapi", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "omni" / "_operations").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], check=True)
    return tmp_path


def adopt(repository: Path, patch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply a patch, derive the contract, and compare with that from now on."""
    subprocess.run(["git", "apply"], input=patch, text=True, check=True, cwd=repository)
    subprocess.run([sys.executable, "tools/contract.py"], check=True, cwd=repository)
    contract = json.loads((repository / "omni" / "_operations" / "contract.json").read_text())
    for module in ("contract", "drift"):
        monkeypatch.setattr(f"omni._operations.{module}.contract", lambda: contract)


@pytest.mark.parametrize("responses", [[FLAT], [ODD], [FLAT, ODD], [None], [[]], [{"lead": {"id": 1, "new": 1}}]])
def test_patch(
    run: Run, saved: Callable[..., str], repository: Path, monkeypatch: pytest.MonkeyPatch, responses: list[Any]
) -> None:
    """The patch applies, the spec stays valid, and then there is no drift in the same responses."""
    names = [saved(response, f"{number}.json") for number, response in enumerate(responses)]
    before = run("drift", *names)
    result = run("drift", "--patch", *names)

    adopt(repository, result.stdout, monkeypatch)

    assert (before.exit_code, result.exit_code, result.stderr) == (1, 1, "")
    after = run("drift", *names)
    assert (after.exit_code, after.stdout) == (0, "")
    validate(yaml.safe_load((repository / "openapi" / "omni.yaml").read_text()))


def validate(spec: dict[str, Any]) -> None:
    """The spec is one, where there is something to say so."""
    try:
        from openapi_spec_validator import validate
    except ImportError:
        return
    validate(spec)


def test_what_a_patch_looks_like(run: Run, saved: Callable[..., str], repository: Path) -> None:
    """Fields, words, types and requirements are written as a person would, and nothing else is touched."""
    result = run("drift", "--patch", saved(FLAT), saved(ODD, "odd.json"))

    changed = [line for line in result.stdout.splitlines() if line[0] in "+-"]
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


def test_patch_of_what_is_withheld(run: Run, saved: Callable[..., str], repository: Path) -> None:
    """What cannot be drafted is said on stderr; without drift there is no patch."""
    result = run("drift", "--patch", saved({"lead": {"id": "1", "Ada Sample": 1}, "status": "1 Test Way"}))

    assert result.stdout == ""
    assert result.stderr == (
        "Not drafted: unknown key lead.(withheld) integer\nNot drafted: unknown word status (withheld)\n"
    )
    assert run("drift", "--patch", saved({"lead": {"id": "1"}})).output == "No drift in 1 response.\n"


def test_patch_of_a_cassette(run: Run, saved: Callable[..., str], repository: Path) -> None:
    """The operation is the one that the cassette's request asked for."""
    result = run("drift", "--patch", saved(cassette('{"lead": {"id": "1", "new": 1}}'), "c.yaml"))

    assert "+        new:\n" in result.stdout


def test_patch_of_another_spec(run: Run, saved: Callable[..., str], repository: Path) -> None:
    """--spec says what to change; it has to be YAML."""
    response = saved(FLAT)
    (repository / "other.yaml").write_text((repository / "openapi" / "omni.yaml").read_text())
    (repository / "bad.yaml").write_text("[}")
    (repository / "deep.yaml").write_text("[" * 3000)

    assert run("drift", "--patch", "--spec", "other.yaml", response).stdout.startswith("--- a/other.yaml\n")
    assert run("drift", "--patch", "--spec", str(repository / "other.yaml"), response).stdout.startswith(
        "--- a/other.yaml\n"
    )
    for wrong, why in (
        ("bad.yaml", "is not YAML that can be read"),
        ("deep.yaml", "is not YAML that can be read"),
        ("nowhere.yaml", "cannot be read (No such file or directory)"),
    ):
        refused = run("drift", "--patch", "--spec", wrong, response)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr == f"error: {wrong} {why}: --spec names the file to change.\n"


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
        ("unknown word", "word", "NO", '        - YES_SIR  # with a comment\n        - "NO"\n'),
        ("unknown word", "word", "YES_SIR", ""),
        ("unknown word", "one", "X", None),
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
def test_styles(kind: str, path: str, detail: str, expected: str | None) -> None:
    """Whatever the style of the YAML, the change is made in it, once; an empty line is no change, None no place."""
    one = omni.Difference(kind, path, detail)
    if expected is None:
        with pytest.raises(Unplaced):
            patched(STYLES, "/a", None, one)
        return

    changed = patched(STYLES, "/a", "POST", one)

    assert yaml.safe_load(changed)
    assert expected in changed
    assert (changed != STYLES) == bool(expected)
    assert patched(changed, "/a", None, one) == changed


CIRCLE = """\
paths:
  /api/v1/leads/{leadId}:
    get: {responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}}
components: {schemas: {A: {$ref: "#/components/schemas/A"}}}
"""


def test_a_spec_that_goes_in_circles(run: Run, saved: Callable[..., str]) -> None:
    """What refers to itself and to nothing else has no place for anything."""
    result = run("drift", "--patch", "--spec", saved(CIRCLE, "circle.yaml"), saved(FLAT))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("Not drafted: ") == 4


def test_an_empty_spec() -> None:
    """There is no place in it."""
    with pytest.raises(Unplaced):
        patched("", "/a", None, omni.Difference("unknown key", "new", "string"))


def test_show_drift(run: Run, answering: Callable[..., None]) -> None:
    """--drift adds the differences on stderr; what is shown stays the same."""
    answering({"lead": {"id": "1", "new": "ada@example.com"}, "status": "PAUSED"})

    result = run("lead", "show", "1", "--drift")

    assert result.exit_code == 0
    assert result.stdout == run("lead", "show", "1").stdout
    assert result.stderr == "unknown key\tlead.new\tstring\t1\nunknown word\tstatus\tPAUSED\t1\n"
    assert json.loads(run("lead", "show", "1", "--drift", "--json").stdout)["status"] == "PAUSED"


def test_show_without_drift(run: Run) -> None:
    """No drift is said to be none."""
    assert run("lead", "show", "--sandbox", "--drift", IN_PROGRESS).stderr == "No drift.\n"


def test_show_drift_of_what_is_refused(run: Run, answering: Callable[..., None]) -> None:
    """Where the answer is no lead, the differences say why."""
    answering({"lead": {"identity": "ada@example.com"}})

    result = run("lead", "show", "1", "--drift")

    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[:2] == ["missing key\tlead.id\t\t1", "unknown key\tlead.identity\tstring\t1"]
    assert lines[2].startswith("error: ")
    assert len(run("lead", "show", "1").stderr.splitlines()) == 1


def test_without_yaml(run: Run, saved: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML, JSON is compared all the same; the rest says what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    response, recorded = saved(FLAT), saved(cassette("{}"), "c.yaml")

    assert run("drift", response).exit_code == 1
    for arguments in (["--patch", response], [recorded]):
        result = run("drift", *arguments)
        assert result.exit_code == 1
        assert result.output == "error: Cassettes and patches need more packages: pip install 'omniai-leads[cli]'.\n"


def test_light_start() -> None:
    """Help does not load PyYAML."""
    code = """
import sys
from omni.cli import main
sys.argv = ["omni", "drift", "--help"]
try:
    main()
finally:
    print("yaml" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("\nFalse\n")
