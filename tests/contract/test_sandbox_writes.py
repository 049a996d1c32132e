"""The sandbox keeps what is written to it, and computes what follows."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from answers import BY_WORDS, Clock, get, items, ok

from omni import sandbox

IN_PROGRESS, IN_REVIEW, DRAFT = (
    BY_WORDS[f"{w}"] for w in ("in progress with files missing", "in review", "draft awaiting approval")
)


CLOCK = Clock()


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running(application=sandbox.app(clock=CLOCK)) as server:
        yield server


def create(api: httpx.Client, **fields: Any) -> dict[str, Any]:
    return ok(api.post("/api/v1/leads", json={"firstName": "Kim", **fields}))


def update(api: httpx.Client, lead_id: str, **fields: Any) -> dict[str, Any]:
    return ok(api.put("/api/v1/leads", json={"leadId": lead_id, **fields}))


def statuses(lead: dict[str, Any]) -> dict[str, str]:
    return {code: item["status"] for code, item in items(lead).items()}


# The state


def test_reset(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """A reset forgets all that was written, asked and planned."""
    before = get(api, IN_PROGRESS)["lead"]
    made = create(api)["lead"]["id"]
    update(api, IN_PROGRESS, lastName="Renamed", status="COMPLETED")
    workspace.fail_next("503; path=/nowhere")
    workspace.reset()

    assert api.get(f"/api/v1/leads/{made}").status_code == 404
    assert get(api, IN_PROGRESS)["lead"] == before
    assert workspace.requests == [("GET", f"/api/v1/leads/{made}"), ("GET", f"/api/v1/leads/{IN_PROGRESS}")]
    assert (workspace.faults, workspace.skipped, workspace.imported) == ([], {}, {})


def test_inspect(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """What the sandbox holds, and which writes it carried out, can be read and changed from Python."""
    made = create(api, lastName="Sample")["lead"]["id"]
    update(api, made, lastName="Renamed")
    httpx.post(f"{api.base_url}/api/v1/leads", json={"firstName": "Kim"}, trust_env=False)

    assert workspace.requests == [("POST", "/api/v1/leads"), ("PUT", "/api/v1/leads")]
    assert workspace.leads[made]["lead"]["lastName"] == "Renamed"
    workspace.leads[made]["lead"]["isTest"] = True
    assert get(api, made)["lead"]["isTest"] is True


def test_two_sandboxes(api: httpx.Client) -> None:
    """Two sandboxes have nothing in common."""
    create(api)
    with sandbox.running() as other:
        assert len(other.workspace.leads) == len(sandbox.leads())
        assert other.workspace.requests == []


# Create


def test_create(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """A created lead is answered without the keys that the page does not show, and read back with them."""
    answer = create(
        api, lastName="Sample", email="kim@example.com", businessName="Kim LLC", externalLeadId="CRM-1", middleName="X",
        timezone="America/New_York", assigneeType="manual", emailVerified=True,
    )  # fmt: skip
    lead = answer["lead"]
    stamp = "2026-02-02T02:40:00.000Z"

    assert list(answer) == ["success", "lead", "checklistItems"]
    assert not {"isTest", "submittedAt", "workspaceId", "middleName", "timezone"} & lead.keys()
    assert (lead["firstName"], lead["lastName"], lead["businessName"]) == ("Kim", "Sample", "Kim LLC")
    assert (lead["assigneeType"], lead["externalLeadId"], lead["source"]) == ("HUMAN_AGENT", "CRM-1", "api")
    assert (lead["createdAt"], lead["updatedAt"], lead["emailVerifiedAt"]) == (stamp, stamp, stamp)
    assert (lead["didOptOut"], lead["optOutAt"], lead["tags"]) == (False, None, [])
    details = get(api, lead["id"])
    assert details["lead"] == {**lead, "isTest": False, "submittedAt": None, "workspaceId": "ws-sandbox"}
    assert (details["status"], details["checklistItems"]) == ("IN_PROGRESS", answer["checklistItems"])
    assert set(statuses(details).values()) == {"TODO"}
    assert [log["type"] for log in details["actionLogs"]] == ["API_ACTIVITY"]
    assert details["lastAction"] is details["nextFollowUp"] is details["nextDraft"] is None


def test_create_with_values(api: httpx.Client) -> None:
    """Values are written by code; one that has no status counts as complete, and null as nothing."""
    values = [
        {"code": "business_name", "value": "Kim LLC"},
        {"code": "amount", "value": {"any": ["json", {"filename": "no document"}]}, "status": "NEEDS_REVIEW"},
        {"code": "purpose", "value": None},
        {"code": "ein", "status": "INVALID"},
    ]
    lead = get(api, create(api, checklistItems=values)["lead"]["id"])
    found = items(lead)

    assert (found["business_name"]["value"], found["business_name"]["status"]) == ("Kim LLC", "COMPLETED")
    assert (found["amount"]["value"], found["amount"]["status"]) == (values[1]["value"], "NEEDS_REVIEW")
    assert (found["purpose"]["status"], found["ein"]["status"]) == ("TODO", "INVALID")


def test_create_twice(api: httpx.Client) -> None:
    """Duplicates are two leads, each of which reports the other; an empty address is none."""
    first, second = (create(api, email="kim@example.com", phoneNumber="")["lead"]["id"] for _ in range(2))

    assert first != second
    assert get(api, first)["matchingLeads"] == [{"id": second}]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2025550123", "+12025550123"),
        ("(202) 555-0123", "+12025550123"),
        ("1 202 555 0123", "+12025550123"),
        ("+44 20 7946 0958", "+442079460958"),
        ("ask the office", "ask the office"),
        ("202 555 0123 ext. 4", "202 555 0123 ext. 4"),
        (None, None),
    ],
)
def test_phone(api: httpx.Client, given: str | None, stored: str | None) -> None:
    """A phone number is kept as E.164 where it can be read, else as it came."""
    assert create(api, phoneNumber=given)["lead"]["phoneNumber"] == stored


def test_opted_out_from_the_start(api: httpx.Client) -> None:
    """A lead can be created as opted out."""
    lead = get(api, create(api, didOptOut=True)["lead"]["id"])

    assert (lead["status"], lead["lead"]["didOptOut"]) == ("OPTED_OUT", True)
    assert lead["lead"]["optOutAt"] == lead["lead"]["createdAt"]


def test_agent(api: httpx.Client) -> None:
    """What `agent` reads as is not documented, so the sandbox says nothing rather than a word of its own."""
    assert create(api, assigneeType="agent")["lead"]["assigneeType"] is None


# Update


def test_update(api: httpx.Client) -> None:
    """An update changes what it names, leaves the rest, and writes one log for the whole call."""
    before = get(api, IN_PROGRESS)
    CLOCK.now += 60
    answer = update(api, IN_PROGRESS, lastName="Renamed", checklistItems=[{"code": "ein", "value": "00-0000000"}])
    after = get(api, IN_PROGRESS)

    changed = {name for name in before["lead"] if before["lead"][name] != after["lead"][name]}
    assert changed == {"lastName", "updatedAt"}
    assert list(answer) == ["success", "lead", "checklistItems"]
    assert answer["lead"]["lastName"] == "Renamed"
    assert {code for code in items(before) if items(before)[code]["value"] != items(after)[code]["value"]} == {"ein"}
    assert [log["id"] for log in after["actionLogs"][1:]] == [log["id"] for log in before["actionLogs"]]
    assert after["actionLogs"][0]["type"] == "API_ACTIVITY"
    assert after["status"] == "IN_PROGRESS"


def test_null(api: httpx.Client) -> None:
    """A null is stored, whether the real API clears the field or not."""
    assert update(api, IN_PROGRESS, firstName=None, email=None)["lead"]["email"] is None
    assert get(api, IN_PROGRESS)["matchingLeads"] == []


def test_tags(api: httpx.Client) -> None:
    """Tags are a set that is compared without case; an empty one clears them."""
    assert update(api, IN_PROGRESS, tags=["VIP", "new", "vip"])["lead"]["tags"] == ["vip", "new"]
    assert update(api, IN_PROGRESS, lastName="Other")["lead"]["tags"] == ["vip", "new"]
    assert update(api, IN_PROGRESS, tags=[])["lead"]["tags"] == []


def test_opt_out(api: httpx.Client) -> None:
    """An opt-out is stamped once, stops the messages under way, and is lifted by false alone."""
    stamp = update(api, DRAFT, didOptOut=True)["lead"]["optOutAt"]
    opted_out = get(api, DRAFT)
    CLOCK.now += 60

    assert (opted_out["status"], opted_out["nextDraft"]) == ("OPTED_OUT", None)
    assert "CANCELLED" in {log["status"] for log in opted_out["actionLogs"]}
    assert update(api, DRAFT, status="OPTED_OUT")["lead"]["optOutAt"] == stamp
    assert update(api, DRAFT, status="IN_PROGRESS")["lead"]["didOptOut"] is True
    assert get(api, DRAFT)["status"] == "OPTED_OUT"
    lifted = update(api, DRAFT, didOptOut=False, status="IN_PROGRESS")["lead"]
    assert (lifted["didOptOut"], lifted["optOutAt"], get(api, DRAFT)["status"]) == (False, None, "IN_PROGRESS")


def test_opt_out_by_status(api: httpx.Client) -> None:
    """The status OPTED_OUT opts out as `didOptOut` does, and both may be said at once."""
    lead = update(api, IN_PROGRESS, status="OPTED_OUT", didOptOut=True)["lead"]

    assert (lead["didOptOut"], get(api, IN_PROGRESS)["status"]) == (True, "OPTED_OUT")


def test_not_interested(api: httpx.Client) -> None:
    """A lead that is not interested gets no follow-up, stays so whatever is written, and can be opened again."""
    update(api, IN_PROGRESS, status="NOT_INTERESTED")
    update(api, IN_PROGRESS, lastName="Renamed")
    lead = get(api, IN_PROGRESS)

    assert (lead["status"], lead["nextFollowUp"]) == ("NOT_INTERESTED", None)
    update(api, IN_PROGRESS, status="IN_PROGRESS")
    assert get(api, IN_PROGRESS)["status"] == "IN_PROGRESS"


def test_complete_and_reopen(api: httpx.Client) -> None:
    """COMPLETED skips what is required and open, and IN_PROGRESS undoes just these skips."""
    update(api, IN_PROGRESS, checklistItems=[{"code": "ein", "status": "SKIPPED"}])
    before = statuses(get(api, IN_PROGRESS))
    update(api, IN_PROGRESS, status="COMPLETED")
    complete = get(api, IN_PROGRESS)

    assert complete["status"] == "COMPLETED"
    assert (before["bank_statements"], statuses(complete)["bank_statements"]) == ("INVALID", "SKIPPED")
    assert statuses(complete)["other_files"] == "TODO"
    update(api, IN_PROGRESS, checklistItems=[{"code": "tax_returns", "status": "SKIPPED"}])
    update(api, IN_PROGRESS, status="IN_PROGRESS")
    assert statuses(get(api, IN_PROGRESS)) == {**before, "tax_returns": "SKIPPED"}
    update(api, IN_PROGRESS, status="IN_PROGRESS")
    assert statuses(get(api, IN_PROGRESS))["tax_returns"] == "SKIPPED"


def test_review(api: httpx.Client) -> None:
    """With all required items done, one that needs review makes the lead REVIEW, even if COMPLETED was asked for."""
    update(api, IN_REVIEW, status="COMPLETED")
    assert get(api, IN_REVIEW)["status"] == "REVIEW"

    reviewed = [{"code": code, "status": "COMPLETED"} for code in ("started_on", "bank_statements")]
    update(api, IN_REVIEW, checklistItems=reviewed)
    assert get(api, IN_REVIEW)["status"] == "COMPLETED"


@pytest.mark.parametrize("words", BY_WORDS)
def test_every_lead_can_be_updated(api: httpx.Client, words: str) -> None:
    """Any lead of the start can be written to and read back, however little it has."""
    update(api, BY_WORDS[words], lastName="Renamed", didOptOut=False)

    assert get(api, BY_WORDS[words])["lead"]["lastName"] == "Renamed"
    for part in ("checklist", "documents", "action-logs"):
        assert isinstance(ok(api.get(f"/api/v1/leads/{BY_WORDS[words]}/{part}")), list)
