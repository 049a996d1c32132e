from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.create_lead_body import CreateLeadBody
from ...models.lead_details import LeadDetails
from ...types import Response


def _get_kwargs(
    *,
    body: CreateLeadBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/leads",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
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
    *,
    client: AuthenticatedClient | Client,
    body: CreateLeadBody,
) -> Response[Any | LeadDetails]:
    """Create a lead.

     Makes a lead and writes one `API_ACTIVITY` log. That the agent may then write to the person is
    inferred. Nothing is said of duplicates, and no idempotency key is documented, so a create sent
    twice may make two. [CL, CL+]

    Args:
        body (CreateLeadBody): A new lead. Formats and lengths are not documented, nor whether a
            null is accepted. `website`, `source` and `status` are not among the documented inputs.
            [CL]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | LeadDetails]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateLeadBody,
) -> Any | LeadDetails | None:
    """Create a lead.

     Makes a lead and writes one `API_ACTIVITY` log. That the agent may then write to the person is
    inferred. Nothing is said of duplicates, and no idempotency key is documented, so a create sent
    twice may make two. [CL, CL+]

    Args:
        body (CreateLeadBody): A new lead. Formats and lengths are not documented, nor whether a
            null is accepted. `website`, `source` and `status` are not among the documented inputs.
            [CL]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | LeadDetails
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateLeadBody,
) -> Response[Any | LeadDetails]:
    """Create a lead.

     Makes a lead and writes one `API_ACTIVITY` log. That the agent may then write to the person is
    inferred. Nothing is said of duplicates, and no idempotency key is documented, so a create sent
    twice may make two. [CL, CL+]

    Args:
        body (CreateLeadBody): A new lead. Formats and lengths are not documented, nor whether a
            null is accepted. `website`, `source` and `status` are not among the documented inputs.
            [CL]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | LeadDetails]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateLeadBody,
) -> Any | LeadDetails | None:
    """Create a lead.

     Makes a lead and writes one `API_ACTIVITY` log. That the agent may then write to the person is
    inferred. Nothing is said of duplicates, and no idempotency key is documented, so a create sent
    twice may make two. [CL, CL+]

    Args:
        body (CreateLeadBody): A new lead. Formats and lengths are not documented, nor whether a
            null is accepted. `website`, `source` and `status` are not among the documented inputs.
            [CL]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | LeadDetails
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
