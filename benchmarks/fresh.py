"""Figures of fresh processes: what a program pays before its first response."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

START = """
import sys, time
URL, IMPORTS, SETUP = sys.argv[1:]
sys.modules["click"] = None  # else httpx imports click and rich for its command line, where they are installed
modules, start = len(sys.modules), time.perf_counter()
exec(IMPORTS)
imported, of_import = time.perf_counter() - start, len(sys.modules) - modules
if SETUP:
    exec(SETUP)
    call()
responded, of_call = time.perf_counter() - start, len(sys.modules) - modules
import json
if sys.platform == "linux":  # getrusage has the peak of the parent in it
    peak = int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))) / 1000
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000**2
print(json.dumps([imported, of_import, responded, of_call, peak]))
"""
PYTHON = [sys.executable, "-P", "-c"]


@dataclass(frozen=True)
class Start:
    """A first call in a fresh process: seconds and modules until the import and the response, peak memory in MB."""

    import_seconds: float
    import_modules: int
    call_seconds: float
    call_modules: int
    peak: float


def start(url: str, imports: str, setup: str = "") -> Start:
    """Run a fresh Python that imports, creates a client and reads one response."""
    done = subprocess.run([*PYTHON, START, url, imports, setup], stdout=subprocess.PIPE, check=True)
    return Start(*json.loads(done.stdout))


def command(line: list[str], **environment: str) -> float:
    """Run a command; seconds from start to end."""
    start = time.perf_counter()
    subprocess.run(line, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def reported(line: list[str]) -> float:
    """Run a command; the seconds that it reports."""
    return float(subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout)


def script_path(program: str) -> str:
    """The path of a program that was installed with this Python."""
    return str(Path(sys.executable).parent / program)
