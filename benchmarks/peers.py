"""The measured SDKs: for each, how it is imported, how a client is created, and one GET that is read whole.

The code of a row is run by a fresh Python that has imported nothing else. ``URL`` is the address of the server, and the
first segment of the path says which body it sends. All have their defaults, except the address, a key, and githubkit's
cache: with it a call may not reach the server, and here each response made the next call slower. Its client is entered,
since otherwise it opens a connection for each call.
"""

import json
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "openapi" / "examples"
LEAD_ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"


@dataclass(frozen=True)
class Peer:
    """One SDK; ``blocking`` and ``awaited`` define the function ``call``."""

    distribution: str
    what: str
    path: str
    body: Any
    imports: str
    blocking: str
    awaited: str = ""
    reads: str = ""
    """What of the response is read, if not all of it."""

    @property
    def row(self) -> str:
        """The name of its row, which begins with the distribution."""
        return f"{self.distribution}, {self.reads}" if self.reads else self.distribution

    @property
    def name(self) -> str:
        """The segment of the path that tells the server what to send."""
        return self.path.split("/")[1]

    @property
    def bytes(self) -> bytes:
        """What the server sends."""
        return json.dumps(self.body).encode()

    @property
    def version(self) -> str | None:
        """The installed version, if any."""
        return version_of(self.distribution)


def version_of(distribution: str) -> str | None:
    """The installed version of a distribution, if any."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def example(name: str) -> Any:
    """A documented sample."""
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def raw(peer: Peer) -> Peer:
    """The same GET by httpx alone: no retries, no models, ``.json()`` of the response.

    It keeps as many connections as omni does: by default it keeps 20, and threads lose theirs to each other
    (encode/httpcore#1110).
    """
    return Peer(
        "httpx",
        "get(…).json",
        peer.path,
        peer.body,
        "import httpx",
        "limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)\n"
        "client = httpx.Client(headers={'authorization': 'key'}, limits=limits)\n"
        f"def call(): return client.get(URL + {peer.path!r}).json()",
        "client = httpx.AsyncClient(headers={'authorization': 'key'})\n"
        f"async def call(): return (await client.get(URL + {peer.path!r})).json()",
    )


_BLOCKING = f"client = Client(api_key='key', base_url=URL + '/lead')\ndef call(): return client.leads.get({LEAD_ID!r})"
_AWAITED = (
    "from omni import AsyncClient\nclient = AsyncClient(api_key='key', base_url=URL + '/lead')\n"
    f"async def call(): return (await client.leads.get({LEAD_ID!r}))"
)
OMNI = Peer(
    "omniai-leads",
    "leads.get(…).raw",
    f"/lead/api/v1/leads/{LEAD_ID}",
    example("get-lead"),
    "from omni import Client",
    f"{_BLOCKING}.raw",
    f"{_AWAITED}.raw",
)
"""With ``raw``, since the others decode the whole response; omni decodes only what is read."""
OMNI_STATUS = replace(
    OMNI, what="leads.get(…).status", blocking=f"{_BLOCKING}.status", awaited=f"{_AWAITED}.status", reads="status alone"
)
OPENAI = Peer(
    "openai",
    "models.retrieve",
    "/openai/models/model-1",
    {"id": "model-1", "object": "model", "created": 1700000000, "owned_by": "example"},
    "from openai import OpenAI",
    "client = OpenAI(api_key='key', base_url=URL + '/openai')\ndef call(): return client.models.retrieve('model-1')",
    "from openai import AsyncOpenAI\nclient = AsyncOpenAI(api_key='key', base_url=URL + '/openai')\n"
    "async def call(): return await client.models.retrieve('model-1')",
)
STRIPE = Peer(
    "stripe",
    "v1.customers.retrieve",
    "/stripe/v1/customers/cus_1",
    {
        **{"id": "cus_1", "object": "customer", "balance": 0, "created": 1700000000, "currency": "usd"},
        **{"address": None, "default_source": None, "delinquent": False, "description": None, "discount": None},
        **{"email": "lead@example.com", "invoice_prefix": "0000", "livemode": False, "metadata": {}, "name": "Example"},
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        **{"next_invoice_sequence": 1, "phone": None, "preferred_locales": [], "shipping": None, "tax_exempt": "none"},
    },
    "from stripe import StripeClient",
    "client = StripeClient('sk_test_key', base_addresses={'api': URL + '/stripe'})\n"
    "def call(): return client.v1.customers.retrieve('cus_1')",
    "client = StripeClient('sk_test_key', base_addresses={'api': URL + '/stripe'})\n"
    "async def call(): return await client.v1.customers.retrieve_async('cus_1')",
)
SVIX = Peer(
    "svix",
    "application.get",
    "/svix/api/v1/app/app_1",
    {
        **{"uid": "example", "name": "Example", "rateLimit": None, "id": "app_1", "metadata": {}},
        **{"createdAt": "2026-01-05T09:00:00Z", "updatedAt": "2026-01-05T09:00:00Z"},
    },
    "from svix.api import Svix, SvixAsync, SvixOptions",
    "client = Svix('key', SvixOptions(server_url=URL + '/svix'))\ndef call(): return client.application.get('app_1')",
    "client = SvixAsync('key', SvixOptions(server_url=URL + '/svix'))\n"
    "async def call(): return await client.application.get('app_1')",
)
BENCHLING = Peer(
    "benchling-sdk",
    "users.get_by_id",
    "/benchling/api/v2/users/ent_1",
    {"id": "ent_1", "name": "Example", "handle": "example", "email": "user@example.com", "isSuspended": False},
    "from benchling_sdk.auth.api_key_auth import ApiKeyAuth\nfrom benchling_sdk.benchling import Benchling",
    "client = Benchling(url=URL, base_path='/benchling/api/v2', auth_method=ApiKeyAuth('key'))\n"
    "def call(): return client.users.get_by_id('ent_1')",
)
GITHUBKIT = Peer(
    "githubkit",
    "rest.licenses.get",
    "/githubkit/licenses/mit",
    {
        **{"key": "mit", "name": "MIT License", "spdx_id": "MIT", "url": None, "node_id": "node", "featured": True},
        **{"html_url": "http://example.com/mit", "description": "Short.", "implementation": "Copy it.", "body": "…"},
        **{"permissions": ["commercial-use"], "conditions": ["include-copyright"], "limitations": ["liability"]},
    },
    "from githubkit import GitHub",
    "client = GitHub('key', base_url=URL + '/githubkit', http_cache=False).__enter__()\n"
    "def call(): return client.rest.licenses.get('mit').parsed_data",
    "client = await GitHub('key', base_url=URL + '/githubkit', http_cache=False).__aenter__()\n"
    "async def call(): return (await client.rest.licenses.async_get('mit')).parsed_data",
)

ALL = (OMNI, OMNI_STATUS, OPENAI, STRIPE, SVIX, BENCHLING, GITHUBKIT)
PEERS = [peer for peer in ALL if peer.version]
"""Those that are installed, omni first."""


def large_lead() -> bytes:
    """A lead with 100 action logs and 40 documents, made of the documented samples."""
    logs, documents = example("get-lead-action-logs"), example("get-lead-documents")
    lead = {
        **example("get-lead"),
        "actionLogs": [{**logs[number % len(logs)], "id": f"log-{number}"} for number in range(100)],
        "documents": [{**documents[number % len(documents)], "id": f"document-{number}"} for number in range(40)],
    }
    return json.dumps(lead).encode()
