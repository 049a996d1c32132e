"""Help, exit codes, terminals and pipes, and what is loaded."""

import errno
import io
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
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


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command, however deep."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What the command line writes to a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "omni.cli", *arguments],
        env={**os.environ, "TERM": "xterm-256color", **environment},
        stdout=follower,
        stderr=follower,
    ):
        os.close(follower)
        written = b""
        while chunk := read(leader):
            written += chunk
    os.close(leader)
    return written.decode()


def read(leader: int) -> bytes:
    """What there is to read; Linux reports an error where others report the end."""
    try:
        return os.read(leader, 65536)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""


@pytest.fixture
def roots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes find the package where this one does."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))


@pytest.mark.parametrize("path", list(commands(omni_command)), ids=" ".join)
def test_help(run: Run, path: tuple[str, ...]) -> None:
    """Every command is listed with a sentence, and its help has an example that names it."""
    listed = run(*path[:-1], "--help").stdout
    words = run(*path, "--help").stdout

    assert any(line.startswith(f"  {path[-1]} ") and line.endswith(".") for line in listed.splitlines())
    example = words.partition("Example:\n")[2].splitlines()[0]
    assert example.split()[: len(path) + 1] == ["omni", *path]


def test_commands() -> None:
    """These are all the commands there are."""
    groups = {
        "": "analytics doctor document drift lead sandbox",
        "analytics": "csv leads totals",
        "document": "download get",
        "lead": "add-item checklist complete create documents download files lift-opt-out logs missing not-interested"
        " opt-out reopen show update upload wait",
    }
    expected = {(*group.split(), name) for group, names in groups.items() for name in names.split()}

    assert expected == set(commands(omni_command))


@pytest.mark.parametrize("path", list(commands(omni_command)), ids=" ".join)
def test_documented(path: tuple[str, ...]) -> None:
    """Every command is in the reference: by its own help, or by name beside that of its group."""
    page = (ROOT / "docs" / "look-up.md").read_text()

    assert f"$ omni {' '.join(path)} --help\n" in page or f"`omni {' '.join(path)}" in page


