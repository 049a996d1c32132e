"""Fuzz the sandbox from the spec with schemathesis: `python tests/contract/fuzz.py`, as `nox -s fuzz` does.

Left out are two checks. `positive_data_acceptance` takes every body that fits the schema for a good one, while the API
documents rules that no schema holds: a status and an opt-out that contradict each other, an item of another lead.
`allow_header_conformance` wants all methods of a path in one header, which nobody has documented.
Stateful runs also do without `negative_data_rejection`: there schemathesis takes good uploads for bad ones (4.32).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from omni import sandbox

SPEC = Path(__file__).parents[2] / "openapi" / "omni.yaml"
LEFT_OUT = "positive_data_acceptance,allow_header_conformance"
RUNS = (
    ("--phases", "examples,coverage,fuzzing", "--exclude-checks", LEFT_OUT),
    ("--phases", "stateful", "--exclude-checks", f"{LEFT_OUT},negative_data_rejection"),
)


def main() -> int:
    with sandbox.running() as server, tempfile.TemporaryDirectory() as folder:
        where = ("--checks", "all", "--url", server.base_url, "--header", f"x-api-key: {server.api_key}")
        same = ("--seed", "1", "--max-examples", "100", *sys.argv[1:])
        command = (sys.executable, "-m", "schemathesis.cli", "run", str(SPEC), *where, *same)
        # What it remembers of a run goes into the folder that it runs in.
        return max(subprocess.run([*command, *run], cwd=folder).returncode for run in RUNS)


if __name__ == "__main__":
    sys.exit(main())
