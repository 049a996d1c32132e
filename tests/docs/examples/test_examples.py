"""The programs of examples/: each is run as its users run it, against a sandbox, and keeps what it promises."""

import contextlib
import importlib
import json
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from programs import EXAMPLES, README, ROOT, TOKEN, command, shown_command, wait_until

import omni
from omni.sandbox import API_KEY, Sandbox
from omni.webhooks import parse
from omni.webhooks.testing import sample

FILES = sorted(path for path in EXAMPLES.iterdir() if path.is_file() and path.name != "README.md")
IN_PROGRESS, COMPLETE, MANY_FILES = (f"11111111-1111-4111-8111-1111111111{number}" for number in ("01", "02", "06"))


def rows(database: Path) -> list[Any]:
    with contextlib.closing(sqlite3.connect(database)) as connection, contextlib.suppress(sqlite3.OperationalError):
        return connection.execute("select key, lead, status from decisions").fetchall()
    return []  # no table yet


def test_fastapi_service_shows_names_and_no_message_of_the_server(service: httpx.Client, omni_sandbox: Sandbox) -> None:
    """A lead is shown with names of files and no links; failures are 404, 502 or 503, in the service's own words."""
    shown = service.get(f"/leads/{IN_PROGRESS}")
    assert shown.json()["status"] == "IN_PROGRESS"
    assert shown.json()["missing"][0] == "Employer identification number"
    assert shown.json()["files"] == ["november-statement.pdf", "december-statement.pdf"]
    assert "http" not in shown.text

    assert service.get("/leads/no-such-lead").status_code == 404
    assert service.get("/leads/no%25lead").status_code == 422
    for fault, times, status in [
        ("503; retry-after=0", 3, 503),
        ("lost-request", 3, 503),
        ("401", 1, 502),
        ("html", 1, 502),
    ]:
        omni_sandbox.fail_next(fault, times=times)
        failed = service.get(f"/leads/{IN_PROGRESS}")
        assert failed.status_code == status, fault
        assert failed.json().keys() == {"detail"}
        assert "OmniAI" in failed.json()["detail"]
        assert "requested fault" not in failed.text
        assert omni_sandbox.workspace.faults == [], "the service retries differently than this test expects"


def test_fastapi_service_acts_once_on_an_event(service: httpx.Client, omni_sandbox: Sandbox, tmp_path: Path) -> None:
    """An event that the sandbox sends twice is one decision, by what the API says and not by what the event says."""
    omni_sandbox.webhooks.add(f"{service.base_url}/webhooks/{TOKEN}")
    omni_sandbox.webhooks.fail_next("duplicate")
    omni_sandbox.webhooks.emit("lead.completed", COMPLETE)
    omni_sandbox.webhooks.wait_idle()
    wait_until(lambda: rows(tmp_path / "lending.db"))

    assert service.post("/webhooks/another-token-than-that", json={}).status_code == 404
    assert [row[1:] for row in rows(tmp_path / "lending.db")] == [(COMPLETE, "COMPLETED")]


def imported(name: str) -> ModuleType:
    sys.modules.pop(name, None)
    return importlib.import_module(name)


