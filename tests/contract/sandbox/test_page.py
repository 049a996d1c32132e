"""The page of the sandbox, as HTML: what it shows, what its forms do, and who may use it."""

import json
import re

import httpx
import pytest

from omni import sandbox
from omni.sandbox._page import _pages

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
PAGES = ["/", "/requests", "/webhooks", "/docs"]


def test_every_lead_has_a_page(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Also those of which next to nothing is known."""
    pages = {lead_id: http.get(f"/leads/{lead_id}") for lead_id in server.workspace.leads}

    assert {page.status_code for page in pages.values()} == {200}
    assert "Business start date" in pages[IN_PROGRESS].text
    assert all(lead_id in http.get("/").text for lead_id in pages)
    assert http.get("/leads/nobody").status_code == 404
    assert http.get("/requests/1").status_code == 404


def test_documents_are_opened_by_their_links(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """As attachments, so that no file runs as a part of the page."""
    for _ in range(3):
        server.advance(IN_PROGRESS)
    page = http.get(f"/leads/{IN_PROGRESS}").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(http://[^"]+/files/[^"]+)"', page)]
    files = [httpx.get(link, trust_env=False, verify=False) for link in links]

    assert len(files) == 4
    assert {file.status_code for file in files} == {200}
    assert all(file.headers["content-disposition"].startswith("attachment") for file in files)


def test_requests_and_deliveries_have_pages(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """With bodies that are JSON, text or neither; and how each delivery went."""
    files = {"files": ("a.txt", b"some bytes")}
    http.post("/api/v1/documents", headers={"x-api-key": server.api_key}, data={"leadId": IN_PROGRESS}, files=files)
    server.fail_next("html")
    http.get(f"/api/v1/leads/{IN_PROGRESS}", headers={"x-api-key": server.api_key})
    server.webhooks.add("http://127.0.0.1:9/hook?token=t41")
    server.advance(IN_PROGRESS)
    server.webhooks.wait_idle()
    pages = [http.get(path).text for path in ("/requests", "/requests/1", "/requests/2", "/webhooks")]

    assert "/api/v1/documents" in pages[0]
    assert "multipart/form-data, " in pages[1]
    assert "&lt;h1&gt;Please log in" in pages[2]
    assert "lead.updated" in pages[3]
    assert "(4 times)" in pages[3]
    assert "t41" not in pages[3]


def test_markup_in_leads_is_text(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """What a lead holds is never a part of the page."""
    attack = "<script>alert(1)</script>"
    lead_id = server.new_lead(firstName=attack)
    server.workspace.leads[lead_id] |= {"status": attack}
    server.workspace.add_document(lead_id, f'"{attack}.pdf', size=3)
    pages = [http.get(path).text for path in ("/", f"/leads/{lead_id}")]
    key = {"x-api-key": server.api_key}
    http.get(f"/api/v1/leads/{attack}", headers=key)
    pages += [http.get(path).text for path in ("/requests", "/requests/1")]

    assert not [page for page in pages if attack in page]
    assert len([page for page in pages if "&lt;script&gt;" in page]) >= 3


def test_buttons_lead_back_with_a_sentence(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Of success or of what is wrong; after a reset, a lead's page may be gone."""
    lead_page = {"referer": f"{server.base_url}/leads/{IN_PROGRESS}"}
    advanced = http.post(f"/_sandbox/leads/{IN_PROGRESS}/advance", data={"x": "y"}, headers=lead_page)
    created = http.post("/_sandbox/leads", headers={"content-type": "application/x-www-form-urlencoded"})
    wrong = http.post("/_sandbox/faults", data={"fault": "explode"}, headers={"referer": f"{server.base_url}/requests"})
    seeds = json.dumps([{"lead": {"id": "lead-03"}, "status": "REVIEW", "values": {}}])
    seeded = http.post("/_sandbox/seed", files={"leads": ("leads.json", seeds)})
    reset = http.post("/_sandbox/reset", data={"x": "y"}, headers=lead_page)

    assert (advanced.url.path, created.url.path, wrong.url.path) == (f"/leads/{IN_PROGRESS}", "/", "/requests")
    assert "Employer identification number was filled in." in advanced.text
    assert "was created." in created.text
    assert "is not a fault of the sandbox" in wrong.text
    assert "1 leads were added." in seeded.text
    assert (reset.url.path, "Everything is as it was" in reset.text) == ("/", True)


@pytest.mark.parametrize("path", ["/_sandbox/reset", "/_sandbox/leads", "/_sandbox/faults"])
def test_other_sites_cannot_act(server: sandbox.Sandbox, http: httpx.Client, path: str) -> None:
    """A browser says where a form comes from: of another origin, also of another port, it is refused."""
    leads = {*server.workspace.leads}
    own = {"origin": server.base_url, "sec-fetch-site": "same-origin"}
    refused = [
        http.post(path, json={"fault": "503"}, headers=headers).status_code
        for headers in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://127.0.0.1:1"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", "origin": server.base_url},
        )
    ]

    assert refused == [403] * 5
    assert {*server.workspace.leads} == leads
    assert http.post(path, json={"fault": "503"} if path.endswith("faults") else {}, headers=own).status_code == 200


