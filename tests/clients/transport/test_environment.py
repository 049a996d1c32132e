"""Invalid settings of the environment are named, with a message for each cause."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest
from layers import Layered
from wire import Wire, reply

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()

BAD_PROXIES = (
    "http://192.168.1.256",
    "http://canary:canary@proxy.example.com:port",
    "http://[::1",
    "ftp://canary:canary@proxy.example.com",
    "http://canary:canary@",
    "http://canary.example.com:99999",
    "canary\u2603",
    "http://canary.example.com:0",
    " ",
    "'",
)
PROXY_VARIABLES = [variable for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") for variable in (name, name.lower())]


@pytest.fixture(params=["Client", "AsyncClient-asyncio"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def message(make: Make) -> str:
    """The message if the client cannot be created; the original error is not attached."""
    with pytest.raises(omni.UsageError) as caught:
        make()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.usefixtures("one_context")
@pytest.mark.parametrize("name", PROXY_VARIABLES)
async def test_invalid_proxies_name_their_variable(make: Make, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The message names the variable as it is written, no other one, and shows nothing of its value."""
    for other in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        if other != name.upper():
            monkeypatch.setenv(other, "http://127.0.0.1:1")

    for value in BAD_PROXIES:
        monkeypatch.setenv(name, value)
        assert message(make) == f"{name} is not the address of a proxy: set http://host:port, or unset it."


@pytest.mark.usefixtures("one_context")
@pytest.mark.parametrize("name", PROXY_VARIABLES)
async def test_socks_proxies_name_the_missing_package(make: Make, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The message says what to install."""
    monkeypatch.setenv(name, "socks5://127.0.0.1:1")

    assert message(make) == f"{name} is a SOCKS proxy, which needs another package: pip install 'httpx[socks]'."


@pytest.mark.usefixtures("one_context")
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    "value", ["http://192.168.1.256", "x.example.com, http://canary:canary@h:port", "[::1]:80", "\u2603"]
)
async def test_invalid_no_proxy_entries_name_their_variable(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The variables of proxies are not named."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)

    assert message(make).startswith(f"{name} has an entry that is not a host, address or network")
    assert "HTTPS_PROXY" not in message(make)
    assert "canary" not in message(make)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_FILE", __file__),
        ("SSL_CERT_DIR", "/nowhere:/canary"),
        ("SSL_CERT_DIR", __file__),
    ],
)
async def test_unreadable_certificates_name_their_variable(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The variables of proxies are not named."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)

    assert message(make).startswith(f"{name} ")
    assert "PROXY" not in message(make)
    assert value not in message(make)


async def test_unwritable_key_log_names_its_variable(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of certificates are not named."""
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys")

    assert message(make) == "SSLKEYLOGFILE cannot be written (FileNotFoundError): set another path, or unset it."


async def test_one_folder_of_ssl_cert_dir_is_enough(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The others may be missing; with a transport of the caller, nobody reads them."""
    monkeypatch.setenv("SSL_CERT_DIR", f"/nowhere:{tmp_path}")
    async with make():
        pass
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(200))):
        pass


async def test_unreadable_certificates_of_certifi_name_the_package(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable is set, so none is named."""
    monkeypatch.setattr("certifi.where", lambda: "/nowhere")

    assert message(make).startswith("The package certifi has no certificates")


@pytest.mark.usefixtures("one_context")
async def test_invalid_proxies_of_the_system_name_the_setting(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from no variable."""
    for where in ("httpx._utils.getproxies", "urllib.request.getproxies"):
        monkeypatch.setattr(where, lambda: {"https": "http://[::1"})

    assert message(make).startswith("The system's setting for https_proxy is not the address of a proxy")


@pytest.mark.usefixtures("one_context")
@pytest.mark.parametrize(
    ("entry", "is_direct"),
    [
        ("127.0.0.0/8", True),
        ("127.0.0.1", True),
        ("127.0.0.1/32", True),
        ("fd00::/8,127.0.0.0/8", True),
        ("[fd00::]/8, [::1], 127.1.2.3/8", True),
        ("fd00::/8", False),
        ("10.0.0.0/8", False),
        ("128.0.0.0/2", False),
        ("example.com", False),
    ],
)
async def test_networks_in_no_proxy_bypass_the_proxy(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, entry: str, is_direct: bool
) -> None:
    """As in curl and others; httpx takes a network for a host, and cannot parse one of IPv6."""
    proxy, server = wire(OK), wire(OK)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", entry)

    async with make(base_url=server.url) as client:
        await client.leads.get(ID)
        await client.http.get("http://omni.example.org/")

    assert (len(proxy.requests), len(server.requests)) == ((1, 1) if is_direct else (2, 0))


# Responses of a proxy.


@pytest.mark.usefixtures("one_context")
@pytest.mark.parametrize(
    ("status", "attempts"),
    [(407, 1), (403, 1), (400, 1), (404, 1), (302, 1), (429, 3), (502, 3), (503, 3), (504, 3)],
)
async def test_refusals_of_a_proxy_are_reported_by_status(
    make: Make, monkeypatch: pytest.MonkeyPatch, status: int, attempts: int
) -> None:
    """Its text is not shown, only temporary refusals are retried, and nothing was sent."""
    server = Layered(lambda *_: f"HTTP/1.1 {status} Canary\r\nContent-Length: 0\r\n\r\n".encode())
    monkeypatch.setenv("HTTPS_PROXY", f"http://canary:canary@127.0.0.1:{server.port}")

    async with make(base_url="https://omni.example.com") as client:
        with pytest.raises(
            omni.APIConnectionError, match=f"the proxy refused to connect, with status {status}"
        ) as caught:
            await client.http.post("/api/v1/leads", json={})
    server.close()

    assert type(caught.value) is omni.APIConnectionError
    assert caught.value.attempts == len(server.connections) == attempts
    assert ("user name and password" in str(caught.value)) == (status == 407)
    assert "canary" not in str(caught.value).lower()
