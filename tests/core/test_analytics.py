"""Figures show what came, and no surprise in one of them loses the rest; periods and cursors are checked."""

import copy
import inspect
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from omni_client.models import ChecklistItemStatus

from omni._operations import field_checks
from omni._operations.pagination import PagePosition
from omni._views.analytics import Analytics, ChannelFigures, LeadFigures
from omni._views.base import View
from omni._views.fields import Field
from omni.errors import UsageError

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
ITEM = {
    "code": "ein",
    "required": True,
    "status": "COMPLETED",
    "value": {"some": ["thing"]},
    "updatedAt": "2026-03-04T03:00:00Z",
    "source": "portal",
}


@pytest.fixture
def sample() -> dict[str, Any]:
    """The published sample of Get Analytics."""
    path = Path(__file__).parents[2] / "openapi" / "examples" / "get-analytics.json"
    return dict(json.loads(path.read_text()))


def lead(**figures: object) -> LeadFigures:
    """The figures of one lead, as they come on a page."""
    (found,) = Analytics.from_dict({"breakdown": [{"leadId": "x", **figures}]}).leads
    return found


def test_published_totals(sample: dict[str, Any]) -> None:
    """The totals of the documented sample."""
    page = Analytics.from_dict(sample)
    totals = page.totals

    assert (page.start, page.end, page.next_token, page.download_url) == (MARCH, APRIL, None, None)
    assert (totals.lead_count, totals.leads_completed, totals.leads_opted_out) == (10, 3, 1)
    assert (totals.total_messages, totals.inbound_messages, totals.outbound_messages) == (40, 15, 25)
    assert {name: (each.inbound, each.outbound) for name, each in totals.channels.items()} == {
        "sms": (10, 15),
        "email": (5, 10),
    }
    assert (totals.completion.total_required, totals.completion.total_completed) == (80, 20)
    assert totals.completion.by_source == {"agent": 5, "imported": 1, "manual": 2, "portal": 12}
    assert totals.interventions["messageEdits"] == 3
    assert page.to_dict() == sample


def test_published_figures_of_a_lead(sample: dict[str, Any]) -> None:
    """The figures of one lead in the documented sample."""
    (ada,) = Analytics.from_dict(sample).leads

    assert (ada.lead_id, ada.id) == ("11111111-1111-4111-8111-111111111111",) * 2
    assert (ada.first_name, ada.last_name, ada.email, ada.phone_number) == (
        "Ada",
        "Sample",
        "lead@example.com",
        "+12025550123",
    )
    assert ada.created_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert ada.completed_at == datetime(2026, 3, 4, 4, tzinfo=UTC)
    assert ada.opted_out_at is None
    assert ada.last_inbound_at == datetime(2026, 3, 4, 3, 30, tzinfo=UTC)
    assert ada.last_outbound_at == datetime(2026, 3, 4, 3, 40, tzinfo=UTC)
    assert (ada.total_messages, ada.inbound_messages, ada.outbound_messages) == (8, 3, 5)
    assert ada.channels["email"].last_inbound_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert ada.channels["email"].last_outbound_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert (ada.completion.total_required, ada.interventions, ada.checklist) == (None, {}, ())


def test_checklist_figures() -> None:
    """The columns of the CSV file are fields."""
    (item,) = lead(checklist=[ITEM]).checklist

    assert (item.code, item.is_required, item.status, item.source) == ("ein", True, "COMPLETED", "portal")
    assert isinstance(item.status, ChecklistItemStatus)
    assert item.value == {"some": ["thing"]}
    assert item.updated_at == datetime(2026, 3, 4, 3, tzinfo=UTC)


def test_csv_mode_has_only_a_link() -> None:
    """The response has a link, and neither leads nor numbers; every field can be read."""
    page = Analytics.from_dict({"downloadUrl": "https://bucket.s3.example.com/figures?signature=x"})

    assert page.download_url == "https://bucket.s3.example.com/figures?signature=x"
    assert (page.leads, page.totals.lead_count, page.totals.completion.by_source) == ((), None, {})


