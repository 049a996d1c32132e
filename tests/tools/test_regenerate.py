"""The walk-through docs/regenerate.md is carried out, from top to bottom, in a copy of the repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "regenerate.md").read_text()
BLOCKS = re.findall(r"^```(\w+)( fails)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
GENERATE = re.findall(r'"(\w+)"', re.findall(r"for tool in (\(.*?\)):", (ROOT / "noxfile.py").read_text())[0])
SESSIONS = {"generate": [[tool] for tool in GENERATE], "version": [["changes", "--check"]]}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of the repository as it is, released as v0.1.0."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for command in ("init -q", "add .", "-c user.name=x -c user.email=x@example.com commit -qm x", "tag v0.1.0"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    return tmp_path


def python(scratch: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script or code of the copy."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([".", "generated"]), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=scratch, env=environment, capture_output=True, text=True, check=False
    )


def plain(text: str) -> str:
    """Text without its columns."""
    return re.sub(r"[ |]+", " ", text).strip()


def test_walk_through(scratch: Path) -> None:
    """Every patch applies; every command succeeds or fails as the page says, and prints what it shows."""
    printed = ""
    for language, fails, block in BLOCKS:
        if language == "diff":
            subprocess.run(["git", "apply", "-"], cwd=scratch, input=block, text=True, check=True)
        elif language == "python":
            done = python(scratch, "-c", block)
            assert done.returncode == 0, done.stderr
        elif language == "sh":
            runs = [python(scratch, f"tools/{tool}.py", *more) for tool, *more in SESSIONS[block.split()[-1]]]
            printed = "".join(run.stdout + run.stderr for run in runs)
            assert bool(fails) == any(run.returncode for run in runs), printed
        else:
            assert [line for line in block.splitlines() if plain(line) not in plain(printed)] == [], printed


def test_walk_through_adds_and_removes_a_field() -> None:
    """The page shows an additive and a breaking change, each with its check."""
    assert [block.strip() for language, _, block in BLOCKS if language == "sh"] == [
        "nox -s generate",
        "nox -s version",
        "nox -s version",
        "nox -s generate",
        "nox -s version",
    ]
