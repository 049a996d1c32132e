"""Key, address, timeout and attempts are checked before anything is sent."""

import warnings
from importlib import metadata
from typing import Any

import pytest

import omni
from omni import settings
from omni.settings import Settings, is_plain_http

KEY = "canary-key"


def test_arguments_precede_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value names its source."""
    monkeypatch.setenv("OMNI_API_KEY", "other")
    monkeypatch.setenv("OMNI_BASE_URL", "https://other.example.com/")

    explicit = Settings.resolve(KEY, "http://127.0.0.1:8080/")
    default = Settings.resolve()

    assert (explicit.api_key, explicit.api_key_source) == (KEY, "api_key argument")
    assert (explicit.base_url, explicit.base_url_source) == ("http://127.0.0.1:8080", "base_url argument")
    assert (default.api_key, default.api_key_source) == ("other", "OMNI_API_KEY environment variable")
    assert (
        default.base_url,
        default.base_url_source,
    ) == ("https://other.example.com", "OMNI_BASE_URL environment variable")


def test_live_api_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the variable is empty."""
    monkeypatch.setenv("OMNI_BASE_URL", "")

    assert (
        Settings.resolve(KEY).base_url,
        Settings.resolve(KEY).base_url_source,
    ) == ("https://api-v2.getomni.ai", "default")


def test_missing_key_names_the_variable() -> None:
    """The message says where to put one."""
    with pytest.raises(omni.UsageError, match="OMNI_API_KEY"):
        omni.Client()


@pytest.mark.parametrize(
    "key", ["", " ", "canary key", "canary\n", "canaryü", "canary\x00", '"canary"', "'canary", "canary`", 7]
)
def test_invalid_keys_are_refused_and_not_shown(key: Any) -> None:
    """A stray newline or quote is found before anything is sent."""
    with pytest.raises(omni.UsageError, match=r"API key \(api_key argument\)") as caught:
        omni.Client(api_key=key)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("key", [" ", "\t", "'canary'", "canary "])
