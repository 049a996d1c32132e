"""What the command line prints for errors: its own terms, the host, and the server's reason on a terminal only."""

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

import omni
from omni import errors, sandbox
from omni._operations import registry
from omni._operations.response_errors import _BY_STATUS
from omni.cli._connection import Failure
from omni.cli._main import omni_command
from omni.cli._messages import translate

Run = Callable[..., Result]

PYTHON = re.compile(
    r"`\w+`|(?<!-)\b[a-z]\w*=|\w\((?!s\))|\b[a-z]+_[a-z_]+\b|files\[\d|\bclient\b|'rb'"
    r"|\b(aware|bool|datetime|dict|dicts|float|list|None|str|True|False|tuple|tuples)\b"
)
"""What only Python has: arguments, calls, types."""

UNREACHABLE = {
    r"^No API key": "the command line looks for the key itself",
    r"^allow must be|this client allows only": "no command restricts what a client may do",
    r"^(attempts is|mode must|headers |metadata)|cursor|max_pages": "no command has it",
    r"^concurrency must|^ids must be": "its option takes a number from 1, and a command passes an iterator",
    r"must be None or a dict|has a value that is empty or no text": "no command takes metadata",
    r"^files (must be paths|is a)|is open as text|has to be awaited": "a command takes paths only",
    r"give a path, an open file or|\(name, content, content_type\)": "a command takes paths only",
    r"must be a str, not|must be a list of x|a key that is no str|give it as a str": "what is typed is text",
    r"^did_opt_out=|There is no field|^x has no time zone|cannot be sent as JSON|nested too": "not what is typed",
    r"This raw client|client cannot be copied|This client is|[tT]ransport": "it makes its own client",
    r"^(app_info|proxy|verify|cert|http2|limits) |^http2=True|^x has no effect": "the environment sets up the network",
    r"other kind of client": "it makes its own client, and sends no body of that kind",
    r"^Views are read-only": "it changes none",
}
"""Messages that no command can end in, and why."""


def messages_in(tree: ast.AST) -> Iterator[str]:
    """The messages of the errors that a module makes, with ``x`` for what is filled in."""
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    calls += [node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_error(node.func)]
    for call in calls:
        if isinstance(call, ast.Call):
            yield from filter(None, map(fill_in, call.args))


def is_error(function: ast.expr) -> bool:
    """Whether it is an error class of the library."""
    return isinstance(getattr(errors, ast.unparse(function).removeprefix("errors."), None), type)


def fill_in(node: ast.AST) -> str:
    """A string, or an f-string with stand-ins; nothing for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(fill_in, node.values))
    return "x" if isinstance(node, ast.FormattedValue) else ""


def messages() -> list[str]:
    """All messages of the library, without those of the command line, the sandbox and derived code."""
    root = Path(omni.__file__).parent
    rooms = ("", "_async/", "_files/", "_operations/", "_transport/", "_views/")
    modules = [path for room in rooms for path in sorted(root.glob(f"{room}*.py"))]
    found = [message for path in modules for message in messages_in(ast.parse(path.read_text("utf-8")))]
    found += [operation.reconcile_hint for operation in registry.OPERATIONS.values() if operation.reconcile_hint]
    return [*dict.fromkeys(found), *(repair for _, repair in _BY_STATUS.values())]


def contexts(command: click.Command = omni_command, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Every command as if it ran, with a file."""
    context = click.Context(command, parent=parent)
    context.params["files"] = ("typed.pdf",)
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            yield from contexts(subcommand, context)
    else:
        yield context


def translate_in(context: click.Context, text: str) -> str:
    """The message in the terms of a command."""
    with context.scope(cleanup=False):
        return translate(text)


