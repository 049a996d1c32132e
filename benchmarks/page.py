"""The page docs/performance.md."""

import datetime
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import peers
from figures import added, median, ms, ratio, table, us
from files import FILE_SIZE, MEMORY_SIZE, UPLOAD_SIZE
from fresh import Start
from rows import Figures

INTRODUCTION = """\
What the SDK costs, compared with httpx alone and with other SDKs. Written by `nox -s benchmark`, never by hand.

A server in a process of its own sends canned responses over loopback: there is no network in any figure, and TLS only
where it is said; server and kernel are the same in all. Rows take turns in small blocks, so that a machine that slows
down slows all of them. Times are medians over all rounds; × and shares are medians of the ratios within a round, and
are what to quote from another machine. Each SDK reads one object by its id, with its defaults, and decodes all of it.
omni decodes only what is read, so it has a second row: a program that reads the status alone. The responses differ in
size, so each call is compared with httpx and `.json()` of the same response. stripe's blocking client is built on
requests, not on httpx.
"""


def heading(today: datetime.date, rounds: int) -> Iterator[str]:
    """What was measured, when, and on which machine."""
    yield f"# Performance\n\n{INTRODUCTION}"
    missing = ", ".join(each.distribution for each in peers.ALL if each.version is None)
    yield f"{today}, {rounds} rounds. {platform.python_implementation()} {platform.python_version()}, {machine()}."
    if missing:
        yield f"Left out, since not installed: {missing}."
    yield "\n![First response, added time and memory of each SDK](images/performance.svg)"


def machine() -> str:
    """A description of this machine."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return ", ".join(filter(None, [platform.system(), platform.machine(), processor, f"{os.cpu_count()} cores"]))


def starts(first: Mapping[str, list[Start]]) -> Iterator[str]:
    """The table of first responses."""
    yield "\n## A first response from a fresh process\n"
    yield (
        "A fresh Python imports the client, creates one and reads one response. The bytecode is cached. click is"
        " hidden, so that httpx does not import its command line.\n"
    )
    yield from table(
        ["", "version", "import, ms", "× httpx", "modules", "response, ms", "× httpx", "modules", "peak, MB"],
        (first_response(row, results, first["httpx"]) for row, results in first.items()),
    )


def secure_starts(first: Mapping[str, list[Start]]) -> Iterator[str]:
    """The table of first responses over TLS."""
    yield "\nThe same over TLS, with certifi's authorities and one more:\n"
    times = {row: [each.call_seconds for each in results] for row, results in first.items()}
    yield from table(
        ["", "response, ms", "× httpx"],
        ([row, ms(each), f"{ratio(each, times['httpx']):.2f}"] for row, each in times.items()),
    )


def first_response(row: str, results: list[Start], base: list[Start]) -> list[str]:
    """One SDK's row."""
    version = peers.version_of(row.split(",")[0]) or ""
    imports, responses = [each.import_seconds for each in results], [each.call_seconds for each in results]
    figures = [ms(imports), f"{ratio(imports, [each.import_seconds for each in base]):.2f}"]
    figures.append(str(results[0].import_modules))
    if row == "Python alone":
        figures = ["", "", ""]
    if version:
        figures += [ms(responses), f"{ratio(responses, [each.call_seconds for each in base]):.2f}"]
        figures.append(str(results[0].call_modules))
    else:
        figures += ["", "", ""]
    return [row, version, *figures, f"{median(each.peak for each in results):.0f}"]


def calls(results: Figures) -> Iterator[str]:
    """The table of warm calls."""
    yield "\n## One more call\n"
    yield "Over an open connection. *Added* is the time in addition to httpx with the same response.\n"
    head = ["", "call", "response, bytes"]
    for kind in ("blocking", "awaited"):
        head += [f"{kind}, µs", "added, µs", "× httpx"]
    yield from table(head, (one_call(peer, results) for peer in peers.PEERS))


def one_call(peer: peers.Peer, results: Figures) -> list[object]:
    """One SDK's row."""
    row: list[object] = [peer.row, f"`{peer.what}`", len(peer.bytes)]
    for kind in ("blocking", "awaited"):
        mine, base = results.get(f"{kind} {peer.row}"), results.get(f"{kind} raw {peer.row}")
        row += [us(mine), f"{added(mine, base) * 1e6:.0f}", f"{ratio(mine, base):.2f}"] if mine and base else [""] * 3
    return row


