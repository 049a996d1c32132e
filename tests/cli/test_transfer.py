"""Files in both directions: ``omni lead upload``, ``omni lead download`` and ``omni document``."""

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import Result

import omni
from omni import sandbox
from omni.cli._lead._transfer import download as lead_download
from omni.cli._main import omni_command
from omni.cli._messages import translate
from omni.cli._output import progress_bars

Run = Callable[..., Result]

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
COMPLETE = "11111111-1111-4111-8111-111111111102"
SEVERAL_FILES = "11111111-1111-4111-8111-111111111106"

NAMES = ["january.pdf", "february.pdf", "march.pdf", "tax-2024.pdf", "tax-2025.pdf", "license.jpg"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_eleven_files(folder: Path) -> list[str]:
    """The names of write_eleven_files files in the folder."""
    names = [f"{number}.txt" for number in range(11)]
    for name in names:
        (folder / name).write_text(name)
    return names


def table(result: Result) -> list[list[str]]:
    """The cells of the output."""
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_upload(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """The files are stored, in as many requests as needed, and each has its line."""
    names = write_eleven_files(folder)
    result = run("lead", "upload", IN_PROGRESS, *names)

    rows = table(result)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [("stored", name) for name in names] == [(outcome, name) for outcome, name, _ in rows]
    assert names == [served.workspace.documents[document_id]["filename"] for *_, document_id in rows]
    assert served.workspace.requests == [("POST", "/api/v1/documents")] * 2


def test_upload_for_an_item(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """``--item`` takes the id that the checklist prints."""
    (folder / "a.pdf").write_bytes(b"1")
    item = next(row for row in table(run("lead", "checklist", IN_PROGRESS)) if row[0] == "tax_returns")
    run("lead", "upload", IN_PROGRESS, "a.pdf", "--item", item[3])

    assert "tax_returns\ta.pdf\t1\t" in run("lead", "files", IN_PROGRESS).stdout


def test_upload_that_fails_halfway(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """The outcome of each file is printed all the same, and the next step."""
    names = write_eleven_files(folder)
    served.fail_next("lost-response")
    result = run("lead", "upload", IN_PROGRESS, *names)

    assert result.exit_code == 5
    assert [outcome for outcome, *_ in table(result)] == ["unknown"] * 10 + ["not sent"]
    assert "\nnext step: The files may have been stored: " in result.stderr


def test_dry_run_of_an_upload(run: Run, folder: Path) -> None:
    """The parts of each request are printed as curl takes them, without names."""
    result = run("lead", "upload", "1", *write_eleven_files(folder), "--item", "2", "--dry-run")

    commands = re.split(r"\n(?=curl)", result.stdout)
    first, second = (shlex.split(command.replace("\\\n", "")) for command in commands)
    assert [first[first.index("--form-string") :][index] for index in (1, 3)] == ["leadId=1", "leadChecklistItemId=2"]
    assert first.count("files=@…;type=text/plain") == 10
    assert second.count("files=@…;type=text/plain") == 1
    assert ".txt" not in result.stdout


def test_download(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """All files are in the folder, each has its line, and a second run downloads none of them again."""
    first, second = (run("lead", "download", SEVERAL_FILES, "--to", "files") for _ in range(2))

    assert (first.exit_code, first.stderr) == (0, "")
    expected = [[f"doc-06-{number}", str(Path("files", name))] for number, name in enumerate(NAMES, 1)]
    assert table(first) == [["saved", *row] for row in expected]
    assert table(second) == [["there already", *row] for row in expected]
    assert [(folder / "files" / name).stat().st_size for name in NAMES] == [1200, 1300, 1400, 4096, 4200, 2500]


def test_download_overwrites(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """With ``--overwrite``, all files are downloaded again."""
    for _ in range(2):
        result = run("lead", "download", SEVERAL_FILES, "--to", "files", "--overwrite")

    assert {row[0] for row in table(result)} == {"saved"}


def test_download_that_fails_in_part(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """One file that fails does not stop the others; it is named, and the exit code is 1."""
    del served.workspace.files["doc-06-4"]
    result = run("lead", "download", SEVERAL_FILES, "--to", "files")

    assert result.exit_code == 1
    assert [row[0] for row in table(result)] == ["saved"] * 3 + ["failed"] + ["saved"] * 2
    assert result.stderr.startswith("failed: doc-06-4: GET ")
    assert result.stderr.endswith("error: 1 of 6 files failed: the same command downloads what is missing.\n")
    assert not (folder / "files" / "tax-2024.pdf").exists()


def test_download_without_files(run: Run, folder: Path) -> None:
    """For a lead without files, a sentence on stderr says so."""
    result = run("lead", "download", "--sandbox", sandbox.LEAD_ID, "--to", "files")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "There are no files.\n")


def test_document_get(run: Run, served: sandbox.Sandbox) -> None:
    """One line for each detail; the link is in the JSON only."""
    fields = run("document", "get", "doc-06-1")
    whole = json.loads(run("document", "get", "doc-06-1", "--json").stdout)

    assert table(fields) == [
        ["id", "doc-06-1"],
        ["filename", "january.pdf"],
        ["mime type", "application/pdf"],
        ["size", "1200"],
        ["lead id", SEVERAL_FILES],
        ["created at", "2026-03-02T09:00:00+00:00"],
        ["updated at", "2026-03-02T09:00:00+00:00"],
    ]
    assert whole["signedUrl"].startswith("http")


def test_unknown_document(run: Run, served: sandbox.Sandbox) -> None:
    """An unknown document has the exit code of an unknown lead."""
    assert run("document", "get", "none").exit_code == 3


@pytest.mark.parametrize(("to", "path"), [("mine.pdf", "mine.pdf"), (".", "january.pdf")])
def test_document_download(run: Run, served: sandbox.Sandbox, folder: Path, to: str, path: str) -> None:
    """The file has the name of ``--to``, or its own in a folder, and the path is printed."""
    result = run("document", "download", "doc-06-1", "--to", to)

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{path}\n", "")
    assert (folder / path).stat().st_size == 1200


def test_document_download_replaces_nothing(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """An existing file stays, unless ``--overwrite`` is given."""
    (folder / "mine.pdf").write_bytes(b"mine")
    refused = run("document", "download", "doc-06-1", "--to", "mine.pdf")

    assert (refused.exit_code, (folder / "mine.pdf").read_bytes()) == (2, b"mine")
    assert run("document", "download", "doc-06-1", "--to", "mine.pdf", "--overwrite").exit_code == 0
    assert (folder / "mine.pdf").stat().st_size == 1200


def test_filenames_are_cleaned(run: Run, served: sandbox.Sandbox, folder: Path) -> None:
    """A filename cannot steer the terminal."""
    served.workspace.add_document(COMPLETE, "\x1b[31m[bold]\u202e.pdf", size=1)
    printed = run("lead", "documents", COMPLETE).stdout + run("lead", "download", COMPLETE, "--to", "files").stdout

    assert "[bold]" in printed
    assert not set("\x1b\u202e") & set(printed)


def test_progress_bars(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal there is a bar for each transfer, with its cleaned name, until it is done; prints go to stdout."""
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with progress_bars() as show:
        show("1", "[bold]\x1b[31mname", 0, 2)
        show("2", None, 1, None)
        show("1", "[bold]\x1b[31mname", 2, 2)
        print("printed")  # noqa: T201 - as a command would

    last = terminal.getvalue().rpartition("\r")[2]
    assert "[bold]\N{REPLACEMENT CHARACTER}[31mname" in terminal.getvalue()
    assert "1/? bytes" in last
    assert "name" not in last
    assert capsys.readouterr().out == "printed\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["lead", "download", SEVERAL_FILES, "--sandbox", "--to", "."], "saved\tdoc-06-1\t"),
        (["lead", "upload", "1", "a.pdf", "--dry-run"], "curl --request POST "),
    ],
)
def test_progress_bars_are_on_stderr(folder: Path, arguments: list[str], line: str) -> None:
    """With stderr on a terminal and stdout in a pipe, the pipe gets the lines and the terminal the bars."""
    (folder / "a.pdf").write_bytes(b"1")
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "omni.cli", *arguments]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=follower, encoding="utf-8", timeout=60
    )
    seen = os.read(leader, 65536).decode()
    os.close(leader)
    os.close(follower)

    assert done.stdout.startswith(line)
    assert "\x1b" in seen
    assert line.strip() not in seen
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("omni.Client.documents.download_all", ["lead", "download", "1"]),
        ("omni.Client.documents.download", ["document", "download", "1"]),
        ("omni.Client.analytics.download_csv", ["analytics", "csv"]),
    ],
)
def test_max_bytes(run: Run, monkeypatch: pytest.MonkeyPatch, method: str, arguments: list[str]) -> None:
    """``--max-bytes`` reaches the library, whose own limit holds otherwise."""
    calls: list[dict[str, object]] = []
    resource, _, name = method.removeprefix("omni.Client.").partition(".")

    def download(*_: object, **options: object) -> list[object]:
        calls.append(options)
        return []

    with omni.Client(api_key="k") as client:
        monkeypatch.setattr(type(getattr(client, resource)), name, download)

    for limit in (["--max-bytes", "7"], []):
        assert run(*arguments, "--sandbox", "--to", "x", *limit).exit_code == 0
    assert [call.get("max_bytes") for call in calls] == [7, None]
    assert "max_bytes" not in calls[1]


def test_file_over_the_limit(run: Run, tmp_path: Path) -> None:
    """The error names the limit and its option."""
    arguments = ["document", "download", "doc-06-1", "--sandbox", "--to", str(tmp_path / "x")]
    result = run(*arguments, "--max-bytes", "10")

    assert result.exit_code == 1
    assert "The file has more than --max-bytes=10 bytes, so nothing of it was kept: pass a larger" in result.stderr
    assert run(*arguments, "--max-bytes", "inf").exit_code == 0


@pytest.mark.parametrize("options", [["--sandbox"], ["--base-url", "http://127.0.0.1:1"]])
def test_max_response_bytes(run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """``--max-response-bytes`` reaches the client, whose own limit holds otherwise."""
    calls: list[dict[str, object]] = []

    def client(**arguments: object) -> NoReturn:
        calls.append(arguments)
        raise omni.UsageError("x")

    monkeypatch.setattr(omni, "Client", client)
    monkeypatch.setenv("OMNI_API_KEY", "k")
    for limit in (["--max-response-bytes", "7"], []):
        run(*options, *limit, "lead", "show", "1")

    assert calls[0]["max_response_bytes"] == 7
    assert "max_response_bytes" not in calls[1]


def test_limits_are_translated() -> None:
    """A message about a limit names its option."""
    texts = {
        "The file has more than max_bytes=10 bytes, so nothing was kept: pass a larger max_bytes": (
            "The file has more than --max-bytes=10 bytes, so nothing was kept: pass a larger --max-bytes"
        ),
        "The response is larger than max_response_bytes: raise that limit, or stream the response with client.http": (
            "The response is larger than --max-response-bytes: raise that limit"
        ),
        "max_response_bytes is 0: give more.": "--max-response-bytes is 0: give more.",
    }
    context = click.Context(lead_download, parent=click.Context(omni_command))

    with context.scope(cleanup=False):
        assert {text: translate(text) for text in texts} == texts
