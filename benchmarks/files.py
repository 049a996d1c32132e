"""Figures of large files: downloads with TLS and without, uploads, and how much memory they take beyond the rest."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import fresh
import transfer
from file_host import FileHost
from rows import Figures, interleaved
from warm import AWAITED, BLOCKING, Warm

FILE_SIZE = 200_000_000
UPLOAD_SIZE = 99_000_000
MEMORY_SIZE = 2_000_000_000

PREPARE = """
import os
os.environ["SSL_CERT_FILE"] = AUTHORITY
"""
DOWNLOAD = {
    "httpx": """
import httpx
client = httpx.Client()
def call():
    with client.stream("GET", URL) as response, open(FILE, "wb") as file:
        for chunk in response.iter_raw():
            file.write(chunk)
""",
    "httpx, AsyncClient": """
import httpx
client = httpx.AsyncClient()
async def call():
    async with client.stream("GET", URL) as response:
        with open(FILE, "wb") as file:
            async for chunk in response.aiter_raw():
                file.write(chunk)
""",
    "omni.Client": """
import omni
client = omni.Client(api_key="key", base_url="http://127.0.0.1")
document = omni.Document.from_dict({"id": "1", "signedUrl": URL})
def call(): client.documents.download(document, to=FILE, overwrite=True)
""",
    "omni.AsyncClient": """
import omni
client = omni.AsyncClient(api_key="key", base_url="http://127.0.0.1")
document = omni.Document.from_dict({"id": "1", "signedUrl": URL})
async def call(): await client.documents.download(document, to=FILE, overwrite=True)
""",
}
UPLOAD = {
    "httpx": """
import httpx
client = httpx.Client()
def call():
    with open(FILE, "rb") as file:
        client.post(URL + "/api/v1/documents", data={"leadId": "1"}, files={"files": file}).raise_for_status()
""",
    "omni.Client": """
import omni
client = omni.Client(api_key="key", base_url=URL)
def call(): client.documents.upload("1", FILE)
""",
    "omni.AsyncClient": """
import omni
client = omni.AsyncClient(api_key="key", base_url=URL)
async def call(): await client.documents.upload("1", FILE)
""",
}
"""httpx's async client sends no files that are open: it would read them in the event loop."""


@contextlib.contextmanager
def fast_file(size: int) -> Iterator[str]:
    """The path of a file that there is none of yet, on a disk in memory if there is one with enough room."""
    memory = Path("/dev/shm")
    is_large = memory.exists() and shutil.disk_usage(memory).free > 2 * size
    with tempfile.TemporaryDirectory(dir=memory if is_large else None) as folder:
        yield str(Path(folder, "file"))


def downloads(host: FileHost, url: str, rounds: int) -> Figures:
    """Seconds of a large file from one of the two addresses."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(fast_file(FILE_SIZE))
        address = f"{url}/{FILE_SIZE}"
        rows: dict[str, Callable[[], float]] = {}
        if curl := shutil.which("curl"):
            options = ["-sfo", file, "--cacert", host.authority, "-w", "%{time_total}"]
            rows["curl"] = partial(fresh.reported, [curl, *options, address])
        rows |= pythons(stack, host, address, file, DOWNLOAD)
        return interleaved(rounds, {row: partial(measure_without_file, file, each) for row, each in rows.items()})


def uploads(host: FileHost, rounds: int) -> Figures:
    """Seconds of the upload of a large file, without TLS."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(fast_file(UPLOAD_SIZE))
        Path(file).write_bytes(bytes(UPLOAD_SIZE))
        rows: dict[str, Callable[[], float]] = {}
        if curl := shutil.which("curl"):
            form = ["-F", "leadId=1", "-F", f"files=@{file}", "-o", "/dev/null", "-w", "%{time_total}"]
            rows["curl"] = partial(fresh.reported, [curl, "-sf", *form, f"{host.http}/api/v1/documents"])
        rows |= pythons(stack, host, host.http, file, UPLOAD)
        return interleaved(rounds, rows)


def pythons(
    stack: contextlib.ExitStack, host: FileHost, url: str, file: str, codes: dict[str, str]
) -> Iterator[tuple[str, Callable[[], float]]]:
    """A warm process for each of these programs."""
    for row, code in codes.items():
        names = f"AUTHORITY, FILE = {host.authority!r}, {file!r}"
        driver = AWAITED if "Async" in row else BLOCKING
        process = stack.enter_context(Warm(driver, url, f"{names}\n{PREPARE}\n{code}"))
        yield row, partial(process.time_call, 1)


def memory(host: FileHost) -> dict[str, float]:
    """The megabytes by which the peak memory of a fresh process grows by a download of 2 GB."""
    codes = transfer.DOWNLOADS.items()
    return {row: transfer.measure(code, host.http, host.authority, MEMORY_SIZE)[1] for row, code in codes}


def measure_without_file(path: str, measure: Callable[[], float]) -> float:
    """Measure without the file of the round before: freeing its memory would be part of the figure."""
    Path(path).unlink(missing_ok=True)
    return measure()
