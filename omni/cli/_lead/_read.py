"""``omni lead``: what a lead holds; nothing is changed here."""

import shutil
import sys
from typing import TYPE_CHECKING

import click

from omni._operations import drift
from omni.cli._connection import Failure, Group, connect
from omni.cli._drift import show_drift
from omni.cli._options import Options, example, lead_id, reads
from omni.cli._output import Row, clean, print_json, print_line, print_views
from omni.errors import InvalidResponseError

if TYPE_CHECKING:
    from omni._views.checklists import Document
    from omni._views.leads import Lead

_ENDED = {
    "OPTED_OUT": "The person opted out",
    "NOT_INTERESTED": "The person is not interested",
    "DELETED": "The lead is deleted",
}

SAMPLE_ID = "11111111-1111-4111-8111-111111111101"


@click.group(cls=Group, epilog=example("omni lead show a9d0a790-201b-47e9-84ed-cc7eed1270c5"))
def lead() -> None:
    """One lead: its contents, what is missing, files, changes."""


@lead.command(epilog=example("omni lead show --sandbox a9d0a790-201b-47e9-84ed-cc7eed1270c5"))
@lead_id
@reads
@click.option("--drift", "with_drift", is_flag=True, help="Add what the contract does not know of it, on stderr.")
@click.pass_obj
def show(options: Options, lead_id: str, with_drift: bool) -> None:
    """Show a lead: checklist, gaps, documents, next step."""
    try:
        lead = _get(options, lead_id)
    except InvalidResponseError as error:
        if with_drift:
            show_drift(drift.differences(error.body, "LeadDetails"))
        raise
    if options.as_json:
        print_json(lead.to_dict())
    else:
        from omni.cli._lead._show import print_lead

        print_lead(lead)
    if with_drift:
        show_drift(drift.differences(lead.to_dict(), "LeadDetails"))


@lead.command(epilog=example("omni lead missing --sandbox 11111111-1111-4111-8111-111111111101 | cut -f1"))
@lead_id
@reads
@click.pass_obj
def missing(options: Options, lead_id: str) -> None:
    """List the required items that still need something.

    One line each, separated by tabs: code, label, status.
    """
    items = _get(options, lead_id).missing_items
    rows = ((item.code, item.label, item.status) for item in items)
    print_views(options, items, ("code", "label", "status"), rows, if_none="Nothing is missing.")


@lead.command(epilog=example(f"omni lead checklist --sandbox {SAMPLE_ID}"))
@lead_id
@reads
@click.pass_obj
def checklist(options: Options, lead_id: str) -> None:
    """List the checklist.

    One line each, separated by tabs: code, label, status, item id, value.
    """
    with connect(options) as client:
        groups = client.leads.checklist(lead_id)
    items = (item for group in groups for item in group.items)
    rows = ((item.code, item.label, item.status, item.id, item.value) for item in items)
    columns = ("code", "label", "status", "item id", "value")
    print_views(options, groups, columns, rows, if_none="The checklist is empty.")


@lead.command(epilog=example("omni lead files --sandbox 11111111-1111-4111-8111-111111111106"))
@lead_id
@reads
@click.option("--urls", is_flag=True, help="Add the signed links. Whoever has one can read the file for an hour.")
@click.pass_obj
def files(options: Options, lead_id: str, urls: bool) -> None:
    """List the files of the checklist, in its order.

    One line each, separated by tabs: item code, filename, size in bytes, document id, and with --urls the link.
    The JSON has the links in any case.
    """
    documents = list(_get(options, lead_id).iter_file_documents())
    columns = ("item code", "filename", "size", "document id", "link")[: 5 if urls else 4]
    rows = (_file(document, urls) for document in documents)
    print_views(options, documents, columns, rows, if_none="There are no files.")


@lead.command(epilog=example(f"omni lead documents --sandbox {SAMPLE_ID}"))
@lead_id
@reads
@click.pass_obj
def documents(options: Options, lead_id: str) -> None:
    """List all documents, and whether they were found valid.

    One line each, separated by tabs: document id, filename, size in bytes, valid or invalid. The JSON has the rules,
    and links that open the files to whoever has them.
    """
    with connect(options) as client:
        documents = client.leads.documents(lead_id)
    rows = ((document.id, document.filename, document.size, _verdict(document)) for document in documents)
    columns = ("document id", "filename", "size", "valid")
    print_views(options, documents, columns, rows, if_none="There are no documents.")


@lead.command(epilog=example(f"omni lead logs --sandbox {SAMPLE_ID}"))
@lead_id
@reads
@click.pass_obj
def logs(options: Options, lead_id: str) -> None:
    """List what was done and what is planned.

    One line each, in the order of the API, separated by tabs: time, type, status, summary.
    """
    with connect(options) as client:
        logs = client.leads.action_logs(lead_id)
    rows = ((log.scheduled_at or log.created_at, log.type, log.status, log.summary) for log in logs)
    columns = ("time", "type", "status", "summary")
    print_views(options, logs, columns, rows, if_none="There are no logs.")


@lead.command(epilog=example("omni lead wait --sandbox 11111111-1111-4111-8111-111111111102"))
@lead_id
@reads
@click.option(
    "--poll-interval", type=float, metavar="SECONDS", default=30.0, show_default=True, help="Pause between requests."
)
@click.option(
    "--wait-for",
    "timeout",
    type=float,
    metavar="SECONDS",
    default=3600.0,
    show_default=True,
    help="Give up then.",
)
@click.pass_obj
def wait(options: Options, lead_id: str, poll_interval: float, timeout: float) -> None:
    """Wait until a lead is complete, and print its status.

    The exit code is 1 if that takes too long or cannot happen any more: the person opted out or is not interested, or
    the lead is deleted. On a terminal, what is waited for is shown.
    """
    from omni._views.leads import ended_status

    shown = ""

    def is_final(lead: "Lead") -> bool:
        nonlocal shown
        is_final = lead.is_complete or bool(ended_status(lead))
        if not is_final and (awaited := _awaited(lead)) != shown and sys.stderr.isatty():
            shown = awaited
            click.echo(click.wrap_text(shown, shutil.get_terminal_size().columns), err=True)
        return is_final

    with connect(options) as client:
        lead = client.leads.wait(lead_id, until=is_final, poll_interval=poll_interval, timeout=timeout)
    if options.as_json:
        print_json(lead.to_dict())
    else:
        print_line(clean(lead.status))
    if not lead.is_complete:
        raise Failure(f"{_ENDED[ended_status(lead)]}, so there is nothing to wait for.")


def _awaited(lead: "Lead") -> str:
    items = ", ".join(clean(item.label or item.code) for item in lead.missing_items)
    return f"{clean(lead.status) or 'No status'}, waiting for {items or 'nothing that is missing'}"


def _get(options: Options, lead_id: str) -> "Lead":
    with connect(options) as client:
        return client.leads.get(lead_id)


def _file(document: "Document", with_url: bool) -> Row:
    assert document.item is not None
    row = (document.item.code, document.filename, document.size, document.id)
    return (*row, document.signed_url) if with_url else row


def _verdict(document: "Document") -> str | None:
    verdicts = {validation.is_valid for validation in document.validations}
    return "invalid" if False in verdicts else "valid" if True in verdicts else None
