"""``omni lead``: one lead, what it lacks, and its files."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from omni import drift
from omni.cli._connection import Options, connected, example, sandbox_option
from omni.cli._drift import print_drift
from omni.cli._plain import print_json, print_lines
from omni.errors import InvalidResponseError

if TYPE_CHECKING:
    from omni.leads import Lead

F = TypeVar("F", bound=Callable[..., Any])


@click.group(epilog=example("omni lead show a9d0a790-201b-47e9-84ed-cc7eed1270c5"))
def lead() -> None:
    """One lead: what is known, what is missing, which files came in."""


def _asks_for_a_lead(command: F) -> F:
    """The argument and the options that all commands here have."""
    command = click.option("--json", "as_json", is_flag=True, help="Print the JSON of the API.")(command)
    return click.argument("lead_id", metavar="ID")(sandbox_option(command))


@lead.command(epilog=example("omni lead show --sandbox a9d0a790-201b-47e9-84ed-cc7eed1270c5"))
@_asks_for_a_lead
@click.option("--drift", "with_drift", is_flag=True, help="Add, on stderr, what the contract does not know of it.")
@click.pass_obj
def show(options: Options, lead_id: str, sandbox: bool, as_json: bool, with_drift: bool) -> None:
    """Show a lead: checklist, what is missing, documents, next step."""
    try:
        found = _get(options, lead_id, sandbox)
    except InvalidResponseError as refused:
        if with_drift:
            print_drift(drift.differences(refused.body, "LeadDetails"))
        raise
    if as_json:
        print_json(found.to_dict())
    else:
        from omni.cli._show import print_lead

        print_lead(found)
    if with_drift:
        print_drift(drift.differences(found.to_dict(), "LeadDetails"))


@lead.command(epilog=example("omni lead missing --sandbox 11111111-1111-4111-8111-111111111101 | cut -f1"))
@_asks_for_a_lead
@click.pass_obj
def missing(options: Options, lead_id: str, sandbox: bool, as_json: bool) -> None:
    """List the required items that still need something.

    One line each, separated by tabs: code, label, status.
    """
    items = _get(options, lead_id, sandbox).missing_items
    if as_json:
        print_json([item.to_dict() for item in items])
    else:
        print_lines([(item.code, item.label, item.status) for item in items], if_none="Nothing is missing.")


@lead.command(epilog=example("omni lead files --sandbox 11111111-1111-4111-8111-111111111106"))
@_asks_for_a_lead
@click.option("--urls", is_flag=True, help="Add the signed links. Whoever has one can read the file for an hour.")
@click.pass_obj
def files(options: Options, lead_id: str, sandbox: bool, as_json: bool, urls: bool) -> None:
    """List the files that came in for the checklist, in its order.

    One line each, separated by tabs: item code, filename, size in bytes, document id, and with --urls the link.
    The JSON has the links in any case.
    """
    documents = list(_get(options, lead_id, sandbox).iter_file_documents())
    if as_json:
        print_json([document.to_dict() for document in documents])
        return
    rows: list[tuple[object, ...]] = []
    for document in documents:
        assert document.item is not None
        row = (document.item.code, document.filename, document.size, document.id)
        rows.append((*row, document.signed_url) if urls else row)
    print_lines(rows, if_none="No files came in.")


def _get(options: Options, lead_id: str, sandbox: bool) -> "Lead":
    with connected(options, sandbox=sandbox) as client:
        return client.leads.get(lead_id)
