"""No id changes where a request goes: what cannot stand in a path is refused before anything is sent."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
import pytest
from hypothesis import example, given, strategies as st

import omni
from omni._operations import registry
from omni._operations.contract import contract, loggable_path
from omni._operations.ids import checked_id
from omni._transport.request_checks import same_origin

BASES = ["https://api.example.com", "https://api.example.com/omni/v9"]
BODY = {"label": "Bank statement", "fieldType": "FILE"}
IDS = st.text(max_size=20) | st.text("./\\%25eE?#:@&=;,+ \t\n\0ab~‥．。é", max_size=8)
WITH_ID = [each for each in registry.OPERATIONS.values() if "{" in each.path]
KNOWN = {"", "…", *(word for each in registry.OPERATIONS.values() for word in each.path.split("/"))}


@pytest.fixture(scope="module", params=BASES)
def client(request: pytest.FixtureRequest) -> Iterator[omni.Client]:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    with omni.Client(api_key="key-under-test", base_url=request.param, transport=transport) as client:
        yield client


def parts(path: str | bytes) -> list[bytes]:
    """The segments of a path, as a server reads them."""
    raw = path.encode(errors="surrogatepass") if isinstance(path, str) else path
    return [unquote_to_bytes(each) for each in re.split(b"[?#]", raw)[0].split(b"/")]


def base_of(client: omni.Client) -> list[bytes]:
    """The segments of the base URL's path."""
    return parts(client.http.base_url.raw_path.rstrip(b"/"))


@pytest.mark.parametrize("operation", WITH_ID, ids=lambda each: each.path)
@given(IDS)
@example("..")
@example("a/../../b")
@example("%2e%2e")
@example("\ud800")
def test_id_is_one_path_segment(operation: Any, client: omni.Client, id: str) -> None:
    """Any text is refused, or is the segment of its placeholder, and the rest of the URL stays."""
    name = "document_id" if "{documentId}" in operation.path else "lead_id"
    arguments = {name: id, **({"body": BODY} if contract()["operations"][operation.id]["body"] else {})}
    try:
        request = client.http.build_request(**operation.request(**arguments))
    except omni.UsageError:
        return

    wanted = [id.encode() if word.startswith("{") else word.encode() for word in operation.path.split("/")]
    assert parts(request.url.raw_path) == base_of(client) + wanted[1:]
    assert (request.url.query, request.url.fragment, request.url.host) == (b"", "", "api.example.com")
    assert loggable_path(request.url.path) == operation.path


@pytest.mark.parametrize("operation", WITH_ID, ids=lambda each: each.path)
@given(st.from_regex("[A-Za-z0-9_.~-]{1,40}", fullmatch=True).filter(lambda each: each not in {".", ".."}))
@example("a9d0a790-201b-47e9-84ed-cc7eed1270c5")
def test_usual_ids_are_accepted(operation: Any, client: omni.Client, id: str) -> None:
    """They are never refused, and are in the path unchanged."""
    arguments = {
        re.findall(r"{(\w+)Id}", operation.path)[0] + "_id": id,
        **({"body": BODY} if contract()["operations"][operation.id]["body"] else {}),
    }

    request = client.http.build_request(**operation.request(**arguments))

    assert request.url.path.endswith(re.sub("{.*?}", id, operation.path))


@given(IDS | st.none() | st.integers() | st.binary() | st.lists(st.text()))
def test_any_object_is_an_id_or_refused(id: Any) -> None:
    """It is the same text afterwards, or a UsageError."""
    with suppress(omni.UsageError):
        assert checked_id("lead_id", id) is id


@pytest.mark.parametrize("template", ["/api/v1/leads/{}", "api/v1/leads/{}/checklist", "/{}", "api.v1/{}/{}"])
@given(IDS)
@example("..")
@example("%2E%2e")
@example("..\\..")
def test_path_given_to_http_is_kept_or_refused(template: str, client: omni.Client, id: str) -> None:
    """With any text in a path of ``client.http``, no segment is folded, added or lost."""
    url = template.format(id, id)
    try:
        request = client.http.build_request("GET", url)
    except omni.UsageError:
        return

    assert parts(request.url.raw_path) == base_of(client) + parts(url.removeprefix("/"))
    assert not {b".", b".."} & {*parts(request.url.raw_path)}
    assert request.url.host == "api.example.com"


STARTS = ["/", "//", "https:///", "https://u@/", "https://:443/", "leads:", "https://api.example.com/"]
STARTS += ["https://user@API.example.com:443/", "HTTPS://api.example.com:443/"]


@given(st.sampled_from(STARTS), IDS)
@example("https:///", "a/../..")
@example("https://u@/", "a/../..")
@example("leads:", "batch")
@example("//", "/evil.example.com/a")
@example("https://api.example.com/", "a/../b")
@example("https://api.example.com", "@evil.example.com/..")
def test_url_given_to_http_is_kept_or_refused(client: omni.Client, start: str, rest: str) -> None:
    """Any URL is refused, or goes to another origin, or keeps all segments of its path."""
    try:
        request = client.http.build_request("GET", start + rest)
    except omni.UsageError:
        return

    if same_origin(request.url, client.http.base_url):  # elsewhere the key is not sent
        path = parts(re.sub("^(?i:https://([^/?#]*@)?api.example.com(:[0-9]*)?)", "", start + rest))
        found = parts(request.url.raw_path)
        assert found in (path, base_of(client) + path[1:])


@given(st.lists(st.sampled_from(sorted(KNOWN)) | IDS, max_size=8).map("/".join) | st.text())
def test_logged_path_has_no_id(path: str) -> None:
    """Of any path, a log shows only segments of the contract."""
    assert {*loggable_path(path).split("/")} <= KNOWN
