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

Starts = dict[str, list[Start]]
DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Measure everything, and write the page."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    if peers.OMNI.version is None:
        sys.exit("omniai-leads is not installed in this Python: use `nox -s benchmark`.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the first round compiles what is not compiled yet
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):  # with one of them, omni reads it for http:// too
        os.environ.pop(name, None)
    with loopback.running({peer.name: peer.bytes for peer in peers.PEERS}) as url:
        starts, calls = rows.starts(url, rounds), rows.calls(url, 3 * rounds)
        crowds, commands = rows.crowds(url, rounds // 2 + 1), rows.commands(url, rounds)
    secure, decodings = secure_starts(rounds), rows.decodings(2 * rounds)
    with file_host.running() as host:
        downloads = {
            url.partition(":")[0]: files.downloads(host, url, rounds // 2 + 1) for url in (host.http, host.https)
        }
        uploads, memory = files.uploads(host, rounds // 2 + 1), files.memory(host)
    lines = [
        *page.heading(datetime.datetime.now(datetime.UTC).date(), rounds),
        *page.starts(starts),
        *page.secure_starts(secure),
        *page.calls(calls),
        *page.decodings(decodings),
        *page.crowds(crowds),
        *page.downloads(downloads),
        *page.uploads(uploads),
        *page.memory(memory),
        *page.commands(commands),
        *page.faster(comparisons(starts, secure, calls, decodings, crowds, downloads, uploads, commands)),
    ]
    (DOCS / "performance.md").write_text("\n".join(lines) + "\n")
    (DOCS / "images" / "performance.svg").write_text(plot.svg(page.panels(starts, calls), peers.OMNI.distribution))
    print("\n".join(lines))


def secure_starts(rounds: int) -> Starts:
    """Up to a first response over TLS."""
    ours = [peers.OMNI, peers.OMNI_STATUS]
    with loopback.running({peer.name: peer.bytes for peer in ours}, tls=True) as url:
        return rows.starts(url, rounds, ours)


def comparisons(
    starts: Starts,
    secure: Starts,
    calls: rows.Figures,
    decodings: rows.Figures,
    crowds: rows.Figures,
    downloads: dict[str, rows.Figures],
    uploads: rows.Figures,
    commands: rows.Figures,
) -> Iterator[tuple[str, rows.Figures, str]]:
    """Each comparison of this page: its name, the seconds of what does the same, and our row in them."""
    for name, results in (("First response", starts), ("First response over TLS", secure)):
        sdks = [row for row in results if peers.version_of(row.split(",")[0]) and row != peers.OMNI_STATUS.row]
        yield name, {row: [each.call_seconds for each in results[row]] for row in sdks}, peers.OMNI.row
    for kind in ("blocking", "awaited"):
        for ours in (peers.OMNI, peers.OMNI_STATUS):
            both = {"httpx": calls[f"{kind} raw {ours.row}"], ours.row: calls[f"{kind} {ours.row}"]}
            yield f"One more call, {kind}", both, ours.row
            at_once = {row: crowds[f"{kind} {row}"] for row in ("httpx", ours.row)}
            yield f"A thousand leads, {kind}", at_once, ours.row
    others = {row: each for row, each in decodings.items() if not row.startswith(("what", "and"))}
    yield "Decoding", {**others, "omni, all read": decodings["and reading every log and document"]}, "omni, all read"
    for way, figures in (
        ("Download", downloads["http"]),
        ("Download over TLS", downloads["https"]),
        ("Upload", uploads),
    ):
        for ours in ("omni.Client", "omni.AsyncClient"):
            yield way, {row: figures[row] for row in figures if row == ours or "omni" not in row}, ours
    yield "Command", {row: commands[row] for row in ("omni lead show --json", "httpx URL")}, "omni lead show --json"


if __name__ == "__main__":
    main()
