"""``omni completion``, and what shells complete."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from click.testing import Result

from omni.cli._main import omni_command
from omni.webhooks.testing import STAGES

from ..conftest import ROOTS

Run = Callable[..., Result]


def complete(line: str) -> list[str]:
    """The values offered at the end of a line; ``file`` where the shell completes the names of files."""
    *words, incomplete = line.split(" ")
    items = BashComplete(omni_command, {}, "omni", "_OMNI_COMPLETE").get_completions(words, incomplete)
    return [item.value if item.type == "plain" else item.type for item in items]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(run: Run, shell: str) -> None:
    """The script completes ``omni``, and is one that the shell can read."""
    result = run("completion", shell)

    assert result.exit_code == 0
    assert f"_OMNI_COMPLETE={shell}_complete" in result.stdout
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=result.stdout, text=True, check=True)


def test_unknown_shell(run: Run) -> None:
    """Another shell is wrong usage, and the error names those that there are."""
    result = run("completion", "tcsh")

    assert result.exit_code == 2
    assert "bash" in result.stderr


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("lead do", ["documents", "download"]),
        ("lead add-item 1 --type TA", ["TAX_RETURN"]),
        ("lead create --assignee-type ", ["agent", "manual"]),
        ("webhook inbox list --state d", ["done", "dead"]),
        ("webhook trigger document.", ["document.received", "document.extracted"]),
        ("webhook trigger lead.created --outcome f", ["failed"]),
        ("webhook trigger lead.created --stage ", [*STAGES]),
        ("webhook serve --scheme hmac", ["hmac-sha256", "hmac-sha512"]),
        ("webhook replay x --only lead.c", ["lead.created", "lead.completed"]),
        ("sandbox --webhook-events lead.created,document.r", ["lead.created,document.received"]),
        ("drift x --operation /api/v1/leads/{leadId}/a", ["/api/v1/leads/{leadId}/action-logs"]),
        ("completion z", ["zsh"]),
        ("lead upload 1 ja", ["file"]),
        ("lead download 1 --to ", ["file"]),
        ("drift re", ["file"]),
        ("webhook inspect re", ["file"]),
        ("webhook serve --save re", ["file"]),
    ],
)
def test_values(line: str, offered: list[str]) -> None:
    """Commands, enum values and the names of files are completed."""
    assert sorted(complete(line)) == sorted(offered)


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
def test_in_bash(tmp_path: Path) -> None:
    """The script works in bash, with the program that is installed."""
    (tmp_path / "omni").write_text(f'#!/bin/sh\nexec {sys.executable} -m omni "$@"\n')
    (tmp_path / "omni").chmod(0o755)
    script = """
    eval "$(omni completion bash)"
    COMP_WORDS=(omni lead upl) COMP_CWORD=2
    _omni_completion omni upl lead
    echo "${COMPREPLY[@]}"
    """
    environment = {**os.environ, "PYTHONPATH": ROOTS, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "upload\n"
