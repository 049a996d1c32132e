"""Nobody learns from an output of ours what it should not hold.

    python tests/faults/test_leaks.py          print how many outputs were searched, and how many leaks were found

A key and two persons go through every operation, in success and under every fault, and every output is searched:

- log lines, of ours and of httpx and httpcore at DEBUG: nothing is allowed;
- ``str`` and ``repr`` of errors, and what the command line says of them: nothing;
- ``repr`` of results: ids, which they are told apart by;
- tracebacks with the locals of all frames but the caller's, also those of errors that led to it: nothing;
- pickles of errors: who was in the answer, since ``content`` and ``headers`` keep what the server wrote, and the names
  of the files of an upload, since its ``results`` tell what became of each;
- pickles of results: everything but the key;
- cassettes: nothing.
"""

import base64
import contextlib
import itertools
import logging
import pickle
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import vcr
from calls import BODIES, CALLS, CONTENT, KINDS, LINK, SUBJECT, Call, client, close, made, run, saved
from canaries import ANSWERED, ASKED, IDS, KEY, LEAD_ID, Search, frames, seen
from click.testing import CliRunner
from faults import FAULTS, Fault, fault_of
from operation_calls import OPERATION_CALLS
from server import Hostile, refused

import omni
from omni.cli._connection import Failure
from omni.cli._main import omni_command

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from sanitiser import clean_request, clean_response

EVERYBODY = (KEY, *ASKED, *ANSWERED, *IDS)


class Log(logging.Handler):
    """All log lines of all libraries, with their tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that is logged at DEBUG and above."""
    root, handler = logging.getLogger(), Log()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def look_at_words(search: Search, error: omni.OmniError) -> None:
    """What it says of itself, and what the command line says of it."""
    words = f"{error!s} {error!r} {Failure.of(error).format_message()} {getattr(error, '__notes__', '')}"
    search.look("words of errors", words, *EVERYBODY)


def look_at_error(search: Search, error: omni.OmniError) -> None:
    """What its words, its frames and its pickle tell."""
    look_at_words(search, error)
    for text in frames(error):
        search.look("frames of errors", text, *EVERYBODY)
    names = {each.filename.removesuffix(".pdf") for each in getattr(error, "results", ())}
    search.look("pickles of errors", pickle.dumps(error), *{KEY, *ASKED} - names)


def look_at_result(search: Search, result: Any) -> None:
    """What its ``repr`` and its pickle tell."""
    search.look("repr of results", repr(result), KEY, *ASKED, *ANSWERED)
    search.look("pickles of results", pickle.dumps(result), KEY)


def look_at_log(search: Search, log: Log) -> None:
    """What any library wrote into any log."""
    for line in log.lines:
        search.look("lines of logs", line, *EVERYBODY)


async def _all(kind: str, the_client: Any, search: Search) -> int:
    """Make all calls at once, and look at what comes of them; how many ended in an error."""
    errors: list[omni.OmniError] = []

    async def one(call: Call) -> None:
        try:
            look_at_result(search, await made(kind, call, the_client))
        except omni.OmniError as error:
            errors.append(error)
            look_at_error(search, error)

    async with anyio.create_task_group() as group:
        for call in CALLS:
            group.start_soon(one, call)
    await close(kind, the_client)
    return len(errors)


def meet(hostile: Hostile, search: Search, fault: Fault, kind: str) -> int:
    """All calls under one fault, by one kind of client."""
    with hostile.port(fault.script, BODIES, at_once=fault.at_once) as port:
        errors: int = run(kind, _all, kind, client(kind, fault.url(port), timeout=fault.timeout), search)
    return errors


TURNS = [(fault, KINDS[place % 3]) for place, fault in enumerate(FAULTS) if fault.name != "50 MB"]


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("fault", "kind"), TURNS, ids=[fault.name for fault, _ in TURNS])
def test_no_fault_leaks(hostile: Hostile, log: Log, fault: Fault, kind: str) -> None:
    """Each fault by one kind of client, in turn; the good answers are among the faults."""
    search = Search()
    errors = meet(hostile, search, fault, kind)
    look_at_log(search, log)

    assert search.found == []
    assert sum(line.startswith("omni INFO") for line in log.lines) >= len(CALLS)
    assert errors == len(CALLS) or None in (fault.read, fault.write, fault.lists, fault.unbounded)


# What is not an operation of its own: a file from its link, a body that is streamed, a call that cannot be sent.


def streamed(url: str, folder: Path) -> Call:
    """A raw call whose body is read bit by bit."""

    def blocking(the_client: Any) -> None:
        with the_client.http.stream("GET", url + LINK) as response:
            response.read()

    async def awaited(the_client: Any) -> None:
        async with the_client.http.stream("GET", url + LINK) as response:
            await response.aread()

    return Call("stream", "GET", LINK, lambda c: (blocking if isinstance(c, omni.Client) else awaited)(c), None)


