"""How the sandbox delivers webhooks: the request, retries, the log, faults, and what it refuses."""

import json
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sandbox_responses import BY_WORDS

from omni import sandbox

from .conftest import Receiver

LEAD = BY_WORDS["in progress with files missing"]


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running(time_scale=0.001) as server:
        yield server


def send(webhooks: sandbox.Webhooks, event: str = "lead.created") -> sandbox.Delivery:
    """Send an event, and return its delivery once it is over."""
    webhooks.emit(event, LEAD)
    delivery = webhooks.deliveries[-1]
    webhooks.wait_idle()
    return delivery


def statuses(delivery: sandbox.Delivery) -> list[int | None]:
    """Return the status of each attempt."""
    return [attempt.status for attempt in delivery.attempts]


def threads() -> set[threading.Thread]:
    """Return the threads of sandboxes."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("omni sandbox")}


# The request


def test_request_is_a_post_of_json(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """An event is one POST of JSON to the URL with its query, and without a secret it has no header for one."""
    delivery = send(webhooks)

    assert delivery.endpoint.origin == receiver.url.partition("/hook")[0]
    (request,) = receiver.received
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert request.path == "/hook?token=t"
    assert {*headers} == {"host", "content-type", "content-length", "connection"}
    assert headers["content-type"] == "application/json"
    assert request.body == delivery.body
    assert (delivery.state, delivery.url, delivery.event) == ("delivered", receiver.url, "lead.created")


def test_url_without_a_path(workspace: sandbox.Workspace, receiver: Receiver) -> None:
    """A URL that ends after its host is asked for its root."""
    workspace.webhooks.add(receiver.url.partition("/hook")[0])
    send(workspace.webhooks)

    assert receiver.received[0].path == "/"


@pytest.mark.parametrize("options", [{}, {"header": "X-Other"}])
def test_secret_is_in_a_header(workspace: sandbox.Workspace, receiver: Receiver, options: dict[str, str]) -> None:
    """A secret is sent as it is in the header that was chosen, and shown nowhere."""
    workspace.webhooks.add(receiver.url, secret="s3cret!", **options)
    delivery = send(workspace.webhooks)

    assert receiver.received[0].headers[options.get("header", "X-Webhook-Secret")] == "s3cret!"
    shown = repr([delivery, delivery.endpoint, workspace.webhooks.endpoints])
    assert all(word not in shown for word in ("s3cret!", "token=t", "Ada"))


def test_each_endpoint_gets_the_events_that_it_chose(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """Of several endpoints each gets its own events; one that is added twice is one."""
    for _ in range(2):
        webhooks.add(receiver.url + "2", events=["lead.updated", "document.received"])
    for event in ("lead.created", "lead.updated"):
        webhooks.emit(event, LEAD)
    webhooks.wait_idle()

    got = {(request.path, request.event["event"]) for request in receiver.received}
    assert got == {
        ("/hook?token=t", "lead.created"),
        ("/hook?token=t", "lead.updated"),
        ("/hook?token=t2", "lead.updated"),
    }
    assert len(receiver.received) == 3


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("ftp://localhost/", {}, "use one such as http://localhost:9000/webhooks"),
        ("http:///path", {}, "URL with a host"),
        ("http://localhost:99999/", {}, "URL with a host"),
        ("http://localhost:0/", {}, "URL with a host"),
        ("http://[::1/", {}, "URL with a host"),
        ("http://localhost/a\r\nX-Evil: 1", {}, "URL with a host"),
        ("http://user:hidden@localhost/", {}, "without name or password"),
        ("http://localhost/", {"events": ["lead.deleted"]}, "'lead.deleted': choose from action_log.completed"),
        ("http://localhost/", {"events": [""]}, "'': choose from action_log.completed"),
        ("http://localhost/", {"events": []}, "chosen: choose from action_log.completed"),
        ("http://localhost/", {"secret": ""}, "signs of ASCII"),
        ("http://localhost/", {"secret": "hidden\r\nX-Evil: 1"}, "signs of ASCII"),
        ("http://localhost/", {"header": "Host"}, "use one like X-Webhook-Secret"),
        ("http://localhost/", {"header": "A: b"}, "use one like X-Webhook-Secret"),
        ("http://localhost/", {"stage": "v9"}, "choose from v0, v1, v2, v3"),
    ],
    ids=str,
)
def test_endpoint_that_cannot_be_used(
    workspace: sandbox.Workspace, url: str, options: dict[str, Any], message: str
) -> None:
    """What cannot be sent to is refused with the repair, and without what is secret."""
    with pytest.raises(ValueError, match=message) as caught:
        workspace.webhooks.add(url, **options)

    assert "hidden" not in str(caught.value)
    assert workspace.webhooks.endpoints == []


# Retries


@pytest.mark.parametrize("status", [201, 204, 302, 400, 503])
def test_anything_but_200_is_sent_again(webhooks: sandbox.Webhooks, receiver: Receiver, status: int) -> None:
    """Only 200 is success, and a redirect is not followed; the body stays the same."""
    receiver.responses[:] = [status]
    delivery = send(webhooks)

    assert statuses(delivery) == [status, 200]
    assert [request.path for request in receiver.received] == ["/hook?token=t"] * 2
    assert receiver.received[0].body == receiver.received[1].body


def test_pauses_grow_and_end_after_three_retries(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """Retries come after a minute, two and four, times the scale; the fourth failure is final."""
    receiver.responses[:] = [500] * 5
    delivery = send(webhooks)

    times = [request.at for request in receiver.received]
    assert statuses(delivery) == [500] * 4
    assert delivery.state == "failed"
    for (before, after), pause in zip(pairwise(times), (0.06, 0.12, 0.24), strict=True):
        assert pause * 0.9 < after - before < pause + 1


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (b"", "closed without a response"),
        (b"SSH-2.0\r\n", "this is not HTTP"),
        (b"HTTP/1.1 200 OK" + b" " * 100_000, "ValueError"),
        (0.5, "no response within 0.2 seconds"),
    ],
    ids=["closed", "not HTTP", "endless line", "late"],
)
def test_response_that_is_none_is_sent_again(
    webhooks: sandbox.Webhooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, response: Any, error: str
) -> None:
    """No response, a late one, or one that is not HTTP is a failure like any other, and the log says which."""
    monkeypatch.setattr(webhooks, "timeout", 0.2)
    receiver.responses[:] = [response]
    delivery = send(webhooks)

    assert statuses(delivery) == [None, 200]
    assert error in (delivery.attempts[0].error or "")
    assert delivery.attempts[0].seconds < 2


def test_interim_response_is_not_the_last(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """A status of 100 and more is followed by the one that counts."""
    receiver.responses[:] = [b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]

    assert statuses(send(webhooks)) == [200]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_endpoint_that_is_not_there(
    workspace: sandbox.Workspace, receiver: Receiver, scheme: str, reserve_port: Callable[[], int]
) -> None:
    """A port without a listener, or one that speaks no TLS, is an error in the log, after all retries."""
    port = reserve_port() if scheme == "http" else urlsplit(receiver.url).port
    receiver.responses[:] = [b""] * 4
    workspace.webhooks.add(f"{scheme}://127.0.0.1:{port}/")
    delivery = send(workspace.webhooks)

    assert (statuses(delivery), delivery.state) == ([None] * 4, "failed")
    assert all(attempt.error for attempt in delivery.attempts)


# Faults


def test_duplicate(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """A duplicate is the same body twice, and both are in the log."""
    webhooks.fail_next("duplicate")
    send(webhooks)

    assert receiver.received[0].body == receiver.received[1].body
    assert [delivery.state for delivery in webhooks.deliveries] == ["delivered"] * 2


def test_out_of_order(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """What is held back comes after the next delivery, and is not waited for before."""
    webhooks.fail_next("out-of-order")
    held = send(webhooks)
    assert held.state == "held"
    send(webhooks, "lead.updated")

    assert receiver.names == ["lead.updated", "lead.created"]
    assert held.state == "delivered"


def test_slow(webhooks: sandbox.Webhooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow body takes as long as it was told to, and arrives whole; that time is none of the receiver's."""
    monkeypatch.setattr(webhooks, "timeout", 0.2)
    webhooks.fail_next("slow; seconds=0.3")
    delivery = send(webhooks)

    assert delivery.attempts[0].seconds >= 0.3
    assert receiver.received[0].body == delivery.body


