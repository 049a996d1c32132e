"""What an edit of the Python code means for a user, read from two small trees laid out like this repository.

And that what griffe reads of declared fields is what help() shows.
"""

import inspect
from pathlib import Path

import griffe
import pytest
from project import Project
from verdict.names import name_changes

import omni
from omni._views.base import View
from omni._views.fields import Field

PUBLIC = [getattr(omni, name) for name in omni.__all__]
VIEWS = [thing for thing in PUBLIC if isinstance(thing, type) and issubclass(thing, View)]
SETTINGS = {"raw": "generated/omni_client", "curated": {"package": "omni"}}

FILES = {
    "generated/omni_client/__init__.py": "from .client import Client\n__all__ = ('Client',)\n",
    "generated/omni_client/client.py": "class Client:\n    token: str\n",
    "generated/omni_client/types.py": "class Unset: ...\n",
    "generated/omni_client/models/__init__.py": """
from .both import Both
from .lead import Lead
from .status import Status
from .update import Update
__all__ = ("Both", "Lead", "Status", "Update")
""",
    "generated/omni_client/models/both.py": "class Both:\n    size: int\n",
    "generated/omni_client/models/update.py": """
from ..types import Unset
class Update:
    note: str
    email: None | str | Unset
""",
    "generated/omni_client/models/lead.py": """
from ..types import Unset
from .status import Status
class Lead:
    id: str
    email: None | str | Unset = Unset()
    phone: None | str = None
""",
    "generated/omni_client/models/status.py": """
from enum import StrEnum
class Status(StrEnum):
    DONE = "DONE"
    OPEN = "OPEN"
""",
    "generated/omni_client/api/__init__.py": "",
    "generated/omni_client/api/leads/__init__.py": "",
    "generated/omni_client/api/leads/get_lead.py": """
from ...client import Client
from ...models.lead import Lead
def _get_kwargs(lead_id: str): ...
def sync_detailed(lead_id: str, *, client: Client) -> Lead: ...
def sync(lead_id: str, *, client: Client) -> Lead | None: ...
""",
    "generated/omni_client/api/leads/find_leads.py": """
from ...models.lead import Lead
def sync_detailed() -> Response[list[Lead] | None]: ...
""",
    "omni/__init__.py": """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from omni_client.models import Status as Status
    from omni._sync.client import Client as Client
    from omni._sync.leads import Leads as Leads
    from omni._views.leads import Lead as Lead
else:
    __all__ = sorted(_MODULES)
""",
    "omni/_sync/__init__.py": "",
    "omni/_sync/client.py": """
from omni._sync.leads import Leads
class Client:
    leads: Leads
    def __init__(self, *, timeout: float = 30.0) -> None: ...
    def close(self) -> None: ...
    def _hidden(self) -> None: ...
""",
    "omni/_sync/leads.py": """
from omni._views.leads import Lead
class Leads:
    def get(self, lead_id: str) -> Lead: ...
""",
    "omni/_views/__init__.py": "",
    "omni/_views/base.py": """
class View:
    def to_dict(self) -> dict: ...
""",
    "omni/_views/leads.py": """
from omni._views.base import View
class Lead(View):
    @property
    def email(self) -> str | None: ...
    last_action = view(ActionLog, "lastAction")
def helper(): ...
""",
    "omni/settings.py": "TIMEOUT = 30.0\n",
    "omni/sandbox/__init__.py": "from omni.sandbox._app import app\n__all__ = ['app']\n",
    "omni/sandbox/_app.py": "def app(port: int = 0): ...\n",
}
SENT = "generated/omni_client/models/update.py"
MODEL, OPERATION = "generated/omni_client/models/lead.py", "generated/omni_client/api/leads/get_lead.py"
LIST = "generated/omni_client/api/leads/find_leads.py"
ENUM = "generated/omni_client/models/status.py"
GET = "omni.Leads.get"

