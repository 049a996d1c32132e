"""Say what changed for users since the last release: in the API, in the raw layer and in the curated layer.

    python tools/changes.py                 since the last release tag
    python tools/changes.py REVISION        since any revision
    python tools/changes.py --json          for machines
    python tools/changes.py --check         fail if version or changelog do not say it

Each change is breaking, additive or internal, and forces the major, the minor or the patch part of the version.
"""

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from diff import PARTS, Change
from diff_names import name_changes
from diff_spec import api_changes
from lint_spec import SPEC, problems

HERE = Path(__file__).resolve().parent.parent
TITLES = {"API": "API (openapi/omni.yaml)", "raw": "Raw layer (omni_client)", "curated": "Curated layer (omni)"}
SECTIONS = ("Added", "Changed", "Removed")  # of Keep a Changelog


def main() -> int:
    """Print what changed, or check that version and changelog say it; the exit status."""
    arguments = parsed()
    if wrong := problems(SPEC.read_text()):
        print(*wrong, sep="\n")
        return 1
    since = arguments.revision or released()
    if since is None:
        print("null" if arguments.json else "There is no release tag (v*): nothing was released yet.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if problem := unpack(since, Path(folder)):
            print(f"{since} cannot be compared with: {problem}")
            return 2
        found = changes(Path(folder), HERE)
        before = version(Path(folder))
    forced = bumped(before, found)
    if arguments.check:
        wrong = [*unsaid(found, since, forced)]
        print(*wrong, sep="\n", end="\n" if wrong else "")
        return 1 if wrong else 0
    print(as_json(found, since, forced) if arguments.json else as_text(found, since, forced))
    return 0


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description="What changed for users since the last release.")
    parser.add_argument("revision", nargs="?", help="compare with this instead")
    parser.add_argument("--json", action="store_true", help="print it for machines")
    parser.add_argument("--check", action="store_true", help="fail if version or changelog do not say it")
    return parser.parse_args()


def released() -> str | None:
    """The last release tag, if there is one."""
    command = ["git", "describe", "--tags", "--match", "v*", "--abbrev=0"]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True).stdout.strip() or None


def unpack(revision: str, folder: Path) -> str:
    """Put the files of a revision into a folder; what is wrong, or an empty string."""
    done = subprocess.run(["git", "archive", revision], cwd=HERE, capture_output=True)
    if done.returncode:
        return done.stderr.decode().strip()
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    missing = [name for name in ("pyproject.toml", "openapi/omni.yaml") if not (folder / name).exists()]
    return f"it has no {missing[0]}" if missing else ""


def changes(old: Path, new: Path) -> list[Change]:
    """All changes between two folders that are laid out like this repository."""
    return [*api_changes(spec(old), spec(new)), *name_changes(old, new)]


def spec(root: Path) -> Any:
    """The description of the API."""
    return yaml.safe_load((root / "openapi" / "omni.yaml").read_text())


def version(root: Path) -> str:
    """The version that pyproject.toml gives."""
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])


def bumped(before: str, found: list[Change]) -> str:
    """The lowest version that the changes allow; what is internal can wait for the next release."""
    major, minor, patch = numbers(before)
    effects = {change.effect for change in found}
    if "breaking" in effects:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if "additive" in effects else f"{major}.{minor}.{patch}"


def numbers(text: str) -> tuple[int, int, int]:
    """Major, minor and patch of a version."""
    major, minor, patch = map(int, re.findall(r"\d+", text)[:3])
    return major, minor, patch


def unsaid(found: list[Change], since: str, forced: str) -> Iterator[str]:
    """What version and changelog do not say of the changes, with the repair."""
    now = version(HERE)
    loud = [change for change in found if change.effect != "internal"]
    if numbers(now) < numbers(forced):
        worst = max((change.effect for change in found), key=[*PARTS].index, default="internal")
        yield f"pyproject.toml: version {now} is too low, changes since {since} are {worst}; make it {forced}"
    sections = dict(re.findall(r"^## \[(.+?)\](.*?)(?=^## |\Z)", changelog(), re.MULTILINE | re.DOTALL))
    if loud and now not in sections:
        yield f"CHANGELOG.md: there is no section for {now}; add `## [{now}]`"
    said = {plain(word) for name in (now, "Unreleased") for word in re.findall(r"[\w-]+", sections.get(name, ""))}
    for change in loud:
        if plain(change.symbol.rpartition(".")[2]) not in said:
            yield f"CHANGELOG.md: [{now}] does not name `{change.symbol}`; add, say: {change.sentence}"


def changelog() -> str:
    """The text of the changelog."""
    return (HERE / "CHANGELOG.md").read_text()


def plain(word: str) -> str:
    """A word as the API, the raw and the curated layer write it in common."""
    return re.sub(r"[-_]", "", word).lower()


def as_json(found: list[Change], since: str, forced: str) -> str:
    """The report for machines."""
    lines = [{**vars(change), "part": change.part, "sentence": change.sentence} for change in found]
    return json.dumps({"since": since, "version": version(HERE), "forced": forced, "changes": lines}, indent=2)


def as_text(found: list[Change], since: str, forced: str) -> str:
    """The report for people: three lists, and a draft for the changelog."""
    parts = [f"Changes for users since {since}: version {version(HERE)}, at least {forced} is needed."]
    wide = max((len(change.symbol) for change in found), default=0)
    for layer, title in TITLES.items():
        rows = [
            f"  {change.effect:8}  {change.part:5}  {change.symbol:{wide}}  {change.what}"
            for change in found
            if change.layer == layer
        ]
        parts.append("\n".join([title, *(rows or ["  nothing"])]))
    if drafted := draft(found):
        parts.append(f"Draft for CHANGELOG.md\n\n{drafted}")
    return "\n\n".join(parts)


def draft(found: list[Change]) -> str:
    """A section of the changelog."""
    parts = []
    told = [change for change in found if change.effect != "internal" and not repeated(change, found)]
    for section in SECTIONS:
        if lines := [f"- {change.sentence}" for change in told if change.section == section]:
            parts.append("\n".join([f"### {section}", "", *lines]))
    return "\n\n".join(parts)


def repeated(change: Change, found: list[Change]) -> bool:
    """Whether a change of the API is one of the raw layer too, which has the full name."""
    name = plain(f".{change.symbol}")
    raw = [other for other in found if other.layer == "raw" and other.section == change.section]
    return change.layer == "API" and any(plain(other.symbol).endswith(name) for other in raw)


if __name__ == "__main__":
    sys.exit(main())
