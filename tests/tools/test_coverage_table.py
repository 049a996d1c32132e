"""The page that says what is covered is measured, so it notices what is added, taken away or excused for nothing."""

import sys
from pathlib import Path
from typing import Any

import coverage_table
import pytest
import yaml

import omni
from omni._sync.leads import Leads

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool() -> Any:
    return coverage_table


@pytest.fixture
def contract() -> Any:
    """The spec, to change."""
    return yaml.safe_load((ROOT / "openapi" / "omni.yaml").read_text())


def test_the_committed_page_is_what_is_measured(
    tool: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to do, nothing to say."""
    monkeypatch.setattr(sys, "argv", ["coverage_table.py", "--check"])

    status = tool.main()

    assert capsys.readouterr().out == ""
    assert status == 0


def test_another_page_is_noticed_and_repaired(
    tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the command; the command repairs it."""
    monkeypatch.setattr(tool, "PAGE", tmp_path / "coverage.md")
    monkeypatch.setattr(tool, "readers", lambda spec: dict.fromkeys(spec.fields, ""))  # quick, and not the point here
    monkeypatch.setattr(sys, "argv", ["coverage_table.py", "--check"])

    failed, said = tool.main(), capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["coverage_table.py"])
    written = tool.main()
    monkeypatch.setattr(sys, "argv", ["coverage_table.py", "--check"])

    assert (failed, written, tool.main()) == (1, 0, 0)
    assert "docs/coverage.md" in said
    assert "nox -s generate" in said


def test_a_new_field_is_uncovered(tool: Any, contract: Any) -> None:
    """What no view reads is on the list, without failing."""
    contract["components"]["schemas"]["LeadRecord"]["properties"]["nickname"] = {"type": ["string", "null"]}
    spec = tool.Spec(contract)
    covered = tool.measured(spec)

    assert covered["LeadRecord.nickname"] == ""
    assert "| `LeadRecord.nickname` | **no reason given** |" in tool.page(spec, covered, {})


def test_a_new_operation_is_uncovered(tool: Any, contract: Any) -> None:
    """No way leads to it, also where another path has a gap that its last word would fill."""
    contract["paths"]["/api/v1/leads/search"] = {"get": {"operationId": "searchLeads", "responses": {}}}
    covered = tool.measured(tool.Spec(contract))

    assert {""} == {covered[f"searchLeads.{way}"] for way in tool.WAYS}
    assert "" not in {covered[f"getLead.{way}"] for way in tool.WAYS}


def test_a_property_that_goes_is_noticed(tool: Any, contract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The field that it alone read is uncovered from then on."""
    spec = tool.Spec(contract)
    before = tool.readers(spec)
    monkeypatch.delattr(omni.Lead, "website")

    assert before == tool.readers(spec) | {"LeadRecord.website": "`Lead.website`"}
    assert tool.readers(spec)["LeadRecord.website"] == ""


def test_a_property_that_tells_nothing_is_noticed(tool: Any, contract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is not enough: its value has to depend on the field."""
    monkeypatch.setattr(omni.Tool, "description", property(lambda tool: "a tool"))

    assert "description" not in tool.readers(tool.Spec(contract))["Tool.description"]


def test_a_method_that_goes_is_noticed(tool: Any, contract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """So are the commands and the pages that need it; the other ways stay."""
    monkeypatch.setattr(tool, "readers", lambda spec: {})
    monkeypatch.delattr(Leads, "get")
    covered = tool.measured(tool.Spec(contract))

    assert "leads.get`" not in covered["getLead.sync"] + covered["getLead.docs"]
    assert "leads.get`" in covered["getLead.async"]
    assert "omni lead show" not in covered["getLead.cli"]


def test_a_reason_for_nothing_is_refused(
    tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is covered needs no reason, and what is not in the spec cannot have one."""
    reasons = dict.fromkeys(["LeadRecord.website", "LeadRecord.shoeSize", "updateLead.cassettes"], "no time")
    monkeypatch.setattr(tool, "DELIBERATE", reasons)
    monkeypatch.setattr(tool, "PAGE", tmp_path / "coverage.md")
    monkeypatch.setattr(sys, "argv", ["coverage_table.py"])

    assert tool.main() == 1
    assert [line.partition("DELIBERATE: ")[2] for line in capsys.readouterr().out.splitlines()] == [
        "LeadRecord.website is covered, by `Lead.website`; take it off the list",
        "updateLead.cassettes is covered, by `update_lead`; take it off the list",
        "LeadRecord.shoeSize is not in openapi/omni.yaml; take it off the list",
    ]
