"""Which host names the sandbox responds to, so that no web page can use a name of its own."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

import omni
from omni import sandbox
from omni.sandbox._serving._server import HostCheck

KEY = {"x-api-key": sandbox.API_KEY}
SEVERAL_FILES = "11111111-1111-4111-8111-111111111106"

HERE = [
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "omni.localhost:80",
    "127.0.0.1",
    "127.9.9.9:80",
    "[::1]",
    "[::1]:8080",
]
ELSEWHERE = [
    "",
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "xlocalhost",
    "192.168.1.5",
    "[fe80::1]:80",
    "2130706433",
    "0x7f.1",
    "[",
    "[::1",
    "omni",
    ":80",
    "evil.example, localhost",
]


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running() as server:
        yield server


def test_names_of_this_machine_are_allowed(running: sandbox.Sandbox, fetch: httpx.Client) -> None:
    """Names and addresses of this machine are allowed."""
    url = f"{running.base_url}/api/v1/leads/{sandbox.LEAD_ID}"
    statuses = {host: fetch.get(url, headers={**KEY, "host": host}).status_code for host in HERE}

    assert statuses == dict.fromkeys(HERE, 200)


@pytest.mark.parametrize("path", [f"/api/v1/leads/{sandbox.LEAD_ID}", "/files/x/y", "/"])
def test_other_names_are_refused(running: sandbox.Sandbox, fetch: httpx.Client, path: str) -> None:
    """A name that a web page may have made for this machine is refused for every path."""
    url = running.base_url + path
    responses = {host: fetch.get(url, headers={**KEY, "host": host}) for host in ELSEWHERE}

    assert {host: response.status_code for host, response in responses.items()} == dict.fromkeys(ELSEWHERE, 421)
    message = responses["evil.example"].json()["error"]["message"]
    assert "use localhost or 127.0.0.1, or start it with --host" in message


def test_two_hosts_are_refused(running: sandbox.Sandbox) -> None:
    """A request with two hosts, or with none, is refused."""
    address = urlsplit(running.base_url)
    for headers in (b"Host: localhost\r\nHost: evil.example\r\n", b""):
        with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n" + headers + b"Connection: close\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 421 ")


def test_client_uses_both_origins(running: sandbox.Sandbox) -> None:
    """The client calls the API on one name and fetches files on the other."""
    with omni.Client(api_key=running.api_key, base_url=running.base_url) as client:
        document = next(client.leads.get(SEVERAL_FILES).iter_file_documents())

    assert document.signed_url
    assert urlsplit(document.signed_url).hostname == "localhost"
    assert httpx.get(document.signed_url, trust_env=False).status_code == 200


def host_check(host: str, bound: str) -> HostCheck:
    """Return the check of a sandbox that listens on this host and address."""
    return HostCheck(sandbox.app(), host, bound)


@pytest.mark.parametrize(
    ("host", "bound", "allowed", "refused"),
    [
        (
            "Omni.Example",
            "192.168.1.5",
            ["omni.example:80", "192.168.1.5:80", "localhost"],
            ["x.example", "192.168.1.6"],
        ),
        ("192.168.1.5", "192.168.1.5", ["192.168.1.5"], ["omni", "evil.example", "host.docker.internal"]),
        (
            "0.0.0.0",
            "0.0.0.0",
            ["0.0.0.0:80", "192.168.1.5", "[fe80::1]", "omni:8080", "host.docker.internal:80", "omni.svc.local"],
            ["evil.example", "omni.evil.example", "local.evil.example", "evillocal.example", ""],
        ),
    ],
)
def test_host_option_allows_its_name(host: str, bound: str, allowed: list[str], refused: list[str]) -> None:
    """The name in --host is allowed; for the whole network, addresses and names that nobody can register are."""
    check = host_check(host, bound)

    assert [name for name in allowed if not check.allows(name)] == []
    assert [name for name in refused if check.allows(name)] == []


def test_own_name_is_allowed_in_an_open_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the sandbox listens on the whole network, the machine's own name is allowed; else it is not."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Mine.example")

    assert host_check("0.0.0.0", "0.0.0.0").allows("mine.example:80")
    assert not host_check("127.0.0.1", "127.0.0.1").allows("mine.example:80")
