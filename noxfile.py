"""The only list of commands: `nox` runs the quick checks, `nox -t full` the rest, `nox -s NAME` one, `nox -l` explains.

Each session makes its own environment, so nothing has to be installed by hand but nox. With `nox[uv]` it takes seconds.
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
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each program that a test starts compiles all that it imports

PROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = PROJECT["project"]["optional-dependencies"]
RUNTIME = [*PROJECT["project"]["dependencies"], *EXTRAS["cli"], *EXTRAS["sandbox"], *EXTRAS["webhooks"]]
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
# Two more than there are cores, since many tests wait; who has none left takes from the others, since some are long.
WORKERS = (f"--numprocesses={(os.cpu_count() or 1) + 2}", "--dist=worksteal")
QUICK = ("-m", "not thorough")
# Tests that reach nothing that no other does, as `-k` selects them: noting what they reach nearly doubles their time.
UNMEASURED = (
    "laws or test_pages.py or test_matrix.py or test_reporters.py or test_terminal_safety.py"
    " or trio and not (test_many.py or test_connecting.py or test_retries.py)"
)
INSTALLED = {"PYTHONSAFEPATH": "1"}  # import what is installed, not what lies in this folder
IN_PLACE = {"PYTHONPATH": os.pathsep.join([".", "generated"])}  # the opposite, for tools that change this folder


def interpreter(version: str) -> str | None:
    """A Python of this version: the one that runs nox, one on the PATH, or one that pyenv has but does not activate."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in (shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))):
        if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return str(python)
    return None


PYTHONS = {version: python for version in VERSIONS if (python := interpreter(version))}
OLDEST, *BETWEEN = PYTHONS or sys.exit(f"None of these Pythons was found: {VERSIONS}")
NEWEST = BETWEEN.pop() if BETWEEN else OLDEST
nox.options.sessions = ["lint", "types", "generated", "derived", f"tests({OLDEST})"]


def group(name: str) -> tuple[str, ...]:
    """The requirements of a dependency group of pyproject.toml."""
    return nox.project.dependency_groups(PROJECT, name)


