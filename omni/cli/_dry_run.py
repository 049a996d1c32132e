"""What a write would send, captured after all checks and printed as curl, redacted.

Rule of this file: values are shown by allow-list. The key and whatever could identify a person are not on it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from shlex import quote
from typing import TYPE_CHECKING, Any

import httpx

from omni._views.json_values import as_dict, as_list
from omni.cli._options import Options
from omni.cli._output import as_json
from omni.cli._profiles import resolve_credentials
from omni.errors import InvalidResponseError

if TYPE_CHECKING:
    import omni

_SHOWN_KEYS = frozenset({"leadId", "leadChecklistItemId", "code", "status", "fieldType", "assigneeType", "type"})
"""The keys whose texts are ids and enum values."""

_HIDDEN = "…"

_SANDBOX_URL = "http://127.0.0.1:8080"
"""The address of `omni sandbox`."""


class _CapturingTransport(httpx.BaseTransport):
    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        documents = [{"id": "1"} for part in _parts(request) if part.filename]
        return httpx.Response(200, json={"documents": documents})  # a success, so an upload sends its next request


def capture_requests(options: Options, write: Callable[["omni.Client"], object]) -> list[httpx.Request]:
    """The requests that a write would send; none is sent, and no key is needed."""
    import omni

    transport = _CapturingTransport()
    base_url = _SANDBOX_URL if options.sandbox else resolve_credentials(options).base_url
    with (
        omni.Client(api_key="unused", base_url=base_url, transport=transport) as client,
        suppress(InvalidResponseError),  # what all writes but an upload make of that response
    ):
        write(client)
    return transport.requests


def as_curl(request: httpx.Request) -> str:
    """The request as a shell command, which takes the key from the environment."""
    head = [f"curl --request {request.method} {quote(str(request.url))}", '--header "x-api-key: $OMNI_API_KEY"']
    return " \\\n  ".join([*head, *_body(request)])


def _body(request: httpx.Request) -> Iterator[str]:
    for part in _parts(request):
        if part.filename:
            media_type = part.headers["Content-Type"]
            yield f"--form {quote(f'{part.name}=@{_HIDDEN};type={media_type}')}"
        else:
            yield f"--form-string {quote(f'{part.name}={_redact(part.file, part.name)}')}"
    if request.headers.get("content-type") == "application/json":
        yield "--header 'content-type: application/json'"
        yield f"--data {quote(as_json(_redact(json.loads(request.content))))}"


def _parts(request: httpx.Request) -> Sequence[Any]:
    """The parts of an upload, whose files stay unread."""
    form = getattr(request.stream, "_stream", None)  # omni._sync.uploads wraps the multipart body of httpx
    return getattr(form, "fields", ())


def _redact(value: Any, key: str = "") -> Any:
    if fields := as_dict(value):
        return {name: _redact(field, name) for name, field in fields.items()}
    if elements := as_list(value):
        return [_redact(element, key) for element in elements]
    return _HIDDEN if isinstance(value, str) and key not in _SHOWN_KEYS else value