def decodings(results: Figures) -> Iterator[str]:
    """The table of decoding."""
    size = len(peers.large_lead()) / 1000
    yield "\n## Decoding\n"
    yield f"A lead with 100 action logs and 40 documents, {size:.0f} kB of JSON.\n"
    base = results["json.loads"]
    yield from table(
        ["", "µs", "× json.loads"], ([row, us(each), f"{ratio(each, base):.2f}"] for row, each in results.items())
    )


def crowds(results: Figures) -> Iterator[str]:
    """The table of a thousand leads."""
    yield "\n## A thousand leads, 32 in flight\n"
    yield (
        "One lead a thousand times, by threads for blocking calls and tasks for awaited ones. The blocking httpx keeps"
        " all connections here, as omni does; by default it keeps 20, and threads may lose theirs to each other"
        " (encode/httpcore#1110).\n"
    )
    yield from table(
        ["", "leads a second", "share of httpx"],
        (
            [row, f"{1000 / median(each):.0f}", f"{ratio(results[f'{row.split()[0]} httpx'], each):.0%}"]
            for row, each in results.items()
        ),
    )


def downloads(results: Mapping[str, Figures]) -> Iterator[str]:
    """The tables of downloads, by scheme."""
    yield "\n## Downloads\n"
    yield (
        f"A file of {FILE_SIZE / 1e6:.0f} MB, written to a disk in memory if there is one; elsewhere omni alone waits"
        " until it is on the disk. curl's time is the one it reports; curl and omni open a connection for each file.\n"
    )
    for scheme, figures in results.items():
        yield from speeds({"http": "", "https": "over TLS"}[scheme], FILE_SIZE, figures)
        yield ""


def uploads(results: Figures) -> Iterator[str]:
    """The table of uploads."""
    yield "## Uploads\n"
    yield f"A file of {UPLOAD_SIZE / 1e6:.0f} MB, the largest that the API takes is 100 MB, without TLS.\n"
    yield from speeds("", UPLOAD_SIZE, results)


def speeds(head: str, size: int, results: Figures) -> Iterator[str]:
    """A table of speeds."""
    name = "curl" if "curl" in results else "httpx"
    yield from table(
        [head, "MB/s", f"share of {name}"],
        (
            [row, f"{size / 1e6 / median(each):.0f}", f"{ratio(results[name], each):.0%}"]
            for row, each in results.items()
        ),
    )


def memory(results: Mapping[str, float]) -> Iterator[str]:
    """What a download adds to the memory of a process."""
    yield "\n## Memory of a download\n"
    yield (
        f"How much the peak memory of a process that has downloaded a small file grows by one of"
        f" {MEMORY_SIZE / 1e9:.0f} GB.\n"
    )
    yield from table(["", "MB"], ([row, f"{extra:.1f}"] for row, extra in results.items()))


def commands(results: Figures) -> Iterator[str]:
    """The table of commands."""
    yield "\n## The command line\n"
    yield "Whole commands, from start to end; httpx has a command line that does one request.\n"
    base = results["python -c pass"]
    yield from table(
        ["", "ms", "× python"], ([f"`{row}`", ms(each), f"{ratio(each, base):.1f}"] for row, each in results.items())
    )


def faster(comparisons: Iterable[tuple[str, Figures, str]]) -> Iterator[str]:
    """Every row that something else is still faster in; a comparison has a name, seconds by row, and our row."""
    yield "\n## Where something else is faster\n"
    for name, figures, ours in comparisons:
        for row, theirs in figures.items():
            if row != ours and (share := ratio(theirs, figures[ours])) < 0.995:
                yield f"- {name}: {row} takes {share:.0%} of the time of {ours}."


def panels(first: Mapping[str, list[Start]], warm: Figures) -> dict[str, dict[str, float]]:
    """The bars of the plot."""
    sdks = [peer.row for peer in peers.PEERS]
    return {
        "First response, ms": {
            row: median(each.call_seconds * 1000 for each in first[row]) for row in ["httpx", *sdks]
        },
        "Added to a blocking call, µs": {
            row: added(warm[f"blocking {row}"], warm[f"blocking raw {row}"]) * 1e6 for row in sdks
        },
        "Peak memory, MB": {row: median(each.peak for each in first[row]) for row in ["httpx", *sdks]},
    }
