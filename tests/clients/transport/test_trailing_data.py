"""Bytes after a response never become the response of the next call, in whatever layer they wait."""

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from layers import Layered, lead_response, tls, trust, trusting

from omni._transport.sockets.connection_pool import _has_trailing_data

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_context")]

Make = Callable[..., Any]

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

ROUTES: dict[str, dict[str, Any]] = {
    "tcp": {},
    "a unix socket": {"path": "s"},
    "tls inside a unix socket": {"path": "s", "inner_tls": V13},
    "tls": {"inner_tls": V13},
    "tls 1.2": {"inner_tls": V12},
    "http through an http proxy": {"proxy": "http"},
    "http through an https proxy": {"proxy": "https", "proxy_tls": V13},
    "https through an http proxy": {"proxy": "http", "tunnel": True, "inner_tls": V13},
    "https through an https proxy": {"proxy": "https", "proxy_tls": V13, "tunnel": True, "inner_tls": V13},
    "https through an https proxy, 1.2": {"proxy": "https", "proxy_tls": V12, "tunnel": True, "inner_tls": V12},
}
"""How a server is reached. Bytes can wait in each layer."""

SIZES = (0, 16384 - 1, 16384, 65536 - 1, 65536, 65536 + 1, 300_000)
"""Sizes of the requested response, around those of TLS records and of httpcore's reads."""


@pytest.fixture(params=ROUTES)
def route(
    request: pytest.FixtureRequest, make: Make, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., tuple[Layered, Any]]]:
    """Start a server that is reached in one of these ways, and create a client for it."""
    layers = {name: tls(value) if name.endswith("tls") else value for name, value in ROUTES[request.param].items()}
    proxy, servers, stack = layers.pop("proxy", None), [], contextlib.ExitStack()
    if "path" in layers:
        if not hasattr(socket, "AF_UNIX"):
            pytest.skip("no unix sockets on this system")
        # The name of a socket may have about 100 bytes, which pytest's own folder can be longer than.
        layers["path"] = str(Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp")), "s"))

    def start(play: Any) -> tuple[Layered, Any]:
        servers.append(Layered(play, **layers))
        address = f"127.0.0.1:{servers[-1].port}"
        if proxy:
            monkeypatch.setenv("HTTPS_PROXY" if "inner_tls" in layers else "HTTP_PROXY", f"{proxy}://{address}")
            monkeypatch.setenv("SSL_CERT_FILE", trust(tmp_path))
            transport = None
        else:
            cls = httpx.HTTPTransport if kind == "Client" else httpx.AsyncHTTPTransport
            transport = cls(verify=trusting(), uds=layers.get("path"))
        scheme = "https" if "inner_tls" in layers else "http"
        return servers[-1], make(base_url=f"{scheme}://{address}", transport=transport, timeout=5)

    with stack:
        yield start
        for server in servers:
            server.close()


def lead_id(path: str) -> str:
    """The id of the requested lead."""
    return path.rpartition("/")[2]


async def test_second_responses_are_dropped(route: Any) -> None:
    """Each call gets its own lead, although each response is followed by one with another lead, in one segment."""
    server, client = route(
        lambda connection, path: (
            lead_response(lead_id(path), sizes.pop()) + lead_response("somebody-else", 30_000 * (len(sizes) % 3))
        )
    )
    sizes = [*SIZES]
    async with client:
        for number in range(len(SIZES)):
            assert (await client.leads.get(f"lead-{number}")).id == f"lead-{number}"

    assert [connection.requests for connection in server.connections] == [1] * len(SIZES)


async def test_clean_connections_are_used_again(route: Any) -> None:
    """Whatever the sizes of the responses, and although TLS 1.3 sends tickets unasked."""
    server, client = route(lambda connection, path: lead_response(lead_id(path), sizes.pop()))
    sizes = [*SIZES, *SIZES]

    async with client:
        while sizes:
            assert (await client.leads.get("mine")).id == "mine"

    assert [connection.requests for connection in server.connections] == [2 * len(SIZES)]


async def test_connections_with_unknown_layers_are_used_once(route: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new release of a library costs time, and nobody gets a wrong lead."""
    monkeypatch.setattr("omni._transport.sockets.connection_pool._LAYERS", {})
    server, client = route(lambda connection, path: lead_response(lead_id(path)))

    async with client:
        for _ in range(2):
            await client.leads.get("mine")

    assert [connection.requests for connection in server.connections] == [1, 1]


def test_http_2_has_no_trailing_data() -> None:
    """Its connections carry many requests at once, and each frame names its own."""
    connection = SimpleNamespace(_h2_state=object())

    assert not _has_trailing_data(SimpleNamespace(_connection=connection))
