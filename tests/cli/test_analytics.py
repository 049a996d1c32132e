"""What ``omni analytics`` prints."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from omni import sandbox

Run = Callable[..., Result]

COMPLETE = "11111111-1111-4111-8111-111111111102"


def table(result: Result) -> list[list[str]]:
    """The cells of what was printed."""
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_totals(run: Run, served: sandbox.Sandbox) -> None:
    """One line a figure, those of open maps by their names."""
    figures = dict(table(run("analytics", "totals")))

    assert list(figures)[:4] == ["leads", "leads completed", "leads opted out", "messages"]
    assert figures["leads"] == str(len(table(run("analytics", "leads"))))
    assert {"sms inbound", "email outbound", "items required", "items by agent", "interventions manualUpdates"} < {
        *figures
    }


def test_totals_json(run: Run, served: sandbox.Sandbox) -> None:
    """--json is the object of the API."""
    totals = json.loads(run("analytics", "totals", "--json").stdout)

    assert {"count", "channels", "completion", "interventions"} < {*totals}


def test_leads(run: Run, served: sandbox.Sandbox) -> None:
    """One line a lead: id, times, messages."""
    rows = table(run("analytics", "leads"))

    assert [COMPLETE, "2026-03-02T09:00:00+00:00", "2026-03-10T15:00:00+00:00", "", "0"] in rows


def test_leads_whose_opt_out_cannot_be_read(run: Run, answering: Callable[..., None]) -> None:
    """Their column is not empty, as it is of those who did not opt out."""
    leads = [{"leadId": "1", "optedOutAt": "yesterday"}, {"leadId": "2", "optedOutAt": None}]
    answering({"totals": {}, "breakdown": leads})

    assert [row[3] for row in table(run("analytics", "leads"))] == ["yes", ""]


def test_leads_json(run: Run, served: sandbox.Sandbox) -> None:
    """--json is one object a line."""
    leads = [json.loads(line) for line in run("analytics", "leads", "--json").stdout.splitlines()]

    assert COMPLETE in [lead["leadId"] for lead in leads]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_leads_stop(run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """--max-items is how many are listed, and no page more than needed is asked for."""
    with sandbox.running(application=sandbox.app(page_size=2)) as served:
        monkeypatch.setenv("OMNI_BASE_URL", served.base_url)
        monkeypatch.setenv("OMNI_API_KEY", served.api_key)
        result = run("analytics", "leads", "--max-items", "3", *options)

    assert len(result.stdout.splitlines()) == 3
    assert len(served.workspace.requests) == 2


def test_leads_are_printed_as_they_come(run: Run, answering: Callable[..., None]) -> None:
    """An error in the middle, such as pages in a circle, takes nothing away of what came before."""
    answering({"totals": {}, "breakdown": [{"leadId": "1"}], "nextToken": "again"})

    result = run("analytics", "leads")

    assert table(result)[0] == ["1", "", "", "", ""]
    assert result.exit_code == 1
    assert result.stderr.startswith("error: GET /api/v0/analytics: ")


def test_no_totals(run: Run, answering: Callable[..., None]) -> None:
    """Figures that the response does not have are empty."""
    answering({"totals": None, "breakdown": []})

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
def test_between(run: Run, served: sandbox.Sandbox, options: list[str], is_there: bool) -> None:
    """Times say which leads; a date is its start, in UTC."""
    result = run("analytics", "leads", *options)

    assert result.exit_code == 0
    assert (COMPLETE in result.stdout) == is_there


def test_no_leads(run: Run, served: sandbox.Sandbox) -> None:
    """If there are none, a sentence on stderr says so."""
    result = run("analytics", "leads", "--end", "2000-01-01")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "There are no leads.\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--start", "soon"], "it must be an ISO 8601 time"),
        (["--start", "2026-03-02", "--end", "2026-03-01"], "start"),
    ],
)
@pytest.mark.parametrize("command", [["totals"], ["leads"], ["csv", "--to", "leads.csv"]], ids=lambda each: each[0])
def test_wrong_times(run: Run, served: sandbox.Sandbox, command: list[str], options: list[str], words: str) -> None:
    """What cannot be a time, or between no two, is refused before anything is sent."""
    result = run("analytics", *command, *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert served.workspace.requests == []


def test_csv(run: Run, served: sandbox.Sandbox, tmp_path: Path) -> None:
    """The file is there, and its path is printed; one that is there stays, unless --overwrite is given."""
    target = tmp_path / "leads.csv"
    first, second, third = (
        run("analytics", "csv", "--to", str(target), *options) for options in ([], [], ["--overwrite"])
    )

    assert (first.exit_code, first.stdout, first.stderr) == (0, f"{target}\n", "")
    assert COMPLETE in target.read_text()
    assert (second.exit_code, third.exit_code) == (2, 0)
