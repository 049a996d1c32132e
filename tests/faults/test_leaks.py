"""No output shows what it must not: a key, or anything about two persons.

    python tests/faults/test_leaks.py          print how many outputs were searched, and the leaks

A key and two persons go through every operation, in success and under every fault, and every output is searched:

- log lines, of this package and of httpx and httpcore at DEBUG: nothing is allowed;
- ``str`` and ``repr`` of errors, and what the command line prints for them: nothing;
- ``repr`` of results: ids, which tell results apart;
- tracebacks with the locals of all frames but the caller's, also those of errors that led to it: nothing;
- pickled errors: the person of the response, since ``content`` and ``headers`` keep what the server wrote, and the
  names of the files of an upload, since its ``results`` give the outcome of each;
- pickled results: everything but the key;
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
from calls import BODIES, CALLS, CONTENT, KINDS, LINK, SUBJECT, Call, close, download_call, make_call, make_client, run
from canaries import (
    ALL_CANARIES,
    KEY,
    LEAD_ID,
    REQUEST_PERSON,
    RESPONSE_PERSON,
    SIGNATURE,
    LeakSearch,
    find_canaries,
)
from click.testing import CliRunner
from connections import read_stream
from faults import FAULTS, Fault, get_fault, shorten_backoff
from operation_calls import OPERATION_CALLS
from server import UNREACHABLE_URL, HostileServer

import omni
from omni.cli._connection import Failure
from omni.cli._main import omni_command

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from sanitiser import clean_request, clean_response


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
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def search_messages(search: LeakSearch, error: omni.OmniError) -> None:
    """Search the texts of an error, and what the command line prints for it."""
    texts = f"{error!s} {error!r} {Failure.of(error).format_message()} {getattr(error, '__notes__', '')}"
    search.search("error messages", texts, *ALL_CANARIES)


def search_error(search: LeakSearch, error: omni.OmniError) -> None:
    """Search the texts, the frames and the pickle of an error."""
    search_messages(search, error)
    search.search_frames("error tracebacks", error)
    file_names = {result.filename.removesuffix(".pdf") for result in getattr(error, "results", ())}
    search.search("pickled errors", pickle.dumps(error), *{KEY, *REQUEST_PERSON} - file_names)


def search_result(search: LeakSearch, result: Any) -> None:
    """Search the ``repr`` and the pickle of a result."""
    search.search("repr of results", repr(result), KEY, *REQUEST_PERSON, *RESPONSE_PERSON, SIGNATURE)
    if isinstance(result, omni.Lead):
        shown = result._repr_html_()
        search.search("tables in notebooks", shown, KEY, *REQUEST_PERSON, *RESPONSE_PERSON, SIGNATURE)
    search.search("pickled results", pickle.dumps(result), KEY)


def search_log(search: LeakSearch, log: Log) -> None:
    """Search what any library has logged."""
    for line in log.lines:
        search.search("log lines", line, *ALL_CANARIES)


async def _search_calls(kind: str, client: Any, search: LeakSearch) -> int:
    """Make all calls at once and search their outcomes; return the number of errors."""
    errors: list[omni.OmniError] = []

    async def search_call(call: Call) -> None:
        try:
            search_result(search, await make_call(kind, call, client))
        except omni.OmniError as error:
            errors.append(error)
            search_error(search, error)

    async with anyio.create_task_group() as group:
        for call in CALLS:
            group.start_soon(search_call, call)
    await close(kind, client)
    return len(errors)


def search_fault(server: HostileServer, search: LeakSearch, fault: Fault, kind: str) -> int:
    """Search the outcomes of all calls under one fault, by one kind of client; return the number of errors."""
    with server.port(fault.script, BODIES, on_connect=fault.on_connect) as port:
        client = make_client(kind, fault.url(port), timeout=fault.timeout)
        errors: int = run(kind, _search_calls, kind, client, search)
    return errors


QUICK_FAULTS = {"cut by length", "silence", "403 with JSON", "503 with HTML", "429, Retry-After of a second", "gzip"}
FAULTS_AND_KINDS = [
    pytest.param(
        fault,
        KINDS[index % 3],
        id=fault.name,
        marks=() if fault.name in QUICK_FAULTS else pytest.mark.thorough,
    )
    for index, fault in enumerate(FAULTS)
    if fault.name != "50 MB"
]


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("fault", "kind"), FAULTS_AND_KINDS)
def test_operations_do_not_leak(server: HostileServer, log: Log, fault: Fault, kind: str, way: str) -> None:
    """No output of any operation leaks under any fault; the kinds of client take turns, and reads take both ways."""
    search = LeakSearch()
    errors = search_fault(server, search, fault, kind)
    search_log(search, log)

    assert search.leaks == []
    assert sum(line.startswith("omni INFO") for line in log.lines) >= len(CALLS)
    assert errors == len(CALLS) or None in (fault.read, fault.write, fault.array, fault.unbounded)


# Calls that are no operation: a file from its link, a streamed body, a request that cannot be sent.


def stream_call(url: str, folder: Path) -> Call:
    """A raw call whose body is streamed."""
    return Call("stream", "GET", LINK, lambda client: read_stream(client, "GET", url + LINK), None)


def unsendable_call(url: str, folder: Path) -> Call:
    """A call with a text that cannot be encoded."""
    create = {"first_name": "\ud800", "email": REQUEST_PERSON.email}
    return Call("unsendable", "POST", "", lambda client: client.leads.create(**create), None)


def copied_call(url: str, folder: Path) -> Call:
    """A download whose body is copied from the socket, however small it is."""
    return download_call(url, folder)


OTHER_CALLS = (
    (copied_call, "cut by length", 5),
    (copied_call, "silence within the body", 0.1),
    (download_call, "refused", 5),
    (download_call, "cut by length", 5),
    (download_call, "silence within the body", 0.1),
    (download_call, "403 with JSON", 5),
    (download_call, "404 with HTML", 5),
    (stream_call, "cut by length", 5),
    (stream_call, "silence within the body", 0.1),
    (stream_call, "broken gzip", 5),
    (unsendable_call, "refused", 5),
)


async def _search_failing_call(kind: str, client: Any, call: Call, search: LeakSearch) -> None:
    with pytest.raises(omni.OmniError) as caught:
        await make_call(kind, call, client)
    await close(kind, client)
    search_messages(search, caught.value)
    search.search("pickled errors", pickle.dumps(caught.value), KEY, *REQUEST_PERSON, SIGNATURE)
    search.search_frames("error tracebacks", caught.value)


def search_other_call(
    server: HostileServer,
    search: LeakSearch,
    call_to: Callable[..., Call],
    fault_name: str,
    timeout: float,
    kind: str,
    folder: Path,
) -> None:
    """Search the error of one of these calls under one fault; the API itself cannot be reached."""
    fault = get_fault(fault_name)
    with server.port(fault.script, {("GET", LINK): CONTENT.encode() * 100}) as port:
        client = make_client(kind, UNREACHABLE_URL, timeout=timeout, attempts=2)
        run(kind, _search_failing_call, kind, client, call_to(fault.url(port), folder), search)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("call_to", "fault_name", "timeout"), OTHER_CALLS, ids=lambda value: getattr(value, "__name__", None)
)
def test_downloads_and_raw_calls_do_not_leak(
    server: HostileServer,
    tmp_path: Path,
    log: Log,
    call_to: Callable[..., Call],
    fault_name: str,
    timeout: float,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Links, names and content of files appear in no output."""
    if call_to is copied_call:
        monkeypatch.setattr("omni._files.socket_body.MIN_LENGTH", 0)
    search = LeakSearch()
    search_other_call(server, search, call_to, fault_name, timeout, kind, tmp_path)
    search_log(search, log)

    assert search.leaks == []


