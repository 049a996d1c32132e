"""Where the page, its files, the control API and the description of the API are."""

from importlib.resources import files
from mimetypes import guess_type

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from omni.sandbox._page import _pages
from omni.sandbox._page._control import control_routes
from omni.sandbox._page._guard import PageGuard


def page_routes() -> list[Mount]:
    """Return the routes that are for people and their scripts, and not part of the API."""
    pages = [
        Route("/", _pages.show_leads),
        Route("/leads/{lead_id:path}", _pages.show_lead),
        Route("/requests", _pages.show_requests),
        Route("/requests/{number}", _pages.show_request),
        Route("/webhooks", _pages.show_webhooks),
        Route("/docs", _pages.show_docs),
        Route("/openapi.json", _get_spec),
        Route("/static/{name}", _get_static),
    ]
    guard = [Middleware(PageGuard)]
    return [
        Mount("/_sandbox", Router(control_routes(), redirect_slashes=False), middleware=guard),
        Mount("/", Router(pages, redirect_slashes=False), middleware=guard),
    ]


async def _get_spec(request: Request) -> Response:
    content = (files("omni.sandbox") / "data" / "openapi.json").read_bytes()
    return Response(content, media_type="application/json")


async def _get_static(request: Request) -> Response:
    name = request.path_params["name"]
    names = {path.name: path for path in (files("omni.sandbox") / "_page" / "static").iterdir()}
    if name not in names:
        return Response("There is no such file.", 404)
    return Response(names[name].read_bytes(), media_type=guess_type(name)[0])
