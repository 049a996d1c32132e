"""Where the page, its files, the control API and the description of the API are."""

from importlib.resources import files
from mimetypes import guess_type

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from omni.sandbox._page import _pages
from omni.sandbox._page._control import control_routes
from omni.sandbox._page._guard import PageGuard


async def _get_spec(request: Request) -> Response:
    content = (files("omni.sandbox") / "data" / "openapi.json").read_bytes()
    return Response(content, media_type="application/json")


async def _get_static(request: Request) -> Response:
    name = request.path_params["name"]
    names = {path.name: path for path in (files("omni.sandbox") / "_page" / "static").iterdir()}
    if name not in names:
        return Response("There is no such file.", 404)
    return Response(names[name].read_bytes(), media_type=guess_type(name)[0])


_PAGES = {
    "/": _pages.show_leads,
    "/leads/{lead_id:path}": _pages.show_lead,
    "/requests": _pages.show_requests,
    "/requests/{number}": _pages.show_request,
    "/webhooks": _pages.show_webhooks,
    "/docs": _pages.show_docs,
    "/openapi.json": _get_spec,
    "/static/{name}": _get_static,
}


def page_routes() -> list[BaseRoute]:
    """Return the routes that are for people and their scripts, and not part of the API."""
    guard = [Middleware(PageGuard)]
    # No mount at "/", which would take every path, those that somebody adds to the application too.
    pages = [Route(path, page, middleware=guard) for path, page in _PAGES.items()]
    return [Mount("/_sandbox", Router(control_routes(), redirect_slashes=False), middleware=guard), *pages]
