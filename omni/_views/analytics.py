"""Analytics: figures over all leads of a workspace, and lead by lead."""

from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from omni_client import models
from omni_client.models import ChecklistItemStatus, LeadStatus

from omni._views.base import (
    View,
    copied,
    fields,
    is_word,
    may_mean_yes,
    moment,
    number,
    stamp,
    text,
    view_or_none,
    views,
    word,
)

F = TypeVar("F", "models.AnalyticsTotals", "models.LeadFigures")


class ChannelFigures(View["models.ChannelFigures"]):
    """The messages of one channel. Source: the page Get Analytics."""

    _model = "ChannelFigures"
    _shown = ()

    @property
    def inbound(self) -> int | None:
        """How many came in."""
        return number(self.raw.inbound)

    @property
    def outbound(self) -> int | None:
        """How many went out."""
        return number(self.raw.outbound)

    @property
    def last_inbound_at(self) -> datetime | None:
        """When the last one came in, in UTC; told of single leads only."""
        return moment(self.raw.last_inbound_at)

    @property
    def last_outbound_at(self) -> datetime | None:
        """When the last one went out, in UTC; told of single leads only."""
        return moment(self.raw.last_outbound_at)


class CompletionFigures(View["models.CompletionFigures"]):
    """How much of what is required is there, and who brought it. Source: the page Get Analytics."""

    _model = "CompletionFigures"
    _shown = ()

    @property
    def total_required(self) -> int | None:
        """How many items are required."""
        return number(self.raw.total_required)

    @property
    def total_completed(self) -> int | None:
        """How many items are complete; that these are of the required ones is inferred."""
        return number(self.raw.total_completed)

    @property
    def by_source(self) -> dict[str, int]:
        """Complete items by who brought them: ``agent``, ``imported`` (this API), ``manual`` (the team), ``portal``."""
        return _counts(self._data.get("bySource"))


class ChecklistFigure(View["models.ChecklistFigure"]):
    """One checklist item of a lead, in a few words. Source: the page Get Analytics, by the columns of its CSV file."""

    _model = "ChecklistFigure"
    _shown = ("code", "status")

    @property
    def code(self) -> str | None:
        """The stable code that create and update address the item by."""
        return text(self.raw.code)

    @property
    def is_required(self) -> bool:
        """Whether the lead cannot be complete without it, ``required`` in the API; False if it says no or nothing."""
        return may_mean_yes(self.raw.required)

    @property
    def status(self) -> ChecklistItemStatus | str:
        """How far it is; an empty string if the response had no status."""
        return word(self.raw.status) or ""

    @property
    def value(self) -> Any:
        """What was collected, as it came; None if nothing was."""
        return copied(self.raw.value)

    @property
    def updated_at(self) -> datetime | None:
        """When it last changed, in UTC."""
        return moment(self.raw.updated_at)

    @property
    def source(self) -> str | None:
        """Who brought it; its words are likely those of ``CompletionFigures.by_source`` (inferred)."""
        return text(self.raw.source)


class _Figures(View[F]):
    """What is counted over all leads and of each."""

    @property
    def total_messages(self) -> int | None:
        """How many messages there were, in both directions."""
        return number(self.raw.total_messages)

    @property
    def inbound_messages(self) -> int | None:
        """How many messages came in."""
        return number(self.raw.inbound_messages)

    @property
    def outbound_messages(self) -> int | None:
        """How many messages went out."""
        return number(self.raw.outbound_messages)

    @property
    def channels(self) -> dict[str, ChannelFigures]:
        """The messages by channel, ``sms`` and ``email`` in the sample; other names may appear."""
        found = fields(self._data.get("channels"))
        return {name: ChannelFigures(each) for name, each in found.items() if isinstance(each, dict)}

    @property
    def completion(self) -> CompletionFigures:
        """How much of what is required is there; without any number if the response does not say."""
        return view_or_none(CompletionFigures, self._data.get("completion")) or CompletionFigures({})

    @property
    def interventions(self) -> dict[str, int]:
        """How often people stepped in, by kind.

        The sample has ``documentOverrides``, ``escalations``, ``manualUpdates``, ``messageEdits`` and
        ``messageRejects``; other names may appear.
        """
        return _counts(self._data.get("interventions"))


