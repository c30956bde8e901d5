"""A disk with a volatile write cache, as an NBD server.

What was written is kept in memory until the PC flushes it (or asks for it by "force unit access"). When the
power is cut, sectors that were not flushed are lost, all of them or any of them, as on a real disk.
Protocol: doc/proto.md of the NetworkBlockDevice project.
"""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

SECTOR = 4096
_FIXED_NEWSTYLE = 1
_EXPORT_NAME, _ABORT, _INFO, _GO = 1, 2, 6, 7
_ACK, _INFO_REPLY, _UNSUPPORTED = 1, 3, 0x80000001
_HAS_FLAGS, _SEND_FLUSH, _SEND_FUA = 1, 4, 8
_READ, _WRITE, _DISCONNECT, _FLUSH = 0, 1, 2, 3
_FUA = 1
_FLAGS = _HAS_FLAGS | _SEND_FLUSH | _SEND_FUA
_OPTION_REPLY, _REPLY = 0x3E889045565A9, 0x67446698


class VolatileDisk:
    """A disk of the size of an image; what is flushed is in the image."""

    def __init__(self, image: Path) -> None:
        self._file = os.open(image, os.O_RDWR)
        self._size = os.fstat(self._file).st_size
        self._unflushed: dict[int, bytes] = {}
        self._dead = False
        self._cut: tuple[int, Callable[[], None]] | None = None
        self.flushes = 0

    def read(self, at: int, size: int) -> bytes:
        """Read through the cache."""
        found = bytearray(os.pread(self._file, size, at))
        for sector in range(at // SECTOR, (at + size - 1) // SECTOR + 1):
            if (cached := self._unflushed.get(sector)) is not None:
                begin = sector * SECTOR - at
                low, high = max(0, -begin), min(SECTOR, size - begin)
                found[begin + low : begin + high] = cached[low:high]
        return bytes(found)

    def write(self, at: int, data: bytes) -> None:
        """Write into the cache."""
        done = 0
        while done < len(data):
            sector, offset = divmod(at + done, SECTOR)
            part = data[done : done + SECTOR - offset]
            cached = self._unflushed.get(sector) or os.pread(self._file, SECTOR, sector * SECTOR)
            self._unflushed[sector] = cached[:offset] + part + cached[offset + len(part) :]
            done += len(part)

    def flush(self) -> None:
        """Make everything last."""
        self.flushes += 1
        for sector, data in self._unflushed.items():
            os.pwrite(self._file, data, sector * SECTOR)
        self._unflushed.clear()

    def on_write(self, nth: int, cut: Callable[[], None]) -> None:
        """Call ``cut`` in the middle of things: behind the ``nth`` write from now on, before its flush."""
        self._cut = nth, cut

    def cut_power(self, kept: float, dice: random.Random) -> int:
        """Lose the cache but for a share ``kept`` of its sectors; returns how many were in it."""
        self._dead = True
        count = len(self._unflushed)
        for sector, data in self._unflushed.items():
            if dice.random() < kept:
                os.pwrite(self._file, data, sector * SECTOR)
        self._unflushed.clear()
        return count

    def close(self) -> None:
        """Let go of the image."""
        os.close(self._file)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends or the power is cut."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            if await self._negotiate(reader, writer):
                while not self._dead and await self._transmit(reader, writer):
                    await writer.drain()
        writer.close()

    def _count(self) -> None:
        if self._cut is None:
            return
        nth, cut = self._cut
        self._cut = (nth - 1, cut) if nth > 1 else None
        if self._cut is None:
            cut()

    async def _negotiate(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"NBDMAGICIHAVEOPT" + struct.pack(">H", _FIXED_NEWSTYLE))
        await reader.readexactly(4)
        while True:
            _, option, length = struct.unpack(">8sII", await reader.readexactly(16))
            await reader.readexactly(length)

            def reply(kind: int, data: bytes = b"") -> None:
                head = struct.pack(">QIII", _OPTION_REPLY, option, kind, len(data))  # noqa: B023
                writer.write(head + data)

            match option:
                case _ if option in (_INFO, _GO):
                    reply(_INFO_REPLY, struct.pack(">HQH", 0, self._size, _FLAGS))
                    reply(_ACK)
                case _ if option == _EXPORT_NAME:
                    writer.write(struct.pack(">QH", self._size, _FLAGS) + bytes(124))
                case _ if option == _ABORT:
                    reply(_ACK)
                    return False
                case _:
                    reply(_UNSUPPORTED)
            if option in (_GO, _EXPORT_NAME):
                return True

    async def _transmit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, flags, command, handle, at, size = struct.unpack(">IHHQQI", await reader.readexactly(28))
        data = await reader.readexactly(size) if command == _WRITE else b""
        if self._dead:
            return False
        answer = b""
        match command:
            case _ if command == _READ:
                answer = self.read(at, size)
            case _ if command == _WRITE:
                self.write(at, data)
                self._count()
                if flags & _FUA and not self._dead:
                    self.flush()
            case _ if command in (_FLUSH, _DISCONNECT):
                self.flush()
        if self._dead:
            return False
        writer.write(struct.pack(">IIQ", _REPLY, 0, handle) + answer)
        return bool(command != _DISCONNECT)


@asynccontextmanager
async def volatile_disk(image: Path, socket: Path) -> AsyncIterator[VolatileDisk]:
    """Serve a disk at a socket."""
    disk = VolatileDisk(image)
    socket.unlink(missing_ok=True)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        task.add_done_callback(serving.discard)
        await disk.serve(reader, writer)

    server = await asyncio.start_unix_server(serve, socket)
    try:
        yield disk
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        disk.close()
