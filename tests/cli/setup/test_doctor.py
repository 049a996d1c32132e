"""What ``omni doctor`` reports, and what it never shows."""

import json
import os
import re
import socket
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import certifi
import pytest
from click.testing import Result

import omni
from omni.settings import Settings

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting or resolving a name fails the test."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the doctor asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment."""
    monkeypatch.setenv("OMNI_API_KEY", "canary-key")


def report(run: Run, *options: str) -> dict[str, Any]:
    """The output of ``--json``."""
    return dict(json.loads(run(*options, "doctor", "--offline", "--json").stdout))


@pytest.mark.usefixtures("key")
def test_report(run: Run) -> None:
    """With a key, every fact has its line, and the exit code is 0."""
    result = run("doctor", "--offline")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert result.stderr == ""
    assert lines[:4] == [
        "api key       set (from OMNI_API_KEY)",
        "base url      https://api-v2.getomni.ai (from default)",
        "proxy         none",
        f"trust store   {certifi.where()} (from certifi)",
    ]
    assert f"omniai-leads  {omni.__version__}" in lines
    for name in ("platform", "python", "httpx", "attrs", "anyio", "click", "rich", "starlette", "uvicorn"):
        assert any(line.startswith(f"{name:12}  ") for line in lines)


def test_no_key(run: Run) -> None:
    """Without a key, the fields are printed, the repair is on stderr, and the exit code is 4."""
    result = run("doctor", "--offline")

    assert result.exit_code == 4
    assert "api key       none that can be used\n" in result.stdout
    assert "base url      https://" in result.stdout
    assert result.stderr.startswith("error: No API key: set OMNI_API_KEY ")


