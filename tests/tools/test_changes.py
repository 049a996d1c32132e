"""The report of what changed since the last release, and the check that version and changelog say it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("tools", "openapi", "generated", "omni")
CHANGELOG = "# Changelog\n\n## [0.1.0] - 2026-01-01\n\n### Added\n\n- `omni.Client`.\n"
AUTHOR = ("-c", "user.name=x", "-c", "user.email=x@example.com")
RELEASED = '[project]\nname = "x"\nversion = "0.1.0"\n'


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A repository with a first version, not yet released."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".new-*"))
    (tmp_path / "pyproject.toml").write_text(RELEASED)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, *AUTHOR, "commit", "-qm", "x")
    return tmp_path


@pytest.fixture
def released(scratch: Path) -> Path:
    """The same, released as v0.1.0."""
    git(scratch, "tag", "v0.1.0")
    return scratch


def git(root: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *arguments], cwd=root, check=True)


def changes(root: Path, *arguments: str) -> tuple[int, str]:
    """Run the tool of a repository, from elsewhere; its exit status and what it printed."""
    command = [sys.executable, root / "tools" / "changes.py", *arguments]
    done = subprocess.run(command, cwd=root.parent, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a text that has to be there."""
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))


def add_field(root: Path) -> None:
    """Add a field to the spec, the raw layer and the view."""
    field = '        nickname:\n          description: Short name. [GL]\n          type: [string, "null"]\n'
    edit(root, "openapi/omni.yaml", "        lastName:\n", f"{field}        lastName:\n")
    record = "generated/omni_client/models/lead_record.py"
    edit(root, record, "    last_name:", "    nickname: None | str | Unset = UNSET\n    last_name:")
    before = "    @property\n    def is_complete"
    edit(root, "omni/_views/leads.py", before, f"    nickname: str | None\n\n{before}")


def remove_status(root: Path) -> None:
    """Remove a status from the spec."""
    edit(root, "openapi/omni.yaml", "OPTED_OUT, NOT_INTERESTED]", "OPTED_OUT]")


def release_notes(root: Path, version: str, *lines: str) -> None:
    """Set the version, and add a section for it to the changelog."""
    edit(root, "pyproject.toml", "0.1.0", version)
    edit(root, "CHANGELOG.md", "## [0.1.0]", "\n".join([f"## [{version}]", "", *lines, "", "## [0.1.0]"]))


def test_before_the_first_release_it_compares_with_main(scratch: Path) -> None:
    """With where the branch left it; a tag that is no version does not count, and no version is forced."""
    git(scratch, "tag", "latest")
    git(scratch, "checkout", "-qb", "edit")
    add_field(scratch)
    git(scratch, *AUTHOR, "commit", "-qam", "Add a field")

    status, report = changes(scratch)

    assert status == 0
    assert " of main (nothing was released yet): version 0.1.0, at least 0.2.0 is needed." in report
    assert "LeadRecord.nickname " in report
    assert changes(scratch, "--check") == (0, "Nothing was released yet, so no version is forced.\n")


def test_without_any_commit_there_is_nothing_to_compare_with(scratch: Path) -> None:
    """One line says so."""
    shutil.rmtree(scratch / ".git")
    git(scratch, "init", "-q")

    assert changes(scratch) == (0, "Nothing was released or committed yet, so there is nothing to compare with.\n")
    assert changes(scratch, "--json") == (0, "null\n")


def test_report_without_changes(released: Path) -> None:
    """Three empty lists, and the released version is still right."""
    status, report = changes(released)

    assert (status, report.count("nothing")) == (0, 3)
    assert "Draft" not in report
    assert changes(released, "--check") == (0, "")


