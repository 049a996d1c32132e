"""The output of ``omni lead``."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import omni
from omni import sandbox
from omni.cli._lead._show import print_lead

Run = Callable[..., Result]

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
COMPLETE = "11111111-1111-4111-8111-111111111102"
IN_REVIEW = "11111111-1111-4111-8111-111111111103"
OPTED_OUT = "11111111-1111-4111-8111-111111111104"
SEVERAL_FILES = "11111111-1111-4111-8111-111111111106"
DRAFT = "11111111-1111-4111-8111-111111111107"
UNKNOWN_VALUES = "11111111-1111-4111-8111-111111111109"
NOTHING_BUT_AN_ID = "11111111-1111-4111-8111-111111111112"

ESCAPES = "\x1b[31m\x9b2J[bold]\u202ea\tb\nc\ud800"

SHOWN = """\
Fixture Freight LLC / Ada Sample
id      11111111-1111-4111-8111-111111111101
status  IN_PROGRESS
items   5 of 12 complete

Business Information
  complete  Business name                   Fixture Freight LLC
  complete  Business address                1 Test Way, Anytown, CA, 90000, US
  missing   Employer identification number
  missing   Business start date
  complete  Amount asked for                50000
  open      Use of funds

Contact
  complete  E-mail address  ada@example.com
  complete  Phone number    +12025550101

Files
  invalid  Three bank statements     november-statement.pdf, december-statement.pdf
  missing  Last two tax returns
  missing  Owner's driver's license
  open     Anything else

Missing (5)
  ein              Employer identification number  TODO
  started_on       Business start date             TODO
  bank_statements  Three bank statements           INVALID
  tax_returns      Last two tax returns            TODO
  owner_id         Owner's driver's license        TODO

Documents (3)
  november-statement.pdf  1.8 kB     application/pdf
  december-statement.pdf  2.1 kB     application/pdf
  attachment_0.png        700 bytes  image/png

Next step
  follow-up due  2026-03-12 15:00 UTC  Will ask for the missing files
"""


def get_lead(lead_id: str) -> omni.Lead:
    """The lead as the library returns it."""
    with sandbox.running() as served, omni.Client(api_key=served.api_key, base_url=served.base_url) as client:
        return client.leads.get(lead_id)


def without_links(data: Any) -> Any:
    """The JSON without signed links, which differ in each sandbox."""
    return json.loads(re.sub(r'"signedUrl": "[^"]*"', '"signedUrl": "…"', json.dumps(data)))


def item(**fields: Any) -> dict[str, Any]:
    """A checklist item as the API writes it."""
    return {"id": "i", "status": "TODO", "checklistItem": {"id": "c", "code": "c", "isRequired": True}, **fields}


def lead_with(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A lead as the API writes it."""
    return {"lead": {"id": "1"}, "status": "REVIEW", "checklistItems": [{"id": "g", "items": items}], **fields}


def test_show(run: Run) -> None:
    """Everything is shown: name, progress, missing items, files, next step."""
    result = run("lead", "show", "--sandbox", IN_PROGRESS)

    assert result.stdout == SHOWN
    assert result.exit_code == 0


def test_show_review_and_skipped(run: Run) -> None:
    """Items in review and skipped ones are marked as such and are not missing."""
    text = run("lead", "show", "--sandbox", IN_REVIEW).stdout

    assert re.search("in review +Three bank statements +[a-z-]+[.]pdf$", text, re.M)
    assert re.search("skipped +Last two tax returns$", text, re.M)
    assert "tax_returns" not in text


def test_show_draft(run: Run) -> None:
    """A draft that waits for approval is a next step."""
    text = run("lead", "show", "--sandbox", DRAFT).stdout

    assert re.search(r"^  draft waiting  20\d\d-\d\d-\d\d \d\d:\d\d UTC  A draft waits for approval$", text, re.M)


def test_show_unknown_enum_values(run: Run) -> None:
    """An unknown enum value is shown as it came, and a list by its parts."""
    text = run("lead", "show", "--sandbox", UNKNOWN_VALUES).stdout

    assert "status  PAUSED\n" in text
    assert "  ARCHIVED  Signature  a, 1\n" in text


def test_show_lead_with_nothing_but_an_id(run: Run) -> None:
    """A lead of which nothing is known can be shown."""
    result = run("lead", "show", "--sandbox", NOTHING_BUT_AN_ID)

    assert result.exit_code == 0
    assert result.stdout.startswith("A lead without a name\nid      11111111-")
    assert "Documents (0)\n  none\n" in result.stdout


