"""What large files cost: extra memory at its peak, and speed against curl and bare httpx.

    nox -s benchmark            or: python benchmarks/transfer.py [MEGABYTES [ROUNDS]]

Each row is a fresh Python that moves a small file first, and then measures how much its peak memory grows by the large
one. Rows take turns; speeds are medians, memory is the largest of all rounds. The server is ``file_host.py``.
All of the Python rows that download wait until the file is on the disk (fsync); curl does not.
"""

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

import file_host

# A row defines `move(url, size, to)`; `url` is the server's, and GET url/SIZE gives a file of so many bytes. Each finds
# the certificate of the server in SSL_CERT_FILE.
HTTPX = """
import httpx, os
def move(url, size, to):
    with httpx.Client() as client, client.stream("GET", f"{url}/{size}") as response, open(to, "wb") as file:
        for chunk in response.iter_raw():
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
"""
OMNI = """
import omni
def move(url, size, to):
    document = omni.Document.from_dict({"id": "1", "signedUrl": f"{url}/{size}"})
    with omni.Client(api_key="k", base_url="http://127.0.0.1") as client:
        client.documents.download(document, to=to, overwrite=True)
"""
OMNI_ASYNC = """
import asyncio, omni
def move(url, size, to):
    async def main():
        document = omni.Document.from_dict({"id": "1", "signedUrl": f"{url}/{size}"})
        async with omni.AsyncClient(api_key="k", base_url="http://127.0.0.1") as client:
            await client.documents.download(document, to=to, overwrite=True)
    asyncio.run(main())
"""
CURL = """
import subprocess
def move(url, size, to):
    subprocess.run(["curl", "-sfo", to, f"{url}/{size}"], check=True)  # curl knows SSL_CERT_FILE too
"""
# The same the other way: POST to url/api/v1/documents is an upload.
HTTPX_UPLOAD = """
import httpx, os
def move(url, size, to):
    with open(to, "wb+") as file:
        file.truncate(size)
        httpx.post(f"{url}/api/v1/documents", data={"leadId": "1"}, files={"files": file}).raise_for_status()
"""
OMNI_UPLOAD = """
import omni, os
def move(url, size, to):
    open(to, "ab").close()
    os.truncate(to, size)
    with omni.Client(api_key="k", base_url=url) as client:
        client.documents.upload("1", to)
"""
OMNI_ASYNC_UPLOAD = """
import asyncio, omni, os
def move(url, size, to):
    async def main():
        open(to, "ab").close()
        os.truncate(to, size)
        async with omni.AsyncClient(api_key="k", base_url=url) as client:
            await client.documents.upload("1", to)
    asyncio.run(main())
"""
CURL_UPLOAD = """
import os, subprocess
def move(url, size, to):
    open(to, "ab").close()
    os.truncate(to, size)
    form = ["-F", "leadId=1", "-F", f"files=@{to}"]
    subprocess.run(["curl", "-sfo", os.devnull, *form, f"{url}/api/v1/documents"], check=True)
"""
DOWNLOADS = {"omni.Client": OMNI, "omni.AsyncClient": OMNI_ASYNC}
HAS_CURL = shutil.which("curl") is not None
ROWS = {
    **{
        f"{kind}, {row}": code
        for kind in ("download", "download over TLS")
        for row, code in {"bare httpx": HTTPX, **DOWNLOADS, **({"curl": CURL} if HAS_CURL else {})}.items()
    },
    "upload, bare httpx": HTTPX_UPLOAD,
    "upload, omni.Client": OMNI_UPLOAD,
    "upload, omni.AsyncClient": OMNI_ASYNC_UPLOAD,
    **({"upload, curl": CURL_UPLOAD} if HAS_CURL else {}),
}
MAX_UPLOAD = 99
"""Megabytes of a file that the API accepts."""
MEGABYTE = 1000**2


def peak() -> float:
    """The peak memory of this process so far, in megabytes."""
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage / (MEGABYTE if platform.system() == "Darwin" else 1000)


def child(code: str, url: str, size: int, to: str) -> None:
    """Move a small file, then measure a large one; print seconds and extra megabytes."""
    names: dict[str, object] = {}
    exec(code, names)
    move = names["move"]
    assert callable(move)
    move(url, MEGABYTE, to)
    before, start = peak(), time.perf_counter()
    move(url, size, to)
    print(json.dumps([time.perf_counter() - start, peak() - before]))


def measure(code: str, url: str, authority: str, size: int) -> tuple[float, float]:
    """Seconds and extra megabytes of one fresh Python."""
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder, "file")
        arguments = [sys.executable, __file__, "child", code, url, str(size), str(to)]
        environment = {**os.environ, "SSL_CERT_FILE": authority}
        done = subprocess.run(arguments, stdout=subprocess.PIPE, check=True, env=environment)
        seconds, extra = json.loads(done.stdout)
    return seconds, extra


def megabytes_of(row: str, megabytes: int) -> int:
    """The megabytes that a row moves."""
    return min(megabytes, MAX_UPLOAD) if row.startswith("upload") else megabytes


def main() -> None:
    """Print the table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    results: dict[str, list[tuple[float, float]]] = {row: [] for row in ROWS}
    with file_host.running() as host:
        for _ in range(rounds):
            for row, code in ROWS.items():
                url = host.https if "TLS" in row else host.http
                results[row].append(measure(code, url, host.authority, megabytes_of(row, megabytes) * MEGABYTE))
    print(f"Python {sys.version.split()[0]}, {rounds} rounds\n")
    print("| | MB | MB/s | × bare httpx | extra memory, MB |\n|---|---|---|---|---|")
    for row, measured in results.items():
        size, base = megabytes_of(row, megabytes), results[f"{row.split(',')[0]}, bare httpx"]
        speed = size / statistics.median(seconds for seconds, _ in measured)
        ratio = statistics.median(theirs / mine for (mine, _), (theirs, _) in zip(measured, base, strict=True))
        extra = "" if "curl" in row else f"{max(extra for _, extra in measured):.1f}"
        print(f"| {row} | {size} | {speed:.0f} | {ratio:.2f} | {extra} |")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["child", code, url, size, to]:
            child(code, url, int(size), to)
        case _:
            main()
