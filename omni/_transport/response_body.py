"""Response bodies that are decompressed in small steps, to their very end, and held in memory up to a limit.

Theory of operation: httpx decompresses each received chunk in one go, so that a kilobyte may become a gigabyte; it
stops after the first member of a gzip body (encode/httpx#3270), and takes a body that was cut for a complete one. Here
a decoder yields at most ``STEP`` bytes at a time, and says at the end whether the compressed body was complete.
"""

import math
import zlib
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from importlib import import_module
from typing import Any, Protocol

import httpx

from omni._transport.failures import ResponseTooLargeError

STEP = 1 << 18
"""Bytes that are decompressed at a time."""

MAX_ENCODINGS = 5
"""How many times a body may be compressed; curl's number."""


def limit_body(response: httpx.Response, max_bytes: float) -> None:
    """Let a response be decompressed here, and hold at most this many bytes of it in memory."""
    if type(response) is httpx.Response:
        response.__class__ = LimitedResponse
        vars(response)["_max_bytes"] = max_bytes


class LimitedResponse(httpx.Response):
    """A response whose body is decompressed in small steps, and limited if it is read as a whole."""

    _max_bytes: float = math.inf
    _is_read_whole = False

    def read(self) -> bytes:
        """Read the whole body and keep it."""
        self._is_read_whole = True
        return super().read()

    async def aread(self) -> bytes:
        """Read the whole body and keep it."""
        self._is_read_whole = True
        return await super().aread()

    def iter_bytes(self, chunk_size: int | None = None) -> Generator[bytes]:
        """The decompressed body, chunk by chunk."""
        if self.is_stream_consumed:
            yield from super().iter_bytes(chunk_size)
            return
        try:
            body = self._decompressor(chunk_size)
            for raw in self.iter_raw():
                yield from body.add(raw)
            yield from body.end()
        except httpx.DecodingError as error:
            failure, body, raw = self._failure(error), None, b""  # the frame is part of the traceback
        else:
            return
        raise failure

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
        """The decompressed body, chunk by chunk."""
        if self.is_stream_consumed:
            async for chunk in super().aiter_bytes(chunk_size):
                yield chunk
            return
        chunk = b""
        try:
            body = self._decompressor(chunk_size)
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

    def _decompressor(self, chunk_size: int | None) -> "_Decompressor | Any":
        encodings = self.headers.get_list("content-encoding", split_commas=True)
        return _Decompressor(encodings, self._max_bytes if self._is_read_whole else math.inf, chunk_size)

    def _failure(self, error: httpx.DecodingError) -> Exception:
        """The error for the caller who reads the body; during the call it is httpx's, since a retry may follow."""
        error._request = self._request  # as httpx does if its own decoders fail
        call = self.extensions.get("omni")
        return call.failure(error) if call else error


