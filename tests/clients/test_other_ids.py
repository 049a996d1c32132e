"""A second line of defence: a response about another thing than the one that was asked for is no response."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from omni_client.api.leads import get_lead

import omni

pytestmark = pytest.mark.anyio

ASKED = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
OTHER = "0therlead-0000-4000-8000-000000000000"

Call = Callable[[Any, str], Awaitable[Any]]

ITEM = {"id": "i", "status": "TODO"}

CALLS: dict[str, tuple[Call, Callable[[str], Any]]] = {
    "get": (lambda client, lead_id: client.leads.get(lead_id), lambda lead_id: {"lead": {"id": lead_id}}),
    "get, flat": (
        lambda client, lead_id: client.leads.get(lead_id),
        lambda lead_id: {"id": lead_id, "status": "IN_PROGRESS"},
    ),
    "wait": (lambda client, lead_id: client.leads.wait(lead_id, until=bool), lambda lead_id: {"lead": {"id": lead_id}}),
    "not_applied": (
        lambda client, lead_id: client.leads.not_applied(lead_id, last_name="Sample"),
        lambda lead_id: {"lead": {"id": lead_id}},
    ),
    "checklist": (
        lambda client, lead_id: client.leads.checklist(lead_id),
        lambda lead_id: [{"id": "g", "items": []}, {"id": "h", "leadId": lead_id, "items": [ITEM]}],
    ),
    "checklist, an item": (
        lambda client, lead_id: client.leads.checklist(lead_id),
        lambda lead_id: [{"id": "g", "items": [ITEM, {**ITEM, "leadId": lead_id}]}],
    ),
    "documents": (
        lambda client, lead_id: client.leads.documents(lead_id),
        lambda lead_id: [{"id": "d"}, {"id": "e", "leadId": lead_id}],
    ),
    "action_logs": (
        lambda client, lead_id: client.leads.action_logs(lead_id),
        lambda lead_id: [{"id": "l", "leadId": lead_id}],
    ),
    "documents.get": (lambda client, lead_id: client.documents.get(lead_id), lambda lead_id: {"id": lead_id}),
}
"""Reads, and a response that is about this id."""

WRITES: dict[str, tuple[Call, Callable[[str], Any]]] = {
    "update": (
        lambda client, lead_id: client.leads.update(lead_id, last_name="Sample"),
        lambda lead_id: {"success": True, "lead": {"id": lead_id}},
    ),
    **{
        name: (
            lambda client, lead_id, name=name: getattr(client.leads, name)(lead_id),  # type: ignore[misc]
            lambda lead_id: {"lead": {"id": lead_id}},
        )
        for name in ("opt_out", "lift_opt_out", "complete", "reopen", "mark_not_interested")
    },
    "add_checklist_item": (
        lambda client, lead_id: client.leads.add_checklist_item(lead_id, label="Water bill", field_type="FILE"),
        lambda lead_id: {"success": True, "checklistItem": {"id": "i", "leadId": lead_id}},
    ),
}
"""The same of writes."""


def answering(body: Any) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(200, json=body))


@pytest.mark.parametrize("name", [*CALLS, *WRITES])
async def test_response_with_another_id_is_refused(make: Callable[..., Any], name: str) -> None:
    """By every operation whose response repeats the id; neither id is in the message."""
    call, response = {**CALLS, **WRITES}[name]
    async with make(transport=answering(response(OTHER))) as client:
        with pytest.raises(omni.InvalidResponseError, match="another id than the one that was asked for") as caught:
            await call(client, ASKED)

    assert ASKED not in str(caught.value) + repr(caught.value)
    assert OTHER not in str(caught.value) + repr(caught.value)
    assert caught.value.body == response(OTHER)


@pytest.mark.parametrize("name", [*CALLS, *WRITES])
@pytest.mark.parametrize("id", [ASKED, ASKED.upper(), ASKED.replace("-", ""), "lead one", "ü"])
async def test_same_id_is_accepted_in_any_spelling(make: Callable[..., Any], name: str, id: str) -> None:
    """Any opaque id as it is, and a UUID in the server's spelling."""
    call, response = {**CALLS, **WRITES}[name]
    async with make(transport=answering(response(ASKED if id.isascii() and " " not in id else id))) as client:
        await call(client, id)


@pytest.mark.parametrize("name", ["checklist", "documents", "action_logs", "add_checklist_item"])
@pytest.mark.parametrize("id", [None, 7, ["x"]], ids=repr)
async def test_missing_and_odd_ids_are_ignored(make: Callable[..., Any], name: str, id: Any) -> None:
    """Where the id of the lead is not documented, it may be absent, null or of another type."""
    call, response = {**CALLS, **WRITES}[name]
    async with make(transport=answering(response(id))) as client:
        await call(client, ASKED)


async def test_opaque_ids_are_compared_exactly(make: Callable[..., Any]) -> None:
    """Two ids that are no UUIDs may differ in their case alone."""
    async with make(transport=answering({"lead": {"id": "Lead-1"}})) as client:
        with pytest.raises(omni.InvalidResponseError):
            await client.leads.get("lead-1")


async def test_link_of_another_document_is_not_used(make: Callable[..., Any], tmp_path: Any) -> None:
    """It would be another person's file."""
    document = {"id": OTHER, "signedUrl": "https://files.example.com/x", "filename": "x.pdf"}
    async with make(transport=answering(document)) as client:
        with pytest.raises(omni.InvalidResponseError):
            await client.documents.download(ASKED, to=tmp_path)

    assert [*tmp_path.iterdir()] == []


async def test_raw_layer_does_not_compare_ids(make: Callable[..., Any], kind: str) -> None:
    """What an operation is about is known to the curated layer only."""
    async with make(transport=answering({"lead": {"id": OTHER}})) as client:
        raw = client.raw
        found = get_lead.sync(ASKED, client=raw) if kind == "Client" else await get_lead.asyncio(ASKED, client=raw)
        response = await client.http.get(f"/api/v1/leads/{ASKED}")

    assert found.lead.id == OTHER  # type: ignore[union-attr]
    assert json.loads(response.content) == {"lead": {"id": OTHER}}
