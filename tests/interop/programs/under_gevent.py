"""A program that gevent has patched: many greenlets use one client; prints what they found as JSON."""

from gevent import monkey

monkey.patch_all()

import json
import sys

import gevent
from gevent.pool import Pool

import omni

LEADS = [f"lead-{number}" for number in range(40)]


def get(lead_id: str) -> str:
    return client.leads.get(lead_id).id


def interrupted(lead_id: str) -> str:
    """Read a lead until gevent interrupts it, in the middle of the call."""
    with gevent.Timeout(0.02, False):
        return get(lead_id)
    return "interrupted"


def late() -> str:
    """Read a lead with less time than the server takes."""
    try:
        client.with_options(timeout=0.05, attempts=1).leads.get("late")
    except omni.APITimeoutError as error:
        return "late" if error.elapsed < 1 else "too late"
    return "in time"


with omni.Client() as client:
    found = Pool(20).map(get, LEADS)
    deadlines = [greenlet.get() for greenlet in [gevent.spawn(late) for _ in range(5)]]
    cut = [greenlet.get() for greenlet in [gevent.spawn(interrupted, lead_id) for lead_id in LEADS[:10]]]
    again = Pool(20).map(get, LEADS)
    pool = client.http._transport._pool
    busy = [str(each) for each in pool.connections if not each.is_idle()]

json.dump(
    {
        "mixed up": [pair for pair in zip(LEADS * 2, found + again, strict=True) if pair[0] != pair[1]],
        "deadlines": deadlines,
        "cut": cut,
        "busy": busy,
    },
    sys.stdout,
)
