"""The sandbox computes analytics as the page on it says, and refuses what the page refuses."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from sandbox_responses import BY_WORDS, ok, refusal

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]
SAMPLE_DAY = {"start": "2026-01-30T00:00:00Z", "end": "2026-01-31T00:00:00Z"}


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    """A sandbox with small pages."""
    with sandbox.running(application=sandbox.app(page_size=5)) as server:
        yield server


def analytics(api: httpx.Client, **query: str) -> dict[str, Any]:
    return ok(api.get("/api/v0/analytics", params=query))


def pages(api: httpx.Client, **query: str) -> Iterator[dict[str, Any]]:
    page = analytics(api, **query)
    yield page
    while page["nextToken"]:
        page = analytics(api, **query, token=page["nextToken"])
        yield page


def figures(api: httpx.Client, lead_id: str) -> dict[str, Any]:
    (lead,) = [lead for page in pages(api) for lead in page["breakdown"] if lead["leadId"] == lead_id]
    return lead


def test_every_lead_is_on_one_page(api: httpx.Client) -> None:
    """Pages have at most `page_size` leads, each lead is on one, and all have the same totals."""
    all_pages = list(pages(api))
    ids = [lead["leadId"] for page in all_pages for lead in page["breakdown"]]

    assert [len(page["breakdown"]) for page in all_pages] == [5, 5, 3]
    assert sorted(ids) == sorted(set(BY_WORDS.values()) - {BY_WORDS["awkward file names"]})
    assert all(page["totals"] == all_pages[0]["totals"] for page in all_pages)
    assert (all_pages[0]["start"], all_pages[0]["end"]) == (None, None)


def test_full_last_page_has_no_token(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """The last page has no token, also if it is full."""
    for lead_id in list(workspace.leads)[5:]:
        workspace.leads[lead_id]["lead"]["deletedAt"] = "2026-03-10T15:00:00.000Z"

    assert [len(page["breakdown"]) for page in pages(api)] == [5]


def test_totals_are_sums_over_the_leads(api: httpx.Client) -> None:
    """Totals are the sums of the figures of all leads."""
    leads = [lead for page in pages(api) for lead in page["breakdown"]]
    totals = analytics(api)["totals"]

    assert (totals["count"], totals["leadsCompleted"], totals["leadsOptedOut"]) == (13, 1, 1)
    assert totals["totalMessages"] == totals["inboundMessages"] + totals["outboundMessages"] == 37
    for name in ("totalMessages", "inboundMessages"):
        assert totals[name] == sum(lead[name] for lead in leads)
    for group in ("completion", "interventions"):
        counts = {name: count for name, count in totals[group].items() if name != "bySource"}
        assert counts == {name: sum(lead[group][name] for lead in leads) for name in counts}
    assert totals["channels"].keys() == {"sms", "email"}
    assert totals["channels"]["sms"] == {
        direction: sum(lead["channels"]["sms"][direction] for lead in leads) for direction in ("inbound", "outbound")
    }


def test_figures_of_a_lead(api: httpx.Client) -> None:
    """Figures count messages by direction and channel, and required items; times have no milliseconds."""
    lead = figures(api, IN_PROGRESS)

    assert (lead["totalMessages"], lead["inboundMessages"], lead["outboundMessages"]) == (2, 1, 1)
    assert (lead["lastInboundAt"], lead["lastOutboundAt"]) == ("2026-03-10T14:00:00Z", "2026-03-10T13:00:00Z")
    assert lead["channels"]["sms"] == {
        "inbound": 1,
        "outbound": 0,
        "lastInboundAt": "2026-03-10T14:00:00Z",
        "lastOutboundAt": None,
    }
    assert (lead["createdAt"], lead["completedAt"], lead["optedOutAt"]) == ("2026-03-02T09:00:00Z", None, None)
    assert lead["completion"]["totalRequired"] == 10
    assert lead["completion"]["totalCompleted"] == 5
    assert figures(api, BY_WORDS["complete"])["completedAt"] == "2026-03-10T15:00:00Z"
    assert figures(api, BY_WORDS["opted out"])["optedOutAt"] == "2026-03-10T14:00:00Z"


def test_drafts_are_not_counted(api: httpx.Client) -> None:
    """A message that waits for approval is not counted as sent."""
    assert figures(api, BY_WORDS["draft awaiting approval"])["outboundMessages"] == 0


def test_written_values_are_imported(api: httpx.Client) -> None:
    """A value that was written through the API counts as imported."""
    before = figures(api, IN_PROGRESS)["completion"]["bySource"]
    values = [{"code": "ein", "value": "00-0000000"}]
    ok(api.put("/api/v1/leads", json={"leadId": IN_PROGRESS, "checklistItems": values}))
    after = figures(api, IN_PROGRESS)
    (ein,) = [item for item in after["checklist"] if item["code"] == "ein"]

    assert after["completion"]["bySource"] == {**before, "imported": 1}
    assert (ein["source"], ein["status"], ein["value"], ein["required"]) == (
        "imported",
        "COMPLETED",
        "00-0000000",
        True,
    )
    assert {item["source"] for item in after["checklist"] if item["status"] != "COMPLETED"} == {None}


def test_deleted_and_test_leads_are_not_counted(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """Deleted leads and test leads are not counted."""
    before = analytics(api)["totals"]["count"]
    workspace.leads[IN_PROGRESS]["lead"]["deletedAt"] = "2026-03-10T15:00:00.000Z"
    workspace.leads[sandbox.LEAD_ID]["lead"]["isTest"] = True

    assert analytics(api)["totals"]["count"] == before - 2


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 13),
        (SAMPLE_DAY, 1),
        ({"start": "2026-01-30T02:00:00Z", "end": "2026-01-30T02:00:00Z"}, 1),
        ({"start": "2026-01-30T03:00:00+01:00", "end": "2026-01-30T03:00:00+01:00"}, 1),
        ({"start": "2026-01-30T02:00:00.001Z"}, 10),
        ({"end": "2026-01-30T01:59:59Z"}, 0),
        ({"start": "2020-01-01t00:00:00z"}, 11),
    ],
)
def test_period(api: httpx.Client, query: dict[str, str], count: int) -> None:
    """Leads are chosen by when they were created, start and end included; one without a time is in no period."""
    page = analytics(api, **query)

    assert page["totals"]["count"] == count
    assert (page["start"], page["end"]) == (query.get("start"), query.get("end"))


def test_totals_without_leads(api: httpx.Client) -> None:
    """Without leads all totals are there, and are 0."""
    page = analytics(api, end="2020-01-01T00:00:00Z")

    assert (page["breakdown"], page["nextToken"]) == ([], None)
    assert page["totals"]["channels"] == {channel: {"inbound": 0, "outbound": 0} for channel in ("sms", "email")}
    assert page["totals"].keys() == analytics(api)["totals"].keys()


def test_csv(api: httpx.Client) -> None:
    """The CSV format gives a link to a file with a flat row for every lead of all pages."""
    response = analytics(api, format="csv")
    file = httpx.get(response["downloadUrl"], trust_env=False)
    rows = {row["leadId"]: row for row in csv.DictReader(StringIO(file.text))}

    assert list(response) == ["downloadUrl"]
    assert file.headers["content-type"] == "text/csv"
    assert len(rows) == 13
    assert (rows[IN_PROGRESS]["channels.sms.inbound"], rows[IN_PROGRESS]["checklist.0.code"]) == ("1", "business_name")
    assert rows[IN_PROGRESS]["checklist.1.value.city"] == "Anytown"


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"begin": "2026-01-01"}, "must not have begin"),
        ({"format": "xml"}, "one of json, csv"),
        ({"start": "yesterday"}, "ISO 8601"),
        ({"end": "2026-13-01T00:00:00Z"}, "ISO 8601"),
        ({"end": ""}, "ISO 8601"),
        ({"start": "2026-01-01"}, "with an offset"),
        ({"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "after end"),
        ({"token": "somewhere"}, "no token"),
        ({"token": "after-5", "format": "csv"}, "JSON only"),
    ],
)
def test_wrong_query_is_refused(api: httpx.Client, query: dict[str, str], refused: str) -> None:
    """Unknown parameters, wrong dates, a start after the end and unknown tokens are refused."""
    assert refused in refusal(api.get("/api/v0/analytics", params=query))