def test_lost(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """What is lost is in the log, and never sent; a fault is for one event if it says so."""
    webhooks.fail_next("lost; event=lead.updated")
    send(webhooks)
    lost = send(webhooks, "lead.updated")

    assert receiver.names == ["lead.created"]
    assert (lost.state, lost.attempts) == ("lost", [])


@pytest.mark.parametrize("fault", ["resign-links", None])
def test_links_of_a_retry(
    webhooks: sandbox.Webhooks, receiver: Receiver, fetch: httpx.Client, fault: str | None
) -> None:
    """A retry has the same link, or under a fault one that was signed a minute later; both are good."""
    if fault:
        webhooks.fail_next(fault)
    receiver.responses[:] = [500]
    send(webhooks, "document.received")
    first, second = (request.event["document"].pop("signedUrl") for request in receiver.received)
    expires = [int(parse_qs(urlsplit(link).query)["expires"][0]) for link in (first, second)]

    assert (first == second) == (fault is None)
    assert expires[1] - expires[0] in (range(60, 62) if fault else [0])
    assert [fetch.get(link).status_code for link in (first, second)] == [200, 200]


def test_fault_is_for_so_many_deliveries(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """A fault that is planned several times is over after that, as is one of a stage that the event does not have."""
    webhooks.fail_next("stage=v0")
    webhooks.fail_next("lost", times=2)
    for _ in range(3):
        send(webhooks)

    assert len(receiver.received) == 1
    assert webhooks.faults == ["stage=v0"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            "503",
            "is not a fault of the sandbox; these are: duplicate, out-of-order, slow, lost, resign-links, stage=v0",
        ),
        ("slow; seconds=long", "it takes seconds, event"),
        ("lost; event=lead.deleted", "lost takes no event=lead.deleted"),
    ],
)
def test_fault_that_there_is_not(webhooks: sandbox.Webhooks, fault: str, message: str) -> None:
    """A fault that there is not is refused, with those that there are."""
    with pytest.raises(ValueError, match=message):
        webhooks.fail_next(fault)