def unsent(url: str, folder: Path) -> Call:
    """A call with a text that is none."""
    return Call("unsent", "POST", "", lambda c: c.leads.create(first_name="\ud800", email=ASKED[2]), None)


OTHERS = (
    (saved, "refused", 5),
    (saved, "cut by length", 5),
    (saved, "silence within the body", 0.1),
    (saved, "403 with JSON", 5),
    (saved, "404 with HTML", 5),
    (streamed, "cut by length", 5),
    (streamed, "silence within the body", 0.1),
    (streamed, "broken gzip", 5),
    (unsent, "refused", 5),
)


async def _other(kind: str, the_client: Any, call: Call, search: Search) -> None:
    with pytest.raises(omni.OmniError) as caught:
        await made(kind, call, the_client)
    await close(kind, the_client)
    look_at_words(search, caught.value)
    search.look("pickles of errors", pickle.dumps(caught.value), KEY, *ASKED, ANSWERED[4])
    for text in frames(caught.value):
        search.look("frames of errors", text, *EVERYBODY)


def meet_other(
    hostile: Hostile, search: Search, make: Callable[..., Call], name: str, timeout: float, kind: str, folder: Path
) -> None:
    """One of these calls under one fault; the API itself cannot be reached."""
    fault = fault_of(name)
    with hostile.port(fault.script, {("GET", LINK): CONTENT.encode() * 100}) as port:
        call = make(fault.url(port), folder)
        run(kind, _other, kind, client(kind, refused(), timeout=timeout, attempts=2), call, search)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("make", "name", "timeout"), OTHERS, ids=lambda each: getattr(each, "__name__", None))
def test_no_other_call_leaks(
    hostile: Hostile, tmp_path: Path, log: Log, make: Callable[..., Call], name: str, timeout: float, kind: str
) -> None:
    """Neither links, nor names, nor content."""
    search = Search()
    meet_other(hostile, search, make, name, timeout, kind, tmp_path)
    look_at_log(search, log)

    assert search.found == []


# The command line and the cassettes.


COMMANDED = ("no length", "cut by length", "503 with JSON", "200 with success: false")
RECORDED = ("no length", "403 with JSON", "502 with JSON")


def look_at_commands(search: Search, hostile: Hostile, name: str, folder: Path) -> None:
    """What each command prints under a fault, and what it says on stderr; but for an upload, nothing if it failed."""
    fault = fault_of(name)
    for operation, entry in OPERATION_CALLS.items():
        command = entry.command(SUBJECT, folder)
        with hostile.port(fault.script, BODIES) as port:
            result = CliRunner().invoke(omni_command, ["--base-url", port.url, *command], env={"OMNI_API_KEY": KEY})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        search.look("complaints of commands", result.stderr, *EVERYBODY)
        search.look("output of commands", result.stdout, KEY)
        assert (result.exit_code == 0) == (fault.read is None)
        assert fault.read is None or operation == "uploadDocuments" or result.stdout == ""


def look_at_cassette(search: Search, hostile: Hostile, name: str, folder: Path) -> None:
    """What the sanitiser lets through of every operation."""
    recorder = vcr.VCR(before_record_request=clean_request, before_record_response=clean_response)
    path = folder / f"{name}.yaml"
    with (
        hostile.port(fault_of(name).script, BODIES) as port,
        client("Client", port.url) as the_client,
        recorder.use_cassette(str(path), record_mode="all") as cassette,
    ):
        for call in CALLS:
            with contextlib.suppress(omni.OmniError):
                call.make(the_client)
    search.look("cassettes", path.read_text(), *EVERYBODY)
    assert len(cassette) == sum(port.received.values()) >= len(CALLS)


@pytest.mark.parametrize("name", COMMANDED)
def test_the_command_line_does_not_leak(hostile: Hostile, tmp_path: Path, log: Log, name: str) -> None:
    """It shows what it was asked for, never the key, and of a failure nothing but an upload's file names."""
    search = Search()
    look_at_commands(search, hostile, name, tmp_path)
    look_at_log(search, log)

    assert search.found == []


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of vcrpy
def test_cassettes_do_not_leak(hostile: Hostile, tmp_path: Path, name: str) -> None:
    """What is recorded is nobody's."""
    search = Search()
    look_at_cassette(search, hostile, name, tmp_path)

    assert search.found == []


# What is put there is found.


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64, later": lambda text: base64.b64encode(f"1{text}".encode()).decode(),
    "in base64, later still": lambda text: base64.b64encode(f"12{text}345".encode()).decode(),
    "in hex": lambda text: text.encode().hex(),
    "split in lines": lambda text: "\n".join([text[:4], text[4:]]),
    "split by quotes": lambda text: f"'{text[:5]}' '{text[5:]}'",
    "as a list of letters": lambda text: repr([*text]),
    "in capitals": str.upper,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("canary", EVERYBODY)
