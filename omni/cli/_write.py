"""What every command that changes something goes through: a dry run, a question, and only then the request."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, TypeVar

import click

from omni.cli._connection import Failure, WrongCall, connected
from omni.cli._messages import remember_command
from omni.cli._options import Options
from omni.cli._plain import say

if TYPE_CHECKING:
    import omni

T = TypeVar("T")


def written(options: Options, write: Callable[["omni.Client"], T], *, question: str = "") -> T:
    """The answer to a write, or the end of the command: after a dry run, or if it is not agreed to.

    A question is asked where the person is contacted or their consent affected, once it is clear that the request can
    be sent. Nobody is behind the leads of a sandbox.
    """
    remember_command()
    must_ask = bool(question) and not (options.yes or options.sandbox)
    if options.dry_run or must_ask:
        from omni.cli._dry_run import as_curl, captured

        requests = captured(options, write)
        if options.dry_run:
            say("\n".join(map(as_curl, requests)))
            click.get_current_context().exit()
    with connected(options) as client:
        if must_ask:
            _ask(question)
        return write(client)


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise WrongCall(f"{question} There is no terminal to ask on: if that is meant, add --yes.")
    with redirect_stdout(sys.stderr):  # click before 8.4 writes a blank of the question to stdout: pallets/click#2018
        is_agreed = click.confirm(f"{question} Go on?", err=True)
    if not is_agreed:
        raise Failure("Nothing was sent.")
