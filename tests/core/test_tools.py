"""Machine-made files are checked, and a check that fails names the command that repairs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A scratch copy of what the derivation reads and writes."""
    for folder in ("tools", "openapi"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for folder in ("_async", "_sync"):
        shutil.copytree(ROOT / "omni" / folder, tmp_path / "omni" / folder)
    return tmp_path


def unasync(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the derivation of a copy, as a script that imports from its folder."""
    command = [sys.executable, str(root / "tools" / "unasync.py"), *arguments]
    return subprocess.run(command, env={**os.environ, "PYTHONSAFEPATH": ""}, capture_output=True, text=True)


def test_the_blocking_client_is_what_the_async_one_gives(copied: Path) -> None:
    """Nothing to do, nothing to say."""
    done = unasync(copied, "--check")

    assert (done.returncode, done.stdout) == (0, "")


def test_one_character_is_noticed_and_repaired(copied: Path) -> None:
    """The message names the file and the command; the command repairs it."""
    file = copied / "omni" / "_sync" / "http.py"
    file.write_text(file.read_text() + "#")

    failed = unasync(copied, "--check")
    repaired = unasync(copied)

    assert failed.returncode == 1
    assert "omni/_sync/http.py" in failed.stdout
    assert "nox -s derive" in failed.stdout
    assert repaired.returncode == 0
    assert unasync(copied, "--check").returncode == 0


def test_orphans_and_gaps_are_noticed(copied: Path) -> None:
    """A file too many or too few is a difference too, and is repaired."""
    (copied / "omni" / "_sync" / "orphan.py").write_text("")
    (copied / "omni" / "_sync" / "leads.py").unlink()

    failed = unasync(copied, "--check")
    unasync(copied)

    assert "orphan.py" in failed.stdout
    assert "leads.py" in failed.stdout
    assert unasync(copied, "--check").returncode == 0


def test_a_rule_that_nothing_uses_is_noticed(copied: Path) -> None:
    """The list of rules stays as short as it is."""
    tool = copied / "tools" / "unasync.py"
    tool.write_text(tool.read_text().replace("RULES = [", 'RULES = [\n    (r"\\bnowhere\\b", ""),'))

    failed = unasync(copied)

    assert failed.returncode == 1
    assert "nowhere" in failed.stdout
