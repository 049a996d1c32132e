"""The receiver: what is answered to which request, and which handler gets which event."""

import functools
import logging
from collections.abc import Callable
from typing import Any

import pytest

import omni
from omni import webhooks
from omni.webhooks.testing import Clock, delivery, event_names, sample

TOKEN = "fixture-token-fixture-token"
VERIFIER = webhooks.Verifier(path_token=TOKEN)


class Recorder:
    """A receiver that forwards to a list."""

    def __init__(self, **options: Any) -> None:
        self.events: list[Any] = []
        self.receiver = webhooks.Receiver(VERIFIER, **{"forward": self.events.append, **options})
        self.receiver.fallback(lambda event: None)

    def post(self, event: Any = "lead.created", **changes: Any) -> webhooks.Response:
        request = delivery(event, path_token=TOKEN)._asdict() | changes
        return self.receiver.receive(**request)


def test_a_delivery_is_forwarded_before_it_is_answered() -> None:
    """With the event as it came."""
    recorder = Recorder()

    assert recorder.post() == webhooks.Response(200, {}, b"")
    assert recorder.events == [webhooks.parse(sample("lead.created"))]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"method": "GET"}, 200),
        ({"method": "HEAD"}, 200),
        ({"method": "PUT"}, 405),
        ({"method": "OPTIONS"}, 405),
        ({"path": "/webhooks"}, 404),
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"headers": {"content-type": "application/x-www-form-urlencoded"}}, 415),
        ({"body": b"{"}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b" " * ((1 << 20) + 1)}, 413),
        ({"path": "/webhooks", "body": b" " * ((1 << 20) + 1)}, 413),
        ({"headers": {}}, 200),
        ({"headers": {"Content-Type": "application/json; charset=utf-8"}}, 200),
        ({"headers": {"content-type": "Application/Cloudevents+JSON"}}, 200),
        ({"body": b'{"event": "lead.opted_out"}'}, 200),
        ({"body": b'{"type": "id_verification"}'}, 200),
    ],
)
def test_each_request_gets_its_status(changes: dict[str, Any], status: int) -> None:
    """Anything else than 200 uses up one of few retries, so unknown events are stored too; the body is empty."""
    recorder = Recorder()
    response = recorder.post(**changes)

    assert (response.status, response.body) == (status, b"")
    assert len(recorder.events) == (status == 200 and changes.get("method") is None)
    assert response.headers == ({"allow": "POST"} if status == 405 else {})


def test_a_wrong_secret_is_answered_401() -> None:
    """And nothing of the delivery is kept."""
    events: list[Any] = []
    options = {"secret": "Invented-Value-1", "header": "X-Fixture-Secret"}
    receiver = webhooks.Receiver(webhooks.Verifier(**options), forward=events.append)
    receiver.fallback(print)

    assert receiver.receive(*delivery("lead.created")).status == 401
    assert receiver.receive(*delivery("lead.created", **options)).status == 200
    assert len(events) == 1
    assert receiver.signals.counts["refused"] == 1


def test_what_cannot_be_forwarded_comes_again() -> None:
    """503 makes the service try again; the log names the type of the error and no more."""

    def fail(event: Any) -> None:
        raise ConnectionError("Ada Sample")

    recorder = Recorder(forward=fail)

    assert recorder.post().status == 503
    assert recorder.receiver.signals.counts["unavailable"] == 1


def test_drift_is_observed() -> None:
    """As with the client: what a delivery has that the contract does not know; a failing callback changes nothing."""
    seen: list[Any] = []
    recorder = Recorder(observe=lambda name, found: seen.append((name, found)))
    failing = Recorder(observe=lambda name, found: 1 / 0)
    event = sample("lead.created", changes={"data.favouriteColour": "blue"})

    assert [recorder.post(event).status, recorder.post().status, failing.post(event).status] == [200, 200, 200]
    assert [(name, [each.path for each in found]) for name, found in seen] == [
        ("lead.created", ["data.favouriteColour"])
    ]


def make_receiver(**options: Any) -> webhooks.Receiver:
    return webhooks.Receiver(VERIFIER, forward=lambda event: None, **options)


