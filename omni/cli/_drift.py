"""``omni drift``: saved responses against the contract, and a draft of the spec that accepts them."""

import json
import os.path
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import unified_diff
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import click

from omni._operations import drift
from omni._operations.contract import operations_by_path, template_of
from omni._operations.difference import Difference
from omni.cli._connection import Failure, WrongCall
from omni.cli._options import example
from omni.cli._plain import clean, line, say, writing

_ENOUGH_DIGITS = 300

Source = tuple[str, str | None]
"""The path of an operation as a template, and its method if that is known."""


@click.command("drift", epilog=example("omni drift tests/cassettes/get_lead.yaml"))
@click.argument(
    "responses",
    metavar="RESPONSE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "--operation",
    metavar="PATH",
    default="/api/v1/leads/{leadId}",
    show_default=True,
    help="What a JSON file answers.",
)
@click.option("--patch", is_flag=True, help="Print a change of the spec that accepts it all, for git apply.")
@click.option(
    "--spec",
    metavar="FILE",
    default="openapi/omni.yaml",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to change.",
)
@click.pass_context
def drift_command(context: click.Context, responses: tuple[Path, ...], operation: str, patch: bool, spec: Path) -> None:
    """List what saved responses hold that the contract does not know.

    A response is a JSON file, - for stdin, or a cassette of vcrpy (.yaml), whose requests say what was asked. One line
    each, separated by tabs: kind, path, word or JSON type, how often. No values are shown.

    The exit code is 0 without drift and 1 with it.
    """
    found: Counter[tuple[Source, Difference]] = Counter()
    read = 0
    for source, value in (each for path in responses for each in _saved(path, operation)):
        read += 1
        for one in drift.differences(value, *source):
            found[source, replace(one, count=1)] += one.count
    if not found:
        click.echo(f"No drift in {read} response{'s'[: read != 1]}.", err=True)
    elif patch:
        _print_patch(spec, found)
    else:
        _print([replace(one, count=count) for (_, one), count in found.items()], err=False)
    context.exit(1 if found else 0)


def print_drift(found: Iterable[Difference]) -> None:
    """Print the differences of one response on stderr, or that there are none."""
    lines = list(found)
    _print(lines, err=True)
    if not lines:
        click.echo("No drift.", err=True)


def _print(found: Iterable[Difference], *, err: bool) -> None:
    for one in found:
        cells = line((one.kind, one.path or ".", one.detail, one.count))
        if err:
            click.echo(cells, err=True)
        else:
            say(cells)


def _saved(path: Path, operation: str) -> Iterator[tuple[Source, Any]]:
    """Each response that a file holds: what it answers, and its JSON."""
    content = _content(path)
    if path.suffix in {".yaml", ".yml"}:
        yield from _played(path, content)
        return
    template = template_of(operation)
    if template is None:
        raise click.BadParameter(f"the contract has only {', '.join(operations_by_path())}.", param_hint="--operation")
    try:
        value = _read(content)
    except (ValueError, RecursionError):
        raise WrongCall(f"{clean(path)} is not JSON.") from None
    yield (template, None), value


def _content(path: Path) -> bytes:
    """What is in a file, or in stdin."""
    is_stdin = path == Path("-")
    try:
        return sys.stdin.buffer.read() if is_stdin else path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WrongCall(f"{'stdin' if is_stdin else clean(path)} cannot be read: {reason}.") from None


def _read(body: Any) -> Any:
    """The JSON of a response; of a number only the type counts, so one of any length is read."""
    return json.loads(body, parse_int=lambda digits: int(digits[:_ENOUGH_DIGITS]))


def _played(path: Path, content: bytes) -> Iterator[tuple[Source, Any]]:
    """Each success of a cassette that the contract speaks of; errors and other bodies are passed over, aloud."""
    yaml = _yaml()
    try:
        interactions = [_interaction(each) for each in yaml.load(content, _loader(yaml))["interactions"]]
    except Exception:  # whatever PyYAML and a file that is something else raise
        raise WrongCall(f"{clean(path)} is not a cassette.") from None
    for method, asked, status, body in interactions:
        template = template_of(asked, method)
        why = "not a success that the contract knows"
        if template is not None and 200 <= status < 300:
            try:
                value = _read(body)
            except (TypeError, ValueError, RecursionError):
                why = "with a body that is not JSON"
            else:
                yield (template, method), value  # outside of `try`, which is about the body alone
                continue
        click.echo(f"Passed over in {clean(path)}: status {status}, {why}.", err=True)


def _interaction(recorded: Any) -> tuple[str, str, int, Any]:
    """Method, path, status and body."""
    request, response = recorded["request"], recorded["response"]
    status, body = int(response["status"]["code"]), response["body"]["string"]
    method, uri = request["method"], request["uri"]
    if not (isinstance(method, str) and isinstance(uri, str)):
        raise TypeError  # as a text, a few aliases of aliases would be gigabytes
    return method, urlsplit(uri).path, status, body


def _print_patch(path: Path, found: Iterable[tuple[Source, Difference]]) -> None:
    """Print the draft, and on stderr what it leaves to a person."""
    yaml = _yaml()
    from omni.cli._patch import Unplaced, patched

    try:
        old = new = path.read_text("utf-8")
        yaml.compose(old, yaml.SafeLoader)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WrongCall(f"{clean(path)} cannot be read ({reason}): --spec names the file to change.") from None
    except (ValueError, RecursionError, yaml.YAMLError):
        raise WrongCall(f"{clean(path)} is not YAML that can be read: --spec names the file to change.") from None
    for (template, method), one in found:
        try:
            new = patched(new, template, method, one)
        except (Unplaced, RecursionError):  # the latter where a schema refers to itself and nothing else
            click.echo(f"Not drafted: {one.kind} {one.path or '.'} {one.detail}".rstrip(), err=True)
    name = Path(os.path.relpath(path)).as_posix()
    lines = unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}")
    with writing():
        click.echo("".join(lines), nl=False)


def _loader(yaml: ModuleType) -> Any:
    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        """YAML as vcrpy writes it, without merge keys: a few of them make a mapping of gigabytes."""

        def flatten_mapping(self, node: Any) -> None: ...

    return Loader


def _yaml() -> ModuleType:
    """The module that reads cassettes and the spec, or how to install it."""
    if not find_spec("yaml"):
        raise Failure("Cassettes and patches need more packages: pip install 'omniai-leads[cli]'.")
    import yaml

    return yaml
