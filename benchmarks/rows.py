"""What is measured, in rounds: each round takes every row once, so that a machine that slows down slows all of them."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import fresh
import peers
from warm import AWAITED, BLOCKING, Warm

FILE_SIZE = 200_000_000
Found = dict[str, list[float]]
"""The figure of each round, by row."""


def interleaved(rounds: int, rows: dict[str, Callable[[], float]]) -> Found:
    """Each row once a round; a round before the first warms the caches and does not count."""
    results = [[measure() for measure in rows.values()] for _ in range(rounds + 1)][1:]
    return dict(zip(rows, map(list, zip(*results, strict=True)), strict=True))


def starts(url: str, rounds: int) -> dict[str, list[fresh.Start]]:
    """From nothing to a first answer, in fresh processes."""
    rows = {"Python alone": ("", ""), "import omni": ("import omni", "")}
    for peer in [peers.raw(peers.OMNI), *peers.PEERS]:
        rows[peer.row] = (peer.imports, peer.blocking)
    found: dict[str, list[fresh.Start]] = {row: [] for row in rows}
    for round_number in range(rounds + 1):
        for row, code in rows.items():
            result = fresh.start(url, *code)
            if round_number:
                found[row].append(result)
    return found


def calls(url: str, rounds: int, number: int = 20) -> Found:
    """Seconds of one warm call, one after the other; `raw …` is httpx with the body that the row has."""
    with contextlib.ExitStack() as stack:
        rows: dict[str, Callable[[], float]] = {}
        for peer in peers.PEERS:
            for kind, each in (("raw ", peers.raw(peer)), ("", peer)):
                for row, warm in pythons(url, each):
                    process = stack.enter_context(warm)
                    rows[f"{row} {kind}{peer.row}"] = partial(process.each, number)
        return interleaved(rounds, rows)


def crowds(url: str, rounds: int, number: int = 1000, at_once: int = 32) -> Found:
    """Seconds of a thousand leads with 32 in flight."""
    with contextlib.ExitStack() as stack:
        rows: dict[str, Callable[[], float]] = {}
        for peer in (peers.raw(peers.OMNI), peers.OMNI, peers.OMNI_STATUS):
            for row, warm in pythons(url, peer):
                process = stack.enter_context(warm)
                rows[f"{row} {peer.row}"] = partial(process.all, number, at_once)
        return interleaved(rounds, rows)


def pythons(url: str, peer: peers.Peer) -> Iterator[tuple[str, Warm]]:
    """The processes of a row: a blocking one, and an awaited one if the SDK can."""
    yield "blocking", Warm(BLOCKING, url, f"{peer.imports}\n{peer.blocking}")
    if peer.awaited:
        yield "awaited", Warm(AWAITED, url, f"{peer.imports}\n{peer.awaited}")


DECODE = """
import json
from omni._operations.registry import GET_LEAD
from omni_client.models import LeadDetails
data = open(URL, "rb").read()
def walked():
    lead = GET_LEAD.read(json.loads(data))
    for log in lead.action_logs: log.id, log.type, log.status, log.summary, log.created_at
    for document in lead.documents: document.id, document.filename, document.size, document.signed_url
def call(): {}
"""


def decodings(rounds: int, number: int = 20) -> Found:
    """Seconds to decode a lead with 100 logs and 40 documents."""
    rows = {
        "json.loads": "json.loads(data)",
        "json.loads and the generated model": "LeadDetails.from_dict(json.loads(data))",
        "what client.leads.get does, which is to find the id": "GET_LEAD.read(json.loads(data))",
        "and status and missing items are read": "(lead := GET_LEAD.read(json.loads(data))).status, lead.missing_items",
        "and every log and document is read": "walked()",
    }
    with contextlib.ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "lead.json")
        file.write_bytes(peers.large_lead())
        warm = {row: stack.enter_context(Warm(BLOCKING, str(file), DECODE.format(code))) for row, code in rows.items()}
        return interleaved(rounds, {row: partial(it.each, number) for row, it in warm.items()})


def commands(url: str, rounds: int) -> Found:
    """Seconds of whole commands."""
    omni, httpx = fresh.installed("omni"), fresh.installed("httpx")
    lines = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "omni --help": [omni, "--help"],
        "omni lead show": [omni, "lead", "show", peers.LEAD_ID],
        "omni lead show --json": [omni, "lead", "show", "--json", peers.LEAD_ID],
        "httpx --help": [httpx, "--help"],
        "httpx URL": [httpx, url + peers.OMNI.path],
    }
    command = partial(fresh.command, OMNI_API_KEY="key", OMNI_BASE_URL=url + "/lead")
    return interleaved(rounds, {row: partial(command, line) for row, line in lines.items()})


DOWNLOAD = {
    "httpx": """
import httpx
client = httpx.Client()
def call():
    with client.stream("GET", URL) as response, open(TO, "wb") as file:
        for chunk in response.iter_raw():
            file.write(chunk)
""",
    "httpx, AsyncClient": """
import httpx
client = httpx.AsyncClient()
async def call():
    async with client.stream("GET", URL) as response:
        with open(TO, "wb") as file:
            async for chunk in response.aiter_raw():
                file.write(chunk)
""",
    "omni.Client": """
import omni
client = omni.Client(api_key="key", base_url="http://127.0.0.1")
document = omni.Document.from_dict({"id": "1", "signedUrl": URL})
def call(): client.documents.download(document, to=TO, overwrite=True)
""",
    "omni.AsyncClient": """
import omni
client = omni.AsyncClient(api_key="key", base_url="http://127.0.0.1")
document = omni.Document.from_dict({"id": "1", "signedUrl": URL})
async def call(): await client.documents.download(document, to=TO, overwrite=True)
""",
}


def downloads(url: str, rounds: int) -> Found:
    """Seconds of a large file, written to memory where there is such a disk."""
    memory = Path("/dev/shm")
    is_large = memory.exists() and shutil.disk_usage(memory).free > 2 * FILE_SIZE
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=memory if is_large else None))
        address, to = f"{url}/file/{FILE_SIZE}", str(Path(folder, "file"))
        rows: dict[str, Callable[[], float]] = {}
        if curl := shutil.which("curl"):
            rows["curl"] = partial(fresh.said, [curl, "-sfo", to, "-w", "%{time_total}", address])
        for row, code in DOWNLOAD.items():
            driver = AWAITED if "Async" in row else BLOCKING
            process = stack.enter_context(Warm(driver, address, f"TO = {to!r}\n{code}"))
            rows[row] = partial(process.each, 1)
        return interleaved(rounds, {row: partial(anew, to, measure) for row, measure in rows.items()})


def anew(path: str, measure: Callable[[], float]) -> float:
    """The figure where no file is in the way: to give back its memory would be part of it."""
    Path(path).unlink(missing_ok=True)
    return measure()
