"""The page of the sandbox in a real browser: by keyboard and mouse, live, light and dark, and on a narrow screen.

With OMNI_SCREENSHOTS set to a folder, pictures of each view are written into it, as `nox -s screenshots` does for docs.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import omni
from omni import sandbox

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
VIEWS = {
    "leads": "/",
    "lead": f"/leads/{IN_PROGRESS}",
    "requests": "/requests",
    "request": "/requests/2",
    "webhooks": "/webhooks",
    "api": "/docs",
}
# Without these it would ask the servers of its maker.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=[*OPTIONS, "--disable-sync"])
        yield running
        running.close()


@pytest.fixture
def server() -> Iterator[sandbox.Sandbox]:
    with sandbox.running(time_scale=0.001, webhook="http://127.0.0.1:9/hook") as running:
        yield running


@pytest.fixture
def page(browser: Any, server: sandbox.Sandbox) -> Iterator[Any]:
    """A page of the sandbox; what the browser reports as an error fails the test."""
    errors: list[str] = []
    with browser.new_context(base_url=server.base_url) as context:
        opened = context.new_page()
        opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.set_default_timeout(10_000)
        yield opened
    assert errors == []


def use(server: sandbox.Sandbox) -> None:
    """Let the sandbox have something to show: requests, deliveries, a planned fault."""
    with omni.Client(api_key=server.api_key, base_url=server.base_url) as client:
        client.leads.get(sandbox.LEAD_ID)
        client.leads.get(IN_PROGRESS)
        with pytest.raises(omni.NotFoundError):
            client.leads.get("nobody")
    server.advance(IN_PROGRESS)
    server.webhooks.wait_idle()
    server.fail_next("503; retry-after=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_can_be_used_by_everybody(browser: Any, server: sandbox.Sandbox, scheme: str) -> None:
    """axe-core finds nothing, and nothing is cut on a screen of 400 pixels."""
    use(server)
    folder = os.environ.get("OMNI_SCREENSHOTS")
    found, widths = {}, {}
    for width in (1200, 400):
        with browser.new_context(
            base_url=server.base_url, color_scheme=scheme, viewport={"width": width, "height": 800}
        ) as context:
            page = context.new_page()
            for name, path in VIEWS.items():
                page.goto(path)
                result = axe.Axe().run(page).response
                assert len(result["passes"]) > 10
                found[name, width] = [each["id"] for each in result["violations"]]
                widths[name, width] = page.evaluate("document.documentElement.scrollWidth")
                if folder and width == 1200:
                    page.screenshot(path=Path(folder) / f"{name}-{scheme}.png")

    assert {place: rules for place, rules in found.items() if rules} == {}
    assert {place: width for place, width in widths.items() if width > place[1]} == {}


def test_axe_finds_what_is_wrong(page: Any) -> None:
    """A field without a label, put there on purpose."""
    page.goto("/")
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")

    assert "label" in [each["id"] for each in axe.Axe().run(page).response["violations"]]


def test_page_shows_what_happens_elsewhere(page: Any, server: sandbox.Sandbox) -> None:
    """Without a reload; what is open stays open, and the focus stays where it is."""
    page.goto(f"/leads/{IN_PROGRESS}")
    page.get_by_text("As Get Lead has it").click()
    page.get_by_role("button", name="Advance this lead").focus()
    server.advance(IN_PROGRESS)
    page.locator("ol.logs").get_by_text("Employer identification number was filled in").wait_for()

    assert page.locator("details#json").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.id") == "advance"


def test_lead_is_made_and_advanced_by_keyboard(page: Any, server: sandbox.Sandbox) -> None:
    """Tab and Enter are enough, and what happened is said."""
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "New lead"
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("was created").wait_for()
    lead_id = [*server.workspace.leads][-1]
    page.goto(f"/leads/{lead_id}")
    page.get_by_role("button", name="Advance this lead").press("Enter")
    page.get_by_role("status").get_by_text("was filled in").wait_for()

    assert server.workspace.leads[lead_id]["actionLogs"][0]["type"] == "MANUAL_UPDATE"


def test_fault_seed_and_reset(page: Any, server: sandbox.Sandbox, tmp_path: Path) -> None:
    """A fault is planned and seen; leads come from a file; a reset forgets both."""
    seeds = tmp_path / "leads.json"
    seeds.write_text(json.dumps({"lead": {"id": "lead-09", "firstName": "Lee"}, "status": "REVIEW", "values": {}}))
    page.goto("/requests")
    page.get_by_label("Fail the next request").fill("418")
    page.get_by_role("button", name="Plan").click()
    page.get_by_role("status").get_by_text("Planned: 418.").wait_for()
    client = omni.Client(api_key=server.api_key, base_url=server.base_url, attempts=1)
    with client, pytest.raises(omni.APIStatusError):
        client.leads.get(IN_PROGRESS)
    page.get_by_role("cell", name="418").wait_for()
    page.get_by_role("link", name="Request 1 in full").click()
    page.get_by_text("A requested fault.").wait_for()
    page.goto("/")
    page.get_by_label("Leads from a JSON file").set_input_files(seeds)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Lee").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("status").get_by_text("as it was at the start").wait_for()

    assert page.get_by_role("link", name="Lee").count() == 0
    assert not server.workspace.exchanges


def test_delivery_is_sent_again_and_document_opened(page: Any, server: sandbox.Sandbox) -> None:
    """By buttons and links."""
    for _ in range(3):
        server.advance(IN_PROGRESS)
    server.webhooks.wait_idle()
    sent = len(server.webhooks.deliveries)
    page.goto("/webhooks")
    page.get_by_role("button", name="Send delivery-1 again").click()
    page.get_by_role("status").get_by_text("is sent again").wait_for()
    page.goto(f"/leads/{IN_PROGRESS}")
    with page.expect_download() as started:
        page.get_by_role("link", name="bank_statements.pdf").click()

    assert len(server.webhooks.deliveries) == sent + 1
    assert started.value.suggested_filename == "bank_statements.pdf"
