"""Responses that are unpacked in small steps, to their very end, and held in memory up to a bound.

Theory of operation: httpx unpacks each piece that it received in one go, so that a kilobyte may become a gigabyte; it
stops after the first member of a gzip body (encode/httpx#3270), and takes a body that is cut for a whole one. Here a
decoder hands out at most ``STEP`` bytes at a time, and says at the end whether the end was reached.
"""

import math
import zlib
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from importlib import import_module
from typing import Any, Protocol

import httpx

from omni._transport.call import TooLarge

STEP = 1 << 18
"""Bytes that are unpacked at a time."""

MAX_ENCODINGS = 5
"""As many times may a body be compressed; curl's number."""


def bound(response: httpx.Response, most: float) -> None:
    """Make a response one that is unpacked here, and of which at most so many bytes are held in memory."""
    if type(response) is httpx.Response:
        response.__class__ = Response
        vars(response)["_most"] = most


class Response(httpx.Response):
    """A response of httpx's that reads its body with care."""

    _most: float = math.inf
    _is_held = False

    def read(self) -> bytes:
        """Read the body and keep it."""
        self._is_held = True
        return super().read()

    async def aread(self) -> bytes:
        """Read the body and keep it."""
        self._is_held = True
        return await super().aread()

    def iter_bytes(self, chunk_size: int | None = None) -> Generator[bytes]:
        """The unpacked body, piece by piece."""
        if self.is_stream_consumed:
            yield from super().iter_bytes(chunk_size)
            return
        try:
            body = self._unpacked(chunk_size)
            for raw in self.iter_raw():
                yield from body.add(raw)
            yield from body.end()
        except httpx.DecodingError as error:
            failure, body, raw = self._failure(error), None, b""  # the frame is part of the traceback
        else:
            return
        raise failure

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
        """The unpacked body, piece by piece."""
        if self.is_stream_consumed:
            async for chunk in super().aiter_bytes(chunk_size):
                yield chunk
            return
        chunk = b""
        try:
            body = self._unpacked(chunk_size)
            async for raw in self.aiter_raw():
                for chunk in body.add(raw):
                    yield chunk
            for chunk in body.end():
                yield chunk
        except httpx.DecodingError as error:
            failure, body, raw, chunk = self._failure(error), None, b"", b""
        else:
            return
        raise failure

    def _unpacked(self, chunk_size: int | None) -> "_Body | Any":
        encodings = self.headers.get_list("content-encoding", split_commas=True)
        return _Body(encodings, self._most if self._is_held else math.inf, chunk_size)

    def _failure(self, error: httpx.DecodingError) -> Exception:
        """Our error for the caller who reads; while the call goes on, it may still be tried again."""
        error._request = self._request  # as httpx does where its own decoders fail
        call = self.extensions.get("omni")
        return call.failure(error) if call else error


class _Decoder(Protocol):
    """What unpacks in steps, and knows whether the body may end here."""

    def decode(self, data: bytes) -> Iterator[bytes]: ...

    def is_whole(self) -> bool: ...


class _Body:
    """A body on its way: unpacked, counted, and cut to pieces of the size that was asked for."""

    def __init__(self, encodings: Iterable[str], most: float, chunk_size: int | None) -> None:
        found = [decoder for each in encodings if (decoder := _decoder(each))]
        if len(found) > MAX_ENCODINGS:
            raise httpx.DecodingError("compressed too many times")
        self._decoders = found[::-1]
        self._most = most
        self._count = 0
        self._chunk_size = chunk_size
        self._rest = b""

    def add(self, raw: bytes) -> Iterator[bytes]:
        """What can be handed out after these bytes came."""
        for piece in _through(self._decoders, raw) if self._decoders else (raw,):
            self._count += len(piece)
            if self._count > self._most:
                raise TooLarge("more than max_response_bytes")
            if self._chunk_size is None:
                yield piece
            else:
                yield from self._cut(piece, self._chunk_size)

    def end(self) -> Iterator[bytes]:
        """What is left at the end; DecodingError if it is none."""
        if not all(decoder.is_whole() for decoder in self._decoders):
            raise httpx.DecodingError("the compressed body was cut")
        if self._rest:
            yield self._rest

    def _cut(self, piece: bytes, size: int) -> Iterator[bytes]:
        piece = self._rest + piece
        whole = len(piece) - len(piece) % size
        for start in range(0, whole, size):
            yield piece[start : start + size]
        self._rest = piece[whole:]


