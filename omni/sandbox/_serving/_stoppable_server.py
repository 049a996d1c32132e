"""A uvicorn server that another thread can stop, at once and even if a test froze the time.

uvicorn looks every 0.1 seconds whether to stop. freezegun also replaces the clock of event loops: a timer that was set
while the time was frozen may never fire, and who waits for the server to stop would wait forever.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from uvicorn import Config, Server


class StoppableServer(Server):
    """Runs in a thread; `stop` is for the others."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._wake: Callable[[], object] = bool  # does nothing until the server has started

    async def main_loop(self) -> None:
        ticks = asyncio.create_task(super().main_loop())
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(ticks.cancel)
        with suppress(asyncio.CancelledError):
            await ticks

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # A request that outlasted the second that it had, and a client that connected meanwhile.
        for connection in [*self.server_state.connections]:
            connection.transport.abort()
        await asyncio.sleep(0)  # aborting takes a round of the loop

    def stop(self) -> None:
        """Let the server stop, or not start."""
        self.should_exit = True
        with suppress(RuntimeError):  # it has ended, and its loop is closed
            self._wake()
