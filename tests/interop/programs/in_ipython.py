"""Cells in IPython: top-level await, completion, help and verbose tracebacks; prints all that they show.

The argument is whether IPython completes with Jedi, its default.
"""

import sys

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.Completer.use_jedi = sys.argv[1] == "jedi"

for cell in (
    "import omni; client, blocking = omni.AsyncClient(), omni.Client()",
    "lead = await client.leads.get('lead-1')",
    "print('Read:', (await client.leads.get('lead-2')).id, blocking.leads.get('lead-3').id)",
    "lead",
    "[client, blocking, client.http, blocking.http]",
    "client?",
    "blocking.leads.get?",
    "%xmode Verbose",
    "blocking.http.base_url = 'http://127.0.0.1:1'",
    "blocking.with_options(attempts=1).leads.get('lead-4')",
    "await client.aclose(); blocking.close()",
):
    shell.run_cell(cell)
for text in ("client.le", "blocking.leads.get", "lead.to_", "lead.first_"):
    with provisionalcompleter():
        names = [completion.text.lstrip(".") for completion in shell.Completer.completions(text, len(text))]
    print("Completions:", text, names)