# The log, and the end


def test_resend(webhooks: sandbox.Webhooks, receiver: Receiver) -> None:
    """A delivery of the log can be sent again, which is a delivery of its own with the same body."""
    first = send(webhooks)
    second = webhooks.resend(first.id)
    webhooks.wait_idle()

    assert webhooks.deliveries == [first, second]
    assert first.id != second.id
    assert receiver.received[0].body == receiver.received[1].body == second.body
    with pytest.raises(ValueError, match="There is no delivery 'delivery-9'"):
        webhooks.resend("delivery-9")


def test_waiting_ends(webhooks: sandbox.Webhooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a retry that is a minute away ends with the repair."""
    monkeypatch.setattr(webhooks, "time_scale", 1)
    receiver.responses[:] = [500]
    webhooks.emit("lead.created", LEAD)

    with pytest.raises(TimeoutError, match=r"after 0\.1 seconds: set time_scale"):
        webhooks.wait_idle(0.1)


def test_reset_forgets_and_ends_everything(
    running: sandbox.Sandbox, webhooks: sandbox.Webhooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset stops retries and extractions, ends the thread, and empties the log; the next event is sent as ever."""
    monkeypatch.setattr(webhooks, "time_scale", 1)
    receiver.responses[:] = [500]
    webhooks.fail_next("out-of-order; event=lead.updated", times=2)
    webhooks.outcome_of_next("failed", times=2)
    webhooks.emit("lead.updated", LEAD)
    webhooks.emit("lead.created", LEAD)
    running.workspace.add_document(LEAD, "a.pdf", size=1)
    webhooks.add(receiver.url + "3", keep=True)
    running.workspace.reset()

    assert (webhooks.deliveries, webhooks.faults, webhooks.outcomes) == ([], [], [])
    assert [endpoint.url for endpoint in webhooks.endpoints] == [receiver.url + "3"]
    assert "omni sandbox webhooks" not in {thread.name for thread in threads()}
    webhooks._kept.clear()
    receiver.received.clear()
    receiver.responses.clear()
    send(webhooks)
    assert receiver.names == ["lead.created"]


def test_end_of_the_sandbox_ends_deliveries(receiver: Receiver) -> None:
    """A sandbox that ends in the middle of a delivery leaves no thread, and does not wait for the response."""
    before = threads()
    receiver.responses[:] = [0.5]
    with sandbox.running(webhook=receiver.url) as server:
        server.webhooks.emit("lead.created", LEAD)
        assert threads() - before

    assert threads() == before


def test_nothing_is_sent_without_an_endpoint(running: sandbox.Sandbox, workspace: sandbox.Workspace) -> None:
    """By default there is no webhook: no thread starts, and nothing is logged."""
    workspace.add_document(LEAD, "a.pdf", size=1)

    assert running.webhooks.deliveries == []
    assert "omni sandbox webhooks" not in {thread.name for thread in threads()}


def test_mistake_in_the_sandbox_is_logged(
    webhooks: sandbox.Webhooks, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What fails in the sandbox itself while it delivers is not silent."""
    monkeypatch.setattr(webhooks, "_attempt", None)
    send(webhooks)

    assert "'NoneType' object is not callable" in caplog.text


def test_options_of_a_sandbox(receiver: Receiver) -> None:
    """URLs, events and a secret can be given from the start, and survive a reset."""
    options: dict[str, Any] = {"webhook_events": iter(["lead.created"]), "webhook_secret": "s", "time_scale": 0.001}
    with sandbox.running(webhook=[receiver.url, receiver.url + "2"], **options) as server:
        server.workspace.reset()
        for event in ("lead.created", "lead.updated"):
            server.webhooks.emit(event, LEAD)
        server.webhooks.wait_idle()

    assert sorted(request.path for request in receiver.received) == ["/hook?token=t", "/hook?token=t2"]
    assert {request.headers["X-Webhook-Secret"] for request in receiver.received} == {"s"}
    assert json.loads(receiver.received[0].body)["event"] == "lead.created"
