"""The application: its routes, the check of the key, and error responses.

A new operation of the API is one function in the module of its noun in `_api`, with the name of the operation.
"""

import re
import time
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from omni.sandbox._api import _analytics, _documents, _leads
from omni.sandbox._api._requests import Operation, respond
from omni.sandbox._contract import contract
from omni.sandbox._exchanges import ExchangeLog
from omni.sandbox._faults import FaultMiddleware
from omni.sandbox._files import file_response
from omni.sandbox._page import page_routes
from omni.sandbox._workspace import Workspace

API_KEY = "sandbox-key"

_MODULES = (_analytics, _documents, _leads)


def _operations() -> dict[str, Operation]:
    """The functions that carry out operations, by `operationId`: `getLead` is `get_lead` in one of the modules."""
    functions = {name: function for module in _MODULES for name, function in vars(module).items()}
    names = {operation_id: re.sub("([A-Z])", r"_\1", operation_id).lower() for operation_id in contract()["operations"]}
    return {operation_id: functions[name] for operation_id, name in names.items() if name in functions}


# Method, path, parameters, body and status of the success come from the contract.
OPERATIONS = _operations()


def app(
    *,
    api_key: str = API_KEY,
    link_seconds: float = 3600,
    clock: Callable[[], float] = time.time,
    page_size: int = 500,
) -> Starlette:
    """Return an application that responds like the OmniAI API; what it holds is in its `state.workspace`.

    Links to files expire `link_seconds` after `clock`'s time, rounded down to a whole second. Analytics has `page_size`
    leads on a page.
    """
    routes = [_route(operation_id, operation) for operation_id, operation in OPERATIONS.items()]
    # "/leads/{leadId}" would match "/leads/search" too.
    routes.sort(key=lambda route: route.path.count("{"))
    files = [Route("/{document_id}/{filename:path}", _get_file)]
    faults, key_check = Middleware(FaultMiddleware), Middleware(_KeyCheck)
    # Redirects from "/leads/" to "/leads" would be an invention that hides mistakes in a client.
    mounts = [
        Mount("/api", Router(routes, redirect_slashes=False), middleware=[faults, key_check]),
        Mount("/files", Router(files, redirect_slashes=False), middleware=[faults]),
        *page_routes(),
    ]
    handlers = {HTTPException: _error_response, Exception: _error_response}
    # Around the error responses, which are a part of what is logged and what a browser may read.
    around = [Middleware(_ApiOnly, middleware=middleware) for middleware in (ExchangeLog, _allow_browsers)]
    application = Starlette(routes=mounts, middleware=around, exception_handlers=handlers)
    application.router.redirect_slashes = False
    application.state.api_key = api_key
    application.state.workspace = Workspace(clock=clock, page_size=page_size, link_seconds=link_seconds)
    return application


def _route(operation_id: str, operation: Operation) -> Route:
    described = contract()["operations"][operation_id]
    path, method = described["path"].removeprefix("/api"), described["method"].upper()
    return Route(path, partial(respond, operation, described), methods=[method], name=operation.__name__)


async def _get_file(request: Request) -> Response:
    state, document_id = request.app.state, request.path_params["document_id"]
    refusal: Response | None = state.workspace.links.refusal(request)
    return refusal or file_response(state.workspace.files.get(document_id), request.headers)


class _KeyCheck:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["app"].state
        if Headers(scope=scope).get("x-api-key") != state.api_key:
            raise HTTPException(401, "The x-api-key header is missing or wrong.")
        state.workspace.requests.append((scope["method"], scope["path"]))
        await self.app(scope, receive, send)


class _ApiOnly:
    """Puts a middleware around requests to the API and for files, and not around those for the page."""

    def __init__(self, app: ASGIApp, middleware: Callable[[ASGIApp], ASGIApp]) -> None:
        self.app, self.around = app, middleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["path"].startswith(("/api/", "/files/"))
        await (self.around if is_api else self.app)(scope, receive, send)


def _allow_browsers(app: ASGIApp) -> ASGIApp:
    """Let applications in a browser of this machine call the API: wherever they are, they are of another origin."""
    return CORSMiddleware(
        app,
        allow_origin_regex=r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?",
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["*"],
    )


async def _error_response(request: Request, error: Exception) -> Response:
    refusal = error if isinstance(error, HTTPException) else HTTPException(500, "The sandbox failed.")
    # The shape of the API's error bodies is not documented: this one is an invention.
    return JSONResponse({"error": {"message": refusal.detail}}, refusal.status_code, refusal.headers)
