"""Fetch-back: what an event speaks of is read with the client, and ids that the API does not know are remembered."""

from typing import Any

import pytest

import omni
from omni import webhooks
from omni.webhooks.confirmation import Confirmer
from omni.webhooks.testing import Clock, event_names, sample


class Reads:
    """In place of a client: what was read, and what there is to read."""

    def __init__(self, **known: Any) -> None:
        self.known, self.asked = known, []
        self.leads = self.documents = self

    def get(self, thing_id: str) -> Any:
        self.asked.append(thing_id)
        if thing_id not in self.known:
            raise omni.NotFoundError("There is none.")
        return self.known[thing_id]


LEAD, DOCUMENT = "11111111-1111-4111-8111-111111111111", "44444444-4444-4444-8444-444444444444"
FOUND = {LEAD: "the lead", DOCUMENT: omni.Document.from_dict({"id": DOCUMENT, "leadId": LEAD})}


@pytest.mark.parametrize("name", event_names())
def test_the_document_or_the_lead_is_read(name: str) -> None:
    """Once, by its id."""
    reads: Any = Reads(**FOUND)
    expected = DOCUMENT if name.startswith("document.") else LEAD

    assert Confirmer().confirm(webhooks.parse(sample(name)), reads) == FOUND[expected]
    assert reads.asked == [expected]


def test_an_event_without_ids_cannot_be_confirmed() -> None:
    """And costs no read."""
    reads: Any = Reads()

    assert Confirmer().confirm(webhooks.parse({"event": "new"}), reads) is None
    assert reads.asked == []


def test_a_document_of_another_lead_is_refused() -> None:
    """Whoever knows the id of one could make up the rest."""
    document = omni.Document.from_dict({"id": DOCUMENT, "leadId": "lead-of-another"})
    reads: Any = Reads(**{DOCUMENT: document})

    with pytest.raises(omni.WebhookVerificationError, match="belongs to another lead"):
        Confirmer().confirm(webhooks.parse(sample("document.received")), reads)


def test_what_is_unknown_is_remembered_for_a_minute() -> None:
    """So that made-up ids cost few reads; and for no longer, since a lead may be there a moment later."""
    clock, reads = Clock(), Reads()
    confirmer, client = Confirmer(clock), reads
    for seconds, count in ((0, 1), (59, 1), (2, 2)):
        clock.advance(seconds)
        with pytest.raises(omni.WebhookVerificationError, match="no such lead or document") as caught:
            confirmer.confirm(webhooks.parse(sample("lead.created")), client)  # type: ignore[arg-type]
        assert (caught.value.status_code, len(reads.asked)) == (404, count)


def test_the_memory_is_bounded() -> None:
    """Whoever posts many ids fills no memory."""
    confirmer, reads = Confirmer(), Reads()
    for number in range(1100):
        event = webhooks.parse(sample("lead.created", changes={"data.leadId": f"lead-{number}"}))
        with pytest.raises(omni.WebhookVerificationError):
            confirmer.confirm(event, reads)  # type: ignore[arg-type]

    assert len(confirmer._unknown) == 1000
