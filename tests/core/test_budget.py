"""The budget of blocking code is a cap on every single socket operation."""

import socket
import ssl
from typing import Any
from unittest.mock import Mock

import httpcore
import httpx
import pytest

from omni._transport.connection_pool import find_instances
from omni._transport.deadline import GuardedBackend
from omni._transport.runtime import Runtime


class Recorder(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A backend and stream that remember the timeouts they were given."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any) -> "Recorder":
        self.timeouts.append(timeout)
        return self

    def connect_unix_socket(self, path: str, timeout: float | None = None, *args: Any) -> "Recorder":
        self.timeouts.append(timeout)
        return self

    def refuse(self, host: str) -> "Recorder":
        raise httpcore.ConnectError(host)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        return b"x"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.timeouts.append(timeout)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Recorder":
        self.timeouts.append(timeout)
        return self


def use(recorder: Recorder, timeout: float | None) -> None:
    """One of each operation."""
    stream = (
        GuardedBackend(recorder)
        .connect_tcp("127.0.0.1", 1, timeout)
        .start_tls(ssl.create_default_context(), None, timeout)
    )
    stream.read(1, timeout)
    stream.write(b"x", timeout)


def test_every_address_of_a_host_shares_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket module would give each of them the whole time; the last failure is told."""
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 1)) for number in (1, 2, 3)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: addresses)
    recorder = Recorder()
    monkeypatch.setattr(recorder, "connect_tcp", lambda host, *args: recorder.refuse(host))

    with Runtime.deadline(5), pytest.raises(httpcore.ConnectError, match=r"127\.0\.0\.3"):
        GuardedBackend(recorder).connect_tcp("x.example.com", 1)


def test_a_host_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is unknown, or that is none, is a failed connection."""
    for result in (socket.gaierror("unknown"), UnicodeError("label too long")):
        monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=result))
        with pytest.raises(httpcore.ConnectError):
            GuardedBackend(Recorder()).connect_tcp("x.example.com", 1)


def test_a_unix_socket_is_guarded_too() -> None:
    """The kind of transport makes no difference."""
    recorder = Recorder()

    with Runtime.deadline(5):
        GuardedBackend(recorder).connect_unix_socket("/tmp/s", 60).read(1, 60)

    assert all(given is not None and given <= 5 for given in recorder.timeouts)


def test_a_large_body_is_sent_in_slices() -> None:
    """Each with what is left."""
    recorder = Recorder()

    GuardedBackend(recorder).connect_tcp("127.0.0.1", 1).write(b"x" * 200_000)

    assert len(recorder.timeouts) == 1 + 4


@pytest.mark.parametrize("timeout", [None, 60.0, 9.0])
def test_no_operation_waits_longer_than_what_is_left(timeout: float | None) -> None:
    """Whatever timeout httpx asks for."""
    recorder = Recorder()

    with Runtime.deadline(5):
        use(recorder, timeout)

    assert len(recorder.timeouts) == 4
    assert all(given is not None and 0 < given <= 5 for given in recorder.timeouts)


def test_a_shorter_timeout_stays() -> None:
    """A budget never makes anybody wait longer, and without one httpx's own word counts."""
    recorder = Recorder()

    with Runtime.deadline(5):
        use(recorder, 0.5)
    use(recorder, None)

    assert recorder.timeouts == [pytest.approx(0.5, abs=0.1)] * 4 + [None] * 4


def test_nested_budgets_never_grow() -> None:
    """The smaller one counts."""
    recorder = Recorder()

    with Runtime.deadline(0.5), Runtime.deadline(60):
        use(recorder, None)

    assert all(given is not None and given <= 0.5 for given in recorder.timeouts)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (lambda stream: stream.read(1), httpcore.ReadTimeout),
        (lambda stream: stream.write(b"x"), httpcore.WriteTimeout),
        (lambda stream: stream.start_tls(ssl.create_default_context()), httpcore.ConnectTimeout),
    ],
)
def test_when_nothing_is_left_nothing_is_tried(operation: Any, error: type[Exception]) -> None:
    """The socket is not touched any more."""
    recorder = Recorder()
    stream = GuardedBackend(recorder).connect_tcp("127.0.0.1", 1)
    recorder.timeouts.clear()

    with Runtime.deadline(0), pytest.raises(error):
        operation(stream)

    assert recorder.timeouts == []


def test_the_seam_into_httpx_is_there() -> None:
    """The guard reaches the pools of the client and of its proxies; a new httpx that moves them is noticed here."""
    with httpx.Client(proxy="http://127.0.0.1:1") as client:
        pools = find_instances((client._transport, *client._mounts.values()), httpcore.ConnectionPool)
        Runtime.install_backends(pools)
        Runtime.install_backends(pools)

    assert len(pools) == 2
    backends: list[Any] = [pool._network_backend for pool in pools]
    assert all(type(each) is GuardedBackend and type(each._backend) is httpcore.SyncBackend for each in backends)
