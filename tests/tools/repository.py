"""A scratch repository: this checkout as it is, released as the version that it has, or as another one."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def make(folder: Path, version: str = VERSION) -> Path:
    """Copy all files that git knows, or would add, and release them as a version."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    for name, text in (("pyproject.toml", 'version = "{}"'), ("CHANGELOG.md", "## [{}]")):
        edit(folder / name, text.format(VERSION), text.format(version))
    author = "-c user.name=x -c user.email=x@example.com"
    for command in ("init -q -b main", "add .", f"{author} commit -qm x", f"tag v{version}"):
        git(folder, *command.split())
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that has to be there."""
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), "utf-8")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def tool(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of a scratch repository; it must not end in a traceback."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([".", "generated"]), "COLUMNS": "200"}
    command = [sys.executable, f"tools/{name}.py", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done
