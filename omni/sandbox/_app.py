"""The application: which requests it answers, and how it refuses the others.

A new operation of the API is one line in the table of routes and one method of `_Api`.
"""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from omni.sandbox._files import Links, file_response
from omni.sandbox._leads import documents_in, load

API_KEY = "sandbox-key"


def app(*, api_key: str = API_KEY, link_seconds: float = 3600, clock: Callable[[], float] = time.time) -> Starlette:
    """Return an application that answers like the OmniAI API.

    Links to files end `link_seconds` after `clock`'s time, rounded down to a whole second.
    """
    api = _Api(Links(seconds=link_seconds, clock=clock))
    operations = [
        Route("/v1/leads/{lead_id}", api.get_lead),
    ]
    # Redirects from "/leads/" to "/leads" would be an invention that hides mistakes in a client.
    key_check = Middleware(_KeyCheck, api_key=api_key)
    behind_key = Mount("/api", Router(operations, redirect_slashes=False), middleware=[key_check])
    application = Starlette(
        routes=[behind_key, Route("/files/{document_id}/{filename:path}", api.get_file)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    application.router.redirect_slashes = False
    application.state.api_key = api_key
    return application


class _Api:
    def __init__(self, links: Links) -> None:
        self.links = links
        self.leads = load()
        self.documents = {document["id"]: document for document in documents_in(list(self.leads.values()))}

    async def get_lead(self, request: Request) -> Response:
        lead = deepcopy(self.leads.get(request.path_params["lead_id"]))
        if lead is None:
            raise HTTPException(404, "No such lead in this workspace.")
        for document in documents_in(lead):
            document["signedUrl"] = self.links.url(request, document["id"], document["filename"])
        return JSONResponse(lead)

    async def get_file(self, request: Request) -> Response:
        refusal = self.links.refusal(request)
        # A link that is signed is ours, so its document exists.
        return refusal or file_response(self.documents[request.path_params["document_id"]])


class _KeyCheck:
    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self.app = app
        self.api_key = api_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Headers(scope=scope).get("x-api-key") != self.api_key:
            raise HTTPException(401, "The x-api-key header is missing or wrong.")
        await self.app(scope, receive, send)


# The shape of the API's error bodies is not documented: this one is an invention.
def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message}}, status, headers)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    return _error(500, "The sandbox failed.")