def test_invalid_keys_of_the_environment_name_the_variable(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blank variable is not taken for one that is not set."""
    monkeypatch.setenv("OMNI_API_KEY", key)

    with pytest.raises(omni.UsageError, match=r"API key \(OMNI_API_KEY environment variable\)") as caught:
        Settings.resolve()

    assert "canary" not in str(caught.value)


ADDRESSES = [
    ("", "blank"),
    (" ", "blank"),
    ("api-v2.getomni.ai", "https://"),
    ("ftp://x.example.com", "https://"),
    ("https:x.example.com", "https://"),
    ("https://", "https://"),
    ("https:///x", "https://"),
    ("https://?secret", "https://"),
    ('"https://x.example.com"', "quotes"),
    ("https://x.example.com'", "quotes"),
    ("https://user:secret@x.example.com", "user name"),
    ("https://@x.example.com", "user name"),
    ("https://x.example.com/?key=secret", "query"),
    ("https://x.example.com/?", "query"),
    ("https://x.example.com?", "query"),
    ("https://x.example.com/#secret", "fragment"),
    ("https://x.example.com/#", "fragment"),
    ("https://x.example.com:65536", "port from 1 to 65535"),
    ("https://x.example.com:99999", "port from 1 to 65535"),
    ("https://x.example.com:0", "port from 1 to 65535"),
    ("https://x.example.com:+80", "port from 1 to 65535"),
    ("https://x.example.com:port", "port from 1 to 65535"),
    ("https://x.example.com.", "dot at the end"),
    ("https://x.example.com.:80/", "dot at the end"),
    ("https://.", "dot at the end"),
    ("https://a..b", "host name"),
    ("https://-a.b", "host name"),
    ("https://xn--a", "host name"),
    ("https://a%62c", "host name"),
    ("https://a,b", "host name"),
    ("https://a\\b", "host name"),
    (f"https://{'a' * 64}.example.com", "host name"),
    (f"https://{'a.' * 127}com", "host name"),
    ("http://192.168.1.256", "IP address"),
    ("http://127.1", "IP address"),
    ("http://0x7f.1", "IP address"),
    ("http://2130706433", "IP address"),
    ("http://1.2.3.04", "IP address"),
    ("https://[::1", "IP address"),
    ("https://[]", "IP address"),
    ("https://[v1.x]", "IP address"),
    ("https://[fe80::1%eth0]", "IP address"),
    ("https://::1", "IP address"),
    ("https://x.example.com/a b", "spaces"),
    ("https://x.example.com\n", "line breaks"),
    ("https://ü.example.com", "ASCII"),
    ("https://x.example.com/ü", "ASCII"),
    ("https://x.example.com:８０", "ASCII"),
    ("https://x.example.com/a//b", "path"),
    ("https://x.example.com/../b", "path"),
    ("https://x.example.com/%2e", "path"),
    ("https://x.example.com/%0a", "path"),
    ("https://x.example.com/a\\b", "path"),
]


@pytest.mark.parametrize(("url", "repair"), ADDRESSES)
@pytest.mark.parametrize("client", [omni.Client, omni.AsyncClient])
def test_invalid_addresses_are_refused_with_the_repair(url: str, repair: str, client: Any) -> None:
    """The message shows an example, the source and the repair, and not the address."""
    with pytest.raises(omni.UsageError, match=r"\(base_url argument\) .* https://api-v2\.getomni\.ai") as caught:
        client(api_key=KEY, base_url=url)

    assert repair in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", [url for url, _ in ADDRESSES if url and "\n" not in url])
def test_invalid_addresses_of_the_environment_name_the_variable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blank variable is not taken for one that is not set."""
    monkeypatch.setenv("OMNI_BASE_URL", url)

    with pytest.raises(omni.UsageError, match=r"\(OMNI_BASE_URL environment variable\)"):
        Settings.resolve(KEY)


def test_addresses_must_be_str() -> None:
    """The message names the type."""
    with pytest.raises(omni.UsageError, match="must be a str, not int"):
        omni.Client(api_key=KEY, base_url=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "normalized"),
    [
        ("HTTPS://API.Example.com/V1/", "https://api.example.com/V1"),
        ("https://x.example.com//", "https://x.example.com"),
        ("https://x.example.com:", "https://x.example.com"),
        ("http://127.0.0.1:080", "http://127.0.0.1:80"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://[::FFFF:1.2.3.4]", "https://[::ffff:1.2.3.4]"),
        ("https://xn--r8jz45g.example.com", "https://xn--r8jz45g.example.com"),
        ("https://3scale/a.b/c", "https://3scale/a.b/c"),
        ("https://my_host", "https://my_host"),
    ],
)
def test_addresses_are_normalized(url: str, normalized: str) -> None:
    """The normal form is the client's base URL."""
    assert Settings.resolve(KEY, url).base_url == normalized
    with warnings.catch_warnings(), omni.Client(api_key=KEY, base_url=url) as client:
        assert str(client.http.base_url).rstrip("/") == normalized.removesuffix(":80")


PLAIN = ["http://api.example.com", "http://10.0.0.1:8080", "http://127.example.com", "http://[fe80::1]"]


@pytest.mark.parametrize("url", PLAIN)
@pytest.mark.parametrize("client", [omni.Client, omni.AsyncClient])
def test_unencrypted_addresses_warn(url: str, client: Any) -> None:
    """Once for each client, at the line that created it, with the source and the repair."""
    with pytest.warns(UserWarning, match=r"\(base_url argument\) .* use https://") as caught:
        client(api_key=KEY, base_url=url).with_options(timeout=5)

    assert [warning.filename for warning in caught] == [__file__]
    assert is_plain_http(url)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "http://localhost:8080", "http://127.0.0.2", "http://[::1]", "http://x.localhost"],
)
def test_encrypted_and_local_addresses_do_not_warn(url: str) -> None:
    """A sandbox on this machine is no risk."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        omni.Client(api_key=KEY, base_url=url).close()

    assert not is_plain_http(url)


@pytest.mark.parametrize("size", [None, 0, -1, 0.5, float("nan"), "9", True])
def test_invalid_response_limits_are_refused(size: Any) -> None:
    """None is refused too, with the way to say no limit."""
    with pytest.raises(omni.UsageError, match=r"max_response_bytes is .*float\('inf'\)"):
        omni.Client(api_key=KEY, max_response_bytes=size)


@pytest.mark.parametrize("timeout", [None, 0, -1, float("nan"), "30", True])
def test_invalid_timeouts_are_refused(timeout: Any) -> None:
    """None is refused too, with the way to say no limit."""
    with pytest.raises(omni.UsageError, match=r"float\('inf'\)"):
        omni.Client(api_key=KEY, timeout=timeout)


@pytest.mark.parametrize("attempts", [0, -1, 1.5, None, True])
def test_invalid_attempts_are_refused(attempts: Any) -> None:
    """There must be at least one, and a whole number."""
    with pytest.raises(omni.UsageError, match="whole number"):
        omni.Client(api_key=KEY, attempts=attempts)


def test_key_is_never_shown() -> None:
    """Not by the client, its parts, or its settings."""
    with omni.Client(api_key=KEY) as client:
        shown = repr([client, client.http, client.raw, client.leads, Settings.resolve(KEY)])

    assert KEY not in shown


def test_version_of_files_that_were_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that was copied, as into a zip, has no metadata, and a client works all the same."""

    def refuse(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", refuse)
    monkeypatch.setattr("os.listdir", lambda folder: ["omni", "omni_client"])

    assert settings.version.__wrapped__() == "unknown"
