"""Bodies packed by compressions that are not installed here, or may be: brotli and zstandard, as far as we use them."""

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
    """What the invented decompressors raise."""


class Doubler:
    """Packs two bytes as one, begins with ``(`` and ends with ``)``; takes a few bytes at a time."""

    most = 0

    def __init__(self) -> None:
        self.eof = False
        self.unused_data = b""
        self._has_begun = False

    def _double(self, data: bytes) -> bytes:
        type(self).most = max(type(self).most, len(data))
        if not self._has_begun:
            if data[:1] != b"(":
                raise Broken
            self._has_begun, data = True, data[1:]
        packed, self.eof, self.unused_data = (data, False, b"") if b")" not in data else _split(data)
        return b"".join(bytes([each, each]) for each in packed)


class Zstandard(Doubler):
    """As zstandard has it: what follows the end is kept."""

    def decompress(self, data: bytes) -> bytes:
        return self._double(data)


class Brotli(Doubler):
    """As brotli has it: what follows the end is an error."""

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
    """As brotli 1.2 has it: it can be held back, and is asked for the rest."""

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
    """As brotlicffi has it: with another name for the same."""

    process = None  # type: ignore[assignment]

    def decompress(self, data: bytes) -> bytes:
        return Brotli.process(self, data)


@pytest.fixture(params=["brotli", "brotli 1.2", "brotlicffi", "zstandard"])
def encoding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The encoding that an invented package unpacks."""
    for name in ("brotli", "brotlicffi", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    kind = {"brotli": Brotli, "brotli 1.2": Brotli12, "brotlicffi": BrotliCFFI, "zstandard": Zstandard}[request.param]
    module = SimpleNamespace(
        Decompressor=kind, error=Broken, ZstdError=Broken, ZstdDecompressor=lambda: SimpleNamespace(decompressobj=kind)
    )
    monkeypatch.setitem(sys.modules, request.param.partition(" ")[0], module)
    return "zstd" if request.param == "zstandard" else "br"


def unpacked(encoding: str, *parts: bytes) -> bytes:
    """What is made of a body that comes in these parts."""
    response = httpx.Response(200, headers={"content-encoding": encoding}, stream=_Parts(parts))
    response_body.limit_body(response, 1e9)
    return response.read()


class _Parts(httpx.SyncByteStream):
    def __init__(self, parts: tuple[bytes, ...]) -> None:
        self._parts = parts

    def __iter__(self) -> Any:
        return iter(self._parts)


def test_a_body_is_unpacked_a_few_bytes_at_a_time(encoding: str) -> None:
    """Since these compressions cannot be held back, and a byte may stand for many."""
    assert unpacked(encoding, b"(" + b"ab" * 400 + b")") == b"aabb" * 400
    assert unpacked(encoding, b"(a", b"", b"b)") == b"aabb"
    assert unpacked(encoding, b"()") == unpacked(encoding) == b""
    assert max(kind.most for kind in (Brotli, BrotliCFFI, Zstandard)) <= 64


@pytest.mark.parametrize("parts", [(b"(ab",), (b"ab)",), (b"(a)b",), (b"(" + b"a" * 20 + b")", b"b")])
def test_a_body_that_is_cut_or_broken(encoding: str, parts: tuple[bytes, ...]) -> None:
    """What is not whole, or goes on with something else, is an error."""
    with pytest.raises(httpx.DecodingError):
        unpacked(encoding, *parts)


def test_several_frames_of_zstandard(encoding: str) -> None:
    """They are one body; brotli has no such thing."""
    if encoding == "br":
        with pytest.raises(httpx.DecodingError):
            unpacked(encoding, b"(a)", b"(b)")
    else:
        assert unpacked(encoding, b"(a)(b)", b"(c", b")") == b"aabbcc"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress"])
def test_what_is_not_installed_is_left_packed(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As httpx does, which does not ask for it."""
    for name in ("brotli", "brotlicffi", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)

    assert unpacked(encoding, b"packed") == b"packed"


@pytest.mark.parametrize(("module", "encoding"), [("brotli", "br"), ("brotlicffi", "br"), ("zstandard", "zstd")])
def test_the_real_thing(module: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is installed: whole, bytewise, and cut anywhere."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    if module == "brotlicffi":
        monkeypatch.setitem(sys.modules, "brotli", None)
    package = import_module(module)
    packed = package.ZstdCompressor().compress(BODY) if encoding == "zstd" else package.compress(BODY)

    assert unpacked(encoding, packed) == BODY
    assert unpacked(encoding, *(packed[at : at + 1] for at in range(len(packed)))) == BODY
    for end in range(1, len(packed), 7):
        with pytest.raises(httpx.DecodingError):
            unpacked(encoding, packed[:end])
    with pytest.raises(httpx.DecodingError):
        unpacked(encoding, packed + b"garbage")
