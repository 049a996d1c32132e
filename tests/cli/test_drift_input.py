"""Files that ``omni drift`` cannot read, or that would rather not be read."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from cassettes import cassette
from click.testing import Result

Run = Callable[..., Result]

ROOT = Path(__file__).parents[2]

FLAT = {"id": "1", "name": "Ada Sample"}


BOMB = "".join(f"{a}: &{a} [{', '.join([f'*{b}'] * 9)}]\n" for b, a in zip("abcdefgh", "bcdefghi", strict=True))
MERGES = BOMB.replace("[", "{<<: [").replace("]", "]}")
RECORDED = (
    "interactions:\n- request: {{method: {0}, uri: {0}}}\n  response: {{status: {{code: {1}}}, body: {{string: x}}}}\n"
)


@pytest.mark.parametrize(
    "content",
    [
        "[" * 3000,
        "{a: " * 3000,
        "interactions: !!timestamp x",
        "interactions: !!float x",
        "&a\ninteractions: *a",
        RECORDED.format("GET", ".inf"),
        RECORDED.format("GET", "9" * 5000),
        f"a: &a [x, x]\n{BOMB}{RECORDED.format('*i', 200)}",
        f"a: &a {{x: 1}}\n{MERGES}interactions: [1]",
    ],
    ids=range(9),
)
def test_no_cassette(run: Run, saved: Callable[..., str], content: str) -> None:
    """Whatever YAML there is, it is a sentence, and neither a traceback nor gigabytes."""
    result = run("drift", saved(content, "a.yaml"))

    assert (result.exit_code, result.output) == (2, "error: a.yaml is not a cassette.\n")


def test_aliases(run: Run, saved: Callable[..., str]) -> None:
    """A cassette may say a thing once and refer to it, as PyYAML writes what is the same."""
    recorded = yaml.safe_load(cassette(json.dumps(FLAT)))
    recorded["interactions"] *= 2

    result = run("drift", saved(yaml.safe_dump(recorded), "a.yaml"))

    assert "*id001" in Path("a.yaml").read_text()
    assert "missing key\tlead\t\t2\n" in result.stdout


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000])
def test_numbers_of_any_length(run: Run, saved: Callable[..., str], digits: str) -> None:
    """JSON is JSON, however many digits a number of it has."""
    body = f'{{"lead": {{"id": {digits}}}}}'

    for name in (saved(body), saved(cassette(body), "a.yaml")):
        result = run("drift", name)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "wrong type\tlead.id\tinteger\t1\n", "")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file here that nobody can read")
@pytest.mark.parametrize("name", ["/proc/self/mem", "odd\x1b.json", "mem.yaml"])
def test_file_that_cannot_be_read(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It is named, and the output is not blamed."""
    monkeypatch.chdir(tmp_path)
    if not name.startswith("/"):
        Path(name).symlink_to("/proc/self/mem")

    result = run("drift", name)

    assert result.exit_code == 2
    assert result.stderr == f"error: {name.replace(chr(27), chr(0xFFFD))} cannot be read: Input/output error.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_drift_on_a_full_disk() -> None:
    """What cannot be written is still called that."""
    command = [sys.executable, "-m", "omni.cli", "drift", "-"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, input=json.dumps(FLAT), stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    assert (done.returncode, done.stderr) == (1, "error: The output cannot be written: No space left on device.\n")


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), OSError()])
def test_stdin_that_cannot_be_read(run: Run, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    """Stdin is called by its name."""

    def fail() -> bytes:
        raise error

    stdin = SimpleNamespace(buffer=SimpleNamespace(read=fail))
    monkeypatch.setattr("omni.cli._drift.sys", SimpleNamespace(stdin=stdin))

    result = run("drift", "-")

    assert result.exit_code == 2
    assert result.stderr == f"error: stdin cannot be read: {error.strerror or 'OSError'}.\n"