@pytest.mark.parametrize(
    "text", [text for text in messages() if not any(re.search(pattern, text) for pattern in UNREACHABLE)]
)
def test_messages_are_translated(text: str) -> None:
    """Every message of the library is in terms of the command line for a command that can end in it."""
    translations = {translate_in(context, text) for context in contexts()}

    assert any(not PYTHON.search(translation) for translation in translations), (
        f"omni/cli/_messages.py has no phrase for {text!r}: {translations}."
        " Add a phrase there; if no command can end in it, list it in UNREACHABLE with the reason."
    )


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """stdin, stdout and stderr are a terminal."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True)


LEAD = ["lead", "show", "1"]


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize(
    ("data", "status", "message"),
    [
        ({"error": {"message": "No lead of that id"}}, 404, "No lead of that id"),
        ({"message": "a\x1b[2J\u202eb\u2028\n\tc\x9b"}, 400, "a\ufffd[2J\ufffdb c\ufffd"),
        ({"error": {"message": "x" * 5000}}, 400, "x" * 299 + "…"),
        ({"error": {"message": "the key canary-key is old"}}, 401, "the key *** is old"),
        ({"errors": ["odd"]}, 422, '{"errors": ["odd"]}'),
        ("<h1>Blocked</h1>", 403, "<h1>Blocked</h1>"),
        ("<h1>Please log in</h1>", 200, "<h1>Please log in</h1>"),
    ],
)
def test_server_reason_on_a_terminal(
    run: Run, respond_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch, data: Any, status: int, message: str
) -> None:
    """On a terminal a line says why the server refused: short, clean, and without the key."""
    respond_with(data, status)
    monkeypatch.setenv("OMNI_API_KEY", "canary-key")

    lines = run(*LEAD).stderr.splitlines()

    assert lines[0].startswith("error: GET /api/v1/leads/{leadId}: ")
    assert lines[1:] == [f"the server said: {message}"]


@pytest.mark.usefixtures("at_a_terminal")
def test_server_reason_of_a_sandbox(run: Run) -> None:
    """The reason of a sandbox, which needs no key, is shown likewise."""
    lines = run("lead", "show", "--sandbox", "none").stderr.splitlines()

    assert lines[1:] == ["the server said: No such lead in this workspace."]


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize(("data", "status"), [({"lead": {"firstName": "canary"}}, 200), ("", 500)])
def test_no_server_reason(run: Run, respond_with: Callable[..., None], data: Any, status: int) -> None:
    """Neither an unreadable success nor an empty body is shown as a reason."""
    respond_with(data, status)

    assert "the server said" not in run("--timeout", "0.2", *LEAD).stderr


def test_no_server_reason_in_logs(run: Run, respond_with: Callable[..., None]) -> None:
    """Where stderr is no terminal, no text of the server is written."""
    respond_with({"error": {"message": "canary"}}, 400)

    result = run(*LEAD)

    assert "canary" not in result.output
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("status", [200, 500])
def test_host_is_left_out_after_a_response(run: Run, respond_with: Callable[..., None], status: int) -> None:
    """The host is not named if it responded."""
    respond_with("odd", status)

    assert "host: " not in run("--timeout", "0.2", *LEAD).stderr


def test_host_without_a_response(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a response, the host is named: scheme, name and port, no path, no id."""
    monkeypatch.setenv("OMNI_API_KEY", "k")

    lines = run("--timeout", "0.2", "--base-url", "http://127.0.0.1:1/canary", *LEAD).stderr.splitlines()

    assert "ConnectError" in lines[0]
    assert lines[1:] == ["host: http://127.0.0.1:1"]


def test_proxy_without_a_response(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is named too, with its variable and without its user."""
    monkeypatch.setenv("OMNI_API_KEY", "k")
    monkeypatch.setenv("HTTP_PROXY", "http://canary:canary@127.0.0.1:1")

    result = run("--timeout", "0.2", "--base-url", "http://api.example", *LEAD)

    assert result.stderr.endswith(
        "\nhost: http://api.example, through the proxy http://***@127.0.0.1:1 (from HTTP_PROXY)\n"
    )
    assert "canary" not in result.stderr


def test_host_with_an_unreadable_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the proxy cannot be read by now, the host is named alone."""
    monkeypatch.setenv("NO_PROXY", "[")
    monkeypatch.setenv("HTTP_PROXY", "ftp://x")

    assert Failure.of(omni.APIConnectionError("x", origin="http://x")).message == "x\nhost: http://x"


def test_next_step_of_a_lost_write(run: Run, served: sandbox.Sandbox) -> None:
    """The host and the next step are named, the latter as commands."""
    served.fail_next("lost-response")
    result = run("lead", "update", "11111111-1111-4111-8111-111111111101", "--email", "a@example.com")

    lines = result.stderr.splitlines()
    assert result.exit_code == 5
    assert lines[1] == f"host: {served.base_url}"
    assert lines[2].startswith("next step: The lead may have been changed: `omni lead show ID --json` reads it. ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--timeout", "0", *LEAD], "--timeout is 0.0: give seconds above zero, or inf for no limit."),
        (
            ["lead", "wait", "1", "--wait-for", "-1"],
            "--wait-for is -1.0: give seconds above zero, or inf for no limit.",
        ),
        (
            ["lead", "wait", "1", "--poll-interval", "nan"],
            "--poll-interval is nan: give seconds above zero, or inf for no limit.",
        ),
        (["--base-url", "ftp://x", *LEAD], "--base-url must look like "),
        (["--base-url", "", *LEAD], "--base-url must look like "),
        (["lead", "show", ".."], "ID cannot be an id: "),
        (["document", "get", ""], "ID cannot be an id: "),
        (["lead", "create", "--first-name", " ", "--yes"], "--first-name is the one field that every lead needs: "),
        (["lead", "create", "--first-name", "A", "--item", "a=", "--item", "a=", "--yes"], "--item has a code twice: "),
        (["lead", "add-item", "1", "--label", "", "--type", "TEXT"], "--label is what the person is asked for: "),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "NUMBER", "--config", "[]"],
            "The config of NUMBER is an ",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "NUMBER", "--config", '{"min": "1"}'],
            "min of --config must be a finite number.",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "NUMBER", "--config", '{"min": 2, "max": 1}'],
            "min of --config is more than max of --config.",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "TEXT", "--config", '{"pattern": 1}'],
            "pattern of --config must be a text.",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "SELECT", "--config", '{"options": [1]}'],
            "options[0] of --config must be a text.",
        ),
        (
            ["lead", "add-item", "1", "--label", "x", "--type", "SELECT", "--config", '{"options": 1}'],
            "options of --config must be an array of texts.",
        ),
        (["analytics", "totals", "--start", "2026-02-01", "--end", "2026-01-01"], "--start is after --end."),
        (
            ["analytics", "totals", "--start", "0001-01-01T00:00+14:00"],
            "--start must be a time that there is in UTC too.",
        ),
        (
            ["analytics", "leads", "--max-items", "-1"],
            "--max-items must be a whole number ",
        ),
        (
            ["lead", "upload", "1", "there.pdf", "no\x1bwhere.pdf"],
            "no\ufffdwhere.pdf cannot be read (FileNotFoundError): ",
        ),
        (["lead", "upload", "1", "empty.pdf"], "empty.pdf is empty: leave it out."),
        (["lead", "upload", "1", "sub"], "sub is not a regular file but a folder, a pipe or a device: give files."),
        (["document", "download", "1", "--to", "there.pdf"], "A file of that name exists: pass --overwrite to "),
        (["document", "download", "1", "--to", "no/where"], "The folder of --to does not exist: "),
        (["document", "download", "1", "--to", ""], "--to must be a path."),
        (["lead", "download", "1", "--to", "there.pdf"], "--to cannot be a folder: "),
        (["analytics", "csv", "--to", "there.pdf"], "A file of that name exists: pass --overwrite to "),
    ],
)
def test_invalid_calls(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """What is wrong is named as it was typed: options, files, arguments."""
    monkeypatch.setenv("OMNI_API_KEY", "k")
    monkeypatch.setenv("OMNI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.pdf").write_bytes(b"1")
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "sub").mkdir()

    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}"), result.stderr
    assert not PYTHON.search(result.stderr.replace("CODE=VALUE", ""))