# The command line and the cassettes.


COMMAND_FAULTS = ("no length", "cut by length", "503 with JSON", "200 with success: false")
CASSETTE_FAULTS = ("no length", "403 with JSON", "502 with JSON")


def search_commands(search: LeakSearch, server: HostileServer, fault_name: str, folder: Path) -> None:
    """Search the output of each command under a fault; a failed command, unless it uploads, prints no result."""
    fault = get_fault(fault_name)
    for operation, entry in OPERATION_CALLS.items():
        command = entry.command(SUBJECT, folder)
        with server.port(fault.script, BODIES) as port:
            result = CliRunner().invoke(omni_command, ["--base-url", port.url, *command], env={"OMNI_API_KEY": KEY})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        search.search("stderr of commands", result.stderr, *ALL_CANARIES)
        search.search("stdout of commands", result.stdout, KEY)
        assert (result.exit_code == 0) == (fault.read is None)
        assert fault.read is None or operation == "uploadDocuments" or result.stdout == ""


def search_cassette(search: LeakSearch, server: HostileServer, fault_name: str, folder: Path) -> None:
    """Record every operation under a fault, and search the cassette."""
    recorder = vcr.VCR(before_record_request=clean_request, before_record_response=clean_response)
    path = folder / f"{fault_name}.yaml"
    with (
        server.port(get_fault(fault_name).script, BODIES) as port,
        make_client("Client", port.url) as client,
        recorder.use_cassette(str(path), record_mode="all") as cassette,
    ):
        for call in CALLS:
            with contextlib.suppress(omni.OmniError):
                call.make(client)
    search.search("cassettes", path.read_text(), *ALL_CANARIES)
    assert len(cassette) == sum(port.received.values()) >= len(CALLS)


