"""The sandbox fails on request, exactly as requested, and never otherwise."""

import contextlib
import gc
import logging
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_responses import BY_WORDS, KEY

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]
LEAD = f"/api/v1/leads/{IN_PROGRESS}"


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running() as server:
        yield server


@pytest.fixture
def server(running: sandbox.Sandbox, caplog: pytest.LogCaptureFixture) -> Iterator[sandbox.Sandbox]:
    """A sandbox in its first state, which logs no warning: a fault is not an error of the sandbox."""
    running.workspace.reset()
    with caplog.at_level(logging.WARNING):
        yield running
    assert caplog.messages == []


@pytest.fixture
def api(server: sandbox.Sandbox) -> Iterator[httpx.Client]:
    """A plain HTTP client that sends the key."""
    with httpx.Client(base_url=server.base_url, headers=KEY, trust_env=False, verify=False) as client:
        yield client


def get(api: httpx.Client, fault: str, path: str = LEAD) -> httpx.Response:
    return api.get(path, headers={"X-Sandbox-Fault": fault})


def create(api: httpx.Client, **headers: str) -> httpx.Response:
    return api.post("/api/v1/leads", json={"firstName": "Kim"}, headers=headers)


# In the header


@pytest.mark.parametrize("status", [400, 429, 500, 503, 520])
def test_status_refuses(api: httpx.Client, server: sandbox.Sandbox, status: int) -> None:
    """A status refuses, and the request is not carried out."""
    response = create(api, **{"X-Sandbox-Fault": str(status)})

    assert (response.status_code, response.headers.get("retry-after")) == (status, None)
    assert server.workspace.requests == []


def test_retry_after_of_a_status(api: httpx.Client) -> None:
    """A refusal has a Retry-After, in seconds or as a date."""
    date = "Wed, 25 Nov 2026 09:00:00 GMT"

    assert get(api, "429; retry-after=7").headers["retry-after"] == "7"
    assert get(api, f"503;retry-after={date}").headers["retry-after"] == date


def test_html_replaces_the_response(api: httpx.Client) -> None:
    """A page of HTML is a success, as from a captive portal, or an error, as from a gateway."""
    page = get(api, "html")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert get(api, "html; status=502").status_code == 502


def test_lost_request_is_not_carried_out(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A lost request is not carried out, and the connection closes without a byte."""
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        create(api, **{"X-Sandbox-Fault": "lost-request"})

    assert (len(server.workspace.leads), server.workspace.requests) == (len(BY_WORDS), [])


def test_request_of_a_lost_response_is_carried_out(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A request whose response is lost is carried out."""
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        create(api, **{"X-Sandbox-Fault": "lost-response"})

    assert len(server.workspace.leads) == len(BY_WORDS) + 1


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_drop_sends_so_many_bytes(api: httpx.Client, size: int) -> None:
    """A dropped response has its headers and exactly so many bytes."""
    with api.stream("GET", LEAD, headers={"X-Sandbox-Fault": f"drop; at={size}"}) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match=f"received {size} bytes"):
            response.read()


def test_drop_after_the_end_has_no_effect(api: httpx.Client) -> None:
    """A drop after the end of a response does not change it."""
    whole = get(api, "slow; seconds=0").content

    assert len(get(api, f"drop; at={len(whole)}").content) == len(whole)


def test_slow_response_is_complete(api: httpx.Client) -> None:
    """A slow response is complete, and sent in small chunks."""
    before = time.monotonic()
    with api.stream("GET", LEAD, headers={"X-Sandbox-Fault": "slow; seconds=0.2"}) as response:
        headers = time.monotonic()
        chunks = [len(chunk) for chunk in response.iter_raw()]

    assert len(chunks) > 5
    assert sum(chunks) == int(response.headers["content-length"])
    assert time.monotonic() - before >= 0.2 > headers - before


def test_slow_response_ends_when_nobody_reads_it(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A client that closes the connection gets no more chunks, so a server that stops need not wait for them."""
    with api.stream("GET", LEAD, headers={"X-Sandbox-Fault": "slow; seconds=4"}) as response:
        size = int(response.headers["content-length"])
    exchange = server.workspace.exchanges[-1]
    while not exchange.is_over:
        time.sleep(0.05)

    assert 0 < exchange.response.size < size


def test_stop_closes_the_connection_of_a_request_that_hangs() -> None:
    """A client that still waits when the sandbox stops is told, and no socket is left to the garbage collector."""
    running = contextlib.ExitStack()
    server = running.enter_context(sandbox.running())
    key = {"x-api-key": server.api_key, "x-sandbox-fault": "slow; seconds=200"}
    with (
        httpx.Client(base_url=server.base_url, trust_env=False, verify=False, timeout=20) as client,
        client.stream("GET", LEAD, headers=key) as response,
    ):
        running.close()
        with pytest.raises(httpx.TransportError):
            response.read()
    gc.collect()  # which would warn of a socket that is open


def test_fault_waits_for_its_method(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A planned fault of one method leaves requests of others alone."""
    server.fail_next("503; method=PUT")

    assert get(api, "").status_code == 200
    assert api.put("/api/v1/leads", json={"leadId": "x"}).status_code == 503


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ("nonsense", "'nonsense' is not a fault of the sandbox; these are: 400 … 599, html, lost-request,"),
        ("200", "is not a fault"),
        ("429; retry=7", "429 takes no retry=7; it takes retry-after, path, method."),
        ("drop; at=-1", "drop takes no at=-1; it takes at, path, method."),
        ("slow; seconds=", "slow takes no seconds=;"),
        ("html; status=700", "html takes no status=700;"),
        ("lost-response; at=1", "lost-response takes no at=1; it takes path, method."),
        ("503; path=files", "503 takes no path=files;"),
        ("old-documents", f"old-documents does not fit GET {LEAD}"),
        ("503; path=/files/", f"503; path=/files/ does not fit GET {LEAD}"),
    ],
)
def test_wrong_fault_is_refused(api: httpx.Client, server: sandbox.Sandbox, fault: str, refused: str) -> None:
    """A fault that is unknown or does not fit is a 400 that names the faults or options."""
    response = get(api, fault.encode())  # type: ignore[arg-type]

    assert response.status_code == 400
    assert refused in response.json()["error"]["message"]