def everything(view: View) -> dict[str, Any]:
    """What every property of a view gives, each of the type that it promises."""
    assert type(view.raw).__name__ == view._model
    found: dict[str, Any] = {}
    for name, member in inspect.getmembers(type(view)):
        if isinstance(member, property | Field) and name != "raw" and not name.startswith("_"):
            found[name] = getattr(view, name)
            assert is_a(promised(member), found[name]), name
    return found


PROMISED: dict[str, Any] = {
    "string": str | None,
    "integer": int | None,
    "date-time": datetime | None,
    "flag": bool,
    "enum": str,
    "json": Any,
    "object": View,
    "array": tuple[View, ...],
    "map of objects": dict[str, View],
    "map of integers": dict[str, int],
}
"""What each kind of field reads as."""


def promised(member: Any) -> Any:
    """The type of a property, or of a declared field."""
    return PROMISED[member.kind] if isinstance(member, Field) else get_type_hints(member.fget)["return"]


def is_a(hint: Any, value: object) -> bool:
    """Whether a value, and everything in it, is what an annotation says."""
    if hint is Any:
        return True
    if isinstance(value, View):
        everything(value)
    if isinstance(value, dict):
        return get_origin(hint) is dict and all(is_a(get_args(hint)[1], each) for each in value.values())
    if isinstance(value, tuple):
        return get_origin(hint) is tuple and all(is_a(get_args(hint)[0], each) for each in value)
    return isinstance(value, hint)


def spoilt(value: Any, wrong: object) -> Iterator[Any]:
    """The JSON value with something wrong in it, at one place after the other."""
    yield wrong
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        for changed in spoilt(each, wrong):
            copied = copy.copy(value)
            copied[key] = changed
            yield copied


@pytest.mark.parametrize("wrong", [None, 1.5, True, "text", [], ["text", None, 3], {}, {"sms": None, "n": "text"}])
def test_wrong_types_read_as_missing(sample: dict[str, Any], wrong: object) -> None:
    """Every field has a value of its type, and the JSON is unchanged."""
    figures = {**sample["breakdown"][0], **sample["totals"], "checklist": [ITEM]}
    _, *pages = spoilt(
        {**sample, "nextToken": "next", "downloadUrl": "https://example.com", "breakdown": [figures]}, wrong
    )

    assert len(pages) > 80
    for page in pages:
        view = Analytics.from_dict(page)
        everything(view)

        assert view.to_dict() == page


def test_null_among_channels_and_counts_is_skipped() -> None:
    """The values beside it are kept."""
    figures = lead(
        channels={"sms": None, "fax": {"inbound": 1}}, interventions={"a": None, "b": "2", "c": True, "d": 4}
    )

    assert figures.channels == {"fax": ChannelFigures.from_dict({"inbound": 1})}
    assert figures.interventions == {"d": 4}
    assert lead(completion={"bySource": {"portal": 1, "agent": None}}).completion.by_source == {"portal": 1}


def test_null_among_leads_and_items_is_skipped() -> None:
    """The elements beside it are kept."""
    page = Analytics.from_dict({"breakdown": [None, {"leadId": "x", "checklist": [3, ITEM]}, {"leadId": "y"}]})

    assert [each.lead_id for each in page.leads] == ["x", "y"]
    assert [item.code for item in page.leads[0].checklist] == ["ein"]


def test_empty_page() -> None:
    """Every field is missing, and nothing fails."""
    page = Analytics.from_dict({})
    empty = lead(leadId=None)
    (item,) = lead(checklist=[{}]).checklist

    assert {name for name, value in everything(page).items() if value} == {"totals"}
    assert {name for name, value in everything(page.totals).items() if value} == {"completion"}
    assert {name for name, value in everything(empty).items() if value} == {"completion"}
    assert not any(everything(item).values())


