"""What users of an old version meet when the server changes first, for edits of the table in `edits/`.

What is new is kept and reported by `observe`, what cannot be read is reported, and what is refused is a clear error.
Nothing becomes None without a report, but where nobody can tell: a key that may be absent, and now always is.
"""

import copy
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest
from repository import ROOT
from test_edits import EDITS

import omni

LEAD = json.loads((ROOT / "openapi" / "examples" / "get-lead.json").read_text("utf-8"))
ID = LEAD["lead"]["id"]


def get(client: omni.Client) -> omni.Lead:
    """Read the lead."""
    return client.leads.get(ID)


def create(client: omni.Client) -> omni.Lead:
    """Create a lead."""
    return client.leads.create(first_name="John")


class Case(NamedTuple):
    """How the server responds after an edit, and what a caller of the old version meets."""

    change: Callable[[Any], object]
    """Makes the new response from the published one."""
    read: Callable[[omni.Lead], Any]
    meets: Any
    """The value, or the error."""
    reported: set[tuple[str, str, str]] = set()
    status: int = 200
    call: Callable[[omni.Client], omni.Lead] = get


def lead(**fields: Any) -> Callable[[Any], object]:
    """The record of the lead with other fields."""
    return lambda response: response["lead"].update(fields)


def whole(**fields: Any) -> Callable[[Any], object]:
    """The response with other fields."""
    return lambda response: response.update(fields)


def nothing(response: Any) -> None:
    """The same response."""


CASES = {
    "a field is added": Case(
        lead(nickname="Jo"),
        lambda lead: (lead.to_dict()["lead"]["nickname"], lead.raw.lead["nickname"]),
        ("Jo", "Jo"),
        {("unknown key", "lead.nickname", "string")},
    ),
    "an object of its own is added": Case(
        lead(owner={"share": 50}),
        lambda lead: lead.to_dict()["lead"]["owner"],
        {"share": 50},
        {("unknown key", "lead.owner", "object")},
    ),
    "a field is renamed": Case(
        lambda response: response["lead"].update(homepage=response["lead"].pop("website")),
        lambda lead: lead.website,
        None,
        {("unknown key", "lead.homepage", "null")},
    ),
    "a field becomes another type": Case(
        lead(website=5),
        lambda lead: (lead.website, lead.to_dict()["lead"]["website"]),
        (None, 5),
        {("wrong type", "lead.website", "integer")},
    ),
    "a field may be of one more type": Case(
        lead(website=5), lambda lead: lead.website, None, {("wrong type", "lead.website", "integer")}
    ),
    "an id becomes an integer": Case(lead(id=5), lambda lead: lead.id, omni.InvalidResponseError),
    "a key can be absent": Case(
        lambda response: response["lead"].pop("id"), lambda lead: lead.id, omni.InvalidResponseError
    ),
    "an enum has one more value": Case(
        whole(status="ON_HOLD"),
        lambda lead: (lead.status, lead.is_complete),
        ("ON_HOLD", False),
        {("unknown value", "status", "ON_HOLD")},
    ),
    "an array holds something else": Case(
        whole(documents=["a.pdf"]), lambda lead: lead.documents, (), {("wrong type", "documents[]", "string")}
    ),
    "the status of a success is another": Case(nothing, lambda lead: lead.id, ID, set(), 201, create),
    "a second success is documented": Case(nothing, lambda lead: lead.id, ID, set(), 202, create),
    "an error is documented": Case(nothing, lambda lead: lead.id, omni.APIStatusError, set(), 409, create),
    "a field of a request is added, and required": Case(
        nothing, lambda lead: lead.id, omni.BadRequestError, set(), 400, create
    ),
    "an operation moves": Case(nothing, lambda lead: lead.id, omni.NotFoundError, set(), 404),
}


@pytest.mark.parametrize("name", CASES)
def test_old_version_keeps_reports_or_refuses(name: str) -> None:
    """The value as far as it can be read, with the report; or an error of this package."""
    assert name in EDITS
    case, response, reported = CASES[name], copy.deepcopy(LEAD), set()
    case.change(response)

    def observe(path: str, differences: Any) -> None:
        reported.update((each.kind, each.path, each.detail) for each in differences)

    transport = httpx.MockTransport(lambda request: httpx.Response(case.status, json=response))
    with omni.Client(api_key="key", base_url="https://x.example", transport=transport, observe=observe) as client:
        if isinstance(case.meets, type):
            with pytest.raises(case.meets):
                case.read(case.call(client))
        else:
            assert case.read(case.call(client)) == case.meets
            assert reported == case.reported
