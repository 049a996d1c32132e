"""What is measured, in rounds: each round runs every row once, so that a machine that slows down slows all of them."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import fresh
import peers
from warm import AWAITED, BLOCKING, Warm

Figures = dict[str, list[float]]
"""The figure of each round, by row."""


def interleaved(rounds: int, rows: dict[str, Callable[[], float]]) -> Figures:
    """Run each row once a round; an extra first round warms the caches and does not count."""
    results = [[measure() for measure in rows.values()] for _ in range(rounds + 1)][1:]
    return dict(zip(rows, map(list, zip(*results, strict=True)), strict=True))


def starts(url: str, rounds: int, only: Sequence[peers.Peer] = ()) -> dict[str, list[fresh.Start]]:
    """Up to a first response, in fresh processes."""
    rows = {} if only else {"Python alone": ("", ""), "import omni": ("import omni", "")}
    for peer in [peers.raw(peers.OMNI), *(only or peers.PEERS)]:
        rows[peer.row] = (peer.imports, peer.blocking)
    results: dict[str, list[fresh.Start]] = {row: [] for row in rows}
    for round_number in range(rounds + 1):
        for row, code in rows.items():
            result = fresh.start(url, *code)
            if round_number:
                results[row].append(result)
    return results


def calls(url: str, rounds: int, number: int = 20) -> Figures:
    """Seconds of one warm call, one after the other; `raw …` is httpx with the same body."""
    with contextlib.ExitStack() as stack:
        rows: dict[str, Callable[[], float]] = {}
        for peer in peers.PEERS:
            for kind, each in (("raw ", peers.raw(peer)), ("", peer)):
                for row, warm in pythons(url, each):
                    process = stack.enter_context(warm)
                    rows[f"{row} {kind}{peer.row}"] = partial(process.time_call, number)
        return interleaved(rounds, rows)


def crowds(url: str, rounds: int, number: int = 1000, at_once: int = 32) -> Figures:
    """Seconds of a thousand leads with 32 in flight."""
    with contextlib.ExitStack() as stack:
        rows: dict[str, Callable[[], float]] = {}
        for peer in (peers.raw(peers.OMNI), peers.OMNI, peers.OMNI_STATUS):
            for row, warm in pythons(url, peer):
                process = stack.enter_context(warm)
                rows[f"{row} {peer.row}"] = partial(process.time_concurrent, number, at_once)
        return interleaved(rounds, rows)


def pythons(url: str, peer: peers.Peer) -> Iterator[tuple[str, Warm]]:
    """The processes of a row: a blocking one, and an awaited one if the SDK has an async client."""
    yield "blocking", Warm(BLOCKING, url, f"{peer.imports}\n{peer.blocking}")
    if peer.awaited:
        yield "awaited", Warm(AWAITED, url, f"{peer.imports}\n{peer.awaited}")


PYDANTIC = """
import os, sys
sys.path.insert(0, os.path.dirname(URL))
from pydantic_models import LeadDetails as PydanticLead
"""
DECODE = """
import json
from omni import Lead
from omni_client.models import LeadDetails
data = open(URL, "rb").read()
def read_status():
    lead = Lead._from_json(json.loads(data))
    lead.status, lead.missing_items
def read_everything():
    lead = Lead._from_json(json.loads(data))
    for log in lead.action_logs: log.id, log.type, log.status, log.summary, log.created_at
    for document in lead.documents: document.id, document.filename, document.size, document.signed_url
def call(): {}
"""


def decodings(rounds: int, number: int = 20) -> Figures:
    """Seconds to decode a lead with 100 logs and 40 documents."""
    rows = {
        "json.loads": "json.loads(data)",
        "pydantic's model_validate_json, models of the same spec": "PydanticLead.model_validate_json(data)",
        "json.loads and the generated model": "LeadDetails.from_dict(json.loads(data))",
        "what client.leads.get does: finding the id": "Lead._from_json(json.loads(data))",
        "and reading status and missing items": "read_status()",
        "and reading every log and document": "read_everything()",
    }
    with contextlib.ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "lead.json")
        file.write_bytes(peers.large_lead())
        make_pydantic_models(file.with_name("pydantic_models.py"))
        warm: dict[str, Warm] = {}
        for row, code in rows.items():
            imports = PYDANTIC if "pydantic" in row else ""
            warm[row] = stack.enter_context(Warm(BLOCKING, str(file), f"{imports}\n{DECODE.format(code)}"))
        return interleaved(rounds, {row: partial(process.time_call, number) for row, process in warm.items()})


def make_pydantic_models(file: Path) -> None:
    """The models that datamodel-code-generator makes of our spec."""
    generator = fresh.script_path("datamodel-codegen")
    spec = Path(__file__).parents[1] / "openapi" / "omni.yaml"
    options = [
        "--input-file-type",
        "openapi",
        "--output-model-type",
        "pydantic_v2.BaseModel",
        "--formatters",
        "builtin",
    ]
    subprocess.run([generator, "--input", str(spec), *options, "--output", str(file)], check=True)


def commands(url: str, rounds: int) -> Figures:
    """Seconds of whole commands."""
    omni, httpx = fresh.script_path("omni"), fresh.script_path("httpx")
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
