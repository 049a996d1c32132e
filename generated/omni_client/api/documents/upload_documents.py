from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.documents_uploaded import DocumentsUploaded
from ...models.upload_documents_body import UploadDocumentsBody
from ...types import Response


def _get_kwargs(
    *,
    body: UploadDocumentsBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/documents",
    }

    _kwargs["files"] = body.to_multipart()

    headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | DocumentsUploaded | None:
    if response.status_code == 200:
        response_200 = DocumentsUploaded.from_dict(response.json())

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
) -> Response[Any | DocumentsUploaded]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: UploadDocumentsBody,
) -> Response[Any | DocumentsUploaded]:
    """Upload one to ten files for a lead.

     At most 10 files a request and 100 MB each. Stores the files, writes a `SYSTEM_NOTE` and a
    `DOCUMENT_UPLOAD` log, and starts validation and extraction. Allowed file types, the total size, and
    what happens if one of several files fails are not documented. [UD]

    Args:
        body (UploadDocumentsBody): Files for one lead. [UD]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | DocumentsUploaded]
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
    body: UploadDocumentsBody,
) -> Any | DocumentsUploaded | None:
    """Upload one to ten files for a lead.

     At most 10 files a request and 100 MB each. Stores the files, writes a `SYSTEM_NOTE` and a
    `DOCUMENT_UPLOAD` log, and starts validation and extraction. Allowed file types, the total size, and
    what happens if one of several files fails are not documented. [UD]

    Args:
        body (UploadDocumentsBody): Files for one lead. [UD]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | DocumentsUploaded
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: UploadDocumentsBody,
) -> Response[Any | DocumentsUploaded]:
    """Upload one to ten files for a lead.

     At most 10 files a request and 100 MB each. Stores the files, writes a `SYSTEM_NOTE` and a
    `DOCUMENT_UPLOAD` log, and starts validation and extraction. Allowed file types, the total size, and
    what happens if one of several files fails are not documented. [UD]

    Args:
        body (UploadDocumentsBody): Files for one lead. [UD]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | DocumentsUploaded]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: UploadDocumentsBody,
) -> Any | DocumentsUploaded | None:
    """Upload one to ten files for a lead.

     At most 10 files a request and 100 MB each. Stores the files, writes a `SYSTEM_NOTE` and a
    `DOCUMENT_UPLOAD` log, and starts validation and extraction. Allowed file types, the total size, and
    what happens if one of several files fails are not documented. [UD]

    Args:
        body (UploadDocumentsBody): Files for one lead. [UD]

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | DocumentsUploaded
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
