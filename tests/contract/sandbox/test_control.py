"""The control API of the sandbox, and the same actions in Python: new leads, next steps, seeds, faults, requests."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import omni
from omni import sandbox

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
IN_REVIEW = "11111111-1111-4111-8111-111111111103"


def ask(http: httpx.Client, path: str, body: Any = None) -> Any:
    """The JSON that a path of the control API has: posted to, if there is a body."""
    response = http.get(f"/_sandbox{path}") if body is None else http.post(f"/_sandbox{path}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def get_lead(server: sandbox.Sandbox, lead_id: str) -> omni.Lead:
    with omni.Client(api_key=server.api_key, base_url=server.base_url) as client:
        return client.leads.get(lead_id)


def test_lead_is_advanced_until_nothing_is_open(server: sandbox.Sandbox) -> None:
    """Required items come first, files among them, then optional ones; the API says the same."""
    said = []
    while not (said and said[-1].startswith("Nothing is open")):
        said.append(server.advance(IN_PROGRESS))
    lead = get_lead(server, IN_PROGRESS)

    assert said[:2] == ["Employer identification number was filled in.", "Business start date was filled in."]
    assert said[2] == "bank_statements.pdf was received and extracted for Three bank statements."
    assert lead.is_complete
    assert not lead.missing_items
    assert {document.filename for document in lead.iter_file_documents()} >= {"bank_statements.pdf", "owner_id.pdf"}
    assert {item.status for item in lead.iter_items()} == {"COMPLETED"}


def test_lead_that_there_is_not_cannot_be_advanced(server: sandbox.Sandbox) -> None:
    with pytest.raises(ValueError, match=f"no lead 'nobody': choose from .*{IN_PROGRESS}"):
        server.advance("nobody")


def test_item_in_review_is_approved_after_the_missing_ones(server: sandbox.Sandbox) -> None:
    """What a person has to look at is approved, and keeps its value."""
    before = {item.code: item.value for item in get_lead(server, IN_REVIEW).iter_items()}
    said = [server.advance(IN_REVIEW) for item in before if not get_lead(server, IN_REVIEW).is_complete]
    after = {item.code: item.value for item in get_lead(server, IN_REVIEW).iter_items() if item.is_required}

    assert [sentence for sentence in said if sentence.endswith("was approved.")]
    assert get_lead(server, IN_REVIEW).is_complete
    assert {code: value for code, value in before.items() if value is not None}.items() <= (before | after).items()


def test_new_leads_are_as_the_api_makes_them(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """With fields of Create Lead, or invented ones; what the API refuses is refused."""
    known = server.new_lead(firstName="Kim", phoneNumber="202-555-0123")
    invented = ask(http, "/leads", {})["id"]

    assert get_lead(server, known).phone_number == "+12025550123"
    assert (get_lead(server, invented).email or "").endswith("@example.com")
    with pytest.raises(ValueError, match="colour"):
        server.new_lead(firstName="Kim", colour="red")


@pytest.mark.parametrize("kind", ["array", "one", "file"])
def test_seeds_are_added_or_replaced(server: sandbox.Sandbox, tmp_path: Path, kind: str) -> None:
    """A lead as Get Lead has it, or in short; with its documents."""
    short = {"lead": {"id": "lead-01", "firstName": "Lee"}, "status": "IN_PROGRESS", "values": {"amount": 7}}
    whole = {**server.workspace.leads[IN_PROGRESS], "status": "REVIEW"}
    if kind == "file":
        path = tmp_path / "leads.json"
        path.write_text(json.dumps([short, whole]))
        ids = server.seed(path)
    else:
        ids = [*server.seed([short, whole])] if kind == "array" else [*server.seed(short), *server.seed(whole)]
    lead = get_lead(server, "lead-01")

    assert ids == ["lead-01", IN_PROGRESS]
    assert (lead.first_name, {item.code: item.value for item in lead.iter_items()}["amount"]) == ("Lee", 7)
    assert get_lead(server, IN_PROGRESS).status == "REVIEW"


def test_seeds_stay_as_they_are(server: sandbox.Sandbox) -> None:
    """To look whether a lead can be read changes nothing in it: a message that a write would stop is still pending."""
    log = {"type": "MESSAGE", "status": "PENDING", "summary": "Hello"}
    lead = {"lead": {"id": "lead-04", "didOptOut": True}, "status": "OPTED_OUT", "actionLogs": [log]}
    server.seed(lead)

    assert server.workspace.leads["lead-04"] == lead


@pytest.mark.parametrize(
    ("leads", "message"),
    [
        (7, "needs an id"),
        ({"lead": {}}, "needs an id"),
        ([{"lead": {"id": "a"}}, {"lead": {"id": 7}}], "needs an id"),
        ({"lead": {"id": "b"}, "values": {"amount": 1}}, "shape of Get Lead"),
        ({"lead": {"id": "b"}, "status": "X", "values": {"nothing": 1}}, "shape of Get Lead"),
        ({"lead": {"id": "b"}, "checklistItems": "many"}, "shape of Get Lead"),
        ({"lead": {"id": "b"}, "documents": ["a.pdf"]}, "documents, actionLogs are arrays of objects"),
        ({"lead": {"id": "b"}, "documents": [{"filename": "a.pdf"}]}, "shape of Get Lead"),
    ],
)
def test_seeds_that_are_no_leads_are_refused(server: sandbox.Sandbox, leads: Any, message: str) -> None:
    """Nothing is added then, also not what was in order."""
    before = {*server.workspace.leads}
    with pytest.raises(ValueError, match=message):
        server.seed(leads)

    assert {*server.workspace.leads} == before


def test_file_that_is_no_json_is_refused(server: sandbox.Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "leads.json"
    path.write_text("{")
    with pytest.raises(ValueError, match="no JSON"):
        server.seed(str(path))


def test_requests_are_kept_with_their_bodies(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Method, path, template, status and time; bodies on demand; never the key."""
    key = {"x-api-key": server.api_key}
    http.post("/api/v1/leads", headers=key, json={"firstName": "Kim"})
    http.get("/api/v1/leads/nobody", headers=key)
    http.post("/api/v1/documents", headers=key, data={"leadId": IN_PROGRESS}, files={"files": ("a.txt", b"some bytes")})
    created, missing, uploaded = ask(http, "/requests")["requests"]
    bodies = [ask(http, f"/requests/{number}") for number in (1, 2, 3)]

    assert (created["method"], created["path"], created["template"]) == ("POST", "/api/v1/leads", "/api/v1/leads")
    assert (missing["template"], missing["status"]) == ("/api/v1/leads/{leadId}", 404)
    assert created["milliseconds"] > 0
    assert json.loads(bodies[0]["request"]) == {"firstName": "Kim"}
    assert json.loads(bodies[0]["response"])["lead"]["firstName"] == "Kim"
    assert "No such lead" in bodies[1]["response"]
    assert bodies[2]["request"].startswith("multipart/form-data, ")
    assert server.api_key not in json.dumps(bodies)
    assert http.get("/_sandbox/requests/9").status_code == 404
    assert uploaded["status"] == 201 or uploaded["status"] == 200


