"""Bodies are unpacked to their very end, in small steps, and held in memory up to a bound."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from omni_client.api.leads import get_lead
from wire import LEAD_JSON, Answer, Wire, answer, trickle_body

import omni
from omni._transport import response_body

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
Start = Callable[..., Wire]

ID = "a9d0a790-201b-47e9-84ed-cc7eed1270c5"
HALF = len(LEAD_JSON) // 2


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


MEMBERS = gzip.compress(LEAD_JSON[:HALF]) + gzip.compress(b"") + gzip.compress(LEAD_JSON[HALF:])

PACKED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(LEAD_JSON)),
    "gzip of several members": ("gzip", MEMBERS),
    "gzip with padding": ("gzip", MEMBERS + b"\0" * 7),
    "x-gzip": ("X-GZIP", MEMBERS),
    "deflate": ("deflate", zlib.compress(LEAD_JSON)),
    "deflate without a header": ("deflate", raw_deflate(LEAD_JSON)),
    "twice": ("deflate, gzip", gzip.compress(zlib.compress(LEAD_JSON))),
    "nothing": ("", LEAD_JSON),
    "identity": ("identity", LEAD_JSON),
    "no compression": ("aws-chunked, utf-8", LEAD_JSON),
    "no compression and one": ("aws-chunked,gzip", MEMBERS),
}


def bytewise(body: bytes, **headers: str) -> Answer:
    """An answer whose body comes in chunks of one byte."""
    chunks = b"".join(b"1\r\n%b\r\n" % body[each : each + 1] for each in range(len(body))) + b"0\r\n\r\n"
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n{lines}\r\n".encode()
    return lambda connection: connection.sendall(head + chunks)


async def read(client: Any, kind: str, method: str = "GET") -> bytes:
    """The body of a stream, read in one go."""
    if kind == "Client":
        with client.http._blocking.stream(method, "/x") as response:
            return bytes(response.read())
    async with client.http.stream(method, "/x") as response:
        return bytes(await response.aread())


async def pieces(client: Any, kind: str, size: int | None = None) -> list[bytes]:
    """The pieces of a stream."""
    if kind == "Client":
        with client.http._blocking.stream("GET", "/x") as response:
            return [*response.iter_bytes(size)]
    async with client.http.stream("GET", "/x") as response:
        return [piece async for piece in response.aiter_bytes(size)]


async def raw_lead(client: Any, kind: str) -> Any:
    """The lead by the generated client."""
    response = (
        get_lead.sync(ID, client=client.raw) if kind == "Client" else await get_lead.asyncio(ID, client=client.raw)
    )
    return response.lead.id  # type: ignore[union-attr]


BYTEWISE = ["gzip of several members", "deflate without a header", "twice", "nothing"]


@pytest.mark.parametrize(
    ("name", "way"), [*((name, answer) for name in PACKED), *((name, bytewise) for name in BYTEWISE)]
)
async def test_a_body_comes_whole(make: Make, wire: Start, kind: str, name: str, way: Any) -> None:
    """However it is packed, and whoever reads it."""
    encoding, body = PACKED[name]
    server = wire(way(body=body, content_encoding=encoding))

    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)
        response = await client.http.get("/x")
        found = {await read(client, kind), b"".join(await pieces(client, kind)), response.content}
        sizes = {len(piece) for piece in (await pieces(client, kind, 100))[:-1]}
        generated = await raw_lead(client, kind)

    assert lead.to_dict() == response.json() == json.loads(LEAD_JSON)
    assert found == {LEAD_JSON}
    assert (sizes, generated) == ({100}, ID)


BROKEN: dict[str, tuple[str, bytes]] = {
    "cut gzip": ("gzip", gzip.compress(LEAD_JSON)[:-1]),
    "gzip cut after the JSON": ("gzip", gzip.compress(LEAD_JSON)[:-8]),
    "cut in the second member": ("gzip", MEMBERS[:-20]),
    "cut in the head of a member": ("gzip", gzip.compress(LEAD_JSON) + b"\x1f"),
    "garbage after a member": ("gzip", gzip.compress(LEAD_JSON) + b"garbage"),
    "wrong checksum": ("gzip", gzip.compress(LEAD_JSON)[:-8] + b"\0" * 8),
    "cut deflate": ("deflate", zlib.compress(LEAD_JSON)[:-1]),
    "cut deflate without a header": ("deflate", raw_deflate(LEAD_JSON)[:-1]),
    "one byte of deflate": ("deflate", b"\x78"),
    "cut inside": ("deflate, gzip", gzip.compress(zlib.compress(LEAD_JSON)[:-1])),
    "packed six times": (", ".join(["gzip"] * 6), gzip.compress(LEAD_JSON)),
}


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("name", BROKEN)
async def test_a_packed_body_that_is_not_whole_is_an_error(make: Make, wire: Start, kind: str, name: str) -> None:
    """Half of the data is no data: a read fails, and a write has an unknown outcome."""
    encoding, body = BROKEN[name]
    server = wire(answer(body=body, content_encoding=encoding))

    async with make(base_url=server.url, attempts=2) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.leads.get(ID)
        for way in (client.http.get("/x"), read(client, kind), pieces(client, kind), raw_lead(client, kind)):
            with pytest.raises(omni.APIConnectionError):
                await way
        for way in (client.leads.create(first_name="Ada"), client.http.post("/x"), read(client, kind, "POST")):
            with pytest.raises(omni.OutcomeUnknownError):
                await way

    assert (type(caught.value), caught.value.attempts) == (omni.APIConnectionError, 2)


async def test_no_body_needs_no_unpacking(make: Make, wire: Start) -> None:
    """A HEAD has the headers of a packed body, and none."""
    server = wire(answer(body=b"", content_encoding="gzip"))

    async with make(base_url=server.url) as client:
        assert (await client.http.head("/x")).content == b""


async def test_the_raw_bytes_of_a_stream_stay_packed(make: Make, wire: Start, kind: str) -> None:
    """What httpx calls raw is as it came."""
    server = wire(answer(body=MEMBERS, content_encoding="gzip"))

    async with make(base_url=server.url) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/x") as response:
                found = b"".join(response.iter_raw())
        else:
            async with client.http.stream("GET", "/x") as response:
                found = b"".join([piece async for piece in response.aiter_raw()])

    assert found == MEMBERS


# Bounds.

BOMB = gzip.compress(gzip.compress(b" " * 60_000_000))  # 60 KB that are 60 MB; once more, 1 KB


def endless(connection: Any) -> None:
    """Chunks without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