# The file, the text and its replacement; then the report: layer, symbol, what happened, effect.
EDITS = {
    "raw field added": (
        (MODEL, "    id: str", "    id: str\n    name: str"),
        [("raw", "omni_client.models.Lead.name", "is new (attribute: str)", "additive")],
    ),
    "raw field removed": (
        (MODEL, "    id: str\n", ""),
        [("raw", "omni_client.models.Lead.id", "is gone (attribute: str)", "breaking")],
    ),
    "raw field never absent": (
        (MODEL, "None | str | Unset", "None | str"),
        [("raw", "omni_client.models.Lead.email", "has the type None | str, was None | Unset | str", "additive")],
    ),
    "raw field can be absent": (
        (MODEL, "phone: None | str", "phone: None | str | Unset"),
        [("raw", "omni_client.models.Lead.phone", "has the type None | Unset | str, was None | str", "breaking")],
    ),
    "enum value removed": (
        (ENUM, '    DONE = "DONE"\n', ""),
        [
            ("raw", "omni_client.models.Status.DONE", "is gone (enum value: 'DONE')", "breaking"),
            ("curated", "omni.Status.DONE", "is gone (enum value: 'DONE')", "breaking"),
        ],
    ),
    "operation added": (
        ("generated/omni_client/api/leads/list_leads.py", "", "def sync_detailed() -> None: ...\n"),
        [("raw", "omni_client.api.leads.list_leads", "is new (function: None)", "additive")],
    ),
    "operation with another path": (
        (OPERATION, "def _get_kwargs(lead_id: str): ...", "def _get_kwargs(lead_id: str): return '/v2'"),
        [],
    ),
    "operation with a new optional parameter": (
        (OPERATION, "client: Client) -> Lead:", "client: Client, limit: int = 1) -> Lead:"),
        [("raw", "omni_client.api.leads.get_lead", "has a new parameter `limit`", "additive")],
    ),
    "operation with a new required parameter": (
        (OPERATION, "client: Client) -> Lead:", "client: Client, limit: int) -> Lead:"),
        [("raw", "omni_client.api.leads.get_lead", "has a new parameter `limit`, which is required", "breaking")],
    ),
    "operation with a renamed parameter": (
        (OPERATION, "sync_detailed(lead_id", "sync_detailed(id"),
        [
            ("raw", "omni_client.api.leads.get_lead", "has no parameter `lead_id` any more", "breaking"),
            ("raw", "omni_client.api.leads.get_lead", "has a new parameter `id`, which is required", "breaking"),
        ],
    ),
    "public name removed": (
        ("omni/__init__.py", "    from omni._views.leads import Lead as Lead\n", ""),
        [("curated", "omni.Lead", "is gone (class)", "breaking")],
    ),
    "property added": (
        ("omni/_views/leads.py", "def helper", "    @property\n    def phone(self) -> str: ...\ndef helper"),
        [("curated", "omni.Lead.phone", "is new (attribute: str)", "additive")],
    ),
    "declared field of another type": (
        ("omni/_views/leads.py", "view(ActionLog,", "views(ActionLog,"),
        [("curated", "omni.Lead.last_action", "has the type views[ActionLog], was view[ActionLog]", "breaking")],
    ),
    "declared field that reads another path": (("omni/_views/leads.py", '"lastAction"', '"latestAction"'), []),
    "inherited method removed": (
        ("omni/_views/base.py", "    def to_dict(self) -> dict: ...", "    pass"),
        [("curated", "omni.Lead.to_dict", "is gone (function: dict)", "breaking")],
    ),
    "base class removed": (
        ("omni/_views/leads.py", "(View)", ""),
        [
            ("curated", "omni.Lead.to_dict", "is gone (function: dict)", "breaking"),
            ("curated", "omni.Lead", "is no View any more", "breaking"),
        ],
    ),
    "method of a resource changed": (
        ("omni/_sync/leads.py", "def get(self, lead_id: str)", "def get(self, *, lead_id: str | int)"),
        [
            (
                "curated",
                GET,
                "has a parameter `lead_id` that is keyword-only, was positional or keyword",
                "breaking",
            ),
            (
                "curated",
                GET,
                "has a parameter `lead_id` that has the type int | str, was str",
                "additive",
            ),
        ],
    ),
    "method made a coroutine": (
        ("omni/_sync/client.py", "    def close", "    async def close"),
        [("curated", "omni.Client.close", "is a coroutine function, was a function", "breaking")],
    ),
    "default changed": (
        ("omni/_sync/client.py", "= 30.0", "= 60.0"),
        [
            (
                "curated",
                "omni.Client",
                "has the parameter `[keyword-only] timeout: float = 60.0`, was `[keyword-only] timeout: float = 30.0`",
                "additive",
            )
        ],
    ),
    "default removed": (
        ("omni/_sync/client.py", " = 30.0", ""),
        [("curated", "omni.Client", "has a parameter `timeout` that is required now", "breaking")],
    ),
    "module with __all__": (
        ("omni/sandbox/_app.py", "port: int = 0", "port: int = 0, **more: str"),
        [("curated", "omni.sandbox.app", "has a new parameter `more`", "additive")],
    ),
    "operation that returns one more type": (
        (OPERATION, "-> Lead: ...", "-> Response[Lead | Error]: ..."),
        [("raw", "omni_client.api.leads.get_lead", "has the type Error | Lead, was Lead", "additive")],
    ),
    "operation that returns no None any more": (
        (LIST, "Response[list[Lead] | None]", "Response[list[Lead]]"),
        [("raw", "omni_client.api.leads.find_leads", "has the type list[Lead], was None | list[Lead]", "additive")],
    ),
    "operation that returns another type and no None": (
        (LIST, "Response[list[Lead] | None]", "Response[dict[str, Lead]]"),
        [
            (
                "raw",
                "omni_client.api.leads.find_leads",
                "has the type dict[str, Lead], was None | list[Lead]",
                "breaking",
            )
        ],
    ),
    "text that is a StrEnum now": (
        (MODEL, "    id: str", "    id: Status"),
        [("raw", "omni_client.models.Lead.id", "has the type Status, was str", "additive")],
    ),
    "base class that is inherited still": (
        ("omni/_views/leads.py", "class Lead(View):", "class Person(View): ...\nclass Lead(Person):"),
        [],
    ),
    "property moved to a base class": (
        (
            "omni/_views/leads.py",
            "class Lead(View):\n",
            "class Person(View):\n    last_action = view(ActionLog, 'lastAction')\nclass Lead(Person):\n",
        ),
        [],
    ),
    "base class replaced": (
        (ENUM, "class Status(StrEnum)", "class Status(str, Enum)"),
        [
            ("raw", "omni_client.models.Status", "is no StrEnum any more", "breaking"),
            ("curated", "omni.Status", "is no StrEnum any more", "breaking"),
        ],
    ),
    "method that returns its class under another name": (
        ("omni/_sync/client.py", "def close(self) -> None", "def close(self) -> None: ...\n    def same(self) -> Self"),
        [("curated", "omni.Client.same", "is new (function: Client)", "additive")],
    ),
    "private type replaced": (("omni/_sync/leads.py", "lead_id: str", "lead_id: str | _Id"), []),
    "field of a request added, required": (
        (SENT, "    note: str", "    note: str\n    to: str"),
        [("raw", "omni_client.models.Update.to", "is new (attribute: str, required)", "breaking")],
    ),
    "field of a request that takes more": (
        (SENT, "    note: str", "    note: str | None"),
        [("raw", "omni_client.models.Update.note", "has the type None | str, was str", "additive")],
    ),
    "field of a request that takes less": (
        (SENT, "None | str | Unset", "str | Unset"),
        [("raw", "omni_client.models.Update.email", "has the type Unset | str, was None | Unset | str", "breaking")],
    ),
    "field that is sent and read, of another type": (
        ("generated/omni_client/models/both.py", "size: int", "size: int | None"),
        [("raw", "omni_client.models.Both.size", "has the type None | int, was int", "breaking")],
    ),
    "private method renamed": (("omni/_sync/client.py", "_hidden", "_concealed"), []),
    "function that is not exported renamed": (("omni/_views/leads.py", "helper", "aid"), []),
    "constant of a module without __all__": (("omni/settings.py", "TIMEOUT", "LIMIT"), []),
}


