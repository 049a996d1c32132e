"""Each call has one span of OpenTelemetry, and every request its path template, without anything personal."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import omni

pytestmark = pytest.mark.anyio

ID = "11111111-1111-4111-8111-111111111102"
TEMPLATE = "/api/v1/leads/{leadId}"

Spans = Callable[[], tuple[ReadableSpan, ...]]


@pytest.fixture
def provider() -> TracerProvider:
    """A provider of tracers."""
    return TracerProvider()


@pytest.fixture
def spans(provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> Spans:
    """What was traced, for a program whose provider this is."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter.get_finished_spans


async def test_call_has_one_span_with_an_event_for_each_attempt(
    make: Callable[..., Any], spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has method, template and server, and the status of the last attempt."""
    monkeypatch.setattr("omni._transport.retry.BACKOFF_FIRST", 0.001)
    responses = iter([httpx.Response(503), httpx.Response(200, json={"lead": {"id": ID}})])

    async with make(transport=httpx.MockTransport(lambda _: next(responses))) as client:
        await client.leads.get(ID)

    (span,) = spans()
    assert span.name == f"GET {TEMPLATE}"
    assert span.kind is trace.SpanKind.CLIENT
    assert span.status.status_code is trace.StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": TEMPLATE,
        "server.address": "api-v2.getomni.ai",
        "server.port": 443,
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
    }
    attempts = [dict(each.attributes or {}) for each in span.events]
    assert [each.pop("seconds") > 0 for each in attempts] == [True, True]
    assert attempts == [
        {"attempt": 1, "http.response.status_code": 503},
        {"attempt": 2, "http.response.status_code": 200},
    ]


@pytest.mark.parametrize(
    ("failure", "error_type"), [(httpx.Response(404), "404"), (httpx.ReadError("canary"), "ReadError")]
)
async def test_failed_call_has_an_error_status(
    make: Callable[..., Any], spans: Spans, failure: Any, error_type: str
) -> None:
    """By status or class of the error, whose text may quote the server."""

    def fail(request: httpx.Request) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure.status_code, text="canary")

    async with make(transport=httpx.MockTransport(fail), attempts=1) as client:
        with pytest.raises(omni.OmniError):
            await client.leads.get(ID)

    (span,) = spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == error_type
    assert "canary" not in span.to_json()
    assert ID not in span.to_json()


async def test_span_is_the_parent_of_the_attempts_and_a_child_of_the_program(
    make: Callable[..., Any], spans: Spans, provider: TracerProvider, sandbox: Any
) -> None:
    """Beside the instrumentation of httpx, and without it the same."""
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        async with make(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
            with provider.get_tracer("program").start_as_current_span("job"):
                await client.leads.get(ID)
    finally:
        instrumentor.uninstrument()

    attempt, call, job = spans()
    assert [attempt.name, call.name, job.name] == ["GET", f"GET {TEMPLATE}", "job"]
    assert attempt.parent is not None
    assert attempt.parent.span_id == call.get_span_context().span_id
    assert call.parent is not None
    assert call.parent.span_id == job.get_span_context().span_id


async def test_requests_carry_their_template(make: Callable[..., Any]) -> None:
    """For hooks, metrics and transports of others, which would need the URL otherwise."""
    seen: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["omni.path_template"])
        return httpx.Response(200, json={"lead": {"id": ID}})

    async with make(transport=httpx.MockTransport(respond)) as client:
        await client.leads.get(ID)
        await client.http.get("/api/v9/leads/7")

    assert seen == [TEMPLATE, "/api/…"]