def _through(decoders: list[_Decoder], data: bytes) -> Iterator[bytes]:
    if not decoders:
        yield data
        return
    for piece in decoders[0].decode(data):
        yield from _through(decoders[1:], piece)


def _decoder(encoding: str) -> _Decoder | None:
    """What unpacks an encoding, if it is a compression that can be unpacked here: as in httpx, others are none."""
    name = encoding.strip().lower()
    if name in {"gzip", "x-gzip"}:
        return _Inflater(31)
    if name == "deflate":
        return _Inflater(None)
    try:
        return _Brotli() if name == "br" else _Zstandard() if name == "zstd" else None
    except ImportError:
        return None


class _Inflater:
    """gzip, of any number of members, or deflate: zlib's format, or a bare stream, as some servers have it."""

    def __init__(self, window_bits: int | None) -> None:
        self._window_bits = window_bits
        self._stream: Any = None
        self._head = b""

    def decode(self, data: bytes) -> Iterator[bytes]:
        data, self._head = self._head + data, b""
        try:
            while data:
                if self._stream is None or self._stream.eof:
                    data = data.lstrip(b"\0") if self._stream else data  # members may be padded
                    if len(data) < 2:
                        self._head = data
                        return
                    self._stream = zlib.decompressobj(self._window_bits or _deflate_bits(data))
                yield from self._inflate(data)
                data = self._stream.unused_data
        except zlib.error:
            data = b""
        else:
            return
        raise httpx.DecodingError("not what its encoding says")

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._stream.decompress(data, STEP)
            if piece:
                yield piece
            if len(piece) < STEP:  # else there may be more, even if all of the data was taken
                return
            data = self._stream.unconsumed_tail

    def is_whole(self) -> bool:
        return not self._head and (self._stream is None or self._stream.eof)


def _deflate_bits(head: bytes) -> int:
    """Window bits by the first two bytes: those of zlib's format are a multiple of 31, and name the method 8."""
    return 15 if head[0] & 15 == 8 and int.from_bytes(head[:2]) % 31 == 0 else -15


class _Brotli:
    """Brotli. Versions before 1.2 cannot be held back, so they get few bytes at a time: some stand for 16 MB."""

    def __init__(self) -> None:
        try:
            brotli: Any = import_module("brotli")
        except ImportError:
            brotli = import_module("brotlicffi")
        self._error: type[Exception] = brotli.error
        self._stream: Any = brotli.Decompressor()
        self._process: Callable[..., bytes] = getattr(self._stream, "process", None) or self._stream.decompress
        can_be_held = hasattr(self._stream, "can_accept_more_data")
        self._bite, self._limit = (1 << 16, {"output_buffer_limit": STEP}) if can_be_held else (8, {})
        self._is_unused = True

    def decode(self, data: bytes) -> Iterator[bytes]:
        self._is_unused = self._is_unused and not data
        try:
            for start in range(0, len(data), self._bite):
                if self._stream.is_finished():
                    break
                yield from self._step(data[start : start + self._bite])
            else:
                return
        except self._error:
            pass
        raise httpx.DecodingError("not what its encoding says")

    def _step(self, data: bytes) -> Iterator[bytes]:
        while piece := self._process(data, **self._limit):
            yield piece
            data = b""
            if not self._limit or self._stream.is_finished():
                return

    def is_whole(self) -> bool:
        return self._is_unused or bool(self._stream.is_finished())


class _Zstandard:
    """Zstandard, of any number of frames. It cannot be held back either; four bytes may stand for 128 KB."""

    def __init__(self) -> None:
        zstandard: Any = import_module("zstandard")
        self._error: type[Exception] = zstandard.ZstdError
        self._make: Callable[[], Any] = lambda: zstandard.ZstdDecompressor().decompressobj()
        self._stream: Any = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        try:
            for start in range(0, len(data), 64):
                part = data[start : start + 64]
                while part:
                    if self._stream is None or self._stream.eof:
                        self._stream = self._make()
                    if piece := self._stream.decompress(part):
                        yield piece
                    part = self._stream.unused_data
        except self._error:
            pass
        else:
            return
        raise httpx.DecodingError("not what its encoding says")

    def is_whole(self) -> bool:
        return self._stream is None or bool(self._stream.eof)
