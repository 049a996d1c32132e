"""The sandbox fails when it is told to, in just the way that it is told, and at no other time."""

import logging
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from answers import BY_WORDS, KEY

from omni import sandbox

IN_PROGRESS = BY_WORDS["in progress with files missing"]
LEAD = f"/api/v1/leads/{IN_PROGRESS}"


@pytest.fixture(scope="module")
def running() -> Iterator[sandbox.Sandbox]:
    with sandbox.running() as server:
        yield server


@pytest.fixture
def server(running: sandbox.Sandbox, caplog: pytest.LogCaptureFixture) -> Iterator[sandbox.Sandbox]:
    """A sandbox as it is at the start, which never complains: a fault is no mistake."""
    running.workspace.reset()
    with caplog.at_level(logging.WARNING):
        yield running
    assert caplog.messages == []


@pytest.fixture
def api(server: sandbox.Sandbox) -> Iterator[httpx.Client]:
    """A plain HTTP client that sends the key."""
    with httpx.Client(base_url=server.base_url, headers=KEY, trust_env=False) as client:
        yield client


def get(api: httpx.Client, fault: str, path: str = LEAD) -> httpx.Response:
    return api.get(path, headers={"X-Sandbox-Fault": fault})


def create(api: httpx.Client, **headers: str) -> httpx.Response:
    return api.post("/api/v1/leads", json={"firstName": "Kim"}, headers=headers)


# In the header


@pytest.mark.parametrize("status", [400, 429, 500, 503, 520])
def test_status(api: httpx.Client, server: sandbox.Sandbox, status: int) -> None:
    """A status is a refusal without anything done."""
    response = create(api, **{"X-Sandbox-Fault": str(status)})

    assert (response.status_code, response.headers.get("retry-after")) == (status, None)
    assert server.workspace.requests == []


def test_retry_after(api: httpx.Client) -> None:
    """A refusal says when to come again, in seconds or by date."""
    date = "Wed, 25 Nov 2026 09:00:00 GMT"

    assert get(api, "429; retry-after=7").headers["retry-after"] == "7"
    assert get(api, f"503;retry-after={date}").headers["retry-after"] == date


def test_html(api: httpx.Client) -> None:
    """A page of HTML comes as a success, as of a captive portal, or as a gateway's refusal."""
    page = get(api, "html")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert get(api, "html; status=502").status_code == 502


def test_lost_request(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A lost request is not carried out, and the connection ends without a byte."""
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        create(api, **{"X-Sandbox-Fault": "lost-request"})

    assert (len(server.workspace.leads), server.workspace.requests) == (len(BY_WORDS), [])


def test_lost_answer(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A request whose answer is lost is carried out all the same."""
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        create(api, **{"X-Sandbox-Fault": "lost-response"})

    assert len(server.workspace.leads) == len(BY_WORDS) + 1


@pytest.mark.parametrize("place", [0, 1, 1000])
def test_drop(api: httpx.Client, place: int) -> None:
    """A dropped answer has its headers and just so many bytes."""
    with api.stream("GET", LEAD, headers={"X-Sandbox-Fault": f"drop; at={place}"}) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match=f"received {place} bytes"):
            response.read()


def test_drop_behind_the_end(api: httpx.Client) -> None:
    """A drop behind the end of an answer does nothing to it."""
    whole = get(api, "slow; seconds=0").content

    assert len(get(api, f"drop; at={len(whole)}").content) == len(whole)


def test_slow(api: httpx.Client) -> None:
    """A slow answer comes whole, in small pieces."""
    before = time.monotonic()
    with api.stream("GET", LEAD, headers={"X-Sandbox-Fault": "slow; seconds=0.2"}) as response:
        headers = time.monotonic()
        pieces = [len(piece) for piece in response.iter_raw()]

    assert len(pieces) > 5
    assert sum(pieces) == int(response.headers["content-length"])
    assert time.monotonic() - before >= 0.2 > headers - before


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("nonsense", "'nonsense' is not a fault of the sandbox; these are: 400 … 599, html, lost-request,"),
        ("200", "is not a fault"),
        ("429; retry=7", "429 takes no retry=7; it takes retry-after, path."),
        ("drop; at=-1", "drop takes no at=-1; it takes at, path."),
        ("slow; seconds=", "slow takes no seconds=;"),
        ("html; status=700", "html takes no status=700;"),
        ("lost-response; at=1", "lost-response takes no at=1; it takes path."),
        ("503; path=files", "503 takes no path=files;"),
        ("old-documents", f"old-documents does not fit {LEAD}"),
        ("503; path=/files/", f"503; path=/files/ does not fit {LEAD}"),
    ],
)
def test_strict(api: httpx.Client, server: sandbox.Sandbox, fault: str, words: str) -> None:
    """A fault that is not known or does not fit is a 400 that says what there is."""
    response = get(api, fault.encode())  # type: ignore[arg-type]

    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


