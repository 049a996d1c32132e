"""Every code block in the README and the docs is executed, or is a command that is checked to exist.

`nox -s reference` replaces the output of the `omni` commands in them by what the commands print now,
and adds the help of new commands to docs/look-up.md.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "openapi").glob("*.md")]
    if "```" in page.read_text() and page.name != "regenerate.md"  # tests/tools carries that one out
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^(```console\n\$ omni ([^\n]*)\n)(.*?)^```$", re.MULTILINE | re.DOTALL)
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
    from omni.sandbox import running

    with running() as server:
        yield server


@every_page
def test_python_runs_and_prints_what_the_page_shows(
    page: Path, sandbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page's Python runs from top to bottom, against the sandbox; a text block is the output of the code above it."""
    monkeypatch.setenv("OMNI_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("OMNI_API_KEY", sandbox.api_key)
    names: dict[str, Any] = {}
    printed = ""

    for language, code in BLOCK.findall(page.read_text()):
        if language == "python":
            exec(compile(code, page.name, "exec"), names)
            printed = capsys.readouterr().out
        elif language == "text":
            assert code == printed

    assert names or page not in [README, ROOT / "docs" / "learn.md", ROOT / "docs" / "do.md"]


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
    import omni

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
    """A relative link names a file that is there."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


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
    reference = ROOT / "docs" / "look-up.md"
    for name in undocumented_commands(reference.read_text()):
        reference.write_text(f"{reference.read_text()}\n```console\n$ {name} --help\n```\n")
    for page in PAGES:
        page.write_text(CONSOLE.sub(lambda block: f"{block[1]}{output(block[2])}```", page.read_text()))
