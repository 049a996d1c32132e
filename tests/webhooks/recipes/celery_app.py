"""Hand events to a queue of your own."""

import os
import sqlite3
from contextlib import closing

from celery import Celery

from omni import webhooks

app = Celery("lending", broker=os.environ["BROKER_URL"])
queued = webhooks.Receiver(
    webhooks.Verifier(path_token=os.environ["WEBHOOK_TOKEN"]),
    forward=lambda event: handle.delay(event.to_dict()),
)


@app.task(ignore_result=True, acks_late=True, autoretry_for=(Exception,), retry_backoff=True, max_retries=12)
def handle(payload):
    queued.handle(webhooks.parse(payload))


@queued.fallback
def book(event):
    # A delivery that came twice is two tasks. So the effect and its key are written at once, and the second one is not.
    with closing(sqlite3.connect(os.environ["LENDING_DATABASE"])) as database, database:
        database.execute("create table if not exists bookings (key text primary key, lead text)")
        database.execute("insert or ignore into bookings values (?, ?)", (event.key, event.lead_id))
