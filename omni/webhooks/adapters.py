"""Ways in for a receiver: ASGI, WSGI and AWS Lambda. Each turns what it is called with into ``receiver.receive``.

In a framework that has a request of its own, no adapter is needed: ``receiver.receive(method, path, headers, body)``.
"""

import base64
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from anyio import to_thread

from omni.webhooks.receiver import Receiver, Response

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


def asgi(receiver: Receiver, *, run: bool = False, name: str = "") -> Callable[..., Awaitable[None]]:
    """An ASGI application; with ``run``, its lifespan handles the stored events in this process, under this name.

    A server calls the lifespan of the application that it was given, and no framework that of one that is mounted:
    there, use ``receiver.run()`` in the lifespan of the outer one.
    """

    async def application(scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _run_lifespan(receiver, receiver.run(name) if run else contextlib.nullcontext(), receive, send)
        elif scope["type"] == "http":
            body = await _read_body(receive, receiver.max_bytes)
            if body is not None:
                arguments = (scope["method"], scope["path"], scope["headers"], body)
                await _respond(await to_thread.run_sync(receiver.receive, *arguments), send)

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
            name.removeprefix("HTTP_").replace("_", "-"): value.encode("latin-1")
            for name, value in environ.items()
            if name == "CONTENT_TYPE" or name.startswith("HTTP_")
        }
        length = str(environ.get("CONTENT_LENGTH") or 0)
        is_known = length.isascii() and length.isdigit()
        body = environ["wsgi.input"].read(min(int(length), receiver.max_bytes + 1)) if is_known else b""
        response = receiver.receive(environ["REQUEST_METHOD"], path, headers, body)
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", _headers(response))
        return [response.body]

    return application


def aws_lambda(receiver: Receiver) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """A handler for AWS Lambda behind API Gateway (payload 1.0 or 2.0), a function URL or a load balancer.

    Nothing goes on running after the response there, so let the inbox be a PostgreSQL database that a worker elsewhere
    reads, or forward the events to a queue.
    """

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        method = event.get("httpMethod") or event.get("requestContext", {}).get("http", {}).get("method", "")
        path: str = event.get("rawPath") or event.get("path") or ""
        several: dict[str, list[str]] = event.get("multiValueHeaders") or {}
        single: dict[str, str] = event.get("headers") or {}
        pairs = [(name, value) for name, values in several.items() for value in values] or [*single.items()]
        body = (event.get("body") or "").encode()
        if event.get("isBase64Encoded"):
            with contextlib.suppress(ValueError):  # what is no base64 is no JSON either, and refused as that
                body = base64.b64decode(body)
        response = receiver.receive(method, path, pairs, body)
        return {"statusCode": response.status, "headers": dict(_headers(response)), "body": response.body.decode()}

    return handler


def _headers(response: Response) -> list[tuple[str, str]]:
    return [*response.headers.items(), ("content-length", str(len(response.body)))]
