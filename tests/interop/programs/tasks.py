"""Celery tasks whose client is made, and used, when the module is imported: in the parent of the workers."""

import json
import os
import sys
from pathlib import Path

from celery import Celery

import omni

folder = Path(os.environ["QUEUE"])
app = Celery("tasks", broker="filesystem://", backend=f"file://{folder}")
app.conf.update(
    broker_transport_options={"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder},
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=1,
)
client = omni.Client()
client.leads.get("from-the-import")
process_of_import = os.getpid()


@app.task(name="get")
def get(lead_id: str) -> tuple[int, bool, str]:
    """Read a lead; return the process, whether the client was made in another one, and the id of the lead."""
    return os.getpid(), process_of_import != os.getpid(), client.leads.get(lead_id).id


if __name__ == "__main__":
    results = [get.delay(lead_id) for lead_id in sys.argv[1:]]
    print(json.dumps([result.get(timeout=20) for result in results]))
