"""Rows of tables: the columns are stable, and their values are plain."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

import omni
import omni.webhooks
from omni._views.base import View

COLUMNS: dict[type[View[Any]], str] = {
    omni.Lead: "id status first_name last_name business_name email phone_number website activity_summary assignee_type"
    " source external_lead_id external_portal_link workspace_id is_test is_deleted opted_out_at created_at updated_at"
    " deleted_at submitted_at email_verified_at phone_verified_at is_complete did_opt_out",
    omni.ChecklistItem: "id status definition_id code label validation_error field_type is_required is_complete"
    " is_missing is_file",
    omni.Document: "id filename mime_type size signed_url lead_id workspace_id created_at updated_at extraction_status",
    omni.ActionLog: "id type status summary error parent_action_id scheduled_at created_at completed_at",
    omni.Message: "id channel direction subject body",
    omni.LeadFigures: "lead_id total_messages inbound_messages outbound_messages first_name last_name email"
    " phone_number created_at completed_at opted_out_at last_inbound_at last_outbound_at did_opt_out",
    omni.ChecklistFigure: "code status is_required updated_at source",
    omni.CompletionFigures: "total_required total_completed",
    omni.AnalyticsTotals: "total_messages inbound_messages outbound_messages lead_count leads_completed"
    " leads_opted_out",
    omni.UploadedDocument: "id filename mime_type size signed_url created_at item_id external_id",
    omni.webhooks.LeadUpdated: "key name lead_id external_lead_id workspace_id is_reconciled occurred_at first_name"
    " middle_name last_name phone_number email business_name website",
}
"""A table that somebody keeps has these columns. A new one is a line in the changelog, one that is gone breaks it."""

EMPTY: dict[type[View[Any]], dict[str, Any]] = {omni.Lead: {"lead": {"id": "x"}}}


@pytest.mark.parametrize(("view", "names"), COLUMNS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_columns_are_stable(view: type[View[Any]], names: str) -> None:
    """They are those of the class, in an order that no response decides."""
    nothing = view.from_dict(EMPTY.get(view, {})).to_row()

    assert [*nothing] == names.split()
    assert {type(value) for name, value in nothing.items() if name not in {"id", "key"}} <= {type(None), bool}


def test_values_are_plain(published: dict[str, Any]) -> None:
    """Times are aware, values of enums are plain text, and nothing is a list, a dict or a view."""
    lead = omni.Lead.from_dict(published)
    row = lead.to_row()

    assert row.keys() == omni.Lead.from_dict(EMPTY[omni.Lead]).to_row().keys()
    assert row["created_at"] == datetime(2026, 1, 30, 2, tzinfo=UTC)
    assert (row["status"], type(row["status"]), row["source"]) == ("IN_PROGRESS", str, "api")
    assert (row["first_name"], row["website"], row["did_opt_out"]) == ("John", None, False)
    assert {type(value) for value in row.values()} == {str, bool, datetime, type(None)}
    assert lead.to_dict() == published


def test_a_value_that_no_enum_has_is_kept() -> None:
    """As in the view; an empty text that came is no absent one."""
    log = omni.ActionLog.from_dict({"id": "", "type": "NEW_KIND", "summary": ""})

    assert (log.to_row()["id"], log.to_row()["type"], log.to_row()["summary"]) == (None, "NEW_KIND", "")


def test_a_possible_opt_out_is_one_in_a_row(published: dict[str, Any]) -> None:
    """A date that cannot be read leaves an empty column, and the flag is true."""
    data = copy.deepcopy(published)
    data["lead"]["optOutAt"] = "some day"
    row = omni.Lead.from_dict(data).to_row()

    assert (row["opted_out_at"], row["did_opt_out"]) == (None, True)