@pytest.mark.parametrize("fault_name", COMMAND_FAULTS)
def test_command_line_does_not_leak(server: HostileServer, tmp_path: Path, log: Log, fault_name: str) -> None:
    """A command prints its result, never the key, and about a failure no data but an upload's file names."""
    search = LeakSearch()
    search_commands(search, server, fault_name, tmp_path)
    search_log(search, log)

    assert search.leaks == []


@pytest.mark.parametrize("fault_name", CASSETTE_FAULTS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of vcrpy
def test_cassettes_do_not_leak(server: HostileServer, tmp_path: Path, fault_name: str) -> None:
    """The sanitiser removes every canary from what is recorded."""
    search = LeakSearch()
    search_cassette(search, server, fault_name, tmp_path)

    assert search.leaks == []


# A leak that is put there on purpose is found.


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 after 1 byte": lambda text: base64.b64encode(f"1{text}".encode()).decode(),
    "base64 after 2 bytes": lambda text: base64.b64encode(f"12{text}345".encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "split into lines": lambda text: "\n".join([text[:4], text[4:]]),
    "split by quotes": lambda text: f"'{text[:5]}' '{text[5:]}'",
    "list of characters": lambda text: repr([*text]),
    "upper case": str.upper,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("canary", ALL_CANARIES)
def test_search_finds_canary_in_every_form(canary: str, form: str) -> None:
    """A canary is found in each form, and an ordinary log line contains none."""
    assert canary in find_canaries(f"before {FORMS[form](canary)} after", *ALL_CANARIES)
    assert find_canaries("GET /api/v1/leads/{leadId} -> 200 in 0.010 s, attempt 1", *ALL_CANARIES) == []


PLANTED_LEAKS: dict[str, tuple[str, str, Any]] = {
    "error tracebacks": ("cut by length", "omni._traceback_scrubbing._clear", lambda error, is_ours: None),
    "error messages": ("cut by length", "omni.errors.OmniError.__str__", lambda self: f"{KEY} {self.__dict__}"),
    "repr of results": ("gzip", "omni._views.base.View.__repr__", lambda self: str(self.to_dict())),
    "tables in notebooks": ("gzip", "omni._views.leads.Lead._repr_html_", lambda self: str(self.to_dict())),
    "pickled errors": (
        "cut by length",
        "omni._transport.call.Call.error_details",
        lambda self: {"method": "GET", "origin": KEY},
    ),
    "log lines": ("gzip", "omni._transport.call.Call.begin_attempt", None),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("output", PLANTED_LEAKS)
def test_search_finds_planted_leak(
    server: HostileServer, log: Log, monkeypatch: pytest.MonkeyPatch, output: str, kind: str
) -> None:
    """A leak in any kind of output is found there."""
    fault_name, target, leak = PLANTED_LEAKS[output]
    begin_attempt = omni._transport.call.Call.begin_attempt  # type: ignore[attr-defined]

    def log_url(self: Any, request: Any) -> None:
        logging.getLogger("omni").warning("sent %s", request.url)  # examples of docs/ may have raised the level
        begin_attempt(self, request)

    monkeypatch.setattr(target, leak or log_url)
    search = LeakSearch()
    search_fault(server, search, get_fault(fault_name), kind)
    search_log(search, log)

    assert any(f" in {output}: " in leak for leak in search.leaks)


def test_search_finds_planted_leak_of_command(
    server: HostileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that quotes the server's text about a person is found."""
    monkeypatch.setattr("omni.errors.OmniError.__str__", lambda self: RESPONSE_PERSON.first_name)
    search = LeakSearch()
    search_commands(search, server, "503 with JSON", tmp_path)

    assert any(" in stderr of commands: " in leak for leak in search.leaks)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of vcrpy
def test_search_finds_planted_leak_of_cassette(
    server: HostileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sanitiser that lets responses through unchanged is found."""
    monkeypatch.setattr(sys.modules[__name__], "clean_response", lambda response: response)
    search = LeakSearch()
    search_cassette(search, server, "no length", tmp_path)

    assert any(" in cassettes: " in leak for leak in search.leaks)


@pytest.mark.parametrize(("error_class", "is_kept"), [(KeyboardInterrupt, False), (LookupError, True)])
def test_locals_of_transport_are_cleared_only_for_interrupts(error_class: type[BaseException], is_kept: bool) -> None:
    """Ctrl-C can come anywhere, also where the key is; another error of a caller's transport keeps its own frames."""

    def handler(request: httpx.Request) -> httpx.Response:
        key = request.headers["x-api-key"]
        raise error_class(len(key))

    with (
        omni.Client(api_key=KEY, transport=httpx.MockTransport(handler)) as client,
        pytest.raises(error_class) as caught,
    ):
        client.leads.get(LEAD_ID)

    (innermost,) = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code is handler.__code__]
    assert ("key" in innermost.f_locals) == is_kept


def main() -> int:
    """Search every output of every call under every fault, by every kind of client; return the number of leaks."""
    shorten_backoff()
    search, log, server = LeakSearch(), Log(), HostileServer()
    logging.basicConfig(level=logging.DEBUG, handlers=[log])
    for fault in FAULTS:
        for kind in KINDS if fault.name != "50 MB" else ():
            search_fault(server, search, fault, kind)
    with tempfile.TemporaryDirectory() as folder:
        for arguments, kind in itertools.product(OTHER_CALLS, KINDS):
            search_other_call(server, search, *arguments, kind, Path(folder))
        for fault_name in COMMAND_FAULTS:
            search_commands(search, server, fault_name, Path(folder))
        search_log(search, log)  # before vcrpy logs everything that it records
        for fault_name in CASSETTE_FAULTS:
            search_cassette(search, server, fault_name, Path(folder))
    server.close()
    rows = [f"| {kind} | {number} |\n" for kind, number in sorted(search.searched.items())]
    sys.stdout.write(f"| output | searched |\n|---|---:|\n{''.join(rows)}\nleaks: {len(search.leaks)}\n")
    sys.stdout.writelines(f"{leak}\n" for leak in search.leaks)
    return len(search.leaks)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