class AnalyticsTotals(_Figures["models.AnalyticsTotals"]):
    """Figures over all leads that match, not just those of the page. Source: the page Get Analytics."""

    _model = "AnalyticsTotals"
    _shown = ()

    @property
    def lead_count(self) -> int | None:
        """How many leads match, ``count`` in the API."""
        return number(self.raw.count)

    @property
    def leads_completed(self) -> int | None:
        """How many of them are complete."""
        return number(self.raw.leads_completed)

    @property
    def leads_opted_out(self) -> int | None:
        """How many of them opted out."""
        return number(self.raw.leads_opted_out)


class LeadFigures(_Figures["models.LeadFigures"]):
    """Figures of one lead. Source: the page Get Analytics."""

    _model = "LeadFigures"
    _shown = ("lead_id",)

    @property
    def id(self) -> str:
        """The lead's id, as ``lead_id``; empty if the response had none."""
        return self.lead_id or ""

    @property
    def lead_id(self) -> str | None:
        """The Omni lead id, for ``client.leads.get()``; treat it as opaque."""
        return text(self.raw.lead_id)

    @property
    def first_name(self) -> str | None:
        """First name."""
        return text(self.raw.first_name)

    @property
    def last_name(self) -> str | None:
        """Last name of the person."""
        return text(self.raw.last_name)

    @property
    def email(self) -> str | None:
        """E-mail address."""
        return text(self.raw.email)

    @property
    def phone_number(self) -> str | None:
        """Phone number, E.164 in the sample."""
        return text(self.raw.phone_number)

    @property
    def created_at(self) -> datetime | None:
        """When the lead was made, in UTC."""
        return moment(self.raw.created_at)

    @property
    def completed_at(self) -> datetime | None:
        """When the lead became complete, in UTC."""
        return moment(self.raw.completed_at)

    @property
    def opted_out_at(self) -> datetime | None:
        """When the lead opted out, in UTC; ``optedOutAt`` here and ``optOutAt`` on leads are one thing.

        None if it cannot be read: whether there was an opt-out, ``did_opt_out`` tells.
        """
        return stamp(self._data.get("optedOutAt")) or stamp(self._data.get("optOutAt"))

    @property
    def did_opt_out(self) -> bool:
        """Whether the lead opted out of being contacted; whatever is not plainly "no" counts, as in ``Lead``.

        A status is not documented here; should one come, it counts too.
        """
        is_told = any(may_mean_yes(self._data.get(key)) for key in ("optedOutAt", "optOutAt", "didOptOut"))
        return is_told or is_word(self._data.get("status"), LeadStatus.OPTED_OUT)

    @property
    def last_inbound_at(self) -> datetime | None:
        """When the last message came in, in UTC."""
        return moment(self.raw.last_inbound_at)

    @property
    def last_outbound_at(self) -> datetime | None:
        """When the last message went out, in UTC."""
        return moment(self.raw.last_outbound_at)

    @cached_property
    def checklist(self) -> tuple[ChecklistFigure, ...]:
        """The checklist, item by item, without its groups."""
        return views(ChecklistFigure, self._data.get("checklist"))


class Analytics(View["models.Analytics"]):
    """A page of figures. Source: the page Get Analytics."""

    _model = "Analytics"
    _shown = ()

    @property
    def start(self) -> datetime | None:
        """The start that was asked for, in UTC; None if all leads were."""
        return moment(self.raw.start)

    @property
    def end(self) -> datetime | None:
        """The end that was asked for, in UTC; None if all leads were."""
        return moment(self.raw.end)

    @property
    def next_token(self) -> str | None:
        """The token of the next page, for ``client.analytics.get(token=…)``; None on the last one."""
        return text(self.raw.next_token)

    @property
    def totals(self) -> AnalyticsTotals:
        """Figures over all leads that match, not just those of the page; without any number if there are none."""
        return view_or_none(AnalyticsTotals, self._data.get("totals")) or AnalyticsTotals({})

    @cached_property
    def leads(self) -> tuple[LeadFigures, ...]:
        """Figures lead by lead, at most 500 a page, ``breakdown`` in the API; their order is not documented."""
        return views(LeadFigures, self._data.get("breakdown"))

    @property
    def download_url(self) -> str | None:
        """Presigned link to the CSV file, in CSV mode only; good for one hour and for whoever has it: never log it."""
        return text(self.raw.download_url)


def _counts(value: object) -> dict[str, int]:
    """The numbers of a map by name; what is no number is passed over."""
    return {name: count for name, each in fields(value).items() if (count := number(each)) is not None}
