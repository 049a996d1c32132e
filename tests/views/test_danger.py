"""Values that harm a person if they are overlooked are never read as absent, and completion is never guessed."""

from typing import Any

import pytest

import omni
from omni._operations.not_applied import not_applied

STAMP = "2026-01-30T02:00:00Z"

NO: list[Any] = [False, None, "", " "]
"""Values that plainly mean no; so does an absent key."""

YES: list[Any] = [
    True,
    STAMP,
    STAMP.lower(),
    "2026-12-31T23:59:60Z",
    "Fri, 30 Jan 2026 02:00:00 GMT",
    "yesterday",
    1769738400000,
    1.5,
    0,
    "true",
    "false",
    "no",
    [],
    {"at": None},
]
"""Values that mean yes, or that nobody knows: in the contract, neither numbers nor strings mean no."""

SPELLINGS = ["OPTED_OUT", "opted_out", "Opted Out", " OPTED-OUT ", "optedOut", "OPTED__OUT"]


def lead(**record: Any) -> omni.Lead:
    return omni.Lead.from_dict({"lead": {"id": "x", **record}, "status": "IN_PROGRESS"})


def shapes(key: str, value: Any) -> list[omni.Lead]:
    """Leads with the value in the lead's own object, beside it, and in the flat shape of 2025."""
    beside = {"lead": {"id": "x"}, "status": "IN_PROGRESS", key: value}
    return [lead(**{key: value}), omni.Lead.from_dict(beside), omni.Lead.from_dict({"id": "x", key: value})]


@pytest.mark.parametrize("key", ["didOptOut", "optOutAt", "optedOutAt"])
@pytest.mark.parametrize("value", YES, ids=repr)
def test_whatever_is_not_plainly_no_counts_as_an_opt_out(key: str, value: Any) -> None:
    """In every place and both shapes: nobody is contacted because a date could not be read."""
    assert [lead.did_opt_out for lead in shapes(key, value)] == [True, True, True]
    assert figures(**{key: value}).did_opt_out


@pytest.mark.parametrize("key", ["didOptOut", "optOutAt", "optedOutAt", "deletedAt", "isTest"])
@pytest.mark.parametrize("value", NO, ids=repr)
def test_plain_no(key: str, value: Any) -> None:
    """False, null, blank and absent values mean no opt-out, no deletion and no test lead."""
    for view in (*shapes(key, value), lead()):
        assert (view.did_opt_out, view.is_deleted, view.is_test) == (False, False, False)
    assert not figures(**{key: value}).did_opt_out


@pytest.mark.parametrize("status", SPELLINGS)
def test_status_in_another_spelling_counts_as_an_opt_out(status: str) -> None:
    """Case, blanks, hyphens and underscores are ignored; ``status`` has the original string."""
    for view in (*shapes("status", status), omni.Lead.from_dict({"lead": {"id": "x"}, "status": status})):
        assert view.did_opt_out
    assert figures(status=status).did_opt_out
    assert omni.Lead.from_dict({"lead": {"id": "x"}, "status": status}).status == status


@pytest.mark.parametrize("status", ["NOT_OPTED_OUT", "OPTED_IN", "", None, 7, ["OPTED_OUT"]])
def test_other_status_is_not_an_opt_out(status: Any) -> None:
    """The meaning of an unknown status is not guessed."""
    assert not omni.Lead.from_dict({"lead": {"id": "x"}, "status": status}).did_opt_out
    assert not figures(status=status).did_opt_out


@pytest.mark.parametrize("value", YES, ids=repr)
def test_whatever_is_not_plainly_no_counts_as_deleted_or_a_test(value: Any) -> None:
    """Also where ``deleted_at`` cannot be read and is None."""
    assert [lead.is_deleted for lead in shapes("deletedAt", value)] == [True, True, True]
    assert [lead.is_test for lead in shapes("isTest", value)] == [True, True, True]


def test_time_of_an_opt_out() -> None:
    """It is read under both keys, also with a small z; None does not mean that there was no opt-out."""
    for key in ("optOutAt", "optedOutAt"):
        for value in (STAMP, STAMP.lower()):
            assert lead(**{key: value}).opted_out_at == lead(createdAt=STAMP).created_at
            assert figures(**{key: value}).opted_out_at == lead(createdAt=STAMP).created_at
        assert lead(**{key: "yesterday"}).opted_out_at is None
        assert figures(**{key: 7}).opted_out_at is None


def figures(**facts: Any) -> omni.LeadFigures:
    return omni.LeadFigures.from_dict({"leadId": "x", **facts})


@pytest.mark.parametrize("value", YES, ids=repr)
def test_whatever_is_not_plainly_no_counts_as_required(value: Any) -> None:
    """No item that the lead cannot be complete without is overlooked."""
    item = omni.ChecklistItem.from_dict({"id": "i", "status": "TODO", "checklistItem": {"isRequired": value}})

    assert (item.is_required, item.is_missing) == (True, True)
    assert omni.OneOffItem.from_dict({"id": "i", "isRequired": value}).is_required
    assert omni.ChecklistFigure.from_dict({"code": "c", "required": value}).is_required


@pytest.mark.parametrize("value", NO, ids=repr)
def test_plainly_not_required(value: Any) -> None:
    """False, null, blank and absent values mean that the item is optional."""
    for facts in ({"isRequired": value}, {}):
        assert not omni.ChecklistItem.from_dict({"id": "i", "checklistItem": facts}).is_missing
        assert not omni.OneOffItem.from_dict({"id": "i", **facts}).is_required


@pytest.mark.parametrize("status", ["completed", " COMPLETED", "Completed", "SKIPPED ", "needs-review", True, None])
def test_completion_is_never_guessed(status: Any) -> None:
    """Only the exact status counts: whoever is wrongly considered complete gets no more help."""
    item = omni.ChecklistItem.from_dict({"id": "i", "status": status, "checklistItem": {"isRequired": True}})

    assert (item.is_complete, item.is_missing) == (False, True)
    assert not omni.Lead.from_dict({"lead": {"id": "x"}, "status": status}).is_complete


@pytest.mark.parametrize(
    ("entry", "result", "is_valid"),
    [
        (True, True, True),
        (True, None, True),
        (None, True, True),
        (True, False, False),
        (False, True, False),
        (None, False, False),
        ("false", True, None),
        (True, "false", None),
        (None, None, None),
        (0, None, None),
    ],
)
def test_file_is_invalid_if_either_place_says_so(entry: Any, result: Any, is_valid: bool | None) -> None:
    """The verdict is in two places; one that cannot be read does not count as valid."""
    data = {"id": "v", "overallValid": entry, "validationResult": {"overallValid": result}}

    assert omni.DocumentValidation.from_dict(data).is_valid is is_valid


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"didOptOut": True}, ()),
        ({"optOutAt": STAMP}, ()),
        ({}, ("didOptOut",)),
        ({"didOptOut": "maybe"}, ("didOptOut",)),
        ({"optOutAt": "yesterday"}, ("didOptOut",)),
    ],
)
def test_unclear_opt_out_counts_as_not_applied(record: dict[str, Any], expected: tuple[str, ...]) -> None:
    """An opt-out is better sent twice than not at all, so nothing is guessed here."""
    assert not_applied(lead(**record), {"didOptOut": True}) == expected
