"""The only list of commands. `nox` runs every check, `nox -l` explains, `nox -s NAME` runs one.

Each session makes its own environment, so nothing has to be installed by hand but nox.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = [
    "generated",
    "derived",
    "lint",
    "types",
    "tests",
    "minimums",
    "beside",
    "fuzz",
    "tools",
    "version",
    "docs",
]

PROJECT = nox.project.load_toml("pyproject.toml")
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
WORKERS = f"--numprocesses={(os.cpu_count() or 1) + 1}"  # one more than there are cores, since many tests wait
QUICK, THOROUGH = ("-m", "not thorough"), ("-m", "thorough")
INSTALLED = {"PYTHONSAFEPATH": "1"}  # import what is installed, not what lies in this folder


def group(name: str) -> tuple[str, ...]:
    """The requirements of a dependency group of pyproject.toml."""
    return nox.project.dependency_groups(PROJECT, name)


def found(version: str) -> str | None:
    """A Python of this version, also one that pyenv has but does not activate."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in (shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))):
        if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return str(python)
    return None


PYTHONS = [nox.param(python, id=version) for version in VERSIONS if (python := found(version))]


def wheel(session: nox.Session, extras: str = "cli,sandbox") -> str:
    """The built wheel with its extras: what users install is what is tested."""
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    # Where the environment is there already, pip would not install another wheel of the same version.
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "omniai-leads")
    session.run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), ".")
    return f"omniai-leads[{extras}] @ {next(folder.glob('*.whl')).as_uri()}"


@nox.session
def generate(session: nox.Session) -> None:
    """Make all that is made by machine, from openapi/ on, and say what changed: run it after every spec change."""
    extras = PROJECT["project"]["optional-dependencies"]
    session.install(*group("generate"), *PROJECT["project"]["dependencies"], *extras["cli"], *extras["sandbox"])
    for tool in ("generate", "contract", "unasync", "coverage_table", "changes"):
        session.run("python", f"tools/{tool}.py", env={"PYTHONPATH": os.pathsep.join([".", "generated"])})


@nox.session(python=False)
def derive(session: nox.Session) -> None:
    """Make omni/_sync from omni/_async: run it after every change there."""
    session.run(sys.executable, "tools/unasync.py")


@nox.session
def generated(session: nox.Session) -> None:
    """Check that the spec is valid and that generated/ is exactly what it gives."""
    session.install(*group("generate"))
    session.run("python", "tools/generate.py", "--check")
    session.run("python", "tools/contract.py", "--check")


@nox.session
def changes(session: nox.Session) -> None:
    """Say what changed for users since the last release; arguments: [REVISION] [--json]."""
    session.install(*group("generate"))
    session.run("python", "tools/changes.py", *session.posargs)


@nox.session
def version(session: nox.Session) -> None:
    """Check that version and changelog say what the changes since the last release force."""
    session.install(*group("generate"))
    session.run("python", "tools/changes.py", "--check")


@nox.session
def tools(session: nox.Session) -> None:
    """Test the tools that work on the spec, and the walk-through of docs/regenerate.md."""
    extras = PROJECT["project"]["optional-dependencies"]
    session.install(*group("generate"), *PROJECT["project"]["dependencies"], *extras["cli"], *extras["sandbox"])
    session.install("pytest", "pytest-xdist")
    # omni is not installed here: the tools work on the one that lies in this folder.
    tests = ("pytest", "-q", WORKERS, "--confcutdir", "tests/tools", "tests/tools", *session.posargs)
    session.run(*tests, env={"PYTHONPATH": os.pathsep.join([".", "generated"])})


@nox.session(python=False)
def derived(session: nox.Session) -> None:
    """Check that omni/_sync is exactly what omni/_async gives."""
    session.run(sys.executable, "tools/unasync.py", "--check")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style (ruff) and who imports whom (import-linter)."""
    session.install(*group("lint"), "-e", ".[cli,sandbox]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly: mypy and pyright, on omni/ and on code as users write it."""
    session.install(*group("types"), *group("generate"), "nox", "-e", ".[cli,sandbox]")
    session.run("mypy")
    session.run("pyright")


