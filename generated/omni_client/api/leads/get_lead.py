from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.lead_details import LeadDetails
from ...types import Response


def _get_kwargs(
    lead_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/leads/{lead_id}".format(
            lead_id=quote(str(lead_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | LeadDetails | None:
    if response.status_code == 200:
        response_200 = LeadDetails.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Any | LeadDetails]:
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
) -> Response[Any | LeadDetails]:
    """Get one lead with its checklist, documents, action logs, matching leads and scheduling state.

     Returns a single lead by id, in the standardized shape that the create and update endpoints use too.
    [GL] Statuses beyond those listed here are not documented; expect them. [INTRO]

    Args:
        lead_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | LeadDetails]
    """

    kwargs = _get_kwargs(
        lead_id=lead_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | LeadDetails | None:
    """Get one lead with its checklist, documents, action logs, matching leads and scheduling state.

     Returns a single lead by id, in the standardized shape that the create and update endpoints use too.
    [GL] Statuses beyond those listed here are not documented; expect them. [INTRO]

    Args:
        lead_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | LeadDetails
    """

    return sync_detailed(
        lead_id=lead_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | LeadDetails]:
    """Get one lead with its checklist, documents, action logs, matching leads and scheduling state.

     Returns a single lead by id, in the standardized shape that the create and update endpoints use too.
    [GL] Statuses beyond those listed here are not documented; expect them. [INTRO]

    Args:
        lead_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | LeadDetails]
    """

    kwargs = _get_kwargs(
        lead_id=lead_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    lead_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | LeadDetails | None:
    """Get one lead with its checklist, documents, action logs, matching leads and scheduling state.

     Returns a single lead by id, in the standardized shape that the create and update endpoints use too.
    [GL] Statuses beyond those listed here are not documented; expect them. [INTRO]

    Args:
        lead_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | LeadDetails
    """

    return (
        await asyncio_detailed(
            lead_id=lead_id,
            client=client,
        )
    ).parsed
