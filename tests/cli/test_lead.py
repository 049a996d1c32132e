"""What ``omni lead`` prints."""

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
from omni.cli._show import print_lead

Run = Callable[..., Result]

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
COMPLETE = "11111111-1111-4111-8111-111111111102"
IN_REVIEW = "11111111-1111-4111-8111-111111111103"
OPTED_OUT = "11111111-1111-4111-8111-111111111104"
SEVERAL_FILES = "11111111-1111-4111-8111-111111111106"
DRAFT = "11111111-1111-4111-8111-111111111107"
UNKNOWN_WORDS = "11111111-1111-4111-8111-111111111109"
NOTHING_BUT_AN_ID = "11111111-1111-4111-8111-111111111112"

ESCAPES = "\x1b[31m\x9b2J[bold]\u202ea\tb\nc\ud800"


def lead_of_the_api(lead_id: str) -> omni.Lead:
    """The lead without the command line."""
    with sandbox.running() as found, omni.Client(api_key=found.api_key, base_url=found.base_url) as client:
        return client.leads.get(lead_id)


def without_links(data: Any) -> Any:
    """The links are signed anew by each sandbox."""
    return json.loads(re.sub(r'"signedUrl": "[^"]*"', '"signedUrl": "…"', json.dumps(data)))


def item(**facts: Any) -> dict[str, Any]:
    """A checklist item as the API writes it."""
    return {"id": "i", "status": "TODO", "checklistItem": {"id": "c", "code": "c", "isRequired": True}, **facts}


def lead_with(*items: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A lead as the API writes it."""
    return {"lead": {"id": "1"}, "status": "REVIEW", "checklistItems": [{"id": "g", "items": items}], **facts}


def test_show(run: Run) -> None:
    """A lead is shown whole: who, how far, what is missing, which files, what comes next."""
    result = run("lead", "show", "--sandbox", IN_PROGRESS)

    assert (
        result.stdout
        == """\
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
  invalid  Three bank statements     2 files
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
    )
    assert result.exit_code == 0


def test_show_review_and_skipped(run: Run) -> None:
    """Items in review and skipped ones are marked as such and are not missing."""
    words = run("lead", "show", "--sandbox", IN_REVIEW).stdout

    assert re.search("in review +Three bank statements +1 file$", words, re.M)
    assert re.search("skipped +Last two tax returns$", words, re.M)
    assert "tax_returns" not in words


def test_show_draft(run: Run) -> None:
    """A draft that waits for approval is a next step."""
    words = run("lead", "show", "--sandbox", DRAFT).stdout

    assert re.search(r"^  draft waiting  20\d\d-\d\d-\d\d \d\d:\d\d UTC  A draft waits for approval$", words, re.M)


def test_show_unknown_words(run: Run) -> None:
    """A word that is new to us is shown as it came, and a list by its parts."""
    words = run("lead", "show", "--sandbox", UNKNOWN_WORDS).stdout

    assert "status  PAUSED\n" in words
    assert "  ARCHIVED  Signature  a, 1\n" in words


def test_show_nothing_but_an_id(run: Run) -> None:
    """A lead of which nothing is known can be shown."""
    result = run("lead", "show", "--sandbox", NOTHING_BUT_AN_ID)

    assert result.exit_code == 0
    assert result.stdout.startswith("A lead without a name\nid      11111111-")
    assert "Documents (0)\n  none\n" in result.stdout


def test_show_gaps(run: Run, answering: Callable[..., None]) -> None:
    """What the server leaves out is left out, and a file that only its item knows is listed."""
    document = {"id": "d-1", "filename": None, "size": None}
    file_item = item(checklistItem={"id": "c", "code": "bank", "fieldType": "BANK_STATEMENT"}, documents=[document])
    follow_up = {"id": "a", "status": "PENDING", "summary": "Later"}
    answering(lead_with(file_item, documents=[], nextFollowUp=follow_up))

    words = run("lead", "show", "1").stdout

    assert "\nChecklist\n  open  bank  1 file\n" in words
    assert "Documents (1)\n  d-1\n" in words
    assert "follow-up due  no time  Later\n" in words


def test_show_long_values(run: Run, answering: Callable[..., None]) -> None:
    """A long value is shortened, a long name is not, however narrow the output."""
    label = "word " * 40 + "end"
    definition = {"id": "c", "code": "c", "label": label}
    answering(lead_with(item(value="x" * 500, checklistItem=definition)))

    words = run("lead", "show", "1").stdout

    assert f"  {label}  {'x' * 59}…\n" in words


def test_show_no_links(run: Run) -> None:
    """Links to files are not shown: they open the files to whoever reads along."""
    assert "http" not in run("lead", "show", "--sandbox", SEVERAL_FILES).stdout


def test_missing(run: Run) -> None:
    """One line an item: code, label, status."""
    result = run("lead", "missing", "--sandbox", IN_PROGRESS)

    assert result.stdout.splitlines() == [
        "ein\tEmployer identification number\tTODO",
        "started_on\tBusiness start date\tTODO",
        "bank_statements\tThree bank statements\tINVALID",
        "tax_returns\tLast two tax returns\tTODO",
        "owner_id\tOwner's driver's license\tTODO",
    ]


