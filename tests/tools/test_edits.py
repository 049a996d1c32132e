"""Edits of the spec: what is said of each, and what is refused.

The table is `edits/*.toml`. Of each edit: the text and what it is replaced by (once; `cut` takes out what is between
two texts), the worst verdict in each layer, the version that a release after v0.1.0 needs, lines of the report, and
lines of what is left to do. `row` and `in` name the cell of the table in docs/regenerate.md that it is an instance of.
"""

import compileall
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generate
import pytest
import verdict.names
from project import Project
from repository import ROOT, git, make

NAMES = verdict.names.Names
GenerateIn = Callable[..., tuple[int, str]]

TABLES = sorted((Path(__file__).parent / "edits").glob("*.toml"))
EDITS = {edit["name"]: edit for path in TABLES for edit in tomllib.loads(path.read_text("utf-8"))["edit"]}
ACCEPTED = {name: edit for name, edit in EDITS.items() if "refused" not in edit}
REFUSED = {name: edit for name, edit in EDITS.items() if "refused" in edit}
FIRST = {edit.get("row"): name for name, edit in reversed(ACCEPTED.items())}
"""Of each row of the table, its first edit. The others are thorough: each takes some seconds."""
TITLES = {"wire": "Wire", "raw": "Raw layer", "curated": "Curated layer"}
ORDER = ["nothing", "internal", "additive", "breaking"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch repository, released as v0.1.0, so that the versions of the table hold whatever the current one is."""
    repository = make(tmp_path_factory.mktemp("repository"), "0.1.0")
    compileall.compile_dir(repository / "omni", quiet=2)  # else each run compiles it, to find what nothing reaches
    return repository


@pytest.fixture(scope="module")
def released() -> dict[str, Any]:
    """The names of the release, by their sources, once they are known."""
    return {}


@pytest.fixture
def scratch(repository: Path) -> Path:
    """The same, as it was before any edit."""
    git(repository, "checkout", "-q", ".")
    git(repository, "clean", "-qfd")
    return repository


@pytest.fixture
def generate_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], released: dict[str, Any]
) -> GenerateIn:
    """Generate in a repository, in this process, which knows the names of the release after the first time."""

    def find_names(project: Project) -> Any:
        found = repr(sorted(verdict.names.sources(project).items()))
        if not released:
            released[found] = NAMES(project)
        return released.get(found) or NAMES(project)

    def generate_in(folder: Path, with_todo: bool = True) -> tuple[int, str]:
        if not with_todo:
            monkeypatch.setattr(generate, "todo", lambda *_: [])  # it starts a process of a second and a half
        monkeypatch.setattr(verdict.names, "Names", find_names)
        status = generate.run(Project.load(folder))
        return status, capsys.readouterr().out

    return generate_in


def carry_out(edit: dict[str, Any], folder: Path) -> None:
    """Make the edit; each of its texts has to be there."""
    spec = folder / "openapi" / "omni.yaml"
    text = spec.read_text("utf-8")
    for old, new in (("find", "replace"), ("find2", "replace2")):
        assert edit.get(old, "") in text, edit[old]
        text = text.replace(edit.get(old, ""), edit.get(new, ""), 1)
    if "cut" in edit:
        before, after = text.index(edit["cut"][0]), text.index(edit["cut"][1])
        text = text[:before] + text[after:]
    spec.write_text(text, "utf-8")
    if "verdicts" in edit:
        (folder / "openapi" / "verdicts.toml").write_text(edit["verdicts"], "utf-8")


def plain(text: str) -> str:
    """Text without its columns."""
    return re.sub(r" +", " ", text)


def worst(report: str, layer: str) -> str:
    """The worst verdict that a report has in a layer."""
    lines = re.findall(rf"^{TITLES[layer]} .*\n((?:  .*\n)*)", report, re.MULTILINE)
    verdicts = re.findall(r"^  (internal|additive|breaking) ", lines[0], re.MULTILINE)
    return max(verdicts, key=ORDER.index, default="nothing")


@pytest.mark.parametrize(
    "name",
    [name if name in FIRST.values() else pytest.param(name, marks=pytest.mark.thorough) for name in ACCEPTED],
)
def test_edit_has_its_verdict(scratch: Path, generate_in: GenerateIn, name: str) -> None:
    """The report says what it means in each layer, what it forces and what is left to do; everything is made."""
    edit = ACCEPTED[name]
    carry_out(edit, scratch)

    status, printed = generate_in(scratch, "todo" in edit)

    assert status == 0, printed
    report, _, left = printed.partition("Left to do by hand\n")
    assert {layer: worst(report, layer) for layer in TITLES} == {layer: edit[layer] for layer in TITLES}
    assert f"at least {edit['version']} is needed" in report
    assert [line for line in edit.get("says", ()) if plain(line) not in plain(report)] == [], report
    assert [line for line in edit.get("todo", ()) if plain(line) not in plain(left)] == [], left
    changed = {line[3:].partition("/")[0] for line in git(scratch, "status", "--porcelain").splitlines()}
    assert changed <= {"openapi", "generated", "omni"}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_edit_changes_nothing(scratch: Path, generate_in: GenerateIn, name: str) -> None:
    """The message has file, line, column, rule and repair; no file is written."""
    edit = REFUSED[name]
    carry_out(edit, scratch)
    before = git(scratch, "status", "--porcelain")

    status, printed = generate_in(scratch)

    assert status == 1
    assert printed.endswith("Nothing was changed.\n")
    for message in edit["refused"]:
        assert message in printed
    if "verdicts" not in edit:
        assert re.match(r"openapi/omni\.yaml:\d+:\d+: [\w-]+: .+; .+\n", printed)
    assert git(scratch, "status", "--porcelain") == before


def test_table_of_the_docs_is_the_table_of_the_rules() -> None:
    """Each cell of the table in docs/regenerate.md has an edit, and every edit that names a cell has its verdict."""
    page = (ROOT / "docs" / "regenerate.md").read_text("utf-8").partition("## The rules")[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")][2:]
    cells = {(row[0], where): row[index] for row in rows for index, where in ((1, "request"), (2, "response"))}
    shown = {(edit["row"], edit["in"], edit["wire"]) for edit in ACCEPTED.values() if "row" in edit}

    assert shown == {(row, where, verdict) for (row, where), verdict in cells.items() if verdict != "–"}
