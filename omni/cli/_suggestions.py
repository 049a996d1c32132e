"""What somebody probably meant who typed a command that there is not."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import click

_MEANT = {
    "auth": "config set",
    "configure": "config set",
    "doc": "document",
    "docs": "document, lead documents",
    "documents": "document, lead documents",
    "help": "--help",
    "leads": "lead, analytics leads",
    "login": "config set",
    "mock": "sandbox",
    "profile": "config",
    "stats": "analytics totals",
    "status": "doctor",
    "version": "--version",
    "webhooks": "webhook",
    "analytics get": "analytics totals",
    "analytics list": "analytics leads",
    "analytics show": "analytics totals",
    "config add": "config set",
    "config delete": "config remove",
    "document list": "lead documents",
    "document show": "document get",
    "document upload": "lead upload",
    "lead activity": "lead logs",
    "lead add": "lead create",
    "lead docs": "lead documents",
    "lead edit": "lead update",
    "lead get": "lead show",
    "lead history": "lead logs",
    "lead info": "lead show",
    "lead items": "lead checklist",
    "lead list": "analytics leads",
    "lead ls": "analytics leads",
    "lead messages": "lead logs",
    "lead new": "lead create",
    "lead status": "lead show",
    "lead view": "lead show",
    "webhook list": "webhook inbox list",
    "webhook receive": "webhook serve",
    "webhook send": "webhook trigger",
}
"""Commands by what other tools call them; those that differ in a few letters, or lack their group, are found anyway."""


def suggest(root: click.Command, path: Sequence[str], typed: Sequence[str]) -> str:
    """A question that names the commands that may be meant, with a space in front; empty if there are none."""
    found = [" ".join(["omni", *names]) for names in _candidates(root, [*path], typed)]
    return f" Did you mean: {' or '.join(found)}?" if found else ""


def _candidates(root: click.Command, path: list[str], typed: Sequence[str]) -> Iterator[list[str]]:
    word, following = typed[0].lower(), [*typed[1:2]]
    if meant := _MEANT.get(" ".join([*path, word])):
        paths = [name.split() for name in meant.split(", ")]
    else:
        siblings = get_close_matches(word, _commands(root, path), n=1)
        paths = [[*path, name] for name in siblings] or [each for each in _walk(root) if each[-1] == word]
    longer = [[*names, *following] for names in paths if following and following[0] in _commands(root, names)]
    yield from longer or paths


def _commands(root: click.Command, path: Sequence[str]) -> list[str]:
    command: click.Command | None = root
    for name in path:
        command = command.commands.get(name) if isinstance(command, click.Group) else None
    return [*command.commands] if isinstance(command, click.Group) else []


def _walk(root: click.Command, path: Sequence[str] = ()) -> Iterator[list[str]]:
    """The path of every command, however deep."""
    for name in _commands(root, path):
        yield [*path, name]
        yield from _walk(root, [*path, name])