def test_missing_nothing(run: Run) -> None:
    """If nothing is missing, a sentence on stderr says so, and stdout stays empty."""
    result = run("lead", "missing", "--sandbox", COMPLETE)

    assert (result.stdout, result.stderr, result.exit_code) == ("", "Nothing is missing.\n", 0)


def test_files(run: Run) -> None:
    """One line a file, in checklist order: item, filename, bytes, id; links only on demand."""
    result = run("lead", "files", "--sandbox", SEVERAL_FILES)

    assert result.stdout.splitlines() == [
        "bank_statements\tjanuary.pdf\t1200\tdoc-06-1",
        "bank_statements\tfebruary.pdf\t1300\tdoc-06-2",
        "bank_statements\tmarch.pdf\t1400\tdoc-06-3",
        "tax_returns\ttax-2024.pdf\t4096\tdoc-06-4",
        "tax_returns\ttax-2025.pdf\t4200\tdoc-06-5",
        "owner_id\tlicense.jpg\t2500\tdoc-06-6",
    ]


def test_files_urls(run: Run) -> None:
    """With --urls, the link is the last column."""
    lines = run("lead", "files", "--urls", "--sandbox", SEVERAL_FILES).stdout.splitlines()

    assert len(lines) == 6
    assert all(line.split("\t")[4].startswith("http://localhost:") for line in lines)


def test_files_none(run: Run) -> None:
    """A lead without files ends in a sentence on stderr."""
    result = run("lead", "files", "--sandbox", sandbox.LEAD_ID)

    assert (result.stdout, result.stderr) == ("", "No files came in.\n")


def test_checklist(run: Run) -> None:
    """One line an item: code, label, status, id, and the value as JSON where it is no text."""
    lines = run("lead", "checklist", "--sandbox", IN_PROGRESS).stdout.splitlines()

    assert len(lines) == 12
    assert lines[2] == "ein\tEmployer identification number\tTODO\tlci-01-ein\t"
    assert lines[1].startswith('business_address\tBusiness address\tCOMPLETED\tlci-01-business_address\t{"street": ')


def test_documents(run: Run) -> None:
    """One line a document: id, filename, bytes, and how it was judged, if it was."""
    result = run("lead", "documents", "--sandbox", IN_PROGRESS)

    assert result.stdout.splitlines() == [
        "doc-01-1\tnovember-statement.pdf\t1800\tinvalid",
        "doc-01-2\tdecember-statement.pdf\t2100\tinvalid",
        "doc-01-3\tattachment_0.png\t700\t",
    ]
    assert "\tvalid\n" in run("lead", "documents", "--sandbox", SEVERAL_FILES).stdout


def test_logs(run: Run) -> None:
    """One line an action: when it was or is due, type, status, summary."""
    lines = run("lead", "logs", "--sandbox", IN_PROGRESS).stdout.splitlines()

    assert "2026-03-12T15:00:00+00:00\tFOLLOW_UP_MESSAGE\tPENDING\tWill ask for the missing files" in lines
    assert "2026-03-10T14:00:00+00:00\tMESSAGE\tCOMPLETED\tA picture came in" in lines


@pytest.mark.parametrize("command", ["checklist", "documents", "logs"])
def test_nothing(run: Run, answering: Callable[..., None], command: str) -> None:
    """An empty list is a sentence on stderr."""
    answering([])
    result = run("lead", command, "1")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith(".\n")


@pytest.mark.parametrize("command", ["checklist", "documents", "logs"])
def test_json_of_lists(run: Run, answering: Callable[..., None], command: str) -> None:
    """--json is the array of the API, every key of it."""
    data = [{"id": "1", "new": [None]}]
    answering(data)

    assert data == json.loads(run("lead", command, "--json", "1").stdout)


def test_wait(run: Run) -> None:
    """A lead that is complete is not waited for; its status is printed, or its JSON."""
    result = run("lead", "wait", "--sandbox", COMPLETE)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "COMPLETED\n", "")
    assert json.loads(run("lead", "wait", "--sandbox", "--json", COMPLETE).stdout)["status"] == "COMPLETED"


def test_wait_in_vain(run: Run) -> None:
    """Whoever gives up ends with exit code 1."""
    result = run("lead", "wait", "--sandbox", "--poll-interval", "0.01", "--wait-for", "0.1", IN_PROGRESS)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: GET /api/v1/leads/{leadId}: The lead did not get there in time")


