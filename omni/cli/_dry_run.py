"""What a write would send, captured on its way out, so that it went through all checks; printed as curl, redacted.

Rule of this file: what is shown is on a list. The key and whatever a person could be known by are not.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any

import httpx

from omni._views.json_values import as_dict, as_list
from omni.cli._options import Options
from omni.cli._plain import as_json

if TYPE_CHECKING:
    import omni

_SHOWN = frozenset({"leadId", "leadChecklistItemId", "code", "status", "fieldType", "assigneeType", "type"})
"""The keys whose texts are ids and words of vocabularies."""

_HIDDEN = "…"

_SANDBOX = "http://127.0.0.1:8080"
"""Where `omni sandbox` is."""


class _Captor(httpx.BaseTransport):
    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        # What each write takes for a success, so that an upload goes on to its next request.
        is_json = request.headers["content-type"] == "application/json"
        thing = {"id": as_dict(json.loads(request.content)).get("leadId", "1") if is_json else "1"}
        documents = [thing for part in _parts(request) if part.filename]
        return httpx.Response(200, json={"lead": thing, "checklistItem": thing, "documents": documents})


def captured(options: Options, write: Callable[["omni.Client"], object]) -> list[httpx.Request]:
    """The requests that a write would send; none is sent, and no key is needed."""
    import omni

    captor, base_url = _Captor(), _SANDBOX if options.sandbox else options.base_url
    with omni.Client(api_key="unused", base_url=base_url, transport=captor) as client:
        write(client)
    return captor.requests


def as_curl(request: httpx.Request) -> str:
    """The request as a command of a shell, which takes the key from its environment."""
    head = [f"curl --request {request.method} {quote(str(request.url))}", '--header "x-api-key: $OMNI_API_KEY"']
    return " \\\n  ".join([*head, *_body(request)])


def _body(request: httpx.Request) -> Iterator[str]:
    for part in _parts(request):
        if part.filename:
            media_type = part.headers["Content-Type"]
            yield f"--form {quote(f'{part.name}=@{_HIDDEN};type={media_type}')}"
        else:
            yield f"--form-string {quote(f'{part.name}={_redacted(part.file, part.name)}')}"
    if request.headers["content-type"] == "application/json":
        yield "--header 'content-type: application/json'"
        yield f"--data {quote(as_json(_redacted(json.loads(request.content))))}"


def _parts(request: httpx.Request) -> Sequence[Any]:
    """The parts of an upload, whose files stay unread."""
    form = getattr(request.stream, "_stream", None)  # what omni._async.uploads puts around the body of httpx
    return getattr(form, "fields", ())


def _redacted(value: Any, key: str = "") -> Any:
    if named := as_dict(value):
        return {name: _redacted(each, name) for name, each in named.items()}
    if many := as_list(value):
        return [_redacted(each, key) for each in many]
    return _HIDDEN if isinstance(value, str) and key not in _SHOWN else value
