from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.checklist_item_created import ChecklistItemCreated
from ...models.create_checklist_item_body import CreateChecklistItemBody
from ...types import Response


def _get_kwargs(
    lead_id: str,
    *,
    body: CreateChecklistItemBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/leads/{lead_id}/checklist-items".format(
            lead_id=quote(str(lead_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | ChecklistItemCreated | None:
    if response.status_code == 200:
        response_200 = ChecklistItemCreated.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = response.json()
        return response_400

    if response.status_code == 401:
        response_401 = response.json()
        return response_401

    if response.status_code == 404:
        response_404 = response.json()
        return response_404

    if response.status_code == 500:
        response_500 = response.json()
        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | ChecklistItemCreated]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CreateChecklistItemBody,
) -> Response[Any | ChecklistItemCreated]:
    """Add a one-off item to the checklist of one lead.

     The item lives on this lead only. Validation rules for file items and a code of one's own can be
    given too, under keys that are not documented. Whether the agent then asks the person for it is not
    documented. [CI]

    Args:
        lead_id (str):
        body (CreateChecklistItemBody): A one-off checklist item. [CI]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ChecklistItemCreated]
    """

    kwargs = _get_kwargs(
        lead_id=lead_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CreateChecklistItemBody,
) -> Any | ChecklistItemCreated | None:
    """Add a one-off item to the checklist of one lead.

     The item lives on this lead only. Validation rules for file items and a code of one's own can be
    given too, under keys that are not documented. Whether the agent then asks the person for it is not
    documented. [CI]

    Args:
        lead_id (str):
        body (CreateChecklistItemBody): A one-off checklist item. [CI]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ChecklistItemCreated
    """

    return sync_detailed(
        lead_id=lead_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CreateChecklistItemBody,
) -> Response[Any | ChecklistItemCreated]:
    """Add a one-off item to the checklist of one lead.

     The item lives on this lead only. Validation rules for file items and a code of one's own can be
    given too, under keys that are not documented. Whether the agent then asks the person for it is not
    documented. [CI]

    Args:
        lead_id (str):
        body (CreateChecklistItemBody): A one-off checklist item. [CI]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ChecklistItemCreated]
    """

    kwargs = _get_kwargs(
        lead_id=lead_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: CreateChecklistItemBody,
) -> Any | ChecklistItemCreated | None:
    """Add a one-off item to the checklist of one lead.

     The item lives on this lead only. Validation rules for file items and a code of one's own can be
    given too, under keys that are not documented. Whether the agent then asks the person for it is not
    documented. [CI]

    Args:
        lead_id (str):
        body (CreateChecklistItemBody): A one-off checklist item. [CI]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ChecklistItemCreated
    """

    return (
        await asyncio_detailed(
            lead_id=lead_id,
            client=client,
            body=body,
        )
    ).parsed
