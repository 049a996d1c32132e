"""What rich, structlog, Sentry and OpenTelemetry show of results, errors and clients.

The canaries are those of test_leaks.py. rich and structlog look into what they print, and into the locals of frames;
Sentry and OpenTelemetry patch httpx, so each has a process of its own: instrumented.py. What is allowed, and why:

- ``rich.inspect`` of a result or an error shows what its attributes say, since that is what it is asked for: but not
  the key and, of an error, not who was asked about;
- what instruments httpx itself sees each request as it is sent, so the URLs in its spans and breadcrumbs have ids and
  the links of files; docs/do.md says how to turn that off, and then nothing is left.
"""

import functools
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import rich.console
import rich.pretty
import rich.traceback
import structlog
from calls import BODIES, CALLS, KINDS, Call, client, close, done, run
from canaries import ANSWERED, ASKED, IDS, KEY, Search
from faults import FAULTS, fault_of
from server import Hostile

import omni

EVERYBODY = (KEY, *ASKED, *ANSWERED, *IDS)

WIDTH = 1000
FEW = [call for call in CALLS if call.name in {"getLead", "createLead", "uploadDocuments"}]
QUICK = ("cut by length", "403 with JSON", "gzip")
THOROUGH = tuple(fault.name for fault in FAULTS if fault.name not in {"50 MB", *QUICK})


async def _outcome(make: Callable[[], Any]) -> Any:
    try:
        return await done(make)
    except omni.OmniError as error:
        return error


def outcomes(
    hostile: Hostile, kind: str, name: str, act: Callable[[Any, Any], object], calls: Sequence[Call] = CALLS
) -> int:
    """Make calls under one fault, and act on the client and on each outcome; how many were errors."""

    async def make() -> int:
        errors = 0
        with hostile.port(fault.script, BODIES, at_once=fault.at_once) as port:
            the_client = client(kind, fault.url(port), timeout=fault.timeout, attempts=2)
            for call in calls:
                found = await _outcome(functools.partial(call.make, the_client))
                errors += isinstance(found, omni.OmniError)
                act(the_client, found)
            await close(kind, the_client)
        return errors

    fault = fault_of(name)
    return int(run(kind, make))


def printed(renderable: object) -> str:
    """What rich prints, in lines that are long enough for anything."""
    console = rich.console.Console(file=io.StringIO(), width=WIDTH)
    console.print(renderable)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def inspected(thing: object) -> str:
    """What ``rich.inspect`` prints."""
    console = rich.console.Console(file=io.StringIO(), width=WIDTH)
    rich.inspect(thing, console=console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def with_locals(error: BaseException) -> str:
    """A traceback by rich with the locals of every frame, to the end of each."""
    return printed(
        rich.traceback.Traceback.from_exception(
            type(error),
            error,
            error.__traceback__,
            show_locals=True,
            locals_max_length=None,  # type: ignore[arg-type]
            locals_max_string=None,  # type: ignore[arg-type]
        )
    )


DICTS = structlog.tracebacks.ExceptionDictTransformer(show_locals=True, locals_max_length=999, locals_max_string=9999)
LOGGERS = {
    "ConsoleRenderer": [
        structlog.dev.ConsoleRenderer(
            colors=False,
            exception_formatter=structlog.dev.RichTracebackFormatter(
                show_locals=True, width=WIDTH, locals_max_string=9999
            ),
        )
    ],
    "JSONRenderer": [structlog.processors.ExceptionRenderer(DICTS), structlog.processors.JSONRenderer()],
}


def logged(renderer: str, **values: Any) -> str:
    """The line of a log by structlog."""
    logger = structlog.wrap_logger(structlog.ReturnLogger(), processors=LOGGERS[renderer])
    return str(logger.error("it ended", **values))


def look_at_error(search: Search, error: omni.OmniError) -> None:
    """What rich and structlog tell of an error."""
    search.look("tracebacks by rich", with_locals(error), *EVERYBODY)
    search.look("pretty errors by rich", rich.pretty.pretty_repr(error), *EVERYBODY)
    search.look("inspected errors by rich", inspected(error), KEY, *ASKED)
    for renderer in LOGGERS:
        search.look(f"errors by {renderer}", logged(renderer, error=error, exc_info=error), *EVERYBODY)


def look_at_client(search: Search, the_client: Any) -> None:
    """What they tell of a client and what is reached by it."""
    for thing in (the_client, the_client.leads, the_client.documents, the_client.analytics, the_client.http):
        shown = (rich.pretty.pretty_repr(thing), inspected(thing), *(logged(each, it=thing) for each in LOGGERS))
        search.look("clients by rich and structlog", "\n".join(shown), *EVERYBODY)


def look_at_outcome(search: Search, the_client: Any, outcome: Any) -> None:
    """Whatever came of a call."""
    if isinstance(outcome, omni.OmniError):
        look_at_error(search, outcome)
        return
    search.look("inspected results by rich", inspected(outcome), KEY)
    for renderer in LOGGERS:
        search.look(f"results by {renderer}", logged(renderer, result=outcome), KEY, *ASKED, *ANSWERED)


TURNS = [(name, KINDS[place % 3]) for place, name in enumerate(THOROUGH)]
NAMES = [
    *itertools.product(QUICK, KINDS),
    *(pytest.param(name, kind, marks=pytest.mark.thorough) for name, kind in TURNS),
]


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("name", "kind"), NAMES)
def test_rich_and_structlog_tell_nothing(hostile: Hostile, name: str, kind: str) -> None:
    """Neither a traceback with locals, nor a value in a log line."""
    search = Search()
    outcomes(hostile, kind, name, functools.partial(look_at_outcome, search), FEW)

    assert search.found == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_tells_nothing(hostile: Hostile, kind: str) -> None:
    """Not even ``rich.inspect`` shows its key."""
    search = Search()
    outcomes(hostile, kind, "gzip", lambda the_client, outcome: look_at_client(search, the_client), FEW[:1])

    assert search.found == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_result_is_told_by_rich(hostile: Hostile, kind: str) -> None:
    """Rich prints a result as ``repr`` does, and looks at no field of it."""
    search, results = Search(), []

    def look(the_client: Any, outcome: Any) -> None:
        results.append(outcome)
        search.look("pretty results by rich", rich.pretty.pretty_repr(outcome), KEY, *ASKED, *ANSWERED)

    assert outcomes(hostile, kind, "gzip", look) == 0
    assert search.found == []
    assert len(results) == len(CALLS)


