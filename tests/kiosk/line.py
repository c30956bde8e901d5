"""A line between kiosk and hub that can be cut and stalled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Line:
    """Forwards to a port of this machine. Cut, it drops everything and takes nothing new."""

    def __init__(self, port: int) -> None:
        self.up = True
        self.asks = asyncio.Event()
        self.answers = asyncio.Event()
        self.asks.set()
        self.answers.set()
        self.url = ""
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Nothing comes through, and both ends know."""
        self.up = False
        for writer in tuple(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """Everything comes through again."""
        self.up = True
        self.asks.set()
        self.answers.set()

    def stall(self) -> None:
        """Nothing comes through, and nobody knows."""
        self.asks.clear()
        self.answers.clear()

    def deafen(self) -> None:
        """What is asked comes through, no answer does, and nobody knows."""
        self.answers.clear()

    async def taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        there, to_hub = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, to_hub}
        tasks = [
            asyncio.create_task(self._pass(reader, to_hub, self.asks)),
            asyncio.create_task(self._pass(there, writer, self.answers)),
        ]
        self._tasks |= set(tasks)
        await asyncio.gather(*tasks)
        self._tasks -= set(tasks)
        self._open -= {writer, to_hub}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while some := await reader.read(65536):
                await flows.wait()
                writer.write(some)
                await writer.drain()
        writer.transport.abort()


@contextlib.asynccontextmanager
async def line(port: int) -> AsyncIterator[Line]:
    made = Line(port)
    server = await asyncio.start_server(made.taken, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        made.mend()
        made.cut()
        await asyncio.sleep(0.05)
