"""Say what changed for users since the last release: on the wire, in the raw layer and in the curated layer.

    python tools/changes.py                 since the last release tag; before the first one, since the branch left main
    python tools/changes.py REVISION        since any revision
    python tools/changes.py --json          for machines
    python tools/changes.py --check         fail if version or changelog do not say it

Each change is breaking, additive or internal, and forces a part of the version: breaking the major one, below 1.0.0 the
minor one; additive the minor one; internal none. ``openapi/verdicts.toml`` overrules single verdicts, with a reason.
"""

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curated import Curated
from lint_spec import problems
from openapi_places import Place, reachable, received_schemas, request_schemas
from project import Project, RefusedError, exit_status, read_toml
from verdict.change import VERDICTS, Change, worst
from verdict.names import name_changes
from verdict.wire import api_changes

TITLES = {"wire": "Wire ({spec})", "raw": "Raw layer ({raw})", "curated": "Curated layer ({curated})"}
SECTIONS = ("Added", "Changed", "Deprecated", "Removed")  # of Keep a Changelog


class NotComparable(Exception):
    """There is nothing to compare with, or not in this layout; the text says why."""


def main() -> int:
    """Print what changed, or check that version and changelog say it; the exit status."""
    arguments = parse_arguments()
    project = Project.load()
    if wrong := problems(project):
        print(*wrong, sep="\n")
        return 1
    try:
        since, title, is_release = base_of(project, arguments.revision)
        with unpack_revision(project, since) as old:
            report = Report.of(old, project, title)
    except NotComparable as problem:
        print("null" if arguments.json else problem)
        return 2 if arguments.revision else 0
    if wrong := [*report.unused_overrides, *(report.omissions() if arguments.check and is_release else ())]:
        print(*wrong, sep="\n")
        return 1
    if arguments.check and not is_release:
        print("Nothing was released yet, so no version is forced.")
    if not arguments.check:
        print(report.as_json() if arguments.json else report.as_text())
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="What changed for users since the last release.")
    parser.add_argument("revision", nargs="?", help="compare with this instead")
    parser.add_argument("--json", action="store_true", help="print it for machines")
    parser.add_argument("--check", action="store_true", help="fail if version or changelog do not say it")
    return parser.parse_args()


def base_of(project: Project, revision: str | None = None) -> tuple[str, str, bool]:
    """What to compare with, what that is called, and whether it is a release."""
    if revision:
        return revision, revision, True
    if tag := git(project, "describe", "--tags", "--match", "v[0-9]*", "--abbrev=0"):
        return tag, tag, True
    for branch in ("main", "origin/main", "HEAD"):
        if commit := git(project, "merge-base", "HEAD", branch):
            return commit, f"{commit[:9]} of {branch} (nothing was released yet)", False
    raise NotComparable("Nothing was released or committed yet, so there is nothing to compare with.")