def told(tool: str, *faults: str, wary: bool = False, plant: str = "none") -> dict[str, Any]:
    """What a process with this tool tells."""
    words = [tool, "yes" if wary else "no", plant, *faults]
    command = [sys.executable, str(Path(__file__).with_name("instrumented.py")), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


TOOLS = ("sentry", "opentelemetry")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("faults", [QUICK, pytest.param(THOROUGH, marks=pytest.mark.thorough)], ids=["quick", "all"])
def test_trackers_and_tracers_learn_nothing_but_addresses(tool: str, faults: tuple[str, ...]) -> None:
    """And these only by what instruments httpx; an error's title is its own text."""
    found = told(tool, *faults)

    assert found["found"] == []
    assert found["errors"] > len(CALLS)
    assert any(kind.endswith("of httpx") for kind in found["looked"])
    assert tool != "sentry" or found["looked"]["titles in Sentry"] == found["errors"]


@pytest.mark.parametrize("tool", TOOLS)
def test_trackers_and_tracers_need_not_learn_addresses(tool: str) -> None:
    """What docs/do.md says keeps them out."""
    found = told(tool, "403 with JSON", wary=True)

    assert found["found"] == []
    assert [kind for kind in found["looked"] if kind.endswith("of httpx")] == []
    assert found["errors"] > len(CALLS)


# What is put there is found.


PLANTS = [
    ("sentry", "frames", "Sentry's events"),
    pytest.param("sentry", "words", "Sentry's events", marks=pytest.mark.thorough),
    ("sentry", "message", "another title in Sentry"),
    ("opentelemetry", "words", "OpenTelemetry"),
]


@pytest.mark.parametrize(("tool", "plant", "where"), PLANTS)
def test_a_leak_to_a_tracker_or_tracer_is_found(tool: str, plant: str, where: str) -> None:
    """In frames, in an error's text, and in an attribute that is read in its place."""
    assert any(where in each for each in told(tool, "403 with JSON", plant=plant)["found"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_leak_by_rich_or_structlog_is_found(hostile: Hostile, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """In the frames of an error, and in what an error, a result or a client says of itself."""
    search, few = Search(), FEW[:1]
    with monkeypatch.context() as patch:
        patch.setattr("omni._traceback_scrubbing._clear", lambda error, is_ours: None)
        outcomes(hostile, kind, "cut by length", functools.partial(look_at_outcome, search), few)
    frames = {each.partition(" in ")[2].partition(":")[0] for each in search.found}
    for kind_of in (omni.OmniError, omni.Lead.__mro__[1], omni.Client, omni.AsyncClient):
        monkeypatch.setattr(kind_of, "__repr__", lambda self: f"{KEY} {ANSWERED[0]}")
        monkeypatch.setattr(kind_of, "planted", KEY, raising=False)
    search = Search()
    outcomes(hostile, kind, "cut by length", functools.partial(look_at_outcome, search), few)
    outcomes(hostile, kind, "gzip", functools.partial(look_at_outcome, search), few)
    outcomes(hostile, kind, "gzip", lambda the_client, outcome: look_at_client(search, the_client), few)
    words = {each.partition(" in ")[2].partition(":")[0] for each in search.found}

    assert frames >= {"tracebacks by rich", "errors by ConsoleRenderer", "errors by JSONRenderer"}
    assert words >= {f"{what} by {renderer}" for what in ("errors", "results") for renderer in LOGGERS}
    assert words >= {"pretty errors by rich", "inspected errors by rich", "inspected results by rich"}
    assert "clients by rich and structlog" in words
