"""The control API, `/_sandbox/`: what the page does, for programs in any language.

Each action takes JSON or a form. It answers with JSON; a form of the page is led back to where it came from.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from omni.sandbox._actions import advance_lead, invent_lead, seed
from omni.sandbox._contract import is_object, parse_json
from omni.sandbox._shapes import Json
from omni.sandbox._webhooks import Delivery
from omni.sandbox._workspace import Workspace

Action: TypeAlias = Callable[[Workspace, dict[str, Any]], Json]


def state(workspace: Workspace, _: Json) -> Json:
    webhooks = workspace.webhooks
    return {
        "leads": workspace.leads,
        "faults": workspace.faults,
        "webhooks": {
            "endpoints": [{"url": each.origin, "events": sorted(each.events)} for each in webhooks.endpoints],
            "faults": webhooks.faults,
            "outcomes": webhooks.outcomes,
        },
    }


def requests(workspace: Workspace, _: Json) -> Json:
    return {"requests": [exchange.to_dict() for exchange in workspace.exchanges]}


def request_in_full(workspace: Workspace, fields: Json) -> Json:
    return workspace.exchange(fields["number"]).to_dict(bodies=True)


def deliveries(workspace: Workspace, _: Json) -> Json:
    return {"deliveries": [_delivery(delivery) for delivery in workspace.webhooks.deliveries]}


def reset(workspace: Workspace, _: Json) -> Json:
    workspace.reset()
    return {"done": "Everything is as it was at the start."}


def add_lead(workspace: Workspace, fields: Json) -> Json:
    lead_id = invent_lead(workspace, fields or None)
    return {"done": f"Lead {lead_id} was created.", "id": lead_id}


def advance(workspace: Workspace, fields: Json) -> Json:
    return {"done": advance_lead(workspace, fields["lead_id"])}


def fail_next(workspace: Workspace, fields: Json) -> Json:
    target = workspace.webhooks if fields.get("of") == "deliveries" else workspace
    target.fail_next(_text(fields, "fault"), times=int(fields.get("times") or 1))
    return {"done": f"Planned: {fields['fault']}.", "faults": target.faults}


def clear_faults(workspace: Workspace, _: Json) -> Json:
    workspace.faults.clear()
    workspace.webhooks.faults.clear()
    return {"done": "No fault is planned."}


def add_leads(workspace: Workspace, fields: Json) -> Json:
    ids = seed(workspace, fields.get("leads", fields))
    return {"done": f"{len(ids)} leads were added.", "ids": ids}


def resend(workspace: Workspace, fields: Json) -> Json:
    again = workspace.webhooks.resend(fields["delivery_id"])
    return {"done": f"{again.event} is sent again.", "id": again.id}


def _delivery(delivery: Delivery) -> Json:
    attempts = [{"status": each.status, "error": each.error, "seconds": each.seconds} for each in delivery.attempts]
    known = {"id": delivery.id, "event": delivery.event, "to": delivery.endpoint.origin, "state": delivery.state}
    return known | {"attempts": attempts, "payload": delivery.payload}


def _text(fields: Json, name: str) -> str:
    if not isinstance(value := fields.get(name), str):
        raise ValueError(f'This needs {name}, as in {{"{name}": "503"}}.')
    return value


async def act(action: Action, request: Request) -> Response:
    """Carry out an action with the fields of the path and the body, and answer as it was asked."""
    is_form = "form" in request.headers.get("content-type", "")
    try:
        fields = await _form(request) if is_form else await _json(request)
        result = action(request.app.state.workspace, fields | request.path_params)
    except ValueError as error:
        if not is_form:
            raise HTTPException(400, str(error)) from error
        result = {"done": str(error)}
    if is_form:
        request.app.state.last_action = result["done"]
        return RedirectResponse(_back(request), 303)
    return JSONResponse(result)


async def _json(request: Request) -> Json:
    body = await request.body() if request.method == "POST" else b""
    value: Any = parse_json(body) if body else {}
    return value if is_object(value) else {"leads": value}


async def _form(request: Request) -> Json:
    async with request.form() as form:
        files = {name: parse_json(await file.read()) for name, file in form.items() if not isinstance(file, str)}
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return texts | files


def _back(request: Request) -> str:
    page = urlsplit(request.headers.get("referer", "/")).path
    if page.startswith("/leads/") and request.url.path.endswith("/reset"):
        page = "/"  # the lead may be gone
    return f"{page}?done"


_GETS: dict[str, Action] = {
    "/state": state,
    "/requests": requests,
    "/requests/{number}": request_in_full,
    "/deliveries": deliveries,
}
_POSTS: dict[str, Action] = {
    "/reset": reset,
    "/leads": add_lead,
    "/leads/{lead_id}/advance": advance,
    "/faults": fail_next,
    "/faults/clear": clear_faults,
    "/seed": add_leads,
    "/deliveries/{delivery_id}/resend": resend,
}


def control_routes() -> list[Route]:
    """Return the routes below `/_sandbox`."""
    return [
        *(Route(path, partial(act, action), methods=["GET"]) for path, action in _GETS.items()),
        *(Route(path, partial(act, action), methods=["POST"]) for path, action in _POSTS.items()),
    ]