LARGE: dict[str, Answer] = {
    "packed": answer(body=gzip.compress(b" " * 1_000_000), content_encoding="gzip"),
    "packed twice": answer(body=BOMB, content_encoding="gzip, gzip"),
    "plain": answer(body=b" " * 1_000_000),
    "in chunks": bytewise(b" " * 10_001),
    "endless": endless,
    "a refusal": answer(400, body=b" " * 1_000_000),
}


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("name", LARGE)
async def test_a_body_over_the_bound_is_an_error_that_names_the_setting(
    make: Make, wire: Start, kind: str, name: str
) -> None:
    """It is asked for once, not three times; a write has an unknown outcome; copies have the bound too."""
    server = wire(LARGE[name])

    async with make(base_url=server.url, max_response_bytes=10_000).with_options(timeout=20) as client:
        for way in (client.leads.get(ID), client.http.get("/x"), read(client, kind)):
            with pytest.raises(omni.APIConnectionError, match="max_response_bytes") as caught:
                await way
            assert (type(caught.value), caught.value.attempts) == (omni.APIConnectionError, 1)
        for way in (client.leads.create(first_name="Ada"), read(client, kind, "POST")):
            with pytest.raises(omni.OutcomeUnknownError, match="max_response_bytes"):
                await way

    assert len(server.requests) == 5


async def test_a_body_within_the_bound(make: Make, wire: Start) -> None:
    """The bound is that of the unpacked bytes, and is reached by one more."""
    server = wire(answer(body=gzip.compress(LEAD_JSON), content_encoding="gzip"))

    async with make(base_url=server.url, max_response_bytes=len(LEAD_JSON)) as client:
        assert (await client.leads.get(ID)).id == ID
    async with make(base_url=server.url, max_response_bytes=len(LEAD_JSON) - 1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)


async def test_a_stream_is_not_bounded_and_its_steps_are(make: Make, wire: Start, kind: str) -> None:
    """Sixty megabytes come out of a kilobyte, a quarter of a megabyte at a time."""
    server = wire(answer(body=BOMB, content_encoding="gzip, gzip"))

    async with make(base_url=server.url, max_response_bytes=10_000) as client:
        sizes = [len(piece) for piece in await pieces(client, kind)]

    assert len(BOMB) < 2_000
    assert sum(sizes) == 60_000_000
    assert max(sizes) <= response_body.STEP


def test_a_bomb_takes_no_memory(wire: Start) -> None:
    """Neither when it is refused, nor step by step."""
    server = wire(answer(body=BOMB, content_encoding="gzip, gzip"))

    with omni.Client(base_url=server.url, api_key="k", max_response_bytes=1_000_000) as client:
        tracemalloc.start()
        with pytest.raises(omni.APIConnectionError):
            client.http.get("/x")
        with client.http.stream("GET", "/x") as response:
            total = sum(len(piece) for piece in response.iter_bytes())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert (total, peak < 8_000_000) == (60_000_000, True)


async def test_responses_of_other_transports(make: Make) -> None:
    """What a transport has unpacked by itself, or made a class of its own, is left as it is."""

    class Theirs(httpx.Response):
        """A class of somebody else's."""

    responses = iter(
        [
            httpx.Response(200, content=MEMBERS, headers={"content-encoding": "x"}),
            Theirs(200, text="{}", headers={"content-encoding": "x"}),
        ]
    )

    async with make(transport=httpx.MockTransport(lambda request: next(responses))) as client:
        first, second = await client.http.get("/x"), await client.http.get("/x")

    assert (first.read(), b"".join(first.iter_bytes(7)), await first.aread()) == (MEMBERS,) * 3
    assert [piece async for piece in first.aiter_bytes()] == [MEMBERS]
    assert type(second) is Theirs


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
async def test_a_streamed_write_that_ends_early_has_an_unknown_outcome(make: Make, wire: Start, kind: str) -> None:
    """The status came, and may be the last that came of a write that was done."""
    server = wire(trickle_body)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await read(client, kind, "POST")
