"""Every operation of the contract has a command that sends it, and every field of its request an option."""

import re
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner

import omni
from omni import sandbox
from omni._operations import registry
from omni._operations.contract import contract, find_template, snake_case
from omni._operations.pagination import Pages
from omni.cli._main import omni_command
from omni.cli._options import body_fields, drop_unset, field_options

WITHOUT_A_COMMAND: dict[str, str] = {}
"""Operations (by ``operationId``) that no command sends, and why."""

WITHOUT_AN_OPTION = {
    "updateLead.didOptOut": "the commands opt-out and lift-opt-out, which ask first",
    "updateLead.status": "a command for each status, which asks first",
    "createLeadChecklistItem.isRequired": "the option --optional, since true is the default",
    "uploadDocuments.leadChecklistItemId": "the option --item",
    "uploadDocuments.metadata": "one entry for each file is too much for a command line",
    "getAnalytics.format": "the command csv",
    "getDocument.includeContent": "the command download",
}
"""Fields and parameters of requests (``operationId.name``) that are no parameter of a command, and what is instead."""

PAGE_TOKENS = {
    f"{pages.operation.id}.{pages.parameter}" for pages in vars(registry).values() if isinstance(pages, Pages)
}
"""Lists are printed through all of their pages."""


def leaf_commands(group: click.Group) -> Iterator[click.Command]:
    """The commands that are no groups, however deep."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from leaf_commands(command)
        else:
            yield command


def run_example(command: click.Command) -> list[str]:
    """Run the example of a command's help, confirmed, and return the operations that it sends."""
    sent: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(404)

    line = re.findall(r"Example:\n +omni ([^|]*)", command.epilog or "")[0]
    arguments = [argument for argument in shlex.split(line) if argument != "--sandbox"]
    arguments += ["--yes" for parameter in command.params if parameter.name == "yes"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(omni, "Client", partial(omni.Client, transport=httpx.MockTransport(record)))
        patch.setattr(sandbox, "serve", lambda *address: None)
        patch.setattr("omni.cli._webhook._serve._run", lambda *_: None)
        CliRunner(env={"OMNI_API_KEY": "k", "OMNI_BASE_URL": "http://127.0.0.1:1"}).invoke(omni_command, arguments)
    return [operation_id(request) for request in sent]


def operation_id(request: httpx.Request) -> str:
    """The operation that a request is for."""
    place = (find_template(request.url.path), request.method.lower())
    operations = contract()["operations"].items()
    return next(name for name, operation in operations if place == (operation["path"], operation["method"]))


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The names of the parameters of the commands that send an operation, by operation."""
    folder = tmp_path_factory.mktemp("examples")
    for name in ("january.pdf", "february.pdf"):
        Path(folder, name).write_bytes(b"%PDF")
    names: dict[str, set[str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in leaf_commands(omni_command):
            for operation in run_example(command):
                names.setdefault(operation, set()).update(parameter.name or "" for parameter in command.params)
    return names


@pytest.mark.parametrize("operation", contract()["operations"])
def test_every_operation_has_a_command(parameters: dict[str, set[str]], operation: str) -> None:
    """The example of a command sends it."""
    assert (operation in parameters) != (operation in WITHOUT_A_COMMAND), (
        f"operation {operation} has no command: add one in omni/cli/, with an example that sends it, or give the reason"
        " in WITHOUT_A_COMMAND"
        if operation not in parameters
        else f"operation {operation} has a command: take it out of WITHOUT_A_COMMAND"
    )


@pytest.mark.parametrize("operation", contract()["operations"])
def test_every_field_has_an_option(parameters: dict[str, set[str]], operation: str) -> None:
    """Each field of the body and each parameter of the URL is a parameter of a command that sends the operation."""
    has_body = contract()["operations"][operation]["body"] is not None
    fields = [*contract()["operations"][operation]["parameters"], *(body_fields(operation)[0] if has_body else ())]

    reachable = {name for name in fields if snake_case(name) in parameters.get(operation, ())}
    excepted = {name for name in fields if f"{operation}.{name}" in WITHOUT_AN_OPTION.keys() | PAGE_TOKENS}

    assert not (missing := {*fields} - reachable - excepted), (
        f"{sorted(missing)} of operation {operation} are no options: add them in omni/cli/, or say in"
        " WITHOUT_AN_OPTION how they are reached"
    )
    assert not (stale := reachable & excepted), f"{sorted(stale)} are options: take them out of WITHOUT_AN_OPTION"


def test_exceptions_are_in_the_contract() -> None:
    """Each exception is of an operation that the contract has."""
    named = {*WITHOUT_A_COMMAND, *(name.partition(".")[0] for name in WITHOUT_AN_OPTION)}

    assert sorted(named - contract()["operations"].keys()) == []


FIELDS = {
    "isUrgent": {"type": ["boolean"], "description": "Whether `it` is urgent. More."},
    "maxCount": {"type": ["integer", "null"]},
    "noteLines": {"type": ["array"], "items": {"type": ["string"]}},
    "priority": {"type": ["string"], "enum": ["high", "low"]},
    "shape": {"type": ["object"]},
    "ratio": {"type": ["number"]},
    "name": {"type": ["string"]},
}


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        (["--name", "a", "--is-urgent", "--by", "b"], {"name": "a", "is_urgent": True, "by": "b"}),
        (["--name", "a", "--max-count", "0", "--ratio", "0.5"], {"name": "a", "max_count": 0, "ratio": 0.5}),
        (["--name", "a", "--note-lines", "1", "--note-lines", "2"], {"name": "a", "note_lines": ("1", "2")}),
        (
            ["--name", "a", "--priority", "low", "--shape", '{"a": [1]}'],
            {"name": "a", "priority": "low", "shape": {"a": [1]}},
        ),
        (["--priority", "low"], None),
        (["--name", "a", "--by", "c"], None),
        (["--name", "a", "--priority", "none"], None),
        (["--name", "a", "--max-count", "x"], None),
        (["--name", "a", "--shape", "{"], None),
    ],
)
def test_new_field_gets_an_option(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], fields: dict[str, Any] | None
) -> None:
    """A field of the contract is an option of its type, with the first sentence of its description as help."""
    forms = [{"properties": {**FIELDS, "by": {"const": by}}, "required": ["name"]} for by in "ab"]
    schema = {"oneOf": forms}
    monkeypatch.setattr("omni.cli._options.contract", lambda: {"operations": {"new": {"body": {"schema": schema}}}})
    calls: list[dict[str, Any]] = []
    command = click.command()(field_options("new")(lambda **fields: calls.append(drop_unset(**fields))))

    assert CliRunner().invoke(command, arguments).exit_code == (2 if fields is None else 0)
    assert calls == ([] if fields is None else [fields])
    assert "  --is-urgent            Whether it is urgent.\n" in CliRunner().invoke(command, ["--help"]).stdout
