"""One client across processes: forks at any moment, and refusal to be copied or pickled."""

import copy
import multiprocessing
import os
import pickle
import pkgutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from calls import CALLS, make_client
from canaries import LEAD_ID
from connections import busy_connections, ignore_abandoned_connections
from server import LEAD_IDS, Port

import omni

GET = CALLS[0]


@pytest.mark.usefixtures("way")
def test_new_process_uses_nothing_of_its_parent(port: Port) -> None:
    """A client whose owner is another process uses no connection, no request and no lock of that process."""
    with ignore_abandoned_connections(), make_client("Client", port.url) as client:
        client.leads.get(LEAD_ID)
        pool = client.http._transport._pool
        client.http._owner = (os.getpid() + 1, None)
        with pool._optional_thread_lock:
            client.leads.get(LEAD_ID)

        assert len(pool.connections) == 1
    assert port.connections == 2


def forking(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that forks."""
    needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
    return needs_fork(pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")(test))


@pytest.mark.usefixtures("way")
@forking
def test_threads_of_forked_child_use_new_connections(port: Port) -> None:
    """The first calls of a child come from many threads at once, and none takes a connection of the parent."""
    with make_client("Client", port.url) as client:
        client.leads.get(LEAD_ID)
        child = os.fork()
        if child == 0:
            with ThreadPoolExecutor(16) as threads:
                ids = list(threads.map(lambda lead_id: client.leads.get(lead_id).id, LEAD_IDS[:16]))
            os._exit(0 if ids == LEAD_IDS[:16] else 1)
        code = wait_for_exit(child)
        connections = port.connections
        client.leads.get(LEAD_ID)

    assert code == 0
    assert connections > 1
    assert port.connections == connections  # the parent still has its own


@pytest.mark.usefixtures("way")
@forking
def test_forks_during_calls_do_not_block_children(port: Port) -> None:
    """Connections and locks that other threads of the parent use do not stop a child."""
    is_over = threading.Event()

    def get_repeatedly(lead_id: str) -> None:
        while not is_over.is_set():
            assert client.leads.get(lead_id).checklist == ()

    with make_client("Client", port.url) as client, ThreadPoolExecutor(16) as threads:
        futures = [threads.submit(get_repeatedly, lead_id) for lead_id in LEAD_IDS[:16]]
        children = [fork_and_get(client) for _ in range(20)]
        codes = [wait_for_exit(child) for child in children]
        is_over.set()
        for future in futures:
            future.result()

    assert codes == [0] * 20


@forking
def test_fork_during_stream_leaves_it_to_the_parent(port: Port) -> None:
    """The child can close the parent's stream, and the parent still reads it to its end."""
    with make_client("Client", port.url) as client:
        with client.http.stream("GET", GET.path) as response:
            code = wait_for_exit(fork_and_get(client, response.close))
            body = response.read()
        assert busy_connections(client) == []

    assert code == 0
    assert body == GET.body


@forking
@pytest.mark.parametrize(
    "function",
    [
        "omni._transport.sockets.connection_pool.abandon_connections",
        "omni_client.models.LeadRecord.from_dict",
        "omni_client.models.LeadDetails.from_dict",
        "omni_client.models.ActionLog.from_dict",
    ],
)
def test_fork_waits_for_the_first_call(port: Port, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """A thread that drops stale connections or imports modules holds locks, which a child could never release."""
    has_begun, is_over = threading.Event(), threading.Event()
    original = pkgutil.resolve_name(function)

    def slow(*args: Any, **options: Any) -> Any:
        has_begun.set()
        time.sleep(0.1)
        result = original(*args, **options)
        is_over.set()
        return result

    def get_raw_lead() -> None:
        lead = client.leads.get(LEAD_ID)
        assert lead.raw, lead.action_logs[0].raw

    with make_client("Client", port.url) as client, ThreadPoolExecutor(1) as threads:
        with monkeypatch.context() as patch:
            patch.setattr(function, slow)
            patch.setattr("omni._views.base._built_models", set())
            future = threads.submit(get_raw_lead)
            assert has_begun.wait(5)
        child = fork_and_get(client)
        assert is_over.is_set()
        code = wait_for_exit(child)
        future.result()

    assert code == 0


@forking
def test_fork_while_a_lead_is_read_does_not_block_the_child(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither cookies nor cached properties have a lock, which the child could never release."""
    has_begun, is_over = threading.Event(), threading.Event()

    def slow(*data: Any) -> tuple[Any, ...]:
        has_begun.set()
        assert is_over.wait(20)
        return ()

    with make_client("Client", port.url) as client, ThreadPoolExecutor(1) as threads:

        def read_checklist() -> None:
            with client.http.cookies.jar._cookies_lock:
                assert lead.checklist == ()

        lead = client.leads.get(LEAD_ID)
        with monkeypatch.context() as patch:
            patch.setattr(omni.Lead.checklist, "_read", slow)
            future = threads.submit(read_checklist)
            assert has_begun.wait(5)
        code = wait_for_exit(fork_and_get(client))
        is_over.set()
        future.result()

    assert code == 0


def fork_and_get(client: Any, finish: Callable[[], object] = int) -> int:
    """Fork a child that gets a lead, or is ended by an alarm; return its process id."""
    child = os.fork()
    if child == 0:
        code = 1
        sys.settrace(None)  # coverage has a lock too
        try:
            signal.alarm(10)
            lead = client.leads.get(LEAD_IDS[20])
            finish()
            is_right = lead.id == LEAD_IDS[20] and lead.checklist == ()
            code = 0 if is_right and len(client.http._transport._pool.connections) == 1 else 2
        finally:
            os._exit(code)
    return child


def wait_for_exit(child: int) -> int:
    """Wait for a child, and return its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


COPIES: dict[str, Callable[[Any], Any]] = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": pickle.dumps}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_client_cannot_be_copied(kind: str, way: str) -> None:
    """Neither a client nor its parts can be copied; the message names the alternatives."""
    client = make_client(kind, "https://omni.example.com")

    for part in (client, client.http):
        with pytest.raises(omni.UsageError, match=r"one in each process.*with_options"):
            COPIES[way](part)
    with pytest.raises(omni.UsageError, match="one in each process"):
        pickle.dumps(client.leads)


def test_client_cannot_be_sent_to_another_process() -> None:
    """Multiprocessing raises the reason before it starts a process."""
    with make_client("Client", "https://omni.example.com") as client:
        process = multiprocessing.get_context("spawn").Process(target=print, args=(client,))
        with pytest.raises(omni.UsageError, match="one in each process"):
            process.start()