def test_pages_load_nothing_from_elsewhere(http: httpx.Client) -> None:
    """No address of another host is in a page, and the browser is told to load none."""
    for path in PAGES:
        response = http.get(path)
        assert re.findall(r'(?:src|href)="(?:https?:)?//', response.text) == []
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert http.get("/static/page.css").headers["content-type"].startswith("text/css")
    assert http.get("/static/nothing.js").status_code == 404


def test_spec_is_served(http: httpx.Client) -> None:
    """As JSON, and its operations as a page."""
    spec = http.get("/openapi.json").json()

    assert spec["openapi"].startswith("3.1")
    assert "/api/v1/leads/{leadId}" in spec["paths"]
    page = http.get("/docs").text
    assert "getLead" in page
    assert re.search(r"<code>leadId</code> \(required\)</td><td[^>]*>path</td><td[^>]*>string<", page)
    assert re.search(r"<code>firstName</code>[^\n]*string or null", page)
    assert re.search(r"<code>checklistItems</code>[^\n]*array of <a", page)


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:1"])
def test_browser_applications_of_this_machine_may_call_the_api(
    server: sandbox.Sandbox, http: httpx.Client, origin: str
) -> None:
    """They ask first, and read the response, also if it is a refusal."""
    url, key = f"/api/v1/leads/{IN_PROGRESS}", {"x-api-key": server.api_key}
    asked = http.options(
        url,
        headers={
            "origin": origin,
            "access-control-request-method": "GET",
            "access-control-request-headers": "x-api-key",
        },
    )
    answered = [http.get(url, headers={"origin": origin, **headers}) for headers in (key, {})]

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == origin
    assert [response.status_code for response in answered] == [200, 401]
    assert {response.headers["access-control-allow-origin"] for response in answered} == {origin}


def test_browser_applications_of_others_may_not(server: sandbox.Sandbox, http: httpx.Client) -> None:
    """Nor may anybody read the control API from another origin."""
    headers = {"origin": "https://evil.example", "x-api-key": server.api_key}

    assert "access-control-allow-origin" not in http.get(f"/api/v1/leads/{IN_PROGRESS}", headers=headers).headers
    assert (
        "access-control-allow-origin"
        not in http.get("/_sandbox/state", headers={"origin": "http://localhost:1"}).headers
    )


def test_page_without_jinja_says_what_to_install(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API works without."""
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    _pages._environment.cache_clear()
    response = http.get("/")
    _pages._environment.cache_clear()

    assert (response.status_code, "omniai-leads[sandbox]" in response.text) == (500, True)
