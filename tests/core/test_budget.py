"""The budget of blocking code is a cap on every single socket operation."""

import ssl
from typing import Any

import httpcore
import pytest

from omni._budget import Budget, _Backend
from omni._http import httpx


class Recorder(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A backend and stream that remember the timeouts they were given."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any) -> "Recorder":
        self.timeouts.append(timeout)
        return self

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
        _Backend(recorder).connect_tcp("127.0.0.1", 1, timeout).start_tls(ssl.create_default_context(), None, timeout)
    )
    stream.read(1, timeout)
    stream.write(b"x", timeout)


@pytest.mark.parametrize("timeout", [None, 60.0, 9.0])
def test_no_operation_waits_longer_than_what_is_left(timeout: float | None) -> None:
    """Whatever timeout httpx asks for."""
    recorder = Recorder()

    with Budget.of(5):
        use(recorder, timeout)

    assert len(recorder.timeouts) == 4
    assert all(given is not None and 0 < given <= 5 for given in recorder.timeouts)


def test_a_shorter_timeout_stays() -> None:
    """A budget never makes anybody wait longer, and without one httpx's own word counts."""
    recorder = Recorder()

    with Budget.of(5):
        use(recorder, 0.5)
    use(recorder, None)

    assert recorder.timeouts == [0.5] * 4 + [None] * 4


def test_nested_budgets_never_grow() -> None:
    """The smaller one counts."""
    recorder = Recorder()

    with Budget.of(0.5), Budget.of(60):
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
    stream = _Backend(recorder).connect_tcp("127.0.0.1", 1)
    recorder.timeouts.clear()

    with Budget.of(0), pytest.raises(error):
        operation(stream)

    assert recorder.timeouts == []


def test_the_seam_into_httpx_is_there() -> None:
    """The guard reaches the pools of the client and of its proxies; a new httpx that moves them is noticed here."""
    with httpx.Client(proxy="http://127.0.0.1:1") as client:
        Budget.guard(client)
        Budget.guard(client)
        pools: list[Any] = [client._transport._pool, *(each._pool for each in client._mounts.values())]  # type: ignore[attr-defined, union-attr]

    assert len(pools) == 2
    assert all(type(pool._network_backend) is _Backend for pool in pools)
    assert all(type(pool._network_backend._backend) is httpcore.SyncBackend for pool in pools)
