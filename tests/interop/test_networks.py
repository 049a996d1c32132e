"""mitmproxy between client and server, HTTP/2, and a server that asks for the client's certificate."""

import asyncio
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trustme

import omni

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])]

Make = Callable[..., Any]

LEADS = [f"lead-{number}" for number in range(20)]
AUTHORITY = trustme.CA()


def serving() -> ssl.SSLContext:
    """The context of a server whose certificate the authority signed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def own_ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The authority as a file."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="module")
def mitmproxy(tmp_path_factory: pytest.TempPathFactory, own_ca: str) -> Iterator[tuple[str, str, list[str]]]:
    """A running mitmdump: its address, its authority, and the lines that it prints."""
    pytest.importorskip("mitmproxy", reason="the session interop installs it, where it can be installed")
    folder, lines = tmp_path_factory.mktemp("mitmproxy"), []
    settings = [f"confdir={folder}", f"ssl_verify_upstream_trusted_ca={own_ca}", "connection_strategy=lazy"]
    options = [word for setting in settings for word in ("--set", setting)]
    code = "from mitmproxy.tools.main import mitmdump; mitmdump()"
    command = [sys.executable, "-u", "-c", code, "--listen-host", "127.0.0.1", "--listen-port", "0", *options]
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    with process:
        watchdog = threading.Timer(120, process.kill)
        watchdog.start()
        try:
            for line in process.stdout:
                lines.append(line)
                if found := re.search(r"listening at ([\d.]+:\d+)", line):
                    threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
                    yield f"http://{found[1]}", str(folder / "mitmproxy-ca-cert.pem"), lines
                    break
            else:
                raise AssertionError("".join(lines))
        finally:
            watchdog.cancel()
            process.kill()


async def test_mitmproxy_sees_calls_without_an_option(
    kind: str, make: Make, serve: Callable[..., Any], mitmproxy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTPS_PROXY and SSL_CERT_FILE are enough: path and key arrive over one connection; without trust nothing does."""
    address, authority, lines = mitmproxy
    server = serve(tls=serving())
    monkeypatch.setenv("HTTPS_PROXY", address)
    async with make(base_url=server.url, attempts=1) as client:
        with pytest.raises(omni.APIConnectionError, match=r"(?i)certificate"):
            await client.leads.get("lead-1")
    assert server.requests == []

    monkeypatch.setenv("SSL_CERT_FILE", authority)
    async with make(base_url=server.url) as client:
        server.statuses = [503]
        assert [(await client.leads.get(lead_id)).id for lead_id in LEADS[:3]] == LEADS[:3]
    assert [path for path, _ in server.requests] == [f"/api/v1/leads/{LEADS[number]}" for number in (0, 0, 1, 2)]
    assert {headers["x-api-key"] for _, headers in server.requests} == {"key-under-test"}
    assert server.connections == 1
    assert f"GET {server.url}/api/v1/leads/lead-2" in "".join(lines)


async def test_mutual_tls(kind: str, make: Make, serve: Callable[..., Any], own_ca: str, tmp_path: Path) -> None:
    """A server that asks for a certificate gets it, on one connection; without one, the call is never sent."""
    required = serving()
    required.verify_mode = ssl.CERT_REQUIRED
    AUTHORITY.configure_trust(required)
    server = serve(tls=required)
    with_certificate = ssl.create_default_context(cafile=own_ca)
    AUTHORITY.issue_cert("client@example.com").configure_cert(with_certificate)
    for context in (with_certificate, ssl.create_default_context(cafile=own_ca)):
        async with make(base_url=server.url, verify=context, attempts=1) as client:
            if context is with_certificate:
                assert [(await client.leads.get(lead_id)).id for lead_id in LEADS[:3]] == LEADS[:3]
                assert server.connections == 1
            else:
                with pytest.raises(omni.APIConnectionError):
                    await client.leads.get("refused")
    assert len(server.requests) == 3


@pytest.fixture(scope="module")
def http2_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Hypercorn with HTTP/2 alone: its address, and the version and the client's port of each request."""
    pytest.importorskip("hypercorn", reason="the session interop installs it")
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    received: list[tuple[str, int]] = []
    stopping = threading.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            received.append((scope["http_version"], scope["client"][1]))
            lead_id = scope["path"].rpartition("/")[2]
            await asyncio.sleep(1 if lead_id == "late" else 0.02)
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"lead": {"id": "%s"}}' % lead_id.encode()})

    certificate, path = AUTHORITY.issue_cert("127.0.0.1"), tmp_path_factory.mktemp("hypercorn") / "server.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = Config.from_mapping(
            bind=[f"fd://{os.dup(listener.fileno())}"],
            certfile=path,
            keyfile=path,
            alpn_protocols=["h2"],
            errorlog=None,
        )
        main = serve(application, config, shutdown_trigger=lambda: asyncio.to_thread(stopping.wait))
        thread = threading.Thread(target=asyncio.run, args=(main,))
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", received
        stopping.set()
        thread.join()


async def test_http2_shares_one_connection(kind: str, make: Make, http2_server: Any, own_ca: str) -> None:
    """Calls at once get each its own lead over one connection, and one that is late ends without harm to the others."""
    url, received = http2_server
    received.clear()
    found = {}
    async with make(base_url=url, verify=own_ca, http2=True, attempts=1) as client:

        async def get(lead_id: str) -> None:
            if kind == "Client":
                lead = await anyio.to_thread.run_sync(client._blocking.leads.get, lead_id)
            else:
                lead = await client.leads.get(lead_id)
            found[lead_id] = lead.id

        async def get_late() -> None:
            with pytest.raises(omni.APITimeoutError):
                await client.with_options(timeout=0.2).leads.get("late")

        async with anyio.create_task_group() as tasks:
            for lead_id in LEADS:
                tasks.start_soon(get, lead_id)
        assert len({port for _, port in received}) == 1
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(get_late)
            for lead_id in LEADS:
                tasks.start_soon(get, lead_id)

    assert found == {lead_id: lead_id for lead_id in LEADS}
    assert {version for version, _ in received} == {"2"}
    assert len(received) == 2 * len(LEADS) + 1
