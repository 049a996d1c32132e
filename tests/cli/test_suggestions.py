"""Words that other tools use lead to the right command."""

from collections.abc import Callable

import pytest
from click.testing import Result

from omni.cli._main import omni_command
from omni.cli._suggestions import _MEANT

from .test_main import command_paths

Run = Callable[..., Result]

PATHS = {" ".join(path) for path in command_paths(omni_command)} | {"--help", "--version"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lead get 1", "omni lead show"),
        ("lead list", "omni analytics leads"),
        ("lead sohw 1", "omni lead show"),
        ("lead SHOW 1", "omni lead show"),
        ("lead documnets 1", "omni lead documents"),
        ("leads", "omni lead or omni analytics leads"),
        ("leads show 1", "omni lead show"),
        ("laed show 1", "omni lead show"),
        ("docs", "omni document or omni lead documents"),
        ("docs get 1", "omni document get"),
        ("missing 1", "omni lead missing"),
        ("download", "omni lead download or omni document download"),
        ("webhook inbox ls", "omni webhook inbox list"),
        ("webhooks inbox list", "omni webhook inbox"),
        ("help", "omni --help"),
    ],
)
def test_likely_words_name_the_right_command(run: Run, typed: str, meant: str) -> None:
    """An unknown command is exit code 2, and the error names the one that is probably meant."""
    result = run(*typed.split())

    assert result.exit_code == 2
    assert result.stderr.endswith(f". Did you mean: {meant}?\n")


@pytest.mark.parametrize("typed", ["xyzzy", "lead xyzzy", "lead -x", "-x"])
def test_nothing_is_guessed(run: Run, typed: str) -> None:
    """A word like no command, or an option, gets no guess."""
    result = run(*typed.split())

    assert result.exit_code == 2
    assert "Did you mean" not in result.stderr


def test_words_are_up_to_date() -> None:
    """What is suggested is there, and what leads to it is not."""
    assert {path for paths in _MEANT.values() for path in paths.split(", ")} - PATHS == set()
    assert _MEANT.keys() & PATHS == set()


@pytest.mark.parametrize("path", ["", *sorted(" ".join(path) for path in command_paths(omni_command))])
def test_short_help(run: Run, path: str) -> None:
    """``-h`` works everywhere."""
    assert run(*path.split(), "-h").stdout.startswith(f"Usage: omni {path}".rstrip())