def test_fastapi_service_decides_once_though_its_handler_runs_twice(tmp_path: Path) -> None:
    """The event's key is stored with the effect, so a handler that is called again changes nothing."""
    for package in ("fastapi", "dbos"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    receiver = imported("fastapi_service").receiver
    event = parse(sample("lead.completed", changes={"data.leadId": COMPLETE}))

    receiver.handle(event)
    receiver.handle(event)

    assert rows(tmp_path / "lending.db") == [(event.key, COMPLETE, "COMPLETED")]


def export(output: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("nightly_export.py", **{"leads.jsonl": output}), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )


def exported(output: Path) -> list[Any]:
    return [json.loads(line) for line in output.read_text().splitlines()]


def test_nightly_export_that_was_killed_continues(
    tmp_path: Path, omni_sandbox: Sandbox, omni_client: omni.Client
) -> None:
    """After a kill in the middle of a line, the next run completes the export: each lead is in it once."""
    output, progress = tmp_path / "leads.jsonl", tmp_path / "leads.jsonl.progress"
    unfinished = tmp_path / "leads.jsonl.unfinished"
    omni_sandbox.workspace.page_size = 4
    omni_sandbox.fail_next(f"slow; seconds=3; path=/api/v1/leads/{MANY_FILES}")
    with export(output) as killed:
        wait_until(lambda: omni_sandbox.workspace.faults == [])
        killed.kill()
    with unfinished.open("a") as file:
        file.write('{"id": "half a li')
    assert not output.exists()
    assert len(unfinished.read_text().splitlines()) == 7

    omni_sandbox.workspace.requests.clear()
    with export(output) as finished:
        assert finished.communicate(timeout=60) == (None, "")

    ids = [figures.id for figures in omni_client.analytics.iter_leads()]
    assert [line["id"] for line in exported(output)] == ids
    assert ("GET", f"/api/v1/leads/{ids[0]}") not in omni_sandbox.workspace.requests, "it began anew"
    assert exported(output)[1]["missing"] == ["ein", "started_on", "bank_statements", "tax_returns", "owner_id"]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert not progress.exists()
    assert not unfinished.exists()


def test_nightly_export_goes_on_without_a_lead_and_stops_at_a_failure(tmp_path: Path, omni_sandbox: Sandbox) -> None:
    """A lead that is gone is named on stderr and left out; any other failure says how to continue."""
    omni_sandbox.fail_next(f"404; path=/api/v1/leads/{COMPLETE}")
    omni_sandbox.fail_next(f"403; path=/api/v1/leads/{MANY_FILES}")
    with export(tmp_path / "leads.jsonl") as stopped:
        _, stderr = stopped.communicate(timeout=60)

    assert stopped.returncode == 1
    assert f"{COMPLETE}: GET /api/v1/leads/{{leadId}}: 404 Not Found" in stderr
    assert "Run it again to continue" in stderr
    assert "requested fault" not in stderr
    saved = tmp_path / "leads.jsonl.progress"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert COMPLETE not in (tmp_path / "leads.jsonl.unfinished").read_text()


def upload(site: httpx.Client, *names: str) -> httpx.Response:
    token = site.get(f"/leads/{IN_PROGRESS}").cookies["csrftoken"]
    files = [("files", (name, b"%PDF-1.4 and so on")) for name in names]
    return site.post(f"/leads/{IN_PROGRESS}/files", data={"csrfmiddlewaretoken": token}, files=files)


def test_django_view_shows_a_lead_escaped(site: httpx.Client, omni_client: omni.Client, omni_sandbox: Sandbox) -> None:
    """What is missing is shown, and what a person wrote is no HTML; a failure shows nothing of the server's message."""
    omni_client.leads.update(IN_PROGRESS, business_name="<script>alert(1)</script>")
    page = site.get(f"/leads/{IN_PROGRESS}").text
    assert "<li>Owner&#x27;s driver&#x27;s license</li>" in page
    assert "<li>november-statement.pdf</li>" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page

    assert site.get("/leads/no-such-lead").status_code == 404
    omni_sandbox.fail_next("401")
    failed = site.get(f"/leads/{IN_PROGRESS}")
    assert failed.status_code == 503
    assert "requested fault" not in failed.text


def test_django_view_uploads_files_once(site: httpx.Client, omni_client: omni.Client, omni_sandbox: Sandbox) -> None:
    """Files of the form get to the lead; if the outcome is unknown, the page says so and nothing is sent again."""
    assert upload(site, "one.pdf", "two.pdf").status_code == 302
    omni_sandbox.fail_next("lost-response; path=/api/v1/documents")
    lost = upload(site, "three.pdf")
    assert lost.status_code == 502
    assert "<li>three.pdf: unknown</li>" in lost.text
    assert omni_sandbox.workspace.faults == []

    names = [document.filename for document in omni_client.leads.documents(IN_PROGRESS)]
    assert sorted(names)[-3:] == ["one.pdf", "three.pdf", "two.pdf"]
    assert site.post(f"/leads/{IN_PROGRESS}/files").status_code == 403, "a form of another site was accepted"


def test_celery_worker_downloads_what_is_missing_in_a_retry(
    worker: ModuleType, omni_sandbox: Sandbox, omni_client: omni.Client, tmp_path: Path
) -> None:
    """If a file fails, the task is retried and fetches that file alone; files are for their owner only."""
    documents = list(omni_client.leads.get(MANY_FILES).iter_file_documents())
    omni_sandbox.fail_next(f"503; retry-after=0; path=/files/{documents[2].id}/", times=3)

    worker.download_files.delay(MANY_FILES)
    folder = tmp_path / MANY_FILES
    wait_until(lambda: len(list(folder.glob("[!.]*"))) == len(documents))

    sizes = {path.name: path.stat().st_size for path in folder.glob("[!.]*")}
    assert sizes == {document.filename: document.size for document in documents}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("[!.]*")} == {0o600}
    fetched = [exchange for exchange in omni_sandbox.workspace.exchanges if exchange.path.startswith("/files/")]
    assert len(fetched) == len(documents) + 3, "files that were there already were fetched again"


