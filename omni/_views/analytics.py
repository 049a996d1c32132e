"""Analytics: figures over all leads of a workspace, and lead by lead."""

from typing import TypeVar

from omni_client import models
from omni_client.models import ChecklistItemStatus, LeadStatus

from omni._views.base import View
from omni._views.fields import (
    counts,
    enum,
    instant,
    integer,
    json_value,
    may_mean_yes,
    text,
    view_or_empty,
    views,
    views_by_key,
)
from omni._views.json_values import resembles

F = TypeVar("F", "models.AnalyticsTotals", "models.LeadFigures")


class ChannelFigures(View["models.ChannelFigures"]):
    """The messages of one channel. Source: the page Get Analytics."""

    _model = "ChannelFigures"
    _shown = ()

    inbound = integer("inbound")
    """How many came in."""
    outbound = integer("outbound")
    """How many went out."""
    last_inbound_at = instant("lastInboundAt")
    """When the last one came in, in UTC; only figures of single leads have it."""
    last_outbound_at = instant("lastOutboundAt")
    """When the last one went out, in UTC; only figures of single leads have it."""


class CompletionFigures(View["models.CompletionFigures"]):
    """How much of what is required is there, and who brought it. Source: the page Get Analytics."""

    _model = "CompletionFigures"
    _shown = ()

    total_required = integer("totalRequired")
    """How many items are required."""
    total_completed = integer("totalCompleted")
    """How many items are complete; that these are of the required ones is inferred."""
    by_source = counts("bySource")
    """Complete items by who brought them: ``agent``, ``imported`` (this API), ``manual`` (the team), ``portal``."""


class ChecklistFigure(View["models.ChecklistFigure"]):
    """One checklist item of a lead, in a few words. Source: the page Get Analytics, by the columns of its CSV file."""

    _model = "ChecklistFigure"
    _shown = ("code", "status")

    code = text("code")
    """The stable code that create and update address the item by."""
    is_required = may_mean_yes("required")
    """Whether the lead cannot be complete without it, ``required`` in the API; False if it says no or nothing."""
    status = enum(ChecklistItemStatus, "status", default="")
    """How far it is; an empty string if the response had no status."""
    value = json_value("value")
    """What was collected, as it came; None if nothing was."""
    updated_at = instant("updatedAt")
    """When it last changed, in UTC."""
    source = text("source")
    """Who brought it; its values are likely the keys of ``CompletionFigures.by_source`` (inferred)."""


class _Figures(View[F]):
    """What is counted over all leads and of each."""

    total_messages = integer("totalMessages")
    """How many messages there were, in both directions."""
    inbound_messages = integer("inboundMessages")
    """How many messages came in."""
    outbound_messages = integer("outboundMessages")
    """How many messages went out."""
    channels = views_by_key(ChannelFigures, "channels")
    """The messages by channel, ``sms`` and ``email`` in the sample; other names may appear."""
    completion = view_or_empty(CompletionFigures, "completion")
    """How much of what is required is there; without any number if the response does not say."""
    interventions = counts("interventions")
    """How often people stepped in, by type.

    The sample has ``documentOverrides``, ``escalations``, ``manualUpdates``, ``messageEdits`` and
    ``messageRejects``; other names may appear.
    """


class AnalyticsTotals(_Figures["models.AnalyticsTotals"]):
    """Figures over all leads that match, not just those of the page. Source: the page Get Analytics."""

    _model = "AnalyticsTotals"
    _shown = ()

    lead_count = integer("count")
    """How many leads match, ``count`` in the API."""
    leads_completed = integer("leadsCompleted")
    """How many of them are complete."""
    leads_opted_out = integer("leadsOptedOut")
    """How many of them opted out."""


class LeadFigures(_Figures["models.LeadFigures"]):
    """Figures of one lead; ``id`` is its ``lead_id``. Source: the page Get Analytics."""

    _model = "LeadFigures"
    _shown = ("lead_id",)

    _id = text("leadId", default="")
    """The lead's id, as ``lead_id``, for the property ``id``."""
    lead_id = text("leadId", default="")
    """The Omni lead id, for ``client.leads.get()``; treat it as opaque."""
    first_name = text("firstName")
    """First name."""
    last_name = text("lastName")
    """Last name of the person."""
    email = text("email")
    """E-mail address."""
    phone_number = text("phoneNumber")
    """Phone number, E.164 in the sample."""
    created_at = instant("createdAt")
    """When the lead was created, in UTC."""
    completed_at = instant("completedAt")
    """When the lead became complete, in UTC."""
    opted_out_at = instant("optedOutAt", also=["optOutAt"])
    """When the lead opted out, in UTC; ``optedOutAt`` here and ``optOutAt`` on leads are one thing.

    None if it cannot be read: ``did_opt_out`` says whether there was an opt-out.
    """
    _may_have_opted_out = may_mean_yes("optedOutAt", also=["optOutAt", "didOptOut"])
    """Whether a date or a flag may mean an opt-out."""
    last_inbound_at = instant("lastInboundAt")
    """When the last message came in, in UTC."""
    last_outbound_at = instant("lastOutboundAt")
    """When the last message went out, in UTC."""
    checklist = views(ChecklistFigure, "checklist")
    """The checklist, item by item, without its groups."""

    @property
    def did_opt_out(self) -> bool:
        """Whether the lead opted out of being contacted; whatever is not plainly "no" counts, as in ``Lead``.

        A status is not documented here; should one come, it counts too.
        """
        return self._may_have_opted_out or resembles(self._root.get("status"), LeadStatus.OPTED_OUT)


class Analytics(View["models.Analytics"]):
    """A page of figures. Source: the page Get Analytics."""

    _model = "Analytics"
    _shown = ()

    start = instant("start")
    """The start of the requested period, in UTC; None if all leads were requested."""
    end = instant("end")
    """The end of the requested period, in UTC; None if all leads were requested."""
    next_token = text("nextToken")
    """The token of the next page, for ``client.analytics.get(token=…)``; None on the last one."""
    totals = view_or_empty(AnalyticsTotals, "totals")
    """Figures over all leads that match, not just those of the page; without any number if there are none."""
    leads = views(LeadFigures, "breakdown")
    """Figures lead by lead, at most 500 a page, ``breakdown`` in the API; their order is not documented."""
    download_url = text("downloadUrl")
    """Presigned link to the CSV file, in CSV mode only; good for one hour and for whoever has it: never log it."""