def written(root: Path, files: dict[str, str]) -> Project:
    """A project with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Project(root, SETTINGS)


@pytest.mark.parametrize("kind", EDITS)
def test_edit_is_reported_under_the_name_that_users_write(tmp_path: Path, kind: str) -> None:
    """A change is reported once, and only if users can name what changed."""
    (file, old, new), expected = EDITS[kind]
    before = FILES.get(file, "")
    assert old in before
    after = before.replace(old, new, 1) if old else new

    old, new = written(tmp_path / "old", FILES), written(tmp_path / "new", FILES | {file: after})
    found = name_changes(old, new, sent={"Update", "Both"}, read={"Lead", "Both"})

    assert expected == [(each.layer, each.symbol, each.what, each.verdict) for each in found]


def test_griffe_and_help_show_the_same_docstring() -> None:
    """For every field of every view."""
    package = griffe.load("omni", search_paths=[Path(str(omni.__file__)).parents[1]], allow_inspection=False)
    members = [member for view in (View, *VIEWS) for _, member in inspect.getmembers(view)]
    fields = [member for member in members if isinstance(member, Field)]

    assert len(fields) > 100
    for field in fields:
        path = f"{field.owner.__module__}.{field.owner.__qualname__}.{field.name}".removeprefix("omni.")
        docstring = package[path].docstring
        assert docstring is not None, path
        assert inspect.getdoc(field) == inspect.cleandoc(docstring.value), path