def test_report(released: Path) -> None:
    """Three aligned lists with effect and version part of each change, and a draft without repetitions."""
    add_field(released)
    edit(released, "openapi/omni.yaml", "First name. [GL]", "Given name. [GL]")

    status, report = changes(released)

    assert status == 0
    assert report == (
        """\
Changes for users since v0.1.0: version 0.1.0, at least 0.2.0 is needed.

Wire (openapi/omni.yaml)
  additive  minor  LeadRecord.nickname                     is new (field: null | string)
  internal  patch  LeadRecord.firstName                    has another description

Raw layer (omni_client)
  additive  minor  omni_client.models.LeadRecord.nickname  is new (attribute: None | Unset | str)

Curated layer (omni)
  additive  minor  omni.Lead.nickname                      is new (attribute: None | str)

Draft for CHANGELOG.md

### Added

- `omni_client.models.LeadRecord.nickname` is new (attribute: None | Unset | str).
- `omni.Lead.nickname` is new (attribute: None | str).
"""
    )


def test_report_as_json(released: Path) -> None:
    """The same as JSON, since a given revision."""
    remove_status(released)

    status, report = changes(released, "HEAD", "--json")

    assert status == 0
    assert json.loads(report) == {
        "since": "HEAD",
        "version": "0.1.0",
        "needed": "0.2.0",
        "changes": [
            {
                "layer": "wire",
                "symbol": "LeadStatus.NOT_INTERESTED",
                "what": "is gone (enum value)",
                "verdict": "breaking",
                "section": "Removed",
                "fact": "gone",
                "was": "",
                "part": "minor",
                "sentence": "`LeadStatus.NOT_INTERESTED` is gone (enum value).",
            }
        ],
    }


def test_revision_or_spec_that_cannot_be_read(released: Path) -> None:
    """An unknown revision, or an invalid spec, is one line."""
    status, report = changes(released, "nowhere")
    assert (status, report.count("\n")) == (2, 1)
    assert "nowhere" in report

    edit(released, "openapi/omni.yaml", "required: [lead]", "required: [lead")
    status, report = changes(released)
    assert (status, report.count("\n")) == (1, 1)
    assert report.startswith("openapi/omni.yaml:")


def test_internal_change_forces_nothing(released: Path) -> None:
    """A better description can wait for the next release."""
    edit(released, "openapi/omni.yaml", "First name. [GL]", "Given name. [GL]")

    assert changes(released, "--check") == (0, "")


def test_addition_needs_a_minor_version_and_a_changelog_line(released: Path) -> None:
    """Version, section and name are each asked for, with the file; one name is enough for all layers."""
    add_field(released)

    status, report = changes(released, "--check")
    assert status == 1
    assert "pyproject.toml: version 0.1.0 is too low, changes since v0.1.0 are additive; make it 0.2.0\n" in report
    assert "CHANGELOG.md: [0.1.0] does not name `omni.Lead.nickname`" in report

    edit(released, "pyproject.toml", "0.1.0", "0.2.0")
    assert "CHANGELOG.md: there is no section for 0.2.0" in changes(released, "--check")[1]

    edit(released, "pyproject.toml", "0.2.0", "0.1.0")
    release_notes(released, "0.2.0", "- `omni.Lead.nickname` is the short name.")
    assert changes(released, "--check") == (0, "")


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [("0.1.0", "0.1.1", "0.2.0"), ("0.1.0", "0.2.0", ""), ("1.4.0", "1.5.0", "2.0.0"), ("1.4.0", "2.0.0", "")],
)
def test_removal_needs_a_major_version(scratch: Path, before: str, after: str, needed: str) -> None:
    """Or a minor one below 1.0.0, which those who pin a minor version notice."""
    edit(scratch, "pyproject.toml", "0.1.0", before)
    git(scratch, *AUTHOR, "commit", "-qam", "x", "--allow-empty")
    git(scratch, "tag", f"v{before}")
    remove_status(scratch)
    edit(scratch, "pyproject.toml", before, after)
    edit(scratch, "CHANGELOG.md", "## [0.1.0]", f"## [{after}]\n\n- `LeadStatus.NOT_INTERESTED` is gone.\n\n## [0.1.0]")

    status, report = changes(scratch, "--check")

    assert (status, f"breaking; make it {needed}\n" in report) == ((1, True) if needed else (0, False))


def test_version_must_not_decrease(released: Path) -> None:
    """Not even if nothing changed."""
    edit(released, "pyproject.toml", "0.1.0", "0.0.9")

    assert changes(released, "--check")[0] == 1
