"""Every code block in the README and the docs is executed, or is a command that is checked to be the right one."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "openapi").glob("*.md")]
    if "```" in page.read_text() and page.name != "regenerate.md"  # tests/tools carries that one out
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOX = (ROOT / "noxfile.py").read_text()


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks in this language."""
    return [code for found, code in BLOCK.findall(page.read_text()) if found == language]


@pytest.fixture
def sandbox() -> Iterator[Any]:
    """A sandbox for each page, since some of them write."""
    from omni.sandbox import running

    with running() as server:
        yield server


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_python(page: Path, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page's Python runs from top to bottom, against the sandbox."""
    monkeypatch.setenv("OMNI_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("OMNI_API_KEY", sandbox.api_key)
    names: dict[str, Any] = {}

    for code in blocks(page, "python"):
        exec(compile(code, page.name, "exec"), names)

    assert names or page not in [ROOT / "README.md", ROOT / "docs" / "learn.md", ROOT / "docs" / "do.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_console(page: Path) -> None:
    """A command that is shown with its output prints exactly that."""
    for block in blocks(page, "console"):
        command, _, shown = block.removeprefix("$ omni ").partition("\n")
        done = subprocess.run(
            [sys.executable, "-m", "omni.cli", *command.split()],
            env={**os.environ, "COLUMNS": "80"},
            capture_output=True,
            text=True,
        )

        assert shown.rstrip() == done.stdout.rstrip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_shell(page: Path) -> None:
    """A shell command is an install of this clone, one of the README's two, or a nox session that there is."""
    readme = blocks(ROOT / "README.md", "sh")
    for command in "".join(blocks(page, "sh")).splitlines():
        session = re.fullmatch(r"nox -s (\w+)", command)
        if session:
            assert f"def {session[1]}(" in NOX
        else:
            assert f"{command}\n" in readme or re.fullmatch(r"pip install '?\.[\w\[\],]*'?", command)


def test_no_block_goes_unchecked() -> None:
    """Every block says its language, and it is one of those above."""
    languages = {language for page in PAGES for language, _ in BLOCK.findall(page.read_text())}

    assert {"python", "console", "sh"} == languages


def test_ci_runs_the_readme() -> None:
    """Continuous integration is the README's test command and nothing else."""
    _, _, test_command = blocks(ROOT / "README.md", "sh")
    script = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line]

    assert script == [
        "#!/usr/bin/env bash",
        "set -euo pipefail",
        'cd "$(dirname "$0")/.."',
        test_command.strip(),
    ]


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link names a file that is there."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
