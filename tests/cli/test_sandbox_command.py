"""``omni sandbox``, and ``--sandbox`` of the other commands."""

import errno
import re
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import Result

import omni
from omni import sandbox

Run = Callable[..., Result]


@pytest.mark.parametrize("arguments", [("--sandbox", "lead", "show"), ("lead", "show", "--sandbox")])
def test_sandbox_ignores_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    """``--sandbox`` works before and after the command, whatever proxies, keys and addresses the environment has."""
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
    """Without the packages of the sandbox, one sentence says how to install them."""
    monkeypatch.setitem(sys.modules, package, None)

    result = run(*arguments)

    assert result.exit_code == 1
    assert result.output == "error: The sandbox needs more packages: pip install 'omniai-leads[sandbox]'.\n"


def test_sandbox_options(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host and port reach the sandbox, which listens on this machine only by default."""
    calls: list[tuple[str, int]] = []
    monkeypatch.setattr(sandbox, "serve", lambda *address: calls.append(address))

    run("sandbox")
    run("sandbox", "--host", "0.0.0.0", "--port", "0")

    assert calls == [("127.0.0.1", 8080), ("0.0.0.0", 0)]


def test_sandbox_port_taken(run: Run) -> None:
    """A port in use is one sentence."""
    with sandbox.running() as served:
        port = served.base_url.rpartition(":")[2]

        result = run("sandbox", "--port", port)

    assert result.exit_code == 1
    assert result.output.startswith(f"error: cannot listen on 127.0.0.1:{port}")
    assert result.output.count("\n") == 1


def test_system_error_without_a_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the system without a message is named by its class."""

    def serve(*address: object) -> None:
        raise PermissionError

    monkeypatch.setattr(sandbox, "serve", serve)

    assert run("sandbox").output == "error: PermissionError.\n"


def test_sandbox_in_a_pipe_that_is_closed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that has seen the address may go."""

    def serve(*address: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(sandbox, "serve", serve)

    assert (run("sandbox").exit_code, run("sandbox").output) == (0, "")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_sandbox_ends_its_line(run: Run, monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    """After Ctrl-C, the shell's prompt begins on a line of its own, since the terminal has ^C on the last one."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: is_terminal)
    monkeypatch.setattr(sandbox, "serve", lambda *address: None)

    assert run("sandbox").stderr == "\n" * is_terminal


@pytest.mark.usefixtures("python_path")
def test_sandbox_serves() -> None:
    """``omni sandbox`` prints its address, and ends without an error on Ctrl-C."""
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


@pytest.mark.parametrize(
    ("host", "code", "message"),
    [
        ("", 2, "Invalid value for --host: it is empty, "),
        ("é" * 70, 1, "error: cannot listen on '\\xe9"),
        ("\x1b[31m", 1, "error: cannot listen on \ufffd[31m:"),
    ],
)
def test_invalid_sandbox_host(run: Run, monkeypatch: pytest.MonkeyPatch, host: str, code: int, message: str) -> None:
    """A host that cannot be listened on is one sentence, and an empty one does not listen on all addresses."""
    monkeypatch.setattr("uvicorn.Server.run", None)

    result = run("sandbox", "--port", "0", "--host", host)

    assert result.exit_code == code
    assert message in result.stderr