@nox.session
@nox.parametrize("python", PYTHONS)
def tests(session: nox.Session) -> None:
    """Test the built wheel on every Python found (3.11 to 3.14); arguments go to pytest.

    Without arguments, the first one measures branch coverage of omni/, 100 % or fail, and runs the thorough tests too.
    """
    session.install(wheel(session), *group("test"), *group("coverage"))
    tests = ("-m", "pytest", "-q", WORKERS)
    if session.posargs or session.python != PYTHONS[0].args[0]:
        session.run("python", *tests, *(session.posargs or QUICK), env=INSTALLED)
        return
    session.run("coverage", "erase")
    session.run("coverage", "run", *tests, *QUICK, env=INSTALLED)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    session.run("python", *tests, *THOROUGH, env=INSTALLED)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Let schemathesis ask the sandbox whatever the spec allows, and what it does not."""
    session.install(wheel(session, "sandbox"), *group("fuzz"))
    session.run("python", "tests/contract/fuzz.py", env=INSTALLED)


@nox.session
def minimums(session: nox.Session) -> None:
    """Test with the oldest dependencies that pyproject.toml admits."""
    session.install(wheel(session), *group("test"), "--constraint", lowest(session))
    session.run("pytest", "-q", WORKERS, *(session.posargs or QUICK), env=INSTALLED)


@nox.session
def beside(session: nox.Session) -> None:
    """Install the built wheel into applications of two years ago, of one, and of today, and use it there."""
    package = wheel(session)
    for application in (["fastapi==0.115.0", "click==8.1.7"], ["fastapi==0.128.0"], ["--upgrade", "fastapi", "click"]):
        session.install(package, *application)
        session.run("python", "tests/beside.py", env=INSTALLED)


def lowest(session: nox.Session) -> str:
    """A constraints file that pins every runtime requirement to its lower bound."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    requirements = sum(extras, PROJECT["project"]["dependencies"])
    path = Path(session.create_tmp()) / "lowest.txt"
    path.write_text("\n".join(each.split(",")[0].replace(">=", "==") for each in requirements) + "\n")
    return str(path)


@nox.session(python=False)
def docs(session: nox.Session) -> None:
    """Run the README's first command in a clone, as on a fresh machine (its other code is run by the tests)."""
    command = re.findall(r"^python3 -m venv .*$", Path("README.md").read_text(), re.MULTILINE)[0]
    with tempfile.TemporaryDirectory() as folder:
        session.run("git", "clone", "--quiet", ".", folder, external=True)
        with session.chdir(folder):
            shown = session.run("bash", "-c", command, silent=True, external=True)
    for words in ("Pacific Coast Container Haulers", "IN_PROGRESS", "1 of 1 complete"):
        if words not in str(shown):
            session.error(f"The README's first command does not show {words!r}:\n{shown}")


@nox.session
def record(session: nox.Session) -> None:
    """Record the cassettes: live if OMNI_API_KEY is set, else from the documented samples."""
    session.install(wheel(session), *group("test"))
    rewrite = ("--record-mode=rewrite", "-k", "not Async")  # by one kind of client: a cassette has one interaction
    session.run("pytest", "-q", "tests/contract/test_cassettes.py", *rewrite, env=INSTALLED)


@nox.session
def benchmark(session: nox.Session) -> None:
    """Measure against httpx alone and other SDKs, side by side; writes docs/performance.md. Arguments: [ROUNDS]."""
    session.install(wheel(session), *group("benchmark"))
    session.run("python", "benchmarks", *session.posargs, env=INSTALLED)
    session.run("python", "benchmarks/transfer.py", env=INSTALLED)
