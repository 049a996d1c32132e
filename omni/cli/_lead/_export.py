"""``omni lead export``: many leads in one file."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from omni.cli._connection import Failure, UsageFailure, connect
from omni.cli._lead._read import lead
from omni.cli._messages import describe
from omni.cli._options import Options, connects, drop_unset, example, period
from omni.cli._output import as_json, cell, clean, print_line, progress_bars
from omni.errors import NotFoundError, OmniError, UsageError

if TYPE_CHECKING:
    import omni

_PERMANENT = (NotFoundError, UsageError)
"""What the same command would find again."""


@lead.command(epilog=example("omni lead export --sandbox --all --to leads.csv"))
@click.argument("lead_ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--ids", "file", type=click.File(encoding="utf-8"), help="Ids, one a line, in the first column; - is stdin."
)
@click.option(
    "--all", "is_all", is_flag=True, help="All leads of the analytics, or those that --start and --end choose."
)
@period
@click.option("--to", metavar="PATH", type=click.Path(), required=True, help="File: .jsonl, .csv or .parquet.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@click.option("--concurrency", type=click.IntRange(1), default=8, show_default=True, help="Leads to read at once.")
@connects
@click.pass_obj
def export(
    options: Options,
    /,
    lead_ids: tuple[str, ...],
    file: IO[str] | None,
    is_all: bool,
    to: str,
    overwrite: bool,
    concurrency: int,
    **times: Any,
) -> None:
    """Save many leads in a file, and print its path.

    A .jsonl file has the JSON of one lead a line, the others a row of its flat fields, in the order in which the leads
    came. In .csv, text that a spreadsheet would run as a formula begins with a '. Until the file is complete, what was
    read is in PATH.unfinished: if the command is stopped or a lead fails for now, the same command reads what is
    missing. Leads that do not exist are left out, and the exit code is 1.
    """
    from omni._files.destination import resolve_target

    _check_source(lead_ids, file, is_all, times)
    folder, name, given_folder = resolve_target(to, overwrite)
    suffix = Path(name).suffix.lower()
    if suffix not in _CONTENTS:
        raise UsageFailure(f"--to must be a file whose name ends with one of {', '.join(_CONTENTS)}.")
    if suffix == ".parquet" and not find_spec("polars"):
        raise Failure("Parquet needs one more package: pip install 'omniai-leads[parquet]'.")
    with Unfinished(folder / f"{name}.unfinished") as unfinished, connect(options) as client:
        ids = _ids(lead_ids, file) if not is_all else (lead.id for lead in client.analytics.iter_leads(**times))
        total = len({*lead_ids}) if lead_ids else None
        failures = unfinished.read_missing(client, ids, concurrency, total)
        _report(failures, unfinished.count)
        if not unfinished.count:
            raise Failure("There are no leads, so there is no file.")
        unfinished.save(folder / name, suffix, overwrite)
    print_line(clean(given_folder / name))
    if failures:
        raise Failure(f"{len(failures)} of {len(failures) + unfinished.count} leads are left out.")


def _check_source(lead_ids: tuple[str, ...], file: object, is_all: bool, times: dict[str, Any]) -> None:
    if sum(map(bool, (lead_ids, file, is_all))) != 1:
        raise UsageFailure("Say in one way which leads: by ids, by --ids FILE, or by --all.")
    if drop_unset(**times) and not is_all:
        raise UsageFailure("--start and --end choose some of --all.")


def _ids(lead_ids: tuple[str, ...], file: IO[str] | None) -> Iterator[str]:
    yield from lead_ids
    yield from filter(None, (line.partition("\t")[0].strip() for line in file or ()))


def _report(failures: dict[str, OmniError], count: int) -> None:
    """Say why leads are missing; Failure if the same command may read some of them."""
    for lead_id, error in failures.items():
        click.echo(f"failed: {clean(lead_id)}: {describe(error)}", err=True)
    temporary = [error for error in failures.values() if not isinstance(error, _PERMANENT)]
    if temporary:
        total = count + len(failures)
        raise Failure(f"{len(temporary)} of {total} leads failed: the same command reads what is missing.")


class Unfinished:
    """The leads that were read so far, in a file that only its owner can read: the JSON of one a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved: set[str] = set()
        self._asked: set[str] = set()

    def __enter__(self) -> "Unfinished":
        self._file = open(self._path, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600))
        try:
            self._file.truncate(self._load())
        except BaseException:
            self._file.close()
            raise
        return self

    def _load(self) -> int:
        """Note the leads that are there; the bytes that they take."""
        self._file.seek(0)
        size = 0
        for line in self._file:
            if not line.endswith(b"\n"):  # the process was killed while it wrote
                break
            size += len(line)
            self._saved.add(self._lead(line)[0])
        return size

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if not self._saved:
            self._path.unlink(missing_ok=True)
        elif kind is not None and not issubclass(kind, click.ClickException):
            click.echo(
                f"note: {clean(self._path.name)} has {self.count} leads: the same command reads the rest.", err=True
            )

    @property
    def count(self) -> int:
        """How many of the leads that were asked for are there."""
        return len(self._saved & self._asked)

    def read_missing(
        self, client: "omni.Client", ids: Iterable[str], concurrency: int, total: int | None
    ) -> dict[str, OmniError]:
        """Read the leads that are not there yet; the errors of those that failed, by id."""
        failures: dict[str, OmniError] = {}
        with progress_bars(of_bytes=False) as show:
            for done, result in enumerate(client.leads.iter_many(self._missing(ids), concurrency=concurrency), 1):
                if result.error is None:
                    self._file.write(as_json(result.lead.to_dict()).encode() + b"\n")
                    self._saved.add(_comparable(result.lead_id))
                else:
                    failures[result.lead_id] = result.error
                show("leads", None, done, total and total - len(self._asked & self._saved) + done)
        return failures

    def _missing(self, ids: Iterable[str]) -> Iterator[str]:
        for lead_id in ids:
            id = _comparable(lead_id)
            if id not in self._asked and id not in self._saved:
                yield lead_id
            self._asked.add(id)

    def save(self, target: Path, suffix: str, overwrite: bool) -> None:
        """Write the leads that were asked for in their format, all or nothing, and remove this file."""
        from omni._files.atomic_write import PartialFile

        self._file.seek(0)  # which flushes
        leads = (found for id, found in map(self._lead, self._file) if id in self._asked)
        size = 0
        with PartialFile(target.parent) as part:
            for content in _CONTENTS[suffix](leads):
                part.write(size, content)
                size += len(content)
            part.commit(target, size, overwrite)
        self._path.unlink()

    def _lead(self, line: bytes) -> tuple[str, "omni.Lead"]:
        import omni

        try:
            lead = omni.Lead.from_dict(json.loads(line))
        except (ValueError, RecursionError):  # UsageError is one
            lead = None
        if lead is None:
            raise UsageFailure(f"{clean(self._path)} is damaged: delete it.")
        return _comparable(lead.id), lead