def test_request_is_kept_before_its_response_is_over(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Who has read a response finds its request there, also where the sandbox is the slower; in order of arrival."""
    key = {"x-api-key": server.api_key, "x-sandbox-fault": "slow; seconds=0.5"}
    with http.stream("GET", "/api/v1/leads/nobody", headers={"x-api-key": server.api_key}) as response:
        assert [exchange.outcome for exchange in server.workspace.exchanges] == [str(response.status_code)]
    with http.stream("GET", f"/api/v1/leads/{IN_PROGRESS}", headers=key):
        exchange = server.workspace.exchanges[-1]
        assert (exchange.number, exchange.outcome, exchange.is_over) == (2, "200", False)


def test_long_bodies_are_cut_and_closed_connections_have_no_status(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Of a body 64 KiB are kept."""
    hundred_logs = "11111111-1111-4111-8111-111111111108"
    server.workspace.leads[hundred_logs]["lead"]["activitySummary"] = "x" * 100_000
    key = {"x-api-key": server.api_key}
    http.get(f"/api/v1/leads/{hundred_logs}", headers=key)
    server.fail_next("lost-request")
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"/api/v1/leads/{hundred_logs}", headers=key)
    first, second = (ask(http, f"/requests/{number}") for number in (1, 2))

    assert len(first["response"]) < 70_000
    assert first["response"].endswith(" more bytes")
    assert second["status"] is None
    assert server.workspace.exchanges[-1].outcome == "closed without a response"


def test_faults_are_planned_and_forgotten(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Of requests and of deliveries, once or several times."""
    planned = ask(http, "/faults", {"fault": "503; retry-after=0", "times": 2})
    of_deliveries = ask(http, "/faults", {"fault": "lost", "of": "deliveries"})
    wrong = http.post("/_sandbox/faults", json={"fault": "explode"})
    nothing = http.post("/_sandbox/faults", json={})
    status = http.get(f"/api/v1/leads/{IN_PROGRESS}", headers={"x-api-key": server.api_key}).status_code
    cleared = ask(http, "/faults/clear", {})

    assert planned["faults"] == ["503; retry-after=0"] * 2
    assert of_deliveries["faults"] == ["lost"]
    assert (wrong.status_code, "these are: 400 … 599" in wrong.text) == (400, True)
    assert (nothing.status_code, "This needs fault" in nothing.text) == (400, True)
    assert status == 503
    assert cleared == {"done": "No fault is planned."}
    assert (server.workspace.faults, server.webhooks.faults) == ([], [])


def test_state_deliveries_and_reset(server: sandbox.Sandbox, http: httpx.Client, receiver: Any) -> None:
    """What is sent, sent again, and gone after a reset; no secret and no address in full is shown."""
    server.webhooks.add(receiver.url, secret="hidden")
    ask(http, f"/leads/{IN_PROGRESS}/advance", {})
    server.webhooks.wait_idle()
    sent = ask(http, "/deliveries")["deliveries"]
    again = ask(http, f"/deliveries/{sent[0]['id']}/resend", {})
    server.webhooks.wait_idle()
    state = ask(http, "/state")
    events = [delivery["event"] for delivery in ask(http, "/deliveries")["deliveries"]]
    ask(http, "/reset", {})

    assert sent[0]["event"] == events[-1] == receiver.names[-1]
    assert sent[0]["attempts"][0]["status"] == 200
    assert again["id"] == f"delivery-{len(events)}"
    assert http.post("/_sandbox/deliveries/none/resend").status_code == 400
    assert state["webhooks"]["endpoints"][0]["url"] == receiver.url.partition("/hook")[0]
    assert "hidden" not in json.dumps(state)
    assert len(state["leads"]) == 14
    assert ask(http, "/deliveries") == {"deliveries": []}


def test_seed_over_http_takes_one_lead_or_several(http: httpx.Client) -> None:
    """As the JSON itself."""
    one = {"lead": {"id": "lead-02"}, "status": "IN_PROGRESS", "values": {}}

    assert ask(http, "/seed", one)["ids"] == ["lead-02"]
    assert ask(http, "/seed", [one, one])["ids"] == ["lead-02", "lead-02"]
    assert http.post("/_sandbox/seed", content=b"{").status_code == 400
    assert http.post("/_sandbox/seed", json=[{"lead": 7}]).status_code == 400