# From Python


def test_planned_faults_are_used_in_order(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """Each request takes one planned fault, until none is left."""
    server.fail_next("503", times=2)
    server.fail_next("429; retry-after=0")
    assert server.workspace.faults == ["503", "503", "429; retry-after=0"]

    assert [api.get(LEAD).status_code for _ in range(4)] == [503, 503, 429, 200]
    assert server.workspace.faults == []


def test_planned_fault_waits_for_a_request_that_fits(
    api: httpx.Client, fetch: httpx.Client, server: sandbox.Sandbox
) -> None:
    """A planned fault waits for a request that it fits, and the header of a request has priority."""
    server.fail_next("503; path=/files/")
    server.fail_next("old-documents")
    lead = api.get(LEAD)

    assert lead.status_code == 200
    assert [fetch.get(lead.json()["documents"][0]["signedUrl"]).status_code for _ in range(2)] == [503, 200]
    assert get(api, "500", f"{LEAD}/documents").status_code == 500
    assert "documentType" in api.get(f"{LEAD}/documents").json()[0]["metadata"]
    assert server.workspace.faults == []


def test_unknown_fault_cannot_be_planned(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """An unknown fault cannot be planned, and one that is put into the list directly is refused."""
    with pytest.raises(ValueError, match="'tired' is not a fault of the sandbox"):
        server.fail_next("tired")

    server.workspace.faults.append("tired")
    assert api.get(LEAD).status_code == 400


# Links and files


def test_expired_link_as_a_fault(api: httpx.Client, fetch: httpx.Client, server: sandbox.Sandbox) -> None:
    """A response can have links that have expired, or a link can expire when it is used; a new one works."""
    url = get(api, "expired-link").json()["documents"][0]["signedUrl"]
    assert fetch.get(url).status_code == 403

    link = api.get(LEAD).json()["documents"][0]["signedUrl"]
    server.fail_next("expired-link")
    first, second = fetch.get(link), fetch.get(link)
    assert (first.status_code, "Request has expired" in first.text, second.status_code) == (403, True, 200)


def test_dropped_file_can_be_resumed(api: httpx.Client, fetch: httpx.Client, server: sandbox.Sandbox) -> None:
    """A file can be dropped anywhere, and fetched from there."""
    document_id = server.workspace.add_document(IN_PROGRESS, "huge.bin", size=2 << 30)
    url = api.get(f"/api/v1/documents/{document_id}").json()["signedUrl"]
    server.fail_next("drop; at=3000000")
    received = bytearray()
    with fetch.stream("GET", url) as response, pytest.raises(httpx.RemoteProtocolError, match="3000000 bytes"):
        deque(map(received.extend, response.iter_raw()), maxlen=0)
    rest = fetch.get(
        url, headers={"range": f"bytes={len(received)}-{len(received) + 9}", "if-range": response.headers["etag"]}
    )

    assert (len(received), rest.status_code, len(rest.content)) == (3_000_000, 206, 10)


# Older shapes


def test_flat_lead(api: httpx.Client) -> None:
    """Get Lead can respond in the flat shape of October 2025."""
    now, then = api.get(LEAD).json(), get(api, "flat").json()

    keys = "id name email phoneNumber businessName status activitySummary actionLogs nextFollowUp lastAction"
    assert list(then) == keys.split()
    assert (then["name"], then["phoneNumber"], then["status"]) == ("Ada Sample", "2025550101", now["status"])
    assert then["actionLogs"][0].keys() == {"id", "type", "status", "summary", "scheduledAt"}
    assert then["nextFollowUp"]["id"] == now["nextFollowUp"]["id"]
    assert get(api, "flat", f"/api/v1/leads/{BY_WORDS['nothing but an id']}").json()["name"] is None


def test_old_documents(api: httpx.Client, fetch: httpx.Client) -> None:
    """Get Lead Documents can respond as in October 2025, with links that work."""
    documents: list[dict[str, Any]] = get(api, "old-documents", f"{LEAD}/documents").json()

    assert documents[0].keys() == {"id", "filename", "mimeType", "size", "metadata", "signedUrl", "createdAt"}
    assert documents[0]["metadata"].keys() == {"documentType", "extractionStatus", "lastProcessed"}
    assert fetch.get(documents[0]["signedUrl"]).status_code == 200


def test_old_action_logs(api: httpx.Client) -> None:
    """Get Lead Action Logs can respond as in October 2025."""
    logs = get(api, "old-action-logs", f"{LEAD}/action-logs").json()

    keys = "id type status summary input output messages createdAt completedAt"
    assert list(logs[0]) == keys.split()
