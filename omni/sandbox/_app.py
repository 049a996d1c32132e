"""The application: which requests it answers, and how it refuses the others.

A new operation of the API is one line in the table of routes and one method in the file of its noun.
"""

import time
from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from omni.sandbox._analytics import Analytics
from omni.sandbox._documents import Documents
from omni.sandbox._files import Links
from omni.sandbox._leads import Leads
from omni.sandbox._wire import Faults
from omni.sandbox._workspace import Workspace

API_KEY = "sandbox-key"


def app(
    *,
    api_key: str = API_KEY,
    link_seconds: float = 3600,
    clock: Callable[[], float] = time.time,
    page_size: int = 500,
) -> Starlette:
    """Return an application that answers like the OmniAI API; what it holds is in its `state.workspace`.

    Links to files end `link_seconds` after `clock`'s time, rounded down to a whole second. Analytics has `page_size`
    leads on a page.
    """
    workspace, links = Workspace(clock=clock), Links(seconds=link_seconds, clock=clock)
    leads, documents = Leads(workspace, links), Documents(workspace, links)
    analytics = Analytics(workspace, links, page_size)
    operations = [
        Route("/v1/leads", leads.create_lead, methods=["POST"]),
        Route("/v1/leads", leads.update_lead, methods=["PUT"]),
        Route("/v1/leads/{lead_id}", leads.get_lead),
        Route("/v1/leads/{lead_id}/checklist", leads.get_lead_checklist),
        Route("/v1/leads/{lead_id}/documents", documents.get_lead_documents),
        Route("/v1/leads/{lead_id}/action-logs", leads.get_lead_action_logs),
        Route("/v1/leads/{lead_id}/checklist-items", leads.create_lead_checklist_item, methods=["POST"]),
        Route("/v1/documents", documents.upload_documents, methods=["POST"]),
        Route("/v1/documents/{document_id}", documents.get_document),
        Route("/v0/analytics", analytics.get_analytics),
    ]
    files = [Route("/{document_id}/{filename:path}", documents.get_file)]
    faults = Middleware(Faults, workspace=workspace)
    key_check = Middleware(_KeyCheck, api_key=api_key, workspace=workspace)
    application = Starlette(
        # Redirects from "/leads/" to "/leads" would be an invention that hides mistakes in a client.
        routes=[
            Mount("/api", Router(operations, redirect_slashes=False), middleware=[faults, key_check]),
            Mount("/files", Router(files, redirect_slashes=False), middleware=[faults]),
        ],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    application.router.redirect_slashes = False
    application.state.api_key = api_key
    application.state.workspace = workspace
    return application


class _KeyCheck:
    def __init__(self, app: ASGIApp, api_key: str, workspace: Workspace) -> None:
        self.app = app
        self.api_key = api_key
        self.workspace = workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Headers(scope=scope).get("x-api-key") != self.api_key:
            raise HTTPException(401, "The x-api-key header is missing or wrong.")
        self.workspace.requests.append((scope["method"], scope["path"]))
        await self.app(scope, receive, send)


# The shape of the API's error bodies is not documented: this one is an invention.
def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message}}, status, headers)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    return _error(500, "The sandbox failed.")
