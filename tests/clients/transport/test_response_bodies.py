"""Response bodies are decompressed to their very end, in small steps, and held in memory up to a limit."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from omni_client.api.leads import get_lead
from wire import LEAD_JSON, Reply, Wire, reply, trickle_body

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

COMPRESSED: dict[str, tuple[str, bytes]] = {
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


def bytewise(body: bytes, **headers: str) -> Reply:
    """A response whose body arrives in chunks of one byte."""
    chunks = b"".join(b"1\r\n%b\r\n" % body[start : start + 1] for start in range(len(body))) + b"0\r\n\r\n"
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


async def chunks_of(client: Any, kind: str, size: int | None = None) -> list[bytes]:
    """The chunks of a stream."""
    if kind == "Client":
        with client.http._blocking.stream("GET", "/x") as response:
            return [*response.iter_bytes(size)]
    async with client.http.stream("GET", "/x") as response:
        return [chunk async for chunk in response.aiter_bytes(size)]


async def raw_lead(client: Any, kind: str) -> Any:
    """The lead from the generated client."""
    response = (
        get_lead.sync(ID, client=client.raw) if kind == "Client" else await get_lead.asyncio(ID, client=client.raw)
    )
    return response.lead.id  # type: ignore[union-attr]


BYTEWISE = ["gzip of several members", "deflate without a header", "twice", "nothing"]


@pytest.mark.parametrize(
    ("name", "way"), [*((name, reply) for name in COMPRESSED), *((name, bytewise) for name in BYTEWISE)]
)
async def test_compressed_bodies_arrive_complete(make: Make, wire: Start, kind: str, name: str, way: Any) -> None:
    """However they are compressed, and whoever reads them."""
    encoding, body = COMPRESSED[name]
    server = wire(way(body=body, content_encoding=encoding))

    async with make(base_url=server.url) as client:
        lead = await client.leads.get(ID)
        response = await client.http.get("/x")
        bodies = {await read(client, kind), b"".join(await chunks_of(client, kind)), response.content}
        sizes = {len(chunk) for chunk in (await chunks_of(client, kind, 100))[:-1]}
        generated = await raw_lead(client, kind)

    assert lead.to_dict() == response.json() == json.loads(LEAD_JSON)
    assert bodies == {LEAD_JSON}
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
    "compressed six times": (", ".join(["gzip"] * 6), gzip.compress(LEAD_JSON)),
}


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("name", BROKEN)
async def test_incomplete_compressed_bodies_are_errors(make: Make, wire: Start, kind: str, name: str) -> None:
    """A read fails, and a write has an unknown outcome."""
    encoding, body = BROKEN[name]
    server = wire(reply(body=body, content_encoding=encoding))

    async with make(base_url=server.url, attempts=2) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.leads.get(ID)
        for way in (client.http.get("/x"), read(client, kind), chunks_of(client, kind), raw_lead(client, kind)):
            with pytest.raises(omni.APIConnectionError):
                await way
        for way in (client.leads.create(first_name="Ada"), client.http.post("/x"), read(client, kind, "POST")):
            with pytest.raises(omni.OutcomeUnknownError):
                await way

    assert (type(caught.value), caught.value.attempts) == (omni.APIConnectionError, 2)


async def test_head_requests_need_no_decompression(make: Make, wire: Start) -> None:
    """They have the headers of a compressed body, and no body."""
    server = wire(reply(body=b"", content_encoding="gzip"))

    async with make(base_url=server.url) as client:
        assert (await client.http.head("/x")).content == b""


async def test_raw_bytes_stay_compressed(make: Make, wire: Start, kind: str) -> None:
    """iter_raw() yields what arrived."""
    server = wire(reply(body=MEMBERS, content_encoding="gzip"))

    async with make(base_url=server.url) as client:
        if kind == "Client":
            with client.http._blocking.stream("GET", "/x") as response:
                body = b"".join(response.iter_raw())
        else:
            async with client.http.stream("GET", "/x") as response:
                body = b"".join([chunk async for chunk in response.aiter_raw()])

    assert body == MEMBERS


# Limits.

BOMB = gzip.compress(gzip.compress(b" " * 60_000_000))  # 60 KB that are 60 MB; once more, 1 KB


def endless(connection: Any) -> None:
    """Send chunks without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


