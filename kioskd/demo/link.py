"""The network between a hall and the city: a relay on loopback whose wire can be cut and healed."""

from __future__ import annotations

import asyncio
import contextlib

PIECE = 1 << 16


class CityLink:
    """Passes bytes to the city's port, once there is one, as long as the wire is whole."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._city: int | None = None
        self.cut = False
        self.port = 0

    async def open(self) -> None:
        """Listen on a port of loopback."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def lead_to(self, port: int) -> None:
        """The city serves there."""
        self._city = port

    def set_cut(self, cut: bool) -> None:
        """Cut the wire, with all that is on it, or heal it."""
        self.cut = cut
        if cut:
            for task in self._passing:
                task.cancel()

    async def close(self) -> None:
        """Take the wire away."""
        self.set_cut(True)
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            if not self.cut and self._city is not None:
                await self._pass(reader, writer, self._city)
        except (OSError, asyncio.CancelledError):
            pass  # either end went, or the wire was cut
        finally:
            self._passing.discard(task)
            _end(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.TaskGroup() as group:
                ways = [
                    group.create_task(_copy(reader, far_writer)),
                    group.create_task(_copy(far_reader, writer)),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        finally:
            _end(far_writer)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()


def _end(writer: asyncio.StreamWriter) -> None:
    if writer.transport is not None:
        writer.transport.abort()