@pytest.mark.parametrize("path", [path for path in commands(omni_command) if path != ("sandbox",)], ids=" ".join)
def test_example(
    run: Run, served: sandbox.Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    """The example of every command works, as far as it goes without another program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    for name in ("january.pdf", "february.pdf"):
        (tmp_path / name).write_bytes(b"%PDF")
    words = run(*path, "--help").stdout.partition("Example:\n")[2].splitlines()[0]
    result = run(*shlex.split(words.partition("|")[0])[1:])

    assert result.exit_code == 0
    assert result.stdout or path == ("drift",)


def test_help_of_all(run: Run) -> None:
    """The help documents every exit code and has no option for the key."""
    words = run("--help").stdout

    assert all(f"\n    {code} " in words for code in (0, 1, 2, 3, 4, 5, 130))
    assert "OMNI_API_KEY" in words
    assert "--api-key" not in words


def test_version(run: Run) -> None:
    """--version says the version."""
    assert f"omni, version {omni.__version__}\n" == run("--version").stdout


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 1), (404, 3), (400, 1)])
def test_exit_code_of_refusals(run: Run, answering: Callable[..., None], status: int, code: int) -> None:
    """A refusal is one sentence on stderr and the documented exit code."""
    answering({"error": {"message": "secret words"}}, status)

    result = run("lead", "show", "1")

    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("error: GET /api/v1/leads/{leadId}: ")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_exit_code_of_silence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is exit code 1, and --timeout is how long that takes."""
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
def test_exit_code_of_wrong_calls(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """A call that cannot be right is exit code 2."""
    monkeypatch.setenv("OMNI_API_KEY", "k")

    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""


def test_exit_code_without_key(run: Run) -> None:
    """Without a key, the repair is named, and so is the way to do without."""
    result = run("lead", "show", "1")

    assert result.exit_code == 4
    assert (
        result.stderr
        == "error: No API key: set OMNI_API_KEY to the one in your workspace settings, or try --sandbox.\n"
    )


def test_exit_code_of_unusable_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be sent is a matter of the key, and is not shown."""
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
    """Ctrl-C is exit code 130, without a word."""

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "running", interrupt)

    result = run("lead", "show", "--sandbox", "1")

    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize("arguments", [("--sandbox", "lead", "show"), ("lead", "show", "--sandbox")])
def test_sandbox_despite_proxies(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    """--sandbox works before and after the command, whatever proxies, keys and addresses the environment has."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setenv("OMNI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OMNI_API_KEY", "not the sandbox's")

    result = run(*arguments, sandbox.LEAD_ID)

    assert result.exit_code == 0
    assert result.stdout.startswith("Pacific Coast Container Haulers / John Doe\n")


@pytest.mark.parametrize("arguments", [("lead", "show", "--sandbox", "1"), ("sandbox",)])
@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_sandbox_not_installed(
    run: Run, monkeypatch: pytest.MonkeyPatch, package: str, arguments: tuple[str, ...]
) -> None:
    """Without the packages of the sandbox, one sentence says how to get them."""
    monkeypatch.setitem(sys.modules, package, None)

    result = run(*arguments)

    assert result.exit_code == 1
    assert result.output == "error: The sandbox needs more packages: pip install 'omniai-leads[sandbox]'.\n"


def test_sandbox_options(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host and port reach the sandbox, which stays on this machine unless told otherwise."""
    calls: list[tuple[str, int]] = []
    monkeypatch.setattr(sandbox, "serve", lambda *address: calls.append(address))

    run("sandbox")
    run("sandbox", "--host", "0.0.0.0", "--port", "0")

    assert calls == [("127.0.0.1", 8080), ("0.0.0.0", 0)]


def test_sandbox_port_taken(run: Run) -> None:
    """A port that is taken is one sentence."""
    with sandbox.running() as found:
        port = found.base_url.rpartition(":")[2]

        result = run("sandbox", "--port", port)

    assert result.exit_code == 1
    assert result.output.startswith(f"error: cannot listen on 127.0.0.1:{port}")
    assert result.output.count("\n") == 1


def test_sandbox_cannot_say_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the system without words of its own is told by its kind."""

    def serve(*address: object) -> None:
        raise PermissionError

    monkeypatch.setattr(sandbox, "serve", serve)

    assert run("sandbox").output == "error: PermissionError.\n"


@pytest.mark.usefixtures("roots")
def test_sandbox_serves() -> None:
    """`omni sandbox` says where it is, and ends well on Ctrl-C."""
    with subprocess.Popen(
        [sys.executable, "-m", "omni.cli", "sandbox", "--port", "0"], stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        address = re.findall(r"http://[\d.]+:\d+", process.stdout.readline())[0]
        with omni.Client(api_key=sandbox.API_KEY, base_url=address) as client:
            lead = client.leads.get(sandbox.LEAD_ID)
        process.send_signal(signal.SIGINT)

    assert lead.id == sandbox.LEAD_ID
    assert process.returncode == 0


@pytest.mark.usefixtures("roots")
def test_terminal() -> None:
    """On a terminal there are colours; with NO_COLOR there is no escape sequence at all."""
    arguments = ("lead", "show", "--sandbox", IN_PROGRESS)

    assert "\x1b[31mmissing\x1b[0m" in on_a_terminal(*arguments)
    assert "\x1b" not in on_a_terminal(*arguments, NO_COLOR="1")


def test_pipe(spawn: Spawn) -> None:
    """In a pipe there are only letters, whatever the terminal is called."""
    result = spawn("lead", "show", "--sandbox", IN_PROGRESS, TERM="xterm-256color", COLUMNS="20")

    assert result.returncode == 0
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    assert "  complete  Business address                1 Test Way, Anytown, CA, 90000, US\n" in result.stdout


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_pipe_without_unicode(spawn: Spawn, options: list[str]) -> None:
    """An output that cannot hold a name does not fail, and JSON stays JSON."""
    lead_id = "11111111-1111-4111-8111-111111111113"
    result = spawn("lead", "files", "--sandbox", *options, lead_id, PYTHONIOENCODING="cp1251")

    assert (result.returncode, result.stderr) == (0, "")
    assert ("carte d'identit\\u00e9" if options else "carte d'identit\\xe9") in result.stdout


@pytest.mark.usefixtures("roots")
@pytest.mark.parametrize("command", ["show", "missing", "files"])
def test_broken_pipe(command: str) -> None:
    """A reader that has seen enough is no reason for words."""
    arguments = [sys.executable, "-m", "omni.cli", "lead", command, "--sandbox", IN_PROGRESS]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        words = process.stderr.read()

    assert words == b""
    assert process.returncode in {0, 1}


LOADED = """
import sys
from omni.cli import main
try:
    main()
finally:
    print(*(name for name, module in sys.modules.items() if module))
"""


@pytest.mark.usefixtures("roots")
@pytest.mark.parametrize(
    ("line", "needless"),
    [
        (
            "--help",
            "rich httpx starlette uvicorn omni_client certifi anyio urllib.request importlib.metadata",
        ),
        (f"lead show --json --sandbox {sandbox.LEAD_ID}", "rich pygments httpx._main omni._async"),
        (f"lead show --sandbox {sandbox.LEAD_ID}", "rich.syntax pygments httpx._main omni._async"),
    ],
)
def test_light_start(line: str, needless: str) -> None:
    """Help loads neither rich nor httpx nor the sandbox nor the generated client; JSON needs no rich."""
    process = subprocess.run(
        [sys.executable, "-c", LOADED, *line.split()], capture_output=True, encoding="utf-8", check=True
    )

    loaded = process.stdout.splitlines()[-1].split()
    assert "omni.cli._main" in loaded
    assert sorted(set(needless.split()) & set(loaded)) == []


@pytest.mark.parametrize("package", ["click", "rich"])
def test_not_installed(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Without the packages of the command line, one sentence says how to get them."""
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(SystemExit) as caught:
        omni.cli.main()

    assert caught.value.code == "error: The command line needs more packages: pip install 'omniai-leads[cli]'."


def test_module() -> None:
    """`python -m omni.cli` is the same as `omni`."""
    done = subprocess.run([sys.executable, "-m", "omni.cli", "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"omni, version {omni.__version__}\n"


def test_any_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """An output that is no file at all is fine too."""
    monkeypatch.setattr(sys, "stdout", output := io.StringIO())
    monkeypatch.setattr(sys, "argv", ["omni", "lead", "show", "--sandbox", "--json", sandbox.LEAD_ID])

    with pytest.raises(SystemExit) as caught:
        omni.cli.main()

    assert caught.value.code == 0
    assert output.getvalue().startswith('{\n  "lead"')


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(28, "No space left on device"), 1, "error: The output cannot be written: No space left on device.\n"),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
    ],
)
def test_output_that_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: OSError, code: int, said: str
) -> None:
    """A full disk is one sentence; a reader who has seen enough is none."""
    echo = click.echo

    def fail(words: str, **options: Any) -> None:
        if not options:
            raise error
        echo(words, **options)

    monkeypatch.setattr("click.echo", fail)

    result = run("lead", "show", "--sandbox", "--json", sandbox.LEAD_ID)

    assert (code, said) == (result.exit_code, result.stderr)


def test_what_the_system_refuses(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has nothing to do with the output does not blame it."""

    def refuse(**_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(sandbox, "running", refuse)

    result = run("lead", "show", "--sandbox", sandbox.LEAD_ID)

    assert (result.exit_code, result.stderr) == (1, "error: The system refused: Too many open files.\n")


@pytest.mark.usefixtures("roots")
@pytest.mark.parametrize("line", ["lead show --sandbox {} --json", "lead download {} --sandbox --to ."])
def test_closed_streams(tmp_path: Path, line: str) -> None:
    """Streams that the caller closed are no reason to fail."""
    command = f"exec {shlex.quote(sys.executable)} -m omni.cli {line.format(IN_PROGRESS)} <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("host", "code", "said"),
    [
        ("", 2, "Invalid value for --host: it is empty, "),
        ("é" * 70, 1, "error: cannot listen on '\\xe9"),
        ("\x1b[31m", 1, "error: cannot listen on \ufffd[31m:"),
    ],
)
def test_sandbox_host_that_is_none(run: Run, monkeypatch: pytest.MonkeyPatch, host: str, code: int, said: str) -> None:
    """A host that cannot be listened on is a sentence, and an empty one is not all addresses of the machine."""
    monkeypatch.setattr("uvicorn.Server.run", None)

    result = run("sandbox", "--port", "0", "--host", host)

    assert result.exit_code == code
    assert said in result.stderr
