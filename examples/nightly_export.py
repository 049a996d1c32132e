"""A script that writes a line of JSON for each lead, with what it is missing, and continues where it was interrupted.

Run it with `python examples/nightly_export.py leads.jsonl`.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import IO

import omni


def open_private(path: Path, mode: str) -> IO[bytes]:
    """Leads are people, so only the owner of a file may read it."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def load_progress(path: Path) -> tuple[str | None, int]:
    """The cursor after the last lead of an unfinished export, and the bytes that its lines have."""
    try:
        saved = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None, 0
    return saved["cursor"], saved["size"]


def save_progress(path: Path, cursor: str, size: int) -> None:
    new = path.with_name(path.name + ".new")
    with open_private(new, "wb") as file:
        file.write(json.dumps({"cursor": cursor, "size": size}).encode())
    new.replace(path)  # if the process is killed, the old progress or the new one is there, and never half of it


def export(client: omni.Client, output: Path, progress: Path) -> int:
    """Write the leads, and return how many were left out."""
    failed, unfinished = 0, output.with_name(output.name + ".unfinished")
    with open_private(unfinished, "ab") as file:
        cursor, size = load_progress(progress)
        if file.tell() < size:  # lines were lost, as by a loss of power
            cursor, size = None, 0
        file.truncate(size)  # drops a line that was written after the last progress was saved
        figures = client.analytics.iter_leads(cursor=cursor)
        for lead_figures in figures:
            try:
                lead = client.leads.get(lead_figures.id)
            except omni.NotFoundError as error:  # it was deleted meanwhile
                print(f"{lead_figures.id}: {error}", file=sys.stderr)
                failed += 1
            else:
                size += file.write(json.dumps(line(lead, lead_figures)).encode() + b"\n")
                file.flush()
            save_progress(progress, figures.cursor, size)
    progress.unlink(missing_ok=True)  # before the file has its name, so that a finished export is never continued
    unfinished.replace(output)
    return failed


def line(lead: omni.Lead, figures: omni.LeadFigures) -> dict[str, object]:
    missing = [item.code for item in lead.missing_items]
    return {"id": lead.id, "status": lead.status, "missing": missing, "messages": figures.total_messages}


def main() -> None:
    parser = argparse.ArgumentParser(description="Export what each lead is missing, as lines of JSON.")
    parser.add_argument("output", type=Path)
    output: Path = parser.parse_args().output
    progress = output.with_name(output.name + ".progress")
    with omni.Client(allow={"read"}) as client:  # an export changes nothing, whatever somebody adds to it
        try:
            failed = export(client, output, progress)
        except omni.OmniError as error:
            sys.exit(f"{error}\nRun it again to continue, or delete {progress} first to begin anew.")
    if failed:
        print(f"Leads left out: {failed}", file=sys.stderr)


if __name__ == "__main__":
    main()
