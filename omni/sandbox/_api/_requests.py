"""What happens around every operation: its request is read as the contract says, and its result is sent.

An operation is a function of an `ApiRequest` that returns the JSON of the response, or None if that has no body.
It refuses by raising HTTPException, before it has changed anything.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from starlette.datastructures import ImmutableMultiDict
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from omni.sandbox._contract import Schema, check, parse_json, parse_text, resolve
from omni.sandbox._faults import fault_name
from omni.sandbox._shapes import Json, documents_in, in_old_shape
from omni.sandbox._workspace import Workspace


@dataclass(frozen=True)
class ApiRequest:
    """A request that the contract allows."""

    workspace: Workspace
    parameters: Mapping[str, Any]
    """Parameters of path and query, by the contract's names."""
    body: Any
    """The JSON, or the fields of the form; None if the operation has no body."""
    link: Callable[[str, str], str]
    """Returns a link to a file, given the document's id and filename."""

    @property
    def lead(self) -> Json:
        """The lead that the path names, or a refusal."""
        return self.workspace.lead(self.parameters["leadId"])


Operation: TypeAlias = Callable[[ApiRequest], Any]


async def respond(operation: Operation, described: Mapping[str, Any], request: Request) -> Response:
    """Carry out an operation that the contract describes, and return the response that its result is sent as."""
    state = request.app.state
    link = partial(state.workspace.links.url, request)
    parameters = request.path_params | _query(request, described["parameters"])
    async with AsyncExitStack() as uploads:
        body = await _body(request, described["body"], uploads)
        result = operation(ApiRequest(state.workspace, parameters, body, link))
        # Uploaded files stay open for as long as the workspace keeps them; only those of a refused request are closed.
        uploads.pop_all()
    status = described["success"]["status"]
    if result is None:
        return Response(status_code=status)
    result = deepcopy(result)
    for document in documents_in(result):
        if "signedUrl" in document:
            document["signedUrl"] = link(document["id"], document["filename"])
    return JSONResponse(in_old_shape(result, fault_name(request.scope)), status)


def _query(request: Request, parameters: Mapping[str, Any]) -> dict[str, Any]:
    documented = {name: parameter for name, parameter in parameters.items() if parameter["in"] == "query"}
    schema = {
        "properties": {name: parameter["schema"] for name, parameter in documented.items()},
        "required": [name for name, parameter in documented.items() if parameter["required"]],
    }
    query = _with_types(request.query_params, schema)
    check(query, schema, root="The query")
    return query


async def _body(request: Request, body: Mapping[str, Any] | None, uploads: AsyncExitStack) -> Any:
    if body is None:
        return None
    if body["media_type"] == "multipart/form-data":
        # Starlette keeps small files in memory and large ones on disk.
        form = await _Upload(request.scope, request.receive).form()
        uploads.push_async_callback(form.close)
        value: Any = _with_types(form, body["schema"])
    else:
        value = parse_json(await request.body())
    check(value, body["schema"])
    return value


def _with_types(fields: ImmutableMultiDict[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a query or form with the types that its schema names; of a repeated field, the last value."""
    values: dict[str, Any] = {}
    properties = resolve(schema).get("properties", {})
    for name in fields:
        field_schema = resolve(properties.get(name, {}))
        if "array" in field_schema.get("type", ()):
            values[name] = [parse_text(element, field_schema["items"]) for element in fields.getlist(name)]
        else:
            values[name] = parse_text(fields[name], field_schema)
    return values


class _Upload(Request):
    """A form whose files are closed if the client hangs up, which older Starlettes do on this error alone."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in super().stream():
                yield chunk
        except ClientDisconnect:  # see Kludex/starlette#2925
            raise MultiPartException("The request ended early.") from None
