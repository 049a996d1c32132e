"""``omni lead create`` and whatever else changes a lead; each prints an id, or the answer as JSON."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from omni.cli._options import Options, example, lead_id, reads, writes
from omni.cli._plain import clean, print_json, say
from omni.cli._write import written

if TYPE_CHECKING:
    from omni._views.base import View

F = TypeVar("F", bound=Callable[..., Any])

_SAMPLE = "11111111-1111-4111-8111-111111111101"

_TEXTS = {
    "last-name": None,
    "middle-name": None,
    "business-name": None,
    "email": None,
    "phone-number": "In any format.",
    "external-lead-id": "Its id in your own system.",
    "timezone": "IANA name, such as America/New_York.",
}


def _takes_fields(command: F) -> F:
    """An option for each field that create and update have in common, but those that affect consent."""
    values = click.option(
        "--item", "checklist_items", metavar="CODE=VALUE", multiple=True, help="Fill in an item (repeatable)."
    )
    tags = click.option("--tag", "tags", multiple=True, metavar="TAG", help="One of all its tags (repeatable).")
    verified = click.option("--email-verified", is_flag=True, help="The e-mail address was verified now.")
    assignee = click.option("--assignee-type", metavar="WORD", help="agent or manual.")
    command = assignee(verified(values(tags(command))))
    for name, words in reversed(_TEXTS.items()):
        command = click.option(f"--{name}", metavar="TEXT", help=words)(command)
    return command


@click.command(epilog=example("omni lead create --sandbox --first-name Ada --item ein=00-0000000"))
@click.option("--first-name", metavar="TEXT", required=True)
@_takes_fields
@click.option("--did-opt-out", is_flag=True, help="The person does not want to be contacted.")
@reads
@writes
@click.pass_obj
def create(options: Options, /, first_name: str, **given: Any) -> None:
    """Create a lead, and print its id.

    The agent may then send messages to the person.
    """
    fields = _fields(given)
    found = written(
        options,
        lambda client: client.leads.create(first_name=first_name, **fields),
        question="A lead will be created, and the agent may send messages to the person.",
    )
    _print(options, found)


@click.command(epilog=example(f"omni lead update {_SAMPLE} --sandbox --business-name 'Fixture Freight' --clear email"))
@lead_id
@click.option("--first-name", metavar="TEXT")
@_takes_fields
@click.option("--no-tags", is_flag=True, help="Take all tags away.")
@click.option(
    "--clear",
    metavar="FIELD",
    multiple=True,
    type=click.Choice(["first-name", *_TEXTS]),
    help="Send a null for it (repeatable).",
)
@reads
@writes
@click.pass_obj
def update(options: Options, /, lead_id: str, no_tags: bool, clear: tuple[str, ...], **given: Any) -> None:
    """Change some fields of a lead, and print its id.

    What is left out stays as it is. Whether a null clears a field is not documented. What affects the person has its
    own commands.
    """
    changes = _fields(given)
    nothing: dict[str, Any] = {name.replace("-", "_"): None for name in clear} | ({"tags": []} if no_tags else {})
    if both := changes.keys() & nothing.keys():
        raise click.UsageError(f"There is a value for {min(both)}, and it is to be cleared.")
    _print(options, written(options, lambda client: client.leads.update(lead_id, **changes, **nothing)))


def _transition(name: str, method: str, question: str, sentence: str) -> click.Command:
    """A command for one of the methods that affect the person."""

    @click.command(name, help=f"{sentence}\n\nIts id is printed.", epilog=example(f"omni lead {name} {_SAMPLE} --yes"))
    @lead_id
    @reads
    @writes
    @click.pass_obj
    def transition(options: Options, lead_id: str) -> None:
        found = written(options, lambda client: getattr(client.leads, method)(lead_id), question=question)
        _print(options, found)

    return transition


transitions = (
    _transition(
        "opt-out",
        "opt_out",
        "The person will be opted out, and messages under way are cancelled.",
        "Opt a lead out: no more contact, messages are cancelled.",
    ),
    _transition(
        "lift-opt-out",
        "lift_opt_out",
        "The person may be contacted again.",
        "Lift an opt-out: only if the person asked for it.",
    ),
    _transition(
        "complete",
        "complete",
        "Every required item that is still open will be skipped.",
        "Set a lead to COMPLETED, which skips the open items.",
    ),
    _transition(
        "reopen",
        "reopen",
        "The lead will be open again, and the agent may send messages to the person.",
        "Set a lead to IN_PROGRESS; undoes the skips of complete.",
    ),
    _transition(
        "not-interested",
        "mark_not_interested",
        "There will be no more follow-ups.",
        "Set a lead to NOT_INTERESTED, which stops follow-ups.",
    ),
)


@click.command("add-item", epilog=example(f"omni lead add-item {_SAMPLE} --sandbox --label 'Lease' --type FILE"))
@lead_id
@click.option("--label", metavar="TEXT", required=True, help="What the person is asked for.")
@click.option("--type", "field_type", metavar="TYPE", required=True, help="Field type, such as TEXT or FILE.")
@click.option("--config", metavar="JSON", help='What the type needs, such as {"options": ["yes", "no"]}.')
@click.option("--optional", is_flag=True, help="The lead can be complete without it.")
@click.option("--agent-instructions", metavar="TEXT", help="For the agent.")
@click.option("--client-instructions", metavar="TEXT", help="For the person, shown in the portal.")
@reads
@writes
@click.pass_obj
def add_item(
    options: Options, /, lead_id: str, label: str, field_type: str, config: str | None, optional: bool, **given: Any
) -> None:
    """Add an item to the checklist of this lead only.

    Its id is printed.
    """
    fields = _given(given)
    if optional:
        fields["is_required"] = False
    if config is not None:
        fields["config"] = _json(config)
    found = written(
        options,
        lambda client: client.leads.add_checklist_item(lead_id, label=label, field_type=field_type, **fields),
    )
    _print(options, found)


def _print(options: Options, found: "View[Any]") -> None:
    if options.as_json:
        print_json(found.to_dict())
    else:
        say(clean(found.id))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The options less those that were left out."""
    return {name: value for name, value in options.items() if value not in (None, False, ())}


def _fields(options: dict[str, Any]) -> dict[str, Any]:
    fields = _given(options)
    if "checklist_items" in fields:
        fields["checklist_items"] = [_item(each) for each in fields["checklist_items"]]
    return fields


def _item(words: str) -> dict[str, str]:
    code, separator, value = words.partition("=")
    if not separator:
        raise click.UsageError("--item takes a code, an equals sign and a value, such as ein=00-0000000.")
    return {"code": code, "value": value}


def _json(words: str) -> Any:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        raise click.UsageError("--config is not JSON.") from None
