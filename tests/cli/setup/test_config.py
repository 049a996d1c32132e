"""``omni config``, ``--profile`` and OMNI_PROFILE: which key goes to which address."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from omni import sandbox
from omni.cli._main import omni_command
from omni.cli._options import Options
from omni.cli._profiles import complete_profiles, resolve_credentials

Run = Callable[..., Result]

KEY = "canary-key-of-staging-1234"
ADDRESS = "https://staging.example.com"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the profiles, in a folder of the test; no keyring is installed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setitem(sys.modules, "keyring", None)
    return tmp_path / "config" / "omni" / "profiles.json"


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """A keyring, and the library that opens it."""
    keys: dict[tuple[str, str], str] = {}
    module = ModuleType("keyring")
    error = type("KeyringError", (Exception,), {})

    def set_password(service: str, name: str, key: str) -> None:
        if "locked" in keys.values():
            raise error
        keys[service, name] = key

    vars(module).update(
        errors=SimpleNamespace(KeyringError=error),
        set_password=set_password,
        get_password=lambda service, name: keys.get((service, name)),
        delete_password=lambda service, name: keys.pop((service, name)),
    )
    monkeypatch.setitem(sys.modules, "keyring", module)
    return keys


def set_profile(name: str, *options: str, key: str = KEY) -> Result:
    """Set a profile, the key on stdin."""
    return CliRunner().invoke(omni_command, ["config", "set", name, *options], input=f"{key}\n")


def options(profile: str | None = None, base_url: str | None = None) -> Options:
    """Options of a command."""
    return Options(False, base_url, 30.0, profile=profile)


def test_set_and_list(run: Run, file: Path) -> None:
    """A profile is in a file that only its owner can read, and the key is never printed but for its end."""
    result = set_profile("staging", "--base-url", ADDRESS)
    set_profile("live")

    assert (result.exit_code, result.stdout) == (0, "staging\n")
    assert result.stderr == f"Saved for {ADDRESS}; the key …1234 is in {file}.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert run("config", "list").stdout.splitlines() == [
        "live\t…1234\tfile\thttps://api-v2.getomni.ai",
        f"staging\t…1234\tfile\t{ADDRESS}",
    ]
    assert json.loads(run("config", "list", "--json").stdout)[1] == {
        "name": "staging",
        "key": "…1234",
        "stored_in": "file",
        "base_url": ADDRESS,
    }
    assert "canary" not in result.output + run("config", "list").output


def test_short_keys_are_hidden_entirely(run: Run) -> None:
    """The end of a short key would be most of it."""
    set_profile("staging", key="canary")

    assert run("config", "list").stdout.split("\t")[1] == "…"


def test_key_is_asked_for_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the key is asked for, and what is typed is hidden."""
    asked: dict[str, Any] = {}

    def prompt(text: str, **settings: Any) -> str:
        asked.update(settings)
        return f" {KEY} "

    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr("omni.cli._setup._config.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))

    assert set_profile("staging").exit_code == 0
    assert asked == {"hide_input": True, "err": True}
    assert resolve_credentials(options("staging")).api_key == KEY


def test_list_without_profiles(run: Run) -> None:
    """Where there are none, a sentence says how to add one."""
    result = run("config", "list")

    assert (result.stdout, result.stderr) == (
        "",
        "There are no profiles: add one with `omni config set NAME`.\n",
    )


def test_remove(run: Run, file: Path) -> None:
    """What is removed is gone; a name that is not there is wrong usage, and those that are there are named."""
    set_profile("staging")
    set_profile("live")

    assert run("config", "remove", "staging").stdout == "staging\n"
    assert KEY in file.read_text()
    unknown = run("config", "remove", "staging")
    assert (unknown.exit_code, unknown.stderr) == (2, "error: There is no profile 'staging': there are live.\n")


@pytest.mark.parametrize("name", ["", "a b", "../x", "\x1b[31m", "x" * 65, "-x"])
def test_names_that_are_refused(name: str) -> None:
    """A name is something that can be typed, listed and completed."""
    assert set_profile("--", name).exit_code == 2


@pytest.mark.parametrize("key", ["", "canary with spaces", '"canary"', "canaryé"])
def test_keys_that_are_refused(file: Path, key: str) -> None:
    """A key that cannot be sent is not saved, and not shown."""
    result = set_profile("staging", key=key)

    assert result.exit_code == 4
    assert result.stderr.startswith("error: The key is empty, ")
    assert "canary" not in result.output
    assert not file.exists()


def test_addresses_that_are_refused(file: Path) -> None:
    """An address that cannot be used is not saved."""
    result = set_profile("staging", "--base-url", "nonsense")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: --base-url must look like https://")
    assert not file.exists()


def test_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--profile``, then OMNI_API_KEY, then OMNI_PROFILE; a key goes to the address it was saved with."""
    set_profile("staging", "--base-url", ADDRESS)
    set_profile("live", key="canary-of-live")

    assert resolve_credentials(options()) == (None, None, None)
    monkeypatch.setenv("OMNI_PROFILE", "staging")
    monkeypatch.setenv("OMNI_BASE_URL", "https://elsewhere.example.com")
    assert resolve_credentials(options()) == (KEY, ADDRESS, "staging")
    assert resolve_credentials(options("live")) == ("canary-of-live", "https://api-v2.getomni.ai", "live")
    monkeypatch.setenv("OMNI_API_KEY", "of the environment")
    assert resolve_credentials(options()) == (None, None, None)
    assert resolve_credentials(options("staging")) == (KEY, ADDRESS, "staging")
    assert resolve_credentials(options("staging", "https://typed.example")) == (KEY, "https://typed.example", "staging")


def test_commands_use_the_profile(run: Run, served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command takes key and address from the profile, before and without those of the environment."""
    set_profile("local", "--base-url", served.base_url, key=served.api_key)
    monkeypatch.setenv("OMNI_API_KEY", "wrong")
    monkeypatch.setenv("OMNI_BASE_URL", "http://127.0.0.1:1")

    assert run("--profile", "local", "lead", "show", sandbox.LEAD_ID).exit_code == 0
    assert (
        f"POST {served.base_url}"
        in run("--profile", "local", "lead", "create", "--first-name", "x", "--dry-run").stdout
    )
    report = run("--profile", "local", "doctor").stdout
    assert "api key       set (from profile local)\n" in report
    assert f"base url      {served.base_url} (from profile local)\n" in report
    assert "api           takes the key; " in report


def test_address_that_was_typed(run: Run) -> None:
    """The doctor says that an address is from the option, though the key is from the profile."""
    set_profile("staging", "--base-url", ADDRESS)
    report = run("--profile", "staging", "--base-url", "https://typed.example", "doctor", "--offline").stdout

    assert "base url      https://typed.example (from --base-url)\n" in report


def test_key_in_the_servers_text(respond_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that repeats the key does not get it shown."""
    respond_with({"error": {"message": f"{KEY} is wrong"}}, 400)
    set_profile("local", "--base-url", os.environ["OMNI_BASE_URL"])
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)

    said = CliRunner().invoke(omni_command, ["--profile", "local", "lead", "missing", "1"]).stderr

    assert "the server said: *** is wrong\n" in said


def test_unknown_profiles(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is not there is one error that says what to do."""
    repair = "add it with `omni config set NAME`"
    result = run("--profile", "x", "lead", "show", "1")

    assert (result.exit_code, result.stderr) == (2, f"error: There is no profile 'x': {repair}.\n")
    assert run("--profile", "x", "doctor").stderr == f"error: There is no profile 'x': {repair}.\n"
    monkeypatch.setenv("OMNI_PROFILE", "y")
    assert run("lead", "show", "1").stderr == f"error: There is no profile 'y': {repair}.\n"
    assert run("lead", "show", "--sandbox", sandbox.LEAD_ID).exit_code == 0


def test_no_profile_in_the_sandbox(run: Run) -> None:
    """The sandbox has a key of its own."""
    result = run("--sandbox", "--profile", "x", "lead", "show", "1")

    assert result.exit_code == 2
    assert result.stderr.endswith("--sandbox has its own key: leave out --profile.\n")


@pytest.mark.parametrize("content", ["{", "[]", '{"x": 1}', "[" * 10**5])
def test_damaged_file(run: Run, file: Path, content: str) -> None:
    """A file that is none of profiles is one sentence, and is not overwritten."""
    file.parent.mkdir(parents=True)
    file.write_text(content)
    file.chmod(0o600)

    for result in (run("config", "list"), set_profile("y"), run("--profile", "x", "lead", "show", "1")):
        assert (result.exit_code, result.stderr) == (
            2,
            f"error: {file} is damaged: delete it, and set the profiles again.\n",
        )
    assert file.read_text() == content


def test_files_that_cannot_be_used(run: Run, file: Path) -> None:
    """A file that others can read, or that is none, is refused."""
    set_profile("staging")
    file.chmod(0o644)
    assert run("config", "list").stderr == (f"error: Others can read {file}, which has keys: run `chmod 600` on it.\n")
    file.unlink()
    file.mkdir(0o700)
    assert run("config", "list").stderr.startswith(f"error: {file} cannot be read: ")


def test_keyring(run: Run, file: Path, keyring: dict[tuple[str, str], str]) -> None:
    """Where the library keyring is installed, it keeps the key, and the file has the address only."""
    result = set_profile("staging", "--base-url", ADDRESS)

    assert result.stderr == f"Saved for {ADDRESS}; the key …1234 is in the keyring.\n"
    assert keyring == {("omni", "staging"): KEY}
    assert "canary" not in file.read_text()
    assert resolve_credentials(options("staging")) == (KEY, ADDRESS, "staging")
    run("config", "remove", "staging")
    assert keyring == {}


def test_keyring_that_is_locked(keyring: dict[tuple[str, str], str]) -> None:
    """A keyring that refuses the key, as on a server, is as good as none."""
    keyring["omni", "other"] = "locked"

    assert set_profile("staging").exit_code == 0
    assert resolve_credentials(options("staging")).api_key == KEY


def test_key_that_is_gone(run: Run, keyring: dict[tuple[str, str], str]) -> None:
    """A key that the keyring has no more is an error that names the profile."""
    set_profile("staging")
    keyring.clear()

    assert run("config", "list").stderr == (
        "error: The keyring does not give the key of the profile 'staging': unlock it, or set it again.\n"
    )


def test_completion(file: Path) -> None:
    """Shells complete the names of profiles, and nothing if the file is damaged."""
    set_profile("staging")
    set_profile("live")
    parameter: Any = None

    assert complete_profiles(parameter, parameter, "st") == ["staging"]
    file.write_text("{")
    assert complete_profiles(parameter, parameter, "st") == []
