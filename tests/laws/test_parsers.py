"""Any input, from a server or a caller, is read or refused: no exception but OmniError is raised."""

import json
import math
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
from hypothesis import example, given, strategies as st
from shapes import ANYTHING, JSON, SCHEMAS, TEXTS, shape

import omni
from omni import settings
from omni._operations import drift, effects
from omni._operations.contract import contract
from omni._operations.registry import OPERATIONS

SECRET = "canary-4711"

# Input from a server.

CALLS: list[Callable[[omni.Client], object]] = [
    lambda client: client.leads.get("lead-1"),
    lambda client: client.leads.create(first_name="Ada", checklist_items=[{"code": "a", "value": 1}]),
    lambda client: client.leads.update("lead-1", last_name="Sample"),
    lambda client: client.leads.checklist("lead-1"),
    lambda client: client.leads.documents("lead-1"),
    lambda client: client.leads.action_logs("lead-1"),
    lambda client: client.leads.add_checklist_item("lead-1", label="Statement", field_type="FILE"),
    lambda client: client.documents.get("doc-1"),
    lambda client: client.documents.upload("lead-1", ("a.txt", b"abc")),
    lambda client: client.analytics.get(),
    lambda client: [*client.analytics.iter_leads(max_items=3)],
]

BODIES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"[" * 100_000, b"1" * 5000, b"\xff\xfe{\x00", b'{"error":' * 2000, b"NaN", b'"\\ud800"', b"null"]
    ),
    (JSON | shape("LeadDetails") | shape("Document") | st.lists(shape("ActionLog"), max_size=2)).map(
        lambda body: json.dumps(body).encode()
    ),
    st.dictionaries(st.sampled_from(["message", "error", "success"]), JSON, min_size=1).map(
        lambda body: json.dumps({**body, "detail": SECRET}).encode()
    ),
)

HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["retry-after", "content-type", "content-encoding", "location", "set-cookie", "content-length", "x-any"]
        ),
        st.sampled_from(["gzip", "br", "deflate", "application/json; charset=utf-16", "text/html; charset=\\", "-1"])
        | st.text(st.characters(max_codepoint=255), max_size=10),
    ),
    max_size=3,
)

STATUSES = st.sampled_from([200, 200, 201, 204, 302, 400, 401, 404, 422, 429, 500, 503]) | st.integers(0, 999)


def outcome_of(call: Callable[[], object]) -> object:
    """Return what a call returns, or the OmniError that it raises."""
    try:
        return call()
    except omni.OmniError as error:
        return error


