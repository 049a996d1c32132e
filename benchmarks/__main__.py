"""What the SDK costs against httpx alone and against other SDKs; writes docs/performance.md and its plot.

    nox -s benchmark            or: python benchmarks [ROUNDS]

It takes about three minutes; for a first look: `python benchmarks 2`. It measures what is installed.
"""

import datetime
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import file_host
import files
import loopback
import page
import peers
import plot
import rows
from fresh import Start

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Measure everything, and write the page."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    if peers.OMNI.version is None:
        sys.exit("omniai-leads is not installed in this Python: use `nox -s benchmark`.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the first round compiles what is not compiled yet
    with loopback.running({peer.name: peer.bytes for peer in peers.PEERS}) as url:
        starts = rows.starts(url, rounds)
        calls = rows.calls(url, 3 * rounds)
        lines = [
            *page.heading(datetime.datetime.now(datetime.UTC).date(), rounds),
            *page.starts(starts),
            *page.secure_starts(secure_starts(rounds)),
            *page.calls(calls),
            *page.decodings(rows.decodings(2 * rounds)),
            *page.crowds(rows.crowds(url, rounds // 2 + 1)),
            *large_files(rounds // 2 + 1),
            *page.commands(rows.commands(url, rounds)),
        ]
    (DOCS / "performance.md").write_text("\n".join(lines) + "\n")
    (DOCS / "images" / "performance.svg").write_text(plot.svg(page.panels(starts, calls), peers.OMNI.distribution))
    print("\n".join(lines))


def secure_starts(rounds: int) -> dict[str, list[Start]]:
    """Up to a first response over TLS."""
    ours = [peers.OMNI, peers.OMNI_STATUS]
    with loopback.running({peer.name: peer.bytes for peer in ours}, tls=True) as url:
        return rows.starts(url, rounds, ours)


def large_files(rounds: int) -> Iterator[str]:
    """The tables of large files."""
    with file_host.running() as host:
        yield from page.downloads(
            {url[: url.index(":")]: files.downloads(host, url, rounds) for url in (host.http, host.https)}
        )
        yield from page.uploads(files.uploads(host, rounds))
        yield from page.memory(files.memory(host))


if __name__ == "__main__":
    main()
