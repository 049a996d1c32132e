"""Celery tasks that are safe to retry and to deliver twice: one downloads files, one reads many leads, one changes one.

Run it with `celery --workdir examples --app celery_worker worker`, and BROKER_URL set to that of your broker.
"""

import functools
import json
import os
from pathlib import Path

from celery import Celery
from celery.signals import worker_process_shutdown

import omni

app = Celery("lending", broker=os.environ["BROKER_URL"])
FOLDER = Path(os.environ.get("LEAD_FILES", "."))
TEMPORARY = (omni.APIConnectionError, omni.InternalServerError, omni.RateLimitError)
RETRIES = {
    "acks_late": True,  # a task whose worker or machine is killed comes again
    "reject_on_worker_lost": True,
    "autoretry_for": TEMPORARY,
    "retry_backoff": True,
    "max_retries": 8,
    "ignore_result": True,
}


@functools.cache
def client() -> omni.Client:
    """One client for each worker process, made by its first task, after the fork."""
    return omni.Client()


@worker_process_shutdown.connect
def close_client(**_: object) -> None:
    if client.cache_info().currsize:
        client().close()


@app.task(**RETRIES)
def download_files(lead_id: str) -> None:
    """Download the files of a lead: a retry fetches only those that are not there yet."""
    lead = client().leads.get(lead_id)
    results = client().documents.download_all(lead, to=FOLDER / lead.id, mode=0o600)
    errors = [result.error for result in results if result.error is not None]
    if errors:  # the first one that a retry may repair, so that one broken file does not keep the others away
        raise next((error for error in errors if isinstance(error, TEMPORARY)), errors[0])


@app.task(**RETRIES)
def export_leads(lead_ids: list[str], name: str) -> None:
    """Write some of many leads to a file of their own, a line of JSON each; leads that do not exist are left out.

    Queue a task for each few hundred ids: `export_leads.delay(ids[start : start + 500], f"{start}.jsonl")`. Each worker
    process learns the API's limit for itself, so the concurrency of one is small.
    """
    path = FOLDER / name
    if path.exists():  # the task was delivered twice
        return
    lines: list[str] = []
    for result in client().leads.iter_many(lead_ids, concurrency=4):
        if result.error is None:
            lines.append(json.dumps(result.lead.to_dict()) + "\n")
        elif not isinstance(result.error, omni.NotFoundError):
            raise result.error  # which ends the other calls; the task comes again if that may help
    new = path.with_name(f"{name}.{os.getpid()}")
    with open(new, "w", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.writelines(lines)
    new.replace(path)


@app.task(**RETRIES)
def rename_business(lead_id: str, business_name: str) -> None:
    """Change a lead, and look first, since the change may have been made already.

    That is so if the task was delivered twice, and if it is retried after an OutcomeUnknownError, which is one of the
    temporary errors. Do so for fields that the API shows: middle_name, timezone and agent always look as not applied.
    """
    if client().leads.not_applied(lead_id, business_name=business_name):
        client().leads.update(lead_id, business_name=business_name)
