"""A scratch repository: this checkout as it is, released as the version that it has, or as another one."""

import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["openapi_python_client", "openapi_spec_validator", "griffe", "yaml"])
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
    """Run a tool of a scratch repository; it must not end in a traceback.

    In a process of its own, forked from one that has imported the libraries, which takes a second of each run.
    """
    command = [f"tools/{name}.py", *arguments]
    with tempfile.TemporaryDirectory() as outputs:
        process = SERVER.Process(target=_run, args=(folder, command, outputs))
        process.start()
        process.join()
        out, err = (Path(outputs, name).read_text("utf-8") for name in ("out", "err"))
    assert "Traceback" not in out + err, out + err
    return subprocess.CompletedProcess(command, process.exitcode or 0, out, err)


def _run(folder: Path, command: list[str], outputs: str) -> None:
    """Be `python COMMAND` in a folder, with its outputs in files."""
    gc.disable()  # which a process that ends in seconds can do without
    os.chdir(folder)
    os.environ |= {"PYTHONPATH": os.pathsep.join([".", "generated"]), "COLUMNS": "200"}
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(outputs, name), os.O_WRONLY | os.O_CREAT), stream)
    sys.argv, sys.stdin = command, Path(os.devnull).open()  # noqa: SIM115 - it ends with the process
    sys.path[:0] = [str(folder / "tools"), str(folder), str(folder / "generated")]
    runpy.run_path(command[0], run_name="__main__")
