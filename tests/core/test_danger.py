"""What harms a person if it is overlooked is never read as absent, and a completion is never invented."""

from typing import Any

import pytest

import omni
from omni._operations.not_applied import not_applied

STAMP = "2026-01-30T02:00:00Z"

NO: list[Any] = [False, None, "", " "]
"""What plainly says no; so does a key that is not there."""

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
"""What says yes, or nobody knows what: neither numbers nor texts are the contract's word for no."""

WORDS = ["OPTED_OUT", "opted_out", "Opted Out", " OPTED-OUT ", "optedOut", "OPTED__OUT"]


def lead(**record: Any) -> omni.Lead:
    return omni.Lead.from_dict({"lead": {"id": "x", **record}, "status": "IN_PROGRESS"})


def shapes(key: str, value: Any) -> list[omni.Lead]:
    """A lead that says it in its record, beside its record, and in the flat shape of 2025."""
    beside = {"lead": {"id": "x"}, "status": "IN_PROGRESS", key: value}
    return [lead(**{key: value}), omni.Lead.from_dict(beside), omni.Lead.from_dict({"id": "x", key: value})]


@pytest.mark.parametrize("key", ["didOptOut", "optOutAt", "optedOutAt"])
@pytest.mark.parametrize("value", YES, ids=repr)
def test_whatever_is_not_plainly_no_is_an_opt_out(key: str, value: Any) -> None:
    """In every place and both shapes: nobody is contacted because a stamp could not be read."""
    assert [each.did_opt_out for each in shapes(key, value)] == [True, True, True]
    assert figures(**{key: value}).did_opt_out


@pytest.mark.parametrize("key", ["didOptOut", "optOutAt", "optedOutAt", "deletedAt", "isTest"])
@pytest.mark.parametrize("value", NO, ids=repr)
def test_a_plain_no_is_one(key: str, value: Any) -> None:
    """False, null, blank and absent are no opt-out, no deletion and no test lead."""
    for each in (*shapes(key, value), lead()):
        assert (each.did_opt_out, each.is_deleted, each.is_test) == (False, False, False)
    assert not figures(**{key: value}).did_opt_out


@pytest.mark.parametrize("word", WORDS)
def test_a_status_in_another_spelling_is_an_opt_out(word: str) -> None:
    """Case, blanks, hyphens and underscores make no other word of it; what came stays as it is."""
    for each in (*shapes("status", word), omni.Lead.from_dict({"lead": {"id": "x"}, "status": word})):
        assert each.did_opt_out
    assert figures(status=word).did_opt_out
    assert omni.Lead.from_dict({"lead": {"id": "x"}, "status": word}).status == word


@pytest.mark.parametrize("word", ["NOT_OPTED_OUT", "OPTED_IN", "", None, 7, ["OPTED_OUT"]])
def test_another_status_is_no_opt_out(word: Any) -> None:
    """A word of tomorrow is not guessed at."""
    assert not omni.Lead.from_dict({"lead": {"id": "x"}, "status": word}).did_opt_out
    assert not figures(status=word).did_opt_out


@pytest.mark.parametrize("value", YES, ids=repr)
def test_whatever_is_not_plainly_no_is_deleted_or_a_test(value: Any) -> None:
    """Also where ``deleted_at`` cannot be read and is None."""
    assert [each.is_deleted for each in shapes("deletedAt", value)] == [True, True, True]
    assert [each.is_test for each in shapes("isTest", value)] == [True, True, True]


def test_the_time_of_an_opt_out() -> None:
    """Under both keys, with a small z too; None is no claim that there was none."""
    for key in ("optOutAt", "optedOutAt"):
        for value in (STAMP, STAMP.lower()):
            assert lead(**{key: value}).opted_out_at == lead(createdAt=STAMP).created_at
            assert figures(**{key: value}).opted_out_at == lead(createdAt=STAMP).created_at
        assert lead(**{key: "yesterday"}).opted_out_at is None
        assert figures(**{key: 7}).opted_out_at is None


def figures(**facts: Any) -> omni.LeadFigures:
    return omni.LeadFigures.from_dict({"leadId": "x", **facts})


@pytest.mark.parametrize("value", YES, ids=repr)
def test_whatever_is_not_plainly_no_is_required(value: Any) -> None:
    """An item that the lead cannot be complete without is not left out."""
    item = omni.ChecklistItem.from_dict({"id": "i", "status": "TODO", "checklistItem": {"isRequired": value}})

    assert (item.is_required, item.is_missing) == (True, True)
    assert omni.OneOffItem.from_dict({"id": "i", "isRequired": value}).is_required
    assert omni.ChecklistFigure.from_dict({"code": "c", "required": value}).is_required


@pytest.mark.parametrize("value", NO, ids=repr)
def test_what_is_plainly_not_required(value: Any) -> None:
    """False, null and absent."""
    for facts in ({"isRequired": value}, {}):
        assert not omni.ChecklistItem.from_dict({"id": "i", "checklistItem": facts}).is_missing
        assert not omni.OneOffItem.from_dict({"id": "i", **facts}).is_required


@pytest.mark.parametrize("word", ["completed", " COMPLETED", "Completed", "SKIPPED ", "needs-review", True, None])
def test_a_completion_is_never_invented(word: Any) -> None:
    """Complete is what says so to the letter: a person wrongly taken for it is not helped any more."""
    item = omni.ChecklistItem.from_dict({"id": "i", "status": word, "checklistItem": {"isRequired": True}})

    assert (item.is_complete, item.is_missing) == (False, True)
    assert not omni.Lead.from_dict({"lead": {"id": "x"}, "status": word}).is_complete


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
def test_a_file_that_one_place_refuses_is_refused(entry: Any, result: Any, is_valid: bool | None) -> None:
    """The verdict stands in two places; what cannot be read is no acceptance."""
    data = {"id": "v", "overallValid": entry, "validationResult": {"overallValid": result}}

    assert omni.DocumentValidation.from_dict(data).is_valid is is_valid


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"didOptOut": True}, ()),
        ({"optOutAt": STAMP}, ()),
        ({}, ("didOptOut",)),
        ({"didOptOut": "maybe"}, ("didOptOut",)),
        ({"optOutAt": "yesterday"}, ("didOptOut",)),
    ],
)
def test_an_opt_out_that_is_not_plain_is_not_taken_for_applied(record: dict[str, Any], told: tuple[str, ...]) -> None:
    """An opt-out is better sent twice than not at all, so here a guess counts for nothing."""
    assert not_applied(lead(**record), {"didOptOut": True}) == told
