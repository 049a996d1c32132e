"""Proxies, certificates, key and address come from the environment, as users of httpx expect."""

import ssl
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import trustme
from wire import Wire, reply, trickle_body

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OK = reply()


async def test_proxy_of_the_environment_is_used(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The request goes through it, and the deadline holds there too."""
    proxy = wire(OK, trickle_body)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)

    async with make(base_url="http://omni.example.com", timeout=1) as client:
        await client.leads.get(ID)
        with pytest.raises(omni.APITimeoutError):
            await client.leads.get(ID)

    assert proxy.requests[0].startswith(b"GET http://omni.example.com/api/v1/leads/")


async def test_trust_store_of_the_environment_is_used(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SSL_CERT_FILE makes a private authority trusted; without it, the connection is refused."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = wire(OK, tls=context)

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID


async def test_key_and_address_come_from_the_environment(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OMNI_API_KEY and OMNI_BASE_URL are enough."""
    server = wire(OK)
    monkeypatch.setenv("OMNI_API_KEY", "from-the-environment")
    monkeypatch.setenv("OMNI_BASE_URL", server.url + "/")

    async with make(api_key=None) as client:
        await client.leads.get(ID)

    assert b"x-api-key: from-the-environment" in server.requests[0].lower()


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """An authority whose certificate is in ``ca.pem``."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


def serve(authority: trustme.CA, wire: Start) -> Wire:
    """A server that has a certificate of this authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return wire(OK, tls=context)


@pytest.mark.parametrize("way", ["file", "path", "context", "nobody is checked"])
async def test_verify_says_who_is_trusted(
    make: Make, wire: Start, tmp_path: Path, authority: trustme.CA, way: str
) -> None:
    """The same server is refused without it."""
    server, file = serve(authority, wire), tmp_path / "ca.pem"
    ways = {"file": str(file), "path": file, "context": ssl.create_default_context(cafile=file)}

    async with make(base_url=server.url) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)
    async with make(base_url=server.url, verify=ways.get(way, False)) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID


@pytest.mark.parametrize("is_one_file", [True, False])
async def test_cert_is_shown_to_the_server(
    make: Make, wire: Start, tmp_path: Path, authority: trustme.CA, is_one_file: bool
) -> None:
    """A server that asks for a certificate refuses a client without one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server, own, key = wire(OK, tls=context), tmp_path / "own.pem", tmp_path / "key.pem"
    issued = authority.issue_cert("client@example.com")
    issued.private_key_and_cert_chain_pem.write_to_path(own)
    issued.private_key_pem.write_to_path(key)

    async with make(base_url=server.url, verify=tmp_path / "ca.pem") as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)
    cert = own if is_one_file else (str(own), str(key))
    async with make(base_url=server.url, verify=tmp_path / "ca.pem", cert=cert) as client:
        lead = await client.leads.get(ID)

    assert lead.id == ID


async def test_proxy_is_used_instead_of_that_of_the_environment(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with httpx."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    proxy = wire(OK)

    async with make(base_url="http://omni.example.com", proxy=proxy.url) as client:
        await client.leads.get(ID)

    assert proxy.requests[0].startswith(b"GET http://omni.example.com/api/v1/leads/")


async def test_proxies_of_the_environment_work_beside_other_options(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trust store, a limit or an application's name says nothing about the way."""
    proxy = wire(OK)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    limits = httpx.Limits(max_connections=1)

    async with make(
        base_url="http://omni.example.com", verify=False, limits=limits, app_info=("lending", "1.4")
    ) as client:
        await client.leads.get(ID)

    assert proxy.requests[0].startswith(b"GET http://omni.example.com/api/v1/leads/")
    assert b" lending/1.4\r\n" in proxy.requests[0]


@pytest.mark.parametrize(
    ("options", "repair"),
    [
        ({"proxy": "http://user:secret@"}, "proxy is not the address of a proxy: give http://host:port"),
        ({"proxy": "ftp://proxy.example.com"}, "proxy is not the address of a proxy: give http://host:port"),
        ({"proxy": 8080}, "proxy is not the address of a proxy: give http://host:port"),
        ({"proxy": "socks5://127.0.0.1:1"}, "pip install 'httpx[socks]'"),
        ({"http2": True}, "pip install 'httpx[http2]'"),
        ({"verify": "/nowhere"}, "verify has no certificates that can be read (FileNotFoundError): give another path"),
        ({"verify": 1.5}, "verify has no certificates that can be read (TypeError): give another path"),
        ({"cert": "/nowhere"}, "cert cannot be read (FileNotFoundError): give (certificate, key) or one file of both"),
        ({"cert": 8080}, "cert cannot be read (TypeError): give (certificate, key) or one file of both"),
        ({"cert": "/x", "verify": ssl.create_default_context()}, "call verify.load_cert_chain(…) instead"),
        ({"limits": 100}, "limits must be an httpx.Limits"),
        ({"http2": True, "transport": httpx.MockTransport(len)}, "http2 has no effect beside a transport of your own"),
        ({"verify": False, "transport": httpx.MockTransport(len)}, "verify has no effect beside a transport"),
        ({"app_info": ("two words", "1")}, "app_info must be a name and a version without spaces"),
        ({"app_info": "lending"}, "app_info must be a name and a version without spaces"),
    ],
)
def test_invalid_options_name_the_repair(
    make: Make, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], repair: str
) -> None:
    """Before anything is sent, and without a password."""
    for module in ("h2", "socksio"):
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(omni.UsageError) as caught:
        make(**options)

    assert repair in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_folder_without_certificates_trusts_nobody(
    make: Make, wire: Start, tmp_path: Path, authority: trustme.CA
) -> None:
    """OpenSSL looks for files in it that are named by hashes."""
    async with make(base_url=serve(authority, wire).url, verify=tmp_path, attempts=1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)


def test_http2_is_accepted_where_its_package_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does is tested by tests/interop, which installs the package."""
    package = ModuleType("h2")
    package.__spec__ = ModuleSpec("h2", None)
    monkeypatch.setitem(sys.modules, "h2", package)

    make(http2=True)


async def test_trust_store_is_read_once_and_when_it_is_needed(
    make: Make, wire: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: trustme.CA
) -> None:
    """Clients share it; a client of ``http://`` does without."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("certifi.where", lambda: str(tmp_path / "ca.pem"))
    loaded: list[Any] = []
    create = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda *args, **of: loaded.append(of) or create(*args, **of))

    async with make(base_url=wire(OK).url) as client:
        await client.leads.get(ID)
        assert loaded == []
    for _ in range(2):
        async with make(base_url=serve(authority, wire).url) as client:
            await client.leads.get(ID)

    assert len([files for files in loaded if files]) == 1  # the others are the server's
