"""The walk-through docs/regenerate.md is carried out, from top to bottom, in a copy of the repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT, VERSION, make, tool

PAGE = (ROOT / "docs" / "regenerate.md").read_text("utf-8").partition("## The rules")[0]
SESSIONS = {"generate": ["generate"], "version": ["changes", "--check"]}


def blocks(version: str, heading: str) -> list[tuple[str, str, str]]:
    """The page's code blocks: language, whether it fails, and the text for a copy whose last release is a version.

    The page is written for 0.1.0; what it does to pyproject.toml and to the changelog is done to those of the copy.
    """
    major, minor, _ = map(int, version.split("."))
    after, breaking = f"{major}.{minor + 1}.0", f"{major + 1}.0.0" if major else f"{major}.{minor + 1}.0"
    adding, _, removing = PAGE.partition("## Remove a field")
    removing = removing.replace("at least 0.2.0", f"at least {breaking}")
    removing = removing.replace("breaking minor", "breaking major") if major else removing
    page = f"{adding}{removing}".replace("0.2.0", after).replace("0.1.0", version)
    page = page.replace(f"\n ## [{version}] - unreleased\n", f"\n {heading}\n")
    return re.findall(r"^```(\w+)( fails)?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def plain(text: str) -> str:
    """Text without its columns."""
    return re.sub(r"[ |]+", " ", text).strip()


@pytest.mark.parametrize(
    "version",
    [VERSION, *(pytest.param(other, marks=pytest.mark.thorough) for other in sorted({"0.2.0", "1.3.0"} - {VERSION}))],
)
def test_walk_through(tmp_path: Path, version: str) -> None:
    """Every patch applies; every command succeeds or fails as the page says, and prints what it shows."""
    scratch = make(tmp_path, version)
    heading = re.findall(r"^## \[.*$", (scratch / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[0]
    printed = ""
    for language, fails, block in blocks(version, heading):
        if language == "diff":
            subprocess.run(["git", "apply", "-"], cwd=scratch, input=block, text=True, check=True)
        elif language == "python":
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join([".", "generated"])}
            subprocess.run([sys.executable, "-c", block], cwd=scratch, env=environment, check=True)
        elif language == "sh":
            done = tool(scratch, *SESSIONS[block.split()[-1]])
            printed = done.stdout + done.stderr
            assert bool(fails) == bool(done.returncode), printed
        else:
            assert [line for line in block.splitlines() if plain(line) not in plain(printed)] == [], printed


def test_walk_through_adds_and_removes_a_field() -> None:
    """The page shows an additive and a breaking change, each with its check."""
    assert [block.strip() for language, _, block in blocks(VERSION, "") if language == "sh"] == [
        "nox -s generate",
        "nox -s version",
        "nox -s version",
        "nox -s generate",
        "nox -s version",
    ]
