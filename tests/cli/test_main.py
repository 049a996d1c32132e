"""Help, exit codes, terminals and pipes, and loaded modules."""

import errno
import io
import os
import pty
import shlex
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import click
import pytest
from click.testing import Result

import omni
import omni.cli
from omni import sandbox
from omni.cli._main import omni_command

Run = Callable[..., Result]
Spawn = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
IN_PROGRESS = "11111111-1111-4111-8111-111111111101"


def command_paths(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command, however deep."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from command_paths(command, (*path, name))


def run_on_a_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """The output of the command line on a terminal that is higher than any output, so that it needs no pager."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (100, columns))
    inherited = {name: value for name, value in os.environ.items() if name != "LINES"}
    with subprocess.Popen(
        [sys.executable, "-m", "omni.cli", *arguments],
        env={**inherited, "TERM": "xterm-256color", **environment},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        (limit := Timer(60, process.kill)).start()
        written = read_to_end(leader)
        limit.cancel()
    return written


def read_to_end(leader: int) -> str:
    """What programs write to a terminal until they have ended; Linux reports that as an error, others as no bytes."""
    written = b""
    try:
        while chunk := os.read(leader, 65536):
            written += chunk
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    finally:
        os.close(leader)
    return written.decode()


@pytest.mark.parametrize("path", list(command_paths(omni_command)), ids=" ".join)
def test_help(run: Run, path: tuple[str, ...]) -> None:
    """Every command is listed with a sentence, and its help has an example that names it."""
    listed = run(*path[:-1], "--help").stdout
    text = run(*path, "--help").stdout

    assert any(line.startswith(f"  {path[-1]} ") and line.endswith(".") for line in listed.splitlines())
    example = text.partition("Example:\n")[2].splitlines()[0]
    assert example.split()[: len(path) + 1] == ["omni", *path]


@pytest.mark.parametrize("path", list(command_paths(omni_command)), ids=" ".join)
def test_commands_are_documented(path: tuple[str, ...]) -> None:
    """Every command is in the reference: by its own help, or by name beside that of its group."""
    page = (ROOT / "docs" / "command-line.md").read_text()

    assert f"$ omni {' '.join(path)} --help\n" in page or f"`omni {' '.join(path)}" in page


@pytest.mark.parametrize(
    "path",
    [path for path in command_paths(omni_command) if path[0] not in {"sandbox", "webhook", "config"}],
    ids=" ".join,
)
def test_examples_work(
    run: Run, served: sandbox.Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    """The example of every command works, as far as it needs neither another program nor files of the user."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "response.json").symlink_to(ROOT / "openapi" / "examples" / "get-lead.json")
    for name in ("january.pdf", "february.pdf"):
        (tmp_path / name).write_bytes(b"%PDF")
    text = run(*path, "--help").stdout.partition("Example:\n")[2].splitlines()[0]
    result = run(*shlex.split(text.partition("|")[0])[1:])

    assert result.exit_code == 0
    assert result.stdout or path == ("drift",)


def test_help_of_the_main_command(run: Run) -> None:
    """The help documents every exit code and has no option for the key."""
    text = run("--help").stdout

    assert all(f"\n    {code} " in text for code in (0, 1, 2, 3, 4, 5, 130))
    assert "OMNI_API_KEY" in text
    assert "--api-key" not in text


def test_version(run: Run) -> None:
    """``--version`` prints the version."""
    assert f"omni, version {omni.__version__}\n" == run("--version").stdout


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 1), (404, 3), (400, 1)])
def test_exit_codes_of_refusals(run: Run, respond_with: Callable[..., None], status: int, code: int) -> None:
    """A refusal is one sentence on stderr and the documented exit code."""
    respond_with({"error": {"message": "secret reason"}}, status)

    result = run("lead", "show", "1")

    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("error: GET /api/v1/leads/{leadId}: ")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_exit_code_without_a_response(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No response is exit code 1; ``--timeout`` is how long that takes."""
    monkeypatch.setenv("OMNI_API_KEY", "k")

    result = run("--base-url", "http://127.0.0.1:1", "--timeout", "0.2", "lead", "missing", "1")

    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["lead", "show"],
        ["lead", "show", ".."],
        ["--timeout", "0", "lead", "show", "1"],
        ["--base-url", "nonsense", "lead", "show", "1"],
        ["--base-url", "http://127.0.0.1:1", "lead", "show", "--sandbox", "1"],
        ["--api-key", "k", "lead", "show", "1"],
    ],
)
def test_exit_code_of_invalid_calls(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """An invalid call is exit code 2."""
    monkeypatch.setenv("OMNI_API_KEY", "k")

    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""


def test_exit_code_without_key(run: Run) -> None:
    """Without a key, the message names the repair and ``--sandbox``."""
    result = run("lead", "show", "1")

    assert result.exit_code == 4
    assert (
        result.stderr
        == "error: No API key: set OMNI_API_KEY to the one in your workspace settings, or try --sandbox.\n"
    )


def test_exit_code_of_unusable_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be sent has the exit code of a wrong key, and is not shown."""
    monkeypatch.setenv("OMNI_API_KEY", "canary with spaces")

    result = run("lead", "show", "1")

    assert result.exit_code == 4
    assert result.stderr.startswith("error: OMNI_API_KEY cannot be used. ")
    assert "canary" not in result.stderr


def test_exit_code_of_unusable_proxy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that httpx cannot use is one sentence, without the proxy's user."""
    monkeypatch.setenv("OMNI_API_KEY", "k")
    monkeypatch.setenv("HTTPS_PROXY", "ftp://canary:canary@localhost")

    result = run("lead", "show", "1")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "canary" not in result.stderr


def test_exit_code_of_ctrl_c(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is exit code 130, without a message."""

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "running", interrupt)

    result = run("lead", "show", "--sandbox", "1")

    assert (result.exit_code, result.output) == (130, "")

    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)

    assert run("lead", "show", "--sandbox", "1").stderr == "\n"  # the shell's prompt must not follow ^C


def test_ctrl_c_before_a_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while arguments are read, or modules are loaded, is exit code 130 too."""

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(click.Group, "make_context", interrupt)
    assert run("doctor").exit_code == 130

    finder = type("", (), {"find_spec": staticmethod(interrupt)})
    monkeypatch.delitem(sys.modules, "omni.cli._main")
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    monkeypatch.setattr(omni.cli, "find_spec", bool)
    with pytest.raises(SystemExit) as caught:
        omni.cli.main()
    assert caught.value.code == 130


@pytest.mark.usefixtures("python_path")
def test_colours() -> None:
    """On a terminal there are colours; with NO_COLOR there is no escape sequence at all."""
    arguments = ("lead", "show", "--sandbox", IN_PROGRESS)

    assert "\x1b[31mmissing\x1b[0m" in run_on_a_terminal(*arguments)
    assert "\x1b" not in run_on_a_terminal(*arguments, NO_COLOR="1")


def test_pipe(spawn: Spawn) -> None:
    """In a pipe there are no escape sequences, whatever TERM is."""
    result = spawn("lead", "show", "--sandbox", IN_PROGRESS, TERM="xterm-256color", COLUMNS="20")

    assert result.returncode == 0
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    assert "  complete  Business address                1 Test Way, Anytown, CA, 90000, US\n" in result.stdout


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_pipe_without_unicode(spawn: Spawn, options: list[str]) -> None:
    """A name that the encoding of the output cannot hold is escaped, and JSON stays valid."""
    lead_id = "11111111-1111-4111-8111-111111111113"
    result = spawn("lead", "files", "--sandbox", *options, lead_id, PYTHONIOENCODING="cp1251")

    assert (result.returncode, result.stderr) == (0, "")
    assert ("carte d'identit\\u00e9" if options else "carte d'identit\\xe9") in result.stdout


@pytest.mark.usefixtures("python_path")
@pytest.mark.parametrize("command", ["show --sandbox", "missing --sandbox", "files --sandbox", "show --help"])
def test_broken_pipe(command: str) -> None:
    """A reader that closes the pipe early causes no message, and is no failure."""
    arguments = [sys.executable, "-m", "omni.cli", "lead", *command.split(), IN_PROGRESS]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        message = process.stderr.read()

    assert message == b""
    assert process.returncode == 0


LOADED = """
import sys
from omni.cli import main
try:
    main()
finally:
    print(*(name for name, module in sys.modules.items() if module))
"""


@pytest.mark.usefixtures("python_path")
@pytest.mark.parametrize(
    ("line", "needless"),
    [
        (
            "--help",
            "rich httpx starlette uvicorn omni_client certifi anyio urllib.request importlib.metadata",
        ),
        (
            f"lead show --json --sandbox {sandbox.LEAD_ID}",
            "rich pygments httpx._main omni._async omni.cli._analytics omni.cli._setup omni.cli._webhook",
        ),
        (f"lead show --sandbox {sandbox.LEAD_ID}", "rich.syntax pygments httpx._main omni._async"),
    ],
)
def test_light_start(line: str, needless: str) -> None:
    """Help loads neither rich nor httpx nor the sandbox nor the generated client; JSON no rich and no other command."""
    process = subprocess.run(
        [sys.executable, "-c", LOADED, *line.split()], capture_output=True, encoding="utf-8", check=True
    )

    loaded = process.stdout.splitlines()[-1].split()
    assert "omni.cli._main" in loaded
    assert sorted(set(needless.split()) & set(loaded)) == []


@pytest.mark.parametrize("package", ["click", "rich"])
def test_not_installed(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Without the packages of the command line, one sentence says how to install them."""
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(SystemExit) as caught:
        omni.cli.main()

    assert caught.value.code == "error: The command line needs more packages: pip install 'omniai-leads[cli]'."


@pytest.mark.parametrize("module", ["omni", "omni.cli"])
def test_module(module: str) -> None:
    """``python -m omni`` and ``python -m omni.cli`` are the same as ``omni``."""
    done = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"omni, version {omni.__version__}\n"


END = """
import atexit, sys
from omni.cli import main, run
class Freed:
    def __del__(self, write=sys.stdout.write):
        write("freed")
kept = Freed()
atexit.register(print, "registered", end=" ")
{}
"""


@pytest.mark.usefixtures("python_path")
@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("run()", "registered "),
        (
            "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start(); run()",
            "registered freed",
        ),
        ("import timeit; timeit.timeit(run, number=1)", "registered freed"),
    ],
    ids=["alone", "with a thread", "inside a program"],
)
def test_end_of_process(code: str, output: str) -> None:
    """A process ends without freeing its objects, but after what is registered for its end, unless others need more."""
    line = [sys.executable, "-c", END.format(code), "no-command"]
    result = subprocess.run(line, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (2, output)
    assert "No such command 'no-command'." in result.stderr


@pytest.mark.usefixtures("python_path")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_end_of_process_with_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be flushed at the end has Python's own message and exit code."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "")
    with open("/dev/full", "w") as full:  # noqa: PTH123 - to be written to
        ends = [
            subprocess.run([sys.executable, "-c", END.format(code), "no-command"], stdout=full, stderr=-1, check=False)
            for code in ("run()", "main()")
        ]

    assert ends[0].returncode == ends[1].returncode == 120
    assert b"No space left" in ends[0].stderr
    assert ends[0].stderr == ends[1].stderr


def test_output_that_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """An output that is no file works too."""
    monkeypatch.setattr(sys, "stdout", output := io.StringIO())
    monkeypatch.setattr(sys, "argv", ["omni", "lead", "show", "--sandbox", "--json", sandbox.LEAD_ID])

    with pytest.raises(SystemExit) as caught:
        omni.cli.main()

    assert caught.value.code == 0
    assert output.getvalue().startswith('{\n  "lead"')


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (OSError(28, "No space left on device"), 1, "error: The output cannot be written: No space left on device.\n"),
        (BrokenPipeError(32, "Broken pipe"), 0, ""),
    ],
)
def test_output_that_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: OSError, code: int, message: str
) -> None:
    """A full disk is one sentence; a closed pipe is none."""
    echo = click.echo

    def fail(text: str, **options: Any) -> None:
        if not options.get("err"):
            raise error
        echo(text, **options)

    monkeypatch.setattr("click.echo", fail)

    result = run("lead", "show", "--sandbox", "--json", sandbox.LEAD_ID)

    assert (code, message) == (result.exit_code, result.stderr)


def test_system_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the system that is not about the output does not name the output."""

    def refuse(**_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(sandbox, "running", refuse)

    result = run("lead", "show", "--sandbox", sandbox.LEAD_ID)

    assert (result.exit_code, result.stderr) == (1, "error: The system refused: Too many open files.\n")


@pytest.mark.usefixtures("python_path")
@pytest.mark.parametrize("line", ["lead show --sandbox {} --json", "lead download {} --sandbox --to ."])
def test_closed_streams(tmp_path: Path, line: str) -> None:
    """Streams that the caller closed cause no error."""
    command = f"exec {shlex.quote(sys.executable)} -m omni.cli {line.format(IN_PROGRESS)} <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path, check=False)

    assert (done.returncode, done.stderr) == (0, "")