def test_invalid_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of the environment is named by its variable."""
    monkeypatch.setenv("OMNI_API_KEY", "k")
    monkeypatch.setenv("OMNI_BASE_URL", "canary")

    assert run(*LEAD).stderr.startswith("error: OMNI_BASE_URL must look like ")


@pytest.mark.parametrize(
    ("header", "message"), [({"retry-after": "7"}, "slow down, the server asks for 7 seconds ("), ({}, "slow down (")]
)
def test_retry_after(header: dict[str, str], message: str) -> None:
    """The seconds of Retry-After are in the message, if the server sent it."""
    error = omni.RateLimitError(
        f"429 Too Many Requests: {_BY_STATUS[429][1]}",
        method="GET",
        path="/",
        retry_after=float(header["retry-after"]) if header else None,
        content=b"",
    )

    assert message in Failure.of(error).message


def test_timeouts_name_their_option(run: Run, served: sandbox.Sandbox) -> None:
    """A call that took too long names the option that gives it more time."""
    served.fail_next("slow; seconds=1")

    assert "within 0.3 seconds (--timeout) (" in run("--timeout", "0.3", *LEAD).stderr
    waited = run(
        "lead", "wait", "11111111-1111-4111-8111-111111111101", "--poll-interval", "0.01", "--wait-for", "0.05"
    )
    assert "in time (--wait-for) (" in waited.stderr


def test_notes_are_shown(run: Run) -> None:
    """What was wrong with a file is shown beside how the call ended."""
    error = omni.APIConnectionError("x")
    error.add_note("files[0] changed its size while it was sent.")
    context = next(contexts())

    with context.scope(cleanup=False):
        assert Failure.of(error).message == "x\ntyped.pdf changed its size while it was sent."


def test_index_without_a_file() -> None:
    """An index that no file was typed for stays as it is."""
    with next(contexts()).scope(cleanup=False):
        assert translate("files[7] is empty") == "files[7] is empty"


@pytest.mark.parametrize(
    "error",
    [
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, omni.OutcomeUnknownError)
    ],
)
def test_exit_code_of_unknown_outcomes(error: type[omni.OutcomeUnknownError]) -> None:
    """Every error with an unknown outcome has the exit code that warns of repeating it."""
    assert Failure.of(error("x")).exit_code == 5


@pytest.mark.parametrize("other", [omni.NotFoundError, omni.AuthenticationError, omni.InvalidResponseError])
def test_exit_code_of_mixed_errors(other: type[omni.OmniError]) -> None:
    """That code wins over the one of another class."""
    error = type("Both", (other, omni.OutcomeUnknownError), {})

    assert Failure.of(error("x")).exit_code == 5


def test_warnings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning of the library is a line, without the place in the code."""

    def warn(options: object, lead_id: str) -> None:
        warnings.warn("The base URL is odd.", stacklevel=1)
        raise omni.UsageError("x")

    monkeypatch.setattr("omni.cli._lead._read._get", warn)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert run(*LEAD).stderr == "warning: OMNI_BASE_URL is odd.\nerror: x\n"
