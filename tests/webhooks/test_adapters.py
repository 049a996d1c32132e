"""The ways in: each turns a request into the same call, whatever the client sends, and raises nothing of its own."""

import base64
import contextlib
import io
import json
import socket
import threading
import wsgiref.simple_server
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import omni
from omni import webhooks
from omni.webhooks.testing import delivery

TOKEN = "fixture-token-of-adapters"
SECRET = "Invented-Value-1"
PROOF: dict[str, Any] = {"path_token": TOKEN, "secret": SECRET, "header": "X-Fixture-Secret"}
MAX_BYTES = 50_000

Pairs = list[tuple[str, str]]
Answer = tuple[int, dict[str, str], bytes]
Send = Callable[[webhooks.Receiver, str, str, Pairs, bytes], Answer]


def make_receiver(forward: Callable[[Any], object], **options: Any) -> webhooks.Receiver:
    receiver = webhooks.Receiver(webhooks.Verifier(**PROOF), forward=forward, max_bytes=MAX_BYTES, **options)
    receiver.fallback(lambda event: None)
    return receiver


def refuse_to_store(event: Any) -> None:
    raise ConnectionError("the queue is down")


def send_asgi(receiver: webhooks.Receiver, method: str, path: str, headers: Pairs, body: bytes) -> Answer:
    """By messages, of which each has a part of the body."""
    parts = [body[start : start + 1000] for start in range(0, len(body), 1000)] or [b""]
    messages = [{"type": "http.request", "body": part, "more_body": part is not parts[-1]} for part in parts]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    start, last = call_asgi(webhooks.asgi(receiver), scope, messages)
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, last["body"]


def call_asgi(application: Any, scope: Any, messages: list[Any]) -> list[Any]:
    """What an application sends; after the messages, the client is gone."""
    waiting, sent = iter(messages), list[Any]()

    async def receive() -> Any:
        return next(waiting, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(application, scope, receive, send)
    return sent


def send_wsgi(receiver: webhooks.Receiver, method: str, path: str, headers: Pairs, body: bytes) -> Answer:
    """By an environment as servers make it, where names have lost their case and dashes."""
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}
    environ = {
        "CONTENT_TYPE": named.pop("HTTP_CONTENT_TYPE", ""),
        **named,
        "CONTENT_LENGTH": str(len(body)),
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "/app",
        "PATH_INFO": path,
        "wsgi.input": io.BytesIO(body),
    }
    return call_wsgi(receiver, environ)


