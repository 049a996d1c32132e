"""The output of ``omni analytics``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from omni import sandbox

Run = Callable[..., Result]

COMPLETE = "11111111-1111-4111-8111-111111111102"


def table(result: Result) -> list[list[str]]:
    """The cells of the output."""
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_totals_are_one_line_each(run: Run, served: sandbox.Sandbox) -> None:
    """One line for each number; those of open maps are named by their keys."""
    figures = dict(table(run("analytics", "totals")))

    assert list(figures)[:4] == ["leads", "leads completed", "leads opted out", "messages"]
    assert figures["leads"] == str(len(table(run("analytics", "leads"))))
    assert {"sms inbound", "email outbound", "items required", "items by agent", "interventions manualUpdates"} < {
        *figures
    }


def test_totals_json(run: Run, served: sandbox.Sandbox) -> None:
    """``--json`` prints the object of the API."""
    totals = json.loads(run("analytics", "totals", "--json").stdout)

    assert {"count", "channels", "completion", "interventions"} < {*totals}


def test_leads_are_one_line_each(run: Run, served: sandbox.Sandbox) -> None:
    """One line for each lead: id, times, messages."""
    rows = table(run("analytics", "leads"))

    assert [COMPLETE, "2026-03-02T09:00:00+00:00", "2026-03-10T15:00:00+00:00", "", "0"] in rows


def test_unreadable_opt_out_time_is_an_opt_out(run: Run, respond_with: Callable[..., None]) -> None:
    """The column is empty only for leads that did not opt out."""
    leads = [{"leadId": "1", "optedOutAt": "yesterday"}, {"leadId": "2", "optedOutAt": None}]
    respond_with({"totals": {}, "breakdown": leads})

    assert [row[3] for row in table(run("analytics", "leads"))] == ["yes", ""]


def test_leads_json_is_one_object_per_line(run: Run, served: sandbox.Sandbox) -> None:
    """``--json`` prints one object per line."""
    leads = [json.loads(line) for line in run("analytics", "leads", "--json").stdout.splitlines()]

    assert COMPLETE in [lead["leadId"] for lead in leads]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_max_items(run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """``--max-items`` limits the lines, and no page more than needed is requested."""
    with sandbox.running(application=sandbox.app(page_size=2)) as served:
        monkeypatch.setenv("OMNI_BASE_URL", served.base_url)
        monkeypatch.setenv("OMNI_API_KEY", served.api_key)
        result = run("analytics", "leads", "--max-items", "3", *options)

    assert len(result.stdout.splitlines()) == 3
    assert len(served.workspace.requests) == 2


def test_leads_before_an_error_are_printed(run: Run, respond_with: Callable[..., None]) -> None:
    """An error in the middle, such as a repeated page token, takes nothing away that was printed before."""
    respond_with({"totals": {}, "breakdown": [{"leadId": "1"}], "nextToken": "again"})

    result = run("analytics", "leads")

    assert table(result)[0] == ["1", "", "", "", ""]
    assert result.exit_code == 1
    assert result.stderr.startswith("error: GET /api/v0/analytics: ")


def test_missing_totals_are_empty(run: Run, respond_with: Callable[..., None]) -> None:
    """Numbers that the response does not have are empty."""
    respond_with({"totals": None, "breakdown": []})

    assert ["leads", ""] in table(run("analytics", "totals"))


@pytest.mark.parametrize(
    ("options", "is_there"),
    [
        (["--start", "2026-03-02T09:00:00Z"], True),
        (["--start", "2026-03-02T09:00:01Z"], False),
        (["--start", "2026-03-02T10:00:00+01:00"], True),
        (["--start", "2026-03-02", "--end", "2026-03-03"], True),
        (["--start", "2026-03-03"], False),
        (["--end", "2026-03-02"], False),
    ],
)
def test_period(run: Run, served: sandbox.Sandbox, options: list[str], is_there: bool) -> None:
    """``--start`` and ``--end`` choose leads by creation; a date is its start, in UTC."""
    result = run("analytics", "leads", *options)

    assert result.exit_code == 0
    assert (COMPLETE in result.stdout) == is_there


def test_no_leads(run: Run, served: sandbox.Sandbox) -> None:
    """Without leads, a sentence on stderr says so."""
    result = run("analytics", "leads", "--end", "2000-01-01")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "There are no leads.\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--start", "soon"], "it must be an ISO 8601 time"),
        (["--start", "2026-03-02", "--end", "2026-03-01"], "start"),
    ],
)
@pytest.mark.parametrize(
    "command", [["totals"], ["leads"], ["csv", "--to", "leads.csv"]], ids=lambda command: command[0]
)
def test_invalid_times(run: Run, served: sandbox.Sandbox, command: list[str], options: list[str], message: str) -> None:
    """What is no time, or a start after the end, is refused before anything is sent."""
    result = run("analytics", *command, *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert served.workspace.requests == []


def test_csv(run: Run, served: sandbox.Sandbox, tmp_path: Path) -> None:
    """The file is saved and its path printed; an existing file stays, unless ``--overwrite`` is given."""
    target = tmp_path / "leads.csv"
    first, second, third = (
        run("analytics", "csv", "--to", str(target), *options) for options in ([], [], ["--overwrite"])
    )

    assert (first.exit_code, first.stdout, first.stderr) == (0, f"{target}\n", "")
    assert COMPLETE in target.read_text()
    assert (second.exit_code, third.exit_code) == (2, 0)
