"""The page: HTML made from what the workspace holds, which a script fetches again each second."""

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from omni.sandbox._checklists import DONE, label_of, required_items
from omni.sandbox._contract import is_array, is_object
from omni.sandbox._faults import SUGGESTIONS
from omni.sandbox._shapes import Json, objects
from omni.sandbox._webhooks import WEBHOOK_SUGGESTIONS
from omni.sandbox._workspace import Workspace

if TYPE_CHECKING:
    from jinja2 import Environment


async def show_leads(request: Request) -> HTMLResponse:
    leads = [summarise(lead) for lead in request.app.state.workspace.leads.values()]
    return _render(request, "leads.html", "Leads", leads=leads, suggestions=SUGGESTIONS)


async def show_lead(request: Request) -> HTMLResponse:
    workspace: Workspace = request.app.state.workspace
    lead = workspace.lead(request.path_params["lead_id"])
    links = {
        document["id"]: workspace.links.sign(document["id"], document["filename"])
        for document in objects(lead, "documents")
    }
    summary = summarise(lead)
    return _render(request, "lead.html", summary["name"], lead=lead, summary=summary, links=links)


async def show_requests(request: Request) -> HTMLResponse:
    exchanges = [*reversed(request.app.state.workspace.exchanges)]
    return _render(request, "requests.html", "Requests", exchanges=exchanges, suggestions=SUGGESTIONS)


async def show_request(request: Request) -> HTMLResponse:
    exchange = request.app.state.workspace.exchange(request.path_params["number"])
    return _render(request, "request.html", f"Request {exchange.number}", exchange=exchange)


async def show_webhooks(request: Request) -> HTMLResponse:
    webhooks = request.app.state.workspace.webhooks
    deliveries = [*reversed(webhooks.deliveries)]
    return _render(
        request,
        "webhooks.html",
        "Webhooks",
        deliveries=deliveries,
        endpoints=webhooks.endpoints,
        suggestions=WEBHOOK_SUGGESTIONS,
    )


async def show_docs(request: Request) -> HTMLResponse:
    spec = json.loads((files("omni.sandbox") / "data" / "openapi.json").read_bytes())
    described = [*spec["paths"].items(), *spec["webhooks"].items()]
    operations = [
        (path, method, _resolve_parts(spec, operation))
        for path, methods in described
        for method, operation in methods.items()
        if is_object(operation)
    ]
    return _render(request, "docs.html", "API", spec=spec, operations=operations)


def _resolve_parts(spec: Json, operation: Json) -> Json:
    """Return an operation with its parameters and responses in place of references to them."""

    def resolve(part: Json) -> Json:
        found: Any = spec
        for key in part.get("$ref", "").split("/")[1:]:
            found = found[key]
        return part if found is spec else found

    responses = {status: resolve(response) for status, response in operation["responses"].items()}
    parameters = [resolve(parameter) for parameter in operation.get("parameters", [])]
    return operation | {"parameters": parameters, "responses": responses}


def summarise(lead: Json) -> Json:
    """Return what the list shows of a lead; each part of it may be missing."""
    record, required = lead["lead"], required_items(lead)
    names = " ".join(filter(None, (record.get("firstName"), record.get("lastName"))))
    known = names or record.get("businessName") or record.get("email") or record.get("phoneNumber")
    missing = [label_of(item) for item in required if item.get("status") not in DONE]
    return {
        "id": record["id"],
        "name": str(known or "Without a name"),
        "status": str(lead.get("status") or "unknown"),
        "missing": missing,
        "required": len(required),
        "documents": len(objects(lead, "documents")),
    }


def _pretty(value: Any) -> str:
    """The JSON of a value, or the text that it is, indented if it is JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False)


def _short(value: Any) -> str:
    """A value of a checklist item on one line."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if is_object(value) or is_array(value) else str(value)


@cache
def _environment() -> "Environment":
    try:
        from jinja2 import Environment, PackageLoader
    except ImportError as error:  # a sandbox that was installed before it had a page
        raise HTTPException(500, "The page needs jinja2: pip install 'omniai-leads[sandbox]'.") from error
    loader = PackageLoader("omni.sandbox._page")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    filters: dict[str, Any] = {"pretty": _pretty, "short": _short, "label": label_of}
    environment.filters.update(filters)
    return environment


def _render(request: Request, template: str, title: str, **values: Any) -> HTMLResponse:
    state = request.app.state
    done = getattr(state, "last_action", "") if "done" in request.query_params else ""
    page = _environment().get_template(template)
    html = page.render(
        title=title, path=request.url.path, workspace=state.workspace, api_key=state.api_key, done=done, **values
    )
    return HTMLResponse(html)
