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

import yaml
from diff import PARTS, Change
from diff_names import name_changes
from diff_spec import api_changes
from lint_spec import SPEC, problems

ROOT = Path(__file__).resolve().parent.parent
TITLES = {"API": "API (openapi/omni.yaml)", "raw": "Raw layer (omni_client)", "curated": "Curated layer (omni)"}
SECTIONS = ("Added", "Changed", "Removed")  # of Keep a Changelog


def main() -> int:
    """Print what changed, or check that version and changelog say it; the exit status."""
    arguments = parse_arguments()
    if wrong := problems(SPEC.read_text()):
        print(*wrong, sep="\n")
        return 1
    since = arguments.revision or last_release()
    if since is None:
        print("null" if arguments.json else "There is no release tag (v*): nothing was released yet.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder)
        if problem := unpack(since, old):
            print(f"{since} cannot be compared with: {problem}")
            return 2
        specs = [yaml.safe_load((root / "openapi" / "omni.yaml").read_text()) for root in (old, ROOT)]
        changes = [*api_changes(*specs), *name_changes(old, ROOT)]
        needed = needed_version(version(old), changes)
    if arguments.check:
        wrong = [*omissions(changes, since, needed)]
        print(*wrong, sep="\n", end="\n" if wrong else "")
        return 1 if wrong else 0
    print(as_json(changes, since, needed) if arguments.json else as_text(changes, since, needed))
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="What changed for users since the last release.")
    parser.add_argument("revision", nargs="?", help="compare with this instead")
    parser.add_argument("--json", action="store_true", help="print it for machines")
    parser.add_argument("--check", action="store_true", help="fail if version or changelog do not say it")
    return parser.parse_args()


def last_release() -> str | None:
    """The last release tag, if there is one."""
    command = ["git", "describe", "--tags", "--match", "v*", "--abbrev=0"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip() or None


def unpack(revision: str, folder: Path) -> str:
    """Put the files of a revision into a folder; what is wrong, or an empty string."""
    done = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True)
    if done.returncode:
        return done.stderr.decode().strip()
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    missing = [name for name in ("pyproject.toml", "openapi/omni.yaml") if not (folder / name).exists()]
    return f"it has no {missing[0]}" if missing else ""


def version(root: Path) -> str:
    """The version in pyproject.toml."""
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])


def needed_version(before: str, changes: list[Change]) -> str:
    """The lowest version that the changes allow; what is internal can wait for the next release."""
    major, minor, patch = numbers(before)
    effects = {change.effect for change in changes}
    if "breaking" in effects:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if "additive" in effects else f"{major}.{minor}.{patch}"


def numbers(text: str) -> tuple[int, int, int]:
    """Major, minor and patch of a version."""
    major, minor, patch = map(int, re.findall(r"\d+", text)[:3])
    return major, minor, patch


def omissions(changes: list[Change], since: str, needed: str) -> Iterator[str]:
    """What version and changelog do not say of the changes, with the repair."""
    now = version(ROOT)
    visible = [change for change in changes if change.effect != "internal"]
    if numbers(now) < numbers(needed):
        worst = max((change.effect for change in changes), key=[*PARTS].index, default="internal")
        yield f"pyproject.toml: version {now} is too low, changes since {since} are {worst}; make it {needed}"
    changelog = (ROOT / "CHANGELOG.md").read_text()
    sections = dict(re.findall(r"^## \[(.+?)\](.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL))
    if visible and now not in sections:
        yield f"CHANGELOG.md: there is no section for {now}; add `## [{now}]`"
    words = {plain(word) for name in (now, "Unreleased") for word in re.findall(r"[\w-]+", sections.get(name, ""))}
    for change in visible:
        if plain(change.symbol.rpartition(".")[2]) not in words:
            yield f"CHANGELOG.md: [{now}] does not name `{change.symbol}`; add, say: {change.sentence}"


def plain(name: str) -> str:
    """A name as it is the same in the API, the raw and the curated layer."""
    return re.sub(r"[-_]", "", name).lower()


def as_json(changes: list[Change], since: str, needed: str) -> str:
    """The report for machines."""
    lines = [{**vars(change), "part": change.part, "sentence": change.sentence} for change in changes]
    return json.dumps({"since": since, "version": version(ROOT), "needed": needed, "changes": lines}, indent=2)


def as_text(changes: list[Change], since: str, needed: str) -> str:
    """The report for people: a list for each layer, and a draft for the changelog."""
    parts = [f"Changes for users since {since}: version {version(ROOT)}, at least {needed} is needed."]
    width = max((len(change.symbol) for change in changes), default=0)
    for layer, title in TITLES.items():
        rows = [
            f"  {change.effect:8}  {change.part:5}  {change.symbol:{width}}  {change.what}"
            for change in changes
            if change.layer == layer
        ]
        parts.append("\n".join([title, *(rows or ["  nothing"])]))
    if draft := changelog_draft(changes):
        parts.append(f"Draft for CHANGELOG.md\n\n{draft}")
    return "\n\n".join(parts)


def changelog_draft(changes: list[Change]) -> str:
    """A section of the changelog."""
    listed = [change for change in changes if change.effect != "internal" and not is_repeated(change, changes)]
    lines = {name: [f"- {change.sentence}" for change in listed if change.section == name] for name in SECTIONS}
    return "\n\n".join("\n".join([f"### {name}", "", *entries]) for name, entries in lines.items() if entries)


def is_repeated(change: Change, changes: list[Change]) -> bool:
    """Whether a change of the API is also one of the raw layer, which has the full name."""
    name = plain(f".{change.symbol}")
    raw = [other for other in changes if other.layer == "raw" and other.section == change.section]
    return change.layer == "API" and any(plain(other.symbol).endswith(name) for other in raw)


if __name__ == "__main__":
    sys.exit(main())
