"""The ways to an operation of the API, each measured by what it asks for.

A raw function or a method covers the operation whose request it makes when it is called with plain arguments, a command
that of the example in its help. Routes of the sandbox, cassettes and pages of the documentation are read.
"""

import asyncio
import inspect
import pkgutil
import re
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import chdir, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import MagicMock, patch

import click
import httpx
import omni_client.api
import yaml
from click.testing import CliRunner
from starlette.routing import BaseRoute, Mount, Route

import omni
import omni.sandbox
from omni.cli._main import omni_command

HERE = Path(__file__).resolve().parent.parent
ADDRESS = {"api_key": "measured", "base_url": "http://omni.invalid"}
NOT_ANY_TEXT: dict[str, Any] = {
    "field_type": "TEXT",
    "files": ("1", b"1"),
    "document": "1",
    "lead": "1",
    "to": "no-such-file",
}
"""Arguments that are looked at before anything is asked for."""

Asked = tuple[str, str, str]  # method and path of a request, and what made it


def raw_functions() -> Iterator[Asked]:
    """The requests of the generated modules."""
    for found in pkgutil.walk_packages(omni_client.api.__path__, f"{omni_client.api.__name__}."):
        if not found.ispkg:
            build = import_module(found.name)._get_kwargs
            request = build(**arguments(build))
            yield request["method"].upper(), request["url"], found.name


def methods(kind: Callable[..., Any]) -> Iterator[Asked]:
    """The requests of the methods of a client's resources."""
    for resource, value in inspect.getmembers(kind(**ADDRESS, transport=httpx.MockTransport(MagicMock()))):
        if type(value).__module__.startswith("omni.") and not isinstance(value, httpx.Client | httpx.AsyncClient):
            for name in (name for name in vars(type(value)) if name[0] != "_"):
                yield from requests(partial(call, kind, resource, name), f"{resource}.{name}")


def call(kind: Callable[..., Any], resource: str, name: str, transport: httpx.MockTransport) -> None:
    """Call a method, and wait for its result or for the first of its results."""
    method = getattr(getattr(kind(**ADDRESS, transport=transport), resource), name)
    result = method(**arguments(method))
    result = anext(result) if isinstance(result, AsyncIterator) else result
    if isinstance(result, Awaitable):
        asyncio.run(asyncio.wait_for(result, timeout=10))
    elif isinstance(result, Iterator):
        next(result)


def arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """A value for each argument that has to be given."""
    needed = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
    plain = {
        each.name: "1" if "str" in str(each.annotation) else MagicMock()
        for each in needed
        if each.kind != each.VAR_KEYWORD
    }
    asks_for_more = {"last_name": "1"} if "changes" in [each.name for each in needed] else {}
    return {name: NOT_ANY_TEXT.get(name, value) for name, value in plain.items()} | asks_for_more


def requests(action: Callable[[httpx.MockTransport], object], name: str) -> list[Asked]:
    """The requests that an action makes through a transport; that it fails does not matter."""
    seen: list[Asked] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path, name))
        return httpx.Response(404)

    with suppress(Exception):
        action(httpx.MockTransport(answer))
    return seen


def commands(group: click.Group = omni_command, words: tuple[str, ...] = ()) -> Iterator[Asked]:
    """The requests of the commands of ``omni``."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield from requests(partial(invoke, command), " ".join(("omni", *words, name)))


def invoke(command: click.Command, transport: httpx.MockTransport) -> None:
    """Run the example of a command's help, agreed to, with a client that has this transport."""
    words = re.findall(r"Example:\n +omni (.*)", command.epilog or "")
    line = [word for word in shlex.split(words[0].partition("|")[0]) if word != "--sandbox"]
    line += ["--yes" for each in command.params if each.name == "yes"]
    runner = CliRunner(env={f"OMNI_{name.upper()}": value for name, value in ADDRESS.items()})
    with (
        TemporaryDirectory() as folder,
        chdir(folder),
        patch.object(omni, "Client", partial(omni.Client, transport=transport)),
        patch.object(omni.sandbox, "serve"),
    ):
        for name in (word for word in line if word.endswith(".pdf")):
            Path(name).write_bytes(b"%PDF")
        runner.invoke(omni_command, line)


def routes(table: Iterable[BaseRoute] | None = None, prefix: str = "") -> Iterator[Asked]:
    """The requests that the sandbox has a route for."""
    for route in omni.sandbox.app().routes if table is None else table:
        if isinstance(route, Mount):
            yield from routes(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield from ((method, prefix + route.path, route.name) for method in route.methods or ())


def cassettes() -> Iterator[Asked]:
    """The requests that were recorded."""
    for path in sorted((HERE / "tests" / "cassettes").glob("*.yaml")):
        for each in yaml.safe_load(path.read_text())["interactions"]:
            yield each["request"]["method"], httpx.URL(each["request"]["uri"]).path, path.stem


def snippets() -> Iterator[Asked]:
    """The pages with a call of a method in a block of Python: looked up here, run by tests/test_docs.py."""
    found = [*methods(omni.Client)]
    for path in (HERE / "README.md", *sorted((HERE / "docs").glob("*.md"))):
        code = "".join(re.findall(r"^```python\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL))
        yield from ((method, url, path.name) for method, url, name in found if f".{name}(" in code)


WAYS: dict[str, Callable[[], Iterable[Asked]]] = {
    "raw": raw_functions,
    "sync": partial(methods, omni.Client),
    "async": partial(methods, omni.AsyncClient),
    "sandbox": routes,
    "cassettes": cassettes,
    "cli": commands,
    "docs": snippets,
}