def test_celery_worker_exports_leads_in_batches(
    worker: ModuleType, omni_sandbox: Sandbox, omni_client: omni.Client, tmp_path: Path
) -> None:
    """Each batch is whole in a file of its own, whatever fails meanwhile, and a second delivery reads nothing."""
    ids = [lead.id for lead in omni_client.analytics.iter_leads()]
    omni_sandbox.fail_next("429; retry-after=0")
    omni_sandbox.fail_next("503; retry-after=0", times=3)
    for start in range(0, len(ids), 5):
        worker.export_leads.delay([*ids[start : start + 5], "no-such-lead"], f"{start}.jsonl")
    names = [f"{start}.jsonl" for start in range(0, len(ids), 5)]
    wait_until(lambda: all((tmp_path / name).exists() for name in names))
    reads = len(omni_sandbox.workspace.requests)
    worker.export_leads.delay(ids[:5], names[0])
    worker.rename_business.delay(IN_PROGRESS, "Fixture Haulage LLC")
    wait_until(lambda: ("PUT", "/api/v1/leads") in omni_sandbox.workspace.requests)

    lines = [json.loads(line) for name in names for line in (tmp_path / name).read_text().splitlines()]
    assert sorted(omni.Lead.from_dict(line).id for line in lines) == sorted(ids)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names} == {0o600}
    assert len(omni_sandbox.workspace.requests) == reads + 2


def test_celery_worker_never_repeats_a_change_blindly(worker: ModuleType, omni_sandbox: Sandbox) -> None:
    """If the response to an update is lost, the retry finds that it was made; a second delivery does too."""
    omni_sandbox.fail_next("lost-response; method=PUT")
    reads = ("GET", f"/api/v1/leads/{IN_PROGRESS}")

    worker.rename_business.delay(IN_PROGRESS, "Fixture Haulage LLC")
    wait_until(lambda: omni_sandbox.workspace.requests.count(reads) == 2)
    worker.rename_business.delay(IN_PROGRESS, "Fixture Haulage LLC")
    wait_until(lambda: omni_sandbox.workspace.requests.count(reads) == 3)

    assert [path for method, path in omni_sandbox.workspace.requests if method == "PUT"] == ["/api/v1/leads"]
    assert omni_sandbox.workspace.leads[IN_PROGRESS]["lead"]["businessName"] == "Fixture Haulage LLC"


def test_notebook_prints_the_outputs_that_are_stored_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The cells run from top to bottom and print what the notebook shows.

    They are executed here and not by Jupyter, with its kernel and message queue; so cells print what they show.
    """
    notebook = json.loads((EXAMPLES / "leads.ipynb").read_text("utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
            stored = "".join(line for output in cell["outputs"] for line in output["text"])
            assert capsys.readouterr().out == stored, f"the cell {cell['id']} prints something else than is stored"


def test_readme_names_every_example() -> None:
    """The table of examples/README.md has each file of the folder, and each says itself how it is run."""
    assert sorted(re.findall(r"^\| \[`(.+?)`\]", README, re.MULTILINE)) == [path.name for path in FILES]
    for path in FILES:
        is_shown = f"`{shown_command(path.name)}`" in path.read_text("utf-8")
        assert is_shown, f"{path.name} does not say how to run it as examples/README.md does"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_example_contains_no_key(path: Path) -> None:
    """Keys come from the environment, or from the sandbox that the program itself starts."""
    text = path.read_text("utf-8")
    assert API_KEY not in text
    assert not re.search(r"""api_?key\\?["']?\s*[=:]\s*\\?["']""", text, re.IGNORECASE)