LARGE: dict[str, Reply] = {
    "compressed": reply(body=gzip.compress(b" " * 1_000_000), content_encoding="gzip"),
    "compressed twice": reply(body=BOMB, content_encoding="gzip, gzip"),
    "plain": reply(body=b" " * 1_000_000),
    "in chunks": bytewise(b" " * 10_001),
    "endless": endless,
    "a refusal": reply(400, body=b" " * 1_000_000),
}


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
@pytest.mark.parametrize("name", LARGE)
async def test_bodies_over_the_limit_name_the_setting(make: Make, wire: Start, kind: str, name: str) -> None:
    """They are requested once, not three times; a write has an unknown outcome; copies have the limit too."""
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


async def test_limit_counts_decompressed_bytes(make: Make, wire: Start) -> None:
    """A body of exactly that size is accepted, and one byte more is not."""
    server = wire(reply(body=gzip.compress(LEAD_JSON), content_encoding="gzip"))

    async with make(base_url=server.url, max_response_bytes=len(LEAD_JSON)) as client:
        assert (await client.leads.get(ID)).id == ID
    async with make(base_url=server.url, max_response_bytes=len(LEAD_JSON) - 1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.leads.get(ID)


async def test_streams_are_unlimited_in_limited_steps(make: Make, wire: Start, kind: str) -> None:
    """A kilobyte expands to sixty megabytes, a quarter of a megabyte at a time."""
    server = wire(reply(body=BOMB, content_encoding="gzip, gzip"))

    async with make(base_url=server.url, max_response_bytes=10_000) as client:
        sizes = [len(chunk) for chunk in await chunks_of(client, kind)]

    assert len(BOMB) < 2_000
    assert sum(sizes) == 60_000_000
    assert max(sizes) <= response_body.STEP


def test_compression_bombs_take_no_memory(wire: Start) -> None:
    """Neither when one is refused, nor when it is streamed."""
    server = wire(reply(body=BOMB, content_encoding="gzip, gzip"))

    with omni.Client(base_url=server.url, api_key="k", max_response_bytes=1_000_000) as client:
        tracemalloc.start()
        with pytest.raises(omni.APIConnectionError):
            client.http.get("/x")
        with client.http.stream("GET", "/x") as response:
            total = sum(len(chunk) for chunk in response.iter_bytes())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert (total, peak < 8_000_000) == (60_000_000, True)


async def test_responses_of_other_transports_stay_as_they_are(make: Make) -> None:
    """If a transport has decompressed a body itself, or has its own response class."""

    class OtherResponse(httpx.Response):
        """A response class of a transport."""

    responses = iter(
        [
            httpx.Response(200, content=MEMBERS, headers={"content-encoding": "x"}),
            OtherResponse(200, text="{}", headers={"content-encoding": "x"}),
        ]
    )

    async with make(transport=httpx.MockTransport(lambda request: next(responses))) as client:
        first, second = await client.http.get("/x"), await client.http.get("/x")

    assert (first.read(), b"".join(first.iter_bytes(7)), await first.aread()) == (MEMBERS,) * 3
    assert [chunk async for chunk in first.aiter_bytes()] == [MEMBERS]
    assert type(second) is OtherResponse


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
async def test_streamed_writes_that_end_early_have_an_unknown_outcome(make: Make, wire: Start, kind: str) -> None:
    """The status arrived, and the write may have been carried out."""
    server = wire(trickle_body)

    async with make(base_url=server.url, timeout=0.5) as client:
        with pytest.raises(omni.OutcomeUnknownError):
            await read(client, kind, "POST")
