"""Everything that is generated is moved into place together, or stays as it was."""

from pathlib import Path

import generate
import pytest
from project import Project
from repository import edit, git, make, tool


@pytest.mark.parametrize("good", [3, *(pytest.param(good, marks=pytest.mark.thorough) for good in (0, 5))])
def test_a_move_that_fails_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], good: int
) -> None:
    """Wherever the disk fails: the old files are back, and one line says why."""
    scratch = make(tmp_path)
    edit(scratch / "openapi" / "omni.yaml", "OPTED_OUT, NOT_INTERESTED]\n\n", "OPTED_OUT, NOT_INTERESTED, ON_HOLD]\n\n")
    rename, calls = Path.rename, []

    def fail_once(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == good + 1:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_once)

    assert generate.run(Project.load(scratch)) == 1

    assert capsys.readouterr().out.endswith(
        "No space left on device: make room, or correct the permissions\nNothing was changed.\n"
    )
    assert git(scratch, "status", "--porcelain") == " M openapi/omni.yaml\n"


def test_description_of_a_response_is_not_in_the_contract(tmp_path: Path) -> None:
    """It is known at run time by nobody; a new value of an enum is."""
    scratch = make(tmp_path)
    spec, contract = scratch / "openapi" / "omni.yaml", "omni/_operations/contract.json"
    edit(spec, "description: Computed status", "description: Status, computed,")
    described = tool(scratch, "generate", "--check").stdout
    edit(spec, "OPTED_OUT, NOT_INTERESTED]\n\n", "OPTED_OUT, NOT_INTERESTED, PAUSED]\n\n")
    tool(scratch, "generate")

    assert contract not in described
    assert "PAUSED" in (scratch / contract).read_text()


def test_check_names_each_file_that_differs(tmp_path: Path) -> None:
    """Of all that is generated, with the command that repairs it; the command does."""
    scratch = make(tmp_path)
    contract, client = "omni/_operations/contract.json", "generated/omni_client/client.py"
    for name in (contract, client, "omni/_sync/leads.py"):
        (scratch / name).write_text("{}\n")
    (scratch / "generated/omni_client/models/orphan.py").touch()

    failed = tool(scratch, "generate", "--check")
    tool(scratch, "generate")

    assert failed.returncode == 1
    assert [line.split()[0] for line in failed.stdout.splitlines()] == [
        client,
        "generated/omni_client/models/orphan.py",
        contract,
        "omni/_sync/leads.py",
    ]
    assert "run `nox -s generate` and commit the result" in failed.stdout
    assert git(scratch, "status", "--porcelain") == ""
    assert tool(scratch, "generate", "--check").returncode == 0