def call_wsgi(receiver: webhooks.Receiver, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []
    body = b"".join(webhooks.wsgi(receiver)(environ, lambda *arguments: started.append(arguments)))
    ((status, headers),) = started
    return int(status.split()[0]), dict(headers), body


def call_lambda(receiver: webhooks.Receiver, event: Any) -> Answer:
    response = webhooks.aws_lambda(receiver)(event, None)
    json.dumps(response)  # what AWS does with it
    lists = response.get("multiValueHeaders", {})
    headers = response.get("headers") or {name: value for name, (value,) in lists.items()}
    return response["statusCode"], headers, response["body"].encode()


def send_gateway_v1(receiver: webhooks.Receiver, method: str, path: str, headers: Pairs, body: bytes) -> Answer:
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    event = {"httpMethod": method, "path": path, "headers": dict(headers), "multiValueHeaders": several}
    return call_lambda(receiver, {**event, "body": body.decode("latin-1") or None, "isBase64Encoded": False})


def send_gateway_v2(receiver: webhooks.Receiver, method: str, path: str, headers: Pairs, body: bytes) -> Answer:
    event = {"version": "2.0", "rawPath": path, "requestContext": {"http": {"method": method}}}
    names = {name.lower(): value for name, value in headers}
    return call_lambda(receiver, {**event, "headers": names, "body": body.decode("latin-1")})


def send_function_url(receiver: webhooks.Receiver, method: str, path: str, headers: Pairs, body: bytes) -> Answer:
    event = {"version": "2.0", "rawPath": path, "requestContext": {"http": {"method": method}}}
    encoded = base64.b64encode(body).decode()
    return call_lambda(receiver, {**event, "headers": dict(headers), "body": encoded, "isBase64Encoded": True})


def send_load_balancer(receiver: webhooks.Receiver, method: str, path: str, headers: Pairs, body: bytes) -> Answer:
    event = {"requestContext": {"elb": {}}, "httpMethod": method, "path": path}
    lists = {name.lower(): [value] for name, value in headers}
    return call_lambda(receiver, {**event, "multiValueHeaders": lists, "body": body.decode("latin-1")})


WAYS: dict[str, Send] = {
    "asgi": send_asgi,
    "wsgi": send_wsgi,
    "gateway-v1": send_gateway_v1,
    "gateway-v2": send_gateway_v2,
    "function-url": send_function_url,
    "load-balancer": send_load_balancer,
}
every_way = pytest.mark.parametrize("send", WAYS.values(), ids=WAYS.keys())


class Case(NamedTuple):
    """A request, as what differs from a right one, and the status that it has to get."""

    status: int
    method: str = "POST"
    path: str = f"/webhooks/{TOKEN}"
    content_type: str | None = "application/json"
    secret: str | None = SECRET
    body: bytes = delivery("lead.created").body

    @property
    def headers(self) -> Pairs:
        pairs = [("Content-Type", self.content_type), ("X-Fixture-Secret", self.secret)]
        return [(name, value) for name, value in pairs if value is not None]


CASES = {
    "known event": Case(200),
    "unknown event": Case(200, body=b'{"event": "lead.sold"}'),
    "test event of unknown shape": Case(200, body=b"{}"),
    "media type with parameters": Case(200, content_type="Application/JSON; charset=utf-8"),
    "no media type": Case(200, content_type=None),
    "secret missing": Case(401, secret=None),
    "secret wrong": Case(401, secret="Invented-Value-2"),
    "token wrong": Case(404, path="/webhooks/fixture-token-of-others"),
    "PUT": Case(405, method="PUT"),
    "DELETE without proof": Case(405, method="DELETE", path="/", secret=None, body=b""),
    "GET": Case(200, method="GET", path="/", secret=None, content_type=None, body=b""),
    "HEAD": Case(200, method="HEAD", path="/", secret=None, content_type=None, body=b""),
    "form": Case(415, content_type="application/x-www-form-urlencoded"),
    "not JSON": Case(400, body=b"event=lead.created"),
    "truncated": Case(400, body=delivery("lead.created").body[:-1]),
    "a list": Case(400, body=b"[]"),
    "empty": Case(400, body=b""),
    "too large": Case(413, body=b" " * (MAX_BYTES + 1)),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def check_answer(case: Case, answer: Answer, stored: list[Any]) -> None:
    status, headers, body = answer
    assert status == case.status
    assert body == b""
    assert headers["content-length"] == "0"
    assert headers.get("allow") == ("POST" if status == 405 else None)
    assert len(stored) == (status == 200 and case.method == "POST")


@every_way
@every_case
def test_status_says_what_becomes_of_a_request(send: Send, case: Case) -> None:
    """200 for what is stored, and else the status of what is wrong, with an empty body."""
    stored: list[Any] = []

    answer = send(make_receiver(stored.append), case.method, case.path, case.headers, case.body)

    check_answer(case, answer, stored)


@every_way
def test_what_cannot_be_stored_is_to_come_again(send: Send) -> None:
    """503 if storing fails, whatever the reason is."""
    receiver = make_receiver(refuse_to_store)

    assert send(receiver, *_request(CASES["known event"]))[0] == 503
    assert receiver.signals.counts["unavailable"] == 1


def test_duplicates_are_accepted_by_every_way(tmp_path: Any) -> None:
    """A delivery that came before is answered 200 and stored no second time, whichever way it comes."""
    pytest.importorskip("dbos", reason="the extra webhooks is not installed")
    receiver = webhooks.Receiver(webhooks.Verifier(**PROOF), inbox=f"sqlite:///{tmp_path / 'inbox.db'}")
    receiver.fallback(lambda event: None)

    assert {send(receiver, *_request(CASES["known event"]))[0] for send in WAYS.values()} == {200}
    assert receiver.signals.counts["accepted"] == 1
    assert receiver.signals.counts["duplicate"] == len(WAYS) - 1
    receiver.inbox.close()


def _request(case: Case) -> tuple[str, str, Pairs, bytes]:
    return case.method, case.path, case.headers, case.body


def test_load_balancer_gets_lists_if_it_sends_lists() -> None:
    """A load balancer ignores headers of the other kind, and wants to know whether the body is in base64."""
    handler = webhooks.aws_lambda(make_receiver(print))

    response = handler({"httpMethod": "PUT", "path": "/", "multiValueHeaders": {"host": ["fixture"]}}, None)

    assert response["multiValueHeaders"] == {"allow": ["POST"], "content-length": ["0"]}
    assert response["isBase64Encoded"] is False
    assert "headers" not in response


def test_doubled_secret_is_refused_where_lists_show_it() -> None:
    """Two values for the header of the secret are wrong, though one of them is right."""
    case = CASES["known event"]
    headers = [*case.headers, ("X-Fixture-Secret", "Invented-Value-2")]

    for send in (send_asgi, send_gateway_v1):
        assert send(make_receiver(print), case.method, case.path, headers, case.body)[0] == 401


def test_chunked_body_is_read_where_the_server_ends_it() -> None:
    """Without a length, WSGI has a body only if the server promises its end; one that never ends is too large."""
    stored: list[Any] = []
    case = CASES["known event"]
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": case.path,
        "HTTP_X_FIXTURE_SECRET": SECRET,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b" " * min(size, 1000)

    def post(source: Any, **more: Any) -> int:
        return call_wsgi(make_receiver(stored.append), {**environ, "wsgi.input": source, **more})[0]

    assert post(io.BytesIO(case.body), **{"wsgi.input_terminated": True}) == 200
    assert post(Endless(), **{"wsgi.input_terminated": True}) == 413
    assert post(Endless()) == 400
    assert post(Endless(), CONTENT_LENGTH="9" * 5000) == 413
    assert len(stored) == 1


def test_client_that_goes_away_stores_nothing() -> None:
    """A body that stops before its end is no delivery, whether the connection ends or breaks."""
    stored: list[Any] = []
    case = CASES["known event"]
    receiver = make_receiver(stored.append)
    scope = {"type": "http", "method": "POST", "path": case.path, "headers": []}
    part = {"type": "http.request", "body": case.body, "more_body": True}

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": case.path, "HTTP_X_FIXTURE_SECRET": SECRET}
    for source in (io.BytesIO(case.body[:-1]), Broken()):
        long = {**environ, "CONTENT_LENGTH": str(len(case.body)), "wsgi.input": source}
        assert call_wsgi(receiver, long)[0] == 400
    assert call_asgi(webhooks.asgi(receiver), scope, [part]) == []
    assert stored == []


def test_endless_body_is_read_no_further_than_needed() -> None:
    """ASGI reads until the body is too large, and then answers 413."""
    messages = [{"type": "http.request", "body": b" " * 1000, "more_body": True} for _ in range(MAX_BYTES)]
    read: list[Any] = []

    def remaining() -> Iterator[Any]:
        for message in messages:
            read.append(message)
            yield message

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    start, _ = call_asgi(webhooks.asgi(make_receiver(print)), scope, remaining())  # type: ignore[arg-type]

    assert start["status"] == 413
    assert len(read) == MAX_BYTES // 1000 + 1


LATIN = st.text(st.characters(max_codepoint=255), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
LAMBDA_KEYS = ("httpMethod", "path", "rawPath", "headers", "multiValueHeaders", "body", "isBase64Encoded")
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(method=st.text(max_size=9), path=st.text(max_size=30), body=st.binary(max_size=40), more=st.booleans(), data=...)
@quick
def test_asgi_raises_nothing_over_hostile_requests(
    method: str, path: str, body: bytes, more: bool, data: list[tuple[bytes, bytes]]
) -> None:
    """Any method, path, headers and body get a response, or, if the client is gone, none."""
    scope = {"type": "http", "method": method, "path": path, "headers": data}
    part = {"type": "http.request", "body": body, "more_body": more}

    assert len(call_asgi(webhooks.asgi(make_receiver(print)), scope, [part])) == (0 if more else 2)


@given(method=LATIN, path=LATIN, length=LATIN | st.none(), headers=st.dictionaries(LATIN, LATIN), body=st.binary())
@quick
def test_wsgi_raises_nothing_over_hostile_requests(
    method: str, path: str, length: str | None, headers: dict[str, str], body: bytes
) -> None:
    """Any method, path, length, headers and body get a response."""
    environ = {f"HTTP_{name}": value for name, value in headers.items()} | {"CONTENT_TYPE": path}
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(body)}

    assert call_wsgi(make_receiver(print), environ)[0] in (200, 400, 401, 404, 405, 413, 415)


@given(event=JSON | st.dictionaries(st.sampled_from(LAMBDA_KEYS), JSON))
@quick
def test_lambda_raises_nothing_over_other_events(event: Any) -> None:
    """A function may be invoked with anything, such as a test event of the console."""
    assert call_lambda(make_receiver(print), event)[0] in (200, 400, 401, 404, 405, 413, 415)


LIFESPAN = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


@pytest.mark.parametrize("run", [False, True], ids=["receive", "receive and handle"])
def test_lifespan_starts_and_stops_the_receiver(run: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting closes the list of handlers; with ``run``, events are handled between start and stop."""
    receiver = make_receiver(print)
    seen: list[str] = []

    @contextlib.contextmanager
    def record(name: str) -> Iterator[None]:
        seen.append(f"start {name}")
        yield
        seen.append("stop")

    monkeypatch.setattr(receiver, "run", record)

    sent = call_asgi(webhooks.asgi(receiver, run=run, name="one"), {"type": "lifespan"}, LIFESPAN)

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert seen == (["start one", "stop"] if run else [])
    with pytest.raises(omni.UsageError, match="has started"):
        receiver.on(webhooks.LeadCreated)(print)


def test_lifespan_reports_what_keeps_it_from_starting() -> None:
    """The server hears why, and stops: no fallback, or an inbox that is not there."""
    without_fallback = webhooks.Receiver(webhooks.Verifier(**PROOF), forward=print)
    without_inbox = make_receiver(print)

    for application in (webhooks.asgi(without_fallback), webhooks.asgi(without_inbox, run=True)):
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "lifespan.startup"}

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        with pytest.raises(omni.UsageError):
            anyio.run(application, {"type": "lifespan"}, receive, send)
        assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
        assert "receiver" in sent[0]["message"]


def test_worker_may_start_and_stop_in_different_threads(tmp_path: Any) -> None:
    """A lifespan runs in whatever thread is free; the inbox is free for the next worker all the same."""
    pytest.importorskip("dbos", reason="the extra webhooks is not installed")
    receiver = webhooks.Receiver(webhooks.Verifier(**PROOF), inbox=f"sqlite:///{tmp_path / 'inbox.db'}")
    receiver.fallback(lambda event: None)
    first = receiver.run()
    for step in (first.__enter__, lambda: first.__exit__(None, None, None)):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()

    with receiver.run():
        pass
    receiver.inbox.close()


def test_worker_that_cannot_start_leaves_nothing_behind(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the inbox nor the engine, of which there is one in a process, is taken after a failed start."""
    dbos = pytest.importorskip("dbos", reason="the extra webhooks is not installed")
    receiver = webhooks.Receiver(webhooks.Verifier(**PROOF), inbox=f"sqlite:///{tmp_path / 'inbox.db'}")
    receiver.fallback(lambda event: None)
    with monkeypatch.context() as patch:
        patch.setattr(dbos.DBOS, "register_queue", refuse_to_store)
        with pytest.raises(TypeError), receiver.run():
            pass

    with receiver.run():
        pass
    receiver.inbox.close()


@contextlib.contextmanager
def serve_uvicorn(application: Any) -> Iterator[int]:
    uvicorn = pytest.importorskip("uvicorn", reason="the extra sandbox is not installed")
    server = uvicorn.Server(uvicorn.Config(application, log_level="critical"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


class QuietHandler(wsgiref.simple_server.WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def serve_wsgiref(application: Any) -> Iterator[int]:
    with wsgiref.simple_server.make_server("127.0.0.1", 0, application, handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


SERVERS = {"uvicorn": (serve_uvicorn, webhooks.asgi), "wsgiref": (serve_wsgiref, webhooks.wsgi)}


@pytest.mark.parametrize("server", SERVERS)
def test_servers_give_each_case_its_status(server: str) -> None:
    """Over HTTP, under a server of each kind, the cases get the same status as in direct calls."""
    serve, adapter = SERVERS[server]
    stored: list[Any] = []
    with serve(adapter(make_receiver(stored.append))) as port, httpx.Client() as client:
        for name, case in CASES.items():
            if server == "wsgiref" and case.content_type is None and case.method == "POST":
                continue  # it makes text/plain of it
            stored.clear()
            url = f"http://127.0.0.1:{port}{case.path}"
            response = client.request(case.method, url, headers=case.headers, content=case.body)
            check_answer(case, (response.status_code, dict(response.headers), response.content), stored), name


@pytest.mark.parametrize("server", SERVERS)
def test_servers_survive_broken_connections(server: str) -> None:
    """A body shorter than its length, and one that never ends, store nothing, and the next delivery is accepted."""
    serve, adapter = SERVERS[server]
    stored: list[Any] = []
    case = CASES["known event"]
    head = f"POST {case.path} HTTP/1.1\r\nHost: fixture\r\nX-Fixture-Secret: {SECRET}\r\n".encode()
    with serve(adapter(make_receiver(stored.append))) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head + b"Content-Length: 9999\r\n\r\n" + case.body)
        if server == "uvicorn":
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                chunks = b"400\r\n%b\r\n" % (b" " * 1024)
                client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 60)
                assert client.recv(100).startswith(b"HTTP/1.1 413")
        assert stored == []
        url = f"http://127.0.0.1:{port}{case.path}"
        assert httpx.post(url, headers=case.headers, content=case.body).status_code == 200
    assert len(stored) == 1


def test_websockets_are_ignored() -> None:
    """A server that offers one gets no answer, which refuses it."""
    receiver = webhooks.Receiver(webhooks.Verifier(path_token="fixture-token-fixture-token"), forward=print)
    receiver.fallback(print)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(lambda: webhooks.asgi(receiver)({"type": "websocket"}, send, send))

    assert sent == []