def test_each_event_has_one_handler_and_the_rest_go_to_the_fallback() -> None:
    """By the class of the event, whatever its name."""
    receiver, calls = make_receiver(), []
    receiver.on(webhooks.LeadCompleted)(lambda event: calls.append(("completed", event.name)))
    receiver.fallback(lambda event: calls.append(("other", event.name)))
    for name in event_names():
        receiver.handle(webhooks.parse(sample(name)))
    receiver.handle(webhooks.parse({"event": "lead.opted_out"}))

    assert ("completed", "lead.completed") in calls
    assert [name for kind, name in calls if kind == "other"] == [
        *(name for name in event_names() if name != "lead.completed"),
        "lead.opted_out",
    ]


def test_a_decorated_function_stays_what_it_is() -> None:
    """So that it can be tested on its own."""
    receiver = make_receiver()

    @receiver.on(webhooks.LeadCreated)
    def created(event: webhooks.LeadCreated) -> str:
        return event.key

    assert created(webhooks.parse(sample("lead.created"))).startswith("lead.created:")  # type: ignore[arg-type]


def test_an_async_handler_is_awaited() -> None:
    """Also from a thread without an event loop."""
    receiver, calls = make_receiver(), []

    @receiver.fallback
    async def handle(event: webhooks.Event) -> None:
        calls.append(event.name)

    receiver.handle(webhooks.parse(sample("lead.created")))

    assert calls == ["lead.created"]


def test_what_is_async_below_a_decorator_is_awaited_too() -> None:
    """Nothing is taken for done whose body never ran."""
    receiver, calls = make_receiver(), []

    async def handle(event: webhooks.Event) -> None:
        calls.append(event.name)

    @functools.wraps(handle)
    def wrapped(event: webhooks.Event) -> Any:
        return handle(event)

    class Handler:
        async def __call__(self, event: webhooks.Event) -> None:
            calls.append(event.name)

    receiver.on(webhooks.LeadCreated)(wrapped)
    receiver.on(webhooks.LeadUpdated)(Handler())
    receiver.fallback(lambda event: handle(event))
    for name in ("lead.created", "lead.updated", "lead.completed"):
        receiver.handle(webhooks.parse(sample(name)))
    receiver.close()

    assert calls == ["lead.created", "lead.updated", "lead.completed"]


def test_a_second_argument_with_a_default_gets_a_client_if_it_is_called_so() -> None:
    """Any other default stays what it is."""
    receiver, got = make_receiver(client=lambda: omni.Client(api_key="fixture-key")), []
    receiver.on(webhooks.LeadCreated)(lambda event, client=None: got.append(type(client)))
    receiver.on(webhooks.LeadUpdated)(lambda event, attempts=3: got.append(attempts))
    receiver.fallback(lambda *everything: got.append(len(everything)))
    for name in ("lead.created", "lead.updated", "lead.completed"):
        receiver.handle(webhooks.parse(sample(name)))
    receiver.close()

    assert got == [omni.Client, 3, 1]


def test_handlers_get_the_client_that_fits_them() -> None:
    """A sync one a client, an async one an async client; each is made once, when it is first asked for."""
    made: list[Any] = []

    def make(kind: Any) -> Callable[[], Any]:
        def make_client() -> Any:
            made.append(kind(api_key="fixture-key"))
            return made[-1]

        return make_client

    receiver = make_receiver(client=make(omni.Client), async_client=make(omni.AsyncClient))
    got: list[Any] = []

    @receiver.on(webhooks.LeadCreated)
    def created(event: webhooks.LeadCreated, client: omni.Client) -> None:
        got.append(client)

    @receiver.fallback
    async def other(event: webhooks.Event, client: omni.AsyncClient) -> None:
        got.append(client)

    assert made == []
    for name in ("lead.created", "lead.updated") * 2:
        receiver.handle(webhooks.parse(sample(name)))
    receiver.close()

    assert got == [made[0], made[1]] * 2
    assert [type(each) for each in made] == [omni.Client, omni.AsyncClient]


def test_the_hook_can_skip_an_event() -> None:
    """Only False does; the handler is not called then."""
    receiver, calls = make_receiver(), []
    receiver.fallback(calls.append)
    receiver.before(lambda event: event.name != "lead.updated")
    for name in ("lead.created", "lead.updated"):
        receiver.handle(webhooks.parse(sample(name)))

    assert [event.name for event in calls] == ["lead.created"]
    assert (receiver.signals.counts["handled"], receiver.signals.counts["skipped"]) == (1, 1)


