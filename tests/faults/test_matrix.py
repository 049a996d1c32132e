"""Every operation, by every kind of client, meets every fault.

    python tests/faults/test_matrix.py          print the matrix: a row a fault, a column an operation

A cell holds if the call ended with the right answer or the right class of error, within its budget, a write was not
repeated, the body can be had from the error, no connection is left in use, and the same client then gets good answers.
"""

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from calls import BODIES, CALLS, KINDS, Call, client, close, made, run
from faults import FAULTS, Fault, fault_of
from server import Hostile, Port

import omni

SLACK = 0.1
"""Seconds that a call may take on top of its budget."""

LATE = "too long"


@dataclass
class Cell:
    """How one call ended under one fault, and what is wrong with that."""

    call: Call
    result: Any = None
    error: BaseException | None = None
    seconds: float = 0.0
    received: int = 0
    wrong: str = ""

    def judge(self, fault: Fault) -> str:
        """What is wrong, if anything."""
        call, error = self.call, self.error
        wanted = fault.ending(is_read=call.is_read, is_list=call.is_list, is_unbounded=call.is_unbounded)
        tries = fault.tries[not call.is_read]
        if fault.at_once and type(error) in {omni.APIConnectionError, omni.OutcomeUnknownError} and not self.received:
            return ""  # whether that is a failure to connect is the system's choice; the connections are counted
        if type(error) is not (wanted or type(None)):
            return f"{error!r}, not {wanted.__name__ if wanted else 'an answer'}"
        if self.received != (0 if fault.is_refused else tries):
            return f"{self.received} requests"
        if isinstance(error, omni.OmniError) and (wrong := _judge_error(error, call, fault, tries)):
            return wrong
        if error is None and not call.is_right(self.result, fault.body(call.body) if fault.body else call.body):
            return "another answer"
        if self.seconds < fault.at_least:
            return f"{self.seconds:.2f} s, too soon"
        is_late = self.seconds > fault.timeout + SLACK and not (call.is_unbounded and wanted is None)
        return f"{self.seconds:.2f} s, {LATE}" if is_late else ""


def _judge_error(error: omni.OmniError, call: Call, fault: Fault, tries: int) -> str:
    if (error.method, error.path, error.attempts) != (call.method, call.template, tries):
        return f"facts {error.method} {error.path} {error.attempts}"
    if isinstance(error, omni.OutcomeUnknownError) and "may" not in error.reconcile_hint:
        return "no word on how to find out"
    if isinstance(error, omni.APIStatusError | omni.InvalidResponseError) and fault.body is not None:
        if error.content != fault.body(call.body):
            return f"body {error.content[:40]!r}"
        repr(error.body)  # it can be looked at
    return ""


async def _attempt(kind: str, fault: Fault, the_client: Any, cell: Cell) -> None:
    start = time.monotonic()
    try:
        cell.result = await made(kind, cell.call, the_client)
    except Exception as error:
        cell.error = error
    cell.seconds = time.monotonic() - start


async def _all(kind: str, fault: Fault, port: Port, the_client: Any, cells: list[Cell]) -> None:
    """All calls at once, but for faults that need all memory, or that may hit the next call on the same connection."""
    async with anyio.create_task_group() as group:
        for cell in cells:
            if fault.one_by_one:
                await _attempt(kind, fault, the_client, cell)
                port.settle()
            else:
                group.start_soon(_attempt, kind, fault, the_client, cell)


async def _meet(kind: str, fault: Fault, port: Port, calls: list[Call]) -> list[Cell]:
    """One client meets one fault by each of these calls, and then none."""
    cells = [Cell(call) for call in calls]
    the_client = client(kind, fault.url(port), timeout=fault.timeout)
    await _all(kind, fault, port, the_client, cells)
    for cell in cells:
        cell.received = port.received[cell.call.key]
        cell.wrong = cell.judge(fault)
    if stray := set(port.received) - set(BODIES):
        cells[0].wrong += f" requests to {stray}"
    if fault.at_once and port.connections > sum(getattr(cell.error, "attempts", 0) for cell in cells):
        cells[0].wrong += f" {port.connections} connections"
    if busy := busy_connections(the_client):
        cells[0].wrong += f" left in use: {busy}"
    port.heal()
    if not fault.is_refused:
        await _recover(kind, fault, the_client, cells)
    await close(kind, the_client)
    return cells


async def _recover(kind: str, fault: Fault, the_client: Any, cells: list[Cell]) -> None:
    later = [Cell(cell.call) for cell in cells]
    async with anyio.create_task_group() as group:
        for cell in later:
            group.start_soon(_attempt, kind, fault, the_client.with_options(timeout=5), cell)
    for before, cell in zip(cells, later, strict=True):
        if cell.error is not None or not cell.call.is_right(cell.result, cell.call.body):
            before.wrong += f" and then {cell.error!r}"


