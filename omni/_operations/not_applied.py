"""Which changes of an update a lead does not show."""

from collections.abc import Callable, Mapping

from omni_client.models import LeadStatus

from omni._views.json_values import as_list
from omni._views.leads import Lead


def not_applied(lead: Lead, body: Mapping[str, object]) -> tuple[str, ...]:
    """The keys of an update's body whose value the lead does not show; those that no response shows are among them."""
    record = lead.raw.lead.to_dict()
    return tuple(key for key, wanted in body.items() if not _COMPARISONS.get(key, _same)(lead, record.get(key), wanted))


def _same(lead: Lead, found: object, wanted: object) -> bool:
    return found == wanted


def _same_number(lead: Lead, found: object, wanted: object) -> bool:
    digits = ["".join(filter(str.isdigit, str(number)))[-10:] for number in (found, wanted)]
    return digits[0] == digits[1] and (found is None) == (wanted is None)  # the server stores another spelling


def _same_tags(lead: Lead, found: object, wanted: object) -> bool:
    return {str(tag).casefold() for tag in as_list(found)} == {str(tag).casefold() for tag in as_list(wanted)}


def _same_items(lead: Lead, found: object, wanted: object) -> bool:
    items = {item.code: item for item in lead.iter_items()}
    return all(
        (item := items.get(entry["code"]))
        and entry.get("value", item.value) == item.value
        and entry.get("status", item.status) == item.status
        for entry in as_list(wanted)
    )


def _is_opted_out(lead: Lead, found: object, wanted: object) -> bool:
    # Not did_opt_out, which takes what nobody can read for a yes: an opt-out is better sent twice than not at all.
    is_opted_out = found is True or lead.opted_out_at is not None or lead.status == LeadStatus.OPTED_OUT
    return is_opted_out is wanted


_COMPARISONS: Mapping[str, Callable[[Lead, object, object], object]] = {
    "phoneNumber": _same_number,
    "tags": _same_tags,
    "checklistItems": _same_items,
    "didOptOut": _is_opted_out,
    "emailVerified": lambda lead, found, wanted: wanted is False or lead.email_verified_at is not None,
    "assigneeType": lambda lead, found, wanted: wanted == "manual" and lead.assignee_type == "HUMAN_AGENT",
}
