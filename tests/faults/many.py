"""Make ten thousand calls by one client, and print the open files and bytes of memory after every two thousand.

python many.py URL KIND
"""

import gc
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from calls import CALLS, close, make_call, make_client, run


def figures() -> tuple[int, int]:
    """Open files and resident bytes of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len([*Path("/proc/self/fd").iterdir()]), pages * os.sysconf("SC_PAGE_SIZE")


async def main(url: str, kind: str) -> None:
    """Make them, one after the other."""
    found = []
    client = make_client(kind, url)
    for _ in range(5):
        for _ in range(2000):
            await make_call(kind, CALLS[0], client)
        found.append(figures())
    await close(kind, client)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    run(sys.argv[2], main, *sys.argv[1:])
