"""Brotli and zstandard bodies, with invented packages that behave as the real ones, and with those if installed."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from omni._transport import response_body

BODY = bytes(range(256)) * 40


class Broken(Exception):
    """The error of the invented packages."""


class Doubler:
    """Decompresses each byte to two; the body begins with ``(`` and ends with ``)``."""

    max_input = 0

    def __init__(self) -> None:
        self.eof = False
        self.unused_data = b""
        self._has_begun = False

    def _double(self, data: bytes) -> bytes:
        type(self).max_input = max(type(self).max_input, len(data))
        if not self._has_begun:
            if data[:1] != b"(":
                raise Broken
            self._has_begun, data = True, data[1:]
        packed, self.eof, self.unused_data = (data, False, b"") if b")" not in data else _split(data)
        return b"".join(bytes([byte, byte]) for byte in packed)


class Zstandard(Doubler):
    """As in zstandard: data after the end is kept."""

    def decompress(self, data: bytes) -> bytes:
        return self._double(data)


class Brotli(Doubler):
    """As in brotli: data after the end is an error."""

    def process(self, data: bytes) -> bytes:
        body = self._double(data)
        if self.unused_data:
            raise Broken
        return body

    def is_finished(self) -> bool:
        return self.eof


def _split(data: bytes) -> tuple[bytes, bool, bytes]:
    packed, _, rest = data.partition(b")")
    return packed, True, rest


class Brotli12(Brotli):
    """As in brotli 1.2: the output can be limited, and the rest is asked for."""

    _rest = b""

    def can_accept_more_data(self) -> bool:
        raise AssertionError("it says yes too early, seen in 1.2.1")

    def process(self, data: bytes, output_buffer_limit: int = 0) -> bytes:
        body = self._rest + super().process(data)
        self._rest = body[output_buffer_limit:]
        return body[:output_buffer_limit]

    def is_finished(self) -> bool:
        return self.eof and not self._rest


class BrotliCFFI(Brotli):
    """As in brotlicffi: with another name for the same method."""

    process = None  # type: ignore[assignment]

    def decompress(self, data: bytes) -> bytes:
        return Brotli.process(self, data)


@pytest.fixture(params=["brotli", "brotli 1.2", "brotlicffi", "zstandard"])
def encoding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The encoding of an invented package."""
    for name in ("brotli", "brotlicffi", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    decoder = {"brotli": Brotli, "brotli 1.2": Brotli12, "brotlicffi": BrotliCFFI, "zstandard": Zstandard}[
        request.param
    ]
    module = SimpleNamespace(
        Decompressor=decoder,
        error=Broken,
        ZstdError=Broken,
        ZstdDecompressor=lambda: SimpleNamespace(decompressobj=decoder),
    )
    monkeypatch.setitem(sys.modules, request.param.partition(" ")[0], module)
    return "zstd" if request.param == "zstandard" else "br"


def decompress(encoding: str, *parts: bytes) -> bytes:
    """The body of a response that arrives in these parts."""
    response = httpx.Response(200, headers={"content-encoding": encoding}, stream=_Parts(parts))
    response_body.limit_body(response, 1e9)
    return response.read()


class _Parts(httpx.SyncByteStream):
    def __init__(self, parts: tuple[bytes, ...]) -> None:
        self._parts = parts

    def __iter__(self) -> Any:
        return iter(self._parts)


def test_bodies_are_decompressed_a_few_bytes_at_a_time(encoding: str) -> None:
    """These decoders cannot limit their output, and a byte may expand to many."""
    assert decompress(encoding, b"(" + b"ab" * 400 + b")") == b"aabb" * 400
    assert decompress(encoding, b"(a", b"", b"b)") == b"aabb"
    assert decompress(encoding, b"()") == decompress(encoding) == b""
    assert max(decoder.max_input for decoder in (Brotli, BrotliCFFI, Zstandard)) <= 64


@pytest.mark.parametrize("parts", [(b"(ab",), (b"ab)",), (b"(a)b",), (b"(" + b"a" * 20 + b")", b"b")])
def test_incomplete_or_invalid_bodies_are_errors(encoding: str, parts: tuple[bytes, ...]) -> None:
    """So is one that goes on after its end."""
    with pytest.raises(httpx.DecodingError):
        decompress(encoding, *parts)


def test_zstandard_bodies_may_have_several_frames(encoding: str) -> None:
    """They are one body; brotli has no such thing."""
    if encoding == "br":
        with pytest.raises(httpx.DecodingError):
            decompress(encoding, b"(a)", b"(b)")
    else:
        assert decompress(encoding, b"(a)(b)", b"(c", b")") == b"aabbcc"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress"])
def test_bodies_stay_compressed_without_the_package(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in httpx, which does not ask for such encodings."""
    for name in ("brotli", "brotlicffi", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)

    assert decompress(encoding, b"packed") == b"packed"


@pytest.mark.parametrize(("module", "encoding"), [("brotli", "br"), ("brotlicffi", "br"), ("zstandard", "zstd")])
def test_installed_packages_decompress_correctly(module: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one chunk, byte by byte, and cut anywhere."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    if module == "brotlicffi":
        monkeypatch.setitem(sys.modules, "brotli", None)
    package = import_module(module)
    packed = package.ZstdCompressor().compress(BODY) if encoding == "zstd" else package.compress(BODY)

    assert decompress(encoding, packed) == BODY
    assert decompress(encoding, *(packed[at : at + 1] for at in range(len(packed)))) == BODY
    for end in range(1, len(packed), 7):
        with pytest.raises(httpx.DecodingError):
            decompress(encoding, packed[:end])
    with pytest.raises(httpx.DecodingError):
        decompress(encoding, packed + b"garbage")
