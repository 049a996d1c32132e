"""Make calls in a program with an error tracker or a tracer, and print as JSON what these know and should not.

    python instrumented.py TOOL WARY PLANT FAULT...

A process of its own, since both patch httpx for all that is in theirs. ``sentry`` is its SDK with all that it turns on
by itself, a transport that keeps what would be sent, and every span; ``opentelemetry`` its SDK with an exporter in
memory and its instrumentation of httpx. ``WARY`` (yes or no) does what docs/do.md says to keep addresses out of them.
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
from calls import BODIES, CALLS, CONTENT, KINDS, LINK, Call, client, close, run, saved
from canaries import ANSWERED, ASKED, IDS, KEY, Search
from faults import fault_of
from server import Hostile

import omni
from omni import _traceback_scrubbing
from omni._transport import retry

EVERYBODY = (KEY, *ASKED, *ANSWERED, *IDS)
ADDRESSES = {*IDS, ANSWERED[1], ANSWERED[4]}
"""What is in the URLs of our requests: ids, and what a file's link is made of.

A tool that instruments httpx itself is below us and gets each request as it is sent, so it learns its whole URL.
"""

Job = Callable[[], AbstractContextManager[object]]
"""What the program's own code does around a call; an error goes out through it."""


def sentry(search: Search, wary: bool) -> tuple[Job, Callable[[], None]]:
    """What surrounds a call, and what looks at all that was told."""
    import sentry_sdk
    from sentry_sdk.integrations.httpx import HttpxIntegration
    from sentry_sdk.transport import Transport

    class ManifestEntry(Transport):
        told: list[tuple[str, dict[str, Any]]] = []

        def capture_envelope(self, envelope: Any) -> None:
            self.told.extend((item.type, json.loads(item.payload.get_bytes())) for item in envelope.items)

    sentry_sdk.init(
        "http://key@127.0.0.1/1",
        transport=ManifestEntry,
        include_local_variables=True,
        send_default_pii=False,
        traces_sample_rate=1.0,
        disabled_integrations=[HttpxIntegration()] if wary else [],
    )

    @contextlib.contextmanager
    def job() -> Iterator[None]:
        with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(name="job"):
            try:
                yield
            except omni.OmniError as error:
                sentry_sdk.capture_exception(error)
                _check_title(search, ManifestEntry.told[-1][1], str(error))
                logging.getLogger("application").error("a job failed: %s", error)
                raise

    def look() -> None:
        for kind, item in ManifestEntry.told:
            crumbs, spans = item.pop("breadcrumbs", {}).get("values", []), item.pop("spans", [])
            for each in (*crumbs, *spans):
                is_of_httpx = each.get("category") == "httplib" or each.get("op") == "http.client"
                _look(search, "Sentry", json.dumps(each), is_of_httpx)
            _look(search, f"Sentry's {kind}s", json.dumps(item), is_of_httpx=False)

    return job, look


def _check_title(search: Search, event: dict[str, Any], words: str) -> None:
    title = event["exception"]["values"][-1]["value"]
    search.looked["titles in Sentry"] += 1
    if not title.startswith(words):
        search.found.append(f"another title in Sentry: {title!r} for {words!r}")


def opentelemetry(search: Search, wary: bool) -> tuple[Job, Callable[[], None]]:
    """The same."""
    if wary:
        os.environ["OTEL_PYTHON_HTTPX_EXCLUDED_URLS"] = ".*"
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.trace import SpanKind

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    tracer = provider.get_tracer("application")

    def look() -> None:
        for span in exporter.get_finished_spans():
            _look(search, "OpenTelemetry", span.to_json(), span.kind is SpanKind.CLIENT)

    return functools.partial(tracer.start_as_current_span, "job"), look


def _look(search: Search, tool: str, output: str, is_of_httpx: bool) -> None:
    kind = f"{tool} of httpx" if is_of_httpx else tool
    search.look(kind, output, *(each for each in EVERYBODY if not (is_of_httpx and each in ADDRESSES)))


async def _fails(kind: str, make: Callable[[], Any], job: Job) -> bool:
    """Whether a call fails; no frame of the caller's holds anything of it."""
    try:
        with job():
            await (anyio.to_thread.run_sync(make) if kind == "Client" else make())
    except omni.OmniError:
        return True
    return False


async def _all(kind: str, the_client: Any, calls: list[Call], job: Job) -> int:
    """Make all calls at once; how many ended in an error."""
    failed: list[bool] = []

    async def one(make: Callable[[], Any]) -> None:
        failed.append(await _fails(kind, make, job))

    async with anyio.create_task_group() as group:
        for call in calls:
            group.start_soon(one, functools.partial(call.make, the_client))
    await close(kind, the_client)
    return sum(failed)


def main(tool: str, wary: str, plant: str, *faults: str) -> None:
    """Make every call and a download under each fault: by every kind of client, or if these are many by one in turn."""
    retry.BACKOFF_FIRST = 0.001
    logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
    search, hostile, errors = Search(), Hostile(), 0
    job, look = {"sentry": sentry, "opentelemetry": opentelemetry}[tool](search, wary == "yes")
    if plant == "words":
        omni.OmniError.__str__ = lambda self: f"{self.args[0]} {ANSWERED[0]}"  # type: ignore[method-assign]
    elif plant == "message":
        omni.APIStatusError.message = omni.APIStatusError.server_message  # type: ignore[attr-defined]
    elif plant == "frames":
        _traceback_scrubbing._clear = lambda error, is_ours: None
    with tempfile.TemporaryDirectory() as folder:
        for place, fault in enumerate(map(fault_of, faults)):
            for kind in KINDS if len(faults) <= len(KINDS) else (KINDS[place % len(KINDS)],):
                bodies = BODIES | {("GET", LINK): CONTENT.encode() * 100}
                with hostile.port(fault.script, bodies, at_once=fault.at_once) as port:
                    calls = [*CALLS, saved(fault.url(port), Path(folder))]
                    the_client = client(kind, fault.url(port), timeout=fault.timeout, attempts=2)
                    errors += run(kind, _all, kind, the_client, calls, job)
    look()
    hostile.close()
    json.dump({"looked": search.looked, "found": search.found, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
