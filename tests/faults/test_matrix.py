"""Every operation, by every kind of client, under every fault.

    python tests/faults/test_matrix.py          print the matrix: a row for each fault, a column for each operation

A cell passes if the call ended with the right result or the right class of error, within its timeout; a write was not
repeated; the error has the body; no connection is left in use; and the same client then gets good responses.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from calls import BODIES, CALLS, KINDS, Call, close, make_call, make_client, run
from connections import busy_connections
from faults import FAULTS, ExpectedOutcome, Fault, get_fault, shorten_backoff
from server import HostileServer, Port

import omni

SLACK = 0.1
"""Seconds that a call may take on top of its timeout."""

TOO_LATE = "too late"


@dataclass
class Cell:
    """The outcome of one call under one fault, and the problem with it."""

    call: Call
    result: Any = None
    error: BaseException | None = None
    seconds: float = 0.0
    received: int = 0
    problem: str = ""

    def find_problem(self, fault: Fault) -> str:
        """Return what is wrong with the outcome; an empty string if nothing is."""
        call, error = self.call, self.error
        expected = fault.expected(is_read=call.is_read, is_array=call.is_array, is_unbounded=call.is_unbounded)
        if call.data is None and fault.is_unreadable_body(call.body):
            expected = None  # nothing of the body is needed
        attempts = fault.attempts[not call.is_read]
        if (
            fault.on_connect
            and type(error) in {omni.APIConnectionError, omni.OutcomeUnknownError}
            and not self.received
        ):
            return ""  # whether that is a failure to connect is the system's choice; the connections are counted
        if type(error) is not (expected or type(None)):
            return f"{error!r} instead of {expected.__name__ if expected else 'success'}"
        if self.received != (0 if fault.is_refused else attempts):
            return f"{self.received} requests"
        if isinstance(error, omni.OmniError) and (problem := _find_error_problem(error, call, fault, attempts)):
            return problem
        if error is None and not call.is_right(self.result, fault.body(call.body) if fault.body else call.body):
            return "a wrong result"
        return self._find_time_problem(fault, expected)

    def _find_time_problem(self, fault: Fault, expected: ExpectedOutcome) -> str:
        if self.seconds < fault.min_seconds:
            return f"{self.seconds:.2f} s, too early"
        is_late = self.seconds > fault.timeout + SLACK and not (self.call.is_unbounded and expected is None)
        return f"{self.seconds:.2f} s, {TOO_LATE}" if is_late else ""


def _find_error_problem(error: omni.OmniError, call: Call, fault: Fault, attempts: int) -> str:
    if (error.method, error.path, error.attempts) != (call.method, call.template, attempts):
        return f"an error about {error.method} {error.path} after {error.attempts} attempts"
    if isinstance(error, omni.OutcomeUnknownError) and "may" not in error.reconcile_hint:
        return "no hint how to find out what happened"
    if isinstance(error, omni.APIStatusError | omni.InvalidResponseError) and fault.body is not None:
        if error.content != fault.body(call.body):
            return f"an error with the body {error.content[:40]!r}"
        repr(error.body)  # reading it must not raise
    return ""


async def _run_cell(kind: str, client: Any, cell: Cell) -> None:
    """Make the call of a cell, and note its outcome."""
    start = time.monotonic()
    try:
        cell.result = await make_call(kind, cell.call, client)
    except Exception as error:
        cell.error = error
    cell.seconds = time.monotonic() - start


async def _run_cells(kind: str, fault: Fault, port: Port, client: Any, cells: list[Cell]) -> None:
    """Make all calls at once, or in sequence if a fault needs much memory or may disturb the next call."""
    async with anyio.create_task_group() as group:
        for cell in cells:
            if fault.sequential:
                await _run_cell(kind, client, cell)
                port.wait_for_scripts()
            else:
                group.start_soon(_run_cell, kind, client, cell)


async def _run_calls(kind: str, fault: Fault, port: Port, calls: list[Call]) -> list[Cell]:
    """Make these calls by one client under a fault, and then again without it."""
    cells = [Cell(call) for call in calls]
    client = make_client(kind, fault.url(port), timeout=fault.timeout)
    await _run_cells(kind, fault, port, client, cells)
    for cell in cells:
        cell.received = port.received[cell.call.key]
        cell.problem = cell.find_problem(fault)
    if stray := set(port.received) - set(BODIES):
        cells[0].problem += f" requests to {stray}"
    if fault.on_connect and port.connections > sum(getattr(cell.error, "attempts", 0) for cell in cells):
        cells[0].problem += f" {port.connections} connections"
    if busy := busy_connections(client):
        cells[0].problem += f" left in use: {busy}"
    port.heal()
    if not fault.is_refused:
        await _repeat_calls(kind, client, cells)
    await close(kind, client)
    return cells


async def _repeat_calls(kind: str, client: Any, cells: list[Cell]) -> None:
    """Make all calls again, now that the fault is gone; each must succeed."""
    later = [Cell(cell.call) for cell in cells]
    async with anyio.create_task_group() as group:
        for cell in later:
            group.start_soon(_run_cell, kind, client.with_options(timeout=5), cell)
    for before, cell in zip(cells, later, strict=True):
        if cell.error is not None or not cell.call.is_right(cell.result, cell.call.body):
            before.problem += f" and then {cell.error!r}"


def run_row(server: HostileServer, kind: str, fault: Fault, calls: Sequence[Call] = CALLS) -> list[Cell]:
    """Run all calls under a fault. Cells that depend on timing get four more tries, alone: a busy machine can pause."""
    cells = _run_once(server, kind, fault, [*calls])
    for index, cell in enumerate(cells):
        for _ in range(4):
            if cells[index].problem and (fault.depends_on_timing or cells[index].problem.endswith(TOO_LATE)):
                (cells[index],) = _run_once(server, kind, fault, [cell.call])
    return cells


def _run_once(server: HostileServer, kind: str, fault: Fault, calls: list[Call]) -> list[Cell]:
    with server.port(fault.script, BODIES, on_connect=fault.on_connect) as port:
        cells: list[Cell] = run(kind, _run_calls, kind, fault, port, calls)
        if not port.wait_until_closed():
            cells[0].problem += f" {port.open_connections} connections stayed open"
    return cells


def _rows(*, quick_kinds: int) -> list[Any]:
    """Each fault by each kind of client; as many of the three as are quick take turns, the others are thorough."""
    return [
        pytest.param(
            kind,
            fault,
            id=f"{kind}-{fault.name}",
            marks=() if (index + turn) % 3 < (1 if fault.name == "50 MB" else quick_kinds) else pytest.mark.thorough,
        )
        for index, fault in enumerate(FAULTS)
        for turn, kind in enumerate(KINDS)
    ]


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize(("kind", "fault"), _rows(quick_kinds=3))
def test_every_operation_survives_every_fault(server: HostileServer, kind: str, fault: Fault) -> None:
    """Each call ends with the right result or error, in time, and the client keeps working; reads go directly."""
    problems = {cell.call.name: cell.problem for cell in run_row(server, kind, fault) if cell.problem}

    assert problems == {}


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.usefixtures("through_send")
@pytest.mark.parametrize(("kind", "fault"), _rows(quick_kinds=1))
def test_every_read_through_send_survives_every_fault(server: HostileServer, kind: str, fault: Fault) -> None:
    """The same where httpx is patched, and the reads take the other way."""
    reads = [call for call in CALLS if call.is_read]
    problems = {cell.call.name: cell.problem for cell in run_row(server, kind, fault, reads) if cell.problem}

    assert problems == {}


@pytest.mark.parametrize("kind", KINDS)
def test_reads_take_the_way_that_is_tested(port: Port, kind: str, way: str) -> None:
    """``httpx.Client.send`` is seen to be left out, or not."""
    seen: list[str] = []

    async def main() -> None:
        client = make_client(kind, port.url)
        sys.setprofile(lambda frame, event, _: seen.append(frame.f_code.co_qualname) if event == "call" else None)
        try:
            found = CALLS[0].make(client)
            await found if kind != "Client" else None
        finally:
            sys.setprofile(None)
        await close(kind, client)

    run(kind, main)
    assert (f"{kind.partition('-')[0]}.send" in seen) == (way == "through send")


def test_matrix_tells_its_cells_apart() -> None:
    """No two operations have the same request, and fault names are unique."""
    assert len(CALLS) == len(BODIES)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_cell_reports_wrong_outcomes(server: HostileServer) -> None:
    """Another error, another result, another number of requests and a late call are all reported."""
    html, gzip, busy = map(get_fault, ("401 with HTML", "gzip", "503 with HTML"))
    for fault, problem in (
        (replace(html, read=omni.NotFoundError), "instead of NotFoundError"),
        (replace(html, body=lambda body: b"other"), "the body b'<html>"),
        (replace(gzip, body=lambda body: b'{"id": "other", "checklistItem": 1, "documents": []}'), "a wrong result"),
        (replace(busy, attempts=(2, 1)), "3 requests"),
        (replace(gzip, timeout=-SLACK), TOO_LATE),
    ):
        cell = Cell(CALLS[0])
        run("Client", _run_first_call, replace(fault, timeout=5), server, cell)
        assert problem in cell.find_problem(fault)


async def _run_first_call(fault: Fault, server: HostileServer, cell: Cell) -> None:
    with server.port(fault.script, BODIES) as port, make_client("Client", port.url) as client:
        await _run_cell("Client", client, cell)
        cell.received = port.received[cell.call.key]


def test_busy_connections_are_noticed(server: HostileServer) -> None:
    """A body that is not read to its end keeps its connection."""
    with server.port(FAULTS[1].script, BODIES) as port, make_client("Client", port.url) as client:
        port.heal()
        with client.http.stream("GET", CALLS[0].path):
            assert len(busy_connections(client)) == 2  # the connection and the request on it
        assert busy_connections(client) == []


def main() -> int:
    """Print the matrix and every failed cell; return the number of failed cells."""
    write = sys.stdout.write
    shorten_backoff()
    server = HostileServer()
    failed: list[str] = []
    write(f"| fault | {' | '.join(call.name for call in CALLS)} |\n{'|---' * (len(CALLS) + 1)}|\n")
    for fault in FAULTS:
        rows = [run_row(server, kind, fault) for kind in KINDS]
        write(f"| {fault.name} | {' | '.join(_column_text(column) for column in zip(*rows, strict=True))} |\n")
        failed += [
            f"{fault.name}, {kind}, {cell.call.name}: {cell.problem}"
            for kind, row in zip(KINDS, rows, strict=True)
            for cell in row
            if cell.problem
        ]
    server.close()
    count = len(FAULTS) * len(CALLS) * len(KINDS)
    write(f"\n{len(FAULTS)} faults × {len(CALLS)} operations × {len(KINDS)} kinds of client = {count} cells, ")
    write(f"{len(failed)} failed\n" + "".join(f"{line}\n" for line in failed))
    return len(failed)


def _column_text(column: tuple[Cell, ...]) -> str:
    """Return the outcome for each kind of client, once if they agree."""
    outcomes = {type(cell.error).__name__ if cell.error else "success" for cell in column}
    return "**FAILED**" if any(cell.problem for cell in column) else " / ".join(sorted(outcomes))


if __name__ == "__main__":
    sys.exit(min(main(), 1))
