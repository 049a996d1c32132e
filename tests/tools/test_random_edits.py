"""Whatever an edit does to the spec, it is generated whole or refused with a place: no traceback, no half-done tree.

RANDOM_EDITS=500 nox -s tools -- -k random      more than the 25 that run by default
"""

import contextlib
import io
import os
import random
import re
from typing import Any

import generate
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from openapi_places import value_at, values
from project import Project
from repository import ROOT, git, make

TEXT = (ROOT / "openapi" / "omni.yaml").read_text("utf-8")
LINES = TEXT.splitlines(keepends=True)
SPEC = yaml.safe_load(TEXT)
PLACES = [place for place, _ in values(SPEC) if place]
PARTS = max(1, int(os.environ.get("RANDOM_EDITS", "25")) // 25)
KEYWORDS = [
    "type",
    "$ref",
    "anyOf",
    "allOf",
    "oneOf",
    "items",
    "properties",
    "required",
    "enum",
    "format",
    "default",
    "const",
]
VALUES: list[Any] = [
    *(None, True, 0, -1, "", "text", [], {}, ["a"], "object", "string", ["string", "null"], "date-time"),
    *({"$ref": "#/components/schemas/LeadRecord"}, {"type": "integer"}, [{"type": "string"}, {"type": "null"}]),
    *("#/components/schemas/ActionLog", [{"$ref": "#/components/schemas/Tool"}], {"a": {"type": "string"}}, "binary"),
]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Project]:
    """A scratch repository, and the same one without a curated layer, which takes half the time."""
    project = Project.load(make(tmp_path_factory.mktemp("repository")))
    raw = {key: value for key, value in project.settings.items() if key != "curated"}
    return [project, Project(project.root, raw)]


def edited_text(chance: random.Random) -> str:
    """The spec with lines that are removed, repeated, moved, or of which a word is another one."""
    lines = LINES.copy()
    at = chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[at : at + chance.choice([1, 1, 2, 5])]
        case 1:
            lines.insert(chance.randrange(len(lines)), lines[at])
        case 2:
            words = re.findall(r"\w+", TEXT)
            lines[at] = re.sub(r"\w+", lambda word: chance.choice([word[0], chance.choice(words)]), lines[at])
        case _:
            lines[at] = lines[at].replace("  ", "", 1)
    return "".join(lines)


def edited_document(chance: random.Random) -> str:
    """The spec with other values at a place or two, as YAML of another style."""
    spec = yaml.safe_load(TEXT)
    for _ in range(chance.choice([1, 1, 2])):
        place = chance.choice(PLACES)
        with contextlib.suppress(KeyError, IndexError, TypeError):
            parent, value = value_at(spec, place[:-1]), value_at(spec, place)
            match chance.randrange(4):
                case 0:
                    parent[place[-1]] = chance.choice(VALUES)
                case 1:
                    del parent[place[-1]]
                case 2 if isinstance(value, dict):
                    value[chance.choice(KEYWORDS)] = chance.choice(VALUES)
                case _:
                    parent[place[-1]] = value_at(spec, chance.choice(PLACES))
    return yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)


@pytest.mark.thorough
@pytest.mark.parametrize("part", range(PARTS))  # for as many processes as there are
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
@given(chance=st.randoms(use_true_random=False), edit=st.sampled_from([edited_text, edited_document]))
def test_random_edits(
    projects: list[Project], monkeypatch: pytest.MonkeyPatch, part: int, chance: random.Random, edit: Any
) -> None:
    """A refusal has a place, a rule and a repair; what is accepted has a verdict; a trial writes nothing."""
    monkeypatch.setattr(generate, "todo", lambda *_: [])  # it starts a process, and tests the curated layer
    text, project = edit(chance), projects[part % 5 > 0]

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = generate.run(project, text=text, trial=True)

    *lines, last = printed.getvalue().splitlines()
    if status:
        assert last == "Nothing was changed."
        assert [line for line in lines if not re.match(r"openapi/omni\.yaml:\d+:\d+: [\w-]+: .+; .+", line)] == []
    else:
        assert "at least " in printed.getvalue()
    assert git(project.root, "status", "--porcelain") == ""
    assert not list(project.root.glob(".new-*"))
