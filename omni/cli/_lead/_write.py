"""``omni lead create`` and the other commands that change a lead; each prints an id, or the response as JSON."""

from typing import TYPE_CHECKING, Any

import click

from omni._operations.contract import contract, snake_case
from omni.cli._connection import send_write
from omni.cli._lead._read import SAMPLE_ID, lead
from omni.cli._options import (
    Options,
    body_fields,
    drop_unset,
    example,
    field_options,
    lead_id,
    reads,
    writes,
)
from omni.cli._output import clean, print_json, print_line

if TYPE_CHECKING:
    from omni._views.base import View

_NULLABLE = [
    snake_case(name).replace("_", "-")
    for name, schema in body_fields("updateLead")[0].items()
    if "null" in schema.get("type", ())
]


@lead.command(epilog=example("omni lead create --sandbox --first-name Ada --item ein=00-0000000"))
@field_options("createLead")
@reads
@writes
@click.pass_obj
def create(options: Options, /, **fields: Any) -> None:
    """Create a lead, and print its id.

    The agent may then send messages to the person.
    """
    response = send_write(
        options,
        lambda client: client.leads.create(**drop_unset(**fields)),
        question="A lead will be created, and the agent may send messages to the person.",
    )
    _print(options, response)


@lead.command(epilog=example(f"omni lead update {SAMPLE_ID} --sandbox --business-name 'Fixture Freight' --clear email"))
@lead_id
@field_options("updateLead", but={"leadId", *contract()["operations"]["updateLead"]["effects"]})
@click.option("--no-tags", is_flag=True, help="Remove all tags.")
@click.option(
    "--clear", metavar="FIELD", multiple=True, type=click.Choice(_NULLABLE), help="Send null for it (repeatable)."
)
@reads
@writes
@click.pass_obj
def update(options: Options, /, lead_id: str, no_tags: bool, clear: tuple[str, ...], **fields: Any) -> None:
    """Change some fields of a lead, and print its id.

    What is left out stays as it is. Whether a null clears a field is not documented. What affects the person has its
    own commands.
    """
    changes = drop_unset(**fields)
    nulls: dict[str, Any] = {name.replace("-", "_"): None for name in clear} | ({"tags": []} if no_tags else {})
    if both := changes.keys() & nulls.keys():
        raise click.UsageError(f"There is a value for {min(both).replace('_', '-')}, and another option removes it.")
    _print(options, send_write(options, lambda client: client.leads.update(lead_id, **changes, **nulls)))


def _add_transition(name: str, method: str, question: str, help: str) -> None:
    """A command for one of the methods that affect the person."""

    @lead.command(name, help=f"{help}\n\nIts id is printed.", epilog=example(f"omni lead {name} {SAMPLE_ID} --yes"))
    @lead_id
    @reads
    @writes
    @click.pass_obj
    def transition(options: Options, lead_id: str) -> None:
        response = send_write(options, lambda client: getattr(client.leads, method)(lead_id), question=question)
        _print(options, response)


_add_transition(
    "opt-out",
    "opt_out",
    "The person will be opted out, and messages under way are cancelled.",
    "Opt a lead out: no more contact, messages are cancelled.",
)
_add_transition(
    "lift-opt-out",
    "lift_opt_out",
    "The person may be contacted again.",
    "Lift an opt-out: only if the person asked for it.",
)
_add_transition(
    "complete",
    "complete",
    "Every required item that is still open will be skipped.",
    "Set a lead to COMPLETED, which skips the open items.",
)
_add_transition(
    "reopen",
    "reopen",
    "The lead will be open again, and the agent may send messages to the person.",
    "Set a lead to IN_PROGRESS; undoes the skips of complete.",
)
_add_transition(
    "not-interested",
    "mark_not_interested",
    "There will be no more follow-ups.",
    "Set a lead to NOT_INTERESTED, which stops follow-ups.",
)


@lead.command("add-item", epilog=example(f"omni lead add-item {SAMPLE_ID} --sandbox --label 'Lease' --type FILE"))
@lead_id
@field_options("createLeadChecklistItem", but={"isRequired"})
@click.option("--optional", is_flag=True, help="The lead can be complete without it.")
@reads
@writes
@click.pass_obj
def add_item(options: Options, /, lead_id: str, optional: bool, **fields: Any) -> None:
    """Add an item to the checklist of this lead only.

    Its id is printed.
    """
    item = drop_unset(**fields)
    if optional:
        item["is_required"] = False
    _print(options, send_write(options, lambda client: client.leads.add_checklist_item(lead_id, **item)))


def _print(options: Options, response: "View[Any]") -> None:
    if options.as_json:
        print_json(response.to_dict())
    else:
        print_line(clean(response.id))