def test_show_incomplete_lead(run: Run, respond_with: Callable[..., None]) -> None:
    """What the server leaves out is left out, and a file that only its item has is listed."""
    document = {"id": "d-1", "filename": None, "size": None}
    file_item = item(checklistItem={"id": "c", "code": "bank", "fieldType": "BANK_STATEMENT"}, documents=[document])
    follow_up = {"id": "a", "status": "PENDING", "summary": "Later"}
    respond_with(lead_with(file_item, documents=[], nextFollowUp=follow_up))

    text = run("lead", "show", "1").stdout

    assert "\nChecklist\n  open  bank  a file without a name\n" in text
    assert "Documents (1)\n  d-1\n" in text
    assert "follow-up due  no time  Later\n" in text


def test_show_long_values(run: Run, respond_with: Callable[..., None]) -> None:
    """A long value is shortened, a long name is not, however narrow the output."""
    label = "word " * 40 + "end"
    definition = {"id": "c", "code": "c", "label": label}
    respond_with(lead_with(item(value="x" * 500, checklistItem=definition)))

    text = run("lead", "show", "1").stdout

    assert f"  {label}  {'x' * 59}…\n" in text


def test_show_wraps_on_a_terminal(run: Run, respond_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too long for a terminal goes on below its beginning, cut between words, whatever the letters' widths."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "45")
    definition = {"id": "c", "code": "c", "label": "日本 label"}
    respond_with(lead_with(item(value=["november-statement.pdf", "december-statement.pdf"], checklistItem=definition)))

    shown = run("lead", "show", "1").stdout.splitlines()

    at = next(number for number, line in enumerate(shown) if "november" in line)
    assert shown[at] == "  open  日本 label  november-statement.pdf,"
    assert shown[at + 1] == f"{'':20}december-statement.pdf"

    monkeypatch.setenv("COLUMNS", "39")  # where less than 20 columns are left, a terminal breaks the line better

    assert "  open  日本 label  november-statement.pdf, december-statement.pdf\n" in run("lead", "show", "1").stdout


def test_show_no_links(run: Run) -> None:
    """Signed links are not shown: they open the files to whoever sees them."""
    assert "http" not in run("lead", "show", "--sandbox", SEVERAL_FILES).stdout


def test_missing(run: Run) -> None:
    """One line for each item: code, label, status."""
    result = run("lead", "missing", "--sandbox", IN_PROGRESS)

    assert result.stdout.splitlines() == [
        "ein\tEmployer identification number\tTODO",
        "started_on\tBusiness start date\tTODO",
        "bank_statements\tThree bank statements\tINVALID",
        "tax_returns\tLast two tax returns\tTODO",
        "owner_id\tOwner's driver's license\tTODO",
    ]


def test_nothing_missing(run: Run) -> None:
    """If nothing is missing, a sentence on stderr says so, and stdout stays empty."""
    result = run("lead", "missing", "--sandbox", COMPLETE)

    assert (result.stdout, result.stderr, result.exit_code) == ("", "Nothing is missing.\n", 0)


def test_files(run: Run) -> None:
    """One line for each file, in checklist order: item, filename, bytes, id; no link."""
    result = run("lead", "files", "--sandbox", SEVERAL_FILES)

    assert result.stdout.splitlines() == [
        "bank_statements\tjanuary.pdf\t1200\tdoc-06-1",
        "bank_statements\tfebruary.pdf\t1300\tdoc-06-2",
        "bank_statements\tmarch.pdf\t1400\tdoc-06-3",
        "tax_returns\ttax-2024.pdf\t4096\tdoc-06-4",
        "tax_returns\ttax-2025.pdf\t4200\tdoc-06-5",
        "owner_id\tlicense.jpg\t2500\tdoc-06-6",
    ]


def test_files_with_urls(run: Run) -> None:
    """With ``--urls``, the link is the last column."""
    lines = run("lead", "files", "--urls", "--sandbox", SEVERAL_FILES).stdout.splitlines()

    assert len(lines) == 6
    assert all(line.split("\t")[4].startswith("http://localhost:") for line in lines)


def test_no_files(run: Run) -> None:
    """For a lead without files, a sentence on stderr says so."""
    result = run("lead", "files", "--sandbox", sandbox.LEAD_ID)

    assert (result.stdout, result.stderr) == ("", "There are no files.\n")


def test_checklist(run: Run) -> None:
    """One line for each item: code, label, status, id, and the value, as JSON unless it is a text."""
    lines = run("lead", "checklist", "--sandbox", IN_PROGRESS).stdout.splitlines()

    assert len(lines) == 12
    assert lines[2] == "ein\tEmployer identification number\tTODO\tlci-01-ein\t"
    assert lines[1].startswith('business_address\tBusiness address\tCOMPLETED\tlci-01-business_address\t{"street": ')


def test_documents(run: Run) -> None:
    """One line for each document: id, filename, bytes, and whether it is valid, if that is known."""
    result = run("lead", "documents", "--sandbox", IN_PROGRESS)

    assert result.stdout.splitlines() == [
        "doc-01-1\tnovember-statement.pdf\t1800\tinvalid",
        "doc-01-2\tdecember-statement.pdf\t2100\tinvalid",
        "doc-01-3\tattachment_0.png\t700\t",
    ]
    assert "\tvalid\n" in run("lead", "documents", "--sandbox", SEVERAL_FILES).stdout


def test_logs(run: Run) -> None:
    """One line for each action: when it was or is due, type, status, summary."""
    lines = run("lead", "logs", "--sandbox", IN_PROGRESS).stdout.splitlines()

    assert "2026-03-12T15:00:00+00:00\tFOLLOW_UP_MESSAGE\tPENDING\tWill ask for the missing files" in lines
    assert "2026-03-10T14:00:00+00:00\tMESSAGE\tCOMPLETED\tA picture came in" in lines


@pytest.mark.parametrize("command", ["checklist", "documents", "logs"])
def test_empty_lists(run: Run, respond_with: Callable[..., None], command: str) -> None:
    """For an empty list, a sentence on stderr says so."""
    respond_with([])
    result = run("lead", command, "1")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith(".\n")


@pytest.mark.parametrize("command", ["checklist", "documents", "logs"])
def test_json_of_lists(run: Run, respond_with: Callable[..., None], command: str) -> None:
    """``--json`` prints the array of the API with every key."""
    data = [{"id": "1", "new": [None]}]
    respond_with(data)

    assert data == json.loads(run("lead", command, "--json", "1").stdout)


def test_wait(run: Run) -> None:
    """A complete lead is returned at once; its status is printed, or its JSON."""
    result = run("lead", "wait", "--sandbox", COMPLETE)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "COMPLETED\n", "")
    assert json.loads(run("lead", "wait", "--sandbox", "--json", COMPLETE).stdout)["status"] == "COMPLETED"


