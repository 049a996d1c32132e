"""A FastAPI service that shows a lead's state as JSON, and receives webhooks and acts on each event once.

Run it with `uvicorn --app-dir examples --port 9000 fastapi_service:app`, and WEBHOOK_TOKEN set to a long random text.
"""

import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Request
from fastapi.responses import JSONResponse

import omni
from omni import webhooks

log = logging.getLogger("lending")
receiver = webhooks.Receiver(
    webhooks.Verifier(path_token=os.environ["WEBHOOK_TOKEN"]),  # the last part of the address that you register
    inbox=os.environ.get("WEBHOOK_INBOX", "sqlite:///inbox.db"),
)
DATABASE = os.environ.get("LENDING_DATABASE", "lending.db")


@receiver.on(webhooks.LeadCompleted)
def decide(event: webhooks.LeadCompleted, client: omni.Client) -> None:
    lead = client.leads.get(event.lead_id)  # the event is a hint; what counts is what the API says now
    with contextlib.closing(sqlite3.connect(DATABASE)) as database, database:
        database.execute("create table if not exists decisions (key text primary key, lead text, status text)")
        # An event may be handled twice. The key is stored with the effect, so the second time changes nothing.
        database.execute("insert or ignore into decisions values (?, ?, ?)", (event.key, lead.id, lead.status))


@receiver.fallback
def ignore(event: webhooks.Event) -> None:
    log.info("nothing to do for %s", event.key)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, omni.AsyncClient], None]:
    # One client for all requests, since it keeps connections. The handlers above get one of their own.
    async with omni.AsyncClient(timeout=10) as client:
        with receiver.run():  # handles the stored events in threads of this process
            yield {"client": client}


app = FastAPI(lifespan=lifespan)
app.mount("/webhooks", webhooks.asgi(receiver))


def omni_client(request: Request) -> omni.AsyncClient:
    client: omni.AsyncClient = request.state.client
    return client


@dataclass
class LeadSummary:
    status: str
    missing: list[str]
    files: list[str]  # names only: a signed link opens the file for whoever has it


@app.get("/leads/{lead_id}")
async def show_lead(
    lead_id: Annotated[str, Path(pattern="^[-0-9A-Za-z]+$")], client: Annotated[omni.AsyncClient, Depends(omni_client)]
) -> LeadSummary:
    lead = await client.leads.get(lead_id)
    return LeadSummary(
        status=lead.status,
        missing=[item.label or item.code or "" for item in lead.missing_items],
        files=[document.filename or "" for document in lead.iter_file_documents()],
    )


@app.exception_handler(omni.OmniError)
async def explain(request: Request, error: omni.OmniError) -> JSONResponse:
    """The text of an error is safe to log; what the server said may be personal data, and goes nowhere."""
    log.warning("%r", error)
    if isinstance(error, omni.NotFoundError):
        return JSONResponse({"detail": "no such lead"}, 404)
    if isinstance(error, omni.RateLimitError | omni.InternalServerError | omni.APIConnectionError):
        return JSONResponse({"detail": "OmniAI cannot be reached, try again"}, 503)
    return JSONResponse({"detail": "OmniAI did not accept the request of this service"}, 502)
