"""Commands on a real terminal of 80 and of 120 columns, and pictures of them.

With OMNI_CAPTURES set to a folder, each picture is written into it, as `nox -s screenshots` does for the docs; else the
pictures of the docs are compared with what the commands print.
"""

import os
import re
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..test_main import run_on_a_terminal

Spawn = Callable[..., subprocess.CompletedProcess[str]]
OnTerminal = Callable[[int, str], str]

pytestmark = pytest.mark.usefixtures("python_path")

FOLDER = os.environ.get("OMNI_CAPTURES")  # read before the fixtures of the command line take it away
KEPT = Path(__file__).parents[3] / "docs" / "images" / "terminal"

SHOW = "lead show --sandbox 11111111-1111-4111-8111-111111111101"
DOCUMENTS = "lead documents --sandbox 11111111-1111-4111-8111-111111111106"
LOGS = "lead logs --sandbox 11111111-1111-4111-8111-111111111101"
MISSING = "lead missing --sandbox 11111111-1111-4111-8111-111111111101"
LEADS = "analytics leads --sandbox"
MISTYPED = "lead get 11111111-1111-4111-8111-111111111101"
PICTURES = {
    "lead-show-80": (SHOW, 80),
    "lead-show-120": (SHOW, 120),
    "lead-documents-80": (DOCUMENTS, 80),
    "lead-logs-80": (LOGS, 80),
    "lead-missing-80": (MISSING, 80),
    "analytics-leads-80": (LEADS, 80),
    "analytics-leads-120": (LEADS, 120),
    "lead-get-80": (MISTYPED, 80),
}
HEADERS = {
    DOCUMENTS: ["DOCUMENT ID", "FILENAME", "SIZE", "VALID"],
    LOGS: ["TIME", "TYPE", "STATUS", "SUMMARY"],
    MISSING: ["CODE", "LABEL", "STATUS"],
}
TIME = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\S*"
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

_printed: dict[tuple[int, str], str] = {}


@pytest.fixture
def on_terminal() -> OnTerminal:
    """What a command prints on a terminal so many columns wide and higher than any output; it runs once."""

    def on_terminal(columns: int, command: str) -> str:
        if (columns, command) not in _printed:
            printed = run_on_a_terminal(*command.split(), columns=columns)
            _printed[columns, command] = printed.replace("\r\n", "\n").removesuffix("\n")
        return _printed[columns, command]

    return on_terminal


def plain(printed: str) -> str:
    return Text.from_ansi(printed).plain


def picture(title: str, name: str, columns: int, printed: str) -> str:
    """An SVG of a terminal that loads nothing: rich's own refers to a font of another server."""
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True, color_system="truecolor")
    for line in Text.from_ansi(printed).split("\n", allow_blank=True):
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title=title, unique_id=name)
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.S)
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.S)
    svg = svg.replace(f' clip-path="url(#{name}-clip-terminal)"', "")  # it would cut underscores off the last line
    svg = re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {FONTS};", svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def texts(svg: str) -> list[str]:
    """The texts in a picture, in their order."""
    return [text for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("}text") and (text := each.text)]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", [SHOW, DOCUMENTS, LOGS, MISSING, LEADS, MISTYPED])
def test_output_fits_a_real_terminal(on_terminal: OnTerminal, command: str, columns: int) -> None:
    """No line is wider than the terminal, as the terminal itself tells it: without COLUMNS."""
    wide = [line for line in plain(on_terminal(columns, command)).split("\n") if cell_len(line) > columns]

    assert wide == []


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(("command", "header"), HEADERS.items())
def test_columns_begin_below_their_headers(
    on_terminal: OnTerminal, command: str, header: list[str], columns: int
) -> None:
    """The first line of a list has the names of its columns, and every cell begins where its name does."""
    first, *lines = plain(on_terminal(columns, command)).split("\n")
    starts = [first.index(name) for name in header]

    assert re.split(" {2,}", first) == header
    assert lines
    for line in lines:
        assert [match.start(1) for match in re.finditer(r"(?:^| {2,})(\S)", line)] == starts


@pytest.mark.parametrize(("command", "header"), {SHOW: [], **HEADERS}.items())
def test_terminals_and_pipes_say_the_same(
    on_terminal: OnTerminal, spawn: Spawn, command: str, header: list[str]
) -> None:
    """A pipe gets no colour and no header, and the same words; only times are longer."""
    printed = on_terminal(120, command)
    piped = spawn(*command.split()).stdout

    assert ("\x1b" in printed, "\x1b" in piped) == (command == SHOW, False)
    assert plain(printed).split() == " ".join([*header, re.sub(TIME, r"\1 \2Z", piped)]).split()


def test_files_are_named_whole(on_terminal: OnTerminal) -> None:
    """On 80 columns too, an item has the whole names of its files, one below the other, and no id of a document."""
    lines = plain(on_terminal(80, SHOW)).split("\n")
    at = next(number for number, line in enumerate(lines) if "Three bank statements" in line)

    assert lines[at] == "  invalid  Three bank statements     november-statement.pdf,"
    assert lines[at + 1] == f"{'':37}december-statement.pdf"
    assert "doc-" not in "".join(lines)


def test_mistyped_commands_are_plain(on_terminal: OnTerminal) -> None:
    """The command that is meant is on one line, and no colour is needed to read it."""
    printed = on_terminal(80, MISTYPED)

    assert printed.endswith("\nError: No such command 'get'. Did you mean: omni lead show?")
    assert "\x1b" not in printed


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(on_terminal: OnTerminal, name: str) -> None:
    """A picture loads nothing, cuts nothing off, has no path of this machine, and is the one that the docs have."""
    command, columns = PICTURES[name]
    svg = picture(f"omni {command}", name, columns, on_terminal(columns, command))

    assert re.findall(r"url\((?!#)|https?://(?!www\.w3\.org/)|@import|href", svg) == []
    assert svg.count("font-family: ui-monospace,") == 1
    assert "clip-terminal)" not in svg
    assert str(KEPT.parents[2]) not in svg
    assert svg == picture(f"omni {command}", name, columns, on_terminal(columns, command))
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        Path(FOLDER, f"{name}.svg").write_text(svg)
    else:
        kept = (KEPT / f"{name}.svg").read_text()
        assert texts(kept) == texts(svg), f"{name}.svg is not what the command prints now: run nox -s screenshots"


def test_all_kept_pictures_are_made_here() -> None:
    """The docs have no picture that nobody renews."""
    assert {path.stem for path in KEPT.iterdir()} == {*PICTURES}, "delete the others, or run nox -s screenshots"
