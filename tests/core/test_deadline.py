"""The deadline of blocking code limits every single socket operation."""

import socket
import ssl
import time
from typing import Any
from unittest.mock import Mock

import httpcore
import httpx
import pytest

from omni._transport.runtime import Runtime
from omni._transport.sockets.connection_pool import find_instances
from omni._transport.sockets.deadline import GuardedBackend


class Recorder(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A backend and stream that record their timeouts."""

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
    """Perform each operation once."""
    stream = (
        GuardedBackend(recorder)
        .connect_tcp("127.0.0.1", 1, timeout)
        .start_tls(ssl.create_default_context(), None, timeout)
    )
    stream.read(1, timeout)
    stream.write(b"x", timeout)


def test_addresses_of_a_host_share_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket module would give each of them the whole time; the last failure is raised."""
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 1)) for number in (1, 2, 3)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: addresses)
    recorder = Recorder()
    monkeypatch.setattr(recorder, "connect_tcp", lambda host, *args: recorder.refuse(host))

    with Runtime.deadline(5), pytest.raises(httpcore.ConnectError, match=r"127\.0\.0\.3"):
        GuardedBackend(recorder).connect_tcp("x.example.com", 1)


def test_failed_name_lookups_are_failed_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the name is unknown or invalid."""
    for result in (socket.gaierror("unknown"), UnicodeError("label too long")):
        monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=result))
        with pytest.raises(httpcore.ConnectError):
            GuardedBackend(Recorder()).connect_tcp("x.example.com", 1)


def test_unix_sockets_keep_to_the_deadline() -> None:
    """The kind of transport makes no difference."""
    recorder = Recorder()

    with Runtime.deadline(5):
        GuardedBackend(recorder).connect_unix_socket("/tmp/s", 60).read(1, 60)

    assert all(timeout is not None and timeout <= 5 for timeout in recorder.timeouts)


def test_large_bodies_are_written_in_slices() -> None:
    """Each slice gets the remaining time."""
    recorder = Recorder()

    GuardedBackend(recorder).connect_tcp("127.0.0.1", 1).write(b"x" * 200_000)

    assert len(recorder.timeouts) == 1 + 4


@pytest.mark.parametrize("timeout", [None, 60.0, 9.0])
def test_operations_wait_at_most_until_the_deadline(timeout: float | None) -> None:
    """Whatever timeout httpx requests."""
    recorder = Recorder()

    with Runtime.deadline(5):
        use(recorder, timeout)

    assert len(recorder.timeouts) == 4
    assert all(timeout is not None and 0 < timeout <= 5 for timeout in recorder.timeouts)


def test_shorter_timeouts_stay() -> None:
    """A deadline never makes an operation wait longer, and without one the timeout of httpx counts."""
    recorder = Recorder()

    with Runtime.deadline(5):
        use(recorder, 0.5)
    use(recorder, None)

    assert recorder.timeouts == [pytest.approx(0.5, abs=0.1)] * 4 + [None] * 4


def test_earliest_of_nested_deadlines_counts() -> None:
    """An inner block cannot extend the time of an outer one."""
    recorder = Recorder()

    with Runtime.deadline(0.5), Runtime.deadline(60):
        use(recorder, None)

    assert all(timeout is not None and timeout <= 0.5 for timeout in recorder.timeouts)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (lambda stream: stream.read(1), httpcore.ReadTimeout),
        (lambda stream: stream.write(b"x"), httpcore.WriteTimeout),
        (lambda stream: stream.start_tls(ssl.create_default_context()), httpcore.ConnectTimeout),
    ],
)
def test_nothing_is_attempted_after_the_deadline(operation: Any, error: type[Exception]) -> None:
    """The socket is not touched any more."""
    recorder = Recorder()
    stream = GuardedBackend(recorder).connect_tcp("127.0.0.1", 1)
    recorder.timeouts.clear()

    with Runtime.deadline(0), pytest.raises(error):
        operation(stream)

    assert recorder.timeouts == []


def test_backends_are_installed_in_all_pools_of_httpx() -> None:
    """The pools of the client and of its proxies; a new httpx that moves them is noticed here."""
    with httpx.Client(proxy="http://127.0.0.1:1") as client:
        pools = find_instances((client._transport, *client._mounts.values()), httpcore.ConnectionPool)
        Runtime.install_backends(pools)
        Runtime.install_backends(pools)

    assert len(pools) == 2
    backends: list[Any] = [pool._network_backend for pool in pools]
    assert all(
        type(backend) is GuardedBackend and type(backend._backend) is httpcore.SyncBackend for backend in backends
    )


def test_large_bodies_are_sent_by_the_socket() -> None:
    """Each partial send has the remaining time, and fails with an error of the library."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream, start = GuardedBackend(httpcore.SyncBackend()).connect_tcp(*listener.getsockname()), time.monotonic()
        with Runtime.deadline(0.05), pytest.raises(httpcore.WriteTimeout):
            stream.write(bytes(50_000_000), 5)
        assert time.monotonic() - start < 3
        stream.get_extra_info("socket").shutdown(socket.SHUT_WR)
        with pytest.raises(httpcore.WriteError):
            stream.write(bytes(100_000), 60)
        stream.close()