def _comparable(lead_id: str) -> str:
    from omni._operations.ids import comparable_id  # with views, which `omni lead --help` does without

    return comparable_id(lead_id)


def _json_lines(leads: Iterable["omni.Lead"]) -> Iterator[bytes]:
    for each in leads:
        yield as_json(each.to_dict()).encode() + b"\n"


def _csv(leads: Iterable["omni.Lead"]) -> Iterator[bytes]:
    import csv
    import io

    header: list[str] = []
    for row in (each.to_row() for each in leads):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not header:
            writer.writerow(header := [*row])
        writer.writerow(map(cell, row.values()))
        yield text.getvalue().encode()


def _parquet(leads: Iterable["omni.Lead"]) -> Iterator[bytes]:
    import io

    polars: Any = import_module("polars")  # type checkers may not have it

    def kind(name: str) -> Any:
        if name.endswith("_at"):
            return polars.Datetime("us", "UTC")
        return polars.Boolean if name.startswith(("is_", "did_")) else polars.String

    rows = (each.to_row() for each in leads)
    frames = [polars.DataFrame({})]
    while batch := [*islice(rows, _BATCH)]:  # a frame takes a fraction of what rows take
        frames.append(polars.DataFrame(batch, schema={name: kind(name) for name in batch[0]}))
    buffer = io.BytesIO()
    polars.concat(frames[1:] or frames).write_parquet(buffer)
    yield buffer.getvalue()


_CONTENTS: dict[str, Callable[[Iterable["omni.Lead"]], Iterator[bytes]]] = {
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}
"""The content of a file in each format, in parts."""

_BATCH = 10_000
