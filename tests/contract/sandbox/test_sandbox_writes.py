"""The sandbox stores writes, and computes status, logs and messages from them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_responses import BY_WORDS, Clock, get, items, ok

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]
IN_REVIEW, DRAFT = BY_WORDS["in review"], BY_WORDS["draft awaiting approval"]


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


# The workspace


def test_reset_restores_the_first_state(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """A reset forgets everything that was written, requested and planned."""
    before = get(api, IN_PROGRESS)["lead"]
    created = create(api)["lead"]["id"]
    update(api, IN_PROGRESS, lastName="Renamed", status="COMPLETED")
    workspace.fail_next("503; path=/nowhere")
    workspace.reset()

    assert api.get(f"/api/v1/leads/{created}").status_code == 404
    assert get(api, IN_PROGRESS)["lead"] == before
    assert workspace.requests == [("GET", f"/api/v1/leads/{created}"), ("GET", f"/api/v1/leads/{IN_PROGRESS}")]
    assert (workspace.faults, workspace.skipped, workspace.imported) == ([], {}, {})


def test_workspace_can_be_read_and_changed(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """Leads and requests can be read, and leads changed, from Python."""
    created = create(api, lastName="Sample")["lead"]["id"]
    update(api, created, lastName="Renamed")
    httpx.post(f"{api.base_url}/api/v1/leads", json={"firstName": "Kim"}, trust_env=False)

    assert workspace.requests == [("POST", "/api/v1/leads"), ("PUT", "/api/v1/leads")]
    assert workspace.leads[created]["lead"]["lastName"] == "Renamed"
    workspace.leads[created]["lead"]["isTest"] = True
    assert get(api, created)["lead"]["isTest"] is True


def test_sandboxes_share_nothing(api: httpx.Client) -> None:
    """A write to one sandbox is not in another."""
    create(api)
    with sandbox.running() as other:
        assert len(other.workspace.leads) == len(sandbox.leads())
        assert other.workspace.requests == []


# Create


def test_created_lead(api: httpx.Client, workspace: sandbox.Workspace) -> None:
    """The response to a create lacks the keys that the page does not show, and Get Lead has them."""
    response = create(
        api, lastName="Sample", email="kim@example.com", businessName="Kim LLC", externalLeadId="CRM-1", middleName="X",
        timezone="America/New_York", assigneeType="manual", emailVerified=True,
    )  # fmt: skip
    lead = response["lead"]
    now = "2026-02-02T02:40:00.000Z"

    assert list(response) == ["success", "lead", "checklistItems"]
    assert not {"isTest", "submittedAt", "workspaceId", "middleName", "timezone"} & lead.keys()
    assert (lead["firstName"], lead["lastName"], lead["businessName"]) == ("Kim", "Sample", "Kim LLC")
    assert (lead["assigneeType"], lead["externalLeadId"], lead["source"]) == ("HUMAN_AGENT", "CRM-1", "api")
    assert (lead["createdAt"], lead["updatedAt"], lead["emailVerifiedAt"]) == (now, now, now)
    assert (lead["didOptOut"], lead["optOutAt"], lead["tags"]) == (False, None, [])
    details = get(api, lead["id"])
    assert details["lead"] == {**lead, "isTest": False, "submittedAt": None, "workspaceId": "ws-sandbox"}
    assert (details["status"], details["checklistItems"]) == ("IN_PROGRESS", response["checklistItems"])
    assert set(statuses(details).values()) == {"TODO"}
    assert [log["type"] for log in details["actionLogs"]] == ["API_ACTIVITY"]
    assert details["lastAction"] is details["nextFollowUp"] is details["nextDraft"] is None


def test_create_with_values(api: httpx.Client) -> None:
    """Values are written by code; one without a status completes its item, and null clears it."""
    values = [
        {"code": "business_name", "value": "Kim LLC"},
        {"code": "amount", "value": {"any": ["json", {"filename": "no document"}]}, "status": "NEEDS_REVIEW"},
        {"code": "purpose", "value": None},
        {"code": "ein", "status": "INVALID"},
    ]
    lead = get(api, create(api, checklistItems=values)["lead"]["id"])
    by_code = items(lead)

    assert (by_code["business_name"]["value"], by_code["business_name"]["status"]) == ("Kim LLC", "COMPLETED")
    assert (by_code["amount"]["value"], by_code["amount"]["status"]) == (values[1]["value"], "NEEDS_REVIEW")
    assert (by_code["purpose"]["status"], by_code["ein"]["status"]) == ("TODO", "INVALID")


def test_duplicates_match_each_other(api: httpx.Client) -> None:
    """Duplicates are two leads, each of which names the other; an empty phone number matches nothing."""
    first, second = (create(api, email="kim@example.com", phoneNumber="")["lead"]["id"] for _ in range(2))

    assert first != second
    assert get(api, first)["matchingLeads"] == [{"id": second}]


@pytest.mark.parametrize(
    ("written", "stored"),
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
def test_phone_number_is_stored_as_e164(api: httpx.Client, written: str | None, stored: str | None) -> None:
    """A phone number is stored as E.164 if it can be parsed, else as it is."""
    assert create(api, phoneNumber=written)["lead"]["phoneNumber"] == stored


def test_create_opted_out(api: httpx.Client) -> None:
    """A lead can be created as opted out."""
    lead = get(api, create(api, didOptOut=True)["lead"]["id"])

    assert (lead["status"], lead["lead"]["didOptOut"]) == ("OPTED_OUT", True)
    assert lead["lead"]["optOutAt"] == lead["lead"]["createdAt"]


def test_agent_reads_as_null(api: httpx.Client) -> None:
    """How `agent` reads is not documented, so the sandbox has null rather than a value of its own."""
    assert create(api, assigneeType="agent")["lead"]["assigneeType"] is None


# Update


def test_update_changes_only_its_fields(api: httpx.Client) -> None:
    """An update changes its fields only, and writes one log."""
    before = get(api, IN_PROGRESS)
    CLOCK.now += 60
    response = update(api, IN_PROGRESS, lastName="Renamed", checklistItems=[{"code": "ein", "value": "00-0000000"}])
    after = get(api, IN_PROGRESS)

    changed = {name for name in before["lead"] if before["lead"][name] != after["lead"][name]}
    assert changed == {"lastName", "updatedAt"}
    assert list(response) == ["success", "lead", "checklistItems"]
    assert response["lead"]["lastName"] == "Renamed"
    assert {code for code in items(before) if items(before)[code]["value"] != items(after)[code]["value"]} == {"ein"}
    assert [log["id"] for log in after["actionLogs"][1:]] == [log["id"] for log in before["actionLogs"]]
    assert after["actionLogs"][0]["type"] == "API_ACTIVITY"
    assert after["status"] == "IN_PROGRESS"


def test_null_is_stored(api: httpx.Client) -> None:
    """A null is stored, whether the real API clears the field or not."""
    assert update(api, IN_PROGRESS, firstName=None, email=None)["lead"]["email"] is None
    assert get(api, IN_PROGRESS)["matchingLeads"] == []


def test_tags_are_compared_without_case(api: httpx.Client) -> None:
    """Tags are compared without case; an empty array clears them."""
    assert update(api, IN_PROGRESS, tags=["VIP", "new", "vip"])["lead"]["tags"] == ["vip", "new"]
    assert update(api, IN_PROGRESS, lastName="Other")["lead"]["tags"] == ["vip", "new"]
    assert update(api, IN_PROGRESS, tags=[])["lead"]["tags"] == []


def test_opt_out_is_lifted_by_false_only(api: httpx.Client) -> None:
    """An opt-out is stamped once, cancels waiting messages, and is lifted by false only."""
    opted_out_at = update(api, DRAFT, didOptOut=True)["lead"]["optOutAt"]
    opted_out = get(api, DRAFT)
    CLOCK.now += 60

    assert (opted_out["status"], opted_out["nextDraft"]) == ("OPTED_OUT", None)
    assert "CANCELLED" in {log["status"] for log in opted_out["actionLogs"]}
    assert update(api, DRAFT, status="OPTED_OUT")["lead"]["optOutAt"] == opted_out_at
    assert update(api, DRAFT, status="IN_PROGRESS")["lead"]["didOptOut"] is True
    assert get(api, DRAFT)["status"] == "OPTED_OUT"
    lifted = update(api, DRAFT, didOptOut=False, status="IN_PROGRESS")["lead"]
    assert (lifted["didOptOut"], lifted["optOutAt"], get(api, DRAFT)["status"]) == (False, None, "IN_PROGRESS")


def test_opt_out_by_status(api: httpx.Client) -> None:
    """The status OPTED_OUT opts out as `didOptOut` does, and both can be sent at once."""
    lead = update(api, IN_PROGRESS, status="OPTED_OUT", didOptOut=True)["lead"]

    assert (lead["didOptOut"], get(api, IN_PROGRESS)["status"]) == (True, "OPTED_OUT")


def test_not_interested_stops_follow_ups(api: httpx.Client) -> None:
    """A lead that is not interested has no follow-up, stays so after other writes, and can be reopened."""
    update(api, IN_PROGRESS, status="NOT_INTERESTED")
    update(api, IN_PROGRESS, lastName="Renamed")
    lead = get(api, IN_PROGRESS)

    assert (lead["status"], lead["nextFollowUp"]) == ("NOT_INTERESTED", None)
    update(api, IN_PROGRESS, status="IN_PROGRESS")
    assert get(api, IN_PROGRESS)["status"] == "IN_PROGRESS"


def test_reopening_undoes_skips(api: httpx.Client) -> None:
    """COMPLETED skips open required items, and IN_PROGRESS undoes these skips only."""
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


def test_review_goes_before_completed(api: httpx.Client) -> None:
    """A required item that needs review makes a lead REVIEW instead of COMPLETED, also on request."""
    update(api, IN_REVIEW, status="COMPLETED")
    assert get(api, IN_REVIEW)["status"] == "REVIEW"

    reviewed = [{"code": code, "status": "COMPLETED"} for code in ("started_on", "bank_statements")]
    update(api, IN_REVIEW, checklistItems=reviewed)
    assert get(api, IN_REVIEW)["status"] == "COMPLETED"


@pytest.mark.parametrize("description", BY_WORDS)
def test_every_lead_can_be_updated(api: httpx.Client, description: str) -> None:
    """Every sample lead can be updated and read, however little it has."""
    update(api, BY_WORDS[description], lastName="Renamed", didOptOut=False)

    assert get(api, BY_WORDS[description])["lead"]["lastName"] == "Renamed"
    for part in ("checklist", "documents", "action-logs"):
        assert isinstance(ok(api.get(f"/api/v1/leads/{BY_WORDS[description]}/{part}")), list)
