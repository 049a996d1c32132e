"""Make calls in a program with an error tracker or a tracer, and print as JSON the leaks in what it recorded.

    python instrumented.py TOOL HIDES_URLS PLANT FAULT...

This is a process of its own, since both tools patch httpx for the whole process. ``sentry`` is its SDK with everything
that it turns on by itself, a transport that keeps what would be sent, and every span; ``opentelemetry`` is its SDK with
an exporter in memory and its instrumentation of httpx. ``HIDES_URLS`` (yes or no) applies what docs/observe.md
recommends to keep URLs out of them. ``PLANT`` names a leak to put in: none, message, attribute or frames.
"""

import contextlib
import functools
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import anyio
from calls import BODIES, CALLS, CONTENT, KINDS, LINK, Call, close, download_call, make_client, run
from canaries import ALL_CANARIES, IDS, RESPONSE_PERSON, SIGNATURE, LeakSearch
from faults import Fault, get_fault, shorten_backoff
from server import HostileServer

import omni
from omni import _traceback_scrubbing

URL_CANARIES = {*IDS, RESPONSE_PERSON.last_name, SIGNATURE}
"""What the URLs of requests contain: ids, and the parts of a file's link.

A tool that instruments httpx itself sees each request as it is sent, so it records the whole URL.
"""

Job = Callable[[], AbstractContextManager[object]]
"""What the program's own code does around a call; an error leaves through it."""

Tool = tuple[Job, Callable[[], None]]
"""What surrounds a call, and what searches everything that was recorded."""


def sentry(search: LeakSearch, hides_urls: bool) -> Tool:
    """Set up Sentry."""
    import sentry_sdk
    from sentry_sdk.integrations.httpx import HttpxIntegration
    from sentry_sdk.transport import Transport

    class MemoryTransport(Transport):
        items: list[tuple[str, dict[str, Any]]] = []

        def capture_envelope(self, envelope: Any) -> None:
            self.items.extend((item.type, json.loads(item.payload.get_bytes())) for item in envelope.items)

    sentry_sdk.init(
        "http://key@127.0.0.1/1",
        transport=MemoryTransport,
        include_local_variables=True,
        send_default_pii=False,
        traces_sample_rate=1.0,
        disabled_integrations=[HttpxIntegration()] if hides_urls else [],
    )

    @contextlib.contextmanager
    def job() -> Iterator[None]:
        with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(name="job"):
            try:
                yield
            except omni.OmniError as error:
                sentry_sdk.capture_exception(error)
                _check_title(search, MemoryTransport.items[-1][1], str(error))
                logging.getLogger("application").error("a job failed: %s", error)
                raise

    def search_items() -> None:
        for kind, item in MemoryTransport.items:
            crumbs, spans = item.pop("breadcrumbs", {}).get("values", []), item.pop("spans", [])
            for entry in (*crumbs, *spans):
                is_of_httpx = entry.get("category") == "httplib" or entry.get("op") == "http.client"
                _search_entry(search, "Sentry", json.dumps(entry), is_of_httpx)
            _search_entry(search, f"Sentry {kind}", json.dumps(item), is_of_httpx=False)

    return job, search_items


def _check_title(search: LeakSearch, event: dict[str, Any], message: str) -> None:
    """Report a leak if the title of an event is not the error's own text."""
    title = event["exception"]["values"][-1]["value"]
    search.searched["Sentry titles"] += 1
    if not title.startswith(message):
        search.leaks.append(f"Sentry title {title!r} instead of {message!r}")


def opentelemetry(search: LeakSearch, hides_urls: bool) -> Tool:
    """Set up OpenTelemetry."""
    if hides_urls:
        os.environ["OTEL_PYTHON_HTTPX_EXCLUDED_URLS"] = ".*"
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.trace import set_tracer_provider

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument()
    tracer = provider.get_tracer("application")

    def search_spans() -> None:
        scopes = set()
        for span in exporter.get_finished_spans():
            scope = span.instrumentation_scope.name if span.instrumentation_scope else ""
            _search_entry(search, "OpenTelemetry", span.to_json(), scope.startswith("opentelemetry."))
            scopes.add(scope)
        assert "omni" in scopes, "the spans of calls are not searched"

    return functools.partial(tracer.start_as_current_span, "job"), search_spans


def _search_entry(search: LeakSearch, tool: str, output: str, is_of_httpx: bool) -> None:
    """Search what a tool recorded; its entries about httpx may have URLs."""
    allowed = URL_CANARIES if is_of_httpx else set()
    search.search(f"{tool} of httpx" if is_of_httpx else tool, output, *(set(ALL_CANARIES) - allowed))


async def _fails(kind: str, make: Callable[[], Any], job: Job) -> bool:
    """Return whether a call fails; no frame of the caller holds any of its data."""
    try:
        with job():
            await (anyio.to_thread.run_sync(make) if kind == "Client" else make())
    except omni.OmniError:
        return True
    return False


async def _count_errors(kind: str, client: Any, calls: list[Call], job: Job) -> int:
    """Make all calls at once, and return how many ended in an error."""
    failures: list[bool] = []

    async def make_call(make: Callable[[], Any]) -> None:
        failures.append(await _fails(kind, make, job))

    async with anyio.create_task_group() as group:
        for call in calls:
            group.start_soon(make_call, functools.partial(call.make, client))
    await close(kind, client)
    return sum(failures)


def _plant_leak(plant: str) -> None:
    """Put in a leak that the search must find."""
    if plant == "message":
        omni.OmniError.__str__ = lambda self: f"{self.args[0]} {RESPONSE_PERSON.first_name}"  # type: ignore[method-assign]
    elif plant == "attribute":  # Sentry reads `message` in place of an error's text
        omni.APIStatusError.message = omni.APIStatusError.server_message  # type: ignore[attr-defined]
    elif plant == "frames":
        _traceback_scrubbing._clear = lambda error, is_ours: None


def _run_fault(server: HostileServer, fault: Fault, kind: str, job: Job, folder: Path) -> int:
    """Make every call and a download under one fault; return the number of errors."""
    bodies = BODIES | {("GET", LINK): CONTENT.encode() * 100}
    with server.port(fault.script, bodies, on_connect=fault.on_connect) as port:
        calls = [*CALLS, download_call(fault.url(port), folder)]
        client = make_client(kind, fault.url(port), timeout=fault.timeout, attempts=2)
        errors: int = run(kind, _count_errors, kind, client, calls, job)
    return errors


def main(tool: str, hides_urls: str, plant: str, *fault_names: str) -> None:
    """Make every call under each fault: by every kind of client or, if the faults are many, by the kinds in turn."""
    shorten_backoff()
    logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
    search, server, errors = LeakSearch(), HostileServer(), 0
    set_up = {"sentry": sentry, "opentelemetry": opentelemetry}[tool]
    job, search_records = set_up(search, hides_urls == "yes")
    _plant_leak(plant)
    with tempfile.TemporaryDirectory() as folder:
        for index, fault in enumerate(map(get_fault, fault_names)):
            for kind in KINDS if len(fault_names) <= len(KINDS) else (KINDS[index % len(KINDS)],):
                errors += _run_fault(server, fault, kind, job, Path(folder))
    search_records()
    server.close()
    json.dump({"searched": search.searched, "leaks": search.leaks, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