def test_wait_for_one_who_opted_out(run: Run) -> None:
    """It ends, with exit code 1, since there is nothing to wait for."""
    result = run("lead", "wait", "--sandbox", OPTED_OUT)

    assert (result.exit_code, result.stdout) == (1, "OPTED_OUT\n")
    assert result.stderr == "error: The person opted out, so there is nothing to wait for.\n"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"status": "opted-out"}, "The person opted out"),
        ({"status": "NOT_INTERESTED"}, "The person is not interested"),
        ({"lead": {"id": "1", "deletedAt": "yesterday"}}, "The lead is deleted"),
    ],
)
def test_wait_for_what_will_not_come(run: Run, answering: Callable[..., None], facts: Any, words: str) -> None:
    """It ends at once, with exit code 1 and the reason, also in another spelling."""
    answering(lead_with(**facts))
    result = run("lead", "wait", "1")

    assert (result.exit_code, result.stderr) == (1, f"error: {words}, so there is nothing to wait for.\n")


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"optOutAt": "yesterday"}, "opted out: do not contact"),
        ({"deletedAt": 7}, "deleted"),
        ({"deletedAt": "2026-01-30T02:00:00Z"}, "deleted 2026-01-30 02:00 UTC"),
        ({"isTest": "true"}, "a test lead"),
    ],
)
def test_show_warns_of_what_cannot_be_read(run: Run, answering: Callable[..., None], record: Any, line: str) -> None:
    """An opt-out, a deletion or a test lead is told, whatever the API writes in place of a stamp or a truth value."""
    answering(lead_with(lead={"id": "1", **record}))

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
    """--json is the JSON of the API, every key of it."""
    printed = json.loads(run("lead", command, "--sandbox", "--json", IN_PROGRESS).stdout)

    assert without_links(expected(lead_of_the_api(IN_PROGRESS))) == without_links(printed)


def test_json_to_the_letter(run: Run, answering: Callable[..., None]) -> None:
    """--json keeps order and spelling: dates are not rewritten, accents are not escaped."""
    data = {
        "status": "X",
        "lead": {"id": "1", "createdAt": "2026-01-30T02:00:00.000Z", "firstName": "Zoë"},
        "new": [1.50],
    }
    answering(data)

    assert json.dumps(data, indent=2, ensure_ascii=False) + "\n" == run("lead", "show", "--json", "1").stdout


@pytest.mark.parametrize("command", ["show", "missing", "files"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_control_characters(run: Run, answering: Callable[..., None], command: str, options: list[str]) -> None:
    """No text of the server can steer the terminal, break a line or add a column."""
    document = {"id": ESCAPES, "filename": ESCAPES, "mimeType": ESCAPES, "size": 1}
    definition = {"id": "c", "code": ESCAPES, "label": ESCAPES, "fieldType": "FILE", "isRequired": True}
    odd = item(status=ESCAPES, value={"x": ESCAPES}, checklistItem=definition, documents=[document])
    log = {"id": "a", "summary": ESCAPES}
    data = lead_with(odd, status=ESCAPES, nextDraft=log)
    data["lead"] |= {"firstName": ESCAPES, "businessName": ESCAPES}
    data["checklistItems"][0]["name"] = ESCAPES
    answering(json.loads(json.dumps(data)))

    result = run("lead", command, *options, "1")

    assert result.exit_code == 0
    assert not set("\x1b\x9b\ud800") & set(result.stdout)
    assert not set("\u202e") & set(result.stdout)
    if options:
        assert escapes_in(json.loads(result.stdout)) == ESCAPES
    else:
        assert "\ufffd[31m\ufffd2J[bold]\ufffda b c\ufffd" in result.stdout
        assert result.stdout.count("\t") == {"show": 0, "missing": 2, "files": 3}[command]


def escapes_in(data: Any) -> str:
    """The first status or filename, however deep."""
    while not isinstance(data, str):
        data = data[0] if isinstance(data, list) else data.get("status") or data["filename"]
    return data


def test_show_an_opt_out(tmp_path: Path) -> None:
    """Whoever must not be contacted is marked, wherever the response says so; so are deleted and test leads."""
    lead = {"id": "x", "didOptOut": True, "deletedAt": "2026-01-30T02:00:00Z", "isTest": True}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        print_lead(omni.Lead.from_dict({"lead": lead, "status": "IN_PROGRESS"}))

    shown = printed.getvalue().splitlines()
    assert shown[3:6] == ["opted out: do not contact", "deleted 2026-01-30 02:00 UTC", "a test lead"]


@pytest.mark.parametrize("columns", ["0", "1", "-5", "x", "²"])
def test_show_on_an_odd_terminal(columns: str) -> None:
    """The number of columns changes nothing."""
    command = [sys.executable, "-m", "omni.cli", "lead", "show", "--sandbox", "11111111-1111-4111-8111-111111111101"]
    shown = [
        subprocess.run(command, env={**os.environ, "COLUMNS": each}, capture_output=True, text=True).stdout
        for each in (columns, "80")
    ]

    assert shown[0] == shown[1] != ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_show_on_a_full_disk(option: list[str]) -> None:
    """One sentence and exit code 1, no traceback."""
    command = [sys.executable, "-m", "omni.cli", "lead", "show", "--sandbox", *option, sandbox.LEAD_ID]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)

    assert done.returncode == 1
    assert done.stderr.startswith("error: The output cannot be written: ")
    assert "Traceback" not in done.stderr
