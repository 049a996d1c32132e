"""What it costs to import the SDK and to read a first lead, against ``import httpx`` alone.

    nox -s benchmark            or: python benchmarks/startup.py [ROUNDS]

Each row is a fresh Python that measures itself; the rows take turns, so a machine that slows down slows all of them.
Figures are medians; quote the ratios. The sandbox that answers runs in this process.
"""

import json
import statistics
import subprocess
import sys

import omni.sandbox

ROWS = {
    "import httpx": "import httpx",
    "import omni": "import omni",
    "import omni_client": "import omni_client",
    "httpx, client and one GET": "import httpx\nwith httpx.Client() as it: it.get(URL, headers=HEADERS).json()",
    "omni, client and one lead": "import omni\nwith omni.Client(base_url=BASE, api_key=KEY) as it: it.leads.get(ID)",
}

CHILD = """
import json, sys, time
BASE, ID = sys.argv[1:3]
KEY = "sandbox-key"
URL, HEADERS = f"{BASE}/api/v1/leads/{ID}", {"x-api-key": KEY}
before, start = len(sys.modules), time.perf_counter()
exec(sys.argv[3])
print(json.dumps([time.perf_counter() - start, len(sys.modules) - before]))
"""


def measure(code: str, base_url: str) -> tuple[float, int]:
    """Seconds and modules of one fresh Python."""
    arguments = [sys.executable, "-c", CHILD, base_url, omni.sandbox.LEAD_ID, code]
    seconds, modules = json.loads(subprocess.run(arguments, capture_output=True, check=True).stdout)
    return seconds, modules


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    found: dict[str, list[tuple[float, int]]] = {row: [] for row in ROWS}
    with omni.sandbox.running() as server:
        for round_number in range(rounds + 1):
            for row, code in ROWS.items():
                result = measure(code, server.base_url)
                if round_number:  # the first round only warms the caches
                    found[row].append(result)
    base = [seconds for seconds, _ in found["import httpx"]]
    print(f"Python {sys.version.split()[0]}, {rounds} rounds\n")
    print("| | ms | × import httpx | modules | × import httpx |\n|---|---|---|---|---|")
    for row, results in found.items():
        seconds = [each for each, _ in results]
        ratio = statistics.median(mine / theirs for mine, theirs in zip(seconds, base, strict=True))
        modules, of = results[0][1], found["import httpx"][0][1]
        print(f"| {row} | {statistics.median(seconds) * 1000:.0f} | {ratio:.2f} | {modules} | {modules / of:.2f} |")


if __name__ == "__main__":
    main()