@pytest.mark.usefixtures("key")
def test_unusable_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that cannot be used is exit code 2."""
    monkeypatch.setenv("OMNI_BASE_URL", "canary nonsense")

    result = run("doctor", "--offline")

    assert result.exit_code == 2
    assert "base url      none that can be used\n" in result.stdout
    assert "canary" not in result.output


@pytest.mark.usefixtures("key")
def test_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is shown with its source; the option takes precedence over the environment."""
    monkeypatch.setenv("OMNI_BASE_URL", "https://one.example")

    assert report(run)["base_url"] == {"value": "https://one.example", "source": "OMNI_BASE_URL"}
    assert report(run, "--base-url", "https://two.example")["base_url"] == {
        "value": "https://two.example",
        "source": "--base-url",
    }


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HTTPS_PROXY": "http://p.example:3128"}, ("http://p.example:3128", "HTTPS_PROXY")),
        ({"https_proxy": "p.example:3128"}, ("http://p.example:3128", "https_proxy")),
        ({"HTTPS_PROXY": "http://canary:canary@p.example/canary"}, ("http://***@p.example", "HTTPS_PROXY")),
        ({"ALL_PROXY": "canary@p.example:1"}, ("http://***@p.example:1", "ALL_PROXY")),
        ({"ALL_PROXY": "http://a.example", "HTTPS_PROXY": "http://b.example"}, ("http://b.example", "HTTPS_PROXY")),
        ({"HTTP_PROXY": "http://p.example"}, (None, None)),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "x.example,getomni.ai"}, (None, "NO_PROXY")),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "x.example"}, ("http://p.example", "HTTPS_PROXY")),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "*"}, (None, None)),
    ],
)
def test_proxy(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    """The proxy is the one that httpx takes for the address, with its variable and without its user."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert report(run)["proxy"] == dict(zip(("value", "source"), expected, strict=True))
    assert "canary" not in run("doctor", "--offline").output


@pytest.mark.usefixtures("key")
def test_proxy_of_the_system(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that no variable sets comes from the settings of the system."""
    monkeypatch.setattr("httpx._utils.getproxies", lambda: {"https": "http://p.example"})
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://p.example"})

    assert report(run)["proxy"] == {"value": "http://p.example", "source": "the system's settings"}


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("proxy", ["ftp://canary:canary@p.example", "http://canary:can/ary@p.example"])
def test_unusable_proxy(run: Run, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """An unusable proxy is one sentence that names the variable and does not show its value."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    result = run("doctor", "--offline")

    assert result.exit_code == 2
    assert "proxy         none that can be used\n" in result.stdout
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "canary" not in result.output


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTP_PROXY", "http://canary@[::1"),
        ("HTTPS_PROXY", "ftp://canary"),
        ("ALL_PROXY", "canary://x"),
        ("all_proxy", "http://canary:can/ary"),
        ("NO_PROXY", "canary:x:y"),
        ("no_proxy", "canary:x:y"),
        ("SSL_CERT_FILE", "/canary"),
        ("SSLKEYLOGFILE", "/canary/keys"),
    ],
)
def test_unusable_variable(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A variable that keeps a client from being made is named, without its value."""
    monkeypatch.setenv("SSL_CERT_DIR", "/tmp")
    monkeypatch.setenv(variable, value)
    environment = dict(os.environ)

    result = run("doctor", "--offline")

    assert result.exit_code == 2
    assert re.match(rf"error: {variable}\b", result.stderr)
    assert "canary" not in result.stderr
    assert dict(os.environ) == environment


@pytest.mark.usefixtures("key")
def test_client_that_cannot_be_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client is made, though nothing is sent, and the reason why it cannot be made is a problem."""

    def refuse(**_: object) -> NoReturn:
        raise omni.UsageError("The reason.")

    monkeypatch.setattr(omni, "Client", refuse)
    result = run("doctor", "--offline")

    assert (result.exit_code, result.stderr) == (2, "error: The reason.\n")


@pytest.mark.usefixtures("key")
def test_warnings_are_not_repeated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client warns of is reported as a problem, and only once."""
    resolve = Settings.resolve

    def warn(*arguments: str | None, **named: str | None) -> Settings:
        warnings.warn("canary", stacklevel=1)
        return resolve(*arguments, **named)

    monkeypatch.setattr(Settings, "resolve", warn)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = run("doctor", "--offline")

    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("url", ["http://192.168.1.256", "https://x.example:65536", "https://x.example:0", "https://"])
def test_impossible_address(run: Run, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The variable of an impossible address is named, and no variable of httpx is blamed."""
    monkeypatch.setenv("OMNI_BASE_URL", url)
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())

    result = run("doctor", "--offline")

    assert result.exit_code == 2
    assert "OMNI_BASE_URL" in result.stderr.splitlines()[0]
    assert not result.stderr.startswith("error: SSL_CERT_FILE")


@pytest.mark.usefixtures("key")
def test_proxy_with_an_impossible_port(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that no proxy can have is reported without a connection."""
    monkeypatch.setenv("HTTPS_PROXY", "http://canary:canary@p.example:99999")

    result = run("doctor", "--offline")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: HTTPS_PROXY")
    assert result.stderr.count("\n") == 1
    assert "canary" not in result.output


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "host", ["x.example", "192.168.1.5", "127.0.0.1.x.example", "localhost.x.example", "[fe80::1]"]
)
def test_unencrypted_address(run: Run, host: str) -> None:
    """An http address of another machine is a problem, since the key can be read on the way."""
    result = run("--base-url", f"http://{host}:8080/api", "doctor", "--offline")

    assert result.exit_code == 2
    assert f"base url      http://{host}:8080/api (from --base-url)\n" in result.stdout
    assert result.stderr == (
        "error: The base URL (from --base-url) begins with http://, so the API key and all data are sent unencrypted:"
        " use https://.\n"
    )
    assert run("--base-url", f"https://{host}:8080/api", "doctor", "--offline").exit_code == 0


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("host", ["localhost", "api.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_unencrypted_address_of_this_machine(run: Run, host: str) -> None:
    """An http address of this machine is none."""
    assert run("--base-url", f"http://{host}:8080", "doctor", "--offline").exit_code == 0


@pytest.mark.usefixtures("key")
def test_missing_trust_store(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing folder of certificates is reported; Python's ssl does not."""
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")

    result = run("doctor", "--offline")

    assert result.exit_code == 2
    assert "trust store   /nowhere (from SSL_CERT_DIR)\n" in result.stdout
    assert result.stderr.startswith("error: SSL_CERT_DIR has no certificates that can be read ")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_trust_store(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The trust store is the one of the environment, if it has one."""
    path = certifi.where() if variable == "SSL_CERT_FILE" else certifi.where().rpartition("/")[0]
    monkeypatch.setenv(variable, path)

    assert report(run)["trust_store"] == {"value": path, "source": variable}


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_key_is_never_shown(run: Run, options: list[str]) -> None:
    """No part of the key is shown."""
    assert "canary" not in run("doctor", "--offline", *options).output


def test_missing_package(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not installed is listed as such."""
    monkeypatch.setattr("omni.cli._setup._doctor._PACKAGES", ("no-such-package",))

    assert report(run)["versions"]["no-such-package"] is None
    assert "no-such-package  not installed\n" in run("doctor", "--offline").stdout