class _Body(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content


@given(st.sampled_from(CALLS), STATUSES, HEADERS, BODIES)
@example(CALLS[0], 400, [], b'{"error":' * 2000)
@example(CALLS[0], 200, [], b"[" * 100_000)
@example(CALLS[0], 200, [], SECRET.encode())
@example(CALLS[9], 200, [("content-encoding", "gzip")], b"not gzip")
def test_any_response_is_read_or_raises_omni_error(
    call: Callable[[omni.Client], object], status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    """For any status, headers and body, an error can be read, printed and pickled, and shows nothing of the body."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    transport = httpx.MockTransport(lambda request: httpx.Response(status, headers=raw, stream=_Body(body)))
    with omni.Client(api_key="key-under-test", transport=transport, attempts=1) as client:
        outcome = outcome_of(lambda: call(client))

    if isinstance(outcome, omni.OmniError):
        assert SECRET not in f"{outcome} {outcome!r}"
        assert str(pickle.loads(pickle.dumps(outcome))) == str(outcome)
        check_properties(outcome)


def check_properties(error: omni.OmniError) -> None:
    """Check the types of what an error derives from its response."""
    if isinstance(error, omni.APIStatusError):
        assert isinstance(error.server_message, str)
        assert error.retry_after is None or 0 <= error.retry_after < math.inf
    if isinstance(error, omni.APIStatusError | omni.InvalidResponseError):
        assert isinstance(error.body, str | dict | list | int | float | None)


@given(
    st.sampled_from([*SCHEMAS.keys() - {"Error"}]),
    JSON | shape("LeadDetails") | st.floats(),
)
def test_drift_compares_any_json(schema: str, value: Any) -> None:
    """Comparing any JSON with the contract raises nothing, and a difference shows names but no values."""
    for difference in drift.differences(value, schema) if schema in contract()["schemas"] else ():
        assert difference.kind in {"unknown key", "unknown value", "wrong type", "wrong format", "missing key"}
        assert "@" not in difference.path + difference.detail
        assert "+1" not in difference.path + difference.detail


@given(BODIES, st.sampled_from([operation.path for operation in OPERATIONS.values()]))
def test_drift_compares_any_body(body: bytes, path: str) -> None:
    """Comparing any body with the contract raises nothing, also if it is not JSON."""
    assert isinstance(drift.body_differences(body, path), tuple)


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    TEXTS | st.sampled_from([operation.path for operation in OPERATIONS.values()]),
    BODIES,
)
def test_any_request_has_effects(method: str, path: str, body: bytes) -> None:
    """Any request has effects that the spec names; only a GET may have no effect but ``read``."""
    request_effects = effects.effects_of(method, path, body)

    assert request_effects
    assert request_effects <= effects.EFFECTS
    assert method == "GET" or request_effects - {"read"}


# Input from a caller.

OPTIONS = st.dictionaries(st.sampled_from(["timeout", "attempts", "allow"]), ANYTHING, max_size=2)
HOSTS = st.text(max_size=10) | st.text("abé☃ß.-_[]:@0123xn\\%", max_size=12)
PORTS = st.sampled_from(["", ":80", ":0", ":99999", ":x"])
PATHS = st.sampled_from(["", "/", "/a/", "?a", "#"])
SCHEMES = st.sampled_from(["http://", "https://", "HTTP://", "ftp://"])
URLS = st.text() | st.builds("{}{}{}{}".format, SCHEMES, HOSTS, PORTS, PATHS)


@given(ANYTHING | st.text(st.characters(max_codepoint=126), min_size=1), ANYTHING | URLS, OPTIONS)
@example("key", "http://☃.example.com", {})
@example("key", "http://[::1]:8080", {})
def test_any_settings_make_a_client_or_are_refused(api_key: Any, base_url: Any, options: dict[str, Any]) -> None:
    """Any key, URL and options work, or are refused before anything is sent by an error that hides the key."""
    hosts: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        assert request.headers["x-api-key"] == api_key
        return httpx.Response(200, json={"lead": {"id": "x"}})

    def get() -> str:
        transport = httpx.MockTransport(respond)
        with omni.Client(api_key=api_key, base_url=base_url, transport=transport, **options) as client:
            client.leads.get("x")
        return client.http.base_url.host

    host = outcome_of(get)

    if isinstance(host, omni.UsageError):
        assert not hosts
        assert len(str(api_key)) < 8 or str(api_key) not in str(host)
    elif not isinstance(host, omni.APITimeoutError):  # the timeout was that short
        assert hosts == [host]
        assert host


KEYS = st.from_regex(
    """[^"'`]|[^"'`].*[^"'`]""", fullmatch=True, alphabet=st.characters(min_codepoint=33, max_codepoint=126)
)


@given(KEYS, st.sampled_from(["http://", "https://", "HTTPS://"]), PORTS)
def test_ordinary_settings_are_accepted(key: str, scheme: str, port: str) -> None:
    """A key of visible characters that is not in quotes, and a URL with a host, are never refused."""
    port = port if port in {"", ":80"} else ":8080"
    resolved = settings.Settings.resolve(key, f"{scheme}api.example.com{port}/v9/")

    assert (resolved.api_key, resolved.base_url) == (key, f"{scheme.lower()}api.example.com{port}/v9")


@given(st.from_regex(re.compile(settings._ORDINARY, re.ASCII | re.IGNORECASE), fullmatch=True))
def test_ordinary_addresses_need_no_repair(url: str) -> None:
    """What is not compared with the patterns of invalid addresses matches none of them."""
    assert settings._find_repair(url) == ""


@given(ANYTHING, ANYTHING)
def test_any_timeout_and_attempts_are_positive_or_refused(timeout: Any, attempts: Any) -> None:
    """A timeout is above zero, attempts are at least one, and anything else raises UsageError."""
    with suppress(omni.UsageError):
        assert settings.checked_timeout(timeout) > 0
    with suppress(omni.UsageError):
        assert settings.checked_attempts(attempts) >= 1
