"""``omni lead export``: many leads in one file, which the same command completes after an error."""

import csv
import json
import re
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import omni
from omni import sandbox
from omni.cli._main import omni_command

from .test_main import run_on_a_terminal

Run = Callable[..., Result]

IDS = [f"11111111-1111-4111-8111-1111111111{number:02}" for number in range(1, 7)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def leads_in(path: Path) -> list[str]:
    """The ids of the leads in lines of JSON."""
    return sorted(omni.Lead.from_dict(json.loads(line)).id for line in path.read_bytes().splitlines())


def read_parquet(path: Path) -> Any:
    """The table in a Parquet file."""
    return pytest.importorskip("polars").read_parquet(path)


def test_formats(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """A line of JSON as it came, and rows of the same leads; the path is printed."""
    for name in ("leads.jsonl", "leads.CSV"):
        result = run("lead", "export", *IDS, "--to", name)
        assert (result.exit_code, result.stdout, result.stderr) == (0, f"{name}\n", "")

    leads = [omni.Lead.from_dict(json.loads(line)) for line in (folder / "leads.jsonl").read_bytes().splitlines()]
    assert sorted(lead.id for lead in leads) == IDS
    with open("leads.CSV", newline="", encoding="utf-8") as file:  # noqa: PTH123 - with the newline that csv needs
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert sorted(rows) == IDS
    for lead in leads:
        row = rows[lead.id]
        assert list(row) == list(lead.to_row())
        assert (row["first_name"], row["did_opt_out"]) == (lead.first_name or "", str(lead.did_opt_out).lower())
        assert lead.created_at is None or datetime.fromisoformat(row["created_at"]) == lead.created_at
    assert {path.name for path in folder.iterdir()} == {"leads.jsonl", "leads.CSV"}


def test_parquet(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """Its columns have the types of their fields, also where all leads have none."""
    pytest.importorskip("polars")
    assert run("lead", "export", *IDS, "--to", "leads.parquet").exit_code == 0

    frame = read_parquet(folder / "leads.parquet")
    with omni.Client(api_key=served.api_key, base_url=served.base_url) as client:
        rows = [client.leads.get(lead_id).to_row() for lead_id in IDS]
    assert frame.sort("id").to_dicts() == rows
    assert frame.schema["deleted_at"].is_temporal()
    assert str(frame.schema["is_test"]) == "Boolean"


def test_parquet_without_polars(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named before anything is sent."""
    monkeypatch.setitem(sys.modules, "polars", None)
    result = run("lead", "export", "1", "--to", "leads.parquet")

    assert result.stderr == "error: Parquet needs one more package: pip install 'omniai-leads[parquet]'.\n"


def test_formulas(run: Run, respond_with: Callable[..., None], folder: Path) -> None:
    """A spreadsheet runs nothing of what applicants wrote."""
    respond_with({"lead": {"id": "1", "firstName": '=HYPERLINK("x")', "lastName": "a\nb", "phoneNumber": "+1 202"}})
    run("lead", "export", "1", "--to", "leads.csv")

    row = next(csv.DictReader((folder / "leads.csv").read_text().splitlines()))
    assert (row["first_name"], row["last_name"], row["phone_number"]) == ('\'=HYPERLINK("x")', "a b", "+1 202")


def test_same_command_reads_what_is_missing(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """After errors for now, there is no half file; what was read is private, and is not read again."""
    for _ in range(3):
        served.fail_next(f"503; path=/api/v1/leads/{IDS[3]}")
    failed = run("lead", "export", *IDS, "--to", "leads.jsonl")

    assert failed.exit_code == 1
    assert failed.stderr.startswith(f"failed: {IDS[3]}: GET /api/v1/leads/{{leadId}}: 503")
    assert failed.stderr.endswith("error: 1 of 6 leads failed: the same command reads what is missing.\n")
    assert [path.name for path in folder.iterdir()] == ["leads.jsonl.unfinished"]
    assert stat.S_IMODE((folder / "leads.jsonl.unfinished").stat().st_mode) == 0o600

    with open("leads.jsonl.unfinished", "ab") as file:  # noqa: PTH123 - to append
        file.write(b'{"lead": {"id": "half a li')  # as after a kill
    served.workspace.requests.clear()
    assert run("lead", "export", *reversed(IDS), IDS[0].upper(), "--to", "leads.jsonl").exit_code == 0
    assert served.workspace.requests == [("GET", f"/api/v1/leads/{IDS[3]}")]
    assert leads_in(folder / "leads.jsonl") == IDS
    assert [path.name for path in folder.iterdir()] == ["leads.jsonl"]


def test_only_leads_that_are_asked_for_are_in_the_file(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """Also if an unfinished file of the same name has others."""
    for _ in range(3):
        served.fail_next(f"503; path=/api/v1/leads/{IDS[3]}")
    run("lead", "export", *IDS, "--to", "leads.jsonl")
    result = run("lead", "export", IDS[0], "no-such-lead", "..", "--to", "leads.jsonl")

    assert leads_in(folder / "leads.jsonl") == [IDS[0]]
    assert result.exit_code == 1
    assert "failed: no-such-lead: GET /api/v1/leads/{leadId}: 404" in result.stderr
    assert "failed: ..: lead_id cannot be an id" in result.stderr
    assert result.stderr.endswith("error: 2 of 3 leads are left out.\n")


def test_wrong_key_keeps_what_was_read(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """The command ends at the first 401, and says that it can be continued."""
    served.fail_next(f"401; path=/api/v1/leads/{IDS[5]}")
    result = run("lead", "export", *IDS, "--to", "leads.jsonl", "--concurrency", "1")

    assert result.exit_code == 4
    assert result.stderr.startswith("note: leads.jsonl.unfinished has 5 leads: the same command reads the rest.")
    assert run("lead", "export", *IDS, "--to", "leads.jsonl").exit_code == 0
    assert leads_in(folder / "leads.jsonl") == IDS


def test_damaged_file_is_named(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """Nothing is sent, and nothing is deleted."""
    (folder / "leads.csv.unfinished").write_text("not JSON\n")
    result = run("lead", "export", IDS[0], "--to", "leads.csv")

    assert result.exit_code == 2
    assert re.fullmatch(r"error: .*leads\.csv\.unfinished is damaged: delete it\.\n", result.stderr)
    assert served.workspace.requests == []
    assert (folder / "leads.csv.unfinished").read_text() == "not JSON\n"


def test_ids_of_a_file_and_of_stdin(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """The first column of each line, as the other commands print it; blank lines are none."""
    lines = "".join(f"{lead_id}\tmore\n\n" for lead_id in IDS)
    (folder / "ids.txt").write_text(lines)

    assert run("lead", "export", "--ids", "ids.txt", "--to", "a.jsonl").exit_code == 0
    assert CliRunner().invoke(omni_command, ["lead", "export", "--ids", "-", "--to", "b.jsonl"], lines).exit_code == 0
    assert leads_in(folder / "a.jsonl") == leads_in(folder / "b.jsonl") == IDS


def test_all_leads(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """Those that analytics lists, or those that were created in a period."""
    run("lead", "export", "--all", "--to", "all.jsonl")
    run("lead", "export", "--all", "--start", "2026-03-01", "--to", "some.jsonl")

    with omni.Client(api_key=served.api_key, base_url=served.base_url) as client:
        all_ids = [lead.id for lead in client.analytics.iter_leads()]
        since = [lead.id for lead in client.analytics.iter_leads(start=datetime(2026, 3, 1, tzinfo=UTC))]
    assert leads_in(folder / "all.jsonl") == sorted(all_ids)
    assert leads_in(folder / "some.jsonl") == sorted(since)
    assert 0 < len(since) < len(all_ids)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--to a.csv", "Say in one way which leads: by ids, by --ids FILE, or by --all."),
        ("1 --all --to a.csv", "Say in one way which leads: by ids, by --ids FILE, or by --all."),
        ("1 --start 2026-03-01 --to a.csv", "--start and --end choose some of --all."),
        ("1 --to a.txt", "--to must be a file whose name ends with one of .jsonl, .csv, .parquet."),
        ("1 --to .", "--to must be a file whose name ends with one of .jsonl, .csv, .parquet."),
        ("1 --to there.csv", "A file of that name exists: pass --overwrite to replace it, or another --to."),
    ],
)
def test_wrong_usage(run: Run, served: sandbox.Sandbox, folder: Path, arguments: str, message: str) -> None:
    """Nothing is sent or written."""
    (folder / "there.csv").write_text("kept")
    result = run("lead", "export", *arguments.split())

    assert (result.exit_code, result.stderr) == (2, f"error: {message}\n")
    assert served.workspace.requests == []
    assert [path.read_text() for path in folder.iterdir()] == ["kept"]


def test_no_leads(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """There is no empty file."""
    result = run("lead", "export", "--all", "--start", "2030-01-01", "--to", "leads.csv")

    assert (result.exit_code, result.stderr) == (1, "error: There are no leads, so there is no file.\n")
    assert [*folder.iterdir()] == []


@pytest.mark.usefixtures("python_path")
def test_progress_on_a_terminal(served: sandbox.Sandbox, folder: Path) -> None:
    """Leads are counted while they are read."""
    written = run_on_a_terminal("lead", "export", *IDS, "--to", "leads.jsonl")

    assert re.search(r"leads .*[0-6]/6", written)
    assert written.splitlines()[-1].endswith("leads.jsonl")
