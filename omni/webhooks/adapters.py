"""Ways in for a receiver: ASGI, WSGI and AWS Lambda. Each turns what it is called with into ``receiver.receive``.

In a framework that has a request of its own, no adapter is needed: ``receiver.receive(method, path, headers, body)``.
"""

import base64
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import cache
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, to_thread

from omni._views.json_values import as_dict, as_list, str_or_none
from omni.webhooks.receiver import Receiver, Response

_THREADS = 6
"""More would wait for each other, and for the connections of the inbox."""

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


def asgi(receiver: Receiver, *, run: bool = False, name: str = "") -> Callable[..., Awaitable[None]]:
    """An ASGI application; with ``run``, its lifespan handles the stored events in this process, under this name.

    A server calls the lifespan of the application that it was given, and no framework that of one that is mounted:
    there, use ``receiver.run()`` in the lifespan of the outer one.
    """

    @cache
    def limiter() -> CapacityLimiter:  # made where an event loop runs
        return CapacityLimiter(_THREADS)

    async def application(scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _run_lifespan(receiver, receiver.run(name) if run else contextlib.nullcontext(), receive, send)
        elif scope["type"] == "http":
            body = await _read_body(receive, receiver.max_bytes)
            if body is not None:
                arguments = (scope["method"], scope["path"], scope["headers"], body)
                response = await to_thread.run_sync(receiver.receive, *arguments, limiter=limiter())
                await _respond(response, send)

    return application


async def _read_body(receive: _Receive, max_bytes: int) -> bytes | None:
    """The body, or so much of it as tells that it is too large; None if the client went away."""
    body = bytearray()
    while len(body) <= max_bytes:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def _respond(response: Response, send: _Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in _headers(response)]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _run_lifespan(
    receiver: Receiver, context: contextlib.AbstractContextManager[None], receive: _Receive, send: _Send
) -> None:
    await receive()
    try:
        await to_thread.run_sync(receiver.start)
        await to_thread.run_sync(context.__enter__)
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await to_thread.run_sync(context.__exit__, None, None, None)
    await send({"type": "lifespan.shutdown.complete"})


def wsgi(receiver: Receiver) -> Callable[..., Iterable[bytes]]:
    """A WSGI application."""

    def application(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value.encode("latin-1", "replace")
            for name, value in environ.items()
            if name.startswith("HTTP_") or (name == "CONTENT_TYPE" and value)  # empty where there is none
        }
        body = _read_input(environ, receiver.max_bytes + 1)
        response = receiver.receive(environ["REQUEST_METHOD"], path, headers, body)
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", _headers(response))
        return [response.body]

    return application


def _read_input(environ: Mapping[str, Any], limit: int) -> bytes:
    """The body, or so much of it as tells that it is too large; less than all of it if the client went away."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    if length.isascii() and length.isdigit():
        limit = min(int(length), limit) if len(length) < 19 else limit  # int() raises ValueError for 5,000 digits
    elif not environ.get("wsgi.input_terminated"):  # a server that says so can read a chunked body, and ends it
        return b""
    body = bytearray()
    try:
        while piece := environ["wsgi.input"].read(limit - len(body)):
            body += piece
    except OSError:  # the connection is lost; what there is of the body is not JSON
        pass
    return bytes(body)


def aws_lambda(receiver: Receiver) -> Callable[[Any, object], dict[str, Any]]:
    """A handler for AWS Lambda behind API Gateway (payload 1.0 or 2.0), a function URL or a load balancer.

    What else a function is invoked with is refused like any request that is no delivery. Nothing goes on running after
    the response there, so let the inbox be a PostgreSQL database that a worker elsewhere reads, or forward the events
    to a queue.
    """

    def handler(event: Any, context: object) -> dict[str, Any]:
        call = as_dict(event)
        method = call.get("httpMethod") or as_dict(as_dict(call.get("requestContext")).get("http")).get("method")
        path = call.get("rawPath") or call.get("path")
        several = as_dict(call.get("multiValueHeaders"))
        pairs = [(name, value) for name, values in several.items() for value in as_list(values)]
        arguments = (str(method or ""), str(path or ""), pairs or as_dict(call.get("headers")), _read_lambda_body(call))
        response = receiver.receive(*arguments)
        headers = dict(_headers(response))
        lists = {name: [value] for name, value in headers.items()}  # a load balancer that sends lists wants lists
        fields = {"multiValueHeaders": lists} if several and not call.get("headers") else {"headers": headers}
        return {"statusCode": response.status, "isBase64Encoded": False, "body": response.body.decode(), **fields}

    return handler


def _read_lambda_body(call: Mapping[str, Any]) -> bytes:
    body = (str_or_none(call.get("body")) or "").encode("utf-8", "surrogatepass")
    if call.get("isBase64Encoded"):
        with contextlib.suppress(ValueError):  # what is no base64 is no JSON either, and refused as that
            return base64.b64decode(body)
    return body


def _headers(response: Response) -> list[tuple[str, str]]:
    return [*response.headers.items(), ("content-length", str(len(response.body)))]
