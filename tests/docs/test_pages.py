"""Every code block in the README and the docs is executed, or is a command that is checked to exist.

`nox -s reference` replaces the output of the `omni` commands in them by what the commands print now,
and adds the help of new commands to docs/command-line.md.
"""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import omni
import omni.sandbox
import omni.webhooks
from omni._operations.contract import contract

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "openapi").glob("*.md")]
    if "```" in page.read_text() and page.name != "regenerate.md"  # tests/tools carries that one out
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^(```console\n\$ omni ([^\n]*)\n)(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "\0"
"""Between what one block of a page prints and what the next one does."""
NOX = (ROOT / "noxfile.py").read_text()

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks in this language."""
    return [code for name, code in BLOCK.findall(page.read_text()) if name == language]


def output(command: str) -> str:
    """What an `omni` command prints on a terminal of 80 columns."""
    done = subprocess.run(
        [sys.executable, "-m", "omni.cli", *command.split()],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
    )
    return done.stdout.rstrip() + "\n"


@pytest.fixture
def sandbox() -> Iterator[Any]:
    """A sandbox for each page, since some of them write."""
    with omni.sandbox.running() as server:
        yield server


@every_page
def test_python_runs_and_prints_what_the_page_shows(page: Path, sandbox: Any, tmp_path: Path) -> None:
    """A page's Python runs from top to bottom, against the sandbox; a text block is the output of the code above it."""
    code: list[str] = []
    shown: dict[int, str] = {}
    for language, block in BLOCK.findall(page.read_text()):
        if language == "python":
            code.append(block)
        elif language == "text":
            assert len(code) - 1 not in shown, "two texts below one block: print them in two"
            shown[len(code) - 1] = block
    # A process of its own, since pages set up logging, Sentry and OpenTelemetry, which would stay.
    program = tmp_path / "page.py"
    program.write_text("".join(f"{block}print({END!r}, end='')\n" for block in code))
    environment = {**os.environ, "OMNI_BASE_URL": sandbox.base_url, "OMNI_API_KEY": sandbox.api_key}
    command = [sys.executable, "-W", "error", str(program)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(END)
    assert {n: printed[n] for n in shown} == shown
    assert code or page not in [README, ROOT / "docs" / "learn.md", ROOT / "docs" / "do.md"]


@every_page
def test_console_shows_what_the_command_prints(page: Path) -> None:
    """A command that is shown with its output prints exactly that; `nox -s reference` refreshes it."""
    for _, command, shown in CONSOLE.findall(page.read_text()):
        assert shown == output(command)


@every_page
def test_shell_commands_exist(page: Path) -> None:
    """A shell command is an install of this clone, one of the README's two, or a nox session or tag that there is."""
    readme = blocks(README, "sh")
    for command in "".join(blocks(page, "sh")).splitlines():
        session = re.fullmatch(r"nox(?: -s (\w+)| -t (\w+))?", command)
        if session:
            assert f"def {session[1] or 'tests'}(" in NOX
            assert f'tags=["{session[2] or "full"}"]' in NOX
        else:
            assert f"{command}\n" in readme or re.fullmatch(r"pip install '?\.[\w\[\],]*'?", command)


def test_no_block_goes_unchecked() -> None:
    """Every block has a language, which is one of those above."""
    languages = {language for page in PAGES for language, _ in BLOCK.findall(page.read_text())}

    assert {"python", "text", "console", "sh"} == languages


def test_readme_says_what_happens_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error that most people see first is in the README, word for word."""
    monkeypatch.delenv("OMNI_API_KEY", raising=False)

    with pytest.raises(omni.UsageError) as caught:
        omni.Client()

    assert f"`UsageError: {caught.value}`" in README.read_text()


def test_ci_runs_the_readme() -> None:
    """Continuous integration is the README's command for checking, and then the sessions that it leaves out."""
    _, _, check = blocks(README, "sh")
    script = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line]

    assert script.pop(3).startswith("command -v chromium ")  # what the tests in a browser need, and skip without
    assert script == [
        "#!/usr/bin/env bash",
        "set -euo pipefail",
        'cd "$(dirname "$0")/.."',
        check.strip(),
        ".venv/bin/nox -t full",
    ]


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link names a file that is there; in docs/, `nox -s site` checks the anchors too."""
    folders = ((ROOT / folder).rglob("*.md") for folder in ("docs", "openapi", "examples", ".github"))
    for page in [*ROOT.glob("*.md"), *itertools.chain(*folders)]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_reference_has_every_public_name() -> None:
    """By a directive for its docstring, or by name beside its blocking twin; of enums, in the list of them."""
    pages = "".join(page.read_text() for page in REFERENCE.glob("*.md"))
    names = [
        f"{package.__name__}.{name}" for package in (omni, omni.webhooks, omni.sandbox) for name in package.__all__
    ]
    assert len(names) > 100
    lost = [name for name in names if f"::: {name}\n" not in pages and f"`{name}`" not in pages]

    assert [name for name in lost if f"### {name.rpartition('.')[2]}\n" not in pages] == []


def test_reference_has_every_field() -> None:
    """The pages of requests, responses and events are what the spec and the views give."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}  # where the other tools are
    command = [sys.executable, ROOT / "tools" / "reference.py", "--check"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_reference_has_every_operation() -> None:
    """With its method of `client`."""
    page = (REFERENCE / "index.md").read_text()
    requests = [f"`{each['method'].upper()} {each['path']}`" for each in contract()["operations"].values()]

    assert [request for request in requests if request not in page] == []
    assert page.count("| `client.") == len(requests)


def test_every_error_has_what_to_do() -> None:
    """Each class of error says what it means, and what to do."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    errors = [name for name in omni.__all__ if name.endswith("Error")]
    sections = dict(re.findall(r"^### (\w+Error)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))

    assert [*sections] == sorted(errors, key=[*sections, *errors].index)
    assert [name for name, text in sections.items() if "**Means**" not in text or "**Do**" not in text] == []


def undocumented_commands(page: str) -> Iterator[str]:
    """The commands that a page names neither in a block of their help nor in its text."""
    from omni.cli._main import omni_command

    waiting = [("omni", omni_command)]
    while waiting:
        name, command = waiting.pop()
        waiting += [(f"{name} {key}", inner) for key, inner in getattr(command, "commands", {}).items()]
        if f"$ {name} --help\n" not in page and f"`{name}" not in page:
            yield name


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    reference = ROOT / "docs" / "command-line.md"
    for name in undocumented_commands(reference.read_text()):
        reference.write_text(f"{reference.read_text()}\n```console\n$ {name} --help\n```\n")
    for page in PAGES:
        page.write_text(CONSOLE.sub(lambda block: f"{block[1]}{output(block[2])}```", page.read_text()))