def test_what_a_handler_raises_is_raised() -> None:
    """So that a queue of one's own can try again."""
    receiver = make_receiver()
    receiver.fallback(lambda event: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        receiver.handle(webhooks.parse(sample("lead.created")))


def test_registration_is_checked() -> None:
    """Twice, too late, of no event, of no function: each has an error that names the repair."""
    receiver = make_receiver()
    receiver.on(webhooks.LeadCreated)(print)
    with pytest.raises(omni.UsageError, match="LeadCreated has a handler already"):
        receiver.on(webhooks.LeadCreated)(len)
    with pytest.raises(omni.UsageError, match="give the class of an event"):
        receiver.on(dict)(print)  # type: ignore[type-var]
    with pytest.raises(omni.UsageError, match="give the class of an event"):
        receiver.on(webhooks.Event)(print)

    def generate(event: webhooks.Event) -> Any:
        yield event

    with pytest.raises(omni.UsageError, match="must not yield"):
        receiver.on(webhooks.LeadUpdated)(generate)
    with pytest.raises(omni.UsageError, match="a function of the event"):
        receiver.on(webhooks.LeadUpdated)(lambda: None)
    with pytest.raises(omni.UsageError, match="a function of the event"):
        receiver.fallback(lambda event, client, more: None)
    with pytest.raises(omni.UsageError, match=r"no fallback.*@receiver\.fallback"):
        receiver.receive(*delivery("lead.created", path_token=TOKEN))
    receiver.fallback(len)
    receiver.before(len)
    with pytest.raises(omni.UsageError, match="a fallback already"):
        receiver.fallback(len)
    with pytest.raises(omni.UsageError, match="a hook already"):
        receiver.before(len)
    receiver.start()
    for register in (receiver.on(webhooks.LeadUpdated), receiver.fallback, receiver.before):
        with pytest.raises(omni.UsageError, match=r"has started|already"):
            register(len)


def test_one_place_for_events_is_needed() -> None:
    """An inbox or a queue of one's own, and not both."""
    with pytest.raises(omni.UsageError, match="Give inbox="):
        webhooks.Receiver(VERIFIER)
    with pytest.raises(omni.UsageError, match="Give inbox="):
        webhooks.Receiver(VERIFIER, inbox="sqlite:///inbox.db", forward=print)
    with pytest.raises(omni.UsageError, match="it has no inbox"):
        make_receiver().inbox  # noqa: B018 - the property is what fails


def test_signals_count_and_measure() -> None:
    """Each outcome, the slowest response, and how long nothing has come."""
    clock = Clock()
    recorder = Recorder(clock=clock)
    clock.advance(60)
    assert recorder.receiver.signals.seconds_since_last_delivery == 60
    for changes in ({}, {"path": "/"}, {"body": b'{"event": "new"}'}):
        recorder.post(**changes)
    clock.advance(5)

    signals = recorder.receiver.signals
    assert {name: count for name, count in signals.counts.items() if count} == {
        "accepted": 2,
        "refused": 1,
        "unknown": 1,
    }
    assert 0 < signals.slowest_response < 5
    assert signals.seconds_since_last_delivery == 5


def test_a_slow_response_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Before the service gives up."""
    Recorder().receiver.signals.time_response(4.2)

    assert "webhook response took 4.2 s; the service gives up after 5" in caplog.text


def test_log_lines_have_keys_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """One line for each outcome, on the logger ``omni.webhooks``."""
    caplog.set_level(logging.INFO, "omni.webhooks")
    recorder = Recorder()
    recorder.post()
    recorder.post(path="/")

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "webhook accepted lead.created:11111111-1111-4111-8111-111111111111"),
        ("WARNING", "webhook refused -: No segment of the path is the token."),
    ]


def test_metrics_of_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its API is installed: a counter by outcome, the time of responses, the silence."""
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(metrics, "get_meter", provider.get_meter)
    recorder = Recorder()
    recorder.post()
    data: Any = reader.get_metrics_data()
    found = {metric.name: metric.data.data_points for metric in data.resource_metrics[0].scope_metrics[0].metrics}
    provider.shutdown()

    assert {*found} == {
        "omni.webhooks.events",
        "omni.webhooks.response.duration",
        "omni.webhooks.since_last_delivery",
    }
    (point,) = found["omni.webhooks.events"]
    assert (point.value, dict(point.attributes)) == (1, {"outcome": "accepted", "event": "lead.created"})


def test_signals_do_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its absence changes nothing."""
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    recorder = Recorder()

    assert recorder.post().status == 200
    recorder.receiver.signals.time_response(0.1)
