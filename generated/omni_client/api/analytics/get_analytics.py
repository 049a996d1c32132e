import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.analytics import Analytics
from ...models.analytics_format import AnalyticsFormat
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    start: datetime.datetime | Unset = UNSET,
    end: datetime.datetime | Unset = UNSET,
    format_: AnalyticsFormat | Unset = UNSET,
    token: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_start: str | Unset = UNSET
    if not isinstance(start, Unset):
        json_start = start.isoformat()
    params["start"] = json_start

    json_end: str | Unset = UNSET
    if not isinstance(end, Unset):
        json_end = end.isoformat()
    params["end"] = json_end

    json_format_: str | Unset = UNSET
    if not isinstance(format_, Unset):
        json_format_ = format_.value

    params["format"] = json_format_

    params["token"] = token

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v0/analytics",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Analytics | Any | None:
    if response.status_code == 200:
        response_200 = Analytics.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Analytics | Any]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    start: datetime.datetime | Unset = UNSET,
    end: datetime.datetime | Unset = UNSET,
    format_: AnalyticsFormat | Unset = UNSET,
    token: str | Unset = UNSET,
) -> Response[Analytics | Any]:
    """Get totals and figures for each lead.

     Deleted and test leads are left out. JSON pages hold at most 500 leads. A parameter that is not
    listed here is a 400, as are a date that is not ISO 8601 and a start after the end. The path has v0,
    unlike all others. [AN]

    Args:
        start (datetime.datetime | Unset):
        end (datetime.datetime | Unset):
        format_ (AnalyticsFormat | Unset): How the figures come. [AN]
        token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Analytics | Any]
    """

    kwargs = _get_kwargs(
        start=start,
        end=end,
        format_=format_,
        token=token,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    start: datetime.datetime | Unset = UNSET,
    end: datetime.datetime | Unset = UNSET,
    format_: AnalyticsFormat | Unset = UNSET,
    token: str | Unset = UNSET,
) -> Analytics | Any | None:
    """Get totals and figures for each lead.

     Deleted and test leads are left out. JSON pages hold at most 500 leads. A parameter that is not
    listed here is a 400, as are a date that is not ISO 8601 and a start after the end. The path has v0,
    unlike all others. [AN]

    Args:
        start (datetime.datetime | Unset):
        end (datetime.datetime | Unset):
        format_ (AnalyticsFormat | Unset): How the figures come. [AN]
        token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Analytics | Any
    """

    return sync_detailed(
        client=client,
        start=start,
        end=end,
        format_=format_,
        token=token,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    start: datetime.datetime | Unset = UNSET,
    end: datetime.datetime | Unset = UNSET,
    format_: AnalyticsFormat | Unset = UNSET,
    token: str | Unset = UNSET,
) -> Response[Analytics | Any]:
    """Get totals and figures for each lead.

     Deleted and test leads are left out. JSON pages hold at most 500 leads. A parameter that is not
    listed here is a 400, as are a date that is not ISO 8601 and a start after the end. The path has v0,
    unlike all others. [AN]

    Args:
        start (datetime.datetime | Unset):
        end (datetime.datetime | Unset):
        format_ (AnalyticsFormat | Unset): How the figures come. [AN]
        token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Analytics | Any]
    """

    kwargs = _get_kwargs(
        start=start,
        end=end,
        format_=format_,
        token=token,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    start: datetime.datetime | Unset = UNSET,
    end: datetime.datetime | Unset = UNSET,
    format_: AnalyticsFormat | Unset = UNSET,
    token: str | Unset = UNSET,
) -> Analytics | Any | None:
    """Get totals and figures for each lead.

     Deleted and test leads are left out. JSON pages hold at most 500 leads. A parameter that is not
    listed here is a 400, as are a date that is not ISO 8601 and a start after the end. The path has v0,
    unlike all others. [AN]

    Args:
        start (datetime.datetime | Unset):
        end (datetime.datetime | Unset):
        format_ (AnalyticsFormat | Unset): How the figures come. [AN]
        token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Analytics | Any
    """

    return (
        await asyncio_detailed(
            client=client,
            start=start,
            end=end,
            format_=format_,
            token=token,
        )
    ).parsed
