"""What rich, structlog, Sentry and OpenTelemetry show of results, errors and clients.

The canaries are those of test_leaks.py. rich and structlog look into the objects that they print, and into the locals
of frames; Sentry and OpenTelemetry patch httpx, so each runs in its own process: instrumented.py. What is allowed:

- ``rich.inspect`` of a result or an error shows its attributes, since that is what it is for: but not the key and, of
  an error, not the person of the request;
- what instruments httpx itself sees each request as it is sent, so the URLs in its spans and breadcrumbs have ids and
  the links of files; docs/do.md says how to turn that off, and then nothing is left.
"""

import functools
import io
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import rich.console
import rich.highlighter
import rich.pretty
import rich.traceback
import structlog
from calls import BODIES, CALLS, KINDS, Call, await_result, close, make_client, run
from canaries import ALL_CANARIES, KEY, REQUEST_PERSON, RESPONSE_PERSON, SIGNATURE, LeakSearch
from faults import FAULTS, get_fault
from server import HostileServer

import omni

WIDTH = 1000
THREE_CALLS = [call for call in CALLS if call.name in {"getLead", "createLead", "uploadDocuments"}]
QUICK_FAULTS = ("cut by length", "403 with JSON", "gzip")
# Each status with JSON, and the other bodies, which take the same way for each status, with one of them.
OTHER_BODIES = re.compile(r"(?!500)[45]\d\d with (HTML|nothing|binary)")
THOROUGH_FAULTS = tuple(
    fault.name
    for fault in FAULTS
    if fault.name not in {"50 MB", *QUICK_FAULTS} and not OTHER_BODIES.fullmatch(fault.name)
)


async def _result_or_error(make: Callable[[], Any]) -> Any:
    try:
        return await await_result(make)
    except omni.OmniError as error:
        return error


def make_calls(
    server: HostileServer,
    kind: str,
    fault_name: str,
    inspect: Callable[[Any, Any], object],
    calls: Sequence[Call] = CALLS,
) -> int:
    """Make calls under one fault and inspect the client and each outcome; return the number of errors."""

    async def main() -> int:
        errors = 0
        with server.port(fault.script, BODIES, on_connect=fault.on_connect) as port:
            client = make_client(kind, fault.url(port), timeout=fault.timeout, attempts=2)
            for call in calls:
                outcome = await _result_or_error(functools.partial(call.make, client))
                errors += isinstance(outcome, omni.OmniError)
                inspect(client, outcome)
            await close(kind, client)
        return errors

    fault = get_fault(fault_name)
    return int(run(kind, main))


def _console() -> rich.console.Console:
    """A console in memory, whose lines are long enough for anything."""
    return rich.console.Console(file=io.StringIO(), width=WIDTH)


