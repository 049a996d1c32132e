# Derived from omni/_async/streamed_body.py by tools/unasync.py, do not edit.
"""A response body that the caller reads after the call returned, within its deadline and with errors of omni."""

import ssl
from collections.abc import Generator
from typing import Any

import httpx

from omni._transport.call import Call
from omni._transport.runtime import Runtime


class StreamedBody(httpx.SyncByteStream):
    """The rest of a response whose head has arrived."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream = stream
        self._call = call

    def __iter__(self) -> Generator[bytes]:
        chunks, chunk = self._stream.__iter__(), b""
        try:
            while (remaining := self._call.remaining) > 0:
                with Runtime.deadline(remaining):  # httpx's own limit for a read may be longer
                    chunk = chunks.__next__()
                yield chunk
            raise httpx.ReadTimeout("the deadline of the call passed")
        except StopIteration:
            return
        except (httpx.RequestError, ssl.SSLError, TimeoutError) as error:
            failure, chunk = self._call.failure(error), b""  # this frame is part of the traceback
        raise failure

    def close(self) -> None:
        self._stream.close()
