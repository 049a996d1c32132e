"""A WSGI application whose client is made, and used, when the module is imported: in the master with ``--preload``."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import omni

client = omni.Client()
client.leads.get("from-the-import")
process_of_import = os.getpid()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Respond to ``/ID`` with the process, whether the client was made in another one, and the id of the lead."""
    lead = client.leads.get(environ["PATH_INFO"].strip("/"))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {process_of_import != os.getpid()} {lead.id}".encode()]
