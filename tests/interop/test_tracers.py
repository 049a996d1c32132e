"""OpenTelemetry and Sentry see each attempt, pass their trace on to the server, and change no result.

What they record of personal data is tested in tests/faults/test_reporters.py.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

import omni

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", ["Client", "AsyncClient-asyncio"])]

Make = Callable[..., Any]

ID = "11111111-1111-4111-8111-111111111101"


@pytest.fixture
def spans() -> Any:
    """What OpenTelemetry exports, and a provider that exports it."""
    pytest.importorskip("opentelemetry.instrumentation.httpx", reason="the session interop installs it")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    exporter.provider = provider  # type: ignore[attr-defined]
    return exporter


@pytest.mark.parametrize("way", ["before the client", "after the first call", "one client"])
async def test_opentelemetry_traces_each_attempt(kind: str, make: Make, server: Any, spans: Any, way: str) -> None:
    """Its spans belong to the trace of the caller, whose id reaches the server; removed, it sees nothing more."""
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    instrumentor = HTTPXClientInstrumentor()
    if way == "before the client":
        instrumentor.instrument(tracer_provider=spans.provider)
    async with make(base_url=server.url) as client:
        http = getattr(client, "_blocking", client).http
        await client.leads.get(ID)
        if way == "after the first call":
            instrumentor.instrument(tracer_provider=spans.provider)
        if way == "one client":
            HTTPXClientInstrumentor.instrument_client(http, tracer_provider=spans.provider)
        spans.clear()
        server.requests.clear()
        server.statuses = [503]
        with spans.provider.get_tracer("test").start_as_current_span("caller") as caller:
            assert (await client.leads.get(ID)).id == ID
        trace_id = caller.get_span_context().trace_id
        attempts = [span for span in spans.get_finished_spans() if span.kind.name == "CLIENT"]
        assert [span.attributes["http.status_code"] for span in attempts] == [503, 200]
        assert {span.context.trace_id for span in attempts} == {trace_id}
        sent = [headers["traceparent"].split("-") for _, headers in server.requests]
        assert [parts[1:3] for parts in sent] == [
            [f"{trace_id:032x}", f"{span.context.span_id:016x}"] for span in attempts
        ]

        HTTPXClientInstrumentor.uninstrument_client(http) if way == "one client" else instrumentor.uninstrument()
        spans.clear()
        assert (await client.leads.get(ID)).id == ID
        assert spans.get_finished_spans() == ()
    assert server.connections == 1


@pytest.fixture(scope="module")
def events() -> Iterator[list[Any]]:
    """What Sentry would send; it patches httpx once in a process, so that is undone at the end."""
    sentry_sdk = pytest.importorskip("sentry_sdk", reason="the session interop installs it")
    from sentry_sdk import integrations
    from sentry_sdk.integrations.httpx import HttpxIntegration
    from sentry_sdk.transport import Transport

    sent: list[Any] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.extend(item.payload.json for item in envelope.items)

    with pytest.MonkeyPatch.context() as patch:
        for cls in (httpx.Client, httpx.AsyncClient):
            patch.setattr(cls, "send", cls.send)
        only = {"default_integrations": False, "auto_enabling_integrations": False}
        sentry_sdk.init(
            "https://key@sentry.example.com/1",
            transport=Kept,
            traces_sample_rate=1.0,
            trace_propagation_targets=[".*"],
            integrations=[HttpxIntegration()],
            **only,
        )
        yield sent
        sentry_sdk.init(**only)
        integrations._installed_integrations.discard("httpx")


async def test_sentry_traces_each_attempt(kind: str, make: Make, server: Any, events: list[Any]) -> None:
    """Its transaction has a span for each, an error has a breadcrumb for each, and the server gets the trace's id."""
    import sentry_sdk

    events.clear()
    async with make(base_url=server.url) as client:
        server.statuses = [503, 200, 404]
        with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(name="caller") as transaction:
            assert (await client.leads.get(ID)).id == ID
            with suppress(omni.NotFoundError):
                await client.leads.get(ID)
            sentry_sdk.capture_message("done")
    sentry_sdk.flush()

    message, traced = sorted(events, key=lambda event: "spans" in event)
    assert [span["data"]["http.response.status_code"] for span in traced["spans"]] == [503, 200, 404]
    assert [crumb["data"]["http.response.status_code"] for crumb in message["breadcrumbs"]["values"]] == [503, 200, 404]
    assert {headers["sentry-trace"].partition("-")[0] for _, headers in server.requests} == {transaction.trace_id}
    assert server.connections == 1
