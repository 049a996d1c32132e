"""The sandbox counts its leads as the page on analytics says, and refuses what the page refuses."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from answers import BY_WORDS, ok, refusal

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]
SAMPLE_DAY = {"start": "2026-01-30T00:00:00Z", "end": "2026-01-31T00:00:00Z"}


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    """A sandbox whose pages are small."""
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
    (found,) = [each for page in pages(api) for each in page["breakdown"] if each["leadId"] == lead_id]
    return found


def test_pages(api: httpx.Client) -> None:
    """Pages are of at most so many leads, hold each lead once, and all have the same totals."""
    found = list(pages(api))
    ids = [lead["leadId"] for page in found for lead in page["breakdown"]]

    assert [len(page["breakdown"]) for page in found] == [5, 5, 3]
    assert sorted(ids) == sorted(set(BY_WORDS.values()) - {BY_WORDS["awkward file names"]})
    assert all(page["totals"] == found[0]["totals"] for page in found)
    assert (found[0]["start"], found[0]["end"]) == (None, None)


def test_exact_pages(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """A last page that is just full has no token."""
    for lead_id in list(workspace.leads)[5:]:
        workspace.leads[lead_id]["lead"]["deletedAt"] = "2026-03-10T15:00:00.000Z"

    assert [len(page["breakdown"]) for page in pages(api)] == [5]


def test_totals(api: httpx.Client) -> None:
    """Totals add up what the leads have."""
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
        way: sum(lead["channels"]["sms"][way] for lead in leads) for way in ("inbound", "outbound")
    }


def test_figures(api: httpx.Client) -> None:
    """A lead's figures count its messages by way and channel, and its required items; no stamp has milliseconds."""
    found = figures(api, IN_PROGRESS)

    assert (found["totalMessages"], found["inboundMessages"], found["outboundMessages"]) == (2, 1, 1)
    assert (found["lastInboundAt"], found["lastOutboundAt"]) == ("2026-03-10T14:00:00Z", "2026-03-10T13:00:00Z")
    assert found["channels"]["sms"] == {
        "inbound": 1,
        "outbound": 0,
        "lastInboundAt": "2026-03-10T14:00:00Z",
        "lastOutboundAt": None,
    }
    assert (found["createdAt"], found["completedAt"], found["optedOutAt"]) == ("2026-03-02T09:00:00Z", None, None)
    assert found["completion"]["totalRequired"] == 10
    assert found["completion"]["totalCompleted"] == 5
    assert figures(api, BY_WORDS["complete"])["completedAt"] == "2026-03-10T15:00:00Z"
    assert figures(api, BY_WORDS["opted out"])["optedOutAt"] == "2026-03-10T14:00:00Z"


def test_drafts_are_no_messages(api: httpx.Client) -> None:
    """What waits for approval was not sent."""
    assert figures(api, BY_WORDS["draft awaiting approval"])["outboundMessages"] == 0


def test_imported(api: httpx.Client) -> None:
    """What is written through the API counts as imported."""
    before = figures(api, IN_PROGRESS)["completion"]["bySource"]
    values = [{"code": "ein", "value": "00-0000000"}]
    ok(api.put("/api/v1/leads", json={"leadId": IN_PROGRESS, "checklistItems": values}))
    after = figures(api, IN_PROGRESS)
    (ein,) = [each for each in after["checklist"] if each["code"] == "ein"]

    assert after["completion"]["bySource"] == {**before, "imported": 1}
    assert (ein["source"], ein["status"], ein["value"], ein["required"]) == (
        "imported",
        "COMPLETED",
        "00-0000000",
        True,
    )
    assert {each["source"] for each in after["checklist"] if each["status"] != "COMPLETED"} == {None}


def test_left_out(api: httpx.Client, workspace: sandbox.Workspace) -> None:
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
def test_between(api: httpx.Client, query: dict[str, str], count: int) -> None:
    """Start and end choose leads by when they were made, themselves included; one that does not say is in neither."""
    page = analytics(api, **query)

    assert page["totals"]["count"] == count
    assert (page["start"], page["end"]) == (query.get("start"), query.get("end"))


def test_nobody(api: httpx.Client) -> None:
    """Without a lead all totals are there, and are nought."""
    page = analytics(api, end="2020-01-01T00:00:00Z")

    assert (page["breakdown"], page["nextToken"]) == ([], None)
    assert page["totals"]["channels"] == {way: {"inbound": 0, "outbound": 0} for way in ("sms", "email")}
    assert page["totals"].keys() == analytics(api)["totals"].keys()


def test_csv(api: httpx.Client) -> None:
    """In CSV mode the answer is a link to a file with a flat row for each lead of all pages."""
    answer = analytics(api, format="csv")
    file = httpx.get(answer["downloadUrl"], trust_env=False)
    rows = {row["leadId"]: row for row in csv.DictReader(StringIO(file.text))}

    assert list(answer) == ["downloadUrl"]
    assert file.headers["content-type"] == "text/csv"
    assert len(rows) == 13
    assert (rows[IN_PROGRESS]["channels.sms.inbound"], rows[IN_PROGRESS]["checklist.0.code"]) == ("1", "business_name")
    assert rows[IN_PROGRESS]["checklist.1.value.city"] == "Anytown"


@pytest.mark.parametrize(
    ("query", "words"),
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
def test_strict(api: httpx.Client, query: dict[str, str], words: str) -> None:
    """An unknown parameter, a date that is none, a start after the end and a foreign token are refused."""
    assert words in refusal(api.get("/api/v0/analytics", params=query))