def wheel(session: nox.Session, extras: str = "cli,sandbox,webhooks") -> str:
    """Build the wheel and return it as a requirement with extras: what users install is what is tested."""
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    if session.venv_backend == "uv":
        session.run_install("uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), ".")
        session.run_install("uv", "pip", "uninstall", "--quiet", "omniai-leads")
    else:
        session.run_install("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), ".")
        # In a reused environment, pip would not install another wheel of the same version.
        session.run_install("python", "-m", "pip", "uninstall", "--quiet", "--yes", "omniai-leads")
    return f"omniai-leads[{extras}] @ {next(folder.glob('*.whl')).as_uri()}"


@nox.session
def lint(session: nox.Session) -> None:
    """Check style (ruff) and who imports whom (import-linter)."""
    session.install(*group("lint"), "-e", ".[cli,sandbox,webhooks]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly: mypy and pyright, on omni/ and on code as users write it."""
    session.install(*group("types"), *group("generate"), "nox", "-e", ".[cli,sandbox,webhooks]")
    session.run("mypy", f"--num-workers={os.cpu_count()}")
    session.run("pyright")


@nox.session
def generated(session: nox.Session) -> None:
    """Check that the spec is valid and that generated/ is exactly what it gives."""
    session.install(*group("generate"))
    session.run("python", "tools/generate.py", "--check")


@nox.session(python=False)
def derived(session: nox.Session) -> None:
    """Check that omni/_sync is exactly what omni/_async gives."""
    session.run(sys.executable, "tools/unasync.py", "--check")


@nox.session
@nox.parametrize("python", [nox.param(path, id=version) for version, path in PYTHONS.items()])
def tests(session: nox.Session) -> None:
    """Test the built wheel on a Python; on the oldest found, note what is reached of it. Arguments go to pytest.

    The thorough tests, which take minutes, run each week: nox -s "tests(3.11)" -- -m thorough.
    """
    session.install(wheel(session), *group("test"), *group("coverage"))
    selected: list[str] = session.posargs or [*QUICK]
    if session.python == PYTHONS[OLDEST] and not session.posargs:
        session.run("coverage", "erase")
        measured = ("-k", f"not ({UNMEASURED})")
        session.run("coverage", "run", "-m", "pytest", "-q", *WORKERS, *QUICK, *measured, env=INSTALLED)
        selected = [*QUICK, "-k", UNMEASURED]
    session.run("pytest", "-q", *WORKERS, *selected, env=INSTALLED)


@nox.session(tags=["full"])
def coverage(session: nox.Session) -> None:
    """Say what the last tests on the oldest Python found reached of omni/: 100 % of its branches, or fail."""
    session.install(*group("coverage"))
    session.run("coverage", "combine", "--quiet", success_codes=[0, 1])  # 1 if that was done before
    session.run("coverage", "report")


@nox.session(python=PYTHONS[BETWEEN[0]] if BETWEEN else PYTHONS[NEWEST], tags=["full"])
def minimums(session: nox.Session) -> None:
    """Test with the oldest dependencies that pyproject.toml admits, on a Python between the oldest and the newest.

    Only what a version of a dependency may decide: clients without the other event loop (trio), views, some commands,
    and the inbox. The engine of workers is pinned.
    """
    lowest = Path(session.create_tmp()).resolve().with_name("lowest.txt")
    lowest.write_text("\n".join(each.split(",")[0].replace(">=", "==") for each in RUNTIME) + "\n")
    session.install(wheel(session), *group("test"), "--constraint", str(lowest))
    names = ("views", "clients", "cli/test_main.py", "cli/test_lead.py", "webhooks/test_inbox.py")
    parts = [f"tests/{name}" for name in names]
    selected = session.posargs or [*QUICK, "-k", "not trio and not test_many", *parts]
    session.run("pytest", "-q", *WORKERS, *selected, env=INSTALLED)


@nox.session
def newest(session: nox.Session) -> None:
    """Test with the newest dependencies that there are, also above the bounds of pyproject.toml."""
    session.install("--upgrade", *(each.split(",")[0] for each in RUNTIME), *group("test"))
    session.install("--no-deps", wheel(session))
    session.run("pytest", "-q", *WORKERS, *(session.posargs or QUICK), env=INSTALLED)


@nox.session
def httpx2(session: nox.Session) -> None:
    """Test a copy that imports httpx2 in the place of httpx; tests/interop/port_to_httpx2.py lists what fails there.

    Without what depends on neither (webhooks, laws), and what packages that patch httpx do (interop, but for one file).
    """
    parts = [f"tests/{part}" for part in ("core", "views", "files", "clients", "faults", "contract", "cli", "package")]
    session.install(*group("test"))
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "tests/interop/port_to_httpx2.py", folder)
        with session.chdir(folder):
            session.install(wheel(session))
            env = INSTALLED | {"PYTHONPATH": str(Path(folder, "tests", "interop"))}
            chosen = session.posargs or [*QUICK, *parts, "tests/interop/test_patched.py"]
            warnings = ("-W", "ignore:Async generator 'httpcore2:ResourceWarning")  # as for httpx in pyproject.toml
            session.run("pytest", "-q", *WORKERS, *warnings, "-p", "port_to_httpx2", *chosen, env=env)


@nox.session(tags=["full"])
def beside(session: nox.Session) -> None:
    """Install the built wheel into applications of two years ago, of one, and of today, and use it there."""
    package = wheel(session)
    for application in (["fastapi==0.115.0", "click==8.1.7"], ["fastapi==0.128.0"], ["--upgrade", "fastapi", "click"]):
        session.install(package, *application)
        session.run("python", "tests/package/beside.py", env=INSTALLED)


@nox.session(tags=["full"])
def spec(session: nox.Session) -> None:
    """Check the spec by others' tools: redocly and spectral, and every operation through a client against Prism."""
    if missing := [program for program in ("node", "npm") if not shutil.which(program)]:
        session.skip(f"{' and '.join(missing)} are not installed: these tools run on Node 20.19 or 22.12 and newer")
    programs = node_programs(session)
    documents = ("openapi/omni.yaml", "omni/sandbox/data/openapi.json")  # the former has the lines, the latter samples
    redocly = (str(programs / "redocly"), "lint", "--config", "openapi/redocly.yaml", *documents)
    session.run(*redocly, external=True, env={"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    spectral = (str(programs / "spectral"), "lint", "--ruleset", "openapi/spectral.yaml", "--fail-severity", "hint")
    session.run(*spectral, *documents, external=True)
    session.install(wheel(session, "sandbox"))
    session.run("python", "tests/contract/prism.py", str(programs / "prism"), env=INSTALLED)


def node_programs(session: nox.Session) -> Path:
    """Install what openapi/package-lock.json pins, if it is another than last time; the folder of the programs."""
    folder = Path(session.virtualenv.location, "node").resolve()
    pins = {name: Path("openapi", name).read_bytes() for name in ("package.json", "package-lock.json")}
    installed = folder / "installed"
    if not installed.exists() or installed.read_bytes() != pins["package-lock.json"]:
        folder.mkdir(exist_ok=True)
        for name, content in pins.items():
            (folder / name).write_bytes(content)
        # No package may run a script: one of them would report the installation to its makers.
        quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline")
        session.run("npm", "ci", "--engine-strict", *quietly, "--prefix", str(folder), external=True)
        installed.write_bytes(pins["package-lock.json"])
    return folder / "node_modules" / ".bin"


@nox.session(tags=["full"])
def fuzz(session: nox.Session) -> None:
    """Let schemathesis ask the sandbox whatever the spec allows, and what it does not; mutate webhook deliveries."""
    session.install(wheel(session, "sandbox,webhooks"), *group("fuzz"))
    session.run("python", "tests/contract/fuzz.py", env=INSTALLED)
    session.run("python", "tests/webhooks/fuzz.py", *(session.posargs or ["5000"]), env=INSTALLED)


@nox.session(python=PYTHONS[NEWEST], tags=["full"])
def interop(session: nox.Session) -> None:
    """Test the built wheel with what people use beside it: mocks, tracers, servers, event loops, clocks, proxies."""
    session.install(wheel(session), *group("test"), *group("interop"))
    others = "tests/views/test_renderings.py"  # which prints in IPython too
    selected = session.posargs or ["tests/interop", others]
    session.run("pytest", "-q", *WORKERS, *selected, env=INSTALLED)


@nox.session
def proof(session: nox.Session) -> None:
    """Kill processes while webhook events are stored and handled; arguments: --events 10000 --database sqlite."""
    session.install(wheel(session), *group("test"))
    session.run("python", "tests/webhooks/proof.py", *(session.posargs or ["--events", "300"]), env=INSTALLED)


@nox.session(tags=["full"])
def tools(session: nox.Session) -> None:
    """Test the tools that work on the spec, and the walk of docs/regenerate.md; the rest with `-- -m thorough`."""
    # omni is not installed here: the tools work on the one that lies in this folder.
    session.install(*group("generate"), *group("test"), *RUNTIME)
    tests = ("pytest", "-q", *WORKERS, "--confcutdir", "tests/tools", "tests/tools")
    session.run(*tests, *(session.posargs or QUICK), env=IN_PLACE)


@nox.session(tags=["full"])
def version(session: nox.Session) -> None:
    """Check that version and changelog say what the changes since the last release force."""
    session.install(*group("generate"))
    session.run("python", "tools/changes.py", "--check")


@nox.session(python=False, tags=["full"])
def docs(session: nox.Session) -> None:
    """Run the README's first command in a clone, as on a fresh machine (its other code is run by the tests)."""
    command = re.findall(r"^python3 -m venv .*$", Path("README.md").read_text(), re.MULTILINE)[0]
    with tempfile.TemporaryDirectory() as folder:
        session.run("git", "clone", "--quiet", ".", folder, external=True)
        with session.chdir(folder):
            printed = session.run("bash", "-c", command, silent=True, external=True)
    for words in ("Fixture Freight LLC", "IN_PROGRESS", "Business start date", "november-statement.pdf"):
        if words not in str(printed):
            session.error(f"The README's first command does not print {words!r}:\n{printed}")


@nox.session(tags=["full"])
def site(session: nox.Session) -> None:
    """Build the docs site strictly: broken links and unknown names fail. See it: python -m http.server -d site."""
    session.install(*group("site"))
    session.run("zensical", "build", "--clean", "--strict")
    loads = re.compile(r"""(?:\bsrc(?:set)?|<link\b[^>]*\bhref)=["']?((?:https?:)?//[^"'> ]+)""")
    texts = [page.read_text("utf-8") for page in Path("site").rglob("*.html")]
    foreign = {address for text in texts for address in loads.findall(text)}
    if foreign or not texts:
        session.error(f"The site has no pages, or would load from other hosts: {foreign}")


@nox.session(tags=["full"])
def build(session: nox.Session) -> None:
    """Build dist/ as it is published, and inspect it; argument: a tag, which must be that of the version."""
    expected = f"v{PROJECT['project']['version']}"
    if session.posargs not in ([], [expected]):
        session.error(f"The tag is {session.posargs[0]}, but the version in pyproject.toml asks for {expected}")
    session.install(*group("build"))
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--installer=uv")
    session.run("check-wheel-contents", "dist")
    session.run("twine", "check", "--strict", *map(str, Path("dist").iterdir()))


@nox.session(tags=["full"])
def workflows(session: nox.Session) -> None:
    """Check .github/: schemas, security (zizmor), and expressions if actionlint is installed."""
    session.install(*group("workflows"))
    files = [str(path) for path in sorted(Path(".github", "workflows").iterdir())]
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    session.run("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml")
    session.run("zizmor", "--offline", ".github")
    if shutil.which("actionlint"):
        session.run("actionlint", external=True)


@nox.session
def generate(session: nox.Session) -> None:
    """Make all that is made by machine, from openapi/ on, and say what it means for users: run it after every edit."""
    session.install(*group("generate"), *group("test"), *RUNTIME)
    session.run("python", "tools/generate.py", *session.posargs)


@nox.session(name="upgrade-generator")
def upgrade_generator(session: nox.Session) -> None:
    """Try another version of the generator on the same spec, and say what it would mean; argument: VERSION."""
    if len(session.posargs) != 1:
        session.error("Which version? nox -s upgrade-generator -- 0.29.1")
    name = "openapi-python-client"
    others = [each for each in group("generate") if not each.startswith(name)]
    session.install(f"{name}=={session.posargs[0]}", *others, *group("test"), *RUNTIME)
    session.run("python", "tools/generate.py", "--same-spec")


@nox.session
def drift(session: nox.Session) -> None:
    """Propose the edit of the spec that accepts a response; arguments: RESPONSE... [--operation PATH] [--apply]."""
    session.install(*group("generate"), *group("test"), *RUNTIME)
    session.run("python", "tools/drift.py", *session.posargs, env=IN_PLACE)


@nox.session(python=False)
def derive(session: nox.Session) -> None:
    """Make omni/_sync from omni/_async: run it after every change there."""
    session.run(sys.executable, "tools/unasync.py")


@nox.session
def reference(session: nox.Session) -> None:
    """Refresh what the docs show: output of commands, help of new commands, and every field in docs/reference."""
    session.install("-e", ".[cli,sandbox,webhooks]", *group("test"))
    session.run("python", "tests/docs/test_pages.py", "--write")
    session.run("python", "tools/reference.py")


@nox.session
def changes(session: nox.Session) -> None:
    """Say what changed for users since the last release; arguments: [REVISION] [--json]."""
    session.install(*group("generate"))
    session.run("python", "tools/changes.py", *session.posargs)


@nox.session
def screenshots(session: nox.Session) -> None:
    """Take the pictures of the docs anew: the command line on a terminal, and the sandbox's page, with a Chromium."""
    session.install(wheel(session), *group("test"))
    folders = {"OMNI_CAPTURES": "docs/images/terminal", "OMNI_SCREENSHOTS": "docs/images/sandbox"}
    env = INSTALLED | {name: str(Path(folder).resolve()) for name, folder in folders.items()}
    session.run("pytest", "-q", "tests/cli/output/test_captures.py", "-k", "pictures", env=env)
    session.run("pytest", "-q", "tests/contract/sandbox/test_browser.py", "-k", "everybody", env=env)


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
    session.run("python", "benchmarks/webhooks.py", env=INSTALLED)