def print_with_rich(renderable: object) -> str:
    """Return what rich prints."""
    console = _console()
    console.print(renderable)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def inspect_with_rich(value: object) -> str:
    """Return what ``rich.inspect`` prints."""
    console = _console()
    rich.inspect(value, console=console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def format_traceback(error: BaseException) -> str:
    """Return a traceback by rich with the untruncated locals of every frame."""
    return print_with_rich(
        rich.traceback.Traceback.from_exception(
            type(error),
            error,
            error.__traceback__,
            show_locals=True,
            locals_max_length=None,  # type: ignore[arg-type]
            locals_max_string=None,  # type: ignore[arg-type]
        )
    )


EXCEPTION_DICTS = structlog.tracebacks.ExceptionDictTransformer(
    show_locals=True, locals_max_length=999, locals_max_string=9999
)
RENDERERS = {
    "ConsoleRenderer": [
        structlog.dev.ConsoleRenderer(
            colors=False,
            exception_formatter=structlog.dev.RichTracebackFormatter(
                show_locals=True, width=WIDTH, locals_max_string=9999
            ),
        )
    ],
    "JSONRenderer": [structlog.processors.ExceptionRenderer(EXCEPTION_DICTS), structlog.processors.JSONRenderer()],
}


def format_log_line(renderer: str, **values: Any) -> str:
    """Return a log line by structlog."""
    logger = structlog.wrap_logger(structlog.ReturnLogger(), processors=RENDERERS[renderer])
    return str(logger.error("it ended", **values))


def search_error(search: LeakSearch, error: omni.OmniError) -> None:
    """Search what rich and structlog show of an error."""
    search.search("tracebacks by rich", format_traceback(error), *ALL_CANARIES)
    search.search("pretty errors by rich", rich.pretty.pretty_repr(error), *ALL_CANARIES)
    search.search("inspected errors by rich", inspect_with_rich(error), KEY, *REQUEST_PERSON)
    for renderer in RENDERERS:
        line = format_log_line(renderer, error=error, exc_info=error)
        search.search(f"errors by {renderer}", line, *ALL_CANARIES)


def search_client(search: LeakSearch, client: Any) -> None:
    """Search what they show of a client and its resources."""
    for part in (client, client.leads, client.documents, client.analytics, client.http):
        lines = [format_log_line(renderer, it=part) for renderer in RENDERERS]
        texts = [rich.pretty.pretty_repr(part), inspect_with_rich(part), *lines]
        search.search("clients by rich and structlog", "\n".join(texts), *ALL_CANARIES)


def search_outcome(search: LeakSearch, client: Any, outcome: Any) -> None:
    """Search what they show of a result or an error."""
    if isinstance(outcome, omni.OmniError):
        search_error(search, outcome)
        return
    search.search("inspected results by rich", inspect_with_rich(outcome), KEY)
    for renderer in RENDERERS:
        line = format_log_line(renderer, result=outcome)
        search.search(f"results by {renderer}", line, KEY, *REQUEST_PERSON, *RESPONSE_PERSON, SIGNATURE)


FAULTS_AND_KINDS = [
    *itertools.product(QUICK_FAULTS, KINDS),
    *(
        pytest.param(fault_name, KINDS[index % 3], marks=pytest.mark.thorough)
        for index, fault_name in enumerate(THOROUGH_FAULTS)
    ),
]


@pytest.fixture(autouse=True)
def _no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours take most of the time of rich, and add no text."""
    monkeypatch.setattr(rich.traceback.Traceback, "_guess_lexer", lambda *_: "text")
    monkeypatch.setattr(rich.highlighter.RegexHighlighter, "highlight", lambda *_: None)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("fault_name", "kind"), FAULTS_AND_KINDS)
def test_rich_and_structlog_show_no_personal_data(server: HostileServer, fault_name: str, kind: str) -> None:
    """Neither a traceback with locals nor a value in a log line leaks."""
    search = LeakSearch()
    make_calls(server, kind, fault_name, functools.partial(search_outcome, search), THREE_CALLS)

    assert search.leaks == []


@pytest.mark.parametrize("kind", KINDS)
def test_rich_and_structlog_show_no_key(server: HostileServer, kind: str) -> None:
    """Not even ``rich.inspect`` of a client shows its key."""
    search = LeakSearch()
    make_calls(server, kind, "gzip", lambda client, outcome: search_client(search, client), THREE_CALLS[:1])

    assert search.leaks == []


@pytest.mark.parametrize("kind", KINDS)
def test_rich_prints_results_as_repr_does(server: HostileServer, kind: str) -> None:
    """A pretty-printed result shows none of its fields."""
    search, results = LeakSearch(), []

    def search_pretty(client: Any, outcome: Any) -> None:
        results.append(outcome)
        text = rich.pretty.pretty_repr(outcome)
        search.search("pretty results by rich", text, KEY, *REQUEST_PERSON, *RESPONSE_PERSON, SIGNATURE)

    assert make_calls(server, kind, "gzip", search_pretty) == 0
    assert search.leaks == []
    assert len(results) == len(CALLS)


def run_instrumented(tool: str, *faults: str, hides_urls: bool = False, plant: str = "none") -> dict[str, Any]:
    """Run instrumented.py with a tool, and return what it prints."""
    arguments = [tool, "yes" if hides_urls else "no", plant, *faults]
    command = [sys.executable, str(Path(__file__).with_name("instrumented.py")), *arguments]
    process = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert process.returncode == 0, process.stderr
    return dict(json.loads(process.stdout))


TOOLS = ("sentry", "opentelemetry")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "faults", [QUICK_FAULTS, pytest.param(THOROUGH_FAULTS, marks=pytest.mark.thorough)], ids=["quick", "all"]
)
def test_trackers_and_tracers_record_no_personal_data_but_urls(tool: str, faults: tuple[str, ...]) -> None:
    """Only what instruments httpx records URLs, and Sentry's title of an error is the error's own text."""
    report = run_instrumented(tool, *faults)

    assert report["leaks"] == []
    assert report["errors"] > len(CALLS)
    assert any(kind.endswith("of httpx") for kind in report["searched"])
    assert tool != "sentry" or report["searched"]["Sentry titles"] == report["errors"]


@pytest.mark.parametrize("tool", TOOLS)
def test_trackers_and_tracers_record_no_urls_when_set_up_so(tool: str) -> None:
    """What docs/observe.md recommends keeps URLs out of both tools."""
    report = run_instrumented(tool, "403 with JSON", hides_urls=True)

    assert report["leaks"] == []
    assert [kind for kind in report["searched"] if kind.endswith("of httpx")] == []
    assert report["errors"] > len(CALLS)


# A leak that is put there on purpose is found.


PLANTED_LEAKS = [
    ("sentry", "frames", "Sentry event"),
    pytest.param("sentry", "message", "Sentry event", marks=pytest.mark.thorough),
    ("sentry", "attribute", "Sentry title"),
    ("opentelemetry", "message", "OpenTelemetry"),
]


@pytest.mark.parametrize(("tool", "plant", "output"), PLANTED_LEAKS)
def test_search_finds_planted_leak_to_tool(tool: str, plant: str, output: str) -> None:
    """A leak is found in frames, in an error's text, and in an attribute that is read in place of the text."""
    leaks = run_instrumented(tool, "403 with JSON", plant=plant)["leaks"]

    assert any(output in leak for leak in leaks)


def leaking_outputs(search: LeakSearch) -> set[str]:
    """The kinds of output that leaked."""
    return {leak.partition(" in ")[2].partition(":")[0] for leak in search.leaks}


@pytest.mark.parametrize("kind", KINDS)
def test_search_finds_planted_frames_in_rich_and_structlog(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A leak in the frames of an error is found."""
    search = LeakSearch()
    monkeypatch.setattr("omni._traceback_scrubbing._clear", lambda error, is_ours: None)
    make_calls(server, kind, "cut by length", functools.partial(search_outcome, search), THREE_CALLS[:1])

    assert leaking_outputs(search) >= {"tracebacks by rich", "errors by ConsoleRenderer", "errors by JSONRenderer"}


@pytest.mark.parametrize("kind", KINDS)
def test_search_finds_planted_texts_in_rich_and_structlog(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A leak in the ``repr`` or an attribute of an error, a result or a client is found."""
    for owner in (omni.OmniError, omni.Lead.__mro__[1], omni.Client, omni.AsyncClient):
        monkeypatch.setattr(owner, "__repr__", lambda self: f"{KEY} {RESPONSE_PERSON.first_name}")
        monkeypatch.setattr(owner, "planted", KEY, raising=False)
    search, first = LeakSearch(), THREE_CALLS[:1]
    make_calls(server, kind, "cut by length", functools.partial(search_outcome, search), first)
    make_calls(server, kind, "gzip", functools.partial(search_outcome, search), first)
    make_calls(server, kind, "gzip", lambda client, outcome: search_client(search, client), first)
    outputs = leaking_outputs(search)

    assert outputs >= {f"{what} by {renderer}" for what in ("errors", "results") for renderer in RENDERERS}
    assert outputs >= {"pretty errors by rich", "inspected errors by rich", "inspected results by rich"}
    assert "clients by rich and structlog" in outputs