def test_wait_times_out(run: Run) -> None:
    """Giving up is exit code 1."""
    result = run("lead", "wait", "--sandbox", "--poll-interval", "0.01", "--wait-for", "0.1", IN_PROGRESS)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(
        "error: GET /api/v1/leads/{leadId}: The lead did not reach the awaited state in time"
    )


def test_wait_shows_what_it_waits_for(
    run: Run, served: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, stderr has the missing items, again whenever they change, and no line ends within a word."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)
    monkeypatch.setenv("COLUMNS", "80")
    read = omni.Leads._poll

    def change(leads: omni.Leads, lead_id: str, remaining: float) -> Any:
        result = read(leads, lead_id, remaining)
        leads.update(lead_id, checklist_items=[{"code": "ein", "value": "00-0000000"}])
        return result

    monkeypatch.setattr(omni.Leads, "_poll", change)

    said = run("lead", "wait", "--poll-interval", "0.01", "--wait-for", "0.5", IN_PROGRESS).stderr.splitlines()

    assert said[:4] == [
        "IN_PROGRESS, waiting for Employer identification number, Business start date,",
        "Three bank statements, Last two tax returns, Owner's driver's license",
        "IN_PROGRESS, waiting for Business start date, Three bank statements, Last two",
        "tax returns, Owner's driver's license",
    ]
    assert len(said) == 5
    assert said[4].startswith("error: ")


def test_wait_for_a_status(run: Run, respond_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no item is missing, the status is what is waited for."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)
    respond_with(lead_with(status=""))

    said = run("lead", "wait", "--poll-interval", "0.01", "--wait-for", "0.1", "1").stderr

    assert said.startswith("No status, waiting for nothing that is missing\nerror: ")


def test_wait_ends_after_an_opt_out(run: Run) -> None:
    """Waiting ends with exit code 1 when the person opted out."""
    result = run("lead", "wait", "--sandbox", OPTED_OUT)

    assert (result.exit_code, result.stdout) == (1, "OPTED_OUT\n")
    assert result.stderr == "error: The person opted out, so there is nothing to wait for.\n"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "opted-out"}, "The person opted out"),
        ({"status": "NOT_INTERESTED"}, "The person is not interested"),
        ({"lead": {"id": "1", "deletedAt": "yesterday"}}, "The lead is deleted"),
    ],
)
def test_wait_ends_when_the_lead_can_no_longer_complete(
    run: Run, respond_with: Callable[..., None], fields: Any, reason: str
) -> None:
    """Waiting ends at once with the reason, also for another spelling of the status."""
    respond_with(lead_with(**fields))
    result = run("lead", "wait", "1")

    assert (result.exit_code, result.stderr) == (1, f"error: {reason}, so there is nothing to wait for.\n")


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"optOutAt": "yesterday"}, "opted out: do not contact"),
        ({"deletedAt": 7}, "deleted"),
        ({"deletedAt": "2026-01-30T02:00:00Z"}, "deleted 2026-01-30 02:00 UTC"),
        ({"isTest": "true"}, "a test lead"),
    ],
)
def test_show_unreadable_warnings(run: Run, respond_with: Callable[..., None], record: Any, line: str) -> None:
    """Opt-out, deletion and test lead are shown even if the API writes something else than a time or a boolean."""
    respond_with(lead_with(lead={"id": "1", **record}))

    assert line in run("lead", "show", "1").stdout.splitlines()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("show", lambda lead: lead.to_dict()),
        ("missing", lambda lead: [item.to_dict() for item in lead.missing_items]),
        ("files", lambda lead: [document.to_dict() for document in lead.iter_file_documents()]),
    ],
)
def test_json(run: Run, command: str, expected: Callable[[omni.Lead], Any]) -> None:
    """``--json`` prints the JSON of the API with every key."""
    printed = json.loads(run("lead", command, "--sandbox", "--json", IN_PROGRESS).stdout)

    assert without_links(expected(get_lead(IN_PROGRESS))) == without_links(printed)