def test_a_canary_is_seen_in_every_form(canary: str, form: str) -> None:
    """And nothing is seen where nothing is."""
    assert canary in seen(f"before {FORMS[form](canary)} after", *EVERYBODY)
    assert seen("GET /api/v1/leads/{leadId} -> 200 in 0.010 s, attempt 1", *EVERYBODY) == []


def told(name: str) -> Callable[..., str]:
    """An output that tells too much."""
    return lambda self, *rest: f"{name} {KEY} {self.__dict__}"


PLANTS: dict[str, tuple[str, str, Any]] = {
    "frames of errors": ("cut by length", "omni._traceback_scrubbing._clear", lambda error, is_ours: None),
    "words of errors": ("cut by length", "omni.errors.OmniError.__str__", told("str")),
    "repr of results": ("gzip", "omni._views.base.View.__repr__", lambda self: str(self.to_dict())),
    "pickles of errors": (
        "cut by length",
        "omni._transport.call.Call.facts",
        lambda self: {"method": "GET", "more": KEY},
    ),
    "lines of logs": ("gzip", "omni._transport.call.Call.begin_attempt", None),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plant", PLANTS)
def test_a_leak_is_found(hostile: Hostile, log: Log, monkeypatch: pytest.MonkeyPatch, plant: str, kind: str) -> None:
    """Wherever it is put."""
    name, place, leak = PLANTS[plant]
    before = omni._transport.call.Call.begin_attempt  # type: ignore[attr-defined]

    def begin(self: Any, request: Any) -> None:
        logging.getLogger("omni").debug("sent %s", request.url)
        before(self, request)

    monkeypatch.setattr(place, leak or begin)
    search = Search()
    meet(hostile, search, fault_of(name), kind)
    look_at_log(search, log)

    assert any(f" in {plant}: " in each for each in search.found)


def test_a_leak_of_a_command_is_found(hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a complaint quotes the server."""
    monkeypatch.setattr("omni.errors.OmniError.__str__", lambda self: ANSWERED[0])
    search = Search()
    look_at_commands(search, hostile, "503 with JSON", tmp_path)

    assert any(" in complaints of commands: " in each for each in search.found)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of vcrpy
def test_a_leak_of_a_cassette_is_found(hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sanitiser lets everything through."""
    monkeypatch.setattr(sys.modules[__name__], "clean_response", lambda response: response)
    search = Search()
    look_at_cassette(search, hostile, "no length", tmp_path)

    assert any(" in cassettes: " in each for each in search.found)


@pytest.mark.parametrize(("raised", "kept"), [(KeyboardInterrupt, False), (LookupError, True)])
def test_whose_locals_are_forgotten(raised: type[BaseException], kept: bool) -> None:
    """Ctrl-C may come anywhere, also where the key is; what else is raised by a transport of one's own is its own."""

    def handler(request: httpx.Request) -> httpx.Response:
        key = request.headers["x-api-key"]
        raise raised(len(key))

    with (
        omni.Client(api_key=KEY, transport=httpx.MockTransport(handler)) as the_client,
        pytest.raises(raised) as caught,
    ):
        the_client.leads.get(LEAD_ID)

    (innermost,) = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code is handler.__code__]
    assert ("key" in innermost.f_locals) == kept


def main() -> int:
    """Search every output of every call under every fault, by every kind of client; the number of leaks."""
    omni._transport.retry.BACKOFF_FIRST = 0.001  # type: ignore[attr-defined]
    search, log, hostile = Search(), Log(), Hostile()
    logging.basicConfig(level=logging.DEBUG, handlers=[log])
    for fault in FAULTS:
        for kind in KINDS if fault.name != "50 MB" else ():
            meet(hostile, search, fault, kind)
    with tempfile.TemporaryDirectory() as folder:
        for other, kind in itertools.product(OTHERS, KINDS):
            meet_other(hostile, search, *other, kind, Path(folder))
        for name in COMMANDED:
            look_at_commands(search, hostile, name, Path(folder))
        look_at_log(search, log)  # before vcrpy's, which has all that it records
        for name in RECORDED:
            look_at_cassette(search, hostile, name, Path(folder))
    hostile.close()
    rows = [f"| {kind} | {number} |\n" for kind, number in sorted(search.looked.items())]
    sys.stdout.write(f"| output | searched |\n|---|---:|\n{''.join(rows)}\n{len(search.found)} leaks\n")
    sys.stdout.writelines(f"{each}\n" for each in search.found)
    return len(search.found)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