def busy_connections(the_client: Any) -> list[Any]:
    """What the pool of a client still holds for calls that have ended."""
    pool = the_client.http._transport._pool
    return [each for each in pool.connections if not (each.is_idle() or each.is_closed())] + [*pool._requests]


def meet(hostile: Hostile, kind: str, fault: Fault) -> list[Cell]:
    """The row of a fault. What hangs on the clock gets four more chances, alone: a busy machine can pause."""
    cells = _row(hostile, kind, fault, [*CALLS])
    for place, cell in enumerate(cells):
        for _ in range(4):
            if cells[place].wrong and (fault.is_timed or cells[place].wrong.endswith(LATE)):
                (cells[place],) = _row(hostile, kind, fault, [cell.call])
    return cells


def _row(hostile: Hostile, kind: str, fault: Fault, calls: list[Call]) -> list[Cell]:
    with hostile.port(fault.script, BODIES, at_once=fault.at_once) as port:
        cells: list[Cell] = run(kind, _meet, kind, fault, port, calls)
        if not port.all_closed():
            cells[0].wrong += f" {port.open} connections stayed open"
    return cells


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_meets_the_fault(hostile: Hostile, kind: str, fault: Fault) -> None:
    """Each ends with the right answer or the right error, in time, and the client goes on working."""
    wrong = {cell.call.name: cell.wrong for cell in meet(hostile, kind, fault) if cell.wrong}

    assert wrong == {}


def test_the_matrix_is_whole() -> None:
    """No two operations have one request, and no two faults have one name."""
    assert len(CALLS) == len(BODIES)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_what_does_not_hold_is_noticed(hostile: Hostile) -> None:
    """Another error, another answer, another number of requests, and a call that takes too long."""
    html, odd, busy = map(fault_of, ("401 with HTML", "gzip", "503 with HTML"))
    for fault, words in (
        (replace(html, read=omni.NotFoundError), "not NotFoundError"),
        (replace(html, body=lambda body: b"other"), "body b'<html>"),
        (replace(odd, body=lambda body: b'{"id": "other", "checklistItem": 1, "documents": []}'), "another answer"),
        (replace(busy, tries=(2, 1)), "3 requests"),
        (replace(odd, timeout=-SLACK), LATE),
    ):
        cell = Cell(CALLS[0])
        run("Client", _judged, replace(fault, timeout=5), hostile, cell)
        assert words in cell.judge(fault)


async def _judged(fault: Fault, hostile: Hostile, cell: Cell) -> None:
    with hostile.port(fault.script, BODIES) as port, client("Client", port.url) as the_client:
        await _attempt("Client", fault, the_client, cell)
        cell.received = port.received[cell.call.key]


def test_a_connection_in_use_is_noticed(hostile: Hostile) -> None:
    """A body that is not read to its end keeps its connection."""
    with hostile.port(FAULTS[1].script, BODIES) as port, client("Client", port.url) as the_client:
        port.heal()
        with the_client.http.stream("GET", CALLS[0].path):
            assert len(busy_connections(the_client)) == 2  # the connection and the request on it
        assert busy_connections(the_client) == []


def main() -> int:
    """Print the matrix; the number of cells that do not hold."""
    write = sys.stdout.write
    omni._transport.retry.BACKOFF_FIRST = 0.001  # type: ignore[attr-defined]
    hostile = Hostile()
    bad: list[str] = []
    write(f"| fault | {' | '.join(call.name for call in CALLS)} |\n{'|---' * (len(CALLS) + 1)}|\n")
    for fault in FAULTS:
        rows = [meet(hostile, kind, fault) for kind in KINDS]
        write(f"| {fault.name} | {' | '.join(_cell(column) for column in zip(*rows, strict=True))} |\n")
        bad += [
            f"{fault.name}, {kind}, {cell.call.name}: {cell.wrong}"
            for kind, row in zip(KINDS, rows, strict=True)
            for cell in row
            if cell.wrong
        ]
    hostile.close()
    count = len(FAULTS) * len(CALLS) * len(KINDS)
    write(f"\n{len(FAULTS)} faults × {len(CALLS)} operations × {len(KINDS)} kinds of client: {count} cells,")
    write(f" {len(bad)} do not hold\n" + "".join(f"{each}\n" for each in bad))
    return len(bad)


def _cell(column: tuple[Cell, ...]) -> str:
    """What happened, if all kinds of client agree, else the complaint."""
    ends = {type(cell.error).__name__.removesuffix("Error") if cell.error else "right" for cell in column}
    return "**WRONG**" if any(cell.wrong for cell in column) else " / ".join(sorted(ends))


if __name__ == "__main__":
    sys.exit(min(main(), 1))