def git(project: Project, *arguments: str) -> str:
    """What git prints, or an empty string if it fails."""
    done = subprocess.run(["git", *arguments], cwd=project.root, capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()


@contextmanager
def unpack_revision(project: Project, revision: str) -> Iterator[Project]:
    """The files of a revision that are compared, in a folder that is there for a while."""
    compared = ("pyproject.toml", project.settings["spec"], project.settings["raw"], project.curated.get("package"))
    done = subprocess.run(["git", "archive", revision], cwd=project.root, capture_output=True, check=False)
    if done.returncode:
        raise NotComparable(f"{revision} cannot be compared with: {done.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            members = [member for member in archive if member.name.startswith(tuple(filter(None, compared)))]
            archive.extractall(folder, members, filter="data")
        for name in ("pyproject.toml", project.settings["spec"]):
            if not Path(folder, name).exists():
                raise NotComparable(f"{revision} cannot be compared with: it has no {name}")
        yield project.at(Path(folder))


@dataclass(frozen=True)
class Report:
    """What changed for users, with the verdicts that count."""

    project: Project
    since: str
    before: str
    changes: list[Change]
    unused_overrides: list[str]

    @classmethod
    def of(cls, old: Project, new: Project, since: str) -> "Report":
        """The report on two trees with the same layout."""
        wire = api_changes(old.document, new.document, new)
        spec = new.document
        directions = [schema_names(spec, places(spec)) for places in (request_schemas, received_schemas)]
        changes = [*wire, *name_changes(old, new, directions[0], directions[1])]
        if new.curated:
            changes += Curated(new).curated_changes(wire)
        changes, unused = apply_overrides(changes, new)
        return cls(new, since, version(old), changes, unused)

    @property
    def verdict(self) -> str:
        """The worst of all."""
        return worst(change.verdict for change in self.changes)

    @property
    def needed(self) -> str:
        """The lowest version that the changes allow; what is internal can wait for the next release."""
        major, minor, _ = numbers(self.before)
        if self.verdict == "breaking" and major:
            return f"{major + 1}.0.0"
        return self.before if self.verdict == "internal" else f"{major}.{minor + 1}.0"

    def part(self, verdict: str) -> str:
        """The part of the version that a change forces."""
        breaking = "major" if numbers(self.before)[0] else "minor"
        return {"breaking": breaking, "additive": "minor", "internal": "patch"}[verdict]

    def omissions(self) -> Iterator[str]:
        """What version and changelog do not say of the changes, with the repair."""
        now = version(self.project)
        visible = [change for change in self.changes if change.verdict != "internal"]
        if numbers(now) < numbers(self.needed):
            what = f"version {now} is too low, changes since {self.since} are {self.verdict}; make it {self.needed}"
            yield f"pyproject.toml: {what}"
        changelog = (self.project.root / "CHANGELOG.md").read_text("utf-8")
        sections = dict(re.findall(r"^## \[(.+?)\](.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL))
        if visible and now not in sections:
            yield f"CHANGELOG.md: there is no section for {now}; add `## [{now}]`"
        words = {plain(word) for name in (now, "Unreleased") for word in re.findall(r"[\w-]+", sections.get(name, ""))}
        for change in visible:
            name = re.findall(r"[A-Za-z][\w-]*", change.symbol.partition("[")[0])[-1]
            if plain(name) not in words:
                yield f"CHANGELOG.md: [{now}] does not name `{change.symbol}`; add, say: {change.sentence}"

    def as_json(self) -> str:
        """The report for machines."""
        lines = [{**vars(each), "part": self.part(each.verdict), "sentence": each.sentence} for each in self.changes]
        facts = {"since": self.since, "version": version(self.project), "needed": self.needed, "changes": lines}
        return json.dumps(facts, indent=2)

    def as_text(self) -> str:
        """The report for people: a list for each layer, and a draft for the changelog."""
        now = version(self.project)
        parts = [f"Changes for users since {self.since}: version {now}, at least {self.needed} is needed."]
        width = min(60, max((len(change.symbol) for change in self.changes), default=0))
        names = {**self.project.packages, "spec": self.project.settings["spec"]}
        for layer, title in TITLES.items():
            rows = [
                f"  {each.verdict:8}  {self.part(each.verdict):5}  {each.symbol:{width}}  {each.what}"
                for each in self.changes
                if each.layer == layer
            ]
            if layer in ("wire", *self.project.packages):
                parts.append("\n".join([title.format(**names), *(rows or ["  nothing"])]))
        if draft := self.changelog_draft():
            parts.append(f"Draft for CHANGELOG.md\n\n{draft}")
        return "\n\n".join(parts)

    def changelog_draft(self) -> str:
        """A section of the changelog."""
        listed = [each for each in self.changes if each.verdict != "internal" and not self._is_repeated(each)]
        lines = {name: [f"- {each.sentence}" for each in listed if each.section == name] for name in SECTIONS}
        return "\n\n".join("\n".join([f"### {name}", "", *entries]) for name, entries in lines.items() if entries)

    def _is_repeated(self, change: Change) -> bool:
        """Whether another layer has the change under the full name, or the same name twice."""
        if change.layer == "curated" and change.fact and change.symbol in {each.symbol for each in self._of("wire")}:
            return True
        same = [each for each in self._of("raw") if each.section == change.section]
        return change.layer == "wire" and any(plain(each.symbol).endswith(plain(f".{change.symbol}")) for each in same)

    def _of(self, layer: str) -> list[Change]:
        return [change for change in self.changes if change.layer == layer]


def apply_overrides(changes: list[Change], project: Project) -> tuple[list[Change], list[str]]:
    """The changes with the verdicts of ``openapi/verdicts.toml``, and what in it matches nothing."""
    path = project.root / "openapi" / "verdicts.toml"
    settings = read_toml(project.root, "openapi/verdicts.toml") if path.exists() else {}
    overrides, wrong = settings.get("verdict", []), []
    if settings.keys() - {"verdict"} or not all(isinstance(each, dict) for each in overrides):
        raise RefusedError("openapi/verdicts.toml:1:1: verdicts: there is something else in it; begin with [[verdict]]")
    for override in overrides:
        change, reason, verdict = (str(override.get(key, "")).strip() for key in ("change", "reason", "verdict"))
        matching = [each for each in changes if f"{each.symbol} {each.what}" == change]
        if not matching:
            wrong.append(f'openapi/verdicts.toml: "{change}" matches nothing that changed; correct it or take it out')
        elif not reason or verdict not in VERDICTS:
            wrong.append(f'openapi/verdicts.toml: "{change}" needs a reason, and a verdict of {", ".join(VERDICTS)}')
        else:
            changes = [replace(each, verdict=verdict) if each in matching else each for each in changes]
    return changes, wrong


def schema_names(spec: Any, places: list[Place]) -> set[str]:
    """The names of the schemas that are reached from some places."""
    return {place[2] for place in reachable(spec, places) if place[:2] == ("components", "schemas")}


def version(project: Project) -> str:
    """The version in pyproject.toml."""
    return str(read_toml(project.root, "pyproject.toml")["project"]["version"])


def numbers(text: str) -> tuple[int, int, int]:
    """Major, minor and patch of a version."""
    major, minor, patch = [*map(int, re.findall(r"\d+", text)), 0, 0, 0][:3]
    return major, minor, patch


def plain(name: str) -> str:
    """A name as it is the same in the API, the raw and the curated layer."""
    return re.sub(r"[-_]", "", name).lower()


if __name__ == "__main__":
    sys.exit(exit_status(main))
