"""``omni analytics``: figures of all leads of a workspace, in total and for each lead."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from omni.cli._connection import Group, connect
from omni.cli._options import Options, downloads, drop_unset, example, period, reads
from omni.cli._output import clean, print_json, print_line, print_rows, progress_bars

if TYPE_CHECKING:
    from omni._views.analytics import AnalyticsTotals, LeadFigures


@click.group(cls=Group, epilog=example("omni analytics totals --sandbox"))
def analytics() -> None:
    """All leads in figures; deleted and test leads are left out."""


@analytics.command(epilog=example("omni analytics totals --sandbox --start 2026-03-01 --end 2026-04-01"))
@period
@reads
@click.pass_obj
def totals(options: Options, /, **period: Any) -> None:
    """Show the totals of all leads.

    One line each, separated by a tab: name and number.
    """
    with connect(options) as client:
        totals = client.analytics.get(**period).totals
    if options.as_json:
        print_json(totals.to_dict())
    else:
        print_rows(("name", "number"), _figures(totals), if_none="There are no totals.")


@analytics.command(epilog=example("omni analytics leads --sandbox --max-items 10 | cut -f1"))
@period
@click.option("--max-items", type=int, metavar="NUMBER", help="Stop after that many leads.")
@reads
@click.pass_obj
def leads(options: Options, /, **arguments: Any) -> None:
    """List the figures of each lead, in the order of the API.

    One line each, separated by tabs: lead id, created, completed, opted out, messages. The JSON is one object a line,
    with names and all figures.
    """
    with connect(options) as client:
        leads = client.analytics.iter_leads(**arguments)
        if options.as_json:
            for lead in leads:
                print_json(lead.to_dict(), indent=None)
            return
        columns = ("lead id", "created", "completed", "opted out", "messages")
        print_rows(columns, map(_row, leads), if_none="There are no leads.")


@analytics.command("csv", epilog=example("omni analytics csv --sandbox --to leads.csv"))
@period
@downloads("File to save it in.")
@click.pass_obj
def download_csv(options: Options, /, **arguments: Any) -> None:
    """Download the figures of each lead as CSV, and print the path of the file."""
    with connect(options) as client, progress_bars() as show:
        path = client.analytics.download_csv(
            progress=lambda done, total: show("analytics", None, done, total), **drop_unset(**arguments)
        )
    print_line(clean(path))


def _row(lead: "LeadFigures") -> tuple[object, ...]:
    opted_out = lead.opted_out_at or ("yes" if lead.did_opt_out else None)  # an unreadable time is an opt-out too
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
    for name, count in totals.interventions.items():
        yield f"interventions {name}", count