# From Python


def test_planned(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """Planned faults are met one by one, and then it is over."""
    server.fail_next("503", times=2)
    server.fail_next("429; retry-after=0")
    assert server.workspace.faults == ["503", "503", "429; retry-after=0"]

    assert [api.get(LEAD).status_code for _ in range(4)] == [503, 503, 429, 200]
    assert server.workspace.faults == []


def test_planned_for_some(api: httpx.Client, fetch: httpx.Client, server: sandbox.Sandbox) -> None:
    """A planned fault waits for a request that it fits, and the header of a request goes before it."""
    server.fail_next("503; path=/files/")
    server.fail_next("old-documents")
    lead = api.get(LEAD)

    assert lead.status_code == 200
    assert [fetch.get(lead.json()["documents"][0]["signedUrl"]).status_code for _ in range(2)] == [503, 200]
    assert get(api, "500", f"{LEAD}/documents").status_code == 500
    assert "documentType" in api.get(f"{LEAD}/documents").json()[0]["metadata"]
    assert server.workspace.faults == []


def test_unknown_is_not_planned(api: httpx.Client, server: sandbox.Sandbox) -> None:
    """A fault that there is not cannot be planned, and one that is put into the list by hand is found out."""
    with pytest.raises(ValueError, match="'tired' is not a fault of the sandbox"):
        server.fail_next("tired")

    server.workspace.faults.append("tired")
    assert api.get(LEAD).status_code == 400


# Links and files


def test_expired_link(api: httpx.Client, fetch: httpx.Client, server: sandbox.Sandbox) -> None:
    """Links can be answered that have ended already, or one can end when it is used; a fresh one works."""
    url = get(api, "expired-link").json()["documents"][0]["signedUrl"]
    assert fetch.get(url).status_code == 403

    fresh = api.get(LEAD).json()["documents"][0]["signedUrl"]
    server.fail_next("expired-link")
    first, second = fetch.get(fresh), fetch.get(fresh)
    assert (first.status_code, "Request has expired" in first.text, second.status_code) == (403, True, 200)


def test_drop_a_large_file(api: httpx.Client, fetch: httpx.Client, server: sandbox.Sandbox) -> None:
    """A file can be cut anywhere, and be had from there on."""
    document_id = server.workspace.add_document(IN_PROGRESS, "huge.bin", size=2 << 30)
    url = api.get(f"/api/v1/documents/{document_id}").json()["signedUrl"]
    server.fail_next("drop; at=3000000")
    got = bytearray()
    with fetch.stream("GET", url) as response, pytest.raises(httpx.RemoteProtocolError, match="3000000 bytes"):
        deque(map(got.extend, response.iter_raw()), maxlen=0)
    rest = fetch.get(url, headers={"range": f"bytes={len(got)}-{len(got) + 9}", "if-range": response.headers["etag"]})

    assert (len(got), rest.status_code, len(rest.content)) == (3_000_000, 206, 10)


# Older shapes


def test_flat(api: httpx.Client) -> None:
    """Get Lead can answer in the flat shape of October 2025."""
    now, then = api.get(LEAD).json(), get(api, "flat").json()

    keys = "id name email phoneNumber businessName status activitySummary actionLogs nextFollowUp lastAction"
    assert list(then) == keys.split()
    assert (then["name"], then["phoneNumber"], then["status"]) == ("Ada Sample", "2025550101", now["status"])
    assert then["actionLogs"][0].keys() == {"id", "type", "status", "summary", "scheduledAt"}
    assert then["nextFollowUp"]["id"] == now["nextFollowUp"]["id"]
    assert get(api, "flat", f"/api/v1/leads/{BY_WORDS['nothing but an id']}").json()["name"] is None


def test_old_documents(api: httpx.Client, fetch: httpx.Client) -> None:
    """Get Lead Documents can answer as in October 2025, with links that work."""
    documents: list[dict[str, Any]] = get(api, "old-documents", f"{LEAD}/documents").json()

    assert documents[0].keys() == {"id", "filename", "mimeType", "size", "metadata", "signedUrl", "createdAt"}
    assert documents[0]["metadata"].keys() == {"documentType", "extractionStatus", "lastProcessed"}
    assert fetch.get(documents[0]["signedUrl"]).status_code == 200


def test_old_action_logs(api: httpx.Client) -> None:
    """Get Lead Action Logs can answer as in October 2025."""
    logs = get(api, "old-action-logs", f"{LEAD}/action-logs").json()

    keys = "id type status summary input output messages createdAt completedAt"
    assert list(logs[0]) == keys.split()
