"""How the programs of examples/ are run: by the commands that their README shows."""

import contextlib
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
README = (EXAMPLES / "README.md").read_text("utf-8")
TOKEN = "fixture-token-of-examples"


def shown_command(name: str) -> str:
    """The command that the README shows for a program."""
    shown = re.search(rf"^\| \[`{name}`\].*\| `(.+)` \|$", README, re.MULTILINE)
    assert shown, f"examples/README.md does not say how to run {name}"
    return shown[1]


def command(name: str, *more: object, **replaced: object) -> list[str]:
    """The same for this Python, with some of its words replaced."""
    program, *words = (str(replaced.get(word, word)) for word in shlex.split(shown_command(name)))
    return [sys.executable, *([] if program == "python" else ["-m", program]), *words, *map(str, more)]


def wait_until(is_done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < deadline, "nothing for 60 seconds"
        time.sleep(0.02)


@contextlib.contextmanager
def serve(name: str, log: Path, port: int, *more: str) -> Iterator[httpx.Client]:
    """Run a web application in a process of its own: what frameworks set up once in a process stays there."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(name, *more, **{"9000": port}), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        return False

    try:
        wait_until(is_up)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield client
    finally:
        process.terminate()
        process.wait(60)
