"""Recorders and tracers see large files as they see any response, although nobody else does."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from sentry_sdk.integrations.httpx import HttpxIntegration

import omni
from omni._transport.direct import is_plain

SIZE = 3_000_000


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """The address of a large file on this machine."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "f").write_bytes(bytes(range(250)) * (SIZE // 250))

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None: ...

    handler = functools.partial(Handler, directory=str(tmp_path / "www"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/f"
        server.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of vcrpy
def test_recorder_has_the_whole_file(host: str, tmp_path: Path) -> None:
    """And replays it without the host."""
    document = omni.Document.from_dict({"id": "1", "filename": "a.bin", "signedUrl": host})
    cassette = str(tmp_path / "cassette.yaml")
    saved = []
    for name, mode in (("recorded", "once"), ("replayed", "none")):
        (tmp_path / name).mkdir()
        with omni.Client(api_key="k", base_url="http://api.example.com") as client:
            with vcr.VCR().use_cassette(cassette, record_mode=mode):
                assert not is_plain(client.http)
                saved.append(client.documents.download(document, to=tmp_path / name).read_bytes())
            assert is_plain(client.http)

    assert saved == [(tmp_path / "www" / "f").read_bytes()] * 2


@pytest.mark.parametrize("cls", [omni.Client, omni.AsyncClient])
def test_tracers_are_noticed(cls: type[Any]) -> None:
    """Whether they patch classes, before or after the client was made, or one client."""
    before = cls(api_key="k", base_url="http://api.example.com")
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument()
    try:
        assert not is_plain(before.http)
        assert not is_plain(cls(api_key="k", base_url="http://api.example.com").http)
    finally:
        instrumentor.uninstrument()
    assert is_plain(before.http)
    HTTPXClientInstrumentor.instrument_client(before.http)
    assert not is_plain(before.http)


@pytest.mark.parametrize("cls", [omni.Client, omni.AsyncClient])
def test_error_trackers_are_noticed(cls: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """They patch ``send``, and cannot be removed."""
    client = cls(api_key="k", base_url="http://api.example.com")
    for each in (httpx.Client, httpx.AsyncClient):
        monkeypatch.setattr(each, "send", each.send)  # restored after the test
    HttpxIntegration.setup_once()

    assert not is_plain(client.http)
