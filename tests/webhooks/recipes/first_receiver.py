"""The receiver that the web applications serve."""

import logging
import os

import omni
from omni import webhooks

log = logging.getLogger("lending")
receiver = webhooks.Receiver(
    webhooks.Verifier(path_token=os.environ["WEBHOOK_TOKEN"]),
    inbox=os.environ["WEBHOOK_INBOX"],  # sqlite:///FILE or postgresql://USER@HOST/NAME
)


@receiver.on(webhooks.LeadCompleted)
def decide(event: webhooks.LeadCompleted, client: omni.Client) -> None:
    lead = client.leads.get(event.lead_id)  # the event is a hint; what counts is what the API says now
    log.info("lead %s is %s", lead.id, lead.status)


@receiver.on(webhooks.DocumentExtracted)
async def check(event: webhooks.DocumentExtracted) -> None:
    log.info("document %s was %s", event.document_id, event.outcome)


@receiver.fallback
def ignore(event: webhooks.Event) -> None:
    log.info("nothing to do for %s", event.key)
