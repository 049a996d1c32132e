from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.document import Document
from ...types import UNSET, Response, Unset


def _get_kwargs(
    document_id: str,
    *,
    include_content: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["includeContent"] = include_content

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/documents/{document_id}".format(
            document_id=quote(str(document_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | Document | None:
    if response.status_code == 200:
        response_200 = Document.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Any | Document]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    document_id: str,
    *,
    client: AuthenticatedClient | Client,
    include_content: bool | Unset = UNSET,
) -> Response[Any | Document]:
    """Get one document, with a fresh presigned link.

     A bare object. Its link is good for one hour; asking again is the documented way to renew it. [GD]

    Args:
        document_id (str):
        include_content (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Document]
    """

    kwargs = _get_kwargs(
        document_id=document_id,
        include_content=include_content,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    document_id: str,
    *,
    client: AuthenticatedClient | Client,
    include_content: bool | Unset = UNSET,
) -> Any | Document | None:
    """Get one document, with a fresh presigned link.

     A bare object. Its link is good for one hour; asking again is the documented way to renew it. [GD]

    Args:
        document_id (str):
        include_content (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Document
    """

    return sync_detailed(
        document_id=document_id,
        client=client,
        include_content=include_content,
    ).parsed


async def asyncio_detailed(
    document_id: str,
    *,
    client: AuthenticatedClient | Client,
    include_content: bool | Unset = UNSET,
) -> Response[Any | Document]:
    """Get one document, with a fresh presigned link.

     A bare object. Its link is good for one hour; asking again is the documented way to renew it. [GD]

    Args:
        document_id (str):
        include_content (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Document]
    """

    kwargs = _get_kwargs(
        document_id=document_id,
        include_content=include_content,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    document_id: str,
    *,
    client: AuthenticatedClient | Client,
    include_content: bool | Unset = UNSET,
) -> Any | Document | None:
    """Get one document, with a fresh presigned link.

     A bare object. Its link is good for one hour; asking again is the documented way to renew it. [GD]

    Args:
        document_id (str):
        include_content (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Document
    """

    return (
        await asyncio_detailed(
            document_id=document_id,
            client=client,
            include_content=include_content,
        )
    ).parsed
