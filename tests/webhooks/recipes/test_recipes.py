"""The recipes of docs/webhooks.md: each is served by its framework, and handles an event that came twice once."""

import asyncio
import contextlib
import importlib
import logging
import re
import socket
import sqlite3
import sys
import threading
import time
import wsgiref.simple_server
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from omni import webhooks
from omni.webhooks.testing import Delivery, delivery, sample

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[2] / "docs" / "webhooks.md"
TOKEN = "fixture-token-of-recipes"
IMPORT = "from first_receiver import receiver\n"
COMPLETED = delivery(
    sample("lead.completed", changes={"data.leadId": "11111111-1111-4111-8111-111111111102"}), path_token=TOKEN
)
EXTRACTED = delivery("document.extracted", path_token=TOKEN)
UNKNOWN = delivery({"event": "lead.sold"}, path_token=TOKEN)


def recipe(name: str, framework: str) -> ModuleType:
    """A recipe, imported anew, if its framework is there."""
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    for each in ("first_receiver", name):
        sys.modules.pop(each, None)
    return importlib.import_module(name)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: Any) -> None:
    """What a deployment sets: the token and the inbox, and for the client the sandbox."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setenv("WEBHOOK_TOKEN", TOKEN)
    monkeypatch.setenv("WEBHOOK_INBOX", f"sqlite:///{tmp_path / 'inbox.db'}")
    monkeypatch.setenv("LENDING_DATABASE", str(tmp_path / "lending.db"))
    monkeypatch.setenv("BROKER_URL", "memory://")
    monkeypatch.setenv("OMNI_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("OMNI_API_KEY", sandbox.api_key)


@contextlib.contextmanager
def in_thread(target: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


@contextlib.contextmanager
def serve_fastapi() -> Iterator[int]:
    app = recipe("fastapi_app", "fastapi").app
    uvicorn = pytest.importorskip("uvicorn", reason="the extra sandbox is not installed")
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    listener = socket.create_server(("127.0.0.1", 0))
    stop = partial(setattr, server, "should_exit", True)
    with listener, in_thread(lambda: server.run(sockets=[listener]), stop):
        yield listener.getsockname()[1]


class QuietHandler(wsgiref.simple_server.WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def serve_django() -> Iterator[int]:
    django = pytest.importorskip("django", reason="django is not installed")
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    if not settings.configured:  # once in a process
        settings.configure(ROOT_URLCONF="django_app", ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="fixture")
        django.setup()
    recipe("django_app", "django")
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=QuietHandler)
    with server, in_thread(server.serve_forever, server.shutdown):
        yield server.server_port


@contextlib.contextmanager
def serve_flask() -> Iterator[int]:
    app = recipe("flask_app", "flask").app
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    with server, in_thread(server.serve_forever, server.shutdown):
        yield server.server_port


@contextlib.contextmanager
def serve_aiohttp() -> Iterator[int]:
    app = recipe("aiohttp_app", "aiohttp").app
    from aiohttp import web

    ports: list[int] = []
    started, stopping = threading.Event(), threading.Event()

    async def serve() -> None:
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.extend(address[1] for address in runner.addresses)
        started.set()
        await asyncio.to_thread(stopping.wait)
        await runner.cleanup()

    with in_thread(lambda: asyncio.run(serve()), stopping.set):
        assert started.wait(20)
        yield ports[0]


@pytest.mark.parametrize(
    ("serve", "works_by_itself"),
    [(serve_fastapi, True), (serve_django, False), (serve_flask, False), (serve_aiohttp, True)],
    ids=["fastapi", "django", "flask", "aiohttp"],
)
def test_recipe_handles_once_what_comes_twice(
    serve: Callable[[], AbstractContextManager[int]], works_by_itself: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Over HTTP: right deliveries are answered 200 and handled once each, wrong ones are refused."""
    pytest.importorskip("dbos", reason="the extra webhooks is not installed")
    caplog.set_level(logging.INFO, "lending")
    with serve() as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        receiver = sys.modules["first_receiver"].receiver
        accepted = [post(client, each) for each in (COMPLETED, EXTRACTED, UNKNOWN, COMPLETED, EXTRACTED, UNKNOWN)]
        assert accepted == [200] * 6
        check_refusals(client)
        with contextlib.nullcontext() if works_by_itself else receiver.run():
            wait_until(lambda: receiver.signals.counts["handled"] == 3)
    receiver.inbox.close()

    assert receiver.signals.counts["duplicate"] == 3
    assert sorted(record.getMessage() for record in caplog.records if record.name == "lending") == [
        "document 44444444-4444-4444-8444-444444444444 was extracted",
        "lead 11111111-1111-4111-8111-111111111102 is COMPLETED",
        f"nothing to do for {webhooks.parse(UNKNOWN.body).key}",
    ]


def post(client: httpx.Client, request: Delivery, **headers: str) -> int:
    return client.post(request.path, headers={**request.headers, **headers}, content=request.body).status_code


def check_refusals(client: httpx.Client) -> None:
    """That method, path, headers and body get to the receiver as they came."""
    wrong = delivery("lead.created", path_token="fixture-token-of-others")
    assert post(client, wrong) == 404
    assert post(client, COMPLETED, **{"content-type": "text/plain"}) == 415
    assert post(client, COMPLETED._replace(body=b"{")) == 400
    assert post(client, COMPLETED._replace(body=b" " * (webhooks.parsing.MAX_BYTES + 1))) == 413
    assert client.put(COMPLETED.path).status_code == 405
    assert client.get(COMPLETED.path).status_code == 200


def wait_until(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_done():
        assert time.monotonic() < deadline, "nothing for 20 seconds"
        time.sleep(0.05)


def leave_logging_alone(**_: Any) -> None:
    """Where anything receives this signal, Celery does not set the level and the handlers of the whole process."""


def test_celery_recipe_books_once_what_comes_twice(tmp_path: Path) -> None:
    """A worker of Celery handles both deliveries, and the event's key keeps the second one from having an effect."""
    celery_app = recipe("celery_app", "celery")
    from celery.contrib.testing.worker import start_worker
    from celery.signals import setup_logging

    setup_logging.connect(leave_logging_alone)
    receiver, wrong = celery_app.queued, delivery("lead.completed", path_token="fixture-token-of-others")
    with start_worker(celery_app.app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        statuses = [receiver.receive(*each).status for each in (COMPLETED, EXTRACTED, COMPLETED, wrong)]
        wait_until(lambda: receiver.signals.counts["handled"] == 3)

    assert statuses == [200, 200, 200, 404]
    with contextlib.closing(sqlite3.connect(tmp_path / "lending.db")) as database:
        keys = [key for (key,) in database.execute("select key from bookings order by key")]
    assert keys == sorted(webhooks.parse(each.body).key for each in (COMPLETED, EXTRACTED))


def test_page_shows_the_recipes() -> None:
    """Each recipe is in docs/webhooks.md as it is here, but for its docstring and the import of the first receiver."""
    shown = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for path in FOLDER.glob("[!t]*_*.py"):
        _, _, code = path.read_text().replace(IMPORT, "").partition('"""\n\n')
        assert code in shown, f"docs/webhooks.md does not show {path.name} as it is"
