"""A response body that the caller reads after the call returned, within its deadline and with errors of omni."""

import ssl
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from omni._transport.call import Call
from omni._transport.runtime import AsyncRuntime


class AsyncStreamedBody(httpx.AsyncByteStream):
    """The rest of a response whose head has arrived."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream = stream
        self._call = call

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        chunks, chunk = self._stream.__aiter__(), b""
        try:
            while (remaining := self._call.remaining) > 0:
                with AsyncRuntime.deadline(remaining):  # httpx's own limit for a read may be longer
                    chunk = await chunks.__anext__()
                yield chunk
            raise httpx.ReadTimeout("the deadline of the call passed")
        except StopAsyncIteration:
            return
        except (httpx.RequestError, ssl.SSLError, TimeoutError) as error:
            failure, chunk = self._call.failure(error), b""  # this frame is part of the traceback
        raise failure

    async def aclose(self) -> None:
        await self._stream.aclose()
