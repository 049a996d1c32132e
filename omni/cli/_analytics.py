"""``omni analytics``: figures over all leads of a workspace, and lead by lead."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from omni.cli._connection import connected
from omni.cli._options import Options, connects, example, given, max_bytes, overwrite, reads
from omni.cli._plain import clean, print_json, print_lines, say
from omni.cli._progress import bars

if TYPE_CHECKING:
    from omni._views.analytics import AnalyticsTotals, LeadFigures

F = TypeVar("F", bound=Callable[..., Any])


@click.group(epilog=example("omni analytics totals --sandbox"))
def analytics() -> None:
    """All leads in figures; deleted and test leads are left out."""


def _moment(context: click.Context, parameter: click.Parameter, words: str | None) -> datetime | None:
    """The time that was given, in UTC if it does not say where."""
    try:
        given = datetime.fromisoformat(words) if words is not None else None
    except ValueError:
        raise click.BadParameter("it must be an ISO 8601 time, such as 2026-03-01.") from None
    return given.replace(tzinfo=UTC) if given and given.tzinfo is None else given


def _between(command: F) -> F:
    """The options that say which leads: by when they were created."""
    end = click.option("--end", metavar="TIME", callback=_moment, help="Leads created until then.")
    start = click.option("--start", metavar="TIME", callback=_moment, help="Leads created since then; UTC if no zone.")
    return start(end(command))


@analytics.command(epilog=example("omni analytics totals --sandbox --start 2026-03-01 --end 2026-04-01"))
@_between
@reads
@click.pass_obj
def totals(options: Options, start: datetime | None, end: datetime | None) -> None:
    """Show the totals of all leads.

    One line each, separated by a tab: what, and how many.
    """
    with connected(options) as client:
        found = client.analytics.get(start=start, end=end)
    if options.as_json:
        print_json(found.totals.to_dict())
    else:
        print_lines(_figures(found.totals), if_none="There are no totals.")


@analytics.command(epilog=example("omni analytics leads --sandbox --max-items 10 | cut -f1"))
@_between
@click.option("--max-items", type=int, metavar="NUMBER", help="Stop after so many.")
@reads
@click.pass_obj
def leads(options: Options, start: datetime | None, end: datetime | None, max_items: int | None) -> None:
    """List the leads, as they come.

    One line each, separated by tabs: lead id, created, completed, opted out, messages. The JSON is one object a line,
    with names and all figures.
    """
    with connected(options) as client:
        found = client.analytics.iter_leads(start=start, end=end, max_items=max_items)
        if options.as_json:
            for each in found:
                print_json(each.to_dict(), indent=None)
            return
        print_lines(map(_row, found), if_none="There are no leads.")


@analytics.command("csv", epilog=example("omni analytics csv --sandbox --to leads.csv"))
@_between
@click.option("--to", metavar="PATH", required=True, help="Where to.")
@overwrite
@max_bytes
@connects
@click.pass_obj
def download_csv(
    options: Options,
    start: datetime | None,
    end: datetime | None,
    to: str,
    overwrite: bool,
    max_bytes: float | None,
) -> None:
    """Download the figures of each lead as CSV.

    The path of the file is printed.
    """
    with connected(options) as client, bars() as show:
        path = client.analytics.download_csv(
            to=to,
            start=start,
            end=end,
            overwrite=overwrite,
            progress=lambda done, total: show("analytics", None, done, total),
            **given(max_bytes=max_bytes),
        )
    say(clean(path))


def _row(lead: "LeadFigures") -> tuple[object, ...]:
    opted_out = lead.opted_out_at or ("yes" if lead.did_opt_out else None)  # a time that cannot be read is no "no"
    return lead.lead_id, lead.created_at, lead.completed_at, opted_out, lead.total_messages


def _figures(totals: "AnalyticsTotals") -> Iterator[tuple[str, int | None]]:
    yield "leads", totals.lead_count
    yield "leads completed", totals.leads_completed
    yield "leads opted out", totals.leads_opted_out
    yield "messages", totals.total_messages
    for channel, figures in totals.channels.items():
        yield f"{channel} inbound", figures.inbound
        yield f"{channel} outbound", figures.outbound
    yield "items required", totals.completion.total_required
    yield "items completed", totals.completion.total_completed
    for source, count in totals.completion.by_source.items():
        yield f"items by {source}", count
    for kind, count in totals.interventions.items():
        yield f"interventions {kind}", count
