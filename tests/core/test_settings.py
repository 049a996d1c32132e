"""Key, address, timeout and attempts are checked before anything is sent."""

from typing import Any

import pytest

import omni
from omni.settings import Settings

KEY = "canary-key"


def test_arguments_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value says where it came from."""
    monkeypatch.setenv("OMNI_API_KEY", "other")
    monkeypatch.setenv("OMNI_BASE_URL", "https://other.example.com/")

    given = Settings.resolve(KEY, "http://127.0.0.1:8080/")
    found = Settings.resolve()

    assert (given.api_key, given.api_key_source) == (KEY, "api_key argument")
    assert (given.base_url, given.base_url_source) == ("http://127.0.0.1:8080", "base_url argument")
    assert (found.api_key, found.api_key_source) == ("other", "OMNI_API_KEY environment variable")
    assert (
        found.base_url,
        found.base_url_source,
    ) == ("https://other.example.com", "OMNI_BASE_URL environment variable")


def test_the_live_api_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the variable is empty."""
    monkeypatch.setenv("OMNI_BASE_URL", "")

    assert (
        Settings.resolve(KEY).base_url,
        Settings.resolve(KEY).base_url_source,
    ) == ("https://api-v2.getomni.ai", "default")


def test_no_key() -> None:
    """The message says where to put one."""
    with pytest.raises(omni.UsageError, match="OMNI_API_KEY"):
        omni.Client()


@pytest.mark.parametrize("key", ["", "canary key", "canary\n", "canaryü", "canary\x00", 7])
def test_a_key_that_cannot_be_one(key: Any) -> None:
    """A stray newline is found before the server finds it, and the key is not shown."""
    with pytest.raises(omni.UsageError) as caught:
        omni.Client(api_key=key)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api-v2.getomni.ai",
        "ftp://x.example.com",
        "https://",
        "https://user:secret@x.example.com",
        "https://x.example.com/?key=secret",
        "https://x.example.com/#secret",
        "https://x.example.com:99999",
        "https://x.example.com:0",
        "https://[::1",
        "https://x.example.com/a b",
        "https://x.example.com\n",
        "http://a..b",
        "http://.",
        f"http://{'a' * 64}.example.com",
        "http://ü..b",
        5,
    ],
)
def test_an_address_that_cannot_be_one(url: Any) -> None:
    """The message shows what one looks like, and not what was given."""
    with pytest.raises(omni.UsageError, match=r"https://api-v2\.getomni\.ai|must be a str") as caught:
        omni.Client(api_key=KEY, base_url=url)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("timeout", [None, 0, -1, float("nan"), "30", True])
def test_a_timeout_that_cannot_be_one(timeout: Any) -> None:
    """None is refused, with the way to say no limit."""
    with pytest.raises(omni.UsageError, match=r"float\('inf'\)"):
        omni.Client(api_key=KEY, timeout=timeout)


@pytest.mark.parametrize("attempts", [0, -1, 1.5, None, True])
def test_attempts_that_cannot_be(attempts: Any) -> None:
    """At least one, and whole."""
    with pytest.raises(omni.UsageError, match="whole number"):
        omni.Client(api_key=KEY, attempts=attempts)


def test_the_key_is_never_shown() -> None:
    """Not by the client, its parts, or its settings."""
    with omni.Client(api_key=KEY) as client:
        shown = repr([client, client.http, client.raw, client.leads, Settings.resolve(KEY)])

    assert KEY not in shown
