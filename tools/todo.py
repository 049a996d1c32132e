"""What is left to do by hand in the curated layer, as a list that can be pasted.

What nothing reaches yet is found by the tests that hold the layer against the contract; each gets the code that it
needs, with the words of the spec. Where something is gone, the lines that name it are listed.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from curated import GONE, Curated
from project import Project
from verdict.change import Change

UNDECLARED = re.compile(r"(\w+)\.([\w -]+) is in the contract, and no view declares it")
UNKNOWN = re.compile(r"(\w+) is not declared: add it to ")
UNSENT = re.compile(r"(\w+): nothing sends ([\w-]+): ")
SPARED = ("cacheprovider", "hypothesispytest", "xdist", "recording", "omni.pytest_plugin")
"""Plugins that would write, or take longer than the tests."""


def todo(scratch: Project, root: Path, changes: list[Change]) -> list[str]:
    """What is left to do, block by block: a place, and below it the code to put there; lines to look at come first."""
    curated = Curated(scratch)
    looked_at, blocks, told = [*find_stale_lines(scratch, changes)], list[str](), find_unreached(scratch, root)
    fields = [found.groups() for line in told if (found := UNDECLARED.match(line))]
    for schema in dict.fromkeys(schema for schema, _ in fields):
        blocks.append(curated.field_code(schema, [key for name, key in fields if name == schema]))
    for line in told:
        if found := UNKNOWN.match(line):
            blocks += curated.operation_code(found[1])
        elif found := UNSENT.match(line):
            blocks.append(curated.argument_code(found[1], found[2]))
        elif not UNDECLARED.match(line):
            looked_at.append(line)
    return ["\n".join(looked_at), *blocks] if looked_at else blocks


def find_unreached(scratch: Project, root: Path) -> list[str]:
    """What the tests of a tree say of the layer in the scratch tree, which is the one that they import."""
    calls = root / str(scratch.curated["calls"])
    path = os.pathsep.join(map(str, (scratch.root, scratch.raw.parent, calls.parent)))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--noconftest", f"--junitxml={report}"]
        command += [option for plugin in SPARED for option in ("-p", f"no:{plugin}")]
        command += [str(root / test) for test in scratch.curated["reach"]]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if not report.exists() or done.returncode not in (0, 1):
            last = [line for line in done.stdout.splitlines() if line.startswith("E  ")][-1:]
            what = f"{scratch.curated['package']} cannot be imported with the new contract"
            return [f"{what}{''.join(last).replace('E  ', ':')}; the rest is listed once it can"]
        cases = [*ElementTree.parse(report).iter("testcase")]
    found: list[str] = []
    for case in cases:
        for failure in (each for tag in ("failure", "error") for each in case.iter(tag)):
            text, message = failure.text or "", failure.get("message", "").removeprefix("Failed: ")
            if re.match(r"[\w.]+(Error|Exception)\b", message):  # a test that did not come to its end
                found.append(f"{case.get('name')}: {message.splitlines()[0]}")
            else:
                found += [
                    line for line in (text if " is in the contract" in text else message).splitlines() if ":" in line
                ]
    return found


def find_stale_lines(project: Project, changes: list[Change]) -> Iterator[str]:
    """The lines of the curated layer that name what is gone, or is another now."""
    words = {each.symbol.rpartition(".")[2]: each for each in changes if each.layer == "wire" and each.fact in GONE}
    values = {each.was: each for each in changes if each.was}
    derived = project.root / project.curated["sync"]
    for path in sorted((project.root / project.curated["package"]).rglob("*.py")):
        if derived in path.parents:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found = words_in(line) & words.keys()
            for word in sorted(found | {value for value in values if f'"{value}"' in line}):
                change = words.get(word) or values[word]
                subject = "which" if word in words else f"and {change.symbol}"
                yield f"{path.relative_to(project.root)}:{number}: names {word}, {subject} {change.what}"


def words_in(line: str) -> set[str]:
    """The words of a line of code that may be names of the API: whole texts, the segments of paths, and attributes."""
    texts = re.findall(r"[\"']([\w.]*\w)[\"']", line)
    paths = [text for text in texts if not text.endswith((".json", ".py"))]
    return {word for text in paths for word in text.split(".")} | {*re.findall(r"(?<=[\w)\]])\.(\w+)", line)}