def test_json_is_not_rewritten(run: Run, respond_with: Callable[..., None]) -> None:
    """``--json`` keeps order and spelling: dates are not rewritten, accents are not escaped."""
    data = {
        "status": "X",
        "lead": {"id": "1", "createdAt": "2026-01-30T02:00:00.000Z", "firstName": "Zoë"},
        "new": [1.50],
    }
    respond_with(data)

    assert json.dumps(data, indent=2, ensure_ascii=False) + "\n" == run("lead", "show", "--json", "1").stdout


@pytest.mark.parametrize("command", ["show", "missing", "files"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_control_characters(run: Run, respond_with: Callable[..., None], command: str, options: list[str]) -> None:
    """No text of the server can steer the terminal, break a line or add a column."""
    document = {"id": ESCAPES, "filename": ESCAPES, "mimeType": ESCAPES, "size": 1}
    definition = {"id": "c", "code": ESCAPES, "label": ESCAPES, "fieldType": "FILE", "isRequired": True}
    odd = item(status=ESCAPES, value={"x": ESCAPES}, checklistItem=definition, documents=[document])
    log = {"id": "a", "summary": ESCAPES}
    data = lead_with(odd, status=ESCAPES, nextDraft=log)
    data["lead"] |= {"firstName": ESCAPES, "businessName": ESCAPES}
    data["checklistItems"][0]["name"] = ESCAPES
    respond_with(json.loads(json.dumps(data)))

    result = run("lead", command, *options, "1")

    assert result.exit_code == 0
    assert not set("\x1b\x9b\ud800") & set(result.stdout)
    assert not set("\u202e") & set(result.stdout)
    if options:
        assert first_text(json.loads(result.stdout)) == ESCAPES
    else:
        assert "\ufffd[31m\ufffd2J[bold]\ufffda b c\ufffd" in result.stdout
        assert result.stdout.count("\t") == {"show": 0, "missing": 2, "files": 3}[command]


def first_text(data: Any) -> str:
    """The first status or filename, however deep."""
    while not isinstance(data, str):
        data = data[0] if isinstance(data, list) else data.get("status") or data["filename"]
    return data


def test_show_warnings(tmp_path: Path) -> None:
    """A lead that must not be contacted is marked; so are deleted and test leads."""
    lead = {"id": "x", "didOptOut": True, "deletedAt": "2026-01-30T02:00:00Z", "isTest": True}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        print_lead(omni.Lead.from_dict({"lead": lead, "status": "IN_PROGRESS"}))

    shown = printed.getvalue().splitlines()
    assert shown[3:6] == ["opted out: do not contact", "deleted 2026-01-30 02:00 UTC", "a test lead"]


@pytest.mark.parametrize("columns", ["0", "1", "-5", "x"])
def test_show_ignores_the_width_of_the_terminal(columns: str) -> None:
    """The number of columns changes nothing in a pipe."""
    command = [sys.executable, "-m", "omni.cli", "lead", "show", "--sandbox", "11111111-1111-4111-8111-111111111101"]
    shown = [
        subprocess.run(command, env={**os.environ, "COLUMNS": width}, capture_output=True, text=True).stdout
        for width in (columns, "80")
    ]

    assert shown[0] == shown[1] != ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_show_on_a_full_disk(option: list[str]) -> None:
    """An output that cannot be written is one sentence and exit code 1, no traceback."""
    command = [sys.executable, "-m", "omni.cli", "lead", "show", "--sandbox", *option, sandbox.LEAD_ID]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)

    assert done.returncode == 1
    assert done.stderr.startswith("error: The output cannot be written: ")
    assert "Traceback" not in done.stderr