class _Decoder(Protocol):
    """Decompresses one encoding in steps, and knows whether the body may end here."""

    def decode(self, data: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


class _Decompressor:
    """Decompresses a body, counts its bytes, and cuts it to chunks of the requested size."""

    def __init__(self, encodings: Iterable[str], max_bytes: float, chunk_size: int | None) -> None:
        decoders = [decoder for encoding in encodings if (decoder := _decoder(encoding))]
        if len(decoders) > MAX_ENCODINGS:
            raise httpx.DecodingError("compressed too many times")
        self._decoders = decoders[::-1]
        self._max_bytes = max_bytes
        self._count = 0
        self._chunk_size = chunk_size
        self._rest = b""

    def add(self, raw: bytes) -> Iterator[bytes]:
        """The chunks that are complete after these bytes arrived."""
        for piece in _decode(self._decoders, raw) if self._decoders else (raw,):
            self._count += len(piece)
            if self._count > self._max_bytes:
                raise ResponseTooLargeError("more than max_response_bytes")
            if self._chunk_size is None:
                yield piece
            else:
                yield from self._cut(piece, self._chunk_size)

    def end(self) -> Iterator[bytes]:
        """The last chunk; DecodingError if the body is incomplete."""
        if not all(decoder.is_complete() for decoder in self._decoders):
            raise httpx.DecodingError("the compressed body is incomplete")
        if self._rest:
            yield self._rest

    def _cut(self, piece: bytes, size: int) -> Iterator[bytes]:
        piece = self._rest + piece
        end = len(piece) - len(piece) % size
        for start in range(0, end, size):
            yield piece[start : start + size]
        self._rest = piece[end:]


def _decode(decoders: list[_Decoder], data: bytes) -> Iterator[bytes]:
    if not decoders:
        yield data
        return
    for piece in decoders[0].decode(data):
        yield from _decode(decoders[1:], piece)


def _decoder(encoding: str) -> _Decoder | None:
    """A decoder for an encoding; None for unknown ones and for missing packages, which httpx leaves undecoded too."""
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
    """gzip with any number of members, or deflate: in zlib's format, or a raw stream, which some servers send."""

    def __init__(self, window_bits: int | None) -> None:
        self._window_bits = window_bits
        self._stream: Any = None
        self._head = b""

    def decode(self, data: bytes) -> Iterator[bytes]:
        data, self._head = self._head + data, b""
        try:
            while data:
                if self._stream is None or self._stream.eof:
                    data = data.lstrip(b"\0") if self._stream else data  # there may be padding between members
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
        raise httpx.DecodingError("invalid compressed data")

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._stream.decompress(data, STEP)
            if piece:
                yield piece
            if len(piece) < STEP:  # else zlib may hold more, even if it consumed all data
                return
            data = self._stream.unconsumed_tail

    def is_complete(self) -> bool:
        return not self._head and (self._stream is None or self._stream.eof)


def _deflate_bits(head: bytes) -> int:
    """Window bits for zlib, by the first two bytes: in zlib's format they are a multiple of 31, and name method 8."""
    return 15 if head[0] & 15 == 8 and int.from_bytes(head[:2]) % 31 == 0 else -15


class _Brotli:
    """Brotli. Versions before 1.2 cannot limit their output, so they get few bytes at a time: some expand to 16 MB."""

    def __init__(self) -> None:
        try:
            brotli: Any = import_module("brotli")
        except ImportError:
            brotli = import_module("brotlicffi")
        self._error: type[Exception] = brotli.error
        self._stream: Any = brotli.Decompressor()
        self._process: Callable[..., bytes] = getattr(self._stream, "process", None) or self._stream.decompress
        has_limit = hasattr(self._stream, "can_accept_more_data")
        self._input_size, self._limit = (1 << 16, {"output_buffer_limit": STEP}) if has_limit else (8, {})
        self._is_unused = True

    def decode(self, data: bytes) -> Iterator[bytes]:
        self._is_unused = self._is_unused and not data
        try:
            for start in range(0, len(data), self._input_size):
                if self._stream.is_finished():
                    break
                yield from self._step(data[start : start + self._input_size])
            else:
                return
        except self._error:
            pass
        raise httpx.DecodingError("invalid compressed data")

    def _step(self, data: bytes) -> Iterator[bytes]:
        while piece := self._process(data, **self._limit):
            yield piece
            data = b""
            if not self._limit or self._stream.is_finished():
                return

    def is_complete(self) -> bool:
        return self._is_unused or bool(self._stream.is_finished())


class _Zstandard:
    """Zstandard with any number of frames. It cannot limit its output either; four bytes may expand to 128 KB."""

    def __init__(self) -> None:
        zstandard: Any = import_module("zstandard")
        self._error: type[Exception] = zstandard.ZstdError
        self._new_stream: Callable[[], Any] = lambda: zstandard.ZstdDecompressor().decompressobj()
        self._stream: Any = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        try:
            for start in range(0, len(data), 64):
                part = data[start : start + 64]
                while part:
                    if self._stream is None or self._stream.eof:
                        self._stream = self._new_stream()
                    if piece := self._stream.decompress(part):
                        yield piece
                    part = self._stream.unused_data
        except self._error:
            pass
        else:
            return
        raise httpx.DecodingError("invalid compressed data")

    def is_complete(self) -> bool:
        return self._stream is None or bool(self._stream.eof)