def test_copies_are_equal_and_show_no_names(sample: dict[str, Any]) -> None:
    """Views with equal JSON are equal; their text has ids and states only."""
    page = Analytics.from_dict(sample)
    (ada,) = page.leads
    (item,) = lead(checklist=[ITEM]).checklist

    assert pickle.loads(pickle.dumps(page)) == copy.deepcopy(page) == page
    assert {ada} == {*Analytics.from_dict(sample).leads}
    assert repr(ada) == "LeadFigures(lead_id='11111111-1111-4111-8111-111111111111')"
    assert repr(item) == "ChecklistFigure(code='ein', status='COMPLETED')"
    assert repr([page, page.totals, ada.channels]) == (
        "[Analytics(), AnalyticsTotals(), {'sms': ChannelFigures(), 'email': ChannelFigures()}]"
    )


def test_returned_maps_are_copies() -> None:
    """Changing a returned map does not change the view."""
    figures = lead(interventions={"escalations": 1}, channels={"sms": {}})
    figures.interventions.clear()
    figures.channels.clear()

    assert (figures.interventions, [*figures.channels]) == ({"escalations": 1}, ["sms"])


def texts(**period: datetime | None) -> dict[str, str]:
    """A period as it is sent."""
    return field_checks.checked_period(**{"start": None, "end": None, **period})


def test_times_are_sent_in_utc_with_a_z() -> None:
    """Times are sent to the microsecond; what was not given is not sent."""
    plus_two = datetime(2026, 3, 1, 1, 30, 0, 5, timezone(timedelta(hours=2)))

    assert texts() == {}
    assert texts(start=MARCH, end=MARCH) == {"start": "2026-03-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    assert texts(end=plus_two) == {"end": "2026-02-28T23:30:00.000005Z"}


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (datetime(2026, 3, 1), None, "start has no time zone"),
        (None, datetime(2026, 3, 1), "end has no time zone"),
        ("2026-03-01T00:00:00Z", None, "start must be a datetime"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), None, "in UTC"),
        (APRIL, MARCH, "start is after end"),
    ],
)
def test_invalid_periods_are_refused(start: Any, end: Any, words: str) -> None:
    """The message says which of the two times is wrong."""
    with pytest.raises(UsageError, match=words):
        field_checks.checked_period(start, end)


def test_cursor_is_read_back_as_its_position() -> None:
    """A cursor means the same position for the same period in any time zone."""
    there = MARCH.astimezone(timezone(timedelta(hours=-8)))
    cursor = PagePosition("page", 3).cursor(field_checks.checked_period(MARCH, APRIL))

    assert PagePosition("page", 3) == PagePosition.from_cursor(cursor, field_checks.checked_period(there, APRIL))
    assert PagePosition(None, 0) == PagePosition.from_cursor(None, field_checks.checked_period(there, APRIL))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "page",
        "[]",
        '"abc"',
        "null",
        '[{}, "page", -1]',
        '[{}, "page", true]',
        "[{}, 3, 3]",
        "[" * 100_000,
        3,
        b"\xff",
    ],
)
def test_invalid_cursors_are_refused(cursor: Any) -> None:
    """A UsageError says so and does not repeat the value."""
    with pytest.raises(UsageError, match="cursor must be what the cursor of an iterator was, unchanged"):
        PagePosition.from_cursor(cursor, {})


def test_cursor_of_another_period_is_refused() -> None:
    """A token of one period means nothing in another."""
    cursor = PagePosition("page", 3).cursor(field_checks.checked_period(MARCH, None))

    for other in (
        {},
        field_checks.checked_period(None, MARCH),
        field_checks.checked_period(APRIL, None),
        field_checks.checked_period(MARCH, APRIL),
    ):
        with pytest.raises(UsageError, match="other arguments"):
            PagePosition.from_cursor(cursor, other)
