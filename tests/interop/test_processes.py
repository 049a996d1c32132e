"""gevent, gunicorn and Celery: one client serves all greenlets, threads and processes, and each gets its own lead."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("gunicorn", reason="the session interop installs it")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and the workers of Celery need fork")

LEADS = [f"lead-{number}" for number in range(40)]


@contextmanager
def running(arguments: list[str], ready: str, env: dict[str, str]) -> Generator[str]:
    """Run a module of Python from the line that matches until the end of the block; it must end well, and in time."""
    command = [sys.executable, "-m", *arguments]
    process = subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    lines = []
    assert process.stdout is not None
    with process:
        try:
            for line in process.stdout:
                lines.append(line)
                if found := re.search(ready, line):
                    yield found[1]
                    process.send_signal(signal.SIGTERM)
                    break
            lines += process.stdout
        except BaseException:
            process.kill()
            raise
        finally:
            watchdog.cancel()
    assert process.returncode == 0, "".join(lines)
    assert "Traceback" not in "".join(lines), "".join(lines)


def test_gevent_runs_many_greenlets_with_one_client(server: Any, run_program: Callable[..., str]) -> None:
    """They wait at the same time, deadlines hold, and a call that gevent interrupts costs no other one its lead."""
    server.pause = 0.1
    report = json.loads(run_program("under_gevent.py"))

    assert report["mixed up"] == []
    assert server.most_busy > 10
    assert report["deadlines"] == ["late"] * 5
    assert report["cut"] == ["interrupted"] * 10
    assert report["busy"] == []


@pytest.mark.parametrize(
    ("options", "connections"),
    [("-k sync --preload", 3), ("-k gthread --threads 4 --preload", 9), ("-k gevent", 16)],
    ids=["sync preloaded", "gthread preloaded", "gevent"],
)
def test_gunicorn_workers_use_a_client_made_at_import(
    server: Any, program_env: dict[str, str], options: str, connections: int
) -> None:
    """Each request gets its own lead in whatever worker, and a worker takes no connection from the master."""
    arguments = ["gunicorn", "--workers", "2", "--bind", "127.0.0.1:0", "--no-control-socket", *options.split(), "wsgi"]
    with running(arguments, r"Listening at: (http\S+)", program_env) as url, ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda lead_id: httpx.get(f"{url}/{lead_id}", timeout=20).text.split(), LEADS))

    assert [lead_id for *_, lead_id in responses] == LEADS
    assert {made_in_parent for _, made_in_parent, _ in responses} == {str("preload" in options)}
    assert len([target for target, _ in server.requests if "import" not in target]) == len(LEADS)
    workers = len({process for process, *_ in responses})
    assert workers + ("preload" in options) <= server.connections <= connections


def test_celery_workers_use_a_client_made_at_import(
    server: Any, program_env: dict[str, str], run_program: Callable[..., str], tmp_path: Path
) -> None:
    """Two processes, forked after the first call, get the lead of each task, over a connection each."""
    program_env["QUEUE"] = str(tmp_path)
    without = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
    arguments = ["celery", "--app", "tasks", "worker", "--concurrency", "2", "--loglevel", "INFO", *without]
    with running(arguments, r" (ready)\.", program_env):
        results = json.loads(run_program("tasks.py", *LEADS[:12]))

    assert [result[1:] for result in results] == [[True, lead_id] for lead_id in LEADS[:12]]
    workers = len({process for process, *_ in results})
    assert server.connections == workers + 2  # those of the parent and of the sender, when they import
